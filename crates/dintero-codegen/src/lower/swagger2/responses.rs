//! Responses get their schema by media type.

use super::Converter;
use crate::document::at;
use crate::lower::references::resolve;
use serde_json::{Map, Value, json};

impl Converter<'_> {
    pub(super) fn shared_responses(&mut self) -> Value {
        self.moves.add("/responses", "/components/responses");
        let produces = self.produces.clone();
        let mut out = Map::new();
        for (name, raw) in self.old["responses"].as_object().into_iter().flatten() {
            let (from, to) = (at("/responses", name), at("/components/responses", name));
            out.insert(name.clone(), self.response(raw, &from, &to, &produces));
        }
        Value::Object(out)
    }

    /// A response as one operation gives it.
    pub(super) fn response(&mut self, raw: &Value, from: &str, to: &str, produces: &[String]) -> Value {
        if !raw.is_object() {
            return raw.clone();
        }
        if let Some(target) = raw["$ref"].as_str() {
            if produces == self.produces {
                return raw.clone();
            }
            // The shared one has other media types.
            let shared = target.trim_start_matches('#').to_string();
            let own = self.written_out(resolve(self.old, raw), &shared, to, produces);
            self.moves.also(shared, to);
            return own;
        }
        self.moves.add(from, to);
        self.written_out(raw, from, to, produces)
    }

    fn written_out(&mut self, raw: &Value, from: &str, to: &str, produces: &[String]) -> Value {
        let mut out = Map::new();
        for (key, value) in raw.as_object().into_iter().flatten() {
            match key.as_str() {
                "schema" | "examples" => {}
                "headers" => {
                    out.insert(key.clone(), self.headers(value, &at(from, "headers"), &at(to, "headers")));
                }
                _ => {
                    out.insert(key.clone(), value.clone());
                }
            }
        }
        let examples = raw["examples"].as_object();
        // An example without a schema still says that there is a body.
        let exemplified = examples.is_some_and(|e| e.keys().any(|media| media.contains('/'))).then(|| json!({}));
        let (described, produces) = match raw.get("schema").filter(|schema| schema.is_object()) {
            Some(schema) => (Some(schema), produces),
            None => (exemplified.as_ref(), [].as_slice()),
        };
        if let Some(schema) = described {
            let file = schema["type"] == "file";
            let mut media = produces.to_vec();
            // An example says which media type it is of.
            let more = examples.into_iter().flatten().map(|(m, _)| m).filter(|m| m.contains('/'));
            for media_type in more {
                if !media.contains(media_type) {
                    media.push(media_type.clone());
                }
            }
            if media.is_empty() {
                media.push(if file { "application/octet-stream" } else { "*/*" }.into());
            }
            let mut schema = schema.clone();
            self.schema(&mut schema, &at(from, "schema"));
            let place = at(&at(&at(to, "content"), &media[0]), "schema");
            if from.starts_with("/responses/") && !to.starts_with("/components/") {
                self.moves.also(at(from, "schema"), place);
            } else {
                self.moves.add(at(from, "schema"), place);
            }
            let mut content = Map::new();
            for media in media {
                let mut entry = json!({"schema": schema});
                if let Some(example) = examples.and_then(|e| e.get(&media)) {
                    entry["example"] = example.clone();
                }
                content.insert(media, entry);
            }
            out.insert("content".into(), Value::Object(content));
        }
        out.entry("description").or_insert_with(|| "".into());
        Value::Object(out)
    }

    fn headers(&mut self, headers: &Value, from: &str, to: &str) -> Value {
        let Some(headers) = headers.as_object() else { return headers.clone() };
        let mut out = Map::new();
        for (name, header) in headers {
            let (from, to) = (at(from, name), at(to, name));
            let Some(map) = header.as_object() else { continue };
            let (schema, mut rest) = self.facets(map, &from, &at(&to, "schema"));
            rest.extend(self.style(map, "header", &from));
            rest.insert("schema".into(), schema);
            out.insert(name.clone(), Value::Object(rest));
        }
        Value::Object(out)
    }
}
