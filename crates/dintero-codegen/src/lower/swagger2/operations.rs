//! Path items and operations.

use super::parameters::Taken;
use super::{Converter, media_types};
use crate::document::at;
use serde_json::{Map, Value};

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

impl Converter<'_> {
    pub(super) fn paths(&mut self, paths: &Value) -> Value {
        let Some(paths) = paths.as_object() else { return paths.clone() };
        let items = paths.iter().map(|(path, item)| (path.clone(), self.path_item(item, &at("/paths", path))));
        Value::Object(items.collect())
    }

    fn path_item(&mut self, item: &Value, pointer: &str) -> Value {
        let Some(item) = item.as_object() else { return item.clone() };
        let mut out = Map::new();
        let shared = item.get("parameters").unwrap_or(&Value::Null);
        let (plain, taken) = self.parameters(shared, &at(pointer, "parameters"));
        for (key, value) in item {
            let place = at(pointer, key);
            match key.as_str() {
                "parameters" => {
                    out.insert(key.clone(), plain.clone().into());
                }
                method if METHODS.contains(&method) && value.is_object() => {
                    out.insert(key.clone(), self.operation(value, &place, &taken));
                }
                "x-servers" => {
                    out.insert("servers".into(), value.clone());
                }
                _ => {
                    out.insert(key.clone(), value.clone());
                }
            }
        }
        Value::Object(out)
    }

    fn operation(&mut self, op: &Value, pointer: &str, of_path: &[Taken]) -> Value {
        let own = |key: &str, general: &Vec<String>| match op.get(key).filter(|list| list.is_array()) {
            Some(list) => media_types(list),
            None => general.clone(),
        };
        let (consumes, produces) = (own("consumes", &self.consumes), own("produces", &self.produces));
        let (plain, mut taken) = self.parameters(&op["parameters"], &at(pointer, "parameters"));
        // The operation's own declaration replaces that of the path.
        let same = |a: &Taken, b: &Taken| {
            a.value["in"] == b.value["in"] && (a.value["in"] == "body" || a.value["name"] == b.value["name"])
        };
        let mut all: Vec<Taken> = of_path.iter().filter(|t| !taken.iter().any(|own| same(own, t))).cloned().collect();
        all.append(&mut taken);
        let mut out = Map::new();
        for (key, value) in op.as_object().into_iter().flatten() {
            match key.as_str() {
                "consumes" | "produces" | "schemes" | "x-servers" => {}
                "parameters" => {
                    out.insert(key.clone(), plain.clone().into());
                }
                "responses" => {
                    let place = at(pointer, key);
                    let mut responses = Map::new();
                    for (status, raw) in value.as_object().into_iter().flatten() {
                        let here = at(&place, status);
                        responses.insert(status.clone(), self.response(raw, &here, &here, &produces));
                    }
                    out.insert(key.clone(), Value::Object(responses));
                }
                _ => {
                    out.insert(key.clone(), value.clone());
                }
            }
        }
        let own_server = ["schemes", "x-servers"].iter().any(|key| op.get(*key).is_some());
        if let Some(servers) = own_server.then(|| self.servers(op, pointer)).flatten() {
            out.insert("servers".into(), servers);
        }
        if let Some(body) = self.request_body(&all, pointer, &consumes) {
            out.insert("requestBody".into(), body);
        }
        Value::Object(out)
    }
}
