//! Every object, enum and choice gets one name.
//!
//! For: typify names inline schemas by title or place, and silently takes the first type of a name for all that follow.
//! What becomes a component, or part of a shared response, keeps the name that it had where it was; and a member of a choice is
//! known again by what it holds, since its title and its place among the others may change.

use super::budget::{Budget, weight};
use super::circles::Circles;
use super::schema::{Form, Step, annotations, children_mut, form, reference, referred, walk_mut, walk_outer_mut, wrap};
use super::twins::{self, Twins};
use super::type_names::candidates;
use crate::gate::marks;
use crate::key;
use crate::model::{Position, Service};
use crate::names::{short_type_name, singular};
use crate::names_lock::Names;
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub const PASS: &str = "hoist";

pub fn run(service: &mut Service, names: &Names, budget: &Budget) -> BTreeMap<String, String> {
    substitute_plain_components(service, budget);
    let names = &moved(service, names);
    let members = Members::of(names);
    let mut inline: IndexMap<String, Inline> = IndexMap::new();
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    service.roots_mut(|root, schema| {
        let is_component = root.position == Position::Component;
        if let Some(name) = root.context.first().filter(|_| is_component) {
            keys.insert(name.clone(), root.key.clone());
        }
        let here = Here { pointer: &root.pointer, context: &root.context, key: &root.key };
        take_out(schema, &here, is_component, &members, &mut inline);
    });
    for (id, found) in &inline {
        service.schemas.insert(id.clone(), found.schema.clone());
        service.origins.insert(id.clone(), found.pointer.clone());
        keys.insert(id.clone(), found.key.clone());
    }
    let twins = twins::run(service, &keys, names);
    // The words of all places that a type serves.
    let mut contexts: IndexMap<String, Vec<Vec<String>>> = IndexMap::new();
    for (id, found) in inline {
        let kept = twins.serves(&id);
        if kept.starts_with('@') {
            contexts.entry(kept.to_string()).or_default().push(found.context);
        }
    }
    let renamed = name_all(service, contexts, &keys, &twins, names);
    let named = |id: &str| renamed.get(id).cloned().unwrap_or_else(|| id.to_string());
    for gone in twins.gone() {
        let kept = named(twins.serves(gone));
        if gone.starts_with('@') {
            let what = format!("is the type `{kept}`, which has the same shape");
            let place = service.origin(gone);
            service.note(PASS, place.clone(), what);
            service.twins.push((place, kept));
        } else {
            let what = format!("has the shape of `{kept}`; one type serves both");
            service.note(PASS, service.origin(gone), what);
            service.aliases.insert(named(gone), kept);
        }
    }
    for (id, key) in keys {
        service.places.entry(named(twins.serves(&id))).or_default().insert(key);
    }
    let mut all = renamed.clone();
    all.extend(twins.gone().map(|gone| (gone.clone(), named(twins.serves(gone)))));
    rename(service, &all);
    let schemas = std::mem::take(&mut service.schemas);
    service.schemas = schemas.into_iter().map(|(id, schema)| (named(&id), schema)).collect();
    let origins = std::mem::take(&mut service.origins);
    let origins = origins.into_iter().map(|(id, pointer)| (named(&id), pointer));
    service.origins = origins.filter(|(id, _)| !id.starts_with('@')).collect();
    renamed
}

struct Inline {
    schema: Value,
    pointer: String,
    context: Vec<String>,
    key: String,
}

