//! Swagger 2.0 becomes OpenAPI 3.0: the frame of the document here, its parts in the files beside.
//!
//! For: the older publishing addresses serve Swagger 2.0, and progenitor reads nothing but OpenAPI 3.0.

mod operations;
mod parameters;
mod responses;
mod schemas;
mod security;
mod servers;

use super::moves::Moves;
use super::references;
use crate::document::at;
use crate::model::Change;
use serde_json::{Map, Value};

pub const PASS: &str = "swagger2";

/// Converts the document in place, and tells where its parts went. What cannot be converted is kept as it is, for the
/// later passes to name.
pub fn run(doc: &mut Value, changes: &mut Vec<Change>) -> Moves {
    let old = std::mem::take(doc);
    let mut converter = Converter {
        consumes: media_types(&old["consumes"]),
        produces: media_types(&old["produces"]),
        old: &old,
        moves: Moves::default(),
        changes,
    };
    let mut new = converter.document();
    let moves = converter.moves;
    references::each_mut(&mut new, &mut |_, target| *target = moves.reference(target));
    *doc = new;
    moves
}

struct Converter<'a> {
    /// The document as published.
    old: &'a Value,
    /// What holds where an operation says nothing.
    consumes: Vec<String>,
    produces: Vec<String>,
    moves: Moves,
    changes: &'a mut Vec<Change>,
}

impl Converter<'_> {
    fn note(&mut self, pointer: &str, what: impl Into<String>) {
        self.changes.push(Change { pass: PASS, pointer: pointer.into(), what: what.into(), warning: false });
    }

    fn warn(&mut self, pointer: &str, what: impl Into<String>) {
        self.changes.push(Change { pass: PASS, pointer: pointer.into(), what: what.into(), warning: true });
    }

    fn document(&mut self) -> Value {
        let old = self.old;
        let mut out = Map::new();
        out.insert("openapi".into(), "3.0.3".into());
        for (key, value) in old.as_object().into_iter().flatten() {
            match key.as_str() {
                "swagger" | "host" | "basePath" | "schemes" | "x-servers" | "consumes" | "produces" => {}
                "definitions" | "parameters" | "responses" | "securityDefinitions" | "paths" => {}
                _ => {
                    out.insert(key.clone(), value.clone());
                }
            }
        }
        if let Some(servers) = self.servers(old, "") {
            out.insert("servers".into(), servers);
        }
        let mut components = Map::new();
        self.moves.add("/definitions", "/components/schemas");
        if let Some(definitions) = old.get("definitions") {
            self.note("/definitions", "are the components under `/components/schemas`");
            components.insert("schemas".into(), self.definitions(definitions));
        }
        let (parameters, bodies) = self.shared_parameters();
        components.insert("parameters".into(), Value::Object(parameters));
        components.insert("requestBodies".into(), Value::Object(bodies));
        components.insert("responses".into(), self.shared_responses());
        components.insert("securitySchemes".into(), self.security_schemes());
        components.retain(|_, part| part.as_object().is_none_or(|part| !part.is_empty()));
        if let Some(paths) = old.get("paths") {
            out.insert("paths".into(), self.paths(paths));
        }
        out.insert("components".into(), Value::Object(components));
        Value::Object(out)
    }

    fn definitions(&mut self, definitions: &Value) -> Value {
        let mut definitions = definitions.clone();
        for (name, schema) in definitions.as_object_mut().into_iter().flatten() {
            self.schema(schema, &at("/definitions", name));
        }
        definitions
    }
}

/// The media types of a list, each once.
fn media_types(list: &Value) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for media in list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::trim) {
        if !media.is_empty() && !out.iter().any(|known| known == media) {
            out.push(media.to_string());
        }
    }
    out
}

#[cfg(test)]
mod tests;
