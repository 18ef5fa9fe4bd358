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
/// So deep it is looked whether a value fits.
const MOST_STEPS: usize = 200;
/// Parts that are looked through for a property.
const PROPERTIES: usize = 10_000;

/// The road to a part of a sample.
struct Way {
    /// The components that it lies in.
    within: Vec<String>,
    /// What is left to spend.
    left: usize,
    /// Schemas within schemas that are looked through.
    depth: usize,
}

impl Way {
    fn new() -> Self {
        Self { within: Vec::new(), left: SAMPLE, depth: 0 }
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
            sample: body.and_then(|b| whole_sample(service, b)).unwrap_or(Value::Null),
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

/// None where no value fits, or none that can be made: a type that must hold itself.
fn whole_sample(service: &Service, schema: &Value) -> Option<Value> {
    let mut way = Way::new();
    let made = sample(service, schema, &mut way)?;
    fits(service, schema, &made, &mut way).then_some(made)
}

/// Whether a type of this schema can hold a value, and what is in it. Of what is too large to look through: no.
fn fits(service: &Service, schema: &Value, value: &Value, way: &mut Way) -> bool {
    if way.spend(VISIT).is_none() || way.depth > MOST_STEPS {
        return false;
    }
    way.depth += 1;
    let fit = fits_here(service, schema, value, way);
    way.depth -= 1;
    fit
}

fn fits_here(service: &Service, schema: &Value, value: &Value, way: &mut Way) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = component_of(reference).and_then(|name| service.schemas.get(&name));
        return target.is_some_and(|target| fits(service, target, value, way));
    }
    let members = |key: &str| schema[key].as_array().into_iter().flatten();
    if !members("allOf").all(|member| fits(service, member, value, way)) {
        return false;
    }
    for key in ["oneOf", "anyOf"] {
        if schema[key].is_array() && !members(key).any(|member| fits(service, member, value, way)) {
            return false;
        }
    }
    if let Some(fields) = value.as_object() {
        let is_missing = |name: &&str| fields.get(*name).is_none_or(Value::is_null);
        if members("required").filter_map(Value::as_str).any(|name| is_missing(&name)) {
            return false;
        }
        for (name, field) in fields.iter().filter(|(_, field)| !field.is_null()) {
            let inner = schema["properties"].get(name).or(schema.get("additionalProperties"));
            if inner.filter(|inner| inner.is_object()).is_some_and(|inner| !fits(service, inner, field, way)) {
                return false;
            }
        }
    }
    match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => {
            value.as_array().is_some_and(|all| all.iter().all(|item| fits(service, &schema["items"], item, way)))
        }
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("string") => value.as_str().is_some_and(|text| is_of(text, schema["format"].as_str().unwrap_or_default())),
        _ => true,
    }
}

/// Whether a text is of a format that is no text in Rust.
fn is_of(text: &str, format: &str) -> bool {
    let shaped = |shape: &str, text: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(is, should)| match should {
                b'0' => is.is_ascii_digit(),
                b'x' => is.is_ascii_hexdigit(),
                sign => is == sign,
            })
    };
    let number = |from: usize| text.get(from..from + 2).and_then(|text| text.parse::<u8>().ok()).unwrap_or(u8::MAX);
    // The last days of a month may be none, and an example has others to take.
    let is_date =
        |text: &str| shaped("0000-00-00", text) && (1..=12).contains(&number(5)) && (1..=28).contains(&number(8));
    match format {
        "date" => is_date(text),
        "date-time" => {
            let (Some(date), Some(time), Some(rest)) = (text.get(..10), text.get(10..19), text.get(19..)) else {
                return false;
            };
            let zone = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
            let zoned = zone == "Z" || shaped("+00:00", zone) || shaped("-00:00", zone);
            let timed = shaped("T00:00:00", time) && number(11) < 24 && number(14) < 60 && number(17) < 60;
            is_date(date) && timed && zoned && (rest == zone || shaped(".0", &rest[..rest.len().min(2)]))
        }
        "uuid" => shaped("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", text),
        _ => true,
    }
}

/// A value that fits: examples where they do, else the first that the type allows. None: only what ends in itself.
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
    if let Some(example) = schema.get("example").filter(|example| !example.is_null())
        && fits(service, schema, example, way)
    {
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
        assert!(service.deliveries[0].named.is_empty());
        // No value is finite and has what this type requires.
        assert_eq!(service.deliveries[0].sample, Value::Null);
        let mut doc = document(json!({"$ref": "#/components/schemas/Tree"}));
        doc["components"]["schemas"]["Tree"].as_object_mut().expect("a map").remove("required");
        assert_eq!(lowered(doc).deliveries[0].sample, json!({"size": 7, "leaves": []}));
    }

    #[test]
    fn an_example_that_its_own_type_cannot_hold_is_no_sample() {
        let fields = [
            ("integer", "", json!("no number"), json!(100)),
            ("integer", "", json!(12.5), json!(100)),
            ("integer", "", json!(12), json!(12)),
            ("number", "", json!("12"), json!(1.5)),
            ("string", "", json!(7), json!("text")),
            ("string", "date-time", json!("yesterday"), json!("2026-11-23T10:00:00Z")),
            ("string", "date-time", json!("2026-02-03 10:00:00"), json!("2026-11-23T10:00:00Z")),
            ("string", "date-time", json!("2026-02-03T10:00:00.123+01:00"), json!("2026-02-03T10:00:00.123+01:00")),
            ("string", "date", json!("2026-13-01"), json!("2026-11-23")),
            ("string", "uuid", json!("1"), json!("3f2504e0-4f89-41d3-9a0c-0305e82c3301")),
            ("boolean", "", json!("yes"), json!(true)),
        ];
        for (kind, format, example, made) in fields {
            let mut field = json!({"type": kind, "example": example});
            if !format.is_empty() {
                field["format"] = format.into();
            }
            let service = lowered(document(json!({"type": "object", "properties": {"a": field}})));
            assert_eq!(service.deliveries[0].sample, json!({"a": made}), "{kind} {format} {example}");
        }
        let inner = json!({"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}});
        for (example, made) in [(json!({"b": "c"}), "c"), (json!({}), "text"), (json!([1]), "text")] {
            let mut field = inner.clone();
            field["example"] = example.clone();
            let service = lowered(document(json!({"type": "object", "properties": {"a": field}})));
            assert_eq!(service.deliveries[0].sample, json!({"a": {"b": made}}), "{example}");
        }
    }
}
