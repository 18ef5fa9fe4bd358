//! Fields that a type does not name.

use std::collections::HashSet;
use std::fmt;

use serde_json::{Value, value::RawValue};

/// The fields of an object that its type does not name, and those whose value could not be read as described. They are
/// written back as they came.
///
/// Every type has one in its field `unknown`. It is as large as a pointer, and nothing is allocated until there is such a
/// field. `Debug` shows the names alone.
///
/// ```
/// dintero_types::object! {
///     /// A line of an order.
///     sent pub struct Item {
///         pub amount: i64 as Integer,
///     }
/// }
///
/// let mut item: Item = dintero_types::serde_json::from_str(r#"{"amount":1,"weight":1.50}"#)?;
/// assert_eq!(item.unknown().raw("weight"), Some("1.50"));
/// item.unknown.insert("size", "42");
/// assert_eq!(dintero_types::serde_json::to_string(&item)?, r#"{"amount":1,"weight":1.50,"size":"42"}"#);
/// # Ok::<(), dintero_types::serde_json::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Unknown(Option<Box<Fields>>);

/// All fields in one text, one behind the other: what nobody asks for costs one copy. Of each the lengths of its name and
/// its JSON, and these, whole and valid.
#[derive(Clone, Default)]
struct Fields {
    bytes: Vec<u8>,
    /// A bit for each name, by its number: a name whose bit is not there is new.
    seen: u64,
    /// Whether a name is there twice.
    is_twice: bool,
}

/// Of both lengths.
const HEAD: usize = 2 * size_of::<u64>();

/// Room for a few fields, so that a few are put there at once.
const ROOM: usize = 192;

impl Fields {
    #[inline]
    fn push(&mut self, name: &str, json: &str, number: u64) {
        let bit = 1 << (number >> 58);
        if self.seen & bit != 0 {
            self.is_twice = self.is_twice || self.contains(name.as_bytes());
        }
        self.seen |= bit;
        let more = HEAD + name.len() + json.len();
        if self.bytes.is_empty() {
            self.bytes = Vec::with_capacity(more.max(ROOM));
        } else {
            self.bytes.reserve(more);
        }
        let mut head = [0; HEAD];
        head[..HEAD / 2].copy_from_slice(&(name.len() as u64).to_le_bytes());
        head[HEAD / 2..].copy_from_slice(&(json.len() as u64).to_le_bytes());
        self.bytes.extend_from_slice(&head);
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(json.as_bytes());
    }

    fn iter(&self) -> Iter<'_> {
        Iter { left: &self.bytes }
    }

    fn contains(&self, name: &[u8]) -> bool {
        let mut all = self.iter();
        while let Some((own, _)) = all.pieces() {
            if own == name {
                return true;
            }
        }
        false
    }

    /// Of equal names the last is left.
    #[cold]
    fn settle(&mut self) {
        let mut seen = HashSet::new();
        let all: Vec<_> = self.iter().collect();
        let mut last: Vec<_> = all.iter().rev().filter(|(name, _)| seen.insert(*name)).collect();
        if last.len() < all.len() {
            last.reverse();
            *self = last.into_iter().fold(Self::default(), |mut fields, (name, json)| {
                fields.push(name, json, number(name));
                fields
            });
        }
        self.is_twice = false;
    }
}

struct Iter<'a> {
    left: &'a [u8],
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        // Texts went in.
        let (name, json) = self.pieces()?;
        Some((std::str::from_utf8(name).ok()?, std::str::from_utf8(json).ok()?))
    }
}

impl<'a> Iter<'a> {
    #[inline]
    fn pieces(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let (name, left) = self.left.split_first_chunk()?;
        let (json, left) = left.split_first_chunk()?;
        let length = |bytes: &[u8; 8]| usize::try_from(u64::from_le_bytes(*bytes)).ok();
        let (name, left) = left.split_at_checked(length(name)?)?;
        let (json, left) = left.split_at_checked(length(json)?)?;
        self.left = left;
        Some((name, json))
    }
}

/// A number of a name; two names may have the same.
#[inline]
pub(crate) fn number(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mix = |hash: u64, piece: u64| (hash.rotate_left(5) ^ piece).wrapping_mul(0x517c_c1b7_2722_0a95);
    let start = mix(0, bytes.len() as u64);
    if let Some(last) = bytes.last_chunk() {
        // The last piece has some of the one before it.
        let hash = bytes.as_chunks().0.iter().fold(start, |hash, piece| mix(hash, u64::from_le_bytes(*piece)));
        mix(hash, u64::from_le_bytes(*last))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        mix(start, u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last)))
    } else {
        mix(start, bytes.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)))
    }
}

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

impl Unknown {
    /// Without fields.
    pub const fn new() -> Self {
        Self(None)
    }

