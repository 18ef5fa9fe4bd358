//! The whole command, on a workspace of its own.

use super::*;
use crate::upstream::{Reply, Upstream};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

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

struct Workspace {
    dir: tempfile::TempDir,
    layout: Layout,
}

fn workspace() -> Workspace {
    let dir = tempfile::tempdir().expect("a folder");
    let layout = Layout { root: dir.path().to_path_buf() };
    std::fs::create_dir_all(dir.path().join("specs/pinned")).expect("a folder");
    std::fs::write(layout.catalog(), CATALOG).expect("write");
    for service in ["orders", "cards"] {
        std::fs::write(layout.pinned(service), document("a: {type: string}")).expect("write");
    }
    Workspace { dir, layout }
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

impl Workspace {
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
    for (text, expected) in [(&same, [0, 0, 0]), (&docs, [0, 1, 0]), (&additive, [0, 1, 0]), (&breaking, [1, 1, 0])] {
        let codes = [FailOn::Breaking, FailOn::Any, FailOn::Never].map(|fail_on| {
            let workspace = workspace();
            let outcome = workspace.against(&[("orders.yaml", text), ("spec-cards.yaml", &same)], ask(fail_on));
            assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
            outcome.code
        });
        assert_eq!(codes, expected, "{text}");
    }
}

#[test]
fn a_bad_document_is_told_with_its_place_and_the_others_are_compared() {
    let workspace = workspace();
    let dangling = document("a: {$ref: '#/components/schemas/Gone'}");
    let breaking = document("b: {type: string}");
    let outcome = workspace.against(&[("orders.yaml", &dangling), ("cards.yaml", &breaking)], ask(FailOn::Never));
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
        let outcome = workspace.against(&[("orders.yaml", text), ("cards.yaml", &breaking)], ask(FailOn::Never));
        assert_eq!(outcome.code, 2, "{text}");
        assert!(outcome.problems[0].reason.contains(reason), "{}", outcome.problems[0]);
    }
}

#[test]
fn what_an_overlay_corrects_is_corrected_in_both() {
    let workspace = workspace();
    std::fs::create_dir_all(workspace.dir.path().join("specs/overlays")).expect("a folder");
    let overlay = "overlay: 1.0.0\ninfo: {title: Orders, version: '1'}\nactions:\n  - target: $.paths..properties.a\n    \
                       description: It is a number.\n    update: {type: integer}\n";
    std::fs::write(workspace.layout.overlay("orders"), overlay).expect("write");
    let documents = [("orders.yaml", document("a: {type: integer}")), ("cards.yaml", document("a: {type: string}"))];
    let documents = [(documents[0].0, documents[0].1.as_str()), (documents[1].0, documents[1].1.as_str())];
    let outcome = workspace.against(&documents, ask(FailOn::Any));
    assert_eq!((outcome.code, outcome.text.as_str()), (0, "no drift\n"), "{:?}", outcome.problems);
}

#[test]
fn what_cannot_be_found_is_a_problem() {
    let workspace = workspace();
    let outcome = workspace.against(&[("orders.yaml", &document("a: {type: string}"))], ask(FailOn::Never));
    assert_eq!(outcome.code, 2);
    assert!(outcome.problems[0].reason.contains("no document of `cards`"), "{:?}", outcome.problems);
    assert_eq!(outcome.text, "", "what was not compared is not free of drift");
    let one = Ask { services: vec!["orders".into()], ..ask(FailOn::Any) };
    assert_eq!(workspace.against(&[("orders.yaml", &document("a: {type: string}"))], one).code, 0);
    let unknown = Ask { services: vec!["ghost".into()], ..ask(FailOn::Any) };
    assert_eq!(workspace.against(&[], unknown).code, 2);
}

#[test]
fn two_documents_outside_the_catalog() {
    let workspace = workspace();
    let (old, new) = (workspace.dir.path().join("old.yaml"), workspace.dir.path().join("new.json"));
    std::fs::write(&old, document("a: {type: string}")).expect("write");
    let doc = crate::document::parse("new", &document("a: {type: integer}")).expect("parses");
    std::fs::write(&new, doc.to_string()).expect("write");
    let ask = |old: &Path, new: &Path| Ask {
        old: Some(old.to_path_buf()),
        new: Some(new.to_path_buf()),
        format: Format::Json,
        ..Ask::default()
    };
    let outcome = run(&workspace.layout, &ask(&old, &new), None);
    assert_eq!((outcome.code, outcome.problems.len()), (1, 0));
    let value: Value = serde_json::from_str(&outcome.text).expect("json");
    assert_eq!(value["catalog"], json!([]));
    assert_eq!(value["changes"][0]["rule"], "type-changed");
    assert_eq!(value["changes"][0]["operations"], json!(["GET /orders"]));
    assert_eq!(run(&workspace.layout, &ask(&old, &old), None).code, 0);
    assert_eq!(run(&workspace.layout, &ask(&old, &workspace.dir.path().join("none.yaml")), None).code, 2);
}

