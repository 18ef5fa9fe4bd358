//! Values made from schemas, by a seed: the same seed gives the same value.
//!
//! [`Sampler`] makes whole requests for an operation, so that a test can send each operation once with only what is
//! required and once with everything.

mod regex;
mod request;
mod text;

pub use request::{Request, RequestBody, Sample, Sampler};

use crate::document::Document;
use crate::schema::{Flat, Kind, Misfit, Schemas, Side, Validator};
use fastrand::Rng;
use serde_json::{Map, Number, Value};
use std::collections::BTreeSet;

/// Objects within objects; below, only what is required is given.
const DEPTH: usize = 7;
/// Below this nothing is given at all: a schema that requires itself has no end.
const ABYSS: usize = 40;
/// How often a value that does not fit is mended.
const MENDINGS: usize = 40;

/// How much of a schema a value shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// Only what is required.
    Required,
    /// Every property and parameter.
    Everything,
}

/// Makes values of a document's schemas.
pub(crate) struct Maker<'a> {
    schemas: &'a Schemas,
    seed: u64,
    rng: Rng,
    fill: Fill,
    /// Places where an example did not fit.
    without_example: BTreeSet<String>,
    /// Places where a property is not taken.
    left_out: BTreeSet<String>,
    alternative: usize,
}

