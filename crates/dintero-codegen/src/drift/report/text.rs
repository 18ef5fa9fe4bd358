//! For a person at a terminal: by service, the gravest first.

use super::{Report, counts, more_places, reaches};
use crate::shown::line;

pub fn print(report: &Report) -> String {
    if report.is_empty() {
        return "no drift\n".into();
    }
    let mut out = String::new();
    let mut put = |text: &str| {
        out.push_str(&line(text));
        out.push('\n');
    };
    for (service, changes) in report.services() {
        let name = if service.is_empty() { String::new() } else { format!("{service}: ") };
        put(&format!("{name}{}", counts(&changes)));
        for change in changes {
            put("");
            put(&format!("  {:<8}  {} ({})", change.level.word(), change.rule, change.side.word()));
            put(&format!("            {}", change.message));
            let more = more_places(change);
            match change.pointer_old == change.pointer_new {
                true => put(&format!("            at #{}{more}", change.pointer_new)),
                false => {
                    put(&format!("            old #{}", change.pointer_old));
                    put(&format!("            new #{}{more}", change.pointer_new));
                }
            }
            if !change.operations.is_empty() {
                put(&format!("            reaches {}", reaches(change, 4)));
            }
        }
        put("");
    }
    if !report.catalog.is_empty() {
        put("catalog:");
        for change in &report.catalog {
            put("");
            put(&format!("  {}", change.message));
            change.entry.trim_end().split('\n').for_each(|entry| put(&format!("            {entry}")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_places_the_first_is_told_and_how_many_there_are() {
        let mut report = super::super::test_support::report();
        let place = report.changes[0].places[0].clone();
        report.changes[0].places = vec![place; 3];
        assert!(
            print(&report).contains("new #/components/schemas/A/properties and 2 more places"),
            "{}",
            print(&report)
        );
    }

    #[test]
    fn every_change_says_what_where_and_whom_it_reaches() {
        let text = print(&super::super::test_support::report());
        for part in [
            "payments: 1 breaking, 1 additive, 1 docs",
            "breaking  property-removed (response)",
            "`x` of `A` is gone",
            "old #/components/schemas/A/properties/x",
            "reaches GET /a/{id}, POST /a",
            "the index lists a document more",
            "service = \"new\"",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert_eq!(print(&Report::default()), "no drift\n");
    }
}
