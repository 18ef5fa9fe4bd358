//! Writes what differs, a folder whole or not at all; what is no longer made goes.

use crate::catalog::{Catalog, Layout, crate_name};
use crate::emit::Files;
use crate::problem::Problem;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Writes what differs, or only lists it.
pub struct Writer<'a> {
    pub layout: &'a Layout,
    pub check: bool,
    pub changed: Vec<String>,
    /// Every file that was looked at, whether it differed or not.
    pub seen: BTreeSet<PathBuf>,
}

impl<'a> Writer<'a> {
    pub fn new(layout: &'a Layout, check: bool) -> Self {
        Self { layout, check, changed: Vec::new(), seen: BTreeSet::new() }
    }

    pub fn file(&mut self, path: &Path, content: &str) -> Result<(), Problem> {
        self.seen.insert(path.to_path_buf());
        if std::fs::read(path).is_ok_and(|old| old == content.as_bytes()) {
            return Ok(());
        }
        self.changed.push(self.layout.shown(path));
        if self.check {
            return Ok(());
        }
        let io = |e| Problem::io(path, "write the file", &e);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(io)?;
        }
        let beside = path.with_extension("new");
        std::fs::write(&beside, content).map_err(io)?;
        std::fs::rename(&beside, path).map_err(io)
    }

    /// A crate is made beside the old one and takes its place in one step.
    pub fn crate_dir(&mut self, dir: &Path, files: &Files) -> Result<(), Problem> {
        self.seen.extend(files.keys().map(|name| dir.join(name)));
        let mut differing: Vec<String> = Vec::new();
        for (name, content) in files {
            if !std::fs::read(dir.join(name)).is_ok_and(|old| old == content.as_bytes()) {
                differing.push(name.clone());
            }
        }
        for stray in files_under(dir, dir) {
            // cargo's own leavings in a crate outside of the workspace
            if !files.contains_key(&stray) && !stray.starts_with("target/") && stray != "Cargo.lock" {
                differing.push(stray);
            }
        }
        if differing.is_empty() {
            return Ok(());
        }
        self.changed.extend(differing.iter().map(|f| self.layout.shown(&dir.join(f))));
        if self.check {
            return Ok(());
        }
        let io = |e| Problem::io(dir, "write the crate", &e);
        let parent = dir.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = dir.file_name().map(|n| n.to_string_lossy().to_string()).unwrap_or_default();
        // Not inside the folder of the workspace's members: a half-made crate is none.
        let room = match dir.starts_with(self.layout.services()) {
            true => self.layout.root.join("crates"),
            false => parent.to_path_buf(),
        };
        std::fs::create_dir_all(parent).map_err(io)?;
        let new = room.join(format!(".{name}.new"));
        let old = room.join(format!(".{name}.old"));
        for leftover in [&new, &old] {
            if leftover.exists() {
                std::fs::remove_dir_all(leftover).map_err(io)?;
            }
        }
        for (file, content) in files {
            let path = new.join(file);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(io)?;
            }
            std::fs::write(&path, content).map_err(io)?;
        }
        if dir.exists() {
            std::fs::rename(dir, &old).map_err(io)?;
        }
        if let Err(e) = std::fs::rename(&new, dir) {
            // Put back what was there.
            if old.exists() {
                let _ = std::fs::rename(&old, dir);
            }
            return Err(io(e));
        }
        if old.exists() {
            std::fs::remove_dir_all(&old).map_err(io)?;
        }
        Ok(())
    }

    /// Removes the files of a folder that are not among these.
    pub fn only(&mut self, dir: &Path, is_known: impl Fn(&str) -> bool) -> Result<(), Problem> {
        for stray in files_under(dir, dir).into_iter().filter(|file| !is_known(file)) {
            let path = dir.join(stray);
            self.changed.push(self.layout.shown(&path));
            if !self.check {
                std::fs::remove_file(&path).map_err(|e| Problem::io(&path, "remove the file", &e))?;
            }
        }
        Ok(())
    }

    /// Crates of services that the catalog does not have.
    pub fn strays(&mut self, catalog: &Catalog) -> Result<(), Problem> {
        let Ok(entries) = std::fs::read_dir(self.layout.services()) else { return Ok(()) };
        let known: Vec<String> = catalog.services().map(|d| crate_name(&d.service)).collect();
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().to_string();
            if !known.contains(&name) {
                let path = entry.path();
                self.changed.push(self.layout.shown(&path));
                if !self.check && is_ours(&path) {
                    std::fs::remove_dir_all(&path).map_err(|e| Problem::io(&path, "remove the crate", &e))?;
                }
            }
        }
        Ok(())
    }
}

pub fn is_ours(dir: &Path) -> bool {
    let empty = std::fs::read_dir(dir).is_ok_and(|mut d| d.next().is_none());
    let manifest = std::fs::read_to_string(dir.join("Cargo.toml")).unwrap_or_default();
    empty || manifest.starts_with("# @generated by `cargo xtask generate`")
}

pub fn files_under(dir: &Path, base: &Path) -> Vec<String> {
    let mut out = Vec::new();
    let Ok(entries) = std::fs::read_dir(dir) else { return out };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|n| n != "target") {
                out.extend(files_under(&path, base));
            }
        } else if let Ok(relative) = path.strip_prefix(base) {
            out.push(relative.to_string_lossy().replace('\\', "/"));
        }
    }
    out.sort();
    out
}

pub fn read(path: &Path) -> Result<String, Problem> {
    std::fs::read_to_string(path).map_err(|e| Problem::io(path, "read the file", &e))
}

#[cfg(test)]
mod tests {
    use super::super::run;
    use super::super::tests::workspace;

    #[test]
    fn a_second_run_changes_no_byte_and_an_edit_is_named() {
        let (_dir, layout) = workspace();
        let first = run(&layout, &[], false).expect("runs");
        assert!(first.problems.is_empty() && first.changed.len() > 10, "{:?}", first.problems);
        assert_eq!(run(&layout, &[], false).expect("runs").changed, Vec::<String>::new());
        assert_eq!(run(&layout, &[], true).expect("runs").changed, Vec::<String>::new());
        for file in ["src/types.rs", "src/builder.rs", "Cargo.toml", "README.md"] {
            let path = layout.services().join("dintero-good").join(file);
            let text = std::fs::read_to_string(&path).expect("made");
            std::fs::write(&path, format!("{text}\n// by hand\n")).expect("edited");
            assert_eq!(
                run(&layout, &[], true).expect("runs").changed,
                [format!("crates/services/dintero-good/{file}")]
            );
            std::fs::write(&path, text).expect("put back");
        }
        let stray = layout.services().join("dintero-good/src/extra.rs");
        std::fs::write(&stray, "").expect("written");
        assert_eq!(run(&layout, &[], true).expect("runs").changed, ["crates/services/dintero-good/src/extra.rs"]);
        run(&layout, &[], false).expect("runs");
        assert!(!stray.exists(), "what is not made is not left");
    }
}
