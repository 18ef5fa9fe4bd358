//! OpenAPI's schemas as JSON Schema 2020-12: 3.0's dialect, discriminators, and fields that go one way only.
//!
//! Everything else of the document stays where it is, so that a JSON pointer into the document finds the translated schema.

use super::{Pattern, Side};
use crate::document::Document;
use crate::pointer::{self, at};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Marks a choice by discriminator: `[property, value, reference]` each.
pub(crate) const CHOICES: &str = "x-choices";

/// Depth to which `allOf` is searched.
const DEPTH: usize = 16;

/// Maps of names to things, in the frame of a document.
const NAMED: [&str; 9] =
    ["paths", "parameters", "responses", "requestBodies", "headers", "content", "encoding", "callbacks", "pathItems"];

pub(super) fn document(document: &Document, side: Side) -> (Value, Vec<String>) {
    let mut pass = Pass {
        document,
        side,
        notes: Vec::new(),
        patterns: BTreeMap::new(),
        heirs: BTreeMap::new(),
        within: String::new(),
        around: BTreeSet::new(),
    };
    pass.heirs = pass.find_heirs();
    let mut root = pass.frame(&document.value, "");
    let mut notes = pass.notes;
    let known = known_references(&root);
    mend_references(&mut root, &known, &mut notes);
    (root, notes)
}

struct Pass<'a> {
    document: &'a Document,
    side: Side,
    notes: Vec<String>,
    /// Whether a pattern can be used.
    patterns: BTreeMap<String, bool>,
    /// Components that build on a component by `allOf`, directly or not.
    heirs: BTreeMap<String, BTreeSet<String>>,
    /// Component whose schema is being translated.
    within: String,
    /// Fields that go one way, as the schemas around say.
    around: BTreeSet<String>,
}

/// Of an amount in the smallest unit there is nothing smaller: it is whole whatever its type says.
fn is_whole(schema: &Map<String, Value>) -> bool {
    let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    schema.get("type").is_some_and(|kind| kind == "number") && text.to_lowercase().contains("smallest unit")
}

