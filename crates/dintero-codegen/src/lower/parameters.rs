//! Parameters as they go over the wire: joined or repeated as declared, dates as RFC 3339, each under a name of its own.
//!
//! For: progenitor ignores `explode: false`, cannot write arrays into headers and paths, writes dates there in a format
//! of its own, keys parameters by name alone (so that `id` in path and query are one), and has no name for `a.b` beside `a_b`.
//! Objects, choices, JSON, cookies and the styles deepObject, label and matrix it cannot write at all: the runtime does.

use super::fields::is_plain;
use super::rust_type::rust_type;
use super::schema::{Form, form, referred, walk_mut};
use crate::gate::marks;
use crate::model::{In, Operation, OperationKind, Parameter, Service, Style};
use crate::names::{snake, symbol};
use crate::names_lock::Names;
use indexmap::IndexMap;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub const PASS: &str = "parameters";

/// A parameter as the generator gets it.
pub struct Lowered {
    /// Rust identifier, distinct within the operation; also the name the generator knows.
    pub ident: String,
    pub schema: Value,
    /// A list that goes out as one value.
    pub joined: bool,
}

/// Settles which parameters the runtime writes, and tells what their style leaves open.
pub fn run(service: &mut Service, names: &Names) {
    let (mut warnings, mut notes) = (Vec::new(), Vec::new());
    let schemas = service.schemas.clone();
    for op in service.operations.iter_mut().filter(|op| op.kind == OperationKind::Call) {
        let idents = idents(op, &names.parameters(&op.name));
        op.parameters.iter_mut().zip(idents).for_each(|(p, ident)| p.ident = ident);
        for p in &mut op.parameters {
            // A parameter is there or it is not.
            walk_mut(&mut p.schema, "", &mut |_, s| {
                if let Some(map) = s.as_object_mut() {
                    map.shift_remove("nullable");
                }
            });
            let whole = resolve(&p.schema, &schemas);
            let plain = match form(whole) {
                Form::Array => is_scalar(&whole["items"], &schemas),
                _ => is_scalar(whole, &schemas),
            };
            p.styled = match p.style {
                _ if p.location == In::Cookie => true,
                Style::Json | Style::Label { .. } | Style::Matrix { .. } => true,
                Style::Deep => !is_scalar(whole, &schemas),
                Style::Form | Style::Joined(_) | Style::Simple => !plain,
            };
            match p.style {
                Style::Joined(separator) if form(whole) == Form::Array => notes.push((
                    p.pointer.clone(),
                    format!("its items go out as one text, joined by `{}`", separator.escape_default()),
                )),
                style if p.styled => notes.push((p.pointer.clone(), format!("the runtime writes it, as {style:?}"))),
                _ => {}
            }
            if p.styled && !matches!(p.style, Style::Deep | Style::Json) && nests(whole, &schemas) {
                let what = format!(
                    "{} nests values, for which its style has no form; they are written as JSON",
                    p.name.code()
                );
                warnings.push((p.pointer.clone(), what));
            }
        }
    }
    for (pointer, what) in warnings {
        service.warn(PASS, pointer, what);
    }
    for (pointer, what) in notes {
        service.note(PASS, pointer, what);
    }
}

/// What stands in a path, a query or a header as one text.
fn is_scalar(schema: &Value, schemas: &IndexMap<String, Value>) -> bool {
    !matches!(form(resolve(schema, schemas)), Form::Struct | Form::Map | Form::Array | Form::Choice | Form::Any)
}

/// Objects or lists of objects within a list or an object.
fn nests(schema: &Value, schemas: &IndexMap<String, Value>) -> bool {
    let inner = |s: &Value| match form(resolve(s, schemas)) {
        Form::Struct | Form::Map => true,
        Form::Array => !is_scalar(&resolve(s, schemas)["items"], schemas),
        _ => false,
    };
    match form(schema) {
        Form::Array => inner(&schema["items"]) || form(resolve(&schema["items"], schemas)) == Form::Array,
        Form::Struct => schema["properties"].as_object().is_some_and(|p| p.values().any(inner)),
        Form::Map => schema["additionalProperties"].is_object() && inner(&schema["additionalProperties"]),
        _ => false,
    }
}

fn resolve<'a>(schema: &'a Value, schemas: &'a IndexMap<String, Value>) -> &'a Value {
    let mut current = schema;
    // Components that contain each other by name alone were refused before.
    while let Some(target) = referred(current).and_then(|name| schemas.get(&name)) {
        current = target;
    }
    current
}

