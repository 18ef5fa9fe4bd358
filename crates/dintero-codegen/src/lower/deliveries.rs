//! What Dintero delivers to a merchant: which events a pseudo-operation may be, and a sample of what it carries.
//!
//! For: typed webhook events. The type of a payload does not say which events it belongs to, and once the passes are
//! through, examples are text in docs.

use crate::document::component_of;
use crate::gate::Text;
use crate::model::{Delivery, In, OperationKind, Service};
use serde_json::{Map, Value, json};

pub const PASS: &str = "deliveries";

/// The header that names the event of a delivery; a pseudo-operation without it is a callback.
const EVENT: &str = "event";
/// Property of a subscription that lists the events there are.
const EVENT_LIST: &str = "events";
/// Objects within objects that a sample shows.
const DEPTH: usize = 12;

/// What a sample may cost, in bytes more or less: shared parts unfold, and a small document could fill all memory.
const SAMPLE: usize = 1 << 18;
/// What each part of it costs at least.
const VISIT: usize = 16;
/// Parts that are looked through for a property.
const PROPERTIES: usize = 10_000;

/// The road to a part of a sample.
struct Way {
    /// The components that it lies in.
    within: Vec<String>,
    /// What is left to spend.
    left: usize,
}

impl Way {
    fn new() -> Self {
        Self { within: Vec::new(), left: SAMPLE }
    }

    fn spend(&mut self, cost: usize) -> Option<()> {
        self.left = self.left.checked_sub(cost)?;
        Some(())
    }

    fn copy(&mut self, value: &Value) -> Option<Value> {
        self.spend(value.to_string().len())?;
        Some(value.clone())
    }
}

pub fn run(service: &mut Service) {
    let mut deliveries = Vec::new();
    for op in service.operations.iter().filter(|op| op.kind == OperationKind::Event) {
        let header = |end: &str| op.parameters.iter().any(|p| p.location == In::Header && is_named(&p.name, end));
        let body = op.body.as_ref().map(|b| &b.schema);
        deliveries.push(Delivery {
            pointer: op.pointer.clone(),
            is_event: header(EVENT),
            signed: header("signature"),
            marked: op.marks.events.clone(),
            named: body
                .and_then(|b| property(service, b, EVENT, 0, &mut { PROPERTIES }))
                .map(|p| texts(service, p))
                .unwrap_or_default(),
            sample: body.and_then(|b| sample(service, b, &mut Way::new())).unwrap_or(Value::Null),
        });
    }
    if deliveries.iter().any(|d| d.is_event) {
        let mut list = Vec::new();
        for schema in service.schemas.values() {
            event_lists(service, schema, &mut list);
        }
        service.event_list = list;
    }
    for delivery in &deliveries {
        let events = delivery.named.iter().map(Text::line).collect::<Vec<_>>().join(", ");
        let what = match delivery.is_event {
            true if events.is_empty() => "is an event that its payload does not name".to_string(),
            true => format!("is the event {events}"),
            false => "is a callback".to_string(),
        };
        service.note(PASS, &delivery.pointer, what);
    }
    service.deliveries = deliveries;
}

/// `Dintero-Signature` and `event-signature` end in `signature`.
fn is_named(header: &str, end: &str) -> bool {
    let header = header.to_lowercase();
    header == end || end != EVENT && header.ends_with(end)
}

fn resolved<'a>(service: &'a Service, schema: &'a Value) -> Option<&'a Value> {
    match schema["$ref"].as_str() {
        Some(reference) => service.schemas.get(&component_of(reference)?),
        None => Some(schema),
    }
}

/// A property, also where the schema is composed.
fn property<'a>(
    service: &'a Service,
    schema: &'a Value,
    name: &str,
    depth: usize,
    left: &mut usize,
) -> Option<&'a Value> {
    if depth > DEPTH {
        return None;
    }
    *left = left.checked_sub(1)?;
    let schema = resolved(service, schema)?;
    if schema["$ref"].is_string() {
        return property(service, schema, name, depth + 1, left);
    }
    match schema["properties"].get(name) {
        Some(found) => Some(found),
        None => schema["allOf"].as_array()?.iter().find_map(|s| property(service, s, name, depth + 1, left)),
    }
}

/// The texts that a value may have: its enum, or else the one that is given for an example.
fn texts(service: &Service, schema: &Value) -> Vec<Text> {
    let Some(mut schema) = resolved(service, schema) else { return Vec::new() };
    let listed = strings(&schema["enum"]);
    if !listed.is_empty() {
        return listed;
    }
    // A part alone in an allOf, as it is written around a reference.
    for _ in 0..DEPTH {
        let Some([only]) = schema["allOf"].as_array().map(Vec::as_slice) else { break };
        let Some(inner) = resolved(service, only) else { break };
        schema = inner;
    }
    match strings(&schema["enum"]) {
        listed if !listed.is_empty() => listed,
        _ => {
            let said = ["const", "example", "default"].iter().find_map(|key| schema[*key].as_str());
            said.map(Text::from).into_iter().collect()
        }
    }
}

fn strings(list: &Value) -> Vec<Text> {
    list.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(Text::from)).collect()
}

/// The values of every list of events in a schema.
fn event_lists(service: &Service, schema: &Value, list: &mut Vec<Text>) {
    match schema {
        Value::Object(map) => {
            let items = map.get("properties").map(|p| &p[EVENT_LIST]["items"]).and_then(|i| resolved(service, i));
            for event in items.map(|i| strings(&i["enum"])).unwrap_or_default() {
                if !list.contains(&event) {
                    list.push(event);
                }
            }
            map.values().for_each(|child| event_lists(service, child, list));
        }
        Value::Array(children) => children.iter().for_each(|child| event_lists(service, child, list)),
        _ => {}
    }
}