impl Pass<'_> {
    /// What is no schema, but may hold some.
    fn frame(&mut self, value: &Value, pointer: &str) -> Value {
        match value {
            Value::Array(list) => {
                list.iter().enumerate().map(|(i, v)| self.frame(v, &at(pointer, &i.to_string()))).collect()
            }
            Value::Object(map) => {
                let mut out = Map::new();
                for (key, child) in map {
                    let place = at(pointer, key);
                    let new = match (key.as_str(), child) {
                        ("example" | "examples" | "description" | "summary" | "tags" | "info", _) => continue,
                        ("schema", child) => self.schema(child, &place),
                        ("schemas", Value::Object(schemas)) if pointer == "/components" => {
                            let mut made = Map::new();
                            for (name, schema) in schemas {
                                self.within.clone_from(name);
                                made.insert(name.clone(), self.schema(schema, &at(&place, name)));
                            }
                            self.within.clear();
                            Value::Object(made)
                        }
                        (key, Value::Object(named)) if NAMED.contains(&key) => named
                            .iter()
                            .map(|(name, v)| (name.clone(), self.frame(v, &at(&place, name))))
                            .collect::<Map<_, _>>()
                            .into(),
                        _ => self.frame(child, &place),
                    };
                    out.insert(key.clone(), new);
                }
                Value::Object(out)
            }
            other => other.clone(),
        }
    }

    fn schema(&mut self, schema: &Value, place: &str) -> Value {
        let Some(map) = schema.as_object() else {
            return if schema.is_boolean() { schema.clone() } else { json!({}) };
        };
        if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
            let target = self.reference(reference, place);
            // In OpenAPI 3.0 nothing beside a reference counts.
            if !self.document.is_31 || map.len() == 1 {
                return target;
            }
            let mut rest = map.clone();
            rest.remove("$ref");
            let rest = self.object(&rest, place);
            return json!({"allOf": [target, rest]});
        }
        let mut made = self.object(map, place);
        if let (true, Some(made)) = (is_whole(map), made.as_object_mut()) {
            made.entry("multipleOf").or_insert_with(|| 1.into());
        }
        made
    }

    fn object(&mut self, map: &Map<String, Value>, place: &str) -> Value {
        let one_way = self.one_way(map);
        // It is said of this value alone, not of what is within it.
        let around = std::mem::take(&mut self.around);
        let made = self.keywords(map, place, &one_way);
        self.around = around;
        made
    }

    fn keywords(&mut self, map: &Map<String, Value>, place: &str, one_way: &BTreeSet<String>) -> Value {
        let is_closed = map.get("additionalProperties") == Some(&Value::Bool(false));
        let own = map.get("properties").and_then(Value::as_object);
        let mut out = Map::new();
        for (key, value) in map {
            let here = at(place, key);
            let new = match key.as_str() {
                "properties" => match value.as_object() {
                    Some(properties) => {
                        let mut made = Map::new();
                        for (name, property) in properties {
                            let refused = one_way.contains(name) && self.side != Side::Request;
                            let schema = match refused {
                                true => Value::Bool(false),
                                false => self.schema(property, &at(&here, name)),
                            };
                            made.insert(name.clone(), schema);
                        }
                        Value::Object(made)
                    }
                    None => continue,
                },
                "patternProperties" | "$defs" | "dependentSchemas" => match value.as_object() {
                    Some(map) => map
                        .iter()
                        .map(|(name, v)| (name.clone(), self.schema(v, &at(&here, name))))
                        .collect::<Map<_, _>>()
                        .into(),
                    None => continue,
                },
                "required" => match value.as_array() {
                    Some(names) => {
                        // What is required and not allowed no value could have.
                        let is_allowed = |name: &str| !is_closed || own.is_some_and(|own| own.contains_key(name));
                        let stays = |name: &&Value| {
                            name.as_str().is_some_and(|name| !one_way.contains(name) && is_allowed(name))
                        };
                        let names: Vec<Value> = names.iter().filter(stays).cloned().collect();
                        let mut seen = BTreeSet::new();
                        names.into_iter().filter(|n| seen.insert(n.to_string())).collect()
                    }
                    None => continue,
                },
                "items"
                | "additionalProperties"
                | "not"
                | "if"
                | "then"
                | "else"
                | "contains"
                | "propertyNames"
                | "unevaluatedProperties"
                | "unevaluatedItems" => self.schema(value, &here),
                "allOf" | "anyOf" | "oneOf" | "prefixItems" => match value.as_array().filter(|list| !list.is_empty()) {
                    Some(list) => {
                        let is_parent = key == "allOf";
                        let outer = std::mem::replace(&mut self.around, one_way.clone());
                        let members: Value = list
                            .iter()
                            .enumerate()
                            .map(|(i, v)| self.member(v, &at(&here, &i.to_string()), is_parent))
                            .collect();
                        self.around = outer;
                        members
                    }
                    None => continue,
                },
                "type" => match types_of(value) {
                    Some(types) => types,
                    None => {
                        self.notes.push(format!("{here}: the type {value} is unknown; any value is taken"));
                        continue;
                    }
                },
                "enum" if value.as_array().is_some_and(|list| !list.is_empty()) => distinct(value),
                "const" | "default" | "example" => value.clone(),
                "examples" if self.document.is_31 => match value.get(0) {
                    Some(first) => {
                        out.insert("example".into(), first.clone());
                        continue;
                    }
                    None => continue,
                },
                "pattern" => match value.as_str().filter(|pattern| self.is_usable(pattern)) {
                    Some(pattern) => pattern.into(),
                    None => {
                        self.notes.push(format!("{here}: the pattern {value} cannot be used; any text is taken"));
                        continue;
                    }
                },
                "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => {
                    match value.as_u64() {
                        Some(count) => count.into(),
                        None => continue,
                    }
                }
                "minimum" | "maximum" if value.is_number() => value.clone(),
                "exclusiveMinimum" | "exclusiveMaximum" if value.is_number() => value.clone(),
                "multipleOf" if value.as_f64().is_some_and(|n| n > 0.0) => value.clone(),
                "format" if value.is_string() => value.clone(),
                "uniqueItems" if value.is_boolean() => value.clone(),
                _ => continue,
            };
            out.insert(key.clone(), new);
        }
        if !self.document.is_31 {
            bounds(map, &mut out);
        }
        int32(&mut out);
        self.alternatives(map, &mut out, place);
        self.nullable(map, out)
    }

    /// `nullable` of OpenAPI 3.0, also where its type is elsewhere.
    fn nullable(&self, map: &Map<String, Value>, mut out: Map<String, Value>) -> Value {
        if map.get("nullable") != Some(&Value::Bool(true)) {
            return Value::Object(out);
        }
        if let Some(Value::Array(values)) = out.get_mut("enum")
            && !values.contains(&Value::Null)
        {
            values.push(Value::Null);
        }
        let elsewhere =
            ["allOf", "anyOf", "oneOf", "const", "properties", CHOICES].iter().any(|k| out.contains_key(*k));
        match out.get_mut("type") {
            Some(Value::String(one)) if !elsewhere => {
                let both = json!([one, "null"]);
                out.insert("type".into(), both);
                Value::Object(out)
            }
            None if !elsewhere => Value::Object(out),
            _ => json!({"anyOf": [out, {"type": "null"}]}),
        }
    }

    /// `oneOf` is read as `anyOf`: the alternatives of published documents overlap, and no caller could mend that.
    /// With a discriminator the tag decides.
    fn alternatives(&mut self, map: &Map<String, Value>, out: &mut Map<String, Value>, place: &str) {
        let listed = map.get("oneOf").or(map.get("anyOf")).and_then(Value::as_array);
        let choices = match (tag(map), listed) {
            (Some(tag), Some(list)) => {
                let found = self.tagged(map, list, tag, place);
                if !found.is_empty() {
                    out.remove("oneOf");
                    out.remove("anyOf");
                    let values: Vec<&Value> = found.iter().map(|choice| &choice[1]).collect();
                    let must = json!({"required": [tag], "properties": {tag: {"enum": values}}});
                    push_all(out, vec![must]);
                }
                found
            }
            (Some(tag), None) => self.mapped(map, tag, place),
            (None, _) => Vec::new(),
        };
        if let Some(one_of) = out.remove("oneOf") {
            match out.contains_key("anyOf") {
                true => push_all(out, vec![json!({"anyOf": one_of})]),
                false => {
                    out.insert("anyOf".into(), one_of);
                }
            }
        }
        choose(out, choices);
    }

    /// The alternatives by their tags: those of the mapping, and the names of components it does not list.
    fn tagged(&mut self, map: &Map<String, Value>, list: &[Value], tag: &str, place: &str) -> Vec<Value> {
        let mut out = Vec::new();
        let mapped = mapping(map);
        for alternative in list {
            let Some(reference) = alternative.get("$ref").and_then(Value::as_str) else { return Vec::new() };
            let plain = self.plain(reference, place);
            let mut named = false;
            for (value, target) in &mapped {
                if same_target(target, reference) {
                    named = true;
                    out.push(json!([tag, value, plain]));
                }
            }
            if !named {
                let name = reference.rsplit('/').next().unwrap_or(reference);
                out.push(json!([tag, name, plain]));
            }
        }
        out
    }

    /// The choices of a base type, which its mapping alone names.
    fn mapped(&mut self, map: &Map<String, Value>, tag: &str, place: &str) -> Vec<Value> {
        // Within a component the references to it make the choice; its heirs use it as it is.
        if !self.within.is_empty() && *place == at("/components/schemas", &self.within) {
            return Vec::new();
        }
        let pairs: Vec<(String, String)> = mapping(map);
        pairs.into_iter().map(|(value, target)| json!([tag, value, self.plain(&full(&target), place)])).collect()
    }

    /// A member of `allOf` and its siblings: an heir names its parent as it is.
    fn member(&mut self, schema: &Value, place: &str, is_parent: bool) -> Value {
        match schema.get("$ref").and_then(Value::as_str).filter(|_| is_parent) {
            Some(reference) if self.inherits(reference) => json!({"$ref": self.plain(reference, place)}),
            _ => self.schema(schema, place),
        }
    }

    fn inherits(&self, reference: &str) -> bool {
        let name = component(reference);
        name.is_some_and(|name| self.heirs.get(&name).is_some_and(|heirs| heirs.contains(&self.within)))
    }

    /// A reference, with the choice that the base type at its end makes by its discriminator.
    fn reference(&mut self, reference: &str, place: &str) -> Value {
        let plain = self.plain(reference, place);
        let base = component(reference).filter(|_| !self.inherits(reference));
        let target = base.and_then(|name| self.document.value["components"]["schemas"].get(&name)?.as_object());
        let mut out = Map::from_iter([("$ref".to_owned(), Value::from(plain))]);
        if let Some(map) = target.filter(|map| !map.contains_key("oneOf") && !map.contains_key("anyOf"))
            && let Some(tag) = tag(map)
        {
            let pairs: Vec<(String, String)> = mapping(map);
            let choices =
                pairs.into_iter().map(|(v, target)| json!([tag, v, self.plain(&full(&target), place)])).collect();
            choose(&mut out, choices);
        }
        Value::Object(out)
    }

    fn plain(&mut self, reference: &str, place: &str) -> String {
        match pointer::of_reference(reference) {
            Some(pointer) => pointer::to_reference(&pointer),
            None => {
                self.notes.push(format!("{place}: `{reference}` is in another file; any value is taken"));
                String::new()
            }
        }
    }

    /// Properties that do not go this way.
    fn one_way(&self, map: &Map<String, Value>) -> BTreeSet<String> {
        let mark = if self.side == Side::Response { "writeOnly" } else { "readOnly" };
        let mut names = self.around.clone();
        self.gather(map, mark, DEPTH, &mut names);
        names
    }

    fn gather(&self, map: &Map<String, Value>, mark: &str, depth: usize, names: &mut BTreeSet<String>) {
        for (name, property) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if self.has_mark(property, mark, depth) {
                names.insert(name.clone());
            }
        }
        let Some(depth) = depth.checked_sub(1) else { return };
        for member in map.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            if let Some(member) = self.document.resolve(member).as_object() {
                self.gather(member, mark, depth, names);
            }
        }
    }

    fn has_mark(&self, schema: &Value, mark: &str, depth: usize) -> bool {
        let schema = self.document.resolve(schema);
        if schema.get(mark) == Some(&Value::Bool(true)) {
            return true;
        }
        let Some(depth) = depth.checked_sub(1) else { return false };
        schema.get("allOf").and_then(Value::as_array).is_some_and(|l| l.iter().any(|m| self.has_mark(m, mark, depth)))
    }

    fn is_usable(&mut self, pattern: &str) -> bool {
        if let Some(known) = self.patterns.get(pattern) {
            return *known;
        }
        let usable = Pattern::new(pattern).is_some();
        self.patterns.insert(pattern.to_owned(), usable);
        usable
    }

    fn find_heirs(&self) -> BTreeMap<String, BTreeSet<String>> {
        let Some(schemas) = self.document.value["components"]["schemas"].as_object() else { return BTreeMap::new() };
        let parents = |name: &str| -> Vec<String> {
            let members = schemas.get(name).and_then(|s| s.get("allOf")).and_then(Value::as_array);
            members.into_iter().flatten().filter_map(|m| component(m.get("$ref")?.as_str()?)).collect()
        };
        let mut heirs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for name in schemas.keys() {
            let mut open = parents(name);
            while let Some(parent) = open.pop() {
                if heirs.entry(parent.clone()).or_default().insert(name.clone()) {
                    open.extend(parents(&parent));
                }
            }
        }
        heirs
    }
}

