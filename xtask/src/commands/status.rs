//! `cargo xtask status`: what the catalog lists, what is pinned, what was made of it.

use crate::catalog::{Catalog, Layout, Role};
use crate::lock::{Lock, Origin};
use crate::problem::Problem;
use crate::shown::line;
use serde::Serialize;

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

pub fn text(rows: &[Row], index: &str) -> String {
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
    out
}
