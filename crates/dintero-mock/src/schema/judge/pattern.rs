//! A pattern as ECMA 262 means it.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// A document may have patterns that would take for ever; a text for which one does fits it not.
const STEPS: usize = 20_000;

#[derive(Debug)]
pub(crate) struct Pattern {
    published: String,
    regex: fancy_regex::Regex,
}

impl Pattern {
    /// `None` where it cannot be used.
    pub(crate) fn new(pattern: &str) -> Option<Self> {
        let translated = jsonschema_regex::to_rust_regex(pattern).ok()?;
        let regex = fancy_regex::RegexBuilder::new(&translated).backtrack_limit(STEPS).build().ok()?;
        Some(Self { published: pattern.to_owned(), regex })
    }

    pub(crate) fn published(&self) -> &str {
        &self.published
    }

    /// Anywhere in the text.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        // Its engine is known to panic for some patterns: https://github.com/rust-lang/regex/issues/1344
        catch_unwind(AssertUnwindSafe(|| self.regex.is_match(text))).is_ok_and(|matched| matched.unwrap_or(false))
    }
}
