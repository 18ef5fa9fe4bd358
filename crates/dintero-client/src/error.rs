//! The one error type of all services.

use std::{
    borrow::Cow,
    error::Error as StdError,
    fmt::{self, Write as _},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use reqwest::{StatusCode, header::HeaderMap};
use serde::de::DeserializeOwned;

use dintero_types::json_path;
use dintero_types::reading::{self, How};

use crate::{
    InvalidAccountId, Operation, Outcome,
    one_line::{OneLine, one_line},
    response, retry,
};

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The transport is set up wrongly; nothing was sent.
    Config,
    /// The call's parameters cannot be sent; nothing was sent.
    InvalidRequest,
    /// No token could be had, no credential fits the operation, or none may go to its server: this attempt was not
    /// sent.
    Auth,
    /// No connection (refused, DNS, TLS): this attempt was not sent. Of those before it [`Error::outcome`] knows.
    Connect,
    /// A timeout ran out. The service may have done the work.
    Timeout,
    /// The connection broke. The service may have done the work.
    Transport,
    /// The service answered with a failure status.
    Status,
    /// The service answered with success, but the body could not be read as expected.
    /// The call itself succeeded.
    Decode,
    /// The body is larger than the limit. With a 2xx status the call itself succeeded.
    TooLarge,
    /// A list cannot be continued: its items or its cursor are missing, the cursor repeats, or the list does not end.
    /// The pages before are good.
    Paging,
    /// A file could not be written.
    File,
}

/// Any failure of any service.
///
/// [`Display`](fmt::Display) tells operation, status, code and message; it never shows a secret
/// or the body. The body of an answer is reachable with [`body`](Self::body) and
/// [`json`](Self::json).
///
/// Everything in it that came from outside is shown in one line, control characters escaped.
///
/// ```
/// use dintero_client::{Error, Outcome};
///
/// fn advise(error: &Error) -> &'static str {
///     match error.outcome() {
///         Outcome::Done => "done, but the answer could not be read",
///         Outcome::Unknown => "look whether it was done before it is ordered again",
///         _ if error.is_retryable() => "not done: try again",
///         _ => "not done: mend what the error tells",
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    operation: Option<&'static Operation>,
    place: Cow<'static, str>,
    status: Option<StatusCode>,
    headers: HeaderMap,
    body: Bytes,
    code: Option<String>,
    message: String,
    path: Option<String>,
    retry_after: Option<Duration>,
    violations: Vec<Violation>,
    keyed: bool,
    /// Of the attempts before the one that this tells of.
    past: Outcome,
    /// Ran out of time before anything was sent.
    unsent: bool,
    /// What keeps the call from being sent again, where that is not the operation.
    only_once: &'static str,
    /// Whether a failed login may pass by itself.
    passing: bool,
    /// Shared, as all who waited for a login get its failure.
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// Longest part of a foreign message that is kept; gateways send whole pages.
const MESSAGE_LIMIT: usize = 500;

