//! A schema that is only the base of others, by `allOf`, is no type of its own.
//!
//! For: allOf is merged into the types that name it, and what is left of the parts (a fifth of the payments types) would
//! be compiled by everybody and met by nobody. Whatever the document names in any other way stays a type, also where
//! this generator does not read it (callbacks, a second media type), and so does what nothing refers to: it may be what a
//! service sends by a way that the document does not describe.

use super::objects::reachable;
use super::schema::{children, references_of, referred};
use crate::document::component_of;
use crate::model::Service;
use crate::names_lock::Names;
use serde_json::Value;
use std::collections::BTreeSet;

pub const PASS: &str = "unused";

/// The components that others only extend. Asked before allOf is merged.
/// One that is a type already stays one.
pub fn base_only(service: &Service, doc: &Value, names: &Names) -> BTreeSet<String> {
    let mut outside = Vec::new();
    references_outside(doc, &mut Vec::new(), &mut outside);
    let mut inside = BTreeSet::new();
    for (user, schema) in &service.schemas {
        let mut uses = Uses::default();
        uses.add(schema);
        inside.extend(uses.extended.into_iter().chain(uses.named).filter(|name| name != user));
    }
    let is_root = |name: &&String| {
        let published = component_of(&format!("#{}", service.origin(name)));
        !inside.contains(*name) || published.is_some_and(|p| outside.contains(&p) || names.components.contains_key(&p))
    };
    let mut kept = BTreeSet::new();
    let mut extended = BTreeSet::new();
    // A component, and whether it is named rather than extended.
    let mut open: Vec<(String, bool)> =
        service.schemas.keys().filter(is_root).map(|name| (name.clone(), true)).collect();
    while let Some((name, is_named)) = open.pop() {
        let is_new = if is_named { kept.insert(name.clone()) } else { extended.insert(name.clone()) };
        if let Some(schema) = service.schemas.get(&name).filter(|_| is_new) {
            let mut uses = Uses::default();
            uses.add(schema);
            open.extend(uses.named.into_iter().map(|name| (name, true)));
            open.extend(uses.extended.into_iter().map(|name| (name, false)));
        }
    }
    extended.difference(&kept).cloned().collect()
}

/// What a schema refers to: to extend it by more, or as a type.
#[derive(Default)]
struct Uses {
    extended: Vec<String>,
    named: Vec<String>,
}

impl Uses {
    fn add(&mut self, schema: &Value) {
        if let Some(name) = referred(schema) {
            return self.named.push(name);
        }
        for (key, child) in children(schema) {
            match referred(child).filter(|_| key == "allOf") {
                Some(name) => self.extended.push(name),
                None => self.add(child),
            }
        }
    }
}

/// The components that the document refers to from anywhere but another component.
fn references_outside<'d>(value: &'d Value, path: &mut Vec<&'d str>, out: &mut Vec<String>) {
    if path.as_slice() == ["components", "schemas"] {
        return;
    }
    match value {
        Value::Object(map) => {
            out.extend(map.get("$ref").and_then(Value::as_str).and_then(component_of));
            for (key, value) in map.iter().filter(|(key, _)| !matches!(key.as_str(), "example" | "examples")) {
                path.push(key);
                references_outside(value, path, out);
                path.pop();
            }
        }
        Value::Array(list) => list.iter().for_each(|value| {
            path.push("");
            references_outside(value, path, out);
            path.pop();
        }),
        _ => {}
    }
}

/// Takes out what is only a base, and what only belonged to it.
/// `components` are those that are types.
pub fn run(service: &mut Service, components: Vec<String>) {
    let named = |name: String| service.aliases.get(&name).cloned().unwrap_or(name);
    let mut roots: Vec<String> = components.into_iter().map(named).collect();
    for op in &service.operations {
        op.parameters.iter().for_each(|p| references_of(&p.schema, &mut roots));
        op.body.iter().for_each(|b| references_of(&b.schema, &mut roots));
        op.responses.iter().filter_map(|a| a.schema.as_ref()).for_each(|s| references_of(s, &mut roots));
    }
    let used = reachable(service, roots);
    let gone: Vec<String> = service.schemas.keys().filter(|name| !used.contains(*name)).cloned().collect();
    service.schemas.retain(|name, _| used.contains(name));
    service.aliases.retain(|_, target| used.contains(target));
    for name in gone {
        let what = "is no type: others have taken its fields over, and nothing else names it";
        service.note(PASS, service.origin(&name), what);
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::lowered;
    use serde_json::json;

    #[test]
    fn what_is_only_a_base_is_no_type() {
        let text = json!({"type": "string"});
        let service = lowered(json!({
            "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
            "paths": {"/things/{id}": {"get": {"operationId": "thing", "parameters": [
                {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
            ], "callbacks": {"later": {"{$url}": {"post": {"requestBody": {"content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/Called"}}}}, "responses": {"204": {"description": ""}}}}}},
            "responses": {
                "200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "400": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}}
            }}}},
            "components": {"schemas": {
                "Thing": {"allOf": [{"$ref": "#/components/schemas/Part"}, {"properties": {"id": text}}]},
                "Part": {"type": "object", "properties": {
                    "label": {"type": "object", "properties": {"text": text}},
                    "origin": {"$ref": "#/components/schemas/Origin"},
                    "kind": {"type": "object", "properties": {"of": {"type": "object", "properties": {"part": text}}}}
                }},
                "Origin": {"type": "object", "properties": {"place": text}},
                "Refusal": {"type": "object", "properties": {"why": text}},
                // By a way that is not read; of the shape of a part; and named by no operation at all.
                "Called": {"type": "object", "properties": {"call": text}},
                "Caller": {"allOf": [{"$ref": "#/components/schemas/Called"}, {"properties": {"id": text}}]},
                "Half": {"type": "object", "properties": {"half": text}},
                "Whole": {"allOf": [{"$ref": "#/components/schemas/Half"}, {"properties": {"id": text}}]},
                "Twin": {"type": "object", "properties": {"half": text}},
                "Receipt": {"type": "object", "properties": {"number": text}},
                "Answer": {"type": "object", "properties": {"receipt": {"oneOf": [{"$ref": "#/components/schemas/Receipt"}, {}]}}},
                "Notices": {"type": "array", "items": {"$ref": "#/components/schemas/Notice"}},
                "Notice": {"type": "object", "properties": {"note": {"$ref": "#/components/schemas/Note"}}},
                "Note": {"type": "object", "properties": {"words": text}}
            }}
        }));
        let names: Vec<&String> = service.schemas.keys().collect();
        assert!(!names.contains(&&"Part".to_string()), "{names:?}");
        for kept in ["Thing", "Origin", "Refusal", "Notice", "Note", "Called", "Caller", "Twin", "Receipt", "Answer"] {
            let is_there = service.schemas.contains_key(kept) || service.aliases.contains_key(kept);
            assert!(is_there, "{kept} of {names:?}, {:?}", service.aliases);
        }
        assert_eq!(service.schemas["Thing"]["properties"].as_object().map(|p| p.len()), Some(4));
        let change = service.changes.iter().find(|c| c.pass == super::PASS).expect("told");
        assert_eq!(change.pointer, "/components/schemas/Part");
        // It can still be asked for.
        assert_eq!(service.origins.get("Part").map(String::as_str), Some("/components/schemas/Part"));
    }
}
