//! What the passes told each other by marks goes into the model: from here on no schema holds one.
//!
//! For: passes move, copy and merge schemas, so a fact about one has to travel with it as long as they run. Behind them a
//! schema stands still and has a name, and a fact is a field of the service that can be neither misspelt nor published.

use super::schema::walk_mut;
use crate::gate::marks;
use crate::model::Service;
use serde_json::{Map, Value};

pub fn run(service: &mut Service) {
    for (name, schema) in &mut service.schemas {
        let of_type = schema.as_object_mut();
        let place = of_type.and_then(|map| map.get(marks::PLACE).or(map.get(marks::PUBLISHED_NAME)));
        if let Some(place) = place.and_then(Value::as_str) {
            service.published.insert(name.clone(), place.into());
        }
        for (wire, property) in schema["properties"].as_object().into_iter().flatten() {
            if property[marks::THREE_STATES] == true {
                service.three_states.insert((name.clone(), wire.as_str().into()));
            }
        }
    }
    service.roots_mut(|root, schema| walk_mut(schema, &root.pointer, &mut |_, schema| strip(schema.as_object_mut())));
    let members = service.unions.values_mut().flat_map(|union| &mut union.members);
    members.for_each(|member| walk_mut(&mut member.schema, "", &mut |_, schema| strip(schema.as_object_mut())));
}

fn strip(schema: Option<&mut Map<String, Value>>) {
    if let Some(schema) = schema {
        schema.retain(|key, _| !marks::OF_PASSES.contains(&key.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use crate::gate::marks;
    use crate::lower::test_support::lowered;
    use serde_json::json;

    #[test]
    fn no_mark_of_a_pass_is_left_and_no_fact_is_lost() {
        let service = lowered(json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {"/things": {"post": {
                "parameters": [{"name": "q", "in": "query", "schema": {"type": "object", "properties": {"a": {"type": "string", "nullable": true}}}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/a-thing"}}}},
                "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}}}}},
            "components": {"schemas": {
                "a-thing": {"type": "object", "properties": {
                    "note": {"type": "string", "nullable": true}, "x-place": {"type": "string"},
                    "inner": {"type": "object", "properties": {"b": {"type": "integer"}}}}},
                "Pet": {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
                        "discriminator": {"propertyName": "kind", "mapping": {"c": "#/components/schemas/Cat"}}},
                "Cat": {"type": "object", "properties": {"kind": {"type": "string"}, "purrs": {"type": "boolean"}}},
                "Dog": {"type": "object", "properties": {"kind": {"type": "string"}, "barks": {"type": "boolean"}}}}}
        }));
        assert_eq!(service.published["AThing"].as_str(), "a-thing");
        assert_eq!(service.published["AThingInner"].as_str(), "AThing.inner");
        assert!(service.three_states.contains(&("AThing".to_string(), "note".into())));
        assert_eq!(service.three_states.iter().filter(|(name, _)| name == "AThing").count(), 1);
        let members = service.unions.values().flat_map(|union| &union.members);
        assert!(members.clone().any(|member| member.tags == ["c"]));
        assert!(service.schemas["AThing"]["properties"].get("x-place").is_some(), "a property of that name is none");
        let schemas = service.schemas.values().chain(members.map(|member| &member.schema));
        let schemas = schemas.chain(service.operations.iter().flat_map(|op| op.parameters.iter().map(|p| &p.schema)));
        for schema in schemas {
            let mut schema = schema.clone();
            schema.as_object_mut().and_then(|map| map.get_mut("properties")?.as_object_mut()?.shift_remove("x-place"));
            let text = schema.to_string();
            assert!(!marks::OF_PASSES.iter().any(|mark| text.contains(mark)), "{text}");
        }
    }
}
