//! httpmock.rs: typed mocks of the calls, behind the feature `httpmock`; a macro of the runtime makes them of these lines.

use super::tidy::imports;
use crate::api::Api;
use crate::api::call::Setter;
use crate::lower::collect::is_json;
use crate::lower::parameters;
use crate::lower::rust_type::rust_type;
use crate::model::{In, Operation, Response, Service};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The file below its header.
pub fn run(service: &Service, api: &Api) -> String {
    let mut lines = String::new();
    for call in &api.calls {
        let op = call.operation(service);
        let _ = writeln!(lines, "    {} {} {} {{", op.name, op.type_name(), op.constant());
        let lowered = parameters::lower(op);
        for field in &call.fields {
            let parameter = op.parameters.iter().zip(&lowered).find(|(_, low)| low.ident == field.ident);
            let name = parameter.map_or("body", |(p, _)| p.name.as_str());
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
            let kind = match &field.setter {
                Setter::Each(item) if joined => format!("{item} as {}", field.kind),
                Setter::Each(item) if parameter.is_some() => item.clone(),
                _ => field.kind.clone(),
            };
            let _ = writeln!(lines, "        {place} {name:?} {}: {kind};", field.ident);
        }
        lines.push_str("    } {\n");
        for (name, gives) in answers(op) {
            let _ = writeln!(lines, "        {name} {{ {} }};", gives.trim_end());
        }
        lines.push_str("    }\n");
    }
    let mut out = String::from("//! Typed mocks of the operations, for tests with the `httpmock` crate.\n\n");
    out.push_str(&imports("crate", &["types"], &lines).replace("types", "{operations, types}"));
    if !out.contains("operations, types") {
        out.push_str("use crate::operations;\n");
    }
    out.push_str(&imports("dintero_client", &["chrono"], &lines));
    let _ = write!(out, "\ndintero_client::mocked! {{\n{lines}}}\n");
    out
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

/// The functions that answer, and what each gives.
pub fn answers(op: &Operation) -> Vec<(String, String)> {
    let mut used = BTreeSet::new();
    let named = op.responses.iter().map(|response| {
        let (name, status) = name(response);
        (name, [status, what(response)].concat())
    });
    named.filter(|(name, _)| used.insert(name.clone())).collect()
}

/// The function's name and the status, or that the caller gives it.
fn name(response: &Response) -> (String, String) {
    match response.status.to_ascii_uppercase().as_str() {
        "1XX" => ("informational".into(), "any ".into()),
        "2XX" => ("success".into(), "any ".into()),
        "3XX" => ("redirect".into(), "any ".into()),
        "4XX" => ("client_error".into(), "any ".into()),
        "5XX" => ("server_error".into(), "any ".into()),
        code => match code.parse::<u16>() {
            Ok(code) => {
                let reason = http::StatusCode::from_u16(code).ok().and_then(|status| status.canonical_reason());
                let name = reason.map_or_else(|| format!("status_{code}"), crate::names::snake);
                (name, format!("{code} "))
            }
            Err(_) => ("default_response".into(), "any ".into()),
        },
    }
}

/// How the body is given.
fn what(response: &Response) -> String {
    match &response.schema {
        None => String::new(),
        Some(schema) if is_json(&response.media_type) && schema["format"] != "binary" => {
            format!("json {}", rust_type(schema, "types::"))
        }
        Some(_) => format!("bytes {:?}", response.media_type.replace('*', "octet-stream")),
    }
}
