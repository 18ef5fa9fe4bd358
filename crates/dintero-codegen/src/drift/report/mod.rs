//! How drift is told: to a person, a program, a pull request, a workflow.
//!
//! Messages, pointers, operations and catalog entries hold names of a document as they are; each form makes them safe
//! for its place by `shown`.

pub mod github;
pub mod json;
pub mod markdown;
pub mod text;

use super::Change;
use super::levels::{Level, gravest};
use serde::Serialize;

/// One place where the catalog and the published index part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogDrift {
    pub url: String,
    /// Whether the index lists it and the catalog does not; else the other way round.
    pub listed: bool,
    pub message: String,
    /// What to enter into the catalog, or which entry to look at.
    pub entry: String,
}

/// Everything that was found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub changes: Vec<Change>,
    /// Where the published index and the catalog differ.
    pub catalog: Vec<CatalogDrift>,
}

impl Report {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.catalog.is_empty()
    }

    pub fn level(&self) -> Option<Level> {
        gravest(self.changes.iter().map(|c| c.level))
    }

    /// The services that changed, in the report's order.
    pub(crate) fn services(&self) -> Vec<(&str, Vec<&Change>)> {
        let mut out: Vec<(&str, Vec<&Change>)> = Vec::new();
        for change in &self.changes {
            match out.iter_mut().find(|(name, _)| *name == change.service) {
                Some((_, list)) => list.push(change),
                None => out.push((&change.service, vec![change])),
            }
        }
        out
    }
}

/// "2 breaking, 1 additive, 3 docs".
fn counts(changes: &[&Change]) -> String {
    let count = |level| changes.iter().filter(|c| c.level == level).count();
    let levels = [Level::Breaking, Level::Additive, Level::Docs];
    let some = levels.into_iter().map(|l| (count(l), l.word())).filter(|(n, _)| *n > 0);
    some.map(|(n, word)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
}

/// " and 2 more places", where there are.
fn more_places(change: &Change) -> String {
    match change.places.len() {
        0 | 1 => String::new(),
        2 => " and 1 more place".into(),
        several => format!(" and {} more places", several - 1),
    }
}

/// The operations, the first few by name.
fn reaches(change: &Change, shown: usize) -> String {
    let named: Vec<&str> = change.operations.iter().take(shown).map(String::as_str).collect();
    match change.operations.len().saturating_sub(named.len()) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_document_says_is_not_obeyed() {
        let mut report = test_support::report();
        report.changes.truncate(1);
        report.catalog.clear();
        report.changes[0].message = "`x\n::error::\u{1b}[31m` is gone".into();
        report.changes[0].operations = vec!["GET /\n::error::".into()];
        report.changes[0].pointer_old = "/paths/\n::error::".into();
        for told in [text::print(&report), markdown::print(&report), github::print(&report, |_| String::new())] {
            assert!(!told.contains('\u{1b}'), "{told}");
            let obeyed = told.lines().filter(|l| l.trim_start().starts_with("::error::")).count();
            assert_eq!(obeyed, 0, "{told}");
        }
    }
}

#[cfg(test)]
pub mod test_support {
    use super::*;
    use crate::drift::levels::Side;
    use crate::drift::told::Place;

    pub fn report() -> Report {
        let change = |rule: &'static str, level, message: &str| Change {
            service: "payments".into(),
            rule,
            level,
            side: Side::Response,
            pointer_old: "/components/schemas/A/properties/x".into(),
            pointer_new: "/components/schemas/A/properties".into(),
            operations: vec!["GET /a/{id}".into(), "POST /a".into()],
            message: message.into(),
            names: vec!["x".into()],
            places: vec![Place {
                old: "/components/schemas/A/properties/x".into(),
                new: "/components/schemas/A/properties".into(),
            }],
        };
        Report {
            changes: vec![
                change("property-removed", Level::Breaking, "`x` of `A` is gone"),
                change("enum-value-added", Level::Additive, "`A.y` has a new value `50%, or more`"),
                change("description-changed", Level::Docs, "`description` changed"),
            ],
            catalog: vec![CatalogDrift {
                url: "https://example.com/spec-new.yaml".into(),
                listed: true,
                message: "the index lists a document more".into(),
                entry: "[[document]]\nservice = \"new\"\n".into(),
            }],
        }
    }
}
