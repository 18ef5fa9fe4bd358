//! What a change of one crate asks of the versions of others, and what a sync leaves for the next release.

use super::packages::{self, Package};
use crate::catalog::Layout;
use crate::changelog::{self, Changelog};
use crate::commands::generate::versions::apply;
use crate::commands::sync::Changed;
use crate::drift::Change;
use crate::drift::levels::{Level, Side};
use crate::emit::operations::Method;
use crate::problem::Problem;
use crate::shown::markdown::{code, running};
use crate::versions::{self, Versions};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// The umbrella, which has every service in it.
const UMBRELLA: &str = "dintero";
/// Has every document built in.
const MOCK: &str = "dintero-mock";

/// A version that took a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub name: String,
    pub released: String,
    pub version: String,
    pub level: Level,
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} -> {} ({})", self.name, self.released, self.version, self.level.word())
    }
}

/// The level that a change of one crate has for another: what breaks goes on to all that need it, since they show its
/// types; what does not break goes on from a service to those that are made of services. The runtime gets newer below a
/// crate without it.
pub fn goes_on(of: &Package, level: Level, to: &Package) -> Option<Level> {
    match () {
        () if to.name == UMBRELLA && of.service => Some(level),
        () if !to.needs.contains_key(&of.name) => None,
        () => (level == Level::Breaking || of.service).then_some(level),
    }
}

/// Every version that is too small for what waits in what it is made of; they are raised.
pub fn follow(packages: &BTreeMap<String, Package>, versions: &mut Versions) -> Vec<(String, String, Level)> {
    let mut raised = Vec::new();
    let published: Vec<&Package> =
        packages.values().filter(|p| p.publish || versions.released(&p.name).is_some()).collect();
    loop {
        let before = raised.len();
        for of in &published {
            let Some(level) = versions.unreleased(&of.name) else { continue };
            for to in published.iter().filter(|to| to.name != of.name) {
                if let Some(level) = goes_on(of, level, to)
                    && versions.raise(&to.name, level)
                {
                    raised.push((to.name.clone(), of.name.clone(), level));
                }
            }
        }
        if raised.len() == before {
            return raised;
        }
    }
}

/// What a sync changed waits for the next release: versions, changelogs, and the manifests that have them. Nothing waits in
/// a crate that was never released.
pub fn after_sync(layout: &Layout, services: &[Changed]) -> Result<Vec<Moved>, Problem> {
    let before = Versions::read(layout)?;
    let mut versions = before.clone();
    let mut documents = Vec::new();
    for changed in services {
        let calls = calls(layout, &changed.service);
        if versions.released(&changed.service).is_some() {
            versions.raise(&changed.service, changed.step);
            let path = changelog::of_service(layout, &changed.service);
            let mut log = Changelog::read(&path, &changed.service)?;
            tell(&mut log, changed, &calls);
            write(&path, &log.text())?;
            documents.push(changed);
        } else if !changed.added.is_empty() && changed.added.len() == calls.len() {
            // With its first operations a service comes into the umbrella.
            versions.raise(UMBRELLA, Level::Additive);
            let path = layout.umbrella().join(changelog::FILE);
            let mut log = Changelog::read(&path, UMBRELLA)?;
            log.note(Level::Additive, &format!("the service of {}, which is new", code(&changed.service)), &[]);
            if versions.released(UMBRELLA).is_some() {
                write(&path, &log.text())?;
            }
        }
    }
    // What the mock takes and answers is another thing then; what a test writes in Rust is not.
    if versions.released(MOCK).is_some() && !documents.is_empty() {
        let path = layout.root.join("crates").join(MOCK).join(changelog::FILE);
        let mut log = Changelog::read(&path, MOCK)?;
        for changed in documents {
            let level = changed.step.min(Level::Additive);
            versions.raise(MOCK, level);
            log.note(level, &format!("the document of {} is that of today", code(&changed.service)), &[]);
        }
        write(&path, &log.text())?;
    }
    settle(layout, &before, versions)
}

/// Raises what depends on what was raised, and writes it all where it stands.
pub fn settle(layout: &Layout, before: &Versions, mut versions: Versions) -> Result<Vec<Moved>, Problem> {
    let packages = packages::read(layout)?;
    follow(&packages, &mut versions);
    if versions != *before {
        write(&versions::file(layout), &versions.text())?;
    }
    apply(layout, &versions)?;
    let moved = packages.keys().filter(|name| versions.of(name) != before.of(name)).filter_map(|name| {
        let (released, level) = (versions.released(name)?.to_string(), versions.unreleased(name)?);
        Some(Moved { name: name.clone(), released, version: versions.of(name), level })
    });
    Ok(moved.collect())
}

pub fn write(path: &Path, text: &str) -> Result<(), Problem> {
    let io = |e| Problem::io(path, "write the file", &e);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(io)?;
    }
    std::fs::write(path, text).map_err(io)
}

/// What a crate has to call, by the published name.
fn calls(layout: &Layout, name: &str) -> BTreeMap<String, String> {
    let table = std::fs::read_to_string(layout.services().join(name).join("src/operations.rs")).unwrap_or_default();
    crate::emit::operations::read(&table).into_iter().map(|method| (method.call, method.name)).collect()
}

/// Operations that a heading names.
const NAMED: usize = 3;

/// In words, under the operations that a change reaches.
fn tell(log: &mut Changelog, changed: &Changed, calls: &BTreeMap<String, String>) {
    let method = |Method { name, call }: &Method| format!("{} ({})", code(name), code(call));
    for removed in &changed.removed {
        log.note(Level::Breaking, &method(removed), &["is gone".into()]);
    }
    for (old, now) in &changed.renamed {
        log.note(Level::Breaking, &method(now), &[format!("was called {}", code(old))]);
    }
    for added in &changed.added {
        log.note(Level::Additive, &method(added), &["is new".into()]);
    }
    let named = |call: &String| match calls.get(call) {
        Some(name) => format!("{} ({})", code(name), code(call)),
        None => code(call),
    };
    let told_above = |change: &Change| {
        let all = changed.added.iter().chain(&changed.removed);
        change.rule.starts_with("operation-") && change.operations.iter().all(|op| all.clone().any(|m| m.call == *op))
    };
    for change in changed.changes.iter().filter(|change| !told_above(change)) {
        let mut names: Vec<String> = change.operations.iter().take(NAMED).map(named).collect();
        match change.operations.len() {
            0 => names.push("types that no operation has".into()),
            n if n > NAMED => names.push(format!("{} more", n - NAMED)),
            _ => {}
        }
        let side = match change.side {
            Side::Request => "in what is sent: ",
            Side::Response => "in what comes back: ",
            Side::Both => "",
        };
        // The operation stands above already.
        let message = match change.operations.as_slice() {
            [only] => change.message.strip_prefix(&format!("`{only}`: ")).unwrap_or(&change.message),
            _ => &change.message,
        };
        log.note(change.level, &names.join(", "), &[format!("{side}{}", running(message))]);
    }
    if changed.step == Level::Docs && changed.changes.is_empty() {
        log.note(Level::Docs, "the texts follow the published document", &[]);
    }
}
