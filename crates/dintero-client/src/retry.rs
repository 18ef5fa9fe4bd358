//! When a call is sent again, and how long to wait before.
//!
//! Backoff is a few lines here rather than a crate: what is hard is to say whether a call may be
//! sent again, and that no crate knows.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use chrono::{DateTime, Utc};
use reqwest::{
    StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};

use crate::Operation;

/// How often and how fast a call is retried after a failure that may be temporary.
///
/// What may be sent again is not the policy's to say: it depends on the operation and on whether
/// the call can have reached the service. GET, HEAD, PUT, DELETE and calls with an idempotency key that
/// their document takes are sent again after a failure to connect, a connection that broke, an attempt
/// that timed out, and after 408, 429, 502, 503 and 504, reads after 500 too; everything else only if it
/// surely was not sent, or after 429. For what moves money a key changes nothing, as none is documented.
///
/// The wait is drawn between zero and a bound that doubles with each attempt; a `Retry-After` of
/// the service goes before it. A wait that the call's total time has no room for ends the call with
/// the failure at once. All clones of a transport share a budget of retries
/// ([`Builder::retry_budget`](crate::Builder::retry_budget)).
///
/// ```
/// use dintero_client::RetryPolicy;
/// use std::time::Duration;
///
/// let patient = RetryPolicy::default().max_attempts(5).base_delay(Duration::from_secs(1));
/// let once = RetryPolicy::none();
/// assert_ne!(patient, once);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    pub(crate) max_attempts: u32,
    pub(crate) base_delay: Duration,
    pub(crate) max_delay: Duration,
}

impl RetryPolicy {
    /// Three attempts, waiting between 0 and 0.5 s, then between 0 and 1 s.
    pub fn new() -> Self {
        Self { max_attempts: 3, base_delay: Duration::from_millis(500), max_delay: Duration::from_secs(20) }
    }

    /// One attempt.
    pub fn none() -> Self {
        Self::new().max_attempts(1)
    }

    /// Number of attempts in all, the first included; 0 counts as 1.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// Longest wait before the second attempt; it doubles with each further one.
    #[must_use]
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Longest wait between two attempts.
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }
}

impl RetryPolicy {
    /// How long to wait after attempt number `attempt` failed, or `None` if it was the last.
    pub(crate) fn wait(&self, attempt: u32, retry_after: Option<Duration>, left: Duration) -> Option<Duration> {
        if attempt >= self.max_attempts {
            return None;
        }
        let wait = retry_after.unwrap_or_else(|| self.bound(attempt).mul_f64(fastrand::f64()));
        (wait < left).then_some(wait)
    }

    /// Longest wait after attempt number `attempt`.
    fn bound(&self, attempt: u32) -> Duration {
        let doubled = 2u32.saturating_pow(attempt.saturating_sub(1));
        self.base_delay.saturating_mul(doubled).min(self.max_delay)
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// How many retries all calls of a transport may make together, so that a service in trouble is
/// not sent several times what it already cannot bear.
pub(crate) struct Budget {
    most: u32,
    left: AtomicU32,
}

impl Budget {
    /// What a retry costs; a success gives one back.
    const COST: u32 = 10;

    pub(crate) fn new(retries: u32) -> Self {
        let most = retries.saturating_mul(Self::COST);
        Self { most, left: AtomicU32::new(most) }
    }

    /// Takes a retry, if there is one.
    pub(crate) fn take(&self) -> bool {
        let take = |left: u32| left.checked_sub(Self::COST);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Notes an answer that is no sign of trouble.
    pub(crate) fn put_back(&self) {
        // Full is the common case, and needs no write.
        if self.left.load(Ordering::Relaxed) < self.most {
            let put = |left: u32| (left < self.most).then_some(left + 1);
            let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, put);
        }
    }
}

/// Whether a failure with this status may pass by itself.
pub(crate) fn is_transient(operation: Option<&Operation>, status: StatusCode) -> bool {
    match status.as_u16() {
        408 | 429 | 502 | 503 | 504 => true,
        // A fault of the service, so the same call may fail again; a read costs nothing.
        500 => operation.is_some_and(Operation::is_read),
        _ => false,
    }
}

/// What `Retry-After` asks for, in either of its forms.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    parse_retry_after(headers.get(RETRY_AFTER)?.to_str().ok()?, Utc::now())
}

fn parse_retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTime::parse_from_rfc2822(text).ok()?;
    Some((at.to_utc() - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[test]
    fn the_wait_doubles_up_to_its_bound() {
        let policy = RetryPolicy::new()
            .max_attempts(u32::MAX)
            .base_delay(Duration::from_secs(1))
            .max_delay(Duration::from_secs(5));
        for (attempt, seconds) in [(1, 1), (2, 2), (3, 4), (4, 5), (40, 5), (u32::MAX - 1, 5)] {
            assert_eq!(policy.bound(attempt).as_secs(), seconds, "{attempt}");
            let wait = policy.wait(attempt, None, LONG).unwrap();
            assert!(wait.as_secs() <= seconds, "{attempt}: {wait:?}");
        }
        let huge = policy.base_delay(Duration::MAX).max_delay(Duration::MAX);
        assert_eq!(huge.bound(9), Duration::MAX);
    }

    #[test]
    fn waits_differ() {
        let policy = RetryPolicy::new();
        let first = policy.wait(1, None, LONG);
        assert!((0..100).any(|_| policy.wait(1, None, LONG) != first));
    }

    #[test]
    fn the_last_attempt_and_a_wait_beyond_the_deadline_end_the_call() {
        let policy = RetryPolicy::new();
        let seconds = Duration::from_secs;
        assert_eq!(policy.wait(2, Some(seconds(7)), LONG), Some(seconds(7)));
        assert_eq!(policy.wait(3, Some(seconds(7)), LONG), None);
        assert_eq!(policy.wait(1, Some(seconds(7)), seconds(7)), None);
        assert_eq!(policy.wait(1, Some(Duration::MAX), LONG), None);
        assert_eq!(RetryPolicy::none().wait(1, Some(seconds(0)), LONG), None);
    }

    #[test]
    fn a_budget_is_spent_and_earned() {
        let budget = Budget::new(2);
        assert!(budget.take() && budget.take());
        assert!(!budget.take());
        for _ in 0..9 {
            budget.put_back();
            assert!(!budget.take());
        }
        budget.put_back();
        assert!(budget.take());
        for _ in 0..1000 {
            budget.put_back();
        }
        assert!(budget.take() && budget.take() && !budget.take());
        assert!(!Budget::new(0).take());
    }

    #[test]
    fn reads_both_forms_of_retry_after() {
        let now = "2026-11-06T08:49:30Z".parse().unwrap();
        let cases = [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Fri, 06 Nov 2026 08:49:37 GMT", Some(7)),
            ("Fri, 06 Nov 2026 08:49:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse_retry_after(text, now), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
