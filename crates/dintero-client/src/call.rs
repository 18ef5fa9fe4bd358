//! One call of an operation: its parameters, its way out, its answer.

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use dintero_types::reading::{self, How, Reading};
use reqwest::{
    Request, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    AccountId, ByteStream, Draft, Error, FromStatus, Operation, Redirect, Response, RetryPolicy, Transport, builder,
    cursor::{self, Cursor},
    encoding, form,
    hosts::{self, Hosts},
    multipart::{self, Multipart},
    paging::Note,
    redirect, response,
    send::Before,
    stream,
    style::Style,
};

/// What is sent, or why nothing can be.
type Built = Result<Request, Error>;

/// How much of a failure's body is kept.
const ERROR_BODY_LIMIT: usize = 256 * 1024;

/// How much of a body that nobody wants is read, so that the connection can be used again.
const DRAIN_LIMIT: usize = 64 * 1024;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// One call of an operation, as generated clients make it: it checks parameters, puts on server,
/// headers and credentials, sends, and decodes.
#[derive(Clone)]
pub struct Call {
    pub(crate) transport: Transport,
    pub(crate) operation: &'static Operation,
    options: Option<Arc<Options>>,
}

/// What the caller changed for this call.
#[derive(Clone, Default)]
struct Options {
    timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    retry: Option<RetryPolicy>,
    headers: HeaderMap,
    problem: Option<String>,
    page: Option<(Cursor, Note)>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("service", &self.operation.service)
            .field("operation", &self.operation.name)
            .finish_non_exhaustive()
    }
}

impl Call {
    pub(crate) fn new(transport: Transport, operation: &'static Operation) -> Self {
        Self { transport, operation, options: None }
    }

    /// The operation called.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// A request of this call, to be put together.
    #[inline]
    pub fn draft(&self) -> Draft<'_> {
        Draft::new(self)
    }

    /// The operation's server for a test account or a live one, or what stands for it. Of a server that cannot be,
    /// sending tells.
    pub(crate) fn base_url(&self, is_test: bool) -> Cow<'static, str> {
        self.transport.0.hosts.base(self.server(is_test)).unwrap_or(Cow::Borrowed(hosts::PLACEHOLDER))
    }

    /// Whether the account of the login is one of those for tests.
    pub(crate) fn is_test(&self) -> bool {
        self.transport.account_id().is_some_and(AccountId::is_test)
    }
}

/// What can be set for one call; `call_options!` gives it to the builders.
impl Call {
    fn options_mut(&mut self) -> &mut Options {
        Arc::make_mut(self.options.get_or_insert_default())
    }

    /// Longest time for the call with all its attempts and waits.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.options_mut().timeout = Some(timeout);
    }

    /// Longest time for one attempt, the body included.
    pub fn set_attempt_timeout(&mut self, timeout: Duration) {
        self.options_mut().attempt_timeout = Some(timeout);
    }

    /// How this call is sent again.
    pub fn set_retry(&mut self, policy: RetryPolicy) {
        self.options_mut().retry = Some(policy);
    }

    /// A header for this call, in place of any of that name. A value that no header can hold is an error when
    /// the call is sent.
    pub fn set_header(&mut self, name: &str, value: &str) {
        match builder::header(name, value) {
            Ok((name, mut value)) => {
                // The caller alone knows whether it is a secret.
                value.set_sensitive(true);
                self.options_mut().headers.insert(name, value);
            }
            Err(why) => self.options_mut().problem = Some(why.to_string()),
        }
    }

    /// A key that lets the service tell a repetition from a second order.
    ///
    /// Where the operation's document takes one, the call is then sent again as an idempotent one. Where it takes none,
    /// which is so of sessions, captures and refunds, the key is sent and changes nothing.
    pub fn set_idempotency_key(&mut self, key: &str) {
        if key.trim().is_empty() {
            let why = "the idempotency key is empty; give one that is unique to this order";
            self.options_mut().problem = Some(why.to_owned());
        } else {
            self.set_header(IDEMPOTENCY_KEY.as_str(), key);
        }
    }

    /// The same call for a page of its list.
    #[inline]
    pub(crate) fn for_page(&self, cursor: Cursor, note: Note) -> Self {
        let mut call = self.clone();
        call.options_mut().page = Some((cursor, note));
        call
    }

    /// Longest time for an attempt, and for the whole call.
    pub(crate) fn timeouts(&self) -> (Duration, Duration) {
        let options = self.options.as_deref();
        let defaults = self.transport.0.timeouts;
        let total = options.and_then(|o| o.timeout).unwrap_or(defaults.total);
        let attempt = options.and_then(|o| o.attempt_timeout).unwrap_or(defaults.attempt);
        (attempt.min(total), total)
    }

    pub(crate) fn retry_policy(&self) -> &RetryPolicy {
        let own = self.options.as_deref().and_then(|o| o.retry.as_ref());
        own.unwrap_or(&self.transport.0.retry)
    }
}

