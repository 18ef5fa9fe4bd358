//! Tolerant reading: the readers that a field of [`object!`](crate::object!) names after `as`, and the same as
//! functions for `#[serde(deserialize_with = "..")]`.
//!
//! As functions the optional forms need `#[serde(default)]` beside them: serde asks them only when the field is
//! there.

use std::{borrow::Cow, fmt};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, Unexpected, Visitor};

use crate::raw::Raw;
use crate::reading::{self, refused};

/// A reader for each function.
macro_rules! readers {
    ($( $reader:ident = $function:ident -> $kind:ty; )*) => {$(
        #[doc = concat!("[`", stringify!($function), "`] as a reader.")]
        pub struct $reader;

        impl<'de> DeserializeSeed<'de> for $reader {
            type Value = $kind;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<$kind, D::Error> {
                $function(deserializer)
            }
        }
    )*};
}

readers! {
    Time = date_time -> DateTime<Utc>;
    OptionTime = option_date_time -> Option<DateTime<Utc>>;
    Day = date -> NaiveDate;
    OptionDay = option_date -> Option<NaiveDate>;
    Integer = integer -> i64;
    OptionInteger = option_integer -> Option<i64>;
}

/// A time: RFC 3339, also with a space for the `T`, `+0000`, a date alone (midnight), or no
/// offset (read as UTC).
///
/// # Errors
/// The text is no time.
pub fn date_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    match deserializer.deserialize_str(TimeVisitor)? {
        Some(time) => Ok(time),
        None => Err(D::Error::custom(NO_TIME)),
    }
}

/// As [`date_time`], with `None` for null and the empty string.
///
/// # Errors
/// The text is no time.
pub fn option_date_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    deserializer.deserialize_option(TimeVisitor)
}

/// A day, also where a time of that day is sent.
///
/// # Errors
/// The text is neither.
pub fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    option_date(deserializer)?.ok_or_else(|| D::Error::custom(NO_DAY))
}

/// As [`date`] for a field that may be absent, null or empty.
///
/// # Errors
/// The text is neither.
pub fn option_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    match text.trim() {
        "" => Ok(None),
        // The day of a time is the one that is written, whatever the offset.
        text => match NaiveDate::parse_from_str(text.get(..10).unwrap_or(text), "%Y-%m-%d") {
            Ok(day) => Ok(Some(day)),
            Err(_) => Err(D::Error::custom(NO_DAY)),
        },
    }
}

const NO_DAY: &str = "expected a day such as 2026-11-23";

/// A whole number, also written as `100.0` or `"100"`. A fraction is none, however small: nothing is rounded.
///
/// # Errors
/// Not a whole number, or too large for the type.
#[inline]
pub fn integer<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i64>,
{
    if reading::is_fast() {
        return deserializer.deserialize_i64(Digits).map_err(as_text).and_then(in_range);
    }
    let text = Raw.deserialize(deserializer)?;
    match whole(&text) {
        Some(Some(value)) => T::try_from(value).map_err(|_| refused(&text, IN_RANGE)),
        _ => Err(refused(&text, WHOLE)),
    }
}

/// As [`integer`], with `None` for null and the empty string.
///
/// # Errors
/// Not a whole number, or too large for the type.
#[inline]
pub fn option_integer<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i64>,
{
    if reading::is_fast() {
        let value = deserializer.deserialize_option(OptionDigits).map_err(as_text)?;
        return value.map(in_range).transpose();
    }
    let text = Raw.deserialize(deserializer)?;
    match whole(&text) {
        Some(Some(value)) => T::try_from(value).map(Some).map_err(|_| refused(&text, IN_RANGE)),
        Some(None) => Ok(None),
        None => Err(refused(&text, WHOLE)),
    }
}

const WHOLE: &str = "a whole number";
const IN_RANGE: &str = "a whole number that is in range";

/// A whole number that is written as one; all others are taken by their texts.
struct Digits;

impl Visitor<'_> for Digits {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(WHOLE)
    }

    #[inline]
    fn visit_i64<E: Error>(self, value: i64) -> Result<i64, E> {
        Ok(value)
    }

    #[inline]
    fn visit_u64<E: Error>(self, value: u64) -> Result<i64, E> {
        i64::try_from(value).map_err(|_| E::custom(IN_RANGE))
    }
}

/// The same, or null.
struct OptionDigits;

impl<'de> Visitor<'de> for OptionDigits {
    type Value = Option<i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(WHOLE)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_i64(Digits).map(Some)
    }
}

/// The error ends this reading, and the next takes the number as its text.
#[cold]
fn as_text<E: Error>(error: E) -> E {
    reading::take_texts();
    error
}

#[inline]
fn in_range<T: TryFrom<i64>, E: Error>(value: i64) -> Result<T, E> {
    T::try_from(value).map_err(|_| as_text(E::custom(IN_RANGE)))
}

/// Of a value of JSON; nothing of null and the empty string.
#[inline]
fn whole(json: &str) -> Option<Option<i64>> {
    match json.parse() {
        Ok(value) => Some(Some(value)),
        Err(_) => whole_otherwise(json),
    }
}

#[cold]
fn whole_otherwise(json: &str) -> Option<Option<i64>> {
    match json.as_bytes().first()? {
        b'n' => Some(None),
        b'"' if serde_json::from_str::<Cow<'_, str>>(json).ok()?.trim().is_empty() => Some(None),
        _ => crate::decimal::read(json)?.as_i64().map(Some),
    }
}

