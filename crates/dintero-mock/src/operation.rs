//! An operation of a document: where it is found, what it takes and what it answers.

use crate::document::Document;
use crate::parameter::{Location, Parameter};
use crate::part::Part;
use crate::pointer::at;
use crate::schema::{Side, Validator};
use crate::security::{self, Requirement};
use serde_json::{Map, Value};
use std::sync::{Arc, OnceLock};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// Service it belongs to.
    pub service: String,
    /// Published operation id, or method and path where there is none.
    pub id: String,
    /// HTTP method in capitals.
    pub method: String,
    /// Path template below the server, for example `/transactions/{id}`.
    pub path: String,
    pub(crate) document: Arc<Document>,
    pub(crate) pointer: String,
    pub(crate) servers: Vec<Server>,
    pub(crate) security: Vec<Requirement>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    pub(crate) answers: Vec<Answer>,
    /// What it does with the state, if it does anything.
    pub(crate) part: Option<Part>,
}

impl Operation {
    /// The path of its server, for example `/v1`, that stands before its own.
    pub fn base_path(&self) -> &str {
        self.servers.first().map_or("", |server| server.path.as_str())
    }

    /// Query parameters whose lists go out as one text, joined with commas.
    pub fn joined_queries(&self) -> Vec<&str> {
        let joined = self.parameters.iter().filter(|p| p.location == Location::Query && !p.explode);
        joined.map(|p| p.name.as_str()).collect()
    }
}

/// A published server: its host and the path that all paths are below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) path: String,
}

/// What a request carries.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) required: bool,
    pub(crate) media: Vec<Media>,
}

/// One documented answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// `200`, `2XX` or `default`.
    pub(crate) status: String,
    pub(crate) media: Vec<Media>,
    /// Names and schemas.
    pub(crate) headers: Vec<(String, String)>,
}

/// A media type, the pointer of its schema, and its examples.
#[derive(Debug)]
pub(crate) struct Media {
    pub(crate) name: String,
    pub(crate) schema: Option<String>,
    pub(crate) examples: Vec<Value>,
    /// Of any media type, and of a shape that only JSON has.
    is_shaped: bool,
    validator: OnceLock<Option<Validator>>,
}

impl Media {
    /// JSON, also by suffix, and where any media type goes but the schema is of something that is no text.
    pub(crate) fn is_json(&self) -> bool {
        self.is_shaped || is_json(&self.name)
    }

    /// Made when first asked for; `None` where there is no schema, or none that can be used.
    pub(crate) fn validator(&self, document: &Document, side: Side) -> Option<&Validator> {
        let made = || document.schemas(side).validator(self.schema.as_deref()?).ok();
        self.validator.get_or_init(made).as_ref()
    }
}

pub(crate) fn is_json(media_type: &str) -> bool {
    let bare = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    bare == "application/json" || bare.ends_with("+json")
}

/// How deep `allOf` in `allOf` is followed.
const DEPTH: usize = 20;

/// Whether a schema says what a value is, and that it is neither a text nor anything at all.
fn is_shaped(document: &Document, schema: &Value, depth: usize) -> bool {
    let schema = document.resolve(schema);
    if let Some(members) = schema.get("allOf").and_then(Value::as_array).filter(|_| depth < DEPTH) {
        return members.iter().any(|member| is_shaped(document, member, depth + 1));
    }
    let kinds = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind.as_str()],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let has = |key| schema.get(key).is_some();
    ["oneOf", "anyOf", "enum"].into_iter().any(has)
        || kinds.iter().any(|kind| !["string", "null"].contains(kind))
        || kinds.is_empty() && ["properties", "additionalProperties", "items"].into_iter().any(has)
}

/// Every operation of a document that a caller can call, in its order.
pub(crate) fn all(document: &Arc<Document>, event_paths: &[&str]) -> Vec<Operation> {
    let mut out = Vec::new();
    for (path, item) in document.value.get("paths").and_then(Value::as_object).into_iter().flatten() {
        if !path.starts_with('/') || event_paths.iter().any(|prefix| path.starts_with(prefix)) {
            continue;
        }
        let pointer = at("/paths", path);
        let Some((pointer, item)) = document.locate(&pointer).filter(|_| item.is_object()) else { continue };
        for (method, operation) in item.as_object().into_iter().flatten() {
            if METHODS.contains(&method.as_str()) && operation.is_object() {
                out.push(one(document, item, &pointer, operation, path, method));
            }
        }
    }
    out
}

