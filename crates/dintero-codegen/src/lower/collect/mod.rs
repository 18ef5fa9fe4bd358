//! Takes the document apart into operations and named schemas, and mends the faults of its frame.
//!
//! For: progenitor ignores `servers`, security and path-level documents' finer points, keys parameters by name alone,
//! and stops at a missing operationId, an undeclared path parameter, or a response without a description.

mod bodies;
mod media;
mod operations;
mod parameters;
mod paths;
mod read;
mod responses;
mod servers;

pub use media::{is_json, preferred};
pub use operations::scopes;
pub use paths::template;
pub use read::{COLLECTION_FORMAT, WEBHOOKS};
pub use servers::NO_HOST;

use crate::catalog::Policy;
use crate::document::at;
use crate::model::{Change, Service};
use crate::problem::Problem;
use operations::path_items;
use read::{PASS, text};
use serde_json::Value;
use std::collections::BTreeSet;

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
