//! builder.rs: one small builder for each call.
//!
//! It says which parameter goes where and in which style; how that looks on the wire is the runtime's, in `Draft`.

use super::docs::{lines, paragraphs, safe};
use super::rust_type::rust_type;
use crate::api::Call;
use crate::gate::marks;
use crate::gate::text::code;
use crate::lower::assemble::typed_body;
use crate::lower::bodies::{BodyKind, body_kind};
use crate::lower::collect::template;
use crate::lower::parameters::{self, Lowered};
use crate::lower::schema::referred;
use crate::model::{Body, In, Operation, Paging, Parameter, Service, Style, Success};
use crate::names::snake;
use serde_json::Value;
use std::fmt::Write;

/// A field of the builder.
#[derive(Debug)]
pub struct Field {
    pub ident: String,
    /// What the field holds once set.
    pub kind: String,
    pub setter: Setter,
    /// The line that puts it on the request.
    write: String,
    doc: String,
    /// Its type as the generator has it, by the name of its argument; none where the generator has no such thing.
    pub generated: Option<String>,
    /// In which turn it is written: plain values, then lists that are one value, then what has a style of its own.
    turn: u8,
}

#[derive(Debug)]
pub enum Setter {
    /// `impl Into<T>`.
    Into,
    /// The value as it is.
    Plain,
    /// `impl IntoIterator<Item = impl Into<T>>`, with the item type.
    Each(String),
}

