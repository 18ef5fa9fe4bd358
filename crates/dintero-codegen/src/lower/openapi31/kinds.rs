//! Which values a schema takes: several types, null, constants, and schemas that are only true or false.

use super::Converter;
use crate::document::at;
use crate::lower::budget::weight;
use crate::lower::schema::{add_doc, code, is_annotation};
use serde_json::{Map, Value, json};

/// Keys that say something about values of these types alone.
const OF_TYPE: [(&str, &[&str]); 4] = [
    ("string", &["minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType", "contentSchema"]),
    ("number", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    (
        "array",
        &[
            "items",
            "prefixItems",
            "minItems",
            "maxItems",
            "uniqueItems",
            "contains",
            "minContains",
            "maxContains",
            "unevaluatedItems",
        ],
    ),
    (
        "object",
        &[
            "properties",
            "required",
            "additionalProperties",
            "minProperties",
            "maxProperties",
            "patternProperties",
            "propertyNames",
            "dependentRequired",
            "dependentSchemas",
            "unevaluatedProperties",
        ],
    ),
];

/// `true` takes everything and `false` nothing.
pub(super) fn boolean(schema: &mut Value) {
    match schema {
        Value::Bool(true) => *schema = json!({}),
        Value::Bool(false) => *schema = json!({"description": "No value is valid."}),
        _ => {}
    }
}

impl Converter<'_> {
    /// Where a member is only true or false, the schema itself says it.
    pub(super) fn boolean_members(&mut self, map: &mut Map<String, Value>, pointer: &str) {
        if let Some(Value::Object(properties)) = map.get_mut("properties") {
            properties.retain(|name, schema| {
                let stays = *schema != Value::Bool(false);
                if !stays {
                    self.note(&at(&at(pointer, "properties"), name), "may never be there; left out");
                }
                stays
            });
        }
        for (key, neutral) in [("allOf", true), ("oneOf", false), ("anyOf", false)] {
            if let Some(Value::Array(members)) = map.get_mut(key) {
                members.retain(|member| *member != Value::Bool(neutral));
            }
        }
        if let Some(items) = map.get("items").filter(|items| items.is_boolean()) {
            if *items == Value::Bool(false) && !map.contains_key("prefixItems") {
                map.insert("maxItems".into(), 0.into());
            }
            map.shift_remove("items");
        }
    }

    /// `const` is an enum of one value.
    pub(super) fn constant(&mut self, map: &mut Map<String, Value>, pointer: &str) {
        let Some(value) = map.shift_remove("const") else { return };
        self.note(pointer, format!("`const` is an enum of {} alone", code(&value)));
        let kind = match &value {
            Value::String(_) => Some("string"),
            Value::Number(n) if n.is_f64() => Some("number"),
            Value::Number(_) => Some("integer"),
            Value::Bool(_) => Some("boolean"),
            _ => None,
        };
        if let Some(kind) = kind.filter(|_| !map.contains_key("$ref")) {
            map.entry("type").or_insert_with(|| kind.into());
        }
        if value.is_null() {
            map.insert("nullable".into(), true.into());
        }
        map.insert("enum".into(), json!([value]));
    }

    /// A choice between described constants is an enum; what is said of each stands in the description.
    pub(super) fn described_constants(&mut self, map: &mut Map<String, Value>, pointer: &str) {
        let Some(key) = ["oneOf", "anyOf"].into_iter().find(|key| map.contains_key(*key)) else { return };
        let members = map[key].as_array().cloned().unwrap_or_default();
        let constant = |member: &Value| {
            let member = member.as_object()?;
            let alone = member.keys().all(|k| is_annotation(k) || matches!(k.as_str(), "const" | "enum" | "type"));
            let value = match (member.get("const"), member.get("enum").and_then(Value::as_array).map(Vec::as_slice)) {
                (Some(value), _) => value,
                (None, Some([value])) => value,
                _ => return None,
            };
            (alone && (value.is_string() || value.is_i64())).then(|| value.clone())
        };
        let Some(values) = members.iter().map(constant).collect::<Option<Vec<Value>>>() else { return };
        let all = |is: fn(&Value) -> bool| values.iter().all(is);
        if map.contains_key("enum") || values.len() < 2 || !(all(Value::is_string) || all(Value::is_i64)) {
            return;
        }
        map.shift_remove(key);
        let mut said = Vec::new();
        for (value, member) in values.iter().zip(&members) {
            let text = |key: &str| member[key].as_str().map(str::trim).filter(|t| !t.is_empty());
            let about: Vec<&str> = ["title", "description"].into_iter().filter_map(text).collect();
            if !about.is_empty() {
                said.push(format!("- {}: {}", code(value), about.join(". ")));
            }
        }
        if !map.contains_key("type") {
            map.insert("type".into(), if all(Value::is_string) { "string" } else { "integer" }.into());
        }
        map.insert("enum".into(), values.into());
        self.note(pointer, format!("`{key}` of constants is an enum"));
        if !said.is_empty() {
            let mut schema = Value::Object(std::mem::take(map));
            add_doc(&mut schema, &said.join("\n"));
            if let Value::Object(described) = schema {
                *map = described;
            }
        }
    }

    /// A member that is only null makes the whole nullable.
    pub(super) fn null_members(&mut self, map: &mut Map<String, Value>, pointer: &str) {
        for key in ["oneOf", "anyOf"] {
            let Some(Value::Array(members)) = map.get_mut(key) else { continue };
            let before = members.len();
            members.retain(|member| !is_null(member));
            if members.len() == before {
                continue;
            }
            if members.is_empty() {
                map.shift_remove(key);
                map.insert("enum".into(), json!([null]));
            }
            map.insert("nullable".into(), true.into());
            self.note(&at(pointer, key), "a member that is null is `nullable`");
        }
    }

    /// One type is left: null becomes `nullable`, and several become a choice.
    pub(super) fn types(&mut self, map: &mut Map<String, Value>, pointer: &str) {
        let kinds: Vec<String> = match map.get("type") {
            Some(Value::String(kind)) if kind == "null" => vec!["null".into()],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(|k| k.as_str().map(str::to_string)).collect(),
            _ => return,
        };
        let place = at(pointer, "type");
        let null = kinds.iter().any(|k| k == "null");
        let number = kinds.iter().any(|k| k == "number");
        let mut left: Vec<String> = Vec::new();
        for kind in kinds {
            if kind != "null" && !(kind == "integer" && number) && !left.contains(&kind) {
                left.push(kind);
            }
        }
        map.shift_remove("type");
        if null {
            map.insert("nullable".into(), true.into());
            self.note(&place, "`null` among the types is `nullable`");
        }
        let said_elsewhere = ["$ref", "allOf", "oneOf", "anyOf"].iter().any(|key| map.contains_key(*key));
        match left.as_slice() {
            [] if null => {
                map.entry("enum").or_insert_with(|| json!([null]));
            }
            [] => {}
            [one] => {
                map.insert("type".into(), one.clone().into());
            }
            several
                if ["string", "number", "boolean", "array", "object"]
                    .iter()
                    .all(|k| several.iter().any(|s| s == k)) =>
            {
                self.note(&place, "every type is allowed, so it is any JSON");
            }
            several if said_elsewhere => {
                self.note(&place, format!("the types {} are those of its members", several.join(", ")));
            }
            several => {
                self.note(&place, format!("the types {} are a choice", several.join(", ")));
                self.split(map, several, pointer);
            }
        }
    }

    /// Each type with what is said of its values.
    fn split(&mut self, map: &mut Map<String, Value>, kinds: &[String], pointer: &str) {
        let rest: Map<String, Value> = std::mem::take(map)
            .into_iter()
            .filter_map(|(key, value)| match is_annotation(&key) {
                true => {
                    map.insert(key, value);
                    None
                }
                false => Some((key, value)),
            })
            .collect();
        let mut members = Vec::new();
        for kind in kinds {
            let of = if kind == "integer" { "number" } else { kind };
            let mut member = Map::new();
            member.insert("type".into(), kind.clone().into());
            for (key, value) in &rest {
                let belongs = match OF_TYPE.iter().find(|(_, keys)| keys.contains(&key.as_str())) {
                    Some((owner, _)) => *owner == of,
                    // Some formats are of numbers, the others of texts.
                    None if key == "format" => {
                        let numeric =
                            value.as_str().is_some_and(|f| f.starts_with("int") || f == "float" || f == "double");
                        (of == "number") == numeric && matches!(of, "number" | "string")
                    }
                    None => true,
                };
                match (key.as_str(), value) {
                    ("enum", Value::Array(values)) => {
                        let own: Vec<Value> = values.iter().filter(|v| is_of(v, kind)).cloned().collect();
                        member.insert(key.clone(), own.into());
                    }
                    _ if belongs => {
                        member.insert(key.clone(), value.clone());
                    }
                    _ => {}
                }
            }
            if member.get("enum").is_some_and(|values| *values == json!([])) {
                continue;
            }
            if !self.budget.spend(member.values().map(weight).sum(), pointer) {
                break;
            }
            self.moves.also(pointer, format!("{pointer}/oneOf/{}", members.len()));
            members.push(Value::Object(member));
        }
        if members.len() == 1
            && let Some(Value::Object(only)) = members.pop()
        {
            map.extend(only);
            return;
        }
        map.insert("oneOf".into(), members.into());
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// A schema that takes null and nothing else.
fn is_null(schema: &Value) -> bool {
    let only =
        |list: &Value| list.as_array().is_some_and(|l| !l.is_empty() && l.iter().all(|v| v.is_null() || v == "null"));
    schema["type"] == "null"
        || only(&schema["type"])
        || schema.get("const").is_some_and(Value::is_null)
        || only(&schema["enum"]) && schema["enum"][0].is_null()
}
