//! Names of public types: what the generator calls them, and which of them are gone.

use super::Source;
use super::operations::Op;
use super::rules::*;
use super::site::Reader;
use super::walk::{To, Walk};
use super::words::Words;
use crate::document::at;
use crate::lower::references::component_of;
use crate::lower::schema::references_of;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The public types of a crate.
#[derive(Debug, Default)]
pub struct Types {
    /// By the component's name in the document: the Rust type, also where that is a second name of another type.
    of_component: BTreeMap<String, String>,
    /// Every type's name; for a second name, the first.
    all: BTreeMap<String, String>,
    /// The types of schemas that stand in place, by their pointer.
    in_place: BTreeMap<String, String>,
    /// Every place with each of its types: a choice and its variants may have one.
    by_place: BTreeSet<(String, String)>,
    /// The type of places that have that of another place.
    twins: HashMap<String, String>,
}

impl Types {
    pub fn of(doc: &Value, service: &crate::model::Service) -> Self {
        let mut out = Self::default();
        let reader = Reader::new(doc);
        let made = service.schemas.keys().chain(service.open_enums.keys()).chain(service.unions.keys());
        out.all = made.map(|name| (name.clone(), name.clone())).collect();
        out.all.extend(service.aliases.iter().map(|(name, first)| (name.clone(), first.clone())));
        for name in out.all.keys() {
            let pointer = service.converted_origin(name);
            match component_of(&format!("#{pointer}")) {
                Some(component) => drop(out.of_component.insert(component, name.clone())),
                None => {
                    let place = reader.settle(&pointer);
                    out.by_place.insert((place.clone(), name.clone()));
                    out.in_place.insert(place, name.clone());
                }
            }
        }
        let twins = service.twins.iter().filter(|(_, name)| out.all.contains_key(name));
        out.twins = twins.map(|(pointer, name)| (reader.settle(pointer), name.clone())).collect();
        out
    }
}

impl Types {
    /// The Rust type of a schema, also where that is named for another place.
    pub fn of_place(&self, pointer: &str) -> Option<&str> {
        self.at(pointer).or_else(|| self.twins.get(pointer).map(String::as_str))
    }

    /// The types in place somewhere inside of a place that another crate has no more.
    pub fn named_for<'a>(&'a self, place: &str, new: &'a Types) -> impl Iterator<Item = &'a String> {
        let inner = format!("{place}/");
        let from = self.by_place.range((inner.clone(), String::new())..);
        let inside = from.take_while(move |(place, _)| place.starts_with(&inner)).map(|(_, name)| name);
        inside.filter(|name| !new.all.contains_key(*name))
    }

    /// The Rust type of a schema, by its place.
    pub fn at(&self, pointer: &str) -> Option<&str> {
        let component = component_of(&format!("#{pointer}"));
        let of_component = component.and_then(|name| self.of_component.get(&name));
        of_component.or_else(|| self.in_place.get(pointer)).map(String::as_str)
    }

    /// The types that stand in place somewhere inside of a place.
    fn inside(&self, pointer: &str) -> impl Iterator<Item = (&String, &String)> {
        let inner = format!("{pointer}/");
        let from = self.in_place.range(inner.clone()..);
        from.take_while(move |(place, _)| place.starts_with(&inner))
    }
}

/// Whether a reference to the new component is another Rust type than one to the old, both being there.
/// What is gone or new altogether is told of the type, not of each use.
pub fn differ(walk: &Walk<'_>, old: &str, new: &str) -> bool {
    let (before, after) = (&walk.old_source.types, &walk.new_source.types);
    let (Some(was), Some(is)) = (before.of_component.get(old), after.of_component.get(new)) else { return false };
    let stays = after.all.get(was);
    let is_new = !before.all.contains_key(is);
    // Of the same shape, the old name is a second name of the new type, or the other way round.
    let one = stays.is_some() && stays == after.all.get(is);
    stays.map_or(!is_new, |_| !one)
}

