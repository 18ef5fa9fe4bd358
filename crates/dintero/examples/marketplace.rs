//! A marketplace: one payment for goods of two sellers, who are each paid out their part; and what a seller has to come.

mod local;

use dintero::payments::types::{
    CreateSessionFromProfileRequest, PayoutFeeSplit, PayoutFeeSplitType, PayoutSplit, SessionOrder,
    SessionOrderRequired, SessionUrls, TransactionItem,
};
use std::error::Error;

/// A line of the basket. `splits` say to whom its amount goes; they sum up to it.
fn line(id: &str, amount: i64, splits: impl IntoIterator<Item = PayoutSplit>) -> TransactionItem {
    // Who bears Dintero's fee: here all of them, in proportion.
    let fee = PayoutFeeSplit::new(PayoutFeeSplitType::Proportional);
    TransactionItem::new().id(id).line_id(id).amount(amount).quantity(1.0).splits(splits).fee_split(fee)
}

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let (_mock, dintero) = local::start(&["payments"]).await?;
    let payments = dintero.payments();

    // Each seller is a payout destination that Dintero has approved. The marketplace keeps 10 %.
    let items = [
        line("shoes", 20000, [PayoutSplit::new(18000, "seller-a"), PayoutSplit::new(2000, "marketplace")]),
        line("hat", 10000, [PayoutSplit::new(9000, "seller-b"), PayoutSplit::new(1000, "marketplace")]),
    ];
    let order = SessionOrder::new(SessionOrderRequired {
        amount: 30000,
        currency: "NOK".into(),
        merchant_reference: "order-1".into(),
    })
    .items(items);
    let urls = SessionUrls::new("https://shop.example/thanks");
    let body = CreateSessionFromProfileRequest::new(order, "your-profile-id", urls);
    let session = payments.create_session_from_profile(body).send().await?;
    println!("send the customer to {:?}", session.url);

    // Later: what is to be paid out to a seller.
    let balances = payments.list_payout_destination_balances("seller-a").send().await?;
    for balance in balances.payout_destination_balances.iter().flatten() {
        println!("{} has {} {} to come", balance.payout_destination_id, balance.amount, balance.currency);
    }
    Ok(())
}
