//! Enums and choices leave the generator's hands: the runtime's macros make them.
//!
//! For: typify's enums refuse an unknown value and with it the whole response; its oneOf takes the first variant that
//! decodes. A struct's optional list or map becomes nullable, so that `null` is read and an empty one can be sent.

use super::rust_type::rust_type;
use super::schema::{Form, form, referred, walk_mut};
use super::twins::sent;
use crate::document::at;
use crate::gate::{Text, marks};
use crate::model::{Change, Member, OpenEnum, Service, Union, Variant};
use crate::names::{is_variant, type_name, variants};
use crate::names_lock::Names;
use serde_json::{Value, json};
use std::collections::HashSet;

pub const PASS: &str = "own_types";

pub fn run(service: &mut Service, names: &Names) {
    optional_collections(service);
    let mut notes = Vec::new();
    let mut warnings = Vec::new();
    let mut unions = Vec::new();
    let none = Vec::new();
    let known = |name: &str| names.variants.get(name).unwrap_or(&none);
    let all: Vec<String> = service.schemas.keys().cloned().collect();
    for name in all {
        let schema = service.schemas[&name].clone();
        let pointer = service.origin(&name);
        match form(&schema) {
            Form::Enum => {
                let (open, settled) = open_enum(&schema, known(&name));
                notes.push((
                    pointer.clone(),
                    format!("`{name}` knows {} values and keeps any other", open.variants.len()),
                ));
                for value in settled {
                    warnings.push((
                        pointer.clone(),
                        format!("the value `{value}` differs from another only in case or sign; it got a longer name"),
                    ));
                }
                service.open_enums.insert(name, open);
            }
            Form::Choice => {
                let union = union(service, &name, &schema, known(&name));
                let count = union.members.len();
                notes.push((pointer, format!("`{name}` knows {count} variants and keeps what is none of them")));
                unions.push((name.clone(), union));
            }
            _ => {}
        }
    }
    service.unions.extend(unions);
    service.sent = sent(service);
    // The generator only needs to know that they exist.
    let own: Vec<String> = service.open_enums.keys().chain(service.unions.keys()).cloned().collect();
    for name in own {
        service.schemas.insert(name, json!({"type": "string"}));
    }
    for (pointer, what) in warnings {
        service.warn(PASS, pointer, what);
    }
    for (pointer, what) in notes {
        service.note(PASS, pointer, what);
    }
}

/// What the document itself lets be null is remembered, so that a request can say so.
fn optional_collections(service: &mut Service) {
    let mut changes = Vec::new();
    service.roots_mut(|root, schema| {
        walk_mut(schema, &root.pointer, &mut |pointer, s| {
            let required: Vec<String> =
                s["required"].as_array().into_iter().flatten().filter_map(|r| r.as_str().map(str::to_string)).collect();
            let Some(Value::Object(properties)) = s.get_mut("properties") else { return };
            let optional = properties.iter_mut().filter(|(name, _)| !required.contains(name));
            for (name, property) in optional {
                if property["nullable"] == true
                    && let Some(map) = property.as_object_mut()
                {
                    map.insert(marks::THREE_STATES.into(), true.into());
                    changes.push(Change {
                        pass: PASS,
                        pointer: at(&at(pointer, "properties"), name),
                        what: "may be absent, null or there; all three can be sent".into(),
                        warning: false,
                    });
                }
                if matches!(form(property), Form::Array | Form::Map)
                    && let Some(map) = property.as_object_mut()
                {
                    map.insert("nullable".into(), true.into());
                }
            }
        });
    });
    service.changes.append(&mut changes);
}

fn open_enum(schema: &Value, known: &[String]) -> (OpenEnum, Vec<String>) {
    let values: Vec<Value> = schema["enum"].as_array().cloned().unwrap_or_default();
    let texts: Vec<String> = values.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_string)).collect();
    let (idents, settled) = variants(&texts, known);
    let variants = idents.into_iter().zip(values).map(|(ident, value)| Variant { ident, value }).collect();
    let description = schema["description"].as_str().unwrap_or_default().to_string();
    (OpenEnum { description: description.into(), variants, integer: schema["type"] == "integer" }, settled)
}

fn union(service: &Service, name: &str, schema: &Value, known: &[String]) -> Union {
    let discriminator = schema["discriminator"]["propertyName"].as_str().map(Text::from);
    let list = schema["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    // Who was there first keeps its name.
    let kinds: Vec<String> = list.iter().map(|member| rust_type(member, "")).collect();
    let rank = |kind: &String| known.iter().position(|k| k == kind).unwrap_or(known.len());
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_by_key(|i| (rank(&kinds[*i]), !is_variant(&kinds[*i]), &kinds[*i]));
    let mut taken: HashSet<String> = HashSet::new();
    let mut idents = vec![String::new(); list.len()];
    for i in order {
        let member = &list[i];
        // Without the name of the choice before it: `ThingLooseObject` of `ThingLoose` is `Object`.
        let short = |target: String| match target.strip_prefix(name).filter(|rest| rest.starts_with(char::is_uppercase))
        {
            Some(rest) => rest.to_string(),
            None => target.clone(),
        };
        let base = match member[marks::VARIANT].as_str() {
            Some(variant) => variant.to_string(),
            None => referred(member).map_or_else(|| word(member), short),
        };
        let mut ident = if base == "Other" { "OtherObject".into() } else { base };
        while !taken.insert(ident.clone()) {
            ident.push_str("Object");
        }
        idents[i] = ident;
    }
    let members = list.iter().zip(idents).map(|(member, ident)| Member {
        ident,
        schema: member.clone(),
        tags: member[marks::TAGS].as_array().into_iter().flatten().filter_map(|t| t.as_str().map(Text::from)).collect(),
        boxed: is_large(service, member),
        description: member["description"].as_str().unwrap_or_default().into(),
    });
    let members = members.collect();
    Union { description: schema["description"].as_str().unwrap_or_default().into(), discriminator, members }
}

/// An object in a variant is boxed, so that the choice is small whatever its largest variant holds; so is another choice,
/// which may hold this one.
fn is_large(service: &Service, member: &Value) -> bool {
    let target = referred(member).and_then(|name| service.schemas.get(&name));
    target.is_some_and(|s| matches!(form(s), Form::Struct | Form::Choice | Form::Map | Form::Array))
}

fn word(schema: &Value) -> String {
    let word = match form(schema) {
        Form::String | Form::Enum => "Text",
        Form::Integer => "Integer",
        Form::Number => "Number",
        Form::Boolean => "Boolean",
        Form::Array => "List",
        Form::Map | Form::Struct => "Map",
        _ => "Any",
    };
    type_name(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_in_a_choice_are_boxed_and_texts_are_not() {
        let mut service = Service {
            schemas: [
                (
                    "Node".to_string(),
                    json!({"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Link"}}}),
                ),
                ("Leaf".to_string(), json!({"type": "object", "properties": {"v": {"type": "string"}}})),
                (
                    "Link".to_string(),
                    json!({"oneOf": [{"$ref": "#/components/schemas/Node"}, {"$ref": "#/components/schemas/Leaf"}, {"type": "string"}]}),
                ),
            ]
            .into_iter()
            .collect(),
            ..Service::default()
        };
        run(&mut service, &Names::default());
        let boxed: Vec<bool> = service.unions["Link"].members.iter().map(|m| m.boxed).collect();
        assert_eq!(boxed, [true, true, false]);
    }
}
