//! `cargo xtask release`: which crates would be published, in which order, and what is missing for it; then the steps of
//! a release. In this order: raise, check, prepare, tag, publish.

mod check;
mod follow;
mod packages;
mod prepare;
mod publish;
mod registry;
#[cfg(test)]
mod tests;

pub use follow::{Moved, after_sync};

use crate::catalog::Layout;
use crate::drift::levels::Level;
use crate::problem::Problem;
use std::process::ExitCode;

#[derive(clap::Args)]
#[group(skip)]
#[command(group(clap::ArgGroup::new("step").required(true).args(["check", "raise", "prepare", "publish"])))]
pub struct Ask {
    /// What would be published, in which order, and what is missing; changes nothing. Exit code 1 when something is
    #[arg(long)]
    check: bool,
    /// Note a change of a crate that is written by hand, such as `dintero-client=breaking`, with `--because`
    #[arg(long, value_name = "CRATE=LEVEL", requires = "because")]
    raise: Option<String>,
    /// What the change is for who uses the crate
    #[arg(long, value_name = "WORDS", requires = "raise")]
    because: Option<String>,
    /// What waits becomes a release of this day: versions, changelogs, README. Commit and tag the result
    #[arg(long)]
    prepare: bool,
    /// The day of the release, `YYYY-MM-DD`; today when not given
    #[arg(long, requires = "prepare")]
    date: Option<String>,
    /// Publish what the registry does not have yet. May be run again after any failure
    #[arg(long)]
    publish: bool,
    /// Also crates that the registry does not know at all, which takes a token of a person
    #[arg(long, requires = "publish")]
    first: bool,
    /// Show what would be run
    #[arg(long, requires = "publish")]
    dry_run: bool,
    /// With --check: ask the registry which versions are there
    #[arg(long, requires = "check")]
    online: bool,
    /// The sparse index of the registry
    #[arg(long, value_name = "URL", default_value = registry::INDEX)]
    index: String,
}

pub fn command(layout: &Layout, ask: &Ask) -> Result<ExitCode, Problem> {
    if let Some(change) = &ask.raise {
        let moved = prepare::raise(layout, change, ask.because.as_deref().unwrap_or_default())?;
        moved.iter().for_each(|moved| println!("{moved}"));
        if moved.is_empty() {
            println!("no version moves: it has taken that step already, or was never released");
        }
        return Ok(ExitCode::SUCCESS);
    }
    if ask.prepare {
        let date = ask.date.clone().unwrap_or_else(|| chrono::Utc::now().format("%Y-%m-%d").to_string());
        let released = prepare::prepare(layout, &date)?;
        released.iter().for_each(|(name, version)| println!("{name} {version}"));
        match released.is_empty() {
            true => println!("nothing waits for a release"),
            false => println!("commit this, then `git tag release-{date}` and push the tag"),
        }
        return Ok(ExitCode::SUCCESS);
    }
    if ask.publish {
        return publish::run(layout, &ask.index, ask.first, ask.dry_run);
    }
    let report = check::run(layout, ask.online.then_some(ask.index.as_str()))?;
    print!("{}", report.text());
    report.missing.iter().for_each(|problem| eprintln!("error: {problem}"));
    Ok(if report.missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A level by its word.
fn level(word: &str) -> Option<Level> {
    [Level::Docs, Level::Additive, Level::Breaking].into_iter().find(|level| level.word() == word)
}
