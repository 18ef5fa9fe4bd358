//! From one type to another that has the same fields: what was paid for into what is captured or given back.
//!
//! The documents describe the items of a session, a transaction, a capture and a refund as types of their own. Which fields
//! they share is up to each version of a document, so no conversion is part of the types: a field more on one side would
//! take it away. What is asked here instead is that nothing is lost on the way.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::json_path;
use crate::macros::fields;
use crate::reading::{self, How};

/// Makes a value of another type of it, field by field and digit by digit, by their names on the wire.
///
/// Each field that is set must have a place in the other type and fit there, and what the other must have must be set;
/// otherwise nothing is made. Fields that a type does not name are not taken along: what a service may have added to an
/// answer is nothing to send back to it.
///
/// ```
/// dintero_types::object! {
///     /// A line of a payment.
///     read pub struct Paid optional {
///         pub amount: Option<i64> as OptionInteger,
///         pub line_id: Option<String>,
///         pub gross_amount: Option<dintero_types::Decimal>,
///     }
/// }
/// dintero_types::object! {
///     /// A line of a refund.
///     sent pub struct GivenBack {
///         pub amount: i64 as Integer,
///         pub line_id: String,
///     }
/// }
///
/// let paid: Vec<Paid> = dintero_types::serde_json::from_str(r#"[{"amount":29990,"line_id":"1","new":true}]"#)?;
/// let given_back: Vec<GivenBack> = dintero_types::carry(&paid)?;
/// assert_eq!(given_back, [GivenBack::new(29990, "1")]);
///
/// let more: Paid = dintero_types::serde_json::from_str(r#"{"amount":1,"line_id":"1","gross_amount":2}"#)?;
/// let why = dintero_types::carry::<_, GivenBack>(&more).unwrap_err();
/// assert_eq!(why.to_string(), "`$.gross_amount` has no place in the other type");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A field has no place, does not fit, or is missing.
pub fn carry<A: Serialize + ?Sized, B: DeserializeOwned + Serialize>(from: &A) -> Result<B, NotCarried> {
    // As texts, since a float has not all digits of an amount.
    let before = fields::measuring(|| written(from))?;
    let made: B = read(&before)?;
    let after = fields::measuring(|| written(&made))?;
    compare(&before, &after, [NO_PLACE, OTHER])?;
    let whole = written(from)?;
    if whole != before {
        // What one type could not read, or does not name, may be a field of the other: then it is not left behind unsaid.
        let of_whole = fields::measuring(|| written(&read::<B>(&whole)?))?;
        compare(&of_whole, &after, [UNREAD, UNREAD])?;
    }
    Ok(made)
}

const NO_PLACE: &str = "has no place in the other type";
const OTHER: &str = "would be another value in the other type";
const UNREAD: &str = "is no field that was read, and is one of the other type";

fn written<T: Serialize + ?Sized>(value: &T) -> Result<String, NotCarried> {
    serde_json::to_string(value)
        .map_err(|why| NotCarried { path: "$".to_owned(), reason: json_path::without_values(&why) })
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, NotCarried> {
    let how = How { strict: true, scope: 0 };
    reading::read(text.as_bytes(), how, reading::json).map(|reading| reading.value).map_err(|why| NotCarried {
        path: json_path::of_failure(text.as_bytes(), &why),
        reason: json_path::without_values(&why),
    })
}

fn compare(before: &str, after: &str, reasons: [&'static str; 2]) -> Result<(), NotCarried> {
    if before == after {
        return Ok(());
    }
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    match lost(&value(before), &value(after), "$", reasons) {
        Some((path, reason)) => Err(NotCarried { path, reason: reason.to_owned() }),
        None => Ok(()),
    }
}

/// The first thing that is not there afterwards, or is another. Digits are compared in their texts before.
fn lost(before: &Value, after: &Value, path: &str, reasons: [&'static str; 2]) -> Option<(String, &'static str)> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => before.iter().find_map(|(name, value)| {
            let path = format!("{path}.{name}");
            match after.get(name) {
                Some(other) => lost(value, other, &path, reasons),
                None if value.is_null() => None,
                None => Some((path, reasons[0])),
            }
        }),
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            let mut both = before.iter().zip(after).enumerate();
            both.find_map(|(at, (before, after))| lost(before, after, &format!("{path}[{at}]"), reasons))
        }
        (Value::Number(a), Value::Number(b)) if a == b || a.as_f64() == b.as_f64() => None,
        (a, b) if a == b => None,
        _ => Some((path.to_owned(), reasons[1])),
    }
}

