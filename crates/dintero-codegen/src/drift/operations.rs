//! Operations: which are there, what their methods are called, how the runtime treats them.

use super::docs::{keywords, map};
use super::levels::Side;
use super::rules::*;
use super::walk::{By, To, Walk};
use super::words::{Words, list};
use super::{Source, bodies, parameters, responses, security, servers};
use crate::document::at;
use crate::lower::collect::WEBHOOKS;
use crate::lower::references::component_of;
use crate::model::{Operation, OperationKind};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// All of OpenAPI 3.0; the crate has no method for the last two.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];

/// An operation as it stands in one of the documents.
#[derive(Clone, Copy)]
pub struct Op<'a> {
    /// The key of the document that it stands under: `paths`, or what the service sends by itself.
    pub base: &'static str,
    pub method: &'a str,
    pub path: &'a str,
    pub item: &'a Value,
    pub value: &'a Value,
    /// What became of it on the road to the crate.
    pub made: Option<&'a Operation>,
}

impl Op<'_> {
    /// As it is named in a report.
    pub fn label(&self) -> String {
        match self.is_webhook() {
            true => format!("{} webhook {}", self.method.to_uppercase(), self.path),
            false => format!("{} {}", self.method.to_uppercase(), self.path),
        }
    }

    pub fn item_pointer(&self) -> String {
        at(&at("", self.base), self.path)
    }

    fn is_webhook(&self) -> bool {
        self.base == WEBHOOKS
    }

    pub fn pointer(&self) -> String {
        at(&self.item_pointer(), self.method)
    }

    fn id(&self) -> Option<&str> {
        self.value["operationId"].as_str()
    }

    fn is_event(&self) -> bool {
        self.is_webhook() || self.made.is_some_and(|m| m.kind == OperationKind::Event)
    }

    /// Of the whole operation; who travels the other way is turned by `sides`.
    pub fn by(&self) -> By {
        By { operation: self.label(), side: Side::Both, live: self.made.is_some() }
    }
}

/// What is sent and what is read, as the program that uses the crate sees it.
pub struct Sides {
    pub whole: By,
    pub sent: By,
    pub read: By,
}

impl Sides {
    fn of(by: By, turned: bool) -> Self {
        let side = |side: Side| by.on(if turned { side.turned() } else { side });
        Self { sent: side(Side::Request), read: side(Side::Response), whole: by }
    }
}

pub fn operations(source: &Source) -> Vec<Op<'_>> {
    let mut out = Vec::new();
    let items = ["paths", WEBHOOKS].into_iter().flat_map(|base| {
        let items = source.doc[base].as_object().into_iter().flatten();
        items.map(move |(path, item)| (base, path, item))
    });
    for (base, path, item) in items {
        let item = crate::lower::references::resolve(&source.doc, item);
        for method in METHODS {
            if path.starts_with("x-") || !item[method].is_object() {
                continue;
            }
            // By its place: its path may have been mended, and a method is never told by a path that another has too.
            let pointer = at(&at(&at("", base), path), method);
            let made = source.operation(&pointer);
            out.push(Op { base, method, path, item, value: &item[method], made });
        }
    }
    out
}

/// The path without the names of its parameters: those say nothing to the service.
fn template(path: &str) -> String {
    let mut parts = path.split('{');
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        out.push_str("{}");
        out.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    out
}

pub fn run<'a>(walk: &mut Walk<'a>) {
    let (mut gone, mut come) = (operations(walk.old_source), operations(walk.new_source));
    let mut pairs: Vec<(Op<'a>, Op<'a>)> = Vec::new();
    let alike: [fn(&Op<'_>, &Op<'_>) -> bool; 3] = [
        |o, n| o.base == n.base && o.method == n.method && o.path == n.path,
        |o, n| o.base == n.base && o.method == n.method && !o.is_webhook() && template(o.path) == template(n.path),
        |o, n| o.id().is_some() && o.id() == n.id() && o.is_event() == n.is_event(),
    ];
    for alike in alike {
        let mut left = Vec::new();
        for o in gone {
            match come.iter().position(|n| alike(&o, n)) {
                Some(i) => pairs.push((o, come.remove(i))),
                None => left.push(o),
            }
        }
        gone = left;
    }
    for op in gone {
        let words = Words::from(format!("`{}` is gone{}", op.label(), called(op.made))).of("").single();
        walk.tell(To::Operation(&op.by()), &OPERATION_REMOVED, &op.pointer(), &op.item_pointer(), words);
    }
    for op in come {
        let words = Words::from(format!("`{}` is new{}", op.label(), called(op.made))).of("").single();
        walk.tell(To::Operation(&op.by()), &OPERATION_ADDED, &op.item_pointer(), &op.pointer(), words);
    }
    for (old, new) in pairs {
        operation(walk, old, new);
    }
    servers::hosts(walk);
    path_items(walk);
}

fn called(made: Option<&Operation>) -> String {
    match made {
        Some(op) if op.kind == OperationKind::Event => format!(", and with it the event `{}`", op.name),
        Some(op) => format!(", and with it the method `{}`", op.name),
        None => "; it is no call of an API client".into(),
    }
}

