//! How a call behaves: whether it may be sent twice, and how its list goes on.
//!
//! For: the runtime decides by the operation table alone whether to retry and how to read page by page. An overlay has the
//! last word by `x-idempotent` and `x-paging: false`. How a list goes on stays as it was, as long as it can: a field that
//! comes beside the others may look more like it.

use super::schema::{Form, form, referred};
use crate::catalog::PagingNames;
use crate::gate::Text;
use crate::model::{In, Operation, OperationKind, Paging, Service};
use crate::names::singular;
use crate::names_lock::Names;
use serde_json::Value;

pub const PASS: &str = "behaviour";

pub fn run(service: &mut Service, names: &PagingNames, locked: &Names) {
    let mut operations = std::mem::take(&mut service.operations);
    let mut notes = Vec::new();
    for op in operations.iter_mut().filter(|op| op.kind == OperationKind::Call) {
        let by_method = matches!(op.method.as_str(), "get" | "head" | "put" | "delete");
        op.idempotent = op.marks.idempotent.unwrap_or(by_method);
        if op.marks.paging != Some(false) {
            let known = locked.paging.get(&op.name).and_then(|text| Paging::read(text));
            let schema = answer(op, locked);
            let known = known.filter(|known| schema.is_some_and(|schema| is_possible(service, op, schema, known)));
            op.paging = known.or_else(|| paging(service, op, schema?, names));
        }
        let by = |mark: Option<bool>, rule: &'static str| if mark.is_some() { "by its mark" } else { rule };
        let mut say = |what: String| notes.push((op.pointer.clone(), what));
        let not = if op.idempotent { "" } else { "not " };
        say(format!("is {not}idempotent, {}", by(op.marks.idempotent, "by its method")));
        match &op.paging {
            Some(Paging::LastItem { param, field }) => {
                say(format!("its list goes on from the last {} by {}", field.code(), param.code()))
            }
            Some(Paging::Cursor { param, cursor, .. }) => {
                say(format!("its list goes on from {} by {}", cursor.code(), param.code()))
            }
            Some(Paging::LastKey { key, .. }) => say(format!("its list goes on from the fields of {}", key.code())),
            None if op.marks.paging == Some(false) => say("is read as one page, by its mark".into()),
            None => {}
        }
    }
    service.operations = operations;
    for (pointer, what) in notes {
        service.note(PASS, pointer, what);
    }
}

/// The first success that the method had when it came, else the first.
fn answer<'a>(op: &'a Operation, locked: &Names) -> Option<&'a Value> {
    let of_old = locked.statuses.get(&op.name).map(Vec::as_slice).unwrap_or_default();
    let mut all = op.responses.iter().filter(|a| a.is_success());
    let known = all.clone().find(|a| of_old.iter().any(|status| a.status == status.as_str()));
    known.or_else(|| all.next())?.schema.as_ref()
}

/// Whether the list can still go on so.
fn is_possible(service: &Service, op: &Operation, schema: &Value, known: &Paging) -> bool {
    let query = |name: &Text| op.parameters.iter().any(|p| p.location == In::Query && p.name == name.as_str());
    let page = resolve(service, schema);
    let field = |object: &Value, name: &Text| resolve(service, object)["properties"].get(name.as_str()).is_some();
    let is_list = |items: &Text| form(resolve(service, &page["properties"][items.as_str()])) == Form::Array;
    op.method == "get"
        && match known {
            Paging::LastItem { param, field: of } => {
                query(param) && form(page) == Form::Array && field(&page["items"], of)
            }
            Paging::Cursor { param, cursor, items } => query(param) && field(page, cursor) && is_list(items),
            Paging::LastKey { key, items, params } => {
                let fields = &page["properties"][key.as_str()];
                is_list(items) && params.iter().all(|(param, of)| query(param) && field(fields, of))
            }
        }
}

