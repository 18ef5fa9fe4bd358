//! operations.rs: the constant table that the runtime, the mock, the docs and the tests read.

use super::tokens::{Made, docs, docs_within, ident, imports};
use crate::api::call::accept;
use crate::gate::text::code;
use crate::model::{Operation, Paging, SecurityScheme, Service};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// The whole file.
pub fn run(service: &Service) -> Made {
    let constants: Vec<Ident> = service.operations.iter().map(|op| ident(&op.constant())).collect::<Made<_>>()?;
    let list = service.operations.iter().zip(&constants);
    let operations: TokenStream = list.map(|(op, constant)| operation(service, op, constant)).collect::<Made<_>>()?;
    let about = docs_within("The table of operations.");
    let all = docs("Every operation of the document, events too.");
    let code = quote! {
        #all
        pub static OPERATIONS: &[&Operation] = &[#(&#constants,)*];
        #operations
    };
    let imports = imports("dintero_client", &["SecurityScheme", "OperationKind", "Operation", "Paging"], &code)?;
    Ok(quote!(#about #imports #code))
}

fn operation(service: &Service, op: &Operation, constant: &Ident) -> Made {
    let about = docs(&code(&op.call()));
    let Operation { id, path, server, test_server, idempotent, takes_key, moves_money, .. } = op;
    let (service, name, method) = (&service.name, &op.name, op.method_upper());
    let kind = ident(&format!("{:?}", op.kind))?;
    let auth = op.auth.iter().map(auth);
    let scopes = &op.scopes;
    let accept = accept(op);
    let content_type = op.body.as_ref().map(|body| body.media_type.as_str()).unwrap_or_default();
    let paging = paging(op);
    let inferred = inferred(op);
    Ok(quote! {
        #about
        pub static #constant: Operation = Operation {
            service: #service,
            name: #name,
            id: #id,
            kind: OperationKind::#kind,
            method: #method,
            path: #path,
            server: #server,
            test_server: #test_server,
            auth: &[#(#auth),*],
            scopes: &[#(#scopes),*],
            accept: #accept,
            content_type: #content_type,
            idempotent: #idempotent,
            takes_key: #takes_key,
            moves_money: #moves_money,
            paging: #paging,
            inferred: #inferred,
        };
    })
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

fn paging(op: &Operation) -> TokenStream {
    match &op.paging {
        None => quote!(None),
        Some(Paging::LastItem { param, field }) => quote!(Some(Paging::LastItem { param: #param, field: #field })),
        Some(Paging::Cursor { param, cursor, items }) => {
            quote!(Some(Paging::Cursor { param: #param, cursor: #cursor, items: #items }))
        }
        Some(Paging::LastKey { key, items, params }) => {
            let params = params.iter().map(|(param, field)| quote!((#param, #field)));
            quote!(Some(Paging::LastKey { key: #key, items: #items, params: &[#(#params),*] }))
        }
    }
}

fn auth(auth: &SecurityScheme) -> TokenStream {
    match auth {
        SecurityScheme::Bearer => quote!(SecurityScheme::Bearer),
        SecurityScheme::Basic => quote!(SecurityScheme::Basic),
        SecurityScheme::None => quote!(SecurityScheme::None),
        SecurityScheme::ApiKey(header) => {
            let header = header.to_lowercase();
            quote!(SecurityScheme::ApiKey(#header))
        }
        SecurityScheme::RawToken(header) => {
            let header = header.to_lowercase();
            quote!(SecurityScheme::RawToken(#header))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::layout;
    use crate::lower::test_support::lowered;
    use crate::model::OperationKind;
    use serde_json::json;

    #[test]
    fn a_table_can_be_read_again_and_events_are_no_methods() {
        let service = lowered(json!({"openapi": "3.0.0", "paths": {
            "/things": {"get": {"responses": {}}},
            "/things/{id}": {"delete": {"responses": {}, "parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}]}},
            "/examples/thing": {"post": {"responses": {}}},
        }}));
        let calls = service.operations.iter().filter(|op| op.kind == OperationKind::Call);
        let expected: Vec<Method> = calls.map(|op| Method { name: op.name.clone(), call: op.call() }).collect();
        let table = layout::file("", run(&service).expect("a table")).expect("laid out");
        assert_eq!((read(&table), expected.len()), (expected, 2));
        assert_eq!(read("no table {{{"), []);
    }
}
