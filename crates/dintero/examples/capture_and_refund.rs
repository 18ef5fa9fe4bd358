//! Capture when the goods leave, refund when one comes back, and what to do when the answer is lost.

mod local;

use dintero::payments::types::{
    CaptureTransactionRequest, CreateSessionFromProfileRequest, RefundTransactionRequest, SessionOrder,
    SessionOrderRequired, SessionUrls,
};
use dintero_mock::Outcome as Paid;
use std::error::Error;

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let (mock, dintero) = local::start(&["payments"]).await?;
    let payments = dintero.payments();
    let order = SessionOrder::new(SessionOrderRequired {
        amount: 29990,
        currency: "NOK".into(),
        merchant_reference: "order-1".into(),
    });
    let body = CreateSessionFromProfileRequest::new(order, "your-profile-id", SessionUrls::new("https://shop.example"));
    let session = payments.create_session_from_profile(body).send().await?;
    let id = mock.pay(session.id.as_deref().unwrap_or_default(), Paid::Authorized)?;

    // A part of it is sent today. The reference is yours; it stands in the settlement.
    let first = CaptureTransactionRequest::new(20000).capture_reference("shipment-1");
    let transaction = payments.capture_transaction(&id).body(first).send().await?;
    println!("captured 200.00, now {:?}", transaction.status);

    let refund = RefundTransactionRequest::new(5000).reason("one of two came back");
    match payments.refund_transaction(&id, refund).send().await {
        Ok(transaction) => println!("refunded 50.00, now {:?}", transaction.status),
        // The connection broke, or Dintero answered 5xx: the refund may have been done, so it is not sent again.
        Err(error) if error.outcome() == dintero::Outcome::Unknown => {
            let events = payments.get_transaction(&id).send().await?.into_inner().events;
            println!("not known; look for the refund among {} events", events.map_or(0, |events| events.len()));
        }
        Err(error) => println!("surely not done: {error}"),
    }

    // Dintero refuses what is more than the payment. Nothing was done, and the error says so.
    let too_much = payments.capture_transaction(&id).body(CaptureTransactionRequest::new(90000)).send().await;
    let refused = too_much.err().ok_or("more was captured than paid")?;
    println!("{:?} {:?}: {:?}", refused.outcome(), refused.status(), refused.code());
    Ok(())
}
