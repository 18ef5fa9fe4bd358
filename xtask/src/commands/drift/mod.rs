//! `cargo xtask drift`: what upstream changed, told without changing anything.

mod ask;
mod documents;
#[cfg(test)]
mod tests;

pub use ask::Ask;
#[cfg(test)]
pub use documents::changes;

use crate::catalog::Layout;
use crate::drift::levels::Level;
use crate::drift::report::{github, json, markdown, text};
use crate::drift::rules;
use crate::problem::Problem;
use ask::{FailOn, Format};
use std::path::Path;

/// How it ended.
#[derive(Debug, Default)]
pub struct Outcome {
    pub text: String,
    pub problems: Vec<Problem>,
    pub code: u8,
}

const DRIFT: u8 = 1;
const BAD: u8 = 2;
const UNREACHABLE: u8 = 3;

/// Compares and tells; `summary` is the file that a workflow step's summary goes to.
pub fn run(layout: &Layout, ask: &Ask, summary: Option<&Path>) -> Outcome {
    if ask.rules {
        return Outcome { text: rules::table(), ..Outcome::default() };
    }
    let (report, failures) = match documents::report(layout, ask) {
        Ok(done) => done,
        Err(problem) => return Outcome { problems: vec![problem], code: BAD, ..Outcome::default() },
    };
    let unreachable = failures.iter().all(|f| f.unreachable);
    let mut problems: Vec<Problem> = Vec::new();
    for failure in failures {
        if !problems.contains(&failure.problem) {
            problems.push(failure.problem);
        }
    }
    let file_of = |service: &str| match &ask.old {
        Some(old) => old.display().to_string(),
        None => layout.shown(&layout.pinned(service)),
    };
    // What could not be compared is not free of drift.
    let silent = !problems.is_empty() && report.is_empty() && ask.format != Format::Json;
    let told = match ask.format {
        _ if silent => String::new(),
        Format::Text => text::print(&report),
        Format::Json => json::print(&report),
        Format::Markdown => markdown::print(&report),
        Format::Github => github::print(&report, file_of),
    };
    if let Some(path) = summary.filter(|_| ask.format == Format::Github)
        && let Err(problem) = append(path, &markdown::print(&report))
    {
        return Outcome { text: told, problems: vec![problem], code: BAD };
    }
    let code = match ask.fail_on {
        _ if !problems.is_empty() && unreachable => UNREACHABLE,
        _ if !problems.is_empty() => BAD,
        FailOn::Breaking if report.level() == Some(Level::Breaking) => DRIFT,
        FailOn::Any if !report.is_empty() => DRIFT,
        _ => 0,
    };
    Outcome { text: told, problems, code }
}

fn append(path: &Path, text: &str) -> Result<(), Problem> {
    use std::io::Write;
    let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut f| f.write_all(text.as_bytes())).map_err(|e| Problem::io(path, "write the step summary", &e))
}
