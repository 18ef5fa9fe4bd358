//! What became of the work of a call that failed.

use std::fmt;

use reqwest::StatusCode;

use crate::Operation;

/// What is known of the work of a call that failed; [`Error::outcome`](crate::Error::outcome) tells it of all attempts
/// together.
///
/// A call whose future is dropped reports nothing: its outcome is [`Unknown`](Self::Unknown), as the request may be
/// on its way. The page [When you do not know](crate::when_you_do_not_know) shows how to look.
// The order is used: of two attempts that brought no success the later in this list is what is known of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// No attempt reached the service: nothing was done.
    NotSent,
    /// The service answered that it did not do it, by a 4xx status other than 408.
    Refused,
    /// The service may have done it, or not: an attempt broke off, ran out of time, or was answered by 408, 5xx or a
    /// redirect. Look before the call is made again.
    Unknown,
    /// The service answered with success, though the answer could not be read to its end or as expected: it is done.
    Done,
}

impl Outcome {
    /// Of an answer with this status.
    pub(crate) fn of_status(operation: Option<&Operation>, status: StatusCode) -> Self {
        match status.as_u16() {
            200..=299 => Self::Done,
            // A read does nothing, so whatever its failure says it is not done.
            _ if operation.is_some_and(Operation::is_read) => Self::Refused,
            408 => Self::Unknown,
            400..=499 => Self::Refused,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Done => "done",
        })
    }
}
