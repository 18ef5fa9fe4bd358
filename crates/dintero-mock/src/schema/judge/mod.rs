//! Judges values by schemas: the part of JSON Schema 2020-12 that `translate` leaves of a document.
//!
//! Our own, since an engine for all of JSON Schema costs every test build that has the mock 42 crates and a third of its
//! time, more than the mock and the client together. Patterns are left to `fancy-regex`. The official test suite
//! (`.ci/json-schema-suite`) holds what each keyword does, and the crate `jsonschema` is asked beside it, for tests alone.

mod compile;
mod format;
mod number;
mod pattern;
#[cfg(test)]
mod tests;

pub(crate) use compile::Patterns;
pub(crate) use pattern::Pattern;

use number::{equal, is_integer, is_multiple};
use serde_json::{Number, Value};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Schemas that hold for the same value, one within the other: a loop of references ends here, and takes the value.
const IN_PLACE: usize = 64;

/// What does not fit, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Misfit {
    /// Pointer into the value.
    pub(crate) place: String,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// A property that is required.
    Missing(String),
    /// A property that is not taken.
    Unknown(String),
    /// Nothing is taken here.
    Never,
    /// What a `not` has fits.
    Not,
    /// None of the alternatives fits; what is wrong with each.
    Alternatives(Vec<Vec<Misfit>>),
    /// In words that do not show the value.
    Other(String),
}

/// A schema with all that it refers to, ready to judge.
#[derive(Debug)]
pub(crate) struct Validator {
    nodes: Vec<Node>,
}

/// The first node is the schema itself. `None` where nothing fits.
type Node = Option<Vec<Check>>;
type At = usize;

/// The bits of [`Check::Type`].
const NAMES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];

#[derive(Debug)]
enum Check {
    /// By their places in [`NAMES`].
    Type(u8),
    OneOf(Vec<Value>),
    Bound(Bound, Number),
    MultipleOf(Number),
    /// Of characters, items or properties.
    Size(Sized, Ordering, u64),
    Pattern(Arc<Pattern>),
    Format(String, fn(&str) -> bool),
    Unique,
    /// What the first items are, and all after them.
    Items(Vec<At>, Option<At>),
    Contains(At),
    Required(Vec<String>),
    Properties(Properties),
    PropertyNames(At),
    /// Where the property is there.
    Dependent(Vec<(String, At)>),
    All(Vec<At>),
    Any(Vec<At>),
    Not(At),
    If {
        test: At,
        then: Option<At>,
        otherwise: Option<At>,
    },
    /// What no other check of this node has looked at.
    UnevaluatedProperties(At),
    UnevaluatedItems(At),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Least,
    Most,
    Above,
    Below,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sized {
    Text,
    Array,
    Object,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ordering {
    Least,
    Most,
}

#[derive(Debug)]
struct Properties {
    named: HashMap<String, At>,
    by_pattern: Vec<(Arc<Pattern>, At)>,
    others: Option<At>,
    /// No others are taken, so that they are told by their names.
    closed: bool,
}

/// Where a value stands, as far as it is not written out.
#[derive(Clone, Copy)]
enum Path<'a> {
    Root,
    Property(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl Path<'_> {
    fn text(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Property(parent, name) => crate::pointer::at(&parent.text(), name),
            Self::Item(parent, index) => format!("{}/{index}", parent.text()),
        }
    }
}

/// What is found; without a list only whether anything is.
struct Found {
    list: Option<Vec<Misfit>>,
    most: usize,
    any: bool,
}

impl Found {
    fn tell(&mut self, path: &Path<'_>, kind: impl FnOnce() -> Kind) {
        self.any = true;
        if let Some(list) = self.list.as_mut().filter(|list| list.len() < self.most) {
            list.push(Misfit { place: path.text(), kind: kind() });
        }
    }

    /// Nothing more can be learnt.
    fn is_full(&self) -> bool {
        self.any && self.list.as_ref().is_none_or(|list| list.len() >= self.most)
    }
}

impl Validator {
    pub(crate) fn is_valid(&self, value: &Value) -> bool {
        self.fits(0, value, 0)
    }

    /// All that does not fit, but no more than so many.
    pub(crate) fn misfits(&self, value: &Value, most: usize) -> Vec<Misfit> {
        self.all(0, value, &Path::Root, 0, most)
    }

    fn fits(&self, at: At, value: &Value, deep: usize) -> bool {
        let mut found = Found { list: None, most: 0, any: false };
        self.node(at, value, &Path::Root, deep, &mut found);
        !found.any
    }

    fn all(&self, at: At, value: &Value, path: &Path<'_>, deep: usize, most: usize) -> Vec<Misfit> {
        let mut found = Found { list: Some(Vec::new()), most, any: false };
        self.node(at, value, path, deep, &mut found);
        found.list.unwrap_or_default()
    }

    fn checks(&self, at: At) -> &[Check] {
        self.nodes.get(at).and_then(Option::as_deref).unwrap_or_default()
    }

