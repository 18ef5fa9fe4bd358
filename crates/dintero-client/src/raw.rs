//! Any endpoint, with the login, hosts and errors of the generated clients.

use bytes::Bytes;
use reqwest::{
    Method, Request, Url,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    ByteStream, Call, Error, Operation, OperationKind, Response, SecurityScheme, Transport, encoding,
    hosts::{self, PLACEHOLDER},
};

const ANY: Operation = Operation {
    service: "raw",
    name: "request",
    id: "",
    kind: OperationKind::Call,
    method: "",
    path: "",
    server: hosts::API,
    test_server: "",
    auth: &[SecurityScheme::Bearer, SecurityScheme::ApiKey("x-api-key"), SecurityScheme::None],
    scopes: &[],
    accept: "",
    content_type: "",
    idempotent: false,
    takes_key: false,
    // Unknown, so the careful guess.
    moves_money: true,
    paging: None,
    inferred: true,
};

/// One line for each method, as whether a call may be repeated depends on it.
static OPERATIONS: [Operation; 8] = [
    reading("GET"),
    reading("HEAD"),
    reading("OPTIONS"),
    reading("TRACE"),
    // Of a path that is not known nobody can say that it may be put or deleted twice.
    Operation { method: "PUT", ..ANY },
    Operation { method: "DELETE", ..ANY },
    Operation { method: "PATCH", ..ANY },
    Operation { method: "POST", ..ANY },
];

const fn reading(method: &'static str) -> Operation {
    Operation { method, idempotent: true, moves_money: false, ..ANY }
}

/// A call of any endpoint. Begun with [`Transport::request`].
///
/// Nothing is known of the endpoint, so only reads (GET, HEAD, OPTIONS, TRACE) are sent again when they may have been
/// carried out; all others only if they surely were not, as what moves money.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct RawRequest {
    call: Call,
    request: Result<Request, Error>,
}

crate::call_options!(RawRequest);

impl RawRequest {
    #[inline]
    pub(crate) fn new(transport: &Transport, method: Method, target: &str) -> Self {
        let operation = OPERATIONS.iter().find(|op| op.method == method.as_str());
        let request = match operation {
            Some(_) => address(transport, target).map(|url| Request::new(method, url)),
            None => Err(Error::invalid("the method is none of GET, HEAD, OPTIONS, TRACE, PUT, DELETE, PATCH, POST")),
        };
        Self { call: transport.call(operation.unwrap_or(&OPERATIONS[7])), request }
    }

    fn change(mut self, change: impl FnOnce(&mut Request) -> Result<(), Error>) -> Self {
        self.request = self.request.and_then(|mut request| {
            change(&mut request)?;
            Ok(request)
        });
        self
    }

    /// Adds a query parameter.
    #[inline]
    pub fn query(self, name: &str, value: &str) -> Self {
        self.change(|request| {
            encoding::add(request.url_mut(), name, &encoding::value(value));
            Ok(())
        })
    }

    /// A JSON body.
    pub fn json<T: Serialize>(self, body: &T) -> Self {
        let body = serde_json::to_vec(body);
        self.change(|request| {
            let body = body.map_err(|why| Error::invalid(format!("the body has no JSON form: {why}")))?;
            *request.body_mut() = Some(body.into());
            let kind = HeaderValue::from_static("application/json");
            request.headers_mut().insert(CONTENT_TYPE, kind);
            Ok(())
        })
    }

    /// A body of bytes with its media type.
    pub fn body(self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.with_body(content_type, body.into().into())
    }

    /// A body that is sent piece by piece, with its media type. It cannot be sent twice, so the call
    /// is not retried once it has begun.
    ///
    /// [`reqwest::Body::wrap_stream`] makes one of a stream.
    pub fn stream(self, content_type: &str, body: impl Into<reqwest::Body>) -> Self {
        let body = body.into();
        self.with_body(content_type, body)
    }

    #[inline]
    fn with_body(self, content_type: &str, body: reqwest::Body) -> Self {
        self.change(|request| {
            let kind = crate::builder::header_value("content-type", content_type)
                .map_err(|why| Error::invalid(why.to_string()))?;
            request.headers_mut().insert(CONTENT_TYPE, kind);
            *request.body_mut() = Some(body);
            Ok(())
        })
    }

    /// Sends it and decodes the JSON answer.
    ///
    /// # Errors
    /// [`Error`] of any kind.
    pub async fn send<T: DeserializeOwned>(self) -> Result<Response<T>, Error> {
        self.call.json(self.request).await
    }

    /// Sends it; the answer's body does not matter.
    ///
    /// # Errors
    /// [`Error`] of any kind.
    #[inline]
    pub async fn send_empty(self) -> Result<Response<()>, Error> {
        self.call.empty(self.request).await
    }

    /// Sends it and reads the answer as text.
    ///
    /// # Errors
    /// [`Error`] of any kind.
    #[inline]
    pub async fn send_text(self) -> Result<Response<String>, Error> {
        self.call.text(self.request).await
    }

    /// Sends it and gives the answer's body piece by piece.
    ///
    /// # Errors
    /// [`Error`] of any kind.
    #[inline]
    pub async fn send_bytes(self) -> Result<Response<ByteStream>, Error> {
        self.call.bytes(self.request).await
    }
}

/// The address of a target: a path on the API host, or a whole address that may be given a credential.
#[inline]
fn address(transport: &Transport, target: &str) -> Result<Url, Error> {
    let wrong = |why: &str| {
        Error::invalid(format!(
            "the target {why}; give a path such as /v1/accounts/T12345678/x, or an address on a host of Dintero's"
        ))
    };
    if target.starts_with('/') {
        // Sending puts the host in.
        return format!("{PLACEHOLDER}{target}").parse().map_err(|_| wrong("is no path"));
    }
    let url: Url = target.parse().map_err(|_| wrong("is no path and no address"))?;
    transport.0.hosts.resolve_address(url).ok_or_else(|| {
        wrong("is not on a host of Dintero's, nor the override, nor a `credential_host`, so nothing was sent")
    })
}
