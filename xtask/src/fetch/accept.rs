//! Whether what came may take the place of what is pinned: it is a document that this tool knows, whole and sound.

use crate::document;
use crate::lower;
use crate::problem::Problem;
use serde_json::Value;
use std::sync::Arc;

/// The document's value, if its bytes are accepted; the problem names it as `place`.
pub fn accept(place: &str, bytes: &[u8]) -> Result<Arc<Value>, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|why| {
        Problem::new(place, "", format!("is not UTF-8: {why}"), "see what is published there; it may be no text at all")
    })?;
    let doc = document::once(place, text)?;
    if !doc["paths"].is_object() && !doc["webhooks"].is_object() && !doc["components"].is_object() {
        return Err(Problem::new(
            place,
            "/paths",
            "describes nothing: it has no `paths`",
            "see what is published there; the document may be cut short",
        ));
    }
    lower::check(place, &doc)?;
    Ok(doc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_whole_document_is_refused_with_its_place() {
        for (text, pointer, reason) in [
            ("<!doctype html><html><body>Not here</body></html>", "", "not an OpenAPI document"),
            ("openapi: 3.2.0\npaths: {}\n", "/openapi", "version `3.2.0`"),
            ("openapi: 3.10.0\npaths: {}\n", "/openapi", "version `3.10.0`"),
            ("swagger: '1.2'\npaths: {}\n", "/swagger", "version `1.2`"),
            ("openapi: 3.0.0\ninfo: {title: x}\n", "/paths", "describes nothing"),
            (
                "openapi: 3.0.0\npaths: {/a: {get: {responses: {'200': {$ref: '#/components/responses/A'}}}}}\n",
                "/paths/~1a/get/responses/200",
                "leads nowhere",
            ),
            ("openapi: 3.0.0\npaths: {/a: {get: {res", "", "neither YAML nor JSON"),
        ] {
            let p = accept("https://docs.example.com/a.yaml", text.as_bytes()).expect_err(text);
            assert_eq!((p.file.as_str(), p.pointer.as_str()), ("https://docs.example.com/a.yaml", pointer), "{p}");
            assert!(p.reason.contains(reason) && !p.remedy.is_empty(), "{p}");
        }
        let p = accept("a.yaml", b"openapi: 3.0.0\npaths: {} # \xff\n").expect_err("no UTF-8");
        assert!(p.reason.contains("not UTF-8"), "{p}");
    }

    #[test]
    fn every_version_that_is_published_is_accepted() {
        for text in [
            "openapi: 3.0.0\npaths: {}\n",
            "openapi: 3.1\npaths: {}\n",
            "openapi: 3.1.0\nwebhooks: {}\n",
            "swagger: '2.0'\npaths: {}\ndefinitions: {A: {type: object, properties: {a: {$ref: '#/definitions/A'}}}}\n",
            "swagger: 2.0\npaths: {}\n",
            "{\"openapi\": \"3.0.3\", \"paths\": {}}",
        ] {
            accept("a.yaml", text.as_bytes()).unwrap_or_else(|p| panic!("{text}: {p}"));
        }
    }
}
