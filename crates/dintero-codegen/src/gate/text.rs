//! Text that came with a document.
//!
//! For: whoever writes a document must not be able to write our code, our docs or our messages. So such text has no
//! `Display`: who puts it anywhere says how, and each way here is safe for its place whatever the text is.

pub use crate::shown::line;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Text of a document. As `str` it is data: to compare, to look up, to make names of. `{:?}` gives a Rust string literal.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For a sentence of a message: one line, without what a terminal would act on.
    pub fn line(&self) -> String {
        line(&self.0)
    }

    /// For docs and Markdown: a code span that holds just this text.
    pub fn code(&self) -> String {
        code(&self.0)
    }

    /// The same in a table, where a bar parts cells.
    pub fn cell(&self) -> String {
        code(&self.0).replace('|', "\\|")
    }

    /// For docs and Markdown: words of a sentence, in a table too.
    pub fn words(&self) -> String {
        words(&self.0)
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

/// A literal of the text; what cannot be seen is escaped.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        self.0 == *other
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// What steers a terminal or the direction of writing, or parts lines, and cannot be seen: control and format characters.
pub fn is_unseen(c: char) -> bool {
    // Most are, and the tables are slow.
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(
        c.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
    )
}

/// A code span. A backtick cannot stand in one of a single backtick.
pub fn code(text: &str) -> String {
    let text = line(text).replace('`', "'");
    let text = text.trim();
    if text.is_empty() {
        return "(empty)".into();
    }
    format!("`{text}`")
}

/// Running text: every sign that Markdown could act on is escaped.
pub fn words(text: &str) -> String {
    let mut out = String::new();
    for c in line(text).trim().chars() {
        let hyphen = c == '-' && out.ends_with(char::is_alphanumeric);
        // GitHub makes a link of `www.` by itself.
        let site = c == '.' && out.to_ascii_lowercase().ends_with("www");
        if site || c.is_ascii_punctuation() && !hyphen && !matches!(c, '.' | ',' | '\'' | '/' | '?' | '%') {
            out.push('\\');
        }
        out.push(c);
    }
    // A number or a sign that begins a line would be a list, or a heading beneath the line before.
    match out.find(|c: char| !c.is_ascii_digit()) {
        Some(at) if at > 0 && out[at..].starts_with('.') => out.insert(at, '\\'),
        _ => {}
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    const HOSTILE: [&str; 12] = [
        "a`\n\n```\npanic!()\n```\n",
        "# heading",
        "1. list",
        "- list",
        "<b>x</b>",
        "[a](http://x) [b] ![c](d)",
        "a\u{202e}b\u{2028}c\u{7}\u{1b}[31m",
        "|a|b|",
        "&#10;~~~",
        "    code",
        "``x``",
        "",
    ];

    #[test]
    fn a_code_span_and_words_are_just_that() {
        for text in HOSTILE {
            for (made, is_code) in [(code(text), true), (Text::from(text).cell(), true), (words(text), false)] {
                let events: Vec<Event<'_>> = Parser::new_ext(&made, Options::all()).collect();
                for event in &events {
                    let fine = match event {
                        Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => true,
                        Event::Code(_) => is_code,
                        Event::Text(_) => true,
                        _ => false,
                    };
                    assert!(fine, "{text:?} -> {made:?}: {events:?}");
                }
                assert!(!made.contains('\n'));
            }
        }
    }

    #[test]
    fn words_are_no_link_on_github_either() {
        for text in ["www.evil.example", "See WWW.evil.example", "https://evil.example"] {
            let made = words(text).to_lowercase();
            assert!(!made.contains("www.") && !made.contains("https:"), "{made}");
        }
    }

    #[test]
    fn a_literal_is_the_text() {
        for text in HOSTILE {
            let literal: syn::LitStr = syn::parse_str(&format!("{:?}", Text::from(text))).expect("a literal");
            assert_eq!(literal.value(), text);
            assert!(!format!("{:?}", Text::from(text)).contains(|c: char| is_unseen(c)));
        }
    }
}
