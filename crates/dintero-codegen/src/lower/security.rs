//! How a call is let in: by which of the runtime's credentials, and by which keys that are parameters of the call.
//!
//! For: the runtime puts one credential into a header. A key of another place, or one more that the same requirement
//! asks for, would be lost.

use super::references::resolve;
use crate::document::at;
use crate::gate::marks;
use crate::gate::names::is_token;
use crate::model::{In, Parameter, SecurityScheme, Service, Style};
use serde_json::{Map, Value, json};

pub const PASS: &str = "security";

/// Headers of a request that are no place for a key.
const RUNTIME: [&str; 11] = [
    "accept",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "idempotency-key",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What one requirement of a document asks for, all of it at once.
#[derive(Default)]
struct Requirement<'a> {
    /// What the runtime sends.
    auth: Option<SecurityScheme>,
    /// What the call has to be given: place, name and description.
    keys: Vec<(In, &'a str, &'a str)>,
    /// Schemes that this client cannot use.
    unusable: Vec<&'a str>,
    /// Schemes that are a matter of the connection.
    connection: Vec<&'a str>,
}

impl<'a> Requirement<'a> {
    fn of(doc: &'a Value, map: &'a Map<String, Value>) -> Self {
        let mut out = Self::default();
        let schemes = map.keys().map(|name| (name, resolve(doc, &doc["components"]["securitySchemes"][name.as_str()])));
        let mut headers: Vec<(&str, SecurityScheme, &Value)> = Vec::new();
        for (name, scheme) in schemes {
            match (auth(scheme), key(scheme)) {
                _ if !is_sound(scheme) => out.unusable.push(name),
                (Some(auth), _) if headers.iter().any(|(_, known, _)| *known == auth) => {}
                (Some(auth), _) => headers.push((name, auth, scheme)),
                (None, Some((place, wire))) => out.keys.push((place, wire, described(scheme))),
                (None, None) if scheme["type"] == "mutualTLS" => out.connection.push(name),
                (None, None) => out.unusable.push(name),
            }
        }
        // A login goes before a key: the key can be given with the call.
        let is_key = |auth: &SecurityScheme| matches!(auth, SecurityScheme::ApiKey(_));
        let first = headers.iter().position(|(_, auth, _)| !is_key(auth)).unwrap_or(0);
        for (i, (name, auth, scheme)) in headers.into_iter().enumerate() {
            match scheme["name"].as_str().filter(|_| is_key(&auth)) {
                _ if i == first => out.auth = Some(auth),
                Some(header) => out.keys.push((In::Header, header, described(scheme))),
                // Two logins want the one header.
                None => out.unusable.push(name),
            }
        }
        out
    }
}

fn requirements<'a>(doc: &'a Value, op: &'a Value) -> Option<Vec<Requirement<'a>>> {
    let list = op.get("security").or(doc.get("security")).and_then(Value::as_array)?;
    Some(list.iter().filter_map(Value::as_object).map(|map| Requirement::of(doc, map)).collect())
}

/// The alternatives of the operation's security; a document that is silent means the house's bearer token.
pub fn run(service: &mut Service, doc: &Value, op: &Value, pointer: &str) -> Vec<SecurityScheme> {
    let Some(list) = requirements(doc, op) else { return vec![SecurityScheme::Bearer] };
    let (mut out, place) = (Vec::new(), at(pointer, "security"));
    for requirement in &list {
        for name in &requirement.connection {
            let what =
                format!("`{name}` is a matter of the connection: give a `reqwest::Client` that has the certificate");
            service.note(PASS, &place, what);
        }
        for name in &requirement.unusable {
            service.warn(PASS, &place, format!("the security scheme `{name}` cannot be used by this client"));
        }
        match &requirement.auth {
            Some(auth) => out.push(auth.clone()),
            None if !requirement.unusable.is_empty() || !requirement.connection.is_empty() => {}
            // Only keys, which the call is given, or nothing at all; alone, it needs no credential of the runtime.
            None if list.len() > 1 || requirement.keys.is_empty() => out.push(SecurityScheme::None),
            None => {}
        }
    }
    out.dedup();
    out
}

