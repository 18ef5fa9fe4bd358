//! What OpenAPI 3.1 says, against what it means in OpenAPI 3.0.

use super::*;
use crate::document::component_of;
use crate::lower::test_support::lowered;
use crate::model::{OperationKind, Success};
use serde_json::json;

fn document(schemas: Value) -> Value {
    json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "components": {"schemas": schemas}})
}

fn converted(mut doc: Value) -> (Value, Vec<Change>) {
    let mut changes = Vec::new();
    run(&mut doc, &mut changes, &Budget::default());
    references::run("t.yaml", &mut doc, &mut Vec::new()).expect("every reference leads somewhere");
    (doc, changes)
}

/// One schema, converted.
fn schema(schema: Value) -> Value {
    converted(document(json!({"A": schema, "B": {"type": "object"}}))).0["components"]["schemas"]["A"].clone()
}

#[test]
fn types_and_null() {
    let text = json!({"type": "string"});
    let b = json!({"$ref": "#/components/schemas/B"});
    for (new, old) in [
        (json!({"type": ["string"]}), text.clone()),
        (
            json!({"type": ["string", "null"], "minLength": 1}),
            json!({"minLength": 1, "nullable": true, "type": "string"}),
        ),
        (json!({"type": ["number", "integer"]}), json!({"type": "number"})),
        (json!({"type": "null"}), json!({"nullable": true, "enum": [null]})),
        (json!({"type": ["string", "number", "boolean", "array", "object", "null"]}), json!({"nullable": true})),
        (
            json!({"anyOf": [b, {"type": "null"}], "description": "d"}),
            json!({"anyOf": [b], "description": "d", "nullable": true}),
        ),
        (json!({"oneOf": [b, text, {"const": null}]}), json!({"oneOf": [b, text], "nullable": true})),
        (json!({"oneOf": [{"type": "null"}]}), json!({"enum": [null], "nullable": true})),
        (
            json!({"type": ["string", "null"], "enum": ["a", null]}),
            json!({"enum": ["a", null], "nullable": true, "type": "string"}),
        ),
        (json!({"type": ["object", "null"], "allOf": [b]}), json!({"allOf": [b], "nullable": true, "type": "object"})),
    ] {
        assert_eq!(schema(new.clone()), old, "{new}");
    }
}

#[test]
fn several_types_are_a_choice_and_each_has_what_is_said_of_its_values() {
    let s = schema(
        json!({"type": ["string", "integer", "object", "null"], "description": "d", "minLength": 2, "minimum": 3,
        "format": "date", "properties": {"x": {"type": ["string", "null"]}}}),
    );
    assert_eq!(
        s,
        json!({"description": "d", "nullable": true, "oneOf": [
            {"type": "string", "minLength": 2, "format": "date"},
            {"type": "integer", "minimum": 3},
            {"type": "object", "properties": {"x": {"nullable": true, "type": "string"}}}]})
    );
    let s = schema(json!({"type": ["string", "integer", "boolean"], "enum": ["a", 1]}));
    assert_eq!(s, json!({"oneOf": [{"type": "string", "enum": ["a"]}, {"type": "integer", "enum": [1]}]}));
    assert_eq!(schema(json!({"type": ["string", "integer"], "enum": ["a"]})), json!({"type": "string", "enum": ["a"]}));
}

#[test]
fn constants() {
    assert_eq!(schema(json!({"const": "x"})), json!({"type": "string", "enum": ["x"]}));
    assert_eq!(schema(json!({"const": null})), json!({"nullable": true, "enum": [null]}));
    let s = schema(json!({"title": "T", "oneOf": [
        {"const": "a", "title": "First", "description": "The first."}, {"const": "b"}, {"type": "null"}]}));
    assert_eq!(s["enum"], json!(["a", "b"]));
    assert_eq!((s["type"].as_str(), s["nullable"].as_bool()), (Some("string"), Some(true)));
    assert_eq!(s["description"], "- `a`: First. The first.");
    let mixed = schema(json!({"oneOf": [{"const": "a"}, {"const": 1}]}));
    assert_eq!(mixed["oneOf"][1], json!({"type": "integer", "enum": [1]}), "no enum of two kinds");
}

