//! Schemas: types, fields, required and null, enums; what of it changes a Rust type.

use super::canonical::same_under;
use super::docs::{difference, keyword};
use super::label::label;
use super::levels::Side;
use super::rules::*;
use super::site::{Followed, Reader, Shape, Site, View};
use super::walk::{FieldOf, To, Walk};
use super::words::Words;
use super::{choices, types};
use crate::document::at;
use crate::lower::schema::is_annotation;
use crate::names::snake;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What decides the Rust type around a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub required: bool,
    pub nullable: bool,
    pub read_only: bool,
    pub write_only: bool,
}

/// How a field stands in the struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `T`, taken by the constructor.
    Plain,
    /// `Option<T>`, taken by the constructor.
    PlainOption,
    /// `Option<T>`, with a setter.
    Option,
    /// `Option<Option<T>>`, with a setter and one for `null`.
    ThreeStates,
}

impl Field {
    fn kind(self, side: Side) -> Kind {
        let excused = side.sent() && self.read_only || side.read() && self.write_only;
        match (self.required && !excused, self.nullable) {
            (true, false) => Kind::Plain,
            (true, true) if side.sent() => Kind::PlainOption,
            (false, true) if side.sent() => Kind::ThreeStates,
            _ => Kind::Option,
        }
    }
}

/// What a change of a field's presence means for a type that stands on that side.
pub fn field_rule(name: &str, old: Field, new: Field, side: Side) -> Option<(&'static Rule, Words)> {
    if old == new {
        return None;
    }
    let (rule, what) = match (old.kind(side), new.kind(side)) {
        (a, b) if a == b => {
            let mut said = Vec::new();
            for (word, old, new) in [
                ("required", old.required, new.required),
                ("nullable", old.nullable, new.nullable),
                ("read only", old.read_only, new.read_only),
                ("write only", old.write_only, new.write_only),
            ] {
                if old != new {
                    said.push(format!("{word}{}", if new { "" } else { " no more" }));
                }
            }
            return Some((&PRESENCE_NOTED, about_field(name, &format!("{}; the Rust type stays", said.join(", ")))));
        }
        (Kind::Plain | Kind::PlainOption, Kind::Option | Kind::ThreeStates) => {
            let why = if old.required && new.required { " for who sends or reads it" } else { "" };
            (&PROPERTY_BECAME_OPTIONAL, format!("optional now{why}, was required"))
        }
        // Of a type that is only read, an option is an option whether it may be null or absent.
        (Kind::Option, Kind::Plain) if old.required && side == Side::Response => {
            (&PROPERTY_BECAME_NON_NULLABLE, "never `null` any more".into())
        }
        (Kind::Option | Kind::ThreeStates, Kind::Plain | Kind::PlainOption) => {
            (&PROPERTY_BECAME_REQUIRED, "required now, was optional".into())
        }
        (Kind::Plain, _) => (&PROPERTY_BECAME_NULLABLE, "`null` sometimes now".into()),
        (Kind::PlainOption, _) => (&PROPERTY_BECAME_NON_NULLABLE, "never `null` any more".into()),
        (Kind::Option, _) => (&NULL_CAN_BE_SENT, "optional and can be sent as `null` now".into()),
        (Kind::ThreeStates, _) => (&NULL_CANNOT_BE_SENT, "optional and cannot be sent as `null` any more".into()),
    };
    // A required field that only reads says `Option` because of null.
    let (rule, what) = match (rule.id, old.required && new.required && !old.nullable && new.nullable) {
        (id, true) if id == PROPERTY_BECAME_OPTIONAL.id => {
            (&PROPERTY_BECAME_NULLABLE, "`null` sometimes now".to_string())
        }
        _ => (rule, what),
    };
    Some((rule, about_field(name, &what)))
}

fn about_field(name: &str, what: &str) -> Words {
    Words::about(name, format!("the property {{}} is {what}"), format!("the properties {{}} are {what}"))
}

