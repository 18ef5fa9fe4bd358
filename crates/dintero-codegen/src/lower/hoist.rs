//! Every object, enum and choice gets one name, and every shape one type.
//!
//! For: typify names inline schemas by title or place, and silently takes the first type of a name for all that follow;
//! and it makes a type for each of the many equal inline schemas.

use super::budget::{Budget, weight};
use super::circles::Circles;
use super::schema::{
    Form, Step, annotations, children_mut, form, is_annotation, reference, referred, walk_mut, walk_outer_mut, wrap,
};
use crate::gate::marks;
use crate::model::{Place, Service};
use crate::names::{short_type_name, singular, type_name};
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

pub const PASS: &str = "hoist";

pub fn run(service: &mut Service, budget: &Budget) {
    substitute_plain_components(service, budget);
    let mut inline: IndexMap<String, Inline> = IndexMap::new();
    service.roots_mut(|root, schema| {
        take_out(schema, &root.pointer, &root.context, root.place == Place::Component, &mut inline);
    });
    for (id, found) in &inline {
        service.schemas.insert(id.clone(), found.schema.clone());
        service.origins.insert(id.clone(), found.pointer.clone());
    }
    let (contexts, shared) = merge_equal(service, inline);
    name_all(service, contexts, &shared);
}

struct Inline {
    schema: Value,
    pointer: String,
    context: Vec<String>,
}

/// A component that is a scalar, an array or a map is written out where it is used: it is no type of its own in Rust.
fn substitute_plain_components(service: &mut Service, budget: &Budget) {
    let is_plain = |schema: &Value| {
        referred(schema).is_some()
            || matches!(
                form(schema),
                Form::Array | Form::Map | Form::String | Form::Integer | Form::Number | Form::Boolean | Form::Any
            )
    };
    let mut plain: IndexMap<String, Value> =
        service.schemas.iter().filter(|(_, s)| is_plain(s)).map(|(k, v)| (k.clone(), v.clone())).collect();
    // One that contains itself stays a type.
    let circles = Circles::of(&plain);
    plain.retain(|name, _| !circles.is_on_one(name));
    if plain.is_empty() {
        return;
    }
    service.roots_mut(|root, schema| {
        let outside = depth(&root.pointer);
        walk_outer_mut(schema, &root.pointer, &mut |pointer, s| {
            if budget.is_shallow((depth(pointer) - outside) / 2, pointer) {
                write_out(s, pointer, &plain, budget, 0);
            }
        });
    });
    service.schemas.retain(|name, _| !plain.contains_key(name));
    for name in plain.keys() {
        service.note(PASS, service.origin(name), "is no object, so it is written out where it is used");
    }
}

fn depth(pointer: &str) -> usize {
    pointer.bytes().filter(|b| *b == b'/').count()
}

/// What is inside is written out when the walk comes to it.
fn write_out(schema: &mut Value, pointer: &str, plain: &IndexMap<String, Value>, budget: &Budget, names: usize) {
    let Some(target) = referred(schema).and_then(|name| plain.get(&name)) else { return };
    if !(budget.is_shallow(names, pointer) && budget.spend(weight(target), pointer)) {
        return;
    }
    let here = annotations(schema);
    let mut out = target.clone();
    write_out(&mut out, pointer, plain, budget, names + 1);
    if let Some(map) = out.as_object_mut() {
        let there = map.get("description").and_then(Value::as_str).unwrap_or_default().to_string();
        let mine = here.get("description").and_then(Value::as_str).unwrap_or_default().to_string();
        map.extend(here);
        if !there.is_empty() && !mine.is_empty() && !mine.contains(&there) {
            map.insert("description".into(), format!("{mine}\n\n{there}").into());
        } else if mine.is_empty() && !there.is_empty() {
            map.insert("description".into(), there.into());
        }
        map.shift_remove(marks::PUBLISHED_NAME);
    }
    *schema = out;
}

