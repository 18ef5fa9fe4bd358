//! A number that keeps the digits it was written with.
//!
//! For: money. A float rounds (`9007199254740993.0` is read as `...992`), `rust_decimal` has room for 28 digits and
//! rounds what has more, and `serde_json`'s `arbitrary_precision` is a feature that changes `serde_json::Value` for every
//! crate of a program that turns it on. There is no arithmetic here: who calculates takes [`Decimal::as_i64`], or the
//! text into the decimal type of their choice, which is exact both ways.

use std::{borrow::Cow, cmp::Ordering, fmt, hash::Hash, hash::Hasher, str::FromStr};

use serde::de::{Deserialize, DeserializeSeed, Deserializer};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::raw::Raw;

/// A number that keeps the digits it was written with: an amount that is not always whole.
///
/// Equality, order and hash are by value: `1.50` is `1.5`. Display and the wire have the digits as they came, and a whole
/// number is whole on the wire.
///
/// ```
/// use dintero_types::Decimal;
///
/// let fee: Decimal = "12.50".parse()?;
/// assert_eq!(fee.to_string(), "12.50");
/// assert_eq!(fee, Decimal::new(125, 1));
/// assert_eq!(fee.as_i64(), None);
/// assert_eq!(Decimal::from(29990).as_i64(), Some(29990));
/// assert!(fee < Decimal::from(13));
/// // Into any other decimal type by its text: `rust_decimal::Decimal::from_str_exact(&fee.to_string())`.
/// # Ok::<(), dintero_types::InvalidDecimal>(())
/// ```
#[derive(Clone)]
pub struct Decimal(Digits);

#[derive(Clone)]
enum Digits {
    /// The whole number with so many of its digits behind the point; never a zero with a sign.
    Short(i64, u8),
    /// A number of JSON that is too long for that, or has an exponent.
    Long(Box<Box<str>>),
}

/// What is no number was to be a [`Decimal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidDecimal;

impl fmt::Display for InvalidDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is no decimal number; give digits such as 299.90")
    }
}

impl std::error::Error for InvalidDecimal {}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self(Digits::Short(0, 0));

    /// `digits` with so many of them behind the point: `Decimal::new(29990, 2)` is 299.90.
    pub const fn new(digits: i64, scale: u8) -> Self {
        Self(Digits::Short(digits, scale))
    }

    /// The value as a whole number. `None` for a fraction, and for what is too large; it is never rounded.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Digits::Short(digits, 0) => Some(*digits),
            _ => self.parts().as_i64(),
        }
    }

    /// The float that is nearest, which may be another number.
    pub fn to_f64_lossy(&self) -> f64 {
        self.text().parse().unwrap_or(f64::NAN)
    }

    /// Whether it is a whole number.
    pub fn is_integer(&self) -> bool {
        let parts = self.parts();
        parts.digits.is_empty() || parts.exponent >= 0
    }

    fn text(&self) -> Cow<'_, str> {
        match &self.0 {
            Digits::Short(..) => Cow::Owned(self.to_string()),
            Digits::Long(text) => Cow::Borrowed(text),
        }
    }

    fn parts(&self) -> Parts {
        match &self.0 {
            Digits::Short(digits, scale) => {
                Parts::new(*digits < 0, digits.unsigned_abs().to_string(), -i128::from(*scale))
            }
            Digits::Long(text) => Parts::of(text),
        }
    }
}

/// Sign, digits without zeros at either end, and the power of ten that they are multiplied with. Zero has no digits.
#[derive(PartialEq, Eq, Hash)]
struct Parts {
    negative: bool,
    digits: String,
    exponent: i128,
}

impl Parts {
    fn new(negative: bool, digits: String, exponent: i128) -> Self {
        let all = digits.trim_start_matches('0');
        let some = all.trim_end_matches('0');
        if some.is_empty() {
            return Self { negative: false, digits: String::new(), exponent: 0 };
        }
        let zeros = i128::try_from(all.len() - some.len()).unwrap_or_default();
        Self { negative, digits: some.to_owned(), exponent: exponent.saturating_add(zeros) }
    }

