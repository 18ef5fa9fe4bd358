//! The table of single changes: each is put into a document of its own, and has to be told right and alone.

use super::levels::Level;
use super::rules::RULES;
use super::{Change, Source, compare};
use crate::catalog::Policy;
use crate::document::{lookup, steps};
use crate::gate::{Hosts, Received};
use crate::names_lock::Names;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

#[derive(Deserialize)]
struct Table {
    document: Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    what: String,
    at: String,
    #[serde(default)]
    old: Option<Value>,
    #[serde(default)]
    new: Option<Value>,
    /// `old` and `new` are laid over the document instead of standing at one place.
    #[serde(default)]
    merge: bool,
    rule: String,
    #[serde(default)]
    level: String,
    #[serde(default)]
    side: String,
    #[serde(default)]
    also: BTreeSet<String>,
    #[serde(default)]
    oasdiff: Option<String>,
    /// In the new document, where it is not plain.
    #[serde(default)]
    pointer: Option<String>,
}

impl Case {
    fn document(&self, base: &Value, fragment: Option<&Value>) -> Value {
        let mut doc = base.clone();
        match fragment {
            Some(fragment) if self.merge => merge(&mut doc, fragment),
            Some(fragment) => put(&mut doc, &steps(&self.at), fragment),
            None => {
                let path = steps(&self.at);
                if let Some((last, parent)) = path.split_last() {
                    // What a place needs around it is there in both.
                    if lookup(&doc, parent).is_none() {
                        put(&mut doc, parent, &json!({}));
                    }
                    take(&mut doc, parent, last);
                }
            }
        }
        doc
    }
}

fn put(doc: &mut Value, path: &[String], value: &Value) {
    let Some((step, rest)) = path.split_first() else {
        if let (Some(into), Some(from)) = (doc.as_object_mut(), value.as_object()) {
            into.extend(from.clone());
        } else {
            *doc = value.clone();
        }
        return;
    };
    if let Value::Array(list) = doc {
        let i: usize = step.parse().expect("an index");
        if i == list.len() {
            list.push(Value::Null);
        }
        return put(&mut list[i], rest, value);
    }
    if !doc.is_object() {
        *doc = Value::Object(Map::new());
    }
    let inner = doc.as_object_mut().expect("an object").entry(step.clone()).or_insert(Value::Null);
    match rest {
        [] => *inner = value.clone(),
        rest => put(inner, rest, value),
    }
}

fn take(doc: &mut Value, parent: &[String], last: &str) {
    let pointer = parent.iter().fold(String::new(), |p, step| crate::document::at(&p, step));
    match doc.pointer_mut(&pointer) {
        Some(Value::Object(map)) => drop(map.shift_remove(last)),
        Some(Value::Array(list)) => list.truncate(last.parse().expect("an index")),
        _ => {}
    }
}

