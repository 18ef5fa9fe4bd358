//! Every keyword of a schema has a value of the kind that OpenAPI gives it; what has another is left out.
//!
//! For: progenitor's reader stops at a text where a schema belongs, or at a number for a title, and does not say where.

use super::schema::walk_mut;
use crate::gate::text::code;
use crate::model::{Change, Service};
use serde_json::{Map, Value};

pub const PASS: &str = "keywords";

pub fn run(service: &mut Service) {
    let mut changes = Vec::new();
    service.roots_mut(|root, schema| {
        let mut tell = |pointer: &str, what: String| {
            changes.push(Change { pass: PASS, pointer: pointer.into(), what, warning: true });
        };
        if !schema.is_object() {
            if !schema.is_boolean() {
                tell(&root.pointer, "is no schema; taken as any JSON".into());
            }
            *schema = Value::Object(Map::new());
        }
        // The inner ones are mended before they are walked into, so each is an object by then.
        walk_mut(schema, &root.pointer, &mut |pointer, schema| mend(schema, pointer, &mut tell));
    });
    service.changes.append(&mut changes);
}

fn mend(schema: &mut Value, pointer: &str, tell: &mut impl FnMut(&str, String)) {
    let Some(map) = schema.as_object_mut() else { return };
    map.retain(|key, value| {
        // Absent, whatever the keyword.
        if value.is_null() && !matches!(key.as_str(), "example" | "default" | "const") && !key.starts_with("x-") {
            return false;
        }
        let fine = match key.as_str() {
            "$ref" => value.is_string(),
            "title" | "description" | "pattern" | "format" => {
                if let Value::Number(number) = value {
                    *value = number.to_string().into();
                }
                value.is_string()
            }
            "nullable" | "readOnly" | "writeOnly" | "deprecated" | "uniqueItems" => value.is_boolean(),
            "properties" => {
                for child in value.as_object_mut().into_iter().flat_map(Map::values_mut) {
                    schema_or_any(child, pointer, key, tell);
                }
                value.is_object()
            }
            "items" | "not" => {
                schema_or_any(value, pointer, key, tell);
                true
            }
            "additionalProperties" => value.is_object() || value.is_boolean(),
            "allOf" | "oneOf" | "anyOf" => {
                for child in value.as_array_mut().into_iter().flatten() {
                    schema_or_any(child, pointer, key, tell);
                }
                value.is_array()
            }
            "required" => {
                if let Value::Array(names) = value {
                    names.retain(Value::is_string);
                }
                value.is_array()
            }
            "enum" => value.is_array(),
            "discriminator" => {
                if let Some(map) =
                    value.as_object_mut().filter(|map| map.get("mapping").is_some_and(|m| !m.is_object()))
                {
                    map.shift_remove("mapping");
                }
                if let Some(Value::Object(mapping)) = value.get_mut("mapping") {
                    mapping.retain(|_, target| target.is_string());
                }
                value["propertyName"].is_string() && value.get("mapping").is_none_or(Value::is_object)
            }
            "externalDocs" => value["url"].is_string(),
            "xml" => value.is_object(),
            _ => true,
        };
        if !fine {
            tell(pointer, format!("{} has a value of another kind than OpenAPI gives it; left out", code(key)));
        }
        fine
    });
}

fn schema_or_any(child: &mut Value, pointer: &str, key: &str, tell: &mut impl FnMut(&str, String)) {
    if child.is_object() {
        return;
    }
    if !child.is_boolean() && !child.is_null() {
        tell(pointer, format!("what stands in {} is no schema; taken as any JSON", code(key)));
    }
    *child = Value::Object(Map::new());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_keyword_with_a_value_of_another_kind_is_left_out() {
        let mut count = 0;
        let mut schema = json!({
            "title": 5, "description": ["a"], "nullable": "yes", "required": ["a", 1], "enum": "a", "oneOf": {},
            "discriminator": {"mapping": {}}, "externalDocs": 1, "additionalProperties": "a", "default": null,
            "properties": {"a": "text", "b": null, "c": true, "description": {"type": "string"}},
            "allOf": [1, {"type": "object"}], "items": ["a"], "format": null, "$ref": []
        });
        mend(&mut schema, "", &mut |_, _| count += 1);
        assert_eq!(
            schema,
            json!({
                "title": "5", "required": ["a"], "default": null,
                "properties": {"a": {}, "b": {}, "c": {}, "description": {"type": "string"}},
                "allOf": [{}, {"type": "object"}], "items": {}
            })
        );
        assert_eq!(count, 11);
    }
}