impl From<InvalidAccountId> for Error {
    fn from(why: InvalidAccountId) -> Self {
        Self::config("account id", why.to_string())
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            operation: None,
            place: Cow::Borrowed(""),
            status: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            code: None,
            message: one_line(message.into()),
            path: None,
            retry_after: None,
            violations: Vec::new(),
            keyed: false,
            past: Outcome::NotSent,
            unsent: false,
            only_once: "",
            passing: false,
            source: None,
        }))
    }

    pub(crate) fn config(place: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message).at(place)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message)
    }

    pub(crate) fn auth(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Auth, message)
    }

    /// An answer with a failure status. `body` may be cut.
    pub(crate) fn status_answer(status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        let told = Told::read(&body);
        let mut error = Self::new(ErrorKind::Status, told.message.unwrap_or_default());
        let inner = &mut error.0;
        if inner.message.is_empty() {
            inner.message = one_line(no_message(&headers, &body));
        }
        inner.code = told.code;
        inner.violations = told.violations;
        inner.retry_after = retry::retry_after(&headers);
        inner.status = Some(status);
        inner.headers = headers;
        inner.body = body;
        error
    }

    /// A success whose body does not fit. `failure` says why, and where.
    pub(crate) fn decode(status: StatusCode, headers: HeaderMap, body: Bytes, failure: &serde_json::Error) -> Self {
        let path = json_path::of_failure(&body, failure);
        let mut message =
            if body.is_empty() { "the body is empty".to_owned() } else { json_path::without_values(failure) };
        if let Some(kind) = response::not_json(&headers) {
            message.push_str(&format!(" (content type {kind})"));
        }
        let mut error = Self::undecodable(status, headers, body, message);
        error.0.path = Some(one_line(path));
        error
    }

    /// A success that is not what the operation promises, for a reason that is not JSON's.
    pub(crate) fn undecodable(status: StatusCode, headers: HeaderMap, body: Bytes, message: impl Into<String>) -> Self {
        let mut error = Self::new(ErrorKind::Decode, message);
        error.0.status = Some(status);
        error.0.headers = headers;
        error.0.body = body;
        error
    }

    pub(crate) fn too_large(status: StatusCode, headers: HeaderMap, limit: usize) -> Self {
        let mut error = Self::new(
            ErrorKind::TooLarge,
            format!("the body is larger than {limit} bytes; raise `max_response_bytes` or read it as a stream"),
        );
        error.0.status = Some(status);
        error.0.headers = headers;
        error
    }

    /// A failure of the HTTP client.
    pub(crate) fn http(error: reqwest::Error) -> Self {
        let kind = if error.is_builder() {
            ErrorKind::InvalidRequest
        } else if error.is_timeout() && !error.is_connect() {
            ErrorKind::Timeout
        } else if error.is_connect() {
            ErrorKind::Connect
        } else {
            ErrorKind::Transport
        };
        // The url holds ids and queries; the operation already says where.
        let error = error.without_url();
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            message.push_str(": ");
            message.push_str(&inner.to_string());
            cause = inner.source();
        }
        let mut told = Self::new(kind, message);
        told.0.source = Some(Arc::new(error));
        told
    }

    /// A redirect that is not followed; `why` says so.
    pub(crate) fn redirected(status: StatusCode, headers: HeaderMap, why: String) -> Self {
        let mut error = Self::new(ErrorKind::Status, why);
        error.0.status = Some(status);
        error.0.headers = headers;
        error
    }

    /// A failure of the program's own token source.
    pub(crate) fn token_source(why: Box<dyn StdError + Send + Sync>) -> Self {
        // A source that logs in with this crate tells more than its text.
        match why.downcast::<Self>() {
            Ok(own) => *own,
            Err(other) => {
                let mut error = Self::auth(format!("the token source failed: {other}"));
                error.0.source = Some(other.into());
                error
            }
        }
    }

    pub(crate) fn paging(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Paging, message)
    }

    pub(crate) fn file(message: impl Into<String>, why: std::io::Error) -> Self {
        let mut error = Self::new(ErrorKind::File, message);
        error.0.source = Some(Arc::new(why));
        error
    }

    pub(crate) fn timeout(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Timeout, message)
    }

    /// Says where it happened when there is no operation.
    pub(crate) fn at(mut self, place: impl Into<Cow<'static, str>>) -> Self {
        self.0.place = place.into();
        self
    }

    /// Says which operation it happened in.
    pub(crate) fn during(mut self, operation: &'static Operation) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Keeps status and headers of an answer whose body broke off.
    pub(crate) fn answered(mut self, status: StatusCode, headers: HeaderMap) -> Self {
        self.0.status = Some(status);
        self.0.headers = headers;
        self
    }

    /// Turns a failure of the token request into one of the login.
    pub(crate) fn in_login(mut self) -> Self {
        // Asking for a token is as good as a read.
        self.0.passing = self.is_transient() || self.0.status == Some(StatusCode::INTERNAL_SERVER_ERROR);
        self.0.kind = ErrorKind::Auth;
        self.at("login")
    }

    /// Says how long is left of the wait that was asked for.
    pub(crate) fn wait_for(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Turns a failure to build the HTTP client into one of its settings.
    pub(crate) fn in_config(mut self, place: &'static str) -> Self {
        self.0.kind = ErrorKind::Config;
        self.at(place)
    }

    /// Drops a body that may hold a secret.
    pub(crate) fn without_body(mut self) -> Self {
        self.0.body = Bytes::new();
        self
    }

    /// Notes that a key which the service heeds went out with the call.
    pub(crate) fn keyed(mut self, keyed: bool) -> Self {
        self.0.keyed |= keyed;
        self
    }

    /// Adds what is known of the attempts before.
    pub(crate) fn after(mut self, past: Outcome) -> Self {
        self.0.past = self.0.past.max(past);
        self
    }

    /// Says that nothing of this attempt was sent.
    pub(crate) fn unsent(mut self) -> Self {
        self.0.unsent = true;
        self
    }

    /// Says why the call is not sent again though the operation could be.
    pub(crate) fn only_once(mut self, why: &'static str) -> Self {
        // Of a failure that another attempt would not mend it says nothing.
        if self.is_transient() {
            self.0.only_once = why;
        }
        self
    }

    /// What became of the work, of all attempts together: an attempt that may have been carried out is not forgotten
    /// because a later one failed otherwise.
    ///
    /// A program that drops the future of a call learns nothing. Treat it as [`Outcome::Unknown`].
    pub fn outcome(&self) -> Outcome {
        let own = self.last_outcome();
        // What was done at last is done, whatever came before.
        own.max(self.0.past)
    }

    /// What became of the last attempt.
    pub(crate) fn last_outcome(&self) -> Outcome {
        let inner = &*self.0;
        if inner.unsent {
            return Outcome::NotSent;
        }
        let of_status = |status| Outcome::of_status(inner.operation, status);
        match inner.kind {
            ErrorKind::Config | ErrorKind::InvalidRequest | ErrorKind::Auth | ErrorKind::Connect => Outcome::NotSent,
            ErrorKind::Decode | ErrorKind::TooLarge | ErrorKind::Paging | ErrorKind::File => {
                inner.status.map_or(Outcome::Done, of_status)
            }
            ErrorKind::Timeout | ErrorKind::Transport | ErrorKind::Status => {
                inner.status.map_or(Outcome::Unknown, of_status)
            }
        }
    }

    /// What is wrong with the request, piece by piece, where the service says so: the `errors` of Dintero's error body.
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Status of the answer, if there was one. For [`ErrorKind::Auth`] that of the token endpoint.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Error code the service gave, for example `not_found`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What the service said, or what this crate says if the service said nothing.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Id of the request, from the answer's headers; worth giving to Dintero's support.
    pub fn request_id(&self) -> Option<&str> {
        response::request_id(&self.0.headers)
    }

    /// Headers of the answer; empty if there was none.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Body of the answer; empty if there was none. The body of a failure may be cut at 256 KiB.
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }

    /// The body as the error type that the operation documents. As in an answer, no optional field fails it: what cannot be
    /// read as described is kept with the unknown fields of its object.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if the body is something else.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let reading = reading::read(&self.0.body, How::default(), reading::json);
        reading.map(|reading| reading.value).map_err(|failure| {
            let status = self.0.status.unwrap_or_default();
            let mut error = Self::decode(status, self.0.headers.clone(), self.0.body.clone(), &failure);
            error.0.operation = self.0.operation;
            error.0.past = self.0.past;
            error.at("error body")
        })
    }

    /// How long the service asks to wait before another attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The operation that failed, if it came that far.
    pub fn operation(&self) -> Option<&'static Operation> {
        self.0.operation
    }

    /// Where in the body decoding failed, for example `$.items[3].amount`.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// Whether the failure may pass by itself: connection trouble, timeouts, 408, 429, 502, 503, 504, and 500 for a
    /// read.
    pub fn is_transient(&self) -> bool {
        match self.0.kind {
            ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Transport => true,
            ErrorKind::Status => self.0.status.is_some_and(|status| retry::is_transient(self.0.operation, status)),
            ErrorKind::Auth => self.0.passing,
            _ => false,
        }
    }

    /// Whether sending the call again may help and cannot do its work twice.
    ///
    /// True for a transient failure if the operation is idempotent, an idempotency key was given that the operation
    /// documents, or no attempt can have been carried out. Never for a body that was a stream, which is gone.
    pub fn is_retryable(&self) -> bool {
        let repeatable = self.0.keyed || self.0.operation.is_some_and(Operation::is_repeatable);
        self.0.only_once.is_empty() && self.is_transient() && (self.is_untouched() || repeatable)
    }

    /// Whether the service surely has done nothing: never reached, or turned away in a way that may pass.
    fn is_untouched(&self) -> bool {
        let is_turned_away = self.0.kind == ErrorKind::Status && self.0.status == Some(StatusCode::TOO_MANY_REQUESTS);
        self.0.past < Outcome::Unknown && (is_turned_away || self.last_outcome() == Outcome::NotSent)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Of a document, a service, or a program's own source: all of it goes through here.
        let f = &mut OneLine(f);
        let inner = &*self.0;
        if let Some(op) = inner.operation {
            // Raw requests have no path in the table.
            let space = if op.path.is_empty() { "" } else { " " };
            let (service, name, method, path) = (op.service, op.name, op.method, op.path);
            write!(f, "{service}.{name} ({method}{space}{path}): ")?;
        }
        if !inner.place.is_empty() {
            write!(f, "{}: ", inner.place)?;
        }
        match inner.kind {
            ErrorKind::Connect if self.outcome() == Outcome::NotSent => {
                f.write_str("no connection, nothing was sent: ")?;
            }
            ErrorKind::Connect => f.write_str("no connection: ")?,
            ErrorKind::Timeout => f.write_str("timed out: ")?,
            ErrorKind::Transport => f.write_str("the connection broke: ")?,
            ErrorKind::Decode => f.write_str("the answer could not be read: ")?,
            _ => {}
        }
        if let Some(status) = inner.status {
            write!(f, "{}", status.as_u16())?;
            f.write_str(if inner.code.is_some() { " " } else { ": " })?;
        }
        if let Some(code) = &inner.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&inner.message)?;
        if let Some(path) = &inner.path {
            write!(f, ", at {path}")?;
        }
        if let Some(first) = inner.violations.first() {
            write!(f, ": {first}")?;
            match inner.violations.len() - 1 {
                0 => {}
                more => write!(f, " (and {more} more)")?,
            }
        }
        f.write_str(inner.only_once)?;
        if inner.past == Outcome::Unknown && self.outcome() == Outcome::Unknown && inner.kind != ErrorKind::Timeout {
            f.write_str("; an attempt before it may have been carried out")?;
        }
        if let Some(id) = self.request_id() {
            write!(f, " [request {id}]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("told", &format_args!("{self}"))
            .field("body_bytes", &self.0.body.len())
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// A piece of a request that the service refuses, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// Where in the request, as the service writes it, such as `/order/amount`; empty where it does not say.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pointer, message } = self;
        let space = if pointer.is_empty() || message.is_empty() { "" } else { " " };
        write!(f, "{pointer}{space}{message}")
    }
}