/// A value that fits: examples where there are, else the first that the type allows. None: only what ends in itself.
fn sample(service: &Service, schema: &Value, way: &mut Way) -> Option<Value> {
    way.spend(VISIT)?;
    if let Some(name) = schema["$ref"].as_str().and_then(component_of) {
        if way.within.contains(&name) || way.within.len() > DEPTH {
            return None;
        }
        let target = service.schemas.get(&name)?;
        way.within.push(name);
        let found = sample(service, target, way);
        way.within.pop();
        return found;
    }
    if let Some(example) = schema.get("example").filter(|e| !e.is_null()) {
        return way.copy(example);
    }
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.iter().find(|v| !v.is_null())) {
        return way.copy(first);
    }
    if let Some(first) = ["oneOf", "anyOf"].iter().find_map(|key| schema[*key].as_array()) {
        return first.iter().find_map(|member| sample(service, member, way));
    }
    let mut object = Map::new();
    let mut whole = None;
    for member in schema["allOf"].as_array().into_iter().flatten() {
        match sample(service, member, way) {
            Some(Value::Object(fields)) => object.extend(fields),
            other => whole = whole.or(other),
        }
    }
    for (name, child) in schema["properties"].as_object().into_iter().flatten() {
        let required = schema["required"].as_array().is_some_and(|r| r.iter().any(|r| r == name.as_str()));
        match sample(service, child, way) {
            Some(value) => {
                object.insert(name.clone(), value);
            }
            None if required => {
                object.insert(name.clone(), Value::Null);
            }
            None => {}
        }
    }
    if !object.is_empty() {
        return Some(Value::Object(object));
    }
    whole.or_else(|| plain(service, schema, way))
}

fn plain(service: &Service, schema: &Value, way: &mut Way) -> Option<Value> {
    Some(match schema["type"].as_str()? {
        "object" => json!({}),
        "array" => json!(sample(service, &schema["items"], way).into_iter().collect::<Vec<_>>()),
        "integer" => json!(100),
        "number" => json!(1.5),
        "boolean" => json!(true),
        "string" => match schema["format"].as_str().unwrap_or_default() {
            "date-time" => json!("2026-11-23T10:00:00Z"),
            "date" => json!("2026-11-23"),
            "uuid" => json!("3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
            "uri" | "url" => json!("https://shop.example/"),
            "email" => json!("customer@shop.example"),
            _ => json!("text"),
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_support::lowered;
    use super::*;

    fn document(payload: Value) -> Value {
        json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {"/examples/thing_add": {"post": {
                "operationId": "example_thing",
                "parameters": [
                    {"name": "Event", "in": "header", "schema": {"type": "string"}},
                    {"name": "event-delivery", "in": "header", "schema": {"type": "string"}}
                ],
                "requestBody": {"content": {"application/json": {"schema": payload}}},
                "responses": {"200": {"description": "OK"}}
            }}},
            "components": {"schemas": {
                "Hook": {"type": "object", "properties": {"events": {"type": "array", "items": {"$ref": "#/components/schemas/Name"}}}},
                "Name": {"type": "string", "enum": ["thing_add", "thing_update"]},
                "Base": {"type": "object", "properties": {"event": {"type": "string", "enum": ["thing_add"]}}},
                "Tree": {"type": "object", "required": ["twig"], "properties": {
                    "twig": {"$ref": "#/components/schemas/Tree"}, "size": {"type": "integer", "example": 7},
                    "leaves": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}
                }}
            }}
        })
    }

    #[test]
    fn parts_that_unfold_end() {
        let refer = |name: String| json!({"$ref": format!("#/components/schemas/{name}")});
        for shape in ["properties", "allOf"] {
            let mut doc = document(refer("A0".into()));
            for i in 0..20 {
                let next = refer(format!("A{}", i + 1));
                doc["components"]["schemas"][format!("A{i}")] = match shape {
                    "allOf" => json!({"allOf": vec![next; 12]}),
                    _ => json!({"properties": Map::from_iter(('a'..'m').map(|c| (c.to_string(), next.clone())))}),
                };
            }
            doc["components"]["schemas"]["A20"] = json!({"type": "string", "example": "e".repeat(1000)});
            let mut service = crate::model::Service::default();
            service.schemas.extend(
                doc["components"]["schemas"].as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())),
            );
            let whole = refer("A0".into());
            let made = sample(&service, &whole, &mut Way::new()).unwrap_or(Value::Null);
            assert!(made.to_string().len() < 4 * SAMPLE, "{shape}");
            assert!(property(&service, &whole, EVENT, 0, &mut { PROPERTIES }).is_none());
        }
    }

    #[test]
    fn events_are_found_through_references_and_compositions() {
        let payload = json!({"allOf": [
            {"$ref": "#/components/schemas/Base"},
            {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}}
        ]});
        let service = lowered(document(payload));
        assert_eq!(service.event_list, ["thing_add", "thing_update"]);
        let [delivery] = service.deliveries.as_slice() else { panic!("one") };
        assert!(delivery.is_event && !delivery.signed && delivery.named == ["thing_add"]);
        assert_eq!(delivery.sample, json!({"event": "thing_add", "at": "2026-11-23T10:00:00Z"}));
    }

    #[test]
    fn a_sample_ends_where_a_type_holds_itself() {
        let service = lowered(document(json!({"$ref": "#/components/schemas/Tree"})));
        assert_eq!(service.deliveries[0].sample, json!({"twig": null, "size": 7, "leaves": []}));
        assert!(service.deliveries[0].named.is_empty());
    }
}
