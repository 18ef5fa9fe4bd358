//! One type for one shape, and what is one type stays one.
//!
//! For: typify makes a type for each of the many equal inline schemas. Which places share a type stands in the names lock:
//! when one of them grows, the type holds what all of them have, and no caller's type parts in two.

use super::objects::reachable;
use super::schema::{Form, annotations, form, is_annotation, references_of, referred};
use crate::gate::marks;
use crate::key;
use crate::model::{OperationKind, Service};
use crate::names_lock::Names;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Which schema serves another one: by name, the one that is gone first.
#[derive(Debug, Default)]
pub struct Twins(BTreeMap<String, String>, BTreeSet<String>);

impl Twins {
    /// The one that serves.
    pub fn serves<'a>(&'a self, name: &'a str) -> &'a str {
        let mut name = name;
        while let Some(next) = self.0.get(name) {
            name = next;
        }
        name
    }

    /// Whether it was of a group that it no longer fits.
    pub fn has_parted(&self, name: &str) -> bool {
        self.1.contains(name)
    }

    /// Those that another one serves.
    pub fn gone(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}

/// Finds the twins of a service, and gives each type what all its places have. `keys` has the place of each schema.
pub fn run(service: &mut Service, keys: &BTreeMap<String, String>, names: &Names) -> Twins {
    let of_place = names.type_of_place();
    let mut locked: BTreeMap<String, String> = BTreeMap::new();
    for name in service.schemas.keys() {
        if let Some(group) = keys.get(name).and_then(|key| of_place.get(key)) {
            locked.insert(name.clone(), group.clone());
        }
    }
    let sent = sent(service);
    let (mut gone, mut tried) = (BTreeSet::new(), BTreeSet::new());
    // Who no longer fits its group is looked at anew; so are those that hold it.
    let (mut twins, whole) = loop {
        let mut twins = merged(service, &locked, names);
        // Who comes to a group is of it from now on, in this run as in the next: else it would be described by another of
        // them when the lock is read again.
        let come: Vec<(String, String)> = twins
            .gone()
            .filter(|name| !locked.contains_key(*name) && !gone.contains(*name))
            .filter_map(|name| Some((name.clone(), locked.get(twins.serves(name))?.clone())))
            .collect();
        if !come.is_empty() {
            locked.extend(come);
            twins = merged(service, &locked, names);
        }
        let group = Group { twins: &twins, locked: &locked, sent: &sent, names, tried: &tried };
        let Unions { whole, any, parted, joined } = group.unions(service);
        if parted.is_empty() && joined.is_empty() {
            service.kinds.entry(ANY.into()).or_default().extend(any);
            break (twins, whole);
        }
        parted.iter().for_each(|name| drop(locked.remove(name)));
        gone.extend(parted);
        // What came to several places of a group at once is one type, too.
        for (a, b) in joined {
            locked.insert(a.clone(), a.clone());
            locked.insert(b.clone(), a.clone());
            tried.insert((a, b));
        }
    };
    twins.1 = gone;
    service.schemas.extend(whole);
    service.kinds.retain(|_, places| !places.is_empty());
    service.schemas.retain(|name, _| !twins.0.contains_key(name));
    twins
}

/// The types of what the merchant sends.
pub fn sent(service: &Service) -> BTreeSet<String> {
    let mut roots = Vec::new();
    service.operations.iter().filter_map(|op| op.body.as_ref()).for_each(|b| references_of(&b.schema, &mut roots));
    let parameters = service.operations.iter().flat_map(|op| &op.parameters);
    parameters.for_each(|p| references_of(&p.schema, &mut roots));
    // An event's answer is what the merchant sends.
    let events = service.operations.iter().filter(|op| op.kind == OperationKind::Event).flat_map(|op| &op.responses);
    events.filter_map(|a| a.schema.as_ref()).for_each(|s| references_of(s, &mut roots));
    reachable(service, roots)
}

/// Those of one group, and those of one shape until nothing changes: equal inner types make equal outer ones.
fn merged(service: &Service, locked: &BTreeMap<String, String>, names: &Names) -> Twins {
    // By name, not by the document's order: a document whose parts have only moved gives the same types. What is known
    // comes first, so that what is new joins it.
    let mut by_name: Vec<&String> = service.schemas.keys().collect();
    by_name.sort_by_key(|name| (!locked.contains_key(*name), name.starts_with('@'), *name));
    let mut twins = Twins::default();
    let mut groups: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
    for name in &by_name {
        if let Some(group) = locked.get(*name) {
            groups.entry(group).or_default().push(name);
        }
    }
    for (group, members) in groups {
        // The type is called as before, so it is no component of another name that serves.
        let is_first = |name: &&&String| **name == group || name.starts_with('@');
        // Who must be given more than before is no longer what the others are.
        let known = names.required(group).into_iter().next().unwrap_or_default();
        let grew = |name: &String| {
            let all = service.schemas.get(name).and_then(|s| s["required"].as_array()).into_iter().flatten();
            all.filter_map(Value::as_str).any(|wire| !known.iter().any(|(old, _)| old == wire))
        };
        let best = members.iter().filter(is_first).min_by_key(|name| (**name != group, grew(name)));
        let Some(first) = best.or(members.first()).copied() else { continue };
        let others = members.into_iter().filter(|name| *name != first);
        twins.0.extend(others.map(|name| (name.clone(), first.clone())));
    }
    let mut users: HashMap<String, Vec<&String>> = HashMap::new();
    for (name, schema) in &service.schemas {
        let mut inner = Vec::new();
        references_of(schema, &mut inner);
        inner.into_iter().for_each(|inner| users.entry(inner).or_default().push(name));
    }
    // A shape stays until something in it is replaced.
    let mut shapes: HashMap<&String, String> = HashMap::new();
    loop {
        let mut first: HashMap<&String, &String> = HashMap::new();
        let mut replaced: Vec<(String, String)> = Vec::new();
        for name in &by_name {
            if !shapes.contains_key(name)
                && let Some(schema) = service.schemas.get(*name)
            {
                shapes.insert(name, shape(schema, &twins).to_string());
            }
        }
        for name in &by_name {
            let Some(key) = shapes.get(name) else { continue };
            let is_new = !locked.contains_key(*name) && !twins.0.contains_key(*name);
            match first.get(key) {
                Some(kept) if is_new => replaced.push((name.to_string(), kept.to_string())),
                Some(_) => {}
                None => drop(first.insert(key, name)),
            }
        }
        if replaced.is_empty() {
            return twins;
        }
        let stale: HashSet<&&String> = replaced.iter().filter_map(|(gone, _)| users.get(gone)).flatten().collect();
        shapes.retain(|name, _| !stale.contains(name));
        twins.0.extend(replaced);
    }
}

/// What is kept as it comes, since places of one type describe it otherwise.
const ANY: &str = "any";

/// What came of putting together the shapes of each group.
#[derive(Default)]
struct Unions {
    /// What each type has that serves several shapes.
    whole: BTreeMap<String, Value>,
    /// Fields that are any JSON.
    any: BTreeSet<String>,
    /// Who no longer fits.
    parted: Vec<String>,
    /// Those that could be one type.
    joined: BTreeSet<(String, String)>,
}

/// Which schemas are one type.
struct Group<'a> {
    twins: &'a Twins,
    locked: &'a BTreeMap<String, String>,
    sent: &'a BTreeSet<String>,
    names: &'a Names,
    /// What was put together before, and may have parted.
    tried: &'a BTreeSet<(String, String)>,
}

