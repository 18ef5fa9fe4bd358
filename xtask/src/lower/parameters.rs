//! Parameters as they go over the wire: joined or repeated as declared, dates as RFC 3339, each under a name of its own.
//!
//! For: progenitor ignores `explode: false`, cannot write arrays into headers and paths, writes dates there in a format
//! of its own, keys parameters by name alone (so that `id` in path and query are one), and has no name for `a.b` beside `a_b`.

use super::schema::{Form, add_doc, form, referred, walk_mut};
use crate::model::{In, Kind, Service};
use crate::names::snake;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub const PASS: &str = "parameters";

/// A parameter as the generator gets it.
pub struct Lowered {
    /// Rust identifier, distinct within the operation; also the name the generator knows.
    pub ident: String,
    pub schema: Value,
    /// A list that goes out as one value.
    pub joined: bool,
}

/// Scalars and lists of scalars: what can stand in a path, a query or a header.
pub fn run(service: &mut Service) {
    let (mut notes, mut joined) = (Vec::new(), Vec::new());
    let schemas = service.schemas.clone();
    for op in service.operations.iter_mut().filter(|op| op.kind == Kind::Call) {
        for p in &mut op.parameters {
            // A parameter is there or it is not.
            walk_mut(&mut p.schema, "", &mut |_, s| {
                if let Some(map) = s.as_object_mut() {
                    map.shift_remove("nullable");
                }
            });
            let whole = resolve(&p.schema, &schemas);
            let simple = |s: &Value| {
                !matches!(
                    form(&resolve(s, &schemas)),
                    Form::Struct | Form::Map | Form::Array | Form::Choice | Form::Any
                )
            };
            if let Some(separator) = p.join.filter(|_| form(&whole) == Form::Array) {
                joined.push((
                    p.pointer.clone(),
                    format!("its items go out as one text, joined by `{}`", separator.escape_default()),
                ));
            }
            let fine = match form(&whole) {
                Form::Array => simple(&whole["items"]),
                Form::Struct | Form::Map | Form::Choice | Form::Any => false,
                _ => true,
            };
            if !fine {
                notes.push((p.pointer.clone(), format!("`{}` is no plain value; it is given as text", p.name)));
                let text = p.schema["description"].as_str().unwrap_or_default().to_string();
                p.schema = json!({"type": "string", "description": text});
                add_doc(&mut p.schema, "To be given as it goes over the wire.");
            }
        }
    }
    for (pointer, what) in notes {
        service.warn(PASS, pointer, what);
    }
    for (pointer, what) in joined {
        service.note(PASS, pointer, what);
    }
}

fn resolve(schema: &Value, schemas: &indexmap::IndexMap<String, Value>) -> Value {
    match referred(schema).and_then(|name| schemas.get(&name)) {
        Some(target) => target.clone(),
        None => schema.clone(),
    }
}

/// Identifiers and wire types, in the operation's order.
pub fn lower(op: &crate::model::Operation) -> Vec<Lowered> {
    let mut used: BTreeSet<String> = RESERVED.iter().map(|s| s.to_string()).collect();
    let mut out = Vec::new();
    for p in &op.parameters {
        let base = snake(&p.name);
        let mut ident = base.clone();
        if used.contains(&ident) {
            let place = match p.location {
                In::Path => "path",
                In::Query => "query",
                In::Header => "header",
            };
            ident = format!("{}_{place}", base.trim_end_matches('_'));
        }
        while !used.insert(ident.clone()) {
            ident.push('_');
        }
        let mut schema = p.schema.clone();
        if let Some(map) = schema.as_object_mut() {
            map.shift_remove("description");
        }
        let date = |s: &Value| form(s) == Form::String && s["format"] == "date-time";
        let mut joined = false;
        if form(&schema) == Form::Array
            && let Some(separator) = p.join
        {
            joined = true;
            let item = if date(&schema["items"]) { rfc3339() } else { schema["items"].clone() };
            let path = match separator {
                ' ' => "dintero_client::SpaceList",
                '|' => "dintero_client::PipeList",
                '\t' => "dintero_client::TabList",
                _ => "dintero_client::CommaList",
            };
            schema = json!({"type": "string", "x-rust-type": {"crate": "dintero-client", "version": "0.1.0", "path": path, "parameters": [item]}});
        } else if date(&schema) && p.location != In::Query {
            schema = rfc3339();
        }
        out.push(Lowered { ident, schema, joined });
    }
    out
}

fn rfc3339() -> Value {
    json!({"type": "string", "x-rust-type": {"crate": "dintero-client", "version": "0.1.0", "path": "dintero_client::Rfc3339"}})
}

/// Names the builder has for itself.
const RESERVED: [&str; 12] = [
    "body",
    "send",
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
