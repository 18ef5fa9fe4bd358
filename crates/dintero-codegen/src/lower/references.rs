//! Every `$ref` must lead somewhere, and schemas may refer to named components only.
//!
//! For: progenitor and typify panic on a dangling reference, and take only the last step of any other pointer, so that
//! `#/components/schemas/T/properties/name` silently becomes the component `name`.

pub use crate::document::component_of;
use crate::document::{at, lookup, steps};
use crate::gate::places::{Keys, below};
use crate::model::Change;
use crate::problem::Problem;
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

pub const PASS: &str = "references";

fn found(doc: &mut Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    each_mut(doc, &mut |pointer, target| found.push((pointer.to_string(), target.clone())));
    found
}

/// Checks all references of the document and gives a component of its own to every schema that is referred to in place.
pub fn run(file: &str, doc: &mut Value, changes: &mut Vec<Change>) -> Result<(), Problem> {
    let found = found(doc);
    let mut moved: IndexMap<String, String> = IndexMap::new();
    let mut sound = HashSet::new();
    for (pointer, target) in &found {
        check(file, doc, pointer, target, &mut sound)?;
        if is_schema_place(pointer) && component_of(target).is_none() {
            moved.entry(target.clone()).or_default();
        }
    }
    if moved.is_empty() {
        return Ok(());
    }
    let mut counted = HashMap::new();
    for (target, name) in &mut moved {
        let path = steps(target.trim_start_matches('#'));
        let schema = lookup(doc, &path).cloned().unwrap_or_default();
        *name = free_name(doc, &path, &mut counted);
        let Some(schemas) = ensure_schemas(doc) else { continue };
        schemas.insert(name.clone(), schema);
        changes.push(Change {
            pass: PASS,
            pointer: target.trim_start_matches('#').into(),
            what: format!("is referred to in place, so it became the component `{name}`"),
            warning: false,
        });
    }
    rewrite(doc, &moved);
    Ok(())
}

/// The named schemas of the document, which it has from now on.
pub fn ensure_schemas(doc: &mut Value) -> Option<&mut Map<String, Value>> {
    doc.as_object_mut()?
        .entry("components")
        .or_insert_with(|| Value::Object(Default::default()))
        .as_object_mut()?
        .entry("schemas")
        .or_insert_with(|| Value::Object(Default::default()))
        .as_object_mut()
}

fn is_schema_place(pointer: &str) -> bool {
    let path = steps(pointer);
    path.iter().any(|s| s == "schema") || path.get(1).is_some_and(|s| s == "schemas")
}

/// A name from the last two telling steps of the pointer.
/// `counted` has the number that is looked at next, where there are many of one name.
fn free_name(doc: &Value, path: &[String], counted: &mut HashMap<String, usize>) -> String {
    let structural = [
        "properties",
        "items",
        "schema",
        "content",
        "application/json",
        "components",
        "schemas",
        "allOf",
        "anyOf",
        "oneOf",
    ];
    let telling: Vec<&str> =
        path.iter().map(String::as_str).filter(|s| !structural.contains(s) && s.parse::<usize>().is_err()).collect();
    let base = telling[telling.len().saturating_sub(2)..].join("-");
    let taken = |name: &str| lookup(doc, &["components".into(), "schemas".into(), name.to_string()]).is_some();
    // One that lies within the component of its name is a part of it.
    let mut words = ["", "-part", "-details"].into_iter().map(|word| format!("{base}{word}"));
    if let Some(free) = words.find(|name| !taken(name)) {
        return free;
    }
    let next = counted.entry(base.clone()).or_insert(2);
    loop {
        let name = format!("{base}-{next}");
        *next += 1;
        if !taken(&name) {
            return name;
        }
    }
}

fn rewrite(doc: &mut Value, moved: &IndexMap<String, String>) {
    each_mut(doc, &mut |pointer, target| {
        if is_schema_place(pointer)
            && let Some(name) = moved.get(target.as_str())
        {
            *target = format!("#/components/schemas/{name}");
        }
    });
}

/// Calls `f` for the target of every reference, with the place of the reference. What is data holds none.
pub fn each_mut(doc: &mut Value, f: &mut impl FnMut(&str, &mut String)) {
    objects_mut(doc, &mut |pointer, map| {
        if let Some(Value::String(target)) = map.get_mut("$ref") {
            f(pointer, target);
        }
    });
}

/// Calls `f` for every object that is a part of the document, the inner ones first: neither data nor a map of names.
pub fn objects_mut(doc: &mut Value, f: &mut impl FnMut(&str, &mut Map<String, Value>)) {
    objects_below(doc, "", Keys::Keywords, f);
}

fn objects_below(value: &mut Value, pointer: &str, keys: Keys, f: &mut impl FnMut(&str, &mut Map<String, Value>)) {
    match value {
        Value::Object(map) => {
            for (key, child) in map.iter_mut() {
                if let Some(keys) = below(keys, key) {
                    objects_below(child, &at(pointer, key), keys, f);
                }
            }
            if keys == Keys::Keywords {
                f(pointer, map);
            }
        }
        Value::Array(list) => {
            for (i, child) in list.iter_mut().enumerate() {
                objects_below(child, &at(pointer, i.to_string()), Keys::Keywords, f);
            }
        }
        _ => {}
    }
}