/// Parameters.
impl Call {
    /// An account parameter: as given, or the account of the login.
    ///
    /// # Errors
    /// There is neither, or what was given is no account id.
    pub(crate) fn account(&self, name: &'static str, value: Option<String>) -> Result<String, Error> {
        match value {
            Some(value) if AccountId::is_valid(&value) => Ok(value),
            Some(_) => Err(self.refuse(format!(
                "`{name}` is no account id; it must be `T` or `P` followed by digits"
            ))),
            None => match self.transport.account_id() {
                Some(id) => Ok(id.to_string()),
                None => Err(self.refuse(format!(
                    "`{name}` is not given and there is no login to tell it; set it on the call, or give `account_id` to {}",
                    self.transport.0.hosts.builder
                ))),
            },
        }
    }

    /// A path parameter. What would change the path's shape is refused: an empty `id` would turn
    /// `DELETE /cards/{id}` into `DELETE /cards`.
    ///
    /// # Errors
    /// It is missing, empty, `.` or `..`.
    pub(crate) fn path<T: fmt::Display>(&self, name: &'static str, value: Option<T>) -> Result<T, Error> {
        let value = self.required(name, value)?;
        // Everything else is percent-encoded.
        let wrong = match value.to_string().as_str() {
            "" => "is empty",
            "." | ".." => "is `.` or `..`, which would lead to another path",
            _ => return Ok(value),
        };
        Err(self.refuse(format!("`{name}` {wrong}; give the id of the thing meant")))
    }

    /// A required parameter or body.
    ///
    /// # Errors
    /// It is missing.
    pub fn required<T>(&self, name: &'static str, value: Option<T>) -> Result<T, Error> {
        value.ok_or_else(|| self.refuse(format!("`{name}` is required; set it before `send`")))
    }

    /// An optional JSON body; `None` sends no body.
    ///
    /// # Errors
    /// The value has no JSON form, a map with keys that are no texts for example.
    pub fn encode<T: Serialize>(&self, value: Option<&T>) -> Result<Vec<u8>, Error> {
        let bytes = value.map(serde_json::to_vec).transpose();
        Ok(bytes.map_err(|why| self.no_form(&why))?.unwrap_or_default())
    }

    /// An optional form body; arrays repeat their key, null fields are left out.
    ///
    /// # Errors
    /// The value is no object.
    pub fn encode_form<T: Serialize>(&self, value: Option<&T>) -> Result<Vec<u8>, Error> {
        let Some(value) = value else {
            return Ok(Vec::new());
        };
        self.encode_form_with(Some(value), &[])
    }

    /// The same with fields that have a style of their own.
    ///
    /// # Errors
    /// The value is no object.
    pub fn encode_form_with<T: Serialize>(
        &self,
        value: Option<&T>,
        styles: &[(&str, Style)],
    ) -> Result<Vec<u8>, Error> {
        let Some(value) = value else {
            return Ok(Vec::new());
        };
        form::encode(self.to_value(value)?, styles).map_err(|why| self.refuse(why))
    }

    /// An optional multipart body of the object's fields and files.
    ///
    /// # Errors
    /// The value is no object.
    pub fn encode_multipart<T: Serialize>(&self, value: Option<&T>) -> Result<Vec<u8>, Error> {
        let body = value.map(Multipart::of).transpose().map_err(|why| self.no_form(&why))?;
        Ok(self.encode_parts(body.as_ref()))
    }

    /// An optional multipart body.
    #[inline]
    pub fn encode_parts(&self, body: Option<&Multipart>) -> Vec<u8> {
        body.map(Multipart::encode).unwrap_or_default()
    }

    pub(crate) fn to_value<T: Serialize + ?Sized>(&self, value: &T) -> Result<serde_json::Value, Error> {
        serde_json::to_value(value).map_err(|why| self.no_form(&why))
    }

    pub(crate) fn no_form(&self, why: &serde_json::Error) -> Error {
        self.refuse(format!("a value has no JSON form: {why}"))
    }

