//! .github/drift-pull-request against a remote of its own, with a stand-in for GitHub's `gh`.
#![cfg(unix)]

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Keeps the open pull requests in a file, and writes down what it was asked; it refuses what GH_REFUSES names.
const GH: &str = r#"#!/usr/bin/env bash
set -euo pipefail
echo "$*" >> "$GH_LOG"
if [[ ",${GH_REFUSES:-}," == *",$1 $2,"* ]]; then
  echo "GraphQL: GitHub Actions is not permitted to do this" >&2
  exit 1
fi
value() { sed -E "s/.*--$1 ([^ ]+).*/\1/"; }
case "$1 $2" in
  "pr list")
    if [[ "$*" == *" --head "* ]]; then
      jq --arg head "$(value head <<< "$*")" 'map(select(.headRefName == $head))' "$GH_PRS"
    else
      cat "$GH_PRS"
    fi ;;
  "pr create")
    jq --arg head "$(value head <<< "$*")" --arg base "$(value base <<< "$*")" '. + [{number: (100 + length),
      headRefName: $head, baseRefName: $base, isCrossRepository: false, headRepositoryOwner: {login: "Acme"},
      author: {is_bot: true, login: "app/github-actions"}}]' "$GH_PRS" > "$GH_PRS.new"
    mv "$GH_PRS.new" "$GH_PRS" ;;
  "pr close") jq --argjson n "$3" 'map(select(.number != $n))' "$GH_PRS" > "$GH_PRS.new"; mv "$GH_PRS.new" "$GH_PRS" ;;
esac
"#;

/// Of whom a pull request is.
const BOT: &str = r#"{"is_bot": true, "login": "app/github-actions"}"#;
const PERSON: &str = r#"{"id": "U_1", "is_bot": false, "login": "github-actions", "name": "A person"}"#;

struct Workspace {
    dir: tempfile::TempDir,
}

/// How the script ended.
struct Told {
    code: Option<i32>,
    /// What it asked of `gh`.
    asked: String,
    said: String,
}

impl Workspace {
    fn new() -> Self {
        let workspace = Self { dir: tempfile::tempdir().expect("a folder") };
        for folder in ["bin", "drift", "seed/specs", "seed/.github"] {
            fs::create_dir_all(workspace.at(folder)).expect("a folder");
        }
        fs::write(workspace.at("bin/gh"), GH).expect("written");
        fs::set_permissions(workspace.at("bin/gh"), fs::Permissions::from_mode(0o755)).expect("made a program");
        workspace.pull_requests(&[pull_request(7, "somebody/else", "acme", false, PERSON)]);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.github/drift-pull-request");
        fs::copy(script, workspace.at("seed/.github/drift-pull-request")).expect("copied");
        fs::write(workspace.at("seed/specs/lock.toml"), lock("aaa", "1")).expect("written");
        workspace.git("seed", &["init", "--quiet", "--initial-branch", "main"]);
        workspace.git("seed", &["add", "--all"]);
        workspace.git("seed", &["commit", "--quiet", "--message", "as pinned"]);
        workspace.git(".", &["clone", "--quiet", "--bare", "seed", "remote.git"]);
        workspace
    }

    fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn pull_requests(&self, list: &[String]) {
        fs::write(self.at("prs"), format!("[{}]", list.join(","))).expect("written");
    }

