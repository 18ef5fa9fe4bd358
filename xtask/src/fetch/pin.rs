//! What of a download takes the place of what is pinned, and what a person is told about it.

use super::address::Addresses;
use super::client::{Limits, Now, Sleep, TOTAL};
use super::index;
use super::store::{self, Guard};
use super::{Download, Downloaded, Fetched, INDEX, compare};
use crate::catalog::{Catalog, Document, Layout, Role};
use crate::document;
use crate::lock::{Entry, Index, Lock, Origin, Served, sha256};
use crate::problem::Problem;
use dintero_codegen::drift::report::CatalogDrift;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How a run ended.
#[derive(Debug, Default)]
pub struct Report {
    /// Nothing could be asked, and nothing was changed.
    pub unreachable: bool,
    pub rows: Vec<Row>,
    /// What a person should know, a line each.
    pub notes: Vec<String>,
    pub catalog: Vec<CatalogDrift>,
    pub problems: Vec<Problem>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    pub key: String,
    pub outcome: Outcome,
    /// As transferred.
    pub bytes: usize,
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    New,
    /// It takes the place of our own description.
    Replaced,
    Updated,
    /// Other bytes with the same meaning.
    Layout,
    Unchanged,
    /// A mirror does not have it, and it was never pinned.
    Absent,
    Failed,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Replaced => "published",
            Self::Updated => "updated",
            Self::Layout => "layout only",
            Self::Unchanged => "unchanged",
            Self::Absent => "not there",
            Self::Failed => "failed",
        }
    }
}

/// How a run is bounded, how it waits, and what its clock is.
pub struct Manner {
    pub limits: Limits,
    pub sleep: Sleep,
    pub now: Now,
}

impl Default for Manner {
    fn default() -> Self {
        Self::within(None)
    }
}

impl Manner {
    /// With this many seconds for all documents together.
    pub fn within(seconds: Option<u64>) -> Self {
        let total = Duration::from_secs(seconds.unwrap_or(TOTAL));
        let limits = Limits { total, ..Limits::default() };
        Self { limits, sleep: Box::new(std::thread::sleep), now: Box::new(Instant::now) }
    }
}

/// Fetches the documents of the asked services (the whole catalog when none is asked) and pins them.
pub fn run(
    layout: &Layout,
    guard: &Guard,
    asked: &[String],
    base_url: Option<&str>,
    manner: Manner,
) -> Result<Report, Problem> {
    let catalog = Catalog::read(layout)?;
    let documents = catalog.documents_of(layout, asked)?;
    let mut lock = Lock::of(layout)?;
    let addresses = Addresses::new(&catalog.house.index, base_url)?;
    let known = known(layout, &catalog, &documents, &lock, addresses.mirror().as_deref());
    let download = Download::run(&catalog, &documents, &addresses, &known, manner)?;

    let mut report = Report::default();
    if download.unreachable() {
        report.unreachable = true;
        let failures = download.documents.into_iter().filter_map(|d| d.answer.err());
        for failure in download.index.err().into_iter().chain(failures) {
            if !report.problems.contains(&failure.problem) {
                report.problems.push(failure.problem);
            }
        }
        return Ok(report);
    }
    let mut pinning = Pinning { layout, lock: &mut lock, files: Vec::new(), report, mirrored: addresses.mirror().is_some() };
    pinning.index(&catalog, download.index);
    let mut values = BTreeMap::new();
    for Downloaded { document, answer } in download.documents {
        if let Some(value) = pinning.document(&document, answer) {
            values.insert(document.key(), value);
        }
    }
    let Pinning { mut files, mut report, .. } = pinning;
    // Of documents that the catalog has no longer.
    lock.document.retain(|key, _| catalog.documents.iter().any(|d| d.key() == *key));
    let text = lock.text().into_bytes();
    if std::fs::read(layout.lock()).ok().as_ref() != Some(&text) {
        files.push((layout.lock(), text));
    }
    store::commit(layout, guard, files)?;

    let mut value =
        |key: &str| -> Option<Arc<Value>> { values.remove(key).or_else(|| held(layout, key)) };
    for document in documents {
        report.notes.extend(watched(document, &mut value));
    }
    Ok(report)
}

