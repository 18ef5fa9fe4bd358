//! A subscription: the customer agrees once and leaves a card token; from then on the shop takes each month's money itself.

mod local;

use dintero::payments::types::{
    AndPaySession, BamboraCreditcardPayment, BamboraCreditcardPaymentRequired, CreateAndPaySessionRequest,
    CreatePaymentTokenSessionRequest, CreatePaymentTokenSessionRequestRequired, CustomerTokensPayexCreditcard, Order,
    OrderRequired, PayExCreditcardPaymentOperation, PayExTokenProvider, PayExTokenProviderTokenType, PayPayment,
    PaymentTokenSession, SessionOrder, SessionOrderRequired, SessionProfileCustomer, SessionProfileCustomerTokens,
    SessionUrls, TokenProvider,
};
use std::error::Error;

const CARD: &str = "payex.creditcard";

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let (_mock, dintero) = local::start(&["payments"]).await?;
    let payments = dintero.payments();

    // Once: a session in which nothing is paid, and a card is kept.
    let order = Order::new(OrderRequired { currency: "NOK".into(), merchant_reference: "signup-7".into() });
    let body = CreatePaymentTokenSessionRequest::new(CreatePaymentTokenSessionRequestRequired {
        session: PaymentTokenSession::new(order, SessionUrls::new("https://shop.example/welcome")),
        token_provider: TokenProvider::PayExTokenProvider(Box::new(PayExTokenProvider::new(
            CARD,
            [PayExTokenProviderTokenType::PaymentToken],
        ))),
    });
    let session = payments.create_payment_token_session(body).send().await?;
    println!("the customer leaves the card at {:?}", session.url);

    // The transaction of that session then has the token: `includes` asks for it. Keep it as you keep a password.
    let token = "the token of the transaction";

    // Each month, without the customer. A lost answer is not tried again: look for the order's transaction first.
    let order = SessionOrder::new(SessionOrderRequired {
        amount: 9900,
        currency: "NOK".into(),
        merchant_reference: "subscription-7-november".into(),
    });
    let card = CustomerTokensPayexCreditcard::new().payment_token(token);
    let customer = SessionProfileCustomer::new().tokens(SessionProfileCustomerTokens::new().payex_creditcard(card));
    let payment = BamboraCreditcardPayment::new(BamboraCreditcardPaymentRequired {
        operation: PayExCreditcardPaymentOperation::RecurringPurchase,
        payment_product_type: CARD.into(),
    });
    let body = CreateAndPaySessionRequest::new()
        .session(AndPaySession::new(order).customer(customer))
        .payment(PayPayment::PayExCreditcardPayment(Box::new(payment)));
    let paid = payments.create_and_pay_session(body).send().await?;
    println!("taken: {}, {} {}", paid.success, paid.amount, paid.currency);
    Ok(())
}