#[test]
fn the_published_documents_and_the_index_are_asked_and_nothing_is_changed() {
    let workspace = workspace();
    let upstream = Upstream::start();
    upstream.page("/llms.txt", format!("{INDEX}- [c](/spec-new.yaml)\n"));
    upstream.page("/spec-orders.yaml", document("b: {type: string}"));
    upstream.page("/spec-cards.yaml", document("a: {type: string}"));
    let before = files(workspace.dir.path());
    let ask = |services: &[&str], fail_on| Ask {
        base_url: Some(upstream.url.clone()),
        services: services.iter().map(|s| s.to_string()).collect(),
        format: Format::Json,
        fail_on,
        ..Ask::default()
    };
    let outcome = run(&workspace.layout, &ask(&[], FailOn::Breaking), None);
    assert_eq!(outcome.code, 1, "{:?}", outcome.problems);
    let value: Value = serde_json::from_str(&outcome.text).expect("json");
    let rules: Vec<&str> =
        value["changes"].as_array().expect("a list").iter().filter_map(|c| c["rule"].as_str()).collect();
    assert_eq!(rules, ["property-removed", "property-added"]);
    assert_eq!(value["changes"][0]["service"], "orders");
    assert_eq!(value["catalog"][0]["url"], "https://docs.example.com/spec-new.yaml");
    // The catalog counts where anything does, and where all of it is asked for.
    assert_eq!(run(&workspace.layout, &ask(&["cards"], FailOn::Any), None).code, 0);
    upstream.page("/spec-orders.yaml", document("a: {type: string}"));
    assert_eq!(run(&workspace.layout, &ask(&[], FailOn::Breaking), None).code, 0);
    assert_eq!(run(&workspace.layout, &ask(&[], FailOn::Any), None).code, 1);
    assert_eq!(files(workspace.dir.path()), before);
}

#[test]
fn an_upstream_that_does_not_answer_is_told_apart_from_a_bad_document() {
    let workspace = workspace();
    let ask = |url: &str| Ask { base_url: Some(url.into()), ..ask(FailOn::Never) };
    let outcome = run(&workspace.layout, &ask(&Upstream::nobody()), None);
    assert_eq!(outcome.code, 3, "{:?}", outcome.problems);
    assert!(!outcome.problems.is_empty());
    let upstream = Upstream::start();
    upstream.page("/llms.txt", INDEX);
    // Of several, one breaks and one does not answer: the graver is the code, and both are told.
    upstream.page("/spec-orders.yaml", document("b: {type: string}"));
    upstream.replies("/spec-cards.yaml", [Reply::Hang]);
    let asked = |fail_on| Ask { timeout: Some(2), fail_on, ..ask(&upstream.url) };
    let outcome = run(&workspace.layout, &asked(FailOn::Breaking), None);
    assert_eq!((outcome.code, outcome.problems.len()), (1, 1), "{:?}", outcome.problems);
    assert!(outcome.text.contains("orders: 1 breaking"), "{}", outcome.text);
    assert!(outcome.problems[0].file.ends_with("spec-cards.yaml"), "{}", outcome.problems[0]);
    assert_eq!(run(&workspace.layout, &asked(FailOn::Never), None).code, 3, "a workflow that only wants the report");
    upstream.page("/spec-orders.yaml", "<html></html>");
    upstream.page("/spec-cards.yaml", document("a: {type: string}"));
    assert_eq!(run(&workspace.layout, &ask(&upstream.url), None).code, 2);
    assert_eq!(run(&workspace.layout, &ask("http://docs.example.com"), None).code, 2, "not https");
}

#[test]
fn an_upstream_that_never_answers_is_left_when_the_time_is_over_and_every_document_is_named() {
    let workspace = workspace();
    let upstream = Upstream::start();
    let ask = Ask { base_url: Some(upstream.url.clone()), timeout: Some(1), ..ask(FailOn::Never) };
    for index in [Reply::Hang, Reply::Page(INDEX.into())] {
        upstream.replies("/llms.txt", [index]);
        for path in ["/spec-orders.yaml", "/spec-cards.yaml"] {
            upstream.replies(path, [Reply::Hang]);
        }
        let outcome = run(&workspace.layout, &ask, None);
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
    let workspace = workspace();
    let summary = workspace.dir.path().join("summary.md");
    std::fs::write(&summary, "before\n").expect("write");
    let there = workspace.dir.path().join("there");
    std::fs::create_dir_all(&there).expect("a folder");
    std::fs::write(there.join("orders.yaml"), document("b: {type: string}")).expect("write");
    let ask =
        Ask { services: vec!["orders".into()], against: Some(there.clone()), format: Format::Github, ..Ask::default() };
    let outcome = run(&workspace.layout, &ask, Some(&summary));
    assert!(
        outcome.text.starts_with("::error title=property-removed,file=specs/pinned/orders.yaml::"),
        "{}",
        outcome.text
    );
    let text = std::fs::read_to_string(&summary).expect("the summary");
    assert!(text.starts_with("before\n## Drift: breaking for callers\n"), "{text}");
    // Other formats leave it alone; one that cannot be written is told.
    run(
        &workspace.layout,
        &Ask { format: Format::Text, against: Some(there.clone()), services: ask.services.clone(), ..Ask::default() },
        Some(&summary),
    );
    assert_eq!(std::fs::read_to_string(&summary).expect("the summary"), text);
    assert_eq!(run(&workspace.layout, &ask, Some(&there)).code, 2);
}

#[test]
fn the_rules_can_be_listed() {
    let outcome = run(&workspace().layout, &Ask { rules: true, ..Ask::default() }, None);
    assert!(outcome.text.contains("property-removed"));
    assert_eq!(outcome.text.lines().count(), rules::RULES.len() + 1);
}
