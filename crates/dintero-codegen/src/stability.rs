//! What was there stays what it was when a document grows, and when what was gone comes back: by the names lock.
//!
//! Each test takes a crate through versions of a document, and looks at what a program can see of it.

use crate::api::Api;
use crate::api::surface::{Difference, Surface};
use crate::catalog::Policy;
use crate::gate::{Hosts, Received};
use crate::lower::amounts::AmountWords;
use crate::lower::settled;
use crate::lower::test_support::paging;
use crate::model::{Paging, Service, Success};
use crate::names_lock::Names;
use serde_json::{Value, json};

/// A crate that is made again and again with one names lock, as it is written and read.
#[derive(Default)]
struct Crate {
    lock: String,
}

impl Crate {
    fn made(&mut self, doc: Value) -> (Service, Surface) {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("names.toml");
        std::fs::write(&path, &self.lock).expect("written");
        let mut names = Names::read(&path, "names.toml").unwrap_or_else(|p| panic!("{p}"));
        let words = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        let policy = Policy {
            hosts: Hosts { allowed: vec![".example.com".into()], outside: true },
            paging: paging(),
            amounts: AmountWords { beside_currency: words(&["value"]), texts: words(&["money"]), ..Default::default() },
            ..Policy::default()
        };
        let service = settled("t.yaml", "t", Received::new(doc), &policy, &mut names).unwrap_or_else(|p| panic!("{p}"));
        self.lock = names.text();
        let surface = Surface::of(&service, &Api::of(&service, &policy).unwrap_or_else(|p| panic!("{p}")));
        (service, surface)
    }

    fn surface(&mut self, doc: &Value) -> Surface {
        self.made(doc.clone()).1
    }
}

