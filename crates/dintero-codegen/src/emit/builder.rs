//! builder.rs: one small builder for each call.
//!
//! It says which parameter goes where and in which style; how that looks on the wire is the runtime's, in `Draft`.

use super::docs::{lines, paragraphs, safe};
use crate::api::call::{Call, Field, Part, Setter, paged_item, returned, returns};
use crate::gate::text::code;
use crate::lower::bodies::{BodyKind, body_kind};
use crate::model::{Body, In, Operation, Paging, Parameter, Service, Style};
use crate::names::snake;
use std::fmt::Write;

pub fn run(service: &Service, call: &Call) -> String {
    let (op, fields) = (call.operation(service), &call.fields);
    let name = op.type_name();
    let given: Vec<&Field> = call.arguments.iter().map(|at| &fields[*at]).collect();
    let mut out = String::new();
    if let Some(given) = &call.given {
        let _ = write!(
            out,
            "\n/// What [`Client::{method}`](crate::Client::{method}) is given: each by its name.\npub struct {given} {{\n",
            method = op.name
        );
        for f in call.named(service) {
            let _ = writeln!(out, "{}    pub {}: {},", lines(&doc(op, f), "    ///"), f.ident, f.kind);
        }
        out.push_str("}\n");
    }
    let _ = write!(
        out,
        "\n/// Builder of [`Client::{method}`](crate::Client::{method}).\n\
         #[derive(Clone)]\n\
         #[must_use = \"nothing is sent before `send()`\"]\n\
         pub struct {name} {{\n    call: Call,\n",
        method = op.name
    );
    for f in fields {
        let _ = writeln!(out, "    {}: Option<{}>,", f.ident, f.kind);
    }
    let _ = write!(
        out,
        "}}\n\ndintero_client::call_options!({name});\ndintero_client::opaque_debug!({name});\n\n\
         {paged}impl {name} {{\n    #[inline]\n    pub(crate) fn new(transport: &Transport{arguments}) -> Self {{\n        Self {{\n            call: transport.call(&operations::{}),\n",
        op.constant(),
        paged = paged(service, op, &name),
        arguments = given.iter().map(|f| format!(", {}: {}", f.ident, f.kind)).collect::<String>(),
    );
    for f in &given {
        let _ = writeln!(out, "            {0}: Some({0}),", f.ident);
    }
    for f in call.optional() {
        let _ = writeln!(out, "            {}: None,", f.ident);
    }
    out.push_str("        }\n    }\n");
    for f in call.optional() {
        out.push('\n');
        out.push_str(&lines(&doc(op, f), "    ///"));
        // A generic one is compiled where it is called anyway.
        let inline = if matches!(f.setter, Setter::Plain) { "    #[inline]\n" } else { "" };
        let (argument, value) = f.argument("value");
        let _ = write!(
            out,
            "{inline}    pub fn {0}(mut self, value: {argument}) -> Self {{\n        self.{0} = Some({value});\n        self\n    }}\n",
            f.ident
        );
    }
    let mut ways = vec![("send", "Sends the request.", returns(op))];
    if let Some(all) = &op.all_statuses {
        let about = "Sends the request; for the success responses that `send()` has no type for as well.";
        ways.push(("send_by_status", about, returned(all)));
    }
    for (method, about, (returns, reader)) in ways {
        let _ = write!(
            out,
            "\n    /// {about}\n    #[inline]\n    \
             pub fn {method}(mut self) -> impl Future<Output = Result<Response<{returns}>, Error>> {{\n        \
             let request = self.prepared();\n        self.call.{reader}(request)\n    }}\n"
        );
    }
    out.push_str("\n    #[inline]\n    fn prepared(&mut self) -> Result<dintero_client::reqwest::Request, Error> {\n");
    let mut by_turn: Vec<&Field> = fields.iter().collect();
    by_turn.sort_by_key(|f| f.turn);
    let used = if fields.is_empty() { "" } else { "mut " };
    let _ = writeln!(out, "        let {used}draft = self.call.draft();");
    for f in by_turn {
        let _ = writeln!(out, "        {}", write(op, f));
    }
    out.push_str("        draft.build()\n    }\n}\n");
    out
}

/// The line that gives a list its `pages()` and `items()`.
fn paged(service: &Service, op: &Operation, name: &str) -> String {
    let (page, _) = returns(op);
    let Some(item) = paged_item(service, op) else { return String::new() };
    match &op.paging {
        Some(Paging::Cursor { items, .. } | Paging::LastKey { items, .. }) => {
            format!("dintero_client::paged!({name}, {page}, {item}, {});\n", snake(items))
        }
        _ => format!("dintero_client::paged!({name}, {page}, {item});\n"),
    }
}

