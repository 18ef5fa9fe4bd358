//! Only OpenAPI 3.0 goes on; every other version is named with what to do.

use crate::problem::Problem;
use serde_json::Value;

pub fn run(file: &str, doc: &Value) -> Result<(), Problem> {
    let version = match &doc["openapi"] {
        Value::String(s) => s.clone(),
        Value::Number(n) => n.to_string(),
        _ => match &doc["swagger"] {
            Value::Null => String::new(),
            other => format!("Swagger {}", other.as_str().map_or_else(|| other.to_string(), str::to_string)),
        },
    };
    if version == "3.0" || version.starts_with("3.0.") {
        return Ok(());
    }
    let pointer = if doc.get("openapi").is_some() { "/openapi" } else { "/swagger" };
    Err(Problem::new(
        file,
        pointer,
        format!("OpenAPI version `{version}` is not supported; only 3.0 is"),
        "convert the document to OpenAPI 3.0 first",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn other_versions_are_named() {
        for doc in [
            json!({"openapi": "3.1.0"}),
            json!({"swagger": "2.0"}),
            json!({"openapi": "4.0.0"}),
            json!({"openapi": null}),
        ] {
            let p = run("spec.yaml", &doc).expect_err("refused");
            assert!(p.reason.contains("is not supported"), "{p}");
        }
        run("spec.yaml", &json!({"openapi": "3.0.3"})).expect("fine");
    }
}
