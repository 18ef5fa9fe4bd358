//! What an operation answers by its document alone: the published example where it is valid, else a body made from the
//! schema by the seed. Errors have Dintero's shape.

use crate::operation::{Answer, Media, Operation};
use crate::sample::{Fill, Maker, seed_of};
use crate::schema::{Side, Violation};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A whole answer.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
}

impl Answered {
    pub(crate) fn json(status: StatusCode, value: &Value) -> Self {
        let headers = vec![(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        Self { status, headers, body: value.to_string().into() }
    }

    /// An error as Dintero lays it out.
    pub(crate) fn error(status: StatusCode, code: &str, message: impl Into<String>, violations: &[Violation]) -> Self {
        let mut error = json!({"code": code, "message": message.into()});
        if !violations.is_empty() {
            error["errors"] = json!(violations);
        }
        Self::json(status, &json!({"error": error}))
    }

    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }
}

/// Answers by the documents, each made once.
#[derive(Debug)]
pub(crate) struct Answers {
    seed: u64,
    /// By the place of the operation, which lives as long as this, and the status.
    made: Mutex<HashMap<(usize, u16), Arc<Answered>>>,
}

impl Answers {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, made: Mutex::default() }
    }

    /// The success that the operation documents first, or the documented answer of a status.
    pub(crate) fn of(&self, operation: &Arc<Operation>, status: Option<StatusCode>) -> Arc<Answered> {
        let key = (Arc::as_ptr(operation) as usize, status.map_or(0, |status| status.as_u16()));
        if let Some(known) = self.made.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Arc::clone(known);
        }
        let made = Arc::new(make(operation, status, self.seed));
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&made));
        made
    }
}

/// A refusal of the mock's own as the operation documents refusals: a conflict is a bad request where the document knows
/// of no conflicts, and what the document requires beside the error is there.
pub(crate) fn fit(operation: &Operation, mut refused: Answered) -> Answered {
    if refused.status == StatusCode::CONFLICT
        && documented(operation, refused.status).is_none()
        && documented(operation, StatusCode::BAD_REQUEST).is_some()
    {
        refused.status = StatusCode::BAD_REQUEST;
    }
    let media = documented(operation, refused.status).and_then(|answer| answer.media.iter().find(|m| m.is_json()));
    let Some((media, pointer)) = media.and_then(|media| Some((media, media.schema.as_deref()?))) else {
        return refused;
    };
    let Some(validator) = media.validator(&operation.document, Side::Response) else { return refused };
    let Ok(Value::Object(own)) = serde_json::from_slice::<Value>(&refused.body) else { return refused };
    if validator.is_valid(&Value::Object(own.clone())) {
        return refused;
    }
    let mut maker = Maker::new(&operation.document, Side::Response, Fill::Required, 0);
    let Value::Object(mut whole) = maker.make(pointer, Some(validator)) else { return refused };
    // Nothing came about.
    whole.values_mut().filter(|value| value.is_boolean()).for_each(|value| *value = Value::Bool(false));
    whole.extend(own);
    let whole = Value::Object(whole);
    if validator.is_valid(&whole) {
        refused.body = whole.to_string().into();
    }
    refused
}

/// The success that is answered when nothing else is asked for: 200 before other 2xx, those before 3xx and `default`.
pub(crate) fn success(operation: &Operation) -> (StatusCode, Option<&Answer>) {
    let rank = |answer: &&Answer| match answer.status.as_str() {
        "200" => Some(0),
        "2XX" => Some(1),
        status if status.starts_with('2') => Some(2),
        status if status.starts_with('3') => Some(3),
        "DEFAULT" => Some(4),
        _ => None,
    };
    let best = operation.answers.iter().filter(|a| rank(a).is_some()).min_by_key(rank);
    let status = best.and_then(|answer| answer.status.parse().ok()).unwrap_or(StatusCode::OK);
    (status, best)
}

pub(crate) fn documented(operation: &Operation, status: StatusCode) -> Option<&Answer> {
    let exact = status.as_str();
    let range = format!("{}XX", exact.chars().next().unwrap_or('2'));
    let find = |wanted: &str| operation.answers.iter().find(|answer| answer.status == wanted);
    find(exact).or_else(|| find(&range)).or_else(|| find("DEFAULT"))
}

