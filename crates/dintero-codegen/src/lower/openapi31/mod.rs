//! OpenAPI 3.1 becomes OpenAPI 3.0: the frame of the document here, its schemas in the files beside.
//!
//! For: documents are published in 3.1 too, and progenitor reads nothing but OpenAPI 3.0.

mod kinds;
mod local;
mod places;
mod schemas;

use super::budget::Budget;
use super::collect::WEBHOOKS;
use super::moves::Moves;
use super::references::{self, resolve};
use crate::document::{at, steps};
use crate::model::Change;
use serde_json::Value;

pub const PASS: &str = "openapi31";

/// Converts the document in place, and tells where its parts went.
pub fn run(doc: &mut Value, changes: &mut Vec<Change>, budget: &Budget) -> Moves {
    let mut converter = Converter { moves: Moves::default(), changes, budget };
    converter.frame(doc);
    converter.local_references(doc);
    let mut moves = converter.moves;
    follow(doc, &moves);
    moves.then(schemas(doc, changes, budget));
    moves
}

/// The same for the schemas alone: what JSON Schema says is found in documents of every version.
pub fn schemas(doc: &mut Value, changes: &mut Vec<Change>, budget: &Budget) -> Moves {
    let mut converter = Converter { moves: Moves::default(), changes, budget };
    places::each_schema(doc, &mut |pointer, schema| converter.schema(schema, pointer));
    follow(doc, &converter.moves);
    converter.moves
}

fn follow(doc: &mut Value, moves: &Moves) {
    references::each_mut(doc, &mut |_, target| *target = moves.reference(target));
}

struct Converter<'a> {
    moves: Moves,
    changes: &'a mut Vec<Change>,
    budget: &'a Budget,
}

impl Converter<'_> {
    fn note(&mut self, pointer: &str, what: impl Into<String>) {
        self.changes.push(Change { pass: PASS, pointer: pointer.into(), what: what.into(), warning: false });
    }

    fn warn(&mut self, pointer: &str, what: impl Into<String>) {
        self.changes.push(Change { pass: PASS, pointer: pointer.into(), what: what.into(), warning: true });
    }

    fn frame(&mut self, doc: &mut Value) {
        described_references(self, doc);
        let Some(map) = doc.as_object_mut() else { return };
        map.insert("openapi".into(), "3.0.3".into());
        if let Some(dialect) = map.shift_remove("jsonSchemaDialect") {
            self.dialect(&dialect, "/jsonSchemaDialect");
        }
        if let Some(info) = map.get_mut("info").and_then(Value::as_object_mut)
            && let Some(Value::String(summary)) = info.shift_remove("summary")
        {
            let text = info.get("description").and_then(Value::as_str).unwrap_or_default();
            let text = format!("{summary}\n\n{text}").trim().to_string();
            info.insert("description".into(), text.into());
            self.note("/info/summary", "begins the description");
        }
        if let Some(webhooks) = map.shift_remove("webhooks") {
            self.moves.add("/webhooks", at("", WEBHOOKS));
            self.note("/webhooks", "are what the service sends: types, no methods");
            map.insert(WEBHOOKS.into(), webhooks);
        }
    }

    /// Schemas are read as JSON Schema 2020-12 in the way of OpenAPI, whatever else they claim to be.
    fn dialect(&mut self, dialect: &Value, pointer: &str) {
        const KNOWN: [&str; 2] =
            ["https://spec.openapis.org/oas/3.1/dialect/", "https://json-schema.org/draft/2020-12/schema"];
        let text = dialect.as_str().unwrap_or_default();
        if !KNOWN.iter().any(|known| text.starts_with(known)) {
            self.warn(pointer, format!("the dialect {dialect} is not known; read as that of OpenAPI 3.1"));
        }
    }
}

/// A reference outside of schemas may have a description of its own, and a path item operations of its own: the part
/// is written out with them.
fn described_references(converter: &mut Converter<'_>, doc: &mut Value) {
    let item = |pointer: &str, target: &str| {
        let in_place = pointer.starts_with("/paths/") || pointer.starts_with("/webhooks/");
        target.starts_with("#/components/pathItems/") || in_place && steps(pointer).len() == 2
    };
    let part = |target: &str| {
        ["parameters", "requestBodies", "headers"].iter().any(|k| target.starts_with(&format!("#/components/{k}/")))
    };
    // Path items first: what they bring in may refer to parts again.
    for of_items in [true, false] {
        let whole = doc.clone();
        references::objects_mut(doc, &mut |pointer, map| {
            let Some(target) = map.get("$ref").and_then(Value::as_str).filter(|_| map.len() > 1) else { return };
            if !(if of_items { item(pointer, target) } else { part(target) }) {
                return;
            }
            let Value::Object(mut out) = resolve(&whole, &Value::Object(map.clone())).clone() else { return };
            if out.contains_key("$ref") {
                // It leads nowhere, which a later pass tells.
                return;
            }
            let own = std::mem::take(map).into_iter();
            out.extend(own.filter(|(key, _)| key != "$ref" && (of_items || key != "summary")));
            *map = out;
            converter.note(pointer, "what it refers to is written out here, with what stands beside the reference");
        });
    }
}

#[cfg(test)]
mod tests;