/// Where a schema stands, which decides what null means there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// A field: null and absence are asked by themselves.
    Field,
    /// A parameter or a variant: it is there or it is not.
    Given,
    /// An item, a value of a map, a whole body.
    Value,
}

/// A place in both documents that has a schema: its annotations, and the pair of schemas it leads to.
pub fn place<'a>(walk: &mut Walk<'a>, to: To<'_>, old: &Site<'a>, new: &Site<'a>, slot: Slot) {
    let (from, into) = (walk.old.follow(old), walk.new.follow(new));
    let (old_view, new_view) = (walk.old.view(&from.target), walk.new.view(&into.target));
    let named = (walk.old.component(&from.target), walk.new.component(&into.target));
    let both_named = from.referred && into.referred && named.0.is_some() && named.1.is_some();
    annotations(walk, to, (old, &from, &old_view), (new, &into, &new_view), both_named);
    let nullable = (from.nullable || old_view.nullable, into.nullable || new_view.nullable);
    if nullable.0 != nullable.1 && slot != Slot::Field {
        let (rule, words) = match (slot, nullable.1) {
            (Slot::Value, true) => (&ITEM_NULLABILITY_CHANGED, "may be `null` now"),
            (Slot::Value, false) => (&ITEM_NULLABILITY_CHANGED, "cannot be `null` any more"),
            (_, true) => (&PRESENCE_NOTED, "may be `null` now, which changes nothing for a parameter or a variant"),
            (_, false) => {
                (&PRESENCE_NOTED, "cannot be `null` any more, which changes nothing for a parameter or a variant")
            }
        };
        walk.tell(to, rule, &old.pointer(), &new.pointer(), words);
    }
    if let (Some(old_name), Some(new_name)) = &named
        && both_named
        && old_name != new_name
        && (types::differ(walk, old_name, new_name) || is_another(&old_view, &new_view))
    {
        // The two types are there in their own right; how they differ is no change of either.
        let message = Words::from(format!("the type is `{new_name}` now, was `{old_name}`")).alike("");
        return walk.tell(to, &REFERENCE_CHANGED, &old.pointer(), &new.pointer(), message);
    }
    let child = walk.pair(from.target, into.target);
    walk.uses(to, child);
}

/// Whether two objects have less than half of their fields in common. They are two things then, and what differs between
/// them is no change of either.
fn is_another(old: &View<'_>, new: &View<'_>) -> bool {
    let common = old.properties.keys().filter(|name| new.properties.contains_key(*name)).count();
    let objects = old.shape == Shape::Object && new.shape == Shape::Object;
    objects && 2 * common < old.properties.len().max(new.properties.len())
}

/// What is said beside a reference, or of a schema that stands in place.
fn annotations<'a>(
    walk: &mut Walk<'a>,
    to: To<'_>,
    (old_site, from, old_view): (&Site<'a>, &Followed<'a>, &View<'a>),
    (new_site, into, new_view): (&Site<'a>, &Followed<'a>, &View<'a>),
    both_named: bool,
) {
    let mut keys: BTreeSet<&str> = BTreeSet::new();
    let beside = from.notes.iter().chain(&into.notes).flat_map(|n| n.keys()).map(String::as_str);
    keys.extend(beside.filter(|k| is_said(k)));
    if !both_named {
        keys.extend(old_view.words.keys().chain(new_view.words.keys()).copied().filter(|k| is_said(k)));
    }
    for key in keys {
        let said = |followed: &Followed<'a>, view: &View<'a>| -> Option<&'a Value> {
            let beside = followed.notes.iter().find_map(|n| n.get(key));
            beside.or_else(|| view.word(key).filter(|_| !both_named))
        };
        let (o, n) = (said(from, old_view), said(into, new_view));
        keyword(walk, to, key, (&old_site.pointer(), o), (&new_site.pointer(), n));
    }
}

