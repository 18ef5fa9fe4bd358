//! What a transaction goes through: authorized, captured, refunded, voided, with the amounts watched.

use super::{Outcome, Record, now, refused};
use crate::answer::Answered;
use crate::post::What;
use axum::http::StatusCode;
use serde_json::{Map, Value, json};

/// How much of a transaction went where, in the currency's smallest unit.
#[derive(Debug, Default)]
pub(super) struct Money {
    pub(super) amount: i64,
    captured: i64,
    refunded: i64,
}

/// A transaction that nobody has paid.
pub(super) fn begin(record: &mut Record) {
    record.set("status", "INITIATED");
    event(record, "INITIALIZE", None, &Map::new());
}

/// The payment comes to its end.
pub(super) fn pay(record: &mut Record, outcome: Outcome) {
    let status = match outcome {
        Outcome::Authorized | Outcome::Captured | Outcome::CaptureFailed => "AUTHORIZED",
        Outcome::Declined => "DECLINED",
        Outcome::Failed => "FAILED",
        Outcome::OnHold => "ON_HOLD",
    };
    record.set("status", status);
    let amount = record.money.amount;
    event(record, "AUTHORIZE", Some(amount), &Map::new());
    if outcome == Outcome::Captured {
        record.money.captured = amount;
        record.set("status", "CAPTURED");
        event(record, "CAPTURE", Some(amount), &Map::new());
    }
    if outcome == Outcome::CaptureFailed {
        event(record, "CAPTURE", Some(amount), &Map::new());
        let last = record.fields.get_mut("events").and_then(Value::as_array_mut).and_then(|events| events.last_mut());
        if let Some(last) = last {
            last["success"] = false.into();
        }
    }
}

/// Collects all that is left, or the amount of the body.
pub(super) fn capture(record: &mut Record, body: &Map<String, Value>) -> Result<What, Answered> {
    must_be(record, "captured", &["AUTHORIZED", "PARTIALLY_CAPTURED", "PARTIALLY_CAPTURED_REFUNDED"])?;
    let left = record.money.amount.saturating_sub(record.money.captured);
    let amount = amount(body, left, "captured")?;
    record.money.captured += amount;
    settle(record);
    Ok(event(record, "CAPTURE", Some(amount), body))
}

/// Pays back all that was captured, or the amount of the body.
pub(super) fn refund(record: &mut Record, body: &Map<String, Value>) -> Result<What, Answered> {
    must_be(
        record,
        "refunded",
        &["CAPTURED", "PARTIALLY_CAPTURED", "PARTIALLY_REFUNDED", "PARTIALLY_CAPTURED_REFUNDED"],
    )?;
    let left = record.money.captured.saturating_sub(record.money.refunded);
    let amount = amount(body, left, "refunded")?;
    record.money.refunded += amount;
    settle(record);
    Ok(event(record, "REFUND", Some(amount), body))
}

/// Lets an authorization go.
pub(super) fn void(record: &mut Record) -> Result<What, Answered> {
    must_be(record, "voided", &["AUTHORIZED", "ON_HOLD"])?;
    record.set("status", "AUTHORIZATION_VOIDED");
    let amount = record.money.amount;
    Ok(event(record, "VOID", Some(amount), &Map::new()))
}

/// Authorizes anew, so that there is more time to capture.
pub(super) fn extend(record: &mut Record) -> Result<What, Answered> {
    must_be(record, "authorized anew", &["AUTHORIZED"])?;
    let amount = record.money.amount;
    Ok(event(record, "AUTHORIZE", Some(amount), &Map::new()))
}

fn must_be(record: &Record, done: &str, statuses: &[&str]) -> Result<(), Answered> {
    let status = record.text("status");
    if statuses.contains(&status) {
        return Ok(());
    }
    let message = format!("a transaction that is {status} cannot be {done}; it must be {}", statuses.join(" or "));
    Err(refused(StatusCode::CONFLICT, "CONFLICT", message))
}

fn amount(body: &Map<String, Value>, left: i64, done: &str) -> Result<i64, Answered> {
    let asked = match body.get("amount") {
        None => left,
        // `100.0` is an integer to JSON Schema.
        Some(amount) => amount.as_i64().or_else(|| amount.as_f64().map(|n| n as i64)).unwrap_or_default(),
    };
    let bad = |code, message| Err(refused(StatusCode::BAD_REQUEST, code, message));
    if asked <= 0 {
        return bad("INVALID_AMOUNT", format!("{asked} cannot be {done}; the amount must be greater than 0"));
    }
    if asked > left {
        return bad("AMOUNT_TOO_LARGE", format!("{asked} cannot be {done}; {left} is left"));
    }
    Ok(asked)
}