    fn run(&self, command: &mut Command, place: &str) -> Output {
        command
            .current_dir(self.at(place))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "A maintainer")))
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "maintainer@example.com")))
            .output()
            .expect("a program")
    }

    fn git(&self, place: &str, arguments: &[&str]) -> String {
        let done = self.run(Command::new("git").args(arguments), place);
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).to_string()
    }

    /// A fresh checkout of main, in which a sync has left this lock; what `gh` was asked for.
    fn sync(&self, lock: &str, level: &str) -> String {
        let report = format!("# Report of {level}\n{}", "- one more change\n".repeat(1000));
        let Told { code, asked, said } = self.sync_with(lock, level, &report, &[]);
        assert_eq!(code, Some(0), "{said}");
        asked
    }

    fn sync_with(&self, lock: &str, level: &str, report: &str, more: &[(&str, &str)]) -> Told {
        let _ = fs::remove_dir_all(self.at("checkout"));
        self.git(".", &["clone", "--quiet", "remote.git", "checkout"]);
        fs::write(self.at("checkout/specs/lock.toml"), lock).expect("written");
        fs::write(self.at("drift/level"), format!("{level}\n")).expect("written");
        fs::write(self.at("drift/body.markdown"), report).expect("written");
        let _ = fs::remove_file(self.at("log"));
        let mut script = Command::new("bash");
        let path = std::env::var("PATH").unwrap_or_default();
        script
            .arg(".github/drift-pull-request")
            .env("PATH", format!("{}:{path}", self.at("bin").display()))
            .env("GH_LOG", self.at("log"))
            .env("GH_PRS", self.at("prs"))
            .env("DRIFT", self.at("drift"))
            .env("GITHUB_REPOSITORY", "acme/sdk")
            .env("GITHUB_SERVER_URL", "https://github.example.com")
            .env_remove("GITHUB_STEP_SUMMARY")
            .envs(more.iter().copied());
        let done = self.run(&mut script, "checkout");
        let said = [done.stdout, done.stderr].map(|out| String::from_utf8_lossy(&out).to_string()).concat();
        Told { code: done.status.code(), asked: fs::read_to_string(self.at("log")).unwrap_or_default(), said }
    }

    fn body(&self) -> String {
        fs::read_to_string(self.at("drift/body.markdown")).expect("a body")
    }

    /// The branch that this state of upstream has: `gh` is asked nothing on the way.
    fn branch_of(&self, lock: &str) -> String {
        let all = Workspace::new();
        all.sync(lock, "docs");
        let [branch] = <[String; 1]>::try_from(all.branches()).expect("one branch");
        branch
    }

    fn branches(&self) -> Vec<String> {
        let list = self.git("remote.git", &["branch", "--format", "%(refname:short)", "--list", "drift/*"]);
        list.lines().map(String::from).collect()
    }

    fn open(&self) -> String {
        fs::read_to_string(self.at("prs")).expect("read").split_whitespace().collect()
    }
}

fn lock(hash: &str, etag: &str) -> String {
    format!("[document.orders]\ncanonical_sha256 = \"{hash}\"\netag = \"{etag}\"\n")
}

fn pull_request(number: u32, branch: &str, owner: &str, cross: bool, author: &str) -> String {
    format!(
        r#"{{"number": {number}, "headRefName": "{branch}", "baseRefName": "main", "isCrossRepository": {cross},
            "headRepositoryOwner": {{"login": "{owner}"}}, "author": {author}}}"#
    )
}

#[test]
fn each_state_of_upstream_has_one_pull_request() {
    let workspace = Workspace::new();

    // The same documents under other headers: no state of its own.
    assert_eq!(workspace.sync(&lock("aaa", "2"), "docs"), "");
    assert!(workspace.branches().is_empty());

    let asked = workspace.sync(&lock("bbb", "3"), "additive");
    let [first] = <[String; 1]>::try_from(workspace.branches()).expect("one branch");
    assert!(asked.contains(&format!("pr create --base main --head {first}")), "{asked}");
    assert!(asked.contains("--label additive") && asked.contains("label create additive"), "{asked}");
    assert!(asked.contains(&format!("workflow run ci.yml --ref {first}")), "{asked}");
    assert!(workspace.git("remote.git", &["show", &format!("{first}:specs/lock.toml")]).contains("bbb"));
    let body = workspace.body();
    assert!(body.starts_with("# Report of additive"), "{body}");
    assert!(body.len() < 65_536, "{}", body.len());

    // The next day, the same state: brought up to date, not opened again.
    let asked = workspace.sync(&lock("bbb", "4"), "additive");
    assert!(asked.contains("pr edit 101") && !asked.contains("pr create"), "{asked}");
    assert_eq!(workspace.branches(), std::slice::from_ref(&first));

    // Another state takes its place, and nobody else's is touched.
    let asked = workspace.sync(&lock("ccc", "5"), "breaking");
    assert!(asked.contains("--label breaking") && asked.contains("pr close 101 --delete-branch"), "{asked}");
    assert!(!workspace.open().contains(&first) && workspace.open().contains("somebody/else"), "{}", workspace.open());
}

