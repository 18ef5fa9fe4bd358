//! Markdown of a pull request or of a step's summary.
//!
//! GitHub looks for mentions, issues, commits and addresses in the text that Markdown has become, so an escape (`\@x`)
//! is no wall: only code is left alone. What is not a plain word of ours stands in a code span.

use super::line;
use super::line::COMMAND;
use std::fmt::Write;

/// Characters of a name, and of a sentence, that are shown.
const NAME: usize = 400;
const SENTENCE: usize = 1500;

/// GitHub's parser knows code spans of up to 80 backticks, and fences of up to 255.
const RUN: usize = 16;

/// From this length on, hexadecimal digits may be the name of a commit.
const COMMIT: usize = 7;

/// A code span, on one line.
pub fn code(text: &str) -> String {
    if text.is_empty() {
        return "`\"\"`".into();
    }
    in_ticks(&cut(text, NAME))
}

fn in_ticks(text: &str) -> String {
    let text = spelled(&line(text));
    let ticks = "`".repeat(longest_run(&text) + 1);
    // One blank at each side is no part of a span.
    let blank = text.starts_with([' ', '`']) || text.ends_with([' ', '`']);
    let pad = if blank && !text.trim().is_empty() { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// A sentence: names in pairs of backticks and all that is no plain word in code spans, on one line.
pub fn running(text: &str) -> String {
    let text = cut(text, SENTENCE);
    // A name has one of its own, so nobody can say which are the pairs.
    if text.matches('`').count() % 2 == 1 {
        return in_ticks(&text);
    }
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, inside, after)) = first_pair(rest) {
        words(&mut out, before);
        span(&mut out, inside);
        rest = after;
    }
    words(&mut out, rest);
    out
}

/// What is before, in and after the first pair of backticks.
fn first_pair(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (inside, after) = rest.split_once('`')?;
    Some((before, inside, after))
}

fn words(out: &mut String, text: &str) {
    let blank = |out: &mut String| {
        if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    };
    if text.starts_with(char::is_whitespace) {
        blank(out);
    }
    for (i, word) in text.split_whitespace().enumerate() {
        if i > 0 {
            blank(out);
        }
        match is_plain(word) {
            true => out.push_str(word),
            false => span(out, word),
        }
    }
    if text.ends_with(char::is_whitespace) {
        blank(out);
    }
}

/// Two spans beside each other would be one.
fn span(out: &mut String, text: &str) {
    if out.ends_with('`') {
        out.push(' ');
    }
    out.push_str(&code(text));
}

/// English words and small numbers, with the marks that a sentence puts around them.
fn is_plain(word: &str) -> bool {
    let opened = word.strip_prefix('(').unwrap_or(word);
    let core = opened.trim_end_matches([',', '.', ';', ':', '!', '?', ')']);
    let marks = &opened[core.len()..];
    if core.is_empty() {
        return !marks.contains(COMMAND);
    }
    let mut parts = core.split(['-', '\'']);
    if parts.clone().any(|part| part.len() >= COMMIT && part.chars().all(|c| c.is_ascii_hexdigit())) {
        return false;
    }
    if core.chars().all(|c| c.is_ascii_digit()) {
        // `1.` and `1)` begin a list.
        return core.len() < COMMIT && (opened.len() < word.len() || !marks.starts_with(['.', ')']));
    }
    parts.all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphabetic()))
}

/// A fenced block whose lines stand behind the indent; it ends with a line break.
pub fn fenced(indent: &str, language: &str, text: &str) -> String {
    let text = spelled(text.trim_end());
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    let mut out = format!("{indent}{fence}{language}\n");
    for content in text.split('\n') {
        let _ = writeln!(out, "{indent}{}", line(content));
    }
    let _ = writeln!(out, "{indent}{fence}");
    out
}

/// More backticks in a row than a parser counts are written out.
fn spelled(text: &str) -> String {
    if longest_run(text) > RUN { text.replace('`', "\\u{60}") } else { text.to_string() }
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn cut(text: &str, room: usize) -> String {
    match text.char_indices().nth(room) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_sentences_stay_as_they_are() {
        for text in [
            "`x` of `A` is gone",
            "`A.y` has a new value `50%, or more`",
            "the type is any JSON (`serde_json::Value`) now, was `String`",
            "the method `a` is called `b` now: it doesn't matter (2 more), all-in.",
            "",
        ] {
            assert_eq!(running(text), text);
        }
    }

    #[test]
    fn what_github_would_act_on_is_code() {
        for word in ":: @everyone #1 GH-1 owner/repo#1 https://e.com www.e.com a@e.com deadbee and-deadbee \
             1234567 </details> <b> [a](b) ![a](b) **a** _a_ ~~a~~ - + 1. 2) # > ~~~ --- === | :tada: &lt; $x$ \\ \
             a\u{202e}b ÅB-1"
            .split(' ')
        {
            let shown = running(word);
            assert!(shown.starts_with('`') && shown.ends_with('`') && shown.len() > 2, "{word}: {shown}");
        }
        assert_eq!(running("Fixes #1 now"), "Fixes `#1` now");
    }

    #[test]
    fn backticks_of_a_name_end_no_span() {
        assert_eq!(code(""), "`\"\"`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a``"), "``` a`` ```");
        assert_eq!(code(" a "), "`  a  `");
        assert_eq!(code(" "), "` `");
        assert_eq!(code(&"`".repeat(100)), format!("`{}`", "\\u{60}".repeat(100)));
        assert_eq!(code("a\nb\u{1b}"), "`a\\nb\\u{1b}`");
        assert_eq!(running("`a`b` of `A` is @gone"), "`` `a`b` of `A` is @gone ``");
        assert_eq!(running("`a``b`"), "`a` `b`");
        assert_eq!(running("`a`@b`c`"), "`a` `@b` `c`");
    }

    #[test]
    fn a_fence_is_longer_than_those_in_it() {
        assert_eq!(fenced("  ", "toml", "a\n```\n::b\n"), "  ````toml\n  a\n  ```\n  \\u{3a}:b\n  ````\n");
        assert_eq!(fenced("", "text", &"`".repeat(300)).lines().next(), Some("```text"));
    }

    #[test]
    fn what_is_too_long_is_cut() {
        assert!(code(&"x".repeat(10_000)).len() < 450);
        assert!(running(&"`x` ".repeat(10_000)).len() < 2_000);
    }
}
