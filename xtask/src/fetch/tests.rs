//! A whole fetch against a publisher on this machine, in every way that it can fail.

use super::client::Limits;
use super::pin::{self, Manner, Outcome, Report};
use super::{report, store};
use crate::catalog::Layout;
use crate::lock::{Entry, Lock, Origin, sha256};
use crate::problem::Problem;
use crate::upstream::{Reply, Upstream};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

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
[[document]]
service = 'orders'
role = 'older-copy'
url = 'https://docs.example.com/old/orders-api.yaml'
[[document]]
role = 'placeholder'
sample = 'A sample'
url = 'https://docs.example.com/openapi.json'
";

const INDEX: &str =
    "- [a](/spec-orders.yaml)\n- [b](/spec-cards.yaml)\n- [c](/old/orders-api.yaml)\n- [d](/openapi.json)\n";

/// A document with these operations, each `method /path`.
fn document(title: &str, operations: &[&str]) -> String {
    let paths: Vec<String> = operations
        .iter()
        .filter_map(|o| o.split_once(' '))
        .map(|(method, path)| format!("  {path}:\n    {method}: {{responses: {{'200': {{description: OK}}}}}}\n"))
        .collect();
    format!("# {title}\nopenapi: 3.0.0\ninfo: {{title: {title}, version: '7'}}\npaths:\n{}", paths.concat())
}

struct Workspace {
    _dir: tempfile::TempDir,
    layout: Layout,
    upstream: Upstream,
    slept: Arc<Mutex<Vec<Duration>>>,
}

impl Workspace {
    /// A publisher with all four documents, and a workspace that holds a description of one.
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let layout = Layout { root: dir.path().to_path_buf() };
        std::fs::create_dir_all(dir.path().join("specs/pinned")).expect("a folder");
        std::fs::write(layout.catalog(), CATALOG).expect("written");
        let text = document("Ours", &["get /orders", "get /guessed"]);
        std::fs::write(layout.pinned("orders"), &text).expect("written");
        let doc = crate::document::parse("", &text).expect("a document");
        let mut lock = Lock::default();
        let url = "https://docs.example.com/spec-orders.yaml";
        lock.document.insert("orders".into(), Entry::of(url, Origin::Snapshot, "2026-11-22", text.as_bytes(), &doc));
        std::fs::write(layout.lock(), lock.text()).expect("written");

