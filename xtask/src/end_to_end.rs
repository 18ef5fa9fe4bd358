//! The whole road in a copy of this workspace, against a publisher on this machine that serves the whole catalog.

use crate::catalog::{Catalog, Layout, Role, crate_name};
use crate::commands::sync::{self, From, Synced};
use crate::document;
use crate::drift::levels::Level;
use crate::fetch::pin::{self, Manner};
use crate::fetch::store;
use crate::lock::{Lock, Origin};
use crate::upstream::Upstream;
use crate::{Cli, run};
use clap::Parser;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

struct Workspace {
    _dir: tempfile::TempDir,
    layout: Layout,
    upstream: Upstream,
    catalog: Catalog,
}

/// As it stands in version control: no build, nothing hidden.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let name = entry.file_name();
        if name == "target" || name.to_string_lossy().starts_with('.') {
            continue;
        }
        let (from, to) = (entry.path(), to.join(name));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).expect("copied");
        }
    }
}

fn path_of(url: &str) -> &str {
    url.match_indices('/').nth(2).map_or("/", |(i, _)| &url[i..])
}

impl Workspace {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
        let dir = tempfile::tempdir().expect("a folder");
        copy(root, dir.path());
        let layout = Layout { root: dir.path().to_path_buf() };
        let catalog = Catalog::read(&layout).expect("the catalog");
        let workspace = Self { _dir: dir, layout, upstream: Upstream::start(), catalog };
        for entry in &workspace.catalog.documents {
            let page = match entry.role {
                Role::Placeholder => {
                    json!({"openapi": "3.1.0", "info": {"title": entry.sample}, "paths": {}}).to_string()
                }
                _ => std::fs::read_to_string(workspace.layout.pinned(&entry.service)).expect("pinned"),
            };
            workspace.upstream.page(path_of(&entry.url), page);
        }
        workspace.index(&[]);
        workspace
    }

    /// The published list: the catalog, and these.
    fn index(&self, more: &[&str]) {
        let urls = self.catalog.documents.iter().map(|d| d.url.as_str()).chain(more.iter().copied());
        let lines: Vec<String> = urls.map(|url| format!("- [spec]({url})\n")).collect();
        self.upstream.page(path_of(&self.catalog.house.index), lines.concat());
    }

    /// What a person types after `cargo xtask`; with the stand-in for the publisher where that is asked.
    fn xtask(&self, arguments: &[&str]) -> ExitCode {
        let online = matches!(arguments, ["fetch" | "sync" | "drift", ..]) && !arguments.contains(&"--offline");
        let base = ["--base-url", &self.upstream.url];
        let all = ["xtask"].iter().chain(arguments).chain(base.iter().filter(|_| online));
        let cli = Cli::try_parse_from(all).unwrap_or_else(|e| panic!("{e}"));
        run(cli.command, &self.layout).unwrap_or_else(|p| panic!("{p}"))
    }

    fn sync(&self) -> Synced {
        let from = From::Publisher { base_url: Some(&self.upstream.url), manner: Manner::default() };
        let synced = sync::run(&self.layout, &[], from).expect("runs");
        assert!(synced.generated.problems.is_empty(), "{:?}", synced.generated.problems);
        synced
    }

    fn published(&self, service: &str) -> Value {
        document::read(&self.layout.pinned(service)).expect("a document")
    }

    /// Publishes another state of a service's document.
    fn publish(&self, service: &str, text: String) {
        let entry = self.catalog.services().find(|d| d.service == service).expect("in the catalog");
        self.upstream.page(path_of(&entry.url), text);
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.layout.root.join(path)).unwrap_or_default()
    }

    fn table(&self, service: &str) -> String {
        self.read(&format!("crates/services/dintero-{service}/src/operations.rs"))
    }
}

const OK: ExitCode = ExitCode::SUCCESS;
/// Of `cargo xtask drift`: there is drift.
const DRIFT: ExitCode = ExitCode::FAILURE;