fn doc(paths: Value, schemas: Value) -> Value {
    json!({"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
        "paths": paths, "components": {"schemas": schemas}})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn of(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn object(properties: Value) -> Value {
    json!({"type": "object", "properties": properties})
}

fn answer(schema: Value) -> Value {
    json!({"description": "", "content": {"application/json": {"schema": schema}}})
}

fn get(id: &str, schema: Value) -> Value {
    json!({"get": {"operationId": id, "responses": {"200": answer(schema)}}})
}

fn post(id: &str, schema: Value) -> Value {
    let body = json!({"required": true, "content": {"application/json": {"schema": schema}}});
    json!({"post": {"operationId": id, "requestBody": body, "responses": {"204": {"description": ""}}}})
}

/// What changed from one document to another, and to a third.
fn changed(versions: &[Value]) -> Difference {
    let mut made = Crate::default();
    let surfaces: Vec<Surface> = versions.iter().map(|doc| made.surface(doc)).collect();
    surfaces[0].difference(&surfaces[surfaces.len() - 1])
}

#[track_caller]
fn grows(versions: &[Value]) {
    let difference = changed(versions);
    assert!(!difference.breaks(), "gone {:?}, changed {:?}", difference.gone, difference.changed);
}

#[test]
fn a_call_whose_query_became_a_part_of_its_path_does_not_take_the_old_arguments() {
    let path = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": text()});
    let place = |place: &str| json!({"name": "from", "in": place, "required": true, "schema": text()});
    let call = |path: &str, parameters: Value| {
        doc(
            json!({path: {"post": {"operationId": "move", "parameters": parameters, "responses": {"204": {"description": ""}}}}}),
            json!({}),
        )
    };
    let old = call("/t/{a}", json!([path("a"), place("query")]));
    let mut made = Crate::default();
    let (service, _) = made.made(old.clone());
    let name = service.operations[0].name.clone();
    assert_eq!((service.required[&name].by_name, service.required[&name].path.len()), (false, 1));
    for now in
        [call("/t/{a}/{to}", json!([path("a"), path("to")])), call("/t/{a}", json!([path("a"), place("header")]))]
    {
        let mut made = Crate { lock: made.lock.clone() };
        for _ in 0..2 {
            let (service, surface) = made.made(now.clone());
            assert!(service.required[&name].by_name, "{:?}", service.required[&name]);
            let calls = made_first(&old).difference(&surface).changed;
            assert!(calls.iter().any(|item| item.path == format!("Client::{name}()")), "{calls:?}");
        }
    }
}

fn made_first(doc: &Value) -> Surface {
    Crate::default().surface(doc)
}

#[test]
fn what_leaves_for_a_version_comes_back_as_it_was() {
    let thing = json!({"type": "object", "required": ["b", "a"], "properties": {
        "a": text(), "b": {"type": "integer"}, "fooBar": text(), "way": {"type": "string", "enum": ["x", "Y"]}}});
    let old = doc(json!({"/things": post("p", of("Thing")), "/o": get("o", text())}), json!({"Thing": thing}));
    let without = doc(json!({"/o": get("o", text())}), json!({}));
    let mut back = old.clone();
    // What comes with it would have the better names if nobody knew.
    let schema = &mut back["components"]["schemas"]["Thing"];
    schema["properties"]["foo_bar"] = text();
    schema["properties"]["way"]["enum"] = json!(["X", "y", "x", "Y"]);
    grows(&[old.clone(), without.clone(), without, back]);
    // The order of `new`, too: it was given by name, or in this order.
    let renamed = |name: &str| {
        let thing = json!({"type": "object", "required": [name], "properties": {name: text()}});
        doc(json!({"/things": post("p", of("Thing"))}), json!({"Thing": thing}))
    };
    let mut made = Crate::default();
    made.made(renamed("from"));
    made.made(doc(json!({"/o": get("o", text())}), json!({})));
    let (service, _) = made.made(renamed("to"));
    assert!(service.required["Thing"].by_name, "`Thing::new(from)` would be `Thing::new(to)`");
}

#[test]
fn an_id_that_goes_over_to_another_call_takes_no_method_along() {
    let call =
        |path: &str, id: &str| doc(json!({path: post(id, object(json!({"amount": {"type": "integer"}})))}), json!({}));
    let mut made = Crate::default();
    let name = |made: &mut Crate, doc: Value| made.made(doc).0.operations[0].name.clone();
    let capture = name(&mut made, call("/transactions/{id}/capture", "act"));
    let refund = name(&mut made, call("/transactions/{id}/refund", "act"));
    assert_ne!(capture, refund);
    assert_eq!(name(&mut made, call("/transactions/{id}/capture", "capture_it")), capture, "method and path decide");
    assert_eq!(name(&mut made, call("/v2/transactions/{tid}/refund", "act")), refund, "it only moved");
}

#[test]
fn what_a_call_is_given_by_name_keeps_its_name() {
    let two = json!([{"name": "a", "in": "query", "required": true, "schema": text()},
                     {"name": "b", "in": "query", "required": true, "schema": text()}]);
    let mut old = doc(json!({"/x": get("x", text())}), json!({}));
    old["paths"]["/x"]["get"]["parameters"] = two;
    let mut made = Crate::default();
    let (service, _) = made.made(old.clone());
    let given = service.required[&service.operations[0].name].type_name.clone();
    let mut new = old.clone();
    let words = crate::names::snake(&given).replacen("get_", "", 1).replacen("list_", "", 1);
    new["paths"][format!("/{words}")] = get("y", text());
    new["components"]["schemas"][&given] = object(json!({"z": text()}));
    grows(&[old, new]);
}

#[test]
fn names_that_look_like_marks_of_the_lock_are_names() {
    let grown = |more: Value| {
        let mut schemas = json!({
            "a": {"oneOf": [object(json!({"x": text()})), text()]},
            "a|object": object(json!({"y": object(json!({"deep": text()}))})),
            "b": object(json!({"c": object(json!({"one": text()}))})),
            "b/c": object(json!({"two": text()})),
            "marks": object(json!({"*": text(), "n = null": text(), "x = y": text(), " : ": text(),
                "a -> b": text(), "[]": text()})),
        });
        for (name, schema) in more.as_object().into_iter().flatten() {
            schemas[name] = schema.clone();
        }
        let names: Vec<String> = schemas.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        let paths: serde_json::Map<String, Value> = names
            .iter()
            .enumerate()
            .map(|(at, name)| (format!("/p{at}"), post(&format!("p{at}"), of(&crate::document::escape(name)))))
            .collect();
        doc(paths.into(), schemas)
    };
    grows(&[grown(json!({})), grown(json!({})), grown(json!({"zz": object(json!({"z": text()}))}))]);
}

#[test]
fn neighbours_and_texts_do_not_change_what_a_field_is() {
    let old = |schema: Value| doc(json!({"/things": get("g", of("Thing"))}), json!({"Thing": schema}));
    let number = json!({"type": "number"});
    let day = json!({"type": "string", "format": "date"});
    let thing = object(json!({"value": number, "day": day, "plain": of("Plain")}));
    let with = |change: &dyn Fn(&mut Value)| {
        let mut doc = old(thing.clone());
        doc["components"]["schemas"]["Plain"] = number.clone();
        change(&mut doc["components"]["schemas"]["Thing"]["properties"]);
        doc
    };
    let first = with(&|_| {});
    grows(&[first.clone(), with(&|p| p["currency"] = text())]);
    grows(&[first.clone(), with(&|p| p["value"]["description"] = "Money.".into())]);
    grows(&[first.clone(), with(&|p| p["day"]["example"] = "31.1.2026".into())]);
    // Another field of the component is money; the old one stays what it was.
    let more = with(&|p| p["more"] = json!({"description": "Money.", "allOf": [of("Plain")]}));
    grows(&[first.clone(), more.clone()]);
    let mut made = Crate::default();
    made.made(first);
    let (service, _) = made.made(more);
    let kind = |field: &str| crate::lower::rust_type::rust_type(&service.schemas["Thing"]["properties"][field], "");
    assert_eq!((kind("plain").as_str(), kind("more").as_str()), ("f64", "dintero_types::Decimal"));
}

#[test]
fn a_list_goes_on_as_it_did() {
    let list = |schema: Value, more: &[&str]| {
        let names = ["starting_after"].iter().chain(more);
        let parameters: Vec<Value> = names.map(|n| json!({"name": n, "in": "query", "schema": text()})).collect();
        let mut doc = doc(json!({"/cards": get("g", schema)}), json!({}));
        doc["paths"]["/cards"]["get"]["parameters"] = parameters.into();
        doc
    };
    let items = |properties: Value| json!({"type": "array", "items": object(properties)});
    let mut made = Crate::default();
    let first = |made: &mut Crate, doc: Value| made.made(doc).0.operations[0].paging.clone();
    let old = first(&mut made, list(items(json!({"token_id": text()})), &[]));
    assert!(matches!(old, Some(Paging::LastItem { .. })));
    assert_eq!(first(&mut made, list(items(json!({"a_id": text(), "id": text(), "token_id": text()})), &[])), old);
    assert_ne!(first(&mut made, list(items(json!({"a_id": text()})), &[])), old, "it cannot, any more");
    let page = |more: Value| {
        let mut page = object(json!({"cards": items(json!({"id": text()})), "starting_after": text()}));
        for (name, schema) in more.as_object().into_iter().flatten() {
            page["properties"][name] = schema.clone();
        }
        page
    };
    let next = paging();
    let param = next.next_parameters[0].clone();
    let grown = page(
        json!({next.next: text(), next.last_key: object(json!({"id": text()})), "others": items(json!({"b": text()}))}),
    );
    let mut made = Crate::default();
    let old = first(&mut made, list(page(json!({})), &[]));
    assert!(matches!(old, Some(Paging::Cursor { .. })));
    assert_eq!(first(&mut made, list(grown.clone(), &[&param])), old);
    grows(&[list(page(json!({})), &[]), list(grown, &[&param])]);
}

#[test]
fn a_method_gives_what_it_gave_whatever_status_comes_first() {
    let with = |responses: Value| {
        doc(
            json!({"/x": {"get": {"operationId": "x", "responses": responses}}}),
            json!({"A": object(json!({"a": text()})), "B": object(json!({"b": text()}))}),
        )
    };
    let none = json!({"description": ""});
    for (old, new) in [
        (json!({"default": answer(of("A"))}), json!({"200": answer(of("B")), "default": answer(of("A"))})),
        (json!({"302": none}), json!({"200": answer(of("B")), "302": none})),
        (json!({"404": none}), json!({"200": answer(of("B")), "404": none})),
        (json!({"404": none}), json!({"302": none, "404": none})),
        (json!({"404": none}), json!({"default": answer(of("A")), "404": none})),
        (json!({"201": answer(of("A"))}), json!({"200": answer(of("B")), "201": answer(of("A"))})),
    ] {
        let (old, new) = (with(old), with(new));
        grows(&[old.clone(), new.clone()]);
        grows(&[old.clone(), new.clone(), new.clone()]);
        let mut made = Crate::default();
        let before = made.made(old).0.operations[0].success.clone();
        let (service, _) = made.made(new);
        assert_eq!(service.operations[0].success, before);
        assert_ne!(service.operations[0].all_statuses.clone().unwrap_or(Success::Empty), before);
    }
}

#[test]
fn a_free_map_stays_one_when_it_gets_its_first_property() {
    let with = |map: Value| doc(json!({"/x": post("x", of("Thing"))}), json!({"Thing": object(json!({"more": map}))}));
    let old = with(json!({"type": "object"}));
    let new = with(object(json!({"a": text()})));
    grows(&[old.clone(), new.clone(), new.clone()]);
    assert!(changed(&[new, old]).breaks(), "an object that was one stays no map");
    let words =
        |properties: Value| with(json!({"type": "object", "properties": properties, "additionalProperties": text()}));
    grows(&[words(json!({})), words(json!({"en": {"type": "string", "description": "In English."}}))]);
    let number = words(json!({"count": {"type": "integer"}}));
    assert!(changed(&[words(json!({})), number]).breaks(), "what is no text cannot be read into a map of texts");
}

#[test]
fn a_field_that_members_of_an_any_of_describe_in_place_stays_one_object() {
    let with = |more: Value| {
        let mut part = object(json!({"path": text()}));
        for (name, schema) in more.as_object().into_iter().flatten() {
            part["properties"][name] = schema.clone();
        }
        let members =
            [object(json!({"a": text(), "part": part})), object(json!({"part": object(json!({"path": text()}))}))];
        doc(json!({"/x": get("x", of("Thing"))}), json!({"Thing": object(json!({"event": {"anyOf": members}}))}))
    };
    grows(&[with(json!({})), with(json!({"body": text()}))]);
    grows(&[with(json!({"body": text()})), with(json!({"body": text(), "head": text()}))]);
}

#[test]
fn what_becomes_a_component_keeps_its_type() {
    let inner = object(json!({"a": text(), "in": object(json!({"b": text()}))}));
    let old = doc(json!({"/x": get("x", inner.clone()), "/y": post("y", inner.clone())}), json!({}));
    let new = doc(json!({"/x": get("x", of("Whole")), "/y": post("y", of("Whole"))}), json!({"Whole": inner}));
    grows(&[old.clone(), new.clone(), new.clone()]);
    let mut response = old.clone();
    let moved = std::mem::take(&mut response["paths"]["/x"]["get"]["responses"]["200"]);
    response["paths"]["/x"]["get"]["responses"]["200"] = json!({"$ref": "#/components/responses/Moved"});
    response["components"]["responses"] = json!({"Moved": moved});
    let moved = std::mem::take(&mut response["paths"]["/y"]["post"]["requestBody"]);
    response["paths"]["/y"]["post"]["requestBody"] = json!({"$ref": "#/components/requestBodies/Moved"});
    response["components"]["requestBodies"] = json!({"Moved": moved});
    grows(&[old, response.clone(), response]);
}

#[test]
fn members_of_a_choice_are_known_by_what_they_hold() {
    let card = object(json!({"pan": text(), "exp": text(), "kind": {"type": "string", "enum": ["card"]}}));
    let bank = object(json!({"iban": text(), "bic": text(), "kind": {"type": "string", "enum": ["bank"]}}));
    let plain = |p: &str| object(json!({p: text(), "more": text()}));
    let with = |members: Value| {
        doc(json!({"/x": post("x", of("Thing"))}), json!({"Thing": object(json!({"way": {"oneOf": members}}))}))
    };
    let titled = |mut schema: Value, title: &str| {
        schema["title"] = title.into();
        schema
    };
    let grown = |mut schema: Value| {
        let mut properties = json!({"aaa": {"type": "string", "enum": ["other"]}});
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            properties[name] = property.clone();
        }
        schema["properties"] = properties;
        schema
    };
    let old = with(json!([card, bank]));
    grows(&[old.clone(), with(json!([bank, card]))]);
    grows(&[old.clone(), with(json!([titled(card.clone(), "Zed"), titled(bank.clone(), "Alpha")]))]);
    grows(&[old.clone(), with(json!([grown(bank.clone()), grown(card.clone())]))]);
    let old = with(json!([plain("a"), plain("b")]));
    grows(&[old.clone(), with(json!([plain("b"), plain("a")]))]);
    grows(&[old.clone(), with(json!([plain("c"), titled(plain("b"), "object"), plain("a")]))]);
}

#[test]
fn places_of_one_type_may_grow_apart() {
    let part = |more: Value| {
        let mut part = object(json!({"a": text(), "b": text()}));
        for (name, schema) in more.as_object().into_iter().flatten() {
            part["properties"][name] = schema.clone();
        }
        part
    };
    let with = |parts: [Value; 3]| {
        let [x, y, z] = parts;
        doc(
            json!({"/x": post("x", of("X")), "/y": post("y", of("Y")), "/z": post("z", of("Z"))}),
            json!({"X": object(json!({"part": x})), "Y": object(json!({"part": y, "y": text()})),
                "Z": object(json!({"part": z, "z": text()}))}),
        )
    };
    let same = || part(json!({}));
    let old = with([same(), same(), same()]);
    // A field of two types at once, and one of two objects.
    let two = with([part(json!({"n": text()})), part(json!({"n": {"type": "integer"}})), same()]);
    grows(&[old.clone(), two.clone(), two]);
    let objects = with([
        part(json!({"n": object(json!({"p": text()}))})),
        part(json!({"n": object(json!({"q": text()}))})),
        same(),
    ]);
    grows(&[old.clone(), objects.clone(), objects]);
    // Who must be given more leaves, and the others stay what they were.
    let mut more = part(json!({"c": text()}));
    more["required"] = json!(["c"]);
    let mut made = Crate::default();
    let (service, _) = made.made(old);
    let name = |service: &Service, of: &str| {
        crate::lower::rust_type::rust_type(&service.schemas[of]["properties"]["part"], "")
    };
    let before = name(&service, "Z");
    let (service, _) = made.made(with([more, same(), same()]));
    assert_eq!([name(&service, "Y"), name(&service, "Z")], [before.clone(), before.clone()]);
    assert_ne!(name(&service, "X"), before);
    // Two members of a choice that are one type.
    let choice = |a: Value, b: Value| {
        doc(json!({"/x": post("x", of("X"))}), json!({"X": object(json!({"way": {"oneOf": [a, b]}}))}))
    };
    let mut described = same();
    described["description"] = "Another.".into();
    grows(&[choice(same(), described.clone()), choice(part(json!({"c": text()})), described)]);
}