/// Tells the public types that got another name, are gone, or came without a use.
pub fn run(walk: &mut Walk<'_>) {
    let (before, after) = (&walk.old_source.types, &walk.new_source.types);
    let component = |name: &str| at("/components/schemas", name);
    // Pairs that stand for each other, by use.
    let mut uses: Vec<(usize, String, String)> = Vec::new();
    for (id, node) in walk.nodes.iter().enumerate() {
        if let (Some(old), Some(new)) = (walk.old.component(&node.old), walk.new.component(&node.new)) {
            uses.push((id, old, new));
        }
    }
    let lost = lost_with_operations(walk);
    let mut renamed_to: BTreeSet<&String> = BTreeSet::new();
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    let mut told: Vec<(usize, String, String, Words)> = Vec::new();
    for (old, was) in &before.of_component {
        if after.all.contains_key(was) {
            continue;
        }
        let new_name = |new: &String| after.of_component.get(new).filter(|is| !before.all.contains_key(*is));
        let pair = uses.iter().filter(|(_, o, _)| o == old).find_map(|(id, _, n)| new_name(n).map(|is| (*id, n, is)));
        match pair {
            Some((id, new, is)) => {
                renamed_to.insert(is);
                renamed.insert(component(old), is.clone());
                told.push((id, component(old), component(new), renamed_to_words(was, is, is, &component(old))));
            }
            None if lost.contains(old) => {}
            None => {
                let words = Words::about(was, "the type {} is gone", "the types {} are gone").of("");
                walk.tell_type(&TYPE_REMOVED, &component(old), "/components/schemas", was, words);
            }
        }
    }
    let mut in_place: BTreeMap<String, usize> = BTreeMap::new();
    for (id, node) in walk.nodes.iter().enumerate() {
        in_place.entry(node.old.pointer()).or_insert(id);
    }
    for (old, was) in &before.in_place {
        let Some((id, node)) = in_place.get(old).and_then(|id| Some((*id, walk.nodes.get(*id)?))) else { continue };
        let new = node.new.pointer();
        // The old name may be a second name of the type, or that of another one now.
        let is_new = |is: &&String| *is != was && after.all.get(was) != Some(*is);
        // It may have become a component.
        let is = after.in_place.get(&new).or_else(|| after.of_component.get(&component_of(&format!("#{new}"))?));
        if let Some(is) = is.filter(is_new).filter(|_| !after.all.contains_key(was)) {
            // What stands in a component is named after it.
            let around = renamed.iter().find(|(component, _)| old.starts_with(&format!("{component}/")));
            let words = match around {
                Some((component, first)) => renamed_to_words(was, is, first, component),
                None => renamed_to_words(was, is, is, old),
            };
            told.push((id, old.clone(), new, words));
        }
    }
    let used = used(walk.new_source, &walk.new, |_| true);
    for (new, is) in &after.of_component {
        if !before.of_component.contains_key(new) && !renamed_to.contains(is) && !used.contains(new) {
            let (one, many) =
                ("the type {} is new; no operation uses it", "the types {} are new; no operation uses them");
            let words = Words::about(is, one, many).of("");
            walk.tell_type(&TYPE_ADDED, "/components/schemas", &component(new), is, words);
        }
    }
    for (id, old, new, words) in told {
        walk.tell(To::Node(id), &TYPE_RENAMED, &old, &new, words);
    }
}

/// One type that has another name, together with those that are named after it.
fn renamed_to_words(was: &str, is: &str, first: &str, around: &str) -> Words {
    let (one, many) =
        (format!("the type {{}} is called `{is}` now"), format!("the types {{}} are called after `{first}` now"));
    Words::about(was, one, many).of("").alike(around)
}

/// Components that only operations used that are gone: told with those.
fn lost_with_operations(walk: &Walk<'_>) -> BTreeSet<String> {
    let gone: BTreeSet<&str> = walk
        .loose
        .iter()
        .filter(|l| l.rule == &OPERATION_REMOVED)
        .filter_map(|l| l.by.as_ref().map(|by| by.operation.as_str()))
        .collect();
    let is_gone = |op: &Op<'_>| gone.contains(op.label().as_str());
    let by_gone = used(walk.old_source, &walk.old, is_gone);
    let by_others = used(walk.old_source, &walk.old, |op| !is_gone(op));
    by_gone.difference(&by_others).cloned().collect()
}