/// Replaces everything that needs a name by a reference to a numbered component, the inner ones first.
fn take_out(schema: &mut Value, pointer: &str, context: &[String], named: bool, inline: &mut IndexMap<String, Inline>) {
    children_mut(schema, pointer, |p, step, child| {
        let mut words = context.to_vec();
        match step {
            Step::Property(name) => words.push(name),
            Step::Item => {
                if let Some(last) = words.last_mut().filter(|_| context.len() > 1) {
                    *last = one_of(last);
                } else {
                    words.push("item".into());
                }
            }
            Step::Member(i) => {
                let title = child["title"].as_str().map(str::to_string);
                let kind = match form(child) {
                    Form::Struct => "object".to_string(),
                    Form::Enum => "value".to_string(),
                    _ => format!("variant {}", i + 1),
                };
                words.push(title.or_else(|| tag_of(child)).unwrap_or(kind));
            }
            Step::Same => {}
        }
        take_out(child, p, &words, false, inline);
    });
    if named || !matches!(form(schema), Form::Struct | Form::Enum | Form::Choice) {
        return;
    }
    let notes: Map<String, Value> = annotations(schema)
        .into_iter()
        .filter(|(k, _)| {
            matches!(
                k.as_str(),
                "description" | "nullable" | "readOnly" | "writeOnly" | "deprecated" | marks::SENSITIVE | marks::TAGS
            )
        })
        .collect();
    let id = format!("@{}", inline.len());
    let mut schema_of_type = std::mem::take(schema);
    if let Some(map) = schema_of_type.as_object_mut() {
        map.retain(|k, _| !matches!(k.as_str(), "nullable" | "readOnly" | "writeOnly" | "title" | "deprecated"));
        map.insert(marks::PLACE.into(), context.join(".").into());
    }
    inline.insert(id.clone(), Inline { schema: schema_of_type, pointer: pointer.into(), context: context.to_vec() });
    *schema = wrap(&id, notes);
}

/// What tells an inline member of a choice from its siblings.
fn tag_of(schema: &Value) -> Option<String> {
    let properties = schema["properties"].as_object()?;
    properties.values().find_map(|p| match p["enum"].as_array().map(Vec::as_slice) {
        Some([Value::String(only)]) => Some(only.clone()),
        _ => None,
    })
}

fn one_of(words: &str) -> String {
    match words.rsplit_once(['_', '-', ' ', '.']) {
        Some((head, tail)) => format!("{head} {}", singular(tail)),
        None => singular(words),
    }
}

/// One type for one shape, until nothing changes: equal inner types make equal outer ones.
/// Returns the places of each inline type that is left.
/// And which of them each of the others became, by its own place.
#[allow(clippy::type_complexity)]
fn merge_equal(
    service: &mut Service,
    inline: IndexMap<String, Inline>,
) -> (IndexMap<String, Vec<Vec<String>>>, Vec<(String, String)>) {
    let mut shared: Vec<(String, String)> = Vec::new();
    let mut contexts: IndexMap<String, Vec<Vec<String>>> =
        inline.into_iter().map(|(id, found)| (id, vec![found.context])).collect();
    // A shape stays until something in it is replaced.
    let mut shapes: HashMap<String, String> = HashMap::new();
    loop {
        let mut first: HashMap<&String, &String> = HashMap::new();
        let mut replaced: BTreeMap<String, String> = BTreeMap::new();
        for (name, schema) in &service.schemas {
            if !shapes.contains_key(name) {
                shapes.insert(name.clone(), shape(schema).to_string());
            }
        }
        // By name, not by the document's order: a document whose parts have only moved gives the same types.
        let mut by_name: Vec<&String> = service.schemas.keys().collect();
        by_name.sort_by_key(|name| (name.starts_with('@'), *name));
        for name in by_name {
            let Some(key) = shapes.get(name) else { continue };
            match first.get(key) {
                Some(kept) => {
                    replaced.insert(name.clone(), kept.to_string());
                }
                None => {
                    first.insert(key, name);
                }
            }
        }
        if replaced.is_empty() {
            return (contexts, shared);
        }
        service.schemas.retain(|name, _| !replaced.contains_key(name));
        for (gone, kept) in &replaced {
            let places = contexts.shift_remove(gone);
            if let (Some(places), Some(known)) = (places, contexts.get_mut(kept)) {
                known.extend(places);
            }
            if !gone.starts_with('@') {
                service.aliases.insert(gone.clone(), kept.clone());
                service.note(PASS, service.origin(gone), format!("has the shape of `{kept}`; one type serves both"));
            } else {
                shared.push((service.origin(gone), kept.clone()));
            }
        }
        for target in service.aliases.values_mut().chain(shared.iter_mut().map(|(_, kept)| kept)) {
            if let Some(kept) = replaced.get(target) {
                *target = kept.clone();
            }
        }
        for name in rename(service, &replaced) {
            shapes.remove(&name);
        }
    }
}

