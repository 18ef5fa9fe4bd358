//! `cargo xtask drift`: what upstream changed, told without changing anything.

mod documents;
#[cfg(test)]
mod tests;

pub use documents::changes;

use crate::catalog::Layout;
use crate::drift::levels::Level;
use crate::drift::report::{github, json, markdown, text};
use crate::drift::rules;
use crate::problem::Problem;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// What a person can ask of it.
#[derive(Debug, Default, Args)]
pub struct Ask {
    /// Services of specs/catalog.toml; all when none is given
    #[arg(conflicts_with = "old")]
    services: Vec<String>,
    /// Another origin in place of the publisher's, such as http://127.0.0.1:8000
    #[arg(long, value_name = "URL", conflicts_with_all = ["against", "old"])]
    base_url: Option<String>,
    /// For all documents together, with every attempt and wait; 120 when not given
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: Option<u64>,
    /// Documents of this folder instead of the published ones, named as they are pinned or published
    #[arg(long, value_name = "DIR", conflicts_with = "old")]
    against: Option<PathBuf>,
    /// Any two documents, outside the catalog
    #[arg(long, value_name = "FILE", requires = "new")]
    old: Option<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "old")]
    new: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// End with exit code 1 at this level or above; `any` counts documentation and the catalog too
    #[arg(long, value_enum, default_value = "breaking")]
    fail_on: FailOn,
    /// List the rules, with what they mean and their levels
    #[arg(long)]
    rules: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    /// The body of a pull request
    Markdown,
    /// Workflow annotations, and the step summary if GITHUB_STEP_SUMMARY is set
    Github,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum FailOn {
    #[default]
    Breaking,
    Any,
    Never,
}

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
