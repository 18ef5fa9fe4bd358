//! The service as the passes see it: the document taken apart into operations and named schemas.
//!
//! A schema stays a JSON value in OpenAPI 3.0 form; the passes rewrite it until the generator can take it.

use crate::gate::text::Text;
use crate::key::{escape, unescape};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

/// Why and where a pass changed something, for `explain` and for warnings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The pass, by its file name.
    pub pass: &'static str,
    /// Where, as a JSON pointer into the document.
    pub pointer: String,
    /// What was done.
    pub what: String,
    /// Whether the document itself is at fault, so that a person should know.
    pub warning: bool,
}

/// One document on its way to a crate.
#[derive(Debug, Default)]
pub struct Service {
    /// The file, as told in messages.
    pub file: String,
    /// Name of the service (`payments`), also the crate's suffix.
    pub name: String,
    pub title: Text,
    pub description: Text,
    /// The part of the crate's README that was written by hand.
    pub page: String,
    /// `GET /a` -> the address of its page in the publisher's reference.
    pub reference: std::collections::BTreeMap<String, String>,
    /// Named schemas, in the document's order.
    pub schemas: IndexMap<String, Value>,
    pub operations: Vec<Operation>,
    /// Types that this project's macros make, not the generator.
    pub open_enums: IndexMap<String, OpenEnum>,
    pub unions: IndexMap<String, Union>,
    pub status_enums: IndexMap<String, StatusEnum>,
    /// Types that are part of a request: they get a constructor and setters.
    pub sent: std::collections::BTreeSet<String>,
    /// A second name of a type that has the same shape as another.
    pub aliases: IndexMap<String, String>,
    /// What Dintero sends to the merchant, one for each operation of that kind.
    pub deliveries: Vec<Delivery>,
    /// The types of events that can be subscribed to, where the document lists them.
    pub event_list: Vec<Text>,
    /// The places that each type serves, as the names lock has them.
    pub places: std::collections::BTreeMap<String, std::collections::BTreeSet<String>>,
    /// Types whose fields stay as they were when they were only read.
    pub read_first: std::collections::BTreeSet<String>,
    /// Type -> published name of a field -> its name in Rust.
    pub fields: std::collections::BTreeMap<String, std::collections::BTreeMap<String, String>>,
    /// Type that is sent, or method -> what it must be given.
    pub required: std::collections::BTreeMap<String, Required>,
    /// What a pass chose where the document leaves a choice -> the places, as the names lock has them.
    pub kinds: std::collections::BTreeMap<String, std::collections::BTreeSet<String>>,
    /// Published examples of texts and whole numbers that are short and plain, by their places as the names lock has them.
    pub examples: std::collections::BTreeMap<String, Value>,
    /// Objects that hold each other in fields that are always there.
    pub endless: crate::lower::circles::Circles,
    /// Type -> what the document calls it, or where it stands there.
    pub published: std::collections::BTreeMap<String, Text>,
    /// Type and published name of each optional field that the document lets be null.
    pub three_states: std::collections::BTreeSet<(String, Text)>,
    /// Where the document describes each type, as a JSON pointer.
    pub origins: IndexMap<String, String>,
    /// Places in the document that have the type of another place, with its name.
    pub twins: Vec<(String, String)>,
    /// Where these and the operations stand once it is of OpenAPI 3.0, if anything moved for that.
    pub converted: Option<Converted>,
    pub changes: Vec<Change>,
    /// Actions of the overlay that the document no longer needs.
    pub obsolete: Vec<crate::problem::Problem>,
}

impl Service {
    pub fn note(&mut self, pass: &'static str, pointer: impl Into<String>, what: impl Into<String>) {
        self.changes.push(Change { pass, pointer: pointer.into(), what: what.into(), warning: false });
    }

    pub fn warn(&mut self, pass: &'static str, pointer: impl Into<String>, what: impl Into<String>) {
        self.changes.push(Change { pass, pointer: pointer.into(), what: what.into(), warning: true });
    }

    /// Whether the crate has a type of this name, other than a second name.
    pub fn is_type(&self, name: &str) -> bool {
        self.schemas.contains_key(name)
            || self.status_enums.contains_key(name)
            || self.required.values().any(|required| required.type_name == name)
    }

    /// Whether a field may be absent, null or there, by the document's own word.
    pub fn has_three_states(&self, name: &str, wire: &str) -> bool {
        self.three_states.contains(&(name.to_string(), wire.into()))
    }

