//! What a person can ask for; a file each.

pub mod drift;
pub mod fetch;
pub mod generate;
pub mod operations;
pub mod status;
pub mod sync;

use crate::catalog::{Catalog, Document, Layout};
use crate::document;
use crate::lock::Names;
use crate::lower::collect::House;
use crate::lower::lower;
use crate::model::Service;
use crate::problem::Problem;

pub fn house(catalog: &Catalog) -> House {
    House { event_paths: catalog.house.event_paths.clone(), money_words: catalog.house.money_words.clone() }
}

/// A pinned document, lowered; the names lock may have grown.
pub fn lowered(layout: &Layout, catalog: &Catalog, entry: &Document) -> Result<(Service, Names), Problem> {
    let path = layout.pinned(&entry.service);
    let shown = layout.shown(&path);
    let text = std::fs::read_to_string(&path).map_err(|e| {
        let mut problem = Problem::io(&path, "read the pinned document", &e);
        problem.file = shown.clone();
        problem.remedy = "run `cargo xtask fetch`".into();
        problem
    })?;
    let doc = document::parse(&shown, &text)?;
    let names_path = layout.names(&entry.service);
    let mut names = Names::read(&names_path, &layout.shown(&names_path))?;
    let service = lower(&shown, &entry.service, doc, &house(catalog), &mut names)?;
    Ok((service, names))
}
