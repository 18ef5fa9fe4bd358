//! Small questions that all passes ask of a schema, and the one way to walk it.

use crate::document::at;
use crate::gate::text::{code as span, line};
use serde_json::{Map, Value, json};

/// Stands for a file in a multipart body, in place of `binary`.
pub const UPLOAD: &str = "upload";

/// Keys that say something about a schema without changing which values it takes.
pub const ANNOTATIONS: [&str; 10] = [
    "description",
    "title",
    "example",
    "examples",
    "default",
    "readOnly",
    "writeOnly",
    "deprecated",
    "nullable",
    "externalDocs",
];

pub fn is_annotation(key: &str) -> bool {
    ANNOTATIONS.contains(&key) || key.starts_with("x-") || key == "xml"
}

/// A reference to a component.
pub fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{}", crate::document::escape(name))})
}

/// The component that this schema is, directly or as the only member of an allOf (which is how a reference carries
/// a description of its own).
pub fn referred(schema: &Value) -> Option<String> {
    let direct = |s: &Value| s["$ref"].as_str().and_then(crate::document::component_of);
    if let Some(name) = direct(schema) {
        return Some(name);
    }
    let members = schema["allOf"].as_array()?;
    let alone = schema.as_object()?.keys().all(|k| k == "allOf" || is_annotation(k));
    (alone && members.len() == 1).then(|| direct(&members[0])).flatten()
}

/// A reference that keeps the annotations of the place it stands in.
pub fn wrap(name: &str, annotations: Map<String, Value>) -> Value {
    if annotations.is_empty() {
        return reference(name);
    }
    let mut map = annotations;
    map.insert("allOf".into(), json!([reference(name)]));
    Value::Object(map)
}

/// The annotations of a schema alone.
pub fn annotations(schema: &Value) -> Map<String, Value> {
    let map = schema.as_object().into_iter().flatten();
    map.filter(|(k, _)| is_annotation(k)).map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// What the generator will see in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Reference,
    AllOf,
    /// oneOf or anyOf.
    Choice,
    Enum,
    Struct,
    Map,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    /// Any JSON.
    Any,
}

pub fn form(schema: &Value) -> Form {
    let has = |key: &str| schema.get(key).is_some();
    let kind = schema["type"].as_str().unwrap_or_default();
    if has("$ref") {
        Form::Reference
    } else if has("allOf") {
        Form::AllOf
    } else if has("oneOf") || has("anyOf") {
        Form::Choice
    } else if has("enum") && kind != "boolean" && kind != "number" {
        Form::Enum
    } else if schema["properties"].as_object().is_some_and(|p| !p.is_empty()) {
        Form::Struct
    } else {
        match kind {
            "object" => Form::Map,
            "array" => Form::Array,
            "string" => Form::String,
            "integer" => Form::Integer,
            "number" => Form::Number,
            "boolean" => Form::Boolean,
            _ if has("additionalProperties") => Form::Map,
            _ if has("items") => Form::Array,
            _ => Form::Any,
        }
    }
}

/// Calls `f` for each schema directly inside this one, with its step and the words that name it.
pub fn children_mut(schema: &mut Value, pointer: &str, mut f: impl FnMut(&str, Step, &mut Value)) {
    let Some(map) = schema.as_object_mut() else { return };
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        let base = at(pointer, "properties");
        for (name, child) in properties {
            f(&at(&base, name), Step::Property(name.clone()), child);
        }
    }
    if let Some(items @ Value::Object(_)) = map.get_mut("items") {
        f(&at(pointer, "items"), Step::Item, items);
    }
    if let Some(values @ Value::Object(_)) = map.get_mut("additionalProperties") {
        f(&at(pointer, "additionalProperties"), Step::Item, values);
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        if let Some(Value::Array(members)) = map.get_mut(key) {
            let base = at(pointer, key);
            let count = members.len();
            for (i, child) in members.iter_mut().enumerate() {
                let step = if key == "allOf" && count == 1 { Step::Same } else { Step::Member(i) };
                f(&at(&base, i.to_string()), step, child);
            }
        }
    }
    if let Some(not @ Value::Object(_)) = map.get_mut("not") {
        f(&at(pointer, "not"), Step::Same, not);
    }
}

/// How a schema lies inside another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Property(String),
    Item,
    Member(usize),
    Same,
}

/// Calls `f` for a schema and everything inside it, the inner ones first.
pub fn walk_mut(schema: &mut Value, pointer: &str, f: &mut impl FnMut(&str, &mut Value)) {
    children_mut(schema, pointer, |p, _, child| walk_mut(child, p, f));
    f(pointer, schema);
}

/// The same with the outer ones first, and a described reference seen once.
pub fn walk_outer_mut(schema: &mut Value, pointer: &str, f: &mut impl FnMut(&str, &mut Value)) {
    f(pointer, schema);
    if referred(schema).is_none() {
        children_mut(schema, pointer, |p, _, child| walk_outer_mut(child, p, f));
    }
}

/// Adds a sentence to a schema's description.
pub fn add_doc(schema: &mut Value, text: &str) {
    let Some(map) = schema.as_object_mut() else { return };
    let old = map.get("description").and_then(Value::as_str).unwrap_or_default().trim();
    let new = if old.is_empty() { text.to_string() } else { format!("{old}\n\n{text}") };
    map.insert("description".into(), Value::String(new));
}

/// A value in a code span, in short.
pub fn code(value: &Value) -> String {
    let text = match value {
        Value::String(s) => s.clone(),
        other => other.to_string(),
    };
    let text = text.replace(['\n', '\r', '\t'], " ");
    let text =
        if text.chars().count() > 120 { format!("{}…", text.chars().take(119).collect::<String>()) } else { text };
    match text.trim().is_empty() {
        true => format!("`\"{}\"`", line(&text)),
        false => span(&text),
    }
}

/// The schemas directly inside this one, each with the key it stands under.
pub fn children(schema: &Value) -> Vec<(&str, &Value)> {
    let mut out = Vec::new();
    for (key, value) in schema.as_object().into_iter().flatten().filter(|(key, _)| !is_annotation(key)) {
        match (key.as_str(), value) {
            // Any word may be the name of a property.
            ("properties", Value::Object(properties)) => out.extend(properties.values().map(|v| (key.as_str(), v))),
            ("allOf" | "oneOf" | "anyOf", Value::Array(members)) => {
                out.extend(members.iter().map(|v| (key.as_str(), v)))
            }
            ("items" | "additionalProperties" | "not", inner) => out.push((key.as_str(), inner)),
            _ => {}
        }
    }
    out
}

/// The components a schema refers to, anywhere inside.
pub fn references_of(schema: &Value, out: &mut Vec<String>) {
    out.extend(schema["$ref"].as_str().and_then(crate::document::component_of));
    children(schema).into_iter().for_each(|(_, child)| references_of(child, out));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_found_below_a_property_of_any_name() {
        let schema = json!({
            "title": "t", "example": {"$ref": "#/components/schemas/Not"}, "enum": [{"$ref": "#/components/schemas/Nor"}],
            "properties": {
                "title": {"$ref": "#/components/schemas/A"},
                "enum": {"items": {"oneOf": [{"$ref": "#/components/schemas/B"}]}},
                "description": {"additionalProperties": {"allOf": [{"$ref": "#/components/schemas/C"}], "nullable": true}}
            }
        });
        let mut found = Vec::new();
        references_of(&schema, &mut found);
        assert_eq!(found, ["A", "B", "C"]);
    }
}