    /// Where the document describes a type.
    pub fn origin(&self, name: &str) -> String {
        origin(&self.origins, name)
    }

    /// The same in the document that was lowered, which is of OpenAPI 3.0 whatever was published.
    pub fn converted_origin(&self, name: &str) -> String {
        origin(self.converted.as_ref().map_or(&self.origins, |converted| &converted.origins), name)
    }

    /// Where the operations stand in that document, in their order.
    pub fn converted_operations(&self) -> impl Iterator<Item = &str> {
        let moved = self.converted.as_ref().map(|converted| converted.operations.as_slice());
        let own = self.operations.iter().map(|op| op.pointer.as_str());
        own.enumerate().map(move |(at, own)| moved.and_then(|all| all.get(at)).map_or(own, String::as_str))
    }

    /// Calls `f` for every schema that stands on its own: components, and those of parameters, bodies and responses.
    pub fn roots_mut(&mut self, mut f: impl FnMut(&Root, &mut Value)) {
        for (name, schema) in &mut self.schemas {
            let pointer = origin(&self.origins, name);
            let published = crate::document::component_of(&["#", pointer.as_str()].concat());
            let key = crate::key::component(published.as_deref().unwrap_or(name));
            let (context, position) = (vec![name.clone()], Position::Component);
            let root = Root { pointer, context, position, key, inline: None };
            f(&root, schema);
        }
        for op in &mut self.operations {
            let type_name = op.type_name();
            for p in &mut op.parameters {
                let root = Root {
                    pointer: p.pointer.clone(),
                    context: vec![type_name.clone(), p.name.to_string()],
                    position: Position::Parameter,
                    key: [op.name.as_str(), p.location.word(), &escape(&p.name)].join(" "),
                    inline: None,
                };
                f(&root, &mut p.schema);
            }
            if let Some(body) = &mut op.body {
                let root = Root {
                    pointer: body.pointer.clone(),
                    context: vec![match &body.component {
                        Some(name) => name.to_string(),
                        None => format!("{type_name} request"),
                    }],
                    position: Position::Request,
                    key: match &body.component {
                        Some(name) => ["request", &escape(name)].join(" "),
                        None => [op.name.as_str(), "request"].join(" "),
                    },
                    inline: body.component.as_ref().map(|_| [op.name.as_str(), "request"].join(" ")),
                };
                f(&root, &mut body.schema);
            }
            for response in &mut op.responses {
                let root = Root {
                    pointer: response.pointer.clone(),
                    context: vec![match &response.component {
                        Some(name) => name.to_string(),
                        None if response.is_success() => format!("{type_name} response"),
                        None => format!("{type_name} error"),
                    }],
                    position: Position::Response,
                    key: match &response.component {
                        Some(name) => ["response", &escape(name)].join(" "),
                        None => [op.name.as_str(), "response", response.status.as_str()].join(" "),
                    },
                    inline: (response.component.as_ref())
                        .map(|_| [op.name.as_str(), "response", response.status.as_str()].join(" ")),
                };
                if let Some(schema) = &mut response.schema {
                    f(&root, schema);
                }
            }
        }
    }
}

/// Places in the document that was lowered.
#[derive(Debug, Clone, Default)]
pub struct Converted {
    pub origins: IndexMap<String, String>,
    pub operations: Vec<String>,
}

fn origin(origins: &IndexMap<String, String>, name: &str) -> String {
    origins.get(name).cloned().unwrap_or_else(|| format!("/components/schemas/{}", crate::document::escape(name)))
}

/// What a value or a call must be given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Required {
    /// Together, in a struct of their own.
    pub by_name: bool,
    /// Path parameters, too: they have changed places.
    pub path_by_name: bool,
    /// The name of that struct.
    pub type_name: String,
    /// What is given, by its published name, with what it could be taken for; in the order of the arguments. Path
    /// parameters are not among them: their meaning is their place.
    pub list: Vec<(String, String)>,
    /// The path parameters that a method is given before them, by their places.
    pub path: Vec<(String, String)>,
}

/// Where a schema stands, which decides how it may be read and named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    Component,
    Parameter,
    Request,
    Response,
}

