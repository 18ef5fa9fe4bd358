//! httpmock.rs: typed mocks of the calls, behind the feature `httpmock`; a macro of the runtime makes them of these lines.

use super::tokens::{Made, docs_within, ident, imports, kind};
use crate::api::Api;
use crate::api::call::{Call, Setter};
use crate::lower::collect::is_json;
use crate::lower::parameters;
use crate::lower::rust_type::rust_type;
use crate::model::{In, Operation, Response, Service};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use std::collections::BTreeSet;

/// The whole file.
pub fn run(service: &Service, api: &Api) -> Made {
    let calls: TokenStream = api.calls.iter().map(|call| mocked(service, call)).collect::<Made<_>>()?;
    let about = docs_within("Typed mocks of the operations, for tests with the `httpmock` crate.");
    let own = match imports("crate", &["types"], &calls)?.is_empty() {
        true => quote!(
            use crate::operations;
        ),
        false => quote!(
            use crate::{operations, types};
        ),
    };
    let chrono = imports("dintero_client", &["chrono"], &calls)?;
    Ok(quote!(#about #own #chrono dintero_client::mocked! { #calls }))
}

fn mocked(service: &Service, call: &Call) -> Made {
    let op = call.operation(service);
    let (name, builder, constant) = (ident(&op.name)?, ident(&op.type_name())?, ident(&op.constant())?);
    let mut takes = TokenStream::new();
    let lowered = parameters::lower(op);
    for field in &call.fields {
        let parameter = op.parameters.iter().zip(&lowered).find(|(_, low)| low.ident == field.ident);
        let wire = parameter.map_or("body", |(p, _)| p.name.as_str());
        let joined = parameter.is_some_and(|(_, low)| low.joined);
        let place = match parameter.map(|(p, _)| p.location) {
            Some(In::Path) => "path",
            Some(In::Query) if matches!(field.setter, Setter::Each(_)) && !joined => "query_each",
            Some(In::Query) => "query",
            Some(In::Header) => "header",
            // Left to `into_inner()`, as is what has a style of its own.
            Some(In::Cookie) => continue,
            None => match body(op) {
                "" => continue,
                how => how,
            },
        };
        if parameter.is_some_and(|(p, _)| p.styled) {
            continue;
        }
        let (place, name) = (ident(place)?, ident(&field.ident)?);
        let of = match &field.setter {
            Setter::Each(item) if joined => {
                let (item, list) = (kind(item)?, kind(&field.kind)?);
                quote!(#item as #list)
            }
            Setter::Each(item) if parameter.is_some() => kind(item)?,
            _ => kind(&field.kind)?,
        };
        takes.extend(quote!(#place #wire #name: #of;));
    }
    let mut gives = TokenStream::new();
    for answer in answers(op) {
        let (name, status, body) = (ident(&answer.name)?, answer.status(), answer.body()?);
        gives.extend(quote!(#name { #status #body };));
    }
    Ok(quote!(#name #builder #constant { #takes } { #gives }))
}

/// How the body is given; empty for several parts.
fn body(op: &Operation) -> &'static str {
    let media = op.body.as_ref().map(|body| body.media_type.to_lowercase()).unwrap_or_default();
    match () {
        _ if is_json(&media) => "json",
        _ if media.starts_with("multipart/") => "",
        _ if media.starts_with("application/x-www-form-urlencoded") => "form",
        _ => "bytes",
    }
}

/// A function that answers.
struct Answer<'a> {
    name: String,
    /// None where the caller gives it.
    code: Option<u16>,
    response: &'a Response,
}

/// The functions that answer.
fn answers(op: &Operation) -> Vec<Answer<'_>> {
    let mut used = BTreeSet::new();
    let named = op.responses.iter().map(|response| {
        let (name, code) = name(response);
        Answer { name, code, response }
    });
    named.filter(|answer| used.insert(answer.name.clone())).collect()
}

/// The function's name, and the status if there is but one.
fn name(response: &Response) -> (String, Option<u16>) {
    let any = |name: &str| (name.to_string(), None);
    match response.status.to_ascii_uppercase().as_str() {
        "1XX" => any("informational"),
        "2XX" => any("success"),
        "3XX" => any("redirect"),
        "4XX" => any("client_error"),
        "5XX" => any("server_error"),
        code => match code.parse::<u16>() {
            Ok(code) => {
                let reason = http::StatusCode::from_u16(code).ok().and_then(|status| status.canonical_reason());
                (reason.map_or_else(|| format!("status_{code}"), crate::names::snake), Some(code))
            }
            Err(_) => any("default_response"),
        },
    }
}

impl Answer<'_> {
    fn status(&self) -> TokenStream {
        match self.code.map(Literal::u16_unsuffixed) {
            Some(code) => quote!(#code),
            None => quote!(any),
        }
    }

    /// How the body is given.
    fn body(&self) -> Made {
        Ok(match &self.response.schema {
            None => TokenStream::new(),
            Some(schema) if is_json(&self.response.media_type) && schema["format"] != "binary" => {
                let kind = kind(&rust_type(schema, "types::"))?;
                quote!(json #kind)
            }
            Some(_) => {
                let media_type = self.response.media_type.replace('*', "octet-stream");
                quote!(bytes #media_type)
            }
        })
    }
}