fn merge(doc: &mut Value, over: &Value) {
    match (doc, over) {
        (Value::Object(doc), Value::Object(over)) => {
            for (key, value) in over {
                merge(doc.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (doc, over) => *doc = over.clone(),
    }
}

fn table() -> Table {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/drift/cases.yaml");
    serde_saphyr::from_str(&std::fs::read_to_string(path).expect("the table")).expect("the table of cases")
}

fn policy() -> Policy {
    Policy {
        event_paths: vec!["/examples/".into()],
        money_words: vec!["refund".into()],
        hosts: Hosts { allowed: vec![".example.com".into()], outside: true },
        paging: crate::lower::test_support::paging(),
        ..Policy::default()
    }
}

pub fn drift(old: &Value, new: &Value) -> Vec<Change> {
    let mut names = Names::default();
    let mut source = |file: &str, doc: &Value| {
        Source::new(file, "test", Received { doc: doc.clone(), changes: Vec::new() }, &policy(), &mut names)
            .expect("lowers")
    };
    let (old, new) = (source("old.yaml", old), source("new.yaml", new));
    compare("test", &old, &new).expect("within the budget")
}

/// What is wrong with how a case is told; nothing is as it should be.
fn wrong(case: &Case, base: &Value) -> Option<String> {
    let old = case.document(base, case.old.as_ref());
    let new = case.document(base, case.new.as_ref());
    let changes = drift(&old, &new);
    let told = || {
        let line = |c: &Change| format!("\n    {} {} {}: {}", c.rule, c.level.word(), c.side.word(), c.message);
        changes.iter().map(line).collect::<String>()
    };
    let mut expected = case.also.clone();
    if case.rule != "none" {
        expected.insert(case.rule.clone());
        let right =
            changes.iter().any(|c| c.rule == case.rule && c.level.word() == case.level && c.side.word() == case.side);
        if !right {
            return Some(format!("{}: not told as {} {} {}{}", case.what, case.rule, case.level, case.side, told()));
        }
    }
    let found: BTreeSet<String> = changes.iter().map(|c| c.rule.to_string()).collect();
    if found != expected {
        return Some(format!("{}: {expected:?} expected{}", case.what, told()));
    }
    if let Some(pointer) = &case.pointer
        && !changes.iter().any(|c| c.pointer_new == *pointer)
    {
        return Some(format!("{}: not told of {pointer}, but of {}", case.what, changes[0].pointer_new));
    }
    let leads = |doc: &Value, pointer: &str| lookup(doc, &steps(pointer)).is_some();
    let lost = changes.iter().find(|c| !leads(&old, &c.pointer_old) || !leads(&new, &c.pointer_new));
    lost.map(|c| format!("{}: {} or {} leads nowhere", case.what, c.pointer_old, c.pointer_new))
}

#[test]
fn every_single_change_is_told_right() {
    let Table { document, cases } = table();
    let problems: Vec<String> = cases.iter().filter_map(|case| wrong(case, &document)).collect();
    assert!(problems.is_empty(), "{} of {} cases:\n{}", problems.len(), cases.len(), problems.join("\n"));
}

#[test]
fn the_table_has_every_rule_and_the_ten_cases_in_which_another_tool_errs() {
    let Table { cases, .. } = table();
    assert!(cases.len() >= 60, "{}", cases.len());
    let mut covered: BTreeSet<&str> = cases.iter().map(|c| c.rule.as_str()).collect();
    // What is known to be a cause has a rule of its own; this one is told where one is missing, and has its own test.
    covered.insert("public-api-changed");
    let missing: Vec<&str> = RULES.iter().map(|r| r.id).filter(|id| !covered.contains(id)).collect();
    assert!(missing.is_empty(), "rules without a case: {missing:?}");
    let unknown: Vec<&&str> =
        covered.iter().filter(|id| **id != "none" && !RULES.iter().any(|r| r.id == **id)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(cases.iter().filter(|c| c.oasdiff.is_some()).count() >= 10);
}

#[test]
fn nothing_is_drift_of_itself() {
    let Table { document, cases } = table();
    for case in &cases {
        let doc = case.document(&document, case.new.as_ref());
        assert!(drift(&doc, &doc).is_empty(), "{}", case.what);
    }
}

/// The other way round every breaking change is one again, or is an addition: never nothing.
#[test]
fn what_came_can_go() {
    let Table { document, cases } = table();
    for case in cases.iter().filter(|c| c.rule != "none") {
        let (old, new) = (case.document(&document, case.old.as_ref()), case.document(&document, case.new.as_ref()));
        assert!(!drift(&new, &old).is_empty(), "{}", case.what);
    }
}

fn schemas(schemas: Value, root: &str) -> Value {
    json!({
        "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://e.com"}],
        "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "", "content":
            {"application/json": {"schema": {"$ref": format!("#/components/schemas/{root}")}}}}}}},
            "/b": {"post": {"operationId": "b", "requestBody": {"content": {"application/json": {"schema":
            {"$ref": format!("#/components/schemas/{root}")}}}}, "responses": {"204": {"description": ""}}}}},
        "components": {"schemas": schemas}
    })
}

