//! Cuts schemas that hold for the same value as themselves: a validator would never end with them.

use crate::pointer;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Keywords whose schemas hold for the value itself.
const IN_PLACE: [&str; 8] = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"];

/// Takes out every reference that leads back to where it stands without going a level deeper.
pub(super) fn cut(root: &mut Value, notes: &mut Vec<String>) {
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, schema) in root["components"]["schemas"].as_object().into_iter().flatten() {
        let mut found = BTreeSet::new();
        references(schema, &mut found);
        edges.insert(pointer::to_reference(&pointer::at("/components/schemas", name)), found);
    }
    let mut done = BTreeSet::new();
    let mut backward = Vec::new();
    for start in edges.keys() {
        search(start, &edges, &mut Vec::new(), &mut done, &mut backward);
    }
    for (from, to) in backward {
        notes.push(format!("`{from}` contains `{to}` in itself; that reference takes any value"));
        if let Some(schema) = pointer::of_reference(&from).and_then(|p| root.pointer_mut(&p)) {
            remove(schema, &to);
        }
    }
}

fn references(schema: &Value, found: &mut BTreeSet<String>) {
    let Some(map) = schema.as_object() else { return };
    if let Some(Value::String(reference)) = map.get("$ref") {
        found.insert(reference.clone());
    }
    for key in IN_PLACE {
        match map.get(key) {
            Some(Value::Array(list)) => list.iter().for_each(|s| references(s, found)),
            Some(schema) => references(schema, found),
            None => {}
        }
    }
}

fn search(
    at: &str,
    edges: &BTreeMap<String, BTreeSet<String>>,
    stack: &mut Vec<String>,
    done: &mut BTreeSet<String>,
    backward: &mut Vec<(String, String)>,
) {
    if done.contains(at) {
        return;
    }
    stack.push(at.to_owned());
    for next in edges.get(at).into_iter().flatten() {
        match stack.contains(next) {
            true => backward.push((at.to_owned(), next.clone())),
            false => search(next, edges, stack, done, backward),
        }
    }
    stack.pop();
    done.insert(at.to_owned());
}

fn remove(schema: &mut Value, reference: &str) {
    let Some(map) = schema.as_object_mut() else { return };
    if map.get("$ref").is_some_and(|r| r == reference) {
        map.remove("$ref");
    }
    for key in IN_PLACE {
        match map.get_mut(key) {
            Some(Value::Array(list)) => list.iter_mut().for_each(|s| remove(s, reference)),
            Some(schema) => remove(schema, reference),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::document::Document;
    use crate::schema::{Schemas, Side};
    use serde_json::json;

    #[test]
    fn schemas_that_hold_themselves_are_cut_and_others_recurse() {
        let text = "openapi: 3.0.0
components:
  schemas:
    A: {allOf: [{$ref: '#/components/schemas/B'}, {type: object, required: [a]}]}
    B: {allOf: [{$ref: '#/components/schemas/A'}]}
    Self: {$ref: '#/components/schemas/Self'}
    Tree: {type: object, properties: {children: {type: array, items: {$ref: '#/components/schemas/Tree'}}}}";
        let document = Document::parse("x", "x.yaml", text).expect("document");
        let schemas = Schemas::of(&document, Side::Response);
        let valid = |name: &str, value| {
            schemas.validator(&format!("/components/schemas/{name}")).expect("validator").is_valid(&value)
        };
        assert!(valid("B", json!({"a": 1})) && !valid("A", json!({})) && valid("Self", json!(1)));
        assert!(valid("Tree", json!({"children": [{"children": []}]})));
        assert!(!valid("Tree", json!({"children": [{"children": [1]}]})));
        assert_eq!(schemas.notes.len(), 2, "{:?}", schemas.notes);
    }
}
