//! `cargo xtask drift`: what upstream changed, told without changing anything.

use super::generate::on_thread;
use super::house;
use crate::catalog::{Catalog, Layout};
use crate::drift::levels::Level;
use crate::drift::report::{Report, github, json, markdown, text};
use crate::drift::{Change, Source, compare, rules};
use crate::lock::Names;
use crate::lower::collect::House;
use crate::problem::Problem;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// What a person can ask of it.
#[derive(Debug, Default, Args)]
pub struct Ask {
    /// Services of specs/catalog.toml; all when none is given
    #[arg(conflicts_with = "old")]
    services: Vec<String>,
    /// Documents of this folder instead of the published ones, named as they are pinned or published
    #[arg(long, value_name = "DIR", conflicts_with = "old")]
    against: Option<PathBuf>,
    /// Any two documents, outside the catalog
    #[arg(long, value_name = "FILE", requires = "new")]
    old: Option<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "old")]
    new: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// End with exit code 1 at this level or above; `any` counts documentation and the catalog too
    #[arg(long, value_enum, default_value = "breaking")]
    fail_on: FailOn,
    /// List the rules, with what they mean and their levels
    #[arg(long)]
    rules: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    /// The body of a pull request
    Markdown,
    /// Workflow annotations, and the step summary if GITHUB_STEP_SUMMARY is set
    Github,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum FailOn {
    #[default]
    Breaking,
    Any,
    Never,
}

/// How it ended.
#[derive(Debug, Default)]
pub struct Outcome {
    pub text: String,
    pub problems: Vec<Problem>,
    pub code: u8,
}

const DRIFT: u8 = 1;
const BAD: u8 = 2;

/// Compares and tells; `summary` is the file that a workflow step's summary goes to.
pub fn run(layout: &Layout, ask: &Ask, summary: Option<&Path>) -> Outcome {
    if ask.rules {
        return Outcome { text: rules::table(), ..Outcome::default() };
    }
    let (report, mut problems) = match report(layout, ask) {
        Ok(done) => done,
        Err(problem) => return Outcome { problems: vec![problem], code: BAD, ..Outcome::default() },
    };
    let file_of = |service: &str| match &ask.old {
        Some(old) => old.display().to_string(),
        None => layout.shown(&layout.pinned(service)),
    };
    let told = match ask.format {
        Format::Text => text::print(&report),
        Format::Json => json::print(&report),
        Format::Markdown => markdown::print(&report),
        Format::Github => github::print(&report, file_of),
    };
    if let Some(path) = summary.filter(|_| ask.format == Format::Github)
        && let Err(problem) = append(path, &markdown::print(&report))
    {
        problems.push(problem);
    }
    let code = match ask.fail_on {
        _ if !problems.is_empty() => BAD,
        FailOn::Breaking if report.level() == Some(Level::Breaking) => DRIFT,
        FailOn::Any if !report.is_empty() => DRIFT,
        _ => 0,
    };
    Outcome { text: told, problems, code }
}

fn append(path: &Path, text: &str) -> Result<(), Problem> {
    use std::io::Write;
    let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut f| f.write_all(text.as_bytes())).map_err(|e| Problem::io(path, "write the step summary", &e))
}

/// The report, and the documents that could not be compared.
fn report(layout: &Layout, ask: &Ask) -> Result<(Report, Vec<Problem>), Problem> {
    let catalog = Catalog::read(layout)?;
    let house = house(&catalog);
    let mut report = Report::default();
    if let (Some(old), Some(new)) = (&ask.old, &ask.new) {
        let read = |path: &Path| {
            std::fs::read_to_string(path).map_err(|e| Problem::io(path, "read the document", &e))
        };
        let (old_file, new_file) = (old.display().to_string(), new.display().to_string());
        let (old, new) = (read(old)?, read(new)?);
        report.changes = changes("", (&old_file, &old), (&new_file, &new), &house, Names::default())?;
        return Ok((report, Vec::new()));
    }
    let Some(dir) = &ask.against else {
        return Err(Problem::new("--against", "", "upstream cannot be asked yet", "name a folder with the documents"));
    };
    let mut problems = Vec::new();
    for entry in catalog.select(layout, &ask.services)? {
        let pinned = layout.pinned(&entry.service);
        let done = in_folder(dir, &entry.service, &entry.url).and_then(|path| {
            let read = |path: &Path| std::fs::read_to_string(path).map_err(|e| Problem::io(path, "read the document", &e));
            let (old, new) = (read(&pinned)?, read(&path)?);
            let names_path = layout.names(&entry.service);
            let names = Names::read(&names_path, &layout.shown(&names_path))?;
            let old_file = layout.shown(&pinned);
            changes(&entry.service, (&old_file, &old), (&path.display().to_string(), &new), &house, names)
        });
        match done {
            Ok(found) => report.changes.extend(found),
            Err(problem) => problems.push(problem),
        }
    }
    Ok((report, problems))
}

/// The service's document in a folder, under its pinned or its published name.
fn in_folder(dir: &Path, service: &str, url: &str) -> Result<PathBuf, Problem> {
    let published = url.rsplit('/').next().unwrap_or_default();
    let names = [format!("{service}.yaml"), published.to_string(), format!("{service}.json")];
    let found = names.iter().map(|name| dir.join(name)).find(|path| path.is_file());
    found.ok_or_else(|| {
        Problem::new(
            dir.display().to_string(),
            "",
            format!("has no document of `{service}`"),
            format!("put it there as {}, or name the services that are there", names.join(" or ")),
        )
    })
}

/// All changes between two documents of a service, as the names lock stands.
pub fn changes(
    service: &str,
    (old_file, old): (&str, &str),
    (new_file, new): (&str, &str),
    house: &House,
    mut names: Names,
) -> Result<Vec<Change>, Problem> {
    if old == new {
        return Ok(Vec::new());
    }
    on_thread(new_file, || {
        let old = Source::new(old_file, service, old, house, &mut names)?;
        let new = Source::new(new_file, service, new, house, &mut names)?;
        Ok(compare(service, &old, &new))
    })
}
