//! What knows all crates: the umbrella, the README, the manifests and lists of the tests, and the lock.

use super::writer::{Writer, read};
use super::{lifecycle, versions as dependencies};
use crate::catalog::{Catalog, Layout, crate_name};
use crate::commands::pinned;
use crate::document;
use crate::emit::enums::{self, Enums};
use crate::emit::umbrella::{self, Listed};
use crate::emit::{self, mock};
use crate::gate::{Received, Text};
use crate::lock::{Entry, Lock, Origin, SNAPSHOT_DATE, sha256};
use crate::lower::version;
use crate::overlay::{self, Correction};
use crate::problem::Problem;
use crate::versions::Versions;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Umbrella, README and lock, for all services of the catalog that have a crate. `enums` are those of this run.
pub fn write(
    layout: &Layout,
    catalog: &Catalog,
    made: &BTreeMap<String, (Text, usize)>,
    paged: &BTreeSet<String>,
    enums: &Enums,
    versions: &Versions,
    writer: &mut Writer<'_>,
) -> Result<(), Problem> {
    let lock_path = layout.lock();
    let mut lock = Lock::of(layout)?;
    let mut list = Vec::new();
    for entry in catalog.services() {
        let pinned = layout.pinned(&entry.service);
        let read = std::fs::read_to_string(&pinned).ok().and_then(|text| {
            let doc = document::once("", &text).ok()?;
            Some((text, doc))
        });
        // Of one that cannot be read the mock has what it had.
        let built_in = layout.root.join(mock::DOCUMENTS).join(format!("{}.json", entry.service));
        match &read {
            Some((_, doc)) => {
                let file = layout.shown(&pinned);
                let served = served(layout, &entry.service, &file, doc);
                let text = mock::json(&*served).map_err(|why| Problem::new(file, "", why, "mend it"))?;
                writer.file(&built_in, &text)?;
            }
            None if built_in.exists() => {}
            None => writer.file(&built_in, "null\n")?,
        }
        let known = lock.document.get(&entry.service);
        if let Some((text, doc)) = &read
            && known.is_none_or(|e| e.origin == Origin::Snapshot)
            && known.is_none_or(|e| e.url != entry.url || e.raw_sha256 != sha256(text.as_bytes()))
        {
            let fresh = Entry::of(&entry.url, Origin::Snapshot, SNAPSHOT_DATE, text.as_bytes(), doc);
            lock.document.insert(entry.service.clone(), fresh);
        }
        let dir = layout.services().join(crate_name(&entry.service));
        let (title, calls) = match made.get(&entry.service) {
            Some(known) => known.clone(),
            None if dir.exists() => {
                let title = read
                    .and_then(|(_, d)| d["info"]["title"].as_str().map(Text::from))
                    .unwrap_or_else(|| entry.service.as_str().into());
                let table = std::fs::read_to_string(dir.join("src/operations.rs")).unwrap_or_default();
                (title, emit::operations::read(&table).len())
            }
            None => continue,
        };
        list.push(Listed { service: entry.service.clone(), title, calls });
    }
    put(layout, writer, "crates/dintero-client/src/house.rs", umbrella::house_rs(&catalog.house))?;
    let services = "crates/dintero/src/services.rs";
    let text = umbrella::services_rs(&list).and_then(|text| {
        emit::check::glue("it", &text, &[])?;
        Ok(text)
    });
    put(layout, writer, services, text)?;
    put(layout, writer, "crates/dintero-mock/src/documents.rs", mock::documents_rs(&list, &catalog.house))?;
    let is_listed = |file: &str| list.iter().any(|s| file.strip_suffix(".json") == Some(&s.service));
    writer.only(&layout.root.join(mock::DOCUMENTS), is_listed)?;
    lifecycle::built_in(layout, writer)?;
    // Of a service that was not made in this run the page stands as it stood.
    let before = std::fs::read_to_string(layout.root.join("tests/src/pages.rs")).unwrap_or_default();
    let stood = |service: &str| before.contains(&format!("/{service}.md\""));
    let pages = list.iter().map(|s| s.service.as_str()).filter(|service| match made.contains_key(*service) {
        true => paged.contains(*service),
        false => layout.page(service).exists() && stood(service),
    });
    put(layout, writer, "tests/src/pages.rs", umbrella::pages(pages))?;
    let registry = "tests/tests/enums/registry.rs";
    let before = std::fs::read_to_string(layout.root.join(registry)).unwrap_or_default();
    put(layout, writer, registry, enums::run(&list, enums, &before))?;
    let umbrella = layout.umbrella();
    let manifest = layout.root.join("tests/Cargo.toml");
    let text = umbrella::between(
        &layout.shown(&manifest),
        &read(&manifest)?,
        "services",
        &umbrella::test_dependencies(&list),
    )?;
    writer.file(&manifest, &text)?;
    let manifest = umbrella.join("Cargo.toml");
    let shown = layout.shown(&manifest);
    let text = read(&manifest)?;
    let text = umbrella::between(&shown, &text, "features", &umbrella::features(&list))?;
    let text =
        umbrella::between(&shown, &text, "dependencies", &umbrella::dependencies(&list, &|name| versions.of(name)))?;
    writer.file(&manifest, &text)?;
    let readme = layout.root.join("README.md");
    let table = umbrella::table(&list, &dependencies::repository(layout));
    sound("README.md", emit::check::markdown(&table))?;
    let text = umbrella::between(&layout.shown(&readme), &read(&readme)?, "services", &table)?;
    writer.file(&readme, &text)?;
    writer.file(&lock_path, &lock.text())
}

