//! What stands where in a document: keywords of OpenAPI, names that the document gives, or data.
//!
//! For: a property may be called as a keyword is (`default`, `x-place`), and an example may hold anything.

/// How the keys of an object are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// As OpenAPI defines them.
    Keywords,
    /// As the document's own names.
    Names,
}

/// Keywords whose value is a map from names.
const MAPS: [&str; 24] = [
    "$defs",
    "callbacks",
    "content",
    "definitions",
    "dependentRequired",
    "dependentSchemas",
    "encoding",
    "headers",
    "links",
    "mapping",
    "parameters",
    "pathItems",
    "paths",
    "patternProperties",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
    "scopes",
    "securityDefinitions",
    "securitySchemes",
    "variables",
    "webhooks",
    "x-webhooks",
];

/// Keywords whose value is data.
const DATA: [&str; 5] = ["const", "default", "enum", "example", "examples"];

/// Extensions whose value is read as the document's.
const READ: [&str; 3] = ["x-scopes", "x-servers", "x-webhooks"];

/// How the object below `key` is to be read; `None` for data and for extensions that nobody reads.
pub fn below(keys: Keys, key: &str) -> Option<Keys> {
    match keys {
        Keys::Names => Some(Keys::Keywords),
        Keys::Keywords if DATA.contains(&key) => None,
        Keys::Keywords if key.starts_with("x-") && !READ.contains(&key) => None,
        Keys::Keywords if MAPS.contains(&key) => Some(Keys::Names),
        Keys::Keywords => Some(Keys::Keywords),
    }
}

/// Whether what stands there is read as a part of the document, so that marks and names in it were looked at.
pub fn is_read(steps: &[String]) -> bool {
    let mut keys = Keys::Keywords;
    for step in steps {
        match below(keys, step) {
            Some(next) => keys = next,
            None => return false,
        }
    }
    keys == Keys::Keywords
}
