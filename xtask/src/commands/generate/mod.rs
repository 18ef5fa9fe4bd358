//! `cargo xtask generate`: from pinned documents to crates. A crate is written whole or not at all.

use super::{house, lowered, outside};
use crate::api::Api;
use crate::catalog::{Catalog, Fixture, Layout, crate_name};
use crate::document;
use crate::emit::judge::{self, Judge};
use crate::emit::package::Place;
use crate::emit::umbrella::{self, Listed};
use crate::emit::{self, Emitted, Files, conformance, enums, mock, webhook};
use crate::gate::{Hosts, Received, Text};
use crate::lock::{Entry, Lock, Origin, SNAPSHOT_DATE};
use crate::lower::collect::NO_HOST;
use crate::lower::lower;
use crate::model::{Kind, Service};
use crate::names_lock::Names;
use crate::pool;
use crate::problem::Problem;
use crate::shown::line;
use dintero_codegen::thread::{self, guarded, on_thread};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// How the run ended.
#[derive(Debug, Default)]
pub struct Outcome {
    pub problems: Vec<Problem>,
    /// Actions of overlays that are no longer needed; with `check` they are problems.
    pub obsolete: Vec<Problem>,
    /// Files that were written, or with `check` would have been.
    pub changed: Vec<String>,
}

struct Made {
    service: Service,
    names: Names,
    files: Files,
    /// Its module of the conformance suite.
    suite: String,
    /// Its files of tests/judge, if it is judged.
    judge: Option<Judge>,
}

