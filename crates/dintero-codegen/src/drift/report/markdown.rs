//! The body of a pull request.

use super::{Report, counts, more_places};
use crate::drift::Change;
use crate::drift::levels::Level;
use crate::shown::markdown::{code, fenced, running};

/// A pull request takes 65,536 characters, and what became of the crates stands below this.
const ROOM: usize = 45_000;

/// Operations that a change names.
const OPERATIONS: usize = 6;

/// Whole pieces as long as there is room: what is cut in the middle would leave a block open.
#[derive(Default)]
struct Page {
    text: String,
    left_out: usize,
}

impl Page {
    fn has_room(&mut self, text: &str, held: usize) -> bool {
        let room = self.text.len() + held + text.len() <= ROOM;
        self.left_out += usize::from(!room);
        room
    }
}

pub fn print(report: &Report) -> String {
    let heading = match report.level() {
        Some(Level::Breaking) => "## Drift: breaking for callers",
        Some(Level::Additive) => "## Drift: additive",
        Some(Level::Docs) => "## Drift: documentation only",
        None if !report.catalog.is_empty() => "## Drift: the catalog",
        None => return "No drift.\n".into(),
    };
    let mut page = Page { text: format!("{heading}\n"), left_out: 0 };
    if !report.catalog.is_empty() {
        page.text.push_str("\n### Catalog\n\n");
        for change in &report.catalog {
            let item = format!("- {}\n\n{}", running(&change.message), fenced("  ", "toml", &change.entry));
            if page.has_room(&item, 0) {
                page.text.push_str(&item);
            }
        }
    }
    for (service, changes) in report.services() {
        let name = if service.is_empty() { "The document".into() } else { running(service) };
        page.text.push_str(&format!("\n### {name}: {}\n", counts(&changes)));
        for level in [Level::Breaking, Level::Additive, Level::Docs] {
            let of_level: Vec<&&Change> = changes.iter().filter(|c| c.level == level).collect();
            let mut items = String::new();
            for change in &of_level {
                let item = item(change);
                if page.has_room(&item, items.len()) {
                    items.push_str(&item);
                }
            }
            if items.is_empty() {
                continue;
            }
            let n = of_level.len();
            page.text.push_str(&match level {
                Level::Breaking => format!("\n**Breaking**\n\n{items}"),
                Level::Additive => format!("\n**Additive**\n\n{items}"),
                Level::Docs => {
                    format!("\n<details><summary>Documentation only ({n})</summary>\n\n{items}\n</details>\n")
                }
            });
        }
    }
    let Page { mut text, left_out } = page;
    if left_out > 0 {
        text.push_str(&format!("\n{left_out} more changes are not shown; `cargo xtask drift` lists them all.\n"));
    }
    text
}

fn item(change: &Change) -> String {
    let mut text = format!("- {} ({}): {}", code(change.rule), change.side.word(), running(&change.message));
    let place = |pointer: &str| if pointer.is_empty() { "the document".into() } else { code(pointer) };
    let more = more_places(change);
    match change.pointer_old == change.pointer_new {
        true => text.push_str(&format!("\n  - at {}{more}", place(&change.pointer_new))),
        false => {
            let (old, new) = (place(&change.pointer_old), place(&change.pointer_new));
            text.push_str(&format!("\n  - old {old}, new {new}{more}"));
        }
    }
    if !change.operations.is_empty() {
        let named: Vec<String> = change.operations.iter().take(OPERATIONS).map(|name| code(name)).collect();
        let more = change.operations.len() - named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        text.push_str(&format!("\n  - reaches {}{more}", named.join(", ")));
    }
    text.push('\n');
    text
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
        assert!(text.len() < 46_000);
        assert!(text.contains("more changes are not shown"), "{}", text.len());
    }
}
