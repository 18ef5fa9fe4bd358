//! What plugins, SDKs and pages of Dintero's send and receive decodes, and loses nothing on its way through our types.
//!
//! The files of `payloads/` are facts, with made-up persons; `index.json` says where each is from.

use dintero_client::serde_json::{self, Value, json};
use dintero_types::reading::{self, How, News, NewsKind};
use serde::{Serialize, de::DeserializeOwned};

/// What became of a payload in its type.
struct Through {
    /// What is written of it.
    written: Value,
    /// The paths of optional fields that read as absent.
    unread: Vec<String>,
    /// What no type names: fields that are kept as they came, values of enums that are `Other`.
    unnamed: Vec<String>,
}

fn through<T: DeserializeOwned + Serialize>(body: &[u8], scope: usize) -> Result<Through, String> {
    // What is new is told once of a scope, so each payload has its own.
    let how = How { strict: false, scope };
    let reading = reading::read(body, how, |body| serde_json::from_slice::<T>(body)).map_err(|why| why.to_string())?;
    let is_unnamed = |news: &News| news.kind != NewsKind::UnreadField;
    Ok(Through {
        written: serde_json::to_value(&reading.value).expect("writes"),
        unread: reading.unread.into_iter().map(|unread| unread.path).collect(),
        unnamed: reading.news.into_iter().filter(is_unnamed).map(|n| format!("{}: {}", n.kind, n.path)).collect(),
    })
}

type Read = fn(&[u8], usize) -> Result<Through, String>;

macro_rules! payloads {
    ($($name:literal: $kind:ty,)*) => {
        const PAYLOADS: &[(&str, &str, Read)] =
            &[$(($name, include_str!(concat!("../payloads/", $name, ".json")), through::<$kind>)),*];
    };
}