/// A pinned document, if it is there and can be read.
fn held(layout: &Layout, key: &str) -> Option<Arc<Value>> {
    document::once("", &std::fs::read_to_string(layout.pinned(key)).ok()?).ok()
}

/// What the server may be told that is held already: only what came from the same place, and is still on the disk.
fn known(
    layout: &Layout,
    catalog: &Catalog,
    documents: &[&Document],
    lock: &Lock,
    mirror: Option<&str>,
) -> BTreeMap<String, Served> {
    let whole = |key: &str, entry: &Entry| {
        std::fs::read(layout.pinned(key)).is_ok_and(|bytes| sha256(&bytes) == entry.raw_sha256)
    };
    let mut known = BTreeMap::new();
    for document in documents {
        let key = document.key();
        if let Some(e) = lock.document.get(&key)
            && (e.origin, e.url.as_str(), e.served.mirror.as_deref())
                == (Origin::Published, document.url.as_str(), mirror)
            && whole(&key, e)
        {
            known.insert(key, e.served.clone());
        }
    }
    if let Some(i) = &lock.index
        && (i.url.as_str(), i.served.mirror.as_deref()) == (catalog.house.index.as_str(), mirror)
    {
        known.insert(INDEX.into(), i.served.clone());
    }
    known
}

struct Pinning<'a> {
    layout: &'a Layout,
    lock: &'a mut Lock,
    files: Vec<(PathBuf, Vec<u8>)>,
    report: Report,
    /// Another server stands in for the publisher.
    mirrored: bool,
}