    fn fields(&self) -> Iter<'_> {
        self.0.as_ref().map_or(Iter { left: &[] }, |fields| fields.iter())
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.fields().count()
    }

    /// Whether there is one of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// Their names, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields().map(|(name, _)| name)
    }

    /// Names and values. Numbers are those of [`Value`]; all their digits are in [`raw`](Self::raw).
    pub fn iter(&self) -> impl Iterator<Item = (&str, Value)> {
        self.fields().map(|(name, json)| (name, parsed(json)))
    }

    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.raw(name).map(parsed)
    }

    /// The JSON of this name, as it came.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.fields().find(|(own, _)| *own == name).map(|(_, json)| json)
    }

    /// Sets a field, which is sent with those that the type names.
    pub fn insert(&mut self, name: &str, value: impl Into<Value>) {
        self.put(name, &value.into().to_string());
    }

    /// Takes a field away; its value, if it was there.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let value = self.get(name)?;
        let left = self.fields().filter(|(own, _)| *own != name);
        let mut fields = Fields::default();
        left.for_each(|(name, json)| fields.push(name, json, number(name)));
        self.0 = (!fields.bytes.is_empty()).then(|| Box::new(fields));
        Some(value)
    }

    /// Takes all away.
    pub fn clear(&mut self) {
        self.0 = None;
    }

    /// A field with its JSON; of equal names the last counts.
    pub(crate) fn put(&mut self, name: &str, json: &str) {
        let fields = self.0.get_or_insert_default();
        fields.push(name, json, number(name));
        fields.settle();
    }

    /// A field that is read; whether its name is there already is seen to by [`settle`](Self::settle).
    #[inline]
    pub(crate) fn push(&mut self, name: &str, json: &str, number: u64) {
        self.0.get_or_insert_default().push(name, json, number);
    }

    /// Of equal names the last is left.
    #[inline]
    pub(crate) fn settle(&mut self) {
        if let Some(fields) = &mut self.0
            && fields.is_twice
        {
            fields.settle();
        }
    }

    /// Names with what is to be written.
    pub(crate) fn written(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        // It was one when it was put here.
        self.fields().filter_map(|(name, json)| Some((name, serde_json::from_str(json).ok()?)))
    }
}

impl<N: AsRef<str>, V: Into<Value>> FromIterator<(N, V)> for Unknown {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut unknown = Self::new();
        for (name, value) in fields {
            unknown.insert(name.as_ref(), value);
        }
        unknown
    }
}

/// Of the same names and values, in whatever order and however spaced.
impl PartialEq for Unknown {
    fn eq(&self, other: &Self) -> bool {
        let mut all = self.fields();
        let same = |(name, json)| other.raw(name).is_some_and(|own| own == json || parsed(own) == parsed(json));
        self.len() == other.len() && all.all(same)
    }
}

/// The names alone: what a value holds may be personal.
impl fmt::Debug for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn it_is_a_map_in_the_order_of_the_wire() {
        let mut unknown: Unknown = [("b", json!(1)), ("a", json!("x")), ("b", json!([2]))].into_iter().collect();
        assert_eq!(unknown.names().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((unknown.len(), unknown.get("b"), unknown.get("c")), (2, Some(json!([2])), None));
        assert_eq!(unknown, [("a", json!("x")), ("b", json!([2]))].into_iter().collect());
        assert_ne!(unknown, [("a", json!("x")), ("b", json!([3]))].into_iter().collect());
        assert_eq!(unknown.remove("b"), Some(json!([2])));
        assert_eq!(unknown.remove("a"), Some(json!("x")));
        assert_eq!(unknown, Unknown::default());
    }

    #[test]
    fn of_equal_names_the_last_is_left_among_many() {
        let names: Vec<String> = (0..200).map(|at| "n".repeat(at % 23) + &(at % 150).to_string()).collect();
        let mut unknown = Unknown::new();
        let mut expected: Vec<(&str, String)> = Vec::new();
        for (at, name) in names.iter().enumerate() {
            unknown.push(name, &at.to_string(), number(name));
            expected.retain(|(own, _)| own != name);
            expected.push((name, at.to_string()));
        }
        unknown.settle();
        let left: Vec<_> = unknown.fields().map(|(name, json)| (name, json.to_owned())).collect();
        assert_eq!(left, expected);
        assert_eq!((unknown.len(), unknown.raw("")), (expected.len(), None));
    }

    #[test]
    fn it_is_as_large_as_a_pointer_and_shows_no_value() {
        assert_eq!(size_of::<Unknown>(), size_of::<usize>());
        let unknown: Unknown = [("email", "kari@example.test")].into_iter().collect();
        assert_eq!(format!("{unknown:?}"), r#"["email"]"#);
    }
}
