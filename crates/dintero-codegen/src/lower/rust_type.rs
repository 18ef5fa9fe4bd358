//! The Rust type of a lowered schema, as text.

use super::schema::{Form, UPLOAD, form, referred};
use crate::gate::marks;
use serde_json::Value;

const ANY: &str = "serde_json::Value";

/// `prefix` stands before named types: `types::` outside of types.rs.
pub fn rust_type(schema: &Value, prefix: &str) -> String {
    let inner = match referred(schema) {
        Some(name) => format!("{prefix}{name}"),
        None => match form(schema) {
            Form::Array => format!("Vec<{}>", rust_type(&schema["items"], prefix)),
            Form::Map => {
                let value = match &schema["additionalProperties"] {
                    values @ Value::Object(_) => rust_type(values, prefix),
                    _ => ANY.into(),
                };
                match value == ANY {
                    true => format!("serde_json::Map<String, {ANY}>"),
                    false => format!("std::collections::HashMap<String, {value}>"),
                }
            }
            Form::String
                if schema[marks::RUST_TYPE]["parameters"].is_null() && schema[marks::RUST_TYPE].is_object() =>
            {
                schema[marks::RUST_TYPE]["path"].as_str().unwrap_or("String").into()
            }
            Form::String => match schema["format"].as_str() {
                Some("date-time") => "dintero_types::chrono::DateTime<dintero_types::chrono::Utc>".into(),
                Some("date") => "dintero_types::chrono::NaiveDate".into(),
                Some(UPLOAD) => "dintero_types::Upload".into(),
                _ => "String".into(),
            },
            Form::Integer => "i64".into(),
            Form::Number => schema[marks::RUST_TYPE]["path"].as_str().unwrap_or("f64").into(),
            Form::Boolean => "bool".into(),
            _ => ANY.into(),
        },
    };
    // Any value may be null as it is.
    match schema["nullable"] == true && inner != ANY {
        true => format!("Option<{inner}>"),
        false => inner,
    }
}
