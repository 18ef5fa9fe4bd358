//! Components get the name of their Rust type: `HMAC-SHA1` -> `HmacSha1`, distinct from each other.
//!
//! For: typify turns two components that differ only in case or sign into two types of one name.

use super::schema::{Form, form, reference, walk_mut};
use crate::document::component_of;
use crate::gate::marks;
use crate::model::Service;
use crate::names::short_type_name;
use crate::names_lock::Names;
use indexmap::IndexMap;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};

pub const PASS: &str = "component_names";

/// The type of each component, by its published name.
fn rust_names<'a>(
    published: impl Iterator<Item = (&'a str, &'a Value)>,
    locked: &BTreeMap<String, String>,
) -> IndexMap<String, String> {
    let (mut taken, mut numbers) = (HashSet::new(), HashMap::new());
    let mut names = IndexMap::new();
    let (known, published): (Vec<_>, Vec<_>) = published.partition(|(name, _)| locked.contains_key(*name));
    for (name, _) in known {
        let new = locked.get(name).cloned().unwrap_or_default();
        taken.insert(new.clone());
        names.insert(name.to_string(), new);
    }
    // What is locked keeps its name. Of the others, whoever is called so already has it; the others by name, not by the document's order.
    let mut published: Vec<(&str, &Value)> = published;
    published.sort_by_key(|(name, _)| (short_type_name(name) != **name, *name));
    for (name, schema) in published {
        let new = free(&short_type_name(name), schema, &taken, &mut numbers);
        taken.insert(new.clone());
        names.insert(name.to_string(), new);
    }
    names
}

pub fn run(service: &mut Service, names: &Names) {
    let all = service.schemas.iter().map(|(name, schema)| (name.as_str(), schema));
    let renamed = rust_names(all, &names.components);
    let (mut schemas, mut origins) = (IndexMap::new(), IndexMap::new());
    for (name, schema) in std::mem::take(&mut service.schemas) {
        let (base, new) = (short_type_name(&name), renamed.get(&name).cloned().unwrap_or_default());
        if base != new {
            let what = format!("`{name}` and another component are both `{base}` in Rust; it became `{new}`");
            service.warn(PASS, service.origin(&name), what);
        }
        let pointer = service.origin(&name);
        if name != new {
            service.note(PASS, pointer.clone(), format!("`{name}` is `{new}` in Rust"));
        }
        origins.insert(new.clone(), pointer);
        schemas.insert(new, schema);
    }
    service.schemas = schemas;
    service.origins = origins;
    service.roots_mut(|root, schema| {
        walk_mut(schema, &root.pointer, &mut |_, s| {
            let Some(map) = s.as_object_mut() else { return };
            if let Some(name) = map.get("$ref").and_then(|r| r.as_str()).and_then(component_of)
                && let Some(new) = renamed.get(&name)
            {
                *s = reference(new);
            } else if let Some(mapping) = map.get_mut("discriminator").and_then(|d| d.get_mut("mapping"))
                && let Some(mapping) = mapping.as_object_mut()
            {
                for target in mapping.values_mut() {
                    let Some(text) = target.as_str() else { continue };
                    let name = component_of(text).unwrap_or_else(|| text.to_string());
                    if let Some(new) = renamed.get(&name) {
                        *target = new.clone().into();
                    }
                }
            }
        });
    });
    // What the document calls it is what a discriminator's value falls back to.
    for (old, new) in &renamed {
        if old != new
            && let Some(map) = service.schemas.get_mut(new).and_then(|s| s.as_object_mut())
        {
            map.entry(marks::PUBLISHED_NAME).or_insert_with(|| old.clone().into());
        }
    }
}

/// The name, or what tells this one from the other: what kind of schema it is, a number if nothing else does.
/// `numbers` has the one that is looked at next, for each name that many have.
pub fn free(base: &str, schema: &Value, taken: &HashSet<String>, numbers: &mut HashMap<String, usize>) -> String {
    let kind = match form(schema) {
        Form::Enum => "Value",
        Form::Choice => "Choice",
        Form::Array => "List",
        Form::Map => "Map",
        Form::String => "Text",
        Form::Integer | Form::Number => "Number",
        Form::Boolean => "Flag",
        _ => "Object",
    };
    let mut words = ["", kind, "Details", "Body"].into_iter().map(|word| short_type_name(&format!("{base}{word}")));
    if let Some(free) = words.find(|name| !taken.contains(name)) {
        return free;
    }
    let next = numbers.entry(base.to_string()).or_insert(2);
    while taken.contains(&format!("{base}{next}")) {
        *next += 1;
    }
    format!("{base}{next}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_that_meet_in_rust_stay_apart() {
        let mut service = Service {
            schemas: [
                ("Foo-Bar".to_string(), json!({"properties": {"x": {"$ref": "#/components/schemas/fooBar"}}})),
                ("fooBar".to_string(), json!({"type": "string"})),
            ]
            .into_iter()
            .collect(),
            ..Service::default()
        };
        run(&mut service, &Names::default());
        assert_eq!(service.schemas.keys().collect::<Vec<_>>(), ["FooBar", "FooBarText"]);
        assert_eq!(service.schemas["FooBar"]["properties"]["x"]["$ref"], "#/components/schemas/FooBarText");
        assert!(service.changes.iter().any(|c| c.warning && c.what.contains("`fooBar`")));
    }
}