/// Identifiers and wire types, in the operation's order.
pub fn lower(op: &Operation) -> Vec<Lowered> {
    let mut out = Vec::new();
    for p in &op.parameters {
        let mut schema = p.schema.clone();
        if let Some(map) = schema.as_object_mut() {
            map.shift_remove("description");
        }
        let date = |s: &Value| form(s) == Form::String && s["format"] == "date-time";
        let separator = match p.style {
            Style::Joined(separator) => Some(separator),
            Style::Simple => Some(','),
            _ => None,
        };
        let mut joined = false;
        if p.styled {
            // The generator only has to put the text of a path in.
            schema = json!({"type": "string"});
        } else if form(&schema) == Form::Array
            && let Some(separator) = separator
        {
            joined = true;
            let item = if date(&schema["items"]) { rfc3339() } else { schema["items"].clone() };
            let path = match separator {
                ' ' => "dintero_client::SpaceList",
                '|' => "dintero_client::PipeList",
                '\t' => "dintero_client::TabList",
                _ => "dintero_client::CommaList",
            };
            schema = json!({"type": "string", (marks::RUST_TYPE): {"crate": "dintero-client", "version": "0.1.0", "path": path, "parameters": [item]}});
        } else if date(&schema) && p.location != In::Query {
            schema = rfc3339();
        }
        out.push(Lowered { ident: p.ident.clone(), schema, joined });
    }
    out
}

/// An identifier for each parameter: what is locked stays, then who is called so in the document.
fn idents(op: &Operation, locked: &BTreeMap<String, String>) -> Vec<String> {
    let mut used: BTreeSet<String> = RESERVED.iter().map(|s| s.to_string()).collect();
    // Who is gone leaves its name to none: what a program sends by it would be something else.
    let present: BTreeSet<String> = op.parameters.iter().map(|p| p.key(op)).collect();
    used.extend(locked.iter().filter(|(key, _)| !present.contains(*key)).map(|(_, ident)| ident.clone()));
    // Who stands in the path where another one stood takes its own name along.
    let in_path = |key: &str| key.starts_with("path ");
    let moved = op.parameters.iter().filter(|p| p.location == In::Path).any(|p| {
        let (key, base) = (p.key(op), snake(&p.name));
        locked.get(&key).is_some_and(|known| *known != base)
            && locked.iter().any(|(other, ident)| in_path(other) && *other != key && *ident == base)
    });
    let mut locked = locked.clone();
    locked.retain(|key, _| !moved || !in_path(key));
    let mut order: Vec<(usize, &Parameter)> = op.parameters.iter().enumerate().collect();
    // Of one name in several places the path's is first.
    let place = |p: &Parameter| match p.location {
        In::Path => 0,
        In::Query => 1,
        In::Header => 2,
        In::Cookie => 3,
    };
    order.sort_by_key(|(_, p)| {
        (!locked.contains_key(&p.key(op)), !is_plain(&p.name, &snake(&p.name)), place(p), p.name.to_string())
    });
    let mut out = vec![String::new(); op.parameters.len()];
    for (at, p) in order {
        if let Some(known) = locked.get(&p.key(op)).filter(|known| !used.contains(*known)) {
            used.insert(known.clone());
            out[at] = known.clone();
            continue;
        }
        let base = snake(&p.name);
        let mut ident = base.clone();
        if used.contains(&ident) {
            ident = format!("{}_{}", base.trim_end_matches('_'), p.location.word());
        }
        // `Date<` and `Date>` differ in their signs alone.
        if used.contains(&ident) {
            let signs: String = p.name.chars().filter(|c| !c.is_alphanumeric()).map(symbol).collect();
            ident = snake(&format!("{base} {signs}"));
        }
        let (stem, mut n) = (ident.clone(), 2);
        // The generator takes no underscore at the end for a difference.
        while !used.insert(ident.clone()) {
            ident = format!("{stem}_{n}");
            n += 1;
        }
        out[at] = ident;
    }
    out
}

/// Whether it names the caller's own account, so that the login knows it and a method need not be given it.
pub fn is_own_account(p: &Parameter, low: &Lowered, account_parameters: &[String]) -> bool {
    let is_text = || low.schema.get(marks::RUST_TYPE).is_none() && rust_type(&low.schema, "") == "String";
    p.location == In::Path && !p.styled && is_text() && account_parameters.iter().any(|a| p.name == a.as_str())
}