payloads! {
    "req-woo2-sessions-profile-express": dintero_payments::types::CreateSessionFromProfileRequest,
    "req-woo2-sessions-profile-subscription": dintero_payments::types::CreateSessionFromProfileRequest,
    "req-woo2-session-update": dintero_payments::types::UpdateSessionOptions,
    "req-woo2-payment-token": dintero_payments::types::CreatePaymentTokenSessionRequest,
    "req-woo2-sessions-pay": dintero_payments::types::CreateAndPaySessionRequest,
    "req-woo2-capture": dintero_payments::types::CaptureTransactionRequest,
    "req-woo2-refund": dintero_payments::types::RefundTransactionRequest,
    "req-woo2-update-transaction": dintero_payments::types::UpdateTransactionRequest,
    "req-woo2-token": dintero_payments::types::AuthToken,
    "req-woo1-sessions-profile-express": dintero_payments::types::CreateSessionFromProfileRequest,
    "req-magento2-sessions-profile-express": dintero_payments::types::CreateSessionFromProfileRequest,
    "req-magento2-session-update": dintero_payments::types::UpdateSessionOptions,
    "req-magento2-capture": dintero_payments::types::CaptureTransactionRequest,
    "req-magento2-refund": dintero_payments::types::RefundTransactionRequest,
    "req-magento1-sessions-profile": dintero_payments::types::CreateSessionFromProfileRequest,
    "req-episerver-sessions-profile": dintero_payments::types::CreateSessionFromProfileRequest,
    "req-episerver-capture": dintero_payments::types::CaptureTransactionRequest,
    "req-node-sdk-sessions-profile": dintero_payments::types::CreateSessionFromProfileRequest,
    "req-express-sample-sessions-profile": dintero_payments::types::CreateSessionFromProfileRequest,
    "resp-express-sample-shipping-callback": dintero_payments::types::ShippingAddressCallbackUrlResponse,
    "resp-express-sample-discount-callback": dintero_payments::types::DiscountCodeCallbackUrlResponse,
    "resp-express-sample-discount-callback-2": dintero_payments::types::DiscountCodeCallbackUrlResponse,
    "resp-magento2-shipping-callback": dintero_payments::types::ShippingAddressCallbackUrlResponse,
    "req-callback-magento2-shipping": dintero_payments::types::ExampleDiscountCodesCallbackUrlOptions,
    "req-callback-magento2-shipping.filled": dintero_payments::types::ExampleDiscountCodesCallbackUrlOptions,
    "req-nyvo-sessions-profile-splits": dintero_payments::types::CreateSessionFromProfileRequest,
    "req-nyvo-approval": dintero_payments::types::ApprovalsPayoutDestination,
    "req-nyvo-approval-typed": dintero_payments::types::ApprovalsPayoutDestination,
    "req-docs-in-person": dintero_payments::types::CreateSessionFromProfileRequest,
    "req-docs-subscription": dintero_webhooks::types::Hook,
    "req-docs-gateway-psp": dintero_checkout::types::UpdateDinteroPspGatewayRequest,
    "resp-token-node": dintero_payments::types::AccessToken,
    "resp-error-node-403": dintero_payments::types::Error,
    "resp-error-node-400": dintero_payments::types::Error,
    "resp-session-created": dintero_payments::types::SessionCreated,
    "resp-woo1-transaction-mock": dintero_payments::types::Transaction,
    "resp-woo1-transaction-mock.filled": dintero_payments::types::Transaction,
    "resp-woo1-transaction-mock-session": dintero_payments::types::Transaction,
    "resp-woo1-transaction-mock-session.filled": dintero_payments::types::Transaction,
    "resp-woo1-session-mock": dintero_payments::types::GetSessionResponse,
    "resp-woo1-session-mock.filled": dintero_payments::types::GetSessionResponse,
    "resp-episerver-transaction": dintero_payments::types::Transaction,
    "resp-woo2-transaction": dintero_payments::types::Transaction,
    "req-docs-kravia-sessions-pay": dintero_payments::types::CreateAndPaySessionRequest,
    "resp-woo2-sessions-pay": dintero_payments::types::CreateAndPaySessionResponse,
    "resp-woo2-sessions-pay.filled": dintero_payments::types::CreateAndPaySessionResponse,
    "resp-woo2-session-profile": dintero_checkout::types::GetProfileResponse,
    "resp-woo2-session-profile.filled": dintero_checkout::types::GetProfileResponse,
    "resp-magento2-session": dintero_payments::types::GetSessionResponse,
    "resp-magento2-session.filled": dintero_payments::types::GetSessionResponse,
    "resp-nyvo-approval": dintero_payments::types::ApprovalsPayoutDestinationResponse,
    "resp-nyvo-approval.filled": dintero_payments::types::ApprovalsPayoutDestinationResponse,
    "resp-nyvo-approval-list": dintero_payments::types::ApprovalsPayoutDestinationList,
    "resp-nyvo-approval-list.filled": dintero_payments::types::ApprovalsPayoutDestinationList,
    "resp-nyvo-balances": dintero_payments::types::ListPayoutDestinationBalancesResponse,
    "resp-nyvo-transfers": dintero_payments::types::ListPayoutDestinationTransfersResponse,
    "resp-signature": dintero_checkout::types::SignatureV0,
    "resp-signature-full": dintero_checkout::types::SignatureV0,
    "resp-docs-callback-body": dintero_payments::types::Transaction,
    "resp-docs-transactions-list": Vec<dintero_payments::types::Transaction>,
    "resp-docs-transactions-list.filled": Vec<dintero_payments::types::Transaction>,
    "resp-docs-profiles-list": Vec<dintero_checkout::types::GetProfileResponse>,
    "resp-docs-profiles-list.filled": Vec<dintero_checkout::types::GetProfileResponse>,
    "event-docs-checkout-transaction": dintero_webhooks::types::CheckoutTransactionEvent,
    "event-docs-checkout-authorization": dintero_webhooks::types::CheckoutAuthorizationEvent,
    "event-cancelled-authorization": dintero_webhooks::types::CheckoutAuthorizationEvent,
    "resp-discounts-sdk-discount": dintero_discounts::types::Discount,
    "resp-discounts-sdk-public": Vec<dintero_discounts::types::PublicDiscountItem>,
}

/// What a payload has that was not written back as it is, by path. A time may be written in another way, `1.0` as `1`.
fn lost(path: &str, before: &Value, after: &Value, out: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, value) in before {
                lost(&format!("{path}.{name}"), value, after.get(name).unwrap_or(&json!("[absent]")), out);
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            before.iter().zip(after).enumerate().for_each(|(at, (b, a))| lost(&format!("{path}[{at}]"), b, a, out));
        }
        (Value::Number(b), Value::Number(a)) if b.as_f64() == a.as_f64() => {}
        (Value::String(b), Value::String(a)) if time(b).is_some() && time(b) == time(a) => {}
        (before, after) if before == after => {}
        (before, after) => out.push(format!("{path}: {before} became {after}")),
    }
}

fn time(text: &str) -> Option<dintero_client::chrono::DateTime<dintero_client::chrono::Utc>> {
    dintero_client::de::date_time(Value::from(text)).ok()
}

