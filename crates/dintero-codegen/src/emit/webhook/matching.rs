//! Which event a pseudo-operation is, settled over all documents by these rules, the stronger first:
//! 1. `x-events` on it, in the document or an overlay;
//! 2. the events that its payload's property `event` names, and the last step of its path or its summary if that is an event;
//! 3. its summary as a pattern (`token_*`) over the events that can be subscribed to;
//! 4. with a warning: the events that begin with the last step of its path, or that step itself.
//!
//! An event that several claim goes to the stronger rule, then to the document that lists the events, then to the
//! catalog's order.

use super::table::{Row, Sent, Table};
use crate::gate::Text;

/// An event with its payload.
#[derive(Debug, PartialEq)]
pub struct Typed<'a> {
    pub event: Text,
    pub service: &'a str,
    pub row: &'a Row,
}

/// The matching over all documents.
#[derive(Debug, Default)]
pub struct Matched<'a> {
    pub typed: Vec<Typed<'a>>,
    /// Events that can be subscribed to and have no payload.
    pub untyped: Vec<Text>,
    pub warnings: Vec<String>,
}

pub fn matched<'a>(table: &'a Table, order: &'a [String]) -> Matched<'a> {
    let mut known: Vec<&str> = Vec::new();
    let mut services: Vec<(&str, &Sent)> =
        order.iter().filter_map(|s| table.get_key_value(s)).map(|(name, sent)| (name.as_str(), sent)).collect();
    // Stable: whoever lists the events comes first.
    services.sort_by_key(|(_, sent)| sent.events.is_empty());
    for event in services.iter().flat_map(|(_, sent)| &sent.events) {
        if !known.contains(&event.as_str()) {
            known.push(event);
        }
    }
    let payloads = |row: &&Row| row.is_event && !row.payload.is_empty();
    let rows: Vec<(&str, &Row)> = services
        .iter()
        .flat_map(|(name, sent)| sent.deliveries.iter().filter(payloads).map(|row| (*name, row)))
        .collect();
    let mut out = Matched::default();
    for rule in RULES {
        for (service, row) in &rows {
            let stronger = RULES.iter().take_while(|r| **r != rule);
            let is_settled = stronger.clone().any(|r| !r.events(row, &known).is_empty());
            // A mark is the whole truth, and a guess is only for what nothing else tells.
            if !row.marked.is_empty() && rule != Rule::Marked || rule == Rule::Begun && is_settled {
                continue;
            }
            let events = rule.events(row, &known);
            if rule == Rule::Begun {
                out.warnings.push(format!(
                    "{service}: {} does not say which event it is; taken as {}. Mark it with `x-events` in specs/overlays/{service}.yaml",
                    row.call.code(),
                    events.iter().map(Text::line).collect::<Vec<_>>().join(", ")
                ));
            }
            for event in events {
                if !out.typed.iter().any(|t| t.event == event) {
                    out.typed.push(Typed { event, service, row });
                }
            }
        }
    }
    let place = |event: &str| known.iter().position(|k| *k == event).unwrap_or(known.len());
    out.typed.sort_by(|a, b| place(&a.event).cmp(&place(&b.event)).then(a.event.cmp(&b.event)));
    out.untyped = known.iter().filter(|k| !out.typed.iter().any(|t| t.event == **k)).map(|k| Text::from(*k)).collect();
    out
}

/// How an event is told, the stronger first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Marked,
    Named,
    Pattern,
    Begun,
}

const RULES: [Rule; 4] = [Rule::Marked, Rule::Named, Rule::Pattern, Rule::Begun];

impl Rule {
    /// The events that it gives a pseudo-operation, of those known or beyond.
    fn events(self, row: &Row, known: &[&str]) -> Vec<Text> {
        let summary = row.summary.trim();
        match self {
            Self::Marked => row.marked.clone(),
            Self::Named => {
                let mut events = row.named.clone();
                for word in [row.tail(), summary] {
                    if known.contains(&word) && !events.iter().any(|e| *e == word) {
                        events.push(word.into());
                    }
                }
                events
            }
            Self::Pattern => match summary.split_once('*').filter(|_| !summary.contains(' ')) {
                Some((begin, end)) => begun(known, begin, end),
                None => Vec::new(),
            },
            Self::Begun => match begun(known, &format!("{}_", row.tail()), "") {
                none if none.is_empty() => vec![row.tail().into()],
                family => family,
            },
        }
    }
}

fn begun(known: &[&str], begin: &str, end: &str) -> Vec<Text> {
    let fits =
        |event: &&&str| event.len() > begin.len() + end.len() && event.starts_with(begin) && event.ends_with(end);
    known.iter().filter(fits).map(|e| Text::from(*e)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::glue::glue;
    use super::super::table::path;
    use super::super::tests::{order, row};
    use super::*;
    use crate::emit::Files;

    fn claims(table: &Table) -> Vec<(String, String)> {
        let order = order();
        let matched = matched(table, &order);
        matched.typed.iter().map(|t| (t.event.to_string(), path(t.service, &t.row.payload))).collect()
    }

    fn claim(event: &str, target: &str) -> (String, String) {
        (event.into(), target.into())
    }

    #[test]
    fn the_stronger_rule_wins_and_then_the_document_that_lists_the_events() {
        let mut table = Table::new();
        let second = Sent {
            events: ["a_add", "a_update", "b_add"].map(Text::from).to_vec(),
            deliveries: vec![
                Row { summary: "a_*".into(), named: vec!["a_add".into()], ..row("/examples/a", "A") },
                row("/examples/a_update", "AUpdate"),
            ],
        };
        table.insert("second".into(), second);
        let first =
            vec![row("/examples/a_update", "Other"), Row { marked: vec!["c".into()], ..row("/examples/b_add", "C") }];
        table.insert("first".into(), Sent { events: vec![], deliveries: first });
        assert_eq!(
            claims(&table),
            [
                claim("a_add", "dintero_second::types::A"),
                claim("a_update", "dintero_second::types::AUpdate"),
                // Marked, so its path does not count; and not on the list.
                claim("c", "dintero_first::types::C"),
            ]
        );
        let order = order();
        let matched = matched(&table, &order);
        assert_eq!(matched.untyped, ["b_add"]);
        assert!(matched.warnings.is_empty(), "{:?}", matched.warnings);
    }

    #[test]
    fn what_says_nothing_is_taken_by_its_path_with_a_warning() {
        let mut table = Table::new();
        let events = ["token_add", "token_update"].map(Text::from).to_vec();
        let deliveries =
            vec![row("/examples/token", "Token"), row("/examples/mystery", "Mystery"), row("/examples/none", "")];
        table.insert("first".into(), Sent { events, deliveries });
        assert_eq!(
            claims(&table),
            [
                claim("token_add", "dintero_first::types::Token"),
                claim("token_update", "dintero_first::types::Token"),
                claim("mystery", "dintero_first::types::Mystery"),
            ]
        );
        let order = order();
        let warnings = matched(&table, &order).warnings;
        assert!(warnings[0].contains("token_add, token_update") && warnings[0].contains("x-events"), "{warnings:?}");
        let samples = [(("first".to_string(), "POST /examples/token".into()), serde_json::json!({"event": "x"}))];
        let glue = glue(&table, &order, &samples.into(), &Files::new(), &|_| "0.1.0".into()).expect("glue");
        assert_eq!(glue.samples["token_add.json"], "{\n  \"event\": \"token_add\"\n}\n");
        assert!(!glue.samples.contains_key("mystery.json"), "nothing is made up");
    }
}
