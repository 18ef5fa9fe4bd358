//! The lifecycle of a payment: log in, create a checkout session, capture and refund its transaction, list transactions.
//!
//! Without an account it talks to a local Dintero inside this process. With `DINTERO_ACCOUNT_ID`, `DINTERO_CLIENT_ID`
//! and `DINTERO_CLIENT_SECRET` set, and built with `--features rustls`, it talks to Dintero's test mode; a production
//! account is refused.

use dintero::Dintero;
use dintero::payments::Client;
use dintero::payments::types::{
    CaptureTransactionRequest, CreateSessionFromProfileRequest, RefundTransactionRequest, SessionOrder,
    SessionOrderRequired, SessionUrls, Transaction, TransactionStatus,
};
use dintero_mock::Mock;
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
        return lifecycle(&dintero, &profile).await;
    }
    println!("no DINTERO_ACCOUNT_ID: using a local Dintero inside this process");
    let mock = Mock::builder().service("payments").start().await?;
    let dintero = Dintero::builder()
        .login(mock.account_id(), mock.client_id(), mock.client_secret())
        .base_url(mock.base_url())
        .build()?;
    lifecycle(&dintero, "default").await
}

async fn lifecycle(dintero: &Dintero, profile: &str) -> Result<(), Box<dyn Error>> {
    let payments = dintero.payments();

    // 299.90 NOK: amounts are integers in the currency's smallest unit.
    let order = SessionOrder::new(SessionOrderRequired {
        amount: 29990,
        currency: "NOK".into(),
        merchant_reference: "order-1".into(),
    });
    let urls = SessionUrls::new("https://example.com/thanks");
    let body = CreateSessionFromProfileRequest::new(order, profile, urls);
    let session = payments.create_session_from_profile(body).send().await?;
    let (Some(session_id), Some(url)) = (&session.id, &session.url) else {
        return Err("the session has no id or no address".into());
    };
    println!("session      {session_id} to be paid at {url}");

    let id = paid(&payments, session_id).await?;
    let transaction = payments.get_transaction(&id).send().await?;
    println!("transaction  {id} is {} over {}", status(&transaction), transaction.amount);
    // A payment that was declined or is on hold has a transaction, too.
    if transaction.status != Some(TransactionStatus::Authorized) {
        return Err("the payment is not authorized".into());
    }

    let body = CaptureTransactionRequest::new(29990).capture_reference("shipment-1");
    let transaction = payments.capture_transaction(&id).body(body).send().await?;
    println!("captured     29990, now {}", status(&transaction));

    let body = RefundTransactionRequest::new(29990 / 2).reason("one of two shoes came back");
    let transaction = payments.refund_transaction(&id, body).send().await?;
    println!("refunded     {}, now {}", 29990 / 2, status(&transaction));

    let transactions = payments.list_transactions().limit(10).send().await?;
    println!("listed       {} transactions", transactions.len());
    Ok(())
}

fn status(transaction: &Transaction) -> &str {
    transaction.status.as_ref().map_or("in no known state", |status| status.as_str())
}

/// The transaction of a session, once somebody has tried to pay it.
async fn paid(payments: &Client, session: &str) -> Result<String, Box<dyn Error>> {
    for _ in 0..100 {
        let session = payments.get_session(session).send().await?;
        if let Some(id) = session.into_inner().transaction_id {
            return Ok(id);
        }
        println!("waiting      for the session to be paid");
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    Err("the session was not paid in time".into())
}
