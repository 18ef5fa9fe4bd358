//! What plugins, SDKs and pages of Dintero's send and receive decodes, and loses nothing on its way through our types.
//!
//! The files of `payloads/` are facts, with made-up persons; `index.json` says where each is from, and `registry.rs`, which
//! is generated, which type each is of. A payload whose type a document took away, or what is wrong with one of a document
//! that came from the publisher, is told and fails nothing: see xtask's generate/payloads.rs.

#[rustfmt::skip]
mod registry;

use dintero_client::serde_json::{self, Value, json};
use dintero_types::reading::{self, How, News, NewsKind};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeSet;

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

/// A payload, and the type that it is of: none when the document has it no more.
pub struct Payload {
    name: &'static str,
    service: &'static str,
    body: &'static str,
    through: Option<Read>,
}

macro_rules! payload {
    ($name:literal, $service:literal, $kind:ty) => {
        $crate::Payload {
            name: $name,
            service: $service,
            body: include_str!(concat!("../../payloads/", $name, ".json")),
            through: Some($crate::through::<$kind>),
        }
    };
}

// None is gone as long as our own descriptions stand.
#[allow(unused_macros)]
macro_rules! gone {
    ($name:literal, $service:literal, $kind:literal) => {
        $crate::Payload { name: $name, service: $service, body: $kind, through: None }
    };
}

#[allow(unused_imports)]
pub(crate) use {gone, payload};

/// The payloads that are read: with whether what is wrong with them is a failure, which it is of the documents that the
/// lists below were written by.
fn all() -> impl Iterator<Item = (&'static Payload, Read, bool)> {
    let is_ours = |payload: &Payload| registry::OURS.contains(&payload.service);
    registry::ALL.iter().filter_map(move |payload| Some((payload, payload.through?, is_ours(payload))))
}

/// Compares what was found with what is expected, of our own descriptions; of the others what was found is told, on
/// standard error, which is shown in any case.
fn judge(what: &str, found: Vec<(bool, String)>, expected: &[&str]) {
    let of = |wanted: bool| found.iter().filter(move |(ours, _)| *ours == wanted).map(|(_, what)| what.as_str());
    let told: Vec<String> = of(false).map(|line| format!("  {what}: {line}\n")).collect();
    write(&format!("payloads of published documents, {what}: {}\n{}", told.len(), told.concat()));
    let known = |line: &&&str| {
        let name = line.split(':').next().unwrap_or_default();
        all().any(|(payload, _, ours)| ours && payload.name == name)
    };
    let expected: BTreeSet<&str> = expected.iter().filter(known).copied().collect();
    assert_eq!(of(true).collect::<BTreeSet<_>>(), expected);
}

fn write(text: &str) {
    use std::io::Write;
    std::io::stderr().write_all(text.as_bytes()).expect("told");
}

#[test]
fn what_is_not_read_is_told() {
    let gone: Vec<&Payload> = registry::ALL.iter().filter(|payload| payload.through.is_none()).collect();
    let line =
        |payload: &&Payload| format!("  not read: {} ({} has no `{}`)\n", payload.name, payload.service, payload.body);
    let lines: String = gone.iter().map(line).collect();
    write(&format!("payloads: of {}, {} have no type any more\n{lines}", registry::ALL.len(), gone.len()));
    for payload in gone {
        assert!(!registry::OURS.contains(&payload.service), "{}: our own description has no such type", payload.name);
    }
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
    for (payload, through, ours) in all() {
        if let Err(why) = through(payload.body.as_bytes(), 1) {
            failed.push((ours, format!("{}: {}", payload.name, why.split(" at line").next().unwrap_or_default())));
        }
    }
    judge("not decoded", failed, LACKING);
}

#[test]
fn nothing_is_lost() {
    let mut found = Vec::new();
    for (payload, through, ours) in all() {
        let Ok(Through { written: after, .. }) = through(payload.body.as_bytes(), 1) else { continue };
        let before: Value = serde_json::from_str(payload.body).expect("JSON");
        let mut of = Vec::new();
        lost(payload.name, &before, &after, &mut of);
        found.extend(of.into_iter().map(|what| (ours, what)));
    }
    judge("lost", found, &[]);
}

#[test]
fn what_is_not_as_described_is_told() {
    let mut found = Vec::new();
    for (payload, through, ours) in all() {
        if let Ok(Through { unread, .. }) = through(payload.body.as_bytes(), 1) {
            found.extend(unread.into_iter().map(|path| (ours, format!("{}: {path}", payload.name))));
        }
    }
    judge("not as described", found, UNREAD);
}

#[test]
fn every_field_and_value_has_a_name_but_those_that_are_left_out_on_purpose() {
    let mut found = Vec::new();
    for (at, (payload, through, ours)) in all().enumerate() {
        if let Ok(Through { unnamed, .. }) = through(payload.body.as_bytes(), at + 1) {
            found.extend(unnamed.into_iter().map(|what| (ours, format!("{}: {what}", payload.name))));
        }
    }
    judge("without a name", found, UNNAMED);
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
    use dintero_shop::types::{Metadatum, NewSession, SessionUrl};
    let order: dintero_shop::types::Order =
        serde_json::from_value(json!({"amount": 1, "currency": "NOK", "merchant_reference": "1", "items": []}))
            .expect("an order");
    let session = || NewSession::new(order.clone(), SessionUrl::new("https://a.example"));
    let one = session().metadata([("cart", "77")]);
    let names = vec![("cart".to_owned(), Metadatum::from("77"))];
    assert_eq!(one, session().metadata(names));
    assert_eq!(serde_json::to_value(&one).expect("writes")["metadata"], json!({"cart": "77"}));
}
