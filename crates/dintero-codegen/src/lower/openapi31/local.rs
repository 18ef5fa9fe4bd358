//! References that only JSON Schema has: `$defs`, `$anchor`, `$id`, `$dynamicRef`, and `#` for the schema itself.
//!
//! What they name becomes a component, which is all that OpenAPI 3.0 can refer to.

use super::Converter;
use crate::document::{at, escape, lookup, steps};
use crate::lower::references::objects_mut;
use serde_json::Value;
use std::collections::BTreeMap;

/// Names of places, and the pointers they stand for.
#[derive(Default)]
struct Named {
    /// `$anchor` and `$dynamicAnchor`.
    anchors: BTreeMap<String, String>,
    ids: BTreeMap<String, String>,
}

impl Converter<'_> {
    pub(super) fn local_references(&mut self, doc: &mut Value) {
        let mut named = Named::default();
        objects_mut(doc, &mut |pointer, map| {
            if let Some(id) = map.shift_remove("$id").as_ref().and_then(Value::as_str) {
                named.ids.insert(id.trim_end_matches('#').to_string(), pointer.to_string());
            }
            for key in ["$anchor", "$dynamicAnchor"] {
                if let Some(anchor) = map.shift_remove(key).as_ref().and_then(Value::as_str) {
                    named.anchors.insert(anchor.to_string(), pointer.to_string());
                }
            }
        });
        let whole = doc.clone();
        objects_mut(doc, &mut |pointer, map| {
            if let Some(target) = map.shift_remove("$dynamicRef") {
                map.entry("$ref").or_insert(target);
            }
            let Some(Value::String(target)) = map.get_mut("$ref") else { return };
            if let Some(place) = named.place(&whole, pointer, target) {
                self.note(pointer, format!("`{target}` is `#{place}`"));
                *target = format!("#{}", place.replace('%', "%25"));
            }
        });
        self.definitions(doc);
    }

    /// Every `$defs`, and what it was called before, moves to the components.
    fn definitions(&mut self, doc: &mut Value) {
        let mut found: Vec<(String, String, Value)> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        let whole = doc.clone();
        let known = |name: &str, names: &[String]| {
            lookup(&whole, &["components".into(), "schemas".into(), name.into()]).is_some()
                || names.iter().any(|n| n == name)
        };
        objects_mut(doc, &mut |pointer, map| {
            let owner = steps(pointer).pop().unwrap_or_default();
            let mut definitions = Vec::new();
            for key in ["$defs", "definitions"] {
                if !map.get(key).is_some_and(Value::is_object) {
                    continue;
                }
                let Some(Value::Object(of_key)) = map.shift_remove(key) else { continue };
                let base = at(pointer, key);
                definitions.extend(of_key.into_iter().map(|(name, schema)| (at(&base, &name), name, schema)));
            }
            for (from, name, schema) in definitions {
                // Many documents carry the same definition with each schema that uses it.
                let same =
                    found.iter().find(|(_, n, s)| *s == schema && (*n == name || n.ends_with(&format!("-{name}"))));
                let new = match same {
                    Some((_, known, _)) => known.clone(),
                    None => {
                        let mut new = name.clone();
                        let mut n = 2;
                        while known(&new, &names) {
                            new = if n == 2 { format!("{owner}-{name}") } else { format!("{owner}-{name}-{n}") };
                            n += 1;
                        }
                        names.push(new.clone());
                        new
                    }
                };
                found.push((from, new, schema));
            }
        });
        for (from, name, schema) in found {
            let to = format!("/components/schemas/{}", escape(&name));
            self.note(&from, format!("is the component `{name}`"));
            self.moves.add(from, to);
            if let Some(schemas) = crate::lower::references::ensure_schemas(doc) {
                schemas.entry(name).or_insert(schema);
            }
        }
    }
}

impl Named {
    /// What a reference means that no JSON pointer of the document says.
    fn place(&self, doc: &Value, pointer: &str, target: &str) -> Option<String> {
        let (base, fragment) = target.split_once('#').unwrap_or((target, ""));
        if base.is_empty() && lookup(doc, &steps(fragment)).is_some() && fragment.starts_with('/') {
            return None;
        }
        let start =
            match base {
                "" => None,
                // A relative id is the end of an absolute one.
                id => Some(self.ids.iter().find(|(known, _)| {
                    *known == id || known.ends_with(&format!("/{}", id.trim_start_matches("./")))
                })?),
            };
        let start = start.map(|(_, pointer)| pointer.as_str());
        if !fragment.is_empty() && !fragment.starts_with('/') {
            return self.anchors.get(fragment).cloned();
        }
        if let Some(start) = start {
            return Some(format!("{start}{fragment}"));
        }
        // Within the nearest schema around that has such a place; `#` is the outermost.
        let path = steps(pointer);
        let root = match path.iter().position(|step| step == "schema") {
            Some(end) if path[1] != "schemas" => end + 1,
            _ => 3,
        };
        let mut around = (root..=path.len()).rev().map(|n| path[..n.min(path.len())].to_vec());
        let found = match fragment {
            "" => path.get(..root).map(<[String]>::to_vec),
            _ => around.find(|start| {
                let whole: Vec<String> = start.iter().cloned().chain(steps(fragment)).collect();
                lookup(doc, &whole).is_some()
            }),
        };
        let start: String = found?.iter().map(|s| format!("/{}", escape(s))).collect();
        Some(format!("{start}{fragment}"))
    }
}
