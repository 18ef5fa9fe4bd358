//! A test of a shop's own code by typed mocks: what is asked for and what is answered has the types of the operation.

use dintero::Dintero;
use dintero::payments::httpmock::MockServerExt;
use dintero::payments::types::{
    PaymentProductType, RefundTransactionRequest, Transaction, TransactionPaymentProduct, TransactionRequired,
};
use std::error::Error;

/// The code under test: gives all of an order back.
async fn give_back(dintero: &Dintero, id: &str) -> Result<i64, dintero::Error> {
    let payments = dintero.payments();
    let transaction = payments.get_transaction(id).send().await?;
    payments.refund_transaction(id, RefundTransactionRequest::new(transaction.amount)).send().await?;
    Ok(transaction.amount)
}

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let server = httpmock::MockServer::start_async().await;
    let dintero =
        Dintero::builder().transport(|transport| transport.base_url(server.base_url()).bearer_token("any")).build()?;
    let captured = Transaction::new(TransactionRequired {
        amount: 29990,
        currency: "NOK".into(),
        payment_product: TransactionPaymentProduct::Payex,
        payment_product_type: PaymentProductType::from("payex.creditcard"),
    });
    server.get_transaction(|when, then| {
        when.id("T12345678.abc");
        then.ok(&captured);
    });
    let refund = server.refund_transaction(|when, then| {
        when.id("T12345678.abc").body(&RefundTransactionRequest::new(29990));
        then.ok(&captured);
    });

    assert_eq!(give_back(&dintero, "T12345678.abc").await?, 29990);
    refund.assert(); // once, and for the whole amount
    println!("the shop gave all of it back, once");
    Ok(())
}
