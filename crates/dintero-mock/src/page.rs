//! The page at a session's checkout address: a person clicks how the payment ends, and is sent back to the shop.

use crate::answer::Answered;
use crate::connection::Connection;
use crate::post::Weather;
use crate::server::{Server, any, respond};
use crate::state::{Outcome, State as Kept};
use axum::Router;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use serde_json::{Map, Value};
use std::sync::Arc;
use url::{Url, form_urlencoded};

/// The outcomes that have a button, and what stands on it.
const BUTTONS: [(&str, &str); 6] = [
    ("authorized", "Pay"),
    ("captured", "Pay, captured at once"),
    ("declined", "Decline"),
    ("on_hold", "Put on hold"),
    ("failed", "Fail"),
    ("cancelled", "Cancel"),
];

pub(crate) fn routes() -> Router<Arc<Server>> {
    Router::new().route("/v1/view/{id}", get(show)).route("/_mock/sessions/{id}/page", post(click))
}

async fn show(
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
    connection: ConnectInfo<Connection>,
    request: Request,
) -> Response {
    match server.state.as_ref().and_then(|state| state.session(&id)) {
        Some(session) => respond(html(StatusCode::OK, &page(&id, &session, ""))),
        None => any(State(server), connection, request).await,
    }
}

/// A button of the page: `outcome=authorized`, `outcome=leave`.
async fn click(State(server): State<Arc<Server>>, Path(id): Path<String>, body: Bytes) -> Response {
    let asked = form_urlencoded::parse(&body).find(|(name, _)| name == "outcome").map(|(_, value)| value.into_owned());
    let asked = asked.unwrap_or_default();
    let Some((state, session)) = server.state.as_ref().and_then(|state| Some((state, state.session(&id)?))) else {
        return respond(html(StatusCode::NOT_FOUND, "<!doctype html><title>Mock</title><p>There is no such session."));
    };
    // Who leaves was paid for or not; nothing happens.
    let error = match asked.as_str() {
        "leave" => Ok(left(state, &session)),
        asked => end(state, &id, asked, None).map(|ended| ended.error),
    };
    let error = match error {
        Ok(error) => error,
        Err(refused) => {
            let body: Value = serde_json::from_slice(&refused.body).unwrap_or_default();
            let why = body["error"]["message"].as_str().unwrap_or_default().to_owned();
            return respond(html(StatusCode::CONFLICT, &page(&id, &session, &why)));
        }
    };
    let session = state.session(&id).unwrap_or(session);
    match back(&session, error) {
        Some(url) => {
            let to = HeaderValue::from_str(&url).unwrap_or(HeaderValue::from_static("/"));
            respond(Answered {
                status: StatusCode::SEE_OTHER,
                headers: vec![(header::LOCATION, to)],
                body: Bytes::new(),
            })
        }
        None => respond(html(StatusCode::OK, &page(&id, &session, "The session has no return_url to go back to."))),
    }
}

/// How a session ended.
pub(crate) struct Ended {
    pub(crate) transaction: Option<String>,
    pub(crate) error: Option<&'static str>,
}

/// Ends a session by the name of its outcome.
pub(crate) fn end(state: &Kept, id: &str, outcome: &str, weather: Option<&Weather>) -> Result<Ended, Answered> {
    if outcome == "cancelled" {
        state.cancel(id, weather)?;
        return Ok(Ended { transaction: None, error: Some("cancelled") });
    }
    let outcome: Outcome = outcome.parse().map_err(|why: String| {
        let why = format!("{why}, or cancelled");
        Answered::error(StatusCode::BAD_REQUEST, "INVALID_OUTCOME", why, &[])
    })?;
    let transaction = state.pay(id, outcome, weather)?;
    Ok(Ended { transaction: Some(transaction), error: outcome.error() })
}

/// What the way back says of a session that was left as it is.
fn left(state: &Kept, session: &Map<String, Value>) -> Option<&'static str> {
    let transaction = session.get("transaction_id").and_then(Value::as_str);
    match transaction.and_then(|id| state.transaction(id)) {
        None => Some("cancelled"),
        Some(transaction) => match transaction.get("status").and_then(Value::as_str) {
            Some("DECLINED") => Outcome::Declined.error(),
            Some("FAILED") => Outcome::Failed.error(),
            _ => None,
        },
    }
}