        let upstream = Upstream::start();
        upstream.page("/llms.txt", INDEX);
        upstream.page("/spec-orders.yaml", document("Orders", &["get /orders", "post /orders/new"]));
        upstream.page("/spec-cards.yaml", document("Cards", &["get /cards"]));
        upstream.page("/old/orders-api.yaml", document("Orders", &["get /orders", "get /forgotten"]));
        upstream.page("/openapi.json", "{\"openapi\": \"3.1.0\", \"info\": {\"title\": \"A sample\"}, \"paths\": {}}");
        Self { _dir: dir, layout, upstream, slept: Arc::default() }
    }

    /// One that has been fetched once.
    fn fetched() -> Self {
        let workspace = Self::new();
        let report = workspace.fetch();
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        workspace.upstream.seen();
        workspace
    }

    /// Waits take no time, and the clock moves on by them alone.
    fn manner(&self, limits: Limits) -> Manner {
        let (slept, start) = (Arc::clone(&self.slept), Instant::now());
        let passed = Arc::clone(&self.slept);
        Manner {
            limits,
            sleep: Box::new(move |d| slept.lock().expect("no panic").push(d)),
            now: Box::new(move || start + passed.lock().expect("no panic").iter().sum::<Duration>()),
        }
    }

    fn try_fetch(&self, asked: &[&str], base: &str, limits: Limits) -> Result<Report, Problem> {
        let asked: Vec<String> = asked.iter().map(ToString::to_string).collect();
        let guard = store::lock(&self.layout)?;
        pin::run(&self.layout, &guard, &asked, Some(base), self.manner(limits))
    }

    /// With time for every wait that a document may have.
    fn fetch(&self) -> Report {
        let limits = Limits { total: Duration::from_secs(3600), ..Limits::default() };
        self.try_fetch(&[], &self.upstream.url, limits).expect("runs")
    }

    fn slept(&self) -> Vec<Duration> {
        std::mem::take(&mut *self.slept.lock().expect("no panic"))
    }

    /// Every file under specs/ with its bytes.
    fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        fn walk(dir: &Path, base: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
            for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    walk(&path, base, out);
                } else if path.file_name().is_some_and(|n| n != ".fetch.lock") {
                    let name = path.strip_prefix(base).expect("below").to_string_lossy().to_string();
                    out.insert(name, std::fs::read(&path).expect("read"));
                }
            }
        }
        let mut out = BTreeMap::new();
        let base = self.layout.root.join("specs");
        walk(&base, &base, &mut out);
        out
    }

    fn lock(&self) -> Lock {
        Lock::of(&self.layout).expect("a lock")
    }

    /// Every entry of the lock is about the bytes on the disk.
    fn agree(&self) {
        let lock = self.lock();
        assert!(!lock.document.is_empty());
        for (key, entry) in &lock.document {
            let bytes = std::fs::read(self.layout.pinned(key)).expect("pinned");
            assert_eq!(sha256(&bytes), entry.raw_sha256, "{key}");
        }
    }

    /// `/spec-cards.yaml` answers so: the run fails for that document alone, keeps what is pinned of it, and pins what
    /// is new of another.
    fn only_cards_fails(&self, replies: impl IntoIterator<Item = Reply>, reason: &str) -> Problem {
        let (file, entry) =
            (std::fs::read(self.layout.pinned("cards")).ok(), self.lock().document.get("cards").cloned());
        self.upstream.replies("/spec-cards.yaml", replies);
        let orders = document("Orders", &["get /orders", &format!("get /{}", sha256(reason.as_bytes()))]);
        self.upstream.page("/spec-orders.yaml", orders.clone());
        let report = self.fetch();
        let failed: Vec<&str> =
            report.rows.iter().filter(|r| r.outcome == Outcome::Failed).map(|r| r.key.as_str()).collect();
        assert_eq!(failed, ["cards"], "{:?}", report.problems);
        let [problem] = report.problems.as_slice() else { panic!("{:?}", report.problems) };
        assert!(problem.reason.contains(reason), "{problem}");
        assert!(problem.file.ends_with("/spec-cards.yaml") && !problem.remedy.is_empty(), "{problem}");
        assert_eq!(std::fs::read(self.layout.pinned("cards")).ok(), file, "its file stays");
        assert_eq!(self.lock().document.get("cards"), entry.as_ref(), "its entry stays");
        assert_eq!(
            std::fs::read(self.layout.pinned("orders")).expect("pinned"),
            orders.as_bytes(),
            "others are pinned"
        );
        self.agree();
        problem.clone()
    }
}

fn outcomes(report: &Report) -> Vec<(&str, Outcome)> {
    report.rows.iter().map(|r| (r.key.as_str(), r.outcome)).collect()
}

#[test]
fn the_first_fetch_pins_every_byte_and_tells_how_our_description_differed() {
    let workspace = Workspace::new();
    let report = workspace.fetch();
    assert!(report.problems.is_empty() && report.catalog.is_empty(), "{report:?}");
    assert_eq!(
        outcomes(&report),
        [
            ("index", Outcome::New),
            ("orders", Outcome::Replaced),
            ("cards", Outcome::New),
            ("older/orders-api", Outcome::New),
            ("placeholder/openapi", Outcome::New),
        ]
    );
    assert_eq!(
        report.notes,
        [
            "orders: only in our description: GET /guessed",
            "orders: only in the published document: POST /orders/new",
            "older/orders-api: only this older copy of `orders` has GET /forgotten",
        ]
    );
    let tree = workspace.tree();
    assert_eq!(tree["pinned/cards.yaml"], document("Cards", &["get /cards"]).as_bytes());
    assert!(tree.contains_key("pinned/older/orders-api.yaml") && tree.contains_key("pinned/placeholder/openapi.yaml"));
    workspace.agree();
    let entry = &workspace.lock().document["orders"];
    assert_eq!(entry.origin, Origin::Published);
    assert_eq!((entry.version.as_str(), entry.openapi.as_str(), entry.operations), ("7", "3.0.0", 2));
    assert!(entry.served.etag.is_some() && entry.served.last_modified.is_some());
    assert_eq!(entry.served.mirror.as_ref(), Some(&workspace.upstream.url));
    assert_ne!(entry.date, "2026-11-22");
}

