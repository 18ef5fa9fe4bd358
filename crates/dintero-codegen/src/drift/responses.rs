//! Answers: what the method returns, which statuses there are, headers and links.

use super::bodies::{Content, content};
use super::canonical::same;
use super::docs::{keyword, keywords, map};
use super::label::label;
use super::operations::{Op, Sides};
use super::rules::*;
use super::walk::{To, Walk};
use super::words::Words;
use crate::document::at;
use crate::gate::text::code;
use crate::lock::canonical;
use crate::model::{OperationKind, Success};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

pub fn run<'a>(walk: &mut Walk<'a>, sides: &Sides, (old_at, old): (&str, Op<'a>), (new_at, new): (&str, Op<'a>)) {
    let mut by_status = false;
    let mut same_kind = true;
    if let (Some(was), Some(is)) = (old.made, new.made)
        && is.kind == OperationKind::Call
    {
        by_status = matches!((&was.success, &is.success), (Success::ByStatus(_), Success::ByStatus(_)));
        same_kind = word(&was.success) == word(&is.success);
        if !same_kind {
            let message = format!("the method returns {} now, was {}", word(&is.success), word(&was.success));
            let places = (at(old_at, "responses"), at(new_at, "responses"));
            walk.tell(To::Operation(&sides.read), &RETURN_TYPE_CHANGED, &places.0, &places.1, message);
        }
    }
    statuses(walk, sides, (old_at, old.value), (new_at, new.value), by_status, same_kind);
}

/// The same without a method that returns it.
pub fn schemas<'a>(walk: &mut Walk<'a>, sides: &Sides, old: (&str, &'a Value), new: (&str, &'a Value)) {
    statuses(walk, sides, old, new, false, true);
}

fn word(success: &Success) -> &'static str {
    match success {
        Success::Empty => "nothing",
        Success::Json(_) => "a value",
        Success::OptionalJson(_) => "a value or nothing",
        Success::ByStatus(_) => "one of several types by status",
        Success::Text => "text",
        Success::Bytes => "a stream of bytes",
        Success::Redirect => "a redirect",
    }
}

/// A `default` stands for success only where no other success is described.
fn is_success(all: &Map<String, Value>, status: &str) -> bool {
    let good = |s: &str| s.starts_with(['2', '3']);
    good(status) || status == "default" && !all.keys().any(|s| good(s))
}

