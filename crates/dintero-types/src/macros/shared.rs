//! What the expansions of the macros call. Not for use by hand.

use std::{borrow::Cow, fmt};

use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::Value;

use crate::de::{Text, TextVisitor};

/// The known value for a text, if there is one.
pub fn find<T: Clone>(values: &[&str], all: &[T], text: &str) -> Option<T> {
    all.get(values.iter().position(|value| *value == text)?).cloned()
}

/// Reads a value of an open enum.
pub fn read_text<'de, D: Deserializer<'de>, T: Clone>(
    deserializer: D,
    values: &[&'static str],
    all: &[T],
    other: fn(String) -> T,
) -> Result<T, D::Error> {
    // Formats that do not describe themselves cannot be asked for "any".
    let text = match deserializer.is_human_readable() {
        true => deserializer.deserialize_any(TextVisitor(values))?,
        false => deserializer.deserialize_str(TextVisitor(values))?,
    };
    Ok(match text {
        Text::Known(at) => match all.get(at) {
            Some(known) => known.clone(),
            None => other(values.get(at).copied().unwrap_or_default().to_owned()),
        },
        Text::Other(text) => other(text),
    })
}

/// Reads a whole number.
pub fn read_integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    match deserializer.is_human_readable() {
        true => crate::de::integer(deserializer),
        false => i64::deserialize(deserializer),
    }
}

/// Schema of an open enum: any text, the known ones named.
pub fn open_schema(values: &[&str]) -> Value {
    match values {
        [] => serde_json::json!({"type": "string"}),
        _ => serde_json::json!({"anyOf": [{"type": "string", "enum": values}, {"type": "string"}]}),
    }
}

/// Schema of an open enum of whole numbers.
pub fn open_int_schema(values: &[i64]) -> Value {
    match values {
        [] => serde_json::json!({"type": "integer"}),
        _ => {
            serde_json::json!({"anyOf": [{"type": "integer", "enum": values}, {"type": "integer"}]})
        }
    }
}

/// What the tag of an object says.
pub fn tag<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

/// A candidate for a value without tag: what it decodes to, and how much of the input it keeps.
pub fn attempt<T: DeserializeOwned + Serialize, E>(input: &Value, best: &mut Option<(usize, E)>, wrap: fn(T) -> E) {
    let Ok(read) = T::deserialize(input) else {
        return;
    };
    let Ok(written) = serde_json::to_value(&read) else {
        return;
    };
    let kept = kept(input, &written);
    if keeps_something(input, kept) && best.as_ref().is_none_or(|(most, _)| kept > *most) {
        *best = Some((kept, wrap(read)));
    }
}

/// Reads the variant that the tag chose.
pub fn chosen<T: DeserializeOwned, E>(input: &Value, wrap: fn(T) -> E) -> Option<E> {
    T::deserialize(input).ok().map(wrap)
}

/// A reading that loses all there is fits nothing; of nothing, nothing can be lost.
fn keeps_something(input: &Value, kept: usize) -> bool {
    kept > 0
        || match input {
            Value::Object(fields) => fields.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        }
}

/// How much of `input` is in `written`: one for each value that is there, one more if it is equal.
fn kept(input: &Value, written: &Value) -> usize {
    match (input, written) {
        (Value::Object(input), Value::Object(written)) => {
            input.iter().filter_map(|(key, value)| Some(1 + kept(value, written.get(key)?))).sum()
        }
        (Value::Array(input), Value::Array(written)) => {
            input.iter().zip(written).map(|(value, written)| 1 + kept(value, written)).sum()
        }
        // 100 and 100.0 are the same number.
        (Value::Number(a), Value::Number(b)) => usize::from(a == b || a.as_f64() == b.as_f64()),
        (a, b) => usize::from(a == b),
    }
}

/// Debug of a value no type fits: its shape, as what is in it may be personal.
pub fn debug_other(f: &mut fmt::Formatter<'_>, value: &Value) -> fmt::Result {
    match value {
        Value::Object(fields) => {
            let keys: Vec<_> = fields.keys().collect();
            write!(f, "Other(object with {keys:?})")
        }
        Value::Array(items) => write!(f, "Other(array of {})", items.len()),
        Value::Null => f.write_str("Other(null)"),
        Value::Bool(_) => f.write_str("Other(boolean)"),
        Value::Number(_) => f.write_str("Other(number)"),
        Value::String(_) => f.write_str("Other(string)"),
    }
}

/// Debug of a variant with its value.
pub fn debug_variant(f: &mut fmt::Formatter<'_>, name: &str, value: &dyn fmt::Debug) -> fmt::Result {
    f.debug_tuple(name).field(value).finish()
}

/// A body no type is documented for: JSON, or else its text.
pub fn any_body(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
}

/// Name of a schema.
pub fn name(name: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(name)
}

/// A field of an object's `Debug`, if there is one.
pub fn show<T: fmt::Debug>(shown: &mut fmt::DebugStruct<'_, '_>, name: &str, value: &Option<T>) {
    if let Some(value) = value {
        shown.field(name, value);
    }
}

/// That there is one.
pub fn show_hidden(shown: &mut fmt::DebugStruct<'_, '_>, name: &str, is_there: bool) {
    if is_there {
        shown.field(name, &Hidden);
    }
}

/// Stands in `Debug` for what must not be shown.
pub struct Hidden;

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn counts_what_is_kept() {
        let input = json!({"a": 1, "b": {"c": [1, 2]}, "d": null});
        assert_eq!(kept(&input, &input), 2 + 1 + (1 + 2 * 2) + 2);
        assert_eq!(kept(&input, &json!({"a": 1.0})), 2);
        assert_eq!(kept(&input, &json!({"a": "1", "x": 2})), 1);
        assert_eq!(kept(&json!("x"), &json!("x")), 1);
        assert_eq!(kept(&json!("x"), &json!({})), 0);
    }

    #[test]
    fn debug_of_the_unknown_shows_no_value() {
        struct Shown(Value);
        impl fmt::Debug for Shown {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                debug_other(f, &self.0)
            }
        }
        for value in [json!({"name": "hidden"}), json!(["hidden"]), json!("hidden"), json!(4711)] {
            let text = format!("{:?}", Shown(value));
            assert!(text.starts_with("Other(") && !text.contains("hidden") && !text.contains("4711"), "{text}");
        }
    }
}
