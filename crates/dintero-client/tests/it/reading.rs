//! Answers that are not quite as the document says.

use std::sync::{Arc, Mutex};

use crate::support::*;
use dintero_client::{Call, Drift, DriftKind, ErrorKind};
use httpmock::MockServer;
use serde_json::json;

dintero_client::object! {
    /// A transaction.
    read pub struct Transaction {
        pub id: String,
    } optional {
        pub events: Option<Vec<Event>>,
        pub status: Option<Status>,
    }
}

dintero_client::object! {
    /// An event.
    read pub struct Event {
        pub id: String,
    } optional {
        pub error: Option<String>,
    }
}

dintero_client::open_enum! {
    /// Status.
    pub enum Status {
        /// Yes.
        Authorized = "AUTHORIZED",
    }
}

/// Calls that get this answer, and what is heard of it.
async fn answering(body: serde_json::Value, strict: bool) -> (MockServer, Call, Arc<Mutex<Vec<(DriftKind, String)>>>) {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.any_request();
            then.status(200).header("content-type", "application/json").json_body(body);
        })
        .await;
    let heard: Arc<Mutex<Vec<_>>> = Arc::default();
    let tell = heard.clone();
    let observer = move |drift: &Drift| {
        assert_eq!(drift.operation.name, GET.name);
        tell.lock().unwrap().push((drift.kind, drift.path.clone()));
    };
    let transport = builder(&server).bearer_token("own").strict_reading(strict).on_drift(observer).build().unwrap();
    (server, transport.call(&GET), heard)
}

#[tokio::test]
async fn an_optional_field_costs_no_answer_and_is_told() {
    let body = json!({"id": "1", "events": [{"id": "a", "error": {"code": "4711"}}, {"id": "b", "error": ["x"]}]});
    let (_server, call, heard) = answering(body.clone(), false).await;
    let answer = call.clone().json::<Transaction>(send(&call)).await.expect("an error code costs no transaction");
    let unread: Vec<_> = answer.unread().iter().map(|u| (u.path.as_str(), u.expected.as_str(), u.found)).collect();
    assert_eq!(unread, [("$.events[0].error", "a string", "object"), ("$.events[1].error", "a string", "list")]);
    assert!(!format!("{answer:?} {:?}", answer.unread()).contains("4711"));
    assert_eq!(serde_json::to_value(&*answer).unwrap(), body);
    let again = call.clone().json::<Transaction>(send(&call)).await.unwrap();
    assert_eq!(again.map(|t| t.id).unread().len(), 2, "map keeps it");
    assert_eq!(*heard.lock().unwrap(), [(DriftKind::UnreadField, "$.events[].error".to_owned())]);
}

#[tokio::test]
async fn strict_reading_fails_with_path_and_body() {
    let (_server, call, _) = answering(json!({"id": "1", "events": [{"id": "a", "error": 4711}]}), true).await;
    let error = call.clone().json::<Transaction>(send(&call)).await.unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Decode, Some("$.events[0].error")));
}

#[tokio::test]
async fn what_is_always_there_fails_with_path_and_body() {
    let (_server, call, _) = answering(json!({"id": 4711, "events": 1}), false).await;
    let error = call.clone().json::<Transaction>(send(&call)).await.unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Decode, Some("$.id")));
    assert!(!error.to_string().contains("4711") && error.body().len() > 10);
}

#[tokio::test]
async fn news_is_heard_once_and_what_is_known_never() {
    let body =
        json!({"id": "1", "status": "ON_MARS", "new": 1, "events": [{"id": "a", "later": 1}, {"id": "b", "later": 1}]});
    let (_server, call, heard) = answering(body, false).await;
    for _ in 0..3 {
        call.clone().json::<Transaction>(send(&call)).await.unwrap();
    }
    let mut heard = std::mem::take(&mut *heard.lock().unwrap());
    heard.sort_by(|a, b| a.1.cmp(&b.1));
    let unknown = |path: &str| (DriftKind::UnknownField, path.to_owned());
    let value = (DriftKind::UnknownValue, "$.status".to_owned());
    assert_eq!(heard, [unknown("$.events[].later"), unknown("$.new"), value]);
    let (_server, call, heard) = answering(json!({"id": "1", "status": "AUTHORIZED", "events": null}), false).await;
    call.clone().json::<Transaction>(send(&call)).await.unwrap();
    assert!(heard.lock().unwrap().is_empty());
}