#[test]
fn pull_requests_of_others_are_not_touched() {
    let (state, before) = (lock("bbb", "3"), lock("ccc", "4"));
    let (branch, old) = (Workspace::new().branch_of(&state), Workspace::new().branch_of(&before));
    let of_others = [
        pull_request(1, &branch, "stranger", true, PERSON),
        pull_request(2, &branch, "stranger", true, BOT),
        pull_request(3, &old, "stranger", true, PERSON),
        pull_request(4, &old, "acme", false, PERSON),
        pull_request(5, "drift/notes", "acme", false, r#"{"is_bot": true, "login": "app/another"}"#),
        pull_request(6, &old, "acme", true, BOT),
        pull_request(7, "drift/gone", "acme", false, "null"),
    ];
    let workspace = Workspace::new();
    workspace.pull_requests(&of_others);
    let asked = workspace.sync(&state, "additive");
    assert!(asked.contains(&format!("pr create --base main --head {branch}")), "{asked}");
    assert!(!asked.contains("pr edit") && !asked.contains("pr close"), "{asked}");
    assert!((1..=7).all(|n| workspace.open().contains(&format!(r#""number":{n},"#))), "{}", workspace.open());

    // Ours is told from theirs the day after, and closed when its time has come.
    let asked = workspace.sync(&state, "additive");
    assert!(asked.contains("pr edit 107 --title") && !asked.contains("pr create"), "{asked}");
    let asked = workspace.sync(&lock("ddd", "5"), "docs");
    let closed: Vec<&str> = asked.lines().filter(|l| l.starts_with("pr close")).collect();
    assert!(closed.len() == 1 && closed[0].starts_with("pr close 107 "), "{asked}");
}

#[test]
fn a_person_who_opened_it_by_hand_keeps_it() {
    let state = lock("bbb", "3");
    let workspace = Workspace::new();
    workspace.pull_requests(&[pull_request(1, &workspace.branch_of(&state), "acme", false, PERSON)]);
    let asked = workspace.sync(&state, "additive");
    assert!(!["pr create", "pr edit", "pr close"].iter().any(|what| asked.contains(what)), "{asked}");
    assert!(asked.contains("workflow run ci.yml"), "{asked}");
}

#[test]
fn what_is_refused_keeps_nothing_else_from_being_done() {
    let state = lock("bbb", "3");
    let branch = Workspace::new().branch_of(&state);
    let run = |refused: &str, summary: Option<&str>| {
        let workspace = Workspace::new();
        workspace.pull_requests(&[pull_request(1, "drift/before", "acme", false, BOT)]);
        let mut more = vec![("GH_REFUSES", refused)];
        more.extend(summary.map(|path| ("GITHUB_STEP_SUMMARY", path)));
        let told = workspace.sync_with(&state, "breaking", "Nothing to decide.\n", &more);
        assert_eq!(workspace.branches(), std::slice::from_ref(&branch), "{}", told.said);
        assert!(told.asked.contains(&format!("workflow run ci.yml --ref {branch}")), "{}", told.asked);
        told
    };
    let link = format!("https://github.example.com/acme/sdk/compare/main...{branch}?expand=1");

    let told = run("pr create", None);
    assert!(told.code == Some(4) && told.said.contains(&link), "{}", told.said);
    assert!(!told.asked.contains("pr close"), "nothing takes its place: {}", told.asked);

    let summary = tempfile::NamedTempFile::new().expect("a file");
    fs::write(summary.path(), "before\n").expect("written");
    assert_eq!(run("pr create,label create", summary.path().to_str()).code, Some(4));
    let text = fs::read_to_string(summary.path()).expect("a summary");
    assert!(text.starts_with("before\n") && text.contains(&format!("({link})")), "{text}");

    // Labels are an ornament.
    let told = run("label create", None);
    assert!(told.code == Some(0) && told.asked.contains("pr create"), "{}", told.said);
    let told = run("pr close", None);
    assert!(told.code == Some(1) && told.asked.contains("pr create"), "{}", told.said);
    let told = run("workflow run", None);
    assert!(told.code == Some(1) && told.asked.contains("pr create"), "{}", told.said);
    assert_eq!(run("pr list", None).code, Some(1));
}

/// What stands in a body outside code, and all of its HTML.
fn outside_code(body: &str) -> (String, String) {
    let (mut text, mut html, mut code) = (String::new(), String::new(), false);
    for event in Parser::new_ext(body, Options::ENABLE_TABLES | Options::ENABLE_GFM | Options::ENABLE_TASKLISTS) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            Event::Text(piece) if !code => text.push_str(&piece),
            Event::Html(piece) | Event::InlineHtml(piece) => html.push_str(&piece),
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => panic!("a link: {body}"),
            _ => text.push(' '),
        }
    }
    assert!(!code, "{body}");
    (text, html)
}

#[test]
fn a_hostile_document_is_shown_and_not_obeyed() {
    let names = [
        "@everyone",
        "Fixes #1",
        "</details>",
        "```",
        "a`b",
        "::error ::x",
        "x\n::add-mask::y",
        "##[error]z",
        "\u{1b}[2J",
        "\u{202e}x",
        "[a](https://e.com)",
        "<img src=x>",
        "- x",
        "# x",
    ];
    let document = |names: &[&str]| {
        // Of these no property could have the name; as values they may come.
        let sound = |n: &&&str| !n.contains(|c: char| c == '`' || c.is_control() || c == '\u{202e}');
        // Each in an object of its own, since of many names in one place only the first few are told.
        let properties: serde_json::Map<String, serde_json::Value> = names
            .iter()
            .filter(sound)
            .enumerate()
            .map(|(i, n)| {
                let inner = serde_json::json!({n.to_string(): {"type": "string", "enum": names}});
                (format!("p{i}"), serde_json::json!({"type": "object", "properties": inner}))
            })
            .collect();
        serde_json::json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://e.com"}],
            "paths": {"/@octocat/#2": {"get": {"operationId": "a", "responses": {"200": {"description": "OK", "content":
                {"application/json": {"schema": {"type": "object", "properties": properties}}}}}}}}
        })
    };
    let workspace = Workspace::new();
    fs::write(workspace.at("old.json"), document(&["kept"; 14]).to_string()).expect("written");
    fs::write(workspace.at("new.json"), document(&names).to_string()).expect("written");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let drift = |format: &str| {
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        xtask.args(["drift", "--fail-on", "never", "--old", "old.json", "--new", "new.json", "--format", format]);
        xtask.arg("--manifest-path").arg(&manifest);
        let done = workspace.run(&mut xtask, ".");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).to_string()
    };
    let report = drift("markdown");
    for told in [&report, &drift("text"), &drift("json")] {
        assert!(told.contains("everyone"), "{told}");
        for line in told.split(['\n', '\r']) {
            assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line}");
            assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line}");
        }
    }

    let told = workspace.sync_with(&lock("bbb", "3"), "breaking", &report, &[]);
    assert_eq!(told.code, Some(0), "{}", told.said);
    let (text, html) = outside_code(&workspace.body());
    assert!(!text.contains(['@', '#', '<', '[', '\u{1b}']) && !text.contains("https:"), "{text}");
    assert_eq!(html.matches("<details>").count(), html.matches("</details>").count(), "{html}");
    let foreign = html.replace("<details>", "").replace("</details>", "").replace("summary>", "");
    assert!(
        !foreign.contains("img") && foreign.matches('<').count() == 2 * html.matches("<details>").count(),
        "{html}"
    );
    assert!(told.asked.contains("--title Upstream changed (breaking) --body-file"), "{}", told.asked);
    assert!(!told.asked.contains("everyone") && !told.said.contains("everyone"), "{}", told.said);
    let message = workspace.git("remote.git", &["log", "-1", "--format=%B", &workspace.branches()[0]]);
    assert_eq!(message.trim(), "Upstream changed (breaking)");

    // A report that has no room is not cut in the middle of a block, and a level that is none is the mildest.
    let long = format!("<details><summary>x</summary>\n\n{}\n</details>\n", "- x\n".repeat(20_000));
    let told = workspace.sync_with(&lock("bbb", "4"), "$(id) Fixes #1", &long, &[]);
    let body = workspace.body();
    assert!(body.len() < 1000 && body.contains("longer than a pull request takes"), "{body}");
    assert!(told.asked.contains("--title Upstream changed (docs)") && !told.asked.contains("Fixes"), "{}", told.asked);
}

