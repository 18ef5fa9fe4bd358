//! What goes wrong on demand, as a client sees it.

use crate::support::{Caller, answer, shop};
use dintero_mock::{Fault, Mock};
use serde_json::json;
use std::time::{Duration, Instant};

async fn mock() -> (Mock, Caller) {
    let mock = shop().stateful(false).start().await.expect("mock");
    let caller = Caller::of(&mock);
    (mock, caller)
}

const PATH: &str = "/v1/transactions/any";

#[tokio::test]
async fn statuses_come_as_often_as_asked_and_only_where() {
    let (mock, caller) = mock().await;
    mock.fault(Fault::status(429).retry_after(3).on("GET /transactions/{id}").times(2)).expect("served");
    assert_eq!(caller.get("/v1/transactions").await.0, 200, "another operation");
    for _ in 0..2 {
        let response = caller.request("GET", PATH).send().await.expect("an answer");
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (429, &"3".parse().expect("header"))
        );
    }
    assert_eq!(caller.get(PATH).await.0, 200);
    let (status, body) = answer(caller.request("GET", PATH).header("x-mock-fault", "status=503")).await;
    assert_eq!((status, &body["error"]["code"]), (503, &json!("SERVICE_UNAVAILABLE")), "nothing made up: {body}");
    let (status, body) = answer(caller.request("GET", PATH).header("x-mock-fault", "nonsense")).await;
    assert!(status == 400 && body["error"]["errors"][0]["pointer"] == "/header/x-mock-fault", "{body}");
}

#[tokio::test]
async fn a_broken_connection_is_no_answer() {
    let (_mock, caller) = mock().await;
    let reset = caller.request("GET", PATH).header("x-mock-fault", "reset").send().await;
    assert!(reset.is_err(), "{reset:?}");
    let head = caller.request("GET", PATH).header("x-mock-fault", "truncated").send().await.expect("a head");
    assert_eq!(head.status(), 200);
    assert!(head.bytes().await.is_err(), "the body breaks off");
    assert_eq!(caller.get(PATH).await.0, 200, "the mock goes on");
}

#[tokio::test]
async fn bodies_are_spoiled() {
    let (mock, caller) = mock().await;
    mock.fault(Fault::malformed().times(1)).expect("served");
    let text = caller.request("GET", PATH).send().await.expect("an answer").text().await.expect("a body");
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_err(), "{text}");
    mock.fault(Fault::unknown_enum().times(1)).expect("served");
    assert_eq!(caller.get(PATH).await.1["status"], "MOCK_UNKNOWN_VALUE");
    mock.fault(Fault::extra_field().times(1)).expect("served");
    assert_eq!(caller.get(PATH).await.1["mock_extra_field"], "new");
}

#[tokio::test]
async fn an_answer_comes_later() {
    let (mock, caller) = mock().await;
    mock.fault(Fault::latency(Duration::from_millis(80))).expect("served");
    let begun = Instant::now();
    assert_eq!(caller.get(PATH).await.0, 200);
    assert!(begun.elapsed() >= Duration::from_millis(80));
}

#[tokio::test]
async fn faults_are_asked_for_over_the_wire_too() {
    let (_mock, caller) = mock().await;
    let fault = json!({"fault": "status=500", "operation": "transaction_get", "service": "shop", "times": 1});
    assert_eq!(caller.post("/_mock/faults", fault).await.0, 204);
    assert_eq!(caller.get(PATH).await.0, 500);
    assert_eq!(caller.get(PATH).await.0, 200);
    for wrong in [
        json!({"fault": "status=500", "operation": "no_such_operation"}),
        json!({"fault": "explode"}),
        json!({"what": "status=500"}),
        json!([]),
    ] {
        let (status, body) = caller.post("/_mock/faults", wrong).await;
        assert!(status == 400 && body["error"]["message"].is_string(), "{body}");
    }
    assert_eq!(caller.post("/_mock/faults", json!({"fault": "status=409"})).await.0, 204);
    assert_eq!(answer(caller.request("DELETE", "/_mock/faults")).await.0, 204);
    assert_eq!(caller.get(PATH).await.0, 200);
}

#[tokio::test]
async fn what_was_done_and_what_was_not_are_told_apart() {
    let mock = shop().start().await.expect("mock");
    let caller = Caller::of(&mock);
    let order = json!({"amount": 100, "currency": "NOK", "merchant_reference": "order-1"});
    let body = json!({"profile_id": "default", "url": {"return_url": "https://a.example"}, "order": order});
    let (_, made) = caller.post("/v1/sessions-profile", body).await;
    let (_, read) = caller.get(&format!("/v1/sessions/{}", made["id"].as_str().expect("id"))).await;
    let path = format!("/v1/transactions/{}", read["transaction_id"].as_str().expect("transaction"));
    let capture = |amount: i64, fault: &str| {
        let request = caller.request("POST", &format!("{path}/capture")).json(&json!({"amount": amount}));
        request.header("x-mock-fault", fault).timeout(Duration::from_secs(2)).send()
    };
    let captures = async || caller.get(&path).await.1["events"].as_array().map(Vec::len).expect("events") - 2;
    for (fault, done) in [
        ("status=500", 0),
        ("reset; not-done", 0),
        ("status=500; done", 1),
        ("reset", 2),
        ("timeout", 3),
        ("timeout; not-done", 3),
    ] {
        let answer = capture(10, fault).await;
        assert_eq!(answer.is_ok_and(|answer| answer.status() == 500), fault.starts_with("status"), "{fault}");
        assert_eq!(captures().await, done, "{fault}");
    }
    // What is refused is not lost.
    assert_eq!(capture(1000, "status=500; done").await.expect("an answer").status(), 400);
    let told: Vec<String> = mock.requests().into_iter().filter_map(|request| request.fault).collect();
    assert!(
        told.contains(&"status=500; done".to_owned()) && told.contains(&"status=500; not-done".to_owned()),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_fault_for_an_operation_that_is_not_served_names_the_nearest() {
    let (mock, _) = mock().await;
    let why = mock.fault(Fault::reset().on("POST /transactions/{id}/captures")).expect_err("refused").to_string();
    assert!(why.contains("the nearest are POST /transactions/{id}/capture"), "{why}");
    assert!(mock.fault(Fault::reset().in_service("shops")).is_err_and(|why| why.to_string().contains("shop")));
}
