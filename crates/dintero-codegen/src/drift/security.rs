//! Who is let in: schemes, alternatives and scopes, as the runtime uses them.

use super::docs::{came_or_went, map};
use super::operations::Op;
use super::rules::*;
use super::walk::{By, To, Walk};
use super::words::Words;
use super::{Source, canonical::same};
use crate::document::at;
use crate::gate::Text;
use crate::lower::collect::scopes;
use crate::lower::references::resolve;
use crate::lower::security::auth;
use crate::model::{OperationKind, SecurityScheme};
use serde_json::Value;
use std::collections::BTreeSet;

/// Schemes that are asked for together, as the runtime calls them.
type Way = BTreeSet<String>;

/// What a scheme is to the runtime.
fn kind(doc: &Value, name: &str) -> String {
    let scheme = resolve(doc, &doc["components"]["securitySchemes"][name]);
    auth(scheme).map_or_else(|| format!("{name} (not supported)"), |auth| auth.label())
}

/// Kinds of which one of the two documents has several schemes: they let in different credentials, and go by their names.
fn ambiguous(walk: &Walk<'_>) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for doc in [&walk.old_source.doc, &walk.new_source.doc] {
        let mut seen = BTreeSet::new();
        let kinds = map(&doc["components"]["securitySchemes"]).keys().map(|name| kind(doc, name));
        out.extend(kinds.filter(|kind| !seen.insert(kind.clone())));
    }
    out
}

/// The ways in; an empty one is a public operation.
fn ways(source: &Source, op: Op<'_>, ambiguous: &BTreeSet<String>) -> Vec<Way> {
    let doc = &source.doc;
    let Some(list) = op.value.get("security").or(doc.get("security")).and_then(Value::as_array) else {
        // What the house takes silence for.
        return vec![Way::from([SecurityScheme::Bearer.label()])];
    };
    if list.is_empty() {
        return vec![Way::new()];
    }
    let label = |name: &String| match kind(doc, name) {
        kind if ambiguous.contains(&kind) => format!("{kind} of {name}"),
        kind => kind,
    };
    let mut ways: Vec<Way> = Vec::new();
    for requirement in list {
        let way: Way = map(requirement).keys().map(label).collect();
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

fn place(op: Op<'_>) -> String {
    if op.value.get("security").is_some() { at(&op.pointer(), "security") } else { "/security".into() }
}

pub fn run<'a>(walk: &mut Walk<'a>, by: &By, old: Op<'a>, new: Op<'a>) {
    // Nobody shows a credential to whom an event is sent.
    let calls = |op: Op<'_>| op.made.is_some_and(|m| m.kind == OperationKind::Call);
    let by = By { live: by.live && calls(new), ..by.clone() };
    let to = To::Operation(&by);
    let (old_at, new_at) = (place(old), place(new));
    let ambiguous = ambiguous(walk);
    let (before, after) = (ways(walk.old_source, old, &ambiguous), ways(walk.new_source, new, &ambiguous));
    let words = |way: &Way| way.iter().map(|s| format!("`{s}`")).collect::<Vec<_>>().join(" with ");
    let public = |ways: &[Way]| ways.iter().any(Way::is_empty);
    match (public(&before), public(&after)) {
        (true, false) => walk.tell(to, &AUTH_REQUIRED, &old_at, &new_at, "asks for a login now, was open to all"),
        (false, true) => walk.tell(to, &AUTH_LIFTED, &old_at, &new_at, "is open to all now, asked for a login"),
        _ => {}
    }
    for way in before.iter().filter(|w| !w.is_empty() && !after.iter().any(|n| n.is_subset(w))) {
        let message = format!("a call with the login {} alone is refused now", words(way));
        walk.tell(to, &AUTH_REMOVED, &old_at, &new_at, message);
    }
    if let (Some(was), Some(is)) = (old.made, new.made)
        && was.auth != is.auth
        && before.iter().all(|way| after.contains(way))
        && after.iter().all(|way| before.contains(way))
    {
        let message =
            "the logins that it takes stand in another order: a program that has several credentials sends another one";
        walk.tell(to, &AUTH_ADDED, &old_at, &new_at, message);
    }
    let only_public = before.iter().all(Way::is_empty);
    for way in after.iter().filter(|w| !w.is_empty() && !only_public && !before.iter().any(|o| o.is_subset(w))) {
        walk.tell(to, &AUTH_ADDED, &old_at, &new_at, format!("a call may bring the login {} now", words(way)));
    }
    let (before, after): (BTreeSet<String>, BTreeSet<String>) = (
        scopes(&walk.old_source.doc, old.value).iter().map(Text::line).collect(),
        scopes(&walk.new_source.doc, new.value).iter().map(Text::line).collect(),
    );
    for scope in after.difference(&before) {
        let words = Words::about(scope, "asks for the scope {} now", "asks for the scopes {} now");
        walk.tell(to, &SCOPE_ADDED, &old_at, &new_at, words);
    }
    for scope in before.difference(&after) {
        let words = Words::about(scope, "asks for the scope {} no more", "asks for the scopes {} no more");
        walk.tell(to, &SCOPE_REMOVED, &old_at, &new_at, words);
    }
}

/// The schemes themselves: what makes a difference to a call is told of the operations.
pub fn schemes(walk: &mut Walk<'_>) {
    let base = "/components/securitySchemes";
    let (old, new) = (walk.old.root, walk.new.root);
    let schemes = |root: &'_ Value| map(&root["components"]["securitySchemes"]).clone();
    let (old, new) = (schemes(old), schemes(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let (o, n) = (old.get(name), new.get(name));
        if !same(o.unwrap_or(&Value::Null), n.unwrap_or(&Value::Null)) {
            let words = came_or_went("security scheme", name, o, n);
            walk.tell(To::Document, &SECURITY_SCHEME_CHANGED, &at(base, name), &at(base, name), words);
        }
    }
}