fn make(operation: &Operation, status: Option<StatusCode>, seed: u64) -> Answered {
    let (status, answer) = match status {
        Some(status) => (status, documented(operation, status)),
        None => success(operation),
    };
    let seed = seed_of(seed, &[&operation.method, &operation.path, status.as_str()]);
    let mut answered = Answered { status, headers: Vec::new(), body: Bytes::new() };
    for (name, pointer) in answer.into_iter().flat_map(|answer| &answer.headers) {
        let value = Maker::new(&operation.document, Side::Response, Fill::Everything, seed_of(seed, &[name]))
            .make(pointer, None);
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if let Ok(name) = name.parse::<HeaderName>()
            && name != header::CONTENT_TYPE
        {
            answered = answered.with(name, &text);
        }
    }
    if status.is_redirection() && !answered.headers.iter().any(|(name, _)| *name == header::LOCATION) {
        answered = answered.with(header::LOCATION, "https://example.com/elsewhere");
    }
    let media = answer.and_then(|answer| answer.media.iter().find(|media| media.is_json()).or(answer.media.first()));
    if status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED {
        return answered;
    }
    match media {
        Some(media) => {
            answered.body = match plain_error(operation, media, status) {
                Some(error) => error,
                None => body(operation, media, seed),
            };
            answered.with(header::CONTENT_TYPE, concrete(media))
        }
        // An error that the document does not describe still has Dintero's shape.
        None if status.is_client_error() || status.is_server_error() => {
            let (code, reason) = named(status);
            let error = Answered::error(status, &code, reason, &[]);
            Answered { headers: [answered.headers, error.headers].concat(), ..error }
        }
        None => answered,
    }
}

/// An error that says what it is, where the document has no example of one and this fits its schema.
fn plain_error(operation: &Operation, media: &Media, status: StatusCode) -> Option<Bytes> {
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || !media.is_json() || !media.examples.is_empty() {
        return None;
    }
    let validator = media.validator(&operation.document, Side::Response)?;
    let (code, message) = named(status);
    let message = format!("mock: {message}");
    let error = json!({"error": {"code": code, "message": message}});
    // A schema that takes anything says nothing of errors.
    let takes_anything = validator.is_valid(&json!({"error": 1}));
    (!takes_anything && validator.is_valid(&error)).then(|| error.to_string().into())
}

/// Code and message of a status.
fn named(status: StatusCode) -> (String, &'static str) {
    let reason = status.canonical_reason().unwrap_or("Error");
    (reason.to_ascii_uppercase().replace([' ', '-'], "_"), reason)
}

/// A media type that can be sent, for a range of them.
fn concrete(media: &Media) -> &str {
    match media.name.contains('*') {
        true if media.is_json() => "application/json",
        true => "application/octet-stream",
        false => &media.name,
    }
}

fn body(operation: &Operation, media: &Media, seed: u64) -> Bytes {
    let schemas = operation.document.schemas(Side::Response);
    let schema = media.schema.as_deref().and_then(|pointer| schemas.at(pointer));
    let is_binary = schema.is_some_and(|schema| schema.get("format").is_some_and(|format| format == "binary"));
    if is_binary || !media.is_json() {
        return match media.examples.first().and_then(Value::as_str) {
            Some(example) => example.to_owned().into(),
            None => plain(&media.name),
        };
    }
    let validator = media.validator(&operation.document, Side::Response);
    let own = schema.and_then(|schema| schema.get("example"));
    let fits = |value: &&Value| validator.is_none_or(|validator| validator.is_valid(value));
    if let Some(example) = media.examples.iter().chain(own).find(fits) {
        return example.to_string().into();
    }
    let mut maker = Maker::new(&operation.document, Side::Response, Fill::Everything, seed);
    let value = media.schema.as_deref().map_or_else(|| json!({}), |pointer| maker.make(pointer, validator));
    value.to_string().into()
}

