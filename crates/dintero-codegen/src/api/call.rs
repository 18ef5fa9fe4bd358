//! Calls: what each takes, of which types, and what it gives back.
//!
//! Decided here, once: the builders, the mocks and the tests are written of it, and drift compares it.

use crate::gate::marks;
use crate::lower::assemble::typed_body;
use crate::lower::bodies::{BodyKind, body_kind};
use crate::lower::collect::{is_json, template};
use crate::lower::parameters::{self, Lowered};
use crate::lower::rust_type::rust_type;
use crate::lower::schema::referred;
use crate::model::{Body, In, Operation, OperationKind, Paging, Parameter, Service, Success};
use serde_json::Value;

/// An operation that the merchant calls.
#[derive(Debug)]
pub struct Call {
    /// Its place in the operations of the service.
    pub operation: usize,
    pub fields: Vec<Field>,
    /// What the method must be given, by its place among the fields: path parameters in the path's order, then the rest in
    /// the order of the names lock. All else has a setter.
    pub arguments: Vec<usize>,
    /// The struct that takes those that are no path parameters, where they are given by name.
    pub given: Option<String>,
    /// It takes the path parameters as well.
    pub path_by_name: bool,
}

impl Call {
    /// Of an operation by its place among those of the service.
    pub fn of(service: &Service, operation: usize, account_parameters: &[String]) -> Self {
        let op = &service.operations[operation];
        let fields = fields(op, account_parameters);
        let key = |field: &Field| match field.part {
            Part::Parameter(at) => op.parameters[at].key(op),
            Part::Body => "body".to_string(),
        };
        let is_path = |field: &Field| match field.part {
            Part::Parameter(at) => op.parameters[at].location == In::Path && !field.own_account,
            Part::Body => false,
        };
        let mut arguments: Vec<usize> = (0..fields.len()).filter(|at| is_path(&fields[*at])).collect();
        let required = service.required.get(&op.name).cloned().unwrap_or_default();
        let place = |wire: &String| fields.iter().position(|field| key(field) == *wire);
        arguments.extend(required.list.iter().filter_map(|(wire, _)| place(wire)));
        let path_by_name = required.path_by_name;
        Self { operation, fields, arguments, given: required.by_name.then_some(required.type_name), path_by_name }
    }

    /// What the method is given one by one.
    pub fn positional(&self, service: &Service) -> Vec<&Field> {
        let all = self.arguments.iter().map(|at| &self.fields[*at]);
        all.filter(|field| self.given.is_none() || self.is_in_path(service, field)).collect()
    }

    /// What it is given by name.
    pub fn named(&self, service: &Service) -> Vec<&Field> {
        let all = self.arguments.iter().map(|at| &self.fields[*at]);
        all.filter(|field| self.given.is_some() && !self.is_in_path(service, field)).collect()
    }

    /// What may be given, by a setter.
    pub fn optional(&self) -> impl Iterator<Item = &Field> {
        let given = |at: &usize| self.arguments.contains(at);
        self.fields.iter().enumerate().filter(move |(at, _)| !given(at)).map(|(_, field)| field)
    }

    fn is_in_path(&self, service: &Service, field: &Field) -> bool {
        match field.part {
            Part::Parameter(at) => self.operation(service).parameters[at].location == In::Path && !self.path_by_name,
            Part::Body => false,
        }
    }

    pub fn operation<'a>(&self, service: &'a Service) -> &'a Operation {
        &service.operations[self.operation]
    }
}

/// What a call takes: a parameter, or the body.
#[derive(Debug)]
pub struct Field {
    pub ident: String,
    /// What the field holds once set.
    pub kind: String,
    pub setter: Setter,
    /// What of the request it gives.
    pub part: Part,
    /// A list that is one value on the wire.
    pub joined: bool,
    /// It names the caller's own account, so that the login knows it.
    pub own_account: bool,
    /// Its type as the generator has it, by the name of its argument; none where the generator has no such thing.
    pub generated: Option<String>,
    /// In which turn it is written: plain values, then lists that are one value, then what has a style of its own.
    pub turn: u8,
}

/// A part of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// By its place among the parameters of the operation.
    Parameter(usize),
    Body,
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

