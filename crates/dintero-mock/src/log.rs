//! What arrived, for a test to look at.

use crate::schema::Violation;
use axum::http::HeaderMap;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// So many requests are kept, and so many bytes of their bodies.
const MOST: usize = 2_000;
const MOST_BYTES: usize = 16 << 20;

/// Headers whose values are not kept.
const SECRET: [&str; 4] = ["authorization", "proxy-authorization", "x-api-key", "cookie"];

/// One request, and how it was judged.
#[derive(Debug, Clone)]
pub struct Received {
    /// HTTP method in capitals.
    pub method: String,
    /// Path as sent.
    pub path: String,
    /// Query as sent, without the question mark.
    pub query: String,
    /// Headers, in lower case; the values of credentials are replaced by `...`.
    pub headers: Vec<(String, String)>,
    /// Body as sent.
    pub body: Bytes,
    /// Service of the operation that was found.
    pub service: Option<String>,
    /// Published id of the operation that was found.
    pub operation: Option<String>,
    /// Status that was answered.
    pub status: u16,
    /// What does not fit the document.
    pub violations: Vec<Violation>,
    /// What went wrong on demand, and whether the operation was done all the same: `status=500; done`.
    pub fault: Option<String>,
}

impl Received {
    /// The body as JSON, if it is.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "method": self.method, "path": self.path, "query": self.query,
            "headers": self.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect::<Map<_, _>>(),
            "body": self.json(), "service": self.service, "operation": self.operation,
            "status": self.status, "violations": self.violations,
            "fault": self.fault,
        })
    }
}

pub(crate) fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let shown = |name: &str, value: &axum::http::HeaderValue| match SECRET.contains(&name) {
        true => "...".to_owned(),
        false => String::from_utf8_lossy(value.as_bytes()).into_owned(),
    };
    headers.iter().map(|(name, value)| (name.to_string(), shown(name.as_str(), value))).collect()
}

/// The last requests.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<Received>,
    bytes: usize,
}

impl Log {
    pub(crate) fn push(&self, received: Received) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += received.body.len();
        kept.requests.push_back(received);
        while kept.requests.len() > MOST || kept.bytes > MOST_BYTES && kept.requests.len() > 1 {
            let gone = kept.requests.pop_front().map_or(0, |gone| gone.body.len());
            kept.bytes = kept.bytes.saturating_sub(gone);
        }
    }

    pub(crate) fn all(&self) -> Vec<Received> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Kept::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_kept() {
        let mut map = HeaderMap::new();
        for (name, value) in [("authorization", "Bearer abc"), ("x-api-key", "abc"), ("accept", "text/plain")] {
            map.insert(axum::http::HeaderName::from_static(name), axum::http::HeaderValue::from_static(value));
        }
        let kept = headers(&map);
        assert!(
            !format!("{kept:?}").contains("abc") && kept.contains(&("accept".into(), "text/plain".into())),
            "{kept:?}"
        );
    }
}
