//! What knows all events and callbacks: the generated part of crates/dintero-events.
//!
//! What each document says is kept in specs/events.toml, so that the glue can be made whole when a document could not be
//! read or only some were asked for.

mod aliases;
mod glue;
mod matching;
mod readme;
mod samples;
mod table;

pub use glue::{Glue, glue};
pub use table::{Row, Samples, Sent, Table, read_table, sent, table_text};

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    pub fn row(path: &str, payload: &str) -> Row {
        Row { call: format!("POST {path}").into(), is_event: true, payload: payload.into(), ..Row::default() }
    }

    pub fn order() -> Vec<String> {
        ["first", "second"].map(String::from).to_vec()
    }

    /// Over the pinned documents: each event that can be subscribed to has a type, or is told as having none.
    #[test]
    fn every_published_event_is_typed_or_told() {
        fn collect(value: &Value, events: &mut Vec<String>) {
            if let Some(list) = value["properties"]["events"]["items"]["enum"].as_array() {
                events.extend(list.iter().filter_map(|e| e.as_str().map(str::to_string)));
            }
            match value {
                Value::Object(map) => map.values().for_each(|v| collect(v, events)),
                Value::Array(list) => list.iter().for_each(|v| collect(v, events)),
                _ => {}
            }
        }
        /// Other documents have properties of that name which are no subscriptions.
        fn delivers(value: &Value) -> bool {
            match value {
                Value::Object(map)
                    if value["in"] == "header" && value["name"] == "event" && map.contains_key("schema") =>
                {
                    true
                }
                Value::Object(map) => map.values().any(delivers),
                Value::Array(list) => list.iter().any(delivers),
                _ => false,
            }
        }
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut events = Vec::new();
        for entry in std::fs::read_dir(root.join("specs/pinned")).expect("the pinned documents") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|e| e == "yaml") {
                let document = crate::document::read(&path).expect("a document");
                let examples =
                    document["paths"].as_object().into_iter().flatten().filter(|(p, _)| p.starts_with("/examples/"));
                if examples.map(|(_, item)| item).any(delivers) {
                    collect(&document, &mut events);
                }
            }
        }
        let read = |file: &str| std::fs::read_to_string(root.join("crates/dintero-events").join(file)).expect(file);
        let (typed, readme) = (read("src/events.rs"), read("README.md"));
        let told = readme.split("because their payload is not published:").nth(1).and_then(|t| t.split("\n\n").next());
        for event in events {
            let is_typed = typed.contains(&format!(" = {event:?}: "));
            let is_told = told.is_some_and(|list| list.contains(&format!("`{event}`")));
            assert!(is_typed != is_told, "{event}: typed {is_typed}, told {is_told}");
        }
    }
}
