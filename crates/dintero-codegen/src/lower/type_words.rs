//! A `type` is one of the six words of OpenAPI; others stand for one of them, or for any JSON.
//!
//! For: progenitor stops at any other word, and hand-written documents have `file`, `date`, `String`, `any`.

use super::schema::walk_mut;
use crate::model::{Change, Service};
use serde_json::Value;

pub const PASS: &str = "type_words";

pub fn run(service: &mut Service) {
    let mut changes = Vec::new();
    service.roots_mut(|root, schema| {
        walk_mut(schema, &root.pointer, &mut |pointer, s| {
            if let Some(what) = mend(s) {
                changes.push(Change { pass: PASS, pointer: pointer.into(), what, warning: true });
            }
        });
    });
    service.changes.append(&mut changes);
}

fn mend(schema: &mut Value) -> Option<String> {
    let map = schema.as_object_mut()?;
    let said = map.get("type")?.clone();
    let lower = said.as_str().unwrap_or_default().trim().to_lowercase();
    let word = match lower.as_str() {
        "string" | "text" | "str" | "date" | "datetime" | "date-time" | "uuid" | "url" | "uri" | "file" => "string",
        "integer" | "int" | "int32" | "int64" | "long" => "integer",
        "number" | "float" | "double" | "decimal" => "number",
        "boolean" | "bool" => "boolean",
        "array" | "list" => "array",
        "object" | "map" | "dict" | "hash" => "object",
        // A choice without a null is settled elsewhere.
        "null" => return None,
        _ => "",
    };
    if said == word && !word.is_empty() {
        return None;
    }
    if word.is_empty() {
        map.shift_remove("type");
        return Some(format!("{said} is no type; taken as any JSON"));
    }
    map.insert("type".into(), word.into());
    if lower == "file" {
        map.insert("format".into(), "binary".into());
    }
    Some(format!("{said} is no type; taken as `{word}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_type_is_one_that_there_is() {
        for (schema, then, told) in [
            (json!({"type": "string"}), json!({"type": "string"}), false),
            (json!({"description": "d"}), json!({"description": "d"}), false),
            (json!({"type": "file"}), json!({"type": "string", "format": "binary"}), true),
            (json!({"type": "Integer", "minimum": 1}), json!({"type": "integer", "minimum": 1}), true),
            (json!({"type": "any"}), json!({}), true),
            (json!({"type": 5}), json!({}), true),
            (json!({"type": ""}), json!({}), true),
        ] {
            let mut mended = schema.clone();
            assert_eq!((mend(&mut mended).is_some(), mended), (told, then), "{schema}");
        }
    }
}
