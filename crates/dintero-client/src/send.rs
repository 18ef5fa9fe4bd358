//! Sending: attempts, waits, the credential of each, and what they leave in the trace.

use std::{fmt, time::Duration};

use reqwest::{Request, Response, StatusCode, Url};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument, Span, field};

use crate::{Call, Error, ErrorKind, redirect::Trail, response, retry};

/// How much of a body that nobody wants is read, so that the connection can be used again.
const DRAIN_LIMIT: u64 = 64 * 1024;

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

/// Marks an answer to a request whose key the service heeds.
#[derive(Clone)]
pub(crate) struct Keyed;

impl Call {
    /// Sends a request that is ready but for its credential, as often as the policy and the operation allow.
    pub(crate) async fn execute(&self, request: Request) -> Result<Response, Error> {
        let keyed = self.is_keyed(request.headers());
        let (attempt, total) = self.timeouts();
        let limits = Limits::new(attempt, total);
        let span = span(self, request.url());
        let begun = Instant::now();
        let sent = self.attempts(request, &limits, keyed, true).instrument(span.clone()).await;
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
                if keyed {
                    response.extensions_mut().insert(Keyed);
                }
                if let Some(trail) = response.extensions_mut().get_mut::<Trail>() {
                    trail.span = span;
                    trail.keyed = keyed;
                }
                Ok(response)
            }
            Err(error) => Err(error.during(self.operation).keyed(keyed)),
        }
    }

    /// Sends until there is an answer to give, or no attempt left.
    pub(crate) async fn attempts(
        &self,
        mut request: Request,
        limits: &Limits,
        keyed: bool,
        with_credential: bool,
    ) -> Result<Response, Error> {
        let inner = &*self.transport.0;
        let operation = self.operation;
        let repeatable = keyed || operation.is_repeatable();
        let most = self.retry_policy().max_attempts;
        let mut count = Count(0);
        let mut replayed = false;
        loop {
            count.0 += 1;
            let attempt = count.0;
            let mut token = None;
            // What another attempt starts from has no credential: it may be another by then.
            let mut bare = None;
            if with_credential {
                let credential = inner.credential(operation, request.url(), request.headers());
                match timeout_at(limits.deadline, credential).await {
                    Ok(Ok(None)) => {}
                    Ok(Ok(Some(credential))) => {
                        token = credential.token.filter(|_| !replayed);
                        if attempt < most || token.is_some() || operation.only_reads() {
                            bare = request.try_clone();
                        }
                        let headers = request.headers_mut();
                        headers.insert(credential.name, credential.value);
                    }
                    Ok(Err(error)) => {
                        let wait = self.wait(attempt, limits, &error.attempt(), &error);
                        let Some(wait) = wait else { return Err(error) };
                        sleep(wait).await;
                        continue;
                    }
                    Err(_) => return Err(limits.over("no token").in_login()),
                }
            }
            // Neither a body that is a stream nor a last attempt is copied.
            if bare.is_none() && (attempt < most || operation.only_reads()) {
                bare = request.try_clone();
            }
            let left = limits.left();
            // It covers the body too, which is read after this function.
            *request.timeout_mut() = Some(limits.attempt.min(left));

            let (wait, answer) = match inner.http.execute(request).await {
                Err(error) => {
                    let error = told(error, limits, left).during(operation).keyed(keyed);
                    let failed =
                        Failed { retryable: error.is_retryable() && bare.is_some(), retry_after: None, counts: true };
                    match self.wait(attempt, limits, &failed, &error) {
                        Some(wait) => (wait, None),
                        None => return Err(error),
                    }
                }
                Ok(answer) => {
                    let status = answer.status();
                    // A 401 was not carried out, so that even a refund may go out once more.
                    if status == StatusCode::UNAUTHORIZED
                        && bare.is_some()
                        && let (Some(number), Some(tokens)) = (token, &inner.tokens)
                        && tokens.refuse(number)
                    {
                        replayed = true;
                        (Duration::ZERO, Some(answer))
                    } else if retry::is_transient_status(status) {
                        let untouched = status == StatusCode::TOO_MANY_REQUESTS;
                        let failed = Failed {
                            retryable: (repeatable || untouched) && bare.is_some(),
                            retry_after: retry::retry_after(answer.headers()),
                            counts: true,
                        };
                        match self.wait(attempt, limits, &failed, &status) {
                            Some(wait) => (wait, Some(answer)),
                            None => return Ok(answer),
                        }
                    } else {
                        inner.budget.put_back();
                        return Ok(Trail::leave(answer, bare, limits));
                    }
                }
            };
            if let Some(answer) = answer {
                drain(answer).await;
            }
            if !wait.is_zero() {
                sleep(wait).await;
            }
            match bare {
                Some(bare) => request = bare,
                None => return Err(Error::invalid("the body cannot be sent again")),
            }
        }
    }

    /// How long to wait before another attempt; `None` if there is none.
    fn wait(&self, attempt: u32, limits: &Limits, failed: &Failed, why: &dyn fmt::Display) -> Option<Duration> {
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
        Some(wait)
    }
}

/// Number of attempts; told when there is no further one, also because the caller gave up.
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
    /// As a failed login: one is told to all who waited, so it costs no retry each.
    fn attempt(&self) -> Failed {
        Failed { retryable: self.is_retryable(), retry_after: self.retry_after(), counts: false }
    }
}

/// Says which of the times ran out.
fn told(error: reqwest::Error, limits: &Limits, left: Duration) -> Error {
    let error = Error::http(error);
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