const NO_TIME: &str = "expected a time such as 2026-11-23T10:00:00Z";

struct TimeVisitor;

impl<'de> Visitor<'de> for TimeVisitor {
    type Value = Option<DateTime<Utc>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time such as 2026-11-23T10:00:00Z")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match text.trim() {
            "" => Ok(None),
            text => parse_time(text).map(Some).ok_or_else(|| E::custom(NO_TIME)),
        }
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    // Nearly all are of this form, which chrono reads faster than the looser one.
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    if let Ok(time) = text.parse::<DateTime<Utc>>() {
        return Some(time);
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
            return Some(time.and_utc());
        }
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(date.and_time(NaiveTime::MIN).and_utc())
}

/// Texts of an open enum: looked up in the known values before anything is allocated.
pub(crate) struct TextVisitor<'a>(pub(crate) &'a [&'static str]);

/// What [`TextVisitor`] finds.
pub(crate) enum Text {
    Known(usize),
    Other(String),
}

impl TextVisitor<'_> {
    pub(crate) fn find(&self, text: &str) -> Text {
        match self.0.iter().position(|known| *known == text) {
            Some(at) => Text::Known(at),
            None => Text::Other(text.to_owned()),
        }
    }

    fn known<E: Error>(&self, text: &str, met: Unexpected<'_>) -> Result<Text, E> {
        match self.find(text) {
            Text::Other(_) => Err(E::invalid_type(met, &"a string")),
            known => Ok(known),
        }
    }
}

impl<'de> Visitor<'de> for TextVisitor<'_> {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(self.find(text))
    }

    // Some documents list numbers and booleans as texts; what they list is known by its text. Others are of another type.
    fn visit_bool<E: Error>(self, value: bool) -> Result<Text, E> {
        self.known(if value { "true" } else { "false" }, Unexpected::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Text, E> {
        self.known(&value.to_string(), Unexpected::Signed(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Text, E> {
        self.known(&value.to_string(), Unexpected::Unsigned(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Text, E> {
        self.known(&value.to_string(), Unexpected::Float(value))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Times {
        #[serde(deserialize_with = "date_time")]
        at: DateTime<Utc>,
        #[serde(default, deserialize_with = "option_date_time")]
        until: Option<DateTime<Utc>>,
    }

    #[derive(Debug, Deserialize)]
    struct Numbers {
        #[serde(deserialize_with = "integer")]
        amount: i64,
        #[serde(default, deserialize_with = "option_integer")]
        count: Option<u32>,
    }

    fn time(text: &str) -> Result<String, serde_json::Error> {
        serde_json::from_value::<Times>(serde_json::json!({"at": text})).map(|t| t.at.to_rfc3339())
    }

    #[test]
    fn reads_times_as_they_come() {
        let cases = [
            ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00+00:00"),
            ("2026-11-23T10:00:00+01:00", "2026-11-23T09:00:00+00:00"),
            ("2026-11-23T10:00:00+0000", "2026-11-23T10:00:00+00:00"),
            ("2026-11-23T10:00:00", "2026-11-23T10:00:00+00:00"),
            ("2026-11-23 10:00:00.5", "2026-11-23T10:00:00.500+00:00"),
            ("2026-11-23T10:00", "2026-11-23T10:00:00+00:00"),
            ("2026-11-23", "2026-11-23T00:00:00+00:00"),
        ];
        for (text, expected) in cases {
            assert_eq!(time(text).unwrap(), expected, "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "2026-11-23T25:00:00Z"] {
            let error = time(text).unwrap_err().to_string();
            assert!(error.contains("expected a time"), "{error}");
        }
    }

    #[test]
    fn no_time_is_none() {
        for text in
            [r#"{"at":"2026-11-23"}"#, r#"{"at":"2026-11-23","until":null}"#, r#"{"at":"2026-11-23","until":""}"#]
        {
            assert_eq!(serde_json::from_str::<Times>(text).unwrap().until, None, "{text}");
        }
        let set: Times = serde_json::from_str(r#"{"at":"2026-11-23","until":"2026-11-24"}"#).unwrap();
        assert!(set.until.unwrap() > set.at);
    }

    #[test]
    fn reads_whole_numbers_as_they_come() {
        for text in ["100", "100.0", "1e2", "\"100\"", "\"100.0\""] {
            let read: Numbers = serde_json::from_str(&format!(r#"{{"amount":{text},"count":{text}}}"#)).unwrap();
            assert_eq!((read.amount, read.count), (100, Some(100)), "{text}");
        }
        for text in [
            "100.5",
            "\"x\"",
            "null",
            "true",
            "1e30",
            "9223372036854775808",
            "\"NaN\"",
            "{}",
            "[]",
            "100.00000000000000000000000000001",
            "99.99999999999999999999999999",
        ] {
            assert!(serde_json::from_str::<Numbers>(&format!(r#"{{"amount":{text}}}"#)).is_err(), "{text}");
        }
        // A float would make another number of it.
        let read: Numbers = serde_json::from_str(r#"{"amount":9007199254740993.0}"#).unwrap();
        assert_eq!(read.amount, 9_007_199_254_740_993);
        for text in ["null", "\"\""] {
            let read: Numbers = serde_json::from_str(&format!(r#"{{"amount":-1,"count":{text}}}"#)).unwrap();
            assert_eq!((read.amount, read.count), (-1, None));
        }
        assert!(serde_json::from_str::<Numbers>(r#"{"amount":1,"count":-1}"#).is_err());
    }
}
