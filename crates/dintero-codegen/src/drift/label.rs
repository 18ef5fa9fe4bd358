//! Places in words of the document: what a person would call them who does not know JSON pointers.

use crate::document::{lookup, steps};
use crate::lower::references::component_of;
use serde_json::Value;

/// `Order.lines[]`, "the body of `POST /orders`", "the query parameter `limit` of `GET /orders`".
pub fn label(root: &Value, pointer: &str) -> String {
    let path = steps(pointer);
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    let inside = |begins: usize| inside(root, &path, begins);
    match words.as_slice() {
        ["components", "schemas", name, ..] => format!("`{name}{}`", inside(3)),
        ["components", "parameters", ..] => within(&inside(3), parameter(root, &path[..path.len().min(3)])),
        ["components", "responses", name, "headers", header, ..] => {
            format!("the header `{header}` of the answer `{name}`")
        }
        ["components", kind, name, ..] => within(&inside(3), format!("the {} `{name}`", shared(kind))),
        [base @ ("paths" | "x-webhooks"), path_name, "parameters", _, ..] => {
            let of = if *base == "paths" { format!("`{path_name}`") } else { format!("the webhook `{path_name}`") };
            within(&inside(4), format!("{} of {of}", parameter(root, &path[..4])))
        }
        [base @ ("paths" | "x-webhooks"), path_name, method, rest @ ..] => {
            let of = match *base {
                "paths" => format!("`{} {path_name}`", method.to_uppercase()),
                _ => format!("the webhook `{path_name}`"),
            };
            match rest {
                ["parameters", _, ..] => within(&inside(5), format!("{} of {of}", parameter(root, &path[..5]))),
                ["requestBody", ..] => within(&inside(4), format!("the body of {of}")),
                ["responses", status, "headers", header, ..] => {
                    format!("the header `{header}` of the answer {status} of {of}")
                }
                ["responses", status, ..] => within(&inside(5), format!("the answer {status} of {of}")),
                ["callbacks", name, ..] => format!("the callback `{name}` of {of}"),
                _ => of,
            }
        }
        [base @ ("paths" | "x-webhooks"), path_name] => {
            if *base == "paths" {
                format!("`{path_name}`")
            } else {
                format!("the webhook `{path_name}`")
            }
        }
        _ => String::new(),
    }
}

/// The last name in a label, which is the same for the same field of several types.
pub fn last(root: &Value, pointer: &str) -> String {
    let path = steps(pointer);
    let inside = inside(root, &path, 0);
    inside.rsplit(['.', '(']).next().unwrap_or_default().to_string()
}

fn within(inside: &str, of: String) -> String {
    match inside.trim_start_matches('.') {
        "" => of,
        inside => format!("`{inside}` in {of}"),
    }
}

fn shared(kind: &str) -> &str {
    match kind {
        "requestBodies" => "body",
        "responses" => "answer",
        "headers" => "header",
        "securitySchemes" => "security scheme",
        "examples" => "example",
        "links" => "link",
        "callbacks" => "callback",
        other => other.trim_end_matches('s'),
    }
}

/// Where it stands in a call, and its name there.
fn parameter(root: &Value, path: &[String]) -> String {
    let mut value = lookup(root, path).unwrap_or(&Value::Null);
    if let Some(reference) = value["$ref"].as_str() {
        value = lookup(root, &steps(reference.trim_start_matches('#'))).unwrap_or(&Value::Null);
    }
    match (value["in"].as_str(), value["name"].as_str()) {
        (Some(place), Some(name)) => format!("the {place} parameter `{name}`"),
        _ => "a parameter".into(),
    }
}

/// The way into a schema: `.lines[].(Card)`.
fn inside(root: &Value, path: &[String], begins: usize) -> String {
    let mut out = String::new();
    let mut at = begins;
    while let Some(step) = path.get(at) {
        at += 1;
        match step.as_str() {
            // What follows is a name.
            "properties" => {
                if let Some(name) = path.get(at) {
                    out.push('.');
                    out.push_str(name);
                    at += 1;
                }
            }
            "items" => out.push_str("[]"),
            "additionalProperties" => out.push_str(".*"),
            "oneOf" | "anyOf" if path.get(at).is_some() => {
                at += 1;
                out.push_str(&format!("({})", variant(root, &path[..at])));
            }
            "allOf" => at += 1,
            // A media type, a header.
            "content" | "headers" => at += 1,
            // A keyword of the schema itself.
            _ => {}
        }
    }
    out
}

fn variant(root: &Value, path: &[String]) -> String {
    let value = lookup(root, path).unwrap_or(&Value::Null);
    let named = value["$ref"].as_str().and_then(component_of).or(value["title"].as_str().map(str::to_string));
    named.unwrap_or_else(|| {
        let number = path.last().and_then(|i| i.parse::<usize>().ok()).map_or(0, |i| i + 1);
        format!("variant {number}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn places_are_told_as_a_person_would() {
        let doc = json!({
            "paths": {"/a/{id}": {
                "parameters": [{"$ref": "#/components/parameters/Id"}],
                "post": {"parameters": [{"in": "query", "name": "limit"}],
                    "requestBody": {"content": {"application/json": {"schema": {"properties": {"properties": {"oneOf": [
                        {"$ref": "#/components/schemas/Card"}, {"title": "Bank"}, {"type": "string"}]}}}}}}}}},
            "components": {"parameters": {"Id": {"in": "path", "name": "id"}}}
        });
        let body = "/paths/~1a~1{id}/post/requestBody/content/application~1json/schema";
        for (pointer, expected) in [
            ("/components/schemas/Order/properties/lines/items", "`Order.lines[]`"),
            ("/components/schemas/Order/allOf/1/properties/lines/maxItems", "`Order.lines`"),
            ("/components/schemas/Order/properties", "`Order`"),
            ("/components/schemas/Order/additionalProperties", "`Order.*`"),
            ("/paths/~1a~1{id}/post/description", "`POST /a/{id}`"),
            ("/paths/~1a~1{id}/post/parameters/0/schema/maximum", "the query parameter `limit` of `POST /a/{id}`"),
            ("/paths/~1a~1{id}/parameters/0/schema", "the path parameter `id` of `/a/{id}`"),
            (
                "/paths/~1a~1{id}/post/responses/200/content/a~1b/schema/items",
                "`[]` in the answer 200 of `POST /a/{id}`",
            ),
            (
                "/paths/~1a~1{id}/post/responses/200/headers/X-A/schema",
                "the header `X-A` of the answer 200 of `POST /a/{id}`",
            ),
            ("/components/responses/Gone/content/a~1b/schema/properties/x", "`x` in the answer `Gone`"),
            ("/components/parameters/Id/schema", "the path parameter `id`"),
            (
                "/x-webhooks/paid/post/requestBody/content/a~1b/schema/properties/x",
                "`x` in the body of the webhook `paid`",
            ),
            ("/info/version", ""),
        ] {
            assert_eq!(label(&doc, pointer), expected, "{pointer}");
        }
        let of = "in the body of `POST /a/{id}`";
        assert_eq!(label(&doc, &format!("{body}/properties/properties")), format!("`properties` {of}"));
        for (i, name) in ["Card", "Bank", "variant 3"].iter().enumerate() {
            let pointer = format!("{body}/properties/properties/oneOf/{i}");
            assert_eq!(label(&doc, &pointer), format!("`properties({name})` {of}"));
        }
    }
}
