//! The page at a session's checkout address: a person clicks how the payment ends, and is sent back to the shop.
//!
//! Dintero's web SDK opens it at `/?sid=..` of an endpoint of one's own, in a frame of the shop's page; there it says what
//! happens by messages, as the SDK hears them, and the shop's page goes on.

use crate::answer::Answered;
use crate::connection::Connection;
use crate::post::Weather;
use crate::server::{Server, any, respond};
use crate::state::{Outcome, State as Kept};
use axum::Router;
use axum::extract::{ConnectInfo, Path, RawQuery, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
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

/// Says to the page around it what stands beside it. It is the same for all, so that no other runs.
const SCRIPT: &str = "for(const m of JSON.parse(document.currentScript.dataset.tell))parent.postMessage(m,\"*\")";

pub(crate) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/v1/view/{id}", get(show))
        .route("/", get(show_by_query))
        .route("/embedResult/", get(result))
        .route("/_mock/sessions/{id}/page", post(click))
}

async fn show(
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
    connection: ConnectInfo<Connection>,
    request: Request,
) -> Response {
    match server.state.as_ref().and_then(|state| state.session(&id)) {
        Some(session) => respond(shown(&id, &session, "", is_framed(request.uri().query()))),
        None => any(State(server), connection, request).await,
    }
}

/// As the web SDK asks an endpoint of one's own.
async fn show_by_query(state: State<Arc<Server>>, connection: ConnectInfo<Connection>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let id = form_urlencoded::parse(query).find(|(name, _)| name == "sid").map(|(_, value)| value.into_owned());
    match id {
        Some(id) => show(state, Path(id), connection, request).await,
        None => any(state, connection, request).await,
    }
}

/// What the web SDK puts into its frame in the end.
async fn result() -> Response {
    respond(html(StatusCode::OK, "<!doctype html><title>Mock checkout</title><p>The payment has come to its end."))
}

/// Whether the page is part of another one.
fn is_framed(query: Option<&str>) -> bool {
    let query = query.unwrap_or_default().as_bytes();
    form_urlencoded::parse(query).any(|(name, value)| name == "ui" && matches!(&*value, "inline" | "modal"))
}

/// The page; in a frame it tells that it is there.
fn shown(id: &str, session: &Map<String, Value>, note: &str, framed: bool) -> Answered {
    let page = page(id, session, note, framed);
    match framed {
        false => html(StatusCode::OK, &page),
        true => telling(
            &page,
            &[
                json!({"type": "SessionLoaded", "sid": id, "session": session}),
                json!({"type": "HeightChanged", "sid": id, "height": 600}),
            ],
        ),
    }
}

/// What a page in a frame tells of how the session ended.
fn ending(id: &str, session: &Map<String, Value>, outcome: &str, error: Option<&str>) -> Value {
    let what = match (outcome, error) {
        ("on_hold", _) => "SessionPaymentOnHold",
        (_, None | Some("capture")) => "SessionPaymentAuthorized",
        (_, Some("cancelled")) => "SessionCancel",
        (_, Some(_)) => "SessionPaymentError",
    };
    let order = session.get("order");
    let mut told = Map::new();
    for (name, value) in [
        ("type", Some(what.into())),
        ("sid", Some(id.into())),
        ("href", back(session, error).map(Value::from)),
        ("transaction_id", session.get("transaction_id").cloned()),
        ("merchant_reference", order.and_then(|order| order.get("merchant_reference")).cloned()),
        ("error", error.map(Value::from)),
    ] {
        told.extend(value.map(|value| (name.to_owned(), value)));
    }
    told.into()
}

/// A page that says something to the one around it.
fn telling(page: &str, messages: &[Value]) -> Answered {
    let messages = escaped(&json!(messages).to_string());
    let text = format!("{page}<script data-tell=\"{messages}\">{SCRIPT}</script>");
    let mut answered = html(StatusCode::OK, &text);
    let hash = BASE64_STANDARD.encode(Sha256::digest(SCRIPT));
    let policy = format!("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'");
    answered.headers.retain(|(name, _)| *name != header::CONTENT_SECURITY_POLICY);
    answered.with(header::CONTENT_SECURITY_POLICY, &policy)
}

/// A button of the page: `outcome=authorized`, `outcome=leave`.
async fn click(
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let framed = is_framed(query.as_deref());
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
            return respond(Answered { status: StatusCode::CONFLICT, ..shown(&id, &session, &why, framed) });
        }
    };
    let session = state.session(&id).unwrap_or(session);
    if framed {
        let page = "<!doctype html><title>Mock checkout</title><p>Back to the shop.";
        return respond(telling(page, &[ending(&id, &session, &asked, error)]));
    }
    match back(&session, error) {
        Some(url) => {
            let to = HeaderValue::from_str(&url).unwrap_or(HeaderValue::from_static("/"));
            respond(Answered {
                status: StatusCode::SEE_OTHER,
                headers: vec![(header::LOCATION, to)],
                body: Bytes::new(),
            })
        }
        None => respond(shown(&id, &session, "The session has no return_url to go back to.", false)),
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

fn page(id: &str, session: &Map<String, Value>, note: &str, framed: bool) -> String {
    let query = if framed { "?ui=inline" } else { "" };
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
         <table>{lines}</table>{state}{note}<form method=post action=\"/_mock/sessions/{id}/page{query}\">{buttons}</form>\
         <p><small>dintero-mock: no money is moved. Session <code>{id}</code></small></html>",
        reference = escaped(&text(&order["merchant_reference"])),
        money = escaped(&money),
        id = escaped(id),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_page_in_a_frame_tells_the_page_around_it() {
        let session = session("https://shop.example/thanks");
        let told = |outcome, error| ending("s", &session, outcome, error);
        let paid = told("authorized", None);
        assert_eq!((&paid["type"], &paid["sid"]), (&json!("SessionPaymentAuthorized"), &json!("s")));
        assert_eq!((&paid["transaction_id"], &paid["merchant_reference"]), (&json!("t"), &json!("<b>1")));
        assert!(
            paid["href"].as_str().is_some_and(|url| url.contains("transaction_id=t")) && paid.get("error").is_none()
        );
        let cancelled = told("cancelled", Some("cancelled"));
        assert_eq!((&cancelled["type"], &cancelled["error"]), (&json!("SessionCancel"), &json!("cancelled")));
        assert_eq!(told("declined", Some("authorization"))["type"], "SessionPaymentError");
        assert_eq!(told("on_hold", None)["type"], "SessionPaymentOnHold");

        let answered = shown("s", &session, "", true);
        let text = String::from_utf8_lossy(&answered.body);
        assert!(text.contains("&quot;SessionLoaded&quot;") && text.contains("page?ui=inline"), "{text}");
        assert!(text.contains("&quot;merchant_reference&quot;:&quot;&lt;b&gt;1&quot;"), "{text}");
        let policy = answered.headers.iter().find(|(name, _)| *name == header::CONTENT_SECURITY_POLICY);
        assert!(policy.is_some_and(|(_, value)| value.to_str().is_ok_and(|p| p.contains("script-src 'sha256-"))));
        assert!(is_framed(Some("sdk=0.8.30&ui=inline&sid=s")) && !is_framed(Some("sid=s")) && !is_framed(None));
    }

    #[test]
    fn what_the_shop_posted_stays_text() {
        let page = page("s", &session("https://a"), "", false);
        assert!(page.contains("&lt;b&gt;1") && page.contains("a&amp;b") && page.contains("299.90 NOK"), "{page}");
    }
}