/// Whether a document is of a version that the mock does not read.
fn is_older(doc: &Value) -> bool {
    doc.get("swagger").is_some()
}

/// A document as the mock has it built in: as published, but for Swagger 2.0. That is served as OpenAPI 3.0, with our
/// overlays applied, since their places are those of the published one. One that cannot be converted is built in as it
/// is, and the mock tells that it does not serve it.
fn served<'a>(layout: &Layout, service: &str, file: &str, doc: &'a Value) -> Cow<'a, Value> {
    if !is_older(doc) {
        return Cow::Borrowed(doc);
    }
    let mut received = Received::new(doc.clone());
    // What cannot be applied is told where the service is made.
    let _ = overlay::apply(layout, service, &mut received);
    match version::run(file, &mut received.doc, &mut Vec::new()) {
        Ok(_) => Cow::Owned(received.doc),
        Err(_) => Cow::Borrowed(doc),
    }
}

/// What the mock has to know of our overlays. Of a service that was not made in this run its overlay is asked; one that
/// cannot be applied stands nowhere, and is told where the service is made.
pub fn corrections(
    layout: &Layout,
    catalog: &Catalog,
    mut made: BTreeMap<String, Vec<Correction>>,
    writer: &mut Writer<'_>,
) -> Result<(), Problem> {
    for service in catalog.services().map(|entry| entry.service.as_str()) {
        if made.contains_key(service) || !layout.overlay(service).exists() {
            continue;
        }
        let applied = pinned(layout, service)
            .and_then(|(_, doc)| overlay::apply(layout, service, &mut Received::new((*doc).clone())));
        made.extend(applied.ok().map(|applied| (service.to_owned(), applied.corrections)));
    }
    made.retain(|service, _| !pinned(layout, service).is_ok_and(|(_, doc)| is_older(&doc)));
    let order = catalog.services().map(|entry| entry.service.as_str());
    put(layout, writer, "crates/dintero-mock/src/corrections.rs", mock::corrections_rs(order, &made))
}

fn put(layout: &Layout, writer: &mut Writer<'_>, name: &str, text: Result<String, String>) -> Result<(), Problem> {
    writer.file(&layout.root.join(name), &sound(name, text)?)
}

/// Glue is written only if it is nothing but glue.
pub fn sound<T>(file: &str, checked: Result<T, String>) -> Result<T, Problem> {
    checked.map_err(|why| {
        let remedy = "report it with the documents: something of one would have become code";
        Problem::new(file, "", format!("is not written: {why}"), remedy)
    })
}
