//! Which operation plays which part in the lifecycle, as `specs/mock.toml` says, and whether its shape can play it.

use crate::operation::Operation;
use crate::schema::{Flat, Side, types};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What an operation does with the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Part {
    Token,
    CreateSession,
    GetSession,
    ListSessions,
    UpdateSession,
    CancelSession,
    CreateAndPaySession,
    GetTransaction,
    ListTransactions,
    UpdateTransaction,
    Capture,
    Refund,
    Void,
    ExtendAuthorization,
    CreateSubscription,
    GetSubscription,
    ListSubscriptions,
    DeleteSubscription,
    PingSubscription,
    ListDeliveries,
    GetDelivery,
    MakeSignature,
    GetSignature,
}

impl Part {
    /// Fields that the answer must have.
    fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Token => &["access_token", "expires_in"],
            Self::CreateSession | Self::CancelSession | Self::UpdateSession | Self::ListSessions => &["id"],
            Self::GetSession => &["id", "transaction_id"],
            Self::CreateSubscription | Self::GetSubscription | Self::ListSubscriptions => &["id", "events"],
            Self::ListDeliveries | Self::GetDelivery => &["id", "status"],
            Self::MakeSignature | Self::GetSignature => &["signature"],
            Self::DeleteSubscription | Self::PingSubscription => &[],
            _ => &["id", "amount", "status"],
        }
    }

    pub(crate) fn is_list(self) -> bool {
        matches!(self, Self::ListSessions | Self::ListTransactions | Self::ListSubscriptions | Self::ListDeliveries)
    }

    /// How many ids its path has besides the account's.
    fn ids(self) -> usize {
        match self {
            Self::Token | Self::CreateSession | Self::CreateAndPaySession | Self::ListSessions => 0,
            Self::ListTransactions | Self::CreateSubscription | Self::ListSubscriptions => 0,
            Self::MakeSignature | Self::GetSignature => 0,
            Self::GetDelivery => 2,
            _ => 1,
        }
    }
}

/// What is kept between requests, and what is sent: `specs/mock.toml`, or the `mock.toml` beside documents of one's own.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lifecycle {
    /// How people name the file.
    #[serde(skip)]
    file: String,
    /// Fields that hold whatever keys were posted.
    #[serde(default)]
    pub(crate) free_maps: Vec<String>,
    /// What a new transaction says besides what is known of it.
    #[serde(default)]
    pub(crate) transaction: Map<String, Value>,
    part: Vec<Entry>,
    /// The events that subscriptions are sent.
    #[serde(default)]
    pub(crate) event: Vec<Event>,
    /// What an express checkout asks the shop.
    #[serde(default)]
    pub(crate) express: Vec<Express>,
}

/// An event that subscriptions are sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) when: When,
    pub(crate) body: Value,
}

/// What sets an event off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum When {
    Subscribed,
    Authorization,
    Transaction,
}

/// What an express checkout asks the shop.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Express {
    pub(crate) about: String,
    /// Pointer into a session.
    pub(crate) url: String,
    pub(crate) services: Vec<String>,
    pub(crate) operation: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    plays: Part,
    services: Vec<String>,
    operations: Vec<String>,
}

/// What says so of documents of one's own; the first that is there.
pub(crate) const FILES: [&str; 2] = ["mock.toml", "mock.json"];

impl Lifecycle {
    /// That of the documents that are built in; what is wrong with it is a note.
    pub(crate) fn built_in() -> (Self, Option<String>) {
        Self::read("mock.json", include_str!("../mock.json"))
    }

    /// One that cannot be read keeps nothing, and is told.
    pub(crate) fn read(file: &str, text: &str) -> (Self, Option<String>) {
        let read = match file.ends_with(".json") {
            true => serde_json::from_str(text).map_err(|why| why.to_string()),
            false => of_toml(text),
        };
        let (read, note) = match read {
            Ok(read) => (read, None),
            Err(why) => {
                (Self::default(), Some(format!("{file} cannot be read, so nothing is kept between requests: {why}")))
            }
        };
        (Self { file: file.to_owned(), ..read }, note)
    }
}

#[cfg(feature = "yaml")]
fn of_toml(text: &str) -> Result<Lifecycle, String> {
    toml::from_str(text).map_err(|why| why.to_string())
}

#[cfg(not(feature = "yaml"))]
fn of_toml(_: &str) -> Result<Lifecycle, String> {
    Err("dintero-mock was built without its feature `yaml`; give it as mock.json".into())
}

/// Gives the operations their parts; tells which parts nobody plays.
pub(crate) fn assign(lifecycle: &Lifecycle, operations: &mut [Operation]) -> Vec<String> {
    let file = &lifecycle.file;
    let mut notes = Vec::new();
    for entry in &lifecycle.part {
        for service in &entry.services {
            let mut served = false;
            let mut found = false;
            for operation in operations.iter_mut().filter(|operation| operation.service == *service) {
                served = true;
                let name = format!("{} {}", operation.method, operation.path);
                if !entry.operations.contains(&name) {
                    continue;
                }
                found = true;
                match misfit(operation, entry.plays) {
                    None => operation.part = Some(entry.plays),
                    Some(why) => notes.push(format!("{name} of {service} keeps no state, as {file} asks for: {why}")),
                }
            }
            if served && !found {
                let names = entry.operations.join(" or ");
                notes.push(format!("{service} has no {names}, which {file} names; that part keeps no state"));
            }
        }
    }
    notes
}