/// `type` as JSON Schema knows it; `None` for what it does not.
fn types_of(value: &Value) -> Option<Value> {
    let known = |v: &Value| {
        matches!(v.as_str(), Some("string" | "number" | "integer" | "boolean" | "object" | "array" | "null"))
    };
    match value {
        Value::String(_) if known(value) => Some(value.clone()),
        Value::Array(list) if !list.is_empty() && list.iter().all(known) => Some(distinct(value)),
        _ => None,
    }
}

fn distinct(list: &Value) -> Value {
    let mut out: Vec<Value> = Vec::new();
    for value in list.as_array().into_iter().flatten() {
        if !out.contains(value) {
            out.push(value.clone());
        }
    }
    Value::Array(out)
}

/// OpenAPI 3.0 says beside a bound that it is exclusive.
fn bounds(map: &Map<String, Value>, out: &mut Map<String, Value>) {
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if map.get(exclusive) == Some(&Value::Bool(true))
            && let Some(limit) = out.remove(bound)
        {
            out.insert(exclusive.into(), limit);
        }
    }
}

/// JSON Schema does not know the width of integers.
fn int32(out: &mut Map<String, Value>) {
    if out.get("format").is_some_and(|f| f == "int32") && out.get("type").is_some_and(|t| t == "integer") {
        out.entry("minimum").or_insert(i32::MIN.into());
        out.entry("maximum").or_insert(i32::MAX.into());
    }
}

