//! What is pinned, and where it came from: specs/lock.toml.

use crate::catalog::Layout;
use crate::document;
use crate::problem::{Problem, of_toml};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// specs/lock.toml.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Lock {
    /// The published list of documents, as last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Index>,
    /// By the document's key: the service, `older/...` or `placeholder/...`.
    #[serde(default)]
    pub document: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Index {
    pub url: String,
    pub date: String,
    /// The addresses of documents it lists.
    pub documents: Vec<String>,
    #[serde(flatten)]
    pub served: Served,
}

/// Which server sent it, and what that called the state it sent: for the next request to the same one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// The `--base-url`, when it was not the publisher's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub url: String,
    pub origin: Origin,
    /// The day the document was fetched or described, `YYYY-MM-DD`.
    pub date: String,
    /// Of the file's bytes.
    pub raw_sha256: String,
    /// Of the document's value, whatever the order and layout of the file.
    pub canonical_sha256: String,
    pub openapi: String,
    /// `info.version`.
    #[serde(default)]
    pub version: String,
    pub operations: usize,
    pub schemas: usize,
    #[serde(flatten)]
    pub served: Served,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Fetched from the publisher.
    Published,
    /// Our own description, until the first fetch.
    Snapshot,
}

/// The day of our own descriptions.
pub const SNAPSHOT_DATE: &str = "2026-11-22";

const LOCK_HEADER: &str = "# Written by `cargo xtask`; what is pinned under specs/pinned and where it came from.\n\n";

impl Lock {
    pub fn read(path: &Path, shown: &str) -> Result<Self, Problem> {
        read_toml(path, shown)
    }

    pub fn of(layout: &Layout) -> Result<Self, Problem> {
        let path = layout.lock();
        Self::read(&path, &layout.shown(&path))
    }

    /// Pinned documents that are not what was fetched.
    pub fn edited(&self, layout: &Layout) -> Vec<Problem> {
        let fetched = self.document.iter().filter(|(_, entry)| entry.origin == Origin::Published);
        let edited = fetched.filter(|(key, entry)| {
            std::fs::read(layout.pinned(key)).is_ok_and(|bytes| sha256(&bytes) != entry.raw_sha256)
        });
        let problem = |(key, entry): (&String, &Entry)| {
            Problem::new(
                layout.shown(&layout.pinned(key)),
                "",
                format!("is not what was fetched on {}: its hash is another than in specs/lock.toml", entry.date),
                "run `cargo xtask fetch` to get it back; a correction belongs into specs/overlays",
            )
        };
        edited.map(problem).collect()
    }

    pub fn text(&self) -> String {
        format!("{LOCK_HEADER}{}", toml::to_string(self).unwrap_or_default())
    }
}

impl Entry {
    pub fn of(url: &str, origin: Origin, date: &str, bytes: &[u8], doc: &Value) -> Self {
        let schemas = if doc.get("swagger").is_some() { &doc["definitions"] } else { &doc["components"]["schemas"] };
        Self {
            url: url.into(),
            origin,
            date: date.into(),
            raw_sha256: sha256(bytes),
            canonical_sha256: sha256(canonical(doc).as_bytes()),
            openapi: scalar(doc.get("openapi").unwrap_or(&doc["swagger"])),
            version: scalar(&doc["info"]["version"]),
            operations: document::operations(doc).count(),
            schemas: schemas.as_object().map_or(0, serde_json::Map::len),
            served: Served::default(),
        }
    }
}

/// The same text for the same value: keys in order, no layout.
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            let inner: Vec<String> =
                sorted.into_iter().map(|(k, v)| format!("{}:{}", Value::String(k.clone()), canonical(v))).collect();
            format!("{{{}}}", inner.join(","))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// A version may be written without quotes, as a number.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// An absent file is an empty one.
/// A TOML file of ours; what is not there yet is empty.
pub fn read_toml<T: Default + for<'de> Deserialize<'de>>(path: &Path, shown: &str) -> Result<T, Problem> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(T::default()),
        Err(e) => return Err(Problem::io(path, "read the file", &e)),
    };
    toml::from_str(&text).map_err(|e| {
        Problem::new(
            shown,
            "",
            format!("cannot be read: {}", of_toml(&e)),
            "take the last good version from version control",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn layout_and_order_do_not_change_the_canonical_hash() {
        let a = Entry::of(
            "u",
            Origin::Snapshot,
            "d",
            b"1",
            &json!({"openapi": "3.0.0", "paths": {"/a": {"get": {}}, "/b": {}}}),
        );
        let b = Entry::of(
            "u",
            Origin::Snapshot,
            "d",
            b"2",
            &json!({"paths": {"/b": {}, "/a": {"get": {}}}, "openapi": "3.0.0"}),
        );
        assert_eq!(a.canonical_sha256, b.canonical_sha256);
        assert_ne!(a.raw_sha256, b.raw_sha256);
        assert_eq!(a.operations, 1);
    }
}
