//! Values of parameters whose text on the wire is not that of their type.

use std::fmt::{self, Write as _};
use std::{ops::Deref, str::FromStr};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A list that is sent as one text, joined with commas.
///
/// ```
/// use dintero_types::CommaList;
///
/// let list: CommaList<&str> = vec!["events", "items"].into();
/// assert_eq!(list.to_string(), "events,items");
/// ```
pub type CommaList<T> = JoinedList<T, ','>;

/// The same joined with spaces.
pub type SpaceList<T> = JoinedList<T, ' '>;

/// The same joined with `|`.
pub type PipeList<T> = JoinedList<T, '|'>;

/// The same joined with tabs.
pub type TabList<T> = JoinedList<T, '\t'>;

/// A list that is sent as one text, its items joined by a separator.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JoinedList<T, const SEPARATOR: char>(pub Vec<T>);

impl<T, const SEPARATOR: char> Default for JoinedList<T, SEPARATOR> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: fmt::Display, const SEPARATOR: char> fmt::Display for JoinedList<T, SEPARATOR> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, item) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_char(SEPARATOR)?;
            }
            write!(f, "{item}")?;
        }
        Ok(())
    }
}

impl<T, const SEPARATOR: char> From<Vec<T>> for JoinedList<T, SEPARATOR> {
    fn from(items: Vec<T>) -> Self {
        Self(items)
    }
}

impl<T, const SEPARATOR: char> FromIterator<T> for JoinedList<T, SEPARATOR> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T, const SEPARATOR: char> Deref for JoinedList<T, SEPARATOR> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: FromStr, const SEPARATOR: char> FromStr for JoinedList<T, SEPARATOR> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        text.split(SEPARATOR).map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl<T: fmt::Display, const SEPARATOR: char> Serialize for JoinedList<T, SEPARATOR> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T: FromStr, const SEPARATOR: char> Deserialize<'de> for JoinedList<T, SEPARATOR>
where
    T::Err: fmt::Display,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A time whose text is RFC 3339, for headers and paths.
///
/// ```
/// use dintero_types::{Rfc3339, chrono::{DateTime, Utc}};
///
/// let time: DateTime<Utc> = "2026-11-23T10:00:00+01:00".parse()?;
/// assert_eq!(Rfc3339::from(time).to_string(), "2026-11-23T09:00:00Z");
/// # Ok::<(), dintero_types::chrono::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rfc3339(pub DateTime<Utc>);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl From<DateTime<Utc>> for Rfc3339 {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time)
    }
}

impl From<Rfc3339> for DateTime<Utc> {
    fn from(time: Rfc3339) -> Self {
        time.0
    }
}

impl FromStr for Rfc3339 {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rfc3339 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::de::date_time(deserializer).map(Self)
    }
}

/// A day or a time, where a document takes either.
///
/// ```
/// use dintero_types::{DayOrTime, chrono::{DateTime, NaiveDate, Utc}};
///
/// let time: DateTime<Utc> = "2026-11-23T10:00:00+01:00".parse()?;
/// assert_eq!(DayOrTime::from(time).to_string(), "2026-11-23T09:00:00Z");
/// let day: NaiveDate = "2026-11-23".parse()?;
/// assert_eq!(DayOrTime::from(day).to_string(), "2026-11-23");
/// # Ok::<(), dintero_types::chrono::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DayOrTime {
    /// A day.
    Day(NaiveDate),
    /// A time.
    Time(DateTime<Utc>),
}

impl fmt::Display for DayOrTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => fmt::Display::fmt(day, f),
            Self::Time(time) => fmt::Display::fmt(&Rfc3339(*time), f),
        }
    }
}

impl From<NaiveDate> for DayOrTime {
    fn from(day: NaiveDate) -> Self {
        Self::Day(day)
    }
}

impl From<DateTime<Utc>> for DayOrTime {
    fn from(time: DateTime<Utc>) -> Self {
        Self::Time(time)
    }
}

impl FromStr for DayOrTime {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.len() {
            ..=10 => text.parse().map(Self::Day),
            _ => text.parse().map(Self::Time),
        }
    }
}

impl Serialize for DayOrTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DayOrTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.trim().parse().map_err(D::Error::custom)
    }
}

#[cfg(feature = "schemars")]
mod schema {
    use super::{DayOrTime, JoinedList, Rfc3339};
    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
    use std::borrow::Cow;

    impl<T, const SEPARATOR: char> JsonSchema for JoinedList<T, SEPARATOR> {
        fn inline_schema() -> bool {
            true
        }
        fn schema_name() -> Cow<'static, str> {
            "JoinedList".into()
        }
        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({"type": "string"})
        }
    }

    impl JsonSchema for DayOrTime {
        fn inline_schema() -> bool {
            true
        }
        fn schema_name() -> Cow<'static, str> {
            "DayOrTime".into()
        }
        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({"type": "string"})
        }
    }

    impl JsonSchema for Rfc3339 {
        fn inline_schema() -> bool {
            true
        }
        fn schema_name() -> Cow<'static, str> {
            "Rfc3339".into()
        }
        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({"type": "string", "format": "date-time"})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_joined_list_survives_the_wire() {
        for items in [vec![], vec![1], vec![1, 2, 3]] {
            let list = CommaList::from(items.clone());
            let text = serde_json::to_string(&list).unwrap();
            assert_eq!(serde_json::from_str::<CommaList<i64>>(&text).unwrap(), list, "{text}");
            assert_eq!(TabList::from(items).to_string(), text.trim_matches('"').replace(',', "\t"));
        }
        assert!(serde_json::from_str::<CommaList<i64>>(r#""1,x""#).is_err());
    }

    #[test]
    fn a_day_or_a_time_is_what_it_was() {
        for text in ["\"2026-11-23\"", "\"2026-11-23T09:00:00.250Z\""] {
            let read: DayOrTime = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
        assert!("yesterday".parse::<DayOrTime>().is_err() && "the day before".parse::<DayOrTime>().is_err());
    }

    #[test]
    fn a_time_keeps_its_fraction() {
        let time: Rfc3339 = "2026-11-23T09:00:00.250Z".parse().unwrap();
        assert_eq!(time.to_string(), "2026-11-23T09:00:00.250Z");
    }
}