/// Follows one reference to its end, or to one that is known to have an end.
fn check(file: &str, doc: &Value, pointer: &str, target: &str, sound: &mut HashSet<String>) -> Result<(), Problem> {
    let mut seen = HashSet::from([target.to_string()]);
    let mut current = target.to_string();
    loop {
        if sound.contains(&current) {
            sound.extend(seen);
            return Ok(());
        }
        let Some(local) = current.strip_prefix('#') else {
            return Err(Problem::new(
                file,
                pointer,
                format!("`$ref` leads out of the document: `{current}`"),
                "bundle the documents into one file first, for example with an OpenAPI bundler",
            ));
        };
        let Some(value) = lookup(doc, &steps(local)) else {
            return Err(Problem::new(
                file,
                pointer,
                format!("`$ref` leads nowhere: `{current}`"),
                "add the component, or correct the reference by an overlay in specs/overlays",
            ));
        };
        match value.get("$ref").and_then(Value::as_str) {
            None => {
                sound.extend(seen);
                return Ok(());
            }
            Some(next) if seen.contains(next) => {
                return Err(Problem::new(
                    file,
                    pointer,
                    format!("`$ref` only leads back to itself: `{next}`"),
                    "give the component a schema of its own by an overlay in specs/overlays",
                ));
            }
            Some(next) => {
                seen.insert(next.to_string());
                current = next.to_string();
            }
        }
    }
}

/// Replaces a reference by what it stands for, for everything that is not a schema.
pub fn resolve<'a>(doc: &'a Value, mut value: &'a Value) -> &'a Value {
    // Those that convert versions ask before the references are checked: one may lead back to itself.
    for _ in 0..64 {
        let Some(target) = value.get("$ref").and_then(Value::as_str) else { break };
        match lookup(doc, &steps(target.trim_start_matches('#'))) {
            Some(next) => value = next,
            None => break,
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problem(doc: Value) -> Problem {
        run("spec.yaml", &mut doc.clone(), &mut Vec::new()).expect_err("must be refused")
    }

    #[test]
    fn a_dangling_reference_is_named_with_its_place() {
        let p = problem(
            json!({"components": {"schemas": {"A": {"properties": {"b": {"$ref": "#/components/schemas/B"}}}}}}),
        );
        assert_eq!(p.pointer, "/components/schemas/A/properties/b");
        assert!(p.reason.contains("leads nowhere"));
    }

    #[test]
    fn a_reference_to_itself_is_refused() {
        let p = problem(json!({"components": {"schemas": {
            "A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}}}));
        assert!(p.reason.contains("only leads back to itself"), "{p}");
    }

    #[test]
    fn another_file_is_refused() {
        let p = problem(json!({"components": {"schemas": {"A": {"$ref": "other.yaml#/X"}}}}));
        assert!(p.reason.contains("out of the document"), "{p}");
    }

    #[test]
    fn a_property_called_ref_and_an_example_are_no_references() {
        let mut doc = json!({"components": {"schemas": {"A": {
            "properties": {"$ref": {"type": "string"}}, "example": {"$ref": "#/nowhere"}}}}});
        run("spec.yaml", &mut doc, &mut Vec::new()).expect("nothing to refuse");
    }

    #[test]
    fn names_that_read_like_data_hide_no_reference() {
        let dangling = json!({"$ref": "#/components/schemas/Ghost"});
        for doc in [
            json!({"paths": {"/a": {"get": {"responses": {"default": {"$ref": "#/components/responses/Ghost"}}}}}}),
            json!({"components": {"schemas": {"example": dangling}}}),
            json!({"components": {"schemas": {"A": {"properties": {"default": dangling}}}}}),
            json!({"components": {"schemas": {"A": {"properties": {"properties": dangling}}}}}),
            json!({"paths": {"example": dangling}}),
            json!({"components": {"securitySchemes": {"x-key": dangling}}}),
            json!({"paths": {"/a": {"get": {"requestBody": {"content": {"x-a/b+json": {"schema": dangling}}}}}}}),
            json!({"paths": {"/a": {"get": {"requestBody": {"content": {"a": {"encoding": {"default": dangling}}}}}}}}),
            json!({"x-webhooks": {"paid": {"post": {"requestBody": dangling}}}}),
        ] {
            assert!(problem(doc).reason.contains("leads nowhere"));
        }
    }

    #[test]
    fn a_part_of_a_component_is_called_so() {
        let mut doc = json!({"components": {"schemas": {
            "T": {"allOf": [{"type": "object"}, {"type": "object"}]},
            "U": {"properties": {"a": {"$ref": "#/components/schemas/T/allOf/0"}, "b": {"$ref": "#/components/schemas/T/allOf/1"}}}}}});
        run("spec.yaml", &mut doc, &mut Vec::new()).expect("lowers");
        let properties = &doc["components"]["schemas"]["U"]["properties"];
        assert_eq!(properties["a"]["$ref"], "#/components/schemas/T-part");
        assert_eq!(properties["b"]["$ref"], "#/components/schemas/T-details");
    }

    #[test]
    fn a_schema_referred_to_in_place_becomes_a_component_of_its_own() {
        let mut doc = json!({"components": {"schemas": {
            "name": {"type": "integer"},
            "T": {"properties": {"name": {"type": "string"}}},
            "U": {"properties": {"x": {"$ref": "#/components/schemas/T/properties/name"}}}}}});
        run("spec.yaml", &mut doc, &mut Vec::new()).expect("lowers");
        assert_eq!(doc["components"]["schemas"]["U"]["properties"]["x"]["$ref"], "#/components/schemas/T-name");
        assert_eq!(doc["components"]["schemas"]["T-name"]["type"], "string");
    }
}