fn operation<'a>(walk: &mut Walk<'a>, old: Op<'a>, new: Op<'a>) {
    let sides = Sides::of(new.by(), new.is_event());
    walk.renamed.insert(old.label(), new.label());
    let to = To::Operation(&sides.whole);
    let (old_at, new_at) = (old.pointer(), new.pointer());
    let id_places = (at(&old_at, "operationId"), at(&new_at, "operationId"));
    if old.method != new.method || template(old.path) != template(new.path) {
        let name = match (old.made, new.made) {
            (Some(was), Some(is)) if was.name != is.name => {
                format!("the method is `{}` now, was `{}`, and", is.name, was.name)
            }
            (_, Some(made)) => format!("the method `{}`", made.name),
            _ => "the operation".to_string(),
        };
        let words = Words::from(format!("{name} calls `{}` now, was `{}`", new.label(), old.label())).of("").single();
        walk.tell(to, &OPERATION_MOVED, &old_at, &new_at, words);
    }
    if let (Some(was), Some(is)) = (old.made, new.made) {
        let from = |op: &Op<'_>| op.id().map_or_else(|| "none".to_string(), |id| format!("`{id}`"));
        let ids = format!("the operation id is {} now, was {}", from(&new), from(&old));
        if was.name != is.name && old.id() != new.id() {
            let message = format!("the method `{}` is called `{}` now: {ids}", was.name, is.name);
            walk.tell(to, &METHOD_RENAMED, &id_places.0, &id_places.1, message);
        } else if old.id() != new.id() {
            walk.tell(to, &OPERATION_ID_CHANGED, &id_places.0, &id_places.1, ids);
        }
        behaviour(walk, &sides, (&old_at, was), (&new_at, is));
    }
    let item_deprecated = (&old.item["deprecated"], &new.item["deprecated"]);
    if (item_deprecated.0 == true) != (item_deprecated.1 == true) {
        let places = (at(&old.item_pointer(), "deprecated"), at(&new.item_pointer(), "deprecated"));
        walk.tell(
            to,
            &DEPRECATION_CHANGED,
            &places.0,
            &places.1,
            if item_deprecated.1 == true {
                "the whole path is deprecated now"
            } else {
                "the whole path is deprecated no more"
            },
        );
    }
    let (old_map, new_map) = (map(old.value), map(new.value));
    let seen = ["operationId", "parameters", "requestBody", "responses", "security", "servers", "callbacks"];
    keywords(walk, to, (&old_at, old_map), (&new_at, new_map), &seen);
    parameters::run(walk, &sides, old, new);
    bodies::run(walk, &sides.sent, (&old_at, old.value), (&new_at, new.value));
    responses::run(walk, &sides, (&old_at, old), (&new_at, new));
    // Whoever sends, these belong to the request.
    let request = sides.whole.on(Side::Request);
    security::run(walk, &request, old, new);
    servers::run(walk, &request, old, new);
    callbacks(walk, &sides, (&old_at, old.value), (&new_at, new.value));
}

/// What the operation table says of it beside its name.
fn behaviour(walk: &mut Walk<'_>, sides: &Sides, (old_at, old): (&str, &Operation), (new_at, new): (&str, &Operation)) {
    let to = To::Operation(&sides.whole);
    let twice = |op: &Operation| (op.idempotent, op.moves_money, op.takes_key);
    let by_itself = |op: &Operation| op.idempotent && !op.moves_money;
    if old.kind == OperationKind::Call && twice(old) != twice(new) {
        let facts = [
            (old.idempotent, new.idempotent, "may be sent twice without harm", "may not be sent twice"),
            (old.moves_money, new.moves_money, "is held to move money", "is not held to move money"),
            (old.takes_key, new.takes_key, "takes an idempotency key", "takes no idempotency key"),
        ];
        let changed = facts.into_iter().filter(|(was, is, ..)| was != is);
        let said: Vec<String> = changed.map(|(_, is, yes, no)| format!("{} now", if is { yes } else { no })).collect();
        let message = list(&said, said.len());
        let lost = by_itself(new) && !by_itself(old) || old.moves_money && !new.moves_money;
        walk.tell(to, if lost { &GUARD_LOST } else { &RETRY_CHANGED }, old_at, new_at, message);
    }
    match (&old.paging, &new.paging) {
        (None, Some(_)) => {
            walk.tell(to, &PAGING_ADDED, old_at, new_at, "the list can be read page by page now (`pages()`, `items()`)")
        }
        (Some(_), None) => {
            walk.tell(
                to,
                &PAGING_REMOVED,
                old_at,
                new_at,
                "the list cannot be read page by page any more (`pages()`, `items()`)",
            );
        }
        (Some(o), Some(n)) if o.sorted() != n.sorted() => {
            walk.tell(
                to,
                &PAGING_REMOVED,
                old_at,
                new_at,
                "the next page of the list is asked for in another way now (`pages()`, `items()`)",
            );
        }
        _ => {}
    }
}

