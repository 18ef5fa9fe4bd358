//! Objects: the fields of a struct, each with its name in Rust and on the wire, its type, and when it is there.
//!
//! Decided here, once: types.rs is written of it, and drift compares it.

use super::syntax::{doc_of, type_text};
use crate::gate::{Text, marks};
use crate::lower::fields;
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
    /// The struct that its constructor takes, where what must be given is given by name.
    pub given: Option<String>,
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
        let mut object = Self { sent, given: None, doc: doc_of(&item.attrs), fields: Vec::new(), name };
        let wire_of = |field: &syn::Field, ident: &str| {
            serde_rename(&field.attrs).unwrap_or_else(|| ident.trim_start_matches("r#").to_string())
        };
        let none = BTreeMap::new();
        let idents = service.fields.get(&object.name).unwrap_or(&none);
        for field in item.fields {
            let Some(made) = field.ident.as_ref().map(ToString::to_string) else { continue };
            let wire = wire_of(&field, &made);
            let key = if is_rest(&field) { fields::REST.to_string() } else { fields::key(&wire) };
            let ident = idents.get(&key).cloned().unwrap_or(made);
            object.fields.push(object.field(service, idents, ident, wire, &field, sensitive));
        }
        object.fields.sort_by(|a, b| a.ident.cmp(&b.ident));
        if let Some(required) = service.required.get(&object.name) {
            let place = |field: &Field| required.list.iter().position(|(wire, _)| field.wire == wire.as_str());
            object.fields.sort_by_key(|field| match field.presence {
                Presence::Required => place(field).unwrap_or(usize::MAX - 1),
                _ => usize::MAX,
            });
            object.given = required.by_name.then(|| required.type_name.clone());
        }
        object
    }

    /// typify boxes wherever types come round in a circle, so that a new optional field would box an old one. Optional
    /// objects are boxed anyway: only what every value holds for sure has to be.
    fn unboxed(&self, service: &Service, kind: String) -> String {
        match kind.strip_prefix("Box<").and_then(|k| k.strip_suffix('>')) {
            Some(inner) if !service.endless.are_on_one(&self.name, inner) => inner.to_string(),
            _ => kind,
        }
    }

    fn field(
        &self,
        service: &Service,
        idents: &BTreeMap<String, String>,
        ident: String,
        wire: String,
        field: &syn::Field,
        sensitive: &[String],
    ) -> Field {
        let kind = self.unboxed(service, type_text(&field.ty));
        let doc = doc_of(&field.attrs);
        let property = service.schemas.get(&self.name).map(|s| &s["properties"][wire.as_str()]);
        let inner = kind.strip_prefix("Option<").and_then(|k| k.strip_suffix('>'));
        let wire = if is_rest(field) { ident.clone() } else { wire };
        let hidden = is_sensitive(&wire, inner.unwrap_or(&kind), property, sensitive);
        // A large object that is mostly absent would make everything that may hold it large; boxed by one rule whatever
        // its size, so that a new field does not change the type of another.
        let boxed = inner
            .filter(|i| service.schemas.get(*i).is_some_and(|s| form(s) == Form::Struct))
            .map(|i| format!("Box<{i}>"));
        let inner = boxed.as_deref().or(inner);
        // A required field that may be null is always written, as null if need be.
        let may_be_absent = inner.filter(|_| has(field, "skip_serializing_if"));
        let three_states = self.sent
            && !service.read_first.contains(&self.name)
            && property.is_some_and(|p| p[marks::THREE_STATES] == true);
        let (presence, kind, reader) = match may_be_absent {
            _ if is_rest(field) => (Presence::Rest, kind.clone(), None),
            Some(inner) if three_states => {
                let made = || format!("{}_null", ident.trim_end_matches('_'));
                let nuller = idents.get(&fields::null(&wire)).cloned().unwrap_or_else(made);
                (Presence::Nullable(nuller), inner.to_string(), None)
            }
            Some(inner) => (Presence::Optional, inner.to_string(), reader(inner).map(|r| format!("Option{r}"))),
            None => {
                let reader = match inner {
                    Some(inner) => reader(inner).map(|r| format!("Option{r}")),
                    None => reader(&kind).map(str::to_string),
                };
                let kind = boxed.as_ref().map_or(kind.clone(), |boxed| format!("Option<{boxed}>"));
                (Presence::Required, kind, reader)
            }
        };
        Field { ident, wire: wire.into(), kind, reader, presence, hidden, doc }
    }
}

fn has(field: &syn::Field, word: &str) -> bool {
    field.attrs.iter().any(|a| a.to_token_stream().to_string().contains(word))
}

/// Whether it is the map of all other fields.
fn is_rest(field: &syn::Field) -> bool {
    has(field, "flatten")
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
