//! The two webhook examples, request by request.

#[allow(dead_code)]
#[path = "../examples/webhook_callback.rs"]
mod callback;
#[allow(dead_code)]
#[path = "../examples/webhook_events.rs"]
mod events;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use dintero::events::{CallbackVerifier, Event, EventVerifier, testing};
use dintero::{AccountId, Dintero, RetryPolicy};
use httpmock::Method::{GET, POST};
use httpmock::MockServer;
use serde_json::json;
use std::time::SystemTime;
use tokio::sync::mpsc;
use tower::ServiceExt;

async fn answer(app: &Router, request: Request<Body>) -> StatusCode {
    app.clone().oneshot(request).await.unwrap().status()
}

async fn deliver(app: &Router, event: &str, signature: &str, body: &'static str) -> StatusCode {
    let request = Request::post("/events").header("event", event).header("event-signature", signature);
    answer(app, request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn an_event_is_handed_on_and_answered() {
    let (queue, mut received) = mpsc::channel(1);
    let app = events::app(EventVerifier::hmac_sha1(["old", "new"]).unwrap(), queue);
    let body = testing::sample("checkout_transaction").unwrap();
    let signature = testing::sign_event("new", body.as_bytes());
    assert_eq!(deliver(&app, "checkout_transaction", &signature, "{}").await, 401);
    assert_eq!(deliver(&app, "checkout_transaction", "", body).await, 401);
    assert!(received.try_recv().is_err(), "nothing of that is handed on");
    assert_eq!(deliver(&app, "checkout_transaction", &signature, body).await, 200);
    // The queue is full: it is to come again.
    assert_eq!(deliver(&app, "checkout_transaction", &signature, body).await, 503);
    assert!(matches!(received.recv().await, Some(Event::CheckoutTransaction(_))));
    let (body, signature) = ("{}", testing::sign_event("old", b"{}"));
    assert_eq!(deliver(&app, "checkout_transaction", &signature, body).await, 500);
    assert_eq!(deliver(&app, "ping", &signature, body).await, 200);
}

const PUBLIC: &str = "https://shop.example";

fn account() -> AccountId {
    "T12345678".parse().unwrap()
}

async fn call_back(dintero: &MockServer, query: &str, secret: &str) -> StatusCode {
    let client = Dintero::builder()
        .login("T12345678", "client", "secret")
        .base_url(dintero.base_url())
        .transport(|transport| transport.retry(RetryPolicy::none()))
        .build()
        .unwrap();
    let verifier = CallbackVerifier::new(account(), ["secret"]).unwrap();
    let app = callback::app(verifier, client, PUBLIC);
    let path = format!("/callback?{query}");
    let signature =
        testing::sign_callback(secret, &account(), "GET", &format!("{PUBLIC}{path}"), SystemTime::now()).unwrap();
    let request = Request::get(path).header("dintero-signature", signature);
    answer(&app, request.body(Body::empty()).unwrap()).await
}

const QUERY: &str = "transaction_id=T12345678.t&merchant_reference=order%201&time=2026-11-23T10:00:00Z";

#[tokio::test]
async fn a_callback_is_believed_once_the_transaction_is_read() {
    let dintero = MockServer::start_async().await;
    let token = dintero
        .mock_async(|when, then| {
            when.method(POST).path("/v1/accounts/T12345678/auth/token");
            then.status(200).json_body(json!({"access_token": "t", "token_type": "Bearer", "expires_in": 14400}));
        })
        .await;
    let transaction = dintero
        .mock_async(|when, then| {
            when.method(GET).path("/v1/transactions/T12345678.t");
            then.status(200).json_body(json!({
                "id": "T12345678.t", "amount": 29990, "currency": "NOK", "status": "AUTHORIZED",
                "payment_product": "payex", "payment_product_type": "payex.creditcard"
            }));
        })
        .await;
    assert_eq!(call_back(&dintero, QUERY, "secret").await, 200);
    transaction.assert_calls_async(1).await;
    // Forged: nothing is asked of Dintero.
    assert_eq!(call_back(&dintero, QUERY, "guessed").await, 401);
    transaction.assert_calls_async(1).await;
    token.assert_calls_async(1).await;
}

#[tokio::test]
async fn failures_of_the_shop_are_answered_503() {
    let dintero = MockServer::start_async().await;
    // No login is to be had.
    assert_eq!(call_back(&dintero, QUERY, "secret").await, 503);
    // The query is not what is published.
    assert_eq!(call_back(&dintero, "transaction_id=T12345678.t", "secret").await, 503);
}