/// Why a value was not made of another: where, and never the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCarried {
    path: String,
    reason: String,
}

impl NotCarried {
    /// The JSON path of the field, such as `$[0].gross_amount`.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for NotCarried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, reason } = self;
        let is_ours = [NO_PLACE, OTHER, UNREAD].contains(&reason.as_str());
        write!(f, "`{path}` {}{reason}", if is_ours { "" } else { "cannot be carried: " })
    }
}

impl std::error::Error for NotCarried {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Decimal;

    crate::object! {
        /// A line of an answer.
        read pub struct Line optional {
            pub amount: Option<Decimal>,
            pub quantity: Option<f64>,
            pub text: Option<String>,
            pub paid_at: Option<chrono::DateTime<chrono::Utc>> as OptionTime,
            pub of: Option<Box<Of>>,
        }
    }
    crate::object! {
        /// What a line is of.
        read pub struct Of optional {
            pub id: Option<String>,
        }
    }
    crate::object! {
        /// A line that is sent.
        read pub struct SentLine {
            pub amount: Decimal,
        } optional {
            pub quantity: Option<f64>,
            pub text: Option<i64>,
            pub paid_at: Option<chrono::DateTime<chrono::Utc>> as OptionTime,
            pub of: Option<Box<Of>>,
        }
    }

    fn line(json: &str) -> Line {
        serde_json::from_str(json).expect("fits")
    }

    #[test]
    fn every_digit_is_carried_and_what_nobody_knows_is_not() {
        let text = r#"{"amount":9007199254740993.10,"quantity":1.5,"paid_at":"2026-11-23T10:00:00.5Z",
            "of":{"id":"1","x":1},"y":2}"#;
        let sent: SentLine = carry(&line(text)).expect("has the same fields");
        assert_eq!(sent.amount.to_string(), "9007199254740993.10");
        assert_eq!((sent.quantity, sent.unknown().len()), (Some(1.5), 0));
        assert_eq!(serde_json::to_string(&sent.of).expect("writes"), r#"{"id":"1"}"#);
        assert_eq!(carry::<_, Line>(&sent).map(|line| line.paid_at), Ok(sent.paid_at));
    }

    #[test]
    fn what_is_lost_missing_or_of_another_type_is_told_and_never_shown() {
        for (json, told) in [
            (r#"{"quantity":1}"#, "`$[0]` cannot be carried: missing field `amount`"),
            (r#"{"amount":1,"text":"secret"}"#, "`$[0].text` cannot be carried: invalid type: string, expected i64"),
        ] {
            let why = carry::<_, Vec<SentLine>>(&[line(json)]).expect_err("does not fit");
            assert_eq!(why.to_string(), told);
        }
        // Read leniently, so that the amount is none that the type knows.
        let unread = reading::from_slice::<Line>(br#"{"amount":[1],"quantity":1}"#).expect("may be absent").value;
        assert_eq!(carry::<_, Line>(&unread).expect_err("an amount").path(), "$.amount");
        let unread = reading::from_slice::<Of>(br#"{"amount":1}"#).expect("has no amount").value;
        assert_eq!(
            carry::<_, Line>(&unread).expect_err("an amount").to_string(),
            "`$.amount` is no field that was read, and is one of the other type"
        );
        let why = carry::<_, Of>(&line(r#"{"amount":1}"#)).expect_err("has no amount");
        assert_eq!((why.path(), why.to_string().as_str()), ("$.amount", "`$.amount` has no place in the other type"));
    }
}
