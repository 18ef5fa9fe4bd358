//! An answer in which a field has a value of another type: what may be absent costs nothing and is told with its path,
//! what is always there fails with its own.
//!
//! What is optional is read from the published document. A choice, and what is below it, another of its types may take, or
//! none, so that it is kept as it is: there it is asked for that nothing is lost and nothing else is told, or, where the
//! document's choice is none in Rust, that the error has the path.

use dintero_client::serde_json::{Map, Value, json};
use std::collections::BTreeSet;

use crate::exchange::Lenient;
use crate::same::{below, differences};
use crate::tolerance::{apply, flat};

/// A field that can be changed.
#[derive(Debug)]
struct Field {
    /// As a pointer into the answer.
    at: String,
    /// As the reader tells it.
    path: String,
    /// Path of the nearest thing around it, or itself, that may be absent.
    optional: Option<String>,
    /// Of the kinds of values that the document knows here.
    kinds: BTreeSet<&'static str>,
    /// Whether it is a choice, or below one.
    of_choice: bool,
}

/// What goes wrong, and how many changes were tried.
pub fn problems(document: &Value, schema: &str, status: u16, answer: &Value, reread: Lenient) -> (Vec<String>, usize) {
    let mut walk = Walk { document, fields: Vec::new() };
    let schemas = document.pointer(schema).map(|schema| flat(document, &[schema])).unwrap_or_default();
    walk.value(&schemas, answer, "", "$", None);
    let tried = Tried { status, answer, reread };
    let (mut out, mut count) = (Vec::new(), 0);
    let depth = |field: &Field| field.at.matches('/').count();
    let depths: BTreeSet<usize> = walk.fields.iter().map(depth).collect();
    for (kind, other) in others() {
        let fits = |field: &&Field| !field.kinds.contains(kind);
        // Those of one depth are not in one another, so they are tried at once, and one by one to tell them apart.
        for d in &depths {
            let all: Vec<&Field> = walk
                .fields
                .iter()
                .filter(|f| depth(f) == *d && f.optional.is_some() && !f.of_choice)
                .filter(fits)
                .collect();
            count += all.len();
            if !tried.told(&all, &other).is_empty() {
                out.extend(all.iter().take(ALONE).flat_map(|field| tried.told(&[field], &other)));
            }
            let all: Vec<&Field> =
                walk.fields.iter().filter(|f| depth(f) == *d && f.of_choice).filter(fits).take(CHOSEN).collect();
            count += all.len();
            if !tried.kept(&all, &other).is_empty() {
                out.extend(all.iter().flat_map(|field| tried.kept(&[field], &other)));
            }
        }
    }
    // Each fails the whole, so that they are tried one by one; by turns with another kind.
    let required = walk.fields.iter().filter(|field| field.optional.is_none() && !field.of_choice);
    for (turn, field) in required.take(REFUSED).enumerate() {
        let mut kinds = others().into_iter().cycle().skip(turn).take(5);
        if let Some((_, other)) = kinds.find(|(kind, _)| !field.kinds.contains(kind)) {
            count += 1;
            out.extend(tried.refused(field, &other));
        }
    }
    (out, count)
}

/// How many are told apart when something is wrong.
const ALONE: usize = 40;

/// Of so many fields that are always there it is tried that they fail; a list has the same ones again.
const REFUSED: usize = 60;

/// So many of a choice are changed at one depth.
const CHOSEN: usize = 60;

fn others() -> [(&'static str, Value); 5] {
    [
        ("string", json!("no such thing")),
        ("number", json!(7.25)),
        ("array", json!([["x"], 1])),
        ("object", json!({"no such": {"thing": 1}})),
        ("boolean", json!(true)),
    ]
}

struct Tried<'a> {
    status: u16,
    answer: &'a Value,
    reread: Lenient,
}

