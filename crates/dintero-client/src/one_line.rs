//! Text from outside, as it is shown to people: in one line, with what steers a terminal or turns the order of writing
//! around as `\n`, `\u{1b}` and the like.

use std::fmt::{self, Write};

/// Whether a character would not be shown as itself.
fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text in one line.
pub(crate) fn one_line(text: String) -> String {
    if !text.contains(is_odd) {
        return text;
    }
    let mut line = String::with_capacity(text.len() + 8);
    // A `String` refuses nothing.
    let _ = OneLine(&mut line).write_str(&text);
    line
}

/// Writes what it is given in one line.
pub(crate) struct OneLine<'a, W>(pub(crate) &'a mut W);

impl<W: fmt::Write> fmt::Write for OneLine<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some((at, odd)) = rest.char_indices().find(|(_, c)| is_odd(*c)) {
            self.0.write_str(&rest[..at])?;
            write!(self.0, "{}", odd.escape_default())?;
            rest = &rest[at + odd.len_utf8()..];
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_not_be_shown_is_written_out() {
        assert_eq!(one_line("plain å 😀".into()), "plain å 😀");
        assert_eq!(one_line("a\r\nb\u{1b}[2J\u{0}\u{202e}\u{85}c".into()), "a\\r\\nb\\u{1b}[2J\\u{0}\\u{202e}\\u{85}c");
        assert_eq!(one_line("\n".into()), "\\n");
    }
}
