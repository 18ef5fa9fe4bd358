//! The responses of an operation, by status.

use super::media::preferred;
use super::read::{PASS, component};
use crate::document::{at, escape};
use crate::gate::Text;
use crate::lower::references::resolve;
use crate::model::{Response, Service};
use crate::problem::Problem;
use serde_json::{Value, json};

pub fn responses(service: &mut Service, doc: &Value, op: &Value, pointer: &str) -> Result<Vec<Response>, Problem> {
    let pointer = at(pointer, "responses");
    let Some(map) = op["responses"].as_object() else {
        service.warn(PASS, pointer, "no responses are described; any 2xx is taken as success without a body");
        return Ok(Vec::new());
    };
    let mut out = Vec::new();
    for (status, raw) in map {
        let here = at(&pointer, status);
        let normal = status.to_uppercase();
        let known = normal == "DEFAULT"
            || normal.len() == 3
                && normal.starts_with(|c: char| ('1'..='5').contains(&c))
                && (normal.ends_with("XX") || normal.parse::<u16>().is_ok());
        if !known {
            if !status.starts_with("x-") {
                service.warn(PASS, here, format!("`{status}` is no status code; left out"));
            }
            continue;
        }
        let component = component(raw, "responses");
        let raw = resolve(doc, raw);
        let mut response = Response {
            component,
            pointer: here.clone(),
            status: if normal == "DEFAULT" { "default".into() } else { normal.into() },
            media_type: Text::default(),
            schema: None,
        };
        if let Some(content) = raw["content"].as_object().filter(|c| !c.is_empty()) {
            let (media, entry) = preferred(content);
            if content.len() > 1 && response.is_success() {
                let others: Vec<&str> = content.keys().map(String::as_str).filter(|m| *m != media).collect();
                service.warn(PASS, &here, format!("several media types; `{media}` is read, not {}", others.join(", ")));
            }
            response.media_type = media.into();
            response.pointer = format!("{here}/content/{}/schema", escape(media));
            response.schema = Some(entry.get("schema").cloned().unwrap_or_else(|| json!({})));
        }
        out.push(response);
    }
    Ok(out)
}
