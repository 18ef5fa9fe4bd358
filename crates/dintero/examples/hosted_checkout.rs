//! A hosted checkout: a session with a basket, the page the customer pays at, and what became of it.

mod local;

use dintero::payments::types::{
    CreateSessionFromProfileRequest, SessionOrder, SessionOrderRequired, SessionUrls, TransactionItem,
    TransactionStatus,
};
use dintero_mock::Outcome;
use std::error::Error;

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let (mock, dintero) = local::start(&["payments"]).await?;
    let payments = dintero.payments();

    // 299.90 NOK: amounts are integers in the currency's smallest unit. The lines sum up to the order's amount.
    let shoes = TransactionItem::new().id("shoes").line_id("1").description("Shoes").quantity(1.0).amount(25000);
    let laces = TransactionItem::new().id("laces").line_id("2").description("Laces").quantity(2.0).amount(4990);
    let order = SessionOrder::new(SessionOrderRequired {
        amount: 29990,
        currency: "NOK".into(),
        merchant_reference: "order-1".into(),
    })
    .items([shoes, laces]);
    let urls = SessionUrls::new("https://shop.example/thanks").callback_url("https://shop.example/dintero/callback");
    let body = CreateSessionFromProfileRequest::new(order, "your-profile-id", urls).metadata([("cart", "77")]);
    let session = payments.create_session_from_profile(body).send().await?;
    let (Some(id), Some(url)) = (&session.id, &session.url) else {
        return Err("the session has no id or no address".into());
    };
    println!("send the customer to {url}");

    // Here the customer pays. Dintero then calls `callback_url`, and sends the customer to `return_url`.
    mock.pay(id, Outcome::Authorized)?;

    // A declined or held payment has a transaction, too: go by its status, never by what `return_url` says.
    let session = payments.get_session(id).send().await?;
    let Some(transaction) = &session.transaction_id else {
        return Err("nobody has paid yet".into());
    };
    let transaction = payments.get_transaction(transaction).send().await?;
    match &transaction.status {
        Some(TransactionStatus::Authorized) => println!("paid: send the goods, then capture"),
        Some(TransactionStatus::OnHold) => println!("on hold: wait for the callback"),
        other => println!("not paid: {other:?}"),
    }
    Ok(())
}