impl Tried<'_> {
    fn changed(&self, fields: &[&Field], other: &Value) -> Value {
        let mut changed = self.answer.clone();
        fields.iter().for_each(|field| apply(&mut changed, &field.at, Some(other.clone())));
        changed
    }

    /// All of them may be absent.
    fn told(&self, fields: &[&Field], other: &Value) -> Vec<String> {
        let changed = self.changed(fields, other);
        let names = || fields.first().map(|f| f.path.as_str()).unwrap_or_default();
        let (written, unread) = match (self.reread)(self.status, changed.to_string().as_bytes()) {
            Ok(read) => read,
            Err((path, why)) => return vec![format!("`{}` as {other}: not read at `{path}`: {why}", names())],
        };
        let mut out: Vec<String> = Vec::new();
        if let Some(written) = written {
            out.extend(differences(&changed, &written).into_iter().map(|what| format!("as {other}: {what}")));
        }
        let told: BTreeSet<&str> = unread.iter().map(String::as_str).collect();
        for field in fields {
            let Some(optional) = &field.optional else { continue };
            // What holds it may be unread for another's sake; a choice on the way to it is kept as it is.
            let inner = if optional == &field.path { optional } else { &field.path };
            let is_told = around(inner).any(|path| told.contains(path));
            if !is_told {
                out.push(format!("`{}` as {other}: `{optional}` is not told, but {unread:?}", field.path));
            }
        }
        let changed: BTreeSet<&str> = fields.iter().flat_map(|field| around(&field.path)).collect();
        for path in &unread {
            if !changed.contains(path.as_str()) {
                out.push(format!("`{path}` is told, which is as it was"));
            }
        }
        out
    }

    /// They are choices, or below some.
    fn kept(&self, fields: &[&Field], other: &Value) -> Vec<String> {
        let [first, ..] = fields else { return Vec::new() };
        let changed = self.changed(fields, other);
        let (written, unread) = match (self.reread)(self.status, changed.to_string().as_bytes()) {
            Ok(read) => read,
            Err((path, _)) if fields.len() == 1 && path == first.path => return Vec::new(),
            Err((path, why)) => return vec![format!("`{}` as {other}: not read at `{path}`: {why}", first.path)],
        };
        let lost = written.map(|written| differences(&changed, &written)).unwrap_or_default();
        let mut out: Vec<String> =
            lost.into_iter().map(|what| format!("`{}` as {other}: {what}", first.path)).collect();
        let around: BTreeSet<&str> = fields.iter().flat_map(|field| around(&field.path)).collect();
        let others = unread.iter().filter(|path| !around.contains(path.as_str()));
        out.extend(others.map(|path| format!("`{}` as {other}: `{path}` is told", first.path)));
        out
    }

    /// It is always there.
    fn refused(&self, field: &Field, other: &Value) -> Option<String> {
        let changed = self.changed(&[field], other);
        match (self.reread)(self.status, changed.to_string().as_bytes()) {
            Err((path, _)) if path == field.path => None,
            Err((path, why)) => Some(format!("`{}` as {other}: the error is of `{path}`: {why}", field.path)),
            Ok(_) => Some(format!("`{}` as {other}: is always there, and was read", field.path)),
        }
    }
}

/// A path and all that it is in.
fn around(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(at, _)| &path[..at]);
    ends.chain(std::iter::once(path))
}

struct Walk<'a> {
    document: &'a Value,
    fields: Vec<Field>,
}

