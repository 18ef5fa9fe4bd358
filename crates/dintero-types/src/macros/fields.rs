//! How the types of [`object!`](crate::object!) are read and written, field by field. Not for use by hand.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

pub use serde::de::MapAccess;

pub use crate::unknown::Unknown;
use crate::{raw::Raw, reading, unknown};

/// A struct that is read field by field.
pub trait Object<'de>: Sized {
    /// As messages name it.
    const NAME: &'static str;
    /// The whole object, which is put where it goes: what is handed back through a deserializer is copied at every step.
    ///
    /// # Errors
    /// A field does not fit, or one that is always there is not.
    fn read<A: MapAccess<'de>>(reader: Reader<'de, A>, place: &mut Option<Self>) -> Result<(), A::Error>;
}

/// Reads an object.
#[inline]
pub fn read_object<'de, D: Deserializer<'de>, T: Object<'de>>(deserializer: D) -> Result<T, D::Error> {
    let mut place = None;
    deserializer.deserialize_map(ObjectVisitor(&mut place))?;
    place.ok_or_else(|| D::Error::custom("an object was not read"))
}

struct ObjectVisitor<'a, T>(&'a mut Option<T>);

impl<'de, T: Object<'de>> Visitor<'de> for ObjectVisitor<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object ({})", T::NAME)
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let (failed, key, unknown) = (None, Key::default(), Unknown::new());
        T::read(Reader { map, failed, is_lenient: reading::is_lenient(), name: T::NAME, key, unknown }, self.0)
    }
}

/// What is left of an object; the first failure is kept, and ends it.
pub struct Reader<'de, A: MapAccess<'de>> {
    map: A,
    failed: Option<A::Error>,
    /// Optional fields are taken as texts, and what does not fit is put to the unknown ones.
    is_lenient: bool,
    /// Of the object.
    name: &'static str,
    key: Key<'de>,
    unknown: Unknown,
}

/// The name of the field that is read. It stays where it is: a value that is handed from one to the next is copied.
#[derive(Default)]
struct Key<'de> {
    borrowed: &'de str,
    /// One that stands there with escapes.
    owned: String,
    is_owned: bool,
}

impl Key<'_> {
    #[inline]
    fn text(&self) -> &str {
        if self.is_owned { &self.owned } else { self.borrowed }
    }
}

impl<'de> DeserializeSeed<'de> for &mut Key<'de> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de> Visitor<'de> for &mut Key<'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    #[cold]
    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        text.clone_into(&mut self.owned);
        self.is_owned = true;
        Ok(())
    }

    #[inline]
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<(), E> {
        self.borrowed = text;
        self.is_owned = false;
        Ok(())
    }
}

impl<'de, A: MapAccess<'de>> Reader<'de, A> {
    #[cold]
    fn fail(&mut self, error: A::Error) {
        self.failed = Some(error);
    }

    /// A value that may be absent, taken as its text first.
    #[cold]
    fn leniently<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Option<S::Value> {
        let text = match self.map.next_value_seed(Raw) {
            // Only texts of a body are read so, and parts of those are borrowed.
            Ok(Cow::Borrowed(text)) => text,
            Ok(Cow::Owned(_)) => {
                self.fail(A::Error::custom("a value is not of the body that is read"));
                return None;
            }
            Err(error) => {
                self.fail(error);
                return None;
            }
        };
        reading::at_value(text);
        let mark = reading::mark();
        match reading::part(text, seed) {
            Ok(value) => {
                // Of equal names the last counts.
                self.unknown.remove(self.key.text());
                Some(value)
            }
            Err(why) => {
                reading::unread(mark, self.name, self.key.text(), text, &why);
                self.unknown.put(self.key.text(), text);
                None
            }
        }
    }
}

