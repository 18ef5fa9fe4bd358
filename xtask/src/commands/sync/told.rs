//! How a sync is told: to a person at a terminal, and as the body of a pull request.
//!
//! What has to be decided comes first, then the versions, then what was refused and why; the rest is there for who asks.

use super::decide::{self, Breaking};
use super::verify::{self, Row};
use super::{Changed, Synced};
use crate::drift::Change;
use crate::drift::levels::Level;
use crate::drift::report::{Report, markdown as drift_markdown};
use crate::fetch::report;
use crate::problem::Problem;
use crate::shown::line;
use crate::shown::markdown::{code, fenced, running};
use std::fmt::Write;

/// A pull request takes 65,536 characters.
const ROOM: usize = 64_000;
/// Of it, for the list of documents and crates at the end.
const LIST: usize = 8_000;

/// For a terminal.
pub fn text(synced: &Synced) -> String {
    let mut out = String::new();
    let mut put = |text: String| {
        out.push_str(&line(&text));
        out.push('\n');
    };
    let breaking = decide::breaking(synced);
    if !breaking.is_empty() {
        put("to decide: what breaks callers".into());
        for Breaking { name, count, shown } in &breaking {
            put(format!("  {name}: {count} breaking{}", rest(*count, shown.len())));
            for (message, reaches) in shown {
                let reaches = if reaches.is_empty() { String::new() } else { format!("  ({reaches})") };
                put(format!("    {message}{reaches}"));
            }
        }
    }
    if !synced.moved.is_empty() {
        put("versions".into());
        synced.moved.iter().for_each(|moved| put(format!("  {moved}")));
    }
    if synced.failed() {
        put("refused, and as before".into());
        for problem in synced.refused() {
            problem.to_string().split('\n').for_each(|text| put(format!("  {text}")));
        }
    }
    let kept = kept(synced);
    if !kept.is_empty() {
        put("to mend: what no longer fits the documents".into());
        for problem in &kept {
            problem.to_string().split('\n').for_each(|text| put(format!("  {text}")));
        }
    }
    for problem in synced.generated.drift.values().filter_map(|drift| drift.as_ref().err()) {
        put(format!("not compared with what was there: {}#{}: {}", problem.file, problem.pointer, problem.reason));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out + &rest_of_it(synced)
}

/// What is neither decision nor fault: documents, notes, and what became of each crate.
fn rest_of_it(synced: &Synced) -> String {
    let mut out = synced.report.as_ref().map(report::text).unwrap_or_default();
    let mut put = |text: String| {
        out.push_str(&line(&text));
        out.push('\n');
    };
    for Changed { service, added, removed, renamed, step, changes } in &synced.services {
        put(format!("{service}: {}", step.word()));
        added.iter().for_each(|m| put(format!("  + {}  {}", m.name, m.call)));
        removed.iter().for_each(|m| put(format!("  - {}  {}", m.name, m.call)));
        renamed.iter().for_each(|(old, m)| put(format!("  ~ {old} -> {}  {}", m.name, m.call)));
        // Those that break stand above, and `cargo xtask drift` has all with their places.
        let added: Vec<&Change> = changes.iter().filter(|c| c.level == Level::Additive).collect();
        if !added.is_empty() {
            put(format!("  {} more of what is there", added.len()));
        }
    }
    match synced.services.len() {
        0 => out.push_str("the crates are up to date\n"),
        1 => out.push_str("1 crate changed\n"),
        n => {
            let _ = writeln!(out, "{n} crates changed");
        }
    }
    out
}

fn rest(count: usize, shown: usize) -> String {
    if shown < count { format!(", of which the first {shown}") } else { String::new() }
}

/// What stands in specs/ for a document that is another one now.
fn kept(synced: &Synced) -> Vec<&Problem> {
    synced.generated.obsolete.iter().collect()
}

/// The body of a pull request.
pub fn markdown(synced: &Synced, stands: Option<&[Row]>) -> String {
    let mut out = String::new();
    if let Some(rows) = stands {
        out.push_str(&verify::markdown(rows));
        out.push('\n');
    }
    let breaking = decide::breaking(synced);
    if !breaking.is_empty() {
        out.push_str("## To decide: what breaks callers\n\n");
        for Breaking { name, count, shown } in &breaking {
            let _ = writeln!(out, "- **{}**: {count} breaking{}", running(name), rest(*count, shown.len()));
            for (message, reaches) in shown {
                let reaches = if reaches.is_empty() { String::new() } else { format!(" ({})", code(reaches)) };
                let _ = writeln!(out, "  - {}{reaches}", running(message));
            }
        }
        out.push('\n');
    }
    let catalog = synced.report.iter().flat_map(|report| &report.catalog);
    let catalog: Vec<_> = catalog.collect();
    if !catalog.is_empty() {
        out.push_str("## To decide: the catalog\n\n");
        for drift in catalog {
            let _ = writeln!(out, "- {}\n\n{}", running(&drift.message), fenced("  ", "toml", &drift.entry));
        }
    }
    problems(&mut out, "Refused, and as before", &synced.refused());
    problems(&mut out, "To mend: what no longer fits the documents", &kept(synced));
    if !synced.moved.is_empty() {
        out.push_str("## Versions\n\n| crate | released | next | for what is |\n| --- | --- | --- | --- |\n");
        for moved in &synced.moved {
            let (name, version) = (code(&moved.name), code(&moved.version));
            let _ = writeln!(out, "| {name} | {} | {version} | {} |", code(&moved.released), moved.level.word());
        }
        out.push('\n');
    }
    if out.is_empty() {
        out.push_str("Nothing to decide: what is there goes on to compile and to work.\n\n");
    }
    let list = folded("What became of the documents and the crates", &fenced("", "text", &cut(&rest_of_it(synced))));
    let changes = synced.generated.drift.values().filter_map(|drift| drift.as_ref().ok()).flatten().cloned().collect();
    let all = Report { changes, catalog: Vec::new() };
    if !all.changes.is_empty() {
        let whole = folded("Every change, with its places", &drift_markdown::print(&all));
        let told = match out.len() + list.len() + whole.len() <= ROOM {
            true => whole,
            false => "Every change is more than a pull request takes; `cargo xtask drift` prints it.\n\n".into(),
        };
        out.push_str(&told);
    }
    out + &list
}

/// Problems of documents: each with what to do.
fn problems(out: &mut String, title: &str, problems: &[&Problem]) {
    if problems.is_empty() {
        return;
    }
    let _ = writeln!(out, "## {title}\n");
    for Problem { file, pointer, reason, remedy } in problems {
        let place = if pointer.is_empty() { file.clone() } else { format!("{file}#{pointer}") };
        let _ = writeln!(out, "- {}: {}", code(&place), running(reason));
        if !remedy.is_empty() {
            let _ = writeln!(out, "  - {}", running(remedy));
        }
    }
    out.push('\n');
}

fn folded(title: &str, text: &str) -> String {
    format!("<details><summary>{title}</summary>\n\n{}\n\n</details>\n\n", text.trim_end())
}

/// Whole lines, as long as there is room.
fn cut(text: &str) -> String {
    let mut used = 0;
    let lines = text.lines().take_while(|line| {
        used += line.len() + 1;
        used <= LIST
    });
    let kept = lines.collect::<Vec<_>>().join("\n");
    if kept.len() + 1 < text.len() { format!("{kept}\n...") } else { kept }
}

#[cfg(test)]
mod tests {
    use crate::commands::release::Moved;
    use super::*;
    use crate::commands::generate;
    use crate::drift::levels::Side;
    use crate::drift::told::Place;
    use crate::emit::operations::Method;

    fn change(service: &str, level: Level, message: &str) -> Change {
        Change {
            service: service.into(),
            rule: "property-removed",
            level,
            side: Side::Response,
            pointer_old: "/a".into(),
            pointer_new: "/a".into(),
            operations: vec!["GET /a".into(), "GET /b".into(), "GET /c".into()],
            message: message.into(),
            names: vec![],
            places: vec![Place { old: "/a".into(), new: "/a".into() }],
        }
    }

    fn synced(changes: Vec<Change>) -> Synced {
        let method = Method { name: "get_a".into(), call: "GET /a".into() };
        let services = vec![Changed {
            service: "dintero-orders".into(),
            added: vec![],
            removed: vec![method],
            renamed: vec![],
            step: Level::Breaking,
            changes: changes.clone(),
        }];
        let problem = Problem::new("specs/pinned/cards.yaml", "/paths/~1a", "`@everyone` is no type", "look there");
        let generated = generate::Outcome {
            problems: vec![problem],
            drift: [("orders".to_string(), Ok(changes))].into(),
            ..generate::Outcome::default()
        };
        let moved = vec![Moved {
            name: "dintero-orders".into(),
            released: "0.1.0".into(),
            version: "0.2.0".into(),
            level: Level::Breaking,
        }];
        Synced { report: None, generated, services, moved }
    }

    #[test]
    fn what_has_to_be_decided_comes_first_and_the_rest_is_folded() {
        let many = (0..380).map(|i| change("orders", Level::Breaking, &format!("`x{i}` of `A` is gone")));
        let synced = synced(many.chain([change("orders", Level::Additive, "`y` is new")]).collect());
        let page = markdown(&synced, None);
        let (open, folded) = page.split_once("<details>").expect("folded");
        assert!(open.starts_with("## To decide: what breaks callers\n\n- **"), "{open}");
        assert!(open.contains("380 breaking, of which the first 39"), "{open}");
        assert!(open.contains("  - `x0` of `A` is gone (`GET /a, GET /b and 1 more`)"), "{open}");
        let (decide, others) = open.split_once("## Refused, and as before").expect("refused");
        assert!(decide.lines().count() <= 40 + 4, "{decide}");
        assert!(others.contains("`specs/pinned/cards.yaml#/paths/~1a`") && others.contains("look there"), "{others}");
        assert!(others.contains("| `dintero-orders` | `0.1.0` | `0.2.0` | breaking |"), "{others}");
        assert!(folded.contains("- get_a  GET /a") && page.len() < 65_536, "{}", page.len());
        assert_eq!(page.matches("<details>").count(), page.matches("</details>").count());

        let told = text(&synced);
        assert!(told.starts_with("to decide: what breaks callers\n  dintero-orders: 380 breaking"), "{told}");
        assert!(told.lines().count() < 60 && told.contains("refused, and as before"), "{told}");
    }

    #[test]
    fn what_a_document_says_is_shown_and_not_obeyed() {
        let evil = "`a` </details> @everyone\n::error::x\u{1b}[2J";
        let page = markdown(&synced(vec![change("orders", Level::Breaking, evil)]), None);
        let obeyed = |text: &str| text.lines().any(|line| line.trim_start().starts_with("::"));
        assert!(!page.contains('\u{1b}') && !obeyed(&page), "{page}");
        assert_eq!(page.matches("\n</details>").count(), page.matches("<details>").count(), "{page}");
        let told = text(&synced(vec![change("orders", Level::Breaking, evil)]));
        assert!(!told.contains('\u{1b}') && !obeyed(&told), "{told}");
    }

    #[test]
    fn a_quiet_sync_says_so() {
        assert_eq!(text(&Synced::default()), "the crates are up to date\n");
        assert!(markdown(&Synced::default(), None).starts_with("Nothing to decide"));
    }
}
