//! What a document says of one value: references followed, allOf merged, choices settled, all as the generator does it,
//! and every word with the place it comes from.
//!
//! The lowering passes rewrite a copy and lose the places; a comparison has to name them, so this reads in place.

use crate::document::{at, lookup, steps};
use crate::lower::budget::{Budget, weight};
use crate::lower::references::component_of;
use crate::lower::schema::{Form, form, is_annotation};
use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// A schema somewhere in the document.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    pub pointer: String,
    pub value: &'a Value,
    /// Without its oneOf and anyOf: they were taken apart, and this is what stands beside them.
    masked: bool,
}

/// One value, described by all these schemas at once.
#[derive(Debug, Clone, Default)]
pub struct Site<'a> {
    pub parts: Vec<Part<'a>>,
    /// The choices that were taken apart to come here. A variant that extends its own choice meets it again, and is not
    /// taken apart by it another time: that would go on without end.
    settled: BTreeSet<String>,
}

impl<'a> Site<'a> {
    pub fn new(pointer: String, value: &'a Value) -> Self {
        Self { parts: vec![Part { pointer, value, masked: false }], settled: BTreeSet::new() }
    }

    /// Tells it from every other site of the document.
    pub fn key(&self) -> String {
        let part = |p: &Part<'_>| format!("{}{}", p.pointer, if p.masked { "|masked" } else { "" });
        let settled = self.settled.iter().map(|choice| format!("without {choice}"));
        self.parts.iter().map(part).chain(settled).collect::<Vec<_>>().join("\n")
    }

    /// The first place of it.
    pub fn pointer(&self) -> String {
        self.parts.first().map(|p| p.pointer.clone()).unwrap_or_default()
    }
}

/// What the Rust type of a value is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Any,
    Text,
    Date,
    DateTime,
    Binary,
    Integer,
    Number,
    Boolean,
    Enum,
    IntegerEnum,
    List,
    Map,
    Object,
    Choice,
}

impl Shape {
    /// As a person who uses the crate would say it.
    pub fn rust(self) -> &'static str {
        match self {
            Shape::Any => "`serde_json::Value` (any JSON)",
            Shape::Text => "`String`",
            Shape::Date => "a date (`NaiveDate`)",
            Shape::DateTime => "a point in time (`DateTime<Utc>`)",
            Shape::Binary => "bytes",
            Shape::Integer => "an integer (`i64`)",
            Shape::Number => "a number (`Decimal` for money, else `f64`)",
            Shape::Boolean => "`bool`",
            Shape::Enum => "an enum",
            Shape::IntegerEnum => "an enum of integers",
            Shape::List => "a list",
            Shape::Map => "a map",
            Shape::Object => "a struct",
            Shape::Choice => "one of several types",
        }
    }

    pub fn is_textual(self) -> bool {
        matches!(self, Shape::Text | Shape::Date | Shape::DateTime | Shape::Binary | Shape::Enum)
    }

    /// What stands alone in a path, a query or a header.
    pub fn is_plain(self) -> bool {
        !matches!(self, Shape::Object | Shape::Map | Shape::List | Shape::Choice | Shape::Any)
    }
}

/// A variant of a choice.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    pub site: Site<'a>,
    /// The component it refers to.
    pub name: Option<String>,
    pub title: Option<&'a str>,
    pub tags: Vec<String>,
}

/// Everything that is said of one value.
#[derive(Debug, Clone)]
pub struct View<'a> {
    pub pointer: String,
    pub shape: Shape,
    pub nullable: bool,
    pub properties: IndexMap<&'a str, Site<'a>>,
    pub required: BTreeSet<&'a str>,
    pub items: Option<Site<'a>>,
    /// What further fields, or the values of a map, are.
    pub extra: Option<Site<'a>>,
    pub values: Vec<Value>,
    pub members: Vec<Member<'a>>,
    pub discriminator: Option<&'a str>,
    /// Members of a second choice at the same place, which is crossed with the first.
    pub further: Vec<&'a Value>,
    /// Everything else, by keyword: limits, format, annotations, extensions, and what is left to a validator.
    pub words: BTreeMap<&'a str, Vec<&'a Value>>,
}

