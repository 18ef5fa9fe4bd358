//! Limits, formats, defaults and examples move from the schema into its description; nullability to where it is used.
//!
//! For: a published limit that the service itself misses must not refuse a response; typify makes a type with a parser
//! for every pattern, sends every default, panics at run time on a wrong one, and reads no date without an offset.

use super::schema::{Form, add_doc, annotations, code, form, referred, walk_mut, walk_outer_mut, wrap};
use crate::gate::marks;
use crate::key;
use crate::model::{Change, Root, Service};
use crate::names_lock::Names;
use indexmap::IndexSet;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub const PASS: &str = "values";

/// The Rust type of a text that is a day or a time, where the document does not say which.
pub const DAY_OR_TIME: &str = "dintero_types::DayOrTime";

pub fn run(service: &mut Service, names: &Names) {
    let (mut changes, mut kinds) = (Vec::new(), BTreeMap::<String, BTreeSet<String>>::new());
    let mut examples = BTreeMap::new();
    service.roots_mut(|root, schema| {
        walk_mut(schema, &root.pointer, &mut |pointer, s| {
            let mut say = |what: String, warning: bool| {
                changes.push(Change { pass: PASS, pointer: pointer.into(), what, warning });
            };
            nulls(s, &mut say);
            enums(s, &mut say);
            if let (Some(place), Some(example)) = (place_of_value(root, pointer), short_example(s)) {
                examples.entry(place).or_insert(example);
            }
            let place = root.place(pointer);
            let known = place.as_deref().and_then(|place| names.kind(place));
            if let (Some(kind), Some(place)) = (plain(s, known, &mut say), place) {
                kinds.entry(kind.into()).or_default().insert(place);
            }
        });
    });
    service.kinds.extend(kinds);
    service.examples = examples;
    service.changes.append(&mut changes);
    nullable_components(service);
}

/// Where a value stands, as the names lock has it; of a member of a choice, nothing.
fn place_of_value(root: &Root, pointer: &str) -> Option<String> {
    let mut steps = pointer.strip_prefix(root.pointer.as_str())?.split('/').skip(1);
    let mut place = root.key.clone();
    while let Some(step) = steps.next() {
        place = match step {
            "properties" => key::property(&place, &steps.next()?.replace("~1", "/").replace("~0", "~")),
            "items" => [&place, "/[]"].concat(),
            _ => return None,
        };
    }
    Some(place)
}

/// An example that can stand in a line of code, and be read there.
fn short_example(schema: &Value) -> Option<Value> {
    let example = schema.get("example")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_.:/@+".contains(c);
    let fits = match example {
        Value::String(text) => (1..=40).contains(&text.len()) && text.chars().all(plain),
        number => number.as_i64().is_some_and(|n| (1..=i64::from(i32::MAX)).contains(&n)),
    };
    fits.then(|| example.clone())
}

/// `null` as the type, or among the values of an enum, means that it may be null.
fn nulls(schema: &mut Value, say: &mut impl FnMut(String, bool)) {
    let Some(map) = schema.as_object_mut() else { return };
    // By itself it says no more than that nothing is known of what else it could be.
    if map.get("type").is_some_and(|kind| kind == "null") {
        map.shift_remove("type");
        map.insert("nullable".into(), true.into());
    }
    let Some(Value::Array(values)) = map.get_mut("enum") else { return };
    let before = values.len();
    values.retain(|v| !v.is_null());
    let (now, empty) = (values.len(), values.is_empty());
    if now < before {
        map.insert("nullable".into(), true.into());
        say("null among the values makes it nullable".into(), false);
    }
    if empty {
        map.shift_remove("enum");
    }
}