/// The status that the amounts mean.
fn settle(record: &mut Record) {
    let Money { amount, captured, refunded } = record.money;
    record.set(
        "status",
        match (captured >= amount, refunded) {
            (true, 0) => "CAPTURED",
            (true, refunded) if refunded >= amount => "REFUNDED",
            (true, _) => "PARTIALLY_REFUNDED",
            (false, 0) => "PARTIALLY_CAPTURED",
            (false, _) => "PARTIALLY_CAPTURED_REFUNDED",
        },
    );
}

/// Writes down what happened; fields that the document's events do not have are left out when it is answered.
fn event(record: &mut Record, name: &str, amount: Option<i64>, body: &Map<String, Value>) -> What {
    let mut event = body.clone();
    let number = record.fields.get("events").and_then(Value::as_array).map_or(0, Vec::len);
    let id = format!("{}-{number}", record.text("id"));
    let own = json!({
        "id": id,
        "event": name,
        "amount": amount.unwrap_or(record.money.amount),
        "success": !["DECLINED", "FAILED"].contains(&record.text("status")),
        "created_at": now(),
        "transaction_status": record.text("status"),
    });
    if let Value::Object(own) = own {
        event.extend(own);
    }
    match record.fields.get_mut("events") {
        Some(Value::Array(events)) => events.push(Value::Object(event)),
        _ => record.set("events", json!([event])),
    }
    record.rendered.clear();
    What::Done(name.into(), id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(outcome: Outcome) -> Record {
        let mut record = Record::default();
        record.money.amount = 1000;
        begin(&mut record);
        pay(&mut record, outcome);
        record
    }

    fn of(amount: i64) -> Map<String, Value> {
        Map::from_iter([("amount".to_owned(), amount.into())])
    }

    fn why(result: Result<What, Answered>) -> (u16, String) {
        let answered = result.expect_err("refused");
        (answered.status.as_u16(), String::from_utf8_lossy(&answered.body).into_owned())
    }

    #[test]
    fn captured_and_refunded_in_parts() {
        let mut record = paid(Outcome::Authorized);
        for (change, amount, status) in [
            (capture as fn(&mut Record, &Map<String, Value>) -> _, 400, "PARTIALLY_CAPTURED"),
            (refund, 100, "PARTIALLY_CAPTURED_REFUNDED"),
            (capture, 600, "PARTIALLY_REFUNDED"),
            (refund, 900, "REFUNDED"),
        ] {
            change(&mut record, &of(amount)).expect(status);
            assert_eq!(record.text("status"), status);
        }
        let (status, message) = why(refund(&mut record, &of(1)));
        assert!(status == 409 && message.contains("REFUNDED cannot be refunded"), "{status} {message}");
        assert_eq!(record.fields["events"].as_array().map(Vec::len), Some(6));
    }

    #[test]
    fn no_more_than_there_is() {
        let mut record = paid(Outcome::Authorized);
        let (status, message) = why(capture(&mut record, &of(1001)));
        assert!(status == 400 && message.contains("1000 is left"), "{message}");
        assert!(why(capture(&mut record, &of(0))).1.contains("greater than 0"));
        assert!(why(capture(&mut record, &of(-5))).1.contains("greater than 0"));
        assert_eq!(why(refund(&mut record, &of(1))).0, 409, "nothing was captured");
        capture(&mut record, &Map::new()).expect("all");
        assert_eq!(record.text("status"), "CAPTURED");
        assert!(why(refund(&mut record, &of(i64::MAX))).1.contains("1000 is left"));
    }

    #[test]
    fn each_outcome_and_what_it_allows() {
        for (outcome, status, can_void, can_capture) in [
            (Outcome::Authorized, "AUTHORIZED", true, true),
            (Outcome::Captured, "CAPTURED", false, false),
            (Outcome::Declined, "DECLINED", false, false),
            (Outcome::OnHold, "ON_HOLD", true, false),
            (Outcome::Failed, "FAILED", false, false),
            (Outcome::CaptureFailed, "AUTHORIZED", true, true),
        ] {
            assert_eq!(paid(outcome).text("status"), status);
            assert_eq!(void(&mut paid(outcome)).is_ok(), can_void, "{status}");
            assert_eq!(capture(&mut paid(outcome), &of(1)).is_ok(), can_capture, "{status}");
            assert_eq!(extend(&mut paid(outcome)).is_ok(), status == "AUTHORIZED");
        }
        let mut record = paid(Outcome::Authorized);
        void(&mut record).expect("voided");
        assert_eq!(record.text("status"), "AUTHORIZATION_VOIDED");
    }
}
