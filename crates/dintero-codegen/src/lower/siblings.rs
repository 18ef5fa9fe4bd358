//! A `$ref` with siblings becomes `allOf: [$ref]` with them.
//!
//! For: OpenAPI 3.0 parsers drop what stands beside a `$ref`, so a description, `nullable` or `default` would be lost.

use super::schema::{is_annotation, walk_mut};
use crate::model::{Change, Service};
use serde_json::{Value, json};

pub const PASS: &str = "siblings";

pub fn run(service: &mut Service) {
    let mut changes = Vec::new();
    service.roots_mut(|root, schema| {
        walk_mut(schema, &root.pointer, &mut |pointer, s| {
            if mend(s) {
                let what = "what stands beside the reference is kept".into();
                changes.push(Change { pass: PASS, pointer: pointer.into(), what, warning: false });
            }
        });
    });
    service.changes.append(&mut changes);
}

/// Whether there was something to keep.
fn mend(schema: &mut Value) -> bool {
    let Some(map) = schema.as_object_mut().filter(|m| m.len() > 1 && m.contains_key("$ref")) else { return false };
    let Some(target) = map.shift_remove("$ref") else { return false };
    let mut members = vec![json!({"$ref": target})];
    let structural: Vec<String> = map.keys().filter(|k| !is_annotation(k)).cloned().collect();
    let rest: serde_json::Map<String, Value> =
        structural.into_iter().filter_map(|k| map.shift_remove(&k).map(|v| (k, v))).collect();
    if let Some(Value::Array(more)) = rest.get("allOf") {
        members.extend(more.iter().cloned());
    }
    let others: serde_json::Map<String, Value> = rest.into_iter().filter(|(k, _)| k != "allOf").collect();
    if !others.is_empty() {
        members.push(Value::Object(others));
    }
    map.insert("allOf".into(), Value::Array(members));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_beside_a_reference_is_kept() {
        let mut s = json!({"$ref": "#/components/schemas/A", "nullable": true, "properties": {"x": {}}});
        assert!(mend(&mut s));
        assert_eq!(
            s,
            json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/A"}, {"properties": {"x": {}}}]})
        );
    }
}
