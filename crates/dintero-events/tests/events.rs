//! From a body to its event, into a queue and out of it.

use dintero_events::{Event, Headers, ParseErrorKind, parse, parse_callback, parse_json, testing};
use serde_json::{Value, json};

fn parsed(event: &str, body: &[u8]) -> Result<Event, dintero_events::ParseError> {
    parse(&Headers::new(|name| (name == "event").then_some(event.as_bytes())), body)
}

#[test]
fn each_sample_becomes_its_variant_and_survives_a_queue() {
    assert!(!Event::TYPED.is_empty());
    for name in Event::TYPED {
        let sample = testing::sample(name).unwrap_or_else(|| panic!("no sample of {name}"));
        let event = parsed(name, sample.as_bytes()).unwrap();
        assert_eq!(event.name(), *name);
        assert!(!matches!(event, Event::Other { .. }), "{name}");
        let queued = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&queued).unwrap(), event);
        // All that the sample has is known to the type.
        let (written, sample): (Value, Value) =
            (serde_json::from_str(&queued).unwrap(), serde_json::from_str(sample).unwrap());
        assert_eq!(keys(&written["body"]), keys(&sample), "{name}");
    }
    assert_eq!(testing::sample("ping"), None);
}

/// The places of all values.
fn keys(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => {
            let mut all: Vec<String> =
                map.iter().flat_map(|(k, v)| keys(v).into_iter().map(move |below| format!("{k}.{below}"))).collect();
            all.sort();
            all
        }
        Value::Array(items) => items.iter().flat_map(keys).collect(),
        _ => vec![String::new()],
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
        assert_eq!(event, Event::Other { event: "ping".into(), body: expected });
        let queued = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&queued).unwrap(), event);
        assert!(!format!("{event:?}").contains("hidden words"));
    }
}

#[test]
fn a_number_is_the_same_after_a_queue() {
    for number in ["59E119", "0.1", "123456789.123456789", "-1e-300", "18446744073709551615"] {
        let event = parsed("ping", number.as_bytes()).unwrap();
        let Event::Other { body, .. } = &event else { panic!("{event:?}") };
        assert_eq!(body.as_f64(), number.parse().ok(), "read as it is meant");
        let queued = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&queued).unwrap(), event, "{number}");
    }
}

#[test]
fn a_body_of_another_event_is_refused_and_kept() {
    let body = testing::sample("checkout_token_add").unwrap();
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
    let body: Value = serde_json::from_str(testing::sample("checkout_token_add").unwrap()).unwrap();
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
    let mut payload: Value = serde_json::from_str(testing::sample("checkout_transaction").unwrap()).unwrap();
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
    let mut payload: Value = serde_json::from_str(testing::sample("checkout_token_add").unwrap()).unwrap();
    payload["token"]["status"] = json!("ON_MARS");
    payload["token"]["customer_id"] = Value::Null;
    payload["unheard_of"] = json!({"of": 1});
    assert!(parsed("checkout_token_add", payload.to_string().as_bytes()).is_ok());
}

#[test]
fn without_an_event_header_there_is_no_event() {
    let body = br#"{"event":"ping"}"#;
    let none = parse(&Headers::new(|_| None), body).unwrap_err();
    assert_eq!((none.kind(), none.raw()), (ParseErrorKind::NoEvent, body.as_slice()));
    assert_eq!(parsed("", body).unwrap_err().kind(), ParseErrorKind::NoEvent);
    let latin = Headers::new(|name| (name == "event").then_some(b"ping\xe5".as_slice()));
    assert_eq!(parse(&latin, body).unwrap_err().kind(), ParseErrorKind::NoEvent);
    let long = "e".repeat(10_000);
    let error = parsed(&long, body).unwrap_err();
    assert!(error.to_string().len() < 300, "a long name is not repeated whole");
}

#[test]
fn a_callback_is_read_from_its_address() {
    let url = "https://shop.example/callback?shop=7&transaction_id=T12345678.a&session_id=T12345678.b\
               &merchant_reference=order+1%2F2&time=2026-11-23T10:00:00.000Z&error=cancelled&event=&transaction_id=second#x?y=1";
    let callback = parse_callback(url).unwrap();
    assert_eq!(callback.transaction_id.as_deref(), Some("T12345678.a"));
    assert_eq!(callback.merchant_reference, "order 1/2");
    assert_eq!(callback.session_id.as_deref(), Some("T12345678.b"));
    assert_eq!(callback.error.as_deref(), Some("cancelled"));
    assert_eq!(callback.time.map(|t| t.to_rfc3339()).as_deref(), Some("2026-11-23T10:00:00+00:00"));
    assert_eq!(parse_callback(&url["https://shop.example".len()..]).unwrap(), callback);

    let error = parse_callback("/callback?transaction_id=T1.a&time=2026-11-23T10:00:00Z").unwrap_err();
    assert!(error.to_string().contains("merchant_reference"), "{error}");
    assert_eq!(error.raw(), b"transaction_id=T1.a&time=2026-11-23T10:00:00Z");
    let error = parse_callback("/callback?transaction_id=4711").unwrap_err();
    assert!(!error.to_string().contains("4711") && !format!("{error:?}").contains("4711"), "{error}");
    assert!(parse_callback("").is_err());
}

