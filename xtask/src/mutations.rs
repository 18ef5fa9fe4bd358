//! Changes of documents as publishers make them, one at a time, for the oracle.
//!
//! Those that only add are marked so: they must only add to the crate.

use crate::document;
use crate::hostile::{Dice, places};
use serde_json::{Map, Value, json};

/// One kind of change. It tells whether the document has a place for it.
pub struct Mutation {
    pub name: &'static str,
    /// Nothing that was there is touched.
    pub adds: bool,
    change: fn(&mut Value, &mut Dice) -> bool,
}

const fn of(name: &'static str, change: fn(&mut Value, &mut Dice) -> bool) -> Mutation {
    Mutation { name, adds: false, change }
}

const fn adding(name: &'static str, change: fn(&mut Value, &mut Dice) -> bool) -> Mutation {
    Mutation { name, adds: true, change }
}

const ALL: [Mutation; 51] = [
    adding("an optional property comes", |doc, dice| {
        property(doc, dice, |_, all| drop(all.insert("added_here".into(), text())))
    }),
    adding("an optional property comes before the others", |doc, dice| {
        property(doc, dice, |_, all| {
            let rest = std::mem::take(all);
            all.insert("aaa_added".into(), json!({"type": "object", "properties": {"inner": {"type": "string"}}}));
            all.extend(rest);
        })
    }),
    adding("a property comes that is called alike in Rust", |doc, dice| {
        property(doc, dice, |key, all| {
            let alike = [key.to_uppercase(), key.replace('_', "-"), format!("{key}_")];
            if let Some(alike) = alike.into_iter().find(|alike| !all.contains_key(alike)) {
                all.insert(alike, json!({"type": "integer"}));
            }
        })
    }),
    adding("a property comes that is called as the setter of null", |doc, dice| {
        property(doc, dice, |key, all| {
            all.entry(format!("{key}_null")).or_insert_with(text);
        })
    }),
    adding("an enum value comes", |doc, dice| list(doc, dice, "enum", |all, _| all.push("added_value".into()))),
    adding("an enum value comes first, called alike in Rust", |doc, dice| {
        list(doc, dice, "enum", |all, _| {
            let first = all.iter().find_map(Value::as_str).unwrap_or("x");
            let alike = [first.to_uppercase(), first.to_lowercase(), first.replace('_', "-")];
            if let Some(alike) = alike.into_iter().find(|alike| !all.contains(&json!(alike))) {
                all.insert(0, alike.into());
            }
        })
    }),
    adding("an optional parameter comes", |doc, dice| {
        list(doc, dice, "parameters", |all, _| {
            all.insert(0, json!({"name": "added", "in": "query", "schema": {"type": "string", "enum": ["a", "b"]}}));
        })
    }),
    adding("an optional parameter comes that is called alike in Rust", |doc, dice| {
        list(doc, dice, "parameters", |all, dice| {
            let names: Vec<String> = all.iter().filter_map(|p| p["name"].as_str().map(str::to_string)).collect();
            if !names.is_empty() {
                let alike = dice.of(&names).to_uppercase();
                all.insert(0, json!({"name": alike, "in": "query", "schema": {"type": "string"}}));
            }
        })
    }),
    adding("a component comes that nobody uses", |doc, _| {
        doc["components"]["schemas"]["Added"] = json!({"type": "object", "properties": {"added": {"type": "string"}}});
        true
    }),
    adding("components come that are called as inline types could be", |doc, dice| {
        let names: Vec<String> = component(doc);
        if names.is_empty() {
            return false;
        }
        let name = dice.of(&names).clone();
        let properties = doc["components"]["schemas"][&name]["properties"].as_object();
        let keys: Vec<String> = properties.into_iter().flatten().map(|(key, _)| key.clone()).collect();
        for key in keys {
            let words = [name.clone(), key].join("-");
            doc["components"]["schemas"][words] =
                json!({"type": "object", "properties": {"other": {"type": "boolean"}}});
        }
        true
    }),
    adding("a component comes that is called alike in Rust", |doc, dice| {
        let names = component(doc);
        if names.is_empty() {
            return false;
        }
        let alike = ["-", dice.of(&names).as_str()].concat();
        let old = std::mem::take(&mut doc["components"]["schemas"]);
        doc["components"]["schemas"] = json!({alike: {"type": "object", "properties": {"other": {"type": "boolean"}}}});
        if let (Some(all), Value::Object(old)) = (doc["components"]["schemas"].as_object_mut(), old) {
            all.extend(old);
        }
        true
    }),
    adding("a component comes that extends another", |doc, dice| {
        let names = component(doc);
        if names.is_empty() {
            return false;
        }
        let base = json!({"$ref": format!("#/components/schemas/{}", dice.of(&names))});
        let own = json!({"type": "object", "properties": {"own": {"type": "string"}}});
        doc["components"]["schemas"]["Extended"] = json!({"allOf": [base, own]});
        true
    }),
    adding("an operation comes", |doc, _| {
        doc["paths"]["/added/{thing}"] = json!({"get": {"operationId": "added_get", "parameters": [path_thing()],
            "responses": {"200": answer(json!({"type": "object", "properties": {"added": {"type": "string"}}}))}}});
        true
    }),
    adding("an operation comes that sends what others read", |doc, dice| {
        let names = component(doc);
        if names.is_empty() {
            return false;
        }
        let schema = json!({"$ref": format!("#/components/schemas/{}", dice.of(&names))});
        doc["paths"]["/added"] = json!({"post": {"operationId": "added_post",
            "requestBody": {"required": true, "content": {"application/json": {"schema": schema}}},
            "responses": {"200": answer(schema)}}});
        true
    }),
    adding("an operation comes that has inline what others have", |doc, dice| {
        let mut all = Vec::new();
        places(doc, String::new(), &mut all);
        let inline: Vec<Value> =
            all.iter().filter_map(|p| doc.pointer(p)).filter(|s| s["properties"].is_object()).cloned().collect();
        if inline.is_empty() {
            return false;
        }
        let schema = dice.of(&inline).clone();
        doc["paths"]["/added"] = json!({"put": {"operationId": "added_put",
            "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {"part": schema}}}}},
            "responses": {"204": {"description": ""}}}});
        true
    }),
    adding("an error comes", |doc, dice| {
        operation(doc, dice, |op| {
            if let Some(all) = op["responses"].as_object_mut() {
                all.entry("418").or_insert_with(|| answer(json!({"type": "object", "properties": {"tea": text()}})));
            }
        })
    }),
    adding("a success status comes with a body of its own", |doc, dice| {
        operation(doc, dice, |op| {
            if let Some(all) = op["responses"].as_object_mut().filter(|all| all.keys().any(|s| s.starts_with('2'))) {
                all.entry("203").or_insert_with(|| answer(json!({"type": "object", "properties": {"more": text()}})));
            }
        })
    }),
    adding("a success status comes without a body", |doc, dice| {
        operation(doc, dice, |op| {
            if let Some(all) = op["responses"].as_object_mut().filter(|all| all.keys().any(|s| s.starts_with('2'))) {
                all.entry("204").or_insert_with(|| json!({"description": ""}));
            }
        })
    }),
    adding("an id and other cursors come beside what a list goes on by", |doc, dice| {
        schema(doc, dice, |schema, _| {
            if let Some(all) = schema["properties"].as_object_mut() {
                let rest = std::mem::take(all);
                for name in ["a_id", "id", "currency", "page_token", "next_page_token", "starting_after"] {
                    if !rest.contains_key(name) {
                        all.insert(name.into(), text());
                    }
                }
                all.extend(rest);
            }
        })
    }),
    adding("the first property of a free map comes", |doc, dice| {
        let mut all = Vec::new();
        places(doc, String::new(), &mut all);
        let is_free = |schema: &Value| {
            schema["type"] == "object"
                && schema.as_object().is_some_and(|s| s.keys().all(|k| k == "type" || k == "description"))
        };
        all.retain(|p| !p.contains("/example") && doc.pointer(p).is_some_and(is_free));
        if all.is_empty() {
            return false;
        }
        let place = dice.of(&all).clone();
        doc.pointer_mut(&place).is_some_and(|map| {
            map["properties"] = json!({"first": text()});
            true
        })
    }),
    adding("a member of a choice comes first", |doc, dice| {
        choice(doc, dice, |all| {
            all.insert(0, json!({"type": "object", "properties": {"came": text(), "first": text()}}))
        })
    }),
    adding("a success comes where there was none", |doc, dice| {
        operation(doc, dice, |op| {
            if let Some(all) = op["responses"].as_object_mut().filter(|all| !all.keys().any(|s| s.starts_with('2'))) {
                all.insert("200".into(), answer(json!({"type": "object", "properties": {"more": text()}})));
            }
        })
    }),
    adding("a success comes before the others", |doc, dice| {
        operation(doc, dice, |op| {
            if let Some(all) = op["responses"].as_object_mut().filter(|all| !all.contains_key("200")) {
                let rest = std::mem::take(all);
                all.insert(
                    "200".into(),
                    answer(json!({"type": "array", "items": {"type": "object", "properties": {"id": text()}}})),
                );
                all.extend(rest);
            }
        })
    }),
    adding("an operation and a component come that are called as what is given by name", |doc, _| {
        let ids: Vec<String> = document::operations(doc).map(|(_, path)| path.to_string()).collect();
        for path in ids {
            let word = path.rsplit('/').find(|word| !word.contains('{')).unwrap_or("thing").to_string();
            let path = format!("/{word}_required");
            doc["paths"][path] = json!({"get": {"responses": {"204": {"description": ""}}}});
            doc["components"]["schemas"][format!("{word}-required")] =
                json!({"type": "object", "properties": {"came": text()}});
        }
        true
    }),
    adding("two places of one shape get a property each, of two types", |doc, dice| {
        let mut all = Vec::new();
        places(doc, String::new(), &mut all);
        all.retain(|p| !p.contains("/example") && doc.pointer(p).is_some_and(|s| s["properties"].is_object()));
        if all.is_empty() {
            return false;
        }
        let first = dice.of(&all).clone();
        let shape = doc.pointer(&first).map(|s| s["properties"].clone()).unwrap_or_default();
        let Some(second) =
            all.iter().find(|p| **p != first && doc.pointer(p).is_some_and(|s| s["properties"] == shape))
        else {
            return false;
        };
        let kinds = [
            [text(), json!({"type": "integer"})],
            [
                json!({"type": "object", "properties": {"p": text()}}),
                json!({"type": "object", "properties": {"q": text()}}),
            ],
        ];
        let kinds = dice.of(&kinds).clone();
        for (place, kind) in [first, second.clone()].iter().zip(kinds) {
            if let Some(properties) = doc.pointer_mut(place).and_then(|s| s["properties"].as_object_mut()) {
                properties.entry("came_here").or_insert(kind);
            }
        }
        true
    }),
    adding("names come that look like marks", |doc, dice| {
        property(doc, dice, |key, all| {
            for name in ["*", " : ", "a -> b", "x = y", "[]", "a/b", "a|b"] {
                all.entry(name).or_insert_with(text);
            }
            all.entry(format!("{key} = null")).or_insert_with(text);
        })
    }),
    adding("components come that are called as places", |doc, dice| {
        let names = component(doc);
        if names.is_empty() {
            return false;
        }
        let name = dice.of(&names).clone();
        let properties = doc["components"]["schemas"][&name]["properties"].as_object();
        let keys: Vec<String> = properties.into_iter().flatten().map(|(key, _)| key.clone()).collect();
        for key in keys {
            for sign in ["/", "|"] {
                doc["components"]["schemas"][[name.as_str(), sign, &key].concat()] =
                    json!({"type": "object", "properties": {"other": {"type": "boolean"}}});
            }
        }
        true
    }),
    of("a property goes", |doc, dice| property(doc, dice, |key, all| drop(all.shift_remove(key)))),
    of("a property is renamed", |doc, dice| {
        property(doc, dice, |key, all| {
            let value = all.shift_remove(key).unwrap_or_else(text);
            all.insert(format!("{key}_renamed"), value);
        })
    }),
    of("a property is spelt otherwise", |doc, dice| {
        property(doc, dice, |key, all| {
            let value = all.shift_remove(key).unwrap_or_else(text);
            all.insert(key.to_uppercase(), value);
        })
    }),
    of("a property has another type", |doc, dice| {
        property(doc, dice, |key, all| drop(all.insert(key.to_string(), json!({"type": "boolean"}))))
    }),
    of("properties change places", |doc, dice| {
        property(doc, dice, |_, all| {
            let last: Vec<(String, Value)> = std::mem::take(all).into_iter().rev().collect();
            all.extend(last);
        })
    }),
    of("a property is wrapped in allOf", |doc, dice| {
        property(doc, dice, |key, all| {
            let inner = all.get(key).cloned().unwrap_or_else(text);
            all.insert(key.to_string(), json!({"allOf": [inner]}));
        })
    }),
    of("other properties are required", |doc, dice| {
        schema(doc, dice, |schema, dice| {
            let keys: Vec<String> =
                schema["properties"].as_object().into_iter().flatten().map(|(k, _)| k.clone()).collect();
            if !keys.is_empty() {
                schema["required"] = json!([dice.of(&keys)]);
            }
        })
    }),
    of("a description", |doc, dice| schema(doc, dice, |schema, _| schema["description"] = "Another one.".into())),
    of("a part becomes a component", |doc, dice| {
        let mut all = Vec::new();
        places(doc, String::new(), &mut all);
        let inner = |p: &&String| p.contains("/properties/") && !p.contains("/example");
        let inline: Vec<&String> =
            all.iter().filter(inner).filter(|p| doc.pointer(p).is_some_and(|s| s["properties"].is_object())).collect();
        if inline.is_empty() {
            return false;
        }
        let place = dice.of(&inline).to_string();
        let Some(found) = doc.pointer_mut(&place) else { return false };
        let taken = std::mem::replace(found, json!({"$ref": "#/components/schemas/TakenOut"}));
        doc["components"]["schemas"]["TakenOut"] = taken;
        true
    }),
    of("a component is written out", |doc, dice| {
        let mut all = Vec::new();
        places(doc, String::new(), &mut all);
        let begins = "#/components/schemas/";
        let named =
            |p: &&String| doc.pointer(p).is_some_and(|s| s["$ref"].as_str().is_some_and(|r| r.starts_with(begins)));
        let named: Vec<&String> = all.iter().filter(named).collect();
        if named.is_empty() {
            return false;
        }
        let place = dice.of(&named).to_string();
        let target = doc.pointer(&place).and_then(|s| s["$ref"].as_str()).unwrap_or_default().replacen('#', "", 1);
        let (Some(whole), false) = (doc.pointer(&target).cloned(), place.starts_with(&target)) else { return false };
        if let Some(found) = doc.pointer_mut(&place) {
            *found = whole;
        }
        true
    }),
    of("components change places", |doc, _| {
        let Some(all) = doc.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else { return false };
        let last: Vec<(String, Value)> = std::mem::take(all).into_iter().rev().collect();
        all.extend(last);
        true
    }),
    of("an enum value goes", |doc, dice| list(doc, dice, "enum", |all, _| drop(all.pop()))),
    of("enum values change places", |doc, dice| list(doc, dice, "enum", |all, _| all.reverse())),
    of("an enum value is spelt otherwise", |doc, dice| {
        list(doc, dice, "enum", |all, _| {
            if let Some(Value::String(first)) = all.first_mut() {
                *first = match first.to_uppercase() == *first {
                    true => first.to_lowercase(),
                    false => first.to_uppercase(),
                };
            }
        })
    }),
    of("parameters change places", |doc, dice| list(doc, dice, "parameters", |all, _| all.reverse())),
    of("a query parameter is renamed", |doc, dice| {
        list(doc, dice, "parameters", |all, dice| {
            let at = dice.below(all.len());
            if let Some(name) = all.get_mut(at).filter(|p| p["in"] == "query").and_then(|p| p.get_mut("name")) {
                *name = format!("{}_other", name.as_str().unwrap_or_default()).into();
            }
        })
    }),
    of("a query parameter becomes a header", |doc, dice| {
        list(doc, dice, "parameters", |all, dice| {
            let at = dice.below(all.len());
            if let Some(place) = all.get_mut(at).filter(|p| p["in"] == "query").and_then(|p| p.get_mut("in")) {
                *place = "header".into();
            }
        })
    }),
    of("a query parameter becomes a part of the path", |doc, dice| {
        let mut all = Vec::new();
        for (method, path) in document::operations(doc) {
            let parameters = doc["paths"][path][method]["parameters"].as_array().into_iter().flatten();
            let query: Vec<usize> =
                parameters.enumerate().filter(|(_, p)| p["in"] == "query").map(|(at, _)| at).collect();
            all.extend(query.into_iter().map(|at| (method.to_string(), path.to_string(), at)));
        }
        if all.is_empty() {
            return false;
        }
        let (method, path, at) = dice.of(&all).clone();
        let mut op =
            doc["paths"][&path].as_object_mut().and_then(|item| item.shift_remove(&method)).unwrap_or_default();
        op["parameters"][at] = json!({"name": "into_path", "in": "path", "required": true, "schema": text()});
        // What the path had for all its operations goes along.
        let shared = doc["paths"][&path]["parameters"].clone();
        doc["paths"][format!("{path}/{{into_path}}")] = match shared.is_array() {
            true => json!({method: op, "parameters": shared}),
            false => json!({method: op}),
        };
        true
    }),
    of("an id goes over to another call", |doc, dice| {
        let all: Vec<(String, String)> =
            document::operations(doc).map(|(method, path)| (method.to_string(), path.to_string())).collect();
        if all.is_empty() {
            return false;
        }
        let (method, path) = dice.of(&all).clone();
        let op = doc["paths"][&path].as_object_mut().and_then(|item| item.shift_remove(&method)).unwrap_or_default();
        let shared = doc["paths"][&path]["parameters"].clone();
        doc["paths"][format!("{path}/refund_it")] = match shared.is_array() {
            true => json!({method: op, "parameters": shared}),
            false => json!({method: op}),
        };
        true
    }),
    of("members of a choice change places", |doc, dice| choice(doc, dice, |all| all.reverse())),
    of("members of a choice get titles", |doc, dice| {
        choice(doc, dice, |all| {
            for (at, member) in all.iter_mut().enumerate() {
                if member["properties"].is_object() && member.get("title").is_none() {
                    member["title"] = format!("Titled {}", 9 - at.min(9)).into();
                }
            }
        })
    }),
    of("a date has an example that is none", |doc, dice| {
        let mut all = Vec::new();
        places(doc, String::new(), &mut all);
        let is_date = |s: &Value| s["format"].as_str().is_some_and(|f| f.starts_with("date"));
        all.retain(|p| !p.contains("/example") && doc.pointer(p).is_some_and(is_date));
        if all.is_empty() {
            return false;
        }
        let place = dice.of(&all).clone();
        doc.pointer_mut(&place).is_some_and(|schema| {
            schema["example"] = "31.1.2026".into();
            true
        })
    }),
    of("a response becomes a component", |doc, dice| {
        let mut all = Vec::new();
        for (method, path) in document::operations(doc) {
            let responses = doc["paths"][path][method]["responses"].as_object().into_iter().flatten();
            let described = responses.filter(|(_, response)| response["content"].is_object());
            all.extend(described.map(|(status, _)| {
                ["paths", path, method, "responses", status]
                    .iter()
                    .fold(String::new(), |place, step| document::at(&place, step))
            }));
        }
        if all.is_empty() {
            return false;
        }
        let place = dice.of(&all).clone();
        let Some(found) = doc.pointer_mut(&place) else { return false };
        let moved = std::mem::replace(found, json!({"$ref": "#/components/responses/MovedHere"}));
        doc["components"]["responses"]["MovedHere"] = moved;
        true
    }),
    of("the document is OpenAPI 3.1", |doc, _| {
        doc["openapi"] = "3.1.0".into();
        let mut all = Vec::new();
        places(doc, String::new(), &mut all);
        for place in all {
            if let Some(Value::Object(schema)) = doc.pointer_mut(&place)
                && schema.get("nullable") == Some(&true.into())
                && let Some(Value::String(kind)) = schema.get("type").cloned()
            {
                schema.shift_remove("nullable");
                schema.insert("type".into(), json!([kind, "null"]));
            }
        }
        true
    }),
];

