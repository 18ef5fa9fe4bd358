//! The crates decide: what is told of code is as grave as what happens to the code. This is the one place for that.
//!
//! For: the rules say what changed in a document, and may be wrong about what the generator makes of it. The two models of
//! the crate are not: what a program can see of them, and what it means on the wire, either stayed, grew or broke. So the
//! walk gives words and places, and no change of code is graver than what became of the crates. One is told as milder than
//! its rule by the items that it accounts for, as long as everything that broke keeps a cause; what broke and has none is
//! told as `public-api-changed`. Only what the service alone decides (`OF_THE_SERVICE`) has the level of its rule.

use super::items::type_of;
use super::levels::Level;
use super::reach::Compared;
use super::rules::*;
use super::told::{Facts, Told};
use super::{Source, items, operations, types};
use crate::api::surface::{Difference, Named, with_names};
use crate::document::{at, lookup, steps};
use serde_json::Value;
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
    told.retain(|told| most == Level::Breaking || !is_of(&[&TYPE_RENAMED, &CHOICE_VARIANT_RENAMED], told));
    loses_default(told, difference);
    let calls = calls(old, new, compared);
    let sides = items::Sides { old, new, compared, calls: &calls };
    let one_name = OneName::of(&sides);
    // Whoever is milder for it must leave nothing without a cause: what an item belongs to is not always known.
    let mut milder = told.clone();
    keep_to_items(&mut milder, most, difference, &sides, &one_name);
    for told in told.iter_mut().filter(|told| !is_of(&OF_THE_SERVICE, told) && !is_of(&ALSO_OF_THE_SERVICE, told)) {
        keep_to(told, most);
    }
    if untold(&mut milder, difference, &sides, &one_name).is_empty() {
        *told = milder;
    }
    let untold = untold(told, difference, &sides, &one_name);
    if !untold.is_empty() {
        told.extend(items::told(&untold, Level::Breaking, false, &sides));
    } else if most == Level::Additive
        && !error_types(told, difference, new)
        && !told.iter().any(|told| told.level >= Level::Additive)
    {
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

/// One type of several names is told by any of them.
struct OneName<'a> {
    groups: Vec<&'a BTreeSet<String>>,
}

impl<'a> OneName<'a> {
    fn of(sides: &items::Sides<'a>) -> Self {
        Self { groups: sides.old.surface.twins().iter().chain(sides.new.surface.twins()).collect() }
    }

    /// With every name of each of the types.
    fn extend(&self, types: &mut BTreeSet<String>) {
        for twins in &self.groups {
            if twins.iter().any(|name| types.contains(name)) {
                types.extend(twins.iter().cloned());
            }
        }
    }

    /// The first name of each of the types, by all of them.
    fn of_types(&self, types: &BTreeSet<String>) -> HashMap<String, String> {
        let known = self.groups.iter().filter(|twins| twins.iter().any(|name| types.contains(name)));
        let first = |twins: &BTreeSet<String>| twins.first().cloned().unwrap_or_default();
        known.flat_map(|twins| twins.iter().map(|name| (name.clone(), first(twins)))).collect()
    }
}

/// What broke without a change that accounts for it. Types that are gone with what had them are no change of their own.
fn untold<'a>(
    told: &mut Vec<Told>,
    difference: &'a Difference,
    sides: &items::Sides<'_>,
    one_name: &OneName<'_>,
) -> Vec<&'a Named> {
    let (old, new) = (sides.old, sides.new);
    let lost = Lost::of(told, old, &sides.compared.places);
    told.retain(|told| told.rule != &TYPE_REMOVED || told.facts.types.iter().any(|name| lost.kept.contains(name)));
    let mut known = Facts { types: lost.types, ..Facts::default() };
    for told in told.iter().filter(|told| told.level == Level::Breaking && !OF_THE_SERVICE.contains(&told.rule)) {
        known.extend(told.facts.clone());
        known.types.extend(named_for(told, old, new));
    }
    one_name.extend(&mut known.types);
    // Where twins part, whoever has a field of the type has it under another name.
    let parted = one_name.of_types(&known.types);
    let only_parts = |item: &Named| match &item.now {
        Some((now, wire)) => *wire == item.wire && with_names(now, &parted) == with_names(&item.signature, &parted),
        None => false,
    };
    let inside = Inside::of(told, old);
    let broken = difference.gone.iter().chain(&difference.changed);
    broken.filter(|item| !is_told(item, &known, sides) && !only_parts(item) && !inside.has(item, sides)).collect()
}

fn keep_to(told: &mut Told, level: Level) {
    if told.level > level {
        told.level = level;
        if level == Level::Docs {
            told.words.add("; the crate stays as it is");
        }
    }
}