impl Group<'_> {
    fn unions(&self, service: &Service) -> Unions {
        let mut out = Unions::default();
        for name in self.locked.keys().filter(|name| self.twins.0.contains_key(*name)) {
            let first = self.twins.serves(name).to_string();
            let (Some(schema), Some(of_first)) = (service.schemas.get(name), service.schemas.get(&first)) else {
                continue;
            };
            let known = out.whole.get(&first).unwrap_or(of_first).clone();
            if shape(&known, self.twins) == shape(schema, self.twins) {
                continue;
            }
            let is_sent = self.sent.contains(name) || self.sent.contains(&first);
            match self.union(&known, schema, &self.locked[name], is_sent, service, &mut out) {
                Some(union) => drop(out.whole.insert(first, union)),
                None => out.parted.push(name.clone()),
            }
        }
        // What was any JSON once stays so, also when the places agree again.
        for (name, group) in self.locked.iter().filter(|(name, _)| !self.twins.0.contains_key(*name)) {
            let Some(schema) = out.whole.get(name).or(service.schemas.get(name)) else { continue };
            let mut schema = schema.clone();
            let mut changed = false;
            for (wire, property) in schema["properties"].as_object_mut().into_iter().flatten() {
                let place = key::property(group, wire);
                if self.names.kind(&place) == Some(ANY) {
                    *property = any(property);
                    out.any.insert(place);
                    changed = true;
                }
            }
            if changed {
                out.whole.insert(name.clone(), schema);
            }
        }
        out
    }

    /// One field for two that came at once, or that were put together before: of both types if they are objects, else any
    /// JSON. None if callers know it as something else.
    fn field(
        &self,
        a: &Value,
        b: &Value,
        group: &str,
        wire: &str,
        service: &Service,
        out: &mut Unions,
    ) -> Option<Value> {
        let place = key::property(group, wire);
        let is_any = self.names.kind(&place) == Some(ANY);
        if !is_any && self.names.idents(group).contains_key(&key::escape(wire)) {
            return None;
        }
        let is_open = |name: &String| {
            let is_object = service.schemas.get(name).is_some_and(|schema| form(schema) == Form::Struct);
            name.starts_with('@') && is_object && !self.twins.0.contains_key(name)
        };
        if let (Some(a_type), Some(b_type)) = (referred(a).filter(is_open), referred(b).filter(is_open))
            && !is_any
            && !self.locked.contains_key(&a_type)
            && !self.locked.contains_key(&b_type)
            && !self.tried.contains(&(a_type.clone(), b_type.clone()))
        {
            out.joined.insert((a_type, b_type));
            return Some(a.clone());
        }
        out.any.insert(place);
        Some(any(a))
    }

    /// A schema that has what both have; none where a value of one could not be read, or be left out, as the other.
    fn union(
        &self,
        a: &Value,
        b: &Value,
        group: &str,
        is_sent: bool,
        service: &Service,
        found: &mut Unions,
    ) -> Option<Value> {
        let twins = self.twins;
        let key = |schema: &Value, key: &str| schema.get(key).map(|value| shape(value, twins));
        let same = |names: &[&str]| names.iter().all(|name| key(a, name) == key(b, name));
        let list = |schema: &Value, key: &str| schema[key].as_array().cloned().unwrap_or_default();
        let mut out = a.clone();
        match (form(a), form(b)) {
            (Form::Struct, Form::Struct) => {
                let (mut fields, more) = (a["properties"].as_object()?.clone(), b["properties"].as_object()?);
                for (name, schema) in more {
                    let Some(known) = fields.get_mut(name) else {
                        fields.insert(name.clone(), schema.clone());
                        continue;
                    };
                    if without_null(known, twins) != without_null(schema, twins) {
                        *known = self.field(known, schema, group, name, service, found)?;
                        continue;
                    }
                    if schema["nullable"] == true && known["nullable"] != true {
                        *known = schema.clone();
                    }
                }
                let (of_a, of_b) = (list(a, "required"), list(b, "required"));
                // What one place of a request must have could be forgotten there.
                if is_sent
                    && of_a.iter().any(|name| !of_b.contains(name)) | of_b.iter().any(|name| !of_a.contains(name))
                {
                    return None;
                }
                let required: Vec<Value> = of_a.into_iter().filter(|name| of_b.contains(name)).collect();
                out["properties"] = Value::Object(fields);
                let map = out.as_object_mut()?;
                match required.is_empty() {
                    true => drop(map.shift_remove("required")),
                    false => drop(map.insert("required".into(), required.into())),
                }
                match (a.get("additionalProperties"), b.get("additionalProperties")) {
                    (None, Some(more)) => drop(map.insert("additionalProperties".into(), more.clone())),
                    (Some(_), Some(_)) if !same(&["additionalProperties"]) => return None,
                    _ => {}
                }
            }
            (Form::Enum, Form::Enum) if same(&["type"]) => {
                let mut values = list(a, "enum");
                let more: Vec<Value> = list(b, "enum").into_iter().filter(|value| !values.contains(value)).collect();
                values.extend(more);
                out["enum"] = values.into();
            }
            (Form::Choice, Form::Choice) if same(&["discriminator"]) && a.get("oneOf").is_some() => {
                let mut members = list(a, "oneOf");
                let known: Vec<Value> = members.iter().map(|member| shape(member, twins)).collect();
                members.extend(list(b, "oneOf").into_iter().filter(|member| !known.contains(&shape(member, twins))));
                out["oneOf"] = members.into();
            }
            _ => return None,
        }
        let is_hidden = a[marks::SENSITIVE] == true || b[marks::SENSITIVE] == true;
        if is_hidden && let Some(map) = out.as_object_mut() {
            map.insert(marks::SENSITIVE.into(), true.into());
        }
        Some(out)
    }
}

