//! The types that typify made, as its type space has them; its tokens are never read.
//!
//! For: what a field is in Rust is typify's to say. What its interface does not tell (the published name of a field, the doc
//! of a struct, whether a field is the map of all others) is the lowered schema's, so typify gets the properties by their
//! numbers, and each type that it made of one is held against our own reading.

use crate::lower::rust_type::rust_type;
use crate::lower::schema::{Form, form};
use crate::model::Service;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use typify::{TypeDetails, TypeId, TypeSpace};

/// What typify calls the map of all other fields.
const REST: &str = "extra";

/// Everything that it made of one document.
#[derive(Debug, Default)]
pub struct Types {
    /// The structs of named fields.
    pub objects: BTreeMap<String, Vec<Property>>,
    /// Types that contain themselves by a list or a map, with what each holds.
    pub wrappers: BTreeMap<String, String>,
}

/// A field of a struct.
#[derive(Debug)]
pub struct Property {
    /// Its published name; none for the map of all others.
    pub wire: Option<String>,
    /// With the `Option` of one that may be absent or null.
    pub kind: String,
    pub required: bool,
    pub doc: String,
}

/// A schema with its properties by number.
pub fn numbered(schema: &Value) -> Value {
    let mut out = schema.clone();
    let (Form::Struct, Some(properties)) = (form(schema), schema["properties"].as_object()) else { return out };
    let number = |wire: &str| properties.keys().position(|key| key == wire).map(name_of);
    let by_number = properties.iter().enumerate().map(|(at, (_, property))| (name_of(at), property.clone()));
    out["properties"] = Value::Object(by_number.collect::<Map<_, _>>());
    if let Some(required) = schema["required"].as_array() {
        let required = required.iter().filter_map(|wire| number(wire.as_str()?));
        out["required"] = required.map(Value::String).collect();
    }
    out
}

fn name_of(at: usize) -> String {
    format!("f{at}")
}

/// What the space has of a service's types. Whatever no crate can have is told.
pub fn read(service: &Service, space: &TypeSpace) -> Result<Types, String> {
    let mut out = Types::default();
    for made in space.iter_types() {
        let name = made.name();
        match made.details() {
            TypeDetails::Struct(object) => {
                let schema = service.schemas.get(&name).ok_or_else(|| format!("typify made `{name}` of nothing"))?;
                let properties = object.properties_info().map(|property| {
                    let kind = kind(space, &property.type_id)?;
                    let doc = property.description.unwrap_or_default().trim().to_string();
                    let wire = wire_of(schema, property.name)?;
                    agree(schema, wire, &kind)?;
                    Ok(Property { wire: wire.map(str::to_string), kind, required: property.required, doc })
                });
                let properties: Vec<Property> =
                    properties.collect::<Result<_, String>>().map_err(|why| format!("`{name}`: {why}"))?;
                let known = schema["properties"].as_object().map_or(0, Map::len);
                if properties.iter().filter(|property| property.wire.is_some()).count() != known {
                    return Err(format!("typify made {} fields of `{name}`, which has {known}", properties.len()));
                }
                out.objects.insert(name, properties);
            }
            TypeDetails::Newtype(wrapper) => {
                out.wrappers.insert(name, kind(space, &wrapper.inner())?);
            }
            TypeDetails::Enum(_) => return Err(format!("typify made an enum of `{name}`")),
            _ => {}
        }
    }
    Ok(out)
}

/// The published name behind a number.
fn wire_of<'a>(schema: &'a Value, name: &str) -> Result<Option<&'a str>, String> {
    let numbered = name.strip_prefix('f').and_then(|number| number.parse::<usize>().ok());
    let wire = numbered.and_then(|at| schema["properties"].as_object()?.keys().nth(at));
    match wire {
        Some(wire) => Ok(Some(wire)),
        None if name == REST => Ok(None),
        None => Err(format!("typify made a field `{name}`")),
    }
}

/// Both readings of a property are one type, apart from whether it may be absent and whether it is boxed.
fn agree(schema: &Value, wire: Option<&str>, theirs: &str) -> Result<(), String> {
    let Some(wire) = wire else { return Ok(()) };
    let ours = rust_type(&schema["properties"][wire], "").replace("dintero_types::chrono::", "chrono::");
    match bare(&ours) == bare(theirs) {
        true => Ok(()),
        false => Err(format!("`{wire:?}` is `{ours}` for us and `{theirs}` for typify")),
    }
}

fn bare(kind: &str) -> &str {
    let within = |kind: &'_ str, around: &str| -> Option<usize> {
        (kind.starts_with(around) && kind.ends_with('>')).then_some(around.len())
    };
    match within(kind, "Option<").or_else(|| within(kind, "Box<")) {
        Some(start) => bare(&kind[start..kind.len() - 1]),
        None => kind,
    }
}

