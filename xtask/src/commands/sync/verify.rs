//! `cargo xtask sync --verify`: what stands after a sync, asked of cargo itself.
//!
//! Generated files are what the documents give, every target compiles, the suite of what changed passes, and so do the
//! examples and the doctests. One thing that fails stops no other from being told.

use crate::catalog::{Catalog, Layout, crate_name};
use crate::commands::generate;
use crate::problem::Problem;
use crate::shown::line;
use crate::shown::markdown::running;
use serde::Deserialize;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// One thing that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub what: String,
    pub verdict: Verdict,
    pub detail: String,
    /// What failed, a line each.
    pub failures: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Stands,
    Failed,
    /// There was nothing to ask.
    Empty,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Stands => "ok",
            Self::Failed => "FAILED",
            Self::Empty => "-",
        }
    }
}

/// Failures that are named; their number is always told.
const NAMED: usize = 8;

impl Row {
    fn new(what: impl Into<String>, detail: impl Into<String>, failures: Vec<String>) -> Self {
        let verdict = if failures.is_empty() { Verdict::Stands } else { Verdict::Failed };
        Self { what: what.into(), verdict, detail: detail.into(), failures }
    }
}

/// Asks for the workspace as it stands; the suite of these services, which a sync has changed.
pub fn run(layout: &Layout, changed: &[String]) -> Result<Vec<Row>, Problem> {
    let mut rows = vec![generated(layout)?];
    rows.push(compiles(layout)?);
    rows.extend(suites(layout, changed)?);
    rows.push(examples(layout)?);
    rows.push(doctests(layout, changed)?);
    Ok(rows)
}

fn generated(layout: &Layout) -> Result<Row, Problem> {
    let outcome = generate::run(layout, &[], true)?;
    let mut failures: Vec<String> = outcome.changed.iter().map(|file| format!("{file} is out of date")).collect();
    failures.extend(outcome.problems.iter().map(|p| format!("{}#{}: {}", p.file, p.pointer, p.reason)));
    Ok(Row::new("generated files", "are what the documents give", failures))
}

/// What cargo prints for programs: which target has an error.
#[derive(Debug, Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    target: Option<Target>,
    #[serde(default)]
    message: Option<Told>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Told {
    level: String,
    message: String,
    spans: Vec<Span>,
}

#[derive(Debug, Deserialize)]
struct Span {
    file_name: String,
    line_start: usize,
    is_primary: bool,
}

fn compiles(layout: &Layout) -> Result<Row, Problem> {
    let arguments = ["build", "--workspace", "--all-targets", "--keep-going", "--message-format", "json"];
    let Done { out, stopped, .. } = cargo(layout, &arguments)?;
    let (targets, mut failures) = errors(&out);
    if let Some(why) = stopped.filter(|_| failures.is_empty()) {
        failures.push(why);
    }
    Ok(Row::new("all targets compile", format!("{targets} targets"), failures))
}

/// How many targets there are, and those that have errors, each with its first.
fn errors(out: &str) -> (usize, Vec<String>) {
    let (mut targets, mut failures) = (0, Vec::<(String, String)>::new());
    for message in out.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok()) {
        let Some(target) = message.target else { continue };
        let name = format!("{} ({})", target.name, target.kind.join(", "));
        match (message.reason.as_str(), message.message) {
            ("compiler-artifact", _) if target.kind != ["custom-build"] => targets += 1,
            ("compiler-message", Some(told)) if told.level == "error" => {
                let span = told.spans.iter().find(|span| span.is_primary);
                let place = span.map(|span| format!("{}:{}: ", span.file_name, span.line_start)).unwrap_or_default();
                if !failures.iter().any(|(known, _)| *known == name) {
                    failures.push((name, format!("{place}{}", told.message)));
                }
            }
            _ => {}
        }
    }
    (targets, failures.into_iter().map(|(name, error)| format!("{name}: {error}")).collect())
}

/// One test as the harness prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Test<'a> {
    name: &'a str,
    end: &'a str,
}

fn tests(out: &str) -> Vec<Test<'_>> {
    let lines = out.lines().filter_map(|line| line.strip_prefix("test ")?.rsplit_once(" ... "));
    lines.map(|(name, end)| Test { name, end: end.trim() }).filter(|test| !test.name.starts_with("result:")).collect()
}

