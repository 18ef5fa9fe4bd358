//! The conformance suite: a line for each operation and each thing that it takes, from which macros make one test.
//!
//! Every value is data and is decoded into the type that the builder asks for, so nothing here says what is sent.

use super::layout;
use super::tokens::{Made, docs, docs_within, ident, imports, kind};
use crate::api::Api;
use crate::api::call::{Call, Field, Part, Setter};
use crate::catalog::{module_name, package_name};
use crate::model::{Operation, Service, Success};
use proc_macro2::TokenStream;
use quote::quote;

/// The module of one service; nothing if nothing of it can be called.
pub fn run(service: &Service, api: &Api) -> Made {
    if api.calls.is_empty() {
        return Ok(TokenStream::new());
    }
    let calls: TokenStream = api.calls.iter().map(|call| tested(service, call)).collect::<Made<_>>()?;
    let package = package_name(&service.name);
    let types = imports(&package, &["types"], &calls)?;
    let chrono = imports("dintero_client", &["chrono"], &calls)?;
    let package = ident(&package)?;
    Ok(quote!(#types #chrono suite! { #package; #calls }))
}

fn tested(service: &Service, call: &Call) -> Made {
    let op = call.operation(service);
    let (name, constant, reader) = (ident(&op.name)?, ident(&op.constant())?, ident(answer(op))?);
    let send = ident(if op.all_statuses.is_some() { "send_by_status" } else { "send" })?;
    let may: TokenStream = call.optional().map(|field| line(op, field)).collect::<Made<_>>()?;
    let key = op.takes_key.then(|| quote!(header "Idempotency-Key" idempotency_key: String;));
    let given = call.arguments.iter().map(|at| line(op, &call.fields[*at]));
    let given: TokenStream = given.collect::<Made<_>>()?;
    let arguments = arguments(service, call)?;
    Ok(quote!(#name #constant #send -> #reader { #may #key } given { #given } as (#arguments)))
}

/// What stands at a call of the method, where each value has the name of its field.
pub fn arguments(service: &Service, call: &Call) -> Made {
    let idents = |fields: Vec<&Field>| fields.into_iter().map(|field| ident(&field.ident)).collect::<Made<Vec<_>>>();
    let positional = idents(call.positional(service))?;
    let Some(given) = &call.given else { return Ok(quote!(#(#positional),*)) };
    let (package, given) = (ident(&package_name(&service.name))?, ident(given)?);
    let named = idents(call.named(service))?;
    Ok(quote!(#(#positional,)* #package::builder::#given { #(#named),* }))
}

/// Where a value comes from, and the type that takes it.
fn line(op: &Operation, field: &Field) -> Made {
    let (place, wire) = match field.part {
        Part::Parameter(at) => (op.parameters[at].location.word(), op.parameters[at].name.as_str()),
        Part::Body if field.kind == "Vec<u8>" => ("bytes", "body"),
        // Of any fields: no type of the document, so none that data is read into.
        Part::Body if field.kind == "dintero_client::Multipart" => ("parts", "body"),
        Part::Body => ("body", "body"),
    };
    let (place, name, kind) = (ident(place)?, ident(&field.ident)?, whole(field)?);
    Ok(quote!(#place #wire #name: #kind;))
}

/// The type of all that a setter is given at once.
pub fn whole(field: &Field) -> Made {
    match &field.setter {
        Setter::Each(item) => {
            let item = kind(item)?;
            Ok(quote!(Vec<#item>))
        }
        _ => kind(&field.kind),
    }
}

/// The list of the modules, for all services that have a crate; `calls` tells whether anything can be called.
pub fn modules<'a>(services: impl Iterator<Item = (&'a str, bool)>) -> Made<String> {
    let (mut mods, mut list) = (TokenStream::new(), TokenStream::new());
    for (service, calls) in services {
        let (module, package) = (ident(&module_name(service))?, ident(&package_name(service))?);
        mods.extend(calls.then(|| quote!(pub mod #module;)));
        let tested = if calls { quote!(#module::TESTED) } else { quote!(&[]) };
        list.extend(quote!((#service, #package::operations::OPERATIONS, #tested),));
    }
    let about = docs_within("One module for each service.");
    let all = docs("Name of a service, its table of operations, and those of them that have a test.");
    let code = quote! {
        #about
        #mods
        use dintero_client::Operation;
        #all
        pub const ALL: &[(&str, &[&Operation], &[&Operation])] = &[#list];
    };
    layout::file(&layout::header(layout::CATALOG), code)
}

/// How the harness reads what `send` gives.
fn answer(op: &Operation) -> &'static str {
    match op.all_statuses.as_ref().unwrap_or(&op.success) {
        Success::Json(_) | Success::OptionalJson(_) => "json",
        Success::ByStatus(_) => "by_status",
        Success::Empty | Success::Text | Success::Bytes | Success::Redirect => "other",
    }
}
