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
// A field in one allocation: its name, and behind it its JSON, whole and valid.
pub struct Unknown(Option<Box<Vec<Field>>>);

#[derive(Clone)]
struct Field {
    text: Box<str>,
    name: usize,
}

impl Field {
    fn new(name: &str, json: &str) -> Self {
        let mut text = String::with_capacity(name.len() + json.len());
        text.push_str(name);
        text.push_str(json);
        Self { text: text.into_boxed_str(), name: name.len() }
    }

    fn split(&self) -> (&str, &str) {
        self.text.split_at(self.name)
    }

    fn value(&self) -> Value {
        serde_json::from_str(self.split().1).unwrap_or_default()
    }
}

impl Unknown {
    /// Without fields.
    pub const fn new() -> Self {
        Self(None)
    }

    #[inline]
    fn fields(&self) -> &[Field] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.fields().iter().position(|field| field.split().0 == name)
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.fields().is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.fields().len()
    }

    /// Whether there is one of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Their names, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields().iter().map(|field| field.split().0)
    }

    /// Names and values. Numbers are those of [`Value`]; all their digits are in [`raw`](Self::raw).
    pub fn iter(&self) -> impl Iterator<Item = (&str, Value)> {
        self.fields().iter().map(|field| (field.split().0, field.value()))
    }

    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.fields().get(self.find(name)?).map(Field::value)
    }

    /// The JSON of this name, as it came.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.fields().get(self.find(name)?).map(|field| field.split().1)
    }

    /// Sets a field, which is sent with those that the type names.
    pub fn insert(&mut self, name: &str, value: impl Into<Value>) {
        self.put(name, &value.into().to_string());
    }

    /// Takes a field away; its value, if it was there.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.find(name)?;
        let fields = self.0.as_mut()?;
        let value = fields.remove(at).value();
        if fields.is_empty() {
            self.0 = None;
        }
        Some(value)
    }

    /// Takes all away.
    pub fn clear(&mut self) {
        self.0 = None;
    }

    /// A field with its JSON; of equal names the last counts.
    pub(crate) fn put(&mut self, name: &str, json: &str) {
        let at = self.find(name);
        let fields = self.0.get_or_insert_default();
        match at.and_then(|at| fields.get_mut(at)) {
            Some(field) => *field = Field::new(name, json),
            None => fields.push(Field::new(name, json)),
        }
    }

    /// A field that is read; whether its name is there already is seen to by [`settle`](Self::settle).
    #[inline]
    pub(crate) fn push(&mut self, name: &str, json: &str) {
        self.0.get_or_insert_default().push(Field::new(name, json));
    }

    /// Of equal names the last is left.
    #[inline]
    pub(crate) fn settle(&mut self) {
        if let Some(fields) = &mut self.0
            && fields.len() > 1
        {
            settle(fields);
        }
    }

    /// Names with what is to be written.
    pub(crate) fn written(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.fields().iter().filter_map(|field| {
            let (name, json) = field.split();
            // It has been one when it was put here.
            Some((name, serde_json::from_str(json).ok()?))
        })
    }
}

fn settle(fields: &mut Vec<Field>) {
    let few = |at: usize, field: &Field| fields[..at].iter().any(|other| other.split().0 == field.split().0);
    let is_twice = match fields.len() {
        ..=16 => fields.iter().enumerate().any(|(at, field)| few(at, field)),
        all => fields.iter().map(|field| field.split().0).collect::<HashSet<_>>().len() < all,
    };
    if is_twice {
        let mut seen = HashSet::new();
        let mut last: Vec<Field> = std::mem::take(fields);
        last.reverse();
        last.retain(|field| seen.insert(field.split().0.to_owned()));
        last.reverse();
        *fields = last;
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
        let same = |field: &Field| {
            let (name, json) = field.split();
            let at = other.fields().iter().find(|other| other.split().0 == name);
            at.is_some_and(|at| at.split().1 == json || at.value() == field.value())
        };
        self.len() == other.len() && self.fields().iter().all(same)
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
        assert_eq!(unknown.names().collect::<Vec<_>>(), ["b", "a"]);
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