/// Enums of one kind of value; whatever cannot be an enum type keeps its values in the description.
fn enums(schema: &mut Value, say: &mut impl FnMut(String, bool)) {
    let Some(map) = schema.as_object_mut() else { return };
    let Some(Value::Array(values)) = map.get("enum").cloned() else { return };
    let kind = map.get("type").and_then(Value::as_str).unwrap_or_default().to_string();
    let all = |f: fn(&Value) -> bool| values.iter().all(f);
    let kind = match kind.as_str() {
        "" if all(Value::is_string) => "string".to_string(),
        "" if all(Value::is_i64) => "integer".to_string(),
        _ => kind,
    };
    let mut distinct: IndexSet<Value> = IndexSet::new();
    let mut keep = |v: Value| {
        distinct.insert(v);
    };
    match kind.as_str() {
        "string" => {
            for v in &values {
                match v {
                    Value::String(_) => keep(v.clone()),
                    other => {
                        say(format!("the value {other} of a string enum is no string; taken as text"), true);
                        keep(Value::String(other.to_string()));
                    }
                }
            }
        }
        "integer" => {
            for v in &values {
                let number = v.as_i64().or_else(|| v.as_str().and_then(|s| s.parse().ok()));
                match number {
                    Some(n) => keep(n.into()),
                    None => say(format!("the value {v} of an integer enum is no integer; left out"), true),
                }
            }
        }
        _ => {
            let listed: Vec<String> = values.iter().map(code).collect();
            map.shift_remove("enum");
            let text = format!("One of {}.", listed.join(", "));
            say(format!("no enum type; the description says: {text}"), false);
            add_doc(schema, &text);
            return;
        }
    }
    map.insert("type".into(), kind.into());
    if distinct.is_empty() {
        map.shift_remove("enum");
    } else {
        map.insert("enum".into(), distinct.into_iter().collect());
    }
}

const LIMITS: [&str; 13] = [
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];

/// `known` is what was chosen before; returns what is chosen now, where there is a choice.
fn plain(schema: &mut Value, known: Option<&str>, say: &mut impl FnMut(String, bool)) -> Option<&'static str> {
    let form = form(schema);
    let map = schema.as_object_mut()?;
    let mut said: Vec<String> = Vec::new();
    let chosen = format(map, form, known, &mut said, say);
    if let Some(pattern) = map.get("pattern") {
        if let Some(text) = pattern.as_str()
            && let Err(e) = regress::Regex::new(text)
        {
            say(format!("`{text}` is no regular expression ({e}); it is only told in the docs"), true);
        }
        said.push(format!("Pattern: {}.", code(pattern)));
    }
    let number = |key: &str| map.get(key).filter(|v| v.is_number()).map(ToString::to_string);
    range(&mut said, "Length", number("minLength"), number("maxLength"));
    let bound = |key: &str| match map.get(&format!("exclusive{key}")) {
        Some(Value::Bool(true)) => number(&key.to_lowercase()).map(|n| format!("{n} (exclusive)")),
        Some(Value::Number(n)) => Some(format!("{n} (exclusive)")),
        _ => number(&key.to_lowercase()),
    };
    range(&mut said, "Range", bound("Minimum"), bound("Maximum"));
    if let Some(step) = number("multipleOf") {
        said.push(format!("A multiple of {step}."));
    }
    range(&mut said, "Items", number("minItems"), number("maxItems"));
    if map.get("uniqueItems") == Some(&Value::Bool(true)) {
        said.push("No item twice.".into());
    }
    range(&mut said, "Entries", number("minProperties"), number("maxProperties"));
    if let Some(not) = map.shift_remove("not") {
        said.push(format!("Not: {}.", code(&not)));
    }
    if let Some(default) = map.get("default").filter(|d| !d.is_null()) {
        if !fits(default, form, map) {
            say(format!("the default {default} breaks its own schema; it is only told in the docs"), true);
        }
        said.push(format!("Default: {}.", code(default)));
    }
    if let Some(example) = map.get("example").filter(|e| !e.is_null() && !e.is_object()) {
        if !fits(example, form, map) && form != Form::Reference && form != Form::AllOf {
            say(format!("the example {} breaks its own schema; it is only told in the docs", code(example)), true);
        }
        said.push(format!("Example: {}.", code(example)));
    }
    for (key, text) in [("readOnly", "Read only."), ("writeOnly", "Write only."), ("deprecated", "Deprecated.")] {
        if map.get(key) == Some(&Value::Bool(true)) {
            said.push(text.into());
        }
    }
    for key in LIMITS.iter().chain(&["default", "example", "examples"]) {
        map.shift_remove(*key);
    }
    if !said.is_empty() {
        let text = said.join(" ");
        say(format!("the description says, and no type: {text}"), false);
        add_doc(schema, &text);
    }
    chosen
}

fn range(said: &mut Vec<String>, what: &str, low: Option<String>, high: Option<String>) {
    match (low, high) {
        (Some(l), Some(h)) if l == h => said.push(format!("{what}: {l}.")),
        (Some(l), Some(h)) => said.push(format!("{what}: {l} to {h}.")),
        (Some(l), None) => said.push(format!("{what}: at least {l}.")),
        (None, Some(h)) => said.push(format!("{what}: at most {h}.")),
        (None, None) => {}
    }
}

