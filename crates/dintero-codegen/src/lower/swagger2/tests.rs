//! One document in Swagger 2.0 against what it means in OpenAPI 3.0.

use super::*;
use crate::lower::test_support::lowered;
use crate::model::{In, SecurityScheme, Service, Style, Success};
use serde_json::json;

fn converted(doc: Value) -> (Value, Vec<Change>) {
    let (mut doc, mut changes) = (doc, Vec::new());
    run(&mut doc, &mut changes);
    (doc, changes)
}

/// A document with one operation.
fn of(operation: Value) -> Value {
    json!({"swagger": "2.0", "info": {"title": "t", "version": "1"}, "host": "api.example.com",
        "paths": {"/things/{id}": {"post": operation}}})
}

/// That operation, converted.
fn operation(operation: Value) -> Value {
    converted(of(operation)).0["paths"]["/things/{id}"]["post"].clone()
}

fn warned(changes: &[Change], pointer: &str, text: &str) -> bool {
    changes.iter().any(|c| c.warning && c.pointer == pointer && c.what.contains(text))
}

#[test]
fn where_the_service_is() {
    let servers = |frame: Value| {
        let mut doc = json!({"swagger": "2.0", "paths": {}});
        doc.as_object_mut().expect("map").extend(frame.as_object().expect("map").clone());
        converted(doc).0["servers"].clone()
    };
    let urls = |list: &[&str]| Value::Array(list.iter().map(|u| json!({"url": u})).collect());
    let both = urls(&["https://a.example.com/v1", "http://a.example.com/v1"]);
    assert_eq!(servers(json!({"host": "a.example.com", "basePath": "/v1/", "schemes": ["http", "https"]})), both);
    assert_eq!(servers(json!({"host": "a.example.com:8443"})), urls(&["https://a.example.com:8443"]));
    assert_eq!(
        servers(json!({"host": "a.example.com", "basePath": "/", "schemes": ["http"]})),
        urls(&["http://a.example.com"])
    );
    assert_eq!(
        servers(json!({"host": "https://a.example.com/", "basePath": "v1"})),
        urls(&["https://a.example.com/v1"])
    );
    assert_eq!(servers(json!({"host": ["a.example.com"], "schemes": ["HTTP:"]})), urls(&["http://a.example.com"]));
    assert_eq!(servers(json!({"basePath": "/v1"})), urls(&["/v1"]));
    assert_eq!(servers(json!({})), Value::Null);
    let own = operation(json!({"schemes": ["http"]}));
    assert_eq!(own["servers"], urls(&["http://api.example.com"]));
    let named = json!([{"url": "https://b.example.com"}]);
    assert_eq!(servers(json!({"host": "a.example.com", "x-servers": named})), named);
    assert_eq!(operation(json!({"x-servers": named}))["servers"], named);
}

#[test]
fn every_security_scheme() {
    let url = json!({"authorizationUrl": "https://a.example.com/in", "tokenUrl": "https://a.example.com/token"});
    let oauth = |flow: &str| {
        let mut scheme = json!({"type": "oauth2", "flow": flow, "scopes": {"read:x": "Reads"}});
        scheme.as_object_mut().expect("map").extend(url.as_object().expect("map").clone());
        scheme
    };
    let (doc, changes) = converted(json!({"swagger": "2.0", "paths": {}, "securityDefinitions": {
        "basic": {"type": "basic", "description": "d"}, "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "implicit": oauth("implicit"), "password": oauth("password"), "application": oauth("application"),
        "code": oauth("accessCode"), "wrong": oauth("magic"), "odd": {"type": "oath"}, "none": 5}}));
    let schemes = &doc["components"]["securitySchemes"];
    assert_eq!(schemes["basic"], json!({"type": "http", "scheme": "basic", "description": "d"}));
    assert_eq!(schemes["key"], json!({"type": "apiKey", "in": "header", "name": "X-Key"}));
    for (name, flow) in [
        ("implicit", "implicit"),
        ("password", "password"),
        ("application", "clientCredentials"),
        ("code", "authorizationCode"),
    ] {
        let flow = &schemes[name]["flows"][flow];
        assert_eq!(flow["tokenUrl"], url["tokenUrl"], "{name}");
        assert_eq!(flow["scopes"]["read:x"], "Reads", "{name}");
        assert_eq!(schemes[name].as_object().map(Map::len), Some(2), "{name}");
    }
    assert!(warned(&changes, "/securityDefinitions/wrong", "no OAuth flow"));
    assert!(warned(&changes, "/securityDefinitions/odd", "no security type"));
}

