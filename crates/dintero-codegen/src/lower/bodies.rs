//! Request bodies by their media type: JSON, forms, multipart with files, or bytes.
//!
//! For: progenitor stops at multipart, cannot write a list into a form, and takes no media type that is a range. The
//! runtime writes all bodies but a JSON one that is always there; here they get the shape that it can write.

use super::choices::resolve;
use super::collect::is_json;
use super::schema::{Form, UPLOAD, form, references_of, referred};
use crate::gate::marks;
use crate::model::{Body, OperationKind, Service};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub const PASS: &str = "bodies";

/// How a body is given and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    Json,
    Form,
    /// Multipart whose fields are known.
    Multipart,
    /// Multipart of any fields.
    Parts,
    Bytes,
}

pub fn body_kind(body: &Body) -> BodyKind {
    let binary = form(&body.schema) == Form::String && body.schema["format"] == "binary";
    match essence(&body.media_type).as_str() {
        _ if is_json(&body.media_type) && !binary => BodyKind::Json,
        "application/x-www-form-urlencoded" if is_object(&body.schema) => BodyKind::Form,
        "multipart/form-data" if referred(&body.schema).is_some() || form(&body.schema) == Form::Struct => {
            BodyKind::Multipart
        }
        "multipart/form-data" => BodyKind::Parts,
        _ => BodyKind::Bytes,
    }
}

fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_lowercase()
}

/// What may be an object; a named type is one, or a choice of some.
fn is_object(schema: &Value) -> bool {
    matches!(form(schema), Form::Struct | Form::Map | Form::Any | Form::Choice | Form::Reference | Form::AllOf)
}

pub fn run(service: &mut Service) {
    let elsewhere = used_elsewhere(service);
    let mut warnings = Vec::new();
    let mut operations = std::mem::take(&mut service.operations);
    for op in operations.iter_mut().filter(|op| op.kind == OperationKind::Call) {
        let Some(body) = &mut op.body else { continue };
        let shape = resolve(&body.schema, &service.schemas);
        if body.media_type.contains('*') {
            let structured = matches!(form(&shape), Form::Struct | Form::Map | Form::Array | Form::Choice);
            let sent = if structured { "application/json" } else { "application/octet-stream" };
            let what = format!("{} is sent as `{sent}` unless the call sets its content type", body.media_type.code());
            warnings.push((body.pointer.clone(), what));
            body.media_type = sent.into();
        }
        match body_kind(body) {
            BodyKind::Multipart | BodyKind::Parts if form(&shape) == Form::Struct => {
                uploads(service, body, shape, &elsewhere);
            }
            BodyKind::Multipart | BodyKind::Parts => {
                if !matches!(form(&shape), Form::Any | Form::Map) {
                    let what = "a multipart body that is no plain object is put together by the caller";
                    warnings.push((body.pointer.clone(), what.into()));
                }
                body.schema = json!({"type": "object"});
            }
            BodyKind::Bytes if !matches!(form(&shape), Form::String | Form::Any) => {
                let what =
                    format!("{} is given as bytes; its schema is only told in the types", body.media_type.code());
                warnings.push((body.pointer.clone(), what));
            }
            _ => {}
        }
    }
    service.operations = operations;
    for (pointer, what) in warnings {
        service.warn(PASS, pointer, what);
    }
}

/// Binary fields become files: in the component, or in a copy if it is also part of something else.
fn uploads(service: &mut Service, body: &mut Body, shape: Value, elsewhere: &BTreeSet<String>) {
    let mut with_files = shape;
    let mut found = false;
    for property in with_files["properties"].as_object_mut().into_iter().flat_map(|p| p.values_mut()) {
        let resolved = resolve(property, &service.schemas);
        if is_binary(&resolved) {
            *property = file(&resolved, property);
            found = true;
        } else if form(&resolved) == Form::Array && is_binary(&resolve(&resolved["items"], &service.schemas)) {
            let mut list = resolved;
            list["items"] = file(&json!({}), &json!({}));
            *property = list;
            found = true;
        }
    }
    if !found {
        return;
    }
    service.note(PASS, &body.pointer, "its binary fields are files of a multipart body");
    match named(&body.schema, service).filter(|name| !elsewhere.contains(name)) {
        Some(name) => {
            service.schemas.insert(name, with_files);
        }
        None => {
            body.component = None;
            body.schema = with_files;
        }
    }
}

/// The component that holds the object, through others that only name it.
fn named(schema: &Value, service: &Service) -> Option<String> {
    let mut name = referred(schema)?;
    while let Some(next) = service.schemas.get(&name).and_then(referred) {
        name = next;
    }
    Some(name)
}

fn is_binary(schema: &Value) -> bool {
    let upload = schema["format"] == "binary" || schema["format"] == UPLOAD;
    form(schema) == Form::String && upload
}

