//! The operations of a document, with what holds for each whatever it sends.

use super::bodies::body;
use super::parameters::parameters;
use super::paths::sound_path;
use super::read::{PASS, WEBHOOKS, strings, text};
use super::responses::responses;
use super::servers::server;
use crate::catalog::Policy;
use crate::document::at;
use crate::gate::{Text, marks};
use crate::lower::references::resolve;
use crate::lower::security;
use crate::model::{Marks, Operation, OperationKind, Service, Success};
use crate::problem::Problem;
use serde_json::Value;
use std::collections::BTreeSet;

const METHODS: [&str; 6] = ["get", "put", "post", "delete", "patch", "head"];

/// The operations of `paths`, or of webhooks, which have names in place of paths.
pub fn path_items(
    service: &mut Service,
    doc: &Value,
    policy: &Policy,
    items: &Value,
    pointer: &str,
    ids: &mut BTreeSet<String>,
) -> Result<(), Problem> {
    let what = pointer.trim_start_matches('/');
    let no_mapping = |pointer: String, what: String| {
        Problem::new(
            service.file.clone(),
            pointer,
            format!("{what} is no mapping"),
            "correct the document by an overlay",
        )
    };
    let Some(items) = items.as_object() else { return Err(no_mapping(pointer.into(), format!("`{what}`"))) };
    let bad = items.iter().find(|(name, item)| !name.starts_with("x-") && !resolve(doc, item).is_object());
    if let Some((name, _)) = bad {
        return Err(no_mapping(at(pointer, name), "the path item".into()));
    }
    for (name, item) in items.iter().filter(|(name, _)| !name.starts_with("x-")) {
        let path = if what == WEBHOOKS { format!("/webhooks/{name}") } else { name.clone() };
        let item_pointer = at(pointer, name);
        let item = resolve(doc, item);
        let path = match what == WEBHOOKS {
            true => path,
            false => sound_path(service, &path, &item_pointer)?,
        };
        for (method, op) in item.as_object().into_iter().flatten() {
            let pointer = at(&item_pointer, method);
            if matches!(method.as_str(), "options" | "trace") {
                service.warn(
                    PASS,
                    &pointer,
                    format!("{} is no call of an API client; left out", method.to_uppercase()),
                );
                continue;
            }
            if !METHODS.contains(&method.as_str()) || !op.is_object() {
                continue;
            }
            let mut operation = operation(service, doc, policy, item, op, &path, method, &pointer, ids)?;
            if what == WEBHOOKS {
                operation.kind = OperationKind::Event;
            }
            service.operations.push(operation);
        }
    }
    Ok(())
}

#[allow(clippy::too_many_arguments)]
fn operation(
    service: &mut Service,
    doc: &Value,
    policy: &Policy,
    item: &Value,
    op: &Value,
    path: &str,
    method: &str,
    pointer: &str,
    ids: &mut BTreeSet<String>,
) -> Result<Operation, Problem> {
    let kind = match policy.event_paths.iter().any(|p| path.starts_with(p.as_str())) {
        true => OperationKind::Event,
        false => OperationKind::Call,
    };
    if op.get("callbacks").is_some() {
        let what = "what the service calls at the caller is no call of this client; left out";
        service.note(PASS, at(pointer, "callbacks"), what);
    }
    let auth = security::run(service, doc, op, pointer);
    let mut parameters = parameters(service, doc, item, op, path, pointer, &auth);
    if kind == OperationKind::Call {
        security::keys(service, doc, op, pointer, &mut parameters);
    }
    Ok(Operation {
        pointer: pointer.into(),
        kind,
        method: method.into(),
        path: path.into(),
        event_path: event_path(policy, path),
        id: operation_id(service, op, path, method, pointer, ids),
        name: String::new(),
        summary: text(op, "summary"),
        description: text(op, "description"),
        server: server(service, doc, item, op, false),
        test_server: server(service, doc, item, op, true),
        auth,
        takes_key: takes_key(doc, item, op),
        scopes: scopes(doc, op),
        deprecated: op["deprecated"] == true || item["deprecated"] == true,
        evidence: op["x-evidence"].as_str().unwrap_or("published").into(),
        parameters,
        body: body(service, doc, op, pointer)?,
        responses: responses(service, doc, op, pointer)?,
        marks: Marks {
            idempotent: op[marks::IDEMPOTENT].as_bool(),
            moves_money: op[marks::MOVES_MONEY].as_bool(),
            paging: op[marks::PAGING].as_bool(),
            events: strings(&op[marks::EVENTS]),
        },
        idempotent: false,
        moves_money: false,
        money_why: String::new(),
        paging: None,
        success: Success::Empty,
        all_statuses: None,
    })
}

