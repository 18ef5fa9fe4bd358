//! Whether two JSON values say the same: a number as integer or not, a time in any offset.

use dintero_client::chrono::{DateTime, NaiveDateTime};
use serde_json::Value;

/// Where `after` does not say what `before` said. A null says as much as nothing at all.
pub fn differences(before: &Value, after: &Value) -> Vec<String> {
    let mut out = Vec::new();
    compare(before, after, "", &mut out);
    out
}

fn compare(before: &Value, after: &Value, at: &str, out: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(a), Value::Object(b)) => {
            for (name, value) in a.iter().filter(|(_, value)| !value.is_null()) {
                match b.get(name) {
                    Some(other) => compare(value, other, &below(at, name), out),
                    None => out.push(format!("{} is lost", below(at, name))),
                }
            }
            for (name, _) in
                b.iter().filter(|(name, value)| !value.is_null() && a.get(*name).is_none_or(Value::is_null))
            {
                out.push(format!("{} was not there", below(at, name)));
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                compare(a, b, &below(at, &i.to_string()), out);
            }
        }
        (a, b) if a == b || numbers(a, b) || times(a, b) => {}
        (a, b) => out.push(format!("{at}: {a} became {b}")),
    }
}

/// A pointer one step further.
pub fn below(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn numbers(a: &Value, b: &Value) -> bool {
    a.is_number() && b.is_number() && a.as_f64() == b.as_f64()
}

fn times(a: &Value, b: &Value) -> bool {
    let time = |value: &Value| {
        let text = value.as_str()?;
        let with_offset = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc()).ok();
        with_offset.or_else(|| text.parse::<NaiveDateTime>().ok().map(|time| time.and_utc()))
    };
    time(a).is_some_and(|instant| time(b) == Some(instant))
}
