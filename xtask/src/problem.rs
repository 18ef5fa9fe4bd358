//! What stops a service, told to a person: which file, where in it, why, and what to do about it.

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

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if !self.pointer.is_empty() {
            write!(f, "#{}", self.pointer)?;
        }
        write!(f, ": {}", self.reason)?;
        if !self.remedy.is_empty() {
            write!(f, "\n  help: {}", self.remedy)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