impl Pinning<'_> {
    fn row(&mut self, key: &str, outcome: Outcome, bytes: usize, detail: String) {
        self.report.rows.push(Row { key: key.into(), outcome, bytes, detail });
    }

    fn failed(&mut self, key: &str, problem: Problem) {
        self.row(key, Outcome::Failed, 0, problem.reason.clone());
        self.report.problems.push(problem);
    }

    fn index(&mut self, catalog: &Catalog, answer: Result<Fetched<Vec<String>>, super::Failure>) {
        let listed = match answer {
            Err(failure) => return self.failed("index", failure.problem),
            Ok(Fetched::Same) => {
                let listed = self.lock.index.as_ref().map(|i| i.documents.clone()).unwrap_or_default();
                self.row("index", Outcome::Unchanged, 0, format!("{} documents", listed.len()));
                listed
            }
            Ok(Fetched::New { bytes, value, served }) => {
                let old = self.lock.index.as_ref();
                let outcome = match old.map(|i| i.documents == value) {
                    None => Outcome::New,
                    Some(true) => Outcome::Unchanged,
                    Some(false) => Outcome::Updated,
                };
                let date = old.filter(|_| outcome == Outcome::Unchanged).map_or_else(today, |i| i.date.clone());
                self.row("index", outcome, bytes.len(), format!("{} documents", value.len()));
                self.lock.index =
                    Some(Index { url: catalog.house.index.clone(), date, documents: value.clone(), served });
                value
            }
        };
        self.report.catalog = index::drift(catalog, &listed);
    }

    /// The value, if it came.
    fn document(&mut self, document: &Document, answer: Result<Fetched<Arc<Value>>, super::Failure>) -> Option<Arc<Value>> {
        let key = document.key();
        let (bytes, value, served) = match answer {
            // Who keeps a mirror need not keep what nobody here has had.
            Err(failure)
                if failure.missing
                    && self.mirrored
                    && document.role != Role::Service
                    && !self.lock.document.contains_key(&key) =>
            {
                self.row(&key, Outcome::Absent, 0, "the mirror does not have it, and it was never pinned".into());
                return None;
            }
            Err(failure) => {
                self.failed(&key, failure.problem);
                return None;
            }
            Ok(Fetched::Same) => {
                let detail = self.lock.document.get(&key).map(detail).unwrap_or_default();
                self.row(&key, Outcome::Unchanged, 0, detail);
                return None;
            }
            Ok(Fetched::New { bytes, value, served }) => (bytes, value, served),
        };
        let path = self.layout.pinned(&key);
        let pinned = std::fs::read(&path).ok();
        let mut entry = Entry::of(&document.url, Origin::Published, &today(), &bytes, &value);
        entry.served = served;
        let old = self.lock.document.get(&key);
        let published = old.filter(|old| old.origin == Origin::Published);
        let outcome = match (&pinned, published) {
            (None, _) => Outcome::New,
            (Some(_), None) => Outcome::Replaced,
            (Some(pinned), Some(_)) if *pinned == bytes => Outcome::Unchanged,
            (Some(_), Some(old)) if old.canonical_sha256 == entry.canonical_sha256 => Outcome::Layout,
            (Some(_), Some(_)) => Outcome::Updated,
        };
        if let (Some(old), Outcome::Unchanged) = (published, outcome) {
            entry.date = old.date.clone();
        }
        if let (Some(old), Some(pinned)) = (published, &pinned)
            && sha256(pinned) != old.raw_sha256
        {
            self.report.notes.push(format!(
                "{}: was edited by hand; the published document is back. Corrections belong into specs/overlays",
                self.layout.shown(&path)
            ));
        }
        let before = pinned.as_deref().and_then(|b| document::once("", std::str::from_utf8(b).ok()?).ok());
        if let Some(before) = before.filter(|_| matches!(outcome, Outcome::Replaced | Outcome::Updated)) {
            let whose = if outcome == Outcome::Replaced { "our description" } else { "the document before" };
            let (gone, come) = (compare::only_in(&before, &value), compare::only_in(&value, &before));
            let list = |what: &str, operations: &[compare::Operation]| match operations {
                [] => None,
                some => {
                    let names: Vec<String> = some.iter().map(ToString::to_string).collect();
                    Some(format!("{key}: only in {what}: {}", names.join(", ")))
                }
            };
            let lines = [list(whose, &gone), list("the published document", &come)];
            self.report.notes.extend(lines.into_iter().flatten());
        }
        self.row(&key, outcome, bytes.len(), detail(&entry));
        if pinned.as_ref() != Some(&bytes) {
            self.files.push((path, bytes));
        }
        self.lock.document.insert(key, entry);
        Some(value)
    }
}

fn today() -> String {
    chrono::Utc::now().date_naive().to_string()
}

fn detail(entry: &Entry) -> String {
    let version = if entry.version.is_empty() { String::new() } else { format!(", version {}", entry.version) };
    format!("{} operations, {} schemas, OpenAPI {}{version}", entry.operations, entry.schemas, entry.openapi)
}

/// What only an older copy has, and a placeholder that became something else.
fn watched(document: &Document, value: &mut dyn FnMut(&str) -> Option<Arc<Value>>) -> Option<String> {
    let key = document.key();
    match document.role {
        Role::Service => None,
        Role::OlderCopy => {
            let (old, service) = (value(&key)?, value(&document.service)?);
            let only = compare::only_in(&old, &service);
            let names: Vec<String> = only.iter().map(ToString::to_string).collect();
            (!names.is_empty())
                .then(|| format!("{key}: only this older copy of `{}` has {}", document.service, names.join(", ")))
        }
        Role::Placeholder => {
            let found = value(&key)?;
            let title = compare::no_sample(&found, document.sample.as_deref())?;
            Some(format!(
                "{key}: is no longer the platform's sample but `{title}`; give it the role service in specs/catalog.toml if it is Dintero's"
            ))
        }
    }
}
