//! What Dintero sends in a query alone becomes a type, as what it sends in a body is one.
//!
//! For: a pseudo-operation is no method, so parameters that only it has would be lost.

use crate::gate::Text;
use crate::model::{Body, In, OperationKind, Service};
use serde_json::{Map, Value, json};

pub const PASS: &str = "events";

pub fn run(service: &mut Service) {
    let mut notes = Vec::new();
    for op in service.operations.iter_mut().filter(|op| op.kind == OperationKind::Event && op.body.is_none()) {
        let query: Vec<_> = op.parameters.iter().filter(|p| p.location == In::Query).collect();
        if query.is_empty() {
            continue;
        }
        let mut properties = Map::new();
        for p in &query {
            let mut schema = p.schema.clone();
            if !p.description.is_empty()
                && let Some(map) = schema.as_object_mut()
            {
                if map.contains_key("$ref") {
                    schema = json!({"description": p.description, "allOf": [schema]});
                } else {
                    map.insert("description".into(), p.description.as_str().into());
                }
            }
            properties.insert(p.name.to_string(), schema);
        }
        let required: Vec<Value> = query.iter().filter(|p| p.required).map(|p| p.name.as_str().into()).collect();
        let tail = op.path.trim_start_matches('/').split_once('/').map_or(op.path.as_str(), |(_, tail)| tail);
        op.body = Some(Body {
            pointer: op.pointer.clone(),
            component: Some(format!("{tail} query").into()),
            required: true,
            media_type: "application/x-www-form-urlencoded".into(),
            description: Text::default(),
            schema: json!({"type": "object", "description": op.description, "properties": properties, "required": required}),
            styles: Vec::new(),
        });
        notes.push(op.pointer.clone());
    }
    for pointer in notes {
        service.note(PASS, pointer, "its query is a type of its own");
    }
}