/// The line that puts a field on the request.
fn write(op: &Operation, field: &Field) -> String {
    match field.part {
        Part::Parameter(at) if op.parameters[at].styled => write_styled(&op.parameters[at], field),
        Part::Parameter(at) => write_plain(&op.parameters[at], field),
        Part::Body => op.body.as_ref().map(write_body).unwrap_or_default(),
    }
}

fn write_plain(p: &Parameter, field: &Field) -> String {
    let ident = &field.ident;
    let value = match p.required {
        true => format!("Some(self.call.required({:?}, self.{ident}.as_ref())?)", p.name),
        false => format!("self.{ident}.as_ref()"),
    };
    match p.location {
        In::Path if field.own_account => format!("draft.account({:?}, self.{ident}.take())?;", p.name),
        In::Path if field.joined => format!("draft.path_list({:?}, self.{ident}.take())?;", p.name),
        In::Path => format!("draft.path({:?}, self.{ident}.as_ref())?;", p.name),
        In::Query if field.joined => format!("draft.query_list({:?}, {value});", p.name),
        In::Query => format!("draft.query({:?}, {value})?;", p.name),
        // A list of nothing is not sent.
        In::Header if field.joined => {
            format!("draft.header({:?}, {value}.filter(|list| !list.is_empty()))?;", p.name)
        }
        In::Header => format!("draft.header({:?}, {value})?;", p.name),
        In::Cookie => format!("draft.cookie({:?}, {}, {value})?;", p.name, style(&p.style)),
    }
}

fn write_styled(p: &Parameter, field: &Field) -> String {
    let ident = &field.ident;
    let style = style(&p.style);
    let value = match p.required {
        true => format!("Some(self.call.required({:?}, self.{ident}.as_ref())?)", p.name),
        false => format!("self.{ident}.as_ref()"),
    };
    match p.location {
        In::Path => format!("draft.path_styled({:?}, {style}, self.{ident}.as_ref())?;", p.name),
        In::Query => format!("draft.query_styled({:?}, {style}, {value})?;", p.name),
        In::Header => format!("draft.header_styled({:?}, {style}, {value})?;", p.name),
        In::Cookie => format!("draft.cookie({:?}, {style}, {value})?;", p.name),
    }
}

fn write_body(sent: &Body) -> String {
    let value = match sent.required {
        true => "Some(self.call.required(\"body\", self.body.as_ref())?)",
        false => "self.body.as_ref()",
    };
    match (body_kind(sent), sent.required) {
        (BodyKind::Json, true) => "draft.json(self.call.required(\"body\", self.body.as_ref())?)?;".to_string(),
        (BodyKind::Json, false) => format!("draft.bytes(self.call.encode({value})?);"),
        (BodyKind::Form, _) if sent.styles.is_empty() => format!("draft.bytes(self.call.encode_form({value})?);"),
        (BodyKind::Form, _) => {
            let styles: Vec<String> = sent.styles.iter().map(|(f, s)| format!("({f:?}, {})", style(s))).collect();
            format!("draft.bytes(self.call.encode_form_with({value}, &[{}])?);", styles.join(", "))
        }
        (BodyKind::Multipart, _) => format!("draft.bytes(self.call.encode_multipart({value})?);"),
        (BodyKind::Parts, _) => format!("draft.bytes(self.call.encode_parts({value}));"),
        (BodyKind::Bytes, true) => "draft.bytes(self.call.required(\"body\", self.body.take())?);".to_string(),
        (BodyKind::Bytes, false) => "draft.bytes(self.body.take().unwrap_or_default());".to_string(),
    }
}

/// The runtime's style, as code.
fn style(style: &Style) -> String {
    format!("dintero_client::Style::{style:?}")
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

/// The method of the client: what it must be given are its arguments.
pub fn method(service: &Service, call: &Call) -> String {
    let (op, name) = (call.operation(service), call.operation(service).type_name());
    let (positional, named) = (call.positional(service), call.named(service));
    let mut arguments = String::new();
    let mut values = String::new();
    for f in &positional {
        let (kind, value) = f.argument(&f.ident);
        // The builders import it.
        let kind = kind.replace("<chrono::", "<dintero_client::chrono::");
        let _ = write!(arguments, ", {}: {kind}", f.ident);
        let _ = write!(values, ", {value}");
    }
    if let Some(given) = &call.given {
        let _ = write!(arguments, ", given: builder::{given}");
        named.iter().for_each(|f| values.push_str(&format!(", given.{}", f.ident)));
    }
    let many = if positional.len() > 6 { "    #[allow(clippy::too_many_arguments)]\n" } else { "" };
    format!(
        "{many}    #[inline]\n    pub fn {}(&self{arguments}) -> builder::{name} {{\n        builder::{name}::new(&self.transport{values})\n    }}\n",
        op.name
    )
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
