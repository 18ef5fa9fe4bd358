//! What must hold for every input; for libFuzzer, and for the plain test that replays the corpus.

use std::time::{Duration, UNIX_EPOCH};

use dintero_events::{
    CallbackVerifier, Event, EventVerifier, Headers, SignatureError, parse as parse_event, parse_callback, testing,
};

/// The bytes up to the first of value 0, and those after it.
fn halves(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == 0) {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &[]),
    }
}

/// `<header> 0 <body>`: whatever the header holds, only the right signature gets through.
pub fn event_signature(data: &[u8]) {
    let (header, body) = halves(data);
    let headers = Headers::new(|name| matches!(name, "event-signature" | "authorization").then_some(header));
    let verifier = EventVerifier::hmac_sha1(["secret"]).unwrap();
    let right = testing::sign_event("secret", body);
    let told = verifier.verify(&headers, body);
    assert_eq!(told.is_ok(), header.eq_ignore_ascii_case(right.as_bytes()), "{told:?}");
    let signed = Headers::new(|name| (name == "event-signature").then_some(right.as_bytes()));
    assert_eq!(verifier.verify(&signed, body), Ok(()));
    let fixed = EventVerifier::authorization(["Bearer fixed"]).unwrap();
    assert_eq!(fixed.verify(&headers, body).is_ok(), header == b"Bearer fixed");
    if let Err(why) = told {
        assert!(!why.to_string().is_empty());
    }
}

/// `<header> 0 <url>`: an unsigned header is refused; what is signed is accepted, for every address that is one.
pub fn dintero_signature(data: &[u8]) {
    let (header, url) = halves(data);
    let Ok(url) = std::str::from_utf8(url) else { return };
    let account = "T12345678".parse().unwrap();
    let time = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let verifier = CallbackVerifier::new(account, ["secret"]).unwrap().clock(move || time);
    let account = "T12345678".parse().unwrap();
    match testing::sign_callback("secret", &account, "GET", url, time) {
        Ok(signed) => {
            assert_eq!(verifier.verify(Some(signed.as_bytes()), "GET", url), Ok(()));
            let told = verifier.verify(Some(header), "GET", url);
            let (_, digits) = signed.rsplit_once('=').unwrap();
            // Nobody guesses the secret: what gets through has the signature somewhere, in either case.
            let holds = String::from_utf8_lossy(header).to_ascii_lowercase().contains(digits);
            assert!(told.is_err() || holds, "{told:?}");
        }
        Err(why) => {
            assert!(matches!(why, SignatureError::Url { .. }));
            assert!(verifier.verify(Some(header), "GET", url).is_err());
        }
    }
    let _ = parse_callback(url).map_err(|error| (error.to_string(), error.raw().to_vec()));
}

/// `<event> 0 <body>`: an event, or an error that keeps the body; an event survives a queue.
pub fn parse(data: &[u8]) {
    let (name, body) = halves(data);
    let headers = Headers::new(|header| (header == "event").then_some(name));
    match parse_event(&headers, body) {
        Ok(event) => {
            assert_eq!(Some(event.name()), headers.event());
            let queued = serialized(&event);
            let again = deserialized(&queued);
            assert_eq!(queued, serialized(&again));
            let _ = format!("{event:?}");
        }
        Err(error) => {
            assert_eq!(error.raw(), body);
            assert!(!error.to_string().is_empty() && !format!("{error:?}").is_empty());
        }
    }
}

fn serialized(event: &Event) -> String {
    serde_json::to_string(event).unwrap()
}

fn deserialized(queued: &str) -> Event {
    serde_json::from_str(queued).unwrap()
}
