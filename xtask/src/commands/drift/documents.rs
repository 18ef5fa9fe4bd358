//! Which two documents of each service are compared, and where they come from.

use super::ask::Ask;
use crate::catalog::{Catalog, Document, Layout, Policy};
use crate::document;
use crate::drift::report::Report;
use crate::drift::{Change, Source, compare};
use crate::fetch::{self, Downloaded, Failure, Fetched, index};
use crate::gate::Received;
use crate::names_lock::Names;
use crate::overlay;
use crate::problem::Problem;
use dintero_codegen::thread::on_thread;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The report, and the documents that could not be compared.
pub fn report(layout: &Layout, ask: &Ask) -> Result<(Report, Vec<Failure>), Problem> {
    let catalog = Catalog::read(layout)?;
    let policy = catalog.policy();
    let mut report = Report::default();
    let mut failures = Vec::new();
    if let (Some(old), Some(new)) = (&ask.old, &ask.new) {
        let (old_file, new_file) = (old.display().to_string(), new.display().to_string());
        let (old, new) = (Received::new(document::read(old)?), Received::new(document::read(new)?));
        report.changes =
            changes("", (&old_file, old), (&new_file, new), &catalog.policy_outside(&[]), Names::default())?;
        return Ok((report, failures));
    }
    let asked = catalog.select(layout, &ask.services)?;
    let mut compare = |entry: &Document, file: &str, new: Result<Value, Failure>| {
        let done = new.and_then(|new| against_pinned(layout, entry, (file, new), &policy).map_err(Failure::new));
        match done {
            Ok(found) => report.changes.extend(found),
            Err(failure) => failures.push(failure),
        }
    };
    if let Some(dir) = &ask.against {
        for entry in asked {
            let path = in_folder(dir, entry);
            let file = path.as_ref().map_or(String::new(), |p| p.display().to_string());
            compare(entry, &file, path.and_then(|p| document::read(&p)).map_err(Failure::new));
        }
        return Ok((report, failures));
    }
    let download = fetch::download(&catalog, &asked, ask.base_url.as_deref(), ask.timeout)?;
    for Downloaded { document, answer } in download.documents {
        match answer {
            Ok(Fetched::New { value, .. }) => compare(&document, &document.url, Ok((*value).clone())),
            // Nothing is said to be held, so there is no such answer.
            Ok(Fetched::Same) => {}
            Err(failure) => compare(&document, &document.url, Err(failure)),
        }
    }
    // Who asks for some services does not ask for the catalog.
    match download.index {
        Ok(Fetched::New { value, .. }) if ask.services.is_empty() => report.catalog = index::drift(&catalog, &value),
        Ok(_) => {}
        Err(failure) => failures.push(failure),
    }
    Ok((report, failures))
}

/// A document of the catalog against the one that is pinned.
fn against_pinned(
    layout: &Layout,
    entry: &Document,
    (file, new): (&str, Value),
    policy: &Policy,
) -> Result<Vec<Change>, Problem> {
    let pinned = layout.pinned(&entry.key());
    let shown = layout.shown(&pinned);
    let text = std::fs::read_to_string(&pinned).map_err(|e| Problem::io(&pinned, "read the pinned document", &e))?;
    let (mut old, mut new) = (Received::new((*document::once(&shown, &text)?).clone()), Received::new(new));
    // The crate is made of corrected documents. Actions that match nothing are told by the sync.
    for doc in [&mut old, &mut new] {
        overlay::apply(layout, &entry.service, doc)?;
    }
    let names_path = layout.names(&entry.service);
    let names = Names::read(&names_path, &layout.shown(&names_path))?;
    changes(&entry.service, (&shown, old), (file, new), policy, names)
}

/// The service's document in a folder, under its pinned or its published name.
fn in_folder(dir: &Path, entry: &Document) -> Result<PathBuf, Problem> {
    let service = &entry.service;
    let published = entry.url.rsplit('/').next().unwrap_or_default();
    let names = [format!("{service}.yaml"), published.to_string(), format!("{service}.json")];
    let found = names.iter().map(|name| dir.join(name)).find(|path| path.is_file());
    found.ok_or_else(|| {
        Problem::new(
            dir.display().to_string(),
            "",
            format!("has no document of `{service}`"),
            format!("put it there as {}, or name the services that are there", names.join(" or ")),
        )
    })
}

/// All changes between two documents of a service, as the names lock stands.
pub fn changes(
    service: &str,
    (old_file, old): (&str, Received),
    (new_file, new): (&str, Received),
    policy: &Policy,
    mut names: Names,
) -> Result<Vec<Change>, Problem> {
    // Also in the order of their parts, which decides nothing, as the two crates will show.
    let written = |received: &Received| serde_json::to_string(&received.doc).unwrap_or_default();
    if written(&old) == written(&new) && old.changes == new.changes {
        // What leads out of the document may have changed all the same.
        crate::lower::check(new_file, &new.doc)?;
        return Ok(Vec::new());
    }
    on_thread(new_file, || {
        let old = Source::new(old_file, service, old, policy, &mut names)?;
        let new = Source::new(new_file, service, new, policy, &mut names)?;
        compare(service, &old, &new)
    })
}
