//! Answers.

use std::{fmt, ops::Deref};

use dintero_types::Unread;
use reqwest::{
    StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap},
};

/// A successful answer: the decoded value, which it dereferences to, with status and headers.
#[derive(Clone)]
pub struct Response<T> {
    value: T,
    pub(crate) parts: Box<Parts>,
}

#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) unread: Vec<Unread>,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, status: StatusCode, headers: HeaderMap) -> Self {
        Self { value, parts: Box::new(Parts { status, headers, unread: Vec::new() }) }
    }

    /// Status of the answer.
    pub fn status(&self) -> StatusCode {
        self.parts.status
    }

    /// Headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// Id of the request; worth logging, and giving to Dintero's support.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.parts.headers)
    }

    /// Optional fields whose value was not as described: they read as absent, and what came is with the unknown fields of
    /// their object. Empty as a rule.
    pub fn unread(&self) -> &[Unread] {
        &self.parts.unread
    }

    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The same answer with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Response<U> {
        Response { value: change(self.value), parts: self.parts }
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> AsRef<T> for Response<T> {
    fn as_ref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.parts.status)
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}

/// Where a documented redirect leads.
#[derive(Clone, PartialEq, Eq)]
pub struct Redirect {
    pub(crate) location: reqwest::Url,
}

impl Redirect {
    /// The address, absolute.
    pub fn location(&self) -> &str {
        self.location.as_str()
    }
}

impl fmt::Debug for Redirect {
    // The query of such an address often holds a session's token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.location.host_str().unwrap_or_default();
        write!(f, "Redirect({}://{host}..)", self.location.scheme())
    }
}

/// Headers that gateways put a request's id in; Dintero documents none.
const REQUEST_IDS: [&str; 5] = ["x-request-id", "request-id", "x-amzn-requestid", "x-amz-cf-id", "cf-ray"];

pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    REQUEST_IDS.iter().find_map(|name| headers.get(*name)?.to_str().ok())
}

pub(crate) fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE)?.to_str().ok()
}

pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The content type if it is there and not JSON's.
pub(crate) fn not_json(headers: &HeaderMap) -> Option<&str> {
    content_type(headers).filter(|kind| !kind.contains("json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_status_and_headers_through_map() {
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", "r-1".parse().unwrap());
        let response = Response::new(2, StatusCode::ACCEPTED, headers).map(|n| n.to_string());
        assert_eq!(response.len(), 1);
        assert_eq!(response.status(), 202);
        assert_eq!(response.request_id(), Some("r-1"));
        assert_eq!(response.into_inner(), "2");
    }

    #[test]
    fn a_redirect_shows_no_query() {
        let location = "https://checkout.dintero.com/v1/x?sid=secret".parse().unwrap();
        let redirect = Redirect { location };
        assert!(!format!("{redirect:?}").contains("secret"));
        assert!(redirect.location().ends_with("secret"));
    }
}