/// What the builder of an operation takes: what has a style of its own, then the path in its order, the query and the
/// headers by their names, and the body.
pub fn fields(op: &Operation, account_parameters: &[String]) -> Vec<Field> {
    let lowered = parameters::lower(op);
    let all: Vec<(usize, &Parameter, &Lowered)> =
        op.parameters.iter().zip(&lowered).enumerate().map(|(at, (p, low))| (at, p, low)).collect();
    let mut out = Vec::new();
    let own = all.iter().filter(|(_, p, _)| p.styled && p.location != In::Path);
    out.extend(own.map(|(at, p, low)| styled(*at, p, &low.ident)));
    for name in template(&op.path) {
        let named = |(_, p, _): &&(usize, &Parameter, &Lowered)| p.location == In::Path && p.name == name.as_str();
        out.extend(all.iter().find(named).map(|(at, p, low)| plain(*at, p, low, account_parameters)));
    }
    for place in [In::Query, In::Header] {
        let mut of_place: Vec<_> = all.iter().filter(|(_, p, _)| p.location == place && !p.styled).collect();
        of_place.sort_by(|(_, _, a), (_, _, b)| a.ident.cmp(&b.ident));
        out.extend(of_place.into_iter().map(|(at, p, low)| plain(*at, p, low, account_parameters)));
    }
    out.extend(op.body.as_ref().map(|sent| body(op, sent)));
    out
}

/// A plain value, or a list of such.
fn plain(at: usize, p: &Parameter, low: &Lowered, account_parameters: &[String]) -> Field {
    if p.styled {
        return styled(at, p, &low.ident);
    }
    let kind = wire_type(&low.schema);
    let own_account = parameters::is_own_account(p, low, account_parameters);
    Field {
        ident: low.ident.clone(),
        setter: setter(&kind),
        part: Part::Parameter(at),
        joined: low.joined,
        own_account,
        generated: Some(kind.clone()),
        kind,
        turn: u8::from(low.joined && p.location == In::Query),
    }
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
fn styled(at: usize, p: &Parameter, ident: &str) -> Field {
    let kind = rust_type(&p.schema, "types::").replace("dintero_types::chrono::", "chrono::");
    let turn = if p.location == In::Path { 0 } else { 2 };
    Field {
        ident: ident.into(),
        setter: setter(&kind),
        part: Part::Parameter(at),
        joined: false,
        own_account: false,
        generated: None,
        kind,
        turn,
    }
}

/// Numbers and lists are given as they are; everything else as whatever becomes it.
fn setter(kind: &str) -> Setter {
    match list_item(kind) {
        Some(item) => Setter::Each(item),
        None if matches!(kind, "i64" | "f64" | "bool") => Setter::Plain,
        None => Setter::Into,
    }
}

fn body(op: &Operation, sent: &Body) -> Field {
    let kind = match body_kind(sent) {
        BodyKind::Json | BodyKind::Form | BodyKind::Multipart => {
            rust_type(&sent.schema, "types::").replace("dintero_types::chrono::", "chrono::")
        }
        BodyKind::Parts => "dintero_client::Multipart".to_string(),
        BodyKind::Bytes => "Vec<u8>".to_string(),
    };
    let setter = match setter(&kind) {
        Setter::Plain if typed_body(op) => Setter::Into,
        other => other,
    };
    let generated = typed_body(op).then(|| kind.clone());
    Field {
        ident: "body".into(),
        setter,
        part: Part::Body,
        joined: false,
        own_account: false,
        generated,
        kind,
        turn: 0,
    }
}

fn list_item(kind: &str) -> Option<String> {
    let (list, item) = kind.split_once('<')?;
    let known =
        matches!(list.strip_prefix("dintero_client::"), Some("CommaList" | "SpaceList" | "PipeList" | "TabList"));
    Some(item).filter(|_| known || list == "Vec").and_then(|t| t.strip_suffix('>')).map(str::to_string)
}

/// The return type and the runtime's function that reads it.
pub fn returns(op: &Operation) -> (String, &'static str) {
    returned(&op.success)
}

/// The same for what a call gives.
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

/// The media types that it asks for.
pub fn accept(op: &Operation) -> String {
    match &op.success {
        Success::Json(_) | Success::OptionalJson(_) | Success::ByStatus(_) => {
            let mut media: Vec<&str> =
                op.responses.iter().map(|a| a.media_type.as_str()).filter(|m| is_json(m)).collect();
            media.sort_unstable();
            media.dedup();
            if media.is_empty() { "application/json".into() } else { media.join(", ") }
        }
        Success::Text => "text/plain".into(),
        Success::Bytes => {
            let mut media: Vec<&str> = op
                .responses
                .iter()
                .filter(|a| a.is_success())
                .map(|a| a.media_type.as_str())
                .filter(|m| !m.is_empty())
                .collect();
            media.dedup();
            // A download declared as JSON comes as whatever the file is.
            if media.iter().any(|m| m.contains("json")) { String::new() } else { media.join(", ") }
        }
        Success::Empty | Success::Redirect if op.kind == OperationKind::Call => "application/json".into(),
        _ => String::new(),
    }
}