/// Annotations that are compared at the place; the others make a difference to the type.
fn is_said(key: &str) -> bool {
    is_annotation(key) && !matches!(key, "nullable" | "readOnly" | "writeOnly")
}

/// What is inside two schemas that stand for each other.
pub fn compare(walk: &mut Walk<'_>, id: usize) {
    let Some((old_site, new_site)) = walk.nodes.get(id).map(|n| (n.old.clone(), n.new.clone())) else { return };
    let (old, new) = (walk.old.view(&old_site), walk.new.view(&new_site));
    let to = To::Node(id);
    if let (Some(_), Some(_)) = (walk.old.component(&old_site), walk.new.component(&new_site)) {
        let keys: BTreeSet<&str> = old.words.keys().chain(new.words.keys()).copied().filter(|k| is_said(k)).collect();
        for key in keys {
            keyword(walk, to, key, (&old.pointer, old.word(key)), (&new.pointer, new.word(key)));
        }
    }
    if old.shape != new.shape {
        let (was, is) = (&walk.old_source.types, &walk.new_source.types);
        let words = |view: &View<'_>, name: Option<&str>| match name {
            Some(name) if view.shape != Shape::Any => format!("{} (`{name}`)", view.shape.rust()),
            _ => view.shape.rust().to_string(),
        };
        let (was, is) = (words(&old, was.at(&old_site.pointer())), words(&new, is.at(&new_site.pointer())));
        let message = format!("the Rust type is {is} now, was {was}");
        walk.tell(to, &TYPE_CHANGED, &old.pointer, &new.pointer, message);
        return;
    }
    limits(walk, to, &old, &new);
    match old.shape {
        Shape::Enum | Shape::IntegerEnum => enums(walk, to, &old, &new),
        Shape::Choice => choices::compare(walk, to, &old, &new),
        Shape::List => inside(walk, to, &old, &new, |v| v.items.as_ref(), "items"),
        Shape::Map => inside(walk, to, &old, &new, |v| v.extra.as_ref(), "additionalProperties"),
        Shape::Object => object(walk, to, id, &old, &new),
        _ => {}
    }
    if !(old.further.len() == new.further.len()
        && old.further.iter().zip(&new.further).all(|(o, n)| super::canonical::same(o, n)))
    {
        let words = "one of several `oneOf` or `anyOf` that stand side by side changed";
        walk.tell(to, &TYPE_CHANGED, &old.pointer, &new.pointer, words);
    }
}

/// Items of a list or values of a map; what is not described is any JSON.
fn inside<'a>(
    walk: &mut Walk<'a>,
    to: To<'_>,
    old: &View<'a>,
    new: &View<'a>,
    of: for<'v> fn(&'v View<'a>) -> Option<&'v Site<'a>>,
    key: &str,
) {
    if of(old).is_none() && of(new).is_none() {
        return;
    }
    let any = |view: &View<'a>| Site::new(at(&view.pointer, key), &Value::Null);
    let (o, n) = (of(old).cloned().unwrap_or_else(|| any(old)), of(new).cloned().unwrap_or_else(|| any(new)));
    place(walk, to, &o, &n, Slot::Value);
}