#[test]
fn the_runner_obeys_nothing_that_a_step_prints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.github");
    let script = ". ./as-text\necho ::error::x\necho '##[error]y' >&2\necho '::stop-commands::z'\nprintf w\nexit 3\n";
    let run = || {
        let done = Command::new("bash").args(["-e", "-c", script]).current_dir(&folder).output().expect("bash");
        assert_eq!((done.status.code(), done.stderr.len()), (Some(3), 0));
        String::from_utf8_lossy(&done.stdout).to_string()
    };
    let told = run();
    let lines: Vec<&str> = told.lines().collect();
    let token = lines[0].strip_prefix("::stop-commands::").expect("the runner is told to stop").to_string();
    assert!(token.len() == 32 && token.chars().all(|c| c.is_ascii_hexdigit()), "{told}");
    let end = format!("::{token}::");
    assert_eq!(lines[1..], ["::error::x", "##[error]y", "::stop-commands::z", "w", &end]);
    assert!(!run().contains(&token), "nobody can know it before");

    // Each step that runs something of ours begins so.
    for workflow in ["drift.yml", "ci.yml"] {
        let text = fs::read_to_string(folder.join("workflows").join(workflow)).expect("a workflow");
        let steps: Vec<&str> =
            text.split("\n      - ").filter(|s| s.contains("cargo") || s.contains(".ci/run")).collect();
        assert!(!steps.is_empty());
        for step in
            steps.iter().chain(text.split("\n      - ").filter(|s| s.contains("gh ")).collect::<Vec<_>>().iter())
        {
            assert!(step.contains("run: |\n          . .github/as-text\n"), "{workflow}: {step}");
        }
    }
}

/// A program that was built once works where it is run, and says so where there is nothing to work on.
#[test]
fn it_works_on_the_workspace_that_it_is_run_in() {
    let workspace = Workspace::new();
    let status = |place: &str, more: &[&str]| {
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        workspace.run(xtask.args(["status"]).args(more).env_remove("CARGO_MANIFEST_DIR"), place)
    };
    let nowhere = status(".", &[]);
    let said = String::from_utf8_lossy(&nowhere.stderr).to_string();
    assert!(
        !nowhere.status.success() && said.contains("specs/catalog.toml") && said.contains("--manifest-path"),
        "{said}"
    );

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let catalog = fs::read_to_string(root.join("specs/catalog.toml")).expect("the catalog");
    fs::write(workspace.at("seed/specs/catalog.toml"), catalog).expect("written");
    fs::write(workspace.at("seed/specs/lock.toml"), "").expect("written");
    let here = status("seed/.github", &[]);
    let text = String::from_utf8_lossy(&here.stdout).to_string();
    assert!(here.status.success() && text.contains("payments") && !text.contains("snapshot"), "{text}");
    let manifest = root.join("Cargo.toml").display().to_string();
    assert!(status(".", &["--manifest-path", &manifest]).status.success());
}
