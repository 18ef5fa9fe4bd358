//! The main road: log in, create a checkout session, capture and refund its transaction, list transactions.
//!
//! Without an account it talks to a stand-in server inside this process. With `DINTERO_ACCOUNT_ID`, `DINTERO_CLIENT_ID`
//! and `DINTERO_CLIENT_SECRET` set it talks to Dintero's test mode; a production account is refused.

use dintero::Dintero;
use dintero::payments::Client;
use dintero::payments::types::{
    CaptureTransactionRequest, CreateSessionFromProfileRequest, RefundTransactionRequest, SessionOrder, SessionUrls,
    Transaction,
};
use std::error::Error;
use std::time::Duration;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::var_os("DINTERO_ACCOUNT_ID").is_some() {
        let dintero = Dintero::from_env()?;
        if !dintero.transport().account_id().is_some_and(|id| id.is_test()) {
            return Err("this example moves money: use a test account, whose id begins with T".into());
        }
        let profile = std::env::var("DINTERO_PROFILE_ID").unwrap_or_else(|_| "default".into());
        return main_road(&dintero, &profile).await;
    }
    println!("no DINTERO_ACCOUNT_ID: using a stand-in server inside this process");
    let server = stand_in::start().await;
    let dintero = Dintero::builder().login("T12345678", "client", "secret").base_url(server.base_url()).build()?;
    main_road(&dintero, "default").await
}

async fn main_road(dintero: &Dintero, profile: &str) -> Result<(), Box<dyn Error>> {
    let payments = dintero.payments();

    // 299.90 NOK: amounts are integers in the currency's smallest unit.
    let order = SessionOrder::new(29990, "NOK", "order-1");
    let urls = SessionUrls::new("https://example.com/thanks");
    let body = CreateSessionFromProfileRequest::new(order, profile, urls);
    let session = payments.create_session_from_profile().body(body).send().await?;
    let (Some(session_id), Some(url)) = (&session.id, &session.url) else {
        return Err("the session has no id or no address".into());
    };
    println!("session      {session_id} to be paid at {url}");

    let id = paid(&payments, session_id).await?;
    let transaction = payments.get_transaction().id(&id).send().await?;
    println!("transaction  {id} is {} over {}", status(&transaction), transaction.amount);

    let body = CaptureTransactionRequest::new(29990).capture_reference("shipment-1");
    let transaction = payments.capture_transaction().id(&id).body(body).send().await?;
    println!("captured     29990, now {}", status(&transaction));

    let body = RefundTransactionRequest::new(29990 / 2).reason("one of two shoes came back");
    let transaction = payments.refund_transaction().id(&id).body(body).send().await?;
    println!("refunded     {}, now {}", 29990 / 2, status(&transaction));

    let transactions = payments.list_transactions().limit(10).send().await?;
    println!("listed       {} transactions", transactions.len());
    Ok(())
}

fn status(transaction: &Transaction) -> &str {
    transaction.status.as_ref().map_or("in no known state", |status| status.as_str())
}

/// The transaction of a session, once somebody has paid it.
async fn paid(payments: &Client, session: &str) -> Result<String, Box<dyn Error>> {
    for _ in 0..100 {
        let session = payments.get_session().session_id(session).send().await?;
        if let Some(id) = session.into_inner().transaction_id {
            return Ok(id);
        }
        println!("waiting      for the session to be paid");
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    Err("the session was not paid in time".into())
}

/// As much of Dintero as the main road needs.
mod stand_in {
    use httpmock::Method::{GET, POST};
    use httpmock::MockServer;
    use serde_json::{Value, json};

    pub async fn start() -> MockServer {
        let server = MockServer::start_async().await;
        let token = json!({"access_token": "token", "token_type": "Bearer", "expires_in": 14400});
        answer(&server, POST, "/v1/accounts/T12345678/auth/token", token).await;
        let session =
            json!({"id": "T12345678.session", "url": "https://checkout.dintero.com/v1/view/T12345678.session"});
        answer(&server, POST, "/v1/sessions-profile", session).await;
        let session = json!({
            "id": "T12345678.session",
            "order": {"amount": 29990, "currency": "NOK", "merchant_reference": "order-1"},
            "url": {"return_url": "https://example.com/thanks"},
            "configuration": {},
            "transaction_id": "T12345678.transaction"
        });
        answer(&server, GET, "/v1/sessions/T12345678.session", session).await;
        let path = "/v1/transactions/T12345678.transaction";
        answer(&server, GET, path, transaction("AUTHORIZED")).await;
        answer(&server, POST, &format!("{path}/capture"), transaction("CAPTURED")).await;
        answer(&server, POST, &format!("{path}/refund"), transaction("PARTIALLY_REFUNDED")).await;
        answer(&server, GET, "/v1/transactions", json!([transaction("PARTIALLY_REFUNDED")])).await;
        server
    }

    async fn answer(server: &MockServer, method: httpmock::Method, path: &str, body: Value) {
        server
            .mock_async(|when, then| {
                when.method(method).path(path);
                then.status(200).json_body(body);
            })
            .await;
    }

    fn transaction(status: &str) -> Value {
        json!({
            "id": "T12345678.transaction",
            "session_id": "T12345678.session",
            "amount": 29990,
            "currency": "NOK",
            "merchant_reference": "order-1",
            "payment_product": "dintero_psp",
            "payment_product_type": "dintero_psp.creditcard",
            "settlement_status": "NOT_SETTLED",
            "status": status,
            "created_at": "2026-11-22T12:00:00Z",
            "events": [],
            "items": [],
            "metadata": {}
        })
    }
}