impl<'a> Walk<'a> {
    fn value(&mut self, schemas: &[&'a Value], value: &Value, at: &str, path: &str, optional: Option<&str>) {
        // What is said of a choice is said of one of its types.
        if schemas.iter().any(is_choice) {
            return self.chosen(value, at, path);
        }
        match value {
            Value::Array(items) => {
                let of_items: Vec<&Value> = schemas.iter().filter_map(|schema| schema.get("items")).collect();
                let of_items = flat(self.document, &of_items);
                for (i, item) in items.iter().enumerate() {
                    let place = (below(at, &i.to_string()), format!("{path}[{i}]"));
                    self.value(&of_items, item, &place.0, &place.1, optional);
                }
            }
            Value::Object(fields) => self.object(schemas, fields, at, path, optional),
            _ => {}
        }
    }

    /// What is below a choice, whatever its types say of it.
    fn chosen(&mut self, value: &Value, at: &str, path: &str) {
        let fields: Vec<(String, String, &Value)> = match value {
            Value::Array(items) => {
                let place = |i: usize| (below(at, &i.to_string()), format!("{path}[{i}]"));
                items.iter().enumerate().map(|(i, item)| (place(i).0, place(i).1, item)).collect()
            }
            Value::Object(fields) => {
                fields.iter().map(|(name, value)| (below(at, name), format!("{path}.{name}"), value)).collect()
            }
            _ => Vec::new(),
        };
        for (at, path, value) in fields {
            self.chosen(value, &at, &path);
            let kinds = BTreeSet::from([kind(value)]);
            self.fields.push(Field { at, path, optional: None, kinds, of_choice: true });
        }
    }

    fn object(
        &mut self,
        schemas: &[&'a Value],
        fields: &Map<String, Value>,
        at: &str,
        path: &str,
        optional: Option<&str>,
    ) {
        let required = schemas.iter().filter_map(|schema| schema["required"].as_array()).flatten();
        let required: BTreeSet<&str> = required.filter_map(Value::as_str).collect();
        for (name, value) in fields {
            let declared: Vec<&Value> = schemas.iter().filter_map(|schema| schema["properties"].get(name)).collect();
            let inside = flat(self.document, &declared);
            let (at, path) = (below(at, name), format!("{path}.{name}"));
            let own = (!required.contains(name.as_str())).then_some(path.as_str());
            let optional = own.or(optional);
            if let Some(kinds) = kinds(&inside) {
                let optional = optional.map(str::to_owned);
                self.fields.push(Field { at: at.clone(), path: path.clone(), optional, kinds, of_choice: false });
            } else if inside.iter().any(is_choice) {
                let (at, path, kinds) = (at.clone(), path.clone(), BTreeSet::from([kind(value)]));
                self.fields.push(Field { at, path, optional: None, kinds, of_choice: true });
            }
            self.value(&inside, value, &at, &path, optional);
        }
    }
}

fn is_choice(schema: &&Value) -> bool {
    schema.get("oneOf").is_some() || schema.get("anyOf").is_some()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The kinds of values that these take; `None` where that is not plain.
fn kinds(schemas: &[&Value]) -> Option<BTreeSet<&'static str>> {
    let types: BTreeSet<&str> = schemas.iter().filter_map(|s| s["type"].as_str()).collect();
    let (Some(one), 1, false) = (types.first(), types.len(), schemas.iter().any(is_choice)) else { return None };
    let lists = schemas.iter().filter_map(|s| s["enum"].as_array()).flatten();
    let mut kinds: BTreeSet<&str> = lists
        .map(|value| match value {
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            // What stands for one of these in a list of texts is known by it.
            Value::String(text) if matches!(text.as_str(), "true" | "false") => "boolean",
            Value::String(text) if text.parse::<f64>().is_ok() => "number",
            _ => "string",
        })
        .collect();
    match *one {
        // A whole number is read from its text, too, and a fraction is none.
        "integer" => {}
        "number" => drop(kinds.insert("number")),
        "string" => drop(kinds.insert("string")),
        "boolean" => drop(kinds.insert("boolean")),
        "array" => drop(kinds.insert("array")),
        "object" => drop(kinds.insert("object")),
        _ => return None,
    }
    Some(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(reread: Lenient) -> Vec<String> {
        let document = json!({"a": {"type": "object", "required": ["r"], "properties": {
            "r": {"type": "string"}, "o": {"type": "object", "required": ["r"], "properties": {"r": {"type": "string"}}}}}});
        problems(&document, "/a", 200, &json!({"r": "x", "o": {"r": "y"}}), reread).0
    }

    #[test]
    fn a_reader_that_forgives_all_or_nothing_is_told() {
        let all = told(|_, body| Ok((dintero_client::serde_json::from_slice(body).ok(), Vec::new())));
        assert!(all.iter().any(|what| what.contains("`$.r`") && what.contains("was read")), "{all:?}");
        assert!(all.iter().any(|what| what.contains("`$.o` is not told")), "{all:?}");
        let none = told(|_, _| Err(("$.r".into(), "no".into())));
        assert!(none.iter().all(|what| what.contains("not read")) && !none.is_empty(), "{none:?}");
    }

    #[test]
    fn a_text_that_stands_for_another_kind_is_read_as_it() {
        let of = |values: Value| kinds(&[&json!({"type": "string", "enum": values})]).expect("plain");
        assert_eq!(of(json!(["true", "maybe"])), BTreeSet::from(["boolean", "string"]));
        assert_eq!(of(json!(["01"])), BTreeSet::from(["number", "string"]));
        assert_eq!(of(json!(["a"])), BTreeSet::from(["string"]));
    }

    #[test]
    fn a_reader_that_loses_what_is_below_a_choice_is_told() {
        let document =
            json!({"a": {"type": "object", "properties": {"c": {"oneOf": [{"type": "object"}, {"type": "string"}]}}}});
        let all = |reread| problems(&document, "/a", 200, &json!({"c": {"r": ["x"], "n": 1}}), reread);
        let (told, count) = all(|_, body| Ok((dintero_client::serde_json::from_slice(body).ok(), Vec::new())));
        assert!(told.is_empty() && count > 8, "{told:?}");
        let (told, _) = all(|_, _| Ok((Some(json!({"c": {"r": ["x"]}})), vec!["$.other".into()])));
        assert!(
            told.iter().any(|what| what.contains("lost")) && told.iter().any(|what| what.contains("`$.other`")),
            "{told:?}"
        );
        let (told, _) = all(|_, _| Err(("$.c".into(), "no".into())));
        assert!(told.iter().any(|what| what.contains("not read at `$.c`")), "{told:?}");
    }
}