/// Why an operation cannot play a part.
fn misfit(operation: &Operation, part: Part) -> Option<String> {
    let is_id = |name: &str| !crate::documents::ACCOUNT_PARAMETERS.contains(&name);
    let ids = operation.parameters.iter().filter(|p| p.is_in_path() && is_id(&p.name)).count();
    let misfit = if part.needs().is_empty() { None } else { misfit_of_answer(operation, part) };
    misfit.or_else(|| (ids != part.ids()).then(|| "its path does not name what it is about".into()))
}

fn misfit_of_answer(operation: &Operation, part: Part) -> Option<String> {
    let Some(pointer) = answer_pointer(operation) else { return Some("it answers no JSON".into()) };
    let schemas = operation.document.schemas(Side::Response);
    let schema = schemas.at(&pointer)?;
    let schema = match part.is_list() {
        false => schema,
        true => match list_of(operation, &pointer) {
            Some((_, items)) => schemas.at(&items)?,
            None => return Some("it answers no list".into()),
        },
    };
    let known = names(&Flat::of(schemas, &[schema], &mut |_| 0));
    let missing: Vec<&str> = part.needs().iter().filter(|name| !known.contains(**name)).copied().collect();
    (!missing.is_empty()).then(|| format!("its answer has no {}", missing.join(", ")))
}

/// The schema of what it answers when all is well.
pub(crate) fn answer_pointer(operation: &Operation) -> Option<String> {
    let (_, answer) = crate::answer::success(operation);
    answer?.media.iter().find(|media| media.is_json())?.schema.clone()
}

/// The property that holds the list, none for a bare list, and the pointer of its items.
pub(crate) fn list_of(operation: &Operation, pointer: &str) -> Option<(Option<String>, String)> {
    let schemas = operation.document.schemas(Side::Response);
    let mut place = pointer.to_owned();
    for _ in 0..16 {
        let schema = schemas.at(&place)?;
        match schema.get("$ref").and_then(Value::as_str).and_then(crate::pointer::of_reference) {
            Some(target) => place = target,
            None if schema.get("items").is_some() => return Some((None, format!("{place}/items"))),
            None => {
                let properties = schema.get("properties").and_then(Value::as_object)?;
                let is_list = |(_, property): &(&String, &Value)| types(schemas, property).contains(&"array");
                let (name, property) = properties.iter().find(is_list)?;
                property.get("items")?;
                let here = crate::pointer::at(&format!("{place}/properties"), name);
                return Some((Some(name.clone()), format!("{here}/items")));
            }
        }
    }
    None
}

/// The properties that a schema names.
pub(crate) fn names<'a>(flat: &Flat<'a>) -> BTreeSet<&'a str> {
    flat.each("properties").filter_map(Value::as_object).flat_map(Map::keys).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use std::sync::Arc;

    const PART: &str = "[[part]]\nplays = \"get-transaction\"\nservices = [\"pay\"]\noperations = [\"GET /t/{id}\"]";

    fn assigned(paths: &str, road: &str) -> (Vec<Operation>, Vec<String>) {
        let text = format!("openapi: 3.0.0\npaths: {paths}");
        let document = Arc::new(Document::parse("pay", "pay.yaml", &text).expect("document"));
        let mut operations = crate::operation::all(&document, &[]);
        let (lifecycle, note) = Lifecycle::read("mock.toml", road);
        let notes = note.into_iter().chain(assign(&lifecycle, &mut operations)).collect();
        (operations, notes)
    }

    fn answering(schema: &str) -> String {
        format!(
            "{{'/t/{{id}}': {{get: {{responses: {{'200': {{description: OK, content: {{application/json: {{schema: {schema}}}}}}}}}}}}}}}"
        )
    }

    #[test]
    fn a_part_is_played_by_the_shape_that_can() {
        let fits = answering("{properties: {id: {}, amount: {}, status: {}}}");
        let (operations, notes) = assigned(&fits, PART);
        assert_eq!((operations[0].part, notes), (Some(Part::GetTransaction), Vec::new()));
    }

    #[test]
    fn what_cannot_be_played_is_told() {
        for (paths, road, why) in [
            (answering("{properties: {id: {}}}"), PART.to_owned(), "has no amount, status"),
            (answering("{properties: {id: {}}}"), PART.replace("/t/{id}", "/other"), "has no GET /other"),
            (answering("{}"), PART.replace("get-transaction", "list-transactions"), "answers no list"),
            ("{'/t/{id}': {get: {}}}".to_owned(), PART.to_owned(), "answers no JSON"),
            (answering("{}"), "part = 1".to_owned(), "cannot be read"),
        ] {
            let (operations, notes) = assigned(&paths, &road);
            assert!(operations[0].part.is_none() && notes.len() == 1 && notes[0].contains(why), "{notes:?}");
        }
    }

    /// Which of the pinned documents still play the parts that specs/mock.toml gives them is told by
    /// `cargo xtask generate`, not here: what a document says is no fault of the mock.
    #[test]
    fn each_set_of_rules_can_be_read_and_ours_is_played_whole() {
        assert_eq!(Lifecycle::built_in().1, None);
        let (lifecycle, note) = Lifecycle::read("tests/mock.toml", include_str!("../../../tests/mock.toml"));
        let text = include_str!("../../../tests/shop.yaml");
        let document = Arc::new(Document::parse("shop", "shop.yaml", text).expect("document"));
        let mut operations = crate::operation::all(&document, &[]);
        assert_eq!((note, assign(&lifecycle, &mut operations)), (None, Vec::new()));
        assert_eq!(operations.iter().filter(|operation| operation.part.is_some()).count(), lifecycle.part.len() + 1);
    }
}