/// Returns the components in which a name was another.
fn rename(service: &mut Service, names: &BTreeMap<String, String>) -> HashSet<String> {
    let mut changed = HashSet::new();
    service.roots_mut(|root, schema| {
        let mut found = false;
        walk_mut(schema, "", &mut |_, s| {
            if let Some(name) = s["$ref"].as_str().and_then(super::references::component_of)
                && let Some(new) = names.get(&name)
            {
                *s = reference(new);
                found = true;
            }
        });
        if let Some(name) = root.context.first().filter(|_| found && root.place == Place::Component) {
            changed.insert(name.clone());
        }
    });
    changed
}

/// The schema without what does not change its type, in an order of its own.
fn shape(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            if let Some(name) = referred(schema) {
                let nullable = map.get("nullable") == Some(&Value::Bool(true));
                return Value::String(format!("{name}{}", if nullable { "?" } else { "" }));
            }
            let mut sorted: BTreeMap<String, Value> = BTreeMap::new();
            // A value that is hidden is another than one that is shown.
            for (key, value) in
                map.iter().filter(|(k, _)| !is_annotation(k) || *k == "nullable" || *k == marks::SENSITIVE)
            {
                let value = match (key.as_str(), value) {
                    ("nullable", Value::Bool(false)) => continue,
                    ("properties", Value::Object(p)) => {
                        let p: BTreeMap<String, Value> = p.iter().map(|(k, v)| (k.clone(), shape(v))).collect();
                        Value::Object(p.into_iter().collect())
                    }
                    ("required" | "enum", Value::Array(list)) => {
                        let mut texts: Vec<String> = list.iter().map(ToString::to_string).collect();
                        texts.sort();
                        texts.into()
                    }
                    ("discriminator", other) => other.clone(),
                    (_, other) => shape(other),
                };
                sorted.insert(key.clone(), value);
            }
            Value::Object(sorted.into_iter().collect())
        }
        Value::Array(list) => list.iter().map(shape).collect(),
        other => other.clone(),
    }
}

