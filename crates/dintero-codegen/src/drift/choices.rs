//! oneOf and anyOf: variants are told apart by what they are, never by their position.

use super::canonical::same;
use super::label::label;
use super::rules::*;
use super::schemas::{Slot, place};
use super::site::{Member, Reader, Shape, View};
use super::walk::{To, Walk};
use super::words::{Words, list};
use crate::document::at;
use crate::gate::text::code;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

/// How many fields are named of a variant that has no name.
const FIELDS: usize = 3;

pub fn compare<'a>(walk: &mut Walk<'a>, to: To<'_>, old: &View<'a>, new: &View<'a>) {
    let of = label(walk.new.root, &new.pointer);
    if old.discriminator != new.discriminator {
        let name = |d: Option<&str>| d.map_or_else(|| "no field".to_string(), |d| format!("the field `{d}`"));
        let message = format!(
            "{} tells the variants apart now (`discriminator`), was {}",
            name(new.discriminator),
            name(old.discriminator)
        );
        let places = (at(&old.pointer, "discriminator"), at(&new.pointer, "discriminator"));
        walk.tell(to, &DISCRIMINATOR_CHANGED, &places.0, &places.1, message);
    }
    let names = |members: &[Member<'_>]| members.iter().map(called).collect::<Vec<_>>().join(" ");
    let form = format!("{} / {}", names(&old.members), names(&new.members));
    let (pairs, gone, come) = matched(walk, &old.members, &new.members);
    for member in gone {
        let words = about(&walk.old, member, ["is gone", "are gone"]).alike(form.clone());
        walk.tell(to, &CHOICE_VARIANT_REMOVED, &member.site.pointer(), &new.pointer, words.of(of.clone()));
    }
    for member in come {
        let words = about(&walk.new, member, ["is new", "are new"]).alike(form.clone());
        walk.tell(to, &CHOICE_VARIANT_ADDED, &old.pointer, &member.site.pointer(), words.of(of.clone()));
    }
    for (o, n) in pairs {
        let places = (o.site.pointer(), n.site.pointer());
        let unnamed = o.name.is_none() && n.name.is_none();
        if unnamed && o.title != n.title && walk.new.view(&walk.new.follow(&n.site).target).shape == Shape::Object {
            let words = Words::from(format!("{} is called otherwise now, was {}", called(n), called(o))).of(of.clone());
            walk.tell(to, &CHOICE_VARIANT_RENAMED, &places.0, &places.1, words);
        }
        if old.discriminator == new.discriminator {
            let (before, after): (BTreeSet<&String>, BTreeSet<&String>) =
                (o.tags.iter().collect(), n.tags.iter().collect());
            for tag in before.difference(&after) {
                let words = tagged(new.discriminator, tag, n, "any more").of(of.clone());
                walk.tell(to, &DISCRIMINATOR_VALUE_REMOVED, &places.0, &places.1, words);
            }
            for tag in after.difference(&before) {
                let words = tagged(new.discriminator, tag, n, "too").of(of.clone());
                walk.tell(to, &DISCRIMINATOR_VALUE_ADDED, &places.0, &places.1, words);
            }
        }
        place(walk, to, &o.site, &n.site, Slot::Given);
    }
}

/// By its name; what has none, by what it is.
fn about<'a>(reader: &Reader<'a>, member: &Member<'a>, [one, many]: [&str; 2]) -> Words {
    match member.name.as_deref().or(member.title) {
        Some(name) => Words::about(name, format!("the variant {{}} {one}"), format!("the variants {{}} {many}")),
        None => {
            let view = reader.view(&reader.follow(&member.site).target);
            let fields: Vec<String> = view.properties.keys().map(|name| code(name)).collect();
            let with = if fields.is_empty() { String::new() } else { format!(": {}", list(&fields, FIELDS)) };
            let shape = if view.shape == Shape::Object { "an object with fields" } else { view.shape.rust() };
            Words::from(format!("the variant that is {shape}{with} {one}"))
        }
    }
}

fn tagged(discriminator: Option<&str>, tag: &str, member: &Member<'_>, end: &str) -> Words {
    let not = if end == "too" { ["means", "mean"] } else { ["does not mean", "do not mean"] };
    let (of, of_field) = (called(member), discriminator.map(|d| format!(" of {}", code(d))).unwrap_or_default());
    let [one, many] = not;
    Words::about(
        tag,
        format!("the value {{}}{of_field} {one} {of} {end}"),
        format!("the values {{}}{of_field} {many} {of} {end}"),
    )
}

fn called(member: &Member<'_>) -> String {
    match member.name.as_deref().or(member.title) {
        Some(name) => format!("the variant {}", code(name)),
        None => "a variant that has no name".into(),
    }
}

type Matched<'b, 'a> = (Vec<(&'b Member<'a>, &'b Member<'a>)>, Vec<&'b Member<'a>>, Vec<&'b Member<'a>>);

/// By reference, then by tag, by title, by equality, and last by likeness.
fn matched<'b, 'a>(walk: &Walk<'a>, old: &'b [Member<'a>], new: &'b [Member<'a>]) -> Matched<'b, 'a> {
    let (mut gone, mut come): (Vec<&Member<'a>>, Vec<&Member<'a>>) = (old.iter().collect(), new.iter().collect());
    let mut pairs = Vec::new();
    type Alike<'c, 'a> = &'c dyn Fn(&Member<'a>, &Member<'a>) -> bool;
    // By reference at once: there may be thousands.
    let mut left = Vec::new();
    let mut by_name: HashMap<&String, VecDeque<usize>> = HashMap::new();
    for (i, member) in come.iter().enumerate() {
        if let Some(name) = &member.name {
            by_name.entry(name).or_default().push_back(i);
        }
    }
    let mut taken = HashSet::new();
    for o in gone {
        match o.name.as_ref().and_then(|name| by_name.get_mut(name)?.pop_front()) {
            Some(i) => {
                taken.insert(i);
                pairs.push((o, come[i]));
            }
            None => left.push(o),
        }
    }
    gone = left;
    let mut i = 0..;
    come.retain(|_| i.next().is_none_or(|i| !taken.contains(&i)));
    let alike: [Alike<'_, 'a>; 4] = [
        &|o, n| o.tags.iter().any(|t| n.tags.contains(t)),
        &|o, n| o.title.is_some() && o.title == n.title,
        &|o, n| {
            let values = o.site.parts.iter().zip(&n.site.parts);
            o.site.parts.len() == n.site.parts.len() && values.into_iter().all(|(x, y)| same(x.value, y.value))
        },
        &|o, n| looks_like(&walk.old, o, &walk.new, n),
    ];
    for alike in alike {
        let mut left = Vec::new();
        for o in gone {
            // Each is looked at beside each.
            let is_left = walk.new.budget.spend(1 + come.len() / 8, &o.site.pointer());
            match come.iter().position(|n| is_left && alike(o, n)) {
                Some(i) => pairs.push((o, come.remove(i))),
                None => left.push(o),
            }
        }
        gone = left;
    }
    (pairs, gone, come)
}

/// The same kind of type; of objects, at least half of the fields are the same.
fn looks_like<'a>(old_reader: &Reader<'a>, old: &Member<'a>, new_reader: &Reader<'a>, new: &Member<'a>) -> bool {
    let old = old_reader.view(&old_reader.follow(&old.site).target);
    let new = new_reader.view(&new_reader.follow(&new.site).target);
    if old.shape != new.shape {
        return false;
    }
    let common = old.properties.keys().filter(|p| new.properties.contains_key(*p)).count();
    old.shape != Shape::Object || 2 * common >= old.properties.len().max(new.properties.len())
}
