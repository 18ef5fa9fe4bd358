//! specs/versions.toml: what each published crate was released as, and what is waiting for its next release.
//!
//! The version of a crate follows from the two: it takes one step for the gravest of all that waits, however many changes
//! there are. So every manifest always has the version that the next release would publish.

use crate::catalog::Layout;
use crate::drift::levels::Level;
use crate::lock::read_toml;
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Of what was never released.
pub const FIRST: &str = "0.1.0";

const HEADER: &str = "\
# What each published crate was released as, and the gravest change that waits for its next release; a crate that is not
# here was never released and is 0.1.0. Written by `cargo xtask sync` (from what drift says) and `cargo xtask release`.
# As long as `dintero` itself was not released, the READMEs name it by git.\n";

/// specs/versions.toml.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Versions {
    crates: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    released: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unreleased: Option<Level>,
}

impl Versions {
    pub fn read(layout: &Layout) -> Result<Self, Problem> {
        let path = file(layout);
        let versions: Self = read_toml(&path, &layout.shown(&path))?;
        for (name, entry) in &versions.crates {
            if next(&entry.released, Level::Docs).is_none() {
                return Err(Problem::new(
                    layout.shown(&path),
                    format!("/{name}/released"),
                    format!("`{}` is no version of three numbers", entry.released),
                    "write what was released last, such as 0.1.0; take the crate out if it never was",
                ));
            }
        }
        Ok(versions)
    }

    pub fn text(&self) -> String {
        let tables: Vec<String> = self
            .crates
            .iter()
            .map(|(name, entry)| format!("\n[{name}]\n{}", toml::to_string(entry).unwrap_or_default()))
            .collect();
        format!("{HEADER}{}", tables.concat())
    }

    /// What it was released as, if ever.
    pub fn released(&self, name: &str) -> Option<&str> {
        self.crates.get(name).map(|entry| entry.released.as_str())
    }

    /// The gravest change since.
    pub fn unreleased(&self, name: &str) -> Option<Level> {
        self.crates.get(name).and_then(|entry| entry.unreleased)
    }

    /// What its manifest says, and what the next release publishes.
    pub fn of(&self, name: &str) -> String {
        let Some(entry) = self.crates.get(name) else { return FIRST.into() };
        entry.unreleased.and_then(|level| next(&entry.released, level)).unwrap_or_else(|| entry.released.clone())
    }

    /// Notes a change; whether the version has to take a step, or a larger one, for it. What was never released takes none.
    pub fn raise(&mut self, name: &str, level: Level) -> bool {
        let Some(entry) = self.crates.get_mut(name) else { return false };
        let graver = entry.unreleased.is_none_or(|noted| noted < level);
        if graver {
            entry.unreleased = Some(level);
        }
        graver
    }

    /// What waits becomes what was released.
    pub fn release(&mut self, name: &str) {
        let released = self.of(name);
        self.crates.insert(name.into(), Entry { released, unreleased: None });
    }
}

pub fn file(layout: &Layout) -> PathBuf {
    layout.root.join("specs/versions.toml")
}

/// By cargo's rule: below 1.0 the second number is the one that breaks.
pub fn next(version: &str, step: Level) -> Option<String> {
    let numbers: Vec<u64> = version.split('.').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    let [major, minor, patch] = numbers[..] else { return None };
    Some(match (major, step) {
        (0, Level::Breaking) => format!("0.{}.0", minor + 1),
        (0, _) | (_, Level::Docs) => format!("{major}.{minor}.{}", patch + 1),
        (_, Level::Additive) => format!("{major}.{}.0", minor + 1),
        (_, Level::Breaking) => format!("{}.0.0", major + 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_version_follows_cargo() {
        for (version, step, expected) in [
            ("0.1.4", Level::Breaking, "0.2.0"),
            ("0.1.4", Level::Additive, "0.1.5"),
            ("0.1.4", Level::Docs, "0.1.5"),
            ("1.2.3", Level::Breaking, "2.0.0"),
            ("1.2.3", Level::Additive, "1.3.0"),
            ("1.2.3", Level::Docs, "1.2.4"),
        ] {
            assert_eq!(next(version, step).as_deref(), Some(expected), "{version} {step:?}");
        }
        assert_eq!(next("1.0.0-rc.1", Level::Docs), None);
    }

    #[test]
    fn a_release_takes_one_step_however_much_changed() {
        let mut versions = Versions::default();
        assert!(!versions.raise("a", Level::Breaking), "the first release is the first, whatever came before it");
        assert_eq!(versions.of("a"), FIRST);
        versions.release("a");
        assert_eq!((versions.of("a").as_str(), versions.released("a")), ("0.1.0", Some("0.1.0")));
        assert!(versions.raise("a", Level::Additive));
        assert!(!versions.raise("a", Level::Docs) && !versions.raise("a", Level::Additive));
        assert_eq!(versions.of("a"), "0.1.1");
        assert!(versions.raise("a", Level::Breaking) && !versions.raise("a", Level::Breaking));
        assert_eq!(versions.of("a"), "0.2.0");
        versions.release("a");
        assert_eq!((versions.of("a").as_str(), versions.unreleased("a")), ("0.2.0", None));
    }

    #[test]
    fn the_file_is_read_as_it_is_written() {
        let dir = tempfile::tempdir().expect("a folder");
        let layout = Layout { root: dir.path().to_path_buf() };
        assert_eq!(Versions::read(&layout).expect("none yet"), Versions::default());
        let mut versions = Versions::default();
        versions.release("dintero-a");
        versions.release("dintero-b");
        versions.raise("dintero-b", Level::Breaking);
        std::fs::create_dir_all(dir.path().join("specs")).expect("a folder");
        std::fs::write(file(&layout), versions.text()).expect("written");
        assert_eq!(Versions::read(&layout).expect("read"), versions);
        let bad = versions.text().replace("0.1.0", "one");
        std::fs::write(file(&layout), bad).expect("written");
        let problem = Versions::read(&layout).expect_err("refused").to_string();
        assert!(problem.starts_with("specs/versions.toml#/dintero-a/released: `one` is no version"), "{problem}");
    }
}