/// The name of the next field.
#[inline]
pub fn next_key<'r, 'de, A: MapAccess<'de>>(reader: &'r mut Reader<'de, A>) -> Option<&'r str> {
    if reader.failed.is_some() {
        return None;
    }
    match reader.map.next_key_seed(&mut reader.key) {
        Ok(Some(())) => {
            if reader.is_lenient {
                reading::at_field(reader.key.text());
            }
            Some(reader.key.text())
        }
        Ok(None) => None,
        Err(error) => {
            reader.fail(error);
            None
        }
    }
}

/// The object, if nothing has failed. Inline, so that it is put together where it goes.
#[inline(always)]
pub fn end<'de, A: MapAccess<'de>, T>(
    reader: Reader<'de, A>,
    place: &mut Option<T>,
    object: T,
) -> Result<(), A::Error> {
    match reader.failed {
        None => {
            *place = Some(object);
            Ok(())
        }
        Some(error) => Err(error),
    }
}

/// The fields that have no place of their own.
#[inline]
pub fn unknown<'de, A: MapAccess<'de>>(reader: &mut Reader<'de, A>) -> Unknown {
    let mut unknown = std::mem::take(&mut reader.unknown);
    unknown.settle();
    unknown
}

/// What has failed.
pub fn failed<'de, A: MapAccess<'de>>(reader: Reader<'de, A>) -> Result<(), A::Error> {
    Err(reader.failed.unwrap_or_else(|| A::Error::custom("a field is missing")))
}

/// A map of the fields that a type does not name.
pub trait Rest<'de>: Default {
    /// What it holds.
    type Item: Deserialize<'de>;

    /// Takes a field.
    fn put(&mut self, name: &str, item: Self::Item);
}

impl<'de, T: Deserialize<'de>> Rest<'de> for HashMap<String, T> {
    type Item = T;

    fn put(&mut self, name: &str, item: T) {
        self.insert(name.to_owned(), item);
    }
}

impl<'de> Rest<'de> for serde_json::Map<String, serde_json::Value> {
    type Item = serde_json::Value;

    fn put(&mut self, name: &str, item: serde_json::Value) {
        self.insert(name.to_owned(), item);
    }
}

/// A name, or a text that is borrowed where it can be.
pub(super) struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    #[inline]
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text))
    }
}

/// Reads a field that is always there.
#[inline]
pub fn take<'de, A: MapAccess<'de>, T: Deserialize<'de>>(reader: &mut Reader<'de, A>, slot: &mut Option<T>) {
    take_as(reader, slot, PhantomData);
}

/// Reads a field that may be null.
#[inline]
pub fn take_optional<'de, A: MapAccess<'de>, T: Deserialize<'de>>(reader: &mut Reader<'de, A>, slot: &mut Option<T>) {
    take_optional_as(reader, slot, PhantomData);
}

/// Reads a field that may be absent, and null where it is not.
pub fn take_nullable<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    reader: &mut Reader<'de, A>,
    slot: &mut Option<Option<T>>,
) {
    if reader.is_lenient {
        *slot = reader.leniently(PhantomData);
    } else {
        take(reader, slot);
    }
}

/// Reads a field that is always there.
pub fn take_as<'de, A: MapAccess<'de>, S: DeserializeSeed<'de>>(
    reader: &mut Reader<'de, A>,
    slot: &mut Option<S::Value>,
    seed: S,
) {
    match reader.map.next_value_seed(seed) {
        Ok(value) => *slot = Some(value),
        Err(error) => reader.fail(error),
    }
}

/// Reads a field that may be null.
pub fn take_optional_as<'de, A: MapAccess<'de>, T, S: DeserializeSeed<'de, Value = Option<T>>>(
    reader: &mut Reader<'de, A>,
    slot: &mut Option<T>,
    seed: S,
) {
    if reader.is_lenient {
        *slot = reader.leniently(seed).flatten();
        return;
    }
    match reader.map.next_value_seed(seed) {
        Ok(value) => *slot = value,
        Err(error) => reader.fail(error),
    }
}

