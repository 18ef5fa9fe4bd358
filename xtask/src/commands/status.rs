//! `cargo xtask status`: what the catalog lists, what is pinned, what was made of it, and which operations the published
//! index lists that no document has.

use super::reference;
use crate::catalog::{Catalog, Layout, Role};
use crate::lock::{Lock, Origin};
use crate::problem::Problem;
use crate::shown::line;
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Debug, Serialize)]
pub struct Row {
    pub url: String,
    pub role: Role,
    pub service: String,
    #[serde(rename = "crate")]
    pub crate_name: Option<String>,
    pub origin: Option<Origin>,
    /// The server that stood in for the publisher, when it was fetched from one.
    pub mirror: Option<String>,
    pub openapi: Option<String>,
    pub operations: Option<usize>,
    pub schemas: Option<usize>,
    /// Of the generated code.
    pub lines: Option<usize>,
}

/// An operation of the published index (specs/index.tsv), which lists what the reference has a page of.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    pub service: String,
    pub method: String,
    pub path: String,
}

/// What the index lists and no pinned document has: taken away upstream, or never described. No fault, but worth a look.
pub fn unlisted(layout: &Layout) -> Result<Vec<Listed>, Problem> {
    let index = reference::index(layout);
    if index.is_empty() {
        return Ok(Vec::new());
    }
    let catalog = Catalog::read(layout)?;
    let mut known = BTreeSet::new();
    for entry in catalog.services() {
        let Ok((_, doc)) = super::pinned(layout, &entry.service) else { continue };
        for (path, item) in doc["paths"].as_object().into_iter().flatten() {
            let methods = item.as_object().into_iter().flatten().map(|(method, _)| method.to_uppercase());
            known.extend(methods.map(|method| (method, path.clone())));
        }
    }
    let mut out = Vec::new();
    for reference::Page { service, method, path, .. } in reference::lines(&index) {
        if !known.contains(&(method.to_owned(), path.to_owned())) {
            let (service, method, path) = (service.to_owned(), method.to_owned(), path.to_owned());
            out.push(Listed { service, method, path });
        }
    }
    out.dedup();
    Ok(out)
}

/// The rows, and the address of the published index that the catalog follows.
pub fn rows(layout: &Layout) -> Result<(Vec<Row>, String), Problem> {
    let catalog = Catalog::read(layout)?;
    let lock = Lock::of(layout)?;
    let row = |document: &crate::catalog::Document| {
        let entry = lock.document.get(&document.key());
        let lines = document.crate_name().and_then(|name| {
            let files = std::fs::read_dir(layout.services().join(name).join("src")).ok()?;
            let texts = files.flatten().filter_map(|f| std::fs::read_to_string(f.path()).ok());
            Some(texts.map(|t| t.lines().count()).sum())
        });
        Row {
            url: document.url.clone(),
            role: document.role,
            service: document.service.clone(),
            crate_name: document.crate_name(),
            origin: entry.map(|e| e.origin),
            mirror: entry.and_then(|e| e.served.mirror.clone()),
            openapi: entry.map(|e| e.openapi.clone()),
            operations: entry.map(|e| e.operations),
            schemas: entry.map(|e| e.schemas),
            lines,
        }
    };
    Ok((catalog.documents.iter().map(row).collect(), catalog.house.index.clone()))
}

pub fn text(rows: &[Row], index: &str, unlisted: &[Listed]) -> String {
    let mut out = format!(
        "{:<18} {:<12} {:<10} {:<8} {:>10} {:>8} {:>7}  url\n",
        "service", "role", "origin", "openapi", "operations", "schemas", "lines"
    );
    for row in rows {
        let number = |n: Option<usize>| n.map_or_else(|| "-".into(), |n| n.to_string());
        let word = |v: serde_json::Value| v.as_str().unwrap_or("-").to_string();
        let from = row.mirror.as_ref().map(|mirror| format!("  (from the mirror {mirror})")).unwrap_or_default();
        out.push_str(&line(&format!(
            "{:<18} {:<12} {:<10} {:<8} {:>10} {:>8} {:>7}  {}{from}",
            if row.service.is_empty() { "-" } else { &row.service },
            word(serde_json::json!(row.role)),
            word(serde_json::json!(row.origin)),
            row.openapi.as_deref().unwrap_or("-"),
            number(row.operations),
            number(row.schemas),
            number(row.lines),
            row.url
        )));
        out.push('\n');
    }
    out.push_str(&format!("{}\n", line(&format!("index: {index}"))));
    if !unlisted.is_empty() {
        out.push_str(&format!("listed in the index, not in any document: {}\n", unlisted.len()));
        for Listed { service, method, path } in unlisted {
            out.push_str(&format!("{}\n", line(&format!("  {service}: {method} {path}"))));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::generate::tests::workspace;

    #[test]
    fn what_the_index_lists_and_no_document_has_is_told() {
        let (_dir, layout) = workspace();
        let index = "section\tslug\ttitle\tservice\tmethod\tpath\toperation_id\tevidence\n\
                     a\tb\tc\tgood\tGET\t/accounts/{aid}/things\tx\tfull\n\
                     a\tb\tc\tgood\tPOST\t/accounts/{aid}/things\tx\tfull\n";
        std::fs::write(layout.root.join("specs/index.tsv"), index).expect("written");
        let unlisted = unlisted(&layout).expect("read");
        let told = text(&[], "i", &unlisted);
        let expected = "listed in the index, not in any document: 1\n  good: POST /accounts/{aid}/things\n";
        assert!(told.ends_with(expected), "{told}");
    }
}
