//! Bad weather for what the mock sends: duplicates, another order, delay, wrong signatures, things that are new.
//!
//! Written as a text, which is also the value of the request header `x-mock-weather`:
//! `duplicate; delay=200; on=checkout_transaction; times=1`.

use serde_json::Value;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The request header that asks for weather for whatever the request sets off.
pub(crate) const HEADER: &str = "x-mock-weather";

/// Longest delay.
const LONGEST: Duration = Duration::from_secs(600);

/// What happens to deliveries on their way.
///
/// A signature is wrong, or old, in the first attempt only: what is sent again is right.
///
/// ```
/// use dintero_mock::Weather;
///
/// let twice = Weather::default().duplicate().on("checkout_transaction");
/// let forged = Weather::default().wrong_signature().on("callback").times(1);
/// assert_eq!("duplicate; on=checkout_transaction".parse(), Ok(twice));
/// # let _ = forged;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Weather {
    pub(super) duplicate: bool,
    pub(super) reorder: bool,
    pub(super) delay: Duration,
    pub(super) wrong_signature: bool,
    pub(super) old_timestamp: bool,
    pub(super) unknown_event: bool,
    pub(super) new_field: bool,
    on: Option<String>,
    times: Option<u32>,
}

impl Weather {
    /// It comes twice, with the same id.
    #[must_use]
    pub fn duplicate(mut self) -> Self {
        self.duplicate = true;
        self
    }

    /// It comes after the one that follows it, or a second later when none does.
    #[must_use]
    pub fn reorder(mut self) -> Self {
        self.reorder = true;
        self
    }

    /// It comes so much later.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay.min(LONGEST);
        self
    }

    /// It is signed with another secret.
    #[must_use]
    pub fn wrong_signature(mut self) -> Self {
        self.wrong_signature = true;
        self
    }

    /// A callback's signature is of an hour ago. Those of events have no time.
    #[must_use]
    pub fn old_timestamp(mut self) -> Self {
        self.old_timestamp = true;
        self
    }

    /// An event that no document knows comes before it.
    #[must_use]
    pub fn unknown_event(mut self) -> Self {
        self.unknown_event = true;
        self
    }

    /// It has a field, or in a callback's query a parameter, that no document knows.
    #[must_use]
    pub fn new_field(mut self) -> Self {
        self.new_field = true;
        self
    }

    /// Only for this event, or for a `callback`; for all that is sent when it is not said.
    #[must_use]
    pub fn on(mut self, event: impl Into<String>) -> Self {
        self.on = Some(event.into());
        self
    }

    /// So many times; always when it is not said.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    pub(super) fn is_for(&self, event: &str) -> bool {
        self.on.as_deref().is_none_or(|on| on == event)
    }
}

impl fmt::Display for Weather {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = [
            (self.duplicate, "duplicate"),
            (self.reorder, "reorder"),
            (self.wrong_signature, "wrong-signature"),
            (self.old_timestamp, "old-timestamp"),
            (self.unknown_event, "unknown-event"),
            (self.new_field, "new-field"),
        ];
        let mut parts: Vec<String> = flags.iter().filter(|(on, _)| *on).map(|(_, name)| (*name).to_owned()).collect();
        if !self.delay.is_zero() {
            parts.push(format!("delay={}", self.delay.as_millis()));
        }
        f.write_str(&parts.join("; "))
    }
}

impl FromStr for Weather {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut weather = Self::default();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').map_or((part, ""), |(name, value)| (name.trim(), value.trim()));
            let number = || value.parse::<u64>().map_err(|_| format!("`{part}` needs a whole number after `=`"));
            match name.to_ascii_lowercase().replace('_', "-").as_str() {
                "duplicate" => weather.duplicate = true,
                "reorder" => weather.reorder = true,
                "delay" => weather.delay = Duration::from_millis(number()?).min(LONGEST),
                "wrong-signature" => weather.wrong_signature = true,
                "old-timestamp" => weather.old_timestamp = true,
                "unknown-event" => weather.unknown_event = true,
                "new-field" => weather.new_field = true,
                "on" => weather.on = Some(value.to_owned()),
                "times" => weather.times = Some(u32::try_from(number()?).unwrap_or(u32::MAX)),
                _ => {
                    return Err(format!(
                        "`{part}` is no weather; there are duplicate, reorder, delay=200 (milliseconds), \
                         wrong-signature, old-timestamp, unknown-event, new-field, on=checkout_transaction (or \
                         on=callback), times=1"
                    ));
                }
            }
        }
        match weather.to_string().is_empty() {
            true => Err("no weather is named".into()),
            false => Ok(weather),
        }
    }
}

/// A field that no document knows, in every object.
pub(super) fn add_fields(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(add_fields),
        Value::Object(map) => {
            map.values_mut().for_each(add_fields);
            map.insert("mock_new_field".into(), "new".into());
        }
        _ => {}
    }
}

/// The weather that is asked for.
#[derive(Debug, Default)]
pub(crate) struct Weathers(Mutex<Vec<Weather>>);

impl Weathers {
    pub(crate) fn add(&self, weather: Weather) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(weather);
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The first that is for the event; counted.
    pub(super) fn take(&self, event: &str) -> Option<Weather> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.iter_mut().find(|weather| weather.times != Some(0) && weather.is_for(event))?;
        let taken = found.clone();
        found.times = found.times.map(|times| times.saturating_sub(1));
        all.retain(|weather| weather.times != Some(0));
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_what_happens_on_the_way() {
        let weather: Weather = "duplicate; Delay = 50; on=callback; times=2".parse().expect("weather");
        assert_eq!(weather, Weather::default().duplicate().delay(Duration::from_millis(50)).on("callback").times(2));
        assert_eq!(weather.to_string(), "duplicate; delay=50");
        for (text, why) in [("", "no weather is named"), ("on=callback", "no weather"), ("hail", "there are duplicate")]
        {
            let told = text.parse::<Weather>().expect_err(text);
            assert!(told.contains(why), "{text}: {told}");
        }
    }

    #[test]
    fn it_lasts_as_long_as_it_says() {
        let weathers = Weathers::default();
        weathers.add(Weather::default().reorder().on("a").times(1));
        assert_eq!(weathers.take("b"), None);
        assert!(weathers.take("a").is_some_and(|weather| weather.reorder));
        assert_eq!(weathers.take("a"), None);
        weathers.add(Weather::default().duplicate());
        assert!(weathers.take("a").is_some() && weathers.take("b").is_some());
        weathers.clear();
        assert_eq!(weathers.take("a"), None);
    }
}
