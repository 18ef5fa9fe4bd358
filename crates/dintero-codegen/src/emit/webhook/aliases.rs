//! The types of callbacks, under names of their own in dintero-events.

use super::table::Table;
use crate::emit::docs::{paragraphs, safe};
use crate::names::type_name;

/// A callback's types under their names in dintero-events.
pub struct Alias<'a> {
    pub name: String,
    pub doc: String,
    pub service: &'a str,
    pub target: &'a str,
}

/// The aliases, and the one that is the query of a signed callback.
pub fn aliases<'a>(table: &'a Table, order: &'a [String]) -> (Vec<Alias<'a>>, Option<(&'a str, &'a str)>) {
    let mut seen: Vec<&str> = Vec::new();
    let mut out: Vec<Alias<'a>> = Vec::new();
    let mut signed = None;
    for service in order {
        let Some(sent) = table.get(service) else { continue };
        for row in sent.deliveries.iter().filter(|r| !r.is_event) {
            if seen.contains(&row.call.as_str()) {
                continue;
            }
            seen.push(&row.call);
            for (target, word, about) in [
                (&row.query, "Query", "The query of"),
                (&row.payload, "Request", "The body of"),
                (&row.answer, "Response", "The answer to"),
            ] {
                if target.is_empty() {
                    continue;
                }
                let mut name = format!("{}{word}", type_name(row.tail()));
                while out.iter().any(|a| a.name == name) {
                    name = format!("{}{name}", type_name(row.call.split(' ').next().unwrap_or_default()));
                }
                let doc = paragraphs(&[format!("{about} {}.", row.call.code()), safe(&row.description)]);
                out.push(Alias { name, doc, service, target });
            }
            if row.signed && !row.query.is_empty() && signed.is_none() {
                signed = Some((service.as_str(), row.query.as_str()));
            }
        }
    }
    (out, signed)
}

#[cfg(test)]
mod tests {
    use super::super::table::{Row, Sent};
    use super::super::tests::order;
    use super::*;

    #[test]
    fn callbacks_of_one_path_have_names_of_their_own() {
        let callback = |call: &str, query: &str, payload: &str| Row {
            call: call.into(),
            signed: true,
            query: query.into(),
            payload: payload.into(),
            ..Row::default()
        };
        let rows = vec![
            callback("GET /examples/done", "DoneQuery", ""),
            callback("POST /examples/done", "DoneBody2", ""),
            callback("PUT /examples/done", "", "Body"),
        ];
        let table = Table::from([("first".to_string(), Sent { events: vec![], deliveries: rows })]);
        let order = order();
        let (aliases, signed) = aliases(&table, &order);
        let names: Vec<&str> = aliases.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["DoneQuery", "PostDoneQuery", "DoneRequest"]);
        assert_eq!(signed, Some(("first", "DoneQuery")));
    }
}
