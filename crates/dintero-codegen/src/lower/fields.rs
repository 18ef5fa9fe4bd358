//! Every field gets its name in Rust: the one that it had, else its own, else one that is free.
//!
//! For: typify makes `foo_bar` of both `fooBar` and `foo_bar`, and gives it to whoever comes first. A setter that sent one
//! of them must never send the other.

use super::circles::Circles;
use super::schema::{Form, form, referred};
use crate::gate::marks;
use crate::key::{escape, unescape};
use crate::model::Service;
use crate::names::snake;
use crate::names_lock::Names;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Where the name of the map of all other fields stands, and that of the setter of null: no field is called so.
pub const REST: &str = "*";
pub const NULL: &str = " = null";

/// Names that every object has for itself.
const RESERVED: [&str; 2] = ["new", "unknown"];

pub fn run(service: &mut Service, names: &Names) {
    let mut all = BTreeMap::new();
    for (name, schema) in &service.schemas {
        if form(schema) != Form::Struct {
            continue;
        }
        let properties = schema["properties"].as_object().into_iter().flatten();
        let mut wires: Vec<String> = Vec::new();
        for (wire, property) in properties {
            wires.push(escape(wire));
            if property[marks::THREE_STATES] == true {
                wires.push(null(wire));
            }
        }
        if schema.get("additionalProperties").is_some_and(|more| more != false) {
            wires.push(REST.to_string());
        }
        let idents = idents(&wires, &names.idents(name), &RESERVED);
        all.insert(name.clone(), idents);
    }
    service.fields = all;
    service.endless = Circles::of(&always(service));
}

/// The schemas with those properties alone that every value of them has.
fn always(service: &Service) -> IndexMap<String, Value> {
    let structs = service.schemas.iter().filter(|(_, schema)| form(schema) == Form::Struct);
    let reduced = structs.map(|(name, schema)| {
        let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        let properties = schema["properties"].as_object().into_iter().flatten();
        let always = properties.filter(|(wire, p)| p["nullable"] != true && required.iter().any(|r| r == *wire));
        let held = always.filter(|(_, property)| referred(property).is_some());
        let held: Map<String, Value> = held.map(|(wire, property)| (wire.clone(), property.clone())).collect();
        (name.clone(), json!({"properties": held}))
    });
    reduced.collect()
}

/// Where the name of a field stands.
pub fn key(wire: &str) -> String {
    escape(wire)
}

/// The setter of null for a field.
pub fn null(wire: &str) -> String {
    [&escape(wire), NULL].concat()
}

/// A name for each, by the key that the names lock has it by: what is locked stays, who is called so in the document comes next, the others by their order in the
/// alphabet.
pub fn idents(wires: &[String], locked: &BTreeMap<String, String>, reserved: &[&str]) -> BTreeMap<String, String> {
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    let mut taken: BTreeSet<String> = reserved.iter().map(ToString::to_string).collect();
    // Who is gone leaves its name to none: what a program sends by it would be something else.
    taken.extend(locked.iter().filter(|(wire, _)| !wires.contains(wire)).map(|(_, ident)| ident.clone()));
    let mut order: Vec<&String> = wires.iter().collect();
    order.sort_by_key(|wire| (!locked.contains_key(*wire), !is_plain(&unescape(wire), &base(wire)), *wire));
    for wire in order {
        let wish = locked.get(wire).cloned().unwrap_or_else(|| base(wire));
        let mut ident = wish.clone();
        if taken.contains(&ident) && reserved.contains(&ident.as_str()) {
            ident.push('_');
        }
        let mut n = 2;
        while taken.contains(&ident) {
            ident = format!("{}_{n}", wish.trim_end_matches('_'));
            n += 1;
        }
        taken.insert(ident.clone());
        out.insert(wire.clone(), ident);
    }
    out
}

/// Whether nothing else could want this name for it: no two of them meet.
pub fn is_plain(wire: &str, ident: &str) -> bool {
    !wire.ends_with('_') && (wire == ident || ident.strip_suffix('_') == Some(wire) && snake(wire) == ident)
}

fn base(key: &str) -> String {
    match key.strip_suffix(NULL) {
        Some(field) => format!("{}_null", snake(&unescape(field)).trim_end_matches('_')),
        None if key == REST => "extra".to_string(),
        None => snake(&unescape(key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(wires: &[&str], locked: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        idents(&wires.iter().map(ToString::to_string).collect::<Vec<_>>(), locked, &RESERVED)
    }

    #[test]
    fn who_had_a_name_keeps_it_and_else_who_is_called_so_has_it() {
        let none = BTreeMap::new();
        let both = named(&["fooBar", "foo_bar", "foo-bar", "type", "new", "*"], &none);
        let name = |wire: &str| both[wire].as_str();
        assert_eq!([name("foo_bar"), name("foo-bar"), name("fooBar")], ["foo_bar", "foo_bar_2", "foo_bar_3"]);
        assert_eq!([name("type"), name("new"), name("*")], ["type_", "new_", "extra"]);
        assert_eq!(both, named(&["*", "new", "foo-bar", "type", "fooBar", "foo_bar"], &none));
        let gone = [("foo_bar".to_string(), "foo_bar".to_string())].into();
        assert_eq!(named(&["fooBar"], &gone)["fooBar"], "foo_bar_2", "what was sent as `foo_bar` is gone");
        let before: BTreeMap<String, String> = [("fooBar".to_string(), "foo_bar".to_string())].into();
        let after = named(&["foo_bar", "fooBar"], &before);
        assert_eq!((after["fooBar"].as_str(), after["foo_bar"].as_str()), ("foo_bar", "foo_bar_2"));
    }

    #[test]
    fn a_setter_of_null_and_a_field_of_its_name_are_two() {
        let both = named(&["note", "note = null", "note_null"], &BTreeMap::new());
        assert_eq!((both["note_null"].as_str(), both["note = null"].as_str()), ("note_null", "note_null_2"));
    }

    #[test]
    fn a_field_that_is_called_as_a_mark_of_the_lock_is_a_field() {
        let service = crate::lower::test_support::lowered(json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {"/x": {"post": {"operationId": "x", "requestBody": {"content": {"application/json": {"schema":
                {"$ref": "#/components/schemas/Thing"}}}}, "responses": {"204": {"description": ""}}}}},
            "components": {"schemas": {"Thing": {"type": "object", "additionalProperties": true, "properties": {
                "*": {"type": "string"}, "n": {"type": "string", "nullable": true}, "n = null": {"type": "string"},
                "x = y": {"type": "string"}, "a -> b": {"type": "string"}, " : ": {"type": "string"}}}}}
        }));
        let idents = &service.fields["Thing"];
        let distinct: BTreeSet<&String> = idents.values().collect();
        assert_eq!((idents.len(), distinct.len()), (8, 8), "{idents:?}");
        assert_eq!((idents[REST].as_str(), idents[&key("n")].as_str()), ("extra", "n"));
        let mut names = Names::default();
        names.remember(&service);
        assert_eq!(&names.idents("Thing"), idents, "what is written is read");
    }
}