#[test]
fn all_decode_but_those_that_lack_what_is_always_there() {
    let mut failed = Vec::new();
    for (name, body, through) in PAYLOADS {
        if let Err(why) = through(body.as_bytes(), 1) {
            failed.push(format!("{name}: {}", why.split(" at line").next().unwrap_or_default()));
        }
    }
    assert_eq!(failed, LACKING);
}

#[test]
fn nothing_is_lost() {
    let mut all = Vec::new();
    for (name, body, through) in PAYLOADS {
        let Ok(Through { written, .. }) = through(body.as_bytes(), 1) else { continue };
        let before: Value = serde_json::from_str(body).expect("JSON");
        lost(name, &before, &written, &mut all);
    }
    assert_eq!(all, Vec::<String>::new());
}

#[test]
fn what_is_not_as_described_is_told() {
    let mut all = Vec::new();
    for (name, body, through) in PAYLOADS {
        if let Ok(Through { unread, .. }) = through(body.as_bytes(), 1) {
            all.extend(unread.into_iter().map(|path| format!("{name}: {path}")));
        }
    }
    assert_eq!(all, UNREAD);
}

#[test]
fn every_field_and_value_has_a_name_but_those_that_are_left_out_on_purpose() {
    let mut all = Vec::new();
    for (scope, (name, body, through)) in PAYLOADS.iter().enumerate() {
        if let Ok(Through { unnamed, .. }) = through(body.as_bytes(), scope + 1) {
            all.extend(unnamed.into_iter().map(|what| format!("{name}: {what}")));
        }
    }
    assert_eq!(all, UNNAMED);
}

/// Payloads that lack what the document requires: the clients that they are of never had it, or the page shortens.
const LACKING: &[&str] = &[
    "req-callback-magento2-shipping: missing field `configuration`",
    "resp-woo1-transaction-mock: missing field `currency`",
    "resp-woo1-transaction-mock-session: missing field `amount`",
    "resp-woo1-session-mock: missing field `amount`",
    "resp-woo2-sessions-pay: missing field `success`",
    "resp-woo2-session-profile: missing field `created_at`",
    "resp-magento2-session: missing field `configuration`",
    "resp-nyvo-approval: missing field `bank_accounts`",
    "resp-docs-transactions-list: missing field `payment_product`",
    "resp-docs-profiles-list: missing field `created_by`",
];

/// Optional fields of payloads that are not as the document says: its items lack `bank_accounts`.
const UNREAD: &[&str] = &["resp-nyvo-approval-list: $.payout_destinations"];

/// What one client has that no page, document or other client of Dintero's shows: slips (a part of the session beside it, an
/// answer sent back as it came) and fields that a service may not even look at. No value of an enum is among them.
const UNNAMED: &[&str] = &[
    "req-woo2-payment-token: unknown field: $.url",
    "req-woo2-sessions-pay: unknown field: $.url",
    "req-woo1-sessions-profile-express: unknown field: $.order.shipping_option.country",
    "req-magento2-sessions-profile-express: unknown field: $.discount_codes",
    "req-magento2-capture: unknown field: $.id",
    "req-magento2-refund: unknown field: $.id",
    "req-episerver-sessions-profile: unknown field: $.partial_payment",
    "req-nyvo-approval: unknown field: $.currency",
    "req-nyvo-approval-typed: unknown field: $.currency",
    "req-nyvo-approval-typed: unknown field: $.business_name",
    "req-nyvo-approval-typed: unknown field: $.bank_accounts[0].account_number",
    "req-nyvo-approval-typed: unknown field: $.bank_accounts[0].account_number_type",
    "req-nyvo-approval-typed: unknown field: $.bank_accounts[0].account_statement_url",
    "req-nyvo-approval-typed: unknown field: $.bank_accounts[0].legal_entity_name",
    "resp-nyvo-approval.filled: unknown field: $.business_name",
    "resp-nyvo-balances: unknown field: $.balances",
    "resp-nyvo-balances: unknown field: $.pending",
    "resp-nyvo-transfers: unknown field: $.transfers",
];

#[test]
fn values_of_ones_own_are_given_as_they_are() {
    use dintero_payments::types::{AndPaySession, Metadatum};
    let order: dintero_payments::types::SessionOrder =
        serde_json::from_value(json!({"amount": 1, "currency": "NOK", "merchant_reference": "1", "items": []}))
            .expect("an order");
    let one = AndPaySession::new(order.clone()).metadata([("cart", "77")]);
    let names = vec![("cart".to_owned(), Metadatum::from("77"))];
    assert_eq!(one, AndPaySession::new(order).metadata(names));
    assert_eq!(serde_json::to_value(&one).expect("writes")["metadata"], json!({"cart": "77"}));
}