#[test]
fn limits_examples_and_contents() {
    let s = schema(json!({"type": "number", "exclusiveMinimum": 5, "minimum": 1, "exclusiveMaximum": 9, "maximum": 8}));
    assert_eq!(s, json!({"type": "number", "exclusiveMinimum": true, "minimum": 5, "maximum": 8}));
    let s = schema(json!({"type": "string", "examples": ["a", "b", {"no": 1}]}));
    assert_eq!(s, json!({"type": "string", "example": "a", "description": "Further examples: `b`."}));
    let s = schema(json!({"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"}));
    assert_eq!(
        s,
        json!({"type": "string", "format": "byte", "description": "Encoded as `base64`. Media type: `image/png`."})
    );
    assert_eq!(schema(json!({"contentMediaType": "application/octet-stream"}))["format"], "binary");
    let s =
        schema(json!({"type": "string", "contentMediaType": "application/json", "contentSchema": {"type": "object"}}));
    assert_eq!(s, json!({"type": "string", "description": "Media type: `application/json`."}));
}

#[test]
fn what_must_be_a_text_is_one() {
    let (doc, changes) =
        converted(document(json!({"A": {"type": {"x": 1}, "title": 5, "description": ["d"], "format": "date"}})));
    assert_eq!(doc["components"]["schemas"]["A"], json!({"title": "5", "format": "date"}));
    let pointers: Vec<&str> = changes.iter().filter(|c| c.warning).map(|c| c.pointer.as_str()).collect();
    assert_eq!(pointers, ["/components/schemas/A/description", "/components/schemas/A/type"]);
}

#[test]
fn schemas_that_are_true_or_false() {
    assert_eq!(schema(json!(true)), json!({}));
    assert_eq!(schema(json!(false)), json!({"description": "No value is valid."}));
    let s =
        schema(json!({"properties": {"any": true, "never": false}, "allOf": [true], "additionalProperties": false}));
    assert_eq!(s, json!({"properties": {"any": {}}, "allOf": [], "additionalProperties": false}));
    assert_eq!(schema(json!({"oneOf": [{"type": "string"}, false]})), json!({"oneOf": [{"type": "string"}]}));
    assert_eq!(schema(json!({"type": "array", "items": true})), json!({"type": "array"}));
    assert_eq!(schema(json!({"type": "array", "items": false})), json!({"type": "array", "maxItems": 0}));
}

#[test]
fn lists_with_places_and_maps_with_patterns() {
    let s = schema(
        json!({"prefixItems": [{"type": "string"}, {"title": "Amount", "type": "integer"}, {"type": "string"}], "items": false}),
    );
    assert_eq!(s["type"], "array");
    assert_eq!(s["items"], json!({"oneOf": [{"type": "string"}, {"title": "Amount", "type": "integer"}]}));
    assert_eq!(s["description"], "In this order: `string`, `Amount`, `string`.");
    let s = schema(
        json!({"patternProperties": {"^a": {"type": "string"}, "^b": {"type": ["integer", "null"]}}, "additionalProperties": false,
        "propertyNames": {"pattern": "^[ab]"}}),
    );
    assert_eq!(s["additionalProperties"]["oneOf"], json!([{"type": "string"}, {"nullable": true, "type": "integer"}]));
    assert_eq!(s["description"], "Keys: `^[ab]`. Keys: `^a`, `^b`.");
    let s =
        schema(json!({"properties": {"a": true}, "patternProperties": {"^x-": true}, "unevaluatedProperties": false}));
    assert_eq!(s, json!({"properties": {"a": {}}, "description": "Keys: `^x-`."}));
    assert_eq!(schema(json!({"unevaluatedProperties": {"type": "string"}}))["additionalProperties"]["type"], "string");
}