/// The shortest name from the context that nothing else has.
fn name_all(service: &mut Service, contexts: IndexMap<String, Vec<Vec<String>>>, shared: &[(String, String)]) {
    let mut taken: BTreeSet<String> =
        service.schemas.keys().chain(service.aliases.keys()).filter(|k| !k.starts_with('@')).cloned().collect();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut open: IndexMap<String, Vec<String>> =
        contexts.iter().map(|(id, places)| (id.clone(), candidates(places))).collect();
    // Where nothing else tells two apart, the outer one has the plain name. By place, not by the document's order: a
    // document whose parts have only moved gives the same names.
    let place = |id: &String| contexts.get(id).and_then(|places| places.iter().map(|p| (p.len(), p)).min());
    open.sort_by(|a, _, b, _| place(a).cmp(&place(b)));
    let mut level = 0;
    // The number that is looked at next, for each name that many have.
    let mut numbers: HashMap<String, usize> = HashMap::new();
    while !open.is_empty() {
        let longest = open.values().map(Vec::len).max().unwrap_or(0);
        let wish = |list: &Vec<String>| list.get(level.min(list.len().saturating_sub(1))).cloned().unwrap_or_default();
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for list in open.values() {
            *count.entry(wish(list)).or_default() += 1;
        }
        let mut left = IndexMap::new();
        for (id, list) in open {
            let name = wish(&list);
            if count[&name] == 1 && !taken.contains(&name) {
                taken.insert(name.clone());
                names.insert(id, name);
            } else if level >= longest {
                // Nothing in the context tells them apart.
                let plain = ["Details", "Object", "Body"]
                    .iter()
                    .map(|word| short_type_name(&format!("{name}{word}")))
                    .find(|n| !taken.contains(n));
                if taken.contains(&name)
                    && let Some(plain) = plain
                {
                    taken.insert(plain.clone());
                    names.insert(id, plain);
                    continue;
                }
                let name = match taken.contains(&name) {
                    true => {
                        let n = numbers.entry(name.clone()).or_insert(2);
                        while taken.contains(&format!("{name}{n}")) {
                            *n += 1;
                        }
                        format!("{name}{n}")
                    }
                    false => name,
                };
                taken.insert(name.clone());
                names.insert(id, name);
            } else {
                left.insert(id, list);
            }
        }
        open = left;
        level += 1;
    }
    rename(service, &names);
    for (id, name) in &names {
        service.note(PASS, service.origin(id), format!("is the type `{name}`"));
    }
    for (place, kept) in shared {
        let name = names.get(kept).unwrap_or(kept);
        service.note(PASS, place.clone(), format!("is the type `{name}`, which has the same shape"));
    }
    let named = |key: String| names.get(&key).cloned().unwrap_or(key);
    let schemas = std::mem::take(&mut service.schemas);
    service.schemas = schemas.into_iter().map(|(k, v)| (named(k), v)).collect();
    let origins = std::mem::take(&mut service.origins);
    service.origins = origins.into_iter().map(|(k, v)| (named(k), v)).filter(|(k, _)| !k.starts_with('@')).collect();
}

/// Names from the shortest to the longest: what all places share, else the last two words of the first, then more.
fn candidates(places: &[Vec<String>]) -> Vec<String> {
    // The place nearest to the root tells most with the fewest words; it comes first.
    let mut places: Vec<&Vec<String>> = places.iter().collect();
    places.sort_by_key(|p| (p.len(), p.iter().map(String::len).sum::<usize>(), *p));
    let words = |place: &&Vec<String>| -> Vec<String> { place.iter().flat_map(|w| type_words(w)).collect() };
    let all: Vec<Vec<String>> = places.iter().map(words).collect();
    let mut out = Vec::new();
    // Words that tell nothing by themselves.
    const EMPTY: [&str; 17] = [
        "response", "request", "error", "item", "type", "status", "data", "value", "name", "id", "details", "info",
        "object", "list", "result", "code", "source",
    ];
    if all.len() > 1 {
        let shared = (1..=all.iter().map(Vec::len).min().unwrap_or(0))
            .take_while(|n| all.iter().all(|w| w[w.len() - n..] == all[0][all[0].len() - n..]))
            .last();
        if let Some(n) = shared {
            let words = &all[0][all[0].len() - n..];
            if n > 1 || !EMPTY.contains(&words[0].as_str()) {
                out.push(build(words));
            }
        }
    }
    let Some(place) = places.first() else { return out };
    // A part of what a call sends or answers is named by the thing, before it is named by the call.
    let role = ["response", "request", "error"].iter().find_map(|role| place[0].strip_suffix(role));
    if let Some(call) = role
        && place.len() > 1
    {
        let thing: Vec<String> = type_words(call).into_iter().skip(1).collect();
        if let Some((last, head)) = thing.split_last() {
            let mut words = head.to_vec();
            words.push(singular(last));
            words.extend(type_words(&place[place.len() - 1]));
            out.push(build(&words));
        }
    }
    for n in 2.min(place.len())..=place.len() {
        let tail: Vec<String> = place[place.len() - n..].iter().flat_map(|w| type_words(w)).collect();
        let name = build(&tail);
        if !out.contains(&name) {
            out.push(name);
        }
    }
    out
}

fn type_words(text: &str) -> Vec<String> {
    use heck::ToSnakeCase;
    type_name(text).to_snake_case().split('_').map(str::to_string).collect()
}

