//! For a person at a terminal: by service, the gravest first.

use super::{Report, counts, plain, reaches};

pub fn print(report: &Report) -> String {
    if report.is_empty() {
        return "no drift\n".into();
    }
    let mut out = String::new();
    for (service, changes) in report.services() {
        let name = if service.is_empty() { String::new() } else { format!("{service}: ") };
        out.push_str(&format!("{name}{}\n", counts(&changes)));
        for change in changes {
            out.push_str(&format!(
                "\n  {:<8}  {} ({})\n            {}\n",
                change.level.word(),
                change.rule,
                change.side.word(),
                plain(&change.message)
            ));
            match change.pointer_old == change.pointer_new {
                true => out.push_str(&format!("            at #{}\n", plain(&change.pointer_new))),
                false => out.push_str(&format!(
                    "            old #{}\n            new #{}\n",
                    plain(&change.pointer_old),
                    plain(&change.pointer_new)
                )),
            }
            if !change.operations.is_empty() {
                out.push_str(&format!("            reaches {}\n", reaches(change, 4)));
            }
        }
        out.push('\n');
    }
    if !report.catalog.is_empty() {
        out.push_str("catalog:\n");
        for change in &report.catalog {
            let entry = change.entry.trim_end().replace('\n', "\n            ");
            out.push_str(&format!("\n  {}\n            {entry}\n", change.message));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

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
