//! What a program may see of each attempt, and put on it.

use std::{fmt, sync::Arc, time::Duration};

use reqwest::{
    Method, Request, StatusCode,
    header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderValue},
};
use tokio::time::Instant;

use crate::{Error, ErrorKind, Operation, builder};

/// Sees each attempt of each call, to count, measure or trace. Given to
/// [`Builder::hook`](crate::Builder::hook).
///
/// Both functions are called in the call's own task and should be quick; they cannot wait. One that panics takes its
/// call with it. The request for a token is no call and has no attempts here.
///
/// ```
/// use dintero_client::{AttemptDone, Hook, Transport};
///
/// struct Slow;
///
/// impl Hook for Slow {
///     fn after(&self, attempt: &AttemptDone<'_>) {
///         if attempt.duration().as_secs() >= 5 {
///             eprintln!("{} took {:?}: {:?}", attempt.operation().name, attempt.duration(), attempt.end());
///         }
///     }
/// }
///
/// let transport = Transport::builder().bearer_token("t").hook(Slow).build()?;
/// # let _ = transport;
/// # Ok::<(), dintero_client::Error>(())
/// ```
pub trait Hook: Send + Sync + 'static {
    /// Before an attempt is sent.
    fn before(&self, attempt: &mut Attempt<'_>) {
        let _ = attempt;
    }

    /// After the head of its answer has come, or it has failed, or the call was dropped.
    fn after(&self, attempt: &AttemptDone<'_>) {
        let _ = attempt;
    }
}

/// An attempt that is about to be sent.
pub struct Attempt<'a> {
    operation: &'static Operation,
    number: u32,
    request: &'a Request,
    added: HeaderMap,
}

impl<'a> Attempt<'a> {
    /// The operation called.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Which attempt of the call this is, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Method of the request.
    pub fn method(&self) -> &Method {
        self.request.method()
    }

    /// Host that the request goes to.
    pub fn host(&self) -> &str {
        self.request.url().host_str().unwrap_or_default()
    }

    /// Path of the request, without the query.
    pub fn path(&self) -> &str {
        self.request.url().path()
    }

    /// A header of the request. Credentials are not set yet, and what may be secret is not shown: headers of the
    /// caller, cookies, and those of the builder but for the user agent.
    pub fn header(&self, name: &str) -> Option<&HeaderValue> {
        let value = self.request.headers().get(name)?;
        (!value.is_sensitive()).then_some(value)
    }

    /// Length of the body in bytes; `None` if it is a stream.
    pub fn body_bytes(&self) -> Option<u64> {
        body_bytes(self.request)
    }

    /// Puts a header on this attempt alone. Says whether that was done: a header that is there already, one that no
    /// header can hold, and one that carries a credential or a key, or steers the connection, is not.
    pub fn add_header(&mut self, name: &str, value: &str) -> bool {
        let Ok((name, value)) = builder::header(name, value) else { return false };
        let is_ours = name == AUTHORIZATION || name == COOKIE || name.as_str() == "idempotency-key";
        if is_ours || self.request.headers().contains_key(&name) {
            return false;
        }
        self.added.insert(name, value);
        true
    }
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("operation", &self.operation.name)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptEnd {
    /// With the head of an answer.
    Answered(StatusCode),
    /// Without one.
    Failed(ErrorKind),
    /// The future of the call was dropped.
    Dropped,
}

/// An attempt that has ended.
#[derive(Debug)]
pub struct AttemptDone<'a> {
    operation: &'static Operation,
    number: u32,
    end: AttemptEnd,
    duration: Duration,
    sent: Option<u64>,
    headers: Option<&'a HeaderMap>,
}

impl AttemptDone<'_> {
    /// The operation called.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Which attempt of the call this was, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// How it ended.
    pub fn end(&self) -> AttemptEnd {
        self.end
    }

    /// From the sending to the head of the answer, or to the failure.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Length of the request's body in bytes; `None` if it was a stream.
    pub fn sent_bytes(&self) -> Option<u64> {
        self.sent
    }

    /// Length of the answer's body as its head tells it.
    pub fn received_bytes(&self) -> Option<u64> {
        crate::response::content_length(self.headers?)
    }

    /// Id of the request, from the answer's headers.
    pub fn request_id(&self) -> Option<&str> {
        crate::response::request_id(self.headers?)
    }
}

fn body_bytes(request: &Request) -> Option<u64> {
    match request.body() {
        Some(body) => body.as_bytes().map(|bytes| bytes.len() as u64),
        None => Some(0),
    }
}

/// The hooks of a transport.
#[derive(Clone, Default)]
pub(crate) struct Hooks(pub(crate) Vec<Arc<dyn Hook>>);

impl Hooks {
    /// Tells of an attempt, and puts on the request what the hooks add; nothing at a stranger's. What is given back
    /// tells how it ended.
    pub(crate) fn before<'h>(
        &'h self,
        operation: &'static Operation,
        number: u32,
        request: &mut Request,
        is_known: bool,
    ) -> Option<Watch<'h>> {
        // Without hooks, which is the usual, there is nothing to do and nothing to keep.
        if self.0.is_empty() {
            return None;
        }
        let sent = body_bytes(request);
        for hook in &self.0 {
            let mut attempt = Attempt { operation, number, request, added: HeaderMap::new() };
            hook.before(&mut attempt);
            let added = attempt.added;
            if is_known {
                request.headers_mut().extend(added);
            }
        }
        Some(Watch { hooks: self, operation, number, sent, begun: Instant::now(), is_told: false })
    }
}

/// Tells the hooks when an attempt has ended, also because nobody waits for it any more.
pub(crate) struct Watch<'h> {
    hooks: &'h Hooks,
    operation: &'static Operation,
    number: u32,
    sent: Option<u64>,
    begun: Instant,
    is_told: bool,
}

impl Watch<'_> {
    pub(crate) fn done(mut self, sent: &Result<reqwest::Response, Error>) {
        match sent {
            Ok(answer) => self.tell(AttemptEnd::Answered(answer.status()), Some(answer.headers())),
            Err(error) => self.tell(AttemptEnd::Failed(error.kind()), None),
        }
    }

    fn tell(&mut self, end: AttemptEnd, headers: Option<&HeaderMap>) {
        self.is_told = true;
        let Self { operation, number, sent, .. } = *self;
        let done = AttemptDone { operation, number, end, duration: self.begun.elapsed(), sent, headers };
        for hook in &self.hooks.0 {
            hook.after(&done);
        }
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if !self.is_told {
            self.tell(AttemptEnd::Dropped, None);
        }
    }
}
