//! The judge against the official test suite, and against the crate `jsonschema` on the documents.

use super::Validator;
use crate::document::Document;
use crate::documents::ALL;
use crate::sample::{Fill, Maker};
use crate::schema::Side;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Keywords that `translate` leaves in no schema: groups of the suite that need one are passed over.
const NOT_HERE: [&str; 11] = [
    "$id",
    "$anchor",
    "$dynamicRef",
    "$dynamicAnchor",
    "$schema\": \"http://localhost",
    "oneOf",
    "minContains",
    "maxContains",
    "dependentRequired",
    "\"$ref\":\"http",
    "\"$ref\":\"urn",
];

/// The files of the suite that are about what a translated schema has.
const KEYWORDS: [&str; 34] = [
    "additionalProperties",
    "allOf",
    "anyOf",
    "boolean_schema",
    "const",
    "contains",
    "dependentSchemas",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "if-then-else",
    "infinite-loop-detection",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "ref",
    "required",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
];
const FORMATS: [&str; 13] = [
    "date-time",
    "date",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "json-pointer",
    "regex",
    "time",
    "unknown",
    "uri-reference",
    "uri",
    "uuid",
];

/// Fetched by `.ci/json-schema-suite`, since it is nothing of ours.
#[test]
#[ignore = "is run by .ci/json-schema-suite, which fetches the suite"]
fn the_official_suite_holds() {
    let suite =
        PathBuf::from(std::env::var_os("JSON_SCHEMA_SUITE").expect("JSON_SCHEMA_SUITE: the folder tests/draft2020-12"));
    let keywords = KEYWORDS.iter().map(|name| suite.join(format!("{name}.json")));
    let formats = FORMATS.iter().map(|name| suite.join(format!("optional/format/{name}.json")));
    let files: Vec<PathBuf> = keywords.chain(formats).collect();
    let (mut judged, mut wrong) = (0, Vec::new());
    for file in files {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let groups: Vec<Value> = serde_json::from_slice(&std::fs::read(&file).expect("read")).expect("JSON");
        for group in groups {
            let schema = &group["schema"];
            let mut shown = schema.clone();
            shown.as_object_mut().map(|map| map.remove("$schema"));
            let text = shown.to_string();
            if NOT_HERE.iter().any(|word| text.contains(word)) {
                continue;
            }
            let about = format!("{name}: {}", group["description"].as_str().unwrap_or_default());
            let validator = match Validator::of(schema, schema, &Default::default()) {
                Ok(validator) => validator,
                Err(why) => {
                    wrong.push(format!("{about}: {why}"));
                    continue;
                }
            };
            for test in group["tests"].as_array().expect("tests") {
                judged += 1;
                let about = format!("{about}: {}", test["description"].as_str().unwrap_or_default());
                let (data, valid) = (&test["data"], test["valid"] == true);
                if validator.is_valid(data) != valid {
                    wrong.push(about.clone());
                }
                assert_eq!(validator.misfits(data, 10).is_empty(), validator.is_valid(data), "{about}");
            }
        }
    }
    assert!(wrong.is_empty(), "{judged} judged, {} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(judged > 1_100, "{judged}");
}

/// The engine that the judge took the place of, on the same translated schemas.
fn other(registry: &jsonschema::Registry<'_>, pointer: &str) -> Option<jsonschema::Validator> {
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).should_validate_formats(true);
    let schema = json!({"$ref": format!("mock:/document{}", crate::pointer::to_reference(pointer))});
    let patterns = jsonschema::PatternOptions::fancy_regex().backtrack_limit(20_000);
    options.with_pattern_options(patterns).with_registry(registry).build(&schema).ok()
}

/// Parts of one value that are changed.
const PLACES: usize = 6;

/// The value, and it with each of its parts taken out or made another in turn.
fn others_of(value: &Value) -> Vec<Value> {
    fn pointers(value: &Value, at: &str, out: &mut Vec<String>) {
        out.push(at.to_owned());
        match value {
            Value::Object(map) => map.iter().for_each(|(name, v)| pointers(v, &crate::pointer::at(at, name), out)),
            Value::Array(list) => list.iter().enumerate().for_each(|(i, v)| pointers(v, &format!("{at}/{i}"), out)),
            _ => {}
        }
    }
    let mut places = Vec::new();
    pointers(value, "", &mut places);
    let mut out = vec![value.clone()];
    let strange =
        [json!(null), json!(""), json!("-"), json!(-1), json!(1.5), json!(1.0), json!({"x": 1}), json!([1, 1.0])];
    // Of a large value some of its parts, all over it.
    let step = places.len().div_ceil(PLACES).max(1);
    for (turn, place) in places.iter().step_by(step).enumerate() {
        let mut changed = value.clone();
        if let Some(part) = changed.pointer_mut(place) {
            *part = strange[turn % strange.len()].clone();
        }
        out.push(changed);
        let mut less = value.clone();
        if let Some((parent, name)) = place.rsplit_once('/')
            && let Some(Value::Object(map)) = less.pointer_mut(parent)
        {
            map.remove(&name.replace("~1", "/").replace("~0", "~"));
            out.push(less);
        }
        let mut more = value.clone();
        if let Some(Value::Object(map)) = more.pointer_mut(place) {
            map.insert("unheard-of".into(), json!(true));
            out.push(more);
        }
    }
    out
}

#[test]
fn two_engines_agree_on_all_documents() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
    let mut documents: Vec<Document> =
        ALL.iter().filter_map(|(name, text)| Document::built_in(name, text).ok()).collect();
    for name in ["odd", "shop"] {
        let text = std::fs::read_to_string(tests.join(format!("{name}.yaml"))).expect("a document of ours");
        documents.push(Document::parse(name, name, &text).expect("a document"));
    }
    let (mut judged, mut refused) = (0, 0);
    for document in &documents {
        for side in [Side::StrictRequest, Side::Response] {
            let schemas = document.schemas(side);
            let registry = jsonschema::Registry::new().draft(jsonschema::Draft::Draft202012);
            let registry = registry.add("mock:/document", &schemas.root).and_then(|registry| registry.prepare());
            let registry = registry.expect("a registry");
            let components = schemas.root["components"]["schemas"].as_object();
            for name in components.into_iter().flatten().map(|(name, _)| name) {
                let pointer = crate::pointer::at("/components/schemas", name);
                let ours = schemas.validator(&pointer).expect("a validator");
                let Some(theirs) = other(&registry, &pointer) else { panic!("{pointer} is nothing to the other") };
                let value = Maker::new(document, side, Fill::Everything, 1).make(&pointer, Some(&ours));
                for value in others_of(&value) {
                    judged += 1;
                    refused += usize::from(!ours.is_valid(&value));
                    let found = ours.misfits(&value, 50);
                    assert_eq!(
                        ours.is_valid(&value),
                        theirs.is_valid(&value),
                        "{} {side:?} {pointer}: {value}\n{found:?}\n{:?}",
                        document.service,
                        theirs.iter_errors(&value).map(|e| format!("{} {e}", e.instance_path())).collect::<Vec<_>>()
                    );
                }
            }
        }
    }
    assert!(judged > 1_000 && refused > 100, "{judged} judged, {refused} refused");
}
