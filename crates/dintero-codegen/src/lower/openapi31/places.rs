//! Where schemas stand in an OpenAPI 3 document.

use crate::document::at;
use crate::lower::collect::WEBHOOKS;
use serde_json::Value;

/// Calls `f` for every schema that is not inside another.
pub fn each_schema(doc: &mut Value, f: &mut dyn FnMut(&str, &mut Value)) {
    for key in ["paths", "webhooks", WEBHOOKS] {
        each(doc, "", key, &mut |pointer, item| path_item(item, pointer, f));
    }
    let Some(components) = doc.get_mut("components") else { return };
    let base = "/components";
    each(components, base, "schemas", f);
    for key in ["parameters", "headers"] {
        each(components, base, key, &mut |pointer, part| parameter(part, pointer, f));
    }
    for key in ["requestBodies", "responses"] {
        each(components, base, key, &mut |pointer, part| content(part, pointer, f));
    }
    each(components, base, "pathItems", &mut |pointer, item| path_item(item, pointer, f));
    each(components, base, "callbacks", &mut |pointer, part| callback(part, pointer, f));
}

fn path_item(item: &mut Value, pointer: &str, f: &mut dyn FnMut(&str, &mut Value)) {
    each(item, pointer, "parameters", &mut |pointer, part| parameter(part, pointer, f));
    for method in ["get", "put", "post", "delete", "options", "head", "patch", "trace"] {
        let Some(op) = item.get_mut(method) else { continue };
        let pointer = at(pointer, method);
        each(op, &pointer, "parameters", &mut |pointer, part| parameter(part, pointer, f));
        if let Some(body) = op.get_mut("requestBody") {
            content(body, &at(&pointer, "requestBody"), f);
        }
        each(op, &pointer, "responses", &mut |pointer, part| content(part, pointer, f));
        each(op, &pointer, "callbacks", &mut |pointer, part| callback(part, pointer, f));
    }
}

/// The callback's expressions lead to path items.
fn callback(callback: &mut Value, pointer: &str, f: &mut dyn FnMut(&str, &mut Value)) {
    for (expression, item) in callback.as_object_mut().into_iter().flatten() {
        path_item(item, &at(pointer, expression), f);
    }
}

fn parameter(parameter: &mut Value, pointer: &str, f: &mut dyn FnMut(&str, &mut Value)) {
    if let Some(schema) = parameter.get_mut("schema") {
        f(&at(pointer, "schema"), schema);
    }
    content(parameter, pointer, f);
}

/// Whatever has content, and headers with it.
fn content(part: &mut Value, pointer: &str, f: &mut dyn FnMut(&str, &mut Value)) {
    each(part, pointer, "headers", &mut |pointer, header| header_schema(header, pointer, f));
    each(part, pointer, "content", &mut |pointer, media| {
        if let Some(schema) = media.get_mut("schema") {
            f(&at(pointer, "schema"), schema);
        }
        each(media, pointer, "encoding", &mut |pointer, encoding| {
            each(encoding, pointer, "headers", &mut |pointer, header| header_schema(header, pointer, f));
        });
    });
}

fn header_schema(header: &mut Value, pointer: &str, f: &mut dyn FnMut(&str, &mut Value)) {
    if let Some(schema) = header.get_mut("schema") {
        f(&at(pointer, "schema"), schema);
    }
}

/// The parts of a map or a list.
fn each(value: &mut Value, pointer: &str, key: &str, f: &mut dyn FnMut(&str, &mut Value)) {
    let base = at(pointer, key);
    match value.get_mut(key) {
        Some(Value::Object(map)) => map.iter_mut().for_each(|(name, part)| f(&at(&base, name), part)),
        Some(Value::Array(list)) => {
            list.iter_mut().enumerate().for_each(|(i, part)| f(&at(&base, i.to_string()), part));
        }
        _ => {}
    }
}
