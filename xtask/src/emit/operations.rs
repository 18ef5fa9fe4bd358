//! operations.rs: the constant table that the runtime, the mock, the docs and the tests read.

use super::tidy::imports;
use crate::model::{Auth, Kind, Operation, Service, Success};
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
             idempotent: {idempotent},\n    moves_money: false,\n    paging: None,\n    inferred: {inferred},\n}};\n",
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
            idempotent = matches!(op.method.as_str(), "get" | "head" | "put" | "delete"),
            inferred = inferred(op),
        );
    }
    format!("{}\n{out}", imports("dintero_client", &["Auth", "Kind", "Operation"], &out))
}

/// The path was made from a title; nobody here has seen it published.
pub fn inferred(op: &Operation) -> bool {
    op.evidence == "title"
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
        Success::Json(_) | Success::OptionalJson(_) | Success::ByStatus(_) => "application/json".into(),
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