#[test]
fn upstream_changes_and_the_crates_follow() {
    let workspace = Workspace::new();

    // The first fetch takes the place of our own descriptions; they describe the same here.
    assert_eq!(workspace.xtask(&["fetch"]), OK);
    let lock = Lock::of(&workspace.layout).expect("a lock");
    assert_eq!(lock.document.len(), workspace.catalog.documents.len());
    assert!(lock.document.values().all(|e| e.origin == Origin::Published));
    assert_eq!(workspace.xtask(&["generate"]), OK);
    workspace.upstream.seen();
    assert_eq!(workspace.xtask(&["fetch"]), OK);
    assert!(workspace.upstream.seen().iter().all(|request| request.status == "304"));

    let services: Vec<&str> = workspace.catalog.services().map(|d| d.service.as_str()).collect();
    // An overlay's action may be about what is taken away here.
    let busy =
        |s: &&&str| !workspace.layout.overlay(s).exists() && document::operations(&workspace.published(s)).count() > 1;
    let busy: Vec<&str> = services.iter().filter(busy).take(3).copied().collect();
    let [laid_out, widened, broken] = busy[..] else { panic!("three services with operations") };

    let drift = |service: &str, fail_on: &str| workspace.xtask(&["drift", "--fail-on", fail_on, service]);

    // Another layout: the same value as JSON, every mapping in the opposite order.
    workspace.publish(laid_out, turned(&workspace.published(laid_out)).to_string());
    assert_eq!(drift(laid_out, "any"), OK);

    // An addition: one more operation.
    let mut doc = workspace.published(widened);
    doc["paths"]["/added/things"] =
        json!({"get": {"operationId": "added", "responses": {"200": {"description": "OK"}}}});
    workspace.publish(widened, doc.to_string());
    assert_eq!((drift(widened, "breaking"), drift(widened, "any")), (OK, DRIFT));

    // A break: an operation is gone.
    let mut doc = workspace.published(broken);
    let gone = doc["paths"].as_object().and_then(|paths| paths.keys().next()).cloned().expect("a path");
    doc["paths"].as_object_mut().expect("paths").shift_remove(&gone);
    workspace.publish(broken, doc.to_string());
    assert_eq!((drift(broken, "breaking"), drift(broken, "never")), (DRIFT, OK));

    let synced = workspace.sync();
    let mut told: Vec<(String, Level)> = synced.services.into_iter().map(|s| (s.service, s.step)).collect();
    told.sort_by_key(|(_, level)| *level);
    // Another order of the document is another order in the crate, and nothing else.
    let expected = [(laid_out, Level::Docs), (widened, Level::Additive), (broken, Level::Breaking)];
    assert_eq!(told, expected.map(|(service, level)| (crate_name(service), level)));
    assert!(workspace.table(widened).contains("path: \"/added/things\""));
    assert!(!workspace.table(broken).contains(&format!("path: {gone:?}")));
    assert_eq!(workspace.xtask(&["drift", "--fail-on", "any"]), OK);
    assert_eq!(workspace.xtask(&["generate", "--check"]), OK);
}

fn turned(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.iter().rev().map(|(k, v)| (k.clone(), turned(v))).collect(),
        Value::Array(list) => list.iter().map(turned).collect(),
        other => other.clone(),
    }
}

/// The one more document of the index: what the report says is entered, and a sync does the rest.
#[test]
fn a_new_service_is_one_entry_and_a_sync() {
    let workspace = Workspace::new();
    let url = workspace.catalog.services().next().map(|d| d.url.replace(&d.service, "boats")).expect("a service");
    let text = "openapi: 3.0.0\ninfo: {title: Boats API, version: '1'}\nservers: [{url: https://api.dintero.com/v1}]\npaths:\n  \
        /accounts/{aid}/boats:\n    get:\n      operationId: boats_get\n      \
        parameters: [{name: aid, in: path, required: true, schema: {type: string}}]\n      \
        responses: {'200': {description: OK, content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}}}\n";
    workspace.upstream.page(path_of(&url), text);
    workspace.index(&[&url]);
    let guard = store::lock(&workspace.layout).expect("locks");
    let report =
        pin::run(&workspace.layout, &guard, &[], Some(&workspace.upstream.url), Manner::default()).expect("runs");
    drop(guard);
    let [drift] = report.catalog.as_slice() else { panic!("{:?}", report.catalog) };
    assert_eq!((drift.url.as_str(), drift.listed), (url.as_str(), true));

    let catalog = workspace.read("specs/catalog.toml");
    std::fs::write(workspace.layout.catalog(), format!("{catalog}\n{}", drift.entry)).expect("written");
    assert_eq!(workspace.xtask(&["sync", "boats"]), OK);
    assert!(workspace.table("boats").contains("name: \"get_boats\""));
    assert_eq!(workspace.read("specs/pinned/boats.yaml"), text);
    for (file, line) in [
        ("README.md", "/crates/services/dintero-boats) | `boats` | 1 |"),
        ("crates/dintero/Cargo.toml", "boats = [\"dep:dintero-boats\""),
        ("crates/dintero/src/services.rs", "pub fn boats(&self)"),
        ("tests/Cargo.toml", "dintero-boats = "),
        ("specs/names/boats.toml", "boats_get = \"get_boats\""),
    ] {
        assert!(workspace.read(file).contains(line), "{file} lacks {line}");
    }
    assert_eq!(workspace.xtask(&["sync", "--offline"]), OK);
}