fn tag(map: &Map<String, Value>) -> Option<&str> {
    map.get("discriminator")?.get("propertyName")?.as_str()
}

fn mapping(map: &Map<String, Value>) -> Vec<(String, String)> {
    let mapping = map.get("discriminator").and_then(|d| d.get("mapping")).and_then(Value::as_object);
    mapping.into_iter().flatten().filter_map(|(v, target)| Some((v.clone(), target.as_str()?.to_owned()))).collect()
}

/// A mapping may give the bare name of a component.
fn full(target: &str) -> String {
    match target.contains(['#', '/']) {
        true => target.to_owned(),
        false => pointer::to_reference(&at("/components/schemas", target)),
    }
}

fn same_target(target: &str, reference: &str) -> bool {
    pointer::of_reference(&full(target)) == pointer::of_reference(reference)
}

/// The name of the component that a reference names.
fn component(reference: &str) -> Option<String> {
    let pointer = pointer::of_reference(reference)?;
    let name = pointer.strip_prefix("/components/schemas/")?;
    (!name.contains('/')).then(|| name.replace("~1", "/").replace("~0", "~"))
}

fn push_all(out: &mut Map<String, Value>, members: Vec<Value>) {
    if let Value::Array(list) = out.entry("allOf").or_insert_with(|| json!([])) {
        list.extend(members);
    }
}

