//! What a service may change without a new version: values of an enum, fields, null for nothing, `1.0` for 1.
//!
//! Which place is an enum or optional is read from the published document, not from what the generator made of it.

use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

use crate::exchange::Reread;
use crate::same::{below, differences};

/// A changed answer and what must be written back.
struct Change {
    what: &'static str,
    /// Where, as a pointer into the answer.
    at: String,
    /// None: taken away.
    value: Option<Value>,
    /// Whether it is written back, if what was there before was.
    kept: bool,
}

const UNKNOWN_FIELD: &str = "a field that nobody knew";

/// The object that a field is of.
fn around(at: &str) -> &str {
    at.rsplit_once('/').map_or("", |(around, _)| around)
}

/// What goes wrong when an answer is read, as it is and changed.
pub fn problems(document: &Value, schema: &str, status: u16, answer: &Value, reread: Reread) -> Vec<String> {
    let read = |value: &Value| reread(status, value.to_string().as_bytes());
    let before = match read(answer) {
        Ok(written) => written,
        Err(why) => return vec![format!("is not read: {why}: {answer}")],
    };
    let mut walk = Walk { document, changes: Vec::new(), lost: Vec::new() };
    let schemas = document.pointer(schema).map(|schema| flat(document, &[schema])).unwrap_or_default();
    walk.value(&schemas, answer, before.as_ref(), "");
    let mut out = if before.is_some() { walk.lost } else { Vec::new() };
    // Changes of one kind and depth do not touch one another, so they are tried at once, and one by one to tell them apart.
    let mut groups: BTreeMap<(&str, usize), Vec<Change>> = BTreeMap::new();
    for change in walk.changes {
        groups.entry((change.what, change.at.matches('/').count())).or_default().push(change);
    }
    let tried = Tried { answer, before: before.as_ref(), read: &read };
    for ((what, _), changes) in groups {
        let together = tried.problems(&changes);
        let mut alone: Vec<String> = Vec::new();
        if !together.is_empty() && changes.len() > 1 {
            let one = |change: &Change| tried.problems(std::slice::from_ref(change)).into_iter();
            alone =
                changes.iter().flat_map(|change| one(change).map(|why| format!("`{}`: {why}", change.at))).collect();
        }
        let told = if alone.is_empty() { together } else { alone };
        out.extend(told.into_iter().map(|why| format!("{what}: {why}")));
    }
    out
}

/// An answer that is changed and read.
struct Tried<'a> {
    answer: &'a Value,
    /// What was written for it as it is.
    before: Option<&'a Value>,
    read: &'a dyn Fn(&Value) -> Result<Option<Value>, serde_json::Error>,
}

impl Tried<'_> {
    fn problems(&self, changes: &[Change]) -> Vec<String> {
        let mut changed = self.answer.clone();
        for change in changes {
            apply(&mut changed, &change.at, change.value.clone());
        }
        let mut written = match ((self.read)(&changed), self.before) {
            (Err(why), _) => return vec![format!("is not read: {why}")],
            (Ok(Some(written)), Some(_)) => written,
            (Ok(_), _) => return Vec::new(),
        };
        let mut wanted = self.before.cloned().unwrap_or_default();
        for change in changes {
            match &change.value {
                Some(value) if change.kept => {
                    let is_new = change.what == UNKNOWN_FIELD && wanted.pointer(around(&change.at)).is_some();
                    if is_new || wanted.pointer(&change.at).is_some() {
                        apply(&mut wanted, &change.at, Some(value.clone()));
                    }
                }
                _ => apply(&mut wanted, &change.at, None),
            }
            // What nobody knew may be kept or not, but not bent.
            if !change.kept && change.value.is_some() && written.pointer(&change.at) == change.value.as_ref() {
                apply(&mut written, &change.at, None);
            }
        }
        differences(&wanted, &written)
    }
}

/// All that is said of a value: behind references, in every part of `allOf`, in every choice.
pub fn flat<'a>(document: &'a Value, schemas: &[&'a Value]) -> Vec<&'a Value> {
    let mut out: Vec<&Value> = Vec::new();
    let mut open: Vec<&Value> = schemas.iter().rev().copied().collect();
    while let Some(schema) = open.pop() {
        if out.iter().any(|seen| std::ptr::eq(*seen, schema)) {
            continue;
        }
        out.push(schema);
        if let Some(reference) = schema["$ref"].as_str().and_then(|r| r.strip_prefix('#')) {
            open.extend(document.pointer(reference));
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            open.extend(schema[key].as_array().into_iter().flatten());
        }
    }
    out
}

/// Through a value and what is said of it, side by side.
struct Walk<'a> {
    document: &'a Value,
    changes: Vec<Change>,
    /// What the answer's type forgets.
    lost: Vec<String>,
}

impl<'a> Walk<'a> {
    fn change(&mut self, what: &'static str, at: &str, value: Option<Value>, kept: bool) {
        self.changes.push(Change { what, at: at.into(), value, kept });
    }