#[derive(Debug, Clone)]
pub struct Root {
    pub pointer: String,
    /// Words that name it, the outermost first.
    pub context: Vec<String>,
    pub position: Position,
    /// Where it is, in words that do not change when others come or change places: `#Thing` for a component,
    /// `get_thing response 200`.
    pub key: String,
    /// Where it would be if its request body or response were no component.
    pub inline: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OperationKind {
    /// The merchant calls Dintero.
    Call,
    /// Dintero sends it to the merchant; no method.
    Event,
}

#[derive(Debug, Clone)]
pub struct Operation {
    pub pointer: String,
    pub kind: OperationKind,
    /// Lower case.
    pub method: String,
    pub path: Text,
    /// Of an event or callback: its path below the house's prefix of such paths.
    pub event_path: Text,
    /// As published, or made from method and path.
    pub id: Text,
    /// Rust method name.
    pub name: String,
    pub summary: Text,
    pub description: Text,
    pub server: Text,
    /// The server of test accounts, where they have one of their own.
    pub test_server: Text,
    pub auth: Vec<SecurityScheme>,
    /// The service recognises a repeated call by an idempotency key.
    pub takes_key: bool,
    pub scopes: Vec<Text>,
    pub deprecated: bool,
    /// How the operation is known: `full`, `page`, `partial`, `title`; `published` for a fetched document.
    pub evidence: Text,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub responses: Vec<Response>,
    /// What the document or an overlay says of its behaviour.
    pub marks: Marks,
    pub idempotent: bool,
    pub moves_money: bool,
    /// What decided that it moves money, or that it does not.
    pub money_why: String,
    pub paging: Option<Paging>,
    /// What the method returns; settled by the responses pass.
    pub success: Success,
    /// The same with the statuses that came after the method was there, where that is something else.
    pub all_statuses: Option<Success>,
}

impl Root {
    /// Where the names lock has what was chosen for what stands at a pointer inside it. Members of a choice have no place of
    /// their own: they may change places.
    pub fn place(&self, pointer: &str) -> Option<String> {
        let inner = pointer.strip_prefix(self.pointer.as_str())?;
        let is_member = inner.contains("/oneOf/") || inner.contains("/anyOf/");
        (!is_member).then(|| [self.key.as_str(), inner].concat())
    }
}

impl Operation {
    pub fn method_upper(&self) -> String {
        self.method.to_uppercase()
    }

    /// `POST /transactions/{id}/capture`, as data.
    pub fn call(&self) -> String {
        [&self.method.to_uppercase(), self.path.as_str()].join(" ")
    }

    /// The name in type position, `CaptureTransaction`.
    pub fn type_name(&self) -> String {
        crate::names::type_name(&self.name)
    }

    /// The name of the constant in the operation table.
    pub fn constant(&self) -> String {
        self.name.trim_start_matches("r#").to_uppercase()
    }
}

/// Extensions that overrule what is derived.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    pub idempotent: Option<bool>,
    pub moves_money: Option<bool>,
    pub paging: Option<bool>,
    /// The events that a pseudo-operation stands for, where its own words do not tell.
    pub events: Vec<Text>,
}

/// A pseudo-operation: an event or a callback.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Of the operation.
    pub pointer: String,
    /// An event of a subscription; else a callback.
    pub is_event: bool,
    /// It has a signature header.
    pub signed: bool,
    /// The events that the document or an overlay says it is.
    pub marked: Vec<Text>,
    /// The events that its payload names.
    pub named: Vec<Text>,
    /// What it carries, for example.
    pub sample: Value,
}

/// How a list is read page by page; the same as the runtime's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paging {
    LastItem { param: Text, field: Text },
    Cursor { param: Text, cursor: Text, items: Text },
    LastKey { key: Text, items: Text, params: Vec<(Text, Text)> },
}

impl Paging {
    /// From the names lock.
    pub fn read(text: &str) -> Option<Self> {
        let (kind, parts) = text.split_once(": ")?;
        let parts: Vec<Text> = parts.split(", ").map(|part| Text::from(unescape(part))).collect();
        Some(match (kind, parts.as_slice()) {
            ("last item", [param, field]) => Self::LastItem { param: param.clone(), field: field.clone() },
            ("cursor", [param, cursor, items]) => {
                Self::Cursor { param: param.clone(), cursor: cursor.clone(), items: items.clone() }
            }
            ("last key", [key, items, params @ ..]) if !params.is_empty() && params.len() % 2 == 0 => Self::LastKey {
                key: key.clone(),
                items: items.clone(),
                params: params.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect(),
            },
            _ => return None,
        })
    }

