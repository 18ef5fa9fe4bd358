//! allOf is merged, deeply: one object with the properties of all its members.
//!
//! For: typify copies every member for each use, lets a property vanish when two members define it differently, and
//! overflows its stack on a schema that contains itself by allOf.

use super::budget::{Budget, weight};
use super::schema::{Form, annotations, children_mut, form, is_annotation, referred, wrap};
use crate::document::at;
use crate::document::component_of;
use crate::model::{Change, Service};
use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap, HashSet};

pub const PASS: &str = "all_of";

pub fn run(service: &mut Service, budget: &Budget) {
    let mut merger = Merger::new(service.schemas.clone(), budget);
    service.roots_mut(|root, schema| {
        if root.position == crate::model::Position::Component {
            merger.stack = root.context.clone();
        }
        *schema = merger.flatten(std::mem::take(schema), &root.pointer);
        merger.stack.clear();
    });
    service.changes.append(&mut merger.changes);
    endless_aliases(service);
}

/// Components that are nothing but each other's second name stand for no value; whoever follows them never ends.
fn endless_aliases(service: &mut Service) {
    let target = |name: &str| service.schemas.get(name).and_then(referred);
    // Each is followed once, to its end or to one whose end is known.
    let mut ends: HashMap<String, bool> = HashMap::new();
    for name in service.schemas.keys() {
        let (mut way, mut current) = (IndexSet::new(), name.clone());
        let is_endless = loop {
            if let Some(known) = ends.get(&current) {
                break *known;
            }
            if !way.insert(current.clone()) {
                break true;
            }
            match target(&current) {
                Some(next) => current = next,
                None => break false,
            }
        };
        ends.extend(way.into_iter().map(|name| (name, is_endless)));
    }
    let found: Vec<String> = service.schemas.keys().filter(|name| ends.get(*name) == Some(&true)).cloned().collect();
    for name in found {
        service.warn(PASS, format!("/components/schemas/{name}"), "is only a name of itself; taken as any JSON");
        service.schemas.insert(name, json!({}));
    }
}

pub struct Merger<'b> {
    schemas: IndexMap<String, Value>,
    /// Components being taken in, so that one that contains itself ends.
    stack: Vec<String>,
    pairs: Vec<(String, String)>,
    pub changes: Vec<Change>,
    messages: BTreeSet<(String, String)>,
    /// What is merged now is a part of something else: what each of these expansions depends on and tells.
    expanding: Vec<Expansion>,
    /// What components were merged to before.
    known: HashMap<String, Vec<Known>>,
    budget: &'b Budget,
    depth: usize,
}

/// What the merging of a component has met.
#[derive(Default)]
struct Expansion {
    /// Components and pairs that were asked for: whether they are under way already makes a difference.
    asked: BTreeSet<String>,
    asked_pairs: BTreeSet<(String, String)>,
    warnings: IndexSet<(String, String)>,
}

/// A component once merged, which is the same whenever the same of what it asks for is under way.
struct Known {
    asked: BTreeSet<String>,
    asked_pairs: BTreeSet<(String, String)>,
    under_way: BTreeSet<String>,
    pairs_under_way: BTreeSet<(String, String)>,
    flat: Value,
    weight: usize,
    /// Warnings, each with the rest of its pointer.
    warnings: Vec<(String, String)>,
}

impl<'b> Merger<'b> {
    pub fn new(schemas: IndexMap<String, Value>, budget: &'b Budget) -> Self {
        Self {
            schemas,
            stack: Vec::new(),
            pairs: Vec::new(),
            changes: Vec::new(),
            messages: BTreeSet::new(),
            expanding: Vec::new(),
            known: HashMap::new(),
            budget,
            depth: 0,
        }
    }

    fn warn(&mut self, pointer: &str, what: String) {
        if let Some(expansion) = self.expanding.last_mut() {
            expansion.warnings.insert((pointer.to_string(), what.clone()));
        }
        self.tell(pointer, what, true);
    }

    fn note(&mut self, pointer: &str, what: String) {
        self.tell(pointer, what, false);
    }

    /// Once, however often the place is merged.
    fn tell(&mut self, pointer: &str, what: String, warning: bool) {
        if self.messages.insert((pointer.to_string(), what.clone())) {
            self.budget.spend(1, pointer);
            self.changes.push(Change { pass: PASS, pointer: pointer.into(), what, warning });
        }
    }