#[test]
fn what_holds_under_a_condition_may_be_there() {
    let (doc, changes) = converted(document(json!({"A": {
        "type": "object", "properties": {"kind": {"type": "string"}},
        "if": {"properties": {"kind": {"const": "card"}}}, "then": {"properties": {"pan": {"type": ["string", "null"]}, "kind": true}, "required": ["pan"]},
        "else": {"$ref": "#/components/schemas/B"},
        "dependentSchemas": {"pan": {"properties": {"cvc": {"type": "string"}}}}, "dependentRequired": {"pan": ["expiry", "cvc"]}},
        "B": {}})));
    let a = &doc["components"]["schemas"]["A"];
    assert_eq!(
        a["properties"].as_object().map(|p| p.keys().cloned().collect::<Vec<_>>()),
        Some(vec!["kind".into(), "pan".into(), "cvc".into()])
    );
    assert_eq!(a["properties"]["pan"], json!({"nullable": true, "type": "string"}));
    assert_eq!(a["properties"]["kind"], json!({"type": "string"}));
    assert!(a.get("required").is_none());
    assert_eq!(a["description"], "With `pan` goes `expiry` and `cvc`.");
    for place in ["if", "then", "else", "dependentSchemas/pan"] {
        let pointer = format!("/components/schemas/A/{place}");
        assert!(changes.iter().any(|c| c.pointer == pointer), "{pointer}");
    }
}

#[test]
fn definitions_anchors_and_ids_are_components() {
    let (doc, _) = converted(document(json!({
        "Order": {"$id": "https://example.com/order", "$defs": {
            "Line": {"type": "object", "properties": {"order": {"$ref": "#"}, "next": {"$ref": "#/$defs/Line"}}},
            "Taken": {"type": "integer"}},
            "properties": {"lines": {"type": "array", "items": {"$ref": "#/components/schemas/Order/$defs/Line"}},
                "taken": {"$ref": "#/$defs/Taken"}, "node": {"$ref": "#node"}}},
        "Cart": {"$defs": {"Taken": {"type": "integer"}}, "definitions": {"Old": {"type": ["string", "null"]}}, "properties": {
            "old": {"$ref": "#/components/schemas/Cart/definitions/Old"}, "definitions": {"type": "object"}, "taken": {"$ref": "#/$defs/Taken"}, "order": {"$ref": "order"}}},
        "Taken": {"type": "string"},
        "Node": {"$dynamicAnchor": "node", "properties": {"child": {"$dynamicRef": "#node"}}}})));
    let schemas = &doc["components"]["schemas"];
    let target = |schema: &Value| schema["$ref"].as_str().and_then(component_of).unwrap_or_default();
    let order = &schemas["Order"]["properties"];
    assert_eq!(target(&order["lines"]["items"]), "Line");
    assert_eq!((target(&order["taken"]), target(&order["node"])), ("Order-Taken".into(), "Node".into()));
    assert_eq!(schemas["Order-Taken"]["type"], "integer");
    assert_eq!(target(&schemas["Line"]["properties"]["next"]), "Line");
    assert_eq!(target(&schemas["Line"]["properties"]["order"]), "Order");
    assert_eq!(target(&schemas["Cart"]["properties"]["taken"]), "Order-Taken", "equal definitions are one");
    assert_eq!(target(&schemas["Cart"]["properties"]["order"]), "Order");
    assert_eq!(target(&schemas["Cart"]["properties"]["old"]), "Old");
    assert_eq!(schemas["Old"], json!({"nullable": true, "type": "string"}));
    assert_eq!(schemas["Cart"]["properties"]["definitions"], json!({"type": "object"}));
    assert_eq!(target(&schemas["Node"]["properties"]["child"]), "Node");
}

