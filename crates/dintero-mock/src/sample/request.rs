//! Requests that an operation must take: parameter values and a body, valid by the document.

use super::{Fill, Maker, seed_of};
use crate::document::Document;
use crate::documents;
use crate::operation::{self, Operation};
use crate::parameter::{Location, Parameter};
use crate::problem::Problem;
use crate::schema::{Side, Validator, violations};
use crate::security;
use crate::shelf;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Makes requests for the operations of one document.
///
/// ```no_run
/// use dintero_mock::sample::{Fill, Sampler};
///
/// let sampler = Sampler::new("payments", 7)?.account("T12345678");
/// let request = sampler.request("GET /transactions/{id}", Fill::Required).expect("the operation");
/// assert!(request.path.contains_key("id") && request.query.is_empty() && request.body.is_none());
/// # Ok::<(), dintero_mock::Problem>(())
/// ```
#[derive(Debug)]
pub struct Sampler {
    document: Arc<Document>,
    operations: Vec<Operation>,
    account: String,
    api_key: String,
    seed: u64,
}

/// What a request brings, by the published names.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Values of path parameters.
    pub path: Map<String, Value>,
    /// Values of query parameters.
    pub query: Map<String, Value>,
    /// Values of header parameters.
    pub headers: Map<String, Value>,
    /// Values of cookies.
    pub cookies: Map<String, Value>,
    /// The body, where the operation takes one and the fill asks for it.
    pub body: Option<RequestBody>,
}

/// A body and its media type.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestBody {
    /// As published, for example `application/json`.
    pub media_type: String,
    /// What it says; for other media types than JSON, what its fields or its text are.
    pub value: Value,
}

/// A documented success with a JSON body.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// 200 where the document says 2XX or `default`.
    pub status: u16,
    /// Pointer of the body's schema in the document.
    pub schema: String,
    /// The body.
    pub value: Value,
    /// Whether its schema takes it: of some that no value fits, or none that can be made, the nearest is made.
    pub fits: bool,
}

fn told(validator: &Validator, value: &Value, place: &str) -> Vec<String> {
    violations(validator, value, place).into_iter().map(|v| format!("{}: {}", v.pointer, v.message)).collect()
}

impl Sampler {
    /// For a service whose document is built in.
    ///
    /// # Errors
    /// There is no such service, or its document cannot be read.
    pub fn new(service: &str, seed: u64) -> Result<Self, Problem> {
        Ok(Self::of(shelf::load(service)?, seed))
    }

    /// For any document.
    pub fn of(document: Arc<Document>, seed: u64) -> Self {
        let operations = operation::all(&document, documents::EVENT_PATHS);
        Self { document, operations, account: crate::ACCOUNT.into(), api_key: "key".into(), seed }
    }

