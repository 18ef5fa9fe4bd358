//! What a strict mock asks of a request beyond its document: amounts that can be paid, currencies that there are, items
//! that sum up, lines that the order has.

use crate::part::Part;
use crate::pointer::at;
use crate::schema::Violation;
use serde_json::{Map, Value};

/// The request header, and the toggle in it, by which a forgiving Dintero sums up as well.
pub(crate) const TOGGLES: &str = "dintero-feature-toggles";
pub(crate) const STRICT_AMOUNTS: &str = "strict-session-amounts";

/// ISO 4217, as of 2026.
const CURRENCIES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN \
    BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD \
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD \
    MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON \
    RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX \
    USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// A number that may be written with a point.
fn number(value: Option<&Value>) -> Option<i64> {
    let value = value?;
    // What is beyond is no amount of anything.
    value.as_i64().or_else(|| value.as_f64().filter(|n| n.abs() < 9e15).map(|n| n as i64))
}

/// What is wrong with a request that opens or changes a session, or moves money. `order` is what the transaction says.
pub(crate) fn judge(part: Part, body: Option<&Value>, order: Option<&Map<String, Value>>) -> Vec<Violation> {
    let Some(body) = body else { return Vec::new() };
    let mut out = Vec::new();
    match part {
        Part::CreateSession | Part::UpdateSession => out.extend(of_order(body.get("order"), "/body/order")),
        Part::CreateAndPaySession => out.extend(of_order(body.pointer("/session/order"), "/body/session/order")),
        Part::Capture | Part::Refund => {
            out.extend(amount(body, "/body"));
            out.extend(lines(body, order));
        }
        _ => {}
    }
    out
}

fn amount(of: &Value, place: &str) -> Option<Violation> {
    let amount = number(of.get("amount")).filter(|amount| *amount < 1)?;
    Some(Violation::new(at(place, "amount"), format!("is {amount}; the least that can be paid is 1")))
}

fn of_order(order: Option<&Value>, place: &str) -> Vec<Violation> {
    let Some(order) = order else { return Vec::new() };
    let mut out: Vec<Violation> = amount(order, place).into_iter().collect();
    if let Some(currency) = order.get("currency").and_then(Value::as_str)
        && !CURRENCIES.split_whitespace().any(|known| known == currency)
    {
        out.push(Violation::new(at(place, "currency"), format!("`{currency}` is no currency of ISO 4217")));
    }
    out.extend(sum(order, place));
    out
}

/// The amount of an order is that of its items and its shipping.
pub(crate) fn sum(order: &Value, place: &str) -> Option<Violation> {
    let items = order.get("items").and_then(Value::as_array).filter(|items| !items.is_empty())?;
    if order.get("partial_payment") == Some(&Value::Bool(true)) {
        return None;
    }
    let amount = number(order.get("amount"))?;
    let parts = items.iter().chain(order.get("shipping_option")).filter_map(|item| number(item.get("amount")));
    let sum = parts.fold(0_i64, i64::saturating_add);
    let why = format!("is {amount}, but items and shipping are {sum} together");
    (sum != amount).then(|| Violation::new(at(place, "amount"), why))
}

/// Lines are told by `line_id`.
fn lines(body: &Value, order: Option<&Map<String, Value>>) -> Vec<Violation> {
    let list = |of: Option<&Value>| of.and_then(Value::as_array).cloned().unwrap_or_default();
    let line = |item: &Value| item.get("line_id").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
    let mut known: Vec<String> = list(order.and_then(|order| order.get("items"))).iter().filter_map(line).collect();
    known.extend(order.and_then(|order| order.get("shipping_option")).and_then(line));
    let mut out = Vec::new();
    for (i, item) in list(body.get("items")).iter().enumerate() {
        if let Some(id) = line(item).filter(|id| !known.contains(id)) {
            let why = format!("the order has no line `{id}`");
            out.push(Violation::new(format!("/body/items/{i}/line_id"), why));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(part: Part, body: Value) -> Vec<String> {
        let order = json!({"items": [{"line_id": "1", "amount": 90}], "shipping_option": {"line_id": "s"}});
        let violations = judge(part, Some(&body), order.as_object());
        violations.iter().map(|v| format!("{} {}", v.pointer, v.message)).collect()
    }

    #[test]
    fn an_order_can_be_paid_and_sums_up() {
        let good = json!({"order": {"amount": 100, "currency": "NOK", "items": [{"amount": 90.0}], "shipping_option": {"amount": 10}}});
        assert!(told(Part::CreateSession, good).is_empty());
        let partial = json!({"session": {"order": {"amount": 50, "partial_payment": true, "items": [{"amount": 90}]}}});
        assert!(told(Part::CreateAndPaySession, partial).is_empty());
        let bad = json!({"order": {"amount": 0, "currency": "NKO", "items": [{"amount": 5}]}});
        let told = told(Part::UpdateSession, bad);
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].contains("the least that can be paid is 1") && told[1].contains("`NKO` is no currency"));
        assert!(told[2].contains("5 together"));
    }

    #[test]
    fn what_is_captured_is_in_the_order() {
        assert!(
            told(Part::Capture, json!({"amount": 5, "items": [{"line_id": "1"}, {"line_id": "s"}, {}]})).is_empty()
        );
        assert_eq!(
            told(Part::Refund, json!({"amount": -1, "items": [{"line_id": "2"}]})),
            ["/body/amount is -1; the least that can be paid is 1", "/body/items/0/line_id the order has no line `2`"]
        );
    }
}
