//! Keywords that the generator makes nothing of, and that the passes leave out before the schemas are walked.
//!
//! For: `drift` promises that nothing of a document changes in silence. They are compared wherever they stand, so that a
//! schema that only moved is none that changed.

use super::Source;
use super::label::label;
use super::levels::Level;
use super::limits::says_nothing;
use super::rules::{DESCRIPTION_CHANGED, DETAIL_CHANGED, EXTENSION_CHANGED};
use super::told::{Place, Told};
use super::words::Words;
use crate::document::{at, lookup, steps};
use crate::gate::places::{Keys, below};
use crate::gate::text::code;
use crate::lock::canonical;
use crate::model::Change as Ignored;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

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
pub fn run(old: &Source, new: &Source, told: &mut Vec<Told>) {
    marks(&old.ignored, &new.ignored, told);
    let root = (&old.published, &new.published);
    keywords(root, told);
}

/// Marks that only an overlay may set change nothing; that a document tries to is to be seen.
fn marks(old: &[Ignored], new: &[Ignored], told: &mut Vec<Told>) {
    let come = new.iter().filter(|mark| !old.contains(mark)).map(|mark| (mark, "is new"));
    let gone = old.iter().filter(|mark| !new.contains(mark)).map(|mark| (mark, "is gone"));
    told.extend(come.chain(gone).map(|(mark, what)| {
        let place = Place { old: mark.pointer.clone(), new: mark.pointer.clone() };
        Told::at(&EXTENSION_CHANGED, Level::Docs, place, Words::from(format!("a mark {what}: {}", mark.what)))
    }));
}

/// What came and went of them in two documents as they were published.
fn keywords((old, new): (&Value, &Value), told: &mut Vec<Told>) {
    let (mut before, mut after) = (Found::new(), Found::new());
    collect(old, String::new(), Keys::Keywords, &mut before);
    collect(new, String::new(), Keys::Keywords, &mut after);
    let known: HashSet<String> =
        told.iter().flat_map(|told| &told.places).flat_map(|place| [place.old.clone(), place.new.clone()]).collect();
    let (mut gone, mut come) = (only(&before, &after), only(&after, &before));
    // A keyword that is in both at one place has another value there.
    let both: Vec<(String, String)> = gone.iter().filter(|place| come.contains(*place)).cloned().collect();
    gone.retain(|place| !both.contains(place));
    come.retain(|place| !both.contains(place));
    let mut around: HashSet<String> = HashSet::new();
    for (places, what) in [(gone, "is gone"), (both, "changed"), (come, "is new")] {
        for (key, pointer) in places.into_iter().filter(|(_, pointer)| !known.contains(pointer)) {
            let root = if what == "is gone" { old } else { new };
            let of = Some(label(root, &pointer)).filter(|of| !of.is_empty());
            let words = Words::from(format!("{} {what}; the crate makes nothing of it", code(&key)));
            let words = words.of(of.unwrap_or_else(|| "the document".into()));
            let place = Place { old: there(old, &pointer), new: there(new, &pointer) };
            around.extend(pointer.rsplit_once('/').map(|(around, _)| around.to_string()));
            told.push(Told::at(&DETAIL_CHANGED, Level::Docs, place, words));
        }
    }
    descriptions((old, new), &around, told);
}

/// What a pass put into a description of such a keyword is no change of the description.
fn descriptions((old, new): (&Value, &Value), around: &HashSet<String>, told: &mut Vec<Told>) {
    let of = |place: &str| place.strip_suffix("/description").unwrap_or(place).to_string();
    let said = |root: &Value, place: &str| lookup(root, &steps(&at(&of(place), "description"))).cloned();
    told.retain(|told| {
        let from_keyword =
            |place: &Place| around.contains(&of(&place.new)) && said(old, &place.old) == said(new, &place.new);
        told.rule != &DESCRIPTION_CHANGED || !told.places.iter().all(from_keyword)
    });
}

/// The place, or the nearest around it that there is.
fn there(root: &Value, pointer: &str) -> String {
    let mut here = pointer;
    while lookup(root, &steps(here)).is_none() {
        here = here.rsplit_once('/').map_or("", |(around, _)| around);
    }
    here.to_string()
}

/// By keyword and value, the places.
type Found<'a> = BTreeMap<(&'a str, String), Vec<String>>;

/// The keywords and their places, of those of which one has more than the other.
fn only(these: &Found<'_>, those: &Found<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for ((key, value), places) in these {
        let mut others: Vec<&String> = those.get(&(*key, value.clone())).into_iter().flatten().collect();
        // First what stayed where it was; of the rest, as many as there are moved.
        let mut left: Vec<&String> = Vec::new();
        for place in places {
            match others.iter().position(|other| *other == place) {
                Some(at) => drop(others.remove(at)),
                None => left.push(place),
            }
        }
        out.extend(left.into_iter().skip(others.len()).map(|place| (key.to_string(), place.clone())));
    }
    out
}

fn collect<'a>(value: &'a Value, pointer: String, keys: Keys, found: &mut Found<'a>) {
    match value {
        Value::Object(map) => {
            for (key, child) in map {
                let here = at(&pointer, key);
                if keys == Keys::Keywords && KEYWORDS.contains(&key.as_str()) && !says_nothing(key, child) {
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
            let mut told = Vec::new();
            keywords((&old, &new), &mut told);
            told.into_iter().map(|told| told.places[0].new.clone()).collect::<Vec<_>>()
        };
        let schema =
            |contains: Value| json!({"components": {"schemas": {"A": {"type": "array", "contains": contains}}}});
        let place = "/components/schemas/A/contains";
        assert_eq!(told(schema(json!({"type": "string"})), schema(json!({"type": "integer"}))), [place]);
        let moved = json!({"components": {"schemas": {"B": {"contains": {"type": "string"}}}}});
        assert!(told(schema(json!({"type": "string"})), moved).is_empty());
        for key in ["contains", "if", "then", "else", "propertyNames", "dependentRequired", "unevaluatedItems"] {
            let with = json!({"components": {"schemas": {"A": {key: {"x": ["y"]}}}}});
            let without = json!({"components": {"schemas": {"A": {}}}});
            assert_eq!(told(without.clone(), with.clone()), [format!("/components/schemas/A/{key}")]);
            assert_eq!(told(with, without), ["/components/schemas/A"]);
        }
        let named = |value: Value| json!({"components": {"schemas": {"if": value}}});
        assert!(told(named(json!({"type": "string"})), named(json!({"type": "integer"}))).is_empty());
    }
}