/// Joins the words, each run of words once: `transaction`, `transaction_events` is `TransactionEvents`.
fn build(words: &[String]) -> String {
    let mut words = words.to_vec();
    for run in (1..=words.len() / 2).rev() {
        let mut at = 0;
        while at + 2 * run <= words.len() {
            match words[at..at + run] == words[at + run..at + 2 * run] {
                true => drop(words.drain(at..at + run)),
                false => at += 1,
            }
        }
    }
    short_type_name(&words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hoisted(schemas: Value) -> Service {
        let mut service = Service {
            schemas: schemas.as_object().expect("map").iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
            ..Service::default()
        };
        run(&mut service, &Budget::default());
        service
    }

    #[test]
    fn names_do_not_depend_on_the_order_of_the_document() {
        let part = |field: &str| json!({"type": "object", "properties": {field: {"type": "string"}}});
        let thing = |field: &str| {
            json!({"properties": {
                "data": {"type": "object", "properties": {"item": part(field)}},
                "shared": part("shared"), "list": {"type": "array", "items": part("same")}
            }})
        };
        let of = |names: &[&str]| {
            let schemas = names.iter().map(|name| (name.to_string(), thing(&name.to_lowercase()))).collect();
            let mut service = hoisted(Value::Object(schemas));
            service.schemas.sort_keys();
            let all = |(name, schema): (&String, &Value)| format!("{name} {}", shape(schema));
            service.schemas.iter().map(all).collect::<Vec<_>>()
        };
        let names = of(&["Card", "Order", "Part", "CardData"]);
        assert_eq!(names, of(&["CardData", "Part", "Order", "Card"]));
        assert_eq!(names, of(&["Order", "Card", "CardData", "Part"]));
    }

    #[test]
    fn equal_shapes_are_one_type_and_different_ones_of_one_title_are_two() {
        let address = json!({"title": "Same", "type": "object", "properties": {"city": {"type": "string"}}});
        let other = json!({"title": "Same", "type": "object", "properties": {"code": {"type": "integer"}}});
        let s = hoisted(json!({
            "Order": {"properties": {"shipping_address": address, "billing_address": address, "extra": other}},
            "Person": {"properties": {"address": address}}
        }));
        assert_eq!(s.schemas.keys().collect::<Vec<_>>(), ["Order", "Person", "Address", "OrderExtra"]);
        assert_eq!(referred(&s.schemas["Order"]["properties"]["billing_address"]), Some("Address".into()));
    }

    #[test]
    fn a_name_says_nothing_twice() {
        let words = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        assert_eq!(build(&words("related party related party payee")), "RelatedPartyPayee");
        assert_eq!(build(&words("transaction transaction events")), "TransactionEvents");
        assert_eq!(build(&words("card token card")), "CardTokenCard");
    }

    #[test]
    fn an_inline_type_never_takes_the_name_of_a_component() {
        let s = hoisted(json!({
            "Session": {"properties": {"express": {"type": "object", "properties": {"a": {"type": "string"}}}}},
            "SessionExpress": {"properties": {"b": {"type": "string"}}}
        }));
        let name = referred(&s.schemas["Session"]["properties"]["express"]).expect("a reference");
        assert_ne!(name, "SessionExpress");
        assert!(s.schemas[&name]["properties"]["a"].is_object());
    }

    #[test]
    fn plain_components_are_written_out_with_what_is_said_of_them() {
        let s = hoisted(json!({
            "Id": {"type": "string", "description": "Length: 36."},
            "Ids": {"type": "array", "items": {"$ref": "#/components/schemas/Id"}},
            "T": {"properties": {"id": {"description": "Of the thing.", "allOf": [{"$ref": "#/components/schemas/Id"}]},
                                  "all": {"$ref": "#/components/schemas/Ids"}}}
        }));
        assert_eq!(s.schemas.len(), 1);
        assert_eq!(
            s.schemas["T"]["properties"]["id"],
            json!({"type": "string", "description": "Of the thing.\n\nLength: 36."})
        );
        assert_eq!(s.schemas["T"]["properties"]["all"]["items"]["type"], "string");
    }

    #[test]
    fn one_that_contains_itself_stays_a_type() {
        let s = hoisted(json!({"Tree": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}));
        assert!(s.schemas.contains_key("Tree"));
    }
}
