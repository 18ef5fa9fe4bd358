//! `cargo xtask generate`: from pinned documents to crates. A crate is written whole or not at all.

use super::{house, lowered};
use crate::catalog::{Catalog, Layout, crate_name};
use crate::document;
use crate::emit::package::Place;
use crate::emit::umbrella::{self, Listed};
use crate::emit::{self, Files, THREAD};
use crate::lock::{Entry, Lock, Names, Origin, SNAPSHOT_DATE};
use crate::lower::lower;
use crate::model::{Kind, Service};
use crate::problem::Problem;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Recursive schemas go deep.
const STACK: usize = 64 << 20;

/// How the run ended.
#[derive(Debug, Default)]
pub struct Outcome {
    pub problems: Vec<Problem>,
    /// Files that were written, or with `check` would have been.
    pub changed: Vec<String>,
}

struct Made {
    service: Service,
    names: Names,
    files: Files,
}

/// Generates the asked services (all when none is asked) and the glue.
pub fn run(layout: &Layout, asked: &[String], check: bool) -> Result<Outcome, Problem> {
    let catalog = Catalog::read(layout)?;
    let mut selected = catalog.select(layout, asked)?;
    // The largest first, so that no thread is left with it at the end.
    let size = |service: &str| std::fs::metadata(layout.pinned(service)).map_or(0, |m| m.len());
    selected.sort_by_key(|entry| std::cmp::Reverse(size(&entry.service)));
    let place = Place { workspace: true, fixture: false, crates: "../..".into(), reference: &catalog.house.reference };
    let results: Mutex<BTreeMap<usize, Result<Made, Problem>>> = Mutex::default();
    let next = AtomicUsize::new(0);
    let bar = Progress::new(selected.len());
    std::thread::scope(|scope| {
        let workers = std::thread::available_parallelism().map_or(2, usize::from).min(selected.len().max(1));
        for _ in 0..workers {
            let work = || {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(entry) = selected.get(i) else { break };
                    let made = lowered(layout, &catalog, entry).and_then(|(service, names)| {
                        let source = layout.shown(&layout.pinned(&entry.service));
                        let files = emit::run(&service, &source, &place, &catalog.house.account_parameters)?;
                        Ok(Made { service, names, files })
                    });
                    bar.done(&entry.service, &made);
                    if let Ok(mut results) = results.lock() {
                        results.insert(i, made);
                    }
                }
            };
            // A thread that cannot be had leaves its share to the others.
            let _ = std::thread::Builder::new().name(THREAD.into()).stack_size(STACK).spawn_scoped(scope, work);
        }
    });
    bar.finish();
    let results = results.into_inner().unwrap_or_default();

    let mut outcome = Outcome::default();
    let mut writer = Writer { layout, check, changed: Vec::new() };
    let mut titles = BTreeMap::new();
    for made in results.into_values() {
        match made {
            Ok(made) => {
                titles.insert(made.service.name.clone(), (made.service.title.clone(), calls(&made.service)));
                let dir = layout.services().join(crate_name(&made.service.name));
                writer.crate_dir(&dir, &made.files)?;
                let mut names = made.names;
                names.retire(made.service.operations.iter().map(|op| op.id.as_str()));
                writer.file(&layout.names(&made.service.name), &names.text())?;
            }
            Err(problem) => outcome.problems.push(problem),
        }
    }
    if asked.is_empty() {
        let place = Place { fixture: true, ..place };
        for fixture in &catalog.fixtures {
            let spec = layout.root.join(&fixture.spec);
            match on_thread(&fixture.spec, || made_from(&catalog, &spec, &fixture.spec, &fixture.name, &place)) {
                Ok((_, files)) => writer.crate_dir(&layout.root.join(&fixture.out), &files)?,
                Err(problem) => outcome.problems.push(problem),
            }
        }
    }
    glue(layout, &catalog, &titles, &mut writer)?;
    writer.strays(&catalog)?;
    outcome.changed = writer.changed;
    Ok(outcome)
}

fn calls(service: &Service) -> usize {
    service.operations.iter().filter(|op| op.kind == Kind::Call).count()
}