/// Generates the asked services (all when none is asked) and the glue.
pub fn run(layout: &Layout, asked: &[String], check: bool) -> Result<Outcome, Problem> {
    let catalog = Catalog::read(layout)?;
    let mut selected = catalog.select(layout, asked)?;
    // The largest first, so that no thread is left with it at the end.
    let size = |service: &str| std::fs::metadata(layout.pinned(service)).map_or(0, |m| m.len());
    selected.sort_by_key(|entry| std::cmp::Reverse(size(&entry.service)));
    let place = Place {
        workspace: true,
        fixture: false,
        crates: "../..".into(),
        reference: &catalog.house.reference,
        hosts: &[],
    };
    let bar = Progress::new(selected.len());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let source = |service: &str| layout.shown(&layout.pinned(service));
    let results = pool::each(thread::NAME, workers, &selected, |entry| {
        let source = source(&entry.service);
        let made = guarded(&source, || {
            let (service, names) = lowered(layout, &catalog, entry)?;
            let api = Api::of(&service, &house(&catalog))?;
            let Emitted { files, suite } = emit::run(&service, &api, &source, &place)?;
            let is_judged = catalog.house.judged.contains(&entry.service);
            let judge =
                is_judged.then(|| judge::run(&service, &source, &catalog.house.account_parameters)).transpose()?;
            Ok(Made { service, names, files, suite, judge })
        });
        bar.done(&entry.service, &made);
        made
    });
    bar.finish();
    // One that nobody took up is told, not passed over.
    let results = selected.iter().zip(results).map(|(entry, made)| {
        let none = || Problem::new(source(&entry.service), "", "no thread could be had to generate it", "run it again");
        made.unwrap_or_else(|| Err(none()))
    });

    let mut outcome = Outcome::default();
    let mut writer = Writer { layout, check, changed: Vec::new() };
    let mut titles = BTreeMap::new();
    let mut suites = BTreeMap::new();
    let mut judges = BTreeMap::new();
    let (mut sent, mut samples) = (webhook::Table::new(), webhook::Samples::new());
    let mut money = emit::money::Table::new();
    for made in results {
        match made {
            Ok(made) => {
                let obsolete = if check { &mut outcome.problems } else { &mut outcome.obsolete };
                obsolete.extend(made.service.obsolete.iter().cloned());
                titles.insert(made.service.name.clone(), (made.service.title.clone(), calls(&made.service)));
                sent.insert(made.service.name.clone(), webhook::sent(&made.service, &mut samples));
                suites.insert(made.service.name.clone(), made.suite);
                judges.extend(made.judge.map(|judge| (made.service.name.clone(), judge)));
                money.insert(made.service.name.clone(), emit::money::lines(&made.service));
                let dir = layout.services().join(crate_name(&made.service.name));
                writer.crate_dir(&dir, &made.files)?;
                writer.file(&layout.names(&made.service.name), &made.names.text())?;
            }
            Err(problem) => outcome.problems.push(problem),
        }
    }
    if asked.is_empty() {
        for fixture in &catalog.fixtures {
            let crates = place.crates.clone();
            let place = Place { workspace: true, fixture: true, crates, reference: "", hosts: &fixture.hosts };
            let spec = layout.root.join(&fixture.spec);
            match on_thread(&fixture.spec, || made_from(&catalog, &spec, &fixture.spec, fixture, &place)) {
                Ok((files, judge)) => {
                    judges.insert(fixture.name.clone(), judge);
                    writer.crate_dir(&layout.root.join(&fixture.out), &files)?;
                }
                Err(problem) => outcome.problems.push(problem),
            }
        }
    }
    outcome.problems.extend(Lock::of(layout)?.edited(layout));
    glue(layout, &catalog, &titles, &mut writer)?;
    events(layout, &catalog, sent, &samples, &mut writer)?;
    money_table(layout, &catalog, money, &mut writer)?;
    conformance_suite(layout, &catalog, suites, &mut writer)?;
    judge_suite(layout, &catalog, judges, &mut writer)?;
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
    made: &BTreeMap<String, (Text, usize)>,
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
    let pages = list.iter().map(|s| s.service.as_str()).filter(|service| layout.page(service).exists());
    writer.file(&layout.root.join("tests/src/pages.rs"), &umbrella::pages(pages))?;
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

/// The generated part of dintero-webhook. What was not made in this run stays as the table of events has it.
fn events(
    layout: &Layout,
    catalog: &Catalog,
    sent: webhook::Table,
    samples: &webhook::Samples,
    writer: &mut Writer<'_>,
) -> Result<(), Problem> {
    let (package, file) = (layout.webhook(), layout.events());
    if !package.exists() {
        return Ok(());
    }
    let order: Vec<String> = catalog.services().map(|d| d.service.clone()).collect();
    let mut table = match file.exists() {
        true => webhook::read_table(&layout.shown(&file), &read(&file)?)?,
        false => webhook::Table::new(),
    };
    table.extend(sent);
    table.retain(|service, sent| order.contains(service) && *sent != webhook::Sent::default());
    let text = webhook::table_text(&table)
        .map_err(|why| Problem::new(layout.shown(&file), "", format!("cannot be written: {why}"), "report it"))?;
    writer.file(&file, &text)?;
    let room = package.join("samples");
    let kept =
        files_under(&room, &room).into_iter().filter_map(|f| Some((f.clone(), read(&room.join(f)).ok()?))).collect();
    let glue = webhook::glue(&table, &order, samples, &kept, env!("CARGO_PKG_VERSION"));
    for warning in &glue.warnings {
        eprintln!("{}", line(&format!("warning: {warning}")));
    }
    sound(&layout.shown(&package.join("README.md")), emit::check::markdown(&glue.readme))?;
    for (name, text) in &glue.sources {
        let macros: &[&str] = if name == "src/samples.rs" { &["include_str"] } else { &["events"] };
        sound(&layout.shown(&package.join(name)), emit::check::glue("it", text, macros))?;
        writer.file(&package.join(name), text)?;
    }
    writer.crate_dir(&room, &glue.samples)?;
    for (name, part, new) in [("Cargo.toml", "services", &glue.dependencies), ("README.md", "events", &glue.readme)] {
        let path = package.join(name);
        let text = umbrella::between(&layout.shown(&path), &read(&path)?, part, new)?;
        writer.file(&path, &text)?;
    }
    Ok(())
}

/// What moves money; what was not made in this run stays as it stands.
fn money_table(
    layout: &Layout,
    catalog: &Catalog,
    made: emit::money::Table,
    writer: &mut Writer<'_>,
) -> Result<(), Problem> {
    let path = layout.money();
    let mut table = emit::money::read(&std::fs::read_to_string(&path).unwrap_or_default());
    table.extend(made);
    writer.file(&path, &emit::money::text(&table, catalog.services().map(|d| d.service.as_str())))
}

/// A module of the conformance suite for each service; one that was not asked for keeps its own.
fn conformance_suite(
    layout: &Layout,
    catalog: &Catalog,
    mut made: BTreeMap<String, String>,
    writer: &mut Writer<'_>,
) -> Result<(), Problem> {
    let dir = layout.root.join("tests/tests/conformance/services");
    let mut files = Files::new();
    let mut services = Vec::new();
    for entry in catalog.services() {
        let name = format!("{}.rs", entry.service.replace('-', "_"));
        let own = layout.services().join(crate_name(&entry.service)).exists();
        let suite = match made.remove(&entry.service) {
            Some(suite) => suite,
            None => std::fs::read_to_string(dir.join(&name)).unwrap_or_default(),
        };
        if own {
            services.push((entry.service.as_str(), !suite.is_empty()));
        }
        if !suite.is_empty() {
            files.insert(name, suite);
        }
    }
    files.insert("mod.rs".into(), conformance::modules(services.into_iter()));
    writer.crate_dir(&dir, &files)
}

/// The generated part of tests/judge; a document that was not made in this run keeps its own.
fn judge_suite(
    layout: &Layout,
    catalog: &Catalog,
    mut made: BTreeMap<String, Judge>,
    writer: &mut Writer<'_>,
) -> Result<(), Problem> {
    let package = layout.root.join("tests/judge");
    let (clients, cases) = (package.join("src/clients"), package.join("tests/requests/cases"));
    let services = catalog.house.judged.iter().map(|name| {
        let document = layout.shown(&layout.pinned(name));
        (name.as_str(), document, format!("../../{}/{}", layout.shown(&layout.services()), crate_name(name)))
    });
    let fixtures = catalog.fixtures.iter().map(|f| (f.name.as_str(), f.spec.clone(), format!("../../{}", f.out)));
    let (mut client_files, mut case_files) = (Files::new(), Files::new());
    let (mut judged, mut dependencies) = (Vec::new(), Vec::new());
    let all: Vec<_> = services.chain(fixtures).collect();
    for (name, document, folder) in &all {
        let file = format!("{}.rs", name.replace('-', "_"));
        let kept = |dir: &Path| std::fs::read_to_string(dir.join(&file)).unwrap_or_default();
        let made = made.remove(*name).unwrap_or_else(|| Judge { client: kept(&clients), cases: kept(&cases) });
        if made.client.is_empty() {
            continue;
        }
        client_files.insert(file.clone(), made.client);
        case_files.insert(file, made.cases);
        judged.push((*name, document.as_str()));
        dependencies.push((*name, folder.clone()));
    }
    if !package.exists() {
        return Ok(());
    }
    let modules = judge::modules(&judged);
    client_files.insert("mod.rs".into(), modules.client);
    case_files.insert("mod.rs".into(), modules.cases);
    writer.crate_dir(&clients, &client_files)?;
    writer.crate_dir(&cases, &case_files)?;
    let manifest = package.join("Cargo.toml");
    let new = judge::dependencies(&dependencies);
    let text = umbrella::between(&layout.shown(&manifest), &read(&manifest)?, "judged", &new)?;
    writer.file(&manifest, &text)
}

/// Glue is written only if it is nothing but glue.
fn sound(file: &str, checked: Result<(), String>) -> Result<(), Problem> {
    checked.map_err(|why| {
        let remedy = "report it with the documents: something of one would have become code";
        Problem::new(file, "", format!("is not written: {why}"), remedy)
    })
}

fn read(path: &Path) -> Result<String, Problem> {
    std::fs::read_to_string(path).map_err(|e| Problem::io(path, "read the file", &e))
}

/// A crate from any document, outside the catalog.
pub fn from_spec(
    layout: &Layout,
    spec: &Path,
    name: &str,
    out: &Path,
    base_url: Option<&str>,
    allow_hosts: &[String],
) -> Result<(PathBuf, Service), Problem> {
    let catalog = Catalog::read(layout)?;
    Hosts::check("--allow-host", allow_hosts)?;
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
    let place = Place {
        workspace: false,
        fixture: false,
        crates: root.join("crates").display().to_string(),
        reference: "",
        hosts: allow_hosts,
    };
    let source = spec.file_name().map(|f| f.to_string_lossy().to_string()).unwrap_or_default();
    let (service, files) = on_thread(&shown, || {
        let mut service = service_of(&catalog, spec, name, allow_hosts)?;
        if let Some(base) = base_url {
            place_at(&mut service, base)?;
        }
        let api = Api::of(&service, &house(&catalog))?;
        let Emitted { files, .. } = emit::run(&service, &api, &source, &place)?;
        Ok((service, files))
    })?;
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

/// A document without a names lock, and outside of the catalog: hosts beyond the house's are `allowed` by who asks.
fn service_of(catalog: &Catalog, spec: &Path, name: &str, allowed: &[String]) -> Result<Service, Problem> {
    let received = Received::new(document::read(spec)?);
    lower(&spec.display().to_string(), name, received, &outside(catalog, allowed), &mut Names::default())
}

fn made_from(
    catalog: &Catalog,
    spec: &Path,
    source: &str,
    fixture: &Fixture,
    place: &Place<'_>,
) -> Result<(Files, Judge), Problem> {
    let service = service_of(catalog, spec, &fixture.name, &fixture.hosts)?;
    let api = Api::of(&service, &house(catalog))?;
    let Emitted { files, .. } = emit::run(&service, &api, source, place)?;
    let judge = judge::run(&service, source, &catalog.house.account_parameters)?;
    Ok((files, judge))
}

/// Servers that are no absolute address begin here.
fn place_at(service: &mut Service, base: &str) -> Result<(), Problem> {
    let base = base.trim_end_matches('/');
    let host = base.strip_prefix("https://").or(base.strip_prefix("http://"));
    if host.is_none_or(str::is_empty) {
        let remedy = "give one such as https://api.example.com";
        return Err(Problem::new("--base-url", "", format!("`{base}` is no address of a server"), remedy));
    }
    for op in &mut service.operations {
        if !op.server.contains("://") {
            let path = op.server.trim_start_matches('/');
            op.server = format!("{base}/{path}").trim_end_matches('/').into();
        }
    }
    service.changes.retain(|change| !change.what.ends_with(NO_HOST) || change.what.contains("://"));
    Ok(())
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
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(count as u64).with_style(style)
        });
        Self { bar }
    }

    fn done(&self, service: &str, made: &Result<Made, Problem>) {
        let told = match made {
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
            None => eprintln!("{}", line(&told)),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace of its own with the services `good` and `other`.
    fn workspace() -> (tempfile::TempDir, Layout) {
        let dir = tempfile::tempdir().expect("a folder");
        let layout = Layout { root: dir.path().to_path_buf() };
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, text).expect("written");
        };
        let mut catalog = String::from(
            "[house]\nevent_paths = ['/examples/']\nmoney_words = ['capture']\nhosts = ['.example.com']\nsensitive = ['email']\naccount_parameters = ['aid']\nindex = 'i'\nreference = 'https://example.com/reference'\n[house.paging]\ncursor = 'starting_after'\nlast_key = 'k'\nnext = 'n'\nnext_parameters = []\nsize_parameters = []\n",
        );
        for service in ["good", "other"] {
            catalog.push_str(&format!(
                "[[document]]\nservice = '{service}'\nrole = 'service'\nurl = 'https://example.com/{service}'\n"
            ));
            write(&format!("specs/pinned/{service}.yaml"), DOCUMENT);
        }
        write("specs/catalog.toml", &catalog);
        let markers = |part: &str| format!("# {} ({part})\n# {} ({part})\n", umbrella::BEGIN, umbrella::END);
        write("crates/dintero/Cargo.toml", &format!("{}{}", markers("features"), markers("dependencies")));
        write("tests/Cargo.toml", &markers("services"));
        write("README.md", &markers("services"));
        (dir, layout)
    }

    const DOCUMENT: &str = "
