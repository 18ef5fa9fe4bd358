//! What a person can ask for; a file each.

pub mod drift;
pub mod explain;
pub mod fetch;
pub mod generate;
pub mod measure;
pub mod operations;
pub mod reference;
pub mod release;
pub mod status;
pub mod sync;

use crate::catalog::{Catalog, Document, Layout};
use crate::document;
use crate::gate::Received;
use crate::lower::settled;
use crate::model::Service;
use crate::names_lock::Names;
use crate::overlay::{self, Applied};
use crate::problem::Problem;
use serde_json::Value;
use std::sync::Arc;

/// A pinned document as it is, with its path as people name it.
pub fn pinned(layout: &Layout, service: &str) -> Result<(String, Arc<Value>), Problem> {
    let path = layout.pinned(service);
    let shown = layout.shown(&path);
    let text = std::fs::read_to_string(&path).map_err(|e| {
        let mut problem = Problem::io(&path, "read the pinned document", &e);
        problem.file = shown.clone();
        problem.remedy = "run `cargo xtask fetch`".into();
        problem
    })?;
    let doc = document::once(&shown, &text)?;
    Ok((shown, doc))
}

/// A pinned document, corrected by its overlay and lowered; the names lock may have grown.
pub fn lowered(layout: &Layout, catalog: &Catalog, entry: &Document) -> Result<(Service, Names), Problem> {
    let (shown, doc) = pinned(layout, &entry.service)?;
    let mut received = Received::new((*doc).clone());
    let applied = overlay::apply(layout, &entry.service, &mut received)?;
    lowered_of(layout, catalog, entry, &shown, received, applied)
}

/// The same of a document that was read and corrected already.
pub fn lowered_of(
    layout: &Layout,
    catalog: &Catalog,
    entry: &Document,
    shown: &str,
    received: Received,
    applied: Applied,
) -> Result<(Service, Names), Problem> {
    let names_path = layout.names(&entry.service);
    let mut names = Names::read(&names_path, &layout.shown(&names_path))?;
    let mut service = settled(shown, &entry.service, received, &catalog.policy(), &mut names)?;
    service.changes.splice(0..0, applied.changes);
    service.obsolete = applied.obsolete;
    service.reference = reference::pages(&reference::index(layout), &entry.service, &catalog.house.reference);
    let page = layout.page(&entry.service);
    if page.exists() {
        service.page = std::fs::read_to_string(&page).map_err(|e| Problem::io(&page, "read the page", &e))?;
    }
    Ok((service, names))
}

/// What is no longer needed, or wrong, in the overlays of the asked services (all when none is asked).
pub fn obsolete(layout: &Layout, asked: &[String]) -> Result<Vec<Problem>, Problem> {
    let catalog = Catalog::read(layout)?;
    let mut out = Vec::new();
    for entry in catalog.select(layout, asked)? {
        if !layout.overlay(&entry.service).exists() {
            continue;
        }
        let applied = pinned(layout, &entry.service)
            .and_then(|(_, doc)| overlay::apply(layout, &entry.service, &mut Received::new((*doc).clone())));
        match applied {
            Ok(applied) => out.extend(applied.obsolete),
            Err(problem) => out.push(problem),
        }
    }
    Ok(out)
}
