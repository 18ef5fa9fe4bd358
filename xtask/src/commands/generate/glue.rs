//! What knows all crates: the umbrella, the README, the manifests and lists of the tests, and the lock.

use super::writer::{Writer, read};
use crate::catalog::{Catalog, Layout, crate_name};
use crate::document;
use crate::emit::umbrella::{self, Listed};
use crate::emit::{self, enums, mock};
use crate::gate::Text;
use crate::lock::{Entry, Lock, Origin, SNAPSHOT_DATE};
use crate::problem::Problem;
use std::collections::{BTreeMap, BTreeSet};

/// Umbrella, README and lock, for all services of the catalog that have a crate.
pub fn write(
    layout: &Layout,
    catalog: &Catalog,
    made: &BTreeMap<String, (Text, usize)>,
    paged: &BTreeSet<String>,
    writer: &mut Writer<'_>,
) -> Result<(), Problem> {
    let lock_path = layout.lock();
    let mut lock = Lock::of(layout)?;
    let mut list = Vec::new();
    for entry in catalog.services() {
        let pinned = layout.pinned(&entry.service);
        let read = std::fs::read(&pinned).ok().and_then(|bytes| {
            let text = String::from_utf8(bytes.clone()).ok()?;
            Some((bytes, document::parse("", &text).ok()?))
        });
        if let Some((bytes, doc)) = &read
            && lock.document.get(&entry.service).is_none_or(|e| e.origin == Origin::Snapshot)
        {
            let fresh = Entry::of(&entry.url, Origin::Snapshot, SNAPSHOT_DATE, bytes, doc);
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
                (title, table.matches("kind: Kind::Call,").count())
            }
            None => continue,
        };
        list.push(Listed { service: entry.service.clone(), title, calls });
    }
    writer.file(&layout.root.join("crates/dintero-client/src/house.rs"), &umbrella::house_rs(&catalog.house))?;
    let umbrella = layout.umbrella();
    let services = umbrella::services_rs(&list);
    sound("crates/dintero/src/services.rs", emit::check::glue("it", &services, &[]))?;
    writer.file(&umbrella.join("src/services.rs"), &services)?;
    writer
        .file(&layout.root.join("crates/dintero-mock/src/documents.rs"), &mock::documents_rs(&list, &catalog.house))?;
    // Of a service that was not made in this run the page stands as it stood.
    let file = layout.root.join("tests/src/pages.rs");
    let before = std::fs::read_to_string(&file).unwrap_or_default();
    let stood = |service: &str| before.contains(&format!("/{service}.md\""));
    let pages = list.iter().map(|s| s.service.as_str()).filter(|service| match made.contains_key(*service) {
        true => paged.contains(*service),
        false => layout.page(service).exists() && stood(service),
    });
    writer.file(&file, &umbrella::pages(pages))?;
    let types_of = |service: &str| {
        std::fs::read_to_string(layout.services().join(crate_name(service)).join("src/types.rs")).unwrap_or_default()
    };
    writer.file(&layout.root.join("tests/tests/enums/registry.rs"), &enums::run(&list, types_of))?;
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
        umbrella::between(&shown, &text, "dependencies", &umbrella::dependencies(&list, env!("CARGO_PKG_VERSION")))?;
    writer.file(&manifest, &text)?;
    let readme = layout.root.join("README.md");
    let table = umbrella::table(&list);
    sound("README.md", emit::check::markdown(&table))?;
    let text = umbrella::between(&layout.shown(&readme), &read(&readme)?, "services", &table)?;
    writer.file(&readme, &text)?;
    writer.file(&lock_path, &lock.text())
}

/// Glue is written only if it is nothing but glue.
pub fn sound(file: &str, checked: Result<(), String>) -> Result<(), Problem> {
    checked.map_err(|why| {
        let remedy = "report it with the documents: something of one would have become code";
        Problem::new(file, "", format!("is not written: {why}"), remedy)
    })
}