    fn node(&self, at: At, value: &Value, path: &Path<'_>, deep: usize, found: &mut Found) {
        if deep > IN_PLACE {
            return;
        }
        match self.nodes.get(at) {
            Some(None) => found.tell(path, || Kind::Never),
            Some(Some(checks)) => {
                for check in checks {
                    self.check(at, check, value, path, deep + 1, found);
                    if found.is_full() {
                        return;
                    }
                }
            }
            None => {}
        }
    }

    fn check(&self, at: At, check: &Check, value: &Value, path: &Path<'_>, deep: usize, found: &mut Found) {
        let other = |text: String| move || Kind::Other(text);
        match (check, value) {
            (Check::Type(types), value) if !has_type(*types, value) => {
                found.tell(path, || Kind::Other(format!("is not of type {}", names(*types))));
            }
            (Check::OneOf(values), value) if !values.iter().any(|known| equal(known, value)) => {
                found.tell(path, || Kind::Other(format!("is not one of {}", shown(values))));
            }
            (Check::Bound(bound, limit), Value::Number(number)) => {
                let order = number::compare(number, limit);
                let (fits, word) = match bound {
                    Bound::Least => (order.is_ge(), "less than the minimum of"),
                    Bound::Most => (order.is_le(), "greater than the maximum of"),
                    Bound::Above => (order.is_gt(), "not greater than"),
                    Bound::Below => (order.is_lt(), "not less than"),
                };
                if !fits {
                    found.tell(path, || Kind::Other(format!("is {word} {limit}")));
                }
            }
            (Check::MultipleOf(step), Value::Number(number)) if !is_multiple(number, step) => {
                found.tell(path, || Kind::Other(format!("is not a multiple of {step}")));
            }
            (Check::Size(of, order, limit), value) => {
                let (size, one, many) = match (of, value) {
                    (Sized::Text, Value::String(text)) => (text.chars().count(), "character", "characters"),
                    (Sized::Array, Value::Array(list)) => (list.len(), "item", "items"),
                    (Sized::Object, Value::Object(map)) => (map.len(), "property", "properties"),
                    _ => return,
                };
                let size = size as u64;
                let is_text = *of == Sized::Text;
                let word = match order {
                    Ordering::Least if size >= *limit => return,
                    Ordering::Most if size <= *limit => return,
                    Ordering::Least if is_text => "is shorter than",
                    Ordering::Most if is_text => "is longer than",
                    Ordering::Least => "has less than",
                    Ordering::Most => "has more than",
                };
                found.tell(path, || Kind::Other(format!("{word} {limit} {}", if *limit == 1 { one } else { many })));
            }
            (Check::Pattern(pattern), Value::String(text)) if !pattern.is_match(text) => {
                found.tell(path, || Kind::Other(format!("does not match the pattern {:?}", pattern.published())));
            }
            (Check::Format(name, fits), Value::String(text)) if !fits(text) => {
                found.tell(path, || Kind::Other(format!("is no {name:?}")));
            }
            (Check::Unique, Value::Array(list)) => {
                let mut seen = BTreeSet::new();
                if !list.iter().all(|item| seen.insert(number::canonical(item))) {
                    found.tell(path, other("has the same item twice".into()));
                }
            }
            (Check::Items(first, rest), Value::Array(list)) => {
                for (i, item) in list.iter().enumerate() {
                    if let Some(at) = first.get(i).or(rest.as_ref()) {
                        self.node(*at, item, &Path::Item(path, i), 0, found);
                    }
                    if found.is_full() {
                        return;
                    }
                }
            }
            (Check::Contains(at), Value::Array(list)) if !list.iter().any(|item| self.fits(*at, item, 0)) => {
                found.tell(path, other("has no item of the kind that it must have".into()));
            }
            (Check::Required(names), Value::Object(map)) => {
                for name in names.iter().filter(|name| !map.contains_key(*name)) {
                    found.tell(path, || Kind::Missing(name.clone()));
                }
            }
            (Check::Properties(known), Value::Object(map)) => {
                for (name, value) in map {
                    self.property(known, name, value, path, found);
                    if found.is_full() {
                        return;
                    }
                }
            }
            (Check::PropertyNames(at), Value::Object(map)) => {
                for name in map.keys().filter(|name| !self.fits(*at, &Value::from(name.as_str()), 0)) {
                    found.tell(path, || Kind::Unknown(name.clone()));
                }
            }
            (Check::Dependent(list), Value::Object(map)) => {
                for (_, at) in list.iter().filter(|(name, _)| map.contains_key(name)) {
                    self.node(*at, value, path, deep, found);
                }
            }
            (Check::All(all), value) => {
                for at in all {
                    self.node(*at, value, path, deep, found);
                    if found.is_full() {
                        return;
                    }
                }
            }
            (Check::Any(any), value) if !any.iter().any(|at| self.fits(*at, value, deep)) => {
                let most = found.most;
                found.tell(path, || {
                    Kind::Alternatives(any.iter().map(|at| self.all(*at, value, path, deep, most)).collect())
                });
            }
            (Check::Not(at), value) if self.fits(*at, value, deep) => found.tell(path, || Kind::Not),
            (Check::If { test, then, otherwise }, value) => {
                let holds = if self.fits(*test, value, deep) { then } else { otherwise };
                if let Some(at) = holds {
                    self.node(*at, value, path, deep, found);
                }
            }
            (Check::UnevaluatedProperties(rest), Value::Object(map)) => {
                let mut seen = Seen::default();
                self.seen(at, value, deep, true, &mut seen);
                for (name, value) in map.iter().filter(|(name, _)| !seen.names.contains(name.as_str())) {
                    if !self.fits(*rest, value, 0) {
                        found.tell(path, || Kind::Unknown(name.clone()));
                    }
                }
            }
            (Check::UnevaluatedItems(rest), Value::Array(list)) => {
                let mut seen = Seen::default();
                self.seen(at, value, deep, true, &mut seen);
                for (i, item) in list.iter().enumerate().skip(seen.first) {
                    if !seen.items.contains(&i) {
                        self.node(*rest, item, &Path::Item(path, i), 0, found);
                    }
                }
            }
            _ => {}
        }
    }