/// Where a schema is: for people, for its name, and for the names lock.
struct Here<'a> {
    pointer: &'a str,
    context: &'a [String],
    key: &'a str,
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
fn take_out(
    schema: &mut Value,
    here: &Here<'_>,
    named: bool,
    members: &Members<'_>,
    inline: &mut IndexMap<String, Inline>,
) {
    let places = members.places(schema, here.key);
    children_mut(schema, here.pointer, |pointer, step, child| {
        let (mut context, mut key) = (here.context.to_vec(), here.key.to_string());
        match step {
            Step::Property(name) => {
                key = key::property(&key, &name);
                context.push(name);
            }
            Step::Item => {
                key.push_str("/[]");
                if let Some(last) = context.last_mut().filter(|_| here.context.len() > 1) {
                    *last = one_of(last);
                } else {
                    context.push("item".into());
                }
            }
            Step::Member(i) => {
                let title = child["title"].as_str().map(str::to_string);
                let title = title.or_else(|| tag_of(child));
                key = places.get(i).cloned().unwrap_or_else(|| key::member(&key, &word_of(child), i + 1));
                let kind = match form(child) {
                    Form::Struct => "object".to_string(),
                    Form::Enum => "value".to_string(),
                    _ => format!("variant {}", i + 1),
                };
                context.push(title.unwrap_or(kind));
            }
            Step::Same => {}
        }
        take_out(child, &Here { pointer, context: &context, key: &key }, false, members, inline);
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
        map.insert(marks::PLACE.into(), here.context.join(".").into());
    }
    let Here { pointer, context, key } = *here;
    let found = Inline { schema: schema_of_type, pointer: pointer.into(), context: context.to_vec(), key: key.into() };
    inline.insert(id.clone(), found);
    *schema = wrap(&id, notes);
}

/// The lock with what has become a component, or part of one, where it is now.
fn moved(service: &mut Service, names: &Names) -> Names {
    let mut names = names.clone();
    let known = names.type_of_place();
    let mut moves: Vec<(String, String)> = Vec::new();
    let mut published: HashMap<String, String> = HashMap::new();
    service.roots_mut(|root, _| match &root.inline {
        Some(from) => moves.push((from.clone(), root.key.clone())),
        None if root.position == Position::Component => {
            drop(published.insert(root.context[0].clone(), root.key.clone()))
        }
        None => {}
    });
    names.moved(&moves);
    let new = |key: &String| !known.contains_key(key);
    let mut moves: Vec<(String, String)> = Vec::new();
    service.roots_mut(|root, schema| {
        references(schema, &root.key, &mut |place, name| {
            if let Some(to) = published.get(name).filter(|to| new(to) && known.contains_key(place)) {
                moves.push((place.to_string(), to.clone()));
            }
        });
    });
    names.moved(&moves);
    names
}

/// Calls `f` for each reference in a schema, with its place.
fn references(schema: &Value, place: &str, f: &mut impl FnMut(&str, &str)) {
    if let Some(name) = referred(schema) {
        return f(place, &name);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        references(property, &key::property(place, name), f);
    }
    for inner in ["items", "additionalProperties"].iter().filter_map(|key| schema.get(*key)) {
        references(inner, &[place, "/[]"].concat(), f);
    }
}

/// The members of choices, as the names lock knows them.
struct Members<'n> {
    /// A choice's place -> the places of its members.
    of: BTreeMap<String, Vec<String>>,
    types: BTreeMap<String, String>,
    names: &'n Names,
}

impl<'n> Members<'n> {
    fn of(names: &'n Names) -> Self {
        let types = names.type_of_place();
        let mut of: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for place in types.keys() {
            if let Some((choice, member)) = place.rsplit_once('|')
                && !member.contains('/')
            {
                of.entry(choice.to_string()).or_default().push(place.clone());
            }
        }
        Self { of, types, names }
    }

    /// The place of each member: that which it had, by what it holds, else one that is free.
    fn places(&self, schema: &Value, place: &str) -> Vec<String> {
        let Some(all) = schema.get("oneOf").or(schema.get("anyOf")).and_then(Value::as_array) else {
            return Vec::new();
        };
        let known = self.of.get(place).map(Vec::as_slice).unwrap_or_default();
        let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
        for (at, member) in all.iter().enumerate().filter(|(_, member)| referred(member).is_none()) {
            for (old, key) in known.iter().enumerate() {
                let alike = self.alike(member, key, place);
                if alike > 0 {
                    pairs.push((alike, at, old));
                }
            }
        }
        pairs.sort_by_key(|(alike, at, old)| (std::cmp::Reverse(*alike), *at, *old));
        let mut out = vec![String::new(); all.len()];
        let mut used: BTreeSet<&String> = BTreeSet::new();
        for (_, at, old) in pairs {
            if out[at].is_empty() && used.insert(&known[old]) {
                out[at] = known[old].clone();
            }
        }
        let mut taken: BTreeSet<String> = known.iter().cloned().collect();
        for (member, key) in all.iter().zip(&mut out).filter(|(_, key)| key.is_empty()) {
            // Its place among the others tells it only from those that are like it.
            let mut number = 1;
            *key = key::member(place, &word_of(member), number);
            while !taken.insert(key.clone()) {
                number += 1;
                *key = key::member(place, &word_of(member), number);
            }
        }
        out
    }