#[test]
fn a_second_run_transfers_nothing_and_changes_nothing() {
    let workspace = Workspace::fetched();
    let before = workspace.tree();
    let report = workspace.fetch();
    let seen = workspace.upstream.seen();
    assert_eq!(seen.len(), 5);
    for request in seen {
        assert_eq!(request.status, "304", "{}", request.path);
        assert!(request.head.contains("if-modified-since: wed, 25 nov 2026 08:00:00 gmt"), "{}", request.head);
    }
    assert!(report.rows.iter().all(|r| r.outcome == Outcome::Unchanged && r.bytes == 0), "{report:?}");
    assert_eq!(workspace.tree(), before);
}

#[test]
fn other_bytes_with_the_same_meaning_are_pinned_and_told_so() {
    let workspace = Workspace::fetched();
    let text = document("Cards", &["get /cards"]).replace("# Cards\n", "# moved\n\n");
    workspace.upstream.page("/spec-cards.yaml", text.clone());
    let report = workspace.fetch();
    assert!(outcomes(&report).contains(&("cards", Outcome::Layout)), "{report:?}");
    assert_eq!(workspace.tree()["pinned/cards.yaml"], text.as_bytes());
    workspace.agree();
}

#[test]
fn validators_of_one_place_are_not_told_to_another() {
    let workspace = Workspace::fetched();
    let mirror = Upstream::start();
    mirror.page("/spec-cards.yaml", document("Cards", &["get /cards"]));
    mirror.page("/llms.txt", INDEX);
    let report = workspace.try_fetch(&["cards"], &mirror.url, Limits::default()).expect("runs");
    assert!(mirror.seen().iter().all(|r| !r.head.contains("if-none-match")));
    assert_eq!(outcomes(&report), [("index", Outcome::Unchanged), ("cards", Outcome::Unchanged)]);
}

#[test]
fn an_asked_service_is_fetched_with_its_older_copies_alone() {
    let workspace = Workspace::new();
    let report = workspace.try_fetch(&["orders"], &workspace.upstream.url, Limits::default()).expect("runs");
    let keys: Vec<&str> = report.rows.iter().map(|r| r.key.as_str()).collect();
    assert_eq!(keys, ["index", "orders", "older/orders-api"]);
    let problem =
        workspace.try_fetch(&["boats"], &workspace.upstream.url, Limits::default()).expect_err("no such service");
    assert!(problem.remedy.contains("orders, cards"), "{problem}");
}

#[test]
fn a_document_that_is_gone_is_told_and_kept() {
    let workspace = Workspace::fetched();
    let problem = workspace.only_cards_fails([Reply::Status("404 Not Found", String::new(), vec![])], "404 Not Found");
    assert!(problem.remedy.contains("specs/catalog.toml"), "{problem}");
    assert_eq!(workspace.slept(), Vec::<Duration>::new(), "and not asked again");
}

#[test]
fn a_server_that_recovers_is_asked_again() {
    let workspace = Workspace::new();
    let down = || Reply::Status("500 Internal Server Error", String::new(), vec![]);
    let page = Reply::Page(document("Cards", &["get /cards"]).into());
    workspace.upstream.replies("/spec-cards.yaml", [down(), down(), page]);
    let report = workspace.fetch();
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert_eq!(workspace.slept(), [Duration::from_millis(500), Duration::from_millis(1000)]);
    let problem = workspace.only_cards_fails([down()], "500 Internal Server Error (4 attempts)");
    assert_eq!(problem.remedy, "try again later");
}

#[test]
fn retry_after_is_obeyed_up_to_a_limit() {
    let workspace = Workspace::new();
    let busy = |after: &str| Reply::Status("429 Too Many Requests", format!("retry-after: {after}\r\n"), vec![]);
    workspace.upstream.replies("/spec-cards.yaml", [busy("7"), Reply::Page(document("Cards", &["get /cards"]).into())]);
    assert!(workspace.fetch().problems.is_empty());
    assert_eq!(workspace.slept(), [Duration::from_secs(7)]);
    workspace.only_cards_fails([busy("100000")], "it asks to wait 100000 s");
    assert_eq!(workspace.slept(), Vec::<Duration>::new());
}

