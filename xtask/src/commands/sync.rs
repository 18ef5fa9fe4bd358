//! `cargo xtask sync`: fetch, generate, and what that means for the crates and their next version.

mod decide;
mod told;
pub mod verify;

use super::fetch::UNREACHABLE;
use super::{generate, release};
use crate::catalog::{Catalog, Document, Layout, crate_name};
use crate::document;
use crate::drift::Change;
use crate::drift::levels::{Level, gravest};
use crate::emit::operations::{self, Method};
use crate::fetch::pin::{self, Manner, Report};
use crate::fetch::store;
use crate::lock::{Lock, Origin};
use crate::problem::Problem;
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What a person can ask of it.
#[derive(Debug, Default, Args)]
pub struct Ask {
    /// Services of specs/catalog.toml; all when none is given
    pub services: Vec<String>,
    /// Another origin in place of the publisher's, such as http://127.0.0.1:8000
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// For all documents together, with every attempt and wait; 120 when not given
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
    /// From the pinned documents; nothing is downloaded
    #[arg(long, conflicts_with = "base_url")]
    pub offline: bool,
    /// Afterwards compile everything, run the suite of what changed, the examples and the doctests, and tell what stands
    #[arg(long)]
    pub verify: bool,
    /// Write the body of a pull request (body.markdown) and its level into this folder
    #[arg(long, value_name = "DIR")]
    pub pull_request: Option<PathBuf>,
}

/// Where the documents come from.
pub enum From<'a> {
    Publisher {
        base_url: Option<&'a str>,
        manner: Manner,
    },
    /// What is pinned.
    Disk,
}

/// How a sync ended.
#[derive(Debug, Default)]
pub struct Synced {
    /// None when offline.
    pub report: Option<Report>,
    pub generated: generate::Outcome,
    pub services: Vec<Changed>,
    /// The crates whose next release is another version for it.
    pub moved: Vec<release::Moved>,
}

/// What became of one crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The crate.
    pub service: String,
    pub added: Vec<Method>,
    pub removed: Vec<Method>,
    /// The name before, and the method now.
    pub renamed: Vec<(String, Method)>,
    /// What the change asks of the version.
    pub step: Level,
    /// What breaks callers or adds to what they have, in the document's own terms.
    pub changes: Vec<Change>,
}

impl Synced {
    /// Whether a document or a crate could not follow.
    pub fn failed(&self) -> bool {
        !self.refused().is_empty()
    }

    /// What could not follow, and why.
    pub fn refused(&self) -> Vec<&Problem> {
        let fetched = self.report.iter().flat_map(|report| &report.problems);
        fetched.chain(&self.generated.problems).collect()
    }

    pub fn level(&self) -> Option<Level> {
        gravest(self.services.iter().map(|s| s.step))
    }
}

