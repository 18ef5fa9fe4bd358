//! The text of a value as the JSON has it, before it is parsed.
//!
//! For: a number's digits are gone once it is a float, and what nobody knows must be written back as it came. The text
//! is had by the way that `serde_json` has for its `RawValue`; that type itself is either borrowed, which not every
//! source can give, or allocated. A format that is no JSON gives the value instead, which is then put into JSON.

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Asks `serde_json` for the text. Where it is not known by this name, the value itself comes, so that nothing is lost
/// but digits; a test tells.
const ASK: &str = "$serde_json::private::RawValue";

/// Reads the text of a value: always whole and valid JSON.
pub struct Raw;

impl<'de> DeserializeSeed<'de> for Raw {
    type Value = Cow<'de, str>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_newtype_struct(ASK, self)
    }
}

impl<'de> Visitor<'de> for Raw {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        match map.next_key_seed(Text)? {
            Some(Cow::Borrowed(ASK)) => map.next_value_seed(Text),
            name => object(name, map),
        }
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Value::deserialize(deserializer).map(written)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items: Vec<Value> = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(written(items))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(written(text))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(written(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(written(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(written(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(written(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(written(Value::Null))
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(written(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.deserialize(deserializer)
    }
}

fn written<'de>(value: impl Into<Value>) -> Cow<'de, str> {
    Cow::Owned(value.into().to_string())
}

/// An object of a source that is no JSON, of which a name has been read.
#[cold]
fn object<'de, A: MapAccess<'de>>(first: Option<Cow<'de, str>>, mut map: A) -> Result<Cow<'de, str>, A::Error> {
    let mut fields = Map::new();
    let mut name = first.map(Cow::into_owned);
    while let Some(this) = name {
        fields.insert(this, map.next_value()?);
        name = map.next_key()?;
    }
    Ok(written(fields))
}

/// The text itself.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text of a value")
    }

    #[inline]
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text))
    }
}

/// What kind of value a text is, and never the value.
pub fn kind(text: &str) -> &'static str {
    match text.trim_start().as_bytes().first() {
        Some(b'{') => "object",
        Some(b'[') => "list",
        Some(b'"') => "string",
        Some(b't' | b'f') => "boolean",
        Some(b'n') => "null",
        Some(_) => "number",
        None => "nothing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_that_of_the_wire() {
        for text in ["1.50", "-0", "12345678901234567890.123456789", "1E400", "\"a\\u0041\"", "null", "[1, {\"a\":2}]"]
        {
            let raw = Raw.deserialize(&mut serde_json::Deserializer::from_slice(text.as_bytes())).unwrap();
            assert!(matches!(raw, Cow::Borrowed(_)), "serde_json no longer gives the text of {text}");
            assert_eq!(raw, text);
        }
    }

    #[test]
    fn another_source_gives_the_value() {
        let value = serde_json::json!({"a": [1, "x"]});
        assert_eq!(Raw.deserialize(value.clone()).unwrap(), r#"{"a":[1,"x"]}"#);
        assert_eq!(Raw.deserialize(&value).unwrap(), r#"{"a":[1,"x"]}"#);
        let text: serde::de::value::StrDeserializer<'_, serde_json::Error> =
            serde::de::IntoDeserializer::into_deserializer("a\"b");
        assert_eq!(Raw.deserialize(text).unwrap(), r#""a\"b""#);
    }

    #[test]
    fn kinds() {
        let all = [("{}", "object"), (" [1]", "list"), ("\"\"", "string"), ("true", "boolean"), ("null", "null")];
        for (text, told) in all.into_iter().chain([("-1", "number"), ("", "nothing")]) {
            assert_eq!(kind(text), told);
        }
    }
}