    /// The account that path parameters which name the caller's own account are given.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = account.into();
        self
    }

    /// The key that is given where an operation asks for one in its query, in a cookie or in a second header.
    #[must_use]
    pub fn api_key(mut self, api_key: impl Into<String>) -> Self {
        self.api_key = api_key.into();
        self
    }

    /// Every operation, in the order of the document.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// A request for the operation of this id, or of this method and path template (`GET /transactions/{id}`).
    pub fn request(&self, operation: &str, fill: Fill) -> Option<Request> {
        self.request_as(operation, fill, "")
    }

    /// The same with a body of this media type, where the operation takes one of it.
    pub fn request_as(&self, operation: &str, fill: Fill, media_type: &str) -> Option<Request> {
        let operation = self.find(operation)?;
        let mut request = Request {
            path: Map::new(),
            query: Map::new(),
            headers: Map::new(),
            cookies: Map::new(),
            body: self.body(operation, fill, media_type),
        };
        for parameter in operation.parameters.iter().filter(|p| p.required || p.is_key || fill == Fill::Everything) {
            let value = self.parameter(operation, parameter, fill);
            let into = match parameter.location {
                Location::Path => &mut request.path,
                Location::Query => &mut request.query,
                Location::Header => &mut request.headers,
                Location::Cookie => &mut request.cookies,
            };
            into.insert(parameter.name.clone(), value);
        }
        Some(request)
    }

    /// What of a request its own document does not take: no fault of whoever sends it, but a value that cannot be made, or
    /// a credential that nobody has.
    pub fn unfit(&self, operation: &str, request: &Request) -> Vec<String> {
        let Some(operation) = self.find(operation) else { return vec!["there is no such operation".into()] };
        let mut out: Vec<String> = security::unmet(&operation.security).into_iter().collect();
        for parameter in &operation.parameters {
            let given = match parameter.location {
                Location::Path => &request.path,
                Location::Query => &request.query,
                Location::Header => &request.headers,
                Location::Cookie => &request.cookies,
            };
            let Some(value) = given.get(&parameter.name) else { continue };
            let Some(validator) = parameter.validator(&self.document) else { continue };
            let place = format!("{} parameter `{}`", parameter.location.word(), parameter.name);
            out.extend(told(validator, value, &place));
        }
        let Some(body) = &request.body else { return out };
        let media = operation.body.iter().flat_map(|body| &body.media).find(|media| media.name == body.media_type);
        let Some(pointer) = media.and_then(|media| media.schema.as_deref()) else { return out };
        match self.document.schemas(Side::StrictRequest).validator(pointer) {
            Ok(validator) => out.extend(told(&validator, &body.value, "body")),
            Err(why) => out.push(format!("body: its schema cannot be used: {why}")),
        }
        out
    }

    /// The document as published.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// A body for each documented success that has one in JSON: the published example where it is valid and everything
    /// is asked for, else one made from the schema.
    pub fn answers(&self, operation: &str, fill: Fill) -> Vec<Sample> {
        let Some(operation) = self.find(operation) else { return Vec::new() };
        let has_2xx = operation.answers.iter().any(|answer| answer.status.starts_with('2'));
        let succeeds = |status: &str| status.starts_with('2') || !has_2xx && status == "DEFAULT";
        let mut out = Vec::new();
        for answer in operation.answers.iter().filter(|answer| succeeds(&answer.status)) {
            let Some(media) = answer.media.iter().find(|media| media.is_json()) else { continue };
            let Some(schema) = media.schema.clone() else { continue };
            let validator = media.validator(&self.document, Side::Response);
            let fits = |value: &&Value| validator.is_none_or(|validator| validator.is_valid(value));
            let seed = seed_of(self.seed, &[&operation.method, &operation.path, &answer.status]);
            let example = media.examples.iter().find(fits).filter(|_| fill == Fill::Everything);
            let made = || Maker::new(&self.document, Side::Response, fill, seed).make(&schema, validator);
            let value = example.cloned().unwrap_or_else(made);
            let fits = fits(&&value);
            out.push(Sample { status: answer.status.parse().unwrap_or(200), schema, value, fits });
        }
        out
    }

    fn find(&self, operation: &str) -> Option<&Operation> {
        let is_asked = |op: &&Operation| op.id == operation || operation == format!("{} {}", op.method, op.path);
        self.operations.iter().find(is_asked)
    }

    fn parameter(&self, operation: &Operation, parameter: &Parameter, fill: Fill) -> Value {
        if parameter.is_in_path() && documents::ACCOUNT_PARAMETERS.contains(&parameter.name.as_str()) {
            return self.account.as_str().into();
        }
        if parameter.is_key {
            return self.api_key.as_str().into();
        }
        let validator = parameter.validator(&self.document);
        let fits = |value: &&Value| validator.is_none_or(|validator| validator.is_valid(value));
        if let Some(example) = parameter.example.as_ref().filter(fits) {
            return example.clone();
        }
        let Some(pointer) = &parameter.schema else { return "text".into() };
        let seed = seed_of(self.seed, &[&operation.method, &operation.path, &parameter.name]);
        Maker::new(&self.document, Side::StrictRequest, fill, seed).make(pointer, validator)
    }

    fn body(&self, operation: &Operation, fill: Fill, media_type: &str) -> Option<RequestBody> {
        let body = operation.body.as_ref().filter(|body| body.required || fill == Fill::Everything)?;
        let asked = body.media.iter().find(|media| media.name == media_type);
        let media = asked.or_else(|| body.media.iter().find(|media| media.is_json())).or(body.media.first())?;
        let validator =
            media.schema.as_ref().and_then(|p| self.document.schemas(Side::StrictRequest).validator(p).ok());
        let seed = seed_of(self.seed, &[&operation.method, &operation.path]);
        let mut maker = Maker::new(&self.document, Side::StrictRequest, fill, seed);
        let value = media.schema.as_ref().map_or(Value::Null, |pointer| maker.make(pointer, validator.as_ref()));
        Some(RequestBody { media_type: media.name.clone(), value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests that do not fit their own document.
    fn unfit(document: Arc<Document>) -> Vec<String> {
        let sampler = Sampler::of(document, 7);
        let mut out = Vec::new();
        for operation in sampler.operations() {
            for fill in [Fill::Required, Fill::Everything] {
                let name = format!("{} {}", operation.method, operation.path);
                let Some(request) = sampler.request(&name, fill) else {
                    out.push(format!("{name} is not found"));
                    continue;
                };
                assert_eq!(
                    Some(&request),
                    sampler.request(&name, fill).as_ref(),
                    "the same seed gives the same request"
                );
                out.extend(sampler.unfit(&name, &request).into_iter().map(|why| format!("{name} {fill:?} {why}")));
            }
        }
        out
    }

    /// Those of the pinned documents are judged by the conformance suite, each by its own document.
    #[test]
    fn every_request_fits_its_document() {
        let odd = include_str!("../../../../tests/odd.yaml");
        let shop = include_str!("../../../../tests/shop.yaml");
        for (name, text) in [("odd", odd), ("shop", shop)] {
            let document = Document::parse(name, name, text).expect("document");
            assert_eq!(unfit(Arc::new(document)), Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn required_is_less_than_everything_and_accounts_are_filled_in() {
        let text = "openapi: 3.0.0
paths:
  /accounts/{aid}/a/{id}:
    put:
      parameters:
        - {name: aid, in: path, required: true, schema: {type: string}}
        - {name: q, in: query, schema: {type: integer, minimum: 3, maximum: 3}}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}
components:
  schemas:
    A:
      type: object
      required: [id, name]
      properties:
        id: {type: string, readOnly: true}
        name: {type: string, minLength: 30, maxLength: 30}
        child: {$ref: '#/components/schemas/A'}
        must: {type: object, required: [must], properties: {must: {$ref: '#/components/schemas/Endless'}}}
    Endless: {type: object, required: [again], properties: {again: {$ref: '#/components/schemas/Endless'}}}";
        let document = Document::parse("x", "x.yaml", text).expect("document");
        let sampler = Sampler::of(Arc::new(document), 1).account("P87654321");
        let required = sampler.request("PUT /accounts/{aid}/a/{id}", Fill::Required).expect("operation");
        assert_eq!(required.path["aid"], "P87654321");
        assert!(required.path["id"].is_string() && required.query.is_empty());
        let body = required.body.expect("body").value;
        assert_eq!(body.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>()), Some(vec!["name".to_owned()]));
        assert_eq!(body["name"].as_str().map(str::len), Some(30));
        let everything = sampler.request("PUT /accounts/{aid}/a/{id}", Fill::Everything).expect("operation");
        assert_eq!(everything.query["q"], 3);
        let body = everything.body.expect("body").value;
        assert!(body["child"]["child"]["name"].is_string() && body.get("id").is_none(), "{body}");
        assert!(sampler.request("nothing", Fill::Required).is_none());
    }

    #[test]
    fn a_key_that_goes_with_the_call_is_given() {
        let text = "openapi: 3.0.0
paths: {/a: {get: {security: [{k: []}]}}, /b: {get: {security: [{tls: []}]}}}
components: {securitySchemes: {k: {type: apiKey, in: query, name: key}, tls: {type: mutualTLS}}}";
        let document = Document::parse("x", "x.yaml", text).expect("document");
        let sampler = Sampler::of(Arc::new(document), 1).api_key("mine");
        let request = sampler.request("GET /a", Fill::Required).expect("operation");
        assert_eq!(request.query["key"], "mine");
        assert_eq!(sampler.unfit("GET /a", &request), Vec::<String>::new());
        let other = sampler.request("GET /b", Fill::Required).expect("operation");
        assert!(sampler.unfit("GET /b", &other)[0].contains("`tls`"));
    }

    #[test]
    fn answers_are_the_documented_successes_with_json() {
        let text = "openapi: 3.0.0
paths:
  /a:
    get:
      responses:
        '201': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/A'}, example: {n: 5}}}}
        '202': {description: '', content: {text/plain: {schema: {type: string}}}}
        '204': {description: ''}
        default: {description: '', content: {application/json: {schema: {}}}}
  /b:
    get:
      responses:
        default: {description: '', content: {application/json: {schema: {type: integer, example: 7}}}}
components:
  schemas:
    A: {type: object, required: [m], properties: {m: {type: boolean}, n: {type: integer}}}";
        let document = Document::parse("x", "x.yaml", text).expect("document");
        let sampler = Sampler::of(Arc::new(document), 1);
        let only = |operation: &str, fill: Fill| match sampler.answers(operation, fill).as_slice() {
            [one] => one.clone(),
            other => panic!("{operation}: {other:?}"),
        };
        let required = only("GET /a", Fill::Required);
        assert_eq!((required.status, &required.value), (201, &serde_json::json!({"m": true})));
        assert_eq!(sampler.document().value().pointer(&required.schema).map(|s| s.is_object()), Some(true));
        // The example lacks what is required, so it is no answer.
        assert!(only("GET /a", Fill::Everything).value["n"].is_i64());
        assert_eq!((only("GET /b", Fill::Required).status, only("GET /b", Fill::Required).value), (200, 7.into()));
        assert!(sampler.answers("nothing", Fill::Required).is_empty());
    }
}
