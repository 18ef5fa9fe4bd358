//! Sending: attempts, waits, the credential of each, and what they leave in the trace.

use std::{fmt, time::Duration};

use reqwest::{Request, Response, StatusCode, Url};
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::{Instrument, Span, field};

use crate::{Call, Error, ErrorKind, Outcome, clients, redirect::Trail, response, retry};

/// How much of a body that nobody wants is read, so that the connection can be used again.
const DRAIN_LIMIT: u64 = 64 * 1024;

/// How long it may take. A new connection costs less than waiting for the rest of a slow body.
const DRAIN_TIME: Duration = Duration::from_millis(200);

/// A deadline that never comes, for a timeout beyond the clock.
const NEVER: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// The times of one call.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) attempt: Duration,
    pub(crate) total: Duration,
    pub(crate) deadline: Instant,
}

impl Limits {
    pub(crate) fn new(attempt: Duration, total: Duration) -> Self {
        let now = Instant::now();
        Self { attempt, total, deadline: now.checked_add(total).unwrap_or(now + NEVER) }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    fn over(&self, what: &str) -> Error {
        let total = self.total;
        Error::timeout(format!("{what} within the total time of {total:?}; raise `timeout` if it may take longer"))
    }
}

/// What an answer alone does not say about the call that it ends.
#[derive(Clone, Copy)]
pub(crate) struct Before {
    /// A key went out that the service heeds.
    pub(crate) keyed: bool,
    /// Of the attempts before this one.
    pub(crate) past: Outcome,
    /// Why the call was not sent again though the operation could be.
    pub(crate) only_once: &'static str,
}

impl Call {
    /// Sends a request that is ready but for its credential, as often as the policy and the operation allow.
    ///
    /// The request is boxed, as it goes through several futures that each would hold room for it.
    pub(crate) async fn execute(&self, request: Box<Request>) -> Result<Response, Error> {
        // The clock would panic without one.
        clients::runtime().map_err(|error| error.during(self.operation))?;
        let keyed = self.is_keyed();
        let (attempt, total) = self.timeouts();
        let limits = Limits::new(attempt, total);
        let span = span(self, request.url());
        let begun = Instant::now();
        let sent = self.attempts(request, &limits, true).instrument(span.clone()).await;
        match &sent {
            Ok(response) => {
                span.record("http.response.status_code", response.status().as_u16());
            }
            Err(error) => {
                span.record("error.type", field::debug(error.kind()));
                if let Some(status) = error.status() {
                    span.record("http.response.status_code", status.as_u16());
                }
            }
        }
        span.record("duration_ms", begun.elapsed().as_millis() as u64);
        match sent {
            Ok(mut response) => {
                if let Some(trail) = response.extensions_mut().get_mut::<Trail>() {
                    trail.span = span;
                }
                Ok(response)
            }
            Err(error) => Err(error.during(self.operation).keyed(keyed)),
        }
    }

