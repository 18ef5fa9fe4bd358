//! What stops a service, told to a person: which file, where in it, why, and what to do about it.

use crate::shown::line;
use std::fmt;
use std::path::Path;

/// One message a person can act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file the problem is in, as the user named it.
    pub file: String,
    /// JSON pointer into the document; empty when it concerns the file as a whole.
    pub pointer: String,
    /// Why this cannot be used.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

impl Problem {
    pub fn new(
        file: impl Into<String>,
        pointer: impl Into<String>,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { file: file.into(), pointer: pointer.into(), reason: reason.into(), remedy: remedy.into() }
    }

    /// A file that cannot be read or written.
    pub fn io(path: &Path, what: &str, error: &std::io::Error) -> Self {
        Self::new(
            path.display().to_string(),
            "",
            format!("cannot {what}: {error}"),
            "check that the path exists and may be used",
        )
    }
}

/// Two lines at most: all parts may be made of names of a document.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, pointer, reason, remedy } = self;
        let hash = if pointer.is_empty() { "" } else { "#" };
        write!(f, "{}", line(&format!("{file}{hash}{pointer}: {reason}")))?;
        if !remedy.is_empty() {
            write!(f, "\n{}", line(&format!("  help: {remedy}")))?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// Why a file of ours is no TOML, without the picture of several lines that the parser draws.
pub fn of_toml(error: &toml::de::Error) -> String {
    let text = error.to_string();
    let place = text.lines().next().filter(|line| line.starts_with("TOML parse error at "));
    match place {
        Some(place) => format!("{}: {}", place.trim_start_matches("TOML parse error "), error.message()),
        None => error.message().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_document_says_is_one_line_that_is_not_obeyed() {
        let problem =
            Problem::new("a.yaml", "/x\n::error::y", "`b\r::error::z` ##[error]", "look\n  ::error::w\u{1b}[2J");
        assert_eq!(
            problem.to_string(),
            "a.yaml#/x\\n::error::y: `b\\r::error::z` ##\\u{5b}error]\n  help: look\\n  ::error::w\\u{1b}[2J"
        );
        assert_eq!(Problem::new("::error::a", "", "", "").to_string(), "\\u{3a}:error::a: ");
    }

    #[test]
    fn a_toml_error_is_one_line_with_its_place() {
        let why = of_toml(&toml::from_str::<toml::Table>("a = 1\nb = [").expect_err("no TOML"));
        assert!(why.starts_with("at line 2, column ") && !why.contains('\n'), "{why}");
    }
}
