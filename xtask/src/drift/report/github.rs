//! For a workflow: annotations on the pinned documents; the summary of the step is the Markdown report.

use super::{Report, counts, plain, reaches};
use crate::drift::levels::Level;

/// `file_of` says which file a service is pinned in.
pub fn print(report: &Report, file_of: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut annotate = |kind: &str, title: &str, file: &str, message: &str| {
        let file = if file.is_empty() { String::new() } else { format!(",file={}", property(file)) };
        out.push_str(&format!("::{kind} title={}{file}::{}\n", property(title), data(message)));
    };
    for (service, changes) in report.services() {
        let file = file_of(service);
        // A workflow shows ten of a kind; what is only told is one.
        for change in changes.iter().filter(|c| c.level != Level::Docs) {
            let kind = if change.level == Level::Breaking { "error" } else { "warning" };
            let reach = match change.operations.is_empty() {
                true => String::new(),
                false => format!("\nreaches {}", reaches(change, 4)),
            };
            let (said, side) = (plain(&change.message), change.side.word());
            let message = format!("{said} ({side})\nat #{}{reach}", plain(&change.pointer_old));
            annotate(kind, change.rule, &file, &message);
        }
        annotate("notice", "drift", &file, &format!("{service}: {}", counts(&changes)));
    }
    for change in &report.catalog {
        annotate(
            "warning",
            "catalog",
            "specs/catalog.toml",
            &format!("{}\n{}", change.message, change.entry.trim_end()),
        );
    }
    if out.is_empty() {
        out.push_str("no drift\n");
    }
    out
}

/// As workflow commands want it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
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
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
        assert_eq!(print(&Report::default(), |_| String::new()), "no drift\n");
    }
}
