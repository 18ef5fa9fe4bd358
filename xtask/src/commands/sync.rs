//! `cargo xtask sync`: fetch, generate, and what that means for the crates and their next version.

use super::fetch::{UNREACHABLE, tell};
use super::{drift, generate, release};
use crate::catalog::{Catalog, Document, Layout, crate_name};
use crate::document;
use crate::drift::Change;
use crate::drift::levels::{Level, gravest};
use crate::emit::operations::{self, Method};
use crate::fetch::pin::{self, Manner, Report};
use crate::fetch::store;
use crate::gate::Received;
use crate::lock::{Lock, Origin};
use crate::names_lock::Names;
use crate::problem::Problem;
use crate::shown::line;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;

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
#[derive(Debug, PartialEq, Eq)]
pub struct Changed {
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

pub fn command(
    layout: &Layout,
    services: &[String],
    base_url: Option<&str>,
    timeout: Option<u64>,
    offline: bool,
) -> Result<ExitCode, Problem> {
    let from = match offline {
        true => From::Disk,
        false => From::Publisher { base_url, manner: Manner::within(timeout) },
    };
    if offline {
        println!("{}", pinned(&Lock::of(layout)?));
    }
    let synced = run(layout, services, from)?;
    if let Some(report) = &synced.report {
        tell(report);
        if report.unreachable {
            return Ok(UNREACHABLE.into());
        }
    }
    synced.generated.obsolete.iter().for_each(|problem| eprintln!("warning: {problem}"));
    for problem in &synced.generated.problems {
        eprintln!("error: {problem}");
    }
    print!("{}", text(&synced));
    let failed = synced.report.iter().any(|r| !r.problems.is_empty()) || !synced.generated.problems.is_empty();
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
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
    let (tables_before, documents_before) = (tables(layout), documents(layout, &asked_services));
    let report = match from {
        From::Disk => None,
        From::Publisher { base_url, manner } => Some(pin::run(layout, &guard, asked, base_url, manner)?),
    };
    if report.as_ref().is_some_and(|r| r.unreachable) {
        return Ok(Synced { report, ..Synced::default() });
    }
    let generated = generate::run(layout, asked, false)?;
    let (tables, documents) = (tables(layout), documents(layout, &asked_services));

    let mut names: BTreeMap<String, &str> =
        catalog.services().map(|d| (crate_name(&d.service), d.service.as_str())).collect();
    names.extend(tables_before.keys().filter(|name| !tables.contains_key(*name)).map(|name| (name.clone(), "")));
    let none = Vec::new();
    let mut services = Vec::new();
    for (name, service) in names {
        let dir = layout.shown(&layout.services().join(&name));
        if !generated.changed.iter().any(|file| *file == dir || file.starts_with(&format!("{dir}/"))) {
            continue;
        }
        let methods = |tables: &BTreeMap<String, Vec<Method>>| tables.get(&name).unwrap_or(&none).clone();
        let mut changed = changed(&name, &methods(&tables_before), &methods(&tables));
        if let (Some(before), Some(now)) = (documents_before.get(service), documents.get(service)) {
            let changes = meaning(layout, &catalog, service, before, now);
            changed.step = gravest(changes.iter().map(|c| c.level).chain([changed.step])).unwrap_or(changed.step);
            changed.changes = changes.into_iter().filter(|c| c.level > Level::Docs).collect();
        }
        services.push(changed);
    }
    let moved = release::after_sync(layout, &services)?;
    Ok(Synced { report, generated, services, moved })
}

/// The pinned documents that can be read.
fn documents(layout: &Layout, services: &[&Document]) -> BTreeMap<String, Value> {
    let read = |d: &&Document| Some((d.service.clone(), document::read(&layout.pinned(&d.service)).ok()?));
    services.iter().filter_map(read).collect()
}

/// What the drift check says of the two; of what cannot be lowered nothing, since that is told as a problem already.
fn meaning(layout: &Layout, catalog: &Catalog, service: &str, before: &Value, now: &Value) -> Vec<Change> {
    let path = layout.names(service);
    let Ok(names) = Names::read(&path, &layout.shown(&path)) else { return Vec::new() };
    let file = layout.shown(&layout.pinned(service));
    let of = |doc: &Value| (file.as_str(), Received::new(doc.clone()));
    drift::changes(service, of(before), of(now), &catalog.policy(), names).unwrap_or_default()
}

/// The methods of every generated crate, by its name.
fn tables(layout: &Layout) -> BTreeMap<String, Vec<Method>> {
    let Ok(entries) = std::fs::read_dir(layout.services()) else { return BTreeMap::new() };
    let table = |entry: std::fs::DirEntry| {
        let text = std::fs::read_to_string(entry.path().join("src/operations.rs")).ok()?;
        Some((entry.file_name().to_string_lossy().to_string(), operations::read(&text)))
    };
    entries.flatten().filter_map(table).collect()
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

/// The summary.
fn text(synced: &Synced) -> String {
    let mut out = String::new();
    let mut put = |text: String| {
        out.push_str(&line(&text));
        out.push('\n');
    };
    for Changed { service, added, removed, renamed, step, changes } in &synced.services {
        put(format!("{service}: {}", step.word()));
        added.iter().for_each(|m| put(format!("  + {}  {}", m.name, m.call)));
        removed.iter().for_each(|m| put(format!("  - {}  {}", m.name, m.call)));
        renamed.iter().for_each(|(old, m)| put(format!("  ~ {old} -> {}  {}", m.name, m.call)));
        for Change { level, message, pointer_new, .. } in changes {
            put(format!("  {}: {message}  {pointer_new}", level.word()));
        }
    }
    match synced.services.len() {
        0 => out.push_str("the crates are up to date\n"),
        n => {
            let _ = writeln!(out, "{n} crates changed");
        }
    }
    for moved in &synced.moved {
        let _ = writeln!(out, "{moved}");
    }
    out
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
