//! CHANGELOG.md of a crate: one part for each release, and above them what waits for the next.
//!
//! Of a service's crate the machine writes it, from what drift says: every word of a document stands in a code span, and
//! whoever edits it in specs/changelogs before a release may put it better. What is there already is not written twice.

use crate::catalog::Layout;
use crate::drift::levels::Level;
use crate::problem::Problem;
use std::path::{Path, PathBuf};

pub const FILE: &str = "CHANGELOG.md";
const UNRELEASED: &str = "## Unreleased";

pub struct Changelog {
    /// All before what is unreleased.
    head: String,
    unreleased: Vec<Part>,
    /// What was released.
    rest: String,
}

/// What stands under one heading.
#[derive(Default)]
struct Part {
    /// Empty for what stands above the first.
    heading: String,
    text: String,
    /// The first line of each item, without its dash, and the lines below it.
    items: Vec<(String, String)>,
}

/// Where that of a service's crate is written; by hand it is only ever edited there.
pub fn of_service(layout: &Layout, name: &str) -> PathBuf {
    layout.root.join("specs/changelogs").join(format!("{name}.md"))
}

fn heading(level: Level) -> &'static str {
    match level {
        Level::Breaking => "### Breaking",
        Level::Additive => "### Added",
        Level::Docs => "### Documentation",
    }
}

impl Changelog {
    /// Of what was never released.
    pub fn first(name: &str) -> Self {
        Self::parse(&format!("# Changelog of {name}\n\n{UNRELEASED}\n\nFirst release.\n"))
    }

    pub fn read(path: &Path, name: &str) -> Result<Self, Problem> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Self::first(name)),
            Err(e) => Err(Problem::io(path, "read the changelog", &e)),
        }
    }

    fn parse(text: &str) -> Self {
        let (mut head, mut rest) = (String::new(), String::new());
        let mut unreleased: Vec<Part> = Vec::new();
        let mut place = 0;
        for line in text.lines() {
            match line {
                UNRELEASED if place == 0 => {
                    place = 1;
                    unreleased.push(Part::default());
                    continue;
                }
                _ if place < 2 && line.starts_with("## ") => place = 2,
                _ => {}
            }
            match place {
                0 => head.push_str(&format!("{line}\n")),
                2 => rest.push_str(&format!("{line}\n")),
                _ if line.starts_with("### ") => {
                    unreleased.push(Part { heading: line.into(), ..Part::default() });
                }
                _ => {
                    if let Some(part) = unreleased.last_mut() {
                        part.line(line);
                    }
                }
            }
        }
        unreleased.retain(|part| !part.is_empty());
        Self { head, unreleased, rest }
    }

    pub fn text(&self) -> String {
        let mut out = format!("{}\n", self.head.trim_end());
        if !self.unreleased.is_empty() {
            out.push_str(&format!("\n{UNRELEASED}\n{}", self.told()));
        }
        if !self.rest.is_empty() {
            out.push_str(&format!("\n{}\n", self.rest.trim_end()));
        }
        out
    }

    /// What waits, without the heading of the whole; empty for nothing.
    pub fn told(&self) -> String {
        self.unreleased.iter().map(Part::told).collect()
    }

    /// Adds to what waits: below the item that begins with `item` there stand these lines.
    pub fn note(&mut self, level: Level, item: &str, lines: &[String]) {
        let heading = heading(level);
        let order =
            |h: &str| [Level::Breaking, Level::Additive, Level::Docs].iter().position(|l| self::heading(*l) == h);
        let at = match self.unreleased.iter().position(|part| part.heading == heading) {
            Some(at) => at,
            None => {
                let before = |part: &Part| part.heading.is_empty() || order(&part.heading) < order(heading);
                let at = self.unreleased.iter().take_while(|part| before(part)).count();
                self.unreleased.insert(at, Part { heading: heading.into(), ..Part::default() });
                at
            }
        };
        let items = &mut self.unreleased[at].items;
        let i = items.iter().position(|(first, _)| first == item).unwrap_or_else(|| {
            items.push((item.into(), String::new()));
            items.len() - 1
        });
        for line in lines.iter().map(|line| format!("  - {line}\n")) {
            if !items[i].1.contains(&line) {
                items[i].1.push_str(&line);
            }
        }
    }

    /// What waits has been released.
    pub fn release(&mut self, version: &str, date: &str) {
        let told = self.told();
        let told = if told.is_empty() { "\nAs the release before.\n".into() } else { told };
        let below = if self.rest.is_empty() { String::new() } else { format!("\n{}", self.rest) };
        self.rest = format!("## {version} - {date}\n{told}{below}");
        self.unreleased.clear();
    }

    /// Whether it has a part for this version.
    pub fn has(&self, version: &str) -> bool {
        self.rest.lines().any(|line| line.starts_with(&format!("## {version} - ")))
    }
}

