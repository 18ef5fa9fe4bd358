//! Marks: the `x-` keys that steer the generator.
//!
//! For: what decides whether a call may be sent twice, whether a value is hidden, or which Rust type stands for a schema
//! is ours to say, in an overlay. A document may only tighten a guard.

use super::places::{Keys, below};
use super::text::code;
use crate::document::at;
use crate::model::Change;
use serde_json::{Map, Value};

pub const PASS: &str = "marks";

/// Of an operation: whether a second sending does what one does.
pub const IDEMPOTENT: &str = "x-idempotent";
/// Of an operation: whether it moves money.
pub const MOVES_MONEY: &str = "x-moves-money";
/// Of a number: whether it holds money.
pub const MONEY: &str = "x-money";
/// Of a property: whether `Debug` hides it.
pub const SENSITIVE: &str = "x-sensitive";
/// Of an operation, `false`: its list is read as one page.
pub const PAGING: &str = "x-paging";
/// Of a pseudo-operation: the events that it is.
pub const EVENTS: &str = "x-events";
/// Of a security scheme whose header is `authorization`: the token stands there bare.
pub const NO_BEARER_PREFIX: &str = "x-no-bearer-prefix";

/// Written by a pass for those after it, while they move schemas; `lower::facts` takes them out.
pub const OF_PASSES: [&str; 5] = [PLACE, PUBLISHED_NAME, TAGS, VARIANT, THREE_STATES];
pub const PLACE: &str = "x-place";
pub const PUBLISHED_NAME: &str = "x-published-name";
pub const TAGS: &str = "x-tags";
pub const VARIANT: &str = "x-variant";
/// An optional property that the document lets be null.
pub const THREE_STATES: &str = "x-three-states";
/// Read by typify: a type of another crate in place of a schema.
pub const RUST_TYPE: &str = "x-rust-type";

/// Never taken from a document.
const OURS: [&str; 8] = [EVENTS, NO_BEARER_PREFIX, PLACE, PUBLISHED_NAME, TAGS, VARIANT, THREE_STATES, RUST_TYPE];

/// Read by progenitor, which makes code of them that no operation here asks for.
const GENERATORS: [&str; 3] = ["x-dropshot-pagination", "x-dropshot-websocket", "x-dropshot-body-max"];

/// Taken from a document only with the value that makes a guard tighter.
const GUARDS: [(&str, bool); 5] =
    [(IDEMPOTENT, false), (MOVES_MONEY, true), (MONEY, true), (SENSITIVE, true), (PAGING, false)];

/// Whether a key of an overlay steers the generator, and says nothing of the service to anybody else. How a scheme's
/// header is written does.
pub fn is_one(key: &str) -> bool {
    let guards = GUARDS.iter().map(|(name, _)| *name);
    OURS.into_iter().chain(guards).any(|name| name == key && name != NO_BEARER_PREFIX)
}

/// Takes the marks out.
pub fn strip(doc: &mut Value, changes: &mut Vec<Change>) {
    walk(doc, "", Keys::Keywords, changes);
}

fn walk(value: &mut Value, pointer: &str, keys: Keys, changes: &mut Vec<Change>) {
    match value {
        Value::Object(map) => {
            if keys == Keys::Keywords {
                take_out(map, pointer, changes);
            }
            for (key, child) in map {
                if let Some(keys) = below(keys, key) {
                    walk(child, &at(pointer, key), keys, changes);
                }
            }
        }
        Value::Array(list) => {
            for (index, child) in list.iter_mut().enumerate() {
                walk(child, &at(pointer, index.to_string()), Keys::Keywords, changes);
            }
        }
        _ => {}
    }
}

fn take_out(map: &mut Map<String, Value>, pointer: &str, changes: &mut Vec<Change>) {
    map.retain(|key, value| {
        let guard = GUARDS.iter().find(|(name, _)| name == key);
        let goes = match guard {
            Some((_, tight)) => *value != *tight,
            None => OURS.contains(&key.as_str()) || GENERATORS.contains(&key.as_str()),
        };
        if goes {
            let what = match guard {
                Some(_) => format!("{} loosens a guard, which only an overlay may; it is not heeded", code(key)),
                None => format!("{} is a mark that only an overlay may set; it is not heeded", code(key)),
            };
            changes.push(Change { pass: PASS, pointer: at(pointer, key), what, warning: true });
        }
        !goes
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_may_tighten_and_not_loosen() {
        let mut doc = json!({
            "paths": {"/a": {"post": {"x-moves-money": false, "x-idempotent": true, "x-paging": true, "x-events": ["e"]},
                             "put": {"x-moves-money": true, "x-idempotent": false, "x-paging": false, "x-scopes": ["s"]}}},
            "components": {
                "securitySchemes": {"jwt": {"type": "apiKey", "x-no-bearer-prefix": true}},
                "schemas": {"x-place": {
                    "x-place": "p", "x-rust-type": {"crate": "evil"}, "x-discriminator-value": "kept",
                    "properties": {
                        "x-rust-type": {"x-sensitive": false, "default": {"x-place": "data"}},
                        "b": {"x-sensitive": true, "items": {"allOf": [{"x-variant": "V", "x-tags": ["t"]}]}}}}}}
        });
        let mut changes = Vec::new();
        strip(&mut doc, &mut changes);
        assert_eq!(
            doc,
            json!({
                "paths": {"/a": {"post": {},
                                 "put": {"x-moves-money": true, "x-idempotent": false, "x-paging": false, "x-scopes": ["s"]}}},
                "components": {
                    "securitySchemes": {"jwt": {"type": "apiKey"}},
                    "schemas": {"x-place": {
                        "x-discriminator-value": "kept",
                        "properties": {
                            "x-rust-type": {"default": {"x-place": "data"}},
                            "b": {"x-sensitive": true, "items": {"allOf": [{}]}}}}}}
            })
        );
        assert_eq!(changes.len(), 10, "{changes:?}");
        assert!(changes.iter().all(|c| c.warning && c.what.contains("only an overlay may")));
        assert!(changes.iter().any(|c| c.pointer == "/paths/~1a/post/x-moves-money"));
    }
}
