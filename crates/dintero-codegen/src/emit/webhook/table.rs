//! specs/events.toml: what each document says of the events and callbacks that Dintero sends.

use crate::catalog::package_name;
use crate::emit::package::payload;
use crate::gate::Text;
use crate::lower::schema::referred;
use crate::model::{Operation, OperationKind, Service};
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

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
    pub fn tail(&self) -> &str {
        self.call.rsplit('/').next().unwrap_or_default()
    }
}

/// Where a type of a service stands, from a crate that depends on it.
pub fn path(service: &str, target: &str) -> String {
    format!("{}::types::{target}", package_name(service))
}

/// By service.
pub type Table = BTreeMap<String, Sent>;

/// Samples by service and call.
pub type Samples = BTreeMap<(String, Text), Value>;

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
    for op in service.operations.iter().filter(|op| op.kind == OperationKind::Event) {
        let Some(delivery) = service.deliveries.iter().find(|d| d.pointer == op.pointer) else { continue };
        let form = op.body.as_ref().is_some_and(|b| b.media_type.contains("urlencoded"));
        let carried = payload_name(op);
        let (query, payload) = if form { (carried, String::new()) } else { (String::new(), carried) };
        let response = op.responses.iter().find(|a| a.is_success()).and_then(|a| a.schema.as_ref());
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
            answer: response.and_then(referred).unwrap_or_default(),
        });
    }
    Sent { events: service.event_list.clone(), deliveries }
}

fn payload_name(op: &Operation) -> String {
    op.body.as_ref().and_then(|_| payload(op)).unwrap_or_default()
}
