//! The crates decide: what is told of code is as grave as what happens to the code.
//!
//! For: the rules say what changed in a document, and may be wrong about what the generator makes of it. The two models of
//! the crate are not: what a program can see of them, and what it means on the wire, either stayed, grew or broke.

use super::items::type_of;
use super::levels::Level;
use super::reach::Compared;
use super::rules::*;
use super::told::{Facts, Told};
use super::{Source, items, operations, types};
use crate::api::surface::{Difference, Named};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Of the service alone: who is let in, where calls go, what may be sent twice, what it takes. The crate can be the same.
const OF_THE_SERVICE: [&Rule; 17] = [
    &AUTH_ADDED,
    &AUTH_REMOVED,
    &AUTH_REQUIRED,
    &AUTH_LIFTED,
    &SCOPE_ADDED,
    &SCOPE_REMOVED,
    &HOST_ADDED,
    &HOST_CHANGED,
    &SERVER_CHANGED,
    &TEST_SERVER_ADDED,
    &TEST_SERVER_CHANGED,
    &GUARD_LOST,
    &RETRY_CHANGED,
    &LIMIT_TIGHTENED,
    &PATTERN_CHANGED,
    &FORMAT_TIGHTENED,
    &PUBLIC_API_CHANGED,
];

/// Of the service too: what it asks for now, whether or not the crate shows it.
const ALSO_OF_THE_SERVICE: [&Rule; 7] = [
    &PARAMETER_BECAME_REQUIRED,
    &PARAMETER_BECAME_OPTIONAL,
    &REQUIRED_PARAMETER_ADDED,
    &REQUIRED_REQUEST_BODY_ADDED,
    &REQUEST_BODY_BECAME_REQUIRED,
    &REQUEST_BODY_BECAME_OPTIONAL,
    &OPERATION_MOVED,
];

/// Rules whose old place is what is gone, or what was there before another thing.
const TAKE_AWAY: [&Rule; 15] = [
    &OPERATION_REMOVED,
    &PARAMETER_REMOVED,
    &REQUEST_BODY_REMOVED,
    &REQUEST_MEDIA_TYPE_CHANGED,
    &RETURN_TYPE_CHANGED,
    &STATUS_VARIANT_REMOVED,
    &RESPONSE_MEDIA_TYPE_CHANGED,
    &TYPE_CHANGED,
    &REFERENCE_CHANGED,
    &TYPE_REMOVED,
    &PROPERTY_REMOVED,
    &CHOICE_VARIANT_REMOVED,
    &EXTRA_FIELDS_REMOVED,
    &DISCRIMINATOR_CHANGED,
    &PARAMETER_STYLE_CHANGED,
];

/// Corrects the levels by what became of the crate, and tells what no rule has told.
pub fn run(told: &mut Vec<Told>, difference: &Difference, old: &Source, new: &Source, compared: &Compared) {
    let is_of = |rules: &[&Rule], told: &Told| rules.contains(&told.rule);
    let most = match (difference.breaks(), difference.added.is_empty()) {
        (true, _) => Level::Breaking,
        (false, false) => Level::Additive,
        (false, true) => Level::Docs,
    };
    // Nothing is called otherwise where nothing broke.
    told.retain(|told| most == Level::Breaking || told.rule != &TYPE_RENAMED);
    for told in told.iter_mut() {
        if !is_of(&OF_THE_SERVICE, told) && !is_of(&ALSO_OF_THE_SERVICE, told) {
            told.level = told.level.min(most);
        }
    }
    loses_default(told, difference);
    let lost = Lost::of(told, old, &compared.places);
    told.retain(|told| told.rule != &TYPE_REMOVED || told.facts.types.iter().any(|name| lost.kept.contains(name)));
    let mut known = Facts { types: lost.types, ..Facts::default() };
    for told in told.iter().filter(|told| told.level == Level::Breaking && !is_of(&OF_THE_SERVICE, told)) {
        known.extend(told.facts.clone());
    }
    let calls = calls(old, new, compared);
    let sides = items::Sides { old, new, compared, calls: &calls };
    let broken = difference.gone.iter().chain(&difference.changed);
    let untold: Vec<&Named> = broken.filter(|item| !is_told(item, &known, &calls)).collect();
    if !untold.is_empty() {
        told.extend(items::told(&untold, Level::Breaking, false, &sides));
    } else if most == Level::Additive && !told.iter().any(|told| told.level >= Level::Additive) {
        let added: Vec<&Named> = difference.added.iter().collect();
        told.extend(items::told(&added, Level::Additive, true, &sides));
    }
    // A word that hid a value is gone: the keyword's own rule has told it, at its place.
    let guards: BTreeSet<&String> =
        told.iter().filter(|told| told.rule == &GUARD_LOST).flat_map(|told| &told.facts.types).collect();
    let is_told = |item: &&Named| type_of(&item.path).is_some_and(|name| guards.contains(&name.to_string()));
    let shown: Vec<&Named> = difference.shown.iter().filter(|item| !is_told(item)).collect();
    let shown = items::shown(&shown, &sides);
    told.extend(shown);
    told.sort_by_key(|told| (std::cmp::Reverse(told.level), !is_host(told)));
}

