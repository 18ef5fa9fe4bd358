//! `cargo xtask generate`: from pinned documents to crates. A crate is written whole or not at all.

mod events;
mod glue;
mod lifecycle;
mod made;
mod one;
mod payloads;
mod progress;
mod suites;
#[cfg(test)]
pub mod tests;
mod uses;
mod writer;

pub use one::from_spec;

use super::lowered;
use crate::api::Api;
use crate::api::surface::Surface;
use crate::catalog::{Catalog, Layout, crate_name};
use crate::emit::judge;
use crate::emit::package::Home;
use crate::emit::{self, Emitted, webhook};
use crate::lock::Lock;
use crate::pool;
use crate::problem::Problem;
use dintero_codegen::thread::{self, guarded, on_thread};
use made::Made;
use progress::Progress;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
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
}

/// Generates the asked services (all when none is asked) and the glue.
pub fn run(layout: &Layout, asked: &[String], check: bool) -> Result<Outcome, Problem> {
    let catalog = Catalog::read(layout)?;
    let mut selected = catalog.select(layout, asked)?;
    // The largest first, so that no thread is left with it at the end.
    let size = |service: &str| std::fs::metadata(layout.pinned(service)).map_or(0, |m| m.len());
    selected.sort_by_key(|entry| std::cmp::Reverse(size(&entry.service)));
    let home = Home {
        workspace: true,
        fixture: false,
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
            let (mut service, names) = lowered(layout, &catalog, entry)?;
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
            let Emitted { files, suite } = emit::run(&service, &api, &source, &home)?;
            let is_judged = catalog.house.judged.contains(&entry.service);
            let judge =
                is_judged.then(|| judge::run(&service, &source, &catalog.house.account_parameters)).transpose()?;
            Ok(Made { service, names, files, suite, judge, surface })
        });
        bar.done(&entry.service, &made);
        made
    });
    bar.finish();
    // One that nobody took up is told, not passed over.
    let results = selected.iter().zip(results).map(|(entry, made)| {
        let none = || Problem::new(source(&entry.service), "", "no thread could be had to generate it", "run it again");
        made.unwrap_or_else(|| Err(none()))
    });

    let mut outcome = Outcome::default();
    let mut writer = Writer { layout, check, changed: Vec::new() };
    let mut titles = BTreeMap::new();
    let mut suites = BTreeMap::new();
    let mut judges = BTreeMap::new();
    let (mut sent, mut samples) = (webhook::Table::new(), webhook::Samples::new());
    let mut money = emit::money::Table::new();
    let (mut surfaces, mut paged) = (BTreeMap::new(), BTreeSet::new());
    let mut services = BTreeMap::new();
    for made in results {
        match made {
            Ok(made) => {
                outcome.obsolete.extend(made.service.obsolete.iter().cloned());
                titles.insert(made.service.name.clone(), (made.service.title.clone(), made.calls()));
                sent.insert(made.service.name.clone(), webhook::sent(&made.service, &mut samples));
                suites.insert(made.service.name.clone(), made.suite);
                judges.extend(made.judge.map(|judge| (made.service.name.clone(), judge)));
                money.insert(made.service.name.clone(), emit::money::lines(&made.service));
                if !made.service.page.is_empty() {
                    paged.insert(made.service.name.clone());
                }
                surfaces.insert(made.service.name.clone(), made.surface);
                let dir = layout.services().join(crate_name(&made.service.name));
                writer.crate_dir(&dir, &made.files)?;
                writer.file(&layout.names(&made.service.name), &made.names.text())?;
                services.insert(made.service.name.clone(), made.service);
            }
            Err(problem) => outcome.problems.push(problem),
        }
    }
    if asked.is_empty() {
        for fixture in &catalog.fixtures {
            let crates = home.crates.clone();
            let home = Home { workspace: true, fixture: true, crates, reference: "", hosts: &fixture.hosts };
            let spec = layout.root.join(&fixture.spec);
            match on_thread(&fixture.spec, || one::fixture(&catalog, &spec, &fixture.spec, fixture, &home)) {
                Ok((files, judge)) => {
                    judges.insert(fixture.name.clone(), judge);
                    writer.crate_dir(&layout.root.join(&fixture.out), &files)?;
                }
                Err(problem) => outcome.problems.push(problem),
            }
        }
    }
    outcome.problems.extend(Lock::of(layout)?.edited(layout));
    glue::write(layout, &catalog, &titles, &paged, &mut writer)?;
    let events = lifecycle::events(&sent);
    events::webhooks(layout, &catalog, sent, &samples, &mut writer)?;
    let all = (asked.is_empty() && outcome.problems.is_empty()).then_some(events.as_slice());
    outcome.obsolete.extend(lifecycle::stale(layout, &services, all));
    let used = used.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcome.obsolete.extend(uses::texts(layout, &catalog, &surfaces, used, &mut writer)?);
    outcome.obsolete.extend(payloads::write(layout, &catalog, &surfaces, &mut writer)?);
    events::money(layout, &catalog, money, &mut writer)?;
    suites::conformance(layout, &catalog, suites, &mut writer)?;
    suites::judge(layout, &catalog, judges, &mut writer)?;
    writer.strays(&catalog)?;
    outcome.changed = writer.changed;
    Ok(outcome)
}
