//! specs/money.tsv: which calls move money, and what decided it.
//!
//! For: the guard on money is a rule, and a rule that changes its mind is to be seen in a review.

use crate::model::{OperationKind, Service};
use std::collections::BTreeMap;

const HEADER: &str = "service\tcall\tmoves_money\twhy\n";

/// The lines of each service.
pub type Table = BTreeMap<String, Vec<String>>;

pub fn lines(service: &Service) -> Vec<String> {
    let calls = service.operations.iter().filter(|op| op.kind == OperationKind::Call);
    let line = |op: &crate::model::Operation| {
        let moves = if op.moves_money { "yes" } else { "no" };
        let call = crate::gate::text::line(&op.call());
        format!("{}\t{call}\t{moves}\t{}", service.name, op.money_why)
    };
    calls.map(line).collect()
}

/// The table as it stands.
pub fn read(text: &str) -> Table {
    let mut table = Table::new();
    for line in text.lines().skip(1) {
        let service = line.split('\t').next().unwrap_or_default();
        table.entry(service.to_string()).or_default().push(line.to_string());
    }
    table
}

/// In the order of the catalog.
pub fn text<'a>(table: &Table, services: impl Iterator<Item = &'a str>) -> String {
    let lines = services.filter_map(|service| table.get(service)).flatten();
    HEADER.to_string() + &lines.map(|line| format!("{line}\n")).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::test_support::lowered;
    use serde_json::json;

    #[test]
    fn a_table_can_be_read_again_in_the_order_of_the_catalog() {
        let doc = |path: &str| json!({"openapi": "3.0.0", "paths": {path: {"post": {"responses": {}}}}});
        let mut table = Table::new();
        table.insert("b".into(), lines(&Service { name: "b".into(), ..lowered(doc("/a/refund")) }));
        table.insert("a".into(), lines(&Service { name: "a".into(), ..lowered(doc("/x")) }));
        let written = text(&table, ["b", "a", "gone"].into_iter());
        assert!(
            written.starts_with("service\tcall\tmoves_money\twhy\nb\tPOST /a/refund\tyes\tits path says `refund`\na\t")
        );
        assert_eq!(read(&written), table);
    }
}
