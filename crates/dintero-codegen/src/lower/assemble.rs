//! Puts the lowered service together again as the OpenAPI 3.0 document that the generator reads.

use super::bodies::{BodyKind, body_kind};
use super::parameters;
use crate::model::{In, Operation, OperationKind, Service};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Every answer is a stream of bytes; the runtime reads it. `schema` is the form in which the generator gets one.
pub fn run(service: &Service, schema: impl Fn(&Value) -> Value) -> Value {
    let mut paths = Map::new();
    for op in service.operations.iter().filter(|op| op.kind == OperationKind::Call) {
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
    let schemas: Map<String, Value> = service.schemas.iter().map(|(k, v)| (k.clone(), schema(v))).collect();
    json!({
        "openapi": "3.0.3",
        "info": {"title": service.title, "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas}
    })
}

fn operation(op: &Operation) -> (String, Value) {
    let wire = op.path.split('#').next().unwrap_or_default();
    let mut idents: HashMap<&str, &str> = HashMap::new();
    let mut list = Vec::new();
    let lowered = parameters::lower(op);
    for (p, low) in op.parameters.iter().zip(&lowered) {
        let place = match p.location {
            In::Path => {
                idents.insert(&p.name, &low.ident);
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
    let path = renamed(wire, &idents);
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

/// The path with the identifiers for the names, all at once: the identifier of one may be the name of another.
fn renamed(path: &str, idents: &HashMap<&str, &str>) -> String {
    let mut parts = path.split('{');
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or((part, ""));
        out.push_str(&["{", idents.get(name).copied().unwrap_or(name), "}", rest].concat());
    }
    out
}

/// A JSON body that is always there is the generator's; the runtime writes every other.
pub fn typed_body(op: &Operation) -> bool {
    op.body.as_ref().is_some_and(|b| b.required && body_kind(b) == BodyKind::Json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::collect::template;
    use crate::lower::test_support::lowered;

    #[test]
    fn the_identifier_of_one_parameter_may_be_the_name_of_another() {
        let path = "/a/{x y}/{x_y}/{x-y}";
        let service = lowered(json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {path: {"get": {"operationId": "a", "responses": {}}}}}));
        let (path, made) = operation(&service.operations[0]);
        let named: Vec<&str> =
            made["parameters"].as_array().into_iter().flatten().filter_map(|p| p["name"].as_str()).collect();
        assert_eq!(template(&path), named);
        assert_eq!(named.len(), 3, "{path}");
    }
}
