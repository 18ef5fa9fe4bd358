//! An express checkout: the customer gives an address or a discount code, the shop is asked what that means for the
//! order, and its answer is taken if it fits the document.

use crate::answer::Answered;
use crate::part::Express;
use crate::pointer::at;
use crate::schema::{Side, Validator, Violation, violations};
use crate::server::Server;
use axum::http::StatusCode;
use serde_json::{Map, Value, json};

/// What the customer did, by its name in `specs/mock.toml`.
pub(crate) async fn ask(
    server: &Server,
    about: &str,
    id: &str,
    change: impl FnOnce(&mut Map<String, Value>),
) -> Answered {
    let error = |status, code: &str, message: String| Answered::error(status, code, message, &[]);
    let Some(state) = &server.state else {
        return error(StatusCode::CONFLICT, "CONFLICT", "this mock keeps no sessions".into());
    };
    let Some(session) = state.amend(id, change) else {
        return error(StatusCode::NOT_FOUND, "NOT_FOUND", format!("there is no session `{id}`"));
    };
    let asked = server.express.iter().find(|express| express.about == about);
    let session = Value::Object(session);
    let url = asked.and_then(|express| session.pointer(&express.url)).and_then(Value::as_str);
    let (Some(express), Some(url)) = (asked, url) else {
        let message = format!("the session has no address for {about} to ask the shop at");
        return error(StatusCode::CONFLICT, "CONFLICT", message);
    };
    let (status, body) = match server.post.ask(about, url, &session).await {
        Ok(answer) => answer,
        Err(why) => {
            return error(StatusCode::BAD_GATEWAY, "CALLBACK_FAILED", format!("the shop gave no answer: {why}"));
        }
    };
    if status != 200 {
        return error(StatusCode::BAD_GATEWAY, "CALLBACK_FAILED", format!("the shop answered {status} instead of 200"));
    }
    let found = match (serde_json::from_slice::<Value>(&body), validator(server, express)) {
        (Err(why), _) => Err(vec![Violation::new("/body", format!("is no JSON: {why}"))]),
        (Ok(answer), Some(validator)) => match violations(&validator, &answer, "/body") {
            none if none.is_empty() => Ok(answer),
            some => Err(some),
        },
        (Ok(answer), None) => Ok(answer),
    };
    let answer = match found {
        Ok(answer) => answer,
        Err(violations) => {
            let told: Vec<String> = violations.iter().map(|v| format!("{} {}", v.pointer, v.message)).collect();
            server.post.complain(about, format!("the answer does not fit: {}", told.join("; ")));
            let message = format!("the answer of the shop does not fit {}", express.operation);
            return Answered::error(StatusCode::BAD_GATEWAY, "CALLBACK_FAILED", message, &violations);
        }
    };
    let session = state.amend(id, |session| {
        let merge = |session: &mut Map<String, Value>, name: &str, more: Map<String, Value>| match session
            .entry(name)
            .or_insert_with(|| json!({}))
        {
            Value::Object(old) => old.extend(more),
            other => *other = Value::Object(more),
        };
        if let Some(options) = answer.get("shipping_options") {
            merge(session, "express", Map::from_iter([("shipping_options".to_owned(), options.clone())]));
        }
        if let Some(order) = answer.get("order").and_then(Value::as_object) {
            merge(session, "order", order.clone());
        }
    });
    Answered::json(StatusCode::OK, &Value::Object(session.unwrap_or_default()))
}

/// Of the answer, as the first served document that has it describes it.
fn validator(server: &Server, express: &Express) -> Option<Validator> {
    let (method, path) = express.operation.split_once(' ')?;
    let operation = at(&at("/paths", path), &method.to_lowercase());
    let pointer = format!("{operation}/responses/200/content/application~1json/schema");
    let documents = server.router.operations().map(|operation| &operation.document);
    let mut own = documents.filter(|document| express.services.contains(&document.service));
    own.find_map(|document| document.schemas(Side::Response).validator(&pointer).ok())
}