/// Passed, failed by name, and left out.
fn row(what: String, tests: &[Test<'_>], nothing: &str) -> Row {
    let failed = |test: &&Test<'_>| test.end.starts_with("FAILED");
    let failures: Vec<String> = tests.iter().filter(failed).map(|test| test.name.to_string()).collect();
    let left_out = tests.iter().filter(|test| test.end.starts_with("ignored")).count();
    let mut detail = format!("{} passed", tests.len() - failures.len() - left_out);
    if left_out > 0 {
        let _ = write!(detail, ", {left_out} left out");
    }
    match tests.is_empty() {
        true => Row { verdict: Verdict::Empty, ..Row::new(what, nothing, Vec::new()) },
        false => Row::new(what, detail, failures),
    }
}

/// The tests of the suite that are about all services together, by what their names begin with.
const FOR_ALL: [&str; 2] = ["every_operation", "what_is_not_judged"];

/// How the suite begins to tell what it does not judge.
const COUNTED: &str = "conformance: ";

/// The conformance suite: what holds for all services, and every operation of those that changed.
fn suites(layout: &Layout, changed: &[String]) -> Result<Vec<Row>, Problem> {
    let modules: Vec<String> =
        changed.iter().map(|service| format!("services::{}::", service.replace('-', "_"))).collect();
    let mut arguments = vec!["test", "--workspace", "--test", "conformance", "--no-fail-fast", "--"];
    arguments.extend(FOR_ALL);
    arguments.extend(modules.iter().map(String::as_str));
    let Done { out, said, stopped } = cargo(layout, &arguments)?;
    let all = tests(&out);
    let of = |prefix: &str| all.iter().filter(|test| test.name.starts_with(prefix)).copied().collect::<Vec<_>>();
    let general: Vec<Test<'_>> = all.iter().filter(|test| !test.name.contains("::")).copied().collect();
    let mut rows = vec![row("suite: every operation is tested, or told".into(), &general, "it has no such test")];
    // What the suite cannot make it counts, and names in the log.
    if let (Some(told), Some(first)) = (said.lines().find_map(|line| line.strip_prefix(COUNTED)), rows.first_mut()) {
        let _ = write!(first.detail, "; {told}");
        said.lines().filter(|line| line.contains("not judged: ")).for_each(|text| eprintln!("{}", line(text)));
    }
    for (service, module) in changed.iter().zip(&modules) {
        rows.push(row(format!("suite: {service}"), &of(module), "no operation can be called"));
    }
    if let Some(why) = stopped.filter(|_| rows.iter().all(|row| row.verdict != Verdict::Failed)) {
        rows.push(Row::new("suite", "", vec![why]));
    }
    Ok(rows)
}

/// The examples of the umbrella, run: one may compile and no longer do what it is for.
fn examples(layout: &Layout) -> Result<Row, Problem> {
    let names = tests_of(&layout.umbrella().join("Cargo.toml"));
    let mut arguments = vec!["test", "--workspace", "--no-fail-fast"];
    arguments.extend(names.iter().flat_map(|name| ["--test", name.as_str()]));
    if names.is_empty() {
        return Ok(row("examples".into(), &[], "there are none"));
    }
    let Done { out, stopped, .. } = cargo(layout, &arguments)?;
    let mut row = row("examples".into(), &tests(&out), "there are none");
    if let Some(why) = stopped.filter(|_| row.failures.is_empty()) {
        row = Row::new("examples", "", vec![why]);
    }
    Ok(row)
}

/// The tests that a manifest names.
fn tests_of(manifest: &Path) -> Vec<String> {
    let table = std::fs::read_to_string(manifest).ok().and_then(|text| text.parse::<toml::Table>().ok());
    let listed = table.as_ref().and_then(|table| table.get("test")?.as_array()).into_iter().flatten();
    listed.filter_map(|test| Some(test.get("name")?.as_str()?.to_owned())).collect()
}

/// Those of the pages and of what changed; a service that did not change has those that it had.
fn doctests(layout: &Layout, changed: &[String]) -> Result<Row, Problem> {
    let catalog = Catalog::read(layout)?;
    let same: Vec<String> =
        catalog.services().filter(|d| !changed.contains(&d.service)).map(|d| crate_name(&d.service)).collect();
    let mut arguments = vec!["test", "--workspace", "--doc", "--no-fail-fast"];
    for name in same.iter().filter(|name| layout.services().join(name).exists()) {
        arguments.extend(["--exclude", name.as_str()]);
    }
    let off = doctests_off(layout);
    for name in &off {
        arguments.extend(["--exclude", name.as_str()]);
    }
    let Done { out, stopped, .. } = cargo(layout, &arguments)?;
    let mut row = row("doctests".into(), &tests(&out), "there are none");
    if !off.is_empty() {
        let _ = write!(row.detail, "; none of {}, whose README is to be mended", off.join(" and "));
    }
    if let Some(why) = stopped.filter(|_| row.failures.is_empty()) {
        row = Row::new("doctests", "", vec![why]);
    }
    Ok(row)
}

/// The crates whose manifest turns their doctests off. `cargo test` heeds it, and `cargo test --doc` does not.
fn doctests_off(layout: &Layout) -> Vec<String> {
    let folders = std::fs::read_dir(layout.root.join("crates")).into_iter().flatten().flatten();
    let manifests = folders.filter_map(|folder| std::fs::read_to_string(folder.path().join("Cargo.toml")).ok());
    let tables = manifests.filter_map(|text| text.parse::<toml::Table>().ok());
    let is_off = |table: &toml::Table| table.get("lib").and_then(|lib| lib.get("doctest")?.as_bool()) == Some(false);
    let mut out: Vec<String> = tables
        .filter(is_off)
        .filter_map(|table| Some(table.get("package")?.get("name")?.as_str()?.to_owned()))
        .collect();
    out.sort();
    out
}

/// How a run of cargo ended.
struct Done {
    out: String,
    said: String,
    /// If it failed, the first error that it told.
    stopped: Option<String>,
}

fn cargo(layout: &Layout, arguments: &[&str]) -> Result<Done, Problem> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let told = line(&format!("cargo {}", arguments.join(" ")));
    eprintln!("{told}");
    let done = Command::new(&program)
        .args(arguments)
        .current_dir(&layout.root)
        .env("CARGO_TERM_COLOR", "never")
        // It is the workspace's own, whoever started this program.
        .env_remove("CARGO_MANIFEST_DIR")
        .stdin(Stdio::null())
        .output()
        .map_err(|e| Problem::new("cargo", "", format!("cannot be run: {e}"), "install Rust, or set CARGO"))?;
    let said = String::from_utf8_lossy(&done.stderr).to_string();
    let is_error = |line: &&str| line.starts_with("error");
    let last = said.lines().find(is_error).or(said.lines().last()).unwrap_or_default().to_string();
    if !done.status.success() {
        said.lines().for_each(|text| eprintln!("{}", line(text)));
    }
    let stopped = (!done.status.success()).then(|| format!("{told}: {} ({last})", done.status));
    Ok(Done { out: String::from_utf8_lossy(&done.stdout).to_string(), said, stopped })
}

