//! Puts the lowered service together again as the OpenAPI 3.0 document that the generator reads.

use super::bodies::{BodyKind, body_kind};
use super::collect::template;
use super::parameters;
use crate::model::{In, Kind, Operation, Service};
use serde_json::{Map, Value, json};

/// Every answer is a stream of bytes; the runtime reads it.
pub fn run(service: &Service) -> Value {
    let mut paths = Map::new();
    for op in service.operations.iter().filter(|op| op.kind == Kind::Call) {
        let (mut path, operation) = operation(op);
        // Two calls that differ only in what is never sent (a fragment, the name of a parameter) stay two.
        if paths.get(&path).and_then(|item: &Value| item.get(&op.method)).is_some() {
            path = format!("{path}#{}", op.name);
        }
        let item = paths.entry(path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(op.method.clone(), operation);
        }
    }
    let schemas: Map<String, Value> = service.schemas.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    json!({
        "openapi": "3.0.3",
        "info": {"title": service.title, "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas}
    })
}

fn operation(op: &Operation) -> (String, Value) {
    let mut path = op.path.split('#').next().unwrap_or_default().to_string();
    let mut list = Vec::new();
    let lowered = parameters::lower(op);
    for (p, low) in op.parameters.iter().zip(&lowered) {
        let place = match p.location {
            In::Path => {
                path = path.replace(&["{", p.name.as_str(), "}"].concat(), &["{", low.ident.as_str(), "}"].concat());
                "path"
            }
            _ if p.styled => continue,
            In::Query => "query",
            In::Header => "header",
            // The generator has no cookies; the runtime writes them.
            In::Cookie => continue,
        };
        list.push(json!({"name": low.ident, "in": place, "required": p.required, "schema": low.schema}));
    }
    debug_assert_eq!(template(&path).len(), template(&op.path).len());
    let mut out = json!({
        "operationId": op.name,
        "parameters": list,
        "responses": {"2XX": {"description": "", "content": {"*/*": {"schema": {}}}}}
    });
    if let Some(body) = &op.body {
        let content = match typed_body(op) {
            true => json!({"application/json": {"schema": body.schema}}),
            false => json!({"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}),
        };
        out["requestBody"] = json!({"required": true, "content": content});
    }
    (path, out)
}

/// A JSON body that is always there is the generator's; the runtime writes every other.
pub fn typed_body(op: &Operation) -> bool {
    op.body.as_ref().is_some_and(|b| b.required && body_kind(b) == BodyKind::Json)
}
