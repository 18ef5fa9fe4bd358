//! What differs between two documents in the operations that they offer.
//!
//! The meaning of a change is the drift check's; here it is only told what came, what went, and what an older copy still has.

use crate::document;
use reqwest::Url;
use serde_json::Value;
use std::collections::BTreeSet;

/// An operation as people name it, and as two documents are compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    method: String,
    path: String,
    /// With the server's path in front and parameters without names.
    whole: String,
    /// The same without the server.
    bare: String,
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

fn operations(doc: &Value) -> Vec<Operation> {
    let base = base_path(doc);
    let of = |(method, path): (&str, &str)| Operation {
        method: method.to_uppercase(),
        path: path.into(),
        whole: nameless(&format!("{base}{path}")),
        bare: nameless(path),
    };
    document::operations(doc).map(of).collect()
}

/// The path of the first server (3.x) or the base path (2.0): a version may stand there or in the paths.
fn base_path(doc: &Value) -> String {
    let server = doc["servers"][0]["url"].as_str().unwrap_or_default();
    let path = match Url::parse(server) {
        Ok(url) => url.path().to_string(),
        Err(_) => doc["basePath"].as_str().unwrap_or(server).to_string(),
    };
    path.trim_end_matches('/').to_string()
}

/// The name of a path parameter is no part of the address.
fn nameless(path: &str) -> String {
    let steps = path.split('/').map(|step| if step.starts_with('{') && step.ends_with('}') { "{}" } else { step });
    steps.collect::<Vec<_>>().join("/")
}

/// The operations of `one` that `other` does not have.
pub fn only_in(one: &Value, other: &Value) -> Vec<Operation> {
    let others = operations(other);
    let whole: BTreeSet<(&str, &str)> = others.iter().map(|o| (o.method.as_str(), o.whole.as_str())).collect();
    let bare: BTreeSet<(&str, &str)> = others.iter().map(|o| (o.method.as_str(), o.bare.as_str())).collect();
    let known = |o: &Operation| whole.contains(&(&o.method, &o.whole)) || bare.contains(&(&o.method, &o.bare));
    let mut ours = operations(one);
    ours.retain(|o| !known(o));
    ours
}

/// The title of a placeholder that is no longer the sample.
pub fn no_sample(doc: &Value, sample: Option<&str>) -> Option<String> {
    let title = doc["info"]["title"].as_str().unwrap_or_default();
    (Some(title) != sample).then(|| title.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn only(one: &Value, other: &Value) -> Vec<String> {
        only_in(one, other).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_operation_is_the_same_whatever_its_parameters_are_called_and_wherever_the_version_stands() {
        let new = json!({"servers": [{"url": "https://api.example.com/v1"}], "paths": {
            "/accounts/{aid}/cards": {"get": {}, "parameters": [], "x-note": {}}, "/ping": {"get": {}}}});
        let renamed = json!({"servers": [{"url": "https://api.example.com/"}], "paths": {
            "/v1/accounts/{id}/cards": {"get": {}}, "/v1/ping": {"post": {}}}});
        let swagger = json!({"swagger": "2.0", "basePath": "/v1", "paths": {
            "/accounts/{aid}/cards": {"get": {}, "delete": {}}}});
        assert_eq!(only(&renamed, &new), ["POST /v1/ping"]);
        assert_eq!(only(&new, &renamed), ["GET /ping"]);
        assert_eq!(only(&swagger, &new), ["DELETE /accounts/{aid}/cards"]);
        assert_eq!(only(&json!({"paths": [], "servers": 5}), &new), Vec::<String>::new());
    }

    #[test]
    fn the_sample_is_known_by_its_title() {
        let doc = json!({"info": {"title": "A sample"}});
        assert_eq!(no_sample(&doc, Some("A sample")), None);
        assert_eq!(no_sample(&doc, Some("Another")).as_deref(), Some("A sample"));
        assert_eq!(no_sample(&doc, None).as_deref(), Some("A sample"));
    }
}