    /// The schema without allOf, except around a single reference that carries annotations.
    pub fn flatten(&mut self, schema: Value, pointer: &str) -> Value {
        self.depth += 1;
        let is_shallow = self.budget.is_shallow(self.depth, pointer);
        // What is over is told, and nothing of it is used: it must not grow on the way out.
        let flat = if is_shallow { self.flattened(schema, pointer) } else { json!({}) };
        self.depth -= 1;
        flat
    }

    fn flattened(&mut self, mut schema: Value, pointer: &str) -> Value {
        children_mut(&mut schema, pointer, |p, _, child| *child = self.flatten(std::mem::take(child), p));
        if !schema.get("allOf").is_some_and(Value::is_array) || referred(&schema).is_some() {
            return schema;
        }
        let mut rest = schema;
        let members = rest.as_object_mut().and_then(|map| map.shift_remove("allOf"));
        let Some(Value::Array(members)) = members else { return rest };
        // Annotations of a member are not those of the whole, except where it has none.
        let own = annotations(&rest);
        let structural: Map<String, Value> = rest
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(k, _)| !is_annotation(k))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        // One reference, and members that only annotate it.
        let references: Vec<&Value> = members.iter().filter(|m| referred(m).is_some()).collect();
        let others_annotate = members.iter().filter(|m| referred(m).is_none()).all(only_annotates);
        if let ([only], true, true) = (references.as_slice(), others_annotate, structural.is_empty())
            && let Some(name) = referred(only)
        {
            let mut notes = annotations(only);
            for member in members.iter().filter(|m| referred(m).is_none()) {
                notes.extend(annotations(member));
            }
            notes.extend(own);
            return wrap(&name, notes);
        }
        if self.expanding.is_empty() {
            self.note(pointer, format!("the {} members of allOf are one schema", members.len()));
        }
        let mut merged = Value::Object(Map::new());
        for member in &members {
            let member = self.expand(member, pointer);
            merged = self.merge(merged, member, pointer);
        }
        merged = self.merge(merged, Value::Object(structural), pointer);
        if let Some(map) = merged.as_object_mut() {
            map.extend(own);
        }
        merged
    }

    /// What a reference stands for, so that it can be merged. Each component is merged once for all that extend it.
    fn expand(&mut self, schema: &Value, pointer: &str) -> Value {
        if self.budget.is_over() {
            return json!({});
        }
        let Some(name) = referred(schema) else { return schema.clone() };
        if let Some(expansion) = self.expanding.last_mut() {
            expansion.asked.insert(name.clone());
        }
        if self.stack.contains(&name) {
            self.warn(pointer, format!("`{name}` contains itself by allOf; that member is left out"));
            return Value::Object(Map::new());
        }
        let Some(costs) = self.schemas.get(&name).map(weight) else { return schema.clone() };
        let mut flat = match self.recall(&name, pointer) {
            Some(flat) => flat,
            None if !self.budget.spend(costs, pointer) => return Value::Object(Map::new()),
            None => {
                let raw = self.schemas.get(&name).cloned().unwrap_or_default();
                self.expanding.push(Expansion::default());
                self.stack.push(name.clone());
                let flat = self.flatten(raw, pointer);
                let mut flat = self.expand(&flat, pointer);
                self.stack.pop();
                if let Some(map) = flat.as_object_mut() {
                    // These belong to the component itself, not to what is built from it.
                    map.retain(|k, _| {
                        !k.starts_with("x-")
                            && !matches!(k.as_str(), "discriminator" | "title" | "example" | "nullable" | "description")
                    });
                }
                self.remember(name, &flat, pointer);
                flat
            }
        };
        if let Some(map) = flat.as_object_mut() {
            map.extend(annotations(schema));
        }
        flat
    }

    fn recall(&mut self, name: &str, pointer: &str) -> Option<Value> {
        let is_same = |known: &&Known| {
            is_same_under(&self.stack, &known.asked, &known.under_way)
                && is_same_under(&self.pairs, &known.asked_pairs, &known.pairs_under_way)
        };
        let all = self.known.get(name)?;
        if !self.budget.spend(1 + all.len(), pointer) {
            return Some(Value::Object(Map::new()));
        }
        let known = all.iter().find(is_same)?;
        let costs = known.weight + known.warnings.len() + known.asked.len() / 8;
        if !self.budget.spend(costs, pointer) {
            return Some(Value::Object(Map::new()));
        }
        let (flat, warnings) = (known.flat.clone(), known.warnings.clone());
        if let Some(outer) = self.expanding.last_mut() {
            outer.asked.extend(known.asked.iter().cloned());
            outer.asked_pairs.extend(known.asked_pairs.iter().cloned());
        }
        for (rest, what) in warnings {
            self.warn(&format!("{pointer}{rest}"), what);
        }
        Some(flat)
    }

    /// Ends the expansion; the one around it depends on the same.
    fn remember(&mut self, name: String, flat: &Value, pointer: &str) {
        let Some(Expansion { asked, asked_pairs, warnings }) = self.expanding.pop() else { return };
        if self.budget.is_over() {
            return;
        }
        if let Some(outer) = self.expanding.last_mut() {
            outer.asked.extend(asked.iter().cloned());
            outer.asked_pairs.extend(asked_pairs.iter().cloned());
            outer.warnings.extend(warnings.iter().cloned());
        }
        let weight = weight(flat);
        self.budget.spend(asked.len() / 8 + asked_pairs.len() + warnings.len() + weight, pointer);
        let rest = |(place, what): (String, String)| (place.strip_prefix(pointer).unwrap_or(&place).to_string(), what);
        self.known.entry(name).or_default().push(Known {
            under_way: self.stack.iter().filter(|name| asked.contains(*name)).cloned().collect(),
            pairs_under_way: self.pairs.iter().filter(|pair| asked_pairs.contains(*pair)).cloned().collect(),
            asked,
            asked_pairs,
            flat: flat.clone(),
            weight,
            warnings: warnings.into_iter().map(rest).collect(),
        });
    }

    /// Both at once.
    fn merge(&mut self, a: Value, b: Value, pointer: &str) -> Value {
        let (Value::Object(mut a), Value::Object(b)) = (a, b) else { return Value::Object(Map::new()) };
        for (key, theirs) in b {
            let Some(place) = a.get_mut(&key) else {
                a.insert(key, theirs);
                continue;
            };
            if *place == theirs {
                continue;
            }
            let ours = std::mem::take(place);
            let value = match key.as_str() {
                "properties" => self.merge_properties(ours, theirs, pointer),
                "required" => union(ours, theirs),
                "enum" => common(ours, theirs),
                "items" | "additionalProperties" if ours.is_object() && theirs.is_object() => {
                    self.both(&ours, &theirs, &at(pointer, &key))
                }
                "additionalProperties" => {
                    if ours.is_object() {
                        ours
                    } else {
                        theirs
                    }
                }
                "description" => match (ours.as_str(), theirs.as_str()) {
                    (Some(o), Some(t)) if !o.contains(t) && self.has_room(o, t, pointer) => {
                        format!("{o}\n\n{t}").into()
                    }
                    _ => ours,
                },
                "type" => match (ours.as_str(), theirs.as_str()) {
                    (Some("integer"), Some("number")) | (Some("number"), Some("integer")) => "integer".into(),
                    _ => {
                        self.warn(
                            pointer,
                            format!("members of allOf are {ours} and {theirs} at once; taken as any JSON"),
                        );
                        return json!({"description": "Described as two different types at once, so it is kept as it comes."});
                    }
                },
                "oneOf" | "anyOf" => self.cross(&ours, &theirs, pointer),
                "nullable" => (ours == true && theirs == true).into(),
                "readOnly" | "writeOnly" | "deprecated" => true.into(),
                "maximum" | "maxLength" | "maxItems" => narrower(ours, theirs, true),
                "minimum" | "minLength" | "minItems" => narrower(ours, theirs, false),
                "pattern" => match (ours.as_str(), theirs.as_str()) {
                    (Some(o), Some(t)) if self.has_room(o, t, pointer) => format!("(?={o})(?={t})").into(),
                    _ => ours,
                },
                "format" => {
                    self.warn(
                        pointer,
                        format!("members of allOf have the formats {ours} and {theirs}; neither is used"),
                    );
                    format!("{} and {}", ours.as_str().unwrap_or_default(), theirs.as_str().unwrap_or_default()).into()
                }
                // The later one speaks for the whole.
                "default" | "example" => theirs,
                _ => ours,
            };
            a.insert(key, value);
        }
        Value::Object(a)
    }

    /// Texts that are put together grow, too.
    fn has_room(&self, a: &str, b: &str, pointer: &str) -> bool {
        self.budget.spend(1 + (a.len() + b.len()) / 32, pointer)
    }

    fn merge_properties(&mut self, ours: Value, theirs: Value, pointer: &str) -> Value {
        let (Value::Object(mut ours), Value::Object(theirs)) = (ours, theirs) else { return Value::Object(Map::new()) };
        for (name, theirs) in theirs {
            let place = at(&at(pointer, "properties"), &name);
            let value = match ours.get(&name).cloned() {
                Some(mine) => self.both(&mine, &theirs, &place),
                None => theirs,
            };
            ours.insert(name, value);
        }
        Value::Object(ours)
    }

    /// One place described twice.
    fn both(&mut self, a: &Value, b: &Value, pointer: &str) -> Value {
        if a == b {
            return a.clone();
        }
        if !self.budget.spend(weight(a) + weight(b), pointer) {
            return json!({});
        }
        if let (Some(x), Some(y)) = (referred(a), referred(b)) {
            let mut notes = annotations(a);
            notes.extend(annotations(b));
            if x == y {
                return wrap(&x, notes);
            }
            let pair = (x.clone(), y);
            if let Some(expansion) = self.expanding.last_mut() {
                expansion.asked_pairs.insert(pair.clone());
            }
            if self.pairs.contains(&pair) {
                self.warn(
                    pointer,
                    format!("`{}` and `{}` are merged into each other without end; `{x}` is used", pair.0, pair.1),
                );
                return wrap(&x, notes);
            }
            self.pairs.push(pair);
            let flat = self.flatten(json!({"allOf": [a, b]}), pointer);
            self.pairs.pop();
            return flat;
        }
        for (one, other) in [(a, b), (b, a)] {
            if only_annotates(one) {
                let mut out = other.clone();
                if let Some(map) = out.as_object_mut() {
                    let described = map.get("description").cloned();
                    map.extend(annotations(one));
                    if let Some(text) = described {
                        map.insert("description".into(), text);
                    }
                }
                if let Some(target) = out.get("$ref").and_then(Value::as_str).and_then(component_of) {
                    out = wrap(&target, annotations(&out));
                }
                return out;
            }
        }
        self.flatten(json!({"allOf": [a, b]}), pointer)
    }

    /// A schema with more beside it.
    pub fn extended(&mut self, schema: &Value, more: &Value, pointer: &str) -> Value {
        match self.budget.spend(weight(schema) + weight(more), pointer) {
            true => self.flatten(json!({"allOf": [schema, more]}), pointer),
            false => json!({}),
        }
    }

    /// Two choices at once are every pair of them.
    fn cross(&mut self, a: &Value, b: &Value, pointer: &str) -> Value {
        let empty = Vec::new();
        let (a, b) = (a.as_array().unwrap_or(&empty), b.as_array().unwrap_or(&empty));
        if a.len() * b.len() > 16 {
            self.warn(pointer, "two choices at once have too many combinations; the first is used".into());
            return Value::Array(a.clone());
        }
        let mut out = Vec::new();
        for x in a {
            for y in b {
                out.push(self.extended(x, y, pointer));
            }
        }
        Value::Array(out)
    }
}