    /// Sends until there is an answer to give, or no attempt left.
    pub(crate) async fn attempts(
        &self,
        mut request: Box<Request>,
        limits: &Limits,
        with_credential: bool,
    ) -> Result<Response, Error> {
        let inner = &*self.transport.0;
        let operation = self.operation;
        let keyed = self.is_keyed();
        let repeatable = keyed || operation.is_repeatable();
        let most = self.retry_policy().max_attempts;
        let mut count = Count(0);
        let mut replayed = false;
        // What is known of the attempts before: one that may have been carried out marks the call for good.
        let mut past = Outcome::NotSent;
        loop {
            count.0 += 1;
            let attempt = count.0;
            let credential = match with_credential {
                false => None,
                true => {
                    // Boxed, as it is over before the answer is waited for, which takes the longest and holds the
                    // least.
                    let credential = Box::pin(inner.credential(operation, request.url(), request.headers()));
                    match timeout_at(limits.deadline, credential).await {
                        Ok(Ok(credential)) => credential,
                        Ok(Err(error)) => {
                            let error = error.during(operation).keyed(keyed).after(past);
                            let Some(until) = self.wait(attempt, limits, &error.attempt(), &error) else {
                                return Err(error);
                            };
                            sleep_until(until).await;
                            continue;
                        }
                        Err(_) => return Err(limits.over("no token").in_login().after(past)),
                    }
                }
            };
            let token = credential.as_ref().and_then(|it| it.token).filter(|_| !replayed);
            // What another attempt starts from has no credential, which may be another by then. Neither a body that is
            // a stream nor a last attempt is copied.
            let may_go_on = attempt < most || token.is_some() || operation.only_reads();
            let bare = if may_go_on { request.try_clone().map(Box::new) } else { None };
            let once = if may_go_on && bare.is_none() { ONCE } else { "" };
            let left = limits.left();
            if left.is_zero() {
                return Err(limits.over("nothing could be sent").unsent().after(past));
            }
            // It covers the body too, which is read after this function.
            *request.timeout_mut() = Some(limits.attempt.min(left));
            let is_known = with_credential && (credential.is_some() || inner.hosts.knows(request.url()));
            let watch = inner.hooks.before(operation, attempt, &mut request, is_known);
            if let Some(credential) = credential {
                request.headers_mut().insert(credential.name, credential.value);
            }

            let sent = inner.http.execute(request).await;
            if let Some(watch) = watch {
                watch.done(&sent);
            }
            let (until, rest) = match sent {
                Err(error) => {
                    let error = told(error, limits, left).during(operation).keyed(keyed).only_once(once).after(past);
                    let failed = Failed { retryable: error.is_retryable(), retry_after: None, counts: true };
                    match self.wait(attempt, limits, &failed, &error) {
                        Some(until) => {
                            past = error.outcome();
                            (until, None)
                        }
                        None => return Err(error),
                    }
                }
                Ok(mut answer) => {
                    let status = answer.status();
                    let before = Before { keyed, past, only_once: once };
                    let now = past.max(Outcome::of_status(Some(operation), status));
                    // A 401 was not carried out, so that even a refund may go out once more.
                    if status == StatusCode::UNAUTHORIZED
                        && bare.is_some()
                        && let (Some(number), Some(tokens)) = (token, &inner.tokens)
                        && tokens.refuse(number)
                    {
                        replayed = true;
                        past = now;
                        (Instant::now(), Some(Box::pin(drain(answer))))
                    } else if retry::is_transient(Some(operation), status) {
                        let untouched = now < Outcome::Unknown && status == StatusCode::TOO_MANY_REQUESTS;
                        let failed = Failed {
                            retryable: (repeatable || untouched) && bare.is_some(),
                            retry_after: retry::retry_after(answer.headers()),
                            counts: true,
                        };
                        match self.wait(attempt, limits, &failed, &status) {
                            Some(until) => {
                                past = now;
                                (until, Some(Box::pin(drain(answer))))
                            }
                            None => {
                                answer.extensions_mut().insert(before);
                                return Ok(answer);
                            }
                        }
                    } else {
                        inner.budget.put_back();
                        if !status.is_success() {
                            answer.extensions_mut().insert(before);
                        }
                        return Ok(Trail::leave(answer, bare, limits));
                    }
                }
            };
            if let Some(rest) = rest {
                let patience = Instant::now() + DRAIN_TIME;
                // What is not read by then ends with its connection.
                let _ = timeout_at(patience.min(limits.deadline), rest).await;
            }
            sleep_until(until).await;
            match bare {
                Some(bare) => request = bare,
                None => return Err(Error::invalid("the body cannot be sent again").after(past)),
            }
        }
    }

    /// When another attempt may begin; `None` if there is none.
    fn wait(&self, attempt: u32, limits: &Limits, failed: &Failed, why: &dyn fmt::Display) -> Option<Instant> {
        if !failed.retryable {
            return None;
        }
        let left = limits.left();
        let wait = self.retry_policy().wait(attempt, failed.retry_after, left)?;
        if failed.counts && !self.transport.0.budget.take() {
            tracing::warn!(target: "dintero", attempt, %why, "not retried: the retry budget is spent");
            return None;
        }
        let wait_ms = wait.as_millis() as u64;
        tracing::warn!(target: "dintero", attempt, wait_ms, %why, "retrying");
        // Within the deadline, or the policy would have given none.
        Some(Instant::now() + wait)
    }
}

/// Number of attempts; recorded when there is no further one, also because the caller gave up.
struct Count(u32);

impl Drop for Count {
    fn drop(&mut self) {
        Span::current().record("attempts", self.0);
    }
}

/// A failed attempt, as far as it matters for another.
struct Failed {
    retryable: bool,
    retry_after: Option<Duration>,
    /// Whether a retry is one more request for the service.
    counts: bool,
}

impl Error {
    /// As a failed login: all who waited share it, so it costs none of them a retry.
    fn attempt(&self) -> Failed {
        Failed { retryable: self.is_retryable(), retry_after: self.retry_after(), counts: false }
    }
}

/// Why a call is not sent again whose body is read but once.
const ONCE: &str = "; it is not sent again, as its body is a stream";

/// Says which of the times ran out.
fn told(error: Error, limits: &Limits, left: Duration) -> Error {
    if error.kind() != ErrorKind::Timeout {
        return error;
    }
    match left <= limits.attempt {
        true => limits.over("no answer"),
        false => Error::timeout(format!(
            "no answer within the attempt's time of {:?}; raise `attempt_timeout` if it may take longer",
            limits.attempt
        )),
    }
}

/// Reads a short body away, so that its connection can be used again.
async fn drain(mut answer: Response) {
    let short = response::content_length(answer.headers()).is_some_and(|it| it <= DRAIN_LIMIT);
    while short && matches!(answer.chunk().await, Ok(Some(_))) {}
}

/// The span of a call.
fn span(call: &Call, url: &Url) -> Span {
    let operation = call.operation;
    tracing::info_span!(
        target: "dintero",
        "dintero.call",
        "dintero.service" = operation.service,
        "dintero.operation" = operation.name,
        "http.request.method" = operation.method,
        "url.template" = operation.path,
        "server.address" = url.host_str(),
        attempts = field::Empty,
        "http.response.status_code" = field::Empty,
        "error.type" = field::Empty,
        duration_ms = field::Empty,
    )
}
