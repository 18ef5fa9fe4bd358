//! Takes the document apart into operations and named schemas, and mends the blemishes of its frame.
//!
//! For: progenitor ignores `servers`, security and path-level documents' finer points, keys parameters by name alone,
//! and stops at a missing operationId, an undeclared path parameter, or a response without a description.

mod answers;
mod bodies;
mod media;
mod operations;
mod parameters;
mod paths;
mod servers;

pub use media::{is_json, preferred};
pub use operations::scopes;
pub use parameters::is_token;
pub use paths::template;
pub use servers::NO_HOST;

use crate::catalog::Policy;
use crate::document::at;
use crate::gate::Text;
use crate::model::{Change, Service};
use crate::problem::Problem;
use operations::path_items;
use serde_json::Value;
use std::collections::BTreeSet;

pub const PASS: &str = "collect";

/// What the service sends by itself, as OpenAPI 3.1 says it with `webhooks`.
pub const WEBHOOKS: &str = "x-webhooks";

/// How a list is joined where OpenAPI 3.0 has no style for it, in the words of Swagger 2.0.
pub const COLLECTION_FORMAT: &str = "x-collectionFormat";

pub fn run(file: &str, name: &str, doc: &Value, policy: &Policy, changes: Vec<Change>) -> Result<Service, Problem> {
    let info = &doc["info"];
    let mut service = Service {
        file: file.into(),
        name: name.into(),
        title: text(info, "title"),
        description: text(info, "description"),
        changes,
        ..Service::default()
    };
    if let Some(schemas) = doc["components"]["schemas"].as_object() {
        service.schemas = schemas.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    }
    let mut ids = BTreeSet::new();
    let webhooks = doc.get(WEBHOOKS).filter(|w| !w.is_null());
    match doc.get("paths").filter(|p| !p.is_null()) {
        Some(paths) => path_items(&mut service, doc, policy, paths, "/paths", &mut ids)?,
        None if webhooks.is_some() => {}
        None => service.warn(PASS, "/paths", "the document has no `paths`; the crate has no operations"),
    }
    if let Some(webhooks) = webhooks {
        path_items(&mut service, doc, policy, webhooks, &at("", WEBHOOKS), &mut ids)?;
    }
    Ok(service)
}

fn text(value: &Value, key: &str) -> Text {
    match value.get(key) {
        Some(Value::String(s)) => s.trim().into(),
        Some(Value::Number(n)) => n.to_string().into(),
        _ => Text::default(),
    }
}

fn strings(value: &Value) -> Vec<Text> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|v| v.as_str().map(Text::from)).collect()
}

/// The name of the shared part that is referred to.
fn component(raw: &Value, kind: &str) -> Option<Text> {
    let target = raw["$ref"].as_str()?;
    target.strip_prefix(&format!("#/components/{kind}/")).map(Text::from)
}

#[cfg(test)]
mod test_support {
    use crate::lower::test_support::lowered;
    use crate::model::Service;
    use serde_json::{Value, json};

    /// A document with one operation; `change` puts in what is to be tried.
    pub fn with(change: impl FnOnce(&mut Value)) -> Service {
        let mut doc = json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com/v1/"}],
            "security": [{"jwt": []}],
            "paths": {"/things/{id}": {"get": {"operationId": "things_get", "responses": {"200": {"description": ""}}}}},
            "components": {"securitySchemes": {
                "jwt": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}
        });
        change(&mut doc);
        lowered(doc)
    }

    pub fn get(doc: &mut Value) -> &mut Value {
        &mut doc["paths"]["/things/{id}"]["get"]
    }

    pub fn warned(service: &Service, text: &str) -> bool {
        service.changes.iter().any(|c| c.warning && c.what.contains(text))
    }
}