    /// As the names lock has it.
    pub fn text(&self) -> String {
        let mut parts = Vec::new();
        let kind = match self {
            Self::LastItem { param, field } => {
                parts.extend([param.as_str(), field.as_str()]);
                "last item"
            }
            Self::Cursor { param, cursor, items } => {
                parts.extend([param.as_str(), cursor.as_str(), items.as_str()]);
                "cursor"
            }
            Self::LastKey { key, items, params } => {
                parts.extend([key.as_str(), items.as_str()]);
                parts.extend(params.iter().flat_map(|(param, field)| [param.as_str(), field.as_str()]));
                "last key"
            }
        };
        let parts: Vec<String> = parts.into_iter().map(escape).collect();
        [kind, ": ", &parts.join(", ")].concat()
    }

    /// Parameters have no order.
    pub fn sorted(&self) -> Self {
        let mut sorted = self.clone();
        if let Self::LastKey { params, .. } = &mut sorted {
            params.sort();
        }
        sorted
    }
}

/// One way to be let in, as the runtime knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityScheme {
    Bearer,
    Basic,
    ApiKey(Text),
    RawToken(Text),
    None,
}

impl SecurityScheme {
    /// Short form for tables.
    pub fn label(&self) -> String {
        match self {
            SecurityScheme::Bearer => "bearer".into(),
            SecurityScheme::Basic => "basic".into(),
            SecurityScheme::ApiKey(header) => header.line().to_lowercase(),
            SecurityScheme::RawToken(header) => format!("raw {}", header.line().to_lowercase()),
            SecurityScheme::None => "none".into(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum In {
    Path,
    Query,
    Header,
    Cookie,
}

impl In {
    /// As OpenAPI calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

/// How a list or an object is written; the same as the runtime's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Form,
    Joined(char),
    Deep,
    Json,
    Simple,
    Label { explode: bool },
    Matrix { explode: bool },
}

#[derive(Debug, Clone)]
pub struct Parameter {
    pub pointer: String,
    pub name: Text,
    /// Rust identifier, distinct within the operation; settled by the parameters pass.
    pub ident: String,
    pub location: In,
    pub required: bool,
    pub description: Text,
    pub schema: Value,
    pub style: Style,
    /// The runtime writes it by its style, since the generator cannot; settled by the parameters pass.
    pub styled: bool,
    pub deprecated: bool,
}

impl Parameter {
    /// What the names lock has it by. The name of a path parameter is not sent: its place is.
    pub fn key(&self, op: &Operation) -> String {
        let mut places = op.path.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name));
        match places.position(|name| self.location == In::Path && self.name == name) {
            Some(place) => format!("path {}", place + 1),
            None if self.location == In::Header => ["header", &self.name.as_str().to_lowercase()].join(" "),
            None => [self.location.word(), self.name.as_str()].join(" "),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Body {
    pub pointer: String,
    /// The component under `requestBodies`, if it is one.
    pub component: Option<Text>,
    pub required: bool,
    pub media_type: Text,
    pub description: Text,
    pub schema: Value,
    /// Fields of a form whose style is not the usual one.
    pub styles: Vec<(Text, Style)>,
}

#[derive(Debug, Clone)]
pub struct Response {
    pub pointer: String,
    /// The component under `responses`, if it is one.
    pub component: Option<Text>,
    /// `200`, `2XX`, `default`.
    pub status: Text,
    pub media_type: Text,
    /// None: no body.
    pub schema: Option<Value>,
}

impl Response {
    pub fn is_success(&self) -> bool {
        self.status.starts_with('2')
    }

    pub fn is_redirect(&self) -> bool {
        self.status.starts_with('3')
    }
}

/// What `send()` returns.
#[derive(Debug, Clone, PartialEq)]
pub enum Success {
    /// No body.
    Empty,
    /// A JSON body.
    Json(Value),
    /// A JSON body with some statuses, none with others.
    OptionalJson(Value),
    /// Bodies that differ by status: the name of a status enum.
    ByStatus(String),
    Text,
    /// Anything else, as a stream.
    Bytes,
    /// A documented 3xx.
    Redirect,
}

/// A string or integer enum that keeps values it does not know.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenEnum {
    pub description: Text,
    pub variants: Vec<Variant>,
    pub integer: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    pub ident: String,
    /// A string or an integer.
    pub value: Value,
}

/// A oneOf.
#[derive(Debug, Clone, PartialEq)]
pub struct Union {
    pub description: Text,
    pub discriminator: Option<Text>,
    pub members: Vec<Member>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub ident: String,
    pub schema: Value,
    pub tags: Vec<Text>,
    pub boxed: bool,
    pub description: Text,
}

/// One variant for each success status with a body of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusEnum {
    pub description: Text,
    pub variants: Vec<(u16, String, Option<Value>)>,
}