/// Whether of what was asked for the same is under way as before.
fn is_same_under<T: Ord>(now: &[T], asked: &BTreeSet<T>, before: &BTreeSet<T>) -> bool {
    let mut found = 0;
    now.iter().filter(|one| asked.contains(*one)).all(|one| {
        found += 1;
        before.contains(one)
    }) && found == before.len()
}

/// Nothing but annotations: it narrows no value.
fn only_annotates(schema: &Value) -> bool {
    form(schema) == Form::Any && schema.as_object().is_some_and(|m| m.keys().all(|k| is_annotation(k)))
}

fn union(a: Value, b: Value) -> Value {
    let (Value::Array(mut a), Value::Array(b)) = (a, b) else { return json!([]) };
    if b.len() <= 8 {
        for item in b {
            if !a.contains(&item) {
                a.push(item);
            }
        }
    } else {
        let mut seen: HashSet<Value> = a.iter().cloned().collect();
        a.extend(b.into_iter().filter(|item| seen.insert(item.clone())));
    }
    Value::Array(a)
}

/// The values both allow; all of them when that would leave none.
fn common(a: Value, b: Value) -> Value {
    let both: Vec<Value> = match (&a, &b) {
        (Value::Array(x), Value::Array(y)) => {
            let y: HashSet<&Value> = y.iter().collect();
            x.iter().filter(|v| y.contains(v)).cloned().collect()
        }
        _ => Vec::new(),
    };
    if both.is_empty() { union(a, b) } else { Value::Array(both) }
}

