//! The events of a subscription with axum: verified by an extractor, handled once each, answered at once.

use axum::{Router, extract::FromRef, extract::State, http::StatusCode, routing::post};
use dintero::events::{Event, EventVerifier, Memory, Once, VerifiedEvent, once};
use dintero_mock::{Mock, Weather};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, FromRef)]
struct Shop {
    events: EventVerifier,
    /// Which deliveries were handled. A shop of more than one process keeps them in its database.
    seen: Arc<Memory>,
}

/// Called for what Dintero signed; whatever else comes is answered 401 before.
async fn events(State(seen): State<Arc<Memory>>, delivered: VerifiedEvent) -> StatusCode {
    let handled = once(&*seen, delivered.delivery.as_deref(), || async {
        match &delivered.event {
            // It says that something changed; read the transaction before an order is changed.
            Event::CheckoutTransaction(event) => println!("transaction {} changed", event.transaction.id),
            other => println!("{} is of no interest to this shop", other.name()),
        }
        Ok::<_, dintero::Error>(())
    });
    match handled.await {
        Ok(Once::Did(()) | Once::DoneBefore) => StatusCode::OK,
        Ok(Once::UnderWay) | Err(_) => StatusCode::SERVICE_UNAVAILABLE, // Dintero comes again
    }
}

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let secret = "the secret that the subscription was made with";
    let shop = Shop { events: EventVerifier::hmac_sha1([secret])?, seen: Arc::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/events", listener.local_addr()?);
    let app = Router::new().route("/events", post(events)).with_state(shop);
    tokio::spawn(async move { axum::serve(listener, app).await });

    // A local Dintero delivers here, each event twice. A subscription begins with a `ping`.
    let mock = Mock::builder().service("webhooks").weather(Weather::default().duplicate()).webhook(url, secret);
    let mock = mock.start().await?;
    if !mock.delivered(Duration::from_secs(60)).await {
        return Err("the deliveries did not come".into());
    }
    println!("{} deliveries", mock.deliveries().len());
    Ok(())
}
