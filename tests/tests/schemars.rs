//! Feature `schemars`: the schema of a type takes what the published schema takes, and refuses what both would.
//!
//! The document is our own, tests/odd.yaml, and both schemas are judged by a validator that shares nothing with either.

use dintero_odd::types::{
    Circle, CreateLoginRequest, DeleteThingRequest, HmacSha1, Shape, Square, Status, Thing, ThingAny, ThingEvent,
    ThingOne, ThingTwo, ThingWord, Verdict,
};
use jsonschema::Validator;
use schemars::{JsonSchema, schema_for};
use serde_json::{Value, json};

/// The document, with its schemas as JSON Schema: in OpenAPI 3.0 only `nullable` has another form.
fn document() -> Value {
    fn translate(value: &mut Value) {
        let nullable = value.as_object_mut().and_then(|map| map.remove("nullable"));
        if nullable == Some(true.into()) {
            let inner = value.take();
            *value = json!({"anyOf": [inner, {"type": "null"}]});
        }
        match value {
            Value::Object(map) => {
                // The base of an allOf closes itself, so that nothing fits the whole.
                map.retain(|key, value| *value != json!(false) || key != "additionalProperties");
                map.retain(|key, _| !matches!(key.as_str(), "pattern" | "format" | "default"));
                map.values_mut().for_each(translate);
            }
            Value::Array(list) => list.iter_mut().for_each(translate),
            _ => {}
        }
    }
    let options = serde_saphyr::options! {strict_booleans: true};
    let text = include_str!("../odd.yaml");
    let mut document: Value = serde_saphyr::from_str_with_options(text, options).expect("the document");
    translate(&mut document["components"]["schemas"]);
    document
}

/// The schema at a pointer of the document.
fn published(pointer: &str) -> Validator {
    let mut schema = document();
    schema["$ref"] = json!(format!("#{}", pointer.replace('{', "%7B").replace('}', "%7D")));
    jsonschema::options().build(&schema).unwrap_or_else(|why| panic!("{pointer}: {why}"))
}

fn own<T: JsonSchema>() -> Validator {
    let schema = schema_for!(T).to_value();
    jsonschema::options().build(&schema).unwrap_or_else(|why| panic!("{schema}: {why}"))
}

/// Both take `good`, and both refuse `bad`.
#[track_caller]
fn agree<T: JsonSchema>(pointer: &str, good: &[Value], bad: &[Value]) {
    for (whose, validator) in [("published", published(pointer)), ("own", own::<T>())] {
        for value in good {
            let refused: Vec<String> = validator.iter_errors(value).map(|why| why.to_string()).collect();
            assert!(refused.is_empty(), "the {whose} schema of {pointer} refuses {value}: {}", refused.join("; "));
        }
        for value in bad {
            assert!(!validator.is_valid(value), "the {whose} schema of {pointer} takes {value}");
        }
    }
}

#[test]
fn objects() {
    // Without a choice by discriminator: to a validator that is a oneOf of objects which all take one another's.
    let whole = json!({
        "id": "1", "name": "n", "ghost": true, "events": [{"at": "2026-11-22T09:00:00Z", "metadata": {"k": "v"}}],
        "status": "OK", "verdict": -1, "sealed": {"secret": "s"}, "bambora:transaction:id": "b", "self": true,
        "Name": "N", "new": 1, "tags": ["a"], "map": {"x": 1}, "free": [1], "settled": "2024-05-01",
        "one": {"x": "1"}, "two": {"y": "2"}, "number": 1.5, "word": "any"
    });
    let least = json!({"id": "1", "name": "n", "ghost": 1});
    let wrong = |field: &str, value: Value| {
        let mut thing = least.clone();
        thing[field] = value;
        thing
    };
    let bad = [
        json!({"id": "1", "ghost": 1}),
        wrong("name", json!(1)),
        wrong("tags", json!("a")),
        wrong("tags", json!([1])),
        wrong("self", json!("true")),
        wrong("new", json!(1.5)),
        wrong("map", json!({"x": "1"})),
        wrong("events", json!([{"metadata": {"k": 1}}])),
        wrong("sealed", json!({"secret": 1})),
        wrong("one", json!({"x": 1})),
        json!([]),
    ];
    agree::<Thing>("/components/schemas/Thing", &[whole, least.clone()], &bad);
    let object = [json!([]), json!("text")];
    agree::<HmacSha1>("/components/schemas/HMAC-SHA1", &[json!({}), json!({"secret": "s", "more": 1})], &object);
    agree::<Circle>("/components/schemas/Circle", &[json!({"kind": "round", "radius": 1})], &[json!({"radius": 1})]);
    let nested = json!({"kind": "square", "side": 1, "more": {"kind": "round"}});
    agree::<Square>(
        "/components/schemas/Square",
        &[nested],
        &[json!({"kind": 1}), json!({"kind": "square", "side": "1"})],
    );
    let event = "/components/schemas/Base/properties/events/items";
    agree::<ThingEvent>(event, &[json!({"at": "2026-11-22T09:00:00Z"})], &[json!({"at": 1})]);
    let part = "/components/schemas/Thing/allOf/1/properties";
    agree::<ThingOne>(&format!("{part}/one"), &[json!({"x": "1"})], &[json!({"x": 1})]);
    agree::<ThingTwo>(&format!("{part}/two"), &[json!({"y": "1"})], &[json!({"y": 1})]);
}

#[test]
fn requests() {
    let delete = "/paths/~1accounts~1{aid}~1things~1{thing-id}/delete/requestBody/content/application~1json/schema";
    agree::<DeleteThingRequest>(delete, &[json!({"reason": "r"})], &[json!({}), json!({"reason": 1})]);
    let login = "/paths/~1login/post/requestBody/content/application~1x-www-form-urlencoded/schema";
    let bad = [json!({"scope": []}), json!({"grant": "g", "scope": "a"})];
    agree::<CreateLoginRequest>(login, &[json!({"grant": "g"}), json!({"grant": "g", "scope": ["a"]})], &bad);
}

#[test]
fn enums_and_choices() {
    let known: Vec<Value> = ["", "3DS", "no", "OK", "ok", "other", "+", "-"].map(Value::from).into();
    agree::<Status>("/components/schemas/Status", &known, &[json!(1), json!(null)]);
    agree::<Verdict>("/components/schemas/Verdict", &[json!(-1), json!(0), json!(1)], &[json!("1"), json!(0.5)]);
    let shapes = [json!({"kind": "round", "radius": 1}), json!({"kind": "square", "side": 2})];
    agree::<Shape>("/components/schemas/Shape/oneOf/0", &shapes[..1], &[]);
    agree::<Shape>("/components/schemas/Shape/oneOf/1", &shapes[1..], &[]);
    let part = "/components/schemas/Thing/allOf/1/properties";
    agree::<ThingAny>(&format!("{part}/any"), &[json!({"p": "1"}), json!({"p": "1", "q": "2"})], &[]);
    agree::<ThingWord>(&format!("{part}/word"), &[json!("known"), json!("free")], &[json!(1)]);
}
