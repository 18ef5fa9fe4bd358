//! A run as a person reads it.

use super::pin::{Outcome, Report, Row};
use crate::shown::{line, lines};
use std::fmt::Write;

/// The table of what happened, and below it what should be known.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    if report.unreachable {
        return "nothing could be reached, and nothing was changed\n".into();
    }
    let width = report.rows.iter().map(|r| r.key.len()).max().unwrap_or(0).max("document".len());
    let _ = writeln!(out, "{:width$}  {:<11}  {:>8}  what", "document", "outcome", "bytes");
    for Row { key, outcome, bytes, detail } in &report.rows {
        let row = format!("{key:width$}  {:<11}  {bytes:>8}  {detail}", outcome.word());
        let _ = writeln!(out, "{}", line(&row));
    }
    let mut outcomes: Vec<Outcome> = report.rows.iter().map(|r| r.outcome).collect();
    outcomes.sort();
    let count = |o: &Outcome| outcomes.iter().filter(|x| *x == o).count();
    let mut kinds = outcomes.clone();
    kinds.dedup();
    let counts: Vec<String> = kinds.iter().map(|o| format!("{} {}", count(o), o.word())).collect();
    let bytes: usize = report.rows.iter().map(|r| r.bytes).sum();
    let _ = writeln!(out, "{}; {bytes} bytes received", counts.join(", "));
    for note in &report.notes {
        let _ = writeln!(out, "{}", line(&format!("note: {note}")));
    }
    for drift in &report.catalog {
        let what = if drift.listed { "add to specs/catalog.toml" } else { "look at, in specs/catalog.toml" };
        let _ = writeln!(out, "{}", line(&format!("catalog: {}", drift.message)));
        let _ = writeln!(out, "  {what}: {}", lines(drift.entry.trim_end(), "    "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_stands_in_the_table_and_in_the_count() {
        let row =
            |key: &str, outcome, bytes, detail: &str| Row { key: key.into(), outcome, bytes, detail: detail.into() };
        let rows = vec![
            row("orders", Outcome::Failed, 0, "the server answered 404 Not Found"),
            row("older/orders-api", Outcome::Unchanged, 0, "3 operations"),
            row("cards", Outcome::Updated, 120, "4 operations"),
        ];
        let text = text(&Report { rows, notes: vec!["cards: x".into()], ..Report::default() });
        assert_eq!(
            text,
            "document          outcome         bytes  what\n\
             orders            failed              0  the server answered 404 Not Found\n\
             older/orders-api  unchanged           0  3 operations\n\
             cards             updated           120  4 operations\n\
             1 updated, 1 unchanged, 1 failed; 120 bytes received\n\
             note: cards: x\n"
        );
    }
}
