//! OpenAPI 3.1 becomes OpenAPI 3.0.

use crate::model::Change;
use crate::problem::Problem;
use serde_json::Value;

pub fn run(file: &str, _doc: &mut Value, _changes: &mut Vec<Change>) -> Result<(), Problem> {
    Err(Problem::new(
        file,
        "/openapi",
        "OpenAPI version `3.1` is not supported yet",
        "convert the document to OpenAPI 3.0 first",
    ))
}
