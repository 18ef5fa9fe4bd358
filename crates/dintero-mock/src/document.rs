//! One OpenAPI document as published: read, its version known, its references followed.

use crate::pointer;
use crate::problem::Problem;
use crate::schema::{Schemas, Side};
use serde_json::Value;
use std::sync::OnceLock;

/// Longest chain of references that is followed.
const CHAIN: usize = 32;

/// A document that can be served.
#[derive(Debug)]
pub struct Document {
    /// Service it describes, for example `payments`.
    pub(crate) service: String,
    pub(crate) value: Value,
    /// OpenAPI 3.1, whose schemas are JSON Schema already.
    pub(crate) is_31: bool,
    request: OnceLock<Schemas>,
    strict_request: OnceLock<Schemas>,
    response: OnceLock<Schemas>,
}

impl Document {
    /// Reads JSON, and with the feature `yaml` YAML 1.2.
    ///
    /// # Errors
    /// Tells why the document cannot be served.
    pub fn parse(service: &str, file: &str, text: &str) -> Result<Self, Problem> {
        Self::of(service, file, read(file, text)?)
    }

    /// One that is built in, which is JSON.
    pub(crate) fn built_in(service: &str, text: &str) -> Result<Self, Problem> {
        let file = format!("{service}.json");
        Self::of(service, &file, read_json(&file, text)?)
    }

    fn of(service: &str, file: &str, value: Value) -> Result<Self, Problem> {
        let version = |key: &str| match value.get(key) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        if let Some(version) = version("swagger") {
            return Err(Problem::new(
                file,
                format!("is Swagger {version}, which is not served"),
                "give the same service as OpenAPI 3.0 or 3.1",
            ));
        }
        let version = version("openapi").ok_or_else(|| {
            Problem::new(file, "is no OpenAPI document: it has no `openapi`", "check what was fetched")
        })?;
        if !version.starts_with("3.0") && !version.starts_with("3.1") {
            return Err(Problem::new(
                file,
                format!("is OpenAPI {version}, which is not served"),
                "give the service as OpenAPI 3.0 or 3.1",
            ));
        }
        if !value.get("paths").is_none_or(|paths| paths.is_object() || paths.is_null()) {
            return Err(Problem::new(format!("{file}#/paths"), "`paths` is no mapping", "mend the document"));
        }
        Ok(Self {
            service: service.into(),
            is_31: version.starts_with("3.1"),
            value,
            request: OnceLock::new(),
            strict_request: OnceLock::new(),
            response: OnceLock::new(),
        })
    }

    /// The document as published.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The schemas as JSON Schema, made when first asked for.
    pub(crate) fn schemas(&self, side: Side) -> &Schemas {
        let slot = match side {
            Side::Request => &self.request,
            Side::StrictRequest => &self.strict_request,
            Side::Response => &self.response,
        };
        slot.get_or_init(|| Schemas::of(self, side))
    }

    /// What stands at a pointer, or at the end of the references that stand there, and the pointer of that place.
    pub(crate) fn locate(&self, pointer: &str) -> Option<(String, &Value)> {
        let mut pointer = pointer.to_owned();
        for _ in 0..CHAIN {
            let value = self.value.pointer(&pointer)?;
            match value.get("$ref").and_then(Value::as_str) {
                Some(reference) => pointer = pointer::of_reference(reference)?,
                None => return Some((pointer, value)),
            }
        }
        None
    }

    /// The value itself, or that at the end of its references.
    pub(crate) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let mut value = value;
        for _ in 0..CHAIN {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else { break };
            match pointer::of_reference(reference).and_then(|p| self.value.pointer(&p)) {
                Some(target) => value = target,
                None => break,
            }
        }
        value
    }
}

fn read_json(file: &str, text: &str) -> Result<Value, Problem> {
    serde_json::from_str(text).map_err(|why| Problem::new(file, format!("is no JSON: {why}"), "mend it at that place"))
}

#[cfg(feature = "yaml")]
fn read(file: &str, text: &str) -> Result<Value, Problem> {
    // YAML 1.1 would read the enum value `no` as false and `010` as 8.
    let options = serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|e| Problem::new(file, format!("is neither YAML nor JSON: {e}"), "mend it at that place"))
}

#[cfg(not(feature = "yaml"))]
fn read(file: &str, text: &str) -> Result<Value, Problem> {
    read_json(file, text).map_err(|mut problem| {
        if !text.trim_start().starts_with('{') {
            problem.help = "give it as JSON, or switch the feature `yaml` of dintero-mock on".into();
        }
        problem
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_served_is_told_with_its_reason() {
        for (text, why) in [
            ("a: [", "neither YAML nor JSON"),
            ("hello", "no OpenAPI document"),
            ("swagger: '2.0'", "Swagger 2.0, which is not served"),
            ("openapi: 4.0.0", "OpenAPI 4.0.0, which is not served"),
            ("openapi: 3.0.0\npaths: []", "`paths` is no mapping"),
        ] {
            let problem = Document::parse("x", "x.yaml", text).expect_err(text).to_string();
            assert!(problem.starts_with("x.yaml") && problem.contains(why), "{problem}");
        }
        assert!(Document::parse("x", "x.yaml", "openapi: 3.0.0").is_ok());
    }

    #[test]
    fn references_are_followed_and_loops_end() {
        let text = "openapi: 3.0.0\na: {$ref: '#/b'}\nb: {c: 1}\nd: {$ref: '#/d'}";
        let document = Document::parse("x", "x.yaml", text).expect("document");
        assert_eq!(document.locate("/a").map(|(pointer, _)| pointer).as_deref(), Some("/b"));
        assert!(document.locate("/d").is_none());
        assert_eq!(document.resolve(&document.value["a"])["c"], 1);
    }
}
