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
///     sent Item {
///         amount as Integer: i64,
///     } optional {
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

/// The texts of all fields in one: of each its name, and behind it its JSON, whole and valid.
#[derive(Clone)]
struct Fields {
    texts: String,
    list: Vec<Place>,
}

/// Where a field stands in the texts.
#[derive(Clone, Copy)]
struct Place {
    name: usize,
    json: usize,
    end: usize,
}

impl Default for Fields {
    /// With room for a few, so that a few are put there at once.
    fn default() -> Self {
        Self { texts: String::with_capacity(160), list: Vec::with_capacity(6) }
    }
}

impl Fields {
    #[inline]
    fn push(&mut self, name: &str, json: &str) {
        let begin = self.texts.len();
        self.texts.reserve(name.len() + json.len());
        self.texts.push_str(name);
        self.texts.push_str(json);
        self.list.push(Place { name: begin, json: begin + name.len(), end: self.texts.len() });
    }

    fn of(&self, place: Place) -> (&str, &str) {
        // The places are those of the texts.
        let text = |from: usize, to: usize| self.texts.get(from..to).unwrap_or_default();
        (text(place.name, place.json), text(place.json, place.end))
    }

    /// Of equal names the last is left.
    fn settle(&mut self) {
        let all = self.list.len();
        // Without looking whether they are texts, which they are.
        let name = |place: &Place| self.texts.as_bytes().get(place.name..place.json).unwrap_or_default();
        let is_twice = match all {
            ..=16 => self.list.iter().enumerate().any(|(at, p)| self.list[..at].iter().any(|q| name(p) == name(q))),
            _ => self.list.iter().map(name).collect::<HashSet<_>>().len() < all,
        };
        if is_twice {
            let mut seen = HashSet::new();
            let last: Vec<Place> = self.list.iter().rev().filter(|place| seen.insert(name(place))).copied().collect();
            self.list = last.into_iter().rev().collect();
        }
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

    fn fields(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|fields| fields.list.iter().map(|place| fields.of(*place)))
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |fields| fields.list.len())
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
        left.for_each(|(name, json)| fields.push(name, json));
        self.0 = (!fields.list.is_empty()).then(|| Box::new(fields));
        Some(value)
    }

    /// Takes all away.
    pub fn clear(&mut self) {
        self.0 = None;
    }

    /// A field with its JSON; of equal names the last counts.
    pub(crate) fn put(&mut self, name: &str, json: &str) {
        let fields = self.0.get_or_insert_default();
        fields.push(name, json);
        fields.settle();
    }

    /// A field that is read; whether its name is there already is seen to by [`settle`](Self::settle).
    #[inline]
    pub(crate) fn push(&mut self, name: &str, json: &str) {
        self.0.get_or_insert_default().push(name, json);
    }

    /// Of equal names the last is left.
    #[inline]
    pub(crate) fn settle(&mut self) {
        if let Some(fields) = &mut self.0
            && fields.list.len() > 1
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
    fn it_is_as_large_as_a_pointer_and_shows_no_value() {
        assert_eq!(size_of::<Unknown>(), size_of::<usize>());
        let unknown: Unknown = [("email", "kari@example.test")].into_iter().collect();
        assert_eq!(format!("{unknown:?}"), r#"["email"]"#);
    }
}
