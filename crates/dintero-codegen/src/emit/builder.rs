//! builder.rs: one small builder for each call.
//!
//! It says which parameter goes where and in which style, a line each; the code of it is the runtime's `builder!`, and how it
//! looks on the wire its `Draft`.

use super::docs::{paragraphs, safe};
use super::tokens::{Made, docs, docs_within, ident, imports, kind};
use crate::api::Api;
use crate::api::call::{Call, Field, Part, Setter, paged_item, returned, returns};
use crate::gate::text::code;
use crate::lower::bodies::{BodyKind, body_kind};
use crate::model::{Body, In, Operation, Paging, Parameter, Service, Style};
use crate::names::snake;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use std::collections::BTreeMap;

/// The whole file.
pub fn run(service: &Service, api: &Api) -> Made {
    let builders: TokenStream = api.calls.iter().map(|call| builder(service, call)).collect::<Made<_>>()?;
    let about = docs_within("One builder for each operation: set what the call may have, then `send()`.");
    let own = imports("crate", &["operations", "types"], &builders)?;
    let names = ["ByteStream", "Redirect", "chrono"];
    let runtime = imports("dintero_client", &names, &builders)?;
    Ok(quote!(#about #own #runtime #builders))
}

fn builder(service: &Service, call: &Call) -> Made {
    let op = call.operation(service);
    let (name, constant) = (ident(&op.type_name())?, ident(&op.constant())?);
    let by_name = by_name(service, call)?;
    let about = docs(&format!("Builder of [`Client::{method}`](crate::Client::{method}).", method = op.name));
    let one = answer(returns(op))?;
    let all = op.all_statuses.as_ref().map(|all| answer(returned(all)).map(|all| quote!(| #all))).transpose()?;
    let paged = paged(service, op, &name)?;
    let lines = by_turn(call).into_iter().map(|at| line(op, &call.fields[at], call.arguments.contains(&at)));
    let lines: TokenStream = lines.collect::<Made<_>>()?;
    Ok(quote! {
        #by_name
        dintero_client::builder! {
            #about
            pub struct #name for operations::#constant => #one #all { #lines }
        }
        #paged
    })
}

/// The fields in the order in which they are written.
fn by_turn(call: &Call) -> Vec<usize> {
    let mut all: Vec<usize> = (0..call.fields.len()).collect();
    all.sort_by_key(|at| call.fields[*at].turn);
    all
}

/// How an answer is read, and what it is.
fn answer((returns, reader): (String, &str)) -> Made {
    let (returns, reader) = (kind(&returns)?, ident(reader)?);
    Ok(quote!(#reader #returns))
}

/// The line of a field: where it goes, and what it is; with docs, where it is not given but set.
fn line(op: &Operation, field: &Field, is_given: bool) -> Made {
    let (place, name, kind) = (place(op, field, is_given)?, ident(&field.ident)?, kind(&field.kind)?);
    if is_given {
        return Ok(quote!(#place (#name: #kind),));
    }
    let about = docs(&doc(op, field));
    let how = match &field.setter {
        Setter::Into => None,
        Setter::Plain => Some(quote!(as value)),
        Setter::Each(item) => {
            let item = self::kind(item)?;
            Some(quote!(as list of #item))
        }
    };
    Ok(quote!(#about #place #name: #kind #how,))
}

fn idents_and_kinds<'a>(fields: impl IntoIterator<Item = &'a Field>) -> Made<(Vec<Ident>, Vec<TokenStream>)> {
    fields.into_iter().map(|field| Ok((ident(&field.ident)?, kind(&field.kind)?))).collect()
}

/// The struct of what the method is given by name.
fn by_name(service: &Service, call: &Call) -> Made<Option<TokenStream>> {
    let Some(given) = &call.given else { return Ok(None) };
    let (op, name) = (call.operation(service), ident(given)?);
    let method = &op.name;
    let about = docs(&format!("What [`Client::{method}`](crate::Client::{method}) is given: each by its name."));
    let named = call.named(service);
    let abouts = named.iter().map(|field| docs(&doc(op, field)));
    let (idents, kinds) = idents_and_kinds(named.iter().copied())?;
    Ok(Some(quote!(#about pub struct #name { #(#abouts pub #idents: #kinds,)* })))
}

/// How a field is given: the type of an argument, and what makes the field's value of it.
fn argument(field: &Field, value: &TokenStream, of: fn(&str) -> Made) -> Made<(TokenStream, TokenStream)> {
    Ok(match &field.setter {
        Setter::Into => {
            let kind = of(&field.kind)?;
            (quote!(impl Into<#kind>), quote!(#value.into()))
        }
        Setter::Plain => (of(&field.kind)?, value.clone()),
        Setter::Each(item) => {
            let item = of(item)?;
            (quote!(impl IntoIterator<Item = impl Into<#item>>), quote!(#value.into_iter().map(Into::into).collect()))
        }
    })
}

/// The line that gives a list its `pages()` and `items()`.
fn paged(service: &Service, op: &Operation, name: &Ident) -> Made {
    let Some(item) = paged_item(service, op) else { return Ok(TokenStream::new()) };
    let (page, item) = (kind(&returns(op).0)?, kind(&item)?);
    Ok(match &op.paging {
        Some(Paging::Cursor { items, .. } | Paging::LastKey { items, .. }) => {
            let items = ident(&snake(items))?;
            quote!(dintero_client::paged!(#name, #page, #item, #items);)
        }
        _ => quote!(dintero_client::paged!(#name, #page, #item);),
    })
}

/// Where a field goes in the request.
fn place(op: &Operation, field: &Field, is_given: bool) -> Made {
    let (place, style, name) = match field.part {
        Part::Parameter(at) => {
            let p = &op.parameters[at];
            if p.required && !is_given && !field.own_account {
                return Err(format!("{}: {:?} is required, and not given", op.name, p.name.as_str()));
            }
            let place = match (p.location, field.joined && !p.styled) {
                (In::Path, _) if field.own_account => "account",
                (In::Path, false) => "path",
                (In::Path, true) => "path_list",
                (In::Query, false) => "query",
                (In::Query, true) => "query_list",
                (In::Header, false) => "header",
                (In::Header, true) => "header_list",
                (In::Cookie, _) => "cookie",
            };
            let style = (p.styled || p.location == In::Cookie).then(|| style(&p.style));
            (place, style, Some(&p.name))
        }
        Part::Body => {
            let Some(sent) = &op.body else { return Err(format!("{} has no body", op.name)) };
            if sent.required != is_given {
                return Err(format!("{}: the body is required, or it is given, and not both", op.name));
            }
            let place = match body_kind(sent) {
                BodyKind::Json => "json",
                BodyKind::Form => "form",
                BodyKind::Multipart => "multipart",
                BodyKind::Parts => "parts",
                BodyKind::Bytes => "bytes",
            };
            let styles = sent.styles.iter().map(|(field, of)| (field, style(of)));
            let styles = styles.map(|(field, style)| quote!((#field, #style)));
            let is_styled = place == "form" && !sent.styles.is_empty();
            (place, is_styled.then(|| quote!(#(#styles),*)), None)
        }
    };
    let (place, style) = (ident(place)?, style.map(|style| quote!([#style])));
    Ok(quote!(#place #style #name))
}

/// The runtime's style, as code.
fn style(style: &Style) -> TokenStream {
    let style = match style {
        Style::Form => quote!(Form),
        Style::Joined(sign) => quote!(Joined(#sign)),
        Style::Deep => quote!(Deep),
        Style::Json => quote!(Json),
        Style::Simple => quote!(Simple),
        Style::Label { explode } => quote!(Label { explode: #explode }),
        Style::Matrix { explode } => quote!(Matrix { explode: #explode }),
    };
    quote!(dintero_client::Style::#style)
}

fn doc(op: &Operation, field: &Field) -> String {
    match field.part {
        Part::Parameter(at) => doc_of_parameter(&op.parameters[at], field),
        Part::Body => op.body.as_ref().map(doc_of_body).unwrap_or_default(),
    }
}

fn doc_of_parameter(p: &Parameter, field: &Field) -> String {
    if !p.styled {
        return match field.own_account {
            true => about(p, &format!("Path parameter {}: the account of the login unless given.", p.name.code())),
            false => about(p, &declared(p, p.required)),
        };
    }
    let form = match (p.location, p.style) {
        (In::Query, Style::Deep) => {
            format!("Goes out as {}.", code(&[p.name.as_str(), "[..]=.."].concat()))
        }
        (_, Style::Json) => "Goes out as JSON.".to_string(),
        _ => String::new(),
    };
    paragraphs(&[about(p, &declared(p, p.required)), form])
}

fn doc_of_body(sent: &Body) -> String {
    let about = format!(
        "Request body, {}{}.",
        sent.media_type.code(),
        if sent.required { ", required" } else { "; none is sent unless given" }
    );
    paragraphs(&[about, safe(&sent.description)])
}

fn declared(p: &Parameter, required: bool) -> String {
    let place = match p.location {
        In::Path => "Path",
        In::Query => "Query",
        In::Header => "Header",
        In::Cookie => "Cookie",
    };
    format!("{place} parameter {}{}.", p.name.code(), if required { ", required" } else { "" })
}

/// What is said of a parameter.
fn about(p: &Parameter, declared: &str) -> String {
    let described = p.schema["description"].as_str().unwrap_or_default();
    let text = match (safe(&p.description), safe(described)) {
        (a, b) if a.is_empty() => b,
        (a, b) if a.contains(&b) => a,
        (a, b) => paragraphs(&[a, b]),
    };
    let deprecated = if p.deprecated { " Deprecated." } else { "" };
    paragraphs(&[format!("{declared}{deprecated}"), text])
}

/// The builders import chrono, the root of the crate does not.
fn kind_in_root(text: &str) -> Made {
    let text = text.replace("<chrono::", "<dintero_client::chrono::");
    kind(&match text.starts_with("chrono::") {
        true => format!("dintero_client::{text}"),
        false => text,
    })
}

/// The method of the client: what it must be given are its arguments.
pub fn method(service: &Service, call: &Call) -> Made {
    let op = call.operation(service);
    let (method, builder) = (ident(&op.name)?, ident(&op.type_name())?);
    let (positional, named) = (call.positional(service), call.named(service));
    let (mut arguments, mut values) = (TokenStream::new(), BTreeMap::new());
    for field in &positional {
        let name = ident(&field.ident)?;
        let (kind, value) = argument(field, &quote!(#name), kind_in_root)?;
        arguments.extend(quote!(, #name: #kind));
        values.insert(&field.ident, value);
    }
    if let Some(given) = &call.given {
        let given = ident(given)?;
        arguments.extend(quote!(, given: builder::#given));
        for field in named {
            let name = ident(&field.ident)?;
            values.insert(&field.ident, quote!(given.#name));
        }
    }
    // The builder takes them in the order of its lines.
    let values = by_turn(call).into_iter().filter_map(|at| values.get(&call.fields[at].ident));
    let many = (positional.len() > 6).then(|| quote!(#[allow(clippy::too_many_arguments)]));
    // What takes an `impl Into` is generic, and so compiled where it is called anyway.
    let generic = arguments.clone().into_iter().any(|token| token.to_string() == "impl");
    let inline = (!generic).then(|| quote!(#[inline]));
    Ok(quote! {
        #many
        #inline
        pub fn #method(&self #arguments) -> builder::#builder {
            builder::#builder::new(&self.transport #(, #values)*)
        }
    })
}

/// What is said of the arguments, a line each.
pub fn arguments_doc(service: &Service, call: &Call) -> String {
    let op = call.operation(service);
    let first = |f: &Field| {
        let text = doc(op, f);
        let line = text.lines().next().unwrap_or_default().trim_end_matches('.').to_string();
        format!("- {}: {line}", code(&f.ident))
    };
    let mut list: Vec<String> = call.positional(service).into_iter().map(first).collect();
    if let Some(given) = &call.given {
        list.push(format!("- `given`: [`{given}`](builder::{given})"));
    }
    list.join("\n")
}