/// A number from texts, the same on every machine.
pub(crate) fn seed_of(seed: u64, texts: &[&str]) -> u64 {
    // FNV-1a
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed;
    for byte in texts.iter().flat_map(|text| text.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash
}

impl<'a> Maker<'a> {
    pub(crate) fn new(document: &'a Document, side: Side, fill: Fill, seed: u64) -> Self {
        Self {
            schemas: document.schemas(side),
            seed,
            rng: Rng::with_seed(seed),
            fill,
            without_example: BTreeSet::new(),
            left_out: BTreeSet::new(),
            alternative: 0,
        }
    }

    /// A value of the schema at a pointer that the validator takes; the nearest to one if there is none.
    pub(crate) fn make(&mut self, pointer: &str, validator: Option<&Validator>) -> Value {
        let Some(schema) = self.schemas.at(pointer) else { return Value::Null };
        let mut best = (usize::MAX, Value::Null);
        for _ in 0..MENDINGS {
            let value = self.value(&[schema], "", 0);
            let Some(validator) = validator else { return value };
            let before = self.left_out.len() + self.without_example.len();
            let count = self.learn(validator, &value);
            if count == 0 {
                return value;
            }
            if count < best.0 {
                best = (count, value);
            }
            if self.left_out.len() + self.without_example.len() == before {
                self.alternative += 1;
            }
        }
        best.1
    }

    /// Takes from what does not fit what to leave out next time.
    fn learn(&mut self, validator: &Validator, value: &Value) -> usize {
        let misfits = validator.misfits(value, usize::MAX);
        let count = misfits.len();
        misfits.into_iter().for_each(|misfit| self.learn_from(misfit));
        count
    }

    fn learn_from(&mut self, misfit: Misfit) {
        let place = misfit.place;
        match misfit.kind {
            Kind::Unknown(name) => {
                self.left_out.insert(crate::pointer::at(&place, &name));
            }
            Kind::Alternatives(each) => each.into_iter().flatten().for_each(|misfit| self.learn_from(misfit)),
            Kind::Never | Kind::Not => {
                self.left_out.insert(place);
            }
            Kind::Missing(_) | Kind::Other(_) => {
                self.without_example.insert(place);
            }
        }
    }

    fn value(&mut self, roots: &[&'a Value], place: &str, depth: usize) -> Value {
        if depth > ABYSS {
            return Value::Null;
        }
        // Each place has a seed of its own, so that a change elsewhere leaves its value as it was.
        self.rng = Rng::with_seed(seed_of(self.seed.wrapping_add(self.alternative as u64), &[place]));
        let shift = self.alternative;
        let flat = Flat::of(self.schemas, roots, &mut |count| shift % count.max(1));
        if let Some(fixed) = flat.each("const").next() {
            return fixed.clone();
        }
        if let Some(value) = self.one_of_enum(&flat) {
            return value;
        }
        let kind = kind(&flat);
        let uses_example = !self.without_example.contains(place);
        if uses_example && !matches!(kind, "object" | "array") {
            let mut known = flat.each("example").chain(flat.each("default"));
            if let Some(known) = known.find(|value| is_of(value, kind)) {
                return known.clone();
            }
        }
        match kind {
            "object" => self.object(&flat, place, depth),
            "array" => self.array(&flat, place, depth),
            "string" => text::make(&flat, &mut self.rng).into(),
            "integer" => self.integer(&flat),
            "number" => self.number(&flat),
            "boolean" => Value::Bool(true),
            _ => Value::Null,
        }
    }

    /// A value that all enums have.
    fn one_of_enum(&mut self, flat: &Flat<'_>) -> Option<Value> {
        let mut lists = flat.each("enum").filter_map(Value::as_array);
        let first = lists.next()?;
        let rest: Vec<&Vec<Value>> = lists.collect();
        let mut common: Vec<&Value> = first.iter().filter(|v| rest.iter().all(|list| list.contains(v))).collect();
        if common.iter().any(|value| !value.is_null()) {
            common.retain(|value| !value.is_null());
        }
        let at = (self.rng.usize(0..common.len().max(1)) + self.alternative) % common.len().max(1);
        common.get(at).map(|value| (*value).clone())
    }

    fn object(&mut self, flat: &Flat<'a>, place: &str, depth: usize) -> Value {
        let required: BTreeSet<&str> =
            flat.each("required").filter_map(Value::as_array).flatten().filter_map(Value::as_str).collect();
        let mut names: Vec<&'a str> = Vec::new();
        for name in flat.each("properties").filter_map(Value::as_object).flat_map(Map::keys) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        let all = self.fill == Fill::Everything && depth < DEPTH;
        let mut out = Map::new();
        for name in names {
            let here = crate::pointer::at(place, name);
            let must = required.contains(name);
            if !must && (!all || self.left_out.contains(&here)) {
                continue;
            }
            let schemas: Vec<&'a Value> = flat.each("properties").filter_map(|p| p.get(name)).collect();
            if schemas.contains(&&Value::Bool(false)) && !must {
                continue;
            }
            let tag = flat.tags.iter().find(|(tag, _)| *tag == name).map(|(_, value)| (*value).clone());
            let value = tag.unwrap_or_else(|| self.value(&schemas, &here, depth + 1));
            out.insert(name.to_owned(), value);
        }
        for (tag, value) in &flat.tags {
            out.entry(*tag).or_insert_with(|| (*value).clone());
        }
        for name in required {
            if !out.contains_key(name) {
                let more: Vec<&'a Value> = flat.each("additionalProperties").filter(|s| s.is_object()).collect();
                let value = self.value(&more, &crate::pointer::at(place, name), depth + 1);
                out.insert(name.to_owned(), if value.is_null() { "given".into() } else { value });
            }
        }
        self.more(flat, place, depth, all, &mut out);
        Value::Object(out)
    }

    /// Properties that only `additionalProperties` describes.
    fn more(&mut self, flat: &Flat<'a>, place: &str, depth: usize, all: bool, out: &mut Map<String, Value>) {
        let least = flat.each("minProperties").filter_map(Value::as_u64).max().unwrap_or(0);
        let most = flat.each("maxProperties").filter_map(Value::as_u64).min().unwrap_or(u64::MAX);
        let schemas: Vec<&'a Value> = flat.each("additionalProperties").filter(|s| s.is_object()).collect();
        let wanted = if all && !schemas.is_empty() { least.max(out.len() as u64 + 1) } else { least }.min(most);
        for i in 0..64 {
            if out.len() as u64 >= wanted {
                break;
            }
            let name = format!("key_{i}");
            let here = crate::pointer::at(place, &name);
            if !out.contains_key(&name) && !self.left_out.contains(&here) {
                let value = match schemas.is_empty() {
                    true => "given".into(),
                    false => self.value(&schemas, &here, depth + 1),
                };
                out.insert(name, value);
            }
        }
    }

    fn array(&mut self, flat: &Flat<'a>, place: &str, depth: usize) -> Value {
        let least = flat.each("minItems").filter_map(Value::as_u64).max().unwrap_or(0);
        let most = flat.each("maxItems").filter_map(Value::as_u64).min().unwrap_or(u64::MAX);
        let all = self.fill == Fill::Everything && depth < DEPTH;
        let wanted = if all { least.max(1) } else { least }.min(most).min(100);
        let mut out: Vec<Value> = Vec::new();
        let first: Vec<&'a Value> = flat.each("prefixItems").filter_map(Value::as_array).flatten().collect();
        let items: Vec<&'a Value> = flat.each("items").collect();
        let unique = flat.each("uniqueItems").any(|u| *u == true);
        for i in 0..wanted as usize {
            let here = crate::pointer::at(place, &i.to_string());
            let schemas = first.get(i).map_or_else(|| items.clone(), |schema| vec![*schema]);
            let mut value = self.value(&schemas, &here, depth + 1);
            for _ in 0..10 {
                if !unique || !out.contains(&value) {
                    break;
                }
                self.without_example.insert(here.clone());
                value = self.value(&schemas, &here, depth + 1);
            }
            out.push(value);
        }
        Value::Array(out)
    }

    fn integer(&mut self, flat: &Flat<'_>) -> Value {
        let bounds = |keyword: &str| flat.each(keyword).filter_map(Value::as_f64).collect::<Vec<f64>>();
        let step = flat.each("multipleOf").filter_map(Value::as_f64).fold(1.0, f64::max).max(1.0);
        let low = bounds("minimum").into_iter().chain(bounds("exclusiveMinimum").into_iter().map(|n| n.floor() + 1.0));
        let high = bounds("maximum").into_iter().chain(bounds("exclusiveMaximum").into_iter().map(|n| n.ceil() - 1.0));
        let high = high.fold(f64::INFINITY, f64::min);
        // Small and positive where the schema is silent.
        let low = low.fold(f64::NEG_INFINITY, f64::max);
        let low = if low <= 1.0 && high >= 1.0 { 1.0 } else { low.max(-1e15) };
        let from = (low / step).ceil();
        let to = (high.min(low + 1000.0 * step) / step).floor().max(from);
        let chosen = from + (self.rng.f64() * (to - from)).floor();
        Value::from((chosen * step) as i64)
    }

    fn number(&mut self, flat: &Flat<'_>) -> Value {
        let high = flat
            .each("maximum")
            .chain(flat.each("exclusiveMaximum"))
            .filter_map(Value::as_f64)
            .fold(f64::INFINITY, f64::min);
        let low = flat
            .each("minimum")
            .chain(flat.each("exclusiveMinimum"))
            .filter_map(Value::as_f64)
            .fold(f64::NEG_INFINITY, f64::max);
        let value = match (low.is_finite(), high.is_finite()) {
            (true, true) => f64::midpoint(low, high),
            (true, false) => low + 1.5,
            (false, true) => high - 1.5,
            (false, false) => 1.5 + f64::from(self.rng.u16(0..1000)),
        };
        let step = flat.each("multipleOf").filter_map(Value::as_f64).find(|step| *step > 0.0);
        let value = step.map_or(value, |step| (value / step).floor() * step);
        Number::from_f64(value).map_or(Value::Null, Value::Number)
    }
}

/// The type to make: the first that all parts allow, or what their other keywords speak of.
fn kind<'a>(flat: &Flat<'a>) -> &'a str {
    let lists: Vec<Vec<&str>> = flat
        .each("type")
        .map(|value| match value {
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        })
        .collect();
    if let Some(first) = lists.first() {
        let allowed = |kind: &&&str| {
            lists.iter().all(|list| list.contains(*kind) || **kind == "integer" && list.contains(&"number"))
        };
        let common: Vec<&str> = first.iter().filter(allowed).copied().collect();
        let common = if common.is_empty() && first.contains(&"number") { vec!["integer"] } else { common };
        return common.iter().find(|kind| **kind != "null").or(common.first()).copied().unwrap_or("null");
    }
    let speaks = |words: &[&str]| words.iter().any(|word| flat.each(word).next().is_some());
    if speaks(&["properties", "additionalProperties", "required"]) || !flat.tags.is_empty() {
        "object"
    } else if speaks(&["items", "minItems", "prefixItems"]) {
        "array"
    } else if speaks(&["minimum", "maximum", "multipleOf"]) {
        "number"
    } else if let Some(example) = flat.each("example").chain(flat.each("default")).next() {
        name_of(example)
    } else {
        "string"
    }
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    let name = name_of(value);
    name == kind || kind == "number" && name == "integer"
}
