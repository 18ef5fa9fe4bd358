//! operations.rs: the constant table that the runtime, the mock, the docs and the tests read.

use super::tidy::imports;
use crate::api::call::accept;
use crate::gate::text::code;
use crate::model::{Auth, Operation, Paging, Service};
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
            "\n/// {call}\npub static {constant}: Operation = Operation {{\n    \
             service: {service:?},\n    name: {name:?},\n    id: {id:?},\n    kind: Kind::{kind:?},\n    \
             method: {method:?},\n    path: {path:?},\n    server: {server:?},\n    test_server: {test_server:?},\n    auth: &[{auth}],\n    \
             scopes: &[{scopes}],\n    accept: {accept:?},\n    content_type: {content:?},\n    \
             idempotent: {idempotent},\n    takes_key: {takes_key},\n    moves_money: {moves_money},\n    paging: {paging},\n    inferred: {inferred},\n}};\n",
            call = code(&op.call()),
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
            takes_key = op.takes_key,
            moves_money = op.moves_money,
            paging = paging(op),
            inferred = inferred(op),
        );
    }
    format!("{}\n{out}", imports("dintero_client", &["Auth", "Kind", "Operation", "Paging"], &out))
}

/// A method of a crate as its table tells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Method {
    pub name: String,
    /// `GET /accounts/{aid}/cards`
    pub call: String,
}

/// The calls of a table that was written before, in its order; of what is no table, none.
pub fn read(table: &str) -> Vec<Method> {
    let items = syn::parse_file(table).map(|file| file.items).unwrap_or_default();
    items.iter().filter_map(method).collect()
}

fn method(item: &syn::Item) -> Option<Method> {
    let syn::Item::Static(item) = item else { return None };
    let syn::Expr::Struct(operation) = &*item.expr else { return None };
    let value = |name: &str| {
        let named = |f: &&syn::FieldValue| matches!(&f.member, syn::Member::Named(ident) if ident == name);
        operation.fields.iter().find(named).map(|f| &f.expr)
    };
    let text = |name: &str| match value(name) {
        Some(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. })) => Some(text.value()),
        _ => None,
    };
    let is_call =
        matches!(value("kind"), Some(syn::Expr::Path(p)) if p.path.segments.last().is_some_and(|s| s.ident == "Call"));
    is_call.then_some(())?;
    Some(Method { name: text("name")?, call: format!("{} {}", text("method")?, text("path")?) })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::test_support::lowered;
    use crate::model::Kind;
    use serde_json::json;

    #[test]
    fn a_table_can_be_read_again_and_events_are_no_methods() {
        let service = lowered(json!({"openapi": "3.0.0", "paths": {
            "/things": {"get": {"responses": {}}},
            "/things/{id}": {"delete": {"responses": {}, "parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}]}},
            "/examples/thing": {"post": {"responses": {}}},
        }}));
        let calls = service.operations.iter().filter(|op| op.kind == Kind::Call);
        let expected: Vec<Method> = calls.map(|op| Method { name: op.name.clone(), call: op.call() }).collect();
        assert_eq!((read(&run(&service)), expected.len()), (expected, 2));
        assert_eq!(read("no table {{{"), []);
    }
}
