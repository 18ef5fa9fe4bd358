//! The judge of our requests: progenitor's own client, as it made it, and the lines that call it beside ours.
//!
//! For: the wire code is ours. Here progenitor gets the published names and media types, not those that were made fit
//! for it, and tests/judge compiles what it makes of them and holds each of our requests against its.

use super::conformance::{arguments, whole};
use super::tokens::{Made, docs, docs_within, ident, imports};
use super::{check, layout};
use crate::api::call::{Call, Field};
use crate::api::generator;
use crate::catalog::{crate_name, module_name, package_name};
use crate::lower::bodies::{BodyKind, body_kind};
use crate::lower::collect::is_json;
use crate::lower::parameters;
use crate::model::{In, Operation, OperationKind, Service, Success};
use crate::problem::Problem;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};

/// What stands in the place of a path parameter that progenitor cannot write.
const STYLED: &str = "styled";

/// The two files of a document.
#[derive(Debug, Default, Clone)]
pub struct Judge {
    /// progenitor's client.
    pub client: String,
    /// The calls of both sides.
    pub cases: String,
}

pub fn run(service: &Service, source: &str, accounts: &[String]) -> Result<Judge, Problem> {
    let types = format!("{}::types", package_name(&service.name));
    let mut tree = generator::judge(service, &document(service), &types)?;
    let path: syn::Path = syn::parse_str(&types).map_err(|why| refuse(service, "", why))?;
    for item in &mut tree.items {
        if let syn::Item::Mod(module) = item
            && module.ident == "types"
        {
            module.content = Some((Default::default(), vec![syn::parse_quote!(pub use #path::*;)]));
        }
    }
    let about = docs_within(
        "What progenitor makes of the document, word for word, but for its types: they are ours, so that both\n\
         sides are given the same values. The types that this project's macros make reach it as replacements with\n\
         this path, which is the plainest way: nothing of its functions is rewritten.",
    );
    let header = layout::header(source);
    let laid_out = |tokens| layout::file(&header, tokens).map_err(|why| refuse(service, "", why));
    let client = laid_out(quote!(#about #tree))?;
    let cases = laid_out(cases(service, accounts, &functions(&tree.items))?)?;
    check::glue("its client", &client, &["format"]).map_err(|why| refuse(service, "", why))?;
    check::glue("its cases", &cases, &["judged"]).map_err(|why| refuse(service, "", why))?;
    Ok(Judge { client, cases })
}

/// The lists of modules, of a client each and of cases; a service or a fixture with the file of its document.
pub fn modules(judged: &[(&str, &str)]) -> Made<Judge> {
    let modules: Vec<Ident> = judged.iter().map(|(name, _)| ident(&module_name(name))).collect::<Made<_>>()?;
    let packages: Vec<Ident> = judged.iter().map(|(name, _)| ident(&package_name(name))).collect::<Made<_>>()?;
    let (names, documents) = (judged.iter().map(|(name, _)| name), judged.iter().map(|(_, document)| document));
    let header = layout::header(layout::CATALOG);
    let about = docs_within("One module for each document.");
    let all = docs("Name and file of a document, its table of operations, and the cases.");
    let client = quote! {
        #about
        #(pub mod #modules;)*
        #(crate::records!(#modules::Client);)*
    };
    let cases = quote! {
        #about
        #(pub mod #modules;)*
        use crate::case::Case;
        use dintero_client::Operation;
        #all
        pub const ALL: &[(&str, &str, &[&Operation], &[Case])] =
            &[#((#names, #documents, #packages::operations::OPERATIONS, #modules::CASES),)*];
    };
    Ok(Judge { client: layout::file(&header, client)?, cases: layout::file(&header, cases)? })
}

/// The part of tests/judge/Cargo.toml between its markers: name of a service or fixture, and its folder.
pub fn dependencies(judged: &[(&str, String)]) -> String {
    judged.iter().map(|(name, path)| format!("{} = {{ path = {path:?} }}\n", crate_name(name))).collect()
}

fn refuse(service: &Service, pointer: &str, why: impl std::fmt::Display) -> Problem {
    let remedy = "report it with the document: tests/judge cannot hold its requests against progenitor's";
    Problem::new(service.file.clone(), pointer, format!("cannot be judged: {why}"), remedy)
}

/// Why progenitor is not told of a parameter, in the words of the test's table; none if it is.
fn left_out(op: &Operation) -> Vec<Option<&'static str>> {
    let mut used = BTreeSet::new();
    if op.body.is_some() {
        used.insert("body".to_string());
    }
    let mut out = vec![None; op.parameters.len()];
    // It has one namespace for all; a path cannot do without its parameters.
    let paths_first = [true, false].into_iter().flat_map(|path| {
        let of_turn = move |(_, p): &(usize, &crate::model::Parameter)| (p.location == In::Path) == path;
        op.parameters.iter().enumerate().filter(of_turn)
    });
    for (at, p) in paths_first {
        out[at] = match p.location {
            In::Cookie => Some("Cookie"),
            _ if p.styled => Some("Styled"),
            _ if !is_plain(&p.name) || !used.insert(key(&p.name)) => Some("Twin"),
            _ => None,
        };
    }
    out
}

/// Whether progenitor's identifier of a name has its letters and digits: other signs become words of its own.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// A name without what is lost when it becomes an identifier.
fn key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The media type of a body that progenitor can write.
fn media_type(op: &Operation) -> Option<&'static str> {
    match body_kind(op.body.as_ref()?) {
        BodyKind::Json => Some("application/json"),
        BodyKind::Form => Some("application/x-www-form-urlencoded"),
        BodyKind::Multipart | BodyKind::Parts | BodyKind::Bytes => None,
    }
}

fn document(service: &Service) -> Value {
    let mut paths = Map::new();
    for op in service.operations.iter().filter(|op| op.kind == OperationKind::Call) {
        let (mut path, operation) = operation(op);
        // As in the document of the types: two calls that differ only in what is never sent stay two.
        if paths.get(&path).and_then(|item: &Value| item.get(&op.method)).is_some() {
            path = format!("{path}#{}", op.name);
        }
        let item = paths.entry(path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(op.method.clone(), operation);
        }
    }
    let schemas: Map<String, Value> = service.schemas.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    json!({
        "openapi": "3.0.3",
        "info": {"title": service.name, "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas}
    })
}

fn operation(op: &Operation) -> (String, Value) {
    let mut path = op.path.split('#').next().unwrap_or_default().to_string();
    let mut list = Vec::new();
    let lowered = parameters::lower(op);
    for ((p, low), left_out) in op.parameters.iter().zip(&lowered).zip(left_out(op)) {
        if left_out.is_some() {
            if p.location == In::Path {
                path = path.replace(&["{", p.name.as_str(), "}"].concat(), STYLED);
            }
            continue;
        }
        list.push(
            json!({"name": p.name.as_str(), "in": place(p.location), "required": p.required, "schema": low.schema}),
        );
    }
    if op.takes_key {
        list.push(json!({"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}));
    }
    let json_of = |schema: &Value| json!({"description": "", "content": {"application/json": {"schema": schema}}});
    let any = json!({});
    let success = match &op.success {
        Success::Json(schema) | Success::OptionalJson(schema) => json_of(schema),
        Success::ByStatus(_) => json_of(&any),
        Success::Empty | Success::Redirect => json!({"description": ""}),
        Success::Text | Success::Bytes => json!({"description": "", "content": {"*/*": {"schema": {}}}}),
    };
    let mut responses = json!({"2XX": success});
    // What it asks for depends on these too.
    if op.responses.iter().any(|a| !a.is_success() && a.schema.is_some() && is_json(&a.media_type)) {
        responses["4XX"] = json_of(&any);
    }
    let mut out = json!({"operationId": op.name, "parameters": list, "responses": responses});
    if let (Some(body), Some(media_type)) = (&op.body, media_type(op)) {
        out["requestBody"] = json!({"required": true, "content": {media_type: {"schema": body.schema}}});
    }
    (path, out)
}

fn place(location: In) -> &'static str {
    match location {
        In::Path => "path",
        In::Query => "query",
        In::Header => "header",
        In::Cookie => "cookie",
    }
}

/// The arguments of each function, in its order, each with how it is given.
fn functions(items: &[syn::Item]) -> HashMap<String, Vec<(String, &'static str)>> {
    let mut out = HashMap::new();
    let blocks = items.iter().filter_map(|item| match item {
        syn::Item::Impl(block) if block.trait_.is_none() => Some(block),
        _ => None,
    });
    for function in blocks.flat_map(|block| &block.items) {
        let syn::ImplItem::Fn(function) = function else { continue };
        let arguments = function.sig.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(input) => Some((key(&input.pat.to_token_stream().to_string()), given(&input.ty))),
            syn::FnArg::Receiver(_) => None,
        });
        out.insert(function.sig.ident.to_string(), arguments.collect());
    }
    out
}

/// How a macro of the test gives an argument of this type.
fn given(kind: &syn::Type) -> &'static str {
    let text = kind.to_token_stream().to_string().replace(' ', "");
    match text.strip_prefix("Option<") {
        Some("&'astr>") => "optional_text",
        Some(inner) if inner.starts_with('&') => "optional",
        Some(_) => "optional_value",
        None if text.starts_with('&') => "required",
        None => "required_value",
    }
}

/// The cases of all calls.
fn cases(
    service: &Service,
    accounts: &[String],
    functions: &HashMap<String, Vec<(String, &'static str)>>,
) -> Result<TokenStream, Problem> {
    let mut calls = TokenStream::new();
    for (at, op) in service.operations.iter().enumerate().filter(|(_, op)| op.kind == OperationKind::Call) {
        let call = Call::of(service, at, accounts);
        let arguments = functions.get(&op.name).cloned().unwrap_or_default();
        calls.extend(case(service, &call, accounts, arguments).map_err(|why| refuse(service, &op.pointer, why))?);
    }
    let package = package_name(&service.name);
    let made = || -> Made {
        let types = imports(&package, &["types"], &calls)?;
        let runtime = imports("dintero_client", &["chrono", "serde_json"], &calls)?;
        let (package, module) = (ident(&package)?, ident(&module_name(&service.name))?);
        Ok(quote!(#types #runtime judged! { #package #module; #calls }))
    };
    made().map_err(|why| refuse(service, "", why))
}

/// A line for each thing that an operation takes, in the order of progenitor's arguments, and then what it is not told.
fn case(service: &Service, call: &Call, accounts: &[String], arguments_there: Vec<(String, &'static str)>) -> Made {
    let op = call.operation(service);
    let mut there: Vec<_> = arguments_there.into_iter().map(Some).collect();
    let (mut with, mut without) = (Vec::new(), TokenStream::new());
    let mut line = |wire: &str, start: TokenStream, left_out: Option<&str>, is_list: bool| -> Made<()> {
        if let Some(why) = left_out {
            let why = ident(why)?;
            without.extend(quote!(#start => #why;));
            return Ok(());
        }
        let is_it = |given: &Option<(String, _)>| given.as_ref().is_some_and(|(name, _)| *name == key(wire));
        let at = there.iter().position(is_it);
        let Some((at, (_, how))) = at.and_then(|at| Some((at, there[at].take()?))) else {
            return Err(format!("progenitor has no argument for `{wire}`"));
        };
        // A list that goes out as one value is another type there than in a setter.
        let how = ident(&[how, if is_list { "_list" } else { "" }].concat())?;
        with.push((at, quote!(#start => #how;)));
        Ok(())
    };
    let lowered = parameters::lower(op);
    let reasons = left_out(op);
    for field in &call.fields {
        let parameter = op.parameters.iter().zip(&lowered).zip(&reasons).find(|((_, l), _)| l.ident == field.ident);
        let is_list = parameter.is_some_and(|((_, low), _)| low.joined);
        let (place, wire, reason) = match parameter {
            Some(((p, _), reason)) => {
                let own = p.location == In::Path
                    && field.kind == "String"
                    && accounts.iter().any(|account| p.name == account.as_str());
                (if own { "account" } else { place(p.location) }, p.name.as_str(), *reason)
            }
            None if field.kind == "Vec<u8>" => ("bytes", "body", Some("Body")),
            None if field.kind == "dintero_client::Multipart" => ("parts", "body", Some("Body")),
            // A file of its own type is sent and never read.
            None if media_type(op).is_none() => ("multipart", "body", Some("Body")),
            None => ("body", "body", None),
        };
        let (place, name, kind) = (ident(place)?, ident(&field.ident)?, whole(field)?);
        line(wire, quote!(#place #wire #name: #kind), reason, is_list)?;
    }
    if op.takes_key {
        line("Idempotency-Key", quote!(header "Idempotency-Key" idempotency_key: String), None, false)?;
    }
    if let Some((name, _)) = there.iter().flatten().next() {
        return Err(format!("progenitor has an argument `{name}`, and we do not"));
    }
    with.sort_by_key(|(at, _)| *at);
    let with = with.into_iter().map(|(_, line)| line);
    let idents = |fields: Vec<&Field>| fields.into_iter().map(|field| ident(&field.ident)).collect::<Made<Vec<_>>>();
    let given = idents(call.arguments.iter().map(|at| &call.fields[*at]).collect())?;
    let mut may = idents(call.optional().collect())?;
    if op.takes_key {
        may.push(ident("idempotency_key")?);
    }
    let (name, constant, method) = (ident(&op.name)?, ident(&op.constant())?, arguments(service, call)?);
    Ok(quote! {
        #name #constant { #(#with)* } without { #without } given (#(#given),*) as (#method) may (#(#may),*)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::test_support::lowered;

    fn judge(parameters: Value) -> Judge {
        let service = lowered(json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {"/things/{thing-id}": {"get": {
                "operationId": "x", "parameters": parameters, "responses": {"200": {"description": ""}}}}}
        }));
        run(&service, "x.yaml", &[]).expect("a judge")
    }

    #[test]
    fn progenitor_gets_the_published_names_in_its_order() {
        let text = json!({"type": "string"});
        let judge = judge(json!([
            {"name": "X-B", "in": "header", "schema": text},
            {"name": "created_at.gte", "in": "query", "schema": text},
            {"name": "B", "in": "query", "required": true, "explode": false, "schema": {"type": "array", "items": text}},
            {"name": "thing-id", "in": "path", "required": true, "schema": text},
        ]));
        assert!(judge.client.contains("QueryParam::new(\"created_at.gte\""), "{}", judge.client);
        assert!(judge.client.contains("header_map.append(\"X-B\""), "{}", judge.client);
        assert!(judge.client.contains("pub use dintero_test::types::*;"), "{}", judge.client);
        let lines: Vec<&str> = judge.cases.lines().map(str::trim).filter(|line| line.contains("=>")).collect();
        assert_eq!(
            lines,
            [
                "path \"thing-id\" thing_id: String => required;",
                "query \"B\" b: Vec<String> => required_list;",
                "query \"created_at.gte\" created_at_gte: String => optional_text;",
                "header \"X-B\" x_b: String => optional_text;",
            ]
        );
    }

    #[test]
    fn what_progenitor_cannot_take_is_left_out_with_its_reason() {
        let text = json!({"type": "string"});
        let object = json!({"type": "object", "properties": {"a": text}});
        let judge = judge(json!([
            {"name": "thing-id", "in": "query", "schema": text},
            {"name": "thing-id", "in": "path", "required": true, "schema": text},
            {"name": "c", "in": "cookie", "schema": text},
            {"name": "a<", "in": "query", "schema": text},
            {"name": "o", "in": "query", "style": "deepObject", "schema": object},
        ]));
        let untold = judge.cases.split("} without {").nth(1).expect("a part of it");
        let reasons: Vec<&str> = untold.lines().filter_map(|line| line.split_once("=> ")).map(|(_, why)| why).collect();
        assert_eq!(reasons, ["Cookie;", "Styled;", "Twin;", "Twin;"], "{}", judge.cases);
    }
}
