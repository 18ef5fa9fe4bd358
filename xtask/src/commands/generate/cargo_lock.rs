//! Cargo.lock after manifests that were written anew: what is built with `--locked` needs no run of cargo before.
//!
//! A crate may need another than before, or be gone. Only cargo knows what stands in its lock then; nothing else of it
//! changes, and what is on this machine is enough, unless a crate was never downloaded.

use crate::catalog::Layout;
use crate::problem::Problem;
use std::process::{Command, Stdio};

/// Brings it after the manifests, if one of these files is a manifest. What cannot be done is told, and stops nothing.
pub fn follow(layout: &Layout, changed: &mut Vec<String>) -> Option<Problem> {
    let lock = layout.root.join("Cargo.lock");
    // Or a crate that is gone, of which the folder is named.
    let services = format!("{}/", layout.shown(&layout.services()));
    let is_folder = |file: &String| file.strip_prefix(&services).is_some_and(|rest| !rest.contains('/'));
    let is_manifest = |file: &String| file.ends_with("Cargo.toml") || is_folder(file);
    let before = std::fs::read(&lock).ok().filter(|_| changed.iter().any(is_manifest))?;
    let known = run(layout, &["update", "--workspace", "--offline"]);
    let told = known.or_else(|_| run(layout, &["update", "--workspace"]));
    let name = layout.shown(&lock);
    if std::fs::read(&lock).is_ok_and(|now| now != before) && !changed.contains(&name) {
        changed.push(name.clone());
    }
    told.err().map(|why| {
        let reason = format!("could not be brought after the manifests that were written: {why}");
        Problem::new(name, "", reason, "run `cargo update --workspace`; until then nothing builds with `--locked`")
    })
}

fn run(layout: &Layout, arguments: &[&str]) -> Result<(), String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let done = Command::new(&program)
        .args(arguments)
        .current_dir(&layout.root)
        .env("CARGO_TERM_COLOR", "never")
        .stdin(Stdio::null())
        .output()
        .map_err(|why| format!("cargo cannot be run: {why}"))?;
    let said = String::from_utf8_lossy(&done.stderr);
    let first = said.lines().find(|line| line.starts_with("error")).unwrap_or("no reason was given");
    if done.status.success() { Ok(()) } else { Err(first.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_needs_another_than_before_stands_so_in_the_lock() {
        let dir = tempfile::tempdir().expect("a folder");
        let layout = Layout { root: dir.path().to_path_buf() };
        let crate_of = |name: &str, needs: &str| {
            let folder = dir.path().join(name);
            std::fs::create_dir_all(folder.join("src")).expect("a folder");
            std::fs::write(folder.join("src/lib.rs"), "").expect("written");
            let manifest = format!("[package]\nname = '{name}'\nversion = '0.1.0'\n[dependencies]\n{needs}");
            std::fs::write(folder.join("Cargo.toml"), manifest).expect("written");
        };
        std::fs::write(dir.path().join("Cargo.toml"), "[workspace]\nmembers = ['a', 'b']\nresolver = '3'\n")
            .expect("written");
        crate_of("a", "");
        crate_of("b", "");
        let manifest = || vec!["a/Cargo.toml".to_owned()];
        assert!(follow(&layout, &mut manifest()).is_none(), "there is no lock");
        assert!(!dir.path().join("Cargo.lock").exists());
        run(&layout, &["update", "--workspace", "--offline"]).expect("a lock");
        let locked = || run(&layout, &["metadata", "--locked", "--offline"]);
        let mut changed = manifest();
        assert!(locked().is_ok() && follow(&layout, &mut changed).is_none());
        assert_eq!(changed, manifest(), "it was right already");
        crate_of("a", "b = { path = '../b' }\n");
        assert!(locked().is_err());
        assert!(follow(&layout, &mut vec!["a/src/lib.rs".into()]).is_none() && locked().is_err(), "no manifest");
        assert!(follow(&layout, &mut changed).is_none() && locked().is_ok());
        assert_eq!(changed, ["a/Cargo.toml", "Cargo.lock"]);
        crate_of("a", "b = { path = '../gone' }\n");
        let told = follow(&layout, &mut manifest()).expect("told").to_string();
        assert!(told.starts_with("Cargo.lock: could not be brought after the manifests"), "{told}");
    }
}