fn statuses<'a>(
    walk: &mut Walk<'a>,
    sides: &Sides,
    (old_at, old): (&str, &'a Value),
    (new_at, new): (&str, &'a Value),
    by_status: bool,
    same_kind: bool,
) {
    let to = To::Operation(&sides.read);
    let (old_at, new_at) = (at(old_at, "responses"), at(new_at, "responses"));
    let (old, new) = (map(&old["responses"]), map(&new["responses"]));
    let named = |all: &'a Map<String, Value>, status: &str| all.keys().find(|s| s.eq_ignore_ascii_case(status));
    let gone: Vec<&String> = old.keys().filter(|s| !s.starts_with("x-") && named(new, s).is_none()).collect();
    let come: Vec<&String> = new.keys().filter(|s| !s.starts_with("x-") && named(old, s).is_none()).collect();
    let mut pairs: Vec<(&String, &String)> = old.keys().filter_map(|s| Some((s, named(new, s)?))).collect();
    // A success that came for one that went is one change, and has its body compared.
    let only = |list: &[&'a String], all: &'a Map<String, Value>| {
        let mut found = list.iter().copied().filter(|s| is_success(all, s));
        found.next().filter(|_| found.next().is_none())
    };
    let instead = only(&gone, old).zip(only(&come, new));
    if let Some((o, n)) = instead {
        let rule = if by_status { &STATUS_VARIANT_REMOVED } else { &SUCCESS_STATUS_CHANGED };
        let words = Words::from(format!("the success is {} now, was {}", code(n), code(o)));
        let words = words.of(label(walk.new.root, &new_at)).alike("");
        walk.tell(to, rule, &at(&old_at, o), &at(&new_at, n), words);
        pairs.push((o, n));
    }
    let apart = |status: &&&'a String| instead.is_none_or(|(o, n)| **status != o && **status != n);
    for status in gone.iter().filter(apart) {
        let (rule, what) = match (is_success(old, status), by_status) {
            (true, true) => (&STATUS_VARIANT_REMOVED, "success"),
            (true, false) => (&SUCCESS_STATUS_REMOVED, "success"),
            (false, _) => (&ERROR_STATUS_REMOVED, "failure"),
        };
        let words = about_status(status, what, "is gone", "are gone");
        walk.tell(to, rule, &at(&old_at, status), &new_at, words.of(label(walk.new.root, &new_at)));
    }
    for status in come.iter().filter(apart) {
        let (rule, what) = match is_success(new, status) {
            true => (&SUCCESS_STATUS_ADDED, "success"),
            false => (&ERROR_STATUS_ADDED, "failure"),
        };
        let words = about_status(status, what, "is new", "are new");
        walk.tell(to, rule, &old_at, &at(&new_at, status), words.of(label(walk.new.root, &new_at)));
    }
    for (old_status, new_status) in pairs {
        let (Some(o), Some(n)) = (old.get(old_status), new.get(new_status)) else { continue };
        let (o_at, o) = walk.old.resolve(at(&old_at, old_status), o);
        let (n_at, n) = walk.new.resolve(at(&new_at, new_status), n);
        let success = is_success(new, new_status);
        let has_body = |answer: &Value| answer["content"].as_object().is_some_and(|c| !c.is_empty());
        if has_body(o) != has_body(n) {
            let words = if has_body(n) { "has a body now" } else { "has no body any more" };
            let rule = if success { &RETURN_TYPE_CHANGED } else { &ERROR_BODY_CHANGED };
            // The change of the method's type tells it already.
            if !success || same_kind {
                walk.tell(to, rule, &at(&o_at, "content"), &at(&n_at, "content"), words);
            }
        }
        let rules = Content {
            changed: if success { &RESPONSE_MEDIA_TYPE_CHANGED } else { &ERROR_BODY_CHANGED },
            noted: &RESPONSE_MEDIA_TYPE_NOTED,
            encoding: &DETAIL_CHANGED,
        };
        content(walk, to, (&o_at, o), (&n_at, n), &rules);
        named_parts(walk, to, &RESPONSE_HEADER_CHANGED, "headers", (&o_at, o), (&n_at, n));
        named_parts(walk, to, &RESPONSE_LINK_CHANGED, "links", (&o_at, o), (&n_at, n));
        keywords(walk, to, (&o_at, map(o)), (&n_at, map(n)), &["content", "headers", "links"]);
    }
    for key in old.keys().chain(new.keys()).filter(|k| k.starts_with("x-")).collect::<BTreeSet<_>>() {
        keyword(walk, to, key, (&old_at, old.get(key)), (&new_at, new.get(key)));
    }
}

fn about_status(status: &str, what: &str, one: &str, many: &str) -> Words {
    Words::about(status, format!("the {what} {{}} {one}"), format!("the {what}s {{}} {many}"))
}

/// Headers and links, by name; headers whatever the case.
fn named_parts<'a>(
    walk: &mut Walk<'a>,
    to: To<'_>,
    rule: &'static Rule,
    kind: &str,
    (old_at, old): (&str, &'a Value),
    (new_at, new): (&str, &'a Value),
) {
    let (old_at, new_at) = (at(old_at, kind), at(new_at, kind));
    let (old, new) = (map(&old[kind]), map(&new[kind]));
    let find = |all: &'a Map<String, Value>, name: &str| all.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
    let names: BTreeSet<String> = old.keys().chain(new.keys()).map(|n| n.to_lowercase()).collect();
    for name in names {
        let (o, n) = (find(old, &name), find(new, &name));
        let shown = n.or(o).map_or(name.as_str(), |(name, _)| name.as_str());
        let o = o.map(|(name, value)| walk.old.resolve(at(&old_at, name), value));
        let n = n.map(|(name, value)| walk.new.resolve(at(&new_at, name), value));
        let differs = match (&o, &n) {
            (Some((_, o)), Some((_, n))) => !same(o, n),
            _ => true,
        };
        if differs {
            let what = match (&o, &n) {
                (None, _) => ["is new", "are new"],
                (_, None) => ["is gone", "are gone"],
                _ => ["changed", "changed"],
            };
            let kinds = (kind.trim_end_matches('s'), kind);
            let (one, many) =
                (format!("the {} {{}} {}", kinds.0, what[0]), format!("the {} {{}} {}", kinds.1, what[1]));
            let said = |found: &Option<(String, &Value)>| found.as_ref().map(|f| canonical(f.1)).unwrap_or_default();
            let alike = format!("{} {}", said(&o), said(&n));
            let words = Words::about(shown, one, many).of(label(walk.new.root, &new_at)).alike(alike);
            let place = |found: Option<(String, &Value)>, base: &str| found.map_or(base.to_string(), |(p, _)| p);
            walk.tell(to, rule, &place(o, &old_at), &place(n, &new_at), words);
        }
    }
}
