//! Objects: the fields of a struct, each with its name in Rust and on the wire, its type, and when it is there.
//!
//! Decided here, once: types.rs is written of it, and drift compares it.

use crate::emit::tidy::{doc_of, type_text};
use crate::gate::{Text, marks};
use crate::lower::schema::{Form, form};
use crate::model::Service;
use quote::ToTokens;
use std::collections::BTreeMap;

/// A struct of named fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    pub name: String,
    /// It is part of a request: it has a constructor and setters.
    pub sent: bool,
    /// As published; empty where the document says nothing.
    pub doc: String,
    /// Those that are always there first in their order, which is that of the constructor.
    pub fields: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub ident: String,
    pub wire: Text,
    /// Behind the `Option` of a field that may be absent.
    pub kind: String,
    /// How the runtime reads it, where it has a way of its own.
    pub reader: Option<String>,
    pub presence: Presence,
    /// `Debug` shows only that it is set.
    pub hidden: bool,
    pub doc: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    Required,
    Optional,
    /// It may also be sent as null, by a setter of this name.
    Nullable(String),
    /// The map of all fields that have no name here.
    Rest,
}

impl Object {
    /// Of a struct that typify made.
    pub fn of(service: &Service, item: syn::ItemStruct, sensitive: &[String]) -> Self {
        let name = item.ident.to_string();
        let sent = service.sent.contains(&name);
        let mut object = Self { sent, doc: doc_of(&item.attrs), fields: Vec::new(), name };
        let wire_of = |field: &syn::Field, ident: &str| {
            serde_rename(&field.attrs).unwrap_or_else(|| ident.trim_start_matches("r#").to_string())
        };
        // Of two published names that meet in Rust, the one that is a Rust name keeps it.
        let mut fields: Vec<(String, String, syn::Field)> = Vec::new();
        for field in item.fields {
            let Some(ident) = field.ident.as_ref().map(ToString::to_string) else { continue };
            fields.push((ident.clone(), wire_of(&field, &ident), field));
        }
        fields.sort_by(|(a, wire_a, _), (b, wire_b, _)| a.cmp(b).then((wire_b == b).cmp(&(wire_a == a))));
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for (ident, wire, field) in fields {
            let count = seen.entry(ident.clone()).or_default();
            *count += 1;
            // Two published names that meet in Rust, or a name that every object has; the wire name is in the attribute.
            let ident = match *count {
                1 if ["new", "unknown"].contains(&ident.as_str()) => format!("{ident}_"),
                1 => ident,
                n => format!("{}_{n}", ident.trim_end_matches('_')),
            };
            object.fields.push(object.field(service, ident, wire, &field, sensitive));
        }
        object
    }

    fn field(&self, service: &Service, ident: String, wire: String, field: &syn::Field, sensitive: &[String]) -> Field {
        let has = |word: &str| field.attrs.iter().any(|a| a.to_token_stream().to_string().contains(word));
        let kind = type_text(&field.ty);
        let doc = doc_of(&field.attrs);
        let property = service.schemas.get(&self.name).map(|s| &s["properties"][wire.as_str()]);
        let inner = kind.strip_prefix("Option<").and_then(|k| k.strip_suffix('>'));
        let wire = if has("flatten") { ident.clone() } else { wire };
        let hidden = is_sensitive(&wire, inner.unwrap_or(&kind), property, sensitive);
        // A large object that is mostly absent would make everything that may hold it large; boxed by one rule whatever
        // its size, so that a new field does not change the type of another.
        let boxed = inner
            .filter(|i| service.schemas.get(*i).is_some_and(|s| form(s) == Form::Struct))
            .map(|i| format!("Box<{i}>"));
        let inner = boxed.as_deref().or(inner);
        // A required field that may be null is always written, as null if need be.
        let may_be_absent = inner.filter(|_| has("skip_serializing_if"));
        let three_states = self.sent && property.is_some_and(|p| p[marks::THREE_STATES] == true);
        let (presence, kind, reader) = match may_be_absent {
            _ if has("flatten") => (Presence::Rest, kind.clone(), None),
            Some(inner) if three_states => {
                (Presence::Nullable(format!("{}_null", ident.trim_end_matches('_'))), inner.to_string(), None)
            }
            Some(inner) => (Presence::Optional, inner.to_string(), reader(inner).map(|r| format!("Option{r}"))),
            None => {
                let reader = match inner {
                    Some(inner) => reader(inner).map(|r| format!("Option{r}")),
                    None => reader(&kind).map(str::to_string),
                };
                (Presence::Required, kind.clone(), reader)
            }
        };
        Field { ident, wire: wire.into(), kind, reader, presence, hidden, doc }
    }
}

/// How the runtime reads it, where it has a way of its own.
fn reader(kind: &str) -> Option<&'static str> {
    match kind {
        "chrono::DateTime<chrono::Utc>" => Some("Time"),
        "chrono::NaiveDate" => Some("Day"),
        "i64" => Some("Integer"),
        _ => None,
    }
}

/// Marked in the document, or a plain value whose name says so; what is inside an object is asked by itself.
fn is_sensitive(wire: &str, kind: &str, property: Option<&serde_json::Value>, words: &[String]) -> bool {
    if let Some(marked) = property.and_then(|p| p[marks::SENSITIVE].as_bool()) {
        return marked;
    }
    let inner = kind.trim_start_matches("Vec<").trim_start_matches("Option<").trim_end_matches('>');
    let plain = ["String", "i64", "f64", "chrono::NaiveDate", "serde_json::Value"].contains(&inner);
    let name: Vec<String> = crate::names::snake(wire).split('_').map(crate::names::singular).collect();
    let named = words.iter().any(|w| {
        let w: Vec<&str> = w.split('_').collect();
        name.windows(w.len()).any(|part| part.iter().zip(&w).all(|(a, b)| a == b))
    });
    // `token_type` and the like say what kind of thing it is.
    let telling = name.last().is_some_and(|last| ["type", "provider", "status", "url"].contains(&last.as_str()));
    plain && named && !telling
}

fn serde_rename(attrs: &[syn::Attribute]) -> Option<String> {
    let mut out = None;
    for attr in attrs.iter().filter(|a| a.path().is_ident("serde")) {
        let _ = attr.parse_nested_meta(|meta| {
            if meta.input.peek(syn::Token![=]) {
                let value: syn::Expr = meta.value()?.parse()?;
                if meta.path.is_ident("rename")
                    && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = value
                {
                    out = Some(text.value());
                }
            }
            Ok(())
        });
    }
    out
}
