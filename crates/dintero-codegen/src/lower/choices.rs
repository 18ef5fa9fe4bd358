//! oneOf, anyOf and discriminators become one kind of choice that the runtime's `one_of!` can read without loss.
//!
//! For: typify tries the variants in order and takes the first that decodes, however much it loses; it makes an anyOf of
//! scalars a struct that neither encodes nor decodes; and it ignores discriminators, also those of a base type.

use super::all_of::Merger;
use super::budget::Budget;
use super::schema::{Form, annotations, form, is_annotation, referred, walk_mut, wrap};
use crate::gate::marks;
use crate::model::{Change, Service};
use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value, json};

pub const PASS: &str = "choices";

/// The subtypes of each component that has a discriminator and no oneOf of its own: those that extend it by allOf.
/// Asked before allOf is merged away.
pub fn bases(service: &Service) -> IndexMap<String, Vec<String>> {
    // Those that extend each component, in the document's order; by a described reference, too.
    let mut extending: IndexMap<String, IndexSet<&String>> = IndexMap::new();
    for (name, schema) in &service.schemas {
        for member in schema["allOf"].as_array().into_iter().flatten().filter_map(referred) {
            extending.entry(member).or_default().insert(name);
        }
    }
    let mut out = IndexMap::new();
    for (base, schema) in &service.schemas {
        if schema.get("discriminator").is_none() || schema.get("oneOf").is_some() || schema.get("anyOf").is_some() {
            continue;
        }
        let mapping = schema["discriminator"]["mapping"].as_object();
        let mapped = mapping.into_iter().flatten().filter_map(|(_, target)| target.as_str());
        let named = mapped.chain(extending.get(base).into_iter().flatten().map(|name| name.as_str()));
        let subtypes: IndexSet<&str> =
            named.filter(|name| *name != base && service.schemas.contains_key(*name)).collect();
        out.insert(base.clone(), subtypes.into_iter().map(str::to_string).collect());
    }
    out
}

pub fn run(service: &mut Service, bases: &IndexMap<String, Vec<String>>, budget: &Budget) {
    for (base, subtypes) in bases {
        let pointer = service.origin(base);
        let Some(schema) = service.schemas.get_mut(base) else { continue };
        let discriminator = schema.as_object_mut().and_then(|m| m.shift_remove("discriminator")).unwrap_or_default();
        let own = schema.clone();
        // A subtype that adds nothing has become the base itself; as a variant it would contain the choice, without end.
        for subtype in subtypes {
            if let Some(schema) = service.schemas.get_mut(subtype).filter(|s| referred(s).as_ref() == Some(base)) {
                let about = annotations(schema);
                *schema = own.clone();
                if let Some(map) = schema.as_object_mut() {
                    map.extend(about);
                }
            }
        }
        let Some(schema) = service.schemas.get_mut(base) else { continue };
        if subtypes.is_empty() {
            service.note(PASS, pointer, "a discriminator without subtypes; the type stands for itself");
            continue;
        }
        let mut choice = annotations(schema);
        choice.insert("oneOf".into(), subtypes.iter().map(|s| super::schema::reference(s)).collect());
        choice.insert("discriminator".into(), discriminator);
        *schema = Value::Object(choice);
        service.note(PASS, pointer, format!("is one of the {} types that extend it", subtypes.len()));
    }
    let schemas = service.schemas.clone();
    let mut merger = Merger::new(schemas.clone(), budget);
    let mut changes = Vec::new();
    service.roots_mut(|root, schema| {
        walk_mut(schema, &root.pointer, &mut |pointer, s| {
            if form(s) == Form::Choice {
                *s = settle(s, pointer, &schemas, &mut merger, &mut changes);
            }
        });
    });
    service.changes.append(&mut changes);
    service.changes.append(&mut merger.changes);
}