pub fn run(service: &Service, call: &Call) -> String {
    let (op, fields) = (call.operation(service), &call.fields);
    let name = op.type_name();
    let mut out = String::new();
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
         {paged}impl {name} {{\n    #[inline]\n    pub(crate) fn new(transport: &Transport) -> Self {{\n        Self {{\n            call: transport.call(&operations::{}),\n",
        op.constant(),
        paged = paged(service, op, &name),
    );
    for f in fields {
        let _ = writeln!(out, "            {}: None,", f.ident);
    }
    out.push_str("        }\n    }\n");
    for f in fields {
        out.push('\n');
        out.push_str(&lines(&f.doc, "    ///"));
        // A generic one is compiled where it is called anyway.
        let inline = if matches!(f.setter, Setter::Plain) { "    #[inline]\n" } else { "" };
        let (argument, value) = match &f.setter {
            Setter::Into => (format!("impl Into<{}>", f.kind), "value.into()".to_string()),
            Setter::Plain => (f.kind.clone(), "value".to_string()),
            Setter::Each(item) => (
                format!("impl IntoIterator<Item = impl Into<{item}>>"),
                "value.into_iter().map(Into::into).collect()".to_string(),
            ),
        };
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
        let _ = writeln!(out, "        {}", f.write);
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

/// The type of an item of a list that goes on.
pub fn paged_item(service: &Service, op: &Operation) -> Option<String> {
    let (Some(paging), Success::Json(schema)) = (&op.paging, &op.success) else { return None };
    match paging {
        Paging::LastItem { .. } => {
            let (page, _) = returns(op);
            page.strip_prefix("Vec<").and_then(|p| p.strip_suffix('>')).map(str::to_string)
        }
        Paging::Cursor { items, .. } | Paging::LastKey { items, .. } => {
            let object = referred(schema).and_then(|target| service.schemas.get(&target))?;
            Some(rust_type(&object["properties"][items.as_str()]["items"], "types::"))
        }
    }
}

/// The return type and the runtime's function that reads it.
pub fn returns(op: &Operation) -> (String, &'static str) {
    returned(&op.success)
}

pub fn returned(success: &Success) -> (String, &'static str) {
    match success {
        Success::Empty => ("()".into(), "empty"),
        Success::Json(schema) => (rust_type(schema, "types::"), "json"),
        Success::OptionalJson(schema) => (format!("Option<{}>", rust_type(schema, "types::")), "optional_json"),
        Success::ByStatus(name) => (format!("types::{name}"), "by_status"),
        Success::Text => ("String".into(), "text"),
        Success::Bytes => ("ByteStream".into(), "bytes"),
        Success::Redirect => ("Redirect".into(), "redirect"),
    }
}

/// What the builder of an operation takes: what has a style of its own, then the path in its order, the query and the
/// headers by their names, and the body.
pub fn fields(op: &Operation, account_parameters: &[String]) -> Vec<Field> {
    let lowered = parameters::lower(op);
    let all: Vec<(&Parameter, &Lowered)> = op.parameters.iter().zip(&lowered).collect();
    let mut out = Vec::new();
    out.extend(all.iter().filter(|(p, _)| p.styled && p.location != In::Path).map(|(p, low)| styled(p, &low.ident)));
    for name in template(&op.path) {
        let named = |(p, _): &&(&Parameter, &Lowered)| p.location == In::Path && p.name == name.as_str();
        out.extend(all.iter().find(named).map(|(p, low)| plain(p, low, account_parameters)));
    }
    for place in [In::Query, In::Header] {
        let mut of_place: Vec<_> = all.iter().filter(|(p, _)| p.location == place && !p.styled).collect();
        of_place.sort_by(|(_, a), (_, b)| a.ident.cmp(&b.ident));
        out.extend(of_place.into_iter().map(|(p, low)| plain(p, low, account_parameters)));
    }
    out.extend(op.body.as_ref().map(|sent| body(op, sent)));
    out
}

/// A plain value, or a list of such.
fn plain(p: &Parameter, low: &Lowered, account_parameters: &[String]) -> Field {
    if p.styled {
        return styled(p, &low.ident);
    }
    let ident = &low.ident;
    let kind = wire_type(&low.schema);
    let own_account =
        p.location == In::Path && kind == "String" && account_parameters.iter().any(|a| p.name == a.as_str());
    let value = match p.required {
        true => format!("Some(self.call.required({:?}, self.{ident}.as_ref())?)", p.name),
        false => format!("self.{ident}.as_ref()"),
    };
    let write = match p.location {
        In::Path if own_account => format!("draft.account({:?}, self.{ident}.take())?;", p.name),
        In::Path if low.joined => format!("draft.path_list({:?}, self.{ident}.take())?;", p.name),
        In::Path => format!("draft.path({:?}, self.{ident}.as_ref())?;", p.name),
        In::Query if low.joined => format!("draft.query_list({:?}, {value});", p.name),
        In::Query => format!("draft.query({:?}, {value})?;", p.name),
        // A list of nothing is not sent.
        In::Header if low.joined => {
            format!("draft.header({:?}, {value}.filter(|list| !list.is_empty()))?;", p.name)
        }
        In::Header => format!("draft.header({:?}, {value})?;", p.name),
        In::Cookie => format!("draft.cookie({:?}, {}, {value})?;", p.name, style(&p.style)),
    };
    let doc = match own_account {
        true => about(p, &format!("Path parameter {}: the account of the login unless given.", p.name.code())),
        false => about(p, &declared(p, p.required)),
    };
    let turn = u8::from(low.joined && p.location == In::Query);
    Field { ident: ident.clone(), setter: setter(&kind), generated: Some(kind.clone()), kind, write, doc, turn }
}

/// The Rust type of a plain parameter.
fn wire_type(schema: &Value) -> String {
    let marked = &schema[marks::RUST_TYPE];
    match marked["path"].as_str() {
        Some(path) => match marked["parameters"].as_array().and_then(|list| list.first()) {
            Some(item) => format!("{path}<{}>", wire_type(item)),
            None => path.to_string(),
        },
        None => rust_type(schema, "types::").replace("dintero_types::chrono::", "chrono::"),
    }
}

/// A parameter that has a style of its own.
fn styled(p: &Parameter, ident: &str) -> Field {
    let kind = rust_type(&p.schema, "types::").replace("dintero_types::chrono::", "chrono::");
    let style = style(&p.style);
    let value = match p.required {
        true => format!("Some(self.call.required({:?}, self.{ident}.as_ref())?)", p.name),
        false => format!("self.{ident}.as_ref()"),
    };
    let write = match p.location {
        In::Path => format!("draft.path_styled({:?}, {style}, self.{ident}.as_ref())?;", p.name),
        In::Query => format!("draft.query_styled({:?}, {style}, {value})?;", p.name),
        In::Header => format!("draft.header_styled({:?}, {style}, {value})?;", p.name),
        In::Cookie => format!("draft.cookie({:?}, {style}, {value})?;", p.name),
    };
    let form = match (p.location, p.style) {
        (In::Query, Style::Deep) => {
            format!("Goes out as {}.", code(&[p.name.as_str(), "[..]=.."].concat()))
        }
        (_, Style::Json) => "Goes out as JSON.".to_string(),
        _ => String::new(),
    };
    let doc = paragraphs(&[about(p, &declared(p, p.required)), form]);
    let turn = if p.location == In::Path { 0 } else { 2 };
    Field { ident: ident.into(), setter: setter(&kind), kind, write, doc, generated: None, turn }
}

/// The runtime's style, as code.
fn style(style: &Style) -> String {
    format!("dintero_client::Style::{style:?}")
}

/// Numbers and lists are given as they are; everything else as whatever becomes it.
fn setter(kind: &str) -> Setter {
    match list_item(kind) {
        Some(item) => Setter::Each(item),
        None if matches!(kind, "i64" | "f64" | "bool") => Setter::Plain,
        None => Setter::Into,
    }
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

fn body(op: &Operation, sent: &Body) -> Field {
    let about = format!(
        "Request body, {}{}.",
        sent.media_type.code(),
        if sent.required { ", required" } else { "; none is sent unless given" }
    );
    let doc = paragraphs(&[about, safe(&sent.description)]);
    let kind = match body_kind(sent) {
        BodyKind::Json | BodyKind::Form | BodyKind::Multipart => {
            rust_type(&sent.schema, "types::").replace("dintero_types::chrono::", "chrono::")
        }
        BodyKind::Parts => "dintero_client::Multipart".to_string(),
        BodyKind::Bytes => "Vec<u8>".to_string(),
    };
    let value = match sent.required {
        true => "Some(self.call.required(\"body\", self.body.as_ref())?)",
        false => "self.body.as_ref()",
    };
    let write = match (body_kind(sent), sent.required) {
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
    };
    let setter = match setter(&kind) {
        Setter::Plain if typed_body(op) => Setter::Into,
        other => other,
    };
    let generated = typed_body(op).then(|| kind.clone());
    Field { ident: "body".into(), setter, kind, write, doc, generated, turn: 0 }
}

fn list_item(kind: &str) -> Option<String> {
    let (list, item) = kind.split_once('<')?;
    let known =
        matches!(list.strip_prefix("dintero_client::"), Some("CommaList" | "SpaceList" | "PipeList" | "TabList"));
    Some(item).filter(|_| known || list == "Vec").and_then(|t| t.strip_suffix('>')).map(str::to_string)
}
