//! What Dintero asks of the merchant, read into the types of a document of our own.

use dintero_events::{parse_json, parse_query};
use dintero_shop::types::SessionUrlCallbackQuery;
use serde_json::json;

#[test]
fn a_callback_is_read_from_its_address() {
    let url = "https://shop.example/callback?shop=7&transaction_id=T12345678.a&session_id=T12345678.b\
               &merchant_reference=order+1%2F2&time=2026-11-23T10:00:00.000Z&error=cancelled&event=&transaction_id=second#x?y=1";
    let callback = parse_query::<SessionUrlCallbackQuery>(url).unwrap();
    assert_eq!(callback.transaction_id.as_deref(), Some("T12345678.a"));
    assert_eq!(callback.merchant_reference, "order 1/2");
    assert_eq!(callback.session_id.as_deref(), Some("T12345678.b"));
    assert_eq!(callback.error.as_deref(), Some("cancelled"));
    assert_eq!(callback.time.map(|t| t.to_rfc3339()).as_deref(), Some("2026-11-23T10:00:00+00:00"));
    assert_eq!(parse_query::<SessionUrlCallbackQuery>(&url["https://shop.example".len()..]).unwrap(), callback);

    let error =
        parse_query::<SessionUrlCallbackQuery>("/callback?transaction_id=T1.a&time=2026-11-23T10:00:00Z").unwrap_err();
    assert!(error.to_string().contains("merchant_reference"), "{error}");
    assert_eq!(error.raw(), b"transaction_id=T1.a&time=2026-11-23T10:00:00Z");
    let error = parse_query::<SessionUrlCallbackQuery>("/callback?transaction_id=4711").unwrap_err();
    assert!(!error.to_string().contains("4711") && !format!("{error:?}").contains("4711"), "{error}");
    assert!(parse_query::<SessionUrlCallbackQuery>("").is_err());
}

#[test]
fn an_express_callback_that_does_not_decode_tells_where() {
    let error = parse_json::<dintero_shop::types::Session>(
        br#"{"id":"T1.a","url":{"return_url":"https://a.example"},"order":{"amount":"x"}}"#,
    );
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
        let callback =
            parse_query::<SessionUrlCallbackQuery>(&format!("https://shop.example/callback?{query}")).unwrap();
        assert_eq!(callback.error.as_deref(), Some(error), "{query}");
        assert_eq!(callback.transaction_id.is_some(), query.contains("transaction_id"), "{query}");
        assert_eq!(callback.time.is_some(), query.contains("time="), "{query}");
    }
}

#[test]
fn a_callback_has_a_query_of_its_own() {
    let url = "https://shop.example/callback?shop=oslo&transaction_id=T1.a&merchant_reference=1&report_event=CAPTURE\
               &report_event=REFUND&shop=bergen&report_error=true&delay_callback=60#top";
    let callback = parse_query::<SessionUrlCallbackQuery>(url).unwrap();
    assert_eq!(callback.report_event.as_deref(), Some(["CAPTURE".to_owned(), "REFUND".to_owned()].as_slice()));
    assert_eq!((callback.report_error, callback.delay_callback), (Some(true), Some(60)));
    assert_eq!(callback.unknown().names().collect::<Vec<_>>(), ["shop"]);
    let one = parse_query::<SessionUrlCallbackQuery>("/callback?merchant_reference=1&shop=a%22b&report_event=CAPTURE")
        .unwrap();
    assert_eq!(one.unknown().get("shop"), Some(json!("a\"b")));
    assert_eq!(one.report_event.as_deref(), Some(["CAPTURE".to_owned()].as_slice()));
    // Of what there is one of, the first counts.
    let twice =
        parse_query::<SessionUrlCallbackQuery>("/callback?merchant_reference=1&transaction_id=a&transaction_id=b")
            .unwrap();
    assert_eq!(twice.transaction_id.as_deref(), Some("a"));
}

#[test]
fn no_optional_parameter_fails_a_callback() {
    let callback = parse_query::<SessionUrlCallbackQuery>(
        "/callback?merchant_reference=1&time=4711&delay_callback=soon&report_error=true",
    )
    .unwrap();
    assert_eq!((callback.time, callback.delay_callback, callback.report_error), (None, None, Some(true)));
    let mut names: Vec<&str> = callback.unknown().names().collect();
    names.sort_unstable();
    assert_eq!(names, ["delay_callback", "time"]);
    assert_eq!(callback.unknown().get("time"), Some(json!("4711")));
}
