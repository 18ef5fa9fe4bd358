//! specs/mock.toml, as the mock has it built in, and what it names that the documents no longer have. The mock answers such an operation from its document alone,
//! or not at all; nothing stops, and here it is told which entry is to be mended.

use super::writer::Writer;
use crate::catalog::Layout;
use crate::emit::{mock, webhook};
use crate::model::Service;
use crate::problem::Problem;
use std::collections::BTreeMap;
use toml::{Table, Value};

/// As JSON beside the documents. What cannot be read is told by [`stale`], and the mock has what it had.
pub fn built_in(layout: &Layout, writer: &mut Writer<'_>) -> Result<(), Problem> {
    let source = layout.root.join("specs/mock.toml");
    let read = std::fs::read_to_string(&source).ok().and_then(|text| text.parse::<Table>().ok());
    let Some(table) = read else { return Ok(()) };
    let text = mock::json(&table).map_err(|why| Problem::new(layout.shown(&source), "", why, "mend it"))?;
    writer.file(&layout.root.join("crates/dintero-mock/mock.json"), &text)
}

/// Of the services that were made in this run; `events` are the names of all events that are known, none when not all
/// documents were read.
pub fn stale(layout: &Layout, services: &BTreeMap<String, Service>, events: Option<&[String]>) -> Vec<Problem> {
    let path = layout.root.join("specs/mock.toml");
    let file = layout.shown(&path);
    let Ok(text) = std::fs::read_to_string(&path) else { return Vec::new() };
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(why) => return vec![Problem::new(file, "", format!("cannot be read: {why}"), "mend it")],
    };
    let list = |name: &str| table.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let texts = |entry: &Value, name: &str| -> Vec<String> {
        match entry.get(name) {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(all)) => all.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
            _ => Vec::new(),
        }
    };
    let mut out = Vec::new();
    for (section, about, operations) in [("part", "plays", "operations"), ("express", "about", "operation")] {
        for (at, entry) in list(section).iter().enumerate() {
            let what = texts(entry, about).concat();
            let named = texts(entry, operations);
            for service in texts(entry, "services") {
                let Some(made) = services.get(&service) else { continue };
                if made.operations.iter().any(|op| named.contains(&op.call())) {
                    continue;
                }
                let names = named.join(" or ");
                out.push(Problem::new(
                    file.as_str(),
                    format!("/{section}/{at}"),
                    format!("`{what}` names {names}, and `{service}` has no such operation any more"),
                    format!(
                        "take `{service}` out of its services, or name the operation that took its place; until then the \
                         mock keeps nothing of it"
                    ),
                ));
            }
        }
    }
    for (at, entry) in list("event").iter().enumerate() {
        let name = texts(entry, "name").concat();
        // What a new subscription is sent is no event that one can subscribe to.
        let is_subscribed = entry.get("when").and_then(Value::as_str) == Some("subscribed");
        if !is_subscribed && events.is_some_and(|events| !events.contains(&name)) {
            let remedy =
                "take the entry away, or give the event's new name; until then the mock sends what nobody knows";
            let reason = format!("the event `{name}` stands in no document any more");
            out.push(Problem::new(file.as_str(), format!("/event/{at}"), reason, remedy));
        }
    }
    out
}

/// The names of all events that the documents know.
pub fn events(sent: &webhook::Table) -> Vec<String> {
    let mut out = Vec::new();
    for of in sent.values() {
        out.extend(of.events.iter().map(|event| event.as_str().to_owned()));
        for row in of.deliveries.iter().filter(|row| row.is_event) {
            out.push(row.tail().to_owned());
            out.extend(row.marked.iter().chain(&row.named).map(|event| event.as_str().to_owned()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::run;
    use super::super::tests::workspace;

    #[test]
    fn an_entry_whose_operation_is_gone_is_told_with_its_place_and_stops_nothing() {
        let (_dir, layout) = workspace();
        let part = |operation: &str| {
            format!(
                "[[part]]\nplays = 'list-sessions'\nservices = ['good', 'other', 'none']\noperations = ['{operation}']\n"
            )
        };
        let text = format!("{}{}", part("GET /accounts/{aid}/things"), part("GET /gone"));
        std::fs::write(layout.root.join("specs/mock.toml"), text).expect("written");
        for check in [false, true] {
            let outcome = run(&layout, &[], check).expect("runs");
            assert!(outcome.problems.is_empty() && outcome.obsolete.len() == 2, "{outcome:?}");
            let told = outcome.obsolete[0].to_string();
            assert!(told.starts_with("specs/mock.toml#/part/1: `list-sessions` names GET /gone"), "{told}");
            assert!(told.contains("`good` has no such operation") && told.contains("take `good` out"), "{told}");
        }
        let outcome = run(&layout, &["other".into()], false).expect("runs");
        assert_eq!(outcome.obsolete.len(), 1, "of what was not made nothing is known");
    }
}
