//! The schemas of a document as JSON Schema, and validators for places in it.

mod cycles;
mod flat;
mod judge;
mod translate;
mod violation;

pub(crate) use flat::{Flat, types};
pub(crate) use judge::{Kind, Misfit, Pattern, Validator};
pub use violation::Violation;
pub(crate) use violation::violations;

use crate::document::Document;
use crate::pointer;
use judge::Patterns;
use serde_json::Value;

/// Whom a schema is for: `readOnly` and `writeOnly` make it another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// What the caller sends.
    Request,
    /// The same, with `readOnly` fields refused.
    StrictRequest,
    /// What is answered.
    Response,
}

/// The document with every schema in it as JSON Schema 2020-12, at the pointers of the document.
#[derive(Debug)]
pub(crate) struct Schemas {
    root: Value,
    patterns: Patterns,
    /// What had to be left out, each with its pointer.
    pub(crate) notes: Vec<String>,
}

impl Schemas {
    pub(crate) fn of(document: &Document, side: Side) -> Self {
        let (mut root, mut notes) = translate::document(document, side);
        cycles::cut(&mut root, &mut notes);
        Self { root, patterns: Patterns::default(), notes }
    }

    /// The translated schema at a pointer of the document.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Value> {
        self.root.pointer(pointer)
    }

    /// The schema that a `$ref` of a translated schema names.
    pub(crate) fn target(&self, reference: &str) -> Option<&Value> {
        self.at(&pointer::of_reference(reference)?)
    }

    /// A validator for the schema at a pointer of the document.
    pub(crate) fn validator(&self, pointer: &str) -> Result<Validator, String> {
        let schema = self.at(pointer).ok_or_else(|| format!("there is no {pointer}"))?;
        Validator::of(&self.root, schema, &self.patterns)
    }
}