    pub(crate) fn refuse(&self, why: impl Into<String>) -> Error {
        Error::invalid(why).during(self.operation)
    }
}

/// The way out.
impl Call {
    /// Puts server and headers on a request; [`execute`](Self::execute) adds the credential.
    fn dress(&self, request: &mut Request) -> Result<(), Error> {
        let inner = &*self.transport.0;
        let operation = self.operation;
        if let Some(problem) = self.options.as_ref().and_then(|o| o.problem.as_ref()) {
            return Err(Error::invalid(problem.as_str()));
        }
        if request.url().as_str().starts_with(hosts::PLACEHOLDER) {
            *request.url_mut() = inner.hosts.resolve(self.server(self.is_test()), request.url())?;
        }
        let is_known = inner.hosts.knows(request.url());
        // Without a credential a call may go to the operation's server, whoever that is.
        let is_below = |is_test| Hosts::is_below(&self.base_url(is_test), request.url());
        if !is_known && (!(is_below(false) || is_below(true)) || hosts::has_user(request.url())) {
            let host = request.url().host_str().unwrap_or_default();
            return Err(Error::invalid(format!(
                "nothing was sent to `{host}`: the address is neither on the operation's server, nor Dintero's, \
                 nor the override"
            )));
        }

        if let Some((cursor, _)) = self.options.as_ref().and_then(|o| o.page.as_ref()) {
            encoding::put_cursor(request.url_mut(), cursor);
        }
        let has_body = request.body().is_some_and(|body| body.as_bytes() != Some(b""));
        if !has_body {
            *request.body_mut() = None;
        }
        let content_type = match has_body && !operation.content_type.is_empty() {
            true => Some(self.content_type(operation.content_type, request.body().and_then(|body| body.as_bytes()))?),
            false => None,
        };
        let headers = request.headers_mut();
        match content_type {
            Some(media_type) => drop(headers.insert(CONTENT_TYPE, media_type)),
            None if !has_body => drop(headers.remove(CONTENT_TYPE)),
            None => {}
        }
        let accept = match operation.accept {
            "" => "*/*",
            accept => accept,
        };
        headers.insert(ACCEPT, self.media_type(accept)?);
        for (name, value) in &inner.headers {
            // They may be secrets, so to a stranger they go no more than along a redirect.
            if !headers.contains_key(name) && (is_known || redirect::FOR_ALL.contains(name)) {
                headers.insert(name, value.clone());
            }
        }
        if let Some(options) = &self.options {
            for (name, value) in &options.headers {
                headers.insert(name, value.clone());
            }
        }
        Ok(())
    }

    /// The published server, that of test accounts if they have one of their own.
    fn server(&self, is_test: bool) -> &'static str {
        let operation = self.operation;
        match operation.test_server {
            test if is_test && !test.is_empty() => test,
            _ => operation.server,
        }
    }

    /// The media type of the body; a multipart body was written with a boundary, which its receiver needs.
    fn content_type(&self, text: &'static str, body: Option<&[u8]>) -> Result<HeaderValue, Error> {
        let is_open = text.starts_with("multipart/") && !text.contains("boundary=");
        match body.filter(|_| is_open).and_then(multipart::boundary) {
            // Only letters, digits and marks that no header refuses.
            Some(boundary) => HeaderValue::from_str(&format!("{text}; boundary=\"{boundary}\""))
                .map_err(|_| Error::invalid("the boundary of the multipart body is no header value")),
            None => self.media_type(text),
        }
    }

    fn media_type(&self, text: &'static str) -> Result<HeaderValue, Error> {
        HeaderValue::from_str(text)
            .map_err(|_| Error::invalid(format!("the operation's media type `{text}` is no header value")))
    }

    /// Whether a key is with the call that the service heeds.
    pub(crate) fn is_keyed(&self) -> bool {
        let options = self.options.as_ref();
        self.operation.heeds_key() && options.is_some_and(|o| o.headers.contains_key(IDEMPOTENCY_KEY))
    }
}

/// Sending, and the answer.
///
/// No `async fn`s: those would hold room for the request until the answer has come.
impl Call {
    /// The body as JSON.
    ///
    /// # Errors
    /// [`Error`] of any kind.
    pub fn json<T: DeserializeOwned>(self, request: Built) -> impl Future<Output = Result<Response<T>, Error>> {
        let request = request.map(Box::new);
        async move {
            let whole = self.whole(request, |_| false).await?;
            self.decode(whole, reading::json)
        }
    }

