//! The crates decide: what is told of code is as grave as what happens to the code.
//!
//! For: the rules say what changed in a document, and may be wrong about what the generator makes of it. The two models of
//! the crate are not: what a program can see of them, and what it means on the wire, either stayed, grew or broke.

use super::levels::Level;
use super::reach::Compared;
use super::rules::*;
use super::told::{Facts, Told};
use super::words::Words;
use super::{Source, operations, types};
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

/// How many items one message names.
const NAMED: usize = 5;

/// Corrects the levels by what became of the crate, and tells what no rule has told.
pub fn run(told: &mut Vec<Told>, difference: &Difference, old: &Source, new: &Source, compared: &Compared) {
    let is_of = |rules: &[&Rule], told: &Told| rules.contains(&told.rule);
    let most = match (difference.breaks(), difference.is_empty()) {
        (true, _) => Level::Breaking,
        (false, false) => Level::Additive,
        (false, true) => Level::Docs,
    };
    // Nothing is called otherwise where nothing broke.
    told.retain(|told| most == Level::Breaking || !is_of(&[&TYPE_RENAMED, &CHOICE_VARIANT_RENAMED], told));
    for told in told.iter_mut() {
        if !is_of(&OF_THE_SERVICE, told) && !is_of(&ALSO_OF_THE_SERVICE, told) {
            told.level = told.level.min(most);
        }
    }
    let lost = Lost::of(told, old, &compared.places);
    told.retain(|told| told.rule != &TYPE_REMOVED || told.facts.types.iter().any(|name| lost.kept.contains(name)));
    let mut known = Facts { types: lost.types, ..Facts::default() };
    for told in told.iter().filter(|told| told.level == Level::Breaking && !is_of(&OF_THE_SERVICE, told)) {
        known.extend(told.facts.clone());
    }
    let calls = calls(old, new, compared);
    let broken = difference.gone.iter().chain(&difference.changed);
    let untold: Vec<&Named> = broken.filter(|item| !is_told(item, &known, &calls)).collect();
    let tell = |items: &[&Named], level, one: &str, many: &str| {
        let mut words = Words::about(String::new(), one, many).of("").single();
        words.names = types_of(items);
        Told::of_the_crate(&PUBLIC_API_CHANGED, level, words)
    };
    if !untold.is_empty() {
        let (one, many) =
            ("the crate has {} no more, or as something else", "the crate has {} no more, or as something else");
        told.push(tell(&untold, Level::Breaking, one, many));
    } else if most == Level::Additive && !told.iter().any(|told| told.level >= Level::Additive) {
        let added: Vec<&Named> = difference.added.iter().take(NAMED).collect();
        told.push(tell(&added, Level::Additive, "the crate has {} more", "the crate has {} more"));
    }
    told.sort_by_key(|told| (std::cmp::Reverse(told.level), !is_host(told)));
}

/// The items, without those inside a type that is named itself.
fn types_of(items: &[&Named]) -> Vec<String> {
    let whole: HashSet<&str> = items.iter().map(|item| item.path.as_str()).collect();
    let inside = |path: &str| {
        type_of(path)
            .is_some_and(|name| path != format!("types::{name}") && whole.contains(format!("types::{name}").as_str()))
    };
    items.iter().filter(|item| !inside(&item.path)).map(|item| item.path.clone()).collect()
}

/// Who is given a credential stands before all else.
fn is_host(told: &Told) -> bool {
    [&HOST_ADDED, &HOST_CHANGED].contains(&told.rule)
}

/// The type that an item is, or is a part of.
fn type_of(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("types::")?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    Some(&rest[..end])
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