fn settle(
    schema: &Value,
    pointer: &str,
    schemas: &IndexMap<String, Value>,
    merger: &mut Merger<'_>,
    changes: &mut Vec<Change>,
) -> Value {
    let mut note = |what: String| changes.push(Change { pass: PASS, pointer: pointer.into(), what, warning: false });
    let Some(map) = schema.as_object() else { return schema.clone() };
    let mut notes = annotations(schema);
    let mut rest: Map<String, Value> = map
        .iter()
        .filter(|(k, _)| !is_annotation(k) && !matches!(k.as_str(), "oneOf" | "anyOf" | "discriminator" | "type"))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let discriminator = map.get("discriminator").filter(|d| d.is_object()).cloned();
    // Both at once: a value must fit one of each.
    let (key, members) = match (map.get("oneOf"), map.get("anyOf")) {
        (Some(one), None) => ("oneOf", one.clone()),
        (None, Some(any)) => ("anyOf", any.clone()),
        (Some(one), Some(any)) => {
            rest.insert("anyOf".into(), any.clone());
            ("oneOf", one.clone())
        }
        (None, None) => return schema.clone(),
    };
    let mut members: Vec<Value> = members.as_array().cloned().unwrap_or_default();

    // Members that only say which fields go together are rules for a validator, not types.
    let constrains = |m: &Value| {
        form(m) == Form::Any && m.as_object().is_some_and(|m| m.contains_key("required") || m.contains_key("not"))
    };
    if members.iter().any(constrains) {
        note("the choice only says which fields go together; left to the service".into());
        let mut out = rest;
        out.extend(notes);
        if map.contains_key("type") {
            out.insert("type".into(), map["type"].clone());
        }
        return Value::Object(out);
    }
    let before = members.len();
    members.retain(|m| !is_null(m));
    if members.len() < before {
        note("a member that is null makes the whole nullable".into());
        notes.insert("nullable".into(), true.into());
    }
    if !rest.is_empty() {
        let rest = Value::Object(rest);
        members = members.iter().map(|m| merger.extended(m, &rest, pointer)).collect();
    }
    let members: Vec<Value> = members.into_iter().collect::<IndexSet<Value>>().into_iter().collect();
    let resolved: Vec<Value> = members.iter().map(|m| resolve(m, schemas)).collect();
    let forms: Vec<Form> = resolved.iter().map(form).collect();
    let with_notes = |mut schema: Value| {
        if let Some(map) = schema.as_object_mut() {
            map.extend(notes.clone());
        }
        schema
    };
    match members.as_slice() {
        [] => return with_notes(json!({})),
        [only] if discriminator.is_none() => {
            note("the choice has one member, which it is".into());
            if let Some(name) = referred(only) {
                let mut all = annotations(only);
                all.extend(notes);
                return wrap(&name, all);
            }
            return with_notes(only.clone());
        }
        _ => {}
    }
    let textual = |i: usize| forms[i] == Form::String || forms[i] == Form::Enum && resolved[i]["type"] != "integer";
    if (0..forms.len()).all(textual) {
        let listed = resolved.iter().filter_map(|r| r["enum"].as_array()).flatten();
        let values: IndexSet<Value> = listed.cloned().collect();
        note("a choice between texts is one text".into());
        return with_notes(match values.is_empty() {
            true => json!({"type": "string"}),
            false => json!({"type": "string", "enum": values.into_iter().collect::<Vec<Value>>()}),
        });
    }
    if forms.iter().all(|f| matches!(f, Form::Integer | Form::Number)) {
        let kind = if forms.contains(&Form::Number) { "number" } else { "integer" };
        note("a choice between numbers is one number".into());
        return with_notes(json!({"type": kind}));
    }
    if forms.contains(&Form::Any) {
        note("one member of the choice takes any JSON, so the whole does".into());
        return with_notes(json!({}));
    }
    if key == "anyOf" && discriminator.is_none() && forms.iter().all(|f| *f == Form::Struct) {
        note("anyOf of objects may be several at once, so it is one object with the fields of all".into());
        let mut whole = superset(&resolved);
        // A field that the members describe differently is a choice of its own.
        for (name, field) in whole["properties"].as_object_mut().into_iter().flatten() {
            if form(field) == Form::Choice {
                let place = crate::document::at(&crate::document::at(pointer, "properties"), name);
                *field = settle(field, &place, schemas, merger, changes);
            }
        }
        return with_notes(whole);
    }
    let by = discriminator.as_ref().and_then(|d| d["propertyName"].as_str());
    note(match by {
        Some(property) => format!("is one of {} variants, told apart by `{property}`", members.len()),
        None => format!("is one of {} variants, told apart by their shape", members.len()),
    });
    // Names and tags are settled now: equal shapes become one type later, and stay variants of their own.
    let members = members
        .into_iter()
        .map(|member| {
            let Some(target) = referred(&member) else { return member };
            let mut about = annotations(&member);
            about.insert(marks::VARIANT.into(), target.clone().into());
            if let Some(discriminator) = &discriminator {
                about.insert(marks::TAGS.into(), tags(&target, discriminator, schemas).into());
            }
            wrap(&target, about)
        })
        .collect();
    let mut out = notes;
    out.insert("oneOf".into(), Value::Array(members));
    if let Some(d) = discriminator {
        out.insert("discriminator".into(), d);
    }
    Value::Object(out)
}

