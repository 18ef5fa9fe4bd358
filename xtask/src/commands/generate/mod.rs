//! `cargo xtask generate`: from pinned documents to crates. A crate is written whole or not at all.

mod cargo_lock;
mod compared;
mod events;
mod glue;
mod lifecycle;
mod made;
mod one;
mod payloads;
mod progress;
mod stamp;
mod suites;
#[cfg(test)]
pub mod tests;
mod uses;
pub mod versions;
mod writer;

pub use one::from_spec;

use super::{lowered_of, pinned};
use crate::api::Api;
use crate::api::surface::Surface;
use crate::catalog::{Catalog, Layout, crate_name, package_name};
use crate::drift::Change;
use crate::emit::enums::Enums;
use crate::emit::judge;
use crate::emit::package::Home;
use crate::emit::{self, Emitted, webhook};
use crate::gate::Received;
use crate::lock::Lock;
use crate::overlay;
use crate::pool;
use crate::problem::Problem;
use crate::versions::{FIRST, Versions};
use dintero_codegen::thread::{self, guarded};
use made::Made;
use progress::Progress;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use writer::Writer;

/// How the run ended.
#[derive(Debug, Default)]
pub struct Outcome {
    pub problems: Vec<Problem>,
    /// What is written by hand and no longer fits the documents, and actions of overlays that are no longer needed. What
    /// depends on it is left out; it stops nothing.
    pub obsolete: Vec<Problem>,
    /// Files that were written, or with `check` would have been.
    pub changed: Vec<String>,
    /// By service, what changed since the documents before: of those that are others now.
    pub drift: BTreeMap<String, Result<Vec<Change>, Problem>>,
}

/// Documents as they stood before, by service.
pub type Before = BTreeMap<String, Arc<Value>>;

/// Generates the asked services (all when none is asked) and the glue.
pub fn run(layout: &Layout, asked: &[String], check: bool) -> Result<Outcome, Problem> {
    since(layout, asked, check, &Before::new())
}