/// Everything said that is no annotation and makes no difference to the type.
fn limits(walk: &mut Walk<'_>, to: To<'_>, old: &View<'_>, new: &View<'_>) {
    let keys: BTreeSet<&str> = old.words.keys().chain(new.words.keys()).copied().collect();
    let apart = ["discriminator", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
    let is_bound =
        |view: &View<'_>, key: &str| view.words.get(key).into_iter().flatten().all(|v| v.is_number() || v.is_boolean());
    let is_apart = |key: &str| {
        let bound = key.starts_with("min") || key.starts_with("max") || key.starts_with("exclusive");
        apart.contains(&key) && (!bound || is_bound(old, key) && is_bound(new, key))
    };
    for key in keys.into_iter().filter(|k| !is_annotation(k) && !is_apart(k)) {
        let (o, n) = (narrowest(key, old.words.get(key)), narrowest(key, new.words.get(key)));
        keyword(walk, to, key, (&old.pointer, o.as_ref()), (&new.pointer, n.as_ref()));
    }
    for (key, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        let (o, n) = (Bound::of(old, key, exclusive), Bound::of(new, key, exclusive));
        if let Some((rule, words)) = Bound::differ(key, o, n) {
            walk.tell(to, rule, &at(&old.pointer, key), &at(&new.pointer, key), words);
        }
    }
    // Names that are required and have no description.
    let bare = |view: &View<'_>| -> Vec<String> {
        view.required.iter().filter(|r| !view.properties.contains_key(*r)).map(|r| r.to_string()).collect()
    };
    let (o, n) = (bare(old), bare(new));
    if o != n {
        let message =
            difference("the list of fields that are required and nowhere described", Some(&o.into()), Some(&n.into()));
        walk.tell(to, &PRESENCE_NOTED, &at(&old.pointer, "required"), &at(&new.pointer, "required"), message);
    }
}

/// An end of a range, and whether it is out of it.
#[derive(Debug, Clone, PartialEq)]
struct Bound {
    at: f64,
    out: bool,
    /// As it is told.
    said: String,
}

impl Bound {
    fn of(view: &View<'_>, key: &str, exclusive: &str) -> Option<Self> {
        let (limit, out) = (narrowest(key, view.words.get(key)), narrowest(exclusive, view.words.get(exclusive)));
        let said = limit.as_ref().or(out.as_ref()).filter(|limit| limit.is_number())?;
        let mut at = said.as_f64()?;
        let out = out.as_ref().is_some_and(|out| *out == true || out.is_number());
        let word = match (out, key) {
            (true, "minimum") => "more than ",
            (true, _) => "less than ",
            _ => "",
        };
        let said = format!("{word}{said}");
        // Of whole numbers, more than 0 is at least 1.
        let whole = matches!(view.shape, Shape::Integer | Shape::IntegerEnum) && at.fract() == 0.0;
        if out && whole {
            at += if key == "minimum" { 1.0 } else { -1.0 };
        }
        Some(Self { at, out: out && !whole, said })
    }

    fn differ(key: &str, old: Option<Self>, new: Option<Self>) -> Option<(&'static Rule, Words)> {
        let value = |bound: &Option<Self>| bound.as_ref().map(|bound| Value::String(bound.said.clone()));
        let words = || {
            let (old, new) = (value(&old), value(&new));
            let alike = format!("{old:?} {new:?}");
            Words::from(difference(&format!("`{key}`"), old.as_ref(), new.as_ref())).alike(alike)
        };
        let tighter = match (&old, &new) {
            (None, None) => return None,
            (Some(old), Some(new)) if (old.at, old.out) == (new.at, new.out) => return None,
            (Some(old), Some(new)) if old.at == new.at => new.out,
            (Some(old), Some(new)) => (new.at > old.at) == (key == "minimum"),
            (None, Some(_)) => true,
            (Some(_), None) => false,
        };
        Some((if tighter { &LIMIT_TIGHTENED } else { &LIMIT_LOOSENED }, words()))
    }
}

/// What several parts of an allOf say together.
fn narrowest(key: &str, said: Option<&Vec<&Value>>) -> Option<Value> {
    let said = said?;
    let number = |v: &&&Value| v.as_f64();
    let by = |a: &&&Value, b: &&&Value| number(a).partial_cmp(&number(b)).unwrap_or(std::cmp::Ordering::Equal);
    let one = match key {
        _ if key.starts_with("max") && said.iter().all(|v| v.is_number()) => said.iter().min_by(by),
        _ if key.starts_with("min") && said.iter().all(|v| v.is_number()) => said.iter().max_by(by),
        _ => None,
    };
    if let Some(one) = one {
        return Some((*one).clone());
    }
    let mut distinct: Vec<&Value> = Vec::new();
    for value in said {
        if !distinct.iter().any(|d| same_under(key, d, value)) {
            distinct.push(value);
        }
    }
    match distinct.as_slice() {
        [only] => Some((*only).clone()),
        many => {
            let mut many: Vec<Value> = many.iter().map(|v| (*v).clone()).collect();
            many.sort_by_key(ToString::to_string);
            Some(many.into())
        }
    }
}