#[test]
fn a_body_has_the_media_types_that_the_operation_consumes() {
    let body = json!([{"in": "body", "name": "b", "required": true, "description": "d", "x-mark": 1,
        "schema": {"$ref": "#/definitions/A"}}]);
    let refers = json!({"schema": {"$ref": "#/components/schemas/A"}});
    let one = operation(json!({"parameters": body}))["requestBody"].clone();
    assert_eq!(
        one,
        json!({"required": true, "description": "d", "x-mark": 1, "content": {"application/json": refers}})
    );
    let two = operation(json!({"parameters": body, "consumes": ["application/xml", "text/json"]}));
    assert_eq!(two["requestBody"]["content"], json!({"application/xml": refers, "text/json": refers}));
    assert_eq!(two["parameters"], json!([]));
    let typed = operation(json!({"parameters": [{"in": "body", "name": "b", "type": "string"}]}));
    assert_eq!(typed["requestBody"]["content"]["application/json"]["schema"], json!({"type": "string"}));
    let mut doc = of(json!({"parameters": body}));
    doc["consumes"] = json!(["application/vnd.example+json"]);
    let (doc, _) = converted(doc);
    let content = &doc["paths"]["/things/{id}"]["post"]["requestBody"]["content"];
    assert_eq!(*content, json!({"application/vnd.example+json": refers}));
}

#[test]
fn form_fields_are_one_object_and_a_file_makes_it_multipart() {
    let fields = json!([
        {"in": "formData", "name": "id", "type": "string", "required": true, "description": "d", "minLength": 2},
        {"in": "formData", "name": "tags", "type": "array", "items": {"type": "string"}, "collectionFormat": "pipes"},
        {"in": "query", "name": "q", "type": "boolean"}]);
    let plain = operation(json!({"parameters": fields}));
    let form = &plain["requestBody"]["content"]["application/x-www-form-urlencoded"];
    assert_eq!(form["schema"]["properties"]["id"], json!({"type": "string", "description": "d", "minLength": 2}));
    assert_eq!(form["schema"]["required"], json!(["id"]));
    assert_eq!(form["encoding"], json!({"tags": {"style": "pipeDelimited", "explode": false}}));
    assert_eq!(plain["requestBody"]["required"], true);
    assert_eq!(plain["parameters"], json!([{"in": "query", "name": "q", "schema": {"type": "boolean"}}]));

    let mut with_file = fields.clone();
    with_file.as_array_mut().expect("list").push(json!({"in": "formData", "name": "f", "type": "file"}));
    let consumes = json!(["application/x-www-form-urlencoded", "multipart/form-data"]);
    let both = operation(json!({"parameters": with_file, "consumes": consumes}))["requestBody"]["content"].clone();
    assert_eq!(both.as_object().map(|c| c.keys().collect::<Vec<_>>()), Some(vec![&"multipart/form-data".to_string()]));
    let file = &both["multipart/form-data"]["schema"]["properties"]["f"];
    assert_eq!(*file, json!({"type": "string", "format": "binary"}));
    let asked = operation(json!({"parameters": fields, "consumes": ["multipart/form-data"]}));
    assert!(asked["requestBody"]["content"]["multipart/form-data"].is_object());
}