/// A field that is kept as it comes.
fn any(property: &Value) -> Value {
    let mut out = annotations(property);
    let text = "Described otherwise in another place of this type, so it is kept as it comes.";
    out.insert("description".into(), text.into());
    Value::Object(out)
}

fn without_null(schema: &Value, twins: &Twins) -> Value {
    let mut schema = schema.clone();
    if let Some(map) = schema.as_object_mut() {
        map.shift_remove("nullable");
        map.shift_remove(marks::SENSITIVE);
    }
    shape(&schema, twins)
}

/// The schema without what does not change its type, in an order of its own.
pub fn shape(schema: &Value, twins: &Twins) -> Value {
    match schema {
        Value::Object(map) => {
            if let Some(name) = referred(schema) {
                let nullable = map.get("nullable") == Some(&Value::Bool(true));
                return Value::String(format!("{}{}", twins.serves(&name), if nullable { "?" } else { "" }));
            }
            let mut sorted: BTreeMap<String, Value> = BTreeMap::new();
            // A value that is hidden is another than one that is shown.
            for (key, value) in
                map.iter().filter(|(k, _)| !is_annotation(k) || *k == "nullable" || *k == marks::SENSITIVE)
            {
                let value = match (key.as_str(), value) {
                    ("nullable", Value::Bool(false)) => continue,
                    ("properties", Value::Object(p)) => {
                        let p: BTreeMap<String, Value> = p.iter().map(|(k, v)| (k.clone(), shape(v, twins))).collect();
                        Value::Object(p.into_iter().collect())
                    }
                    ("required" | "enum", Value::Array(list)) => {
                        let mut texts: Vec<String> = list.iter().map(ToString::to_string).collect();
                        texts.sort();
                        texts.into()
                    }
                    ("discriminator", other) => other.clone(),
                    (_, other) => shape(other, twins),
                };
                sorted.insert(key.clone(), value);
            }
            Value::Object(sorted.into_iter().collect())
        }
        Value::Array(list) => list.iter().map(|one| shape(one, twins)).collect(),
        other => other.clone(),
    }
}