/// No change of code is graver than what became of the items that it accounts for.
fn keep_to_items(
    told: &mut [Told],
    most: Level,
    difference: &Difference,
    sides: &items::Sides<'_>,
    one_name: &OneName<'_>,
) {
    let owners = |items: &mut dyn Iterator<Item = &Named>| {
        let mut owners = Facts::default();
        for item in items {
            owners.types.extend(type_of(&item.path).map(|name| sides.type_of(name).to_string()));
            let calls = item.operations.iter().chain([&item.path]).filter_map(|call| sides.calls.get(call));
            owners.operations.extend(calls.cloned());
        }
        one_name.extend(&mut owners.types);
        owners
    };
    let broke = owners(&mut difference.gone.iter().chain(&difference.changed));
    let came = owners(&mut difference.added.iter());
    let has = |owners: &Facts, facts: &Facts| {
        !owners.types.is_disjoint(&facts.types) || !owners.operations.is_disjoint(&facts.operations)
    };
    for told in told.iter_mut() {
        if OF_THE_SERVICE.contains(&told.rule) || ALSO_OF_THE_SERVICE.contains(&told.rule) {
            continue;
        }
        let is_loose = told.facts.types.is_empty() && told.facts.operations.is_empty();
        let level = match told.level {
            Level::Breaking if is_loose || has(&broke, &told.facts) => most,
            Level::Breaking if has(&came, &told.facts) => most.min(Level::Additive),
            Level::Breaking if most == Level::Breaking => Level::Docs,
            _ => most,
        };
        keep_to(told, level);
    }
}

/// Types of an operation that are called after its method: they have another name where the method has.
fn named_for<'a>(told: &Told, old: &'a Source, new: &'a Source) -> Vec<String> {
    let moves = [&OPERATION_MOVED, &METHOD_RENAMED].contains(&told.rule);
    let of = |place: &str| place.trim_end_matches("/operationId").to_string();
    let places = told.places.iter().filter(|_| moves).map(|place| of(&place.old));
    places.flat_map(|place| old.types.named_for(&place, &new.types).cloned().collect::<Vec<_>>()).collect()
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
fn is_told(item: &Named, known: &Facts, sides: &items::Sides<'_>) -> bool {
    let of_type = type_of(&item.path).is_some_and(|name| known.types.contains(sides.type_of(name)));
    let mut operations = item.operations.iter().chain([&item.path]).filter_map(|call| sides.calls.get(call));
    of_type || operations.any(|label| known.operations.contains(label))
}

/// Where in the old document something broke: a type that is described around it is accounted for.
struct Inside<'a> {
    old: &'a Source,
    places: BTreeSet<String>,
}

impl<'a> Inside<'a> {
    fn of(told: &[Told], old: &'a Source) -> Self {
        let broke = |told: &&Told| told.level == Level::Breaking && !OF_THE_SERVICE.contains(&told.rule);
        let places = told.iter().filter(broke).flat_map(|told| &told.places).map(|place| place.old.clone()).collect();
        Self { old, places }
    }

    fn has(&self, item: &Named, sides: &items::Sides<'_>) -> bool {
        let Some(name) = type_of(&item.path) else { return false };
        // An allOf is put together before types are made of it.
        let origins = through_all_of(&self.old.doc, &self.old.service.converted_origin(sides.type_of(name)));
        origins.iter().any(|origin| {
            let mut near = self.places.range(origin.clone()..).take_while(|place| place.starts_with(origin));
            near.any(|place| matches!(place.as_bytes().get(origin.len()), None | Some(b'/')))
        })
    }
}

/// The places of a document that a pointer into its merged form means: through references, and into members of allOf.
fn through_all_of(doc: &Value, pointer: &str) -> BTreeSet<String> {
    let mut here: BTreeSet<String> = around(doc, BTreeSet::from([String::new()]));
    for step in steps(pointer) {
        let step = [step];
        let has = |place: &&String| lookup(doc, &steps(place)).is_some_and(|value| lookup(value, &step).is_some());
        let next = here.iter().filter(has).map(|place| at(place, &step[0])).collect();
        here = around(doc, next);
    }
    here
}

/// These places, and those that describe the same value: what is referred to, and the members of an allOf or anyOf.
fn around(doc: &Value, places: BTreeSet<String>) -> BTreeSet<String> {
    let (mut open, mut seen) = (places, BTreeSet::new());
    while let Some(place) = open.pop_first() {
        let Some(value) = lookup(doc, &steps(&place)).filter(|_| seen.insert(place.clone())) else { continue };
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let path = steps(reference.trim_start_matches('#'));
            open.insert(path.iter().fold(String::new(), |pointer, step| at(&pointer, step)));
        }
        // Objects of an anyOf are one object with the fields of all.
        for key in ["allOf", "anyOf"] {
            let members = value.get(key).and_then(Value::as_array).map_or(0, Vec::len);
            open.extend((0..members).map(|i| at(&at(&place, key), i.to_string())));
        }
    }
    seen
}

/// A failure that came, or came to have a body, is only told, but for the type of that body. Whether there is one.
fn error_types(told: &mut [Told], difference: &Difference, new: &Source) -> bool {
    let mut all: Vec<(String, &str)> = Vec::new();
    for item in &difference.added {
        if let Some(name) = type_of(&item.path).filter(|name| item.path == format!("types::{name}")) {
            all.push((new.service.converted_origin(name), name));
        }
    }
    let mut any = false;
    let is_failure = |told: &&mut Told| [&ERROR_STATUS_ADDED, &ERROR_BODY_CHANGED].contains(&told.rule);
    for told in told.iter_mut().filter(is_failure) {
        let is_inside = |origin: &str| told.places.iter().any(|place| origin.starts_with(&format!("{}/", place.new)));
        if let Some((_, name)) = all.iter().find(|(origin, _)| is_inside(origin)) {
            told.level = Level::Additive;
            told.words.add(&format!("; its body has a type of its own, `{name}`"));
            any = true;
        }
    }
    any
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
