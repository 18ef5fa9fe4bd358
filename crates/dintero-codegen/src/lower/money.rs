//! Which calls move money: such a call is never sent a second time unless the first surely was not carried out.
//!
//! For: a refund that goes out twice. So the rule errs on the safe side: it looks at the path, the id, the summary,
//! the scopes and the body of a call, and one word is enough. A document may add to it by `x-moves-money: true`; only an overlay may take away.

use super::schema::{Form, form, referred};
use crate::gate::text::code;
use crate::model::{Operation, OperationKind, Service};
use crate::names::{singular, snake};
use serde_json::Value;
use std::collections::BTreeSet;

pub const PASS: &str = "money";

/// How deep the body of a request is looked through for an amount.
const DEPTH: usize = 6;

/// Settles every call, and why.
pub fn run(service: &mut Service, words: &[String]) {
    let mut operations = std::mem::take(&mut service.operations);
    for op in operations.iter_mut().filter(|op| op.kind == OperationKind::Call) {
        (op.moves_money, op.money_why) = decide(service, op, words);
        let not = if op.moves_money { "moves" } else { "does not move" };
        service.note(PASS, op.pointer.clone(), format!("{not} money: {}", op.money_why));
    }
    service.operations = operations;
}

fn decide(service: &Service, op: &Operation, words: &[String]) -> (bool, String) {
    match op.marks.moves_money {
        Some(true) => return (true, "it is marked so".into()),
        Some(false) => return (false, "an overlay says so".into()),
        None => {}
    }
    if matches!(op.method.as_str(), "get" | "head") {
        return (false, "it only reads".into());
    }
    let said = |place: &str, text: &str| word_in(text, words).map(|word| format!("{place} says {}", code(&word)));
    // Without the parameters: what they are called is not what the call does.
    let path: String = op.path.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect();
    let by_path = path.rsplit('/').find_map(|segment| said("its path", segment));
    let found = by_path
        .or_else(|| said("its operation id", &op.id))
        .or_else(|| said("its summary", &op.summary))
        .or_else(|| op.scopes.iter().find_map(|scope| said("its scope", scope)))
        .or_else(|| {
            let body = op.body.as_ref()?;
            let amount = amount(service, &body.schema, 0, &mut BTreeSet::new())?;
            Some(format!("its body has {} beside a currency", code(&amount)))
        });
    match found {
        Some(why) => (true, why),
        None => (false, "nothing that it says speaks of money".into()),
    }
}

/// The first word of a text that moves money, in whatever case and number it stands.
fn word_in(text: &str, words: &[String]) -> Option<String> {
    let mut found = snake(text).split('_').map(singular).collect::<Vec<_>>().into_iter();
    found.find(|word| words.contains(word))
}

/// A field that is an amount, in an object that names a currency too.
fn amount(service: &Service, schema: &Value, depth: usize, seen: &mut BTreeSet<String>) -> Option<String> {
    if depth > DEPTH {
        return None;
    }
    if let Some(name) = referred(schema) {
        // Each is looked at once: it has an amount or it has none.
        return match seen.insert(name.clone()) {
            true => amount(service, service.schemas.get(&name)?, depth + 1, seen),
            false => None,
        };
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        let members = schema[key].as_array().into_iter().flatten();
        if let Some(found) = members.filter_map(|member| amount(service, member, depth + 1, seen)).next() {
            return Some(found);
        }
    }
    if form(schema) == Form::Array {
        return amount(service, &schema["items"], depth + 1, seen);
    }
    let properties = schema["properties"].as_object()?;
    let named = |word: &str| properties.keys().find(|key| snake(key).split('_').any(|part| part == word));
    if named("currency").is_some()
        && let Some(field) = named("amount")
    {
        return Some(field.clone());
    }
    properties.values().find_map(|property| amount(service, property, depth + 1, seen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::test_support::lowered;
    use serde_json::json;

    fn of(method: &str, path: &str, op: Value) -> (bool, String) {
        let mut doc = json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {path: {method: op}},
            "components": {"schemas": {"Order": {"type": "object", "properties": {
                "lines": {"type": "array", "items": {"type": "object", "properties": {
                    "total_amount": {"type": "integer"}, "currency": {"type": "string"}}}}}}}}
        });
        doc["paths"][path][method]["responses"] = json!({});
        let op = lowered(doc).operations.remove(0);
        (op.moves_money, op.money_why)
    }

    #[test]
    fn any_word_of_money_is_enough() {
        for (method, path, op, why) in [
            ("post", "/transactions/{id}/capture", json!({}), "its path says `capture`"),
            ("post", "/refunds/{id}/comments", json!({}), "its path says `refund`"),
            ("post", "/transactions/{id}:refund", json!({"operationId": "x"}), "its path says `refund`"),
            ("delete", "/a/{pay}/fund-transfers", json!({}), "its path says `transfer`"),
            ("post", "/a", json!({"operationId": "voidThing"}), "its operation id says `void`"),
            ("put", "/a", json!({"summary": "Captures it? A capture."}), "its summary says `capture`"),
            ("post", "/a", json!({"x-scopes": ["write:refunds"]}), "its scope says `refund`"),
            ("patch", "/a", json!({"x-moves-money": true}), "it is marked so"),
            (
                "post",
                "/a",
                json!({"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}}),
                "its body has `total_amount` beside a currency",
            ),
        ] {
            assert_eq!(of(method, path, op), (true, why.to_string()), "{path}");
        }
    }

    #[test]
    fn what_only_reads_or_speaks_of_other_things_moves_none() {
        assert_eq!(of("get", "/transactions/{id}/refund", json!({})), (false, "it only reads".into()));
        let other = json!({"operationId": "thing_post", "summary": "A thing", "requestBody": {"content": {"application/json": {"schema": {
            "type": "object", "properties": {"amount_of_hits": {"type": "integer"}}}}}}});
        assert_eq!(of("post", "/things/{capture}", other), (false, "nothing that it says speaks of money".into()));
        assert_eq!(of("post", "/a/refund", json!({"x-moves-money": false})), (false, "an overlay says so".into()));
    }
}
