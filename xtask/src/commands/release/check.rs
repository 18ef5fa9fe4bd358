//! What the next release would publish, and what is missing for it.

use super::packages::{self, Package};
use super::registry::Registry;
use super::{follow, registry};
use crate::catalog::Layout;
use crate::changelog::{self, Changelog};
use crate::drift::levels::Level;
use crate::problem::Problem;
use crate::versions::{self, Versions};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// What crates.io or a reader asks of every crate.
const ASKED: [&str; 5] = ["description", "license", "repository", "readme", "rust-version"];

/// A crate on its way out.
pub struct Row {
    pub name: String,
    pub released: Option<String>,
    pub version: String,
    pub level: Option<Level>,
    /// The registry does not have it, or was not asked and it was never released.
    pub first: bool,
}

pub struct Report {
    /// In the order in which they are published.
    pub rows: Vec<Row>,
    /// How many crates stay as they are.
    pub unchanged: usize,
    /// Crates that are not published at all.
    pub unpublished: Vec<String>,
    pub missing: Vec<Problem>,
}

pub fn run(layout: &Layout, index: Option<&str>) -> Result<Report, Problem> {
    let (packages, versions) = (packages::read(layout)?, Versions::read(layout)?);
    let mut missing = Vec::new();
    let mut rows = Vec::new();
    let order = packages::in_order(&packages);
    let registry = index.map(Registry::new).transpose()?;
    for package in &order {
        sound(layout, package, &packages, &versions, &mut missing);
        let name = package.name.clone();
        let (released, level, version) =
            (versions.released(&name).map(String::from), versions.unreleased(&name), versions.of(&name));
        let (due, first) = match &registry {
            Some(registry) => match registry.versions(&name)? {
                None => (true, true),
                Some(there) => (!there.contains(&version), false),
            },
            None => (released.as_ref() != Some(&version), released.is_none()),
        };
        if due {
            rows.push(Row { name, released, version, level, first });
        }
    }
    let mut followed = versions.clone();
    for (name, of, level) in follow::follow(&packages, &mut followed) {
        missing.push(Problem::new(
            layout.shown(&versions::file(layout)),
            format!("/{name}"),
            format!("what waits in {of} is {} for {name} too", level.word()),
            format!("run `cargo xtask release --raise {of}={} --because WORDS`", level.word()),
        ));
    }
    missing.extend(unnoticed(layout, &order, &versions));
    let unpublished = packages.values().filter(|p| !p.publish).map(|p| p.name.clone()).collect();
    Ok(Report { unchanged: order.len() - rows.len(), rows, unpublished, missing })
}

/// What every published crate must have.
fn sound(
    layout: &Layout,
    package: &Package,
    packages: &BTreeMap<String, Package>,
    versions: &Versions,
    missing: &mut Vec<Problem>,
) {
    let manifest = layout.shown(&package.dir.join("Cargo.toml"));
    let mut miss = |reason: String, remedy: &str| missing.push(Problem::new(&manifest, "", reason, remedy));
    for key in ASKED.into_iter().filter(|key| !package.has(key)) {
        miss(format!("has no `{key}`"), "every published crate says that much of itself");
    }
    let version = versions.of(&package.name);
    if package.version() != version {
        let reason = format!("has the version {:?}, and specs/versions.toml makes it {version}", package.version());
        miss(reason, "run `cargo xtask generate`");
    }
    for (name, asked) in &package.needs {
        match packages.get(name) {
            Some(needed) if !needed.publish => {
                miss(format!("needs {name}, which is not published"), "take it out, or publish that too");
            }
            Some(_) if asked.as_deref() != Some(&versions.of(name)) => {
                let asked = asked.as_deref().unwrap_or("any version");
                miss(
                    format!("asks for {asked} of {name}, which is {}", versions.of(name)),
                    "run `cargo xtask generate`",
                );
            }
            _ => {}
        }
    }
    let log = changelog_of(layout, package);
    // What it is made of is told when the release is prepared.
    let follows = packages.values().filter(|other| other.name != package.name).any(|other| {
        let level = versions.unreleased(&other.name).and_then(|level| follow::goes_on(other, level, package));
        level.is_some()
    });
    let waits = versions.released(&package.name).is_none_or(|released| released != version);
    match Changelog::read(&log, &package.name) {
        Ok(_) if !log.exists() && !package.service => {
            miss("has no CHANGELOG.md".into(), "write one; see those of the others")
        }
        Ok(told) if waits && !follows && told.told().trim().is_empty() => miss(
            format!("its changelog does not say what {version} brings"),
            "note it with `cargo xtask release --raise`, or write it under `## Unreleased`",
        ),
        Ok(told) if !waits && !told.has(&version) => {
            miss(format!("its changelog has no part for {version}"), "write it, as the other parts are");
        }
        Ok(_) => {}
        Err(problem) => missing.push(problem),
    }
}