/// Bytes that a reader of the media type recognises.
fn plain(media_type: &str) -> Bytes {
    let bare = media_type.split(';').next().unwrap_or_default().trim();
    Bytes::from_static(match bare {
        "image/svg+xml" => b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>",
        "image/png" => b"\x89PNG\r\n\x1a\n",
        "application/pdf" => b"%PDF-1.4\n%%EOF\n",
        "application/xml" | "text/xml" => b"<mock/>",
        "text/html" => b"<!doctype html><title>mock</title>",
        "text/csv" => b"mock\n1\n",
        _ => b"mock",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    #[test]
    fn an_answer_of_any_media_type_is_json_where_its_schema_is_no_text() {
        let text = "openapi: 3.0.0
paths:
  /object: {get: {responses: {'200': {description: '', content: {'*/*': {schema: {$ref: '#/components/schemas/A'}}}}}}}
  /text: {get: {responses: {'200': {description: '', content: {'*/*': {schema: {type: string}}}}}}}
  /any: {get: {responses: {'200': {description: '', content: {'*/*': {schema: {}}}}}}}
components: {schemas: {A: {allOf: [{type: object, required: [n], properties: {n: {type: integer}}}]}}}";
        let document = Arc::new(Document::parse("x", "x.yaml", text).expect("document"));
        let answers = Answers::new(1);
        let kinds: Vec<(bool, String)> = crate::operation::all(&document, &[])
            .into_iter()
            .map(|operation| {
                let answered = make(&operation, None, answers.seed);
                let kind = answered.headers.iter().find(|(name, _)| name == header::CONTENT_TYPE);
                let kind = kind.and_then(|(_, value)| value.to_str().ok()).unwrap_or_default();
                let value: Option<Value> = serde_json::from_slice(&answered.body).ok();
                (value.is_some_and(|value| value["n"].is_i64()), kind.to_owned())
            })
            .collect();
        let bytes = || (false, "application/octet-stream".to_owned());
        assert_eq!(kinds, [(true, "application/json".to_owned()), bytes(), bytes()]);
    }

    /// What an operation answers that its own document does not allow.
    fn misfits(document: &Arc<Document>) -> Vec<String> {
        let mut out = Vec::new();
        let answers = Answers::new(5);
        // All are kept: answers are known by where their operations are.
        let operations: Vec<Arc<Operation>> = crate::operation::all(document, &[]).into_iter().map(Arc::new).collect();
        for operation in &operations {
            let every = operation.answers.iter().filter(|answer| answer.status.starts_with('2'));
            let every = every.filter_map(|answer| answer.status.parse::<StatusCode>().ok());
            for status in [None].into_iter().chain(every.map(Some)) {
                let answered = answers.of(operation, status);
                let described = match status {
                    Some(status) => documented(operation, status),
                    None => success(operation).1,
                };
                let schema = described.and_then(|answer| answer.media.iter().find(|m| m.is_json())?.schema.as_deref());
                let Some(pointer) = schema.filter(|_| answered.status != StatusCode::NO_CONTENT) else { continue };
                let schemas = document.schemas(Side::Response);
                let is_binary = schemas.at(pointer).is_some_and(|s| s["format"] == "binary");
                let name = format!("{} {} {}", operation.method, operation.path, answered.status);
                let Ok(value) = serde_json::from_slice::<Value>(&answered.body) else {
                    if !is_binary {
                        out.push(format!("{name}: no JSON"));
                    }
                    continue;
                };
                let validator = schemas.validator(pointer).unwrap_or_else(|why| panic!("{name}: {why}"));
                out.extend(validator.misfits(&value, 10).iter().map(|misfit| format!("{name} {misfit:?}")));
            }
        }
        out
    }

    #[test]
    fn every_answer_of_every_operation_fits_its_document() {
        let odd = include_str!("../../../tests/odd.yaml");
        let shop = include_str!("../../../tests/shop.yaml");
        for (name, text) in [("odd", odd), ("shop", shop)] {
            let document = Document::parse(name, name, text).expect("document");
            assert_eq!(misfits(&Arc::new(document)), Vec::<String>::new(), "{name}");
        }
    }

    fn answered(responses: &str, status: Option<u16>) -> Arc<Answered> {
        let text = format!("openapi: 3.0.0\npaths: {{/a: {{get: {{responses: {responses}}}}}}}");
        let document = Arc::new(Document::parse("x", "x.yaml", &text).expect("document"));
        let operation = Arc::new(crate::operation::all(&document, &[]).remove(0));
        Answers::new(1).of(&operation, status.and_then(|status| StatusCode::from_u16(status).ok()))
    }

    #[test]
    fn the_published_example_is_answered_where_it_fits() {
        let with = |example: &str| {
            format!(
                "{{'200': {{description: OK, content: {{application/json: {{example: {example}, schema: {{type: object, properties: {{a: {{type: integer}}}}}}}}}}}}}}"
            )
        };
        assert_eq!(answered(&with("{a: 5}"), None).body, "{\"a\":5}");
        let made: Value = serde_json::from_slice(&answered(&with("{a: five}"), None).body).expect("JSON");
        assert!(made["a"].is_i64(), "{made}");
    }

    #[test]
    fn each_kind_of_answer() {
        let binary = "{'200': {description: OK, content: {application/pdf: {schema: {type: string, format: binary}}}}}";
        assert!(answered(binary, None).body.starts_with(b"%PDF"));
        let none = answered("{'404': {description: No}, '204': {description: Gone}}", None);
        assert_eq!((none.status.as_u16(), none.body.len()), (204, 0));
        let elsewhere = answered("{'302': {description: Elsewhere}}", None);
        assert!(elsewhere.status == 302 && elsewhere.headers.iter().any(|(name, _)| *name == header::LOCATION));
        let silent = answered("{}", None);
        assert_eq!((silent.status.as_u16(), silent.body.len()), (200, 0));
        let busy: Value = serde_json::from_slice(&answered("{}", Some(503)).body).expect("JSON");
        assert_eq!(busy["error"]["code"], "SERVICE_UNAVAILABLE");
        let range = "{'2XX': {description: OK, content: {text/plain: {example: hello}}}}";
        assert_eq!(answered(range, None).body, "hello");
    }
}
