//! What a shop wrote against the crate of an old document, compiled against that of the new one.
//!
//! For: "breaking" is a promise about compilers, and only a compiler can keep it. The pairs are those of tests/drift with
//! a `caller.rs`; the crates are made without their client, so that no HTTP client is built.

use crate::api::Api;
use crate::document;
use crate::drift::levels::Level;
use crate::emit::package::Home;
use crate::emit::{self, Files};
use crate::gate::Received;
use crate::hostile::workspace;
use crate::lower::settled;
use crate::names_lock::Names;
use dintero_codegen::thread::on_thread;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crate of a document, with the caller as a module of it.
fn crate_of(doc: &Path, caller: &str, names: &mut Names, root: &Path) -> Files {
    let (_, catalog) = workspace();
    let policy = catalog.policy_outside(&[".example.com".to_string()]);
    let made = on_thread("old_callers.yaml", || {
        let service = settled("old_callers.yaml", "orders", Received::new(document::read(doc)?), &policy, names)?;
        names.methods.append(&mut names.retired);
        let crates = root.join("crates").display().to_string();
        let home =
            Home { workspace: false, fixture: false, version: "0.1.0".into(), crates, reference: "", hosts: &[] };
        Ok(emit::run(&service, &Api::of(&service, &policy)?, "old_callers.yaml", &home)?.files)
    });
    let mut files = made.expect("a crate");
    files.entry("src/lib.rs".into()).or_default().push_str("\npub mod caller;\n");
    files.insert("src/caller.rs".into(), caller.into());
    files
}

/// Beside the test's own target folder, which whoever runs the test may have locked.
fn target() -> PathBuf {
    let exe = std::env::current_exe().expect("this test");
    exe.ancestors().nth(3).expect("the target folder").join("old-callers")
}

/// What the compiler says against it; nothing where it compiles.
fn refused(files: &Files, root: &Path) -> Option<String> {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }
    // The versions that this workspace has, which are on this machine.
    std::fs::copy(root.join("Cargo.lock"), dir.path().join("Cargo.lock")).expect("the lock");
    let done = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet", "--no-default-features", "--manifest-path"])
        .arg(dir.path().join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", target())
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    (!done.status.success()).then(|| String::from_utf8_lossy(&done.stderr).into_owned())
}

#[test]
fn an_old_caller_compiles_as_long_as_nothing_is_called_breaking() {
    let (layout, _) = workspace();
    let folder = layout.root.join("tests/drift");
    let text = std::fs::read_to_string(folder.join("expected.yaml")).expect("expected.yaml");
    let expected = document::yaml("expected.yaml", &text, "").expect("a table");
    let (mut tried, mut wrong) = (0, Vec::new());
    for (name, level) in expected.as_object().expect("a mapping") {
        let Ok(caller) = std::fs::read_to_string(folder.join(name).join("caller.rs")) else { continue };
        tried += 1;
        let mut names = Names::default();
        let mut made = |side: &str| crate_of(&folder.join(name).join(side), &caller, &mut names, &layout.root);
        let (old, new) = (made("old.yaml"), made("new.yaml"));
        if let Some(why) = refused(&old, &layout.root) {
            wrong.push(format!("{name}: the caller does not compile against the old crate\n{why}"));
        }
        match (refused(&new, &layout.root), *level == Level::Breaking.word()) {
            (None, true) => wrong.push(format!("{name}: called breaking, and the old caller compiles")),
            (Some(why), false) => wrong.push(format!("{name}: not called breaking, and the old caller fails\n{why}")),
            // It is the caller that fails, and not the crate.
            (Some(why), true) if !why.contains("src/caller.rs") => wrong.push(format!("{name}: {why}")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 8, "{tried}");
}