/// Umbrella, README and lock, for all services of the catalog that have a crate.
fn glue(
    layout: &Layout,
    catalog: &Catalog,
    made: &BTreeMap<String, (String, usize)>,
    writer: &mut Writer<'_>,
) -> Result<(), Problem> {
    let lock_path = layout.lock();
    let mut lock = Lock::read(&lock_path, &layout.shown(&lock_path))?;
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
                let title = read.and_then(|(_, d)| d["info"]["title"].as_str().map(str::to_string)).unwrap_or_else(|| entry.service.clone());
                let table = std::fs::read_to_string(dir.join("src/operations.rs")).unwrap_or_default();
                (title, table.matches("kind: Kind::Call,").count())
            }
            None => continue,
        };
        list.push(Listed { service: entry.service.clone(), title, calls });
    }
    let umbrella = layout.umbrella();
    writer.file(&umbrella.join("src/services.rs"), &umbrella::services_rs(&list))?;
    writer.file(&layout.root.join("tests/src/readmes.rs"), &umbrella::readmes(&list))?;
    let manifest = layout.root.join("tests/Cargo.toml");
    let text = umbrella::between(&layout.shown(&manifest), &read(&manifest)?, "services", &umbrella::test_dependencies(&list))?;
    writer.file(&manifest, &text)?;
    let manifest = umbrella.join("Cargo.toml");
    let shown = layout.shown(&manifest);
    let text = read(&manifest)?;
    let text = umbrella::between(&shown, &text, "features", &umbrella::features(&list))?;
    let text = umbrella::between(&shown, &text, "dependencies", &umbrella::dependencies(&list, env!("CARGO_PKG_VERSION")))?;
    writer.file(&manifest, &text)?;
    let readme = layout.root.join("README.md");
    let text = umbrella::between(&layout.shown(&readme), &read(&readme)?, "services", &umbrella::table(&list))?;
    writer.file(&readme, &text)?;
    writer.file(&lock_path, &lock.text())
}

fn read(path: &Path) -> Result<String, Problem> {
    std::fs::read_to_string(path).map_err(|e| Problem::io(path, "read the file", &e))
}

/// A crate from any document, outside the catalog.
pub fn from_spec(layout: &Layout, spec: &Path, name: &str, out: &Path) -> Result<(PathBuf, Service), Problem> {
    let catalog = Catalog::read(layout)?;
    let sound = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !sound {
        return Err(Problem::new(
            "--name",
            "",
            format!("`{name}` cannot be part of a crate's name"),
            "use lower case letters, digits and dashes, beginning with a letter",
        ));
    }
    let shown = spec.display().to_string();
    let root = layout.root.canonicalize().map_err(|e| Problem::io(&layout.root, "find the workspace", &e))?;
    let place = Place { workspace: false, fixture: false, crates: root.join("crates").display().to_string(), reference: &catalog.house.reference };
    let source = spec.file_name().map(|f| f.to_string_lossy().to_string()).unwrap_or_default();
    let (service, files) = on_thread(&shown, || made_from(&catalog, spec, &source, name, &place))?;
    // What is there and was not made here stays.
    if out.exists() && !is_ours(out) {
        return Err(Problem::new(
            out.display().to_string(),
            "",
            "the folder exists and is not a crate that was generated",
            "name another folder, or remove it",
        ));
    }
    let mut writer = Writer { layout, check: false, changed: Vec::new() };
    writer.crate_dir(out, &files)?;
    Ok((out.to_path_buf(), service))
}

/// A document without a names lock.
fn made_from(catalog: &Catalog, spec: &Path, source: &str, name: &str, place: &Place<'_>) -> Result<(Service, Files), Problem> {
    let shown = spec.display().to_string();
    let doc = document::read(spec)?;
    let service = lower(&shown, name, doc, &house(catalog), &mut Names::default())?;
    let files = emit::run(&service, source, place, &catalog.house.account_parameters)?;
    Ok((service, files))
}

/// On a thread of the generator's name, with its stack.
fn on_thread<T: Send>(shown: &str, work: impl FnOnce() -> Result<T, Problem> + Send) -> Result<T, Problem> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name(THREAD.into()).stack_size(STACK).spawn_scoped(scope, work);
        match thread.map(|t| t.join()) {
            Ok(Ok(result)) => result,
            _ => Err(Problem::new(shown, "", "the generator could not be run", "report it with the document")),
        }
    })
}

fn is_ours(dir: &Path) -> bool {
    let empty = std::fs::read_dir(dir).is_ok_and(|mut d| d.next().is_none());
    let manifest = std::fs::read_to_string(dir.join("Cargo.toml")).unwrap_or_default();
    empty || manifest.starts_with("# @generated by `cargo xtask generate`")
}

/// Writes what differs, or only lists it.
struct Writer<'a> {
    layout: &'a Layout,
    check: bool,
    changed: Vec<String>,
}