/// A site with the references before it taken away.
#[derive(Debug, Clone)]
pub struct Followed<'a> {
    /// What stands beside the references, the outermost first.
    pub notes: Vec<&'a Map<String, Value>>,
    pub target: Site<'a>,
    /// Whether there was a reference.
    pub referred: bool,
    pub nullable: bool,
}

/// Schemas and fields that are looked at in one document, each as often as it has another meaning: some for any document,
/// and this often what it is large. Those of GitHub, the most entangled of the large published ones, need it once.
const WORK: usize = 60_000;
const TIMES: usize = 4;

/// Any other is no type, and is only told.
const TYPES: [&str; 6] = ["object", "array", "string", "integer", "number", "boolean"];

struct Flat<'a> {
    pointer: String,
    map: &'a Map<String, Value>,
    /// Reached through a reference, so that what it says of itself is not said of the whole.
    inherited: bool,
    masked: bool,
}

/// A document that is being read.
pub struct Reader<'a> {
    pub root: &'a Value,
    /// The types that extend a component with a discriminator, by the component's pointer.
    subtypes: HashMap<String, Vec<String>>,
    views: RefCell<HashMap<String, Rc<View<'a>>>>,
    open: RefCell<HashSet<String>>,
    /// What may be looked at; whoever finds nothing left sees any JSON, and the comparison ends with a problem.
    pub budget: Budget,
}

impl<'a> Reader<'a> {
    pub fn new(root: &'a Value) -> Self {
        let budget = Budget::of(WORK + TIMES * weight(root));
        Self { root, subtypes: subtypes(root), views: RefCell::default(), open: RefCell::default(), budget }
    }

