//! What no client should send: clear answers, and never a crash.

use crate::support::{Caller, answer, shop};
use serde_json::{Value, json};
use std::io::{Read, Write};

fn message(body: &Value) -> &str {
    body["error"]["message"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn an_unknown_path_is_told_with_the_nearest_operations() {
    let mock = shop().start().await.expect("mock");
    let caller = Caller::of(&mock);
    let (status, body) = caller.get("/v1/transaction/T12345678.x").await;
    assert!(status == 404 && message(&body).contains("GET /v1/transactions/{id}"), "{body}");
    let (status, body) = caller.get("/transactions").await;
    assert!(status == 404 && message(&body).contains("/v1/transactions"), "{body}");
    assert_eq!(caller.get("/").await.0, 404);
    assert_eq!(caller.get("/_mock/nothing").await.0, 404);
}

#[tokio::test]
async fn another_method_is_told_with_those_that_are_taken() {
    let mock = shop().start().await.expect("mock");
    let caller = Caller::of(&mock);
    let response = caller.request("DELETE", "/v1/transactions/x").send().await.expect("an answer");
    assert_eq!((response.status().as_u16(), &response.headers()["allow"]), (405, &"GET, PUT".parse().expect("header")));
    let options = caller.anonymous("OPTIONS", "/v1/transactions/x").send().await.expect("an answer");
    assert_eq!((options.status().as_u16(), options.headers().contains_key("allow")), (204, true));
    let head = caller.request("HEAD", "/v1/transactions").send().await.expect("an answer");
    assert_eq!(head.status(), 200);
}

#[tokio::test]
async fn a_body_that_is_none_or_another_or_too_large() {
    let mock = shop().body_limit(10_000).start().await.expect("mock");
    let caller = Caller::of(&mock);
    let post = || caller.request("POST", "/v1/transactions/x/capture");
    let json_type = |request: reqwest::RequestBuilder| request.header("content-type", "application/json");
    let (status, body) = answer(json_type(post()).body("{\"amount\": 1")).await;
    assert!(status == 400 && body["error"]["errors"][0]["pointer"] == "/body", "{body}");
    let (status, body) = answer(post().header("content-type", "text/plain").body("1")).await;
    assert!(status == 415 && message(&body).contains("application/json"), "{body}");
    assert_eq!(answer(post().body("{}")).await.0, 415, "no content type");
    let (status, body) = answer(json_type(post()).body(" ".repeat(10_001))).await;
    assert!(status == 413 && message(&body).contains("10000 bytes"), "{body}");
    let deep = format!("{}{}", "[".repeat(4000), "]".repeat(4000));
    assert_eq!(answer(json_type(post()).body(deep)).await.0, 400);
    let (status, body) = answer(json_type(post()).body("[]")).await;
    assert!(status == 400 && message(&body).contains("/transactions/{id}/capture"), "{body}");
}

#[tokio::test]
async fn every_violation_is_told_at_its_place() {
    let mock = shop().strict(true).start().await.expect("mock");
    let caller = Caller::of(&mock);
    let body = json!({"order": {"amount": "much", "currency": "NOK"}, "profile_id": 5, "url": {}});
    let (status, told) = caller.post("/v1/sessions-profile?include_sessions=true", body).await;
    assert_eq!(status, 400);
    let places: Vec<&str> =
        told["error"]["errors"].as_array().expect("errors").iter().filter_map(|e| e["pointer"].as_str()).collect();
    for place in ["/query/include_sessions", "/body/order/amount", "/body/order/merchant_reference", "/body/profile_id"]
    {
        assert!(places.contains(&place), "{place}: {told}");
    }
    assert!(!told.to_string().contains("much"), "what was sent is not told: {told}");
    let last = mock.requests().pop().expect("a request");
    assert_eq!((last.operation.as_deref(), last.status), (Some("session_profile_post"), 400));
    assert_eq!(last.violations.len(), places.len());
}

#[tokio::test]
async fn a_forgiving_mock_takes_what_a_strict_one_does_not() {
    for strict in [false, true] {
        let mock = shop().strict(strict).start().await.expect("mock");
        let (status, _) = Caller::of(&mock).get("/v1/transactions?unknown=1").await;
        assert_eq!(status, if strict { 400 } else { 200 });
    }
}

/// Thousands of requests of which few make sense; each has an answer, and the mock lives on.
#[tokio::test]
async fn random_requests_never_end_it() {
    let mock = shop().body_limit(4096).start().await.expect("mock");
    let caller = Caller::of(&mock);
    let mut rng = fastrand::Rng::with_seed(11);
    let pieces = [
        "v1",
        "v2",
        "accounts",
        "T12345678",
        "transactions",
        "sessions",
        "%",
        "%2F",
        "{id}",
        "..",
        "",
        "~",
        "\u{e6}",
        "capture",
        "customers",
        "_mock",
        "faults",
        "auth",
        "token",
        "sessions-profile",
        "products",
        "%00",
        "settlements",
        "a;b=c",
        ",,",
    ];
    let bodies = [
        "",
        "{",
        "null",
        "[]",
        "\"",
        "{\"amount\":1e999}",
        "{\"amount\":-1}",
        "{\"a\":{\"a\":{\"a\":[1,2]}}}",
        "\u{0}",
    ];
    let queries = [
        "",
        "?",
        "?limit=x",
        "?limit=99999999999999999999",
        "?a=%",
        "?=&&=",
        "?starting_after=%ff",
        "?includes=a&includes",
    ];
    for round in 0..2000 {
        let method = *rng
            .choice(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "MOCK"].iter())
            .expect("one");
        let path: String =
            (0..rng.usize(1..7)).map(|_| format!("/{}", rng.choice(pieces.iter()).expect("one"))).collect();
        let query = rng.choice(queries.iter()).expect("one");
        let mut request = caller.request(method, &format!("{path}{query}"));
        let fault = ["", "reset", "status=", "latency=x", "malformed", "unknown-enum"][rng.usize(0..6)];
        if !fault.is_empty() && rng.u8(..) < 20 && fault != "reset" {
            request = request.header("x-mock-fault", fault);
        }
        if rng.bool() {
            let kind = *rng
                .choice(["application/json", "text/plain", "application/json; charset=x", "*/*"].iter())
                .expect("one");
            request = request.header("content-type", kind).body(*rng.choice(bodies.iter()).expect("one"));
        }
        let status =
            request.send().await.unwrap_or_else(|why| panic!("round {round} {method} {path}{query}: {why}")).status();
        assert!(status.as_u16() < 500 || status == 501, "round {round} {method} {path}{query}: {status}");
    }
    assert_eq!(caller.get("/v1/transactions").await.0, 200);
}

/// Bytes that are no HTTP at all.
#[tokio::test]
async fn what_is_no_http_ends_its_connection_alone() {
    let mock = shop().start().await.expect("mock");
    for bytes in
        [b"\x16\x03\x01\x02\x00\x01".as_slice(), b"GET\r\n\r\n", b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n"]
    {
        let mut stream = std::net::TcpStream::connect(mock.address()).expect("connected");
        stream.write_all(bytes).expect("written");
        stream.shutdown(std::net::Shutdown::Write).expect("closed");
        let mut rest = Vec::new();
        // A reset is as good as an end.
        let _ = stream.read_to_end(&mut rest);
        assert!(!rest.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&rest));
    }
    assert_eq!(Caller::of(&mock).get("/v1/transactions").await.0, 200);
}

#[tokio::test]
async fn a_mock_that_is_dropped_answers_no_more() {
    let mock = shop().start().await.expect("mock");
    let caller = Caller::of(&mock);
    let path = "/v1/accounts/T12345678/settlements";
    assert!(caller.request("GET", path).send().await.is_ok());
    drop(mock);
    assert!(caller.request("GET", path).send().await.is_err());
}

#[tokio::test]
async fn a_refusal_has_what_the_document_requires_of_it() {
    let mock = shop().start().await.expect("mock");
    let caller = Caller::of(&mock);
    let (status, refused) = caller.post("/v1/sessions/pay", json!({"session": {}, "payment": {}})).await;
    // Nobody paid, whatever else the answer needs.
    assert_eq!((status, &refused["success"]), (400, &json!(false)), "{refused}");
    assert!(refused["error"]["errors"].is_array(), "{refused}");
}