const DATE: &str = "date";
const TEXT: &str = "text";

/// A date stays a date when nothing contradicts it, and what it was when it came; every other format is told in the docs.
fn format(
    map: &mut Map<String, Value>,
    form: Form,
    known: Option<&str>,
    said: &mut Vec<String>,
    say: &mut impl FnMut(String, bool),
) -> Option<&'static str> {
    let value = map.get("format").cloned()?;
    let mut chosen = None;
    let Some(format) = value.as_str() else {
        map.shift_remove("format");
        return None;
    };
    let spelt: String = format.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let format = match spelt.as_str() {
        "datetime" if form == Form::String => {
            map.insert("format".into(), "date-time".into());
            if format != "date-time" {
                said.push(format!("Format: {}.", code(&value)));
            }
            "date-time"
        }
        "isodate" | "iso8601" | "isodatetime" if form == Form::String && !map.contains_key(marks::RUST_TYPE) => {
            let kind = json!({"crate": "dintero-types", "version": "0.1.0", "path": DAY_OR_TIME});
            map.insert(marks::RUST_TYPE.into(), kind);
            format
        }
        _ => format,
    };
    if form == Form::String && matches!(format, "date-time" | "date") {
        let given = ["example", "default"].iter().filter_map(|k| map.get(*k)).filter_map(Value::as_str);
        let wrong: Vec<&str> = given.filter(|text| !is_date(format, text)).collect();
        let is_date = known == Some(DATE) || known != Some(TEXT) && wrong.is_empty();
        match wrong.first() {
            Some(text) if is_date => say(format!("`{text}` is no `{format}`; the value stays one, as it was"), true),
            Some(text) => say(format!("`{text}` is no `{format}`, so the value is kept as text"), true),
            None => {}
        }
        if is_date {
            return Some(DATE);
        }
        chosen = Some(TEXT);
    }
    if form == Form::String && format == "binary" {
        return None;
    }
    map.shift_remove("format");
    match (form, format) {
        (Form::Integer | Form::Number, "int32" | "int64" | "float" | "double") => {}
        // Some documents have a regular expression here.
        (_, f) if f.contains(['\\', '^', '[', '$']) => said.push(format!("Pattern: {}.", code(&value))),
        (_, f) if !f.trim().is_empty() => said.push(format!("Format: {}.", code(&value))),
        _ => {}
    }
    chosen
}

pub(crate) fn is_date(format: &str, text: &str) -> bool {
    let digits = |range: std::ops::Range<usize>| text.get(range).is_some_and(|s| s.bytes().all(|b| b.is_ascii_digit()));
    let date = text.len() >= 10
        && digits(0..4)
        && digits(5..7)
        && digits(8..10)
        && text.as_bytes()[4] == b'-'
        && text.as_bytes()[7] == b'-';
    match format {
        "date" => date && text.len() == 10,
        _ => {
            let time = text.get(10..).unwrap_or_default();
            let offset = time.ends_with(['Z', 'z']) || time.get(1..).is_some_and(|t| t.contains(['+', '-']));
            date && time.len() >= 9 && time.starts_with(['T', 't', ' ']) && digits(11..13) && offset
        }
    }
}

fn fits(value: &Value, form: Form, map: &Map<String, Value>) -> bool {
    match form {
        Form::String => {
            let date = map.get("format").and_then(Value::as_str).filter(|f| matches!(*f, "date" | "date-time"));
            value.as_str().is_some_and(|text| date.is_none_or(|f| is_date(f, text)))
        }
        Form::Integer => value.is_i64() || value.is_u64(),
        Form::Number => value.is_number(),
        Form::Boolean => value.is_boolean(),
        Form::Array => value.is_array(),
        Form::Struct | Form::Map => value.is_object(),
        Form::Enum => map.get("enum").and_then(Value::as_array).is_some_and(|e| e.contains(value)),
        Form::Reference | Form::AllOf | Form::Choice | Form::Any => true,
    }
}

