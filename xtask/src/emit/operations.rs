//! operations.rs: the constant table that the runtime, the mock, the docs and the tests read.

use super::tidy::imports;
use crate::lower::collect::is_json;
use crate::model::{Auth, Kind, Operation, Paging, Service, Success};
use std::fmt::Write;

pub fn run(service: &Service) -> String {
    let mut out = String::new();
    let _ =
        write!(out, "/// Every operation of the document, events too.\npub static OPERATIONS: &[&Operation] = &[\n");
    for op in &service.operations {
        let _ = writeln!(out, "    &{},", op.constant());
    }
    out.push_str("];\n");
    for op in &service.operations {
        let _ = write!(
            out,
            "\n/// `{method} {path}`\npub static {constant}: Operation = Operation {{\n    \
             service: {service:?},\n    name: {name:?},\n    id: {id:?},\n    kind: Kind::{kind:?},\n    \
             method: {method:?},\n    path: {path:?},\n    server: {server:?},\n    test_server: {test_server:?},\n    auth: &[{auth}],\n    \
             scopes: &[{scopes}],\n    accept: {accept:?},\n    content_type: {content:?},\n    \
             idempotent: {idempotent},\n    moves_money: {moves_money},\n    paging: {paging},\n    inferred: {inferred},\n}};\n",
            method = op.method_upper(),
            path = op.path,
            constant = op.constant(),
            service = service.name,
            name = op.name,
            id = op.id,
            kind = op.kind,
            server = op.server,
            test_server = op.test_server,
            auth = op.auth.iter().map(auth).collect::<Vec<_>>().join(", "),
            scopes = op.scopes.iter().map(|s| format!("{s:?}")).collect::<Vec<_>>().join(", "),
            accept = accept(op),
            content = op.body.as_ref().map(|b| b.media_type.as_str()).unwrap_or_default(),
            idempotent = op.idempotent,
            moves_money = op.moves_money,
            paging = paging(op),
            inferred = inferred(op),
        );
    }
    format!("{}\n{out}", imports("dintero_client", &["Auth", "Kind", "Operation", "Paging"], &out))
}

/// The path was made from a title; nobody here has seen it published.
pub fn inferred(op: &Operation) -> bool {
    op.evidence == "title"
}

fn paging(op: &Operation) -> String {
    match &op.paging {
        None => "None".into(),
        Some(Paging::LastItem { param, field }) => {
            format!("Some(Paging::LastItem {{ param: {param:?}, field: {field:?} }})")
        }
        Some(Paging::Cursor { param, cursor, items }) => {
            format!("Some(Paging::Cursor {{ param: {param:?}, cursor: {cursor:?}, items: {items:?} }})")
        }
        Some(Paging::LastKey { key, items, params }) => {
            format!("Some(Paging::LastKey {{ key: {key:?}, items: {items:?}, params: &{params:?} }})")
        }
    }
}

fn auth(auth: &Auth) -> String {
    match auth {
        Auth::Bearer => "Auth::Bearer".into(),
        Auth::Basic => "Auth::Basic".into(),
        Auth::None => "Auth::None".into(),
        Auth::ApiKey(header) => format!("Auth::ApiKey({:?})", header.to_lowercase()),
        Auth::RawToken(header) => format!("Auth::RawToken({:?})", header.to_lowercase()),
    }
}

fn accept(op: &Operation) -> String {
    match &op.success {
        Success::Json(_) | Success::OptionalJson(_) | Success::ByStatus(_) => {
            let mut media: Vec<&str> =
                op.answers.iter().map(|a| a.media_type.as_str()).filter(|m| is_json(m)).collect();
            media.sort_unstable();
            media.dedup();
            if media.is_empty() { "application/json".into() } else { media.join(", ") }
        }
        Success::Text => "text/plain".into(),
        Success::Bytes => {
            let mut media: Vec<&str> = op
                .answers
                .iter()
                .filter(|a| a.is_success())
                .map(|a| a.media_type.as_str())
                .filter(|m| !m.is_empty())
                .collect();
            media.dedup();
            // A download declared as JSON comes as whatever the file is.
            if media.iter().any(|m| m.contains("json")) { String::new() } else { media.join(", ") }
        }
        Success::Empty | Success::Redirect if op.kind == Kind::Call => "application/json".into(),
        _ => String::new(),
    }
}
