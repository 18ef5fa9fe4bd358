//! builder.rs: one small builder for each call, made from the signature of the generator's function.

use super::docs::{lines, paragraphs, safe};
use super::rust_type::rust_type;
use super::tidy::short;
use crate::lower::assemble::typed_body;
use crate::lower::collect::is_json;
use crate::lower::parameters;
use crate::lower::schema::referred;
use crate::model::{In, Operation, Paging, Service, Success};
use crate::names::snake;
use quote::ToTokens;
use std::fmt::Write;

/// A field of the builder.
struct Field {
    ident: String,
    /// What the field holds once set.
    kind: String,
    setter: Setter,
    /// How it is handed to the generator's function.
    argument: String,
    /// The statement that takes it out of the builder, if it must be there.
    take: Option<String>,
    doc: String,
}

enum Setter {
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
         {paged}impl {name} {{\n    pub(crate) fn new(transport: &Transport) -> Self {{\n        Self {{\n            call: transport.call(&operations::{}),\n",
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
            "    pub fn {0}(mut self, value: {argument}) -> Self {{\n        self.{0} = Some({value});\n        self\n    }}\n",
            f.ident
        );
    }
    let (returns, reader) = returns(op);
    let _ = write!(
        out,
        "\n    /// Sends the request.\n    pub async fn send(self) -> Result<Response<{returns}>, Error> {{\n"
    );
    for take in fields.iter().filter_map(|f| f.take.as_ref()) {
        let _ = writeln!(out, "        {take}");
    }
    let arguments: Vec<&str> = fields.iter().map(|f| f.argument.as_str()).collect();
    let _ = write!(
        out,
        "        let answer = raw::Client::of(&self.call).{}({}).await;\n        self.call.{reader}(answer).await\n    }}\n}}\n",
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

fn fields(op: &Operation, signature: &syn::Signature, account_parameters: &[String]) -> Vec<Field> {
    let lowered = parameters::lower(op);
    let mut out = Vec::new();
    for input in signature.inputs.iter().skip(1) {
        let syn::FnArg::Typed(input) = input else { continue };
        let ident = input.pat.to_token_stream().to_string();
        if ident == "body" {
            out.push(body(op, &input.ty));
            continue;
        }
        let Some((p, low)) = op.parameters.iter().zip(&lowered).find(|(_, low)| low.ident == ident) else { continue };
        let (optional, kind, by_reference) = shape(&input.ty);
        let own_account = p.location == In::Path && kind == "String" && account_parameters.contains(&p.name);
        let take = match () {
            _ if optional => None,
            _ if own_account => Some(format!("let {ident} = self.call.account({:?}, self.{ident})?;", p.name)),
            _ if p.location == In::Path => Some(format!("let {ident} = self.call.path({:?}, self.{ident})?;", p.name)),
            _ => Some(format!("let {ident} = self.call.required({:?}, self.{ident})?;", p.name)),
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
        let setter = match list_item(&kind) {
            Some(item) => Setter::Each(item),
            None if matches!(kind.as_str(), "i64" | "f64" | "bool") => Setter::Plain,
            None => Setter::Into,
        };
        let described = p.schema["description"].as_str().unwrap_or_default();
        let text = match (safe(&p.description), safe(described)) {
            (a, b) if a.is_empty() => b,
            (a, b) if a.contains(&b) => a,
            (a, b) => paragraphs(&[a, b]),
        };
        let place = match p.location {
            In::Path => "Path",
            In::Query => "Query",
            In::Header => "Header",
        };
        let mut about = format!("{place} parameter `{}`{}.", p.name, if optional { "" } else { ", required" });
        if own_account {
            about = format!("Path parameter `{}`: the account of the login unless given.", p.name);
        }
        if p.deprecated {
            about.push_str(" Deprecated.");
        }
        out.push(Field { ident, kind, setter, argument, take, doc: paragraphs(&[about, text]) });
    }
    out
}

fn body(op: &Operation, kind: &syn::Type) -> Field {
    let described = op.body.as_ref().map(|b| safe(&b.description)).unwrap_or_default();
    let required = op.body.as_ref().is_some_and(|b| b.required);
    let media = op.body.as_ref().map(|b| b.media_type.clone()).unwrap_or_default();
    let about =
        format!("Request body, `{media}`{}.", if required { ", required" } else { "; none is sent unless given" });
    let doc = paragraphs(&[about, described]);
    if typed_body(op) {
        let (_, kind, _) = shape(kind);
        let setter = match list_item(&kind) {
            Some(item) => Setter::Each(item),
            None => Setter::Into,
        };
        return Field {
            ident: "body".into(),
            kind,
            setter,
            argument: "&body".into(),
            take: Some("let body = self.call.required(\"body\", self.body)?;".into()),
            doc,
        };
    }
    let schema = op.body.as_ref().map(|b| b.schema.clone()).unwrap_or_default();
    let form = media.to_lowercase().starts_with("application/x-www-form-urlencoded");
    let (kind, write) = match () {
        _ if is_json(&media) => (rust_type(&schema, "types::"), "encode"),
        _ if form => (rust_type(&schema, "types::"), "encode_form"),
        _ => ("Vec<u8>".to_string(), ""),
    };
    let take = match (write, required) {
        ("", true) => "let body = self.call.required(\"body\", self.body)?;".to_string(),
        ("", false) => "let body = self.body.unwrap_or_default();".to_string(),
        (write, true) => format!("let body = self.call.{write}(Some(&self.call.required(\"body\", self.body)?))?;"),
        (write, false) => format!("let body = self.call.{write}(self.body.as_ref())?;"),
    };
    Field { ident: "body".into(), kind, setter: Setter::Into, argument: "body".into(), take: Some(take), doc }
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