#[test]
fn a_redirect_is_followed_inside_the_host_only() {
    let workspace = Workspace::new();
    let to = |address: String| Reply::Status("302 Found", format!("location: {address}\r\n"), vec![]);
    workspace.upstream.replies("/spec-cards.yaml", [to("/moved.yaml".into())]);
    workspace.upstream.page("/moved.yaml", document("Cards", &["get /cards"]));
    assert!(workspace.fetch().problems.is_empty());
    assert!(workspace.layout.pinned("cards").exists());
    let other = Upstream::start();
    other.page("/spec-cards.yaml", document("Cards", &["get /stolen"]));
    let elsewhere = other.url.replace("127.0.0.1", "localhost");
    for address in [format!("{elsewhere}/spec-cards.yaml"), "http://docs.example.com/a.yaml".into()] {
        workspace.only_cards_fails([to(address)], "away from 127.0.0.1");
    }
    assert!(other.seen().is_empty(), "the other host is not even asked");
    workspace.only_cards_fails([to("/spec-cards.yaml".into())], "redirects more than 5 times");
    workspace.only_cards_fails([Reply::Status("302 Found", String::new(), vec![])], "302 Found");
}

#[test]
fn an_answer_that_breaks_off_is_asked_for_again_and_never_pinned() {
    let text = document("Cards", &["get /cards", "get /cards/last"]);
    let (head, half) = ("HTTP/1.1 200 OK\r\nconnection: close\r\n", &text[..text.len() / 2]);
    let truncated = format!("{head}content-length: {}\r\n\r\n{half}", text.len());
    let cut = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{half}\r\n", half.len());
    let headless = "HTTP/1.1 200 O".to_string();
    for broken in [truncated, cut, headless] {
        let workspace = Workspace::fetched();
        let reply = Reply::Raw(broken.into_bytes());
        workspace.only_cards_fails([reply.clone()], "(4 attempts)");
        workspace.upstream.replies("/spec-cards.yaml", [reply, Reply::Page(text.clone().into())]);
        assert!(workspace.fetch().problems.is_empty());
        assert_eq!(workspace.tree()["pinned/cards.yaml"], text.as_bytes());
    }
}

#[test]
fn a_body_without_end_is_not_read_to_its_end() {
    const SIZE: u64 = 200 << 20;
    for told in [true, false] {
        let workspace = Workspace::fetched();
        workspace.only_cards_fails([Reply::Flood { bytes: SIZE, told }], "a document has at most 20971520 bytes");
        assert!(workspace.upstream.flooded() < SIZE / 2, "{}", workspace.upstream.flooded());
    }
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let workspace = Workspace::fetched();
    let limits = Limits { time: Duration::from_millis(200), attempts: 2, ..Limits::default() };
    workspace.upstream.replies("/spec-cards.yaml", [Reply::Hang]);
    let before = workspace.tree();
    let report = workspace.try_fetch(&["cards"], &workspace.upstream.url, limits).expect("runs");
    assert_eq!(outcomes(&report), [("index", Outcome::Unchanged), ("cards", Outcome::Failed)]);
    assert!(!report.unreachable);
    assert_eq!(workspace.tree(), before);
}