fn enums(walk: &mut Walk<'_>, to: To<'_>, old: &View<'_>, new: &View<'_>) {
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_string);
    let texts = |view: &View<'_>| -> Vec<String> { view.values.iter().map(text).collect() };
    let (before, after) = (texts(old), texts(new));
    let position: HashMap<&String, usize> = after.iter().enumerate().rev().map(|(i, text)| (text, i)).collect();
    let known: HashSet<&String> = before.iter().collect();
    let places = (at(&old.pointer, "enum"), at(&new.pointer, "enum"));
    let of = label(walk.new.root, &new.pointer);
    let sorted = |texts: &[String]| texts.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect::<Vec<_>>();
    let form = format!("{}\n{}", sorted(&before).join("\n"), sorted(&after).join("\n"));
    let about = |value: &Value, one: &str, many: &str| Words::about(text(value), one, many).of(&of).alike(&form);
    for (i, value) in new.values.iter().enumerate() {
        if !known.contains(&text(value)) {
            let at_value = at(&places.1, i.to_string());
            let words = about(value, "the value {} is new", "the values {} are new");
            walk.tell(to, &ENUM_VALUE_ADDED, &places.0, &at_value, words);
        }
    }
    for (i, value) in old.values.iter().enumerate() {
        if !position.contains_key(&text(value)) {
            let at_value = at(&places.0, i.to_string());
            let words = about(value, "the value {} is gone", "the values {} are gone");
            walk.tell(to, &ENUM_VALUE_REMOVED, &at_value, &places.1, words);
        }
    }
}