    /// The body as JSON, or `None` if there is none (204, empty, null).
    ///
    /// # Errors
    /// [`Error`] of any kind.
    pub fn optional_json<T: DeserializeOwned>(
        self,
        request: Built,
    ) -> impl Future<Output = Result<Response<Option<T>>, Error>> {
        let request = request.map(Box::new);
        async move {
            let whole = self.whole(request, |_| false).await?;
            self.decode(whole, |body| match body.is_empty() {
                true => Ok(None),
                false => reading::json(body),
            })
        }
    }

    /// The body as the type for its status.
    ///
    /// # Errors
    /// [`Error`] of any kind.
    pub fn by_status<T: FromStatus>(self, request: Built) -> impl Future<Output = Result<Response<T>, Error>> {
        let request = request.map(Box::new);
        async move {
            let whole = self.whole(request, |status| T::accepts(status.as_u16())).await?;
            let status = whole.status.as_u16();
            self.decode(whole, |body| T::from_status(status, body))
        }
    }

    /// A success whose body does not matter.
    ///
    /// # Errors
    /// [`Error`] of any kind but [`ErrorKind::Decode`](crate::ErrorKind::Decode).
    #[inline]
    pub fn empty(self, request: Built) -> impl Future<Output = Result<Response<()>, Error>> {
        let request = request.map(Box::new);
        async move {
            let (status, headers, mut answer) = self.open(request, |_| false).await?;
            // Whatever happens to the body, the call has succeeded.
            let length = response::content_length(&headers);
            let _ = stream::read(&mut answer, length, DRAIN_LIMIT).await;
            Ok(Response::new((), status, headers))
        }
    }

    /// The body as text, which must be UTF-8.
    ///
    /// # Errors
    /// [`Error`] of any kind.
    #[inline]
    pub fn text(self, request: Built) -> impl Future<Output = Result<Response<String>, Error>> {
        let request = request.map(Box::new);
        async move {
            let Whole { status, headers, body } = self.whole(request, |_| false).await?;
            match String::from_utf8(body.into()) {
                Ok(text) => Ok(Response::new(text, status, headers)),
                Err(why) => {
                    let reason = format!("the text is not UTF-8: {}", why.utf8_error());
                    let body = Bytes::from(why.into_bytes());
                    Err(Error::undecodable(status, headers, body, reason).during(self.operation))
                }
            }
        }
    }

    /// The body piece by piece.
    ///
    /// # Errors
    /// [`Error`] of any kind but [`ErrorKind::Decode`](crate::ErrorKind::Decode).
    #[inline]
    pub fn bytes(self, request: Built) -> impl Future<Output = Result<Response<ByteStream>, Error>> {
        let request = request.map(Box::new);
        async move {
            let (status, headers, answer) = self.open(request, |_| false).await?;
            let body = ByteStream::new(answer, self.operation, &headers);
            Ok(Response::new(body, status, headers))
        }
    }

    /// Where a documented redirect leads; it is not followed.
    ///
    /// # Errors
    /// [`Error`] of any kind; [`ErrorKind::Decode`](crate::ErrorKind::Decode) if the answer leads nowhere.
    #[inline]
    pub fn redirect(self, request: Built) -> impl Future<Output = Result<Response<Redirect>, Error>> {
        let request = request.map(Box::new);
        async move {
            let (status, headers, answer) = self.open(request, |status| status.is_redirection()).await?;
            match redirect::location(answer.url(), &headers).filter(|_| status.is_redirection()) {
                Some(location) => Ok(Response::new(Redirect { location }, status, headers)),
                None => {
                    let why = "a redirect was expected, but the answer names no address to go to";
                    Err(Error::undecodable(status, headers, Bytes::new(), why).during(self.operation))
                }
            }
        }
    }

    /// The value of a body, or an error that keeps the body.
    fn decode<T>(
        &self,
        whole: Whole,
        decode: impl Fn(&[u8]) -> Result<T, serde_json::Error>,
    ) -> Result<Response<T>, Error> {
        let Whole { status, headers, body } = whole;
        let inner = &*self.transport.0;
        let how = How { strict: inner.strict_reading, scope: inner.watch.scope(self.operation) };
        match reading::read(&body, how, decode) {
            Ok(Reading { value, unread, news, .. }) => {
                self.note_page(&body);
                if !news.is_empty() {
                    inner.watch.tell(self.operation, news);
                }
                let mut response = Response::new(value, status, headers);
                response.parts.unread = unread;
                Ok(response)
            }
            Err(why) => Err(Error::decode(status, headers, body, &why).during(self.operation)),
        }
    }