fn rfc3339() -> Value {
    json!({"type": "string", (marks::RUST_TYPE): {"crate": "dintero-client", "version": "0.1.0", "path": "dintero_client::Rfc3339"}})
}

/// Names the builder has for itself.
const RESERVED: [&str; 15] = [
    "body",
    // A local of the generated functions.
    "request",
    "send",
    "send_by_status",
    "prepared",
    "call",
    "timeout",
    "attempt_timeout",
    "retry",
    "header",
    "idempotency_key",
    "client",
    "new",
    "pages",
    "items",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::test_support::lowered;

    /// The parameter as lowered, and whether it was warned of.
    fn parameter(parameter: Value) -> (crate::model::Parameter, bool) {
        let path = if parameter["in"] == "path" { "/things/{p}" } else { "/things" };
        let mut service = lowered(json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {path: {"get": {"operationId": "x", "parameters": [parameter], "responses": {"200": {"description": ""}}}}},
            "components": {"schemas": {"Filter": {"type": "object", "properties": {"a": {"type": "string"}}}}}
        }));
        let warned = service.changes.iter().any(|c| c.pass == PASS && c.warning);
        (service.operations.remove(0).parameters.remove(0), warned)
    }

    #[test]
    fn names_that_differ_in_their_signs_are_told_apart_by_them() {
        let parameters: Vec<Value> = ["Date", "Date<", "Date>"]
            .map(|n| json!({"in": "query", "name": n, "schema": {"type": "string"}}))
            .to_vec();
        let service = lowered(json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {"/things": {"get": {"operationId": "x", "parameters": parameters, "responses": {"200": {"description": ""}}}}}
        }));
        let idents: Vec<String> = lower(&service.operations[0]).into_iter().map(|low| low.ident).collect();
        assert_eq!(idents, ["date", "date_query", "date_greater"]);
    }

    #[test]
    fn the_runtime_writes_what_the_generator_cannot() {
        let text = json!({"type": "string"});
        let list = json!({"type": "array", "items": text});
        let object = json!({"$ref": "#/components/schemas/Filter"});
        for (p, style, styled, warned) in [
            (json!({"in": "query", "schema": text}), Style::Form, false, false),
            (json!({"in": "query", "schema": list}), Style::Form, false, false),
            (json!({"in": "query", "explode": false, "schema": list}), Style::Joined(','), false, false),
            (json!({"in": "query", "style": "pipeDelimited", "schema": list}), Style::Joined('|'), false, false),
            (json!({"in": "query", "schema": object}), Style::Form, true, false),
            (json!({"in": "query", "explode": false, "schema": object}), Style::Joined(','), true, false),
            (json!({"in": "query", "style": "deepObject", "schema": object}), Style::Deep, true, false),
            (json!({"in": "query", "style": "deepObject", "schema": text}), Style::Deep, false, false),
            (json!({"in": "query", "content": {"application/json": {"schema": object}}}), Style::Json, true, false),
            (json!({"in": "query", "schema": {}}), Style::Form, true, false),
            (json!({"in": "query", "schema": {"type": "array", "items": object}}), Style::Form, true, true),
            (json!({"in": "query", "schema": {"type": "object", "properties": {"l": list}}}), Style::Form, true, false),
            (
                json!({"in": "query", "schema": {"type": "object", "properties": {"o": object}}}),
                Style::Form,
                true,
                true,
            ),
            (json!({"in": "header", "schema": object}), Style::Joined(','), true, false),
            (json!({"in": "header", "explode": true, "schema": object}), Style::Simple, true, false),
            (json!({"in": "header", "explode": true, "schema": list}), Style::Simple, false, false),
            (json!({"in": "path", "style": "matrix", "schema": text}), Style::Matrix { explode: false }, true, false),
            (
                json!({"in": "path", "style": "label", "explode": true, "schema": list}),
                Style::Label { explode: true },
                true,
                false,
            ),
            (json!({"in": "cookie", "schema": text}), Style::Joined(','), true, false),
        ] {
            let mut named = p.clone();
            named["name"] = json!("p");
            let (found, told) = parameter(named);
            assert_eq!((found.style, found.styled, told), (style, styled, warned), "{p}");
        }
    }
}
