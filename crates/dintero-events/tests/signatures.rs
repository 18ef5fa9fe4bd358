//! Signatures that were computed without this crate, by signatures/make.py.

use std::{
    process::Command,
    time::{Duration, UNIX_EPOCH},
};

use dintero_events::{AccountId, CallbackVerifier, EventVerifier, Headers, SignatureError, testing};
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    events: Vec<EventCase>,
    callbacks: Vec<CallbackCase>,
}

#[derive(Deserialize)]
struct EventCase {
    name: String,
    secret: String,
    body: String,
    signature: String,
}

#[derive(Deserialize)]
struct CallbackCase {
    name: String,
    secret: String,
    account: AccountId,
    method: String,
    url: String,
    time: u64,
    signature: String,
}

fn cases() -> Cases {
    serde_json::from_str(include_str!("signatures/signatures.json")).unwrap()
}

#[test]
fn deliveries() {
    let cases = cases().events;
    assert!(cases.len() >= 12);
    for case in cases {
        let body = base16ct::lower::decode_vec(&case.body).unwrap();
        for signature in [case.signature.clone(), case.signature.to_uppercase()] {
            let headers = Headers::new(|name| (name == "event-signature").then_some(signature.as_bytes()));
            let verify = |secrets: &[&str]| EventVerifier::hmac_sha1(secrets.to_vec()).unwrap().verify(&headers, &body);
            assert_eq!(verify(&[&case.secret]), Ok(()), "{}", case.name);
            // While a new secret takes the place of the old one, in either order.
            assert_eq!(verify(&["another", &case.secret]), Ok(()), "{}", case.name);
            assert_eq!(verify(&[&case.secret, "another"]), Ok(()), "{}", case.name);
            let refused = Err(SignatureError::Mismatch { header: "event-signature" });
            assert_eq!(verify(&["another"]), refused, "{}", case.name);
        }
        assert_eq!(testing::sign_event(&case.secret, &body), case.signature, "{}", case.name);
    }
}

#[test]
fn callbacks() {
    let cases = cases().callbacks;
    assert!(cases.len() >= 12);
    for case in cases {
        let time = UNIX_EPOCH + Duration::from_secs(case.time);
        let header = format!("t={},v0-hmac-sha256={}", case.time, case.signature);
        let verify = |account: &AccountId, secret: &str, method: &str| {
            let verifier = CallbackVerifier::new(account.clone(), ["another", secret]).unwrap().clock(move || time);
            verifier.verify(Some(header.as_bytes()), method, &case.url)
        };
        assert_eq!(verify(&case.account, &case.secret, &case.method), Ok(()), "{}", case.name);
        assert_eq!(verify(&case.account, &case.secret, &case.method.to_lowercase()), Ok(()), "{}", case.name);
        let refused = Err(SignatureError::Mismatch { header: "dintero-signature" });
        assert_eq!(verify(&"T87654321".parse().unwrap(), &case.secret, &case.method), refused, "{}", case.name);
        assert_eq!(verify(&case.account, "a third", &case.method), refused, "{}", case.name);
        assert_eq!(verify(&case.account, &case.secret, "DELETE"), refused, "{}", case.name);
        let signed = testing::sign_callback(&case.secret, &case.account, &case.method, &case.url, time);
        assert_eq!(signed.unwrap(), header, "{}", case.name);
    }
}

/// The file is what the script writes. Where there is no python3 there is nothing to ask.
#[test]
fn the_cases_are_those_of_the_script() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/signatures/make.py");
    match Command::new("python3").args([script, "--check"]).output() {
        Ok(told) => assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr)),
        Err(why) => eprintln!("not checked, python3 cannot be run: {why}"),
    }
}