/// Adds the keys that the call has to be given to its parameters.
pub fn keys(service: &mut Service, doc: &Value, op: &Value, pointer: &str, parameters: &mut Vec<Parameter>) {
    let list = requirements(doc, op).unwrap_or_default();
    for (location, name, description) in list.iter().flat_map(|requirement| &requirement.keys) {
        if parameters.iter().any(|p| p.location == *location && p.name.eq_ignore_ascii_case(name)) {
            continue;
        }
        service.note(PASS, at(pointer, "security"), format!("the key `{name}` is a parameter of the call"));
        parameters.push(Parameter {
            pointer: at(pointer, "security"),
            ident: String::new(),
            name: (*name).into(),
            location: *location,
            required: list.len() == 1,
            description: format!("A key by which the call is let in.\n\n{description}").trim().into(),
            schema: json!({"type": "string"}),
            style: if *location == In::Query { Style::Form } else { Style::Joined(',') },
            styled: false,
            deprecated: false,
        });
    }
}

fn described(scheme: &Value) -> &str {
    scheme["description"].as_str().unwrap_or_default()
}

pub fn auth(scheme: &Value) -> Option<SecurityScheme> {
    let kind = scheme["type"].as_str()?;
    let http = scheme["scheme"].as_str().unwrap_or_default().to_lowercase();
    match kind {
        "http" if http == "basic" => Some(SecurityScheme::Basic),
        "http" if http == "bearer" => Some(SecurityScheme::Bearer),
        "oauth2" | "openIdConnect" => Some(SecurityScheme::Bearer),
        "apiKey" if scheme["in"] == "header" => {
            let header = scheme["name"].as_str()?;
            match header.eq_ignore_ascii_case("authorization") {
                // Swagger 2.0 has no other way to say "bearer".
                true if scheme[marks::NO_BEARER_PREFIX] != true => Some(SecurityScheme::Bearer),
                true => Some(SecurityScheme::RawToken(header.into())),
                false => Some(SecurityScheme::ApiKey(header.into())),
            }
        }
        _ => None,
    }
}

/// Whether the header or cookie of a key can be one, and is none by which the runtime or the service knows a call: a
/// key called `Idempotency-Key` would have a refund taken for one that may be sent twice.
fn is_sound(scheme: &Value) -> bool {
    let Some(name) = scheme["name"].as_str().filter(|_| scheme["type"] == "apiKey") else { return true };
    let lower = name.to_lowercase();
    match scheme["in"].as_str() {
        Some("header") => is_token(name) && !RUNTIME.contains(&lower.as_str()),
        Some("cookie") => is_token(name),
        _ => true,
    }
}