#[test]
fn recursive_schemas_end_and_tell_the_change_once_with_whom_it_reaches() {
    let doc = |kind: &str| {
        schemas(
            json!({
                "Node": {"type": "object", "properties": {
                    "next": {"$ref": "#/components/schemas/Node"},
                    "link": {"oneOf": [{"$ref": "#/components/schemas/Node"}, {"$ref": "#/components/schemas/Leaf"}]},
                    "all": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}}}},
                "Leaf": {"allOf": [{"$ref": "#/components/schemas/Leaf"}, {"type": "object", "properties": {
                    "value": {"type": kind}, "up": {"$ref": "#/components/schemas/Node"}}}]}
            }),
            "Node",
        )
    };
    let changes = drift(&doc("string"), &doc("integer"));
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!((changes[0].rule, changes[0].level), ("type-changed", Level::Breaking));
    assert_eq!(changes[0].operations, ["GET /a", "POST /b"]);
    assert_eq!(changes[0].pointer_new, "/components/schemas/Leaf/allOf/1/properties/value");
}

#[test]
fn subtypes_of_a_base_with_a_discriminator_are_its_variants() {
    let doc = |more: Value| {
        let mut all = json!({
            "Pay": {"type": "object", "properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind"}},
            "Card": {"allOf": [{"$ref": "#/components/schemas/Pay"}, {"properties": {"pan": {"type": "string"}}}]},
            "Bank": {"allOf": [{"$ref": "#/components/schemas/Pay"}, {"properties": {"iban": {"type": "string"}}}]}});
        merge(&mut all, &more);
        schemas(all, "Pay")
    };
    let cash = json!({"Cash": {"allOf": [{"$ref": "#/components/schemas/Pay"}, {"properties": {"coin": {"type": "string"}}}]}});
    let changes = drift(&doc(json!({})), &doc(cash));
    let found: Vec<(&str, Level)> = changes.iter().map(|c| (c.rule, c.level)).collect();
    assert_eq!(found, [("choice-variant-added", Level::Additive)], "{changes:#?}");
}

/// A change in a shared schema is one change, whoever uses it, and its level is that of both sides.
#[test]
fn one_change_of_a_shared_schema_reaches_all_that_use_it() {
    let doc = |properties: Value, required: Value| {
        schemas(json!({"Shared": {"type": "object", "properties": properties, "required": required}}), "Shared")
    };
    let text = json!({"type": "string"});
    let changes = drift(&doc(json!({"a": text}), json!(["a"])), &doc(json!({"a": text, "b": text}), json!(["a", "b"])));
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!(changes[0].operations, ["GET /a", "POST /b"]);
    assert_eq!((changes[0].side.word(), changes[0].level), ("both", Level::Breaking));
}

#[test]
fn the_largest_pinned_document_is_no_drift_of_itself_and_a_change_in_it_is_found() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let dir = root.join("specs/pinned");
    let files = std::fs::read_dir(&dir).expect("pinned documents").flatten().map(|f| f.path());
    let largest = files.filter(|p| p.is_file()).max_by_key(|p| p.metadata().map_or(0, |m| m.len())).expect("one");
    let old = crate::document::read(&largest).expect("parses");
    let new: Value = serde_json::from_str(&crate::lock::canonical(&old)).expect("the same in another order");
    assert!(drift(&old, &new).is_empty(), "{:?}", drift(&old, &new));
    let mut new = old.clone();
    new["info"]["version"] = "another".into();
    let changes = drift(&old, &new);
    assert_eq!(changes.iter().map(|c| c.rule).collect::<Vec<_>>(), ["info-changed"]);
}

/// The same document in OpenAPI 3.0 and in 3.1.
#[test]
fn another_version_of_openapi_is_no_drift() {
    let old = schemas(json!({"A": {"type": "object", "properties": {"x": {"type": "string", "nullable": true}}}}), "A");
    let mut new = schemas(json!({"A": {"type": "object", "properties": {"x": {"type": ["string", "null"]}}}}), "A");
    new["openapi"] = "3.1.0".into();
    assert_eq!(drift(&old, &new), []);
    let mut new = new;
    new["components"]["schemas"]["A"]["properties"]["x"]["type"] = json!(["integer", "null"]);
    assert_eq!(drift(&old, &new).iter().map(|c| c.rule).collect::<Vec<_>>(), ["type-changed"]);
}