openapi: 3.0.0
info: {title: Things, version: '1'}
servers: [{url: https://api.example.com}]
paths:
  /accounts/{aid}/things:
    get:
      operationId: things_get
      parameters: [{name: aid, in: path, required: true, schema: {type: string}}]
      responses:
        '200': {description: OK, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Thing'}}}}}
components:
  schemas:
    Thing: {type: object, properties: {id: {type: string}}}
";

    #[test]
    fn a_second_run_changes_no_byte_and_an_edit_is_named() {
        let (_dir, layout) = workspace();
        let first = run(&layout, &[], false).expect("runs");
        assert!(first.problems.is_empty() && first.changed.len() > 10, "{:?}", first.problems);
        assert_eq!(run(&layout, &[], false).expect("runs").changed, Vec::<String>::new());
        assert_eq!(run(&layout, &[], true).expect("runs").changed, Vec::<String>::new());
        for file in ["src/types.rs", "src/builder.rs", "Cargo.toml", "README.md"] {
            let path = layout.services().join("dintero-good").join(file);
            let text = std::fs::read_to_string(&path).expect("made");
            std::fs::write(&path, format!("{text}\n// by hand\n")).expect("edited");
            assert_eq!(
                run(&layout, &[], true).expect("runs").changed,
                [format!("crates/services/dintero-good/{file}")]
            );
            std::fs::write(&path, text).expect("put back");
        }
        let stray = layout.services().join("dintero-good/src/extra.rs");
        std::fs::write(&stray, "").expect("written");
        assert_eq!(run(&layout, &[], true).expect("runs").changed, ["crates/services/dintero-good/src/extra.rs"]);
        run(&layout, &[], false).expect("runs");
        assert!(!stray.exists(), "what is not made is not left");
    }

    /// Writes the overlay of `good`.
    fn overlay(layout: &Layout, actions: &str) {
        let path = layout.overlay("good");
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        let text = format!("overlay: 1.0.0\ninfo: {{title: Corrections, version: '1'}}\nactions:\n{actions}");
        std::fs::write(path, text).expect("written");
    }

    fn made(layout: &Layout, file: &str) -> String {
        std::fs::read_to_string(layout.services().join("dintero-good/src").join(file)).expect("made")
    }

    #[test]
    fn an_overlay_marks_what_the_document_does_not() {
        let (_dir, layout) = workspace();
        let text = DOCUMENT.replace(
            "properties: {id: {type: string}}",
            "properties: {id: {type: string}, nickname: {type: string}, email: {type: string}}",
        );
        let text = text.replace(
            "components:",
            "    post: {operationId: things_post, responses: {'204': {description: OK}}}\n  /accounts/{aid}/capture:\n    post: {operationId: capture, responses: {'204': {description: OK}}}\ncomponents:",
        );
        let text = text.replace(
            "schema: {type: string}}]",
            "schema: {type: string}}, {name: starting_after, in: query, schema: {type: string}}]",
        );
        std::fs::write(layout.pinned("good"), text).expect("written");
        run(&layout, &[], false).expect("runs");
        let hidden = |field: &str| made(&layout, "types.rs").contains(&format!("{field} @hidden"));
        let fact = |id: &str, key: &str| {
            let table = made(&layout, "operations.rs");
            let entry = table.split("pub static ").find(|e| e.contains(&format!("id: {id:?},"))).expect("an entry");
            let line = entry.lines().find(|l| l.trim().starts_with(&format!("{key}:"))).expect("a fact");
            line.trim().trim_end_matches(',').split_once(": ").expect("a value").1.to_string()
        };
        assert!(!hidden("nickname") && hidden("email"));
        assert_eq!(fact("things_post", "idempotent"), "false");
        assert_eq!(fact("things_post", "moves_money"), "false");
        assert_eq!(fact("capture", "moves_money"), "true");
        assert!(fact("things_get", "paging").starts_with("Some("));
        overlay(
            &layout,
            "
- target: $.components.schemas.Thing.properties
  description: a nickname is personal, and this email is that of a desk
  update: {nickname: {x-sensitive: true}, email: {x-sensitive: false}}
- target: $.paths['/accounts/{aid}/things'].post
  description: the service drops a second one
  update: {x-idempotent: true, x-moves-money: true}
- target: $.paths['/accounts/{aid}/capture'].post
  description: it captures a picture
  update: {x-moves-money: false}
- target: $.paths['/accounts/{aid}/things'].get
  description: the cursor is not followed
  update: {x-paging: false}
",
        );
        let outcome = run(&layout, &[], false).expect("runs");
        assert!(outcome.problems.is_empty() && outcome.obsolete.is_empty(), "{outcome:?}");
        assert!(hidden("nickname") && !hidden("email"));
        assert_eq!(fact("things_post", "idempotent"), "true");
        assert_eq!(fact("things_post", "moves_money"), "true");
        assert_eq!(fact("capture", "moves_money"), "false");
        assert_eq!(fact("things_get", "paging"), "None");
        assert_eq!(run(&layout, &[], true).expect("runs").changed, Vec::<String>::new());
    }

    #[test]
    fn an_action_that_matches_nothing_is_a_warning_and_in_a_check_a_problem() {
        let (_dir, layout) = workspace();
        overlay(&layout, "- {target: $.paths.gone, description: it was wrong, remove: true}\n");
        let outcome = run(&layout, &[], false).expect("runs");
        let [warning] = outcome.obsolete.as_slice() else { panic!("{outcome:?}") };
        assert_eq!((warning.file.as_str(), warning.pointer.as_str()), ("specs/overlays/good.yaml", "/actions/0"));
        assert!(warning.reason.contains("`$.paths.gone` matches nothing") && outcome.problems.is_empty(), "{warning}");
        assert!(made(&layout, "types.rs").contains("Thing"), "the crate is made");
        let checked = run(&layout, &[], true).expect("runs");
        assert_eq!((checked.problems.as_slice(), checked.changed.len()), ([warning.clone()].as_slice(), 0));
        assert_eq!(crate::commands::obsolete(&layout, &[]).expect("runs").first(), Some(warning));
    }

    #[test]
    fn a_malformed_overlay_leaves_its_crate_and_stops_no_other() {
        let (_dir, layout) = workspace();
        run(&layout, &[], false).expect("runs");
        let before = made(&layout, "types.rs");
        overlay(&layout, "- {target: $.info, description: a slip, udpate: {title: New}}\n");
        let other = layout.services().join("dintero-other/src/types.rs");
        std::fs::write(&other, "").expect("written");
        let outcome = run(&layout, &[], false).expect("runs");
        let [problem] = outcome.problems.as_slice() else { panic!("{outcome:?}") };
        assert_eq!(problem.pointer, "/actions/0/udpate", "{problem}");
        assert_eq!(made(&layout, "types.rs"), before);
        assert!(std::fs::read_to_string(&other).expect("read").contains("Thing"));
    }

    #[test]
    fn a_bad_document_is_told_leaves_its_crate_and_stops_no_other() {
        let bad: [(&str, &str, &str); 9] = [
            ("{{{ no yaml", "", "neither YAML nor JSON"),
            ("<html><body>moved</body></html>", "", "is not an OpenAPI document"),
            ("openapi: 3.2.0\npaths: {}", "/openapi", "is not supported"),
            ("swagger: '1.2'\npaths: {}", "/swagger", "is not supported"),
            ("openapi: 3.0.0\npaths: []", "/paths", "no mapping"),
            ("openapi: 3.0.0\npaths: {/a: 5}", "/paths/~1a", "no mapping"),
            (
                "openapi: 3.0.0\npaths: {}\ncomponents: {schemas: {A: {properties: {b: {$ref: '#/components/schemas/B'}}}}}",
                "/components/schemas/A/properties/b",
                "leads nowhere",
            ),
            (
                "openapi: 3.0.0\npaths: {}\ncomponents: {schemas: {A: {$ref: '#/components/schemas/A'}}}",
                "/components/schemas/A",
                "only leads back to itself",
            ),
            (
                "openapi: 3.0.0\npaths: {/a: {get: {parameters: [{$ref: 'other.yaml#/x'}]}}}",
                "/paths/~1a/get/parameters/0",
                "out of the document",
            ),
        ];
        let (_dir, layout) = workspace();
        run(&layout, &[], false).expect("runs");
        let crate_dir = layout.services().join("dintero-good");
        let before: Vec<(String, Vec<u8>)> = files_under(&crate_dir, &crate_dir)
            .into_iter()
            .map(|f| (f.clone(), std::fs::read(crate_dir.join(f)).expect("read")))
            .collect();
        for (text, pointer, reason) in bad {
            std::fs::write(layout.pinned("good"), text).expect("written");
            // The other one changes at the same time, and is made.
            let other = layout.services().join("dintero-other/src/types.rs");
            std::fs::write(&other, "").expect("written");
            let outcome = run(&layout, &[], false).expect("runs");
            let [problem] = outcome.problems.as_slice() else { panic!("{text}: {:?}", outcome.problems) };
            assert_eq!(
                (problem.file.as_str(), problem.pointer.as_str()),
                ("specs/pinned/good.yaml", pointer),
                "{problem}"
            );
            assert!(problem.reason.contains(reason) && !problem.remedy.is_empty(), "{problem}");
            assert!(std::fs::read_to_string(&other).expect("read").contains("Thing"), "{text}");
            for (file, bytes) in &before {
                assert_eq!(&std::fs::read(crate_dir.join(file)).expect("still there"), bytes, "{text}: {file}");
            }
        }
    }

    #[test]
    fn the_name_of_what_is_gone_is_kept_for_it() {
        let (_dir, layout) = workspace();
        run(&layout, &[], false).expect("runs");
        let other = DOCUMENT.replace("things_get", "boats_get").replace("{aid}/things", "{aid}/boats");
        std::fs::write(layout.pinned("good"), other).expect("written");
        for _ in 0..2 {
            run(&layout, &[], false).expect("runs");
            let names = std::fs::read_to_string(layout.names("good")).expect("made");
            let (methods, retired) = names.split_once("[retired]").unwrap_or_else(|| panic!("{names}"));
            assert!(methods.contains("boats_get = ") && retired.contains("things_get = \"list_things\""), "{names}");
        }
    }

    #[test]
    fn an_operation_whose_id_alone_changed_keeps_its_method() {
        let (_dir, layout) = workspace();
        run(&layout, &[], false).expect("runs");
        let renamed = DOCUMENT.replace("things_get", "things_read").replace("aid", "oid");
        std::fs::write(layout.pinned("good"), renamed).expect("written");
        for _ in 0..2 {
            run(&layout, &[], false).expect("runs");
            let names = std::fs::read_to_string(layout.names("good")).expect("made");
            assert!(names.contains("things_read = \"list_things\"") && !names.contains("things_get"), "{names}");
        }
    }

    #[test]
    fn a_blemish_stops_nothing() {
        let (_dir, layout) = workspace();
        let text = "
openapi: 3.0.0
info: {title: Blemished, version: 1}
paths:
  /a/{id}:
    get:
      responses:
        '200': {content: {application/json: {}}}
        nonsense: {}
    post:
      operationId: twice
      tags:
      responses: {}
    put:
      operationId: twice
      parameters: [{name: ghost, in: path, schema: {type: string}}]
  /b:
    options: {responses: {}}
components:
  schemas:
    A: {type: object, required: [ghost], properties: {x: {type: string, pattern: '[', format: unheard-of, default: 5, example: {a: 1}}}}
    B: {type: [string], enum: []}
    C: {allOf: []}
    D: {oneOf: [], anyOf: [{type: string}], not: {type: integer}}
    E: {type: array}
    F: {properties: {'': {type: string}, '123': {type: string}, 'ø': {type: string}}}
    G: {enum: [1, two, null, 3.5]}
";
        std::fs::write(layout.pinned("good"), text).expect("written");
        let outcome = run(&layout, &[], false).expect("runs");
        assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
        let lib = std::fs::read_to_string(layout.services().join("dintero-good/src/lib.rs")).expect("made");
        for id in ["a_id_get", "twice", "a_id_put"] {
            assert!(lib.contains(&format!("doc(alias = \"{id}\")")), "{id}");
        }
    }

    #[test]
    fn a_panic_of_the_generator_is_told_as_a_problem() {
        let (_dir, layout) = workspace();
        let catalog = Catalog::read(&layout).expect("the catalog");
        let place = Place {
            workspace: true,
            fixture: false,
            crates: "../..".into(),
            reference: &catalog.house.reference,
            hosts: &[],
        };
        let mut service = Service { file: "spec.yaml".into(), name: "x".into(), ..Service::default() };
        // What no pass would leave: an array of fixed length is taken, a type that is none makes typify give up.
        service.schemas.insert("A".into(), serde_json::json!({"type": "boolean", "format": "uri-map"}));
        let problem = on_thread("spec.yaml", || {
            let api = Api::of(&service, &house(&catalog))?;
            emit::run(&service, &api, "spec.yaml", &place).map(|e| e.files)
        })
        .expect_err("refused");
        assert!(problem.reason.contains("cannot be made into Rust"), "{problem}");
        assert!(!problem.remedy.is_empty());
    }

    #[test]
    fn a_panic_of_a_pass_is_told_as_a_problem() {
        let problem = on_thread("spec.yaml", || -> Result<(), Problem> { panic!("a pass") }).expect_err("told");
        assert_eq!((problem.file.as_str(), problem.reason.as_str()), ("spec.yaml", "a pass gave up on the document"));
    }

    #[test]
    fn a_folder_that_was_not_made_here_is_not_overwritten() {
        let (dir, layout) = workspace();
        let out = dir.path().join("mine");
        std::fs::create_dir_all(&out).expect("a folder");
        std::fs::write(out.join("letters.txt"), "dear").expect("written");
        let problem = from_spec(&layout, &layout.pinned("good"), "x", &out, None, &[]).expect_err("refused");
        assert!(problem.reason.contains("not a crate that was generated"), "{problem}");
        assert!(out.join("letters.txt").exists());
        let problem = from_spec(&layout, &layout.pinned("good"), "No Name", &dir.path().join("new"), None, &[])
            .expect_err("refused");
        assert!(problem.reason.contains("cannot be part of a crate's name"), "{problem}");
        let (made, service) =
            from_spec(&layout, &layout.pinned("good"), "x", &dir.path().join("new"), None, &[]).expect("made");
        assert!(made.join("src/lib.rs").exists());
        assert_eq!(service.operations[0].name, "list_things");
    }

    #[test]
    fn a_document_without_a_host_takes_one() {
        let (dir, layout) = workspace();
        let spec = dir.path().join("spec.yaml");
        for (published, server) in [
            ("https://api.example.com", "https://api.example.com"),
            ("/v1", "https://here.example.com/base/v1"),
            ("", "https://here.example.com/base"),
        ] {
            std::fs::write(&spec, DOCUMENT.replace("https://api.example.com", published)).expect("written");
            let out = dir.path().join("new");
            let (_, service) = from_spec(&layout, &spec, "x", &out, None, &[]).expect("made");
            let told = service.changes.iter().filter(|c| c.warning && c.what.ends_with(NO_HOST)).count();
            assert_eq!(told, usize::from(server != published), "{published}");
            let base = Some("https://here.example.com/base/");
            let (_, service) = from_spec(&layout, &spec, "x", &out, base, &[]).expect("made");
            assert_eq!(service.operations[0].server, server);
            assert!(!service.changes.iter().any(|c| c.what.ends_with(NO_HOST)));
        }
        let problem = from_spec(&layout, &spec, "x", &dir.path().join("new"), Some("here"), &[]).expect_err("refused");
        assert!(problem.reason.contains("is no address"), "{problem}");
    }

    #[test]
    fn what_is_judged_stands_in_the_catalog() {
        let (dir, layout) = workspace();
        let judge = dir.path().join("tests/judge");
        std::fs::create_dir_all(&judge).expect("a folder");
        let markers = format!("# {} (judged)\n# {} (judged)\n", umbrella::BEGIN, umbrella::END);
        std::fs::write(judge.join("Cargo.toml"), markers).expect("written");
        let catalog = std::fs::read_to_string(layout.catalog()).expect("read");
        let judged = catalog.replace("money_words", "judged = ['good']\nmoney_words");
        std::fs::write(layout.catalog(), judged).expect("written");
        run(&layout, &[], false).expect("runs");
        let client = judge.join("src/clients/good.rs");
        let made = std::fs::read_to_string(&client).expect("made");
        assert!(!judge.join("src/clients/other.rs").exists());
        let manifest = std::fs::read_to_string(judge.join("Cargo.toml")).expect("read");
        assert!(manifest.contains("dintero-good = { path = \"../../crates/services/dintero-good\" }"), "{manifest}");
        // What was not asked for stays, an edit does not.
        assert!(run(&layout, &["other".into()], false).expect("runs").changed.is_empty());
        std::fs::write(&client, format!("{made}// mine\n")).expect("edited");
        assert_eq!(run(&layout, &[], true).expect("runs").changed, ["tests/judge/src/clients/good.rs"]);
        std::fs::write(layout.catalog(), catalog).expect("written");
        run(&layout, &[], false).expect("runs");
        assert!(!client.exists());
    }

    #[test]
    fn a_new_service_is_one_entry_and_a_removed_one_goes() {
        let (_dir, layout) = workspace();
        run(&layout, &[], false).expect("runs");
        let catalog = std::fs::read_to_string(layout.catalog()).expect("read");
        let more = format!("{catalog}[[document]]\nservice = 'third'\nrole = 'service'\nurl = 'u'\n");
        std::fs::write(layout.catalog(), more).expect("written");
        std::fs::write(layout.pinned("third"), DOCUMENT).expect("written");
        run(&layout, &[], false).expect("runs");
        let services = std::fs::read_to_string(layout.umbrella().join("src/services.rs")).expect("made");
        assert!(services.contains("pub fn third(&self) -> third::Client"), "{services}");
        std::fs::write(layout.catalog(), catalog).expect("written");
        run(&layout, &[], false).expect("runs");
        assert!(!layout.services().join("dintero-third").exists());
        let problem = run(&layout, &["fourth".to_string()], false).expect_err("no such service");
        assert!(problem.remedy.contains("good, other"), "{problem}");
    }
}
