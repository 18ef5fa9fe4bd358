//! JSON for a program.
//!
//! It may pass through a log on its way: its text has nothing hidden and no runner command, and the data stays.

use super::line::{OLD_COMMAND, is_hidden};
use serde::Serialize;

/// The value, with a line break at its end.
pub fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default().replace(OLD_COMMAND, "##\\u005b");
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        // Of the hidden ones only line breaks stand outside strings.
        match is_hidden(c) && c != '\n' {
            true => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
            false => out.push(c),
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_data_is_the_same_and_the_text_is_not_obeyed() {
        let value =
            json!({"##[error]x": "\u{1b}[31m\u{7f}\u{202e}\u{e0041}\n::error::y", "a": [], "b": ["::error::z"]});
        let text = super::json(&value);
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(value));
        assert!(!text.contains(OLD_COMMAND) && text.chars().all(|c| c == '\n' || !is_hidden(c)), "{text}");
        assert!(text.lines().all(|l| !l.trim_start().starts_with("::")), "{text}");
    }
}
