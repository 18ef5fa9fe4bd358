//! What is not believed, and why.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dintero_events::{AccountId, CallbackVerifier, EventVerifier, Headers, SignatureError, testing};

const BODY: &[u8] = br#"{"event":"checkout_transaction","account_id":"T12345678"}"#;
const URL: &str = "https://shop.example/callback?transaction_id=T12345678.a&merchant_reference=1";

fn headers<'a>(signature: Option<&'a [u8]>, authorization: Option<&'a [u8]>) -> Headers<'a> {
    Headers::new(move |name| match name {
        "event-signature" => signature,
        "authorization" => authorization,
        _ => None,
    })
}

fn hmac() -> EventVerifier {
    EventVerifier::hmac_sha1(["secret"]).unwrap()
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn account() -> AccountId {
    "T12345678".parse().unwrap()
}

fn callbacks() -> CallbackVerifier {
    CallbackVerifier::new(account(), ["secret"]).unwrap().clock(now)
}

fn signed_at(time: SystemTime) -> String {
    testing::sign_callback("secret", &account(), "GET", URL, time).unwrap()
}

fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

#[test]
fn every_flipped_bit_of_a_delivery_is_refused() {
    let verifier = hmac();
    let signature = testing::sign_event("secret", BODY);
    assert_eq!(verifier.verify(&headers(Some(signature.as_bytes()), None), BODY), Ok(()));
    let mut count = 0;
    for body in flips(BODY) {
        let refused = verifier.verify(&headers(Some(signature.as_bytes()), None), &body);
        assert_eq!(refused, Err(SignatureError::Mismatch { header: "event-signature" }));
        count += 1;
    }
    for bytes in flips(&base16ct::lower::decode_vec(&signature).unwrap()) {
        let text = base16ct::lower::encode_string(&bytes);
        let refused = verifier.verify(&headers(Some(text.as_bytes()), None), BODY);
        assert_eq!(refused, Err(SignatureError::Mismatch { header: "event-signature" }));
        count += 1;
    }
    assert_eq!(count, BODY.len() * 8 + 160);
    // In the text a flip can also turn a letter's case, which is the same signature; nothing else gets through.
    for text in flips(signature.as_bytes()) {
        let accepted = verifier.verify(&headers(Some(&text), None), BODY).is_ok();
        assert_eq!(accepted, text.eq_ignore_ascii_case(signature.as_bytes()), "{}", String::from_utf8_lossy(&text));
    }
}

#[test]
fn every_flipped_bit_of_a_callback_is_refused() {
    let verifier = callbacks();
    let header = signed_at(now());
    assert_eq!(verifier.verify(Some(header.as_bytes()), "GET", URL), Ok(()));
    for flipped in flips(header.as_bytes()) {
        let accepted = verifier.verify(Some(&flipped), "GET", URL).is_ok();
        // As above: the case of a hex digit.
        let (same, name) = (flipped.eq_ignore_ascii_case(header.as_bytes()), header.rfind('=').unwrap());
        assert_eq!(
            accepted,
            same && flipped[..name] == header.as_bytes()[..name],
            "{}",
            String::from_utf8_lossy(&flipped)
        );
    }
    // Scheme and letter case of the host are not signed; all that follows the host is.
    let host = URL.find("/callback").unwrap();
    for tail in flips(&URL.as_bytes()[host..]) {
        let Ok(tail) = String::from_utf8(tail) else { continue };
        let url = format!("{}{tail}", &URL[..host]);
        assert!(verifier.verify(Some(header.as_bytes()), "GET", &url).is_err(), "{url:?}");
    }
}

#[test]
fn each_fault_of_an_event_signature_is_told_apart() {
    let verifier = hmac();
    let right = testing::sign_event("secret", BODY);
    let header = "event-signature";
    let verify =
        |signature: Option<&str>| verifier.verify(&headers(signature.map(str::as_bytes), None), BODY).unwrap_err();
    assert_eq!(verify(None), SignatureError::Missing { header });
    assert_eq!(verify(Some("")), SignatureError::Empty { header });
    assert_eq!(verify(Some(&right[1..])), SignatureError::OddLength { header, digits: 39 });
    assert_eq!(verify(Some(&right[2..])), SignatureError::WrongLength { header, digits: 38, expected: 40 });
    assert_eq!(verify(Some(&right.repeat(2))), SignatureError::WrongLength { header, digits: 80, expected: 40 });
    assert_eq!(verify(Some(&format!("sha1={right}"))), SignatureError::NotHex { header });
    assert_eq!(verify(Some(&format!(" {right}"))), SignatureError::NotHex { header });
    assert_eq!(verify(Some("ø")), SignatureError::NotHex { header });
    assert_eq!(verify(Some(&"0".repeat(40))), SignatureError::Mismatch { header });
}

#[test]
fn aws4_is_refused_by_name_and_never_accepted() {
    let aws = b"AWS4-HMAC-SHA256 Credential=AKIA/20261123/eu-west-1/execute-api/aws4_request, SignedHeaders=host, Signature=00";
    let odd = b"  aws4-hmac-sha256 Credential=x";
    for header in [aws.as_slice(), odd] {
        assert_eq!(hmac().verify(&headers(None, Some(header)), BODY), Err(SignatureError::Aws4));
        // Not even if somebody gives it as the fixed value.
        let fixed = String::from_utf8(header.trim_ascii().to_vec()).unwrap();
        let fixed = EventVerifier::authorization([fixed]).unwrap();
        assert_eq!(fixed.verify(&headers(None, Some(header)), BODY), Err(SignatureError::Aws4));
    }
    assert!(SignatureError::Aws4.to_string().contains("AWS4-HMAC-SHA256"));
}

#[test]
fn a_fixed_authorization_must_be_the_same_to_the_byte() {
    let verifier = EventVerifier::authorization(["Basic b2xk", "Bearer new"]).unwrap();
    let header = "authorization";
    for value in ["Basic b2xk", "Bearer new"] {
        assert_eq!(verifier.verify(&headers(None, Some(value.as_bytes())), BODY), Ok(()));
    }
    for value in ["Basic b2xK", "bearer new", "Bearer new ", "Bearer ne", "x"] {
        let refused = verifier.verify(&headers(None, Some(value.as_bytes())), BODY);
        assert_eq!(refused, Err(SignatureError::Mismatch { header }), "{value}");
    }
    assert_eq!(verifier.verify(&headers(None, None), BODY), Err(SignatureError::Missing { header }));
    assert_eq!(verifier.verify(&headers(None, Some(b"")), BODY), Err(SignatureError::Empty { header }));
    // A signature does not stand in for it.
    let signature = testing::sign_event("Bearer new", BODY);
    let refused = verifier.verify(&headers(Some(signature.as_bytes()), None), BODY);
    assert_eq!(refused, Err(SignatureError::Missing { header }));
}

#[test]
fn without_a_secret_nothing_is_verified() {
    assert!(EventVerifier::hmac_sha1(Vec::<String>::new()).is_err());
    assert!(EventVerifier::hmac_sha1(["secret", ""]).is_err());
    assert!(EventVerifier::authorization([""]).is_err());
    assert!(CallbackVerifier::new(account(), [""]).is_err());
}

#[test]
fn a_replay_outside_of_the_tolerance_is_refused() {
    let second = Duration::from_secs(1);
    let limit = Duration::from_secs(300);
    let verify = |verifier: &CallbackVerifier, time| verifier.verify(Some(signed_at(time).as_bytes()), "GET", URL);
    let verifier = callbacks();
    assert_eq!(verify(&verifier, now() - limit), Ok(()));
    assert_eq!(verify(&verifier, now() + limit), Ok(()));
    assert_eq!(verify(&verifier, now() - limit - second), Err(SignatureError::Expired { age: limit + second }));
    assert_eq!(verify(&verifier, now() + limit + second), Err(SignatureError::Early { ahead: limit + second }));
    let strict = callbacks().tolerance(second);
    assert_eq!(verify(&strict, now() - second), Ok(()));
    assert_eq!(verify(&strict, now() - 2 * second), Err(SignatureError::Expired { age: 2 * second }));
    // The same request, an hour later.
    let later = callbacks().clock(|| now() + Duration::from_secs(3600));
    assert_eq!(verify(&later, now()), Err(SignatureError::Expired { age: Duration::from_secs(3600) }));
    // A time that was moved is another signature.
    let moved = signed_at(now()).replace("t=1700000000", "t=1700003600");
    let refused = later.verify(Some(moved.as_bytes()), "GET", URL);
    assert_eq!(refused, Err(SignatureError::Mismatch { header: "dintero-signature" }));
    // The end of all times, and a clock before the first.
    let last = signed_at(UNIX_EPOCH + Duration::from_secs(u64::from(u32::MAX)));
    assert!(matches!(verifier.verify(Some(last.as_bytes()), "GET", URL), Err(SignatureError::Early { .. })));
    let before = callbacks().clock(|| UNIX_EPOCH - Duration::from_secs(9));
    assert!(matches!(verify(&before, now()), Err(SignatureError::Early { .. })));
}

#[test]
fn another_account_method_host_path_or_query_is_refused() {
    let header = signed_at(now());
    let refused = Err(SignatureError::Mismatch { header: "dintero-signature" });
    let other = CallbackVerifier::new("T87654321".parse().unwrap(), ["secret"]).unwrap().clock(now);
    assert_eq!(other.verify(Some(header.as_bytes()), "GET", URL), refused);
    assert_eq!(callbacks().verify(Some(header.as_bytes()), "POST", URL), refused);
    for url in [
        URL.replace("shop.example", "evil.example"),
        URL.replace("/callback", "/callback/"),
        URL.replace("reference=1", "reference=2"),
        format!("{URL}&error=cancelled"),
        format!("{URL}&"), // the same query
    ] {
        let same = url.ends_with('&');
        assert_eq!(
            callbacks().verify(Some(header.as_bytes()), "GET", &url),
            if same { Ok(()) } else { refused.clone() }
        );
    }
    for url in ["/callback?a=1", "", "shop.example/callback", "mailto:shop@example"] {
        let told = callbacks().verify(Some(header.as_bytes()), "GET", url);
        assert!(matches!(told, Err(SignatureError::Url { .. })), "{url}: {told:?}");
    }
}

#[test]
fn each_fault_of_a_callback_header_is_told_apart() {
    let header = "dintero-signature";
    let right = signed_at(now());
    let digits = right.rsplit('=').next().unwrap().to_owned();
    let verify = |text: &str| callbacks().verify(Some(text.as_bytes()), "GET", URL);
    assert_eq!(callbacks().verify(None, "GET", URL), Err(SignatureError::Missing { header }));
    assert_eq!(verify(" "), Err(SignatureError::Empty { header }));
    assert_eq!(verify("t=1700000000,v0-hmac-sha256="), Err(SignatureError::Empty { header }));
    assert_eq!(verify("t=1700000000,v0-hmac-sha256=abc"), Err(SignatureError::OddLength { header, digits: 3 }));
    assert_eq!(
        verify("t=1700000000,v0-hmac-sha256=abcd"),
        Err(SignatureError::WrongLength { header, digits: 4, expected: 64 })
    );
    assert_eq!(verify(&right.replace(&digits, "no hex")), Err(SignatureError::NotHex { header }));
    assert_eq!(verify("t=1700000000,v9-hmac-sha512=abcd"), Err(SignatureError::UnknownVersion { header }));
    assert_eq!(verify("t=1700000000"), Err(SignatureError::UnknownVersion { header }));
    for text in [
        "nonsense",
        &format!("v0-hmac-sha256={digits}"),
        &format!("t=,v0-hmac-sha256={digits}"),
        &format!("t=-1,v0-hmac-sha256={digits}"),
        &format!("t=+1700000000,v0-hmac-sha256={digits}"),
        &format!("t=1.7e9,v0-hmac-sha256={digits}"),
        &format!("t=99999999999999999999,v0-hmac-sha256={digits}"),
        &format!("t=1700000000,t=1700000000,v0-hmac-sha256={digits}"),
        &format!("{right},"),
    ] {
        assert!(matches!(verify(text), Err(SignatureError::Malformed { .. })), "{text}: {:?}", verify(text));
    }
    assert!(matches!(callbacks().verify(Some(b"t=\xff"), "GET", URL), Err(SignatureError::Malformed { .. })));
}

#[test]
fn several_signatures_and_new_versions_are_taken() {
    let right = signed_at(now());
    let (time, signature) = right.split_once(',').unwrap();
    let wrong = format!("v0-hmac-sha256={}", "0".repeat(64));
    for header in [
        format!("{time},{wrong},{signature}"),
        format!("{time},{signature},{wrong}"),
        format!("{time},v1-ed25519=AAAA==,{signature}"),
        format!("{time},v0-hmac-sha256=broken,{signature}"),
        format!("{signature},{time}"),
        format!("{time}, {signature}"),
        right.to_uppercase().replacen('T', "t", 1).replace("V0-HMAC-SHA256", "v0-hmac-sha256"),
    ] {
        assert_eq!(callbacks().verify(Some(header.as_bytes()), "GET", URL), Ok(()), "{header}");
    }
    let header = format!("{time},{wrong},{wrong}");
    let refused = Err(SignatureError::Mismatch { header: "dintero-signature" });
    assert_eq!(callbacks().verify(Some(header.as_bytes()), "GET", URL), refused);
}

#[test]
fn secrets_show_nowhere() {
    let shown = format!("{:?} {:?}", hmac(), callbacks());
    assert!(shown.contains("hidden") && !shown.contains("\"secret\""), "{shown}");
    let header = headers(Some(b"5ec7e7"), Some(b"Bearer 5ec7e7"));
    assert!(!format!("{header:?}").contains("5ec7e7"));
}
