//! The body of a pull request.

use super::{Report, counts, plain, reaches};
use crate::drift::Change;
use crate::drift::levels::Level;

/// A pull request takes 65,536 characters.
const ROOM: usize = 60_000;

pub fn print(report: &Report) -> String {
    let heading = match report.level() {
        Some(Level::Breaking) => "## Drift: breaking for callers",
        Some(Level::Additive) => "## Drift: additive",
        Some(Level::Docs) => "## Drift: documentation only",
        None if !report.catalog.is_empty() => "## Drift: the catalog",
        None => return "No drift.\n".into(),
    };
    let mut out = format!("{heading}\n");
    let mut left_out = 0;
    if !report.catalog.is_empty() {
        out.push_str("\n### Catalog\n\n");
        for change in &report.catalog {
            let entry = change.entry.trim_end().replace('\n', "\n  ");
            out.push_str(&format!("- {}\n\n  ```toml\n  {entry}\n  ```\n", flat(&change.message)));
        }
    }
    for (service, changes) in report.services() {
        let name = if service.is_empty() { "The document" } else { service };
        out.push_str(&format!("\n### {name}: {}\n", counts(&changes)));
        for level in [Level::Breaking, Level::Additive, Level::Docs] {
            let of_level: Vec<&&Change> = changes.iter().filter(|c| c.level == level).collect();
            if of_level.is_empty() {
                continue;
            }
            let title = match level {
                Level::Breaking => "Breaking",
                Level::Additive => "Additive",
                Level::Docs => "Documentation only",
            };
            let mut lines = String::new();
            for change in &of_level {
                let line = line(change);
                if out.len() + lines.len() + line.len() > ROOM {
                    left_out += 1;
                    continue;
                }
                lines.push_str(&line);
            }
            match level {
                Level::Docs => out.push_str(&format!(
                    "\n<details><summary>{title} ({})</summary>\n\n{lines}\n</details>\n",
                    of_level.len()
                )),
                _ => out.push_str(&format!("\n**{title}**\n\n{lines}")),
            }
        }
    }
    if left_out > 0 {
        out.push_str(&format!("\n{left_out} more changes are not shown; `cargo xtask drift` lists them all.\n"));
    }
    out
}

fn line(change: &Change) -> String {
    let mut text = format!("- `{}` ({}): {}", change.rule, change.side.word(), flat(&change.message));
    match change.pointer_old == change.pointer_new {
        true => text.push_str(&format!("\n  - at {}", code(&change.pointer_new))),
        false => {
            text.push_str(&format!("\n  - old {}, new {}", code(&change.pointer_old), code(&change.pointer_new)));
        }
    }
    if !change.operations.is_empty() {
        text.push_str(&format!("\n  - reaches {}", code(&reaches(change, 6))));
    }
    text.push('\n');
    text
}

fn code(text: &str) -> String {
    let text = flat(text).replace('`', "'");
    if text.is_empty() { "the document".into() } else { format!("`{text}`") }
}

/// One line, whose backticks come in pairs.
fn flat(text: &str) -> String {
    let text = plain(text);
    if text.matches('`').count() % 2 == 1 { text.replace('`', "'") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_is_the_heading_and_docs_are_folded() {
        let text = print(&super::super::test_support::report());
        assert!(text.starts_with("## Drift: breaking for callers\n"), "{text}");
        let breaking = text.find("**Breaking**").expect("breaking");
        let folded = text.find("<details><summary>Documentation only (1)").expect("docs");
        assert!(breaking < folded);
        assert!(text.contains("- `property-removed` (response): `x` of `A` is gone"), "{text}");
        assert!(text.contains("- the index lists a document more\n\n  ```toml\n  [[document]]\n"), "{text}");
        assert_eq!(print(&Report::default()), "No drift.\n");
    }

    #[test]
    fn a_pull_request_has_room_for_it() {
        let mut report = super::super::test_support::report();
        let one = report.changes[0].clone();
        report.changes = vec![one; 2000];
        let text = print(&report);
        assert!(text.len() < 65_536);
        assert!(text.contains("more changes are not shown"), "{}", text.len());
    }
}