#[test]
fn the_whole_road() {
    let service = lowered(json!({
        "openapi": "3.1.0", "jsonSchemaDialect": "https://example.com/own",
        "info": {"title": "Shop", "version": "1", "summary": "Sells.", "description": "Things.", "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": "https://api.example.com"}],
        "security": [{"tls": []}],
        "paths": {"/things/{id}": {"$ref": "#/components/pathItems/Thing", "delete": {"operationId": "thing_delete", "responses": {"204": {"description": ""}}}}},
        "webhooks": {"thing.paid": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}},
            "default": {"$ref": "#/components/pathItems/Hook"}},
        "components": {
            "securitySchemes": {"tls": {"type": "mutualTLS"}},
            "parameters": {"Id": {"name": "id", "in": "path", "required": true, "description": "general", "schema": {"type": ["string", "null"]}}},
            "pathItems": {
                "Thing": {"get": {"operationId": "thing_get", "parameters": [{"$ref": "#/components/parameters/Id", "description": "own", "summary": "s"}],
                    "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing", "description": "It."}}}}}}},
                "Hook": {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": ["object", "null"], "properties": {"x": true}}}}}}}},
            "schemas": {"Thing": {"type": "object", "properties": {
                "kind": {"const": "thing"}, "note": {"type": ["string", "null"]}, "size": {"type": ["integer", "string"]}}}}}
    }));
    assert_eq!(service.description, "Sells.\n\nThings.");
    let [delete, get, paid, hook] = service.operations.as_slice() else { panic!("{:?}", service.operations) };
    let (delete, get) = if delete.method == "get" { (get, delete) } else { (delete, get) };
    assert_eq!((delete.id.as_str(), get.id.as_str()), ("thing_delete", "thing_get"));
    assert_eq!(get.parameters[0].description, "own");
    assert_eq!(get.success, Success::Json(json!({"$ref": "#/components/schemas/Thing"})));
    assert_eq!(
        (paid.kind, paid.name.as_str(), paid.pointer.as_str()),
        (OperationKind::Event, "thing_paid", "/webhooks/thing.paid/post")
    );
    assert_eq!(hook.kind, OperationKind::Event);
    let thing = &service.schemas["Thing"]["properties"];
    assert_eq!(thing["note"], json!({"nullable": true, "type": "string"}));
    assert!(service.has_three_states("Thing", "note"));
    assert!(service.unions.values().any(|u| u.members.len() == 2), "{:?}", service.unions);
    let warnings: Vec<&str> = service.changes.iter().filter(|c| c.warning).map(|c| c.pointer.as_str()).collect();
    assert!(warnings.contains(&"/jsonSchemaDialect"), "{warnings:?}");
}

#[test]
fn a_document_may_have_webhooks_alone_or_components_alone() {
    let service = lowered(json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "webhooks": {
        "paid": {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {"id": {"type": "string"}}}}}}}}}}));
    assert_eq!(service.operations.len(), 1);
    assert!(!service.changes.iter().any(|c| c.what.contains("no `paths`")), "{:?}", service.changes);
    assert!(lowered(document(json!({"A": {"type": "string"}}))).operations.is_empty());
}

#[test]
fn nonsense_breaks_nothing() {
    let keys = [
        "type",
        "enum",
        "const",
        "examples",
        "oneOf",
        "anyOf",
        "allOf",
        "items",
        "prefixItems",
        "properties",
        "patternProperties",
        "additionalProperties",
        "propertyNames",
        "if",
        "then",
        "else",
        "dependentSchemas",
        "dependentRequired",
        "contentEncoding",
        "contentMediaType",
        "exclusiveMinimum",
        "$defs",
        "$id",
        "$anchor",
        "$schema",
        "unevaluatedProperties",
        "contains",
        "not",
    ];
    for part in [
        json!(null),
        json!(5),
        json!("x"),
        json!([]),
        json!([5, null, {}]),
        json!({"a": 5, "b": null, "c": []}),
        json!(false),
    ] {
        for key in keys {
            schema(json!({key: part}));
            schema(json!({"type": ["string", "object"], "properties": {key: {key: part}}, key: part}));
        }
        let mut doc = json!({"openapi": "3.1.0"});
        for key in ["info", "paths", "webhooks", "components", "jsonSchemaDialect", "security"] {
            doc[key] = part.clone();
            converted(doc.clone());
        }
    }
}