#[test]
fn what_is_no_sound_document_is_not_pinned() {
    let mut bomb = String::from("openapi: 3.0.0\npaths: {}\nx-0: &a0 [lol, lol]\n");
    for i in 1..12 {
        bomb.push_str(&format!("x-{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(", ")));
    }
    let dangling =
        document("Cards", &["get /cards"]) + "components: {schemas: {A: {$ref: '#/components/schemas/B'}}}\n";
    let workspace = Workspace::fetched();
    for (text, reason) in [
        (bomb, "alias"),
        ("<!doctype html><html><body>We have moved</body></html>".into(), "not an OpenAPI document"),
        (document("Cards", &["get /cards"]).replace("3.0.0", "3.2.0"), "`3.2.0`"),
        (dangling, "leads nowhere"),
        (document("Cards", &["get /cards"]) + "  broken: [", "neither YAML nor JSON"),
        (String::new(), "not an OpenAPI document"),
    ] {
        workspace.only_cards_fails([Reply::Page(text.into())], reason);
    }
}

#[test]
fn where_nobody_answers_nothing_is_changed() {
    let workspace = Workspace::fetched();
    let before = workspace.tree();
    let limits = Limits { total: Duration::from_secs(3600), ..Limits::default() };
    let report = workspace.try_fetch(&[], &Upstream::nobody(), limits).expect("runs");
    assert!(report.unreachable, "{report:?}");
    assert_eq!(workspace.tree(), before);
    assert_eq!(workspace.slept().len(), 3, "the documents are not tried one by one");
    let [problem] = report.problems.as_slice() else { panic!("{:?}", report.problems) };
    assert!(problem.file.starts_with("http://127.0.0.1:") && problem.remedy.contains("network"), "{problem}");
}

/// A folder of documents that somebody put behind a server: older copies that were never here need not be in it.
#[test]
fn a_mirror_need_not_have_what_was_never_pinned() {
    let workspace = Workspace::new();
    let gone = || [Reply::Status("404 Not Found", String::new(), vec![])];
    workspace.upstream.replies("/old/orders-api.yaml", gone());
    workspace.upstream.replies("/openapi.json", gone());
    let report = workspace.fetch();
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    let absent: Vec<&str> =
        report.rows.iter().filter(|r| r.outcome == Outcome::Absent).map(|r| r.key.as_str()).collect();
    assert_eq!(absent, ["older/orders-api", "placeholder/openapi"]);
    assert!(!workspace.lock().document.contains_key("older/orders-api"));

    // What was here once is missed, and so is a service.
    let workspace = Workspace::fetched();
    workspace.upstream.replies("/old/orders-api.yaml", gone());
    workspace.upstream.replies("/spec-cards.yaml", gone());
    let failed = workspace.fetch();
    let failed: Vec<&str> =
        failed.rows.iter().filter(|r| r.outcome == Outcome::Failed).map(|r| r.key.as_str()).collect();
    assert_eq!(failed, ["cards", "older/orders-api"]);
}

#[test]
fn http_to_another_machine_is_refused() {
    let workspace = Workspace::new();
    let problem = workspace.try_fetch(&[], "http://docs.example.com", Limits::default()).expect_err("refused");
    assert!(problem.reason.contains("only https is"), "{problem}");
}

#[test]
fn the_index_tells_what_the_catalog_lacks_and_is_no_condition_for_the_documents() {
    let workspace = Workspace::new();
    workspace
        .upstream
        .page("/llms.txt", format!("{INDEX}- [new](/spec-boats.yaml)\n").replace("- [b](/spec-cards.yaml)\n", ""));
    let first = workspace.fetch();
    let text = report::text(&first);
    for line in [
        "catalog: the index lists https://docs.example.com/spec-boats.yaml, and the catalog does not",
        "    service = \"boats\"\n    role = \"service\"\n    url = \"https://docs.example.com/spec-boats.yaml\"",
        "catalog: the catalog lists https://docs.example.com/spec-cards.yaml, and the index does not",
    ] {
        assert!(text.contains(line), "{text}");
    }
    // Told again as long as it holds, though the index need not come again.
    let again = workspace.fetch();
    assert_eq!((again.rows[0].outcome, &again.catalog), (Outcome::Unchanged, &first.catalog));

    workspace.upstream.replies("/llms.txt", [Reply::Page("<html>no index</html>".into())]);
    workspace.upstream.page("/spec-cards.yaml", document("Cards", &["get /cards", "get /more"]));
    let report = workspace.fetch();
    assert_eq!(report.rows[0].outcome, Outcome::Failed);
    assert!(report.problems[0].reason.contains("lists no OpenAPI document"), "{:?}", report.problems);
    assert!(outcomes(&report).contains(&("cards", Outcome::Updated)));
}

#[test]
fn a_placeholder_that_became_a_document_is_told() {
    let workspace = Workspace::fetched();
    workspace
        .upstream
        .page("/openapi.json", "{\"openapi\": \"3.1.0\", \"info\": {\"title\": \"Payouts\"}, \"paths\": {}}");
    let notes = workspace.fetch().notes.join("\n");
    assert!(notes.contains("placeholder/openapi: is no longer the platform's sample but `Payouts`"), "{notes}");
}

#[test]
fn a_pinned_document_edited_by_hand_is_noticed_and_put_back() {
    let workspace = Workspace::fetched();
    let published = workspace.tree();
    std::fs::write(workspace.layout.pinned("cards"), "openapi: 3.0.0\npaths: {}\n").expect("written");
    let [problem] = <[Problem; 1]>::try_from(workspace.lock().edited(&workspace.layout)).expect("noticed");
    assert_eq!(problem.file, "specs/pinned/cards.yaml");
    let report = workspace.fetch();
    assert!(report.notes.iter().any(|n| n.starts_with("specs/pinned/cards.yaml: was edited by hand")), "{report:?}");
    assert_eq!(workspace.tree()["pinned/cards.yaml"], published["pinned/cards.yaml"]);
    workspace.agree();
}

#[test]
fn what_leaves_the_catalog_leaves_the_lock() {
    let workspace = Workspace::fetched();
    let (kept, _) = CATALOG.split_once("[[document]]\nrole = 'placeholder'").expect("the last entry");
    std::fs::write(workspace.layout.catalog(), kept).expect("written");
    workspace.fetch();
    let keys: Vec<String> = workspace.lock().document.into_keys().collect();
    assert_eq!(keys, ["cards", "older/orders-api", "orders"]);
}

#[test]
fn of_two_fetches_at_once_one_waits_for_the_other() {
    let workspace = Workspace::new();
    let reports: Vec<Report> = std::thread::scope(|scope| {
        let runs = [scope.spawn(|| workspace.fetch()), scope.spawn(|| workspace.fetch())];
        runs.into_iter().map(|r| r.join().expect("no panic")).collect()
    });
    let came: Vec<usize> =
        reports.iter().map(|r| r.rows.iter().filter(|r| r.outcome != Outcome::Unchanged).count()).collect();
    assert!(came == [5, 0] || came == [0, 5], "the second finds everything there: {came:?}");
    assert!(reports.iter().all(|r| r.problems.is_empty()));
    workspace.agree();
}

/// Three answers ask to wait 50 s each, which is more than the run has; what it met is told, and that it was a server.
#[test]
fn waits_end_where_the_time_of_the_run_does() {
    let workspace = Workspace::fetched();
    let later = Reply::Status("503 Service Unavailable", "retry-after: 50\r\n".into(), Vec::new());
    workspace.upstream.replies("/spec-cards.yaml", [later]);
    workspace.slept();
    let report = workspace.try_fetch(&["cards"], &workspace.upstream.url, Limits::default()).expect("runs");
    assert_eq!(workspace.slept(), [Duration::from_secs(50); 2]);
    assert_eq!(outcomes(&report), [("index", Outcome::Unchanged), ("cards", Outcome::Failed)]);
    let [problem] = report.problems.as_slice() else { panic!("{:?}", report.problems) };
    assert!(problem.reason.contains("503") && problem.reason.contains("120 s that the run has"), "{problem}");
    assert!(!report.unreachable, "a server answered");
}

#[test]
fn a_server_that_never_answers_ends_with_the_time_of_the_run_and_every_document_is_named() {
    let workspace = Workspace::fetched();
    let before = workspace.tree();
    let paths = ["/llms.txt", "/spec-orders.yaml", "/spec-cards.yaml", "/old/orders-api.yaml", "/openapi.json"];
    for path in paths {
        workspace.upstream.replies(path, [Reply::Hang]);
    }
    let guard = store::lock(&workspace.layout).expect("locks");
    let limits = Limits { total: Duration::from_millis(300), ..Limits::default() };
    let manner = Manner { limits, ..Manner::default() };
    let report = pin::run(&workspace.layout, &guard, &[], Some(&workspace.upstream.url), manner).expect("runs");
    assert!(report.unreachable);
    for path in paths {
        let problem = report.problems.iter().find(|p| p.file.ends_with(path)).expect("named");
        assert!(problem.reason.contains("0.3 s that the run has"), "{problem}");
    }
    assert_eq!(workspace.tree(), before);
}
