//! What is only told: descriptions, examples, limits, extensions, and whatever else the crate makes nothing of.

use super::canonical::{same, same_under};
use super::limits::{self, says_nothing};
use super::rules::*;
use super::walk::{To, Walk};
use super::words::Words;
use crate::document::at;
use crate::gate::marks;
use crate::lock::canonical;
use crate::lower::collect::WEBHOOKS;
use crate::lower::schema::code;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The rule for a keyword that makes no difference to the Rust type by itself.
pub fn rule_of(key: &str) -> &'static Rule {
    match key {
        "description" | "summary" => &DESCRIPTION_CHANGED,
        "title" => &TITLE_CHANGED,
        "example" | "examples" => &EXAMPLE_CHANGED,
        "default" => &DEFAULT_CHANGED,
        "deprecated" => &DEPRECATION_CHANGED,
        "tags" => &TAGS_CHANGED,
        "enum" => &ENUM_NOTED,
        "oneOf" | "anyOf" | "not" => &FIELD_RULES_CHANGED,
        "additionalProperties" => &EXTRA_FIELDS_NOTED,
        "readOnly" | "writeOnly" | "required" | "nullable" => &PRESENCE_NOTED,
        "version" | "contact" | "license" | "termsOfService" => &INFO_CHANGED,
        key if key.starts_with("x-") => &EXTENSION_CHANGED,
        _ => &DETAIL_CHANGED,
    }
}

/// The mapping, or an empty one where there is none.
pub fn map(value: &Value) -> &Map<String, Value> {
    static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    value.as_object().unwrap_or(&EMPTY)
}

/// Tells every keyword of two mappings that differs, but for those that are looked at elsewhere.
pub fn keywords(
    walk: &mut Walk<'_>,
    to: To<'_>,
    (old_at, old): (&str, &Map<String, Value>),
    (new_at, new): (&str, &Map<String, Value>),
    seen: &[&str],
) {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).filter(|k| !seen.contains(&k.as_str())).collect();
    for key in keys {
        keyword(walk, to, key, (old_at, old.get(key)), (new_at, new.get(key)));
    }
}

/// Tells one keyword if it differs; what is false by default is not there.
pub fn keyword(
    walk: &mut Walk<'_>,
    to: To<'_>,
    key: &str,
    (old_at, old): (&str, Option<&Value>),
    (new_at, new): (&str, Option<&Value>),
) {
    let (old, new) = (old.filter(|v| !says_nothing(key, v)), new.filter(|v| !says_nothing(key, v)));
    let differs = match (old, new) {
        (Some(o), Some(n)) => !same_under(key, o, n),
        (None, None) => false,
        _ => true,
    };
    if differs {
        // Any other value than `true` shows what was hidden, or leaves it to its name.
        let shown = key == marks::SENSITIVE && old == Some(&Value::Bool(true));
        let rule = if shown { &GUARD_LOST } else { limits::rule(key, old, new).unwrap_or_else(|| rule_of(key)) };
        // The same edit at several places is one.
        let said = |value: Option<&Value>| value.map(canonical).unwrap_or_default();
        // Examples are made anew all at once, and none is looked up by what it was.
        let is_example = rule == &EXAMPLE_CHANGED || matches!(key, "x-example" | "x-examples");
        let what = match (is_example, old, new) {
            (true, Some(_), Some(_)) => format!("`{key}` changed"),
            (true, ..) => format!("`{key}` {}", if new.is_some() { "is new" } else { "is gone" }),
            (false, ..) => difference(&format!("`{key}`"), old, new),
        };
        let end = if shown { "; its value was hidden in `Debug` and logs, and is shown now" } else { "" };
        let alike = if is_example { String::new() } else { format!("{}\n{}", said(old), said(new)) };
        let words = Words::from(format!("{what}{end}")).alike(alike);
        walk.tell(to, rule, &at(old_at, key), &at(new_at, key), words);
    }
}

/// "the example `a` is new", and with others "the examples `a` and `b` are new".
pub fn came_or_went(kind: &str, name: &str, old: Option<&Value>, new: Option<&Value>) -> Words {
    let (one, many) = match (old, new) {
        (None, _) => ("is new", "are new"),
        (_, None) => ("is gone", "are gone"),
        _ => ("changed", "changed"),
    };
    Words::about(name, format!("the {kind} {{}} {one}"), format!("the {kind}s {{}} {many}")).of("")
}

/// "`maxLength` is 50 now, was 100".
pub fn difference(what: &str, old: Option<&Value>, new: Option<&Value>) -> String {
    let short = |v: &Value| !v.is_object() && !v.is_array() && v.to_string().chars().count() <= 60;
    match (old, new) {
        (Some(o), Some(n)) if short(o) && short(n) => format!("{what} is {} now, was {}", code(n), code(o)),
        (None, Some(n)) if short(n) => format!("{what} is new: {}", code(n)),
        (Some(o), None) if short(o) => format!("{what} is gone, was {}", code(o)),
        (Some(Value::Array(o)), Some(Value::Array(n))) => {
            let only = |a: &[Value], b: &[Value]| {
                let list: Vec<String> =
                    a.iter().filter(|x| short(x) && !b.iter().any(|y| same(x, y))).take(8).map(code).collect();
                list.join(", ")
            };
            match (only(n, o), only(o, n)) {
                (more, less) if more.is_empty() && less.is_empty() => format!("{what} changed"),
                (more, less) if less.is_empty() => format!("{what} has more: {more}"),
                (more, less) if more.is_empty() => format!("{what} has less: {less}"),
                (more, less) => format!("{what} has more: {more}, and less: {less}"),
            }
        }
        (Some(_), Some(_)) => format!("{what} changed"),
        (None, _) => format!("{what} is new"),
        (_, None) => format!("{what} is gone"),
    }
}

/// The document's own words: title, version, tags, external documentation.
pub fn document(walk: &mut Walk<'_>) {
    let (old, new) = (walk.old.root, walk.new.root);
    keywords(walk, To::Document, ("/info", map(&old["info"])), ("/info", map(&new["info"])), &[]);
    let examples = |root: &'_ Value| map(&root["components"]["examples"]).clone();
    let (before, after) = (examples(old), examples(new));
    for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let (o, n) = (before.get(name), after.get(name));
        if !same(o.unwrap_or(&Value::Null), n.unwrap_or(&Value::Null)) {
            let place = at("/components/examples", name);
            walk.tell(To::Document, &EXAMPLE_CHANGED, &place, &place, came_or_went("example", name, o, n));
        }
    }
    // What is looked at elsewhere, and the version of OpenAPI, which is no part of the interface.
    let seen = ["openapi", "info", "paths", WEBHOOKS, "components", "security", "servers"];
    keywords(walk, To::Document, ("", map(old)), ("", map(new)), &seen);
}