/// A component that may be null is a type that is not, and places that may be null.
fn nullable_components(service: &mut Service) {
    let mut nullable = BTreeSet::new();
    for (name, schema) in &mut service.schemas {
        if let Some(map) = schema.as_object_mut()
            && map.get("nullable") == Some(&Value::Bool(true))
        {
            map.shift_remove("nullable");
            nullable.insert(name.clone());
        }
    }
    if nullable.is_empty() {
        return;
    }
    for name in &nullable {
        service.note(PASS, service.origin(name), "may be null, which every place that uses it says now");
    }
    service.roots_mut(|root, schema| {
        walk_outer_mut(schema, &root.pointer, &mut |_, s| {
            if let Some(name) = referred(s).filter(|n| nullable.contains(n)) {
                let mut notes = annotations(s);
                notes.insert("nullable".into(), json!(true));
                *s = wrap(&name, notes);
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lowered(mut schema: Value) -> (Value, Vec<String>) {
        let mut warnings = Vec::new();
        let mut say = |what: String, warning: bool| {
            if warning {
                warnings.push(what);
            }
        };
        nulls(&mut schema, &mut say);
        enums(&mut schema, &mut say);
        plain(&mut schema, None, &mut say);
        (schema, warnings)
    }

    #[test]
    fn limits_move_into_the_description() {
        let (s, w) = lowered(
            json!({"type": "string", "minLength": 1, "maxLength": 20, "pattern": "^a+$", "description": "Name.", "default": "a"}),
        );
        assert_eq!(
            s,
            json!({"type": "string", "description": "Name.\n\nPattern: `^a+$`. Length: 1 to 20. Default: `a`."})
        );
        assert!(w.is_empty());
    }

    #[test]
    fn what_a_value_must_not_be_is_told() {
        let (s, _) = lowered(json!({"type": "string", "not": {"enum": ["x"]}}));
        assert_eq!(s, json!({"type": "string", "description": "Not: `{\"enum\":[\"x\"]}`."}));
    }

    #[test]
    fn an_integer_has_no_width_and_no_bounds_in_its_type() {
        let (s, _) = lowered(json!({"type": "integer", "format": "int32", "minimum": 1, "exclusiveMinimum": true}));
        assert_eq!(s, json!({"type": "integer", "description": "Range: at least 1 (exclusive)."}));
    }

    #[test]
    fn a_wrong_regex_default_or_example_is_a_warning() {
        let (s, w) = lowered(json!({"type": "integer", "default": "ten", "example": 1.5}));
        assert_eq!(w.len(), 2, "{w:?}");
        assert!(s["description"].as_str().is_some_and(|d| d.contains("Default: `ten`")));
        let (s, w) = lowered(json!({"type": "string", "pattern": "(?P<x>["}));
        assert_eq!(w.len(), 1);
        assert!(s["description"].as_str().is_some_and(|d| d.contains("(?P<x>[")) && s.get("pattern").is_none());
    }

    #[test]
    fn dates_that_are_none_are_text() {
        assert_eq!(lowered(json!({"type": "string", "format": "date-time"})).0["format"], "date-time");
        assert_eq!(
            lowered(json!({"type": "string", "format": "date-time", "example": "2024-05-01T08:00:00.123Z"})).0["format"],
            "date-time"
        );
        let (s, w) = lowered(json!({"type": "string", "format": "date-time", "example": "2024-05-01 08:00"}));
        assert!(s.get("format").is_none() && w.iter().any(|w| w.contains("kept as text")), "{s} {w:?}");
        assert_eq!(lowered(json!({"type": "string", "format": "datetime"})).0["format"], "date-time");
        assert_eq!(lowered(json!({"type": "string", "format": "isodate"})).0[marks::RUST_TYPE]["path"], DAY_OR_TIME);
        assert!(lowered(json!({"type": "string", "format": "time"})).0.get(marks::RUST_TYPE).is_none());
    }

    #[test]
    fn a_regex_in_format_is_told_as_a_pattern() {
        let (s, _) = lowered(json!({"type": "string", "format": "^[PT]{1}\\d{8}$"}));
        assert_eq!(s["description"], "Pattern: `^[PT]{1}\\d{8}$`.");
    }

    #[test]
    fn enums_hold_values_of_their_kind() {
        let (s, _) = lowered(json!({"enum": ["a", null, "a"]}));
        assert_eq!(s, json!({"enum": ["a"], "nullable": true, "type": "string"}));
        let (s, w) = lowered(json!({"type": "string", "enum": ["no", 3, true]}));
        assert_eq!(s["enum"], json!(["no", "3", "true"]));
        assert_eq!(w.len(), 2);
        assert_eq!(lowered(json!({"type": "integer", "enum": [-1, "2"]})).0["enum"], json!([-1, 2]));
        let (s, _) = lowered(json!({"type": "boolean", "enum": [true]}));
        assert!(s.get("enum").is_none() && s["description"] == "One of `true`.");
    }
}
