//! From a body to its event, into a queue and out of it, with the payloads of a document of our own: what the published
//! documents say cannot turn these red.

use super::parse_as;
use crate::{Headers, ParseError, ParseErrorKind};
use serde_json::{Value, json};

mod own {
    crate::event::events! {
        CheckoutTransaction = "checkout_transaction": dintero_shop::types::TransactionChanged,
        CheckoutTokenAdd = "checkout_token_add": dintero_shop::types::TokenChanged,
        CheckoutTokenDelete = "checkout_token_delete": dintero_shop::types::TokenChanged,
    }
}

const TRANSACTION: &str = r#"{"account_id": "T12345678", "event": "checkout_transaction",
    "transaction": {"id": "T12345678.a", "merchant_reference": "1", "created_at": "2026-11-23T10:00:00Z"}}"#;
const TOKEN: &str = r#"{"event": "checkout_token_add", "token": {"id": "t", "status": "ACTIVE", "customer_id": "c"}}"#;

fn parsed(event: &str, body: &[u8]) -> Result<own::Event, ParseError> {
    parse_as(&Headers::new(|name| (name == "event").then_some(event.as_bytes())), body)
}

#[test]
fn a_body_becomes_its_variant_and_survives_a_queue() {
    for (name, body) in [("checkout_transaction", TRANSACTION), ("checkout_token_add", TOKEN)] {
        let event = parsed(name, body.as_bytes()).unwrap();
        assert!(event.name() == name && own::Event::TYPED.contains(&name), "{event:?}");
        let queued = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<own::Event>(&queued).unwrap(), event);
    }
}

#[test]
fn what_is_not_known_is_kept() {
    for (body, expected) in [
        (r#"{"event":"ping","zen":"hidden words"}"#, json!({"event": "ping", "zen": "hidden words"})),
        ("", Value::Null),
        ("not JSON", json!("not JSON")),
    ] {
        let event = parsed("ping", body.as_bytes()).unwrap();
        assert_eq!(event, own::Event::Other { event: "ping".into(), body: expected });
        let queued = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<own::Event>(&queued).unwrap(), event);
        assert!(!format!("{event:?}").contains("hidden words"));
    }
}

#[test]
fn a_number_is_the_same_after_a_queue() {
    for number in ["59E119", "0.1", "123456789.123456789", "-1e-300", "18446744073709551615"] {
        let event = parsed("ping", number.as_bytes()).unwrap();
        let own::Event::Other { body, .. } = &event else { panic!("{event:?}") };
        assert_eq!(body.as_f64(), number.parse().ok(), "read as it is meant");
        let queued = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<own::Event>(&queued).unwrap(), event, "{number}");
    }
}

#[test]
fn a_body_of_another_event_is_refused_and_kept() {
    let body = TOKEN;
    for header in ["checkout_token_delete", "ping"] {
        let error = parsed(header, body.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ParseErrorKind::OtherEvent);
        assert_eq!(error.raw(), body.as_bytes());
        let text = error.to_string();
        assert!(text.contains(header) && text.contains("checkout_token_add"), "{text}");
    }
    let error = parsed("checkout_transaction", body.as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ParseErrorKind::Payload);
}

#[test]
fn fault_07_a_header_is_not_believed_where_the_body_does_not_say_the_same() {
    let body: Value = serde_json::from_str(TOKEN).unwrap();
    let with = |own: Option<Value>| {
        let mut changed = body.clone();
        changed.as_object_mut().unwrap().remove("event");
        if let Some(own) = own {
            changed["event"] = own;
        }
        changed.to_string()
    };
    let doubled =
        |text: String| text.replacen('{', r#"{"event":"checkout_token_add","event":"checkout_token_delete","#, 1);
    // All three are payloads of the same type, and one of them takes a card away.
    for body in [with(None), with(Some(Value::Null)), with(Some(json!(7))), doubled(with(None))] {
        for header in ["checkout_token_add", "checkout_token_delete"] {
            let error = parsed(header, body.as_bytes()).unwrap_err();
            assert!(matches!(error.kind(), ParseErrorKind::Unproven | ParseErrorKind::Payload), "{error}");
            assert_eq!(error.raw(), body.as_bytes());
        }
    }
    for body in [r#"{"event":7}"#, r#"{"event":"ping","event":"ping"}"#] {
        assert_eq!(parsed("ping", body.as_bytes()).unwrap_err().kind(), ParseErrorKind::Unproven);
    }
    let escaped = r#"{"\u0065vent":"pong"}"#;
    assert_eq!(parsed("ping", escaped.as_bytes()).unwrap_err().kind(), ParseErrorKind::OtherEvent);
}

#[test]
fn a_payload_that_does_not_decode_tells_where_and_keeps_the_body() {
    let mut payload: Value = serde_json::from_str(TRANSACTION).unwrap();
    payload["transaction"]["id"] = json!({"pan": "4711"});
    let body = payload.to_string();
    let error = parsed("checkout_transaction", body.as_bytes()).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ParseErrorKind::Payload, "$.transaction.id"));
    assert_eq!(error.raw(), body.as_bytes());
    payload["transaction"]["id"] = json!(4711);
    let error = parsed("checkout_transaction", payload.to_string().as_bytes()).unwrap_err();
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(shown.contains("$.transaction.id") && !shown.contains("4711"), "{shown}");
    }
    for body in ["", "[]", "null", "{", "\u{feff}{}", "{\"event\":", "\"x\""] {
        let error = parsed("checkout_transaction", body.as_bytes()).unwrap_err();
        assert_eq!((error.kind(), error.raw()), (ParseErrorKind::Payload, body.as_bytes()), "{body}");
    }
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(parsed("checkout_transaction", deep.as_bytes()).is_err());
    assert!(parsed("ping", deep.as_bytes()).is_ok(), "kept as it came");
}

#[test]
fn a_message_is_one_line_whatever_the_keys_of_a_body_are() {
    let body = "{\"transaction\":{\"a\nb\u{1b}\u{202e}\":{\"x\":}}}";
    let error = parsed("checkout_transaction", body.as_bytes()).unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(|c: char| c.is_control() || c == '\u{202e}'), "{shown:?}");
}

#[test]
fn a_new_value_or_field_does_not_fail_a_payload() {
    let mut payload: Value = serde_json::from_str(TOKEN).unwrap();
    payload["token"]["status"] = json!("ON_MARS");
    payload["token"]["customer_id"] = Value::Null;
    payload["unheard_of"] = json!({"of": 1});
    assert!(parsed("checkout_token_add", payload.to_string().as_bytes()).is_ok());
}

#[test]
fn without_an_event_header_there_is_no_event() {
    let body = br#"{"event":"ping"}"#;
    let none = parse_as::<own::Event>(&Headers::new(|_| None), body).unwrap_err();
    assert_eq!((none.kind(), none.raw()), (ParseErrorKind::NoEvent, body.as_slice()));
    assert_eq!(parsed("", body).unwrap_err().kind(), ParseErrorKind::NoEvent);
    let latin = Headers::new(|name| (name == "event").then_some(b"ping\xe5".as_slice()));
    assert_eq!(parse_as::<own::Event>(&latin, body).unwrap_err().kind(), ParseErrorKind::NoEvent);
    let long = "e".repeat(10_000);
    let error = parsed(&long, body).unwrap_err();
    assert!(error.to_string().len() < 300, "a long name is not repeated whole");
}
