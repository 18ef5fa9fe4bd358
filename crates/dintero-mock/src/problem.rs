//! What keeps a document, or part of one, from being served: where, why, and what to do.

use std::fmt;

/// A problem as a person is told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File, and JSON pointer where there is one.
    pub place: String,
    /// What is wrong there.
    pub reason: String,
    /// What to do about it.
    pub help: String,
}

impl Problem {
    pub(crate) fn new(place: impl Into<String>, reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self { place: place.into(), reason: reason.into(), help: help.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)?;
        if !self.help.is_empty() {
            write!(f, "; {}", self.help)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