fn file(resolved: &Value, place: &Value) -> Value {
    let mut out = json!({
        "type": "string",
        "format": UPLOAD,
        (marks::RUST_TYPE): {"crate": "dintero-types", "version": "0.1.0", "path": "dintero_types::Upload"}
    });
    for key in ["description", "nullable"] {
        if let Some(value) = place.get(key).or(resolved.get(key)) {
            out[key] = value.clone();
        }
    }
    out
}

/// Components that are part of anything but a multipart body.
fn used_elsewhere(service: &Service) -> BTreeSet<String> {
    let mut roots = Vec::new();
    for op in &service.operations {
        op.parameters.iter().for_each(|p| references_of(&p.schema, &mut roots));
        op.responses.iter().filter_map(|a| a.schema.as_ref()).for_each(|s| references_of(s, &mut roots));
        match &op.body {
            Some(body) if essence(&body.media_type) == "multipart/form-data" => {
                // What lies within its fields is JSON.
                let shape = resolve(&body.schema, &service.schemas);
                for field in shape["properties"].as_object().into_iter().flat_map(|p| p.values()) {
                    references_of(field, &mut roots);
                }
            }
            Some(body) => references_of(&body.schema, &mut roots),
            None => {}
        }
    }
    super::objects::reachable(service, roots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::test_support::lowered;

    fn with_body(media_type: &str, schema: Value, more: Value) -> Service {
        lowered(json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {
                "/files": {"post": {"operationId": "files",
                    "requestBody": {"required": true, "content": {media_type: {"schema": schema}}}, "responses": {"204": {"description": ""}}}},
                "/more": {"post": {"operationId": "more",
                    "requestBody": {"content": {"application/json": {"schema": more}}}, "responses": {"204": {"description": ""}}}}
            },
            "components": {"schemas": {"File": {"type": "object", "required": ["data"], "properties": {
                "data": {"type": "string", "format": "binary", "description": "What is in it."},
                "pages": {"type": "array", "items": {"type": "string", "format": "binary"}},
                "name": {"type": "string"}}}}}
        }))
    }

    fn kind(service: &Service) -> BodyKind {
        body_kind(service.operations[0].body.as_ref().expect("a body"))
    }

    fn warned(service: &Service) -> bool {
        service.changes.iter().any(|c| c.pass == PASS && c.warning)
    }

    #[test]
    fn binary_fields_of_a_multipart_body_are_files() {
        let component = json!({"$ref": "#/components/schemas/File"});
        let service = with_body("multipart/form-data", component.clone(), json!({}));
        assert_eq!(kind(&service), BodyKind::Multipart);
        let properties = &service.schemas["File"]["properties"];
        assert_eq!(
            (&properties["data"]["format"], &properties["data"]["description"]),
            (&json!("upload"), &json!("What is in it."))
        );
        assert_eq!(properties["pages"]["items"]["format"], "upload");
        assert!(properties["name"].get("format").is_none());
        // A component that JSON holds too stays what it is, and the body gets a type of its own.
        let service = with_body("multipart/form-data", component.clone(), component);
        assert_eq!(service.schemas["File"]["properties"]["data"]["format"], "binary");
        let own = referred(&service.operations[0].body.as_ref().expect("a body").schema).expect("a type");
        assert_ne!(own, "File");
        assert_eq!(service.schemas[&own]["properties"]["data"]["format"], "upload");
    }

    #[test]
    fn a_body_is_written_by_its_media_type() {
        let object = json!({"type": "object", "properties": {"a": {"type": "string"}}});
        let text = json!({"type": "string"});
        for (media_type, schema, expected, told) in [
            ("application/json", &object, BodyKind::Json, false),
            ("application/vnd.api+json; charset=utf-8", &object, BodyKind::Json, false),
            ("application/json", &json!({"type": "string", "format": "binary"}), BodyKind::Bytes, false),
            ("application/x-www-form-urlencoded", &object, BodyKind::Form, false),
            ("application/x-www-form-urlencoded", &text, BodyKind::Bytes, false),
            ("multipart/form-data", &object, BodyKind::Multipart, false),
            ("multipart/form-data", &json!({}), BodyKind::Parts, false),
            ("multipart/form-data", &json!({"type": "array", "items": object}), BodyKind::Parts, true),
            ("text/plain", &text, BodyKind::Bytes, false),
            ("application/xml", &object, BodyKind::Bytes, true),
            ("*/*", &object, BodyKind::Json, true),
            ("image/*", &text, BodyKind::Bytes, true),
        ] {
            let service = with_body(media_type, schema.clone(), json!({}));
            assert_eq!((kind(&service), warned(&service)), (expected, told), "{media_type} {schema}");
        }
    }
}
