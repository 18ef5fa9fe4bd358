//! A plain client, and requests of the sampler on the wire.

use dintero_mock::sample::Request;
use dintero_mock::{Builder, Mock};
use serde_json::Value;

/// The status and the body as JSON, null if it is none.
pub type Answer = (u16, Value);

/// Documents of our own, and what the mock keeps of them: no published document can turn a test red.
pub const DOCUMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests");

/// A mock of the small payment service, tests/shop.yaml.
pub fn shop() -> Builder {
    Mock::builder().documents(DOCUMENTS).service("shop")
}

/// A client of one mock with a token of its own.
pub struct Caller {
    base: String,
    token: String,
    http: reqwest::Client,
}

impl Caller {
    pub fn of(mock: &Mock) -> Self {
        // An error means that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("client");
        Self { base: mock.base_url(), token: mock.token(), http }
    }

    /// A request with the token.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.anonymous(method, path).bearer_auth(&self.token)
    }

    /// A request without a credential.
    pub fn anonymous(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method.parse().expect("method"), format!("{}{path}", self.base))
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        answer(self.request("POST", path).json(&body)).await
    }
}

pub async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let body = response.bytes().await.expect("a body");
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

/// The path and query of a sampled request: `simple` in the path, `form` in the query.
pub fn address(base: &str, template: &str, request: &Request, joined: &[&str]) -> String {
    let mut path = format!("{base}{template}");
    for (name, value) in &request.path {
        path = path.replace(&format!("{{{name}}}"), &escape(&text(value)));
    }
    let mut pairs = Vec::new();
    for (name, value) in &request.query {
        match value.as_array() {
            Some(items) if !joined.contains(&name.as_str()) => {
                pairs.extend(items.iter().map(|item| format!("{}={}", escape(name), escape(&text(item)))));
            }
            Some(items) => {
                let items: Vec<String> = items.iter().map(|item| escape(&text(item))).collect();
                pairs.push(format!("{}={}", escape(name), items.join(",")));
            }
            None => pairs.push(format!("{}={}", escape(name), escape(&text(value)))),
        }
    }
    if pairs.is_empty() { path } else { format!("{path}?{}", pairs.join("&")) }
}

/// A value as one text, lists joined with commas.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn escape(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
