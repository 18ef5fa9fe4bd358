//! What a person can ask of it.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What a person can ask of it.
#[derive(Debug, Default, Args)]
pub struct Ask {
    /// Services of specs/catalog.toml; all when none is given
    #[arg(conflicts_with = "old")]
    pub services: Vec<String>,
    /// Another origin in place of the publisher's, such as http://127.0.0.1:8000
    #[arg(long, value_name = "URL", conflicts_with_all = ["against", "old"])]
    pub base_url: Option<String>,
    /// For all documents together, with every attempt and wait; 120 when not given
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
    /// Documents of this folder instead of the published ones, named as they are pinned or published
    #[arg(long, value_name = "DIR", conflicts_with = "old")]
    pub against: Option<PathBuf>,
    /// Any two documents, outside the catalog
    #[arg(long, value_name = "FILE", requires = "new")]
    pub old: Option<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "old")]
    pub new: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// End with exit code 1 at this level or above; `any` counts documentation and the catalog too
    #[arg(long, value_enum, default_value = "breaking")]
    pub fail_on: FailOn,
    /// List the rules, with what they mean and their levels
    #[arg(long)]
    pub rules: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Text,
    Json,
    /// The body of a pull request
    Markdown,
    /// Workflow annotations, and the step summary if GITHUB_STEP_SUMMARY is set
    Github,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    #[default]
    Breaking,
    Any,
    Never,
}