fn one(document: &Arc<Document>, item: &Value, place: &str, operation: &Value, path: &str, method: &str) -> Operation {
    let pointer = at(place, method);
    let id = operation.get("operationId").and_then(Value::as_str).filter(|id| !id.is_empty());
    let upper = method.to_uppercase();
    let security = security::of(document, operation);
    let mut parameters = parameters(document, item, place, operation, &pointer, path);
    for (location, name) in security::keys(&security) {
        match parameters.iter_mut().find(|p| p.location == location && p.name.eq_ignore_ascii_case(&name)) {
            Some(declared) => declared.is_key = true,
            None => parameters.push(Parameter::key(location, name)),
        }
    }
    Operation {
        service: document.service.clone(),
        id: id.map_or_else(|| format!("{upper} {path}"), str::to_owned),
        method: upper,
        path: path.to_owned(),
        document: Arc::clone(document),
        servers: servers(&[operation, item, &document.value]),
        security,
        parameters,
        body: body(document, &pointer),
        answers: answers(document, &pointer, operation),
        pointer,
        part: None,
    }
}

/// The servers of the operation, else of its path, else of the document.
fn servers(places: &[&Value]) -> Vec<Server> {
    let listed = places.iter().find_map(|place| place.get("servers")?.as_array().filter(|list| !list.is_empty()));
    let mut out: Vec<Server> = Vec::new();
    for server in listed.into_iter().flatten() {
        let mut url = server.get("url").and_then(Value::as_str).unwrap_or_default().to_owned();
        for (name, variable) in server.get("variables").and_then(Value::as_object).into_iter().flatten() {
            url = url
                .replace(&format!("{{{name}}}"), variable.get("default").and_then(Value::as_str).unwrap_or_default());
        }
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.trim_matches('/');
        let path = if path.is_empty() { String::new() } else { format!("/{path}") };
        let server = Server { host: host.to_ascii_lowercase(), path };
        if !out.contains(&server) {
            out.push(server);
        }
    }
    if out.is_empty() {
        out.push(Server { host: String::new(), path: String::new() });
    }
    out
}

/// Those of the operation, then those of its path that it does not declare itself, then what only the template names.
fn parameters(
    document: &Document,
    item: &Value,
    place: &str,
    operation: &Value,
    pointer: &str,
    path: &str,
) -> Vec<Parameter> {
    let mut out: Vec<Parameter> = Vec::new();
    for (owner, base) in [(operation, pointer), (item, place)] {
        let list = owner.get("parameters").and_then(Value::as_array).map_or(0, Vec::len);
        for i in 0..list {
            let here = at(&at(base, "parameters"), &i.to_string());
            let Some(found) = document.locate(&here).and_then(|(pointer, value)| Parameter::of(&pointer, value)) else {
                continue;
            };
            if !out.iter().any(|p| p.name == found.name && p.location == found.location) {
                out.push(found);
            }
        }
    }
    for name in crate::router::names(path) {
        if !out.iter().any(|p| p.name == name && p.is_in_path()) {
            out.push(Parameter::undeclared(name));
        }
    }
    out
}

fn body(document: &Document, pointer: &str) -> Option<Body> {
    let (pointer, body) = document.locate(&at(pointer, "requestBody"))?;
    let media = media(document, body, &pointer);
    let required = body.get("required") == Some(&Value::Bool(true));
    Some(Body { required, media })
}

fn answers(document: &Document, pointer: &str, operation: &Value) -> Vec<Answer> {
    let mut out = Vec::new();
    for status in operation.get("responses").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
        let Some((place, answer)) = document.locate(&at(&at(pointer, "responses"), status)) else { continue };
        let mut headers = Vec::new();
        for name in answer.get("headers").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
            if let Some((header, value)) = document.locate(&at(&at(&place, "headers"), name))
                && value.get("schema").is_some()
            {
                headers.push((name.clone(), at(&header, "schema")));
            }
        }
        out.push(Answer { status: status.to_ascii_uppercase(), media: media(document, answer, &place), headers });
    }
    out
}

fn media(document: &Document, owner: &Value, pointer: &str) -> Vec<Media> {
    let content = owner.get("content").and_then(Value::as_object);
    let one = |(name, media): (&String, &Value)| {
        let place = at(&at(pointer, "content"), name);
        let mut examples: Vec<Value> = media.get("example").cloned().into_iter().collect();
        let named = media.get("examples").and_then(Value::as_object);
        examples.extend(named.into_iter().flatten().filter_map(|(_, example)| example.get("value").cloned()));
        Media {
            name: name.clone(),
            schema: media.get("schema").map(|_| at(&place, "schema")),
            examples,
            is_shaped: name == "*/*" && media.get("schema").is_some_and(|schema| is_shaped(document, schema, 0)),
            validator: OnceLock::new(),
        }
    };
    content.into_iter().flatten().map(one).collect()
}
