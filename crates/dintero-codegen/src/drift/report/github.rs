//! For a workflow: annotations on the pinned documents; the summary of the step is the Markdown report.

use super::{Report, counts, reaches};
use crate::drift::levels::Level;
use crate::shown::workflow::annotation;

/// `file_of` says which file a service is pinned in.
pub fn print(report: &Report, file_of: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    for (service, changes) in report.services() {
        let file = file_of(service);
        // A workflow shows ten of a kind; what is only told is one.
        for change in changes.iter().filter(|c| c.level != Level::Docs) {
            let kind = if change.level == Level::Breaking { "error" } else { "warning" };
            let mut lines = vec![format!("{} ({})", change.message, change.side.word())];
            lines.push(format!("at #{}", change.pointer_old));
            if !change.operations.is_empty() {
                lines.push(format!("reaches {}", reaches(change, 4)));
            }
            out.push_str(&annotation(kind, change.rule, &file, &lines));
        }
        let name = if service.is_empty() { String::new() } else { format!("{service}: ") };
        out.push_str(&annotation("notice", "drift", &file, &[format!("{name}{}", counts(&changes))]));
    }
    for change in &report.catalog {
        let mut lines = vec![change.message.clone()];
        lines.extend(change.entry.trim_end().split('\n').map(String::from));
        out.push_str(&annotation("warning", "catalog", "specs/catalog.toml", &lines));
    }
    if out.is_empty() {
        out.push_str("no drift\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_are_escaped_and_name_the_file() {
        let text = print(&super::super::test_support::report(), |service| format!("specs/pinned/{service}.yaml"));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "::error title=property-removed,file=specs/pinned/payments.yaml::`x` of `A` is gone (response)%0Aat \
             #/components/schemas/A/properties/x%0Areaches GET /a/{id}, POST /a"
        );
        assert!(lines[1].starts_with("::warning title=enum-value-added,"), "{text}");
        assert!(lines[1].contains("`50%25, or more`"), "{text}");
        assert!(lines[2].starts_with("::notice title=drift,"), "{text}");
        assert!(lines[3].starts_with("::warning title=catalog,file=specs/catalog.toml::the index lists"), "{text}");
        assert_eq!(lines.len(), 4);
        assert_eq!(print(&Report::default(), |_| String::new()), "no drift\n");
    }
}
