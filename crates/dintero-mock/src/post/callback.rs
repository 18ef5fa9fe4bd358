//! The callback of a session: whether there is one, where it goes, and what it says.

use super::{News, What, now};
use serde_json::{Map, Value};
use url::Url;

/// Longest delay that is documented, in seconds.
const LONGEST: u32 = 60;

/// A call to be made.
#[derive(Debug, PartialEq)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) body: Option<Value>,
    /// In seconds.
    pub(super) delay: u32,
}

pub(super) fn url_of(session: &Map<String, Value>) -> Option<&str> {
    session.get("url")?.get("callback_url")?.as_str()
}

/// What the address of the callback asks for in its own query.
#[derive(Default)]
struct Asked {
    method: Option<String>,
    error: bool,
    events: Vec<String>,
    delay: u32,
    sid: Option<String>,
    includes_session: bool,
}

impl Asked {
    fn of(url: &Url) -> Self {
        let mut asked = Self::default();
        for (name, value) in url.query_pairs() {
            match &*name {
                "method" => asked.method = Some(value.to_ascii_uppercase()),
                "report_error" => asked.error = value == "true",
                "report_event" => asked.events.push(value.to_ascii_uppercase()),
                "delay_callback" => asked.delay = value.parse().unwrap_or_default(),
                "sid_parameter_name" => asked.sid = (value == "sid").then(|| value.into_owned()),
                "includes" => asked.includes_session |= value.split(',').any(|part| part == "session"),
                _ => {}
            }
        }
        asked
    }
}

/// The call that the news set off, if any.
pub(super) fn of(news: &News<'_>) -> Option<Call> {
    let mut url = Url::parse(url_of(news.session)?).ok()?;
    let asked = Asked::of(&url);
    let text = |map: Option<&Map<String, Value>>, name: &str| {
        map.and_then(|map| map.get(name)).and_then(Value::as_str).map(str::to_owned)
    };
    let mut more: Vec<(&str, String)> = Vec::new();
    match &news.what {
        // A transaction whose capture failed is authorized all the same.
        What::Ended(Some("capture")) => more.push(("error", "capture".into())),
        What::Ended(Some(error)) if asked.error => more.push(("error", (*error).into())),
        What::Ended(None) => {}
        What::Done(event, id) if asked.events.contains(event) => {
            more.push(("event", event.clone()));
            more.push(("event_id", id.clone()));
        }
        _ => return None,
    }
    let reference = news.session.get("order").and_then(|order| order.get("merchant_reference")).and_then(Value::as_str);
    {
        // What is there stays as it was written.
        let mut query = url.query_pairs_mut();
        if let Some(id) = text(news.transaction, "id") {
            query.append_pair("transaction_id", &id);
        }
        let session = text(Some(news.session), "id").unwrap_or_default();
        query.append_pair(asked.sid.as_deref().unwrap_or("session_id"), &session);
        query.append_pair("merchant_reference", reference.unwrap_or_default());
        query.append_pair("time", &text(news.transaction, "created_at").unwrap_or_else(now));
        query.extend_pairs(&more);
    }
    let is_post = asked.method.as_deref() == Some("POST");
    let body = news.body.clone().filter(|_| is_post).map(|mut body| {
        if let (Value::Object(body), true) = (&mut body, asked.includes_session) {
            body.insert("session".into(), Value::Object(news.session.clone()));
        }
        body
    });
    Some(Call {
        method: if is_post { "POST" } else { "GET" }.into(),
        url: url.into(),
        body,
        delay: asked.delay.min(LONGEST),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(url: &str, what: What) -> Option<Call> {
        let session = json!({"id": "s", "url": {"callback_url": url}, "order": {"merchant_reference": "order 1"}});
        let transaction = json!({"id": "t", "created_at": "2026-11-25T10:00:00Z"});
        of(&News {
            what,
            session: session.as_object().expect("object"),
            transaction: transaction.as_object(),
            body: Some(transaction.clone()),
        })
    }

    #[test]
    fn its_own_query_is_kept_and_honoured() {
        let made =
            call("https://shop.example/back?a=%20b&delay_callback=100&sid_parameter_name=sid", What::Ended(None));
        let made = made.expect("a call");
        assert_eq!((made.method.as_str(), made.delay, made.body), ("GET", 60, None));
        let query =
            "a=%20b&delay_callback=100&sid_parameter_name=sid&transaction_id=t&sid=s&merchant_reference=order+1";
        assert_eq!(made.url, format!("https://shop.example/back?{query}&time=2026-11-25T10%3A00%3A00Z"));
    }

    #[test]
    fn by_post_it_has_the_transaction_and_where_asked_the_session() {
        let body = |query: &str| call(&format!("http://a/?{query}"), What::Ended(None)).expect("a call").body;
        assert_eq!(body("method=POST").expect("a body")["id"], "t");
        assert_eq!(body("method=POST&includes=session").expect("a body")["session"]["id"], "s");
        assert_eq!(body("method=GET"), None);
    }

    #[test]
    fn errors_and_events_are_told_where_they_are_asked_for() {
        let told = |query: &str, what: What| call(&format!("http://a/?{query}"), what).map(|call| call.url);
        assert_eq!(told("", What::Ended(Some("cancelled"))), None);
        assert!(
            told("report_error=true", What::Ended(Some("cancelled")))
                .is_some_and(|url| url.contains("error=cancelled"))
        );
        let captured = || What::Done("CAPTURE".into(), "3".into());
        assert_eq!(told("report_event=REFUND", captured()), None);
        let url = told("report_event=REFUND&report_event=CAPTURE", captured()).expect("a call");
        assert!(url.ends_with("&event=CAPTURE&event_id=3"), "{url}");
        assert_eq!(told("", What::Updated), None);
        assert!(call("no address", What::Ended(None)).is_none());
    }
}
