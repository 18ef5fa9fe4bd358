//! The example shop from end to end, in bad weather: every order is captured once, or refunded once.

#[allow(dead_code)]
#[path = "../examples/shop.rs"]
mod shop;

use dintero::events::{CallbackVerifier, EventVerifier};
use dintero::payments::types::TransactionEventObject;
use dintero::{Dintero, RetryPolicy};
use dintero_mock::{Builder, Fate, Fault, Mock, Outcome, Pay, Weather};
use shop::{OrderState, Shop};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);

/// A shop and a Dintero that know each other.
async fn open(mock: Builder) -> (Mock, Shop) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let public = format!("http://{}", listener.local_addr().unwrap());
    let mock = mock
        .service("payments")
        .webhook(format!("{public}/events"), "webhook secret")
        .signature_secret("signature secret")
        .retry_delay(Duration::from_millis(2));
    let mock = mock.start().await.unwrap();
    let dintero = Dintero::builder()
        .login(mock.account_id(), mock.client_id(), mock.client_secret())
        .base_url(mock.base_url())
        .transport(|transport| transport.retry(RetryPolicy::new().base_delay(Duration::from_millis(1))))
        .build()
        .unwrap();
    let callbacks = CallbackVerifier::new(mock.account_id().parse().unwrap(), ["signature secret"]).unwrap();
    let events = EventVerifier::hmac_sha1(["webhook secret"]).unwrap();
    let shop = Shop::new(dintero, "default", &public, callbacks, events);
    let app = shop.clone().app();
    tokio::spawn(async move { axum::serve(listener, app).await });
    assert!(mock.delivered(SOON).await, "the ping");
    (mock, shop)
}

/// How often the money of a transaction was moved, as Dintero has it.
async fn moves(mock: &Mock, transaction: &str) -> (usize, usize) {
    let dintero = Dintero::builder()
        .login(mock.account_id(), mock.client_id(), mock.client_secret())
        .base_url(mock.base_url())
        .build()
        .unwrap();
    let read = dintero.payments().get_transaction(transaction).send().await.unwrap().into_inner();
    let count = |wanted: TransactionEventObject| {
        read.events.iter().flatten().filter(|event| event.event.as_ref() == Some(&wanted)).count()
    };
    (count(TransactionEventObject::Capture), count(TransactionEventObject::Refund))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_order_is_captured_once_or_refunded_once() {
    let (mock, shop) = open(Mock::builder().pay(Pay::Manual)).await;
    // All comes twice; some comes late, unknown, new, or forged; answers are lost.
    mock.weather(Weather::default().wrong_signature().on("callback").times(1));
    mock.weather(Weather::default().old_timestamp().duplicate().on("callback").times(1));
    mock.weather(Weather::default().wrong_signature().duplicate().on("checkout_transaction").times(1));
    mock.weather(Weather::default().reorder().duplicate().on("checkout_transaction").times(3));
    mock.weather(Weather::default().unknown_event().new_field().delay(Duration::from_millis(20)).times(4));
    mock.weather(Weather::default().duplicate());
    let capture = "POST /transactions/{id}/capture";
    mock.fault(Fault::status(500).done().on(capture).times(1)).unwrap();
    mock.fault(Fault::reset().on(capture).times(1)).unwrap();
    mock.fault(Fault::status(503).on(capture).times(1)).unwrap();
    mock.fault(Fault::status(500).done().on("POST /transactions/{id}/refund").times(1)).unwrap();

    let mut transactions = Vec::new();
    for number in 0..12 {
        let reference = format!("order-{number}");
        shop.place(&reference, 1000 + number).await.unwrap();
        let session = shop.order(&reference).and_then(|order| order.session).unwrap();
        let outcome = match number {
            9 => Outcome::OnHold,
            10 => Outcome::Declined,
            11 => Outcome::Captured,
            _ => Outcome::Authorized,
        };
        transactions.push((reference, session.clone(), mock.pay(&session, outcome).unwrap()));
    }
    assert!(mock.delivered(SOON).await, "all comes to an end");
    let state = |reference: &str| shop.order(reference).unwrap().state;
    for (reference, _, transaction) in &transactions {
        let (expected, captures) = match reference.as_str() {
            "order-9" => (OrderState::OnHold, 0),
            // It has a transaction, and nothing is paid.
            "order-10" => (OrderState::Open, 0),
            _ => (OrderState::Captured, 1),
        };
        assert_eq!(state(reference), expected, "{reference}");
        assert_eq!(moves(&mock, transaction).await, (captures, 0), "{reference}");
    }

    // What was on hold is decided; two orders are paid back, each asked for twice at once.
    mock.pay(&transactions[9].1, Outcome::Authorized).unwrap();
    for reference in ["order-0", "order-1"] {
        let (first, second) = tokio::join!(shop.refund(reference), shop.refund(reference));
        assert_eq!((first.unwrap(), second.unwrap()), (OrderState::Refunded, OrderState::Refunded));
    }
    assert!(shop.refund("order-10").await.is_ok_and(|state| state == OrderState::Open), "nothing to pay back");
    assert!(mock.delivered(SOON).await);
    for (reference, _, transaction) in &transactions {
        let (expected, moved) = match reference.as_str() {
            "order-0" | "order-1" => (OrderState::Refunded, (1, 1)),
            "order-10" => (OrderState::Open, (0, 0)),
            _ => (OrderState::Captured, (1, 0)),
        };
        assert_eq!(state(reference), expected, "{reference}");
        assert_eq!(moves(&mock, transaction).await, moved, "{reference}");
    }

    let log = mock.deliveries();
    for delivery in &log {
        println!("{}", delivery.line());
    }
    let refused = |event: &str| log.iter().filter(|d| d.event == event && d.status == Some(401)).count();
    assert_eq!(refused("callback"), 2, "a wrong signature, and an old one");
    assert_eq!(refused("checkout_transaction"), 1, "and right when it comes again");
    assert!(log.iter().all(|d| d.fate != Fate::GivenUp || d.event == "callback"), "events come again");
    let lost =
        mock.requests().iter().filter(|r| r.fault.as_deref().is_some_and(|fault| fault.ends_with("; done"))).count();
    assert_eq!(lost, 3, "answers were lost");
}

#[tokio::test]
async fn the_customer_is_told_what_is_known() {
    let (mock, shop) = open(Mock::builder().pay(Pay::Manual)).await;
    shop.place("order-1", 500).await.unwrap();
    let get = async |query: &str| {
        use tower::ServiceExt;
        let request = axum::http::Request::get(format!("/thanks?{query}")).body(axum::body::Body::empty()).unwrap();
        let response = shop.clone().app().oneshot(request).await.unwrap();
        String::from_utf8(axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
    };
    assert!(get("merchant_reference=order-1&transaction_id=forged").await.contains("waiting"));
    assert!(get("merchant_reference=order-1&error=cancelled").await.contains("cancelled"));
    let session = shop.order("order-1").and_then(|order| order.session).unwrap();
    mock.pay(&session, Outcome::Authorized).unwrap();
    assert!(mock.delivered(SOON).await);
    assert!(get("merchant_reference=order-1").await.contains("on its way"));
}