pub fn command(layout: &Layout, ask: &Ask) -> Result<ExitCode, Problem> {
    let from = match ask.offline {
        true => From::Disk,
        false => From::Publisher { base_url: ask.base_url.as_deref(), manner: Manner::within(ask.timeout) },
    };
    if ask.offline {
        println!("{}", pinned(&Lock::of(layout)?));
    }
    let synced = run(layout, &ask.services, from)?;
    if synced.report.as_ref().is_some_and(|report| report.unreachable) {
        synced.refused().iter().for_each(|problem| eprintln!("error: {problem}"));
        println!("nothing could be reached, and nothing was changed");
        return Ok(UNREACHABLE.into());
    }
    print!("{}", told::text(&synced));
    let stands = match ask.verify {
        true => {
            let catalog = Catalog::read(layout)?;
            let changed: Vec<String> = catalog
                .services()
                .map(|d| d.service.clone())
                .filter(|service| synced.services.iter().any(|c| c.service == crate_name(service)))
                .collect();
            Some(verify::run(layout, &changed)?)
        }
        false => None,
    };
    if let Some(stands) = &stands {
        print!("\n{}", verify::text(stands));
    }
    if let Some(dir) = &ask.pull_request {
        write(dir, "body.markdown", &told::markdown(&synced, stands.as_deref()))?;
        write(dir, "level", &format!("{}\n", synced.level().unwrap_or(Level::Docs).word()))?;
    }
    let stands = stands.as_ref().is_none_or(|rows| rows.iter().all(|row| row.verdict != verify::Verdict::Failed));
    Ok(if synced.failed() || !stands { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn write(dir: &Path, name: &str, text: &str) -> Result<(), Problem> {
    let path = dir.join(name);
    let written = std::fs::create_dir_all(dir).and_then(|()| std::fs::write(&path, text));
    written.map_err(|e| Problem::io(&path, "write what the pull request says", &e))
}

/// What an offline run works from.
fn pinned(lock: &Lock) -> String {
    let own = lock.document.values().filter(|e| e.origin == Origin::Snapshot).count();
    let fetched = lock.document.values().filter(|e| e.origin == Origin::Published);
    let (count, last) = (fetched.clone().count(), fetched.map(|e| e.date.as_str()).max());
    let last = last.map(|date| format!(" (the last on {date})")).unwrap_or_default();
    format!(
        "offline: from the pinned documents, {count} fetched{last} and {own} our own description; nothing is downloaded"
    )
}

/// Brings specs/pinned and the crates of the asked services (all when none is asked) up to date.
pub fn run(layout: &Layout, asked: &[String], from: From<'_>) -> Result<Synced, Problem> {
    let guard = store::lock(layout)?;
    let catalog = Catalog::read(layout)?;
    let asked_services = catalog.select(layout, asked)?;
    let (tables_before, texts) = (tables(layout), texts(layout, &asked_services));
    let report = match from {
        From::Disk => None,
        From::Publisher { base_url, manner } => Some(pin::run(layout, &guard, asked, base_url, manner)?),
    };
    if report.as_ref().is_some_and(|r| r.unreachable) {
        return Ok(Synced { report, ..Synced::default() });
    }
    let before = others(layout, texts);
    let mut generated = generate::since(layout, asked, false, &before)?;

    let mut names: BTreeMap<String, &str> =
        catalog.services().map(|d| (crate_name(&d.service), d.service.as_str())).collect();
    names.extend(tables_before.keys().filter(|name| !layout.services().join(name).exists()).map(|n| (n.clone(), "")));
    let mut services = Vec::new();
    for (name, service) in names {
        let dir = layout.shown(&layout.services().join(&name));
        if !generated.changed.iter().any(|file| *file == dir || file.starts_with(&format!("{dir}/"))) {
            continue;
        }
        let methods = |table: Option<&String>| table.map(|text| operations::read(text)).unwrap_or_default();
        let mut changed = changed(&name, &methods(tables_before.get(&name)), &methods(table(layout, &name).as_ref()));
        if let Some(Ok(changes)) = generated.drift.get(service) {
            changed.step = gravest(changes.iter().map(|c| c.level).chain([changed.step])).unwrap_or(changed.step);
            changed.changes = changes.iter().filter(|c| c.level > Level::Docs).cloned().collect();
        }
        services.push(changed);
    }
    generated.drift.retain(|_, drift| !matches!(drift, Ok(changes) if changes.is_empty()));
    let moved = release::after_sync(layout, &services)?;
    Ok(Synced { report, generated, services, moved })
}

/// The pinned documents, as they lie there.
fn texts(layout: &Layout, services: &[&Document]) -> BTreeMap<String, String> {
    let read = |d: &&Document| Some((d.service.clone(), std::fs::read_to_string(layout.pinned(&d.service)).ok()?));
    services.iter().filter_map(read).collect()
}

/// Those that are others now, and could be read.
fn others(layout: &Layout, texts: BTreeMap<String, String>) -> generate::Before {
    let is_other = |(service, text): &(String, String)| {
        std::fs::read(layout.pinned(service)).is_ok_and(|now| now != text.as_bytes())
    };
    let read = |(service, text): (String, String)| Some((service, document::once("", &text).ok()?));
    texts.into_iter().filter(is_other).filter_map(read).collect()
}

/// The text of the operation table of every generated crate, by its name.
fn tables(layout: &Layout) -> BTreeMap<String, String> {
    let Ok(entries) = std::fs::read_dir(layout.services()) else { return BTreeMap::new() };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().to_string());
    names.filter_map(|name| table(layout, &name).map(|text| (name, text))).collect()
}

fn table(layout: &Layout, name: &str) -> Option<String> {
    std::fs::read_to_string(layout.services().join(name).join("src/operations.rs")).ok()
}

fn changed(service: &str, before: &[Method], after: &[Method]) -> Changed {
    let find = |list: &[Method], call: &str| list.iter().find(|m| m.call == call).cloned();
    let mut renamed = Vec::new();
    let mut added = Vec::new();
    for method in after {
        match find(before, &method.call) {
            Some(old) if old.name != method.name => renamed.push((old.name, method.clone())),
            Some(_) => {}
            None => added.push(method.clone()),
        }
    }
    let removed: Vec<Method> = before.iter().filter(|m| find(after, &m.call).is_none()).cloned().collect();
    let step = match (removed.is_empty() && renamed.is_empty(), added.is_empty()) {
        (false, _) => Level::Breaking,
        (true, false) => Level::Additive,
        (true, true) => Level::Docs,
    };
    Changed { service: service.into(), added, removed, renamed, step, changes: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::Entry;

    fn method(name: &str, call: &str) -> Method {
        Method { name: name.into(), call: call.into() }
    }

    #[test]
    fn methods_are_told_apart_by_what_they_call() {
        let before = [method("list_a", "GET /a"), method("get_b", "GET /b"), method("gone", "GET /c")];
        let after = [method("list_a", "GET /a"), method("fetch_b", "GET /b"), method("create_a", "POST /a")];
        let both = changed("dintero-x", &before, &after);
        assert_eq!(both.added, [method("create_a", "POST /a")]);
        assert_eq!(both.removed, [method("gone", "GET /c")]);
        assert_eq!(both.renamed, [("get_b".to_string(), method("fetch_b", "GET /b"))]);
        assert_eq!(both.step, Level::Breaking);
        assert_eq!(changed("dintero-x", &before[..1], &before).step, Level::Additive);
        assert_eq!(changed("dintero-x", &before, &before).step, Level::Docs);
    }

    #[test]
    fn offline_says_what_it_works_from() {
        let entry = |origin, date| Entry::of("u", origin, date, b"", &serde_json::json!({}));
        let mut lock = Lock::default();
        lock.document.insert("a".into(), entry(Origin::Published, "2026-11-30"));
        lock.document.insert("b".into(), entry(Origin::Published, "2026-12-01"));
        lock.document.insert("c".into(), entry(Origin::Snapshot, "2026-11-22"));
        assert_eq!(
            pinned(&lock),
            "offline: from the pinned documents, 2 fetched (the last on 2026-12-01) and 1 our own description; nothing is downloaded"
        );
    }
}