    /// What a page says about its list.
    #[inline]
    fn note_page(&self, body: &[u8]) {
        if let Some((_, note)) = self.options.as_ref().and_then(|o| o.page.as_ref())
            && let Some(paging) = &self.operation.paging
        {
            note.leave(cursor::find(paging, body));
        }
    }

    /// An answer that is wanted, with its whole body.
    async fn whole(
        &self,
        request: Result<Box<Request>, Error>,
        wanted: fn(StatusCode) -> bool,
    ) -> Result<Whole, Error> {
        let (status, headers, mut answer) = self.open(request, wanted).await?;
        let limit = self.transport.0.max_response_bytes;
        let length = response::content_length(&headers);
        match stream::read(&mut answer, length, limit).await {
            Ok(body) => Ok(Whole { status, headers, body }),
            Err(stream::ReadError::TooLarge) => Err(Error::too_large(status, headers, limit)),
            Err(stream::ReadError::Http(error)) => Err(Error::http(error).answered(status, headers)),
        }
        .map_err(|error| error.during(self.operation).keyed(self.is_keyed()))
    }

    /// An answer that is wanted, a success or what else the operation takes for one, with its body still to come;
    /// everything else is an error.
    async fn open(
        &self,
        request: Result<Box<Request>, Error>,
        wanted: fn(StatusCode) -> bool,
    ) -> Result<(StatusCode, HeaderMap, reqwest::Response), Error> {
        let operation = self.operation;
        let mut request = request.map_err(|error| error.during(operation))?;
        self.dress(&mut request).map_err(|error| error.during(operation))?;
        let mut answer = self.execute(request).await?;
        if !answer.status().is_success() && !wanted(answer.status()) {
            // Boxed, as it is rare and large.
            answer = Box::pin(self.otherwise(answer)).await?;
        }
        Ok((answer.status(), std::mem::take(answer.headers_mut()), answer))
    }

    /// A redirect may lead to a success; all others are failures.
    async fn otherwise(&self, answer: reqwest::Response) -> Result<reqwest::Response, Error> {
        let before = answer.extensions().get::<Before>().copied();
        let error = match self.follow(answer).await {
            Ok(answer) if answer.status().is_success() => return Ok(answer),
            Ok(answer) => failure(answer).await,
            Err(error) => error,
        };
        let error = match before {
            Some(Before { keyed, past, only_once }) => error.keyed(keyed).after(past).only_once(only_once),
            None => error,
        };
        Err(error.during(self.operation))
    }
}

struct Whole {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// A failure status with as much of its body as is kept.
async fn failure(mut answer: reqwest::Response) -> Error {
    let status = answer.status();
    let headers = answer.headers().clone();
    let mut body = Vec::new();
    // A body that breaks off does not make the status less true.
    while let Ok(Some(piece)) = answer.chunk().await {
        let room = ERROR_BODY_LIMIT - body.len();
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if piece.len() >= room {
            break;
        }
    }
    Error::status_answer(status, headers, body.into())
}

/// Gives a builder with a field `call: Call` the options that every call has.
#[macro_export]
macro_rules! call_options {
    ($builder:ty) => {
        impl $builder {
            /// Longest time for this call with all its attempts and waits.
            #[inline]
            pub fn timeout(mut self, timeout: ::core::time::Duration) -> Self {
                self.call.set_timeout(timeout);
                self
            }

            /// Longest time for one attempt, the body included.
            #[inline]
            pub fn attempt_timeout(mut self, timeout: ::core::time::Duration) -> Self {
                self.call.set_attempt_timeout(timeout);
                self
            }

            /// How this call is retried after a failure that may be temporary.
            #[inline]
            pub fn retry(mut self, policy: $crate::RetryPolicy) -> Self {
                self.call.set_retry(policy);
                self
            }

            /// A header for this call, in place of any of that name.
            pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
                self.call.set_header(name.as_ref(), value.as_ref());
                self
            }

            /// A key that lets the service tell a repetition from a second order: one key an order, kept by the
            /// program with the order, and never made anew for another try.
            ///
            /// Where the operation's document takes a key, the call is then sent again as an idempotent one. Where it
            /// takes none the key is sent and changes nothing: the service is not known to heed it.
            pub fn idempotency_key(mut self, key: impl Into<::std::string::String>) -> Self {
                let key: ::std::string::String = key.into();
                self.call.set_idempotency_key(&key);
                self
            }
        }
    };
}
