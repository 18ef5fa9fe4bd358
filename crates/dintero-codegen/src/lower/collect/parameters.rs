//! The parameters of an operation, its own and those of its path, each with the style in which it is written.

use super::media::{is_json, preferred};
use super::paths::template;
use super::read::{COLLECTION_FORMAT, PASS, text};
use crate::document::at;
use crate::gate::Text;
use crate::gate::names::is_token;
use crate::gate::text::code;
use crate::lower::references::resolve;
use crate::model::{In, Parameter, SecurityScheme, Service, Style};
use serde_json::{Value, json};

pub fn parameters(
    service: &mut Service,
    doc: &Value,
    item: &Value,
    op: &Value,
    path: &str,
    pointer: &str,
    auth: &[SecurityScheme],
) -> Vec<Parameter> {
    let mut out: Vec<Parameter> = Vec::new();
    let item_pointer = pointer.rsplit_once('/').map_or(pointer, |(p, _)| p);
    let sources = [(item_pointer, &item["parameters"]), (pointer, &op["parameters"])];
    for (base, list) in sources {
        for (i, raw) in list.as_array().into_iter().flatten().enumerate() {
            let place = at(&at(base, "parameters"), i.to_string());
            if let Some(p) = parameter(service, resolve(doc, raw), place, auth) {
                // The operation's own declaration replaces that of the path.
                out.retain(|old| !(old.name == p.name && old.location == p.location));
                out.push(p);
            }
        }
    }
    let declared: Vec<String> = template(path);
    out.retain(|p| {
        let stays = p.location != In::Path || declared.iter().any(|name| p.name == name.as_str());
        if !stays {
            service.warn(
                PASS,
                &p.pointer,
                format!("the path has no `{{{}}}`; the parameter is left out", p.name.line()),
            );
        }
        stays
    });
    for name in declared {
        if !out.iter().any(|p| p.location == In::Path && p.name == name.as_str()) {
            service.warn(PASS, pointer, format!("the path parameter `{name}` is not declared; taken as a string"));
            out.push(Parameter {
                pointer: pointer.into(),
                ident: String::new(),
                name: name.into(),
                location: In::Path,
                required: true,
                description: Text::default(),
                schema: json!({"type": "string"}),
                style: Style::Joined(','),
                styled: false,
                deprecated: false,
            });
        }
    }
    out
}

fn parameter(service: &mut Service, raw: &Value, pointer: String, auth: &[SecurityScheme]) -> Option<Parameter> {
    let name = text(raw, "name");
    let location = match raw["in"].as_str()? {
        "path" => In::Path,
        "query" => In::Query,
        "header" => In::Header,
        "cookie" => In::Cookie,
        other => {
            service.warn(PASS, &pointer, format!("a parameter in `{other}` is not supported; left out"));
            return None;
        }
    };
    if location == In::Header {
        let lower = name.to_lowercase();
        let credential = lower == "authorization" && auth.iter().any(|a| *a != SecurityScheme::None);
        if credential || matches!(lower.as_str(), "accept" | "content-type") {
            service.note(PASS, &pointer, format!("the runtime sets the header {}", name.code()));
            return None;
        }
        if auth.iter().any(|a| matches!(a, SecurityScheme::ApiKey(h) if h.eq_ignore_ascii_case(&name))) {
            service.note(PASS, &pointer, format!("the header {} is the api key; the runtime sets it", name.code()));
            return None;
        }
        if lower == "idempotency-key" {
            service.note(PASS, &pointer, "the key is given by the call option `idempotency_key`");
            return None;
        }
        if !is_token(&name) {
            service.warn(PASS, &pointer, format!("{} cannot be the name of a header; left out", name.code()));
            return None;
        }
    }
    if location == In::Cookie && !is_token(&name) {
        service.warn(PASS, &pointer, format!("{} cannot be the name of a cookie; left out", name.code()));
        return None;
    }
    let mut description = text(raw, "description");
    let mut schema = raw.get("schema").cloned().unwrap_or_else(|| json!({"type": "string"}));
    let mut style = style(service, raw, location, &pointer);
    if let Some((media, entry)) = raw["content"].as_object().map(preferred) {
        if is_json(media) {
            schema = entry.get("schema").cloned().unwrap_or_else(|| json!({}));
            style = Style::Json;
        } else {
            description = format!("{}\n\nTo be given as text in {}.", description.as_str(), code(media)).trim().into();
            schema = json!({"type": "string"});
        }
    }
    if let (Some(example), Some(map)) = (raw.get("example"), schema.as_object_mut())
        && !map.contains_key("$ref")
    {
        map.entry("example").or_insert_with(|| example.clone());
    }
    Some(Parameter {
        ident: String::new(),
        required: location == In::Path || raw["required"] == true,
        pointer,
        name,
        location,
        description,
        schema,
        style,
        styled: false,
        deprecated: raw["deprecated"] == true,
    })
}

