//! Reads a document (YAML or JSON) into a JSON value, and finds places in it by JSON pointer.

use crate::problem::Problem;
use serde_json::Value;
use std::path::Path;

/// Reads a file; the problem names it as given.
pub fn read(path: &Path) -> Result<Value, Problem> {
    let text = std::fs::read_to_string(path).map_err(|e| Problem::io(path, "read the document", &e))?;
    parse(&path.display().to_string(), &text)
}

/// Parses YAML 1.2 or JSON (which is YAML), and makes sure that it is an OpenAPI document at all.
pub fn parse(file: &str, text: &str) -> Result<Value, Problem> {
    // YAML 1.1 would read the enum value `no` as false and `010` as 8.
    let options = serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        with_snippet: false,
    };
    let value: Value = serde_saphyr::from_str_with_options(text, options).map_err(|e| {
        Problem::new(
            file,
            "",
            format!("is neither YAML nor JSON: {e}"),
            "fetch the document again, or mend it at that place",
        )
    })?;
    let Some(object) = value.as_object() else {
        return Err(not_openapi(file, "its top level is no mapping"));
    };
    if !object.contains_key("openapi") && !object.contains_key("swagger") {
        return Err(not_openapi(file, "it has neither `openapi` nor `swagger`"));
    }
    Ok(value)
}

fn not_openapi(file: &str, why: &str) -> Problem {
    Problem::new(
        file,
        "",
        format!("is not an OpenAPI document: {why}"),
        "check the address in specs/catalog.toml; a web page or a redirect may have been stored instead",
    )
}

/// Escapes one step of a JSON pointer.
pub fn escape(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}

/// Appends a step to a JSON pointer.
pub fn at(pointer: &str, step: impl AsRef<str>) -> String {
    format!("{pointer}/{}", escape(step.as_ref()))
}

/// The steps of a JSON pointer, unescaped (also percent escapes, as they stand in a `$ref`).
pub fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|s| percent_decode(s).replace("~1", "/").replace("~0", "~")).collect()
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex =
            (bytes[i] == b'%').then(|| text.get(i + 1..i + 3)).flatten().and_then(|h| u8::from_str_radix(h, 16).ok());
        match hex {
            Some(byte) => {
                out.push(byte);
                i += 3;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_string())
}

/// Follows the steps of a pointer.
pub fn lookup<'a>(root: &'a Value, steps: &[String]) -> Option<&'a Value> {
    steps.iter().try_fold(root, |value, step| match value {
        Value::Object(map) => map.get(step),
        Value::Array(list) => step.parse::<usize>().ok().and_then(|i| list.get(i)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_of_the_present_day() {
        let v = parse("t", "openapi: 3.0.0\nx: no\nresponses: {200: ok}\ny: 010\n").expect("parses");
        assert_eq!(v["x"], "no");
        assert_eq!(v["responses"]["200"], "ok");
        assert_eq!(v["y"], "010");
    }

    #[test]
    fn what_is_no_document_is_named() {
        for text in ["<html><body>moved</body></html>", "", "- a\n", "{\"a\": 1}"] {
            let p = parse("spec.yaml", text).expect_err("no OpenAPI");
            assert!(p.to_string().starts_with("spec.yaml: is not an OpenAPI document"), "{p}");
        }
        let p = parse("spec.yaml", "openapi: 3.0.0\n  bad: [").expect_err("broken");
        assert!(p.reason.contains("neither YAML nor JSON"), "{p}");
    }

    #[test]
    fn pointers_are_unescaped() {
        assert_eq!(steps("/paths/~1a~1%7Bid%7D/get"), ["paths", "/a/{id}", "get"]);
        assert_eq!(at("/paths", "/a~b"), "/paths/~1a~0b");
    }
}