#[test]
fn an_express_callback_that_does_not_decode_tells_where() {
    let error =
        parse_json::<dintero_events::ShippingAddressCallbackUrlRequest>(br#"{"id":"T1.a","order":{"amount":"x"}}"#);
    let error = error.unwrap_err();
    assert!(error.path().starts_with("$.order"), "{error}");
}

/// Callbacks as the plugins of shops see them.
#[test]
fn a_callback_of_what_did_not_come_to_be_is_one() {
    for (query, error) in [
        ("merchant_reference=1&session_id=s&error=failed", "failed"),
        ("merchant_reference=1&session_id=s&error=cancelled&time=2026-11-23T10:00:00Z", "cancelled"),
        ("transaction_id=T1.a&merchant_reference=1&error=authorization&time=2026-11-23T10:00:00Z", "authorization"),
        ("merchant_reference=1&error=authorization", "authorization"),
        ("transaction_id=T1.a&merchant_reference=1&error=capture&event=CAPTURE&event_id=3", "capture"),
        ("merchant_reference=1&error=capture", "capture"),
    ] {
        let callback = parse_callback(&format!("https://shop.example/callback?{query}")).unwrap();
        assert_eq!(callback.error.as_deref(), Some(error), "{query}");
        assert_eq!(callback.transaction_id.is_some(), query.contains("transaction_id"), "{query}");
        assert_eq!(callback.time.is_some(), query.contains("time="), "{query}");
    }
}

#[test]
fn a_callback_has_a_query_of_its_own() {
    let url = "https://shop.example/callback?shop=oslo&transaction_id=T1.a&merchant_reference=1&report_event=CAPTURE\
               &report_event=REFUND&shop=bergen&report_error=true&delay_callback=60#top";
    let callback = parse_callback(url).unwrap();
    assert_eq!(callback.report_event.as_deref(), Some(["CAPTURE".to_owned(), "REFUND".to_owned()].as_slice()));
    assert_eq!((callback.report_error, callback.delay_callback), (Some(true), Some(60)));
    assert_eq!(callback.unknown().names().collect::<Vec<_>>(), ["shop"]);
    let one = parse_callback("/callback?merchant_reference=1&shop=a%22b&report_event=CAPTURE").unwrap();
    assert_eq!(one.unknown().get("shop"), Some(json!("a\"b")));
    assert_eq!(one.report_event.as_deref(), Some(["CAPTURE".to_owned()].as_slice()));
    // Of what there is one of, the first counts.
    let twice = parse_callback("/callback?merchant_reference=1&transaction_id=a&transaction_id=b").unwrap();
    assert_eq!(twice.transaction_id.as_deref(), Some("a"));
}

#[test]
fn no_optional_parameter_fails_a_callback() {
    let callback =
        parse_callback("/callback?merchant_reference=1&time=4711&delay_callback=soon&report_error=true").unwrap();
    assert_eq!((callback.time, callback.delay_callback, callback.report_error), (None, None, Some(true)));
    let mut names: Vec<&str> = callback.unknown().names().collect();
    names.sort_unstable();
    assert_eq!(names, ["delay_callback", "time"]);
    assert_eq!(callback.unknown().get("time"), Some(json!("4711")));
}

#[test]
fn no_optional_field_fails_a_delivery() {
    for event in Event::TYPED {
        let sample = testing::sample(event).expect("a sample");
        let value: Value = serde_json::from_str(sample).unwrap();
        let before = parsed(event, sample.as_bytes()).unwrap();
        let Some(fields) = value.as_object() else { continue };
        for name in fields.keys().cloned().collect::<Vec<_>>() {
            let mut other = value.clone();
            other[&name] = json!([{"x": 1.5}]);
            match parsed(event, other.to_string().as_bytes()) {
                Ok(read) => {
                    assert!(serde_json::to_value(&read).unwrap()["body"][&name] == other[&name], "{event} {name}")
                }
                Err(why) => assert!(name == "event" || why.to_string().contains(&name), "{event} {name}: {why}"),
            }
        }
        assert_eq!(parsed(event, sample.as_bytes()).unwrap(), before);
    }
}
