//! Numbers that hold money are decimals with exact digits.
//!
//! For: a float rounds what a number of JSON does not. A number is money by its name, by what its text says of units, or
//! by a currency beside it, in the words of the house; `x-money` overrules, and only an overlay may take away. Of a
//! choice that may also be a number nobody knows what it holds, so that its digits are kept, too. Integers are exact as
//! they are, and measures stay floats. What was a float or a decimal when it came stays one, whatever comes beside it or is
//! said of it later; only its own mark overrules.

use super::schema::{Form, annotations, form, referred, walk_mut};
use crate::document::at;
use crate::gate::marks;
use crate::model::{Change, Position, Service};
use crate::names::{singular, snake};
use crate::names_lock::Names;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub const PASS: &str = "amounts";

/// The Rust type of money that need not be whole.
pub const DECIMAL: &str = "dintero_types::Decimal";

/// The words of the house.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AmountWords {
    /// Words of a field's name that are enough.
    pub names: Vec<String>,
    /// The same in an object that names a currency.
    pub beside_currency: Vec<String>,
    /// What a description says of money alone.
    pub texts: Vec<String>,
    /// Words of names that are measures whatever else they say.
    pub measures: Vec<String>,
}

const FLOAT: &str = "float";
const EXACT: &str = "decimal";
const MARKED: &str = "it is marked so";

/// What is marked, and what must not be.
#[derive(Default)]
struct Marker {
    /// Components that turned out to hold money.
    open: Vec<String>,
    /// Places that are floats for those who use them.
    floats: BTreeSet<String>,
    /// The components among them.
    components: BTreeMap<String, Value>,
    changes: Vec<Change>,
}

pub fn run(service: &mut Service, words: &AmountWords, names: &Names) {
    let mut marker = Marker::default();
    known(service, names, &mut marker);
    service.roots_mut(|root, schema| {
        if matches!(root.position, Position::Component | Position::Parameter)
            && let Some(why) = root.context.last().and_then(|name| words.why(name, schema, false))
        {
            marker.mark(schema, &root.pointer, &why);
        }
        walk_mut(schema, &root.pointer, &mut |pointer, s| {
            if form(s) == Form::Choice {
                let why = "of a choice nobody knows what its number holds";
                for key in ["oneOf", "anyOf"] {
                    let members = s.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten();
                    members.filter(|m| form(m) == Form::Number).for_each(|m| marker.mark(m, pointer, why));
                }
            }
            if form(s) == Form::Number
                && let Some(why) = words.by_text(s)
            {
                marker.mark(s, pointer, &why);
            }
            let Some(Value::Object(properties)) = s.get_mut("properties") else { return };
            let currency = properties.keys().any(|name| words_of(name).iter().any(|word| word == "currency"));
            for (name, property) in properties {
                if let Some(why) = words.why(name, property, currency) {
                    let pointer = crate::document::at(&crate::document::at(pointer, "properties"), name);
                    marker.mark(property, &pointer, &why);
                }
            }
        });
    });
    let mut seen = BTreeSet::new();
    while let Some(name) = marker.open.pop() {
        let pointer = service.origin(&name);
        if seen.insert(name.clone())
            && let Some(schema) = service.schemas.get_mut(&name)
        {
            marker.mark(schema, &pointer, "a field that holds money is one");
        }
    }
    service.changes.append(&mut marker.changes);
    remember(service);
}

/// What was a decimal is one, and what was a float must not become one.
fn known(service: &mut Service, names: &Names, marker: &mut Marker) {
    service.roots_mut(|root, schema| {
        let is_component = root.position == Position::Component;
        walk_mut(
            schema,
            &root.pointer,
            &mut |pointer, s| match root.place(pointer).and_then(|place| names.kind(&place)) {
                Some(FLOAT) => {
                    if is_component && pointer == root.pointer {
                        marker.components.insert(root.context[0].clone(), s.clone());
                    }
                    marker.floats.insert(pointer.to_string());
                }
                Some(EXACT) if form(s) == Form::Number && s[marks::MONEY] != false => {
                    marker.mark(s, pointer, "it was when it came");
                }
                _ => {}
            },
        );
    });
}

/// What each number is, for the names lock.
fn remember(service: &mut Service) {
    let schemas = service.schemas.clone();
    let number = |s: &Value| form(s) == Form::Number;
    let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    service.roots_mut(|root, schema| {
        walk_mut(schema, &root.pointer, &mut |pointer, s| {
            let target = referred(s).and_then(|name| schemas.get(&name));
            let whole = target.unwrap_or(s);
            if let Some(place) = root.place(pointer).filter(|_| number(whole) && !pointer.ends_with("/allOf/0")) {
                let kind = if whole[marks::RUST_TYPE]["path"] == DECIMAL { EXACT } else { FLOAT };
                kinds.entry(kind.to_string()).or_default().insert(place);
            }
        });
    });
    service.kinds.extend(kinds);
}

fn words_of(name: &str) -> Vec<String> {
    snake(name).split('_').map(singular).collect()
}

