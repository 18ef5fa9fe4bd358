//! operations.rs: the constant table that the runtime, the mock, the docs and the tests read.

use super::tokens::{Made, docs, docs_within, ident, imports};
use crate::api::call::accept;
use crate::gate::text::code;
use crate::model::{Operation, OperationKind, Paging, SecurityScheme, Service};
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
    let scopes = &op.scopes;
    let auth: Vec<TokenStream> = op.auth.iter().map(auth).collect();
    // What a line has in common with most others is left to `Operation::of`; what guards money is always said.
    let kind = (op.kind != OperationKind::Call).then(|| ident(&format!("{:?}", op.kind))).transpose()?;
    let kind = kind.map(|kind| quote!(kind: OperationKind::#kind,));
    let text = |name: &str, text: &str| -> Made<Option<TokenStream>> {
        let name = ident(name)?;
        Ok((!text.is_empty()).then(|| quote!(#name: #text,)))
    };
    let test_server = text("test_server", test_server)?;
    let auth = (!auth.is_empty()).then(|| quote!(auth: &[#(#auth),*],));
    let scopes = (!scopes.is_empty()).then(|| quote!(scopes: &[#(#scopes),*],));
    let accept = text("accept", &accept(op))?;
    let content_type = text("content_type", op.body.as_ref().map_or("", |body| body.media_type.as_str()))?;
    let takes_key = takes_key.then(|| quote!(takes_key: true,));
    let paging = paging(op).map(|paging| quote!(paging: Some(#paging),));
    let inferred = inferred(op).then(|| quote!(inferred: true,));
    Ok(quote! {
        #about
        pub static #constant: Operation = Operation {
            name: #name,
            id: #id,
            #kind
            method: #method,
            path: #path,
            server: #server,
            #test_server
            #auth
            #scopes
            #accept
            #content_type
            idempotent: #idempotent,
            #takes_key
            moves_money: #moves_money,
            #paging
            #inferred
            ..Operation::of(#service)
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
    let is_call = match value("kind") {
        Some(syn::Expr::Path(kind)) => kind.path.segments.last().is_some_and(|s| s.ident == "Call"),
        _ => true,
    };
    is_call.then_some(())?;
    Some(Method { name: text("name")?, call: format!("{} {}", text("method")?, text("path")?) })
}

/// The path was made from a title; nobody here has seen it published.
pub fn inferred(op: &Operation) -> bool {
    op.evidence == "title"
}

fn paging(op: &Operation) -> Option<TokenStream> {
    op.paging.as_ref().map(|paging| match paging {
        Paging::LastItem { param, field } => quote!(Paging::LastItem { param: #param, field: #field }),
        Paging::Cursor { param, cursor, items } => {
            quote!(Paging::Cursor { param: #param, cursor: #cursor, items: #items })
        }
        Paging::LastKey { key, items, params } => {
            let params = params.iter().map(|(param, field)| quote!((#param, #field)));
            quote!(Paging::LastKey { key: #key, items: #items, params: &[#(#params),*] })
        }
    })
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
