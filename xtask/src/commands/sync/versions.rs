//! Which crates get which version for what a sync changed.
//!
//! The one place where versions and changelogs plug in: `after_sync` is asked once, after the crates are written.

use super::Changed;
use crate::drift::levels::Level;
use std::fmt;

/// A version that took a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub name: String,
    pub released: String,
    pub version: String,
    pub level: Level,
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} -> {} ({})", self.name, self.released, self.version, self.level.word())
    }
}

/// The versions that are due. Nothing is written: all crates have the version of the workspace.
pub fn after_sync(services: &[Changed]) -> Vec<Moved> {
    let released = env!("CARGO_PKG_VERSION");
    let moved = |changed: &Changed| {
        let version = next(released, changed.step)?;
        Some(Moved { name: changed.service.clone(), released: released.into(), version, level: changed.step })
    };
    services.iter().filter_map(moved).collect()
}

/// By cargo's rule: below 1.0 the second number is the one that breaks.
fn next(version: &str, step: Level) -> Option<String> {
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
}