    /// How much a member is like what had a place: by what it holds, then by its words.
    fn alike(&self, member: &Value, key: &str, place: &str) -> usize {
        let Some(name) = self.types.get(key) else { return 0 };
        let (now, then): (BTreeSet<String>, BTreeSet<String>) = match form(member) {
            Form::Struct => {
                let properties = member["properties"].as_object().into_iter().flatten();
                let fields = self.names.idents(name).into_keys();
                (properties.map(|(wire, _)| key::escape(wire)).collect(), fields.collect())
            }
            Form::Enum => {
                let values = member["enum"].as_array().into_iter().flatten();
                let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_string);
                (values.map(text).collect(), self.names.variants.get(name).into_iter().flatten().cloned().collect())
            }
            _ => Default::default(),
        };
        let (shared, whole) = (now.intersection(&then).count(), now.union(&then).count());
        let words = [member["title"].as_str().map(str::to_string), tag_of(member), Some(form_word(member))];
        let by_word = words.iter().flatten().position(|word| key::member(place, word, 1) == *key);
        let by_word = by_word.map_or(0, |at| 3 - at.min(2));
        // Half of it is the same, or it is called so.
        match (shared * 2 >= whole && shared > 0, by_word) {
            (true, _) => 10 + shared * 1000 / whole + by_word,
            // It may hold something else by now, if nothing else is more like it.
            (false, by_word) if by_word > 0 || whole == 0 => by_word,
            _ => 0,
        }
    }
}

/// What an inline member of a choice is called: by its title, its tag, or its form.
fn word_of(member: &Value) -> String {
    member["title"].as_str().map(str::to_string).or_else(|| tag_of(member)).unwrap_or_else(|| form_word(member))
}

fn form_word(member: &Value) -> String {
    format!("{:?}", form(member)).to_lowercase()
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

/// Puts other names into all references.
fn rename(service: &mut Service, names: &BTreeMap<String, String>) {
    service.roots_mut(|_, schema| {
        walk_mut(schema, "", &mut |_, s| {
            if let Some(name) = s["$ref"].as_str().and_then(crate::document::component_of)
                && let Some(new) = names.get(&name)
            {
                *s = reference(new);
            }
        });
    });
}

/// The name of each inline type: what it was called before, or the shortest name from its words that nothing else has.
/// A new component that meets one of them gets another name.
fn name_all(
    service: &mut Service,
    contexts: IndexMap<String, Vec<Vec<String>>>,
    keys: &BTreeMap<String, String>,
    twins: &Twins,
    locked: &Names,
) -> BTreeMap<String, String> {
    let of_place = locked.type_of_place();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    // Who left a group leaves the name to those that stayed.
    let mut in_order: Vec<(&String, &String)> = keys.iter().collect();
    in_order.sort_by_key(|(id, _)| twins.has_parted(id));
    for (id, key) in in_order {
        let kept = twins.serves(id);
        if let Some(name) = of_place.get(key).filter(|_| kept.starts_with('@') && !names.contains_key(kept))
            && taken.insert(name.clone())
        {
            names.insert(kept.to_string(), name.clone());
        }
    }
    // A component that was a part of something before is called as that part was.
    for (id, key) in keys.iter().filter(|(id, _)| !id.starts_with('@')) {
        if let Some(name) = of_place.get(key).filter(|name| *name != id && twins.serves(id) == id.as_str())
            && taken.insert(name.clone())
        {
            names.insert(id.clone(), name.clone());
        }
    }
    // The structs of what types must have.
    taken.extend(of_place.iter().filter(|(key, _)| key.ends_with(" required")).map(|(_, name)| name.clone()));
    // The responses by status of calls that are still there.
    for op in &service.operations {
        taken.extend(of_place.get(&super::responses::key(op)).cloned());
    }
    let components: Vec<&String> =
        service.schemas.keys().chain(twins.gone()).filter(|name| !name.starts_with('@')).collect();
    // Those that had their name before keep it.
    let (known, new): (Vec<&String>, Vec<&String>) = components.into_iter().partition(|name| {
        let published = keys.get(*name).and_then(|key| key::component_of(key));
        published.is_some_and(|published| locked.components.contains_key(&published))
    });
    let called = |name: &String| names.get(name).unwrap_or(name).clone();
    let mut of_components: BTreeSet<String> = known.into_iter().chain(new.iter().copied()).map(called).collect();
    for name in new {
        if taken.contains(name) {
            let schema = service.schemas.get(name).cloned().unwrap_or_default();
            let all = taken.iter().chain(&of_components).cloned().collect();
            let other = super::component_names::free(name, &schema, &all, &mut HashMap::new());
            of_components.remove(name);
            of_components.insert(other.clone());
            names.insert(name.clone(), other);
        }
    }
    taken.extend(of_components);
    let mut open: IndexMap<String, Vec<String>> =
        contexts.iter().filter(|(id, _)| !names.contains_key(*id)).map(|(id, p)| (id.clone(), candidates(p))).collect();
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
    for (id, name) in names.iter().filter(|(id, _)| id.starts_with('@')) {
        service.note(PASS, service.origin(id), format!("is the type `{name}`"));
    }
    names
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
        run(&mut service, &Names::default(), &Budget::default());
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
            let all = |(name, schema): (&String, &Value)| format!("{name} {}", twins::shape(schema, &Twins::default()));
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
