//! Receives the callbacks of checkout sessions with axum: verifies, reads the transaction from Dintero, then acts.
//!
//! A callback only says that something happened. What counts is the transaction, read through the client. Failures of
//! the shop's own are answered 503, so that Dintero calls again; a 4xx would be the end of it.
//!
//! Needs the login (`DINTERO_ACCOUNT_ID`, `DINTERO_CLIENT_ID`, `DINTERO_CLIENT_SECRET`), `DINTERO_SIGNATURE_SECRET`, and
//! `PUBLIC_URL`, under which Dintero reaches this server, such as https://shop.example; serves `/callback` on `ADDRESS`
//! (127.0.0.1:3000 unless set).

use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::{Router, extract::State, routing::any};
use dintero::Dintero;
use dintero::events::{CallbackVerifier, parse_callback};
use dintero::payments::types::TransactionStatus;
use std::error::Error;

#[derive(Clone)]
struct Shop {
    verifier: CallbackVerifier,
    dintero: Dintero,
    /// Behind a proxy the request itself does not know it.
    public_url: String,
}

pub fn app(verifier: CallbackVerifier, dintero: Dintero, public_url: impl Into<String>) -> Router {
    let shop = Shop { verifier, dintero, public_url: public_url.into() };
    Router::new().route("/callback", any(callback)).with_state(shop)
}

async fn callback(State(shop): State<Shop>, method: Method, uri: Uri, headers: HeaderMap) -> StatusCode {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let url = format!("{}{path}", shop.public_url);
    let signature = headers.get("dintero-signature").map(|value| value.as_bytes());
    if let Err(why) = shop.verifier.verify(signature, method.as_str(), &url) {
        eprintln!("refused: {why}");
        return StatusCode::UNAUTHORIZED;
    }
    let callback = match parse_callback(&url) {
        Ok(callback) => callback,
        Err(why) => {
            eprintln!("not understood: {why}");
            return StatusCode::SERVICE_UNAVAILABLE;
        }
    };
    // With `report_error=true` what failed or was cancelled is told, too, and may have no transaction.
    let Some(transaction_id) = &callback.transaction_id else {
        let error = callback.error.as_deref().unwrap_or("no reason");
        println!("order {} was not paid: {error}", callback.merchant_reference);
        return StatusCode::OK;
    };
    match shop.dintero.payments().get_transaction(transaction_id).send().await {
        Ok(transaction) => {
            // A payment that was declined or is on hold has a transaction, too: the status is what counts. Here the order
            // is changed; the same callback may come twice.
            let is = match &transaction.status {
                Some(TransactionStatus::Authorized | TransactionStatus::Captured) => "paid",
                Some(TransactionStatus::OnHold) => "not decided on",
                Some(TransactionStatus::Declined | TransactionStatus::Failed) => "not paid",
                _ => "to be looked at",
            };
            println!("order {} is {is}", callback.merchant_reference);
            StatusCode::OK
        }
        Err(why) => {
            eprintln!("the transaction cannot be read: {why}");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let verifier =
        CallbackVerifier::new(variable("DINTERO_ACCOUNT_ID")?.parse()?, [variable("DINTERO_SIGNATURE_SECRET")?])?;
    let app = app(verifier, Dintero::from_env()?, variable("PUBLIC_URL")?);
    let address = variable("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".into());
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("http://{address}/callback");
    axum::serve(listener, app).await?;
    Ok(())
}