/// The same, and what changed since these documents: each is lowered once for both.
pub fn since(layout: &Layout, asked: &[String], check: bool, before: &Before) -> Result<Outcome, Problem> {
    let catalog = Catalog::read(layout)?;
    let begin = stamp::Begin::of(layout, &catalog);
    // A check makes everything, and so does who asks for a comparison.
    if !check
        && asked.is_empty()
        && before.is_empty()
        && let Some(outcome) = begin.same()
    {
        return Ok(outcome);
    }
    let mut selected = catalog.select(layout, asked)?;
    // The largest first, so that no thread is left with it at the end.
    let size = |service: &str| std::fs::metadata(layout.pinned(service)).map_or(0, |m| m.len());
    selected.sort_by_key(|entry| std::cmp::Reverse(size(&entry.service)));
    let known_versions = Versions::read(layout)?;
    let home = |service: &str| Home {
        workspace: true,
        fixture: false,
        version: known_versions.of(&crate_name(service)),
        crates: "../..".into(),
        reference: &catalog.house.reference,
        hosts: &[],
    };
    let used = Mutex::new(uses::Table::of(layout));
    let bar = Progress::new(selected.len());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let source = |service: &str| layout.shown(&layout.pinned(service));
    let results = pool::each(thread::NAME, workers, &selected, |entry| {
        let source = source(&entry.service);
        let made = guarded(&source, || {
            let (shown, doc) = pinned(layout, &entry.service)?;
            let mut received = Received::new((*doc).clone());
            let mut applied = overlay::apply(layout, &entry.service, &mut received)?;
            let corrections = std::mem::take(&mut applied.corrections);
            let other = before.get(&entry.service).filter(|old| !Arc::ptr_eq(old, &doc) && **old != doc);
            let kept = other.map(|old| (old, received.clone()));
            let (mut service, names) = lowered_of(layout, &catalog, entry, &shown, received, applied)?;
            let api = Api::of(&service, &catalog.policy())?;
            let surface = Surface::of(&service, &api);
            if !service.page.is_empty() {
                let file = layout.shown(&layout.page(&entry.service));
                let mut table = used.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(unfit) = uses::page(&mut table, &file, &service.page, &entry.service, &surface) {
                    service.obsolete.push(unfit);
                    service.page.clear();
                }
            }
            let Emitted { mut files, suite, without } = emit::run(&service, &api, &source, &home(&entry.service))?;
            made::tell_without(&mut service, &without);
            versions::changelog(layout, &entry.service, &mut files)?;
            let is_judged = catalog.house.judged.contains(&entry.service);
            let judge =
                is_judged.then(|| judge::run(&service, &source, &catalog.house.account_parameters)).transpose()?;
            let (service, drift) = match kept {
                None => (service, None),
                Some((old, received)) => {
                    let (service, found) = compared::run(layout, &catalog, &shown, old, (received, service, &api))?;
                    (service, Some(found))
                }
            };
            Ok(Made { service, names, files, suite, judge, surface, corrections, drift })
        });
        bar.done(&entry.service, &made);
        made
    });
    bar.finish();
    // One that nobody took up is told, not passed over.
    let unmade = |source: String| Problem::new(source, "", "no thread could be had to generate it", "run it again");
    let results =
        selected.iter().zip(results).map(|(entry, made)| made.unwrap_or_else(|| Err(unmade(source(&entry.service)))));

    let mut outcome = Outcome::default();
    let mut writer = Writer::new(layout, check);
    let (mut titles, mut enums) = (BTreeMap::new(), Enums::new());
    let mut suites = BTreeMap::new();
    let mut judges = BTreeMap::new();
    let (mut sent, mut samples) = (webhook::Table::new(), webhook::Samples::new());
    let mut money = emit::money::Table::new();
    let (mut surfaces, mut paged) = (BTreeMap::new(), BTreeSet::new());
    let (mut services, mut corrections) = (BTreeMap::new(), BTreeMap::new());
    for made in results {
        match made {
            Ok(made) => {
                outcome.obsolete.extend(made.service.obsolete.iter().cloned());
                titles.insert(made.service.name.clone(), (made.service.title.clone(), made.calls()));
                enums.insert(package_name(&made.service.name), made.service.open_enums.keys().cloned().collect());
                sent.insert(made.service.name.clone(), webhook::sent(&made.service, &mut samples));
                suites.insert(made.service.name.clone(), made.suite);
                judges.extend(made.judge.map(|judge| (made.service.name.clone(), judge)));
                money.insert(made.service.name.clone(), emit::money::lines(&made.service));
                if !made.service.page.is_empty() {
                    paged.insert(made.service.name.clone());
                }
                surfaces.insert(made.service.name.clone(), made.surface);
                corrections.insert(made.service.name.clone(), made.corrections);
                let dir = layout.services().join(crate_name(&made.service.name));
                writer.crate_dir(&dir, &made.files)?;
                writer.file(&layout.names(&made.service.name), &made.names.text())?;
                outcome.drift.extend(made.drift.map(|drift| (made.service.name.clone(), drift)));
                services.insert(made.service.name.clone(), made.service);
            }
            Err(problem) => outcome.problems.push(problem),
        }
    }
    if asked.is_empty() {
        let fixtures: Vec<_> = catalog.fixtures.iter().collect();
        let made = pool::each(thread::NAME, workers, &fixtures, |fixture| {
            let home = Home {
                workspace: true,
                fixture: true,
                version: FIRST.into(),
                crates: "../..".into(),
                reference: "",
                hosts: &fixture.hosts,
            };
            let spec = layout.root.join(&fixture.spec);
            guarded(&fixture.spec, || one::fixture(&catalog, &spec, &fixture.spec, fixture, &home))
        });
        for (fixture, made) in fixtures.iter().zip(made) {
            match made.unwrap_or_else(|| Err(unmade(fixture.spec.clone()))) {
                Ok((files, judge)) => {
                    judges.insert(fixture.name.clone(), judge);
                    writer.crate_dir(&layout.root.join(&fixture.out), &files)?;
                }
                Err(problem) => outcome.problems.push(problem),
            }
        }
    }
    outcome.problems.extend(Lock::of(layout)?.edited(layout));
    glue::write(layout, &catalog, &titles, &paged, &enums, &known_versions, &mut writer)?;
    glue::corrections(layout, &catalog, corrections, &mut writer)?;
    let events = lifecycle::events(&sent);
    events::webhooks(layout, &catalog, sent, &samples, &known_versions, &mut writer)?;
    let all = (asked.is_empty() && outcome.problems.is_empty()).then_some(events.as_slice());
    outcome.obsolete.extend(lifecycle::stale(layout, &services, all));
    let used = used.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcome.obsolete.extend(uses::texts(layout, &catalog, &surfaces, used, &mut writer)?);
    outcome.obsolete.extend(payloads::write(layout, &catalog, &surfaces, &mut writer)?);
    events::money(layout, &catalog, money, &mut writer)?;
    suites::conformance(layout, &catalog, suites, &mut writer)?;
    suites::judge(layout, &catalog, judges, &mut writer)?;
    writer.strays(&catalog)?;
    versions::manifests(layout, &known_versions, &mut writer)?;
    versions::readme(layout, &known_versions, &mut writer)?;
    outcome.changed = writer.changed;
    // A file that several wrote a part of.
    let mut seen = std::collections::BTreeSet::new();
    outcome.changed.retain(|file| seen.insert(file.clone()));
    if !check {
        outcome.obsolete.extend(cargo_lock::follow(layout, &mut outcome.changed));
    }
    if !check && asked.is_empty() {
        begin.ended(layout, &outcome, writer.seen);
    }
    Ok(outcome)
}