/// Whatever is changed anywhere, something is told; only what says the same as before is not.
#[test]
fn no_change_of_any_value_is_passed_over() {
    let Table { document, cases } = table();
    let mut doc = document;
    for what in [
        "which fields go together",
        "a scope more is asked for",
        "a described header",
        "a link",
        "an optional parameter is new",
    ] {
        let case = cases.iter().find(|c| c.what == what).expect(what);
        doc = case.document(&doc, case.new.as_ref());
    }
    let mut leaves = Vec::new();
    walk(&doc, "", &mut leaves);
    assert!(leaves.len() > 60, "{}", leaves.len());
    let mut passed_over = Vec::new();
    for pointer in leaves {
        let mut new = doc.clone();
        let leaf = new.pointer_mut(&pointer).expect("a leaf");
        *leaf = match &*leaf {
            Value::Bool(b) => (!*b).into(),
            Value::Number(_) => 77.into(),
            _ => "changed".into(),
        };
        let mut names = Names::default();
        let received = |doc: &Value| Received { doc: doc.clone(), changes: Vec::new() };
        let old = Source::new("old.yaml", "test", received(&doc), &policy(), &mut names).expect("lowers");
        // A document that cannot be lowered any more is a problem, which is no silence either.
        if let Ok(new) = Source::new("new.yaml", "test", received(&new), &policy(), &mut names)
            && compare("test", &old, &new).is_ok_and(|changes| changes.is_empty())
        {
            passed_over.push(pointer);
        }
    }
    // A path parameter is required whatever is said.
    assert_eq!(passed_over, ["/paths/~1orders~1{id}/parameters/0/required"]);
}

fn walk(value: &Value, pointer: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(k, v)| walk(v, &crate::document::at(pointer, k), out)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, v)| walk(v, &crate::document::at(pointer, i.to_string()), out));
        }
        // Which OpenAPI it is written in says nothing of the interface.
        _ if pointer != "/openapi" => out.push(pointer.to_string()),
        _ => {}
    }
}

/// An inline enum of three places that loses ten values and gets two: two lines, not thirty-six.
#[test]
fn values_of_one_enum_in_several_places_are_one_change() {
    let doc = |values: Vec<String>| {
        let kind = json!({"type": "string", "enum": values});
        let object = json!({"type": "object", "properties": {"kind": kind}});
        schemas(json!({"A": {"type": "object", "properties": {"x": object, "y": object, "kind": kind}}}), "A")
    };
    let values = |from: usize, to: usize| (from..to).map(|i| format!("v{i:02}")).collect::<Vec<_>>();
    let changes = drift(&doc(values(0, 20)), &doc(values(10, 22)));
    let told: Vec<(&str, &str)> = changes.iter().map(|c| (c.rule, c.message.as_str())).collect();
    let of = "`A.kind`, `A.x.kind` and `A.y.kind`";
    let gone = format!("{of}: the values `v00`, `v01`, `v02`, `v03`, `v04` and 5 more are gone");
    let come = format!("{of}: the values `v20` and `v21` are new");
    assert_eq!(told, [("enum-value-removed", gone.as_str()), ("enum-value-added", come.as_str())]);
    assert_eq!((changes[0].names.len(), changes[0].places.len()), (10, 30));
}