impl Part {
    fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.items.is_empty()
    }

    fn line(&mut self, line: &str) {
        match (line.strip_prefix("- "), self.items.last_mut()) {
            (Some(item), _) => self.items.push((item.into(), String::new())),
            (None, Some((_, below))) if !line.trim().is_empty() => below.push_str(&format!("{line}\n")),
            (None, Some(_)) => {}
            (None, None) => self.text.push_str(&format!("{line}\n")),
        }
    }

    fn told(&self) -> String {
        let mut out = String::new();
        if !self.heading.is_empty() {
            out.push_str(&format!("\n{}\n", self.heading));
        }
        if !self.text.trim().is_empty() {
            out.push_str(&format!("\n{}\n", self.text.trim()));
        }
        if !self.items.is_empty() {
            out.push('\n');
        }
        for (first, below) in &self.items {
            out.push_str(&format!("- {first}\n{below}"));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_grouped_and_not_told_twice() {
        let mut log = Changelog::first("x");
        log.release("0.1.0", "2026-12-01");
        assert_eq!(log.text(), "# Changelog of x\n\n## 0.1.0 - 2026-12-01\n\nFirst release.\n");
        assert!(log.has("0.1.0") && !log.has("0.1"));
        for _ in 0..2 {
            log.note(Level::Docs, "the texts follow the document", &[]);
            log.note(Level::Breaking, "`get_a`", &["`x` is gone".into()]);
            log.note(Level::Breaking, "`get_b`", &["`y` is gone".into()]);
            log = Changelog::parse(&log.text());
            log.note(Level::Breaking, "`get_a`", &["`z` is gone".into(), "`x` is gone".into()]);
            log.note(Level::Additive, "`get_c`", &["is new".into()]);
        }
        let expected = "# Changelog of x\n\n## Unreleased\n\n### Breaking\n\n- `get_a`\n  - `x` is gone\n  - `z` is gone\n\
                        - `get_b`\n  - `y` is gone\n\n### Added\n\n- `get_c`\n  - is new\n\n### Documentation\n\n\
                        - the texts follow the document\n\n## 0.1.0 - 2026-12-01\n\nFirst release.\n";
        assert_eq!(log.text(), expected);
        log.release("0.2.0", "2026-12-24");
        assert!(log.text().contains("## 0.2.0 - 2026-12-24\n\n### Breaking\n\n- `get_a`"), "{}", log.text());
        assert!(!log.text().contains("Unreleased") && log.has("0.1.0") && log.has("0.2.0"));
    }

    #[test]
    fn what_people_wrote_stays() {
        let text = "# Changelog\n\nAll that matters.\n\n## Unreleased\n\nA word before.\n\n### Fixed\n\n\
                    - a thing,\n  told on two lines\n\n## 0.1.0 - 2026-12-01\n\nFirst.\n\n### Fixed\n\n- nothing\n";
        let mut log = Changelog::parse(text);
        assert_eq!(log.text(), text);
        log.note(Level::Additive, "`b`", &[]);
        let text = log.text();
        assert!(text.contains("A word before.") && text.contains("- a thing,\n  told on two lines\n"), "{text}");
    }
}