impl Writer<'_> {
    fn file(&mut self, path: &Path, content: &str) -> Result<(), Problem> {
        if std::fs::read(path).is_ok_and(|old| old == content.as_bytes()) {
            return Ok(());
        }
        self.changed.push(self.layout.shown(path));
        if self.check {
            return Ok(());
        }
        let io = |e| Problem::io(path, "write the file", &e);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(io)?;
        }
        let beside = path.with_extension("new");
        std::fs::write(&beside, content).map_err(io)?;
        std::fs::rename(&beside, path).map_err(io)
    }

    /// A crate is made beside the old one and takes its place in one step.
    fn crate_dir(&mut self, dir: &Path, files: &Files) -> Result<(), Problem> {
        let mut differing: Vec<String> = Vec::new();
        for (name, content) in files {
            if !std::fs::read(dir.join(name)).is_ok_and(|old| old == content.as_bytes()) {
                differing.push(name.clone());
            }
        }
        for stray in files_under(dir, dir) {
            // cargo's own leavings in a crate outside of the workspace
            if !files.contains_key(&stray) && !stray.starts_with("target/") && stray != "Cargo.lock" {
                differing.push(stray);
            }
        }
        if differing.is_empty() {
            return Ok(());
        }
        self.changed.extend(differing.iter().map(|f| self.layout.shown(&dir.join(f))));
        if self.check {
            return Ok(());
        }
        let io = |e| Problem::io(dir, "write the crate", &e);
        let parent = dir.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = dir.file_name().map(|n| n.to_string_lossy().to_string()).unwrap_or_default();
        // Not inside the folder of the workspace's members: a half-made crate is none.
        let room = match dir.starts_with(self.layout.services()) {
            true => self.layout.root.join("crates"),
            false => parent.to_path_buf(),
        };
        std::fs::create_dir_all(parent).map_err(io)?;
        let new = room.join(format!(".{name}.new"));
        let old = room.join(format!(".{name}.old"));
        for leftover in [&new, &old] {
            if leftover.exists() {
                std::fs::remove_dir_all(leftover).map_err(io)?;
            }
        }
        for (file, content) in files {
            let path = new.join(file);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(io)?;
            }
            std::fs::write(&path, content).map_err(io)?;
        }
        if dir.exists() {
            std::fs::rename(dir, &old).map_err(io)?;
        }
        if let Err(e) = std::fs::rename(&new, dir) {
            // Put back what was there.
            if old.exists() {
                let _ = std::fs::rename(&old, dir);
            }
            return Err(io(e));
        }
        if old.exists() {
            std::fs::remove_dir_all(&old).map_err(io)?;
        }
        Ok(())
    }

    /// Crates of services that the catalog does not have.
    fn strays(&mut self, catalog: &Catalog) -> Result<(), Problem> {
        let Ok(entries) = std::fs::read_dir(self.layout.services()) else { return Ok(()) };
        let known: Vec<String> = catalog.services().map(|d| crate_name(&d.service)).collect();
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().to_string();
            if !known.contains(&name) {
                let path = entry.path();
                self.changed.push(self.layout.shown(&path));
                if !self.check && is_ours(&path) {
                    std::fs::remove_dir_all(&path).map_err(|e| Problem::io(&path, "remove the crate", &e))?;
                }
            }
        }
        Ok(())
    }
}

fn files_under(dir: &Path, base: &Path) -> Vec<String> {
    let mut out = Vec::new();
    let Ok(entries) = std::fs::read_dir(dir) else { return out };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|n| n != "target") {
                out.extend(files_under(&path, base));
            }
        } else if let Ok(relative) = path.strip_prefix(base) {
            out.push(relative.to_string_lossy().replace('\\', "/"));
        }
    }
    out.sort();
    out
}

/// A bar on a terminal, a line each elsewhere.
struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    fn new(count: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(count as u64).with_style(style)
        });
        Self { bar }
    }

    fn done(&self, service: &str, made: &Result<Made, Problem>) {
        let line = match made {
            Ok(made) => {
                let warnings = made.service.changes.iter().filter(|c| c.warning).count();
                let lines: usize = made.files.values().map(|f| f.lines().count()).sum();
                format!("{service}: {} operations, {lines} lines, {warnings} warnings", calls(&made.service))
            }
            Err(_) => format!("{service}: failed"),
        };
        match &self.bar {
            Some(bar) => {
                bar.set_message(service.to_string());
                bar.inc(1);
            }
            None => eprintln!("{line}"),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