    /// `written` is what the type wrote for `value`.
    fn value(&mut self, schemas: &[&'a Value], value: &Value, written: Option<&Value>, at: &str) {
        let is_of = |kind: &str| schemas.iter().any(|schema| schema["type"] == kind);
        let is_enum = schemas.iter().any(|schema| schema["enum"].as_array().is_some_and(|all| all.contains(value)));
        match value {
            Value::String(_) if is_enum => {
                self.change("an unknown enum value", at, Some(json!("a_value_of_tomorrow")), true);
            }
            Value::Number(number) if is_enum => {
                let unknown = if number.is_i64() { json!(987_654) } else { json!(987.5) };
                self.change("an unknown enum value", at, Some(unknown), true);
            }
            Value::Number(number) if is_of("number") && !number.is_f64() => {
                let point = number.as_f64().and_then(serde_json::Number::from_f64).map(Value::Number);
                self.change("an integer as `1.0`", at, point, true);
            }
            Value::Array(items) => {
                let of_items: Vec<&Value> = schemas.iter().filter_map(|schema| schema.get("items")).collect();
                let of_items = flat(self.document, &of_items);
                for (i, item) in items.iter().enumerate() {
                    let written = written.and_then(|written| written.get(i));
                    self.value(&of_items, item, written, &below(at, &i.to_string()));
                }
            }
            Value::Object(fields) => self.object(schemas, fields, written, at),
            _ => {}
        }
    }

    fn object(&mut self, schemas: &[&'a Value], fields: &Map<String, Value>, written: Option<&Value>, at: &str) {
        let required = schemas.iter().filter_map(|schema| schema["required"].as_array()).flatten();
        let required: BTreeSet<&str> = required.filter_map(Value::as_str).collect();
        let rest = schemas.iter().filter_map(|schema| schema.get("additionalProperties"));
        let rest: Vec<&Value> = rest.filter(|rest| rest.is_object()).collect();
        // Any other value in a map of texts is no value of it.
        if rest.iter().all(|rest| *rest == &json!({})) {
            let place = below(at, "a_field_of_tomorrow");
            self.change(UNKNOWN_FIELD, &place, Some(json!({"x": [1, 2.50]})), true);
        }
        for (name, value) in fields {
            let place = below(at, name);
            let declared: Vec<&Value> = schemas.iter().filter_map(|schema| schema["properties"].get(name)).collect();
            let written = written.and_then(|written| written.get(name));
            if !declared.is_empty() {
                if !required.contains(name.as_str()) {
                    self.change("null for an optional field", &place, Some(Value::Null), false);
                    self.change("an optional field left out", &place, None, false);
                }
                if !value.is_null() && written.is_none() {
                    self.lost.push(format!("`{place}` is declared, and forgotten by the type"));
                }
            }
            let inside = flat(self.document, if declared.is_empty() { &rest } else { &declared });
            self.value(&inside, value, written, &place);
        }
    }
}

/// Puts another value at a place, or takes it away.
pub fn apply(value: &mut Value, at: &str, new: Option<Value>) {
    let Some((parent, name)) = at.rsplit_once('/') else {
        *value = new.unwrap_or(Value::Null);
        return;
    };
    let name = name.replace("~1", "/").replace("~0", "~");
    match (value.pointer_mut(parent), new) {
        (Some(Value::Object(map)), Some(new)) => drop(map.insert(name, new)),
        (Some(Value::Object(map)), None) => drop(map.remove(&name)),
        (Some(Value::Array(items)), Some(new)) => {
            if let Some(item) = name.parse::<usize>().ok().and_then(|i| items.get_mut(i)) {
                *item = new;
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        json!({
            "a": {"type": "object", "required": ["e"], "properties": {
                "e": {"$ref": "#/e"}, "n": {"type": "number"}, "list": {"type": "array", "items": {"allOf": [{"$ref": "#/a"}]}},
                "choice": {"oneOf": [{"properties": {"e": {"type": "string", "enum": ["x"]}}}, {"type": "integer"}]}
            }},
            "e": {"type": "string", "enum": ["x", "y"]}
        })
    }

    fn told(reread: Reread) -> Vec<String> {
        let answer = json!({"e": "x", "n": 1, "list": [{"e": "y"}], "choice": {"e": "x"}});
        let mut kinds: Vec<String> = problems(&document(), "/a", 200, &answer, reread)
            .iter()
            .map(|problem| problem.split(':').next().unwrap_or_default().to_owned())
            .collect();
        kinds.dedup();
        kinds
    }

    /// Reads what fits, and refuses the rest.
    fn reading(body: &[u8], refuses: fn(&str) -> bool) -> Result<Option<Value>, serde_json::Error> {
        match refuses(&String::from_utf8_lossy(body)) {
            true => Err(serde::de::Error::custom("refused")),
            false => serde_json::from_slice(body).map(Some),
        }
    }

    #[test]
    fn a_type_that_refuses_a_change_is_told_for_it() {
        assert_eq!(told(|_, body| reading(body, |_| false)), Vec::<String>::new());
        assert_eq!(told(|_, body| reading(body, |text| text.contains("of_tomorrow\":"))), ["a field that nobody knew"]);
        assert_eq!(told(|_, body| reading(body, |text| text.contains("a_value_of"))), ["an unknown enum value"]);
        assert_eq!(told(|_, body| reading(body, |text| text.contains("1.0"))), ["an integer as `1.0`"]);
        assert_eq!(told(|_, body| reading(body, |text| text.contains(":null"))), ["null for an optional field"]);
        let left_out = told(|_, body| reading(body, |text| !text.contains("choice")));
        assert_eq!(left_out, ["an optional field left out"]);
    }

    #[test]
    fn a_type_that_bends_or_forgets_is_told_for_it() {
        let bent: Reread = |_, body| {
            serde_json::from_str(&String::from_utf8_lossy(body).replace("a_value_of_tomorrow", "x")).map(Some)
        };
        assert_eq!(told(bent), ["an unknown enum value"]);
        let forgetful: Reread = |_, body| {
            let mut value: Value = serde_json::from_slice(body)?;
            apply(&mut value, "/n", None);
            Ok(Some(value))
        };
        assert_eq!(told(forgetful), ["`/n` is declared, and forgotten by the type"]);
    }
}