/// For a terminal.
pub fn text(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.what.chars().count()).max().unwrap_or_default();
    let mut out = String::from("what stands after the sync\n");
    for row in rows {
        let told = format!("  {:width$}  {:<6}  {}", row.what, row.verdict.word(), summary(row));
        let _ = writeln!(out, "{}", line(&told));
        for failure in row.failures.iter().take(NAMED) {
            let _ = writeln!(out, "{}", line(&format!("    {failure}")));
        }
    }
    out
}

fn summary(row: &Row) -> String {
    match row.failures.len() {
        0 => row.detail.clone(),
        n if n > NAMED => format!("{n} failed, of which the first {NAMED}:"),
        n => format!("{n} failed:"),
    }
}

/// For a pull request.
pub fn markdown(rows: &[Row]) -> String {
    let failed = rows.iter().filter(|row| row.verdict == Verdict::Failed).count();
    let mut out = match failed {
        0 => "## All of it stands\n\n".to_string(),
        _ => "## Not all of it stands\n\n".to_string(),
    };
    out.push_str("| after the sync | | |\n| --- | --- | --- |\n");
    // A bar would end the cell.
    let cell = |text: &str| running(text).replace('|', "\\|");
    for row in rows {
        let _ = writeln!(out, "| {} | {} | {} |", cell(&row.what), row.verdict.word(), cell(&summary(row)));
    }
    for row in rows.iter().filter(|row| !row.failures.is_empty()) {
        let _ = writeln!(out, "\n{}:\n", running(&row.what));
        for failure in row.failures.iter().take(NAMED) {
            let _ = writeln!(out, "- {}", running(&failure.chars().take(300).collect::<String>()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_of_each_target_is_told_with_its_place() {
        let error = |target: &str, text: &str| {
            serde_json::json!({"reason": "compiler-message", "target": {"name": target, "kind": ["test"]},
                "message": {"level": "error", "message": text, "spans":
                    [{"file_name": "tests/wire.rs", "line_start": 7, "is_primary": true}]}})
            .to_string()
        };
        let fine = serde_json::json!({"reason": "compiler-artifact", "target": {"name": "a", "kind": ["lib"]}});
        let script =
            serde_json::json!({"reason": "compiler-artifact", "target": {"name": "b", "kind": ["custom-build"]}});
        let out = [
            fine.to_string(),
            script.to_string(),
            error("wire", "cannot find type `A`"),
            error("wire", "aborting due to 1 previous error"),
            "no message".into(),
            "{\"reason\": \"build-finished\", \"success\": false}".into(),
        ]
        .join("\n");
        assert_eq!(errors(&out), (1, vec!["wire (test): tests/wire.rs:7: cannot find type `A`".to_string()]));
    }

    #[test]
    fn a_crate_whose_doctests_are_off_is_known() {
        let root = tempfile::tempdir().unwrap();
        for (name, doctest) in [("on", "true"), ("off", "false")] {
            let folder = root.path().join("crates").join(name);
            std::fs::create_dir_all(&folder).unwrap();
            let text = format!("[package]\nname = \"dintero-{name}\"\n[lib]\ndoctest = {doctest}\n");
            std::fs::write(folder.join("Cargo.toml"), text).unwrap();
        }
        assert_eq!(doctests_off(&Layout { root: root.path().to_path_buf() }), ["dintero-off"]);
    }

    #[test]
    fn the_examples_that_are_run_are_those_that_the_manifest_names() {
        let root = tempfile::tempdir().unwrap();
        let manifest = root.path().join("Cargo.toml");
        assert!(tests_of(&manifest).is_empty());
        std::fs::write(&manifest, "[[test]]\nname = \"shop\"\n[[test]]\nname = \"examples\"\n").unwrap();
        assert_eq!(tests_of(&manifest), ["shop", "examples"]);
    }

    #[test]
    fn tests_are_read_as_the_harness_prints_them() {
        let out = "running 3 tests\ntest services::a::list ... ok\ntest services::a::get ... FAILED\n\
            test pages.md - x (line 3) - compile ... ok\ntest services::a::post ... ignored, no file\n\
            test result: FAILED. 1 passed; 1 failed\n";
        let all = tests(out);
        assert_eq!(all.len(), 4);
        let told = row("suite: a".into(), &all, "none");
        assert_eq!(
            (told.verdict, told.failures.as_slice()),
            (Verdict::Failed, ["services::a::get".to_string()].as_slice())
        );
        assert_eq!(told.detail, "2 passed, 1 left out");
        assert_eq!(row("suite: b".into(), &[], "none").verdict, Verdict::Empty);
    }

    #[test]
    fn the_table_says_at_its_top_whether_all_stands() {
        let good = Row::new("all targets compile", "212 targets", vec![]);
        let bad = Row::new("suite: a", "", (0..20).map(|i| format!("services::a::t{i} | x")).collect());
        assert!(markdown(std::slice::from_ref(&good)).starts_with("## All of it stands\n"));
        let page = markdown(&[good.clone(), bad.clone()]);
        assert!(page.starts_with("## Not all of it stands\n"), "{page}");
        assert_eq!(page.matches("services::a::t").count(), NAMED, "{page}");
        let told = text(&[good, bad]);
        assert!(told.contains("  all targets compile  ok      212 targets\n"), "{told}");
        assert!(told.contains("  suite: a             FAILED  20 failed, of which the first 8:\n"), "{told}");
    }
}