#[test]
fn shared_parameters_go_where_they_belong() {
    let (doc, changes) = converted(json!({
        "swagger": "2.0", "consumes": ["application/json"],
        "parameters": {
            "Id": {"in": "path", "name": "id", "type": "string", "required": true},
            "Body": {"in": "body", "name": "b", "schema": {"$ref": "#/definitions/A"}},
            "Field": {"in": "formData", "name": "f", "type": "integer"}},
        "definitions": {"A": {"type": "object"}},
        "paths": {
            "/a/{id}": {
                "parameters": [{"$ref": "#/parameters/Id"}, {"$ref": "#/parameters/Body"}],
                "post": {}, "put": {"consumes": ["text/plain"]},
                "patch": {"parameters": [{"in": "body", "name": "own", "schema": {"type": "string"}}]}},
            "/b": {"post": {"parameters": [{"$ref": "#/parameters/Field"}]}},
            "/c": {"post": {"parameters": [{"$ref": "#/parameters/Field"}, {"$ref": "#/parameters/Body"}]}}}
    }));
    let item = &doc["paths"]["/a/{id}"];
    assert_eq!(item["parameters"], json!([{"$ref": "#/components/parameters/Id"}]));
    assert_eq!(item["post"]["requestBody"], json!({"$ref": "#/components/requestBodies/Body"}));
    let content = json!({"text/plain": {"schema": {"$ref": "#/components/schemas/A"}}});
    assert_eq!(item["put"]["requestBody"]["content"], content, "its own media type is not that of the shared body");
    assert_eq!(item["patch"]["requestBody"]["content"]["application/json"]["schema"]["type"], "string");
    let form = &doc["paths"]["/b"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"];
    assert_eq!(form["schema"]["properties"]["f"], json!({"type": "integer"}));
    assert_eq!(doc["components"]["parameters"].as_object().map(Map::len), Some(1));
    assert!(warned(&changes, "/paths/~1c/post/parameters/0", "stands beside a body"), "{changes:?}");
}

#[test]
fn lists_are_joined_as_published() {
    let joins = |place: &str, format: Option<&str>| {
        let mut parameter = json!({"in": place, "name": "id", "type": "array", "items": {"type": "string"}});
        if let Some(format) = format {
            parameter["collectionFormat"] = format.into();
        }
        let service = lowered(of(json!({"parameters": [parameter], "responses": {"200": {"description": ""}}})));
        let of_list = service.operations[0].parameters.iter().find(|p| p.schema["type"] == "array").expect("kept");
        let separator = match of_list.style {
            Style::Joined(separator) => Some(separator),
            _ => None,
        };
        (separator, service.changes.iter().any(|c| c.warning && c.what.contains("collectionFormat")))
    };
    for place in ["query", "header", "path"] {
        assert_eq!(joins(place, None), (Some(','), false), "{place}");
        assert_eq!(joins(place, Some("csv")), (Some(','), false), "{place}");
        assert_eq!(joins(place, Some("ssv")), (Some(' '), false), "{place}");
        assert_eq!(joins(place, Some("tsv")), (Some('\t'), false), "{place}");
        assert_eq!(joins(place, Some("pipes")), (Some('|'), false), "{place}");
    }
    assert_eq!(joins("query", Some("multi")), (None, false));
    assert_eq!(joins("header", Some("multi")), (Some(','), true), "a header cannot repeat");
    assert_eq!(joins("query", Some("semicolons")), (Some(','), true));
}

#[test]
fn responses_have_the_media_types_that_the_operation_produces() {
    let a = json!({"$ref": "#/definitions/A"});
    let (doc, _) = converted(json!({
        "swagger": "2.0", "produces": ["application/json"],
        "definitions": {"A": {"type": "object"}},
        "responses": {"Bad": {"description": "bad", "schema": a}},
        "paths": {
            "/a": {"get": {"responses": {
                "200": {"description": "ok", "schema": a, "examples": {"application/json": {"$ref": "x"}, "text/csv": "1"},
                    "headers": {"X-Ids": {"type": "array", "items": {"type": "integer"}, "description": "d"}}},
                "202": {"description": "", "examples": {"text/plain": "later", "no media type": 1}},
                "400": {"$ref": "#/responses/Bad"}, "204": {}}}},
            "/b": {"get": {"produces": ["application/pdf"], "responses": {
                "200": {"description": "", "schema": {"type": "file"}}, "400": {"$ref": "#/responses/Bad"}}}}}
    }));
    let now = json!({"$ref": "#/components/schemas/A"});
    let responses = &doc["paths"]["/a"]["get"]["responses"];
    let json = &responses["200"]["content"]["application/json"];
    assert_eq!(*json, json!({"schema": now, "example": {"$ref": "x"}}), "an example is data");
    assert_eq!(responses["200"]["content"]["text/csv"]["example"], "1");
    assert_eq!(responses["202"]["content"], json!({"text/plain": {"schema": {}, "example": "later"}}));
    let header = &responses["200"]["headers"]["X-Ids"];
    let list = json!({"type": "array", "items": {"type": "integer"}});
    assert_eq!(*header, json!({"description": "d", "style": "simple", "schema": list}));
    assert_eq!(responses["400"], json!({"$ref": "#/components/responses/Bad"}));
    assert_eq!(responses["204"], json!({"description": ""}));
    let responses = &doc["paths"]["/b"]["get"]["responses"];
    assert_eq!(responses["200"]["content"]["application/pdf"]["schema"], json!({"type": "string", "format": "binary"}));
    assert_eq!(responses["400"]["content"]["application/pdf"]["schema"], now);
}

#[test]
fn what_a_schema_says_in_its_own_way() {
    let (doc, changes) = converted(json!({"swagger": "2.0", "paths": {}, "definitions": {
        "Pay": {"type": "object", "discriminator": "kind", "required": ["kind"], "properties": {
            "kind": {"type": "string"}, "discriminator": {"type": "string", "x-nullable": true},
            "discriminated": {"$ref": "#/definitions/a~1b"}}},
        "a/b": {"allOf": [{"$ref": "#/definitions/Pay"}, {"properties": {"default": {"$ref": "#/definitions/Pay"}}}],
            "example": {"$ref": "#/definitions/Pay"}, "enum": [{"$ref": "#/definitions/Pay"}]}}}));
    let schemas = &doc["components"]["schemas"];
    assert_eq!(schemas["Pay"]["discriminator"], json!({"propertyName": "kind"}));
    assert_eq!(schemas["Pay"]["properties"]["discriminator"], json!({"type": "string", "nullable": true}));
    assert_eq!(schemas["Pay"]["properties"]["discriminated"]["$ref"], "#/components/schemas/a~1b");
    assert_eq!(schemas["a/b"]["allOf"][0]["$ref"], "#/components/schemas/Pay");
    assert_eq!(schemas["a/b"]["allOf"][1]["properties"]["default"]["$ref"], "#/components/schemas/Pay");
    for data in [&schemas["a/b"]["example"], &schemas["a/b"]["enum"][0]] {
        assert_eq!(data["$ref"], "#/definitions/Pay", "data is not rewritten");
    }
    assert!(changes.iter().any(|c| c.pointer == "/definitions/Pay" && c.what.contains("`kind`")), "{changes:?}");
}

#[test]
fn references_into_what_moved_follow_it() {
    let (doc, _) = converted(
        json!({"swagger": "2.0", "consumes": ["application/json"], "produces": ["application/json"],
        "parameters": {"B": {"in": "body", "name": "b", "schema": {"type": "array", "items": {"type": "object"}}}},
        "definitions": {"A": {"properties": {
            "body": {"$ref": "#/parameters/B/schema/items"},
            "answer": {"$ref": "#/paths/~1a/get/responses/200/schema"},
            "second": {"$ref": "#/paths/~1a/get/parameters/1/items"}}}},
        "paths": {"/a": {"get": {
            "parameters": [{"$ref": "#/parameters/B"}, {"in": "query", "name": "q", "type": "array", "items": {"type": "string"}}],
            "responses": {"200": {"description": "", "schema": {"type": "object"}}}}}}}),
    );
    let mut doc = doc;
    references::run("t.yaml", &mut doc, &mut Vec::new()).expect("every reference leads somewhere");
}

#[test]
fn the_whole_road() {
    let service = lowered(json!({
        "swagger": "2.0", "info": {"title": "Shop", "version": "1"}, "host": "api.example.com", "basePath": "/v1", "schemes": ["https"],
        "consumes": ["application/json"], "produces": ["application/json"],
        "securityDefinitions": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}, "user": {"type": "basic"}},
        "security": [{"key": []}],
        "paths": {"/things/{id}": {
            "parameters": [{"in": "path", "name": "id", "type": "string", "required": true}],
            "put": {"operationId": "thing_put", "parameters": [
                {"in": "body", "name": "thing", "required": true, "schema": {"$ref": "#/definitions/thing"}},
                {"in": "query", "name": "at", "type": "string", "format": "date-time"}],
                "responses": {"200": {"description": "", "schema": {"$ref": "#/definitions/thing"}}}},
            "get": {"operationId": "thing_file", "produces": ["application/pdf"], "security": [{"user": []}],
                "responses": {"200": {"description": "", "schema": {"type": "file"}}}}}},
        "definitions": {"thing": {"type": "object", "required": ["id"], "properties": {
            "id": {"type": "string"}, "note": {"type": "string", "x-nullable": true}}}}
    }));
    let [put, get] = service.operations.as_slice() else { panic!("two operations") };
    assert_eq!(
        (put.server.as_str(), &put.auth),
        ("https://api.example.com/v1", &vec![SecurityScheme::ApiKey("X-Key".into())])
    );
    assert_eq!(put.parameters.iter().map(|p| p.location).collect::<Vec<_>>(), [In::Path, In::Query]);
    let thing = json!({"$ref": "#/components/schemas/Thing"});
    assert_eq!(put.success, Success::Json(thing.clone()));
    assert_eq!(put.body.as_ref().map(|b| &b.schema), Some(&thing));
    assert_eq!((&get.success, &get.auth), (&Success::Bytes, &vec![SecurityScheme::Basic]));
    assert_eq!(service.schemas["Thing"]["properties"]["note"]["nullable"], true);
}