/// One change of a kind that documents see.
pub fn mutate(doc: &mut Value, dice: &mut Dice) -> &'static Mutation {
    static KINDS: [Mutation; 51] = ALL;
    loop {
        let mutation = dice.of(&KINDS);
        if (mutation.change)(doc, dice) {
            return mutation;
        }
    }
}

fn text() -> Value {
    json!({"type": "string"})
}

fn path_thing() -> Value {
    json!({"name": "thing", "in": "path", "required": true, "schema": text()})
}

fn answer(schema: Value) -> Value {
    json!({"description": "", "content": {"application/json": {"schema": schema}}})
}

/// The components that are objects.
fn component(doc: &Value) -> Vec<String> {
    let all = doc["components"]["schemas"].as_object().into_iter().flatten();
    all.filter(|(_, schema)| schema["properties"].is_object()).map(|(name, _)| name.clone()).collect()
}

fn schema(doc: &mut Value, dice: &mut Dice, change: impl Fn(&mut Value, &mut Dice)) -> bool {
    let mut all = Vec::new();
    places(doc, String::new(), &mut all);
    all.retain(|p| !p.contains("/example") && doc.pointer(p).is_some_and(|s| s["properties"].is_object()));
    if all.is_empty() {
        return false;
    }
    let place = dice.of(&all).clone();
    doc.pointer_mut(&place).is_some_and(|schema| {
        change(schema, dice);
        true
    })
}