/// What is below the prefix that tells an event.
fn event_path(policy: &Policy, path: &str) -> Text {
    let below = policy.event_paths.iter().find_map(|prefix| path.strip_prefix(prefix.as_str()));
    below.unwrap_or(path).into()
}

/// The published id, or one made from method and path when it is missing or already taken.
fn operation_id(
    service: &mut Service,
    op: &Value,
    path: &str,
    method: &str,
    pointer: &str,
    ids: &mut BTreeSet<String>,
) -> Text {
    let published = text(op, "operationId");
    if !published.is_empty() && ids.insert(published.to_string()) {
        return published;
    }
    let words: Vec<&str> = path.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let mut id = format!("{}_{method}", words.join("_"));
    // As many paths as a document may have can differ in punctuation alone.
    let base = id.clone();
    for n in 2.. {
        if ids.insert(id.clone()) {
            break;
        }
        id = format!("{base}_{n}");
    }
    let why = if published.is_empty() {
        "has no operationId".into()
    } else {
        format!("repeats the operationId {}", published.code())
    };
    service.warn(PASS, pointer, format!("{why}; `{id}` was made from method and path"));
    id.into()
}

/// Scopes of the security requirement, of `x-scopes`, or of a list in the description.
pub fn scopes(doc: &Value, op: &Value) -> Vec<Text> {
    let mut out = strings(&op["x-scopes"]);
    let list = op.get("security").or(doc.get("security")).and_then(Value::as_array);
    for requirement in list.into_iter().flatten() {
        out.extend(requirement.as_object().into_iter().flat_map(|m| m.values()).flat_map(strings));
    }
    let mut listed = false;
    for line in op["description"].as_str().unwrap_or_default().lines().map(str::trim) {
        match line.strip_prefix("- ").map(|s| s.trim_matches('`')) {
            Some(scope) if listed && scope.contains(':') && !scope.contains(' ') => out.push(scope.into()),
            _ if line.eq_ignore_ascii_case("scopes:") => listed = true,
            _ if !line.is_empty() => listed = false,
            _ => {}
        }
    }
    let mut seen = BTreeSet::new();
    out.retain(|s| seen.insert(s.clone()));
    out
}

/// Whether the service itself recognises a repeated call by a key.
fn takes_key(doc: &Value, item: &Value, op: &Value) -> bool {
    let lists = [&item["parameters"], &op["parameters"]];
    let mut all = lists.into_iter().filter_map(Value::as_array).flatten().map(|p| resolve(doc, p));
    all.any(|p| p["in"] == "header" && p["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case("idempotency-key")))
}

#[cfg(test)]
mod tests {
    use crate::lower::collect::test_support::{get, with};
    use serde_json::json;

    #[test]
    fn scopes_come_from_all_three_places() {
        let op = with(|d| {
            get(d)["x-scopes"] = json!(["a:x"]);
            get(d)["security"] = json!([{"jwt": ["b:x"]}]);
            get(d)["description"] = json!("What it does.\n\nscopes:\n- c:x\n- a:x\n\nMore:\n- d:x");
        });
        assert_eq!(op.operations[0].scopes, ["a:x", "b:x", "c:x"]);
    }
}
