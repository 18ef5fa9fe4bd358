//! The schemas of a document as JSON Schema, and validators for places in it.

mod cycles;
mod flat;
mod translate;
mod violation;

pub(crate) use flat::{Flat, types};
pub use violation::Violation;
pub(crate) use violation::violations;

use crate::document::Document;
use crate::pointer;
use jsonschema::{Draft, PatternOptions, Registry, Validator};
use serde_json::{Value, json};
use std::sync::Arc;

/// Address that the translated document has within the validator.
const BASE: &str = "mock:/document";

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
    root: Arc<Value>,
    registry: Option<Registry<'static>>,
    /// What had to be left out, each with its pointer.
    pub(crate) notes: Vec<String>,
}

impl Schemas {
    pub(crate) fn of(document: &Document, side: Side) -> Self {
        let (mut root, mut notes) = translate::document(document, side);
        cycles::cut(&mut root, &mut notes);
        let root = Arc::new(root);
        let registry = Registry::new()
            .draft(Draft::Draft202012)
            .add(BASE, Arc::clone(&root))
            .and_then(|builder| builder.prepare())
            .map_err(|why| notes.push(format!("the schemas of `{}` cannot be used: {why}", document.service)))
            .ok();
        Self { root, registry, notes }
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
        let registry = self.registry.as_ref().ok_or("the document's schemas cannot be used")?;
        let schema = json!({"$ref": format!("{BASE}{}", pointer::to_reference(pointer))});
        options().with_registry(registry).build(&schema).map_err(|why| why.to_string())
    }
}

/// As all validators are built here.
fn options<'a>() -> jsonschema::ValidationOptions<'a> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::fancy_regex().backtrack_limit(20_000))
}

/// A validator for a pattern alone; `None` where it cannot be used.
pub(crate) fn pattern(pattern: &str) -> Option<Validator> {
    options().build(&json!({"pattern": pattern})).ok()
}