impl Violation {
    /// Most of one error that are kept.
    const MOST: usize = 100;

    fn read(value: serde_json::Value) -> Option<Self> {
        let serde_json::Value::Object(mut fields) = value else {
            let message = scalar(value)?;
            return Some(Self { pointer: String::new(), message });
        };
        let mut any = |names: &[&str]| names.iter().find_map(|name| fields.remove(*name).and_then(scalar));
        let pointer = any(&["pointer", "data_path", "path", "field"]).unwrap_or_default();
        let message = any(&["message", "description", "code"]).unwrap_or_default();
        (!pointer.is_empty() || !message.is_empty()).then_some(Self { pointer, message })
    }
}

/// What an error body says, in any of the shapes that are met.
#[derive(Default)]
struct Told {
    code: Option<String>,
    message: Option<String>,
    violations: Vec<Violation>,
}

impl Told {
    fn read(body: &[u8]) -> Self {
        let Ok(serde_json::Value::Object(mut top)) = serde_json::from_slice(body) else {
            return Self::default();
        };
        // `{"error": {..}}` is Dintero's, `{"message": ..}` a gateway's,
        // `{"error": "..", "error_description": ".."}` OAuth's.
        let mut errors = None;
        let (code, message) = match top.remove("error") {
            Some(serde_json::Value::Object(mut error)) => {
                errors = error.remove("errors");
                (error.remove("code"), error.remove("message"))
            }
            Some(code) => (Some(code), top.remove("error_description")),
            None => (top.remove("code"), None),
        };
        let message = message.or_else(|| top.remove("message"));
        let violations = match errors.or_else(|| top.remove("errors")) {
            Some(serde_json::Value::Array(all)) => {
                all.into_iter().filter_map(Violation::read).take(Violation::MOST).collect()
            }
            _ => Vec::new(),
        };
        Self { code: code.and_then(scalar), message: message.and_then(scalar), violations }
    }
}

