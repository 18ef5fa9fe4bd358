//! What a change means for callers of the Rust crate, and on which side of a call it stands. A rule only proposes a level:
//! `judge` holds it against the two crates.

use serde::{Deserialize, Serialize};

/// From the mildest to the gravest, so that the gravest of several is their maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Only what is told changes: code, wire and behaviour stay.
    Docs,
    /// What is written goes on to compile and to work; there is more of it.
    Additive,
    /// Code that compiles now does not after the next generation, or a program in use is refused or misread.
    Breaking,
}

impl Level {
    pub fn word(self) -> &'static str {
        match self {
            Level::Docs => "docs",
            Level::Additive => "additive",
            Level::Breaking => "breaking",
        }
    }
}

/// The same change means opposite things in what the caller sends and in what he reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// What the program sends; for an event, what the program answers.
    Request,
    /// What the program reads; for an event, what it receives.
    Response,
    /// Both, or the operation as a whole.
    Both,
}

impl Side {
    pub fn word(self) -> &'static str {
        match self {
            Side::Request => "request",
            Side::Response => "response",
            Side::Both => "both",
        }
    }

    /// The other one: an event travels the other way.
    pub fn turned(self) -> Self {
        match self {
            Side::Request => Side::Response,
            Side::Response => Side::Request,
            Side::Both => Side::Both,
        }
    }

    pub fn with(self, other: Self) -> Self {
        if self == other { self } else { Side::Both }
    }

    pub fn sent(self) -> bool {
        self != Side::Response
    }

    pub fn read(self) -> bool {
        self != Side::Request
    }
}

/// The gravest of all, which is also the step the version of the crate has to take; none for no change.
pub fn gravest(levels: impl IntoIterator<Item = Level>) -> Option<Level> {
    levels.into_iter().max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_decides() {
        assert_eq!(gravest([Level::Docs, Level::Breaking, Level::Additive]), Some(Level::Breaking));
        assert_eq!(gravest([Level::Docs, Level::Additive]), Some(Level::Additive));
        assert_eq!(gravest([]), None);
    }

    #[test]
    fn two_sides_are_both() {
        assert_eq!(Side::Request.with(Side::Response), Side::Both);
        assert_eq!(Side::Request.with(Side::Request), Side::Request);
        assert!(Side::Both.sent() && Side::Both.read() && !Side::Request.read());
    }
}
