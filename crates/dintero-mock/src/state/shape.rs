//! The shape that a document gives the answers of the lifecycle, filled with what is known.

use crate::answer::Answered;
use crate::document::Document;
use crate::operation::Operation;
use crate::part;
use crate::pointer;
use crate::sample::{Fill, Maker};
use crate::schema::{Flat, Side, Validator};
use axum::http::StatusCode;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An object that is answered.
pub(super) struct Shape {
    status: StatusCode,
    /// What the document requires and nobody knows.
    base: Map<String, Value>,
    /// The fields that the document has; none if it names none.
    known: Option<BTreeSet<String>>,
    /// For fields that hold objects, or lists of them, the fields that those have.
    within: BTreeMap<String, BTreeSet<String>>,
    validator: Option<Validator>,
}

impl Shape {
    pub(super) fn of(document: &Document, pointer: &str, status: StatusCode, seed: u64, free_maps: &[String]) -> Self {
        let schemas = document.schemas(Side::Response);
        let validator = schemas.validator(pointer).ok();
        let mut maker = Maker::new(document, Side::Response, Fill::Required, seed);
        let base = match maker.make(pointer, validator.as_ref()) {
            Value::Object(base) => base,
            _ => Map::new(),
        };
        let mut shape = Self { status, base, known: None, within: BTreeMap::new(), validator };
        let Some(schema) = schemas.at(pointer) else { return shape };
        let flat = Flat::of(schemas, &[schema], &mut |_| 0);
        let owned = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
        let known = owned(part::names(&flat));
        for name in known.iter().filter(|name| !free_maps.contains(name)) {
            let property: Vec<&Value> = flat.each("properties").filter_map(|p| p.get(name)).collect();
            let inner = Flat::of(schemas, &property, &mut |_| 0);
            let items: Vec<&Value> = inner.each("items").collect();
            let inner = if items.is_empty() { inner } else { Flat::of(schemas, &items, &mut |_| 0) };
            let names = owned(part::names(&inner));
            if !names.is_empty() {
                shape.within.insert(name.clone(), names);
            }
        }
        shape.known = (!known.is_empty()).then_some(known);
        shape
    }

    pub(super) fn fill(&self, fields: &Map<String, Value>) -> Answered {
        Answered::json(self.status, &self.value(fields))
    }

    /// The known fields in the document's shape; a field that does not fit is left out.
    pub(super) fn value(&self, fields: &Map<String, Value>) -> Value {
        let mut out = self.base.clone();
        for (name, value) in fields {
            if self.known.as_ref().is_none_or(|known| known.contains(name)) {
                out.insert(name.clone(), self.narrowed(name, value));
            }
        }
        let mut value = Value::Object(out);
        let Some(validator) = &self.validator else { return value };
        let misfits = validator.misfits(&value, usize::MAX);
        let misfits: BTreeSet<String> = misfits.iter().filter_map(|misfit| pointer::first(&misfit.place)).collect();
        if let Value::Object(out) = &mut value {
            for name in misfits {
                match self.base.get(&name) {
                    Some(base) => out.insert(name, base.clone()),
                    None => out.remove(&name),
                };
            }
        }
        value
    }

    /// Without fields that the document does not have there.
    fn narrowed(&self, name: &str, value: &Value) -> Value {
        let Some(known) = self.within.get(name) else { return value.clone() };
        let narrow = |value: &Value| match value {
            Value::Object(map) => {
                let kept = map.iter().filter(|(name, _)| known.contains(*name));
                Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
            }
            other => other.clone(),
        };
        match value {
            Value::Array(list) => list.iter().map(narrow).collect(),
            other => narrow(other),
        }
    }
}

/// A list that is answered, bare or under a key.
pub(super) struct Listing {
    status: StatusCode,
    key: Option<String>,
    base: Map<String, Value>,
    has_cursor: bool,
    items: Shape,
    /// The page's size when none is asked for.
    pub(super) limit: usize,
    /// Whether the document has an answer for a bad request.
    pub(super) refuses: bool,
}

impl Listing {
    pub(super) fn of(operation: &Arc<Operation>, seed: u64, free_maps: &[String]) -> Option<Self> {
        let (status, _) = crate::answer::success(operation);
        let pointer = part::answer_pointer(operation)?;
        let (key, items) = part::list_of(operation, &pointer)?;
        let whole = Shape::of(&operation.document, &pointer, status, seed, free_maps);
        let limit = operation.parameters.iter().find(|p| p.name == "limit").and_then(|p| p.schema.as_deref());
        let limit = limit.and_then(|p| operation.document.schemas(Side::Request).at(p)?.get("default")?.as_u64());
        Some(Self {
            status,
            has_cursor: whole.known.is_some_and(|known| known.contains("starting_after")),
            base: whole.base,
            key,
            items: Shape::of(&operation.document, &items, status, seed, free_maps),
            limit: limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(10),
            refuses: crate::answer::documented(operation, StatusCode::BAD_REQUEST).is_some(),
        })
    }

    pub(super) fn fill(&self, items: &[&Map<String, Value>], next: Option<&str>) -> Answered {
        let list: Value = items.iter().map(|fields| self.items.value(fields)).collect();
        let Some(key) = &self.key else { return Answered::json(self.status, &list) };
        let mut out = self.base.clone();
        out.insert(key.clone(), list);
        out.remove("starting_after");
        if let Some(next) = next.filter(|_| self.has_cursor) {
            out.insert("starting_after".into(), next.into());
        }
        Answered::json(self.status, &Value::Object(out))
    }
}
