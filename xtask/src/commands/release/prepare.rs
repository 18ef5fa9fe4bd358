//! What a person decides: how grave a change of a crate is that no document tells of, and that a release is due.

use super::check::changelog_of;
use super::follow::{Moved, follow, goes_on, settle, write};
use super::{level, packages};
use crate::catalog::Layout;
use crate::changelog::Changelog;
use crate::commands::generate::versions::apply;
use crate::problem::Problem;
use crate::versions::{self, Versions};

/// Notes a change of one crate, and raises what depends on it.
pub fn raise(layout: &Layout, change: &str, because: &str) -> Result<Vec<Moved>, Problem> {
    let refused = |reason: String| {
        Problem::new(
            "--raise",
            "",
            reason,
            "write it as `dintero-client=additive`; levels are docs, additive and breaking",
        )
    };
    let (name, word) = change.split_once('=').ok_or_else(|| refused(format!("`{change}` has no level")))?;
    let level = level(word).ok_or_else(|| refused(format!("`{word}` is no level")))?;
    let packages = packages::read(layout)?;
    let package = packages.get(name).filter(|package| package.publish);
    let package = package.ok_or_else(|| refused(format!("no crate `{name}` is published")))?;
    let before = Versions::read(layout)?;
    let mut versions = before.clone();
    if versions.released(name).is_some() {
        versions.raise(name, level);
        let path = changelog_of(layout, package);
        let mut log = Changelog::read(&path, name)?;
        log.note(level, because.trim(), &[]);
        write(&path, &log.text())?;
    }
    settle(layout, &before, versions)
}

/// All that waits becomes a release of this day.
pub fn prepare(layout: &Layout, date: &str) -> Result<Vec<(String, String)>, Problem> {
    if chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_err() {
        return Err(Problem::new("--date", "", format!("`{date}` is no day"), "write it as 2026-12-01"));
    }
    let packages = packages::read(layout)?;
    let mut versions = Versions::read(layout)?;
    follow(&packages, &mut versions);
    let order = packages::in_order(&packages);
    let due = |name: &str| versions.released(name) != Some(&versions.of(name));
    let due: Vec<_> = order.iter().filter(|p| due(&p.name)).map(|p| (*p, versions.of(&p.name))).collect();
    for (package, version) in &due {
        let path = changelog_of(layout, package);
        let mut log = Changelog::read(&path, &package.name)?;
        // What it is made of, at the version that goes out with it.
        for (other, of) in due.iter().filter(|(other, _)| other.name != package.name) {
            if let (Some(level), Some(_)) = (versions.unreleased(&other.name), versions.released(&package.name))
                && let Some(level) = goes_on(other, level, package)
            {
                log.note(level, &format!("`{}` {of}: see its changelog", other.name), &[]);
            }
        }
        log.release(version, date);
        write(&path, &log.text())?;
    }
    due.iter().for_each(|(package, _)| versions.release(&package.name));
    write(&versions::file(layout), &versions.text())?;
    apply(layout, &versions)?;
    Ok(due.into_iter().map(|(package, version)| (package.name.clone(), version)).collect())
}
