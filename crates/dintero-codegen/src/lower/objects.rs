//! Objects that read whatever the service adds or leaves out.
//!
//! For: `additionalProperties: false` refuses a response with a new field; a required field that only responses (or
//! only requests) have must not be asked for in the other; a required name without a property would be.

use super::schema::{Form, add_doc, code, form, is_annotation, references_of, walk_mut};
use crate::model::{Change, Position, Service};
use crate::names_lock::Names;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub const PASS: &str = "objects";

/// A type that was only read when it came stays as it was read, whoever sends it now: nothing of it changes for callers.
pub fn run(service: &mut Service, names: &Names) {
    let (sent, read) = directions(service);
    let mut changes = Vec::new();
    service.roots_mut(|root, schema| {
        let name = &root.context[0];
        let (is_sent, is_read) = match root.position {
            Position::Component => (sent.contains(name) && !names.read_first.contains(name), read.contains(name)),
            Position::Request | Position::Parameter => (true, false),
            Position::Response => (false, true),
        };
        walk_mut(schema, &root.pointer, &mut |pointer, s| {
            object(s, is_sent, is_read, |what, warning| {
                changes.push(Change { pass: PASS, pointer: pointer.into(), what, warning });
            });
        });
    });
    service.changes.append(&mut changes);
    maps(service, names);
}

const MAP: &str = "map";

/// What was a map stays one when the document begins to say what is in it, as long as that is what its values are: a program
/// that reads and fills it by keys still can. Without this the first property would make it an object.
fn maps(service: &mut Service, names: &Names) {
    let (mut kinds, mut changes) = (BTreeSet::new(), Vec::new());
    service.roots_mut(|root, schema| {
        walk_mut(schema, &root.pointer, &mut |pointer, s| {
            let Some(place) = root.place(pointer) else { return };
            if form(s) == Form::Struct && names.kind(&place) == Some(MAP) && is_of_values(s) {
                let properties: Vec<String> =
                    s["properties"].as_object().into_iter().flatten().map(|(name, _)| code(&json!(name))).collect();
                if let Some(map) = s.as_object_mut() {
                    map.shift_remove("properties");
                    map.shift_remove("required");
                    map.insert("type".into(), "object".into());
                }
                let what = format!("Among its keys: {}.", properties.join(", "));
                add_doc(s, &what);
                let what = "stays the map that it was before it had properties".into();
                changes.push(Change { pass: PASS, pointer: pointer.into(), what, warning: false });
            }
            if form(s) == Form::Map {
                kinds.insert(place);
            }
        });
    });
    service.changes.append(&mut changes);
    if !kinds.is_empty() {
        service.kinds.insert(MAP.into(), kinds);
    }
}

/// Whether every property is what the values of the map are, which may be anything.
fn is_of_values(schema: &Value) -> bool {
    let Some(values) = schema["additionalProperties"].as_object().filter(|values| !values.is_empty()) else {
        return true;
    };
    let bare = |schema: &Map<String, Value>| -> BTreeMap<String, Value> {
        schema.iter().filter(|(key, _)| !is_annotation(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let values = bare(values);
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.map(|(_, schema)| schema.as_object().map(bare)).all(|property| property.as_ref() == Some(&values))
}

fn object(schema: &mut Value, sent: bool, read: bool, mut say: impl FnMut(String, bool)) {
    let Some(map) = schema.as_object_mut() else { return };
    if map.get("additionalProperties") == Some(&Value::Bool(false)) {
        map.shift_remove("additionalProperties");
        say("further fields are accepted".into(), false);
    }
    let named = map.get("properties").and_then(Value::as_object).is_some_and(|p| !p.is_empty());
    if named {
        map.insert("type".into(), "object".into());
    }
    match map.get("required") {
        None => return,
        Some(Value::Array(_)) => {}
        Some(_) => {
            map.shift_remove("required");
            return;
        }
    }
    let properties = map.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let Some(Value::Array(required)) = map.get_mut("required") else { return };
    let mut seen = BTreeSet::new();
    required.retain(|name| {
        let Some(name) = name.as_str() else { return false };
        let Some(property) = properties.get(name) else {
            if named {
                say(format!("`{name}` is required and not described; left out"), true);
            }
            return false;
        };
        if sent && property["readOnly"] == true {
            say(format!("`{name}` is read only, so a request need not have it"), false);
            return false;
        }
        if read && property["writeOnly"] == true {
            say(format!("`{name}` is write only, so a response need not have it"), false);
            return false;
        }
        seen.insert(name.to_string())
    });
    if required.is_empty() {
        map.shift_remove("required");
    }
}

/// Which components are part of a request, and which of a response.
fn directions(service: &Service) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut sent, mut read) = (Vec::new(), Vec::new());
    for op in &service.operations {
        op.body.iter().for_each(|b| references_of(&b.schema, &mut sent));
        op.responses.iter().filter_map(|a| a.schema.as_ref()).for_each(|s| references_of(s, &mut read));
    }
    (reachable(service, sent), reachable(service, read))
}

pub fn reachable(service: &Service, mut open: Vec<String>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if seen.insert(name.clone())
            && let Some(schema) = service.schemas.get(&name)
        {
            references_of(schema, &mut open);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_only_the_service_sets_is_not_asked_for() {
        let schema = json!({"type": "object", "required": ["id", "name", "ghost"], "additionalProperties": false,
            "properties": {"id": {"type": "string", "readOnly": true}, "name": {"type": "string"}}});
        let mut found = Vec::new();
        let mut s = schema.clone();
        object(&mut s, true, true, |w, warning| found.push((w, warning)));
        assert_eq!(s["required"], json!(["name"]));
        assert!(s.get("additionalProperties").is_none());
        assert!(found.iter().any(|(w, warning)| *warning && w.contains("ghost")));
        let mut free = json!({"properties": {"a": {"type": "string"}}, "additionalProperties": true});
        object(&mut free, true, true, |_, _| {});
        assert_eq!(free["additionalProperties"], true, "fields of one's own beside those that are named");
        let mut s = schema;
        object(&mut s, false, true, |_, _| {});
        assert_eq!(s["required"], json!(["id", "name"]), "a response type keeps what it always has");
    }
}
