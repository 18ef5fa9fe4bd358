//! What a method returns: one type, whatever the number of success and error responses.
//!
//! For: progenitor asserts one success and one error type for each operation, counts `default` as both and a missing
//! body as a type, refuses an undocumented 2xx, and loses status, headers and body of what it cannot decode. So the
//! generator is told that every 2xx is a stream of bytes; the runtime decodes it, and reads every error itself.

use super::collect::is_json;
use super::schema::{Form, form, referred};
use crate::document::at;
use crate::model::{Operation, OperationKind, Response, Service, StatusEnum, Success};
use crate::names_lock::Names;
use serde_json::Value;
use std::collections::BTreeMap;

pub const PASS: &str = "responses";

pub fn run(service: &mut Service, names: &Names) {
    let locked = names.type_of_place();
    let mut notes = Vec::new();
    let mut enums = Vec::new();
    let mut operations = std::mem::take(&mut service.operations);
    for op in operations.iter_mut().filter(|op| op.kind == OperationKind::Call) {
        let succeed = basis(&op.responses);
        let of_old = names.statuses.get(&op.name);
        let known = |a: &&Response| of_old.is_some_and(|old| old.iter().any(|status| a.status == status.as_str()));
        let first: Vec<&Response> = op.responses.iter().filter(known).collect();
        let mut settled = settle(service, op, &succeed, &locked);
        // What the method gives is what it gave with the statuses that were there first; the others have a way of their own.
        let is_new = |a: &&Response| !known(a);
        if of_old.is_some_and(|old| old.len() == first.len()) && succeed.iter().any(is_new) {
            let before = settle(service, op, &first, &locked);
            if before.success != settled.success {
                let statuses: Vec<&str> = succeed.iter().map(|a| a.status.as_str()).collect();
                let what = format!("`send` gives what it gave before the statuses {} came", statuses.join(", "));
                notes.push((at(&op.pointer, "responses"), what));
                let by_status = settled.by_status.take();
                op.all_statuses = Some(std::mem::replace(&mut settled, before).success);
                settled.by_status = settled.by_status.or(by_status);
            }
        }
        if let Some((name, value)) = settled.by_status {
            service.places.entry(name.clone()).or_default().insert(key(op));
            enums.push((name, value));
        }
        notes.extend(settled.notes);
        op.success = settled.success;
        let read = match &op.success {
            Success::Empty | Success::Json(_) => None,
            Success::OptionalJson(_) => Some("is read as JSON or nothing, by status".to_string()),
            Success::ByStatus(name) => Some(format!("is read as the variant of `{name}` for its status")),
            Success::Text => Some("is read as text".into()),
            Success::Bytes => Some("is read as a stream of bytes".into()),
            Success::Redirect => Some("is the place that it leads to".into()),
        };
        if let Some(what) = read {
            notes.push((at(&op.pointer, "responses"), what));
        }
        if succeed.len() > 1 {
            let codes: Vec<&str> = succeed.iter().map(|a| a.status.as_str()).collect();
            notes.push((op.pointer.clone(), format!("the answers {} are one return type", codes.join(", "))));
        }
    }
    service.operations = operations;
    for (name, value) in enums {
        service.status_enums.insert(name, value);
    }
    for (pointer, what) in notes {
        service.note(PASS, pointer, what);
    }
}

/// The responses that say what a method gives: the successes, else what leads elsewhere, else the `default`.
pub fn basis(responses: &[Response]) -> Vec<&Response> {
    let of = |is: &dyn Fn(&&Response) -> bool| responses.iter().filter(is).collect::<Vec<_>>();
    let all = [of(&|a| a.is_success()), of(&|a| a.is_redirect()), of(&|a| a.status == "default")];
    all.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
}

/// What a method gives for some of its responses.
struct Settled {
    success: Success,
    by_status: Option<(String, StatusEnum)>,
    notes: Vec<(String, String)>,
}

fn settle(service: &Service, op: &Operation, basis: &[&Response], locked: &BTreeMap<String, String>) -> Settled {
    let succeed: Vec<&Response> = basis.iter().filter(|a| !a.is_redirect()).copied().collect();
    let (mut by_status, mut notes) = (None, Vec::new());
    // These never have a body, whatever is described.
    let bodiless = |a: &Response| op.method == "head" || matches!(a.status.as_str(), "204" | "205");
    let mut shapes: Vec<(Option<Value>, Vec<&Response>)> = Vec::new();
    for answer in &succeed {
        let shape = shape(service, answer).filter(|_| !bodiless(answer));
        match shapes.iter_mut().find(|(s, _)| *s == shape) {
            Some((_, list)) => list.push(answer),
            None => shapes.push((shape, vec![answer])),
        }
    }
    let mut bodies = succeed.iter().filter(|a| a.schema.is_some() && !bodiless(a));
    let streams = bodies.clone().any(|a| !is_json_response(service, a));
    let texts = bodies.all(|a| a.media_type.starts_with("text/plain"));
    let success = match shapes.as_slice() {
        [] if !basis.is_empty() => Success::Redirect,
        [] => Success::Empty,
        _ if streams && texts => Success::Text,
        _ if streams => Success::Bytes,
        [(None, _)] => Success::Empty,
        [(Some(schema), _)] => Success::Json(schema.clone()),
        [(Some(schema), _), (None, _)] | [(None, _), (Some(schema), _)] => Success::OptionalJson(schema.clone()),
        many => {
            let mut name = format!("{}Response", op.type_name());
            match locked.get(&key(op)) {
                Some(known) => name = known.clone(),
                None => {
                    while service.schemas.contains_key(&name) || service.aliases.contains_key(&name) {
                        name.push_str("ByStatus");
                    }
                }
            }
            let mut variants = Vec::new();
            for (schema, answers) in many {
                for answer in answers {
                    match answer.status.parse::<u16>() {
                        Ok(code) => variants.push((code, status_word(code), schema.clone())),
                        Err(_) => notes.push((
                            answer.pointer.clone(),
                            format!("{} beside other answers is read as any JSON", answer.status.code()),
                        )),
                    }
                }
            }
            variants.sort_by_key(|(code, ..)| *code);
            let description = format!("What `{}` answers, by status.", op.name);
            by_status = Some((name.clone(), StatusEnum { description: description.into(), variants }));
            Success::ByStatus(name)
        }
    };
    Settled { success, by_status, notes }
}