    /// Of a number of JSON.
    fn of(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let negative = whole.starts_with('-');
        let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
        // Only digits stand here, so that it fails for those alone that are beyond all measure.
        let beyond = if exponent.starts_with('-') { i128::MIN / 2 } else { i128::MAX / 2 };
        let exponent: i128 = exponent.parse().unwrap_or(beyond);
        let behind = i128::try_from(fraction.len()).unwrap_or_default();
        let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
        Self::new(negative, digits, exponent.saturating_sub(behind))
    }

    fn as_i64(&self) -> Option<i64> {
        let zeros = usize::try_from(self.exponent).ok()?;
        if self.digits.len().checked_add(zeros)? > 19 {
            return None;
        }
        let sign = if self.negative { "-" } else { "" };
        let zeros = "0".repeat(zeros);
        match self.digits.is_empty() {
            true => Some(0),
            false => format!("{sign}{}{zeros}", self.digits).parse().ok(),
        }
    }

    /// Where its first digit stands.
    fn order(&self) -> i128 {
        self.exponent.saturating_add(i128::try_from(self.digits.len()).unwrap_or_default())
    }

    fn compare(&self, other: &Self) -> Ordering {
        let sign = |parts: &Self| match (parts.digits.is_empty(), parts.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let by_size = || self.order().cmp(&other.order()).then_with(|| self.digits.cmp(&other.digits));
        sign(self).cmp(&sign(other)).then_with(|| if self.negative { by_size().reverse() } else { by_size() })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Digits::Short(digits, 0) => fmt::Display::fmt(digits, f),
            Digits::Short(digits, scale) => {
                let scale = usize::from(*scale);
                let sign = if *digits < 0 { "-" } else { "" };
                let digits = format!("{:0>width$}", digits.unsigned_abs(), width = scale + 1);
                let (whole, fraction) = digits.split_at(digits.len() - scale);
                f.pad(&format!("{sign}{whole}.{fraction}"))
            }
            Digits::Long(text) => f.pad(text),
        }
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Of a number as JSON writes it: no `+`, no bare point, no `NaN`.
impl FromStr for Decimal {
    type Err = InvalidDecimal;

    fn from_str(text: &str) -> Result<Self, InvalidDecimal> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let bare = whole.strip_prefix('-').unwrap_or(whole);
        let is_number = digits(bare)
            && (bare.len() == 1 || !bare.starts_with('0'))
            && fraction.is_none_or(digits)
            && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)));
        if !is_number {
            return Err(InvalidDecimal);
        }
        let fraction = fraction.unwrap_or_default();
        let short = match (exponent, u8::try_from(fraction.len())) {
            (None, Ok(0)) => whole.parse().ok().map(|digits| Digits::Short(digits, 0)),
            (None, Ok(scale)) => format!("{whole}{fraction}").parse().ok().map(|digits| Digits::Short(digits, scale)),
            _ => None,
        };
        // A zero with a sign keeps it.
        let short = short.filter(|short| !matches!(short, Digits::Short(0, _)) || !whole.starts_with('-'));
        Ok(Self(short.unwrap_or_else(|| Digits::Long(Box::new(text.into())))))
    }
}

macro_rules! from_integers {
    ($($kind:ty)*) => {$(
        impl From<$kind> for Decimal {
            fn from(value: $kind) -> Self {
                Self(Digits::Short(value.into(), 0))
            }
        }
    )*};
}

from_integers!(i8 i16 i32 i64 u8 u16 u32);

impl From<u64> for Decimal {
    fn from(value: u64) -> Self {
        match i64::try_from(value) {
            Ok(value) => value.into(),
            Err(_) => Self(Digits::Long(Box::new(value.to_string().into()))),
        }
    }
}

