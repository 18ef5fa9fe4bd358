//! `cargo xtask drift`: what upstream changed, told without changing anything.

use super::{house, outside};
use crate::catalog::{Catalog, Document, Layout};
use crate::document;
use crate::drift::levels::Level;
use crate::drift::report::{Report, github, json, markdown, text};
use crate::drift::{Change, Source, compare, rules};
use crate::fetch::{self, Downloaded, Failure, Fetched, index};
use crate::gate::Received;
use crate::lower::collect::House;
use crate::names_lock::Names;
use crate::overlay;
use crate::problem::Problem;
use clap::{Args, ValueEnum};
use dintero_codegen::thread::on_thread;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// What a person can ask of it.
#[derive(Debug, Default, Args)]
pub struct Ask {
    /// Services of specs/catalog.toml; all when none is given
    #[arg(conflicts_with = "old")]
    services: Vec<String>,
    /// Another origin in place of the publisher's, such as http://127.0.0.1:8000
    #[arg(long, value_name = "URL", conflicts_with_all = ["against", "old"])]
    base_url: Option<String>,
    /// For all documents together, with every attempt and wait; 120 when not given
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: Option<u64>,
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
const UNREACHABLE: u8 = 3;

/// Compares and tells; `summary` is the file that a workflow step's summary goes to.
pub fn run(layout: &Layout, ask: &Ask, summary: Option<&Path>) -> Outcome {
    if ask.rules {
        return Outcome { text: rules::table(), ..Outcome::default() };
    }
    let (report, failures) = match report(layout, ask) {
        Ok(done) => done,
        Err(problem) => return Outcome { problems: vec![problem], code: BAD, ..Outcome::default() },
    };
    let unreachable = failures.iter().all(|f| f.unreachable);
    let mut problems: Vec<Problem> = Vec::new();
    for failure in failures {
        if !problems.contains(&failure.problem) {
            problems.push(failure.problem);
        }
    }
    let file_of = |service: &str| match &ask.old {
        Some(old) => old.display().to_string(),
        None => layout.shown(&layout.pinned(service)),
    };
    // What could not be compared is not free of drift.
    let silent = !problems.is_empty() && report.is_empty() && ask.format != Format::Json;
    let told = match ask.format {
        _ if silent => String::new(),
        Format::Text => text::print(&report),
        Format::Json => json::print(&report),
        Format::Markdown => markdown::print(&report),
        Format::Github => github::print(&report, file_of),
    };
    if let Some(path) = summary.filter(|_| ask.format == Format::Github)
        && let Err(problem) = append(path, &markdown::print(&report))
    {
        return Outcome { text: told, problems: vec![problem], code: BAD };
    }
    let code = match ask.fail_on {
        _ if !problems.is_empty() && unreachable => UNREACHABLE,
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
fn report(layout: &Layout, ask: &Ask) -> Result<(Report, Vec<Failure>), Problem> {
    let catalog = Catalog::read(layout)?;
    let house = house(&catalog);
    let mut report = Report::default();
    let mut failures = Vec::new();
    if let (Some(old), Some(new)) = (&ask.old, &ask.new) {
        let (old_file, new_file) = (old.display().to_string(), new.display().to_string());
        let (old, new) = (Received::new(document::read(old)?), Received::new(document::read(new)?));
        report.changes = changes("", (&old_file, old), (&new_file, new), &outside(&catalog, &[]), Names::default())?;
        return Ok((report, failures));
    }
    let asked = catalog.select(layout, &ask.services)?;
    let mut compare = |entry: &Document, file: &str, new: Result<Value, Failure>| {
        let done = new.and_then(|new| against_pinned(layout, entry, (file, new), &house).map_err(Failure::new));
        match done {
            Ok(found) => report.changes.extend(found),
            Err(failure) => failures.push(failure),
        }
    };
    if let Some(dir) = &ask.against {
        for entry in asked {
            let path = in_folder(dir, entry);
            let file = path.as_ref().map_or(String::new(), |p| p.display().to_string());
            compare(entry, &file, path.and_then(|p| document::read(&p)).map_err(Failure::new));
        }
        return Ok((report, failures));
    }
    let download = fetch::download(&catalog, &asked, ask.base_url.as_deref(), ask.timeout)?;
    for Downloaded { document, answer } in download.documents {
        match answer {
            Ok(Fetched::New { value, .. }) => compare(&document, &document.url, Ok(value)),
            // Nothing is said to be held, so there is no such answer.
            Ok(Fetched::Same) => {}
            Err(failure) => compare(&document, &document.url, Err(failure)),
        }
    }
    // Who asks for some services does not ask for the catalog.
    match download.index {
        Ok(Fetched::New { value, .. }) if ask.services.is_empty() => report.catalog = index::drift(&catalog, &value),
        Ok(_) => {}
        Err(failure) => failures.push(failure),
    }
    Ok((report, failures))
}

/// A document of the catalog against the one that is pinned.
fn against_pinned(
    layout: &Layout,
    entry: &Document,
    (file, new): (&str, Value),
    house: &House,
) -> Result<Vec<Change>, Problem> {
    let pinned = layout.pinned(&entry.key());
    let shown = layout.shown(&pinned);
    let text = std::fs::read_to_string(&pinned).map_err(|e| Problem::io(&pinned, "read the pinned document", &e))?;
    let (mut old, mut new) = (Received::new(document::parse(&shown, &text)?), Received::new(new));
    // The crate is made of corrected documents. Actions that match nothing are told by the sync.
    for doc in [&mut old, &mut new] {
        overlay::apply(layout, &entry.service, doc)?;
    }
    let names_path = layout.names(&entry.service);
    let names = Names::read(&names_path, &layout.shown(&names_path))?;
    changes(&entry.service, (&shown, old), (file, new), house, names)
}

/// The service's document in a folder, under its pinned or its published name.
fn in_folder(dir: &Path, entry: &Document) -> Result<PathBuf, Problem> {
    let service = &entry.service;
    let published = entry.url.rsplit('/').next().unwrap_or_default();
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
    (old_file, old): (&str, Received),
    (new_file, new): (&str, Received),
    house: &House,
    mut names: Names,
) -> Result<Vec<Change>, Problem> {
    // Also in the order of their parts, which decides nothing, as the two crates will show.
    let written = |received: &Received| serde_json::to_string(&received.doc).unwrap_or_default();
    if written(&old) == written(&new) && old.changes == new.changes {
        // What leads out of the document may have changed all the same.
        crate::lower::check(new_file, &new.doc)?;
        return Ok(Vec::new());
    }
    on_thread(new_file, || {
        let old = Source::new(old_file, service, old, house, &mut names)?;
        let new = Source::new(new_file, service, new, house, &mut names)?;
        compare(service, &old, &new)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::{Reply, Upstream};
    use serde_json::json;
    use std::collections::BTreeMap;

    const CATALOG: &str = "
[house]
event_paths = []
money_words = []
hosts = ['e.com', '.example.com']
sensitive = []
account_parameters = []
index = 'https://docs.example.com/llms.txt'
reference = ''
[[document]]
service = 'orders'
role = 'service'
url = 'https://docs.example.com/spec-orders.yaml'
[[document]]
service = 'cards'
role = 'service'
url = 'https://docs.example.com/spec-cards.yaml'
";
    const INDEX: &str = "- [a](/spec-orders.yaml)\n- [b](/spec-cards.yaml)\n";

    /// `fields` are those of what the one operation answers.
    fn document(fields: &str) -> String {
        format!(
            "openapi: 3.0.0\ninfo: {{title: Orders, version: '1'}}\nservers: [{{url: 'https://e.com'}}]\npaths:\n  /orders:\n    \
             get:\n      operationId: orders\n      responses:\n        '200': {{description: OK, content: {{application/json: \
             {{schema: {{type: object, properties: {{{fields}}}}}}}}}}}\n"
        )
    }

    struct House {
        dir: tempfile::TempDir,
        layout: Layout,
    }

    fn house() -> House {
        let dir = tempfile::tempdir().expect("a folder");
        let layout = Layout { root: dir.path().to_path_buf() };
        std::fs::create_dir_all(dir.path().join("specs/pinned")).expect("a folder");
        std::fs::write(layout.catalog(), CATALOG).expect("write");
        for service in ["orders", "cards"] {
            std::fs::write(layout.pinned(service), document("a: {type: string}")).expect("write");
        }
        House { dir, layout }
    }

    fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut out = BTreeMap::new();
        for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
            match entry.path().is_dir() {
                true => out.extend(files(&entry.path())),
                false => drop(out.insert(entry.path(), std::fs::read(entry.path()).expect("a file"))),
            }
        }
        out
    }

    impl House {
        /// Runs it on the documents of a folder `there`.
        fn against(&self, documents: &[(&str, &str)], ask: Ask) -> Outcome {
            let there = self.dir.path().join("there");
            let _ = std::fs::remove_dir_all(&there);
            std::fs::create_dir_all(&there).expect("a folder");
            for (name, text) in documents {
                std::fs::write(there.join(name), text).expect("write");
            }
            run(&self.layout, &Ask { against: Some(there), ..ask }, None)
        }
    }

    fn ask(fail_on: FailOn) -> Ask {
        Ask { fail_on, ..Ask::default() }
    }

    #[test]
    fn the_exit_code_says_whether_there_is_drift_at_that_level() {
        let same = format!("# moved about\n{}", document("a: {  'type': string  }"));
        let additive = document("a: {type: string}, b: {type: string}");
        let breaking = document("b: {type: string}");
        let docs = document("a: {type: string, description: A.}");
        for (text, expected) in [(&same, [0, 0, 0]), (&docs, [0, 1, 0]), (&additive, [0, 1, 0]), (&breaking, [1, 1, 0])]
        {
            let codes = [FailOn::Breaking, FailOn::Any, FailOn::Never].map(|fail_on| {
                let house = house();
                let outcome = house.against(&[("orders.yaml", text), ("spec-cards.yaml", &same)], ask(fail_on));
                assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
                outcome.code
            });
            assert_eq!(codes, expected, "{text}");
        }
    }

    #[test]
    fn a_bad_document_is_told_with_its_place_and_the_others_are_compared() {
        let house = house();
        let dangling = document("a: {$ref: '#/components/schemas/Gone'}");
        let breaking = document("b: {type: string}");
        let outcome = house.against(&[("orders.yaml", &dangling), ("cards.yaml", &breaking)], ask(FailOn::Never));
        assert_eq!(outcome.code, 2);
        assert!(outcome.text.contains("cards: 1 breaking, 1 additive"), "{}", outcome.text);
        let [problem] = outcome.problems.as_slice() else { panic!("{:?}", outcome.problems) };
        assert!(problem.file.ends_with("there/orders.yaml"), "{problem}");
        assert_eq!(problem.pointer, "/paths/~1orders/get/responses/200/content/application~1json/schema/properties/a");
        for (text, reason) in [
            ("<html></html>", "not an OpenAPI document"),
            ("openapi: 3.0.0\npaths: [", "neither YAML nor JSON"),
            ("openapi: 3.2.0\npaths: {}", "not supported"),
        ] {
            let outcome = house.against(&[("orders.yaml", text), ("cards.yaml", &breaking)], ask(FailOn::Never));
            assert_eq!(outcome.code, 2, "{text}");
            assert!(outcome.problems[0].reason.contains(reason), "{}", outcome.problems[0]);
        }
    }

    #[test]
    fn what_an_overlay_corrects_is_corrected_in_both() {
        let house = house();
        std::fs::create_dir_all(house.dir.path().join("specs/overlays")).expect("a folder");
        let overlay = "overlay: 1.0.0\ninfo: {title: Orders, version: '1'}\nactions:\n  - target: $.paths..properties.a\n    \
                       description: It is a number.\n    update: {type: integer}\n";
        std::fs::write(house.layout.overlay("orders"), overlay).expect("write");
        let documents =
            [("orders.yaml", document("a: {type: integer}")), ("cards.yaml", document("a: {type: string}"))];
        let documents = [(documents[0].0, documents[0].1.as_str()), (documents[1].0, documents[1].1.as_str())];
        let outcome = house.against(&documents, ask(FailOn::Any));
        assert_eq!((outcome.code, outcome.text.as_str()), (0, "no drift\n"), "{:?}", outcome.problems);
    }

    #[test]
    fn what_cannot_be_found_is_a_problem() {
        let house = house();
        let outcome = house.against(&[("orders.yaml", &document("a: {type: string}"))], ask(FailOn::Never));
        assert_eq!(outcome.code, 2);
        assert!(outcome.problems[0].reason.contains("no document of `cards`"), "{:?}", outcome.problems);
        assert_eq!(outcome.text, "", "what was not compared is not free of drift");
        let one = Ask { services: vec!["orders".into()], ..ask(FailOn::Any) };
        assert_eq!(house.against(&[("orders.yaml", &document("a: {type: string}"))], one).code, 0);
        let unknown = Ask { services: vec!["ghost".into()], ..ask(FailOn::Any) };
        assert_eq!(house.against(&[], unknown).code, 2);
    }

    #[test]
    fn two_documents_outside_the_catalog() {
        let house = house();
        let (old, new) = (house.dir.path().join("old.yaml"), house.dir.path().join("new.json"));
        std::fs::write(&old, document("a: {type: string}")).expect("write");
        let doc = document::parse("new", &document("a: {type: integer}")).expect("parses");
        std::fs::write(&new, doc.to_string()).expect("write");
        let ask = |old: &Path, new: &Path| Ask {
            old: Some(old.to_path_buf()),
            new: Some(new.to_path_buf()),
            format: Format::Json,
            ..Ask::default()
        };
        let outcome = run(&house.layout, &ask(&old, &new), None);
        assert_eq!((outcome.code, outcome.problems.len()), (1, 0));
        let value: Value = serde_json::from_str(&outcome.text).expect("json");
        assert_eq!(value["catalog"], json!([]));
        assert_eq!(value["changes"][0]["rule"], "type-changed");
        assert_eq!(value["changes"][0]["operations"], json!(["GET /orders"]));
        assert_eq!(run(&house.layout, &ask(&old, &old), None).code, 0);
        assert_eq!(run(&house.layout, &ask(&old, &house.dir.path().join("none.yaml")), None).code, 2);
    }

    #[test]
    fn the_published_documents_and_the_index_are_asked_and_nothing_is_changed() {
        let house = house();
        let upstream = Upstream::start();
        upstream.page("/llms.txt", format!("{INDEX}- [c](/spec-new.yaml)\n"));
        upstream.page("/spec-orders.yaml", document("b: {type: string}"));
        upstream.page("/spec-cards.yaml", document("a: {type: string}"));
        let before = files(house.dir.path());
        let ask = |services: &[&str], fail_on| Ask {
            base_url: Some(upstream.url.clone()),
            services: services.iter().map(|s| s.to_string()).collect(),
            format: Format::Json,
            fail_on,
            ..Ask::default()
        };
        let outcome = run(&house.layout, &ask(&[], FailOn::Breaking), None);
        assert_eq!(outcome.code, 1, "{:?}", outcome.problems);
        let value: Value = serde_json::from_str(&outcome.text).expect("json");
        let rules: Vec<&str> =
            value["changes"].as_array().expect("a list").iter().filter_map(|c| c["rule"].as_str()).collect();
        assert_eq!(rules, ["property-removed", "property-added"]);
        assert_eq!(value["changes"][0]["service"], "orders");
        assert_eq!(value["catalog"][0]["url"], "https://docs.example.com/spec-new.yaml");
        // The catalog counts where anything does, and where all of it is asked for.
        assert_eq!(run(&house.layout, &ask(&["cards"], FailOn::Any), None).code, 0);
        upstream.page("/spec-orders.yaml", document("a: {type: string}"));
        assert_eq!(run(&house.layout, &ask(&[], FailOn::Breaking), None).code, 0);
        assert_eq!(run(&house.layout, &ask(&[], FailOn::Any), None).code, 1);
        assert_eq!(files(house.dir.path()), before);
    }

    #[test]
    fn an_upstream_that_does_not_answer_is_told_apart_from_a_bad_document() {
        let house = house();
        let ask = |url: &str| Ask { base_url: Some(url.into()), ..ask(FailOn::Never) };
        let outcome = run(&house.layout, &ask(&Upstream::nobody()), None);
        assert_eq!(outcome.code, 3, "{:?}", outcome.problems);
        assert!(!outcome.problems.is_empty());
        let upstream = Upstream::start();
        upstream.page("/llms.txt", INDEX);
        upstream.page("/spec-orders.yaml", "<html></html>");
        upstream.page("/spec-cards.yaml", document("a: {type: string}"));
        assert_eq!(run(&house.layout, &ask(&upstream.url), None).code, 2);
        assert_eq!(run(&house.layout, &ask("http://docs.example.com"), None).code, 2, "not https");
    }

    #[test]
    fn an_upstream_that_never_answers_is_left_when_the_time_is_over_and_every_document_is_named() {
        let house = house();
        let upstream = Upstream::start();
        let ask = Ask { base_url: Some(upstream.url.clone()), timeout: Some(1), ..ask(FailOn::Never) };
        for index in [Reply::Hang, Reply::Page(INDEX.into())] {
            upstream.replies("/llms.txt", [index]);
            for path in ["/spec-orders.yaml", "/spec-cards.yaml"] {
                upstream.replies(path, [Reply::Hang]);
            }
            let outcome = run(&house.layout, &ask, None);
            assert_eq!((outcome.code, outcome.text.as_str()), (3, ""), "{:?}", outcome.problems);
            for path in ["/spec-orders.yaml", "/spec-cards.yaml"] {
                let problem = outcome.problems.iter().find(|p| p.file.ends_with(path)).expect("named");
                assert!(problem.reason.contains("1 s that the run has"), "{problem}");
                assert!(problem.remedy.contains("--timeout"), "{problem}");
            }
        }
    }

    #[test]
    fn a_workflow_gets_annotations_and_a_summary_that_is_added_to() {
        let house = house();
        let summary = house.dir.path().join("summary.md");
        std::fs::write(&summary, "before\n").expect("write");
        let there = house.dir.path().join("there");
        std::fs::create_dir_all(&there).expect("a folder");
        std::fs::write(there.join("orders.yaml"), document("b: {type: string}")).expect("write");
        let ask = Ask {
            services: vec!["orders".into()],
            against: Some(there.clone()),
            format: Format::Github,
            ..Ask::default()
        };
        let outcome = run(&house.layout, &ask, Some(&summary));
        assert!(
            outcome.text.starts_with("::error title=property-removed,file=specs/pinned/orders.yaml::"),
            "{}",
            outcome.text
        );
        let text = std::fs::read_to_string(&summary).expect("the summary");
        assert!(text.starts_with("before\n## Drift: breaking for callers\n"), "{text}");
        // Other formats leave it alone; one that cannot be written is told.
        run(
            &house.layout,
            &Ask {
                format: Format::Text,
                against: Some(there.clone()),
                services: ask.services.clone(),
                ..Ask::default()
            },
            Some(&summary),
        );
        assert_eq!(std::fs::read_to_string(&summary).expect("the summary"), text);
        assert_eq!(run(&house.layout, &ask, Some(&there)).code, 2);
    }

    #[test]
    fn the_rules_can_be_listed() {
        let outcome = run(&house().layout, &Ask { rules: true, ..Ask::default() }, None);
        assert!(outcome.text.contains("property-removed"));
        assert_eq!(outcome.text.lines().count(), rules::RULES.len() + 1);
    }
}
