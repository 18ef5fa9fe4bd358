//! What OpenAPI 3.1 says in a schema, in the words of OpenAPI 3.0. What those lack stays in the description.

use super::Converter;
use super::kinds::boolean;
use crate::document::at;
use crate::lower::schema::{add_doc, children_mut, code};
use serde_json::{Map, Value, json};

impl Converter<'_> {
    /// Converts a schema with everything inside it, the outer ones first.
    pub(super) fn schema(&mut self, schema: &mut Value, pointer: &str) {
        boolean(schema);
        let Some(map) = schema.as_object_mut() else { return };
        if let Some(dialect) = map.shift_remove("$schema") {
            self.dialect(&dialect, &at(pointer, "$schema"));
        }
        for key in ["$comment", "$vocabulary"] {
            map.shift_remove(key);
        }
        let mut said = Vec::new();
        self.texts(map, pointer);
        self.boolean_members(map, pointer);
        self.null_members(map, pointer);
        self.described_constants(map, pointer);
        self.constant(map, pointer);
        self.types(map, pointer);
        self.exclusive_limits(map, pointer);
        self.examples(map, pointer, &mut said);
        self.content(map, pointer, &mut said);
        self.conditions(map, pointer, &mut said);
        self.tuple(map, pointer, &mut said);
        self.patterns(map, pointer, &mut said);
        self.rules(map, pointer);
        if !said.is_empty() {
            add_doc(schema, &said.join(" "));
        }
        children_mut(schema, pointer, |pointer, _, child| self.schema(child, pointer));
    }

    /// What must be a text is one, or is left out.
    fn texts(&mut self, map: &mut Map<String, Value>, pointer: &str) {
        for key in ["title", "description", "format", "pattern", "type"] {
            match map.get(key) {
                None | Some(Value::String(_)) => {}
                Some(Value::Array(_)) if key == "type" => {}
                Some(Value::Number(number)) if key != "type" => {
                    let text = number.to_string();
                    map.insert(key.into(), text.into());
                }
                Some(_) => {
                    map.shift_remove(key);
                    self.warn(&at(pointer, key), "is no text; left out");
                }
            }
        }
    }

    /// A number is a limit and the mark that it is excluded.
    fn exclusive_limits(&mut self, map: &mut Map<String, Value>, pointer: &str) {
        for (exclusive, limit, lower) in [("exclusiveMinimum", "minimum", true), ("exclusiveMaximum", "maximum", false)]
        {
            let Some(bound) = map.get(exclusive).filter(|b| b.is_number()).cloned() else { continue };
            let of = |v: Option<&Value>| v.and_then(Value::as_f64);
            let weaker = match (of(map.get(limit)), bound.as_f64()) {
                (Some(other), Some(bound)) => {
                    if lower {
                        bound < other
                    } else {
                        bound > other
                    }
                }
                _ => false,
            };
            self.note(&at(pointer, exclusive), format!("the limit {bound} is a `{limit}` that is excluded"));
            if weaker {
                map.shift_remove(exclusive);
            } else {
                map.insert(limit.into(), bound);
                map.insert(exclusive.into(), true.into());
            }
        }
    }

    /// The first example is the example.
    fn examples(&mut self, map: &mut Map<String, Value>, pointer: &str, said: &mut Vec<String>) {
        let Some(Value::Array(examples)) = map.get("examples").cloned() else { return };
        map.shift_remove("examples");
        let mut examples = examples.into_iter();
        if !map.contains_key("example")
            && let Some(first) = examples.next()
        {
            map.insert("example".into(), first);
        }
        self.note(&at(pointer, "examples"), "the first is `example`, the others stand in the description");
        let further: Vec<String> = examples.filter(|e| !e.is_object() && !e.is_array()).map(|e| code(&e)).collect();
        if !further.is_empty() {
            said.push(format!("Further examples: {}.", further.join(", ")));
        }
    }

    /// What is written in a string.
    fn content(&mut self, map: &mut Map<String, Value>, pointer: &str, said: &mut Vec<String>) {
        let take = |map: &mut Map<String, Value>, key: &str| {
            map.shift_remove(key).and_then(|v| v.as_str().map(str::to_string))
        };
        let (encoding, media) = (take(map, "contentEncoding"), take(map, "contentMediaType"));
        if map.shift_remove("contentSchema").is_some() {
            self.note(&at(pointer, "contentSchema"), "what a string holds is not read; left to the caller");
        }
        let Some(format) = (match (&encoding, &media) {
            (Some(encoding), _) if encoding.starts_with("base64") => Some("byte"),
            // Nothing of this kind can stand in a JSON text as it is.
            (None, Some(media)) if is_binary(media) => Some("binary"),
            (None, None) => return,
            _ => Some(""),
        }) else {
            return;
        };
        if !format.is_empty() {
            map.entry("format").or_insert_with(|| format.into());
            map.entry("type").or_insert_with(|| "string".into());
            self.note(pointer, format!("what the string holds is `format: {format}`"));
        }
        if let Some(encoding) = encoding {
            said.push(format!("Encoded as {}.", code(&encoding.into())));
        }
        if let Some(media) = media {
            said.push(format!("Media type: {}.", code(&media.into())));
        }
    }

    /// What only holds under a condition may be there.
    fn conditions(&mut self, map: &mut Map<String, Value>, pointer: &str, said: &mut Vec<String>) {
        let mut branches: Vec<(String, Value)> = Vec::new();
        for key in ["then", "else"] {
            if let Some(branch) = map.shift_remove(key) {
                branches.push((at(pointer, key), branch));
            }
        }
        if map.shift_remove("if").is_some() {
            self.note(&at(pointer, "if"), "a condition is left to the service");
        }
        for (name, branch) in map.shift_remove("dependentSchemas").iter().filter_map(Value::as_object).flatten() {
            branches.push((at(&at(pointer, "dependentSchemas"), name), branch.clone()));
        }
        for (place, branch) in branches {
            let Some(more) = branch["properties"].as_object().filter(|_| !map.contains_key("$ref")) else {
                self.note(&place, "holds under a condition alone; left to the service");
                continue;
            };
            let properties = map.entry("properties").or_insert_with(|| json!({}));
            let Some(properties) = properties.as_object_mut() else { continue };
            for (name, schema) in more {
                if schema.is_object() && !properties.contains_key(name) {
                    self.moves.also(at(&at(&place, "properties"), name), at(&at(pointer, "properties"), name));
                    properties.insert(name.clone(), schema.clone());
                }
            }
            self.note(&place, "its properties may be there");
        }
        for (name, others) in map.shift_remove("dependentRequired").iter().filter_map(Value::as_object).flatten() {
            let others: Vec<String> = others.as_array().into_iter().flatten().map(code).collect();
            said.push(format!("With `{name}` goes {}.", others.join(" and ")));
        }
    }

    /// A list whose places have schemas of their own is a list of any of them.
    fn tuple(&mut self, map: &mut Map<String, Value>, pointer: &str, said: &mut Vec<String>) {
        let Some(Value::Array(places)) = map.shift_remove("prefixItems") else { return };
        let words: Vec<String> = places.iter().map(word).collect();
        said.push(format!("In this order: {}.", words.join(", ")));
        self.note(&at(pointer, "prefixItems"), "the items are any of those that each place has");
        let further = map.shift_remove("items").filter(Value::is_object);
        let mut members: Vec<Value> = Vec::new();
        for (i, place) in places.into_iter().chain(further).enumerate() {
            let from = at(&at(pointer, "prefixItems"), i.to_string());
            let known = members.iter().position(|member| *member == place);
            self.moves.add(from, format!("{pointer}/items/oneOf/{}", known.unwrap_or(members.len())));
            if known.is_none() {
                members.push(place);
            }
        }
        map.insert("type".into(), "array".into());
        map.insert("items".into(), json!({"oneOf": members}));
    }

    /// Fields whose names follow a pattern are those of a map.
    fn patterns(&mut self, map: &mut Map<String, Value>, pointer: &str, said: &mut Vec<String>) {
        if let Some(names) = map.shift_remove("propertyNames") {
            let listed = names["enum"].as_array().map(|list| list.iter().map(code).collect::<Vec<_>>().join(", "));
            let pattern = names.get("pattern").map(code);
            if let Some(text) = listed.or(pattern) {
                said.push(format!("Keys: {text}."));
            }
            self.note(&at(pointer, "propertyNames"), "the names of fields stand in the description");
        }
        if let Some(others) = map.shift_remove("unevaluatedProperties") {
            self.note(&at(pointer, "unevaluatedProperties"), "is what `additionalProperties` is");
            if others.is_object() {
                map.entry("additionalProperties").or_insert(others);
            }
        }
        let Some(Value::Object(patterns)) = map.shift_remove("patternProperties") else { return };
        let keys: Vec<String> = patterns.keys().map(|key| code(&key.clone().into())).collect();
        said.push(format!("Keys: {}.", keys.join(", ")));
        let place = at(pointer, "patternProperties");
        self.note(&place, "fields whose names follow a pattern are further fields");
        if map.get("properties").and_then(Value::as_object).is_some_and(|p| !p.is_empty()) {
            return;
        }
        let further = map.shift_remove("additionalProperties").filter(Value::is_object);
        let mut members: Vec<Value> = Vec::new();
        for (pattern, schema) in patterns {
            self.moves.add(at(&place, pattern), format!("{pointer}/additionalProperties/oneOf/{}", members.len()));
            if schema != Value::Bool(false) && !members.contains(&schema) {
                members.push(schema);
            }
        }
        members.extend(further);
        map.entry("type").or_insert_with(|| "object".into());
        map.insert("additionalProperties".into(), json!({"oneOf": members}));
    }

    /// Rules for a validator that no type can say.
    fn rules(&mut self, map: &mut Map<String, Value>, pointer: &str) {
        for key in ["contains", "minContains", "maxContains", "unevaluatedItems"] {
            if map.shift_remove(key).is_some() {
                self.note(&at(pointer, key), "is left to the service");
            }
        }
    }
}

fn is_binary(media: &str) -> bool {
    let media = media.trim().to_lowercase();
    ["image/", "audio/", "video/", "font/"].iter().any(|kind| media.starts_with(kind))
        || ["application/octet-stream", "application/pdf", "application/zip", "application/gzip"]
            .contains(&media.as_str())
}

/// What a place of a list holds, in a word.
fn word(schema: &Value) -> String {
    let name = schema["$ref"].as_str().and_then(|target| target.rsplit('/').next());
    let text = schema["title"].as_str().or(name).or(schema["type"].as_str()).unwrap_or("any");
    code(&text.into())
}