    /// The components that extend this one, if it has a discriminator and no choice of its own.
    pub fn subtypes(&self, component: &str) -> &[String] {
        self.subtypes.get(&at("/components/schemas", component)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The place a reference leads to.
    pub fn target(&self, reference: &str) -> (String, &'a Value) {
        let path = steps(reference.trim_start_matches('#'));
        let pointer = path.iter().fold(String::new(), |p, step| at(&p, step));
        (pointer, lookup(self.root, &path).unwrap_or(&Value::Null))
    }

    /// A part of the document that is no schema, with references followed.
    pub fn resolve(&self, pointer: String, value: &'a Value) -> (String, &'a Value) {
        let (mut pointer, mut value) = (pointer, value);
        for _ in 0..64 {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else { break };
            (pointer, value) = self.target(reference);
        }
        (pointer, value)
    }

    /// The longest beginning of a pointer that there is, with references followed.
    pub fn settle(&self, pointer: &str) -> String {
        let (mut here, mut value) = (String::new(), self.root);
        for step in steps(pointer) {
            let step = [step];
            // What stands beside a reference is at its own place.
            if lookup(value, &step).is_none() && value.get("$ref").is_some_and(Value::is_string) {
                (here, value) = self.resolve(here, value);
            }
            match lookup(value, &step) {
                Some(next) => (here, value) = (step.iter().fold(here, |p, s| at(&p, s)), next),
                None => break,
            }
        }
        here
    }

    /// Follows a lone reference, with or without annotations beside it, to the schema it means.
    pub fn follow(&self, site: &Site<'a>) -> Followed<'a> {
        let mut out = Followed { notes: Vec::new(), target: site.clone(), referred: false, nullable: false };
        for _ in 0..64 {
            let [part] = out.target.parts.as_slice() else { break };
            let Some(map) = part.value.as_object().filter(|_| !part.masked) else { break };
            let Some(Lone { reference, notes, nullable }) = lone_reference(map) else { break };
            out.nullable |=
                nullable || notes.iter().chain([&map]).any(|n| n.get("nullable") == Some(&Value::Bool(true)));
            out.notes.push(map);
            out.notes.extend(notes);
            let (pointer, value) = self.target(reference);
            out.target = Site::new(pointer, value);
            out.referred = true;
        }
        out
    }

    /// The component that a site is, after references.
    pub fn component(&self, target: &Site<'a>) -> Option<String> {
        let [part] = target.parts.as_slice() else { return None };
        component_of(&format!("#{}", part.pointer)).filter(|_| !part.masked)
    }

    /// All schemas that describe the value: references followed, members of allOf first, as they are merged.
    fn flatten(&self, site: &Site<'a>) -> Vec<Flat<'a>> {
        let (mut out, mut seen) = (Vec::new(), HashSet::new());
        for part in &site.parts {
            self.expand(&part.pointer, part.value, part.masked, false, &mut seen, &mut out);
        }
        out
    }

    fn expand(
        &self,
        pointer: &str,
        value: &'a Value,
        masked: bool,
        inherited: bool,
        seen: &mut HashSet<String>,
        out: &mut Vec<Flat<'a>>,
    ) {
        let Some(map) = value.as_object() else { return };
        // One that contains itself ends; two parts that share a base have it once.
        let costs = 1 + map.get("properties").and_then(Value::as_object).map_or(0, Map::len);
        if !seen.insert(format!("{pointer}{masked}")) || !self.budget.spend(costs, pointer) {
            return;
        }
        if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
            let (pointer, value) = self.target(reference);
            self.expand(&pointer, value, masked, true, seen, out);
        }
        if let Some(members) = map.get("allOf").and_then(Value::as_array) {
            for (i, member) in members.iter().enumerate() {
                self.expand(&at(&at(pointer, "allOf"), i.to_string()), member, masked, inherited, seen, out);
            }
        }
        out.push(Flat { pointer: pointer.into(), map, inherited, masked });
    }

    /// What is said of the value, as the generator would put it together.
    pub fn view(&self, site: &Site<'a>) -> Rc<View<'a>> {
        let key = site.key();
        if let Some(known) = self.views.borrow().get(&key) {
            return known.clone();
        }
        let depth = self.open.borrow().len();
        if !(self.budget.is_shallow(depth, &site.pointer()) && self.budget.spend(1 + key.len() / 64, &site.pointer())) {
            return Rc::new(View::empty(site.pointer()));
        }
        // A choice that is one of itself.
        if !self.open.borrow_mut().insert(key.clone()) {
            return Rc::new(View::empty(site.pointer()));
        }
        let view = Rc::new(self.build(site));
        self.open.borrow_mut().remove(&key);
        self.views.borrow_mut().insert(key, view.clone());
        view
    }

    fn build(&self, site: &Site<'a>) -> View<'a> {
        let flats = self.flatten(site);
        let mut view = View::empty(site.pointer());
        let mut types: BTreeSet<&str> = BTreeSet::new();
        let mut enums: Vec<&'a Value> = Vec::new();
        let mut choices: Vec<(&'a str, String, &'a Vec<Value>)> = Vec::new();
        for flat in &flats {
            for (key, value) in flat.map {
                match (key.as_str(), value) {
                    ("$ref" | "allOf", _) => {}
                    ("type", Value::String(kind)) if TYPES.contains(&kind.as_str()) => {
                        types.insert(kind);
                    }
                    ("properties", Value::Object(properties)) => {
                        let base = at(&flat.pointer, "properties");
                        for (name, schema) in properties {
                            let part = Part { pointer: at(&base, name), value: schema, masked: false };
                            view.properties.entry(name).or_default().parts.push(part);
                        }
                    }
                    ("required", Value::Array(names)) => {
                        view.required.extend(names.iter().filter_map(Value::as_str));
                    }
                    ("items", Value::Object(_)) => {
                        let part = Part { pointer: at(&flat.pointer, "items"), value, masked: false };
                        view.items.get_or_insert_default().parts.push(part);
                    }
                    ("additionalProperties", Value::Object(map)) if !map.is_empty() => {
                        let part = Part { pointer: at(&flat.pointer, "additionalProperties"), value, masked: false };
                        view.extra.get_or_insert_default().parts.push(part);
                    }
                    ("enum", Value::Array(_)) => enums.push(value),
                    ("oneOf" | "anyOf", Value::Array(members)) => {
                        let place = at(&flat.pointer, key);
                        if !flat.masked && !site.settled.contains(&place) {
                            choices.push((key, place, members));
                        }
                    }
                    ("discriminator", value) => {
                        if !flat.masked && !flat.inherited {
                            view.words.entry("discriminator").or_default().push(value);
                        }
                    }
                    ("nullable", value) => view.nullable |= !flat.inherited && value == true,
                    (key, value) => {
                        let of_itself = key.starts_with("x-") || matches!(key, "title" | "example" | "description");
                        if !(flat.inherited && of_itself) {
                            view.words.entry(key).or_default().push(value);
                        }
                    }
                }
            }
        }
        if types.contains("integer") {
            types.remove("number");
        }
        let kind = if types.len() == 1 { types.first().copied().unwrap_or_default() } else { "" };
        view.set_values(kind, &enums);
        view.set_shape(kind, types.len() > 1);
        let base = site.parts.first().filter(|p| site.parts.len() == 1 && !p.masked);
        let subtypes = base.and_then(|p| self.subtypes.get(&p.pointer)).filter(|s| !s.is_empty());
        match (choices.split_first(), subtypes) {
            (Some((first, rest)), _) => {
                for (_, _, members) in rest {
                    view.further.extend(members.iter());
                }
                self.choose(&mut view, site, &flats, first);
            }
            (None, Some(names)) => {
                let sites = names.iter().map(|name| {
                    let (pointer, value) =
                        self.target(&format!("#/components/schemas/{}", crate::document::escape(name)));
                    Site::new(pointer, value)
                });
                view.become_choice(self, sites.collect());
            }
            (None, None) => {}
        }
        view
    }

    /// Settles a oneOf or anyOf as the choices pass does.
    fn choose(
        &self,
        view: &mut View<'a>,
        site: &Site<'a>,
        flats: &[Flat<'a>],
        (key, pointer, members): &(&'a str, String, &'a Vec<Value>),
    ) {
        let constrains = |m: &&Value| form(m) == Form::Any && (m.get("required").is_some() || m.get("not").is_some());
        if members.iter().any(|m| constrains(&m)) {
            view.words.entry(key).or_default().extend(members.iter());
            return;
        }
        let beside = |k: &String| {
            !is_annotation(k) && !matches!(k.as_str(), "oneOf" | "anyOf" | "discriminator" | "type" | "$ref" | "allOf")
        };
        let has_rest = flats.iter().any(|f| f.map.keys().any(beside));
        let mut sites: Vec<Site<'a>> = Vec::new();
        let mut distinct: HashSet<&Value> = HashSet::new();
        for (i, member) in members.iter().enumerate() {
            if is_null(member) {
                view.nullable = true;
                continue;
            }
            if !distinct.insert(member) {
                continue;
            }
            let mut member = Site::new(at(pointer, i.to_string()), member);
            if has_rest {
                member.parts.extend(site.parts.iter().map(|p| Part { masked: true, ..p.clone() }));
                let mut seen = HashSet::new();
                member.parts.retain(|p| seen.insert((p.pointer.clone(), p.masked)));
                member.settled.clone_from(&site.settled);
                member.settled.insert(pointer.clone());
            }
            sites.push(member);
        }
        let discriminated = view.words.contains_key("discriminator");
        if sites.is_empty() {
            view.shape = Shape::Any;
            return;
        }
        if let ([only], false) = (sites.as_slice(), discriminated) {
            let inner = self.view(&self.follow(only).target);
            view.take(&inner);
            return;
        }
        let inner: Vec<Rc<View<'a>>> = sites.iter().map(|s| self.view(&self.follow(s).target)).collect();
        let all = |f: fn(Shape) -> bool| inner.iter().all(|v| f(v.shape));
        if all(Shape::is_textual) {
            let values: IndexSet<Value> = inner.iter().flat_map(|v| &v.values).cloned().collect();
            let values: Vec<Value> = values.into_iter().collect();
            view.shape = if values.is_empty() { Shape::Text } else { Shape::Enum };
            view.values = values;
        } else if all(|s| matches!(s, Shape::Integer | Shape::Number)) {
            let number = inner.iter().any(|v| v.shape == Shape::Number);
            view.shape = if number { Shape::Number } else { Shape::Integer };
        } else if inner.iter().any(|v| v.shape == Shape::Any) {
            view.shape = Shape::Any;
        } else if *key == "anyOf" && !discriminated && all(|s| s == Shape::Object) {
            view.superset(&inner);
        } else {
            view.become_choice(self, sites);
        }
    }
}

impl<'a> View<'a> {
    fn empty(pointer: String) -> Self {
        Self {
            pointer,
            shape: Shape::Any,
            nullable: false,
            properties: IndexMap::new(),
            required: BTreeSet::new(),
            items: None,
            extra: None,
            values: Vec::new(),
            members: Vec::new(),
            discriminator: None,
            further: Vec::new(),
            words: BTreeMap::new(),
        }
    }

    pub fn word(&self, key: &str) -> Option<&'a Value> {
        self.words.get(key).and_then(|all| all.first()).copied()
    }

    /// The values of an enum type; what cannot be one keeps its list among the words.
    fn set_values(&mut self, kind: &str, enums: &[&'a Value]) {
        let Some(first) = enums.first() else { return };
        let lists: Vec<&Vec<Value>> = enums.iter().filter_map(|e| e.as_array()).collect();
        let mut values: Vec<Value> = first.as_array().cloned().unwrap_or_default();
        for list in lists.iter().skip(1) {
            let listed: HashSet<&Value> = list.iter().collect();
            let both: Vec<Value> = values.iter().filter(|v| listed.contains(v)).cloned().collect();
            // As the merge does: all of them when nothing is common.
            values = if both.is_empty() { values.into_iter().chain(list.iter().cloned()).collect() } else { both };
        }
        if values.iter().any(Value::is_null) {
            values.retain(|v| !v.is_null());
            self.nullable = true;
        }
        let texts = kind == "string" || kind.is_empty() && values.iter().all(Value::is_string);
        let integers = kind == "integer" || kind.is_empty() && values.iter().all(Value::is_i64);
        if values.is_empty() {
            return;
        }
        let mut distinct: IndexSet<Value> = IndexSet::new();
        for value in values {
            let value = match (&value, texts, integers) {
                (Value::String(_), true, _) => value,
                (other, true, _) => Value::String(other.to_string()),
                (other, false, true) => {
                    let text = other.as_str().and_then(|s| s.parse::<i64>().ok());
                    match other.as_i64().or(text) {
                        Some(n) => n.into(),
                        None => continue,
                    }
                }
                _ => {
                    self.words.entry("enum").or_default().extend(enums);
                    return;
                }
            };
            distinct.insert(value);
        }
        self.values = distinct.into_iter().collect();
    }

    fn set_shape(&mut self, kind: &str, contradicts: bool) {
        self.shape = match self.values.first() {
            _ if contradicts => Shape::Any,
            Some(Value::String(_)) => Shape::Enum,
            Some(_) => Shape::IntegerEnum,
            None if !self.properties.is_empty() => Shape::Object,
            None => match kind {
                "object" => Shape::Map,
                "array" => Shape::List,
                "string" => self.text(),
                "integer" => Shape::Integer,
                "number" => Shape::Number,
                "boolean" => Shape::Boolean,
                _ if self.extra.is_some() || self.words.contains_key("additionalProperties") => Shape::Map,
                _ if self.items.is_some() => Shape::List,
                _ => Shape::Any,
            },
        };
    }

    /// A date is one whatever the examples say later: the names lock keeps it so.
    fn text(&self) -> Shape {
        let formats: BTreeSet<&str> =
            self.words.get("format").into_iter().flatten().filter_map(|f| f.as_str()).collect();
        let (Some(format), 1) = (formats.first(), formats.len()) else { return Shape::Text };
        match *format {
            "date-time" => Shape::DateTime,
            "date" => Shape::Date,
            "binary" => Shape::Binary,
            _ => Shape::Text,
        }
    }

    /// A choice of one is that one.
    fn take(&mut self, inner: &View<'a>) {
        let words = std::mem::take(&mut self.words);
        let (pointer, nullable) = (std::mem::take(&mut self.pointer), self.nullable);
        *self = inner.clone();
        self.pointer = pointer;
        self.nullable |= nullable;
        for (key, values) in words {
            if is_annotation(key) {
                self.words.insert(key, values);
            }
        }
    }

    /// anyOf of objects may be several at once: one object with the fields of all.
    fn superset(&mut self, members: &[Rc<View<'a>>]) {
        self.shape = Shape::Object;
        let mut required: Option<BTreeSet<&'a str>> = None;
        for member in members {
            for (name, site) in &member.properties {
                match self.properties.get_mut(name) {
                    // What differs is kept as it comes, whatever it is.
                    Some(known) if !same_parts(known, site) => known.parts.clear(),
                    Some(_) => {}
                    None => {
                        self.properties.insert(name, site.clone());
                    }
                }
            }
            required = Some(match required {
                None => member.required.clone(),
                Some(ours) => ours.intersection(&member.required).copied().collect(),
            });
        }
        self.required = required.unwrap_or_default();
    }

    fn become_choice(&mut self, reader: &Reader<'a>, sites: Vec<Site<'a>>) {
        let discriminator = self.word("discriminator").filter(|d| d.is_object());
        self.shape = Shape::Choice;
        self.discriminator = discriminator.and_then(|d| d["propertyName"].as_str());
        // The values that the document itself gives to each component.
        let mut mapped: HashMap<String, Vec<String>> = HashMap::new();
        for (tag, target) in discriminator.and_then(|d| d["mapping"].as_object()).into_iter().flatten() {
            if let Some(target) = target.as_str() {
                let name = component_of(target).unwrap_or_else(|| target.to_string());
                mapped.entry(name).or_default().push(tag.clone());
            }
        }
        self.members = sites
            .into_iter()
            .map(|site| {
                let name = reader.component(&reader.follow(&site).target);
                let title = site.parts.first().and_then(|p| p.value["title"].as_str());
                let tags = discriminator.map(|d| tags(reader, d, &mapped, &site, name.as_deref())).unwrap_or_default();
                Member { site, name, title, tags }
            })
            .collect();
    }
}

/// What the discriminator holds for a variant, as the choices pass has it.
fn tags<'a>(
    reader: &Reader<'a>,
    discriminator: &Value,
    mapped: &HashMap<String, Vec<String>>,
    site: &Site<'a>,
    name: Option<&str>,
) -> Vec<String> {
    let Some(name) = name else { return Vec::new() };
    if let Some(tags) = mapped.get(name) {
        return tags.clone();
    }
    let view = reader.view(&reader.follow(site).target);
    if let Some(tag) = view.word("x-discriminator-value").and_then(Value::as_str) {
        return vec![tag.to_string()];
    }
    let property = discriminator["propertyName"].as_str().unwrap_or_default();
    let value = view.properties.get(property).map(|p| reader.view(&reader.follow(p).target));
    match value.as_deref().map(|v| v.values.as_slice()) {
        Some([Value::String(only)]) => vec![only.clone()],
        _ => vec![name.to_string()],
    }
}

/// The one reference that a schema stands for.
struct Lone<'a> {
    reference: &'a str,
    /// What else is said beside it.
    notes: Vec<&'a Map<String, Value>>,
    /// Whether null is the other choice.
    nullable: bool,
}

fn lone_reference(map: &Map<String, Value>) -> Option<Lone<'_>> {
    let beside = |key: &str| map.keys().all(|k| k == key || is_annotation(k));
    if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
        return beside("$ref").then_some(Lone { reference, notes: Vec::new(), nullable: false });
    }
    if let Some(members) = map.get("allOf").and_then(Value::as_array).filter(|_| beside("allOf")) {
        let (references, others): (Vec<&Value>, Vec<&Value>) = members.iter().partition(|m| m.get("$ref").is_some());
        let annotates = |m: &&Value| m.as_object().is_some_and(|m| m.keys().all(|k| is_annotation(k)));
        let [only] = references.as_slice() else { return None };
        let only = only.as_object()?;
        let sound = others.iter().all(annotates) && only.keys().all(|k| k == "$ref" || is_annotation(k));
        let notes = std::iter::once(only).chain(others.into_iter().filter_map(Value::as_object)).collect();
        let reference = only.get("$ref")?.as_str()?;
        return sound.then_some(Lone { reference, notes, nullable: false });
    }
    for key in ["oneOf", "anyOf"] {
        let beside = map.keys().all(|k| k == key || k == "type" || is_annotation(k));
        if let Some(members) = map.get(key).and_then(Value::as_array).filter(|_| beside) {
            let (nulls, others): (Vec<&Value>, Vec<&Value>) = members.iter().partition(|m| is_null(m));
            let [only] = others.as_slice() else { return None };
            let only = only.as_object().filter(|m| m.keys().all(|k| k == "$ref" || is_annotation(k)))?;
            let reference = only.get("$ref")?.as_str()?;
            return Some(Lone { reference, notes: vec![only], nullable: !nulls.is_empty() });
        }
    }
    None
}

fn is_null(schema: &Value) -> bool {
    schema["type"] == "null"
        || schema["enum"].as_array().is_some_and(|e| e.iter().all(Value::is_null) && !e.is_empty())
        || schema.as_object().is_some_and(|m| m.len() == 1 && m.get("nullable") == Some(&Value::Bool(true)))
}

fn same_parts(a: &Site<'_>, b: &Site<'_>) -> bool {
    a.parts.len() == b.parts.len() && a.parts.iter().zip(&b.parts).all(|(x, y)| x.value == y.value)
}

/// The components that extend each component with a discriminator and no choice of its own, by its pointer.
fn subtypes(root: &Value) -> HashMap<String, Vec<String>> {
    let mut out: HashMap<String, IndexSet<String>> = HashMap::new();
    let Some(schemas) = root["components"]["schemas"].as_object() else { return HashMap::new() };
    let is_base = |s: &Value| s.get("discriminator").is_some() && s.get("oneOf").is_none() && s.get("anyOf").is_none();
    let pointer = |name: &str| at("/components/schemas", name);
    for (base, schema) in schemas.iter().filter(|(_, s)| is_base(s)) {
        let mapping = schema["discriminator"]["mapping"].as_object().into_iter().flatten();
        let mapped = mapping.filter_map(|(_, t)| t.as_str()).map(|t| component_of(t).unwrap_or_else(|| t.to_string()));
        let list = out.entry(pointer(base)).or_default();
        for name in mapped.filter(|n| n != base && schemas.contains_key(n)) {
            list.insert(name);
        }
    }
    for (name, schema) in schemas {
        for member in schema["allOf"].as_array().into_iter().flatten() {
            let base = member["$ref"].as_str().and_then(component_of).filter(|base| base != name);
            if let Some(list) = base.and_then(|base| out.get_mut(&pointer(&base))) {
                list.insert(name.clone());
            }
        }
    }
    out.into_iter().map(|(base, names)| (base, names.into_iter().collect())).collect()
}
