//! What knows all events and callbacks: the generated part of crates/dintero-webhook.
//!
//! Which event a pseudo-operation is, is settled over all documents by these rules, the stronger first:
//! 1. `x-events` on it, in the document or an overlay;
//! 2. the events that its payload's property `event` names, and the last step of its path or its summary if that is an event;
//! 3. its summary as a pattern (`token_*`) over the events that can be subscribed to;
//! 4. with a warning: the events that begin with the last step of its path, or that step itself.
//!
//! An event that several claim goes to the stronger rule, then to the document that lists the events, then to the
//! catalog's order. What each document says is kept in specs/events.toml, so that the glue can be made whole when a
//! document could not be read or only some were asked for.

use super::Files;
use super::docs::{lines, paragraphs, safe};
use super::package::payload;
use crate::catalog::crate_name;
use crate::gate::Text;
use crate::lower::schema::referred;
use crate::model::{Kind, Operation, Service};
use crate::names::{snake, type_name, variants};
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What one document says of events and callbacks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// The events that can be subscribed to.
    #[serde(default)]
    pub events: Vec<Text>,
    #[serde(default, rename = "delivery")]
    pub deliveries: Vec<Row>,
}

/// A pseudo-operation. The types are names within the service's `types`, empty where there is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub call: Text,
    pub is_event: bool,
    pub signed: bool,
    pub summary: Text,
    pub description: Text,
    pub marked: Vec<Text>,
    pub named: Vec<Text>,
    pub query: String,
    pub payload: String,
    pub answer: String,
}

impl Row {
    fn tail(&self) -> &str {
        self.call.rsplit('/').next().unwrap_or_default()
    }
}

/// By service.
pub type Table = BTreeMap<String, Sent>;

/// Samples by service and call.
pub type Samples = BTreeMap<(String, Text), Value>;

/// Letters of the name of a sample; each may be four bytes, of the 255 that a file's name has.
const LONGEST_FILE: usize = 60;

const TABLE_HEADER: &str = "# Written by `cargo xtask generate`: what each document says of the events and callbacks that Dintero sends.\n\
                            # An event that none of the words here give away is marked by an overlay, with `x-events` on its operation.\n\n";

pub fn table_text(table: &Table) -> Result<String, String> {
    toml::to_string(table).map(|text| format!("{TABLE_HEADER}{text}")).map_err(|e| e.to_string())
}

pub fn read_table(file: &str, text: &str) -> Result<Table, Problem> {
    toml::from_str(text).map_err(|e| {
        Problem::new(
            file,
            "",
            format!("is no table of events: {e}"),
            "remove the file; `cargo xtask generate` writes it",
        )
    })
}

/// What a lowered service sends.
pub fn sent(service: &Service, samples: &mut Samples) -> Sent {
    let mut deliveries = Vec::new();
    for op in service.operations.iter().filter(|op| op.kind == Kind::Event) {
        let Some(delivery) = service.deliveries.iter().find(|d| d.pointer == op.pointer) else { continue };
        let form = op.body.as_ref().is_some_and(|b| b.media_type.contains("urlencoded"));
        let carried = payload_name(op);
        let (query, payload) = if form { (carried, String::new()) } else { (String::new(), carried) };
        let answer = op.answers.iter().find(|a| a.is_success()).and_then(|a| a.schema.as_ref());
        let call = Text::from(op.call());
        samples.insert((service.name.clone(), call.clone()), delivery.sample.clone());
        deliveries.push(Row {
            call,
            is_event: delivery.is_event,
            signed: delivery.signed,
            summary: op.summary.clone(),
            description: op.description.clone(),
            marked: delivery.marked.clone(),
            named: delivery.named.clone(),
            query,
            payload,
            answer: answer.and_then(referred).unwrap_or_default(),
        });
    }
    Sent { events: service.event_list.clone(), deliveries }
}

fn payload_name(op: &Operation) -> String {
    op.body.as_ref().and_then(|_| payload(op)).unwrap_or_default()
}

/// An event with its payload.
#[derive(Debug, PartialEq)]
struct Typed<'a> {
    event: Text,
    service: &'a str,
    row: &'a Row,
}

/// The matching over all documents.
#[derive(Debug, Default)]
struct Matched<'a> {
    typed: Vec<Typed<'a>>,
    /// Events that can be subscribed to and have no payload.
    untyped: Vec<Text>,
    warnings: Vec<String>,
}