#[test]
fn places_are_told_as_published() {
    let service: Service = lowered(of(json!({"operationId": "x", "consumes": ["text/plain"], "parameters": [
        {"in": "body", "name": "b", "schema": {"type": "object", "required": ["ghost"], "properties": {"a": {"type": "string"}}}},
        {"in": "nowhere", "name": "c", "type": "string"}]})));
    let pointers: Vec<&str> = service.changes.iter().filter(|c| c.warning).map(|c| c.pointer.as_str()).collect();
    assert!(pointers.contains(&"/paths/~1things~1{id}/post/parameters/0/schema"), "{pointers:?}");
    assert!(pointers.contains(&"/paths/~1things~1{id}/post/parameters/1"), "{pointers:?}");
    assert_eq!(service.operations[0].body.as_ref().expect("a body").pointer, pointers[pointers.len() - 1]);
}

#[test]
fn nonsense_is_kept_for_the_later_passes_and_breaks_nothing() {
    for part in
        [json!(null), json!(5), json!("x"), json!([]), json!([5, null, {}]), json!({"a": 5, "b": null, "c": []})]
    {
        let mut doc = json!({"swagger": "2.0"});
        for key in [
            "paths",
            "definitions",
            "parameters",
            "responses",
            "securityDefinitions",
            "consumes",
            "produces",
            "schemes",
            "host",
        ] {
            doc[key] = part.clone();
        }
        converted(doc);
        for key in ["parameters", "responses", "consumes", "schemes", "security"] {
            operation(json!({key: part}));
            operation(
                json!({key: [part], "responses": {"200": part, "400": {"schema": part, "headers": part, "examples": part}}}),
            );
        }
        for place in ["body", "formData", "query"] {
            operation(
                json!({"parameters": [{"in": place, "name": part, "type": part, "schema": part, "items": part}]}),
            );
        }
    }
    let itself = json!({"swagger": "2.0", "parameters": {"A": {"$ref": "#/parameters/A"}}, "paths": {"/a": {"get": {"parameters": [{"$ref": "#/parameters/A"}]}}}});
    let (mut doc, _) = converted(itself);
    let problem = references::run("t.yaml", &mut doc, &mut Vec::new()).expect_err("refused");
    assert!(problem.reason.contains("back to itself"), "{problem}");
}
