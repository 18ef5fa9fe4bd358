//! builder.rs: one small builder for each call, made from the signature of the generator's function.

use super::docs::{lines, paragraphs, safe};
use super::rust_type::rust_type;
use super::tidy::short;
use crate::gate::text::code;
use crate::lower::assemble::typed_body;
use crate::lower::bodies::{BodyKind, body_kind};
use crate::lower::parameters;
use crate::lower::schema::referred;
use crate::model::{In, Operation, Paging, Parameter, Service, Style, Success};
use crate::names::snake;
use quote::ToTokens;
use std::fmt::Write;

/// A field of the builder.
pub struct Field {
    pub ident: String,
    /// What the field holds once set.
    pub kind: String,
    pub setter: Setter,
    /// How it is handed to the generator's function; empty where the runtime writes it.
    argument: String,
    /// What has to be done before: it must be there, or is written by the runtime.
    take: Option<String>,
    doc: String,
}

pub enum Setter {
    /// `impl Into<T>`.
    Into,
    /// The value as it is.
    Plain,
    /// `impl IntoIterator<Item = impl Into<T>>`, with the item type.
    Each(String),
}

pub fn run(service: &Service, op: &Operation, signature: &syn::Signature, account_parameters: &[String]) -> String {
    let name = op.type_name();
    let fields = fields(op, signature, account_parameters);
    let mut out = String::new();
    let _ = write!(
        out,
        "\n/// Builder of [`Client::{method}`](crate::Client::{method}).\n\
         #[derive(Clone)]\n\
         #[must_use = \"nothing is sent before `send()`\"]\n\
         pub struct {name} {{\n    call: Call,\n",
        method = op.name
    );
    for f in &fields {
        let _ = writeln!(out, "    {}: Option<{}>,", f.ident, f.kind);
    }
    let _ = write!(
        out,
        "}}\n\ndintero_client::call_options!({name});\ndintero_client::opaque_debug!({name});\n\n\
         {paged}impl {name} {{\n    #[inline]\n    pub(crate) fn new(transport: &Transport) -> Self {{\n        Self {{\n            call: transport.call(&operations::{}),\n",
        op.constant(),
        paged = paged(service, op, &name),
    );
    for f in &fields {
        let _ = writeln!(out, "            {}: None,", f.ident);
    }
    out.push_str("        }\n    }\n");
    for f in &fields {
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
    let (returns, reader) = returns(op);
    let _ = write!(
        out,
        "\n    /// Sends the request.\n    #[inline]\n    pub fn send(mut self) -> impl Future<Output = Result<Response<{returns}>, Error>> {{\n        \
         let request = self.prepared();\n        self.call.{reader}(request)\n    }}\n\n    \
         #[inline]\n    fn prepared(&mut self) -> Result<dintero_client::reqwest::Request, Error> {{\n"
    );
    for take in fields.iter().filter_map(|f| f.take.as_ref()) {
        let _ = writeln!(out, "        {take}");
    }
    let arguments: Vec<&str> = fields.iter().map(|f| f.argument.as_str()).filter(|a| !a.is_empty()).collect();
    let _ = write!(
        out,
        "        let request = raw::Client::of(&self.call).{}({});\n        self.call.built(request)\n    }}\n}}\n",
        op.name,
        arguments.join(", ")
    );
    out
}

/// The line that gives a list its `pages()` and `items()`.
fn paged(service: &Service, op: &Operation, name: &str) -> String {
    let (page, _) = returns(op);
    let (Some(paging), Success::Json(schema)) = (&op.paging, &op.success) else { return String::new() };
    match paging {
        Paging::LastItem { .. } => match page.strip_prefix("Vec<").and_then(|p| p.strip_suffix('>')) {
            Some(item) => format!("dintero_client::paged!({name}, {page}, {item});\n"),
            None => String::new(),
        },
        Paging::Cursor { items, .. } | Paging::LastKey { items, .. } => {
            let Some(object) = referred(schema).and_then(|target| service.schemas.get(&target)) else {
                return String::new();
            };
            let list = &object["properties"][items.as_str()];
            let item = rust_type(&list["items"], "types::");
            format!("dintero_client::paged!({name}, {page}, {item}, {});\n", snake(items))
        }
    }
}

/// The return type and the runtime's function that reads it.
fn returns(op: &Operation) -> (String, &'static str) {
    match &op.success {
        Success::Empty => ("()".into(), "empty"),
        Success::Json(schema) => (rust_type(schema, "types::"), "json"),
        Success::OptionalJson(schema) => (format!("Option<{}>", rust_type(schema, "types::")), "optional_json"),
        Success::ByStatus(name) => (format!("types::{name}"), "by_status"),
        Success::Text => ("String".into(), "text"),
        Success::Bytes => ("ByteStream".into(), "bytes"),
        Success::Redirect => ("Redirect".into(), "redirect"),
    }
}

/// What the builder of an operation takes.
pub fn fields(op: &Operation, signature: &syn::Signature, account_parameters: &[String]) -> Vec<Field> {
    let lowered = parameters::lower(op);
    let mut out = Vec::new();
    for (p, low) in op.parameters.iter().zip(&lowered).filter(|(p, _)| p.styled && p.location != In::Path) {
        out.push(styled(p, &low.ident));
    }
    for input in signature.inputs.iter().skip(1) {
        let syn::FnArg::Typed(input) = input else { continue };
        let ident = input.pat.to_token_stream().to_string();
        if ident == "body" {
            out.push(body(op, &input.ty));
            continue;
        }
        let Some((p, low)) = op.parameters.iter().zip(&lowered).find(|(_, low)| low.ident == ident) else { continue };
        if p.styled {
            out.push(styled(p, &ident));
            continue;
        }
        let (optional, kind, by_reference) = shape(&input.ty);
        let own_account =
            p.location == In::Path && kind == "String" && account_parameters.iter().any(|a| p.name == a.as_str());
        let take = match () {
            _ if optional => None,
            _ if own_account => Some(format!("let {ident} = self.call.account({:?}, self.{ident}.take())?;", p.name)),
            _ if p.location == In::Path => {
                Some(format!("let {ident} = self.call.path({:?}, self.{ident}.take())?;", p.name))
            }
            _ => Some(format!("let {ident} = self.call.required({:?}, self.{ident}.take())?;", p.name)),
        };
        let argument = match (optional, by_reference, kind.as_str()) {
            (true, true, "String") => format!("self.{ident}.as_deref()"),
            // A list of nothing is not sent; in a query the runtime sees to it.
            (true, true, _) if low.joined && p.location == In::Header => {
                format!("self.{ident}.as_ref().filter(|list| !list.is_empty())")
            }
            (true, true, _) => format!("self.{ident}.as_ref()"),
            (true, false, _) => format!("self.{ident}"),
            (false, true, _) => format!("&{ident}"),
            (false, false, _) => ident.clone(),
        };
        let setter = setter(&kind);
        let doc = match own_account {
            true => about(p, &format!("Path parameter {}: the account of the login unless given.", p.name.code())),
            false => about(p, &declared(p, !optional)),
        };
        out.push(Field { ident, kind, setter, argument, take, doc });
    }
    out
}

/// A parameter that the runtime writes.
fn styled(p: &Parameter, ident: &str) -> Field {
    let kind = rust_type(&p.schema, "types::").replace("dintero_types::chrono::", "chrono::");
    let style = style(&p.style);
    let required = format!("let {ident} = self.call.required({:?}, self.{ident}.take())?;", p.name);
    let value = if p.required { format!("Some(&{ident})") } else { format!("self.{ident}.as_ref()") };
    let add = |what: &str| format!("self.call.add_{what}({:?}, {style}, {value})?;", p.name);
    let write = match p.location {
        In::Path => {
            let text = format!("self.call.styled({:?}, {style}, &{ident})?", p.name);
            format!("let {ident} = self.call.path({:?}, Some({text}))?;", p.name)
        }
        In::Query => add("query"),
        In::Header => add("header"),
        In::Cookie => add("cookie"),
    };
    let take = if p.required { format!("{required}\n        {write}") } else { write };
    let argument = if p.location == In::Path { format!("&{ident}") } else { String::new() };
    let form = match (p.location, p.style) {
        (In::Query, Style::Deep) => format!("Goes out as {}.", code(&[p.name.as_str(), "[..]=.."].concat())),
        (_, Style::Json) => "Goes out as JSON.".to_string(),
        _ => String::new(),
    };
    let doc = paragraphs(&[about(p, &declared(p, p.required)), form]);
    Field { ident: ident.into(), setter: setter(&kind), kind, argument, take: Some(take), doc }
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

fn body(op: &Operation, kind: &syn::Type) -> Field {
    let described = op.body.as_ref().map(|b| safe(&b.description)).unwrap_or_default();
    let required = op.body.as_ref().is_some_and(|b| b.required);
    let media = op.body.as_ref().map(|b| b.media_type.clone()).unwrap_or_default();
    let about = format!(
        "Request body, {}{}.",
        media.code(),
        if required { ", required" } else { "; none is sent unless given" }
    );
    let doc = paragraphs(&[about, described]);
    if typed_body(op) {
        let (_, kind, by_reference) = shape(kind);
        let setter = match setter(&kind) {
            Setter::Plain => Setter::Into,
            other => other,
        };
        return Field {
            ident: "body".into(),
            kind,
            setter,
            argument: if by_reference { "&body" } else { "body" }.into(),
            take: Some("let body = self.call.required(\"body\", self.body.take())?;".into()),
            doc,
        };
    }
    let Some(sent) = &op.body else {
        return Field {
            ident: "body".into(),
            kind: "Vec<u8>".into(),
            setter: Setter::Into,
            argument: "body".into(),
            take: None,
            doc,
        };
    };
    let kind = match body_kind(sent) {
        BodyKind::Json | BodyKind::Form | BodyKind::Multipart => rust_type(&sent.schema, "types::"),
        BodyKind::Parts => "dintero_client::Multipart".to_string(),
        BodyKind::Bytes => "Vec<u8>".to_string(),
    };
    let written = |value: &str| match body_kind(sent) {
        BodyKind::Json => format!("self.call.encode({value})?"),
        BodyKind::Form if sent.styles.is_empty() => format!("self.call.encode_form({value})?"),
        BodyKind::Form => {
            let styles: Vec<String> = sent.styles.iter().map(|(f, s)| format!("({f:?}, {})", style(s))).collect();
            format!("self.call.encode_form_with({value}, &[{}])?", styles.join(", "))
        }
        BodyKind::Multipart => format!("self.call.encode_multipart({value})?"),
        BodyKind::Parts => format!("self.call.encode_parts({value})"),
        BodyKind::Bytes => String::new(),
    };
    let take = match (body_kind(sent), required) {
        (BodyKind::Bytes, true) => "let body = self.call.required(\"body\", self.body.take())?;".to_string(),
        (BodyKind::Bytes, false) => "let body = self.body.take().unwrap_or_default();".to_string(),
        (_, true) => format!("let body = {};", written("Some(&self.call.required(\"body\", self.body.take())?)")),
        (_, false) => format!("let body = {};", written("self.body.as_ref()")),
    };
    Field { ident: "body".into(), setter: setter(&kind), kind, argument: "body".into(), take: Some(take), doc }
}

/// Whether an argument is optional, the owned type behind it, and whether it is taken by reference.
fn shape(kind: &syn::Type) -> (bool, String, bool) {
    let mut text = kind.to_token_stream().to_string().replace(' ', "");
    let optional = text.strip_prefix("Option<").and_then(|t| t.strip_suffix('>')).map(str::to_string);
    let is_optional = optional.is_some();
    if let Some(inner) = optional {
        text = inner;
    }
    let reference = text.strip_prefix("&'a").map(str::to_string);
    let by_reference = reference.is_some();
    if let Some(inner) = reference {
        text = inner;
    }
    (is_optional, short(&text), by_reference)
}

fn list_item(kind: &str) -> Option<String> {
    let (list, item) = kind.split_once('<')?;
    let known =
        matches!(list.strip_prefix("dintero_client::"), Some("CommaList" | "SpaceList" | "PipeList" | "TabList"));
    Some(item).filter(|_| known || list == "Vec").and_then(|t| t.strip_suffix('>')).map(str::to_string)
}
