//! What the machine remembers between runs: specs/lock.toml (what is pinned) and `specs/names/<service>.toml` (method names).

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
const NAMES_HEADER: &str = "\
# Operation id -> Rust method name, added by `cargo xtask generate` and kept for ever.
# A name may be edited before it is released; afterwards a change breaks callers.\n\n";

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

/// `specs/names/<service>.toml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Names {
    #[serde(skip)]
    pub file: String,
    #[serde(default)]
    pub methods: BTreeMap<String, String>,
    /// Names of operations that are gone: given to none but who is called alike.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub retired: BTreeMap<String, String>,
    /// What each of them calls, by which one is known whose id changed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calls: BTreeMap<String, String>,
}

impl Names {
    pub fn read(path: &Path, shown: &str) -> Result<Self, Problem> {
        let mut names: Self = read_toml(path, shown)?;
        names.file = shown.into();
        // Those that come back get their name back.
        names.methods.append(&mut names.retired);
        for (id, name) in &names.methods {
            if syn::parse_str::<syn::Ident>(name).is_err() {
                return Err(Problem::new(
                    shown,
                    format!("/methods/{id}"),
                    format!("`{name}` cannot be the name of a method"),
                    "use lower case words joined by `_`",
                ));
            }
        }
        Ok(names)
    }

    /// A name belongs to a call: whoever is called as another was, takes over its name, also where ids change places.
    pub fn take_over(&mut self, present: &BTreeMap<String, String>) {
        let mut owners: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
        for (id, call) in &self.calls {
            owners.entry(call).or_default().push(id);
        }
        // Who is no longer called as it was, or is gone, keeps nothing from who is called so now.
        let moved = |id: &String| present.get(id) != self.calls.get(id);
        let mut names: Vec<(String, String, Option<String>)> = Vec::new();
        for (id, call) in present.iter().filter(|(id, _)| moved(id)) {
            if let Some([old]) = owners.get(call).map(Vec::as_slice)
                && *old != id
                && moved(old)
            {
                names.push((id.clone(), old.to_string(), self.methods.get(*old).cloned()));
            }
        }
        for (_, old, _) in &names {
            self.methods.remove(old);
            self.calls.remove(old);
        }
        for (id, _, name) in names {
            if let Some(name) = name {
                self.methods.insert(id, name);
            }
        }
        self.calls.extend(present.iter().map(|(id, call)| (id.clone(), call.clone())));
    }

    /// Parts those that are still there from those that are gone.
    pub fn retire<'a>(&mut self, present: impl Iterator<Item = &'a str>) {
        let present: std::collections::BTreeSet<&str> = present.collect();
        let (here, gone): (BTreeMap<_, _>, BTreeMap<_, _>) =
            std::mem::take(&mut self.methods).into_iter().partition(|(id, _)| present.contains(id.as_str()));
        self.methods = here;
        self.retired.extend(gone);
    }

    pub fn text(&self) -> String {
        format!("{NAMES_HEADER}{}", toml::to_string(self).unwrap_or_default())
    }
}

/// An absent file is an empty one.
fn read_toml<T: Default + for<'de> Deserialize<'de>>(path: &Path, shown: &str) -> Result<T, Problem> {
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
    fn a_name_belongs_to_a_call_whatever_becomes_of_the_ids() {
        let map = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect::<BTreeMap<_, _>>()
        };
        let named = |now: &[(&str, &str)]| {
            let mut names = Names {
                methods: map(&[("a", "capture"), ("b", "refund")]),
                calls: map(&[("a", "POST /capture"), ("b", "POST /refund")]),
                ..Names::default()
            };
            names.take_over(&map(now));
            names.methods
        };
        assert_eq!(named(&[("a", "POST /capture"), ("b", "POST /refund")]), map(&[("a", "capture"), ("b", "refund")]));
        let swapped = named(&[("a", "POST /refund"), ("b", "POST /capture")]);
        assert_eq!(swapped, map(&[("a", "refund"), ("b", "capture")]));
        assert_eq!(named(&[("c", "POST /capture"), ("b", "POST /refund")]), map(&[("b", "refund"), ("c", "capture")]));
        // One that is called otherwise under its own id keeps its name; drift tells that it moved.
        assert_eq!(named(&[("a", "POST /v2/capture"), ("b", "POST /refund")])["a"], "capture");
        let taken = named(&[("b", "POST /capture"), ("a", "POST /z")]);
        assert_eq!(taken, map(&[("b", "capture")]), "`a` is another call now, and gets a name of its own");
    }

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

    #[test]
    fn a_name_that_is_none_is_named() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("n.toml");
        std::fs::write(&path, "[methods]\na = 'not a name'\n").expect("write");
        let p = Names::read(&path, "specs/names/n.toml").expect_err("refused");
        assert!(p.to_string().starts_with("specs/names/n.toml#/methods/a"), "{p}");
    }

    #[test]
    fn what_is_gone_is_retired_and_comes_back() {
        let mut names = Names { methods: [("a".to_string(), "get_a".to_string())].into(), ..Names::default() };
        names.retire(std::iter::empty());
        assert_eq!(names.retired["a"], "get_a");
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("n.toml");
        std::fs::write(&path, names.text()).expect("write");
        assert_eq!(Names::read(&path, "n").expect("reads").methods["a"], "get_a");
    }
}