/// Reads a field that the type does not name, and keeps it.
pub fn take_unknown<'de, A: MapAccess<'de>>(reader: &mut Reader<'de, A>) {
    match reader.map.next_value_seed(Raw) {
        Ok(text) => {
            let name = reader.key.text();
            let number = unknown::number(name);
            reading::unknown_field(reader.name, number);
            reader.unknown.push(name, &text, number);
        }
        Err(error) => reader.fail(error),
    }
}

/// The same into the map that the type has for them.
pub fn take_rest<'de, A: MapAccess<'de>, R: Rest<'de>>(reader: &mut Reader<'de, A>, rest: &mut R) {
    if reader.is_lenient {
        if let Some(item) = reader.leniently(PhantomData) {
            rest.put(reader.key.text(), item);
        }
        return;
    }
    match reader.map.next_value() {
        Ok(item) => rest.put(reader.key.text(), item),
        Err(error) => reader.fail(error),
    }
}

/// A field that is always there, or the type's word for nothing.
pub fn required<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    reader: &mut Reader<'de, A>,
    name: &'static str,
    slot: Option<T>,
) -> Option<T> {
    if slot.is_some() || reader.failed.is_some() {
        return slot;
    }
    match T::deserialize(Absent(name, PhantomData)) {
        Ok(absent) => Some(absent),
        Err(error) => {
            reader.fail(error);
            None
        }
    }
}