/// The properties of an object, and one of them.
fn property(doc: &mut Value, dice: &mut Dice, change: impl Fn(&str, &mut Map<String, Value>)) -> bool {
    schema(doc, dice, |schema, dice| {
        let Some(all) = schema["properties"].as_object_mut() else { return };
        let keys: Vec<String> = all.keys().cloned().collect();
        let key = if keys.is_empty() { "added".to_string() } else { dice.of(&keys).clone() };
        change(&key, all);
    })
}

fn list(doc: &mut Value, dice: &mut Dice, key: &str, change: impl Fn(&mut Vec<Value>, &mut Dice)) -> bool {
    let mut all = Vec::new();
    places(doc, String::new(), &mut all);
    all.retain(|p| doc.pointer(p).is_some_and(|v| v[key].as_array().is_some_and(|list| !list.is_empty())));
    if all.is_empty() {
        return false;
    }
    let place = document::at(dice.of(&all).as_str(), key);
    doc.pointer_mut(&place).and_then(Value::as_array_mut).is_some_and(|list| {
        change(list, dice);
        true
    })
}

/// The members of a choice that has several.
fn choice(doc: &mut Value, dice: &mut Dice, change: impl Fn(&mut Vec<Value>)) -> bool {
    let mut all = Vec::new();
    places(doc, String::new(), &mut all);
    all.retain(|p| {
        !p.contains("/example") && doc.pointer(p).is_some_and(|s| s["oneOf"].as_array().is_some_and(|l| l.len() > 1))
    });
    if all.is_empty() {
        return false;
    }
    let place = document::at(dice.of(&all).as_str(), "oneOf");
    doc.pointer_mut(&place).and_then(Value::as_array_mut).is_some_and(|members| {
        change(members);
        true
    })
}

fn operation(doc: &mut Value, dice: &mut Dice, change: impl Fn(&mut Value)) -> bool {
    let mut all = Vec::new();
    places(doc, String::new(), &mut all);
    all.retain(|p| p.starts_with("/paths/") && doc.pointer(p).is_some_and(|v| v["responses"].is_object()));
    if all.is_empty() {
        return false;
    }
    let place = dice.of(&all).clone();
    doc.pointer_mut(&place).is_some_and(|op| {
        change(op);
        true
    })
}
