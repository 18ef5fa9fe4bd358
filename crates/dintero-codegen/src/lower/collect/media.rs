//! Media types: which is JSON, and which of several is used.

use serde_json::Value;

/// JSON where it is offered, plain before the forms `+json`, else the first media type.
pub fn preferred(content: &serde_json::Map<String, Value>) -> (&str, &Value) {
    let plain = content.iter().find(|(m, _)| is_json(m) && !m.contains('+'));
    let json = plain.or_else(|| content.iter().find(|(m, _)| is_json(m)));
    match json.or_else(|| content.iter().next()) {
        Some((media, entry)) => (media, entry),
        None => ("", &Value::Null),
    }
}

/// `application/json`, with parameters, and the vendor forms `+json`.
pub fn is_json(media: &str) -> bool {
    let essence = media.split(';').next().unwrap_or_default().trim().to_lowercase();
    essence == "application/json" || essence.ends_with("+json") || essence == "text/json"
}
