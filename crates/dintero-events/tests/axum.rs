//! The extractors and the layer, as a handler meets them.

use axum::body::Body;
use axum::extract::{FromRef, State};
use axum::http::{Request, StatusCode};
use axum::routing::{any, post};
use axum::{Extension, Router};
use dintero_events::{
    CallbackVerifier, Event, EventVerifier, PublicUrl, Refused, VerifiedCallback, VerifiedEvent, VerifyLayer,
    parse_callback, testing,
};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tower::ServiceExt;

type Told = Arc<Mutex<Vec<String>>>;

#[derive(Clone, FromRef)]
struct Shop {
    events: EventVerifier,
    callbacks: CallbackVerifier,
    public: PublicUrl,
    told: Told,
}

const PUBLIC: &str = "https://shop.example";

fn shop(public: &str) -> (Router, Told) {
    let told = Told::default();
    let shop = Shop {
        events: EventVerifier::hmac_sha1(["secret"]).unwrap(),
        callbacks: CallbackVerifier::new("T12345678".parse().unwrap(), ["secret"]).unwrap(),
        public: PublicUrl::new(public),
        told: Arc::clone(&told),
    };
    let event = async |State(told): State<Told>, delivered: VerifiedEvent| {
        let delivery = delivered.delivery.unwrap_or_default();
        told.lock().unwrap().push(format!("{} {delivery} {}", delivered.event.name(), delivered.body.len()));
    };
    let callback = async |State(told): State<Told>, called: Result<VerifiedCallback, Refused>| {
        let called = called.map_err(|why| why.status())?;
        told.lock().unwrap().push(serde_json::to_string(&called.callback).unwrap());
        Ok::<_, StatusCode>(())
    };
    let layered = async |State(told): State<Told>, Extension(event): Extension<Event>, body: String| {
        told.lock().unwrap().push(format!("{} {}", event.name(), body.len()));
    };
    let layer = VerifyLayer::events(EventVerifier::hmac_sha1(["secret"]).unwrap());
    let router = Router::new()
        .route("/layered", post(layered).layer(layer))
        .route("/events", post(event))
        .route("/callback", any(callback))
        .with_state(shop);
    (router, told)
}

async fn status(shop: &Router, request: Request<Body>) -> u16 {
    shop.clone().oneshot(request).await.unwrap().status().as_u16()
}

fn delivery(path: &str, event: &str, body: &str, secret: &str) -> Request<Body> {
    Request::post(path)
        .header("event", event)
        .header("event-delivery", "d1")
        .header("event-signature", testing::sign_event(secret, body.as_bytes()))
        .body(Body::from(body.to_owned()))
        .unwrap()
}

#[tokio::test]
async fn an_event_reaches_its_handler_only_when_it_is_believed_and_understood() {
    let (shop, told) = shop(PUBLIC);
    // Whichever is published.
    let sampled = |event: &&'static str| Some((*event, testing::sample_with(event, &[("/own", "T12345678.a")])?));
    let Some((event, body)) = Event::TYPED.iter().find_map(sampled) else {
        return println!("skipped: no event has a published payload");
    };
    for path in ["/events", "/layered"] {
        assert_eq!(status(&shop, delivery(path, event, &body, "guessed")).await, 401);
        assert_eq!(status(&shop, delivery(path, event, "{}", "secret")).await, 503, "it is to come again");
        assert_eq!(status(&shop, Request::post(path).body(Body::from(body.clone())).unwrap()).await, 401);
        assert!(told.lock().unwrap().is_empty());
        assert_eq!(status(&shop, delivery(path, event, &body, "secret")).await, 200);
        let told = std::mem::take(&mut *told.lock().unwrap());
        let delivery = if path == "/events" { "d1 " } else { "" };
        assert_eq!(told, [format!("{event} {delivery}{}", body.len())]);
    }
}

fn call(query: &str, secret: &str, time: SystemTime) -> Request<Body> {
    let path = format!("/callback?{query}");
    let account = "T12345678".parse().unwrap();
    let signature = testing::sign_callback(secret, &account, "GET", &format!("{PUBLIC}{path}"), time).unwrap();
    Request::get(path).header("dintero-signature", signature).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_callback_reaches_its_handler_only_when_it_is_believed_and_understood() {
    let (ours, told) = shop("https://shop.example/");
    let query = "transaction_id=T12345678.t&merchant_reference=order%201&time=2026-11-23T10:00:00Z";
    let now = SystemTime::now();
    assert_eq!(status(&ours, call(query, "guessed", now)).await, 401);
    assert_eq!(status(&ours, call(query, "secret", now - Duration::from_secs(3600))).await, 401);
    // By a document that requires nothing of a callback, all is understood.
    if parse_callback("/callback?time=x").is_err() {
        assert_eq!(status(&ours, call("time=x", "secret", now)).await, 503, "it is to come again");
    }
    assert!(told.lock().unwrap().is_empty());
    assert_eq!(status(&ours, call(query, "secret", now)).await, 200);
    assert!(told.lock().unwrap().concat().contains("order 1"));
    // The shop does not know its own address: its failure, never the end of the callback.
    let (misled, _) = shop("shop.example");
    assert_eq!(status(&misled, call(query, "secret", now)).await, 503);
}