#[test]
fn properties_of_one_type_are_one_change_and_of_one_shape_in_several_places_too() {
    let doc = |names: &[&str]| {
        let fields: Map<String, Value> = names.iter().map(|n| (n.to_string(), json!({"type": "string"}))).collect();
        let object = json!({"type": "object", "properties": fields});
        schemas(
            json!({"A": {"type": "object", "properties": {"x": object, "y": {"type": "array", "items": object}}}}),
            "A",
        )
    };
    let changes = drift(&doc(&["a", "b", "c", "d"]), &doc(&["a", "b"]));
    let told: Vec<&str> = changes.iter().map(|c| c.message.as_str()).collect();
    assert_eq!(told, ["`A.x` and `A.y[]`: the properties `c` and `d` are gone"]);
    let changes = drift(&doc(&["a"]), &doc(&["a", "b"]));
    let told: Vec<&str> = changes.iter().map(|c| c.message.as_str()).collect();
    assert_eq!(told, ["`A.x` and `A.y[]`: the property `b` is new, optional"]);
}

/// What two components differ in is no change of either.
#[test]
fn a_component_that_becomes_another_is_one_change() {
    let fields = |name: &str| -> Value {
        let fields: Map<String, Value> = (0..20).map(|i| (format!("{name}{i}"), json!({"type": "string"}))).collect();
        json!({"type": "object", "properties": fields})
    };
    let doc = |name: &str| {
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        let mut all = json!({"A": {"type": "object", "properties": {"x": reference, "y": reference}}});
        all[name] = fields(name);
        schemas(all, "A")
    };
    let changes = drift(&doc("Info"), &doc("Other"));
    let told: Vec<(&str, &str)> = changes.iter().map(|c| (c.rule, c.message.as_str())).collect();
    assert_eq!(told, [("reference-changed", "`A.x` and `A.y`: the type is `Other` now, was `Info`")]);
}

/// The type of a property that is gone is gone with it.
#[test]
fn what_is_gone_with_its_only_use_is_no_change_of_its_own() {
    let doc = |with: bool| {
        let mut all = json!({"A": {"type": "object", "properties": {"x": {"type": "string"}}}});
        if with {
            all["A"]["properties"]["inner"] = json!({"$ref": "#/components/schemas/Inner"});
            all["Inner"] = json!({"type": "object", "properties": {"deep": {"type": "object", "properties": {
                "kind": {"type": "string", "enum": ["a", "b"]}}}}});
        }
        schemas(all, "A")
    };
    let changes = drift(&doc(true), &doc(false));
    let told: Vec<&str> = changes.iter().map(|c| c.message.as_str()).collect();
    assert_eq!(told, ["`A`: the property `inner` is gone"]);
}

/// What another change of the same document says by chance accounts for nothing.
#[test]
fn a_break_that_no_rule_tells_is_not_hidden_by_one_that_reaches_the_same_operations() {
    let mut told = vec![super::told::Told::of_the_crate(
        &super::rules::SERVER_CHANGED,
        Level::Breaking,
        super::words::Words::from("`types::A` is served elsewhere"),
    )];
    told[0].facts.operations.insert("GET /a".into());
    let doc = schemas(json!({"A": {"type": "object", "properties": {"x": {"type": "string"}}}}), "A");
    let mut names = Names::default();
    let received = Received { doc, changes: Vec::new() };
    let source = Source::new("a.yaml", "test", received, &policy(), &mut names).expect("lowers");
    let difference = source.surface.difference(&Default::default());
    let compared = super::reach::Compared { places: Default::default(), operations: Default::default() };
    super::judge::run(&mut told, &difference, &source, &source, &compared);
    assert!(told.iter().any(|told| told.rule.id == "public-api-changed"), "{told:#?}");
}