fn scalar(value: serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) if text.is_empty() => None,
        serde_json::Value::String(text) => Some(cut(text)),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn cut(mut text: String) -> String {
    if text.len() > MESSAGE_LIMIT {
        let end = (0..=MESSAGE_LIMIT).rev().find(|i| text.is_char_boundary(*i));
        text.truncate(end.unwrap_or(0));
        text.push('…');
    }
    one_line(text)
}

fn no_message(headers: &HeaderMap, body: &[u8]) -> String {
    let kind = response::content_type(headers).unwrap_or("no content type");
    format!("the service gave no message ({} bytes, {kind})", body.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OperationKind, SecurityScheme};

    static REFUND: Operation = Operation {
        service: "payments",
        name: "refund",
        id: "refund",
        kind: OperationKind::Call,
        method: "POST",
        path: "/transactions/{id}/refund",
        server: "https://checkout.dintero.com/v1",
        test_server: "",
        auth: &[SecurityScheme::Bearer],
        scopes: &[],
        accept: "application/json",
        content_type: "application/json",
        idempotent: false,
        takes_key: false,
        moves_money: true,
        paging: None,
        inferred: false,
    };
    static READ: Operation = Operation { method: "GET", idempotent: true, moves_money: false, ..REFUND };

    static PUT: Operation = Operation { method: "PUT", idempotent: true, moves_money: false, ..REFUND };

    static PUT_THAT_PAYS: Operation = Operation { idempotent: true, ..REFUND };

    fn answer(status: u16, body: &'static str) -> Error {
        let status = StatusCode::from_u16(status).unwrap();
        Error::status_answer(status, HeaderMap::new(), Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn reads_every_error_shape() {
        let shapes = [
            (r#"{"error":{"code":"not_found","message":"No such","errors":[{}]}}"#, Some("not_found"), "No such"),
            (r#"{"error":{"code":4711,"message":"No such"}}"#, Some("4711"), "No such"),
            (r#"{"error":"invalid_client","error_description":"Nope"}"#, Some("invalid_client"), "Nope"),
            (r#"{"message":"Forbidden"}"#, None, "Forbidden"),
            (r#"{"error":{"errors":[]},"message":"Outer"}"#, None, "Outer"),
        ];
        for (body, code, message) in shapes {
            let error = answer(400, body);
            assert_eq!((error.code(), error.message()), (code, message), "{body}");
        }
    }

    #[test]
    fn tells_of_a_body_without_message() {
        for body in ["<html>Bad gateway</html>", "", "[]", "{}", r#"{"error":{"message":""}}"#] {
            let error = answer(502, body);
            let text = error.to_string();
            assert!(text.starts_with("502: the service gave no message"), "{text}");
            assert!(!text.contains("html>"));
            assert_eq!(error.body(), body);
        }
    }

    #[test]
    fn a_long_message_is_cut_at_a_character() {
        let body = serde_json::json!({"message": "å".repeat(1000)}).to_string();
        let error = Error::status_answer(StatusCode::BAD_REQUEST, HeaderMap::new(), body.into());
        assert_eq!(error.message().chars().count(), MESSAGE_LIMIT / 2 + 1);
    }

    #[test]
    fn a_refund_is_retried_only_if_it_surely_did_not_happen() {
        assert!(!answer(503, "").during(&REFUND).is_retryable());
        assert!(answer(503, "").during(&REFUND).is_transient());
        assert!(answer(503, "").during(&REFUND).keyed(true).is_retryable());
        assert!(!answer(503, "").during(&PUT_THAT_PAYS).is_retryable());
        assert!(answer(429, "").during(&REFUND).is_retryable());
        assert!(answer(503, "").during(&READ).is_retryable());
        assert!(answer(500, "").during(&READ).is_retryable());
        assert!(!answer(500, "").during(&PUT).is_transient());
        assert!(!Error::timeout("x").during(&REFUND).is_retryable());
        assert!(Error::timeout("x").during(&READ).is_retryable());
    }

    #[test]
    fn the_outcome_is_that_of_all_attempts() {
        let at = |status: u16| answer(status, "").during(&REFUND);
        for (error, outcome) in [
            (Error::invalid("x"), Outcome::NotSent),
            (Error::auth("x"), Outcome::NotSent),
            (Error::timeout("x"), Outcome::Unknown),
            (Error::timeout("x").unsent(), Outcome::NotSent),
            (at(400), Outcome::Refused),
            (at(429), Outcome::Refused),
            (at(408), Outcome::Unknown),
            (at(500), Outcome::Unknown),
            (at(303), Outcome::Unknown),
            (answer(500, "").during(&READ), Outcome::Refused),
            (at(404).after(Outcome::Unknown), Outcome::Unknown),
            (Error::auth("x").after(Outcome::Refused), Outcome::Refused),
            (Error::timeout("x").answered(StatusCode::OK, HeaderMap::new()), Outcome::Done),
            (
                Error::undecodable(StatusCode::OK, HeaderMap::new(), Bytes::new(), "x").after(Outcome::Unknown),
                Outcome::Done,
            ),
            (at(403).json::<u8>().unwrap_err(), Outcome::Refused),
        ] {
            assert_eq!(error.outcome(), outcome, "{error}");
            assert!(!error.is_retryable() || outcome < Outcome::Unknown, "{error}");
        }
        let turned_away = at(429).after(Outcome::Unknown);
        assert!(!turned_away.is_retryable());
        assert!(turned_away.to_string().ends_with("; an attempt before it may have been carried out"), "{turned_away}");
    }

    #[test]
    fn a_refusal_says_why() {
        let body = r#"{"error":{"code":"invalid","message":"Body has errors","errors":[
            {"pointer":"/order/amount","message":"must be\nan integer"},{"data_path":".x"},"odd",{},7]}}"#;
        let error = answer(400, body);
        assert_eq!(error.to_string(), "400 invalid: Body has errors: /order/amount must be\\nan integer (and 3 more)");
        let pointers: Vec<_> = error.violations().iter().map(|it| it.pointer.as_str()).collect();
        assert_eq!(pointers, ["/order/amount", ".x", "", ""]);
    }

    #[test]
    fn the_typed_body_is_there_on_demand() {
        #[derive(serde::Deserialize)]
        struct Body {
            mfa_token: String,
        }
        let error = answer(403, r#"{"error":{"code":"mfa_required"},"mfa_token":"m"}"#);
        assert_eq!(error.json::<Body>().unwrap().mfa_token, "m");
        let wrong = error.json::<Vec<u8>>().unwrap_err();
        assert_eq!(wrong.kind(), ErrorKind::Decode);
        assert_eq!(wrong.path(), Some("$"));
    }

    #[test]
    fn an_optional_field_does_not_cost_the_typed_body() {
        dintero_types::object! {
            /// An error.
            read pub struct Body {
                pub code: String,
            } optional {
                pub message: Option<String>,
                pub retry: Option<i64> as OptionInteger,
            }
        }
        let body = answer(403, r#"{"code":"x","message":{"text":"no"},"retry":"soon"}"#).json::<Body>().unwrap();
        assert_eq!((body.code.as_str(), &body.message, body.retry), ("x", &None, None));
        assert_eq!(body.unknown().raw("message"), Some(r#"{"text":"no"}"#));
        assert_eq!(body.unknown().raw("retry"), Some("\"soon\""));
        let wrong = answer(403, r#"{"code":{},"message":1}"#).json::<Body>().unwrap_err();
        assert_eq!(wrong.path(), Some("$.code"));
    }

    #[test]
    fn is_small_and_shareable() {
        fn shareable<T: Send + Sync + 'static>() {}
        shareable::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
