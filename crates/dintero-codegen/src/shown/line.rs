//! A line of a terminal or of a log.

/// The beginnings of what a workflow's runner takes for a command: this one at the start of a line, after blanks ...
pub const COMMAND: &str = "::";
/// ... and this one anywhere.
pub const OLD_COMMAND: &str = "##[";

/// Not drawn, and none of the categories that Rust calls not printable: fillers and variation selectors.
const UNSEEN: [(char, char); 9] = [
    ('\u{34f}', '\u{34f}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{e0100}', '\u{e01ef}'),
];

/// One line, whatever the text: what cannot be seen is written out, and no runner takes it for a command.
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match is_hidden(c) {
            true if c.is_ascii() => out.extend(c.escape_default()),
            true => out.extend(c.escape_unicode()),
            false => out.push(c),
        }
    }
    if out.contains(OLD_COMMAND) {
        out = out.replace(OLD_COMMAND, "##\\u{5b}");
    }
    let blanks = out.len() - out.trim_start().len();
    if out[blanks..].starts_with(COMMAND) {
        out.replace_range(blanks..=blanks, "\\u{3a}");
    }
    out
}

/// Text whose line breaks are its own, each line by itself and all but the first behind the indent.
pub fn lines(text: &str, indent: &str) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join(&format!("\n{indent}"))
}

/// Whether a reader would not see it: control, format, separator, private and unassigned characters, odd blanks.
pub fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    if UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&c)) {
        return true;
    }
    // Rust's own table of what is printable. Behind a letter, accents are not escaped.
    let mut room = [b'a'; 5];
    let length = 1 + c.encode_utf8(&mut room[1..]).len();
    std::str::from_utf8(&room[..length]).is_ok_and(|text| text.escape_debug().nth(1) == Some('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(line("a\nb\r\n\tc\u{1b}[31m\0"), "a\\nb\\r\\n\\tc\\u{1b}[31m\\u{0}");
        assert_eq!(line("a\u{202e}b\u{200b}\u{2028}\u{feff}\u{ad}"), "a\\u{202e}b\\u{200b}\\u{2028}\\u{feff}\\u{ad}");
        for plain in ["`a` of \"B\" \\d+ is gone, æøå ε 試 e\u{301}", "JSON (`serde_json::Value`)", "#[attribute]"]
        {
            assert_eq!(line(plain), plain);
        }
    }

    #[test]
    fn every_format_and_separator_character_counts_as_hidden() {
        // Cc, Zl, Zp and Cf of Unicode 16.
        let ranges = [
            (0, 0x1f),
            (0x7f, 0x9f),
            (0xad, 0xad),
            (0x600, 0x605),
            (0x61c, 0x61c),
            (0x6dd, 0x6dd),
            (0x70f, 0x70f),
            (0x890, 0x891),
            (0x8e2, 0x8e2),
            (0x180e, 0x180e),
            (0x200b, 0x200f),
            (0x2028, 0x202e),
            (0x2060, 0x2064),
            (0x2066, 0x206f),
            (0xfeff, 0xfeff),
            (0xfff9, 0xfffb),
            (0x110bd, 0x110bd),
            (0x110cd, 0x110cd),
            (0x13430, 0x1343f),
            (0x1bca0, 0x1bca3),
            (0x1d173, 0x1d17a),
            (0xe0001, 0xe0001),
            (0xe0020, 0xe007f),
        ];
        for c in ranges.into_iter().flat_map(|(first, last)| first..=last).filter_map(char::from_u32) {
            assert!(is_hidden(c), "{c:?}");
        }
    }

    #[test]
    fn no_line_is_a_command_of_the_runner() {
        assert_eq!(line("::error::x"), "\\u{3a}:error::x");
        assert_eq!(line("  ::add-mask::x"), "  \\u{3a}:add-mask::x");
        assert_eq!(line("a ###[error]x ##[group]"), "a ###\\u{5b}error]x ##\\u{5b}group]");
        // Blanks that a runner trims as well.
        assert!(!line("\u{3000}::error::x").trim_start().starts_with(COMMAND));
        assert_eq!(lines("a\n::error::x\nb", "  "), "a\n  \\u{3a}:error::x\n  b");
    }
}
