//! Enums and choices leave the generator's hands: the runtime's macros make them.
//!
//! For: typify's enums refuse an unknown value and with it the whole response; its oneOf takes the first variant that
//! decodes. A struct's optional list or map becomes nullable, so that `null` is read and an empty one can be sent.

use super::circles::Circles;
use super::objects::reachable;
use super::schema::{Form, form, references_of, referred, walk_mut};
use crate::document::at;
use crate::gate::{Text, marks};
use crate::model::{Change, Kind, Member, OpenEnum, Service, Union, Variant};
use crate::names::{type_name, variants};
use serde_json::{Value, json};
use std::collections::HashSet;

pub const PASS: &str = "own_types";

pub fn run(service: &mut Service) {
    optional_collections(service);
    let mut notes = Vec::new();
    let mut warnings = Vec::new();
    let names: Vec<String> = service.schemas.keys().cloned().collect();
    let mut unions = Vec::new();
    let circles = Circles::of(&service.schemas);
    for name in names {
        let schema = service.schemas[&name].clone();
        let pointer = service.origin(&name);
        match form(&schema) {
            Form::Enum => {
                let (open, settled) = open_enum(&schema);
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
                let union = union(service, &name, &schema, &circles);
                let count = union.members.len();
                notes.push((pointer, format!("`{name}` knows {count} variants and keeps what is none of them")));
                unions.push((name.clone(), union));
            }
            _ => {}
        }
    }
    service.unions.extend(unions);
    let mut roots = Vec::new();
    service.operations.iter().filter_map(|op| op.body.as_ref()).for_each(|b| references_of(&b.schema, &mut roots));
    let parameters = service.operations.iter().flat_map(|op| &op.parameters);
    parameters.for_each(|p| references_of(&p.schema, &mut roots));
    // An event's answer is what the merchant sends.
    let events = service.operations.iter().filter(|op| op.kind == Kind::Event).flat_map(|op| &op.answers);
    events.filter_map(|a| a.schema.as_ref()).for_each(|s| references_of(s, &mut roots));
    service.sent = reachable(service, roots);
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

fn open_enum(schema: &Value) -> (OpenEnum, Vec<String>) {
    let values: Vec<Value> = schema["enum"].as_array().cloned().unwrap_or_default();
    let texts: Vec<String> = values.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_string)).collect();
    let (idents, settled) = variants(&texts);
    let variants = idents.into_iter().zip(values).map(|(ident, value)| Variant { ident, value }).collect();
    let description = schema["description"].as_str().unwrap_or_default().to_string();
    (OpenEnum { description: description.into(), variants, integer: schema["type"] == "integer" }, settled)
}

fn union(service: &Service, name: &str, schema: &Value, circles: &Circles) -> Union {
    let discriminator = schema["discriminator"]["propertyName"].as_str().map(Text::from);
    let mut idents: HashSet<String> = HashSet::new();
    let mut members = Vec::new();
    for member in schema["oneOf"].as_array().into_iter().flatten() {
        let listed = member[marks::TAGS].as_array().into_iter().flatten();
        let tags: Vec<Text> = listed.filter_map(|t| t.as_str().map(Text::from)).collect();
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
        while idents.contains(&ident) {
            ident.push_str("Object");
        }
        idents.insert(ident.clone());
        let mut inner = Vec::new();
        references_of(member, &mut inner);
        members.push(Member {
            ident,
            schema: member.clone(),
            tags,
            boxed: is_object(service, member) || inner.iter().any(|inner| circles.are_on_one(inner, name)),
            description: member["description"].as_str().unwrap_or_default().into(),
        });
    }
    Union { description: schema["description"].as_str().unwrap_or_default().into(), discriminator, members }
}

/// An object in a variant is boxed, so that the choice is small whatever its largest variant holds.
fn is_object(service: &Service, member: &Value) -> bool {
    referred(member).and_then(|name| service.schemas.get(&name)).is_some_and(|s| form(s) == Form::Struct)
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
        run(&mut service);
        let boxed: Vec<bool> = service.unions["Link"].members.iter().map(|m| m.boxed).collect();
        assert_eq!(boxed, [true, true, false]);
    }
}
