//! What every part of a document is read with.

use crate::gate::Text;
use serde_json::Value;

pub const PASS: &str = "collect";

/// What the service sends by itself, as OpenAPI 3.1 says it with `webhooks`.
pub const WEBHOOKS: &str = "x-webhooks";

/// How a list is joined where OpenAPI 3.0 has no style for it, in the words of Swagger 2.0.
pub const COLLECTION_FORMAT: &str = "x-collectionFormat";

pub fn text(value: &Value, key: &str) -> Text {
    match value.get(key) {
        Some(Value::String(s)) => s.trim().into(),
        Some(Value::Number(n)) => n.to_string().into(),
        _ => Text::default(),
    }
}

pub fn strings(value: &Value) -> Vec<Text> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|v| v.as_str().map(Text::from)).collect()
}

/// The name of the shared part that is referred to.
pub fn component(raw: &Value, kind: &str) -> Option<Text> {
    let target = raw["$ref"].as_str()?;
    target.strip_prefix(&format!("#/components/{kind}/")).map(Text::from)
}
