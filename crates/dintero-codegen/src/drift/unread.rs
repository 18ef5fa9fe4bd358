//! Keywords that the generator makes nothing of, and that the passes leave out before the schemas are walked.
//!
//! For: `drift` promises that nothing of a document changes in silence. They are compared wherever they stand, so that a
//! schema that only moved is none that changed.

use super::levels::{Level, Side};
use super::rules::{DETAIL_CHANGED, EXTENSION_CHANGED};
use super::{Change, Source};
use crate::document::at;
use crate::gate::places::{Keys, below};
use crate::gate::text::code;
use crate::lock::canonical;
use crate::model::Change as Ignored;
use serde_json::Value;
use std::collections::BTreeMap;

/// How many of them are told.
const TOLD: usize = 20;

const KEYWORDS: [&str; 19] = [
    "$comment",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "externalDocs",
    "if",
    "maxContains",
    "minContains",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// What no rule reads of two documents; what is told already is left out.
pub fn run(service: &str, old: &Source, new: &Source, changes: &mut Vec<Change>) {
    marks(service, &old.ignored, &new.ignored, changes);
    keywords(service, &old.published, &new.published, changes);
}

/// Marks that only an overlay may set change nothing; that a document tries to is to be seen.
fn marks(service: &str, old: &[Ignored], new: &[Ignored], changes: &mut Vec<Change>) {
    let come = new.iter().filter(|mark| !old.contains(mark)).map(|mark| (mark, "is new"));
    let gone = old.iter().filter(|mark| !new.contains(mark)).map(|mark| (mark, "is gone"));
    changes.extend(come.chain(gone).map(|(mark, what)| Change {
        service: service.to_string(),
        rule: EXTENSION_CHANGED.id,
        level: Level::Docs,
        side: Side::Both,
        pointer_old: mark.pointer.clone(),
        pointer_new: mark.pointer.clone(),
        operations: Vec::new(),
        message: format!("{what}: {}", mark.what),
    }));
}

/// What came and went of them in two documents as they were published.
fn keywords(service: &str, old: &Value, new: &Value, changes: &mut Vec<Change>) {
    let (mut before, mut after) = (Found::new(), Found::new());
    collect(old, String::new(), Keys::Keywords, &mut before);
    collect(new, String::new(), Keys::Keywords, &mut after);
    let gone = only(&before, &after).map(|(key, pointer)| (key, pointer, "is gone or another"));
    let come = only(&after, &before).map(|(key, pointer)| (key, pointer, "is new or another"));
    let mut found: Vec<Change> = Vec::new();
    for (key, pointer, what) in gone.chain(come) {
        let known = |list: &[Change]| list.iter().any(|c| c.pointer_new == pointer || c.pointer_old == pointer);
        if found.len() < TOLD && !known(changes) && !known(&found) {
            found.push(Change {
                service: service.to_string(),
                rule: DETAIL_CHANGED.id,
                level: Level::Docs,
                side: Side::Both,
                pointer_old: pointer.clone(),
                pointer_new: pointer,
                operations: Vec::new(),
                message: format!("{} {what}; the crate makes nothing of it", code(key)),
            });
        }
    }
    changes.extend(found);
}

/// By keyword and value, the places.
type Found<'a> = BTreeMap<(&'a str, String), Vec<String>>;

/// Those of which one has more than the other.
fn only<'a>(these: &'a Found<'_>, those: &'a Found<'_>) -> impl Iterator<Item = (&'a str, String)> {
    these.iter().filter_map(|((key, value), places)| {
        let others = those.get(&(*key, value.clone())).map_or(0, Vec::len);
        places.get(others).map(|place| (*key, place.clone()))
    })
}

fn collect<'a>(value: &'a Value, pointer: String, keys: Keys, found: &mut Found<'a>) {
    match value {
        Value::Object(map) => {
            for (key, child) in map {
                let here = at(&pointer, key);
                if keys == Keys::Keywords && KEYWORDS.contains(&key.as_str()) {
                    found.entry((key, canonical(child))).or_default().push(here.clone());
                }
                if let Some(keys) = below(keys, key) {
                    collect(child, here, keys, found);
                }
            }
        }
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(i, child)| collect(child, at(&pointer, i.to_string()), Keys::Keywords, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_crate_makes_nothing_of_is_told_once_and_not_when_it_only_moved() {
        let told = |old: Value, new: Value| {
            let mut changes = Vec::new();
            keywords("", &old, &new, &mut changes);
            changes.into_iter().map(|change| change.pointer_new).collect::<Vec<_>>()
        };
        let schema =
            |contains: Value| json!({"components": {"schemas": {"A": {"type": "array", "contains": contains}}}});
        let place = "/components/schemas/A/contains";
        assert_eq!(told(schema(json!({"type": "string"})), schema(json!({"type": "integer"}))), [place]);
        let moved = json!({"components": {"schemas": {"B": {"contains": {"type": "string"}}}}});
        assert!(told(schema(json!({"type": "string"})), moved).is_empty());
        let named = |value: Value| json!({"components": {"schemas": {"if": value}}});
        assert!(told(named(json!({"type": "string"})), named(json!({"type": "integer"}))).is_empty());
    }
}