/// The components that the operations reach which are asked for, by method and path.
fn used(source: &Source, reader: &Reader<'_>, wanted: impl Fn(&Op<'_>) -> bool) -> BTreeSet<String> {
    let mut open = Vec::new();
    for op in super::operations::operations(source).iter().filter(|op| wanted(op)) {
        reachable(source, op.value, &mut open);
        reachable(source, &op.item["parameters"], &mut open);
    }
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if seen.insert(name.clone()) {
            references_of(&source.doc["components"]["schemas"][&name], &mut open);
            open.extend(reader.subtypes(&name).iter().cloned());
        }
    }
    seen
}

/// The operations that a type reaches, directly or through others, as they are named in a report.
pub fn reaching(source: &Source, name: &str) -> BTreeSet<String> {
    let origin = source.service.converted_origin(name);
    let around = component_of(&format!("#{}", origin.split('/').take(4).collect::<Vec<_>>().join("/")));
    let reader = Reader::new(&source.doc);
    // Every component that has it, by what refers to what.
    let mut users: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for (user, schema) in source.doc["components"]["schemas"].as_object().into_iter().flatten() {
        let mut used = reader.subtypes(user).to_vec();
        references_of(schema, &mut used);
        for name in used {
            users.entry(name).or_default().push(user);
        }
    }
    let (mut open, mut with): (Vec<String>, BTreeSet<String>) = (around.into_iter().collect(), BTreeSet::new());
    while let Some(name) = open.pop() {
        if with.insert(name.clone()) {
            open.extend(users.get(&name).into_iter().flatten().map(|user| user.to_string()));
        }
    }
    let has = |op: &Op<'_>| {
        let mut names = Vec::new();
        reachable(source, op.value, &mut names);
        reachable(source, &op.item["parameters"], &mut names);
        origin.starts_with(&format!("{}/", op.pointer())) || names.iter().any(|name| with.contains(name))
    };
    super::operations::operations(source).iter().filter(|op| has(op)).map(Op::label).collect()
}

/// The schemas that a part of an operation refers to, also through shared parameters, bodies and answers.
fn reachable(source: &Source, value: &Value, out: &mut Vec<String>) {
    let mut open = vec![value];
    let mut seen = BTreeSet::new();
    while let Some(value) = open.pop() {
        match value {
            Value::Object(map) => {
                let shared = map.get("$ref").and_then(Value::as_str).filter(|r| !r.contains("/schemas/"));
                if let Some(reference) = shared.filter(|r| seen.insert(r.to_string())) {
                    let path = crate::document::steps(reference.trim_start_matches('#'));
                    open.extend(crate::document::lookup(&source.doc, &path));
                }
                map.get("schema").into_iter().for_each(|schema| references_of(schema, out));
                open.extend(map.iter().filter(|(key, _)| *key != "schema").map(|(_, value)| value));
            }
            Value::Array(list) => open.extend(list),
            _ => {}
        }
    }
}

/// The types that these places have, directly or through others, and that have no counterpart in the new document: they
/// are gone with these places.
pub fn below(source: &Source, places: Vec<String>, compared: &HashSet<String>) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let begin: HashSet<String> = places.iter().cloned().collect();
    let (mut open, mut seen) = (places, HashSet::new());
    while let Some(place) = open.pop() {
        let stays = compared.contains(&place);
        if stays && !begin.contains(&place) || !seen.insert(place.clone()) {
            continue;
        }
        out.extend(source.types.at(&place).filter(|_| !stays).map(str::to_string));
        let inside = source.types.inside(&place).filter(|(place, _)| !compared.contains(*place));
        out.extend(inside.map(|(_, name)| name.clone()));
        let path = crate::document::steps(&place);
        let mut references = Vec::new();
        if let Some(value) = crate::document::lookup(&source.doc, &path) {
            every_reference(value, &mut references);
        }
        open.extend(references.into_iter().map(|target| at_reference(&target)));
    }
    out
}

fn at_reference(target: &str) -> String {
    let path = crate::document::steps(target.trim_start_matches('#'));
    path.iter().fold(String::new(), |pointer, step| at(&pointer, step))
}

/// References of any kind, wherever they stand. What only looks like one leads nowhere.
fn every_reference(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            out.extend(map.get("$ref").and_then(Value::as_str).map(str::to_string));
            map.values().for_each(|value| every_reference(value, out));
        }
        Value::Array(list) => list.iter().for_each(|value| every_reference(value, out)),
        _ => {}
    }
}