/// Where the names lock has the enum of a call's answers.
pub fn key(op: &Operation) -> String {
    [op.name.as_str(), "by status"].join(" ")
}

/// The body's schema without its annotations, so that two mentions of one type are one.
fn shape(service: &Service, response: &Response) -> Option<Value> {
    let schema = response.schema.as_ref()?;
    if let Some(name) = referred(schema) {
        return Some(super::schema::reference(service.aliases.get(&name).unwrap_or(&name)));
    }
    let mut schema = schema.clone();
    if let Some(map) = schema.as_object_mut() {
        map.retain(|k, _| !super::schema::is_annotation(k) || k == "nullable");
    }
    Some(schema)
}

/// JSON that is JSON: a binary download declared as JSON is a stream.
fn is_json_response(service: &Service, response: &Response) -> bool {
    let Some(schema) = &response.schema else { return false };
    let mut schema = schema;
    while let Some(next) = referred(schema).and_then(|name| service.schemas.get(&name)) {
        schema = next;
    }
    let binary = form(schema) == Form::String && schema["format"] == "binary";
    (is_json(&response.media_type)
        || response.media_type == "*/*" && form(schema) != Form::Any && form(schema) != Form::String)
        && !binary
}

fn status_word(code: u16) -> String {
    match code {
        200 => "Ok".into(),
        201 => "Created".into(),
        202 => "Accepted".into(),
        203 => "NonAuthoritative".into(),
        204 => "NoContent".into(),
        205 => "ResetContent".into(),
        206 => "PartialContent".into(),
        207 => "MultiStatus".into(),
        other => format!("Status{other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::test_support::lowered;
    use serde_json::json;

    fn success(responses: Value) -> Success {
        answer_of("get", responses)
    }

    fn answer_of(method: &str, responses: Value) -> Success {
        let service = lowered(json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"},
            "servers": [{"url": "https://api.example.com"}],
            "paths": {"/things": {method: {"operationId": "things", "responses": responses}}},
            "components": {"schemas": {
                "A": {"properties": {"a": {"type": "string"}}},
                "B": {"properties": {"b": {"type": "integer"}}}}}
        }));
        service.operations[0].success.clone()
    }

    fn body(name: &str) -> Value {
        json!({"description": "", "content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}}})
    }

    fn of(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    #[test]
    fn every_mixture_of_answers_is_one_return_type() {
        let none = json!({"description": ""});
        assert_eq!(success(json!({"200": body("A")})), Success::Json(of("A")));
        assert_eq!(
            success(json!({"200": body("A"), "202": body("A"), "400": body("B"), "404": none})),
            Success::Json(of("A"))
        );
        assert_eq!(success(json!({"200": body("A"), "default": body("B")})), Success::Json(of("A")));
        assert_eq!(success(json!({"default": body("A")})), Success::Json(of("A")));
        assert_eq!(success(json!({"2XX": body("A"), "default": none})), Success::Json(of("A")));
        assert_eq!(success(json!({"200": body("A"), "204": none})), Success::OptionalJson(of("A")));
        assert_eq!(success(json!({"204": none})), Success::Empty);
        // There is no body where HTTP has none.
        assert_eq!(success(json!({"204": body("A")})), Success::Empty);
        assert_eq!(success(json!({"200": body("A"), "204": body("B")})), Success::OptionalJson(of("A")));
        assert_eq!(answer_of("head", json!({"200": body("A")})), Success::Empty);
        assert_eq!(success(json!({"302": none, "404": none})), Success::Redirect);
        assert!(matches!(success(json!({"200": body("A"), "201": body("B")})), Success::ByStatus(_)));
        let pdf = json!({"description": "", "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}});
        assert_eq!(success(json!({"200": pdf, "201": none})), Success::Bytes);
        let declared = json!({"description": "", "content": {"application/json": {"schema": {"type": "string", "format": "binary"}}}});
        assert_eq!(success(json!({"200": declared})), Success::Bytes);
    }
}