impl AmountWords {
    /// Why it holds money, if it does.
    fn why(&self, name: &str, schema: &Value, currency: bool) -> Option<String> {
        match schema[marks::MONEY].as_bool() {
            Some(true) => return Some(MARKED.into()),
            Some(false) => return None,
            None => {}
        }
        let own = words_of(name);
        let has = |list: &[String]| own.iter().find(|word| list.contains(word));
        if has(&self.measures).is_some() {
            return None;
        }
        if let Some(word) = has(&self.names) {
            return Some(format!("its name says `{word}`"));
        }
        match has(&self.beside_currency).filter(|_| currency) {
            Some(word) => Some(format!("its name says `{word}`, and a currency is beside it")),
            None => self.by_text(schema),
        }
    }

    fn by_text(&self, schema: &Value) -> Option<String> {
        let text = schema["description"].as_str()?.to_lowercase();
        let found = self.texts.iter().find(|t| text.contains(t.as_str()))?;
        (schema[marks::MONEY] != false).then(|| format!("its description says `{found}`"))
    }
}

impl Marker {
    /// The numbers of a value, whether it is one or a list, a map or a choice of them.
    fn mark(&mut self, schema: &mut Value, pointer: &str, why: &str) {
        if self.floats.contains(pointer) && why != MARKED {
            return;
        }
        if let Some(name) = referred(schema) {
            match self.components.get(&name) {
                // Others use the component as a float; this one has a number of its own.
                Some(number) => {
                    let mut own = number.clone();
                    if let Some(map) = own.as_object_mut() {
                        map.extend(annotations(schema));
                    }
                    *schema = own;
                }
                None => return self.open.push(name),
            }
        }
        match form(schema) {
            Form::Number if schema.get(marks::RUST_TYPE).is_none() => {
                if let Some(map) = schema.as_object_mut() {
                    let kind = json!({"crate": "dintero-types", "version": "0.1.0", "path": DECIMAL});
                    map.insert(marks::RUST_TYPE.into(), kind);
                    let what = format!("holds money ({why}), so it is a decimal with exact digits");
                    self.changes.push(Change { pass: PASS, pointer: pointer.into(), what, warning: false });
                }
            }
            Form::Array => schema.get_mut("items").into_iter().for_each(|s| self.mark(s, &at(pointer, "items"), why)),
            Form::Map => {
                let values = schema.get_mut("additionalProperties").into_iter();
                values.for_each(|s| self.mark(s, &at(pointer, "additionalProperties"), why));
            }
            Form::Choice => {
                for key in ["oneOf", "anyOf"] {
                    let members = schema.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten();
                    members.for_each(|member| self.mark(member, pointer, why));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::rust_type::rust_type;

    fn words() -> AmountWords {
        let list = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        AmountWords {
            names: list(&["amount", "fee"]),
            beside_currency: list(&["value"]),
            texts: list(&["smallest unit"]),
            measures: list(&["percentage", "count"]),
        }
    }

    /// The Rust types of the properties.
    fn types(properties: Value) -> Vec<String> {
        let mut service = Service::default();
        let number = json!({"type": "number"});
        service.schemas.insert("Thing".into(), json!({"type": "object", "properties": properties}));
        service.schemas.insert("Plain".into(), number.clone());
        service.schemas.insert("TotalAmount".into(), number);
        run(&mut service, &words(), &Names::default());
        let properties = service.schemas["Thing"]["properties"].as_object().unwrap();
        let of = |s: &Value| rust_type(referred(s).map_or(s, |name| &service.schemas[&name]), "");
        properties.values().map(of).collect()
    }

    #[test]
    fn money_has_exact_digits() {
        let number = json!({"type": "number"});
        let plain = json!({"$ref": "#/components/schemas/Plain"});
        let types = types(json!({
            "vat_amount": number, "Fees": {"type": "array", "items": number}, "amounts": {"additionalProperties": number},
            "total": {"type": "number", "description": "In the Smallest unit."}, "total_amount": plain,
            "other": {"$ref": "#/components/schemas/TotalAmount"}, "marked": {"type": "number", "x-money": true},
            "maybe": {"type": "number", "x-money": true, "nullable": true},
        }));
        assert_eq!(
            types,
            [
                DECIMAL,
                "Vec<dintero_types::Decimal>",
                "std::collections::HashMap<String, dintero_types::Decimal>",
                DECIMAL,
                DECIMAL,
                DECIMAL,
                DECIMAL,
                "Option<dintero_types::Decimal>"
            ]
        );
    }

    #[test]
    fn measures_stay_floats_and_whole_numbers_whole() {
        let number = json!({"type": "number"});
        let types = types(json!({
            "latitude": number, "fee_percentage": number, "value": number, "amount": {"type": "integer"},
            "fee": {"type": "number", "x-money": false}, "plain": {"$ref": "#/components/schemas/Plain"},
        }));
        assert_eq!(types, ["f64", "f64", "f64", "i64", "f64", "f64"]);
    }

    #[test]
    fn a_value_beside_a_currency_is_money() {
        let types = types(json!({"value": {"type": "number"}, "currency": {"type": "string"}}));
        assert_eq!(types, [DECIMAL, "String"]);
    }

    #[test]
    fn the_number_of_a_choice_keeps_its_digits() {
        let mut service = Service::default();
        service.schemas.insert("Free".into(), json!({"oneOf": [{"type": "string"}, {"type": "number"}]}));
        run(&mut service, &AmountWords::default(), &Names::default());
        assert_eq!(rust_type(&service.schemas["Free"]["oneOf"][1], ""), DECIMAL);
    }
}
