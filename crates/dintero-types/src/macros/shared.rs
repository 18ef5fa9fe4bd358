//! What the expansions of the macros call. Not for use by hand.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::de::{Text, TextVisitor};
use crate::raw::Raw;
use crate::reading::{self, Met};

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
        Text::Other(text) => {
            reading::unknown_value(values.as_ptr() as usize);
            other(text)
        }
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

/// The text of a value of which the type is not known yet.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    let text = Raw.deserialize(deserializer)?;
    match reading::is_too_deep(text.as_bytes()) {
        true => Err(D::Error::custom("lists and objects are nested too deep")),
        false => Ok(text),
    }
}

/// A value that no type fits.
pub fn value(text: &str) -> Value {
    // It has been read once as JSON.
    serde_json::from_str(text).unwrap_or_default()
}

/// What the tag of an object says.
pub fn tag<'a>(text: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let mut found = None;
    // The tag is all that is wanted; that the rest is not read is an error to the reader alone.
    let _ = serde_json::Deserializer::from_str(text).deserialize_map(Tag { name, found: &mut found });
    found
}

struct Tag<'a, 'de> {
    name: &'a str,
    found: &'a mut Option<Cow<'de, str>>,
}

impl<'de> Visitor<'de> for Tag<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(super::fields::Name)? {
            if key == self.name {
                *self.found = map.next_value_seed(super::fields::Name).ok();
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// A tag that no type has.
pub fn unknown_tag(of: &'static str) {
    reading::unknown_value(of.as_ptr() as usize);
}

/// A value that is known or new; `of` is what is known.
pub fn watched<T, V>(value: T, is_known: bool, of: &'static [V]) -> T {
    if !is_known {
        reading::unknown_value(of.as_ptr() as usize);
    }
    value
}

/// Reads the variant that the tag chose.
pub fn chosen<T: DeserializeOwned, E>(text: &str, wrap: fn(T) -> E) -> Option<E> {
    match reading::part(text, PhantomData::<T>) {
        Ok(read) => Some(wrap(read)),
        Err(why) => {
            reading::unfit(text, &why);
            None
        }
    }
}

/// The candidates for a value without tag: which reads most of it as described, and keeps most of the input.
pub struct Best<'a, E> {
    text: &'a str,
    input: Option<Value>,
    most: usize,
    fit: Option<(usize, usize, E, Met)>,
    why: Option<serde_json::Error>,
}

impl<'a, E> Best<'a, E> {
    /// None yet.
    pub fn new(text: &'a str) -> Self {
        Self { text, input: None, most: 0, fit: None, why: None }
    }

    /// A candidate: what it decodes to, and how much of the input it keeps.
    pub fn attempt<T: DeserializeOwned + Serialize>(&mut self, wrap: fn(T) -> E) {
        // Better cannot be, and the first of equals is taken.
        if self.fit.as_ref().is_some_and(|(unread, kept, ..)| *unread == 0 && *kept == self.most) {
            return;
        }
        let (read, met) = reading::apart(|| reading::part(self.text, PhantomData::<T>));
        let read = match read {
            Ok(read) => read,
            Err(why) => return self.why = Some(why),
        };
        let Ok(written) = super::fields::measured(&read) else { return };
        let most = &mut self.most;
        let input = self.input.get_or_insert_with(|| {
            let input = value(self.text);
            *most = kept(&input, &input);
            input
        });
        let kept = kept(input, &written);
        let is_better = |(unread, most, ..): &(usize, usize, E, Met)| {
            (met.unread(), std::cmp::Reverse(kept)) < (*unread, std::cmp::Reverse(*most))
        };
        if keeps_something(input, kept) && self.fit.as_ref().is_none_or(is_better) {
            self.fit = Some((met.unread(), kept, wrap(read), met));
        }
    }

    /// The best one.
    pub fn take(self) -> Option<E> {
        match self.fit {
            Some((_, _, fit, met)) => {
                met.keep();
                Some(fit)
            }
            None => {
                if let Some(why) = self.why {
                    reading::unfit(self.text, &why);
                }
                None
            }
        }
    }
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

/// The names of what a type does not name.
pub fn show_unknown(shown: &mut fmt::DebugStruct<'_, '_>, unknown: &crate::Unknown) {
    if !unknown.is_empty() {
        shown.field("unknown", unknown);
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