/// What the discriminator holds for a type: the mapping's keys, else the tag the type carries by itself: its marked
/// value, the only value of the property, or its published name.
fn tags(target: &str, discriminator: &Value, schemas: &IndexMap<String, Value>) -> Vec<String> {
    let mapping = discriminator["mapping"].as_object().into_iter().flatten();
    let mapped: Vec<String> = mapping.filter(|(_, t)| *t == target).map(|(tag, _)| tag.clone()).collect();
    let Some(schema) = schemas.get(target).filter(|_| mapped.is_empty()) else { return mapped };
    let marked = schema.as_object().into_iter().flatten();
    // Under the name of whoever wrote the document: `x-discriminator-value`, `x-ms-discriminator-value`.
    let mut marked = marked.filter(|(k, _)| k.starts_with("x-") && k.ends_with("discriminator-value"));
    if let Some(tag) = marked.find_map(|(_, v)| v.as_str()) {
        return vec![tag.to_string()];
    }
    let property = discriminator["propertyName"].as_str().unwrap_or_default();
    let of_property = resolve(&schema["properties"][property], schemas);
    let listed: Vec<&str> = of_property["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if let [only] = listed.as_slice() {
        return vec![only.to_string()];
    }
    let published = schema[marks::PUBLISHED_NAME].as_str().unwrap_or(target);
    // Of the values that all subtypes share, the one that the type is named for: `EventGrid` of `EventGridConnection`.
    let letters = |text: &str| text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
    let name = letters(published);
    let named = |value: &&&str| {
        let value = letters(value);
        !value.is_empty() && (name.starts_with(&value) || name.ends_with(&value))
    };
    let tag = match listed.contains(&published) {
        true => published,
        false => listed.iter().filter(named).max_by_key(|value| value.len()).copied().unwrap_or(published),
    };
    vec![tag.to_string()]
}

fn is_null(schema: &Value) -> bool {
    schema["type"] == "null"
        || schema["enum"].as_array().is_some_and(|e| e.iter().all(Value::is_null) && !e.is_empty())
        || schema.as_object().is_some_and(|m| m.len() == 1 && m.get("nullable") == Some(&Value::Bool(true)))
}

/// Follows references to what they stand for.
pub fn resolve(schema: &Value, schemas: &IndexMap<String, Value>) -> Value {
    let mut current = schema.clone();
    for _ in 0..32 {
        match referred(&current).and_then(|name| schemas.get(&name)) {
            Some(next) => current = next.clone(),
            None => break,
        }
    }
    current
}

