//! builder.rs: one small builder for each call.
//!
//! It says which parameter goes where and in which style; how that looks on the wire is the runtime's, in `Draft`.

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

/// The whole file.
pub fn run(service: &Service, api: &Api) -> Made {
    let builders: TokenStream = api.calls.iter().map(|call| builder(service, call)).collect::<Made<_>>()?;
    let about = docs_within("One builder for each operation: set what the call may have, then `send()`.");
    let own = imports("crate", &["operations", "types"], &builders)?;
    let names = ["ByteStream", "Call", "Error", "Redirect", "Response", "Transport", "chrono"];
    let runtime = imports("dintero_client", &names, &builders)?;
    Ok(quote!(#about #own #runtime #builders))
}

fn builder(service: &Service, call: &Call) -> Made {
    let (op, fields) = (call.operation(service), &call.fields);
    let name = ident(&op.type_name())?;
    let constant = ident(&op.constant())?;
    let given: Vec<&Field> = call.arguments.iter().map(|at| &fields[*at]).collect();
    let optional: Vec<&Field> = call.optional().collect();
    let by_name = by_name(service, call)?;
    let about = docs(&format!("Builder of [`Client::{method}`](crate::Client::{method}).", method = op.name));
    let (idents, kinds) = idents_and_kinds(fields)?;
    let (given, given_kinds) = idents_and_kinds(given)?;
    let (unset, _) = idents_and_kinds(optional.iter().copied())?;
    let paged = paged(service, op, &name)?;
    let setters: TokenStream = optional.into_iter().map(|field| setter(op, field)).collect::<Made<_>>()?;
    let send = way("send", "Sends the request.", returns(op))?;
    let all = op.all_statuses.as_ref().map(|all| {
        let about = "Sends the request; for the success responses that `send()` has no type for as well.";
        way("send_by_status", about, returned(all))
    });
    let all = all.transpose()?;
    let mut by_turn: Vec<&Field> = fields.iter().collect();
    by_turn.sort_by_key(|field| field.turn);
    let used = (!fields.is_empty()).then(|| quote!(mut));
    let writes: TokenStream = by_turn.into_iter().map(|field| write(op, field)).collect::<Made<_>>()?;
    Ok(quote! {
        #by_name
        #about
        #[derive(Clone)]
        #[must_use = "nothing is sent before `send()`"]
        pub struct #name { call: Call, #(#idents: Option<#kinds>,)* }
        dintero_client::call_options!(#name);
        dintero_client::opaque_debug!(#name);
        #paged
        impl #name {
            #[inline]
            pub(crate) fn new(transport: &Transport #(, #given: #given_kinds)*) -> Self {
                Self { call: transport.call(&operations::#constant), #(#given: Some(#given),)* #(#unset: None,)* }
            }
            #setters
            #send
            #all
            #[inline]
            fn prepared(&mut self) -> Result<dintero_client::reqwest::Request, Error> {
                let #used draft = self.call.draft();
                #writes
                draft.build()
            }
        }
    })
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

fn setter(op: &Operation, field: &Field) -> Made {
    let about = docs(&doc(op, field));
    // A generic one is compiled where it is called anyway.
    let inline = matches!(field.setter, Setter::Plain).then(|| quote!(#[inline]));
    let name = ident(&field.ident)?;
    let (argument, value) = argument(field, &quote!(value), kind)?;
    Ok(quote! {
        #about
        #inline
        pub fn #name(mut self, value: #argument) -> Self {
            self.#name = Some(#value);
            self
        }
    })
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

/// A function that sends.
fn way(method: &str, about: &str, (returns, reader): (String, &str)) -> Made {
    let (method, returns, reader, about) = (ident(method)?, kind(&returns)?, ident(reader)?, docs(about));
    Ok(quote! {
        #about
        #[inline]
        pub fn #method(mut self) -> impl Future<Output = Result<Response<#returns>, Error>> {
            let request = self.prepared();
            self.call.#reader(request)
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

/// The line that puts a field on the request.
fn write(op: &Operation, field: &Field) -> Made {
    match field.part {
        Part::Parameter(at) if op.parameters[at].styled => write_styled(&op.parameters[at], field),
        Part::Parameter(at) => write_plain(&op.parameters[at], field),
        Part::Body => op.body.as_ref().map(write_body).unwrap_or_else(|| Ok(TokenStream::new())),
    }
}

/// What a parameter holds, as a reference; one that must be there is asked for.
fn held(p: &Parameter, field: &Field) -> Made {
    let (ident, name) = (ident(&field.ident)?, &p.name);
    Ok(match p.required {
        true => quote!(Some(self.call.required(#name, self.#ident.as_ref())?)),
        false => quote!(self.#ident.as_ref()),
    })
}

fn write_plain(p: &Parameter, field: &Field) -> Made {
    let (ident, name, value) = (ident(&field.ident)?, &p.name, held(p, field)?);
    Ok(match p.location {
        In::Path if field.own_account => quote!(draft.account(#name, self.#ident.take())?;),
        In::Path if field.joined => quote!(draft.path_list(#name, self.#ident.take())?;),
        In::Path => quote!(draft.path(#name, self.#ident.as_ref())?;),
        In::Query if field.joined => quote!(draft.query_list(#name, #value);),
        In::Query => quote!(draft.query(#name, #value)?;),
        // A list of nothing is not sent.
        In::Header if field.joined => quote!(draft.header(#name, #value.filter(|list| !list.is_empty()))?;),
        In::Header => quote!(draft.header(#name, #value)?;),
        In::Cookie => {
            let style = style(&p.style);
            quote!(draft.cookie(#name, #style, #value)?;)
        }
    })
}

fn write_styled(p: &Parameter, field: &Field) -> Made {
    let (ident, name, style, value) = (ident(&field.ident)?, &p.name, style(&p.style), held(p, field)?);
    Ok(match p.location {
        In::Path => quote!(draft.path_styled(#name, #style, self.#ident.as_ref())?;),
        In::Query => quote!(draft.query_styled(#name, #style, #value)?;),
        In::Header => quote!(draft.header_styled(#name, #style, #value)?;),
        In::Cookie => quote!(draft.cookie(#name, #style, #value)?;),
    })
}

fn write_body(sent: &Body) -> Made {
    let required = quote!(self.call.required("body", self.body.as_ref())?);
    let value = match sent.required {
        true => quote!(Some(#required)),
        false => quote!(self.body.as_ref()),
    };
    Ok(match (body_kind(sent), sent.required) {
        (BodyKind::Json, true) => quote!(draft.json(#required)?;),
        (BodyKind::Json, false) => quote!(draft.bytes(self.call.encode(#value)?);),
        (BodyKind::Form, _) if sent.styles.is_empty() => quote!(draft.bytes(self.call.encode_form(#value)?);),
        (BodyKind::Form, _) => {
            let fields = sent.styles.iter().map(|(field, _)| field);
            let styles = sent.styles.iter().map(|(_, of)| style(of));
            quote!(draft.bytes(self.call.encode_form_with(#value, &[#((#fields, #styles)),*])?);)
        }
        (BodyKind::Multipart, _) => quote!(draft.bytes(self.call.encode_multipart(#value)?);),
        (BodyKind::Parts, _) => quote!(draft.bytes(self.call.encode_parts(#value));),
        (BodyKind::Bytes, true) => quote!(draft.bytes(self.call.required("body", self.body.take())?);),
        (BodyKind::Bytes, false) => quote!(draft.bytes(self.body.take().unwrap_or_default());),
    })
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
    let (mut arguments, mut values) = (TokenStream::new(), TokenStream::new());
    for field in &positional {
        let name = ident(&field.ident)?;
        let (kind, value) = argument(field, &quote!(#name), kind_in_root)?;
        arguments.extend(quote!(, #name: #kind));
        values.extend(quote!(, #value));
    }
    if let Some(given) = &call.given {
        let (given, (fields, _)) = (ident(given)?, idents_and_kinds(named)?);
        arguments.extend(quote!(, given: builder::#given));
        values.extend(quote!(#(, given.#fields)*));
    }
    let many = (positional.len() > 6).then(|| quote!(#[allow(clippy::too_many_arguments)]));
    Ok(quote! {
        #many
        #[inline]
        pub fn #method(&self #arguments) -> builder::#builder {
            builder::#builder::new(&self.transport #values)
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
