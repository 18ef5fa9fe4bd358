//! A schema that only lent its fields to others is no type of its own.
//!
//! For: allOf is merged into the types that name it, and what is left of the parts (a fifth of the payments types) would
//! be compiled by everybody and met by nobody. What nothing refers to from the start stays: it may be what a service
//! sends by a way that the document does not describe.

use super::objects::reachable;
use super::schema::references_of;
use crate::model::Service;
use std::collections::BTreeSet;

pub const PASS: &str = "unused";

/// What operations reach as the document is published.
pub fn reached(service: &Service) -> BTreeSet<String> {
    let mut roots = Vec::new();
    for op in &service.operations {
        op.parameters.iter().for_each(|p| references_of(&p.schema, &mut roots));
        op.body.iter().for_each(|b| references_of(&b.schema, &mut roots));
        op.answers.iter().filter_map(|a| a.schema.as_ref()).for_each(|s| references_of(s, &mut roots));
    }
    reachable(service, roots)
}

/// Takes out what operations reached in `before`, and nothing reaches any more.
pub fn run(service: &mut Service, before: &BTreeSet<String>, components: &BTreeSet<String>) {
    let alone = components.difference(before).cloned().collect();
    let mut used = reached(service);
    used.extend(reachable(service, alone));
    let gone: Vec<String> = service.schemas.keys().filter(|name| !used.contains(*name)).cloned().collect();
    service.schemas.retain(|name, _| used.contains(name));
    service.aliases.retain(|_, target| used.contains(target));
    for name in gone {
        let what = "is no type: only what other types took from it is used";
        service.note(PASS, service.origin(&name), what);
        service.origins.shift_remove(&name);
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::lowered;
    use serde_json::json;

    #[test]
    fn what_only_lent_its_fields_is_no_type() {
        let text = json!({"type": "string"});
        let service = lowered(json!({
            "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
            "paths": {"/things/{id}": {"get": {"operationId": "thing", "parameters": [
                {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
            ], "responses": {
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
                // Neither is named by an operation: they may come by another way.
                "Notice": {"type": "object", "properties": {"note": {"$ref": "#/components/schemas/Note"}}},
                "Note": {"type": "object", "properties": {"words": text}}
            }}
        }));
        let names: Vec<&String> = service.schemas.keys().collect();
        assert!(!names.contains(&&"Part".to_string()), "{names:?}");
        for kept in ["Thing", "Origin", "Refusal", "Notice", "Note"] {
            assert!(names.contains(&&kept.to_string()), "{kept} of {names:?}");
        }
        assert_eq!(service.schemas["Thing"]["properties"].as_object().map(|p| p.len()), Some(4));
        let told = service.changes.iter().find(|c| c.pass == super::PASS).expect("told");
        assert_eq!(told.pointer, "/components/schemas/Part");
    }
}
