//! Parameters get a schema; those in the body and in forms become request bodies.

use super::Converter;
use crate::document::at;
use crate::lower::collect::COLLECTION_FORMAT;
use crate::lower::references::resolve;
use serde_json::{Map, Value, json};

/// What a parameter says of its value; all of it moves into its schema.
const FACETS: [&str; 19] = [
    "type",
    "format",
    "items",
    "default",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "enum",
    "multipleOf",
    "x-nullable",
    "title",
    "x-sensitive",
];

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// A parameter that is part of the body.
#[derive(Clone)]
pub(super) struct Taken {
    /// Where it is declared.
    pub pointer: String,
    /// Its name under `parameters` of the document, if it is shared.
    pub shared: Option<String>,
    /// With references followed.
    pub value: Value,
}

impl Taken {
    fn name(&self) -> &str {
        self.value["name"].as_str().unwrap_or_default()
    }

    fn is_form(&self) -> bool {
        self.value["in"] == "formData"
    }
}

impl Converter<'_> {
    /// The document's shared parameters, and its shared bodies. Form fields are written out where they are used: only
    /// there is known which of them make one form.
    pub(super) fn shared_parameters(&mut self) -> (Map<String, Value>, Map<String, Value>) {
        self.moves.add("/parameters", "/components/parameters");
        let (mut parameters, mut bodies) = (Map::new(), Map::new());
        for (name, raw) in self.old["parameters"].as_object().into_iter().flatten() {
            let from = at("/parameters", name);
            match resolve(self.old, raw)["in"].as_str() {
                Some("body") => {
                    let to = at("/components/requestBodies", name);
                    let consumes = self.consumes.clone();
                    let taken = Taken { pointer: from, shared: None, value: resolve(self.old, raw).clone() };
                    bodies.insert(name.clone(), self.body(&taken, &to, &consumes));
                }
                Some("formData") => {}
                _ => {
                    let to = at("/components/parameters", name);
                    parameters.insert(name.clone(), self.parameter(raw, &from, &to));
                }
            }
        }
        (parameters, bodies)
    }

    /// Parts a list into parameters and what belongs to the body.
    pub(super) fn parameters(&mut self, list: &Value, base: &str) -> (Vec<Value>, Vec<Taken>) {
        let (mut plain, mut taken) = (Vec::new(), Vec::new());
        for (i, raw) in list.as_array().into_iter().flatten().enumerate() {
            let from = at(base, i.to_string());
            let value = resolve(self.old, raw);
            if matches!(value["in"].as_str(), Some("body" | "formData")) {
                let shared = raw["$ref"].as_str().and_then(|target| target.strip_prefix("#/parameters/"));
                taken.push(Taken { pointer: from, shared: shared.map(str::to_string), value: value.clone() });
            } else {
                let to = at(base, plain.len().to_string());
                plain.push(self.parameter(raw, &from, &to));
            }
        }
        (plain, taken)
    }

    /// A parameter in path, query or header.
    fn parameter(&mut self, raw: &Value, from: &str, to: &str) -> Value {
        self.moves.add(from, to);
        let Some(map) = raw.as_object().filter(|map| !map.contains_key("$ref")) else { return raw.clone() };
        let place = raw["in"].as_str().unwrap_or_default();
        let (schema, mut rest) = self.facets(map, from, &at(to, "schema"));
        rest.extend(self.style(map, place, from));
        if let Some(example) = rest.shift_remove("x-example") {
            rest.entry("example").or_insert(example);
        }
        rest.insert("schema".into(), schema);
        Value::Object(rest)
    }

    /// The schema of a parameter or header, and what is left of it.
    pub(super) fn facets(&mut self, map: &Map<String, Value>, from: &str, to: &str) -> (Value, Map<String, Value>) {
        self.moves.add(at(from, "items"), at(to, "items"));
        let (mut facets, mut rest) = (Map::new(), Map::new());
        for (key, value) in map.iter().filter(|(key, _)| *key != "collectionFormat") {
            let side = if FACETS.contains(&key.as_str()) { &mut facets } else { &mut rest };
            side.insert(key.clone(), value.clone());
        }
        // Some write a schema where only a body may have one.
        let mut schema = match rest.shift_remove("schema") {
            Some(schema) if schema.is_object() && !facets.contains_key("type") => {
                self.moves.add(at(from, "schema"), to);
                schema
            }
            _ => Value::Object(facets),
        };
        self.schema(&mut schema, from);
        (schema, rest)
    }

    /// How the items of a list stand together.
    pub(super) fn style(&mut self, map: &Map<String, Value>, place: &str, pointer: &str) -> Map<String, Value> {
        let list = map.get("type").is_some_and(|kind| kind == "array");
        let Some(asked) = map.get("collectionFormat").and_then(Value::as_str).or(list.then_some("csv")) else {
            return Map::new();
        };
        if !list {
            return Map::new();
        }
        let repeats = matches!(place, "query" | "formData");
        let style = match (asked, repeats) {
            ("multi", true) => json!({"style": "form", "explode": true}),
            ("csv", true) => json!({"style": "form", "explode": false}),
            ("ssv", true) => json!({"style": "spaceDelimited", "explode": false}),
            ("pipes", true) => json!({"style": "pipeDelimited", "explode": false}),
            // OpenAPI 3.0 has no style for these.
            ("tsv", true) => json!({"style": "form", "explode": false, COLLECTION_FORMAT: "tsv"}),
            ("ssv" | "tsv" | "pipes", false) => json!({"style": "simple", COLLECTION_FORMAT: asked}),
            ("csv", false) => json!({"style": "simple"}),
            (other, _) => {
                self.warn(pointer, format!("`collectionFormat: {other}` cannot be in `{place}`; taken as csv"));
                let style = if repeats { "form" } else { "simple" };
                json!({"style": style, "explode": false})
            }
        };
        if map.contains_key("collectionFormat") {
            self.note(pointer, format!("`collectionFormat: {asked}` is {style}"));
        }
        style.as_object().cloned().unwrap_or_default()
    }

    /// The request body of an operation, of all that is part of it.
    pub(super) fn request_body(&mut self, taken: &[Taken], pointer: &str, consumes: &[String]) -> Option<Value> {
        let to = at(pointer, "requestBody");
        let body = taken.iter().find(|t| !t.is_form());
        let fields: Vec<&Taken> = taken.iter().filter(|t| t.is_form()).collect();
        if let Some(body) = body {
            for field in fields {
                self.warn(&field.pointer, format!("the form field `{}` stands beside a body; left out", field.name()));
            }
            if let Some(name) = body.shared.as_ref().filter(|_| consumes == self.consumes) {
                self.moves.also(&body.pointer, &to);
                return Some(json!({"$ref": format!("#/components/requestBodies/{name}")}));
            }
            self.note(&body.pointer, "is the request body");
            return Some(self.body(body, &to, consumes));
        }
        (!fields.is_empty()).then(|| self.form(&fields, &to, consumes))
    }

    fn body(&mut self, taken: &Taken, to: &str, consumes: &[String]) -> Value {
        let json = ["application/json".to_string()];
        let media = if consumes.is_empty() { json.as_slice() } else { consumes };
        let schema_place = at(&at(&at(to, "content"), &media[0]), "schema");
        self.moves.add(&taken.pointer, to);
        self.moves.add(at(&taken.pointer, "schema"), &schema_place);
        let mut schema = taken.value.get("schema").cloned().unwrap_or_else(|| {
            // Some say the type where only other parameters have one.
            let facets = taken.value.as_object().into_iter().flatten().filter(|(k, _)| FACETS.contains(&k.as_str()));
            Value::Object(facets.map(|(key, value)| (key.clone(), value.clone())).collect())
        });
        self.schema(&mut schema, &at(&taken.pointer, "schema"));
        let example = taken.value.get("x-example").or(taken.value.get("example"));
        let mut content = Map::new();
        for media in media {
            let mut entry = json!({"schema": schema});
            if let Some(example) = example {
                entry["example"] = example.clone();
            }
            content.insert(media.clone(), entry);
        }
        let mut out = Map::new();
        for (key, value) in taken.value.as_object().into_iter().flatten() {
            if matches!(key.as_str(), "description" | "required") || key.starts_with("x-") && key != "x-example" {
                out.insert(key.clone(), value.clone());
            }
        }
        out.insert("content".into(), Value::Object(content));
        Value::Object(out)
    }

    /// Form fields are the properties of one object; a file makes it multipart.
    fn form(&mut self, fields: &[&Taken], to: &str, consumes: &[String]) -> Value {
        let file = fields.iter().any(|f| f.value["type"] == "file");
        let mut media: Vec<&str> =
            consumes.iter().map(String::as_str).filter(|m| is(m, MULTIPART) || is(m, FORM) && !file).collect();
        if media.is_empty() {
            media.push(if file { MULTIPART } else { FORM });
        }
        let place = at(&at(&at(to, "content"), media[0]), "schema");
        let (mut properties, mut encoding, mut required) = (Map::new(), Map::new(), Vec::new());
        for field in fields {
            let Some(map) = field.value.as_object() else { continue };
            let name = field.name().to_string();
            let here = at(&at(&place, "properties"), &name);
            self.note(&field.pointer, format!("is the property `{name}` of the request body `{}`", media[0]));
            self.moves.add(&field.pointer, &here);
            let (mut schema, rest) = self.facets(map, &field.pointer, &here);
            if let Some(schema) = schema.as_object_mut() {
                let about = rest.iter().filter(|(key, _)| *key == "description" || key.starts_with("x-"));
                schema.extend(about.map(|(key, value)| (key.clone(), value.clone())));
                if let Some(example) = schema.shift_remove("x-example") {
                    schema.insert("example".into(), example);
                }
            }
            let style = self.style(map, "formData", &field.pointer);
            if !style.is_empty() {
                encoding.insert(name.clone(), Value::Object(style));
            }
            if field.value["required"] == true {
                required.push(Value::from(name.clone()));
            }
            properties.insert(name, schema);
        }
        let mut schema = json!({"type": "object", "properties": properties});
        let must = !required.is_empty();
        if must {
            schema["required"] = required.into();
        }
        let mut content = Map::new();
        for media in media {
            let mut entry = json!({"schema": schema});
            if !encoding.is_empty() {
                entry["encoding"] = Value::Object(encoding.clone());
            }
            content.insert(media.into(), entry);
        }
        json!({"required": must, "content": content})
    }
}

/// A media type, whatever its parameters.
fn is(media: &str, essence: &str) -> bool {
    media.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(essence)
}