/// The address in the shop that the customer goes back to, with what Dintero adds. A transaction is named where the
/// payment came about, or only its capture failed.
fn back(session: &Map<String, Value>, error: Option<&str>) -> Option<String> {
    let mut url = Url::parse(session.get("url")?.get("return_url")?.as_str()?).ok()?;
    let reference = session.get("order").and_then(|order| order.get("merchant_reference")).and_then(Value::as_str);
    let transaction = session.get("transaction_id").and_then(Value::as_str);
    {
        let mut query = url.query_pairs_mut();
        if let (Some(id), None | Some("capture")) = (transaction, error) {
            query.append_pair("transaction_id", id);
        }
        query.append_pair("merchant_reference", reference.unwrap_or_default());
        query.append_pair("session_id", session.get("id").and_then(Value::as_str).unwrap_or_default());
        if let Some(error) = error {
            query.append_pair("error", error);
        }
    }
    Some(url.into())
}

fn html(status: StatusCode, text: &str) -> Answered {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        // Nothing is loaded from anywhere; what an order is called is text, and stays text.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    let headers: Vec<(HeaderName, HeaderValue)> =
        headers.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
    Answered { status, headers, body: text.to_owned().into() }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn page(id: &str, session: &Map<String, Value>, note: &str) -> String {
    let order = session.get("order").cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let amount = order["amount"].as_i64().unwrap_or_default();
    let money = format!("{}.{:02} {}", amount / 100, (amount % 100).abs(), text(&order["currency"]));
    let mut lines = String::new();
    for item in order["items"].as_array().into_iter().flatten() {
        let name = item.get("description").or(item.get("id")).map(text).unwrap_or_default();
        let amount = item["amount"].as_i64().unwrap_or_default();
        let quantity = item.get("quantity").map(text).unwrap_or_default();
        lines.push_str(&format!(
            "<tr><td>{}<td>{}<td class=n>{}.{:02}",
            escaped(&name),
            escaped(&quantity),
            amount / 100,
            (amount % 100).abs()
        ));
    }
    let state = match (session.get("transaction_id"), session.get("cancelled_at")) {
        (Some(id), _) => format!("<p>It has ended, with the transaction <code>{}</code>.", escaped(&text(id))),
        (None, Some(_)) => "<p>It is cancelled.".to_owned(),
        (None, None) => String::new(),
    };
    let mut buttons = String::new();
    if state.is_empty() {
        for (outcome, label) in BUTTONS {
            buttons.push_str(&format!("<button name=outcome value={outcome}>{label}</button> "));
        }
    }
    buttons.push_str("<button name=outcome value=leave>Back to the shop</button>");
    let note = if note.is_empty() { String::new() } else { format!("<p class=note>{}", escaped(note)) };
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>Mock checkout</title><style>body{{font:16px system-ui,sans-serif;max-width:34em;margin:2em auto;\
         padding:0 1em}}table{{border-collapse:collapse;width:100%}}td{{padding:.3em;border-bottom:1px solid #ccc}}\
         .n{{text-align:right}}button{{font:inherit;padding:.5em 1em;margin:.2em 0}}.note{{color:#a00}}\
         small{{color:#666}}</style><h1>Mock checkout</h1><p>Order <b>{reference}</b> over <b>{money}</b>\
         <table>{lines}</table>{state}{note}<form method=post action=\"/_mock/sessions/{id}/page\">{buttons}</form>\
         <p><small>dintero-mock: no money is moved. Session <code>{id}</code></small></html>",
        reference = escaped(&text(&order["merchant_reference"])),
        money = escaped(&money),
        id = escaped(id),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn session(url: &str) -> Map<String, Value> {
        let session = json!({
            "id": "s", "transaction_id": "t", "url": {"return_url": url},
            "order": {"amount": 29990, "currency": "NOK", "merchant_reference": "<b>1", "items": [{"description": "a&b", "amount": 5}]},
        });
        session.as_object().cloned().expect("object")
    }

    #[test]
    fn the_way_back_says_what_came_of_it() {
        let back = |error| back(&session("https://shop.example/thanks?a=1"), error).expect("an address");
        assert_eq!(
            back(None),
            "https://shop.example/thanks?a=1&transaction_id=t&merchant_reference=%3Cb%3E1&session_id=s"
        );
        assert!(!back(Some("authorization")).contains("transaction_id"));
        assert!(back(Some("capture")).contains("transaction_id=t") && back(Some("capture")).contains("error=capture"));
        assert_eq!(super::back(&session("no address"), None), None);
    }

    #[test]
    fn what_the_shop_posted_stays_text() {
        let page = page("s", &session("https://a"), "");
        assert!(page.contains("&lt;b&gt;1") && page.contains("a&amp;b") && page.contains("299.90 NOK"), "{page}");
    }
}