fn narrower(a: Value, b: Value, smaller: bool) -> Value {
    match (a.as_f64(), b.as_f64()) {
        (Some(x), Some(y)) if (y < x) == smaller => b,
        _ => a,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flatten(schemas: Value, name: &str) -> (Value, Vec<Change>) {
        let mut service = Service {
            schemas: schemas.as_object().expect("map").iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
            ..Service::default()
        };
        run(&mut service, &Budget::default());
        (service.schemas[name].clone(), service.changes)
    }

    #[test]
    fn names_of_each_other_are_any_json() {
        let all_of =
            |name: &str| json!({"description": "d", "allOf": [{"$ref": format!("#/components/schemas/{name}")}]});
        let (a, changes) =
            flatten(json!({"A": all_of("B"), "B": all_of("A"), "C": all_of("D"), "D": {"type": "string"}}), "A");
        assert_eq!(a, json!({}));
        assert_eq!(changes.iter().filter(|c| c.warning).count(), 2);
    }

    #[test]
    fn a_property_of_two_members_keeps_what_both_say() {
        let (t, changes) = flatten(
            json!({
                "Base": {"type": "object", "required": ["id"], "properties": {
                    "id": {"type": "string"},
                    "events": {"type": "array", "items": {"type": "object", "properties": {"at": {"type": "string"}}}}}},
                "T": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {
                    "events": {"items": {"properties": {"metadata": {"type": "object"}}}}}}]}
            }),
            "T",
        );
        let item = &t["properties"]["events"]["items"]["properties"];
        assert!(item["at"].is_object() && item["metadata"].is_object(), "{t}");
        assert_eq!(t["required"], json!(["id"]));
        assert!(changes.iter().all(|c| !c.warning), "{changes:?}");
    }

    #[test]
    fn a_described_reference_stays_a_reference() {
        let (t, _) = flatten(
            json!({"A": {"properties": {"x": {"type": "string"}}},
                   "T": {"properties": {"a": {"allOf": [{"$ref": "#/components/schemas/A"}, {"description": "mine"}]}}}}),
            "T",
        );
        assert_eq!(t["properties"]["a"], json!({"description": "mine", "allOf": [{"$ref": "#/components/schemas/A"}]}));
    }

    #[test]
    fn one_that_contains_itself_ends_with_a_warning() {
        let (t, changes) = flatten(
            json!({"T": {"allOf": [{"$ref": "#/components/schemas/T"}, {"properties": {"x": {"type": "string"}}}]}}),
            "T",
        );
        assert!(t["properties"]["x"].is_object());
        assert!(changes.iter().any(|c| c.warning && c.what.contains("contains itself")));
    }

    #[test]
    fn what_cannot_be_both_is_kept_as_any_json_and_told() {
        let (t, changes) = flatten(
            json!({"A": {"properties": {"x": {"type": "string"}}}, "B": {"properties": {"x": {"type": "integer"}}},
                   "T": {"allOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]}}),
            "T",
        );
        assert_eq!(form(&t["properties"]["x"]), Form::Any);
        assert!(changes.iter().any(|c| c.warning && c.pointer.ends_with("/properties/x")), "{changes:?}");
    }

    #[test]
    fn references_that_merge_into_each_other_end() {
        let (_, changes) = flatten(
            json!({
                "X": {"properties": {"q": {"$ref": "#/components/schemas/X"}}},
                "Y": {"properties": {"q": {"$ref": "#/components/schemas/Y"}}},
                "A": {"properties": {"p": {"$ref": "#/components/schemas/X"}}},
                "B": {"properties": {"p": {"$ref": "#/components/schemas/Y"}}},
                "T": {"allOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]}
            }),
            "T",
        );
        assert!(changes.iter().any(|c| c.what.contains("without end")), "{changes:?}");
    }
}
