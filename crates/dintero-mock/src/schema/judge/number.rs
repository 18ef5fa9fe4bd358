//! Numbers as JSON Schema means them: 1 and 1.0 are one, and 0.3 is a multiple of 0.1.

use serde_json::{Number, Value};
use std::cmp::Ordering;

/// As exact as the number is given.
pub(super) fn compare(a: &Number, b: &Number) -> Ordering {
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => float(a).partial_cmp(&float(b)).unwrap_or(Ordering::Equal),
    }
}

pub(super) fn is_integer(number: &Number) -> bool {
    whole(number).is_some() || float(number).fract() == 0.0
}

pub(super) fn is_multiple(number: &Number, step: &Number) -> bool {
    if let (Some(number), Some(step)) = (whole(number), whole(step)) {
        return step == 0 || number % step == 0;
    }
    if let (Some((number, a)), Some((step, b))) = (decimal(number), decimal(step)) {
        let scale = a.max(b);
        let to_scale = |digits: i128, at: u32| digits.checked_mul(10_i128.checked_pow(scale - at)?);
        if let (Some(number), Some(step)) = (to_scale(number, a), to_scale(step, b)) {
            return step == 0 || number % step == 0;
        }
    }
    let quotient = float(number) / float(step);
    quotient.is_finite() && quotient.fract() == 0.0
}

/// A count, which a document may write as 2.0.
pub(super) fn size(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        let (digits, scale) = decimal(value.as_number()?)?;
        let scale = 10_i128.checked_pow(scale)?;
        u64::try_from(digits / scale).ok().filter(|_| digits % scale == 0)
    })
}

/// Deep, with numbers by their value.
pub(super) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare(a, b).is_eq(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

/// A text that two values share if they are equal.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => match whole(number) {
            Some(whole) => whole.to_string(),
            None if float(number).fract() == 0.0 => format!("{:.0}", float(number)),
            None => number.to_string(),
        },
        Value::Array(list) => format!("[{}]", list.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(map) => {
            let mut fields: Vec<String> = map
                .iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value)))
                .collect();
            fields.sort();
            format!("{{{}}}", fields.join(","))
        }
        other => other.to_string(),
    }
}

fn whole(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

fn float(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

/// All digits, and how many of them stand behind the point.
fn decimal(number: &Number) -> Option<(i128, u32)> {
    let text = number.to_string();
    let (text, exponent) = match text.split_once(['e', 'E']) {
        Some((text, exponent)) => (text.to_owned(), exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (before, behind) = text.split_once('.').unwrap_or((&text, ""));
    let digits: i128 = format!("{before}{behind}").parse().ok()?;
    let scale = i32::try_from(behind.len()).ok()?.checked_sub(exponent)?;
    match u32::try_from(scale) {
        Ok(scale) => Some((digits, scale)),
        Err(_) => Some((digits.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?, 0)),
    }
}