/// What is said of a path as a whole.
fn path_items(walk: &mut Walk<'_>) {
    let (old, new) = (walk.old_source, walk.new_source);
    let mut seen: Vec<&str> = METHODS.to_vec();
    seen.extend(["parameters", "servers", "deprecated", "$ref"]);
    let items = |source: &'_ Source, base: &str| -> Vec<String> {
        source.doc[base].as_object().into_iter().flatten().map(|(path, _)| path.clone()).collect()
    };
    for name in items(old, WEBHOOKS) {
        let of = |doc: &'_ Value| crate::lower::references::resolve(doc, &doc[WEBHOOKS][&name]).as_object().cloned();
        if let (Some(o), Some(n)) = (of(&old.doc), of(&new.doc)) {
            let place = at(&at("", WEBHOOKS), &name);
            keywords(walk, To::Document, (&place, &o), (&place, &n), &seen);
        }
    }
    let paths = |source: &'_ Source| items(source, "paths");
    let by_template: HashMap<String, String> = paths(new).into_iter().map(|p| (template(&p), p)).collect();
    for path in paths(old) {
        let exact = new.doc["paths"].get(&path).map(|_| &path);
        let Some(new_path) = exact.or_else(|| by_template.get(&template(&path))) else { continue };
        let (item, new_item) = (&old.doc["paths"][&path], &new.doc["paths"][new_path]);
        let old_item = crate::lower::references::resolve(&old.doc, item);
        let new_item = crate::lower::references::resolve(&new.doc, new_item);
        if let (Some(o), Some(n)) = (old_item.as_object(), new_item.as_object()) {
            keywords(walk, To::Document, (&at("/paths", &path), o), (&at("/paths", new_path), n), &seen);
        }
    }
}

/// Callbacks are operations that travel the other way. The generator makes nothing of them, so they are only told.
fn callbacks<'a>(
    walk: &mut Walk<'a>,
    sides: &Sides,
    (old_at, old): (&str, &'a Value),
    (new_at, new): (&str, &'a Value),
) {
    let by = By { live: false, ..sides.whole.clone() };
    let all = |walk: &Walk<'a>, of_old: bool| -> Vec<(String, String, &'a Value)> {
        let (reader, base, op) = if of_old { (&walk.old, old_at, old) } else { (&walk.new, new_at, new) };
        let mut out = Vec::new();
        for (name, callback) in op["callbacks"].as_object().into_iter().flatten() {
            let (place, callback) = reader.resolve(at(&at(base, "callbacks"), name), callback);
            for (expression, item) in callback.as_object().into_iter().flatten() {
                for method in METHODS.iter().filter(|m| item[**m].is_object()) {
                    let key = format!("{name} {expression} {method}");
                    out.push((key, at(&at(&place, expression), method), &item[*method]));
                }
            }
        }
        out
    };
    let (before, after) = (all(walk, true), all(walk, false));
    for (key, place, _) in before.iter().filter(|(key, ..)| !after.iter().any(|(k, ..)| k == key)) {
        let words = format!("the callback `{key}` is gone");
        walk.tell(To::Operation(&by), &CALLBACK_REMOVED, place, &at(new_at, "callbacks"), words);
    }
    for (key, place, new) in after {
        let Some((_, old_place, old)) = before.iter().find(|(k, ..)| *k == key) else {
            let words = Words::from(format!("the callback `{key}` is new")).of(format!("`{}`", sides.whole.operation));
            walk.tell(To::Operation(&by), &CALLBACK_ADDED, &at(old_at, "callbacks"), &place, words);
            continue;
        };
        let turned = Sides::of(by.clone(), true);
        let (old_map, new_map) = (map(old), map(new));
        let seen = ["requestBody", "responses"];
        keywords(walk, To::Operation(&by), (old_place, old_map), (&place, new_map), &seen);
        bodies::run(walk, &turned.sent, (old_place, old), (&place, new));
        responses::schemas(walk, &turned, (old_place, old), (&place, new));
    }
}

/// Components that no operation uses are public types all the same.
pub fn unused_components(walk: &mut Walk<'_>) {
    let (old, new) = (walk.old.root, walk.new.root);
    let (old, new) = (&old["components"]["schemas"], &new["components"]["schemas"]);
    let names: BTreeSet<&String> = old.as_object().into_iter().flatten().map(|(name, _)| name).collect();
    for name in names {
        if let (Some(o), Some(n)) = (old.get(name), new.get(name)) {
            let place = at("/components/schemas", name);
            debug_assert!(component_of(&format!("#{place}")).is_some());
            let (o, n) = (super::site::Site::new(place.clone(), o), super::site::Site::new(place, n));
            let (o, n) = (walk.old.follow(&o).target, walk.new.follow(&n).target);
            walk.pair(o, n);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::template;

    #[test]
    fn the_names_of_path_parameters_do_not_matter() {
        assert_eq!(template("/a/{id}/b/{x}"), template("/a/{aid}/b/{y}"));
        assert_ne!(template("/a/{id}"), template("/a/id"));
        assert_eq!(template("/a/{broken"), "/a/{}");
    }
}
