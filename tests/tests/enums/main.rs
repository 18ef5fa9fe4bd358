//! Every enum of every service: what it knows goes to and fro, and what it does not know is kept as it came.

#[rustfmt::skip]
mod registry;

use registry::ENUMS;
use serde_json::{Value, json};

/// An enum, as the tests need it.
pub struct Enum {
    name: &'static str,
    /// The values that it knows.
    values: fn() -> Vec<Value>,
    /// Reads a value; tells whether it is known, and what is written back.
    round: fn(&Value) -> Result<(bool, Value), serde_json::Error>,
}

/// An entry of the registry.
macro_rules! entry {
    ($type:ty) => {
        $crate::Enum {
            name: stringify!($type),
            values: || <$type>::VALUES.iter().map(|v| serde_json::json!(v)).collect(),
            round: |value| {
                let read: $type = serde_json::from_str(&value.to_string())?;
                Ok((read.is_known(), serde_json::to_value(read)?))
            },
        }
    };
}

pub(crate) use entry;

/// The enums for which this does not hold.
fn failing(holds: impl Fn(&Enum) -> bool) -> Vec<&'static str> {
    ENUMS.iter().filter(|e| !holds(e)).map(|e| e.name).collect()
}

#[test]
fn a_known_value_is_known_and_written_back() {
    let holds = |e: &Enum| {
        let values = (e.values)();
        values.iter().all(|v| matches!((e.round)(v), Ok((true, back)) if back == *v)) && !values.is_empty()
    };
    assert_eq!(failing(holds), [""; 0]);
}

#[test]
fn an_unknown_value_is_kept_and_written_back_unchanged() {
    let holds = |e: &Enum| {
        let unknown = match (e.values)().first() {
            Some(Value::Number(_)) => vec![json!(-987_654_321), json!(987_654_321)],
            _ => vec![json!("a value of next year"), json!(""), json!("Ærlig + 100 % \u{1F600}")],
        };
        unknown
            .iter()
            // The empty text may be a value of its own.
            .filter(|v| !(e.values)().contains(v))
            .all(|v| matches!((e.round)(v), Ok((false, back)) if back == *v))
    };
    assert_eq!(failing(holds), [""; 0]);
}
