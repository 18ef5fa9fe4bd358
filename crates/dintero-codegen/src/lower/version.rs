//! Every version becomes OpenAPI 3.0, which is what the other passes and the generator read.

use super::budget::{self, Budget};
use super::moves::Moves;
use super::{openapi31, swagger2};
use crate::model::Change;
use crate::problem::Problem;
use serde_json::Value;

/// Converts the document in place, and tells where its parts went. One in OpenAPI 3.0 stays as it is, but for what its
/// schemas say as JSON Schema does.
pub fn run(file: &str, doc: &mut Value, changes: &mut Vec<Change>) -> Result<Moves, Problem> {
    budget::check(file, doc)?;
    let budget = Budget::default();
    let moves = converted(file, doc, changes, &budget)?;
    budget.check(file)?;
    Ok(moves)
}

fn converted(file: &str, doc: &mut Value, changes: &mut Vec<Change>, budget: &Budget) -> Result<Moves, Problem> {
    let (key, name) = if doc.get("openapi").is_some() { ("openapi", "OpenAPI") } else { ("swagger", "Swagger") };
    let version = text(&doc[key]);
    let is = |minor: &str| version == minor || version.strip_prefix(minor).is_some_and(|rest| rest.starts_with('.'));
    match name {
        "OpenAPI" if is("3.0") => Ok(openapi31::schemas(doc, changes, budget)),
        "OpenAPI" if is("3.1") => Ok(openapi31::run(doc, changes, budget)),
        "Swagger" if is("2.0") => {
            let mut moves = swagger2::run(doc, changes);
            let before = changes.len();
            let next = openapi31::schemas(doc, changes, budget);
            changes.iter_mut().skip(before).for_each(|change| change.pointer = moves.published(&change.pointer));
            moves.then(next);
            Ok(moves)
        }
        _ => Err(Problem::new(
            file,
            format!("/{key}"),
            format!("{name} version `{version}` is not supported; Swagger 2.0, OpenAPI 3.0 and 3.1 are"),
            "convert the document to one of these versions first, or teach crates/dintero-codegen/src/lower/version.rs the new one",
        )),
    }
}

/// The version as it is written; `2.0` without quotes is a number.
fn text(version: &Value) -> String {
    match version {
        Value::String(s) => s.trim().to_string(),
        Value::Number(n) => match n.to_string() {
            whole if !whole.contains('.') => format!("{whole}.0"),
            other => other,
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn other_versions_are_named() {
        for doc in [
            json!({"openapi": "3.2.0"}),
            json!({"openapi": "3.10.0"}),
            json!({"swagger": "1.2"}),
            json!({"openapi": "4.0.0"}),
            json!({"openapi": null}),
            json!({}),
        ] {
            let p = run("spec.yaml", &mut doc.clone(), &mut Vec::new()).expect_err("refused");
            assert!(p.reason.contains("is not supported"), "{p}");
        }
    }

    #[test]
    fn a_document_in_openapi_3_0_is_left_alone() {
        for version in [json!("3.0.3"), json!("3.0"), json!(3.0), json!(3)] {
            let doc = json!({"openapi": version, "paths": {"/a": {"get": {"x-new": ["kept"]}}},
                "components": {"schemas": {"A": {"type": "number", "minimum": 1, "exclusiveMinimum": true, "enum": [null]}}}});
            let mut same = doc.clone();
            run("spec.yaml", &mut same, &mut Vec::new()).expect("fine");
            assert_eq!(same, doc);
        }
    }

    #[test]
    fn json_schema_is_understood_in_every_version() {
        let schema = json!({"type": ["string", "null"]});
        let meant = json!({"nullable": true, "type": "string"});
        let mut doc = json!({"openapi": "3.0.0", "components": {"schemas": {"A": schema}}});
        run("spec.yaml", &mut doc, &mut Vec::new()).expect("fine");
        assert_eq!(doc["components"]["schemas"]["A"], meant);
        let (mut doc, mut changes) = (json!({"swagger": "2.0", "definitions": {"A": schema}}), Vec::new());
        run("spec.yaml", &mut doc, &mut changes).expect("fine");
        assert_eq!(doc["components"]["schemas"]["A"], meant);
        assert!(changes.iter().any(|c| c.pointer == "/definitions/A/type"), "{changes:?}");
    }
}