/// A type as text, with short paths.
fn kind(space: &TypeSpace, id: &TypeId) -> Result<String, String> {
    let made = space.get_type(id).map_err(|why| why.to_string())?;
    let of = |id: &TypeId| kind(space, id);
    Ok(match made.details() {
        TypeDetails::Struct(_) | TypeDetails::Enum(_) | TypeDetails::Newtype(_) => made.name(),
        TypeDetails::Option(inner) => match of(&inner)? {
            twice if twice.starts_with("Option<") => twice,
            once => format!("Option<{once}>"),
        },
        TypeDetails::Vec(item) | TypeDetails::Set(item) => format!("Vec<{}>", of(&item)?),
        TypeDetails::Box(inner) => format!("Box<{}>", of(&inner)?),
        TypeDetails::Map(key, value) => match (of(&key)?.as_str(), of(&value)?) {
            ("String", value) if value == "serde_json::Value" => "serde_json::Map<String, serde_json::Value>".into(),
            (key, value) => format!("std::collections::HashMap<{key}, {value}>"),
        },
        TypeDetails::Builtin(name) => short(name),
        TypeDetails::String => "String".into(),
        TypeDetails::Unit => "()".into(),
        TypeDetails::Tuple(_) | TypeDetails::Array(..) => return Err("typify made a tuple or an array".into()),
    })
}

/// A path without what is known of it, from text without spaces.
pub fn short(text: &str) -> String {
    if text == "str" {
        return "String".into();
    }
    let mut out = text.to_string();
    for (long, short) in [
        ("::std::vec::Vec<", "Vec<"),
        ("::std::string::String", "String"),
        ("::std::option::Option<", "Option<"),
        ("::std::boxed::Box<", "Box<"),
        ("::chrono::DateTime<::chrono::offset::Utc>", "chrono::DateTime<chrono::Utc>"),
        ("::chrono::naive::NaiveDate", "chrono::NaiveDate"),
        ("::dintero_client::", "dintero_client::"),
        ("::dintero_types::", "dintero_types::"),
        ("::serde_json::", "serde_json::"),
        ("::std::", "std::"),
        ("crate::types::", ""),
        (",>", ">"),
        (",", ", "),
    ] {
        out = out.replace(long, short);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::generator;
    use crate::lower::test_support::lowered;
    use serde_json::json;

    fn types(schemas: Value) -> Types {
        let service = lowered(json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {"/things": {"get": {"responses": {"200": {"description": "", "content":
                {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}}}},
            "components": {"schemas": schemas}
        }));
        generator::run(&service).unwrap_or_else(|why| panic!("{why}")).types
    }

    #[test]
    fn names_that_become_one_keep_their_own_types() {
        let types = types(
            json!({"Thing": {"type": "object", "required": ["fooBar"], "additionalProperties": {"type": "integer"},
            "properties": {"foo_bar": {"type": "string"}, "fooBar": {"type": "integer"}, "extra": {"type": "boolean"}}}}),
        );
        let fields: Vec<_> =
            types.objects["Thing"].iter().map(|p| (p.wire.as_deref(), p.kind.as_str(), p.required)).collect();
        assert_eq!(
            fields,
            [
                (Some("foo_bar"), "Option<String>", false),
                (Some("fooBar"), "i64", true),
                (Some("extra"), "Option<bool>", false),
                (None, "std::collections::HashMap<String, i64>", true),
            ]
        );
    }

    #[test]
    fn a_list_of_itself_is_a_wrapper() {
        let types = types(json!({"Thing": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}));
        assert_eq!(types.wrappers, BTreeMap::from([("Thing".to_string(), "Vec<Thing>".to_string())]));
    }

    #[test]
    fn maps_and_nulls_of_anything_are_read_alike() {
        let any = json!({"enum": ["a", 1]});
        let types = types(json!({"Thing": {"type": "object", "properties": {
            "map": {"type": "object", "additionalProperties": any}, "list": {"type": "array", "items": {"type": "null"}}}}}));
        let kinds: Vec<&str> = types.objects["Thing"].iter().map(|p| p.kind.as_str()).collect();
        assert_eq!(kinds, ["Option<serde_json::Map<String, serde_json::Value>>", "Option<Vec<serde_json::Value>>"]);
    }

    #[test]
    fn another_type_than_ours_is_told() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
        assert_eq!(agree(&schema, Some("a"), "Option<Box<String>>"), Ok(()));
        let why = agree(&schema, Some("a"), "Option<i64>").expect_err("two types");
        assert!(why.contains("`String` for us and `Option<i64>` for typify"), "{why}");
        assert!(wire_of(&schema, "f1").is_err());
    }
}