/// What a list answers with, followed to its end.
fn paging(service: &Service, op: &Operation, schema: &Value, names: &PagingNames) -> Option<Paging> {
    if op.method != "get" {
        return None;
    }
    let query = |name: &str| op.parameters.iter().any(|p| p.location == In::Query && p.name == name);
    let page = resolve(service, schema);
    if form(page) == Form::Array {
        if !query(&names.cursor) {
            return None;
        }
        let item = resolve(service, &page["items"]);
        let properties = item["properties"].as_object()?;
        let thing = op.path.rsplit('/').find(|s| !s.contains('{')).map(|s| format!("{}_id", singular(s)));
        let named = thing.filter(|name| properties.contains_key(name));
        let field = if properties.contains_key("id") { Some("id".to_string()) } else { named };
        let field = field.or_else(|| properties.keys().find(|k| k.ends_with("_id")).cloned())?;
        return Some(Paging::LastItem { param: names.cursor.as_str().into(), field: field.into() });
    }
    let properties = page["properties"].as_object()?;
    let mut lists = properties.iter().filter(|(_, p)| form(resolve(service, p)) == Form::Array);
    let (items, _) = lists.next().filter(|_| lists.next().is_none())?;
    let items: Text = items.as_str().into();
    if let Some(key) = properties.get(&names.last_key) {
        let fields = resolve(service, key)["properties"].as_object()?;
        let mut params = Vec::new();
        for p in op.parameters.iter().filter(|p| p.location == In::Query) {
            let Some(rest) = p.name.strip_prefix(&names.cursor).and_then(|rest| rest.strip_prefix('_')) else {
                continue;
            };
            // By its name, else the field that the parameter's description names first.
            let described = |f: &&String| p.description.find(f.as_str()).filter(|_| f.len() > 2);
            let described_first = fields.keys().filter(|f| described(f).is_some()).min_by_key(described);
            let field = fields
                .keys()
                .find(|f| *f == rest)
                .or(described_first)
                .or_else(|| fields.keys().find(|f| f.ends_with(rest)))?;
            params.push((p.name.clone(), field.as_str().into()));
        }
        return (!params.is_empty()).then_some(Paging::LastKey { key: names.last_key.as_str().into(), items, params });
    }
    if properties.contains_key(&names.next) {
        let param = names.next_parameters.iter().find(|p| query(p))?;
        return Some(Paging::Cursor { param: param.as_str().into(), cursor: names.next.as_str().into(), items });
    }
    (properties.contains_key(&names.cursor) && query(&names.cursor)).then(|| Paging::Cursor {
        param: names.cursor.as_str().into(),
        cursor: names.cursor.as_str().into(),
        items,
    })
}

fn resolve<'a>(service: &'a Service, mut schema: &'a Value) -> &'a Value {
    while let Some(next) = referred(schema).and_then(|name| service.schemas.get(&name)) {
        schema = next;
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::test_support::lowered;
    use serde_json::json;

    fn call(method: &str, path: &str, params: &[&str], answer: Value) -> Operation {
        let params: Vec<Value> =
            params.iter().map(|p| json!({"name": p, "in": "query", "schema": {"type": "string"}})).collect();
        let mut service = lowered(json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {path: {method: {"parameters": params,
                "responses": {"200": {"description": "", "content": {"application/json": {"schema": answer}}}}}}}
        }));
        service.operations.remove(0)
    }

    fn list(params: &[&str], answer: Value) -> Option<Paging> {
        call("get", "/accounts/{aid}/cards", params, answer).paging
    }

    fn object(properties: Value) -> Value {
        json!({"type": "object", "properties": properties})
    }

    #[test]
    fn the_ways_a_list_goes_on() {
        let text = json!({"type": "string"});
        let array = |item: Value| json!({"type": "array", "items": object(item)});
        let last = |field: &str| Some(Paging::LastItem { param: "starting_after".into(), field: field.into() });
        assert_eq!(list(&["starting_after"], array(json!({"id": text, "card_id": text}))), last("id"));
        assert_eq!(list(&["starting_after"], array(json!({"customer_id": text, "card_id": text}))), last("card_id"));
        assert_eq!(list(&["starting_after"], array(json!({"name": text}))), None);
        assert_eq!(list(&[], array(json!({"id": text}))), None);
        let page = object(json!({"cards": array(json!({"id": text})), "starting_after": text}));
        let cursor =
            Paging::Cursor { param: "starting_after".into(), cursor: "starting_after".into(), items: "cards".into() };
        assert_eq!(list(&["starting_after"], page), Some(cursor));
        let page = object(json!({"entries": array(json!({"id": text})), "next_page_token": text}));
        let cursor = Paging::Cursor { param: "page".into(), cursor: "next_page_token".into(), items: "entries".into() };
        assert_eq!(list(&["page"], page), Some(cursor));
        let key = object(json!({"id": text, "date": text}));
        let page = object(json!({"items": array(json!({"id": text})), "last_evaluated_key": key}));
        let params = vec![("starting_after_id".into(), "id".into()), ("starting_after_date".into(), "date".into())];
        let last_key = Paging::LastKey { key: "last_evaluated_key".into(), items: "items".into(), params };
        assert_eq!(list(&["starting_after_id", "starting_after_date"], page), Some(last_key));
    }
}
