//! The crates of the workspace that are published, as their manifests tell, and which of them need which.

use crate::catalog::Layout;
use crate::problem::{Problem, of_toml};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

pub struct Package {
    pub name: String,
    pub dir: PathBuf,
    pub manifest: Table,
    /// Whether it goes to the registry.
    pub publish: bool,
    /// Made of a document.
    pub service: bool,
    /// What it needs of this workspace, but for its tests; each with the version that it asks for.
    pub needs: BTreeMap<String, Option<String>>,
}

impl Package {
    /// A key of `[package]` that is a text, or taken from the workspace.
    pub fn has(&self, key: &str) -> bool {
        let value = self.manifest.get("package").and_then(|package| package.get(key));
        value.is_some_and(|value| {
            value.as_str().is_some_and(|text| !text.is_empty()) || value.get("workspace").is_some()
        })
    }

    pub fn version(&self) -> &str {
        let version = self.manifest.get("package").and_then(|package| package.get("version"));
        version.and_then(Value::as_str).unwrap_or_default()
    }
}

/// All crates below `crates`, by name.
pub fn read(layout: &Layout) -> Result<BTreeMap<String, Package>, Problem> {
    let root = table(layout, &layout.root.join("Cargo.toml"))?;
    let shared = root.get("workspace").and_then(|w| w.get("dependencies")).cloned().unwrap_or(Table::new().into());
    let mut out = BTreeMap::new();
    for (folder, service) in [(layout.root.join("crates"), false), (layout.services(), true)] {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let (dir, path) = (entry.path(), entry.path().join("Cargo.toml"));
            if !path.exists() {
                continue;
            }
            let manifest = table(layout, &path)?;
            let package = manifest.get("package").cloned().unwrap_or(Table::new().into());
            let Some(name) = package.get("name").and_then(Value::as_str).map(String::from) else { continue };
            let publish = package.get("publish").and_then(Value::as_bool).unwrap_or(true);
            let needs = needs(&manifest, &shared);
            out.insert(name.clone(), Package { name, dir, manifest, publish, service, needs });
        }
    }
    Ok(out)
}

fn table(layout: &Layout, path: &Path) -> Result<Table, Problem> {
    let text = std::fs::read_to_string(path).map_err(|e| Problem::io(path, "read the manifest", &e))?;
    let broken = |e| Problem::new(layout.shown(path), "", of_toml(&e), "mend the manifest");
    toml::from_str(&text).map_err(broken)
}

/// Dependencies that lie in this workspace. Those of tests are no part of what is published.
fn needs(manifest: &Table, shared: &Value) -> BTreeMap<String, Option<String>> {
    let sections = ["dependencies", "build-dependencies"];
    let all = sections.iter().filter_map(|section| manifest.get(*section)).filter_map(Value::as_table).flatten();
    let local = all.filter_map(|(name, value)| {
        let of = match value.get("workspace") {
            Some(_) => shared.get(name)?,
            None => value,
        };
        of.get("path")?;
        Some((name.clone(), of.get("version").and_then(Value::as_str).map(String::from)))
    });
    local.collect()
}

/// What is needed stands before what needs it; otherwise by name.
pub fn in_order(packages: &BTreeMap<String, Package>) -> Vec<&Package> {
    let mut out: Vec<&Package> = Vec::new();
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    let mut left: Vec<&Package> = packages.values().filter(|p| p.publish).collect();
    while !left.is_empty() {
        let ready = |p: &&Package| p.needs.keys().all(|n| placed.contains(n.as_str()) || !packages.contains_key(n));
        // A circle, which cargo refuses, would end in the order of names.
        let next: Vec<&Package> = left.iter().copied().filter(|p| ready(p)).collect();
        let next = if next.is_empty() { left.clone() } else { next };
        placed.extend(next.iter().map(|p| p.name.as_str()));
        left.retain(|p| !placed.contains(p.name.as_str()));
        out.extend(next);
    }
    out
}
