//! Receives the events of a subscription with axum: verifies, hands on, answers at once.
//!
//! With `DINTERO_WEBHOOK_SECRET`, the secret of the subscription, it serves `POST /events` on `ADDRESS`
//! (127.0.0.1:3000 unless set). Without it, it delivers a signed sample to itself and ends.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::{Router, extract::State, routing::post};
use dintero::events::{Event, EventVerifier, Headers, parse, testing};
use std::error::Error;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tower::ServiceExt;

#[derive(Clone)]
struct Inbox {
    verifier: EventVerifier,
    /// What a shop would write to its database or its queue.
    queue: Sender<Event>,
}

pub fn app(verifier: EventVerifier, queue: Sender<Event>) -> Router {
    Router::new().route("/events", post(receive)).with_state(Inbox { verifier, queue })
}

async fn receive(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let headers = Headers::new(|name| headers.get(name).map(|value| value.as_bytes()));
    if let Err(why) = inbox.verifier.verify(&headers, &body) {
        eprintln!("refused: {why}");
        return StatusCode::UNAUTHORIZED;
    }
    let event = match parse(&headers, &body) {
        Ok(event) => event,
        // Dintero sends it again, a few times; the body is in the error, for a person to look at.
        Err(why) => {
            eprintln!("not understood: {why}");
            return StatusCode::INTERNAL_SERVER_ERROR;
        }
    };
    match inbox.queue.try_send(event) {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn work(mut queue: Receiver<Event>) {
    while let Some(event) = queue.recv().await {
        match event {
            Event::CheckoutTransaction(event) => println!("transaction {} changed", event.transaction.id),
            Event::CheckoutTokenAdd(event) => println!("card token {} was added", event.token.id),
            other => println!("{} is of no interest to this shop", other.name()),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (queue, events) = mpsc::channel(100);
    match std::env::var("DINTERO_WEBHOOK_SECRET") {
        Ok(secret) => {
            tokio::spawn(work(events));
            let address = std::env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".into());
            let listener = tokio::net::TcpListener::bind(&address).await?;
            println!("POST http://{address}/events");
            axum::serve(listener, app(EventVerifier::hmac_sha1([secret])?, queue)).await?;
        }
        Err(_) => {
            println!("no DINTERO_WEBHOOK_SECRET: a sample, delivered within this process");
            let body = testing::sample("checkout_transaction").unwrap_or_default();
            let delivery = Request::post("/events")
                .header("event", "checkout_transaction")
                .header("event-signature", testing::sign_event("secret", body.as_bytes()))
                .body(Body::from(body))?;
            let app = app(EventVerifier::hmac_sha1(["secret"])?, queue);
            println!("answered {}", app.oneshot(delivery).await?.status());
            // The app is gone and its end of the queue with it, so that this comes to an end.
            work(events).await;
        }
    }
    Ok(())
}
