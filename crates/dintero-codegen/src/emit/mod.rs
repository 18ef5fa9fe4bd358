//! From a lowered service to the files of its crate.

pub mod builder;
pub mod check;
pub mod conformance;
pub mod docs;
pub mod enums;
pub mod example;
mod files;
pub mod httpmock;
pub mod judge;
pub mod kin;
pub mod layout;
pub mod mock;
pub mod money;
pub mod operations;
pub mod package;
pub mod tokens;
pub mod types;
pub mod umbrella;
pub mod webhook;

pub use files::Files;

use crate::api::Api;
use crate::catalog::package_name;
use crate::model::Service;
use crate::problem::Problem;
use package::{Home, Uses};
use tokens::Made;

/// What a service becomes.
pub struct Emitted {
    /// Its crate.
    pub files: Files,
    /// Its module of the conformance suite; empty if nothing of it can be called.
    pub suite: String,
    /// Calls that have no example, each with the reason.
    pub without: Vec<(String, String)>,
}

/// Everything of one service. `source` is what the headers name.
pub fn run(service: &Service, api: &Api, source: &str, home: &Home<'_>) -> Result<Emitted, Problem> {
    let header = layout::header(source);
    let mut files = Files::new();
    let mut suite = String::new();
    let examples = example::all(service, api);
    let file = |name: &str, made: Made| {
        made.and_then(|tokens| layout::file(&header, tokens)).map_err(|why| {
            Problem::new(
                service.file.clone(),
                "",
                format!("the generated {name} cannot be written: {why}"),
                "report it with the document",
            )
        })
    };
    if !api.calls.is_empty() {
        files.insert("src/httpmock.rs".into(), file("httpmock.rs", httpmock::run(service, api))?);
        suite = file("module of the conformance suite", conformance::run(service, api))?;
        files.insert("src/builder.rs".into(), file("builder.rs", builder::run(service, api))?);
    }
    files.insert("src/types.rs".into(), file("types.rs", types::run(service, api))?);
    files.insert("src/operations.rs".into(), file("operations.rs", operations::run(service))?);
    let lib_rs = file("lib.rs", package::lib_rs(service, api, &examples, home))?;
    files.insert("src/lib.rs".into(), example::written_out(service, &examples, &lib_rs));
    let walled = check::run(service, &files, &suite, &package_name(&service.name));
    walled.and_then(|()| example::check(&files["src/lib.rs"])).map_err(|why| {
        Problem::new(
            service.file.clone(),
            "",
            format!("the crate is not written: {why}"),
            "report it with the document: something of it would have become code",
        )
    })?;
    let without = example::without(examples);
    let all: String = files.values().cloned().collect();
    let uses = Uses { serde: all.contains("serde::"), serde_json: all.contains("serde_json::") };
    files.insert("Cargo.toml".into(), package::cargo_toml(service, home, &uses));
    files.insert("README.md".into(), package::readme(service));
    files.extend(package::licences(home).map(|(name, text)| (name.into(), text.into())));
    Ok(Emitted { files, suite, without })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Policy;
    use crate::lower::test_support::lowered;
    use serde_json::{Value, json};

    /// The files of a document that has this schema wherever a schema can stand.
    fn everywhere(schema: &Value) -> Result<Files, Problem> {
        let json = json!({"application/json": {"schema": schema}});
        let service = lowered(json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {
                "/things/{id}": {"post": {
                    "operationId": "x",
                    "parameters": [
                        {"name": "id", "in": "path", "required": true, "schema": schema},
                        {"name": "q", "in": "query", "schema": schema},
                        {"name": "l", "in": "query", "explode": false, "schema": {"type": "array", "items": schema}},
                        {"name": "h", "in": "header", "schema": schema},
                        {"name": "c", "in": "cookie", "required": true, "schema": schema}],
                    "requestBody": {"content": json},
                    "responses": {"200": {"description": "", "content": json}, "201": {"description": ""}}}},
                "/forms": {
                    "post": {"operationId": "y", "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}, "responses": {}},
                    "put": {"operationId": "z", "requestBody": {"required": true, "content": {"multipart/form-data": {"schema": schema}}}, "responses": {}}}},
            "components": {"schemas": {
                "Itself": schema,
                "Holder": {"type": "object", "required": ["must"], "properties": {
                    "may": schema, "must": schema, "list": {"type": "array", "items": schema}, "map": {"additionalProperties": schema}}},
                "Extends": {"allOf": [{"$ref": "#/components/schemas/Itself"}, {"type": "object", "properties": {"more": {"type": "string"}}}]},
                "OneOf": {"oneOf": [schema, {"type": "object", "properties": {"other": {"type": "string"}}}]},
                "Other": {"type": "string"}}}
        }));
        let home = Home {
            workspace: false,
            fixture: false,
            version: "0.1.0".into(),
            crates: "../crates".into(),
            reference: "",
            hosts: &[],
        };
        let api = Api::of(&service, &Policy::default())?;
        judge::run(&service, "test.yaml", &[])?;
        run(&service, &api, "test.yaml", &home).map(|emitted| emitted.files)
    }

    #[test]
    fn no_schema_stops_the_generation_wherever_it_stands() {
        let itself = json!({"$ref": "#/components/schemas/Itself"});
        for schema in [
            json!({}),
            json!({"type": "object"}),
            json!({"type": "object", "properties": {}}),
            json!({"type": "object", "properties": null, "required": ["ghost"]}),
            json!({"type": "object", "additionalProperties": true}),
            json!({"type": "object", "properties": {"a": {}}, "additionalProperties": {"type": "string"}}),
            json!({"type": "object", "properties": {"a": {"type": "string"}, "A": {"type": "integer"}, "": {}, "日本": {}}}),
            json!({"type": "object", "properties": {"new": {}, "type": {}, "self": {}, "extra": {}, "a_null": {}, "a": {"type": "string", "nullable": true}}}),
            json!({"type": "object", "properties": {"itself": itself, "all": {"type": "array", "items": itself}}}),
            json!({"type": "array"}),
            json!({"type": "array", "items": {}, "minItems": 2, "maxItems": 2, "uniqueItems": true}),
            json!({"type": "array", "items": {"type": "array", "items": {"type": "string"}}}),
            json!({"type": "array", "items": itself}),
            json!({"additionalProperties": itself}),
            json!({"type": "string", "enum": []}),
            json!({"type": "string", "enum": [null]}),
            json!({"type": "string", "enum": ["a", "A", "a", "", 1, true, null, "+", "-", "ä", "a-b", "a_b"]}),
            json!({"enum": ["a", 1]}),
            json!({"type": "integer", "enum": [1, "2", 3.5, -1]}),
            json!({"type": "number", "enum": [0.5, 1]}),
            json!({"type": "boolean", "enum": [true]}),
            json!({"type": "object", "enum": [{"a": 1}]}),
            json!({"type": "array", "enum": [["a"]], "items": {"type": "string"}}),
            json!({"type": "string", "format": "binary"}),
            json!({"type": "string", "format": "date-time", "default": "never", "example": 5}),
            json!({"type": "string", "pattern": "(?P<bad>[", "default": 5, "minLength": -1}),
            json!({"type": "integer", "format": "uint64", "minimum": 0, "maximum": 1e30, "default": "five", "exclusiveMinimum": true}),
            json!({"type": "boolean", "format": "yes/no"}),
            json!({"type": "object", "format": "uri-map", "default": [], "nullable": true}),
            json!({"type": "file"}),
            json!({"type": "any"}),
            json!({"type": "null"}),
            json!({"allOf": []}),
            json!({"oneOf": []}),
            json!({"anyOf": [{}]}),
            json!({"allOf": [{"type": "string"}, {"type": "object", "properties": {"a": {}}}]}),
            json!({"allOf": [{"$ref": "#/components/schemas/Other"}], "nullable": true, "description": "Other."}),
            json!({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}]}),
            json!({"oneOf": [{"type": "object", "properties": {"a": {}}}, {"type": "object", "properties": {"b": {}}}], "discriminator": {"propertyName": "ghost"}}),
            json!({"anyOf": [{"type": "object", "properties": {"a": {}}}, {"type": "string"}], "oneOf": [{"type": "string"}, {"type": "integer"}]}),
            json!({"anyOf": [{"required": ["a"]}, {"required": ["b"]}], "properties": {"a": {}, "b": {}}}),
            json!({"not": {"type": "string"}}),
            json!({"type": "object", "properties": {"a": {"not": {"enum": ["x"]}}}, "not": {"required": ["a"]}}),
            json!({"discriminator": {"propertyName": "kind"}, "properties": {"kind": {"type": "string"}}, "required": ["kind"]}),
            json!({"title": "Same", "type": "object", "properties": {"x": {"title": "Same", "type": "object", "properties": {"y": {"title": "Same", "enum": ["z"]}}}}}),
        ] {
            if let Err(problem) = everywhere(&schema) {
                panic!("{schema}: {problem}");
            }
        }
    }
}