fn matched<'a>(table: &'a Table, order: &'a [String]) -> Matched<'a> {
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
            let told = stronger.clone().any(|r| !r.events(row, &known).is_empty());
            // A mark is the whole truth, and a guess is only for what nothing else tells.
            if !row.marked.is_empty() && rule != Rule::Marked || rule == Rule::Begun && told {
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

/// A callback's types under their names in dintero-webhook.
struct Alias<'a> {
    name: String,
    doc: String,
    service: &'a str,
    target: &'a str,
}

/// The aliases, and the one that is the query of a signed callback.
fn aliases<'a>(table: &'a Table, order: &'a [String]) -> (Vec<Alias<'a>>, Option<(&'a str, &'a str)>) {
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

fn path(service: &str, target: &str) -> String {
    format!("{}::types::{target}", crate_name(service).replace('-', "_"))
}

/// Everything that is written into crates/dintero-webhook.
pub struct Glue {
    /// src/events.rs, src/callbacks.rs, src/samples.rs and src/services.rs.
    pub sources: Files,
    /// The folder samples/, whole.
    pub samples: Files,
    /// Between the markers of Cargo.toml.
    pub dependencies: String,
    /// Between the markers of README.md.
    pub readme: String,
    pub warnings: Vec<String>,
}

/// `kept` are the samples on disk, for services that were not made in this run.
pub fn glue(table: &Table, order: &[String], samples: &Samples, kept: &Files, version: &str) -> Glue {
    let matched = matched(table, order);
    let (aliases, signed) = aliases(table, order);
    let mut sources = Files::new();
    let mut sample_files = Files::new();
    let header = "// @generated by `cargo xtask generate` from specs/events.toml; do not edit.\n\n";

    let names: Vec<String> = matched.typed.iter().map(|t| t.event.to_string()).collect();
    let (idents, _) = variants(&names, &[]);
    let mut events = format!("{header}//! The events that have a payload.\n\ncrate::event::events! {{\n");
    let mut matches = String::new();
    for (typed, ident) in matched.typed.iter().zip(&idents) {
        let doc = paragraphs(&[format!("{}.", typed.event.code()), safe(&typed.row.description)]);
        events.push_str(&lines(&doc, "    ///"));
        let _ = writeln!(events, "    {ident} = {:?}: {},", typed.event, path(typed.service, &typed.row.payload));
        let file = sample_file(&typed.event, &sample_files);
        let text = match samples.get(&(typed.service.to_string(), typed.row.call.clone())) {
            Some(sample) => Some(sample_text(sample, &typed.event)),
            None => kept.get(&file).cloned(),
        };
        if let Some(text) = text {
            let _ = writeln!(matches, "        {:?} => Some(include_str!(\"../samples/{file}\")),", typed.event);
            sample_files.insert(file, text);
        }
    }
    events.push_str("}\n");
    sources.insert("src/events.rs".into(), events);
    sources.insert(
        "src/samples.rs".into(),
        format!(
            "{header}//! A sample of each event that has a payload.\n\n\
             /// The body of a delivery of this event, for example; None for one whose payload is not published.\n\
             pub fn sample(event: &str) -> Option<&'static str> {{\n    match event {{\n{matches}        _ => None,\n    }}\n}}\n"
        ),
    );

    let mut callbacks = format!("{header}//! What callbacks ask and are answered, by the names of their documents.\n");
    for alias in &aliases {
        let _ = write!(
            callbacks,
            "\n{}pub type {} = {};\n",
            lines(&alias.doc, "///"),
            alias.name,
            path(alias.service, alias.target)
        );
    }
    if let Some((service, query)) = signed {
        let _ = write!(
            callbacks,
            "\n/// What a session's callback says, in its query.\npub type Callback = {};\n\n\
             /// The callback of an address, or of a path with a query; verify it before.\n///\n\
             /// # Errors\n/// A parameter is missing or does not fit. The error keeps the query.\n\
             pub fn parse_callback(url: &str) -> Result<Callback, crate::ParseError> {{\n    crate::parse_query(url)\n}}\n",
            path(service, query)
        );
    }
    sources.insert("src/callbacks.rs".into(), callbacks);

    let mut used: Vec<&str> =
        matched.typed.iter().map(|t| t.service).chain(aliases.iter().map(|a| a.service)).collect();
    used.sort_by_key(|s| order.iter().position(|o| o == s));
    used.dedup();
    let mut dependencies = String::new();
    let mut services = format!("{header}//! The crates whose types the events and callbacks are.\n\n");
    for service in used {
        let name = crate_name(service);
        let _ = writeln!(services, "pub use {};", name.replace('-', "_"));
        let _ = writeln!(
            dependencies,
            "{name} = {{ path = \"../services/{name}\", version = {version:?}, default-features = false }}"
        );
    }
    sources.insert("src/services.rs".into(), services);
    Glue {
        sources,
        samples: sample_files,
        dependencies,
        readme: readme(&matched, &idents, &aliases),
        warnings: matched.warnings,
    }
}

/// Of its own, and of a length that every file system takes.
fn sample_file(event: &str, taken: &Files) -> String {
    let name: String = snake(event).chars().take(LONGEST_FILE).collect();
    let name = name.trim_end_matches('_');
    let more = (2..).map(|n| format!("{name}_{n}.json"));
    let mut all = std::iter::once(format!("{name}.json")).chain(more);
    all.find(|file| !taken.contains_key(file)).unwrap_or_default()
}

fn sample_text(sample: &Value, event: &str) -> String {
    let mut sample = sample.clone();
    if let Some(own) = sample.as_object_mut().and_then(|map| map.get_mut("event")) {
        *own = event.into();
    }
    format!("{}\n", serde_json::to_string_pretty(&sample).unwrap_or_default())
}

fn readme(matched: &Matched<'_>, idents: &[String], aliases: &[Alias<'_>]) -> String {
    let mut out = String::from("\n| event | variant of `Event` | payload |\n| --- | --- | --- |\n");
    for (typed, ident) in matched.typed.iter().zip(idents) {
        let _ = writeln!(out, "| {} | `{ident}` | `{}` |", typed.event.cell(), path(typed.service, &typed.row.payload));
    }
    if !matched.untyped.is_empty() {
        let list: Vec<String> = matched.untyped.iter().map(Text::code).collect();
        let _ = write!(
            out,
            "\nThese can be subscribed to and come as `Event::Other`, because their payload is not published:\n{}.\n",
            list.join(", ")
        );
    }
    if !aliases.is_empty() {
        out.push_str("\n| callback | type |\n| --- | --- |\n");
        for alias in aliases {
            let _ = writeln!(out, "| `{}` | `{}` |", alias.name, path(alias.service, alias.target));
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str, payload: &str) -> Row {
        Row { call: format!("POST {path}").into(), is_event: true, payload: payload.into(), ..Row::default() }
    }

    #[test]
    fn each_event_has_a_sample_of_its_own_that_can_be_written() {
        let mut taken = Files::new();
        let long = "l".repeat(300);
        for event in ["a_b", "a-b", "a.b", &long, &format!("{long}x"), "\u{10400}".repeat(300).as_str()] {
            let file = sample_file(event, &taken);
            assert!(file.len() < 255, "{file}");
            assert!(taken.insert(file, event.into()).is_none(), "{event}");
        }
        assert!(taken.contains_key("a_b.json"));
    }

    fn order() -> Vec<String> {
        ["first", "second"].map(String::from).to_vec()
    }

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
        let glue = glue(&table, &order, &samples.into(), &Files::new(), "0.1.0");
        assert_eq!(glue.samples["token_add.json"], "{\n  \"event\": \"token_add\"\n}\n");
        assert!(!glue.samples.contains_key("mystery.json"), "nothing is made up");
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
        assert!(!events.is_empty());
        let read = |file: &str| std::fs::read_to_string(root.join("crates/dintero-webhook").join(file)).expect(file);
        let (typed, readme) = (read("src/events.rs"), read("README.md"));
        let told = readme.split("because their payload is not published:").nth(1).and_then(|t| t.split("\n\n").next());
        for event in events {
            let is_typed = typed.contains(&format!(" = {event:?}: "));
            let is_told = told.is_some_and(|list| list.contains(&format!("`{event}`")));
            assert!(is_typed != is_told, "{event}: typed {is_typed}, told {is_told}");
        }
    }

    #[test]
    fn a_service_that_was_not_made_keeps_its_part() {
        let mut table = Table::new();
        table.insert("first".into(), Sent { events: vec!["a".into()], deliveries: vec![row("/examples/a", "A")] });
        let text = table_text(&table).expect("written");
        let table = read_table("specs/events.toml", &text).expect("read");
        let kept = Files::from([("a.json".to_string(), "{}\n".to_string())]);
        let glue = glue(&table, &order(), &Samples::new(), &kept, "0.1.0");
        assert!(glue.sources["src/events.rs"].contains("A = \"a\": dintero_first::types::A,"));
        assert_eq!(glue.samples["a.json"], "{}\n");
        assert!(read_table("specs/events.toml", "[first]\nevents = 5\n").is_err());
    }

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
