//! The body of a request, in the media type that is used.

use super::media::{is_json, preferred};
use super::parameters::style;
use super::read::{PASS, component, text};
use crate::document::at;
use crate::gate::Text;
use crate::lower::references::resolve;
use crate::model::{Body, In, Service, Style};
use crate::problem::Problem;
use serde_json::{Value, json};

pub fn body(service: &mut Service, doc: &Value, op: &Value, pointer: &str) -> Result<Option<Body>, Problem> {
    let Some(raw) = op.get("requestBody").filter(|b| !b.is_null()) else { return Ok(None) };
    let component = component(raw, "requestBodies");
    let raw = resolve(doc, raw);
    let pointer = at(pointer, "requestBody");
    let Some(content) = raw["content"].as_object().filter(|c| !c.is_empty()) else {
        service.warn(PASS, pointer, "the request body has no content; left out");
        return Ok(None);
    };
    let (media, entry) = preferred(content);
    if content.len() > 1 {
        let others: Vec<&str> = content.keys().map(String::as_str).filter(|m| *m != media).collect();
        service.warn(PASS, &pointer, format!("several media types; `{media}` is used, not {}", others.join(", ")));
    }
    let styles = encoding(service, entry, media, &at(&at(&pointer, "content"), media));
    Ok(Some(Body {
        styles,
        pointer: at(&at(&at(&pointer, "content"), media), "schema"),
        component,
        required: raw["required"] == true,
        media_type: media.into(),
        description: text(raw, "description"),
        schema: entry.get("schema").cloned().unwrap_or_else(|| json!({})),
    }))
}

/// Fields of a form with a style of their own; what else an encoding says is told.
fn encoding(service: &mut Service, entry: &Value, media: &str, pointer: &str) -> Vec<(Text, Style)> {
    let mut out: Vec<(Text, Style)> = Vec::new();
    let multipart = media.starts_with("multipart/");
    for (field, encoding) in entry["encoding"].as_object().into_iter().flatten() {
        let here = at(&at(pointer, "encoding"), field);
        if let Some(media_type) = encoding["contentType"].as_str() {
            match is_json(media_type) {
                true => out.push((field.as_str().into(), Style::Json)),
                false => service.warn(PASS, &here, format!("`{field}` is to be given as `{media_type}` by the caller")),
            }
        }
        if encoding["headers"].as_object().is_some_and(|h| !h.is_empty()) {
            service.warn(PASS, &here, format!("headers of the part `{field}` are not sent"));
        }
        if encoding.get("style").is_some() || encoding.get("explode").is_some() {
            let style = style(service, encoding, In::Query, &here);
            if multipart && matches!(style, Style::Joined(_)) {
                service.warn(PASS, &here, format!("the list `{field}` is not joined: each item is a part of its own"));
            }
            out.push((field.as_str().into(), style));
        }
    }
    if multipart { Vec::new() } else { out }
}