/// What no rule explains says what it is, where, and whom it reaches; so does a value that is logged from now on.
#[test]
fn what_no_rule_explains_names_its_type_and_place_and_a_value_that_is_shown_is_told() {
    let doc = schemas(json!({"A": {"type": "object", "properties": {"x": {"type": "string"}}}}), "A");
    let source = |doc: &Value| {
        let received = Received { doc: doc.clone(), changes: Vec::new() };
        Source::new("a.yaml", "test", received, &policy(), &mut Names::default()).expect("lowers")
    };
    let mut other = doc.clone();
    other["components"]["schemas"]["A"]["properties"]["x"]["type"] = "integer".into();
    let (old, new) = (source(&doc), source(&other));
    let compared = super::reach::Compared { places: Default::default(), operations: Default::default() };
    let mut difference = old.surface.difference(&new.surface);
    difference.shown = difference.changed.iter().filter(|item| item.path == "types::A.x").cloned().collect();
    let mut told = Vec::new();
    super::judge::run(&mut told, &difference, &old, &new, &compared);
    let changes: Vec<Change> = told.into_iter().map(|told| told.change("")).collect();
    let said: Vec<(&str, &str)> = changes.iter().map(|c| (c.rule, c.message.as_str())).collect();
    assert_eq!(
        said,
        [
            ("public-api-changed", "the type `A`: the field `x` is `Option<i64>` now, was `Option<String>`"),
            ("guard-lost", "the type `A`: the value of the field `x` was hidden in `Debug` and logs, and is shown now"),
        ]
    );
    for change in changes {
        assert_eq!((change.level, change.pointer_new.as_str()), (Level::Breaking, "/components/schemas/A"));
        assert_eq!(change.operations, ["GET /a", "POST /b"]);
    }
}

/// The webhooks of OpenAPI 3.1 are what an event is.
#[test]
fn webhooks_are_compared_as_what_the_program_reads() {
    let doc = |kind: &str| {
        let mut doc = schemas(json!({"A": {"type": "object", "properties": {"x": {"type": kind}}}}), "A");
        doc["openapi"] = "3.1.0".into();
        doc["paths"] = json!({});
        doc["webhooks"] = json!({"paid": {"post": {"requestBody": {"content": {"application/json": {"schema":
            {"$ref": "#/components/schemas/A"}}}}, "responses": {"200": {"description": ""}}}}});
        doc
    };
    let changes = drift(&doc("string"), &doc("integer"));
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!((changes[0].rule, changes[0].side.word()), ("type-changed", "response"));
    assert_eq!(changes[0].operations, ["POST webhook paid"]);
    let mut without = doc("string");
    without["webhooks"] = json!({});
    let changes = drift(&doc("string"), &without);
    let gone = changes.iter().find(|c| c.rule == "operation-removed").expect("told");
    assert!(gone.pointer_old.starts_with("/webhooks/paid"), "{gone:?}");
}

/// What broke elsewhere in the crate makes no other change graver.
#[test]
fn each_change_is_as_grave_as_what_became_of_its_own_items() {
    let doc = |kind: &str, map: Value| {
        let a = json!({"type": "object", "properties": {"x": {"type": kind}, "b": {"$ref": "#/components/schemas/B"}}});
        schemas(json!({"A": a, "B": {"type": "object", "properties": {"more": map}}}), "A")
    };
    let described = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let changes = drift(&doc("string", json!({"type": "object"})), &doc("integer", described));
    let told: Vec<_> = changes.iter().map(|c| (c.rule, c.level.word(), c.message.as_str())).collect();
    assert_eq!(
        told,
        [
            ("type-changed", "breaking", "`A.x`: the Rust type is an integer (`i64`) now, was `String`"),
            ("type-changed", "docs", "`B.more`: the Rust type is a struct now, was a map; the crate stays as it is"),
        ]
    );
}

/// Its types are called after its method, and have another name where that has.
#[test]
fn an_operation_that_moved_takes_its_types_along() {
    let doc = |path: &str| {
        let part = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}});
        let body = json!({"type": "object", "properties": {"id": {"type": "string"}}, "oneOf": [part("a"), part("b")]});
        let mut doc = schemas(json!({"A": part("x")}), "A");
        let content = |schema: Value| json!({"application/json": {"schema": schema}});
        doc["paths"][path] = json!({"post": {"operationId": "act", "requestBody": {"content": content(body)},
            "responses": {"200": {"description": "", "content": content(part("y"))}}}});
        doc
    };
    let changes = drift(&doc("/cards/tokens"), &doc("/cards/tokens/refund_it"));
    assert_eq!(changes[0].rule, "operation-moved");
    assert!(changes.iter().all(|c| c.rule != "public-api-changed"), "{changes:#?}");
}