/// The style as declared, or the usual one of the place.
pub fn style(service: &mut Service, raw: &Value, location: In, pointer: &str) -> Style {
    let usual = if matches!(location, In::Query | In::Cookie) { "form" } else { "simple" };
    let declared = raw["style"].as_str().unwrap_or(usual);
    let explode = raw["explode"].as_bool();
    let join = |separator: char, by_default: bool| match explode.unwrap_or(by_default) {
        true => Style::Form,
        false => Style::Joined(separator),
    };
    match (location, declared) {
        _ if raw[COLLECTION_FORMAT] == "ssv" => Style::Joined(' '),
        _ if raw[COLLECTION_FORMAT] == "tsv" => Style::Joined('\t'),
        _ if raw[COLLECTION_FORMAT] == "pipes" => Style::Joined('|'),
        (In::Query, "form") => join(',', true),
        (In::Query, "spaceDelimited") => join(' ', false),
        (In::Query, "pipeDelimited") => join('|', false),
        (In::Query, "deepObject") => Style::Deep,
        // One cookie holds one text.
        (In::Cookie, "form") => Style::Joined(','),
        (In::Path, "label") => Style::Label { explode: explode == Some(true) },
        (In::Path, "matrix") => Style::Matrix { explode: explode == Some(true) },
        (In::Path | In::Header, "simple") if explode == Some(true) => Style::Simple,
        (In::Path | In::Header, "simple") => Style::Joined(','),
        _ => {
            service.warn(PASS, pointer, format!("the style `{declared}` does not exist here; `{usual}` is used"));
            if location == In::Query { Style::Form } else { Style::Joined(',') }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lower::collect::test_support::{get, warned, with};
    use serde_json::json;

    #[test]
    fn parameters_that_cannot_be_are_told_and_left_out() {
        let service = with(|d| {
            get(d)["parameters"] = json!([
                {"name": "bad name", "in": "header", "schema": {"type": "string"}},
                {"name": "Authorization", "in": "header", "schema": {"type": "string"}},
                {"name": "Accept", "in": "header", "schema": {"type": "string"}},
                {"name": "bad name", "in": "cookie", "schema": {"type": "string"}},
                {"name": "elsewhere", "in": "body", "schema": {"type": "string"}},
                {"name": "styled", "in": "query", "style": "matrix", "schema": {"type": "string"}},
                {"name": "ghost", "in": "path", "schema": {"type": "string"}},
                {"name": "plain", "in": "query"},
                {"name": "packed", "in": "query", "content": {"text/csv": {"schema": {"type": "object"}}}},
            ]);
        });
        let names: Vec<&str> = service.operations[0].parameters.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["styled", "plain", "packed", "id"]);
        assert!(service.operations[0].parameters.iter().all(|p| p.schema["type"] == "string"));
        for text in [
            "cannot be the name of a header",
            "cannot be the name of a cookie",
            "`body` is not supported",
            "the style `matrix` does not exist here",
            "no `{ghost}`",
            "`id` is not declared",
        ] {
            assert!(warned(&service, text), "{text}");
        }
    }
}