/// Of a whole number; the decimal again if it is none.
impl TryFrom<Decimal> for i64 {
    type Error = Decimal;

    fn try_from(value: Decimal) -> Result<Self, Decimal> {
        value.as_i64().ok_or(value)
    }
}

impl Default for Decimal {
    fn default() -> Self {
        Self::ZERO
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialEq<i64> for Decimal {
    fn eq(&self, other: &i64) -> bool {
        self.as_i64() == Some(*other)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Digits::Short(a, scale_a), Digits::Short(b, scale_b)) if scale_a == scale_b => a.cmp(b),
            _ => self.parts().compare(&other.parts()),
        }
    }
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

/// A number, with all its digits as far as the format gives them; a text of one is read, too.
impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Raw.deserialize(deserializer)?;
        read(&text).ok_or_else(|| crate::reading::refused(&text, "a decimal number"))
    }
}

/// Of a value of JSON.
pub(crate) fn read(json: &str) -> Option<Decimal> {
    match json.as_bytes().first()? {
        b'-' | b'0'..=b'9' => json.parse().ok(),
        b'"' => serde_json::from_str::<Cow<'_, str>>(json).ok()?.trim().parse().ok(),
        _ => None,
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Digits::Short(digits, 0) => serializer.serialize_i64(*digits),
            _ if !serializer.is_human_readable() => serializer.serialize_str(&self.text()),
            _ => {
                let number = RawValue::from_string(self.to_string()).map_err(serde::ser::Error::custom)?;
                number.serialize(serializer)
            }
        }
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Decimal {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Decimal".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "number"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap_or_else(|_| panic!("{text} is a number"))
    }

    /// Numbers of JSON of every form, the same on every run.
    fn numbers() -> impl Iterator<Item = String> {
        let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut next = move |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let digits = move |longest: u64, next: &mut dyn FnMut(u64) -> u64| -> String {
            (0..=next(longest)).map(|_| char::from(b'0' + u8::try_from(next(10)).unwrap())).collect()
        };
        (0..20_000).map(move |_| {
            let mut text = String::new();
            if next(3) == 0 {
                text.push('-');
            }
            let longest = [1, 4, 18, 20, 60][usize::try_from(next(5)).unwrap()];
            let whole = digits(longest, &mut next);
            text.push_str(match whole.trim_start_matches('0') {
                "" => "0",
                whole => whole,
            });
            if next(2) == 0 {
                text.push('.');
                text.push_str(&digits([2, 6, 300][usize::try_from(next(3)).unwrap()], &mut next));
            }
            if next(4) == 0 {
                text.push_str(["e", "E", "e+", "e-", "E-"][usize::try_from(next(5)).unwrap()]);
                text.push_str(&digits([1, 2, 3, 40][usize::try_from(next(4)).unwrap()], &mut next));
            }
            text
        })
    }

    #[test]
    fn every_number_is_the_same_there_and_back() {
        for text in numbers() {
            let read: Decimal = serde_json::from_str(&text).unwrap();
            assert_eq!(read.to_string(), text);
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
            assert_eq!(decimal(&text), read, "{text}");
            let from_slice: Vec<Option<Decimal>> =
                serde_json::from_slice(format!("[{text}, null]").as_bytes()).unwrap();
            assert_eq!(from_slice, [Some(read), None]);
        }
    }

    #[test]
    fn equal_numbers_are_equal_however_written() {
        for text in numbers() {
            let shifted = match text.split_once(['e', 'E']) {
                None if text.contains('.') => format!("{text}0"),
                None => format!("{text}.00"),
                Some((mantissa, exponent)) => {
                    let Ok(exponent) = exponent.parse::<i64>() else { continue };
                    let mantissa = if mantissa.contains('.') { mantissa.into() } else { format!("{mantissa}.0") };
                    let (whole, fraction) = mantissa.split_once('.').unwrap();
                    let (first, rest) = fraction.split_at(1);
                    let whole = format!("{whole}{first}");
                    let bare = whole.trim_start_matches('-').trim_start_matches('0');
                    let sign = if whole.starts_with('-') { "-" } else { "" };
                    let bare = if bare.is_empty() { "0" } else { bare };
                    let rest = if rest.is_empty() { "0" } else { rest };
                    format!("{sign}{bare}.{rest}e{}", exponent - 1)
                }
            };
            let (a, b) = (decimal(&text), decimal(&shifted));
            assert_eq!(a, b, "{text} {shifted}");
            assert!(HashSet::from([a.clone()]).contains(&b), "{text} {shifted}");
            assert_eq!(a.as_i64(), b.as_i64());
        }
    }

    #[test]
    fn the_order_is_that_of_the_numbers() {
        let sorted = [
            "-1e400",
            "-9007199254740993",
            "-9007199254740992.5",
            "-1.01",
            "-1",
            "-1e-9",
            "0",
            "1e-400",
            "0.1",
            "0.11",
            "1",
            "1.5",
            "2",
            "10",
            "9007199254740992",
            "9007199254740993.0",
            "1e400",
        ];
        for (at, a) in sorted.iter().enumerate() {
            for (other, b) in sorted.iter().enumerate() {
                assert_eq!(decimal(a).cmp(&decimal(b)), at.cmp(&other), "{a} {b}");
            }
        }
        assert_eq!((decimal("-0.0"), decimal("0e99999999999999999999999")), (Decimal::ZERO, Decimal::ZERO));
    }

    #[test]
    fn whole_numbers_are_told_without_rounding() {
        let max = i64::MAX;
        for (text, whole) in [
            ("1.0", Some(1)),
            ("1e2", Some(100)),
            ("-1200E-2", Some(-12)),
            ("9007199254740993.0", Some(9_007_199_254_740_993)),
            ("9223372036854775807.000", Some(max)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("1.00000000000000000000001", None),
            ("0.5", None),
            ("1e19", None),
            ("1e999999999999999999999999999999999999999", None),
            ("-0.000", Some(0)),
        ] {
            assert_eq!(decimal(text).as_i64(), whole, "{text}");
            assert_eq!(
                decimal(text).is_integer(),
                whole.is_some() || text.starts_with("1e") || text.len() == 19,
                "{text}"
            );
        }
        assert_eq!(i64::try_from(decimal("7")), Ok(7));
        assert_eq!(i64::try_from(decimal("7.5")), Err(decimal("7.5")));
        assert_eq!(Decimal::from(u64::MAX).to_string(), u64::MAX.to_string());
        assert!((decimal("0.5").to_f64_lossy() - 0.5).abs() < f64::EPSILON);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in
            ["", "-", "+1", ".5", "5.", "01", "1e", "1e+", "NaN", "inf", "1_000", "1,5", " 1", "0x10", "1-2", "--1"]
        {
            assert_eq!(text.parse::<Decimal>(), Err(InvalidDecimal), "{text}");
        }
        for json in ["null", "true", "{}", "[1]", "\"\"", "\"x\""] {
            let why = serde_json::from_str::<Decimal>(json).unwrap_err().to_string();
            assert!(why.contains("expected a decimal number") && !why.contains("\"x"), "{why}");
        }
        assert_eq!(serde_json::from_str::<Decimal>("\" 1.50 \"").unwrap().to_string(), "1.50");
    }

    #[test]
    fn a_value_has_the_digits_that_it_has_left() {
        let read: Decimal = serde_json::from_value(serde_json::json!(1.5)).unwrap();
        assert_eq!((read.to_string(), serde_json::to_value(&read).unwrap()), ("1.5".into(), serde_json::json!(1.5)));
        let read: Decimal = serde_json::from_value(serde_json::json!(29990)).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), serde_json::json!(29990));
        assert_eq!(Decimal::new(-5, 2).to_string(), "-0.05");
        assert_eq!(format!("{:>6}|", Decimal::new(5, 1)), "   0.5|");
    }
}