/// What is read when a field is missing: only what may be null can be had from it.
struct Absent<E>(&'static str, PhantomData<E>);

impl<'de, E: Error> Deserializer<'de> for Absent<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, E> {
        Err(E::missing_field(self.0))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// What a setter collects items into.
pub trait List {
    /// An item, or the value of a name.
    type Item;
}

impl<T> List for Vec<T> {
    type Item = T;
}

impl<T> List for HashMap<String, T> {
    type Item = T;
}

impl List for serde_json::Map<String, serde_json::Value> {
    type Item = serde_json::Value;
}

/// Writes an object field by field; the first failure is told at the end.
pub struct Fields<'a, S: Serializer> {
    map: Result<S::SerializeMap, S::Error>,
    unknown: &'a Unknown,
    is_text: bool,
    /// Names that were written, of those that are among the unknown ones as well.
    named: Vec<String>,
}

impl<'a, S: Serializer> Fields<'a, S> {
    /// An object without fields yet.
    pub fn new(serializer: S, unknown: &'a Unknown) -> Self {
        let is_text = serializer.is_human_readable();
        Self { map: serializer.serialize_map(None), unknown, is_text, named: Vec::new() }
    }

    /// A field that is always there.
    pub fn put<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        if !self.unknown.is_empty() && self.unknown.contains(name) {
            self.named.push(name.to_owned());
        }
        if let Ok(map) = &mut self.map
            && let Err(error) = map.serialize_entry(name, value)
        {
            self.map = Err(error);
        }
    }

    /// A field that may be absent.
    pub fn put_optional<T: Serialize>(&mut self, name: &str, value: &Option<T>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// Fields that the type does not name.
    pub fn put_rest<'r, T: Serialize + 'r>(&mut self, rest: impl IntoIterator<Item = (&'r String, &'r T)>) {
        for (name, value) in rest {
            self.put(name, value);
        }
    }

    /// The object is whole.
    ///
    /// # Errors
    /// What went wrong on the way.
    pub fn end(mut self) -> Result<S::Ok, S::Error> {
        if !self.unknown.is_empty() && !is_measuring() {
            let named = std::mem::take(&mut self.named);
            let unknown = std::mem::replace(&mut self.unknown, &NONE);
            for (name, value) in unknown.written().filter(|(name, _)| !named.iter().any(|n| n == name)) {
                match self.is_text {
                    true => self.put(name, value),
                    // Only JSON knows what a text of JSON is.
                    false => self.put(name, &super::shared::value(value.get())),
                }
            }
        }
        self.map?.end()
    }
}

static NONE: Unknown = Unknown::new();

thread_local! {
    static MEASURING: Cell<bool> = const { Cell::new(false) };
}

fn is_measuring() -> bool {
    MEASURING.get()
}

/// A value as it is written without the fields that its types do not name: what a type makes of its input.
pub(super) fn measured<T: Serialize>(value: &T) -> Result<serde_json::Value, serde_json::Error> {
    measuring(|| serde_json::to_value(value))
}

/// Writes without the fields that types do not name.
pub(crate) fn measuring<T>(write: impl FnOnce() -> T) -> T {
    let before = MEASURING.replace(true);
    let written = write();
    MEASURING.set(before);
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    crate::object! {
        /// Of every kind.
        sent pub struct Thing {
            pub id: String,
            pub maybe: Option<i64>,
            pub at: chrono::DateTime<chrono::Utc> as Time,
            pub count: i64 = "Count" as Integer,
        } optional {
            pub day: Option<chrono::NaiveDate> as OptionDay,
            pub parts: Option<Vec<String>> [list],
            pub named: Option<HashMap<String, i64>> [map],
        } nullable {
            pub note: Option<Option<String>> => note_null,
        } rest {
            pub extra: HashMap<String, serde_json::Value>,
        }
    }

    fn thing_parts() -> Vec<String> {
        vec!["a".to_owned()]
    }

    fn read(value: serde_json::Value) -> Result<Thing, String> {
        serde_json::from_value(value).map_err(|e| e.to_string())
    }

    #[test]
    fn what_is_read_is_written_back() {
        let value = json!({
            "id": "1", "maybe": null, "at": "2026-11-23T10:00:00Z", "Count": 3, "day": "2026-11-23", "parts": [],
            "note": null, "later": {"a": 1}
        });
        let thing = read(value.clone()).expect("fits");
        assert_eq!(thing.note, Some(None));
        assert_eq!(thing.extra["later"]["a"], 1);
        assert_eq!(serde_json::to_value(&thing).expect("writes"), value);
    }

    #[test]
    fn absent_and_null_are_told_apart_only_where_it_matters() {
        let least = json!({"id": "1", "at": "2026-11-23", "Count": "3"});
        let thing = read(least).expect("a nullable one may be absent");
        assert_eq!((thing.maybe, thing.day, thing.parts, thing.note, thing.count), (None, None, None, None, 3));
        let nulls = json!({"id": "1", "at": "2026-11-23", "Count": 3.0, "day": null, "parts": null});
        assert_eq!(read(nulls).expect("null is absent").parts, None);
    }

    #[test]
    fn what_is_set_is_written() {
        let at = chrono::DateTime::from_timestamp(0, 0).expect("a time");
        let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day");
        let thing = Thing::new("1", None, at, 2).day(day).parts(["a"]).named([("b", 1)]).note("n");
        let thing = thing.extra([("later", 1)]).parts(thing_parts().iter().map(String::as_str));
        let value = json!({
            "id": "1", "maybe": null, "at": "1970-01-01T00:00:00Z", "Count": 2, "day": "2026-11-23", "parts": ["a"], "named": {"b": 1},
            "note": "n", "later": 1
        });
        assert_eq!(serde_json::to_value(&thing).expect("writes"), value);
        assert_eq!(serde_json::to_value(thing.note_null()).expect("writes")["note"], json!(null));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let missing = read(json!({"at": "2026-11-23", "Count": 1})).expect_err("no id");
        assert_eq!(missing, "missing field `id`");
        assert!(read(json!({"id": null, "at": "2026-11-23", "Count": 1})).expect_err("null").contains("null"));
        assert!(read(json!([1])).expect_err("no object").contains("an object (Thing)"));
        assert!(read(json!({"id": "1", "at": "x", "Count": 1})).expect_err("no time").contains("expected a time"));
    }

    #[test]
    fn the_last_of_equal_names_counts() {
        let text = r#"{"id":"1","at":"2026-11-23","Count":1,"id":"2"}"#;
        assert_eq!(serde_json::from_str::<Thing>(text).expect("fits").id, "2");
    }
}
