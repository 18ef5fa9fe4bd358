//! .github/drift-pull-request against a remote of its own, with a stand-in for GitHub's `gh`.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Keeps the open pull requests in a file, and writes down what it was asked.
const GH: &str = r#"#!/usr/bin/env bash
set -euo pipefail
echo "$*" >> "$GH_LOG"
case "$1 $2" in
  "pr list") jq -r "${@: -1}" "$GH_PRS" ;;
  "pr create")
    head=$(sed -E 's/.*--head ([^ ]+).*/\1/' <<< "$*")
    jq --arg head "$head" '. + [{number: (100 + length), headRefName: $head}]' "$GH_PRS" > "$GH_PRS.new"
    mv "$GH_PRS.new" "$GH_PRS" ;;
  "pr close") jq --argjson n "$3" 'map(select(.number != $n))' "$GH_PRS" > "$GH_PRS.new"; mv "$GH_PRS.new" "$GH_PRS" ;;
esac
"#;

struct House {
    dir: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let house = Self { dir: tempfile::tempdir().expect("a folder") };
        for folder in ["bin", "drift", "seed/specs", "seed/.github"] {
            fs::create_dir_all(house.at(folder)).expect("a folder");
        }
        fs::write(house.at("bin/gh"), GH).expect("written");
        fs::set_permissions(house.at("bin/gh"), fs::Permissions::from_mode(0o755)).expect("made a program");
        fs::write(house.at("prs"), r#"[{"number": 7, "headRefName": "somebody/else"}]"#).expect("written");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.github/drift-pull-request");
        fs::copy(script, house.at("seed/.github/drift-pull-request")).expect("copied");
        fs::write(house.at("seed/specs/lock.toml"), lock("aaa", "1")).expect("written");
        house.git("seed", &["init", "--quiet", "--initial-branch", "main"]);
        house.git("seed", &["add", "--all"]);
        house.git("seed", &["commit", "--quiet", "--message", "as pinned"]);
        house.git(".", &["clone", "--quiet", "--bare", "seed", "remote.git"]);
        house
    }

    fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn run(&self, mut command: Command, place: &str) -> String {
        let done = command
            .current_dir(self.at(place))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "A maintainer")))
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "maintainer@example.com")))
            .output()
            .expect("a program");
        assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).to_string()
    }

    fn git(&self, place: &str, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(arguments);
        self.run(git, place)
    }

    /// A fresh checkout of main, in which a sync has left this lock; what `gh` was asked for.
    fn sync(&self, lock: &str, level: &str) -> String {
        let _ = fs::remove_dir_all(self.at("checkout"));
        self.git(".", &["clone", "--quiet", "remote.git", "checkout"]);
        fs::write(self.at("checkout/specs/lock.toml"), lock).expect("written");
        fs::write(
            self.at("drift/drift.json"),
            format!(r#"{{"changes": [{{"level": "docs"}}, {{"level": "{level}"}}]}}"#),
        )
        .expect("written");
        let report = format!("# Report of {level}\n{}", "- one more change, told at length\n".repeat(5000));
        fs::write(self.at("drift/drift.markdown"), report).expect("written");
        fs::write(self.at("drift/sync.txt"), "orders  updated\n").expect("written");
        let _ = fs::remove_file(self.at("log"));
        let mut script = Command::new("bash");
        let path = std::env::var("PATH").unwrap_or_default();
        script
            .arg(".github/drift-pull-request")
            .env("PATH", format!("{}:{path}", self.at("bin").display()))
            .env("GH_LOG", self.at("log"))
            .env("GH_PRS", self.at("prs"))
            .env("DRIFT", self.at("drift"));
        self.run(script, "checkout");
        fs::read_to_string(self.at("log")).unwrap_or_default()
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

#[test]
fn each_state_of_upstream_has_one_pull_request() {
    let house = House::new();

    // The same documents under other headers: no state of its own.
    assert_eq!(house.sync(&lock("aaa", "2"), "docs"), "");
    assert!(house.branches().is_empty());

    let asked = house.sync(&lock("bbb", "3"), "additive");
    let [first] = <[String; 1]>::try_from(house.branches()).expect("one branch");
    assert!(asked.contains(&format!("pr create --base main --head {first}")), "{asked}");
    assert!(asked.contains("--label additive") && asked.contains("label create additive"), "{asked}");
    assert!(asked.contains(&format!("workflow run ci.yml --ref {first}")), "{asked}");
    assert!(house.git("remote.git", &["show", &format!("{first}:specs/lock.toml")]).contains("bbb"));
    let body = fs::read_to_string(house.at("drift/body.markdown")).expect("a body");
    assert!(body.starts_with("# Report of additive") && body.contains("orders  updated"), "{body}");
    assert!(body.len() < 65_536, "{}", body.len());

    // The next day, the same state: brought up to date, not opened again.
    let asked = house.sync(&lock("bbb", "4"), "additive");
    assert!(asked.contains("pr edit 101") && !asked.contains("pr create"), "{asked}");
    assert_eq!(house.branches(), std::slice::from_ref(&first));

    // Another state takes its place, and nobody else's is touched.
    let asked = house.sync(&lock("ccc", "5"), "breaking");
    assert!(asked.contains("--label breaking") && asked.contains("pr close 101 --delete-branch"), "{asked}");
    assert!(!house.open().contains(&first) && house.open().contains("somebody/else"), "{}", house.open());
}