    fn property(&self, known: &Properties, name: &str, value: &Value, path: &Path<'_>, found: &mut Found) {
        let here = Path::Property(path, name);
        let named = known.named.get(name);
        let by_pattern = known.by_pattern.iter().filter(|(pattern, _)| pattern.is_match(name)).map(|(_, at)| at);
        let mut is_known = false;
        for at in named.into_iter().chain(by_pattern) {
            is_known = true;
            self.node(*at, value, &here, 0, found);
        }
        match known.others {
            _ if is_known => {}
            Some(at) => self.node(at, value, &here, 0, found),
            None if known.closed => found.tell(path, || Kind::Unknown(name.to_owned())),
            None => {}
        }
    }

    /// What the checks of a node look at in a value that fits them. `own`: for an `unevaluated...` of this node.
    fn seen<'v>(&self, at: At, value: &'v Value, deep: usize, own: bool, seen: &mut Seen<'v>) {
        if deep > IN_PLACE {
            return;
        }
        for check in self.checks(at) {
            let go_on = |at: &At, seen: &mut Seen<'v>| self.seen(*at, value, deep + 1, false, seen);
            match (check, value) {
                (Check::Properties(known), Value::Object(map)) => {
                    let is_known = |name: &str| {
                        known.others.is_some()
                            || known.closed
                            || known.named.contains_key(name)
                            || known.by_pattern.iter().any(|(pattern, _)| pattern.is_match(name))
                    };
                    seen.names.extend(map.keys().map(String::as_str).filter(|name| is_known(name)));
                }
                (Check::UnevaluatedProperties(_), Value::Object(map)) if !own => {
                    seen.names.extend(map.keys().map(String::as_str));
                }
                (Check::Items(_, Some(_)), Value::Array(list)) => seen.first = list.len(),
                (Check::UnevaluatedItems(_), Value::Array(list)) if !own => seen.first = list.len(),
                (Check::Items(first, None), Value::Array(_)) => seen.first = seen.first.max(first.len()),
                (Check::Contains(at), Value::Array(list)) => {
                    let fitting = list.iter().enumerate().filter(|(_, item)| self.fits(*at, item, 0));
                    seen.items.extend(fitting.map(|(i, _)| i));
                }
                (Check::Dependent(list), Value::Object(map)) => {
                    list.iter().filter(|(name, _)| map.contains_key(name)).for_each(|(_, at)| go_on(at, seen));
                }
                (Check::All(all), _) => all.iter().for_each(|at| go_on(at, seen)),
                (Check::Any(any), _) => {
                    any.iter().filter(|at| self.fits(**at, value, deep)).for_each(|at| go_on(at, seen));
                }
                (Check::If { test, then, otherwise }, _) => match self.fits(*test, value, deep) {
                    true => [Some(test), then.as_ref()].into_iter().flatten().for_each(|at| go_on(at, seen)),
                    false => otherwise.iter().for_each(|at| go_on(at, seen)),
                },
                _ => {}
            }
        }
    }
}

/// What of a value was looked at.
#[derive(Default)]
struct Seen<'v> {
    names: BTreeSet<&'v str>,
    /// All items before this one.
    first: usize,
    items: BTreeSet<usize>,
}

fn has_type(types: u8, value: &Value) -> bool {
    let is = |name: &str| NAMES.iter().position(|known| *known == name).is_some_and(|i| types & (1 << i) != 0);
    match value {
        Value::Null => is("null"),
        Value::Bool(_) => is("boolean"),
        Value::Number(number) => is("number") || is("integer") && is_integer(number),
        Value::String(_) => is("string"),
        Value::Array(_) => is("array"),
        Value::Object(_) => is("object"),
    }
}

fn names(types: u8) -> String {
    let named: Vec<&str> =
        NAMES.iter().enumerate().filter(|(i, _)| types & (1 << i) != 0).map(|(_, name)| *name).collect();
    named.join(" or ")
}

/// The first few, as the document has them.
fn shown(values: &[Value]) -> String {
    let first: Vec<String> = values.iter().take(5).map(Value::to_string).collect();
    let more = values.len().saturating_sub(first.len());
    first.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}