fn object<'a>(walk: &mut Walk<'a>, to: To<'_>, id: usize, old: &View<'a>, new: &View<'a>) {
    let of = label(walk.new.root, &new.pointer);
    // A field of one name that comes or goes in several types is one change, whatever else they have.
    let about = |name: &str, one: &str, many: &str| Words::about(name, one, many).of(&of).alike("");
    let mut gone: Vec<&str> = old.properties.keys().copied().filter(|p| !new.properties.contains_key(p)).collect();
    let mut come: Vec<&str> = new.properties.keys().copied().filter(|p| !old.properties.contains_key(p)).collect();
    let mut pairs: Vec<(&'a str, &'a str)> =
        old.properties.keys().filter(|p| new.properties.contains_key(*p)).map(|p| (*p, *p)).collect();
    // The same name in Rust, another on the wire.
    let mut by_rust_name: HashMap<String, Vec<&'a str>> = HashMap::new();
    for (name, _) in new.properties.iter().filter(|(p, _)| !old.properties.contains_key(*p)) {
        by_rust_name.entry(snake(name)).or_default().push(name);
    }
    for name in gone.clone() {
        let same = by_rust_name.remove(&snake(name)).unwrap_or_default();
        if let ([only], Some((old_name, old_site))) = (same.as_slice(), old.properties.get_key_value(name)) {
            let new_at = new.properties.get(only).map(Site::pointer).unwrap_or_default();
            let message = format!("is sent and read as `{only}` now, was `{name}`; the Rust field keeps its name");
            walk.tell(to, &PROPERTY_RENAMED, &old_site.pointer(), &new_at, message);
            pairs.push((old_name, only));
            gone.retain(|g| *g != name);
            come.retain(|c| c != only);
        }
    }
    for name in gone {
        let old_at = old.properties.get(name).map(Site::pointer).unwrap_or_default();
        let words = about(name, "the property {} is gone", "the properties {} are gone");
        walk.tell(to, &PROPERTY_REMOVED, &old_at, &at(&new.pointer, "properties"), words);
    }
    for name in come {
        let Some(site) = new.properties.get(name) else { continue };
        let field = field(&walk.new, site, new.required.contains(name));
        // What only the service sets is asked of nobody.
        let required = field.required && !field.read_only;
        let (rule, words) = match required {
            true => {
                let (one, many) = ("the property {} is new, required", "the properties {} are new, required");
                (&REQUIRED_PROPERTY_ADDED, about(name, one, many))
            }
            false => {
                let (one, many) = ("the property {} is new, optional", "the properties {} are new, optional");
                (&PROPERTY_ADDED, about(name, one, many))
            }
        };
        walk.tell(to, rule, &at(&old.pointer, "properties"), &site.pointer(), words);
    }
    for (old_name, new_name) in pairs {
        let (Some(o), Some(n)) = (old.properties.get(old_name), new.properties.get(new_name)) else { continue };
        let before = field(&walk.old, o, old.required.contains(old_name));
        let after = field(&walk.new, n, new.required.contains(new_name));
        if before != after {
            let told = FieldOf { name: new_name.into(), of: of.clone() };
            walk.tell_field(id, told, (before, &o.pointer()), (after, &n.pointer()));
        }
        place(walk, to, o, n, Slot::Field);
    }
    match (&old.extra, &new.extra) {
        (Some(o), Some(n)) => place(walk, to, o, n, Slot::Value),
        (None, Some(n)) => {
            let words = Words::from("fields that the document does not name have a type now, and are kept in a map")
                .of(&of)
                .alike("");
            walk.tell(to, &EXTRA_FIELDS_ADDED, &old.pointer, &n.pointer(), words);
        }
        (Some(o), None) => {
            let words =
                Words::from("fields that the document does not name have no type any more, and are kept in no map")
                    .of(&of)
                    .alike("");
            walk.tell(to, &EXTRA_FIELDS_REMOVED, &o.pointer(), &new.pointer, words);
        }
        (None, None) => {}
    }
}

fn field<'a>(reader: &Reader<'a>, site: &Site<'a>, required: bool) -> Field {
    let followed = reader.follow(site);
    let view = reader.view(&followed.target);
    let says = |key: &str| {
        followed.notes.iter().any(|n| n.get(key) == Some(&Value::Bool(true)))
            || view.word(key) == Some(&Value::Bool(true))
    };
    Field {
        required,
        nullable: followed.nullable || view.nullable,
        read_only: says("readOnly"),
        write_only: says("writeOnly"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(required: bool, nullable: bool) -> Field {
        Field { required, nullable, read_only: false, write_only: false }
    }

    /// The field of the struct is the same, so it is no more than told.
    #[test]
    fn what_leaves_the_rust_type_as_it_is_is_only_told() {
        for (old, new) in [
            (field(false, false), field(false, true)),
            (field(true, true), field(false, false)),
            (field(false, false), field(true, true)),
        ] {
            let (rule, _) = field_rule("a", old, new, Side::Response).expect("told");
            assert_eq!(rule.id, "presence-noted", "{old:?} {new:?}");
        }
        let read_only = Field { read_only: true, ..field(true, false) };
        let (rule, _) = field_rule("a", read_only, field(false, false), Side::Request).expect("told");
        assert_eq!(rule.id, "presence-noted", "a required field that only the service sets is not asked for");
    }

    #[test]
    fn the_same_field_means_other_things_on_the_other_side() {
        let (optional, nullable) = (field(false, false), field(false, true));
        let rule = |side| field_rule("a", optional, nullable, side).map(|(rule, _)| rule.id);
        assert_eq!(rule(Side::Request), Some("null-can-be-sent"));
        assert_eq!(rule(Side::Both), Some("null-can-be-sent"));
        assert_eq!(rule(Side::Response), Some("presence-noted"));
    }
}