/// The tag decides which schema holds besides.
fn choose(out: &mut Map<String, Value>, choices: Vec<Value>) {
    if choices.is_empty() {
        return;
    }
    let rules = choices.iter().map(|choice| {
        let tag = choice[0].as_str().unwrap_or_default();
        json!({"if": {"required": [tag], "properties": {tag: {"const": choice[1]}}}, "then": {"$ref": choice[2]}})
    });
    push_all(out, rules.collect());
    out.insert(CHOICES.into(), Value::Array(choices));
}

/// Every reference that ends somewhere.
fn known_references(root: &Value) -> BTreeSet<String> {
    fn walk(root: &Value, value: &Value, known: &mut BTreeSet<String>) {
        match value {
            Value::Array(list) => list.iter().for_each(|v| walk(root, v, known)),
            Value::Object(map) => {
                if let Some(Value::String(reference)) = map.get("$ref")
                    && !known.contains(reference)
                    && pointer::of_reference(reference).is_some_and(|p| root.pointer(&p).is_some())
                {
                    known.insert(reference.clone());
                }
                map.values().for_each(|v| walk(root, v, known));
            }
            _ => {}
        }
    }
    let mut known = BTreeSet::new();
    walk(root, root, &mut known);
    known
}

/// A reference that ends nowhere takes any value.
fn mend_references(value: &mut Value, known: &BTreeSet<String>, notes: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|v| mend_references(v, known, notes)),
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref")
                && !known.contains(reference)
            {
                notes.push(format!("`{reference}` ends nowhere; any value is taken"));
                map.remove("$ref");
            }
            map.iter_mut()
                .filter(|(key, _)| !matches!(key.as_str(), "example" | "default" | "enum" | "const"))
                .for_each(|(_, v)| mend_references(v, known, notes));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::Schemas;
    use super::*;

    fn schemas(schemas: &str, side: Side) -> Schemas {
        let text = format!("openapi: 3.0.0\npaths: {{}}\ncomponents:\n  schemas:\n{schemas}");
        let document = Document::parse("x", "x.yaml", &text).expect("document");
        Schemas::of(&document, side)
    }

    fn valid(schemas: &Schemas, name: &str, value: Value) -> bool {
        schemas.validator(&at("/components/schemas", name)).expect("validator").is_valid(&value)
    }

    #[test]
    fn the_dialect_of_3_0() {
        let s = schemas(
            "    A: {type: string, nullable: true, enum: [a]}
    B: {type: integer, minimum: 1, exclusiveMinimum: true, maximum: 3}
    C: {nullable: true, allOf: [{$ref: '#/components/schemas/B'}]}
    D: {type: string, pattern: '(?P<bad>[', minLength: one}
    E: {type: integer, format: int32}
    F: {$ref: '#/components/schemas/B', maximum: 2}
    G: {$ref: '#/components/schemas/None'}
    H: {type: file}
    I: {oneOf: [{type: object}, {type: object, properties: {a: {type: string}}}]}",
            Side::Request,
        );
        assert!(valid(&s, "A", Value::Null) && valid(&s, "A", json!("a")) && !valid(&s, "A", json!("b")));
        assert!(!valid(&s, "B", json!(1)) && valid(&s, "B", json!(2)) && !valid(&s, "B", json!(4)));
        assert!(valid(&s, "C", Value::Null) && valid(&s, "C", json!(2)) && !valid(&s, "C", json!(1)));
        assert!(valid(&s, "D", json!("x")) && !valid(&s, "D", json!(1)));
        assert!(!valid(&s, "E", json!(3_000_000_000_u64)));
        assert!(valid(&s, "F", json!(3)), "what stands beside a reference does not count");
        assert!(valid(&s, "G", json!(1)) && valid(&s, "H", json!(1)));
        assert!(valid(&s, "I", json!({"a": "b"})), "alternatives may overlap");
        assert_eq!(s.notes.len(), 3, "{:?}", s.notes);
    }

    #[test]
    fn fields_that_go_one_way() {
        let text = "    Id: {type: object, required: [id], properties: {id: {type: string, readOnly: true}}}
    A:
      allOf:
        - $ref: '#/components/schemas/Id'
        - {type: object, required: [id, pin], properties: {pin: {type: string, writeOnly: true}}}";
        let request = schemas(text, Side::Request);
        assert!(valid(&request, "A", json!({"pin": "1"})) && valid(&request, "A", json!({"pin": "1", "id": "x"})));
        let strict = schemas(text, Side::StrictRequest);
        assert!(valid(&strict, "A", json!({"pin": "1"})) && !valid(&strict, "A", json!({"pin": "1", "id": "x"})));
        let response = schemas(text, Side::Response);
        assert!(valid(&response, "A", json!({"id": "x"})) && !valid(&response, "A", json!({"pin": "1"})));
    }

    #[test]
    fn a_discriminator_decides() {
        let s = schemas(
            "    Shape:
      oneOf: [{$ref: '#/components/schemas/Circle'}, {$ref: '#/components/schemas/Square'}]
      discriminator: {propertyName: kind, mapping: {round: Circle}}
    Circle: {type: object, required: [radius], properties: {radius: {type: integer}}}
    Square: {type: object, required: [side], properties: {side: {type: integer}}}
    Base:
      type: object
      required: [type]
      discriminator: {propertyName: type, mapping: {card: '#/components/schemas/Card'}}
      properties: {type: {type: string}}
    Card: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, required: [pan]}]}
    Use: {type: object, properties: {payment: {$ref: '#/components/schemas/Base'}}}",
            Side::Request,
        );
        assert!(valid(&s, "Shape", json!({"kind": "round", "radius": 1})));
        assert!(!valid(&s, "Shape", json!({"kind": "round", "side": 1})));
        assert!(valid(&s, "Shape", json!({"kind": "Square", "side": 1})));
        assert!(!valid(&s, "Shape", json!({"kind": "Circle", "radius": 1})), "the mapping gives it another name");
        assert!(!valid(&s, "Use", json!({"payment": {"type": "card"}})), "the base type's mapping decides");
        assert!(valid(&s, "Use", json!({"payment": {"type": "card", "pan": "4"}})));
        assert!(valid(&s, "Use", json!({"payment": {"type": "new"}})));
    }
}