/// A type that is only read and had no required field is made by `default()`; with one, that does not compile.
fn loses_default(told: &mut [Told], difference: &Difference) {
    let lost = |name: &String| difference.gone.iter().any(|item| item.path == format!("types::{name}: Default"));
    for told in told.iter_mut().filter(|told| told.rule == &REQUIRED_PROPERTY_ADDED && told.level < Level::Breaking) {
        if told.facts.types.iter().any(lost) {
            told.level = Level::Breaking;
            told.words.add("; there is no `default()` of the type any more");
        }
    }
}

/// Who is given a credential stands before all else.
fn is_host(told: &Told) -> bool {
    [&HOST_ADDED, &HOST_CHANGED].contains(&told.rule)
}

/// Operations by what the surface has of them, as they are named in a report.
fn calls(old: &Source, new: &Source, compared: &Compared) -> HashMap<String, String> {
    let mut out = HashMap::new();
    for op in operations::operations(new).into_iter().chain(operations::operations(old)) {
        if let Some(made) = op.made {
            let label = op.label();
            let label = compared.operations.get(&label).unwrap_or(&label);
            for item in [made.call(), format!("operations::{}", made.constant())] {
                out.entry(item).or_insert_with(|| label.clone());
            }
        }
    }
    out
}

/// Whether a change accounts for the item: for the type that it is a part of, or for the operation that it belongs to.
fn is_told(item: &Named, known: &Facts, calls: &HashMap<String, String>) -> bool {
    let of_type = type_of(&item.path).is_some_and(|name| known.types.contains(name));
    let mut operations = item.operations.iter().chain([&item.path]).filter_map(|call| calls.get(call));
    of_type || operations.any(|label| known.operations.contains(label))
}

/// Types of the old document that are gone with what had them.
struct Lost {
    types: BTreeSet<String>,
    /// Types whose end is a change of its own, since nothing else took them away.
    kept: BTreeSet<String>,
}

impl Lost {
    fn of(told: &[Told], old: &Source, compared: &HashSet<String>) -> Self {
        let takes = |told: &&Told| TAKE_AWAY.contains(&told.rule) && told.level == Level::Breaking;
        let (own, others): (Vec<&Told>, Vec<&Told>) = told.iter().filter(takes).partition(|t| t.rule == &TYPE_REMOVED);
        let below = |told: &[&Told]| {
            let places = told.iter().flat_map(|told| &told.places).map(|place| place.old.clone()).collect();
            types::below(old, places, compared)
        };
        let mut types = below(&others);
        let mut kept = BTreeSet::new();
        let mut roots: Vec<(&Told, BTreeSet<String>)> = Vec::new();
        let named = |told: &Told, types: &BTreeSet<String>| told.facts.types.iter().any(|name| types.contains(name));
        for told in own {
            let is_compared = told.places.iter().any(|place| compared.contains(&place.old));
            if is_compared {
                kept.extend(told.facts.types.iter().cloned());
            } else if !named(told, &types) && !roots.iter().any(|(_, types)| named(told, types)) {
                let whole = below(&[told]);
                roots.retain(|(other, _)| !named(other, &whole));
                roots.push((told, whole));
            }
        }
        for (told, whole) in roots {
            kept.extend(told.facts.types.iter().cloned());
            types.extend(whole);
        }
        Self { types, kept }
    }
}
