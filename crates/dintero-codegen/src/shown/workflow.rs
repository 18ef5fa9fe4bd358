//! The parts of a workflow command that we print ourselves.

use super::line;

/// An annotation on a file, or on none if it is empty; each of the lines is one.
pub fn annotation(kind: &str, title: &str, file: &str, lines: &[String]) -> String {
    let file = if file.is_empty() { String::new() } else { format!(",file={}", property(file)) };
    let lines: Vec<String> = lines.iter().map(|text| line(text)).collect();
    format!("::{kind} title={}{file}::{}\n", property(title), data(&lines.join("\n")))
}

/// As workflow commands want it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(&line(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_ends_the_command_or_begins_another() {
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
        assert_eq!(
            annotation("error", "a,file=b::x", "", &["50%\n::error::y".into(), "##[error]z".into()]),
            "::error title=a%2Cfile=b%3A%3Ax::50%25\\n::error::y%0A##\\u{5b}error]z\n"
        );
    }
}