/// A key that goes into the query or a cookie: its place and name there.
fn key(scheme: &Value) -> Option<(In, &str)> {
    let place = match scheme["in"].as_str()? {
        "query" => In::Query,
        "cookie" => In::Cookie,
        _ => return None,
    };
    (scheme["type"] == "apiKey").then_some(place).zip(scheme["name"].as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::test_support::lowered;

    fn with(change: impl FnOnce(&mut Value)) -> Service {
        let mut doc = json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "security": [{"jwt": []}],
            "paths": {"/things": {"get": {"operationId": "things_get", "responses": {"200": {"description": ""}}}}},
            "components": {"securitySchemes": {
                "jwt": {"type": "http", "scheme": "bearer"},
                "oauth": {"type": "oauth2", "flows": {}},
                "basic": {"type": "http", "scheme": "basic"},
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
                "more": {"type": "apiKey", "in": "header", "name": "X-More"},
                "raw": {"type": "apiKey", "in": "header", "name": "authorization", "x-no-bearer-prefix": true},
                "digest": {"type": "http", "scheme": "digest"},
                "crumb": {"type": "apiKey", "in": "cookie", "name": "c"},
                "query": {"type": "apiKey", "in": "query", "name": "k"}}}
        });
        change(&mut doc);
        lowered(doc)
    }

    fn get(doc: &mut Value) -> &mut Value {
        &mut doc["paths"]["/things"]["get"]
    }

    fn warned(service: &Service, text: &str) -> bool {
        service.changes.iter().any(|c| c.warning && c.what.contains(text))
    }

    /// The credentials, and the keys that are parameters with whether they are required.
    fn found(security: Value) -> (Vec<SecurityScheme>, Vec<(String, In, bool)>) {
        let service = with(|d| get(d)["security"] = security);
        let op = &service.operations[0];
        let keys = op.parameters.iter().map(|p| (p.name.to_string(), p.location, p.required)).collect();
        (op.auth.clone(), keys)
    }

    #[test]
    fn security_of_the_operation_else_of_the_document_else_of_the_house() {
        let auth = |change: fn(&mut Value)| with(change).operations[0].auth.clone();
        assert_eq!(auth(|_| {}), [SecurityScheme::Bearer]);
        assert_eq!(auth(|d| get(d)["security"] = json!([])), []);
        assert_eq!(
            auth(|d| get(d)["security"] = json!([{"key": []}, {"jwt": []}, {}])),
            [SecurityScheme::ApiKey("X-Key".into()), SecurityScheme::Bearer, SecurityScheme::None]
        );
        assert_eq!(
            auth(|d| get(d)["security"] = json!([{"raw": []}])),
            [SecurityScheme::RawToken("authorization".into())]
        );
        assert_eq!(auth(|d| d["security"] = Value::Null), [SecurityScheme::Bearer]);
        assert!(warned(&with(|d| get(d)["security"] = json!([{"digest": []}])), "cannot be used"));
        assert!(warned(&with(|d| get(d)["security"] = json!([{"ghost": []}])), "cannot be used"));
    }

    #[test]
    fn a_key_that_the_runtime_does_not_send_is_a_parameter_of_the_call() {
        let k = |required| ("k".to_string(), In::Query, required);
        assert_eq!(found(json!([{"query": []}])), (vec![], vec![k(true)]));
        assert_eq!(
            found(json!([{"query": []}, {"jwt": []}])),
            (vec![SecurityScheme::None, SecurityScheme::Bearer], vec![k(false)])
        );
        let both = vec![k(true), ("c".to_string(), In::Cookie, true)];
        assert_eq!(found(json!([{"query": [], "crumb": []}])), (vec![], both));
        let declared = with(|d| {
            get(d)["security"] = json!([{"query": []}]);
            get(d)["parameters"] = json!([{"name": "k", "in": "query", "schema": {"type": "integer"}}]);
        });
        assert_eq!(declared.operations[0].parameters.len(), 1);
    }

    #[test]
    fn schemes_at_once_are_all_sent() {
        let header = |name: &str| (name.to_string(), In::Header, true);
        assert_eq!(found(json!([{"key": [], "jwt": []}])), (vec![SecurityScheme::Bearer], vec![header("X-Key")]));
        assert_eq!(
            found(json!([{"key": [], "more": []}])),
            (vec![SecurityScheme::ApiKey("X-Key".into())], vec![header("X-More")])
        );
        // The same credential by two names.
        assert_eq!(found(json!([{"jwt": [], "oauth": []}])), (vec![SecurityScheme::Bearer], vec![]));
        // A key that is none: it would be taken for a repetition's, or end the program that sends it.
        for (place, name) in [
            ("header", "Idempotency-Key"),
            ("header", "Host"),
            ("header", "two words"),
            ("header", ""),
            ("cookie", "a; b=c"),
        ] {
            for security in [json!([{"odd": [], "jwt": []}]), json!([{"odd": []}])] {
                let service = with(|d| {
                    d["components"]["securitySchemes"]["odd"] = json!({"type": "apiKey", "in": place, "name": name});
                    get(d)["security"] = security;
                });
                assert!(warned(&service, "`odd` cannot be used"), "{name}");
                assert!(service.operations[0].parameters.is_empty(), "{name}");
                assert!(!service.operations[0].auth.iter().any(|a| matches!(a, SecurityScheme::ApiKey(_))), "{name}");
            }
        }
        let service = with(|d| get(d)["security"] = json!([{"jwt": [], "basic": []}]));
        assert!(warned(&service, "`basic` cannot be used"));
    }
}