/// One object with the fields of all; required is what all require.
fn superset(members: &[Value]) -> Value {
    let mut fields: IndexMap<String, Vec<Value>> = IndexMap::new();
    let mut required: Option<Vec<Value>> = None;
    for member in members {
        for (name, schema) in member["properties"].as_object().into_iter().flatten() {
            let known = fields.entry(name.clone()).or_default();
            let bare = |s: &Value| {
                s.as_object().map(|m| {
                    m.iter()
                        .filter(|(k, _)| !is_annotation(k))
                        .map(|(k, v)| (k.clone(), v.clone()))
                        .collect::<Map<_, _>>()
                })
            };
            if !known.iter().any(|other| bare(other) == bare(schema)) {
                known.push(schema.clone());
            }
        }
        let theirs = member["required"].as_array().cloned().unwrap_or_default();
        required = Some(match required {
            None => theirs,
            Some(ours) => ours.into_iter().filter(|r| theirs.contains(r)).collect(),
        });
    }
    let properties: Map<String, Value> = fields
        .into_iter()
        .map(|(name, mut schemas)| match schemas.len() {
            1 => (name, schemas.remove(0)),
            // What is described in place by each is one object, too; and stays one when a member describes more of it.
            _ if schemas.iter().all(|schema| form(schema) == Form::Struct) => (name, json!({"anyOf": schemas})),
            _ => (name, json!({"oneOf": schemas})),
        })
        .collect();
    json!({"type": "object", "properties": properties, "required": required.unwrap_or_default()})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(schema: Value) -> Value {
        let schemas: IndexMap<String, Value> = [
            (
                "A".to_string(),
                json!({"properties": {"kind": {"type": "string"}, "a": {"type": "string"}}, "required": ["kind", "a"]}),
            ),
            (
                "B".to_string(),
                json!({"properties": {"kind": {"type": "string"}, "b": {"type": "string"}}, "required": ["kind"]}),
            ),
        ]
        .into_iter()
        .collect();
        let budget = Budget::default();
        let mut merger = Merger::new(schemas.clone(), &budget);
        settle(&schema, "/x", &schemas, &mut merger, &mut Vec::new())
    }

    #[test]
    fn a_choice_between_texts_is_an_open_enum_or_a_string() {
        assert_eq!(
            one(json!({"anyOf": [{"type": "string", "enum": ["x"]}, {"type": "string"}]}))["enum"],
            json!(["x"])
        );
        assert_eq!(
            one(json!({"anyOf": [{"type": "string", "format": "date"}, {"type": "string"}]})),
            json!({"type": "string"})
        );
    }

    #[test]
    fn a_null_member_makes_the_rest_nullable() {
        let s = one(json!({"oneOf": [{"type": "integer"}, {"enum": [null]}]}));
        assert_eq!(s, json!({"type": "integer", "nullable": true}));
    }

    #[test]
    fn any_of_objects_is_one_object_with_all_fields() {
        let s = one(json!({"anyOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]}));
        assert_eq!(s["required"], json!(["kind"]));
        assert_eq!(s["properties"].as_object().map(Map::len), Some(3));
    }

    #[test]
    fn a_field_that_any_of_describes_twice_keeps_what_both_say() {
        let member = |name: Value| json!({"type": "object", "properties": {"name": name}});
        let s = one(
            json!({"anyOf": [member(json!({"type": "string", "enum": ["x"]})), member(json!({"type": "string"}))]}),
        );
        assert_eq!(s["properties"]["name"], json!({"type": "string", "enum": ["x"]}));
        let s = one(json!({"anyOf": [member(json!({"type": "string"})), member(json!({"type": "boolean"}))]}));
        assert_eq!(s["properties"]["name"]["oneOf"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn fields_beside_a_choice_belong_to_every_member() {
        let s = one(json!({"type": "object", "properties": {"id": {"type": "string"}},
            "oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]}));
        for member in s["oneOf"].as_array().expect("members") {
            assert!(member["properties"]["id"].is_object() && member["properties"]["kind"].is_object(), "{s}");
        }
    }

    #[test]
    fn rules_about_fields_are_no_types() {
        let s = one(
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}),
        );
        assert_eq!(form(&s), Form::Struct);
    }

    #[test]
    fn tags_come_from_the_mapping_else_from_the_type() {
        let shared = json!({"properties": {"kind": {"type": "string", "enum": ["Less", "less-or-equal", "Bool"]}}});
        let schemas: IndexMap<String, Value> = [
            ("A".to_string(), json!({"properties": {"kind": {"type": "string"}}})),
            ("B".to_string(), json!({"properties": {"kind": {"type": "string", "enum": ["bee"]}}})),
            ("C".to_string(), json!({"x-published-name": "c-type", "properties": {"kind": {"type": "string"}}})),
            ("D".to_string(), json!({"x-ms-discriminator-value": "dee", "properties": {"kind": {"type": "string"}}})),
            ("LessOrEqualFilter".to_string(), shared.clone()),
            ("BoolFilter".to_string(), shared.clone()),
            ("Less".to_string(), shared.clone()),
            ("Unlisted".to_string(), shared),
        ]
        .into_iter()
        .collect();
        let discriminator = json!({"propertyName": "kind", "mapping": {"a1": "A", "a2": "A"}});
        let of = |t: &str| tags(t, &discriminator, &schemas);
        assert_eq!(["A", "B", "C", "D"].map(of), [vec!["a1", "a2"], vec!["bee"], vec!["c-type"], vec!["dee"]]);
        let found = ["LessOrEqualFilter", "BoolFilter", "Less", "Unlisted"].map(of).concat();
        assert_eq!(found, ["less-or-equal", "Bool", "Less", "Unlisted"]);
    }

    #[test]
    fn a_subtype_that_adds_nothing_has_the_fields_of_its_base_and_is_not_the_choice_itself() {
        let service = crate::lower::test_support::lowered(json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {"/x": {"get": {"responses": {"200": {"description": "", "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/Token"}}}}}}}},
            "components": {"schemas": {
                "Token": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}},
                    "discriminator": {"propertyName": "type", "mapping": {"plain": "#/components/schemas/Plain", "keyed": "#/components/schemas/Keyed"}}},
                "Plain": {"allOf": [{"$ref": "#/components/schemas/Token"}]},
                "Keyed": {"allOf": [{"$ref": "#/components/schemas/Token"}, {"properties": {"key": {"type": "string"}}}]}}}
        }));
        let members = &service.unions["Token"].members;
        let targets: Vec<_> =
            members.iter().map(|m| (referred(&m.schema).unwrap_or_default(), m.tags.clone())).collect();
        assert_eq!(
            targets,
            [("Plain".into(), vec!["plain".into()]), ("Keyed".into(), vec![crate::gate::Text::from("keyed")])]
        );
        assert!(service.schemas["Plain"]["properties"]["type"].is_object(), "{:?}", service.schemas["Plain"]);
    }

    #[test]
    fn a_base_with_a_discriminator_is_one_of_its_subtypes() {
        let mut service = Service {
            schemas: [
                ("Pay".to_string(), json!({"properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind"}})),
                ("Card".to_string(), json!({"allOf": [{"$ref": "#/components/schemas/Pay"}, {"properties": {"pan": {"type": "string"}}}]})),
                ("Bank".to_string(), json!({"allOf": [{"allOf": [{"$ref": "#/components/schemas/Pay"}], "description": "By bank."}, {"properties": {"iban": {"type": "string"}}}]})),
            ]
            .into_iter()
            .collect(),
            ..Service::default()
        };
        let bases = bases(&service);
        super::super::all_of::run(&mut service, &Default::default());
        run(&mut service, &bases, &Default::default());
        assert_eq!(service.schemas["Pay"]["oneOf"].as_array().map(Vec::len), Some(2));
        assert!(service.schemas["Card"]["properties"]["kind"].is_object());
    }
}