/// Where a changelog is written.
pub fn changelog_of(layout: &Layout, package: &Package) -> PathBuf {
    match package.service {
        true => changelog::of_service(layout, &package.name),
        false => package.dir.join(changelog::FILE),
    }
}

/// Crates whose sources differ from those of the last release and of which nothing waits. Nothing where there is no tag of a
/// release: not yet, or in a shallow clone.
fn unnoticed(layout: &Layout, order: &[&Package], versions: &Versions) -> Vec<Problem> {
    let git = |args: &[&str]| Command::new("git").arg("-C").arg(&layout.root).args(args).output().ok();
    let tag = git(&["describe", "--tags", "--abbrev=0", "--match", "release-*"]).filter(|out| out.status.success());
    let Some(tag) = tag.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_string()) else { return Vec::new() };
    let silent =
        order.iter().filter(|p| versions.released(&p.name).is_some() && versions.unreleased(&p.name).is_none());
    let changed = silent.filter(|package| {
        let dir = layout.shown(&package.dir);
        let log = format!(":(exclude){dir}/{}", changelog::FILE);
        // Versions of others stand in manifests; what a crate is made of is in its sources.
        let paths = [format!("{dir}/src"), log];
        let args: Vec<&str> =
            ["diff", "--quiet", &tag, "--"].into_iter().chain(paths.iter().map(String::as_str)).collect();
        git(&args).is_some_and(|out| out.status.code() == Some(1))
    });
    let problem = |package: &&Package| {
        let name = &package.name;
        Problem::new(
            format!("{}/src", layout.shown(&package.dir)),
            "",
            format!("has changed since {tag}, and nothing of it waits for a release"),
            format!("run `cargo xtask release --raise {name}=LEVEL --because WORDS`; `docs` is the mildest level"),
        )
    };
    changed.map(problem).collect()
}

impl Report {
    pub fn text(&self) -> String {
        let mut out = String::new();
        let mut put = |line: String| out.push_str(&format!("{line}\n"));
        match self.rows.len() {
            0 => put("nothing would be published".into()),
            n => put(format!("{n} crates would be published, in this order:")),
        }
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
        for (i, row) in self.rows.iter().enumerate() {
            let from = match (&row.released, row.level) {
                (Some(released), Some(level)) => format!("  after {released}, {}", level.word()),
                _ => String::new(),
            };
            let first = if row.first { "  first publish, by hand" } else { "" };
            put(format!("{:>3}  {:width$}  {}{from}{first}", i + 1, row.name, row.version));
        }
        if self.unchanged > 0 {
            put(format!("{} crates stay as they are", self.unchanged));
        }
        if !self.unpublished.is_empty() {
            put(format!("not published: {}", self.unpublished.join(", ")));
        }
        if self.rows.iter().any(|row| row.first) {
            put(format!("\n{}", registry::FIRST));
        }
        out
    }
}
