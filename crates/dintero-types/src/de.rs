//! Tolerant reading: the readers that a field of [`object!`](crate::object!) names after `as`, and the same as
//! functions for `#[serde(deserialize_with = "..")]`.
//!
//! As functions the optional forms need `#[serde(default)]` beside them: serde asks them only when the field is
//! there.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, Unexpected, Visitor};

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

/// A whole number, also written as `100.0` or `"100"`.
///
/// # Errors
/// Not a whole number, or too large for the type.
pub fn integer<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i128>,
{
    match deserializer.deserialize_any(IntegerVisitor)? {
        Some(value) => fit(value),
        None => Err(D::Error::invalid_type(Unexpected::Unit, &IntegerVisitor)),
    }
}

/// As [`integer`], with `None` for null and the empty string.
///
/// # Errors
/// Not a whole number, or too large for the type.
pub fn option_integer<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i128>,
{
    deserializer.deserialize_any(IntegerVisitor)?.map(fit).transpose()
}

fn fit<T: TryFrom<i128>, E: Error>(value: i128) -> Result<T, E> {
    T::try_from(value).map_err(|_| E::custom("the whole number is out of range"))
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

struct IntegerVisitor;

impl<'de> Visitor<'de> for IntegerVisitor {
    type Value = Option<i128>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        // Beyond 2^63 no published integer goes; the cast below is exact up to there.
        if value.fract() == 0.0 && value.abs() <= 9.3e18 {
            Ok(Some(value as i128))
        } else {
            Err(E::invalid_value(Unexpected::Float(value), &self))
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if let Ok(value) = text.parse() {
            return Ok(Some(value));
        }
        match text.parse() {
            Ok(value) => self.visit_f64(value),
            Err(_) => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
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
}

impl<'de> Visitor<'de> for TextVisitor<'_> {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(self.find(text))
    }

    // A scalar that is no string is kept by its text rather than failing the whole answer.
    fn visit_bool<E: Error>(self, value: bool) -> Result<Text, E> {
        Ok(self.find(if value { "true" } else { "false" }))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Text, E> {
        Ok(self.find(&value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Text, E> {
        Ok(self.find(&value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Text, E> {
        Ok(self.find(&value.to_string()))
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
        for text in ["100.5", "\"x\"", "null", "true", "1e30", "9223372036854775808", "\"NaN\""] {
            assert!(serde_json::from_str::<Numbers>(&format!(r#"{{"amount":{text}}}"#)).is_err(), "{text}");
        }
        for text in ["null", "\"\""] {
            let read: Numbers = serde_json::from_str(&format!(r#"{{"amount":-1,"count":{text}}}"#)).unwrap();
            assert_eq!((read.amount, read.count), (-1, None));
        }
        assert!(serde_json::from_str::<Numbers>(r#"{"amount":1,"count":-1}"#).is_err());
    }
}
