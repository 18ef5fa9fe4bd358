//! The next cursor, read from the JSON of a page.
//!
//! From the text rather than from the decoded page: which field holds it the operation table says,
//! and a type cannot be asked for a field by name. What is not looked for is skipped, not built.

use std::{collections::HashMap, fmt};

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::Paging;

/// Query parameters that lead to the next page.
pub(crate) type Cursor = Vec<(&'static str, String)>;

/// What a page says about the list.
#[derive(Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) items: usize,
    pub(crate) next: Next,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    At(Cursor),
    End,
    /// There should be a cursor, and there is none; says why.
    Lost(String),
}

/// What the page of this body says.
#[inline]
pub(crate) fn find(paging: &Paging, body: &[u8]) -> Found {
    let found = match paging {
        Paging::LastItem { param, field } => last_item(body, param, field),
        Paging::Cursor { param, cursor, items } => read(body, Fields(&[cursor, items])).map(|mut fields| {
            let next = match fields.text(cursor) {
                Some(value) => Next::At(vec![(param, value)]),
                None => Next::End,
            };
            fields.page(items, next)
        }),
        Paging::LastKey { key, items, params } => read(body, Fields(&[key, items])).map(|mut fields| {
            let key = fields.fields(key);
            let values = params.iter().filter_map(|(param, field)| Some((*param, key.get(*field)?.clone())));
            let cursor: Cursor = values.collect();
            let next = match cursor.is_empty() {
                true => Next::End,
                false => Next::At(cursor),
            };
            fields.page(items, next)
        }),
    };
    found.unwrap_or_else(|why| Found { items: 0, next: Next::Lost(format!("the page is no list ({why})")) })
}

#[inline]
fn last_item(body: &[u8], param: &'static str, field: &'static str) -> Result<Found, serde_json::Error> {
    let Items { count, mut last } = read(body, LastItem(field))?;
    let next = match last.text(field) {
        Some(value) => Next::At(vec![(param, value)]),
        None if count == 0 => Next::End,
        None => Next::Lost(format!("the last item has no `{field}`")),
    };
    Ok(Found { items: count, next })
}

fn read<'de, S: DeserializeSeed<'de>>(body: &'de [u8], seed: S) -> Result<S::Value, serde_json::Error> {
    seed.deserialize(&mut serde_json::Deserializer::from_slice(body))
}

/// A value as far as it may be a cursor or a list of items.
enum Part {
    /// A text that is not empty, or a number.
    Text(String),
    /// The scalars of an object.
    Fields(HashMap<String, String>),
    /// Length of an array.
    Count(usize),
    Null,
    Nothing,
}

#[derive(Default)]
struct Parts(HashMap<String, Part>);

impl Parts {
    #[inline]
    fn text(&mut self, name: &str) -> Option<String> {
        match self.0.remove(name)? {
            Part::Text(text) => Some(text),
            _ => None,
        }
    }

    #[inline]
    fn fields(&mut self, name: &str) -> HashMap<String, String> {
        match self.0.remove(name) {
            Some(Part::Fields(fields)) => fields,
            _ => HashMap::new(),
        }
    }

    /// A page with its items, which are an array or null: without them, or with something else in their place, nothing
    /// can be said of the list.
    fn page(&self, name: &str, next: Next) -> Found {
        match self.0.get(name) {
            Some(Part::Count(items)) => Found { items: *items, next },
            Some(Part::Null) => Found { items: 0, next },
            Some(_) => Found { items: 0, next: Next::Lost(format!("the page's `{name}` is no list")) },
            None => Found { items: 0, next: Next::Lost(format!("the page has no `{name}`")) },
        }
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PartVisitor)
    }
}

struct PartVisitor;

impl<'de> Visitor<'de> for PartVisitor {
    type Value = Part;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }
    fn visit_unit<E>(self) -> Result<Part, E> {
        Ok(Part::Null)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Part, E> {
        Ok(Part::Nothing)
    }
    fn visit_i64<E>(self, value: i64) -> Result<Part, E> {
        Ok(Part::Text(value.to_string()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Part, E> {
        Ok(Part::Text(value.to_string()))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Part, E> {
        Ok(Part::Text(value.to_string()))
    }
    fn visit_str<E>(self, value: &str) -> Result<Part, E> {
        Ok(match value {
            "" => Part::Nothing,
            text => Part::Text(text.to_owned()),
        })
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Part, A::Error> {
        let mut count = 0;
        while items.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Part::Count(count))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Part, A::Error> {
        let mut fields = HashMap::new();
        while let Some((name, part)) = entries.next_entry::<String, Part>()? {
            if let Part::Text(text) = part {
                fields.insert(name, text);
            }
        }
        Ok(Part::Fields(fields))
    }
}

/// An object of which the named fields are read.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = Parts;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Parts, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = Parts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Parts, A::Error> {
        let mut parts = Parts::default();
        while let Some(name) = entries.next_key::<String>()? {
            if self.0.contains(&name.as_str()) {
                parts.0.insert(name, entries.next_value()?);
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        Ok(parts)
    }
}

/// An array of which the named field of the last object is read.
struct LastItem(&'static str);

struct Items {
    count: usize,
    last: Parts,
}

impl<'de> DeserializeSeed<'de> for LastItem {
    type Value = Items;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Items, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for LastItem {
    type Value = Items;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Items, A::Error> {
        let mut all = Items { count: 0, last: Parts::default() };
        while let Some(last) = items.next_element_seed(Fields(&[self.0]))? {
            all.count += 1;
            all.last = last;
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST_ITEM: Paging = Paging::LastItem { param: "starting_after", field: "id" };
    const CURSOR: Paging = Paging::Cursor { param: "page", cursor: "next", items: "cards" };
    const LAST_KEY: Paging = Paging::LastKey {
        key: "last",
        items: "settlements",
        params: &[("after_id", "id"), ("after_date", "created_at")],
    };

    fn at(cursor: &[(&'static str, &str)]) -> Next {
        let owned = cursor.iter().map(|(param, value)| (*param, value.to_string()));
        Next::At(owned.collect())
    }

    #[test]
    fn finds_the_cursor_of_each_kind() {
        let cases = [
            (LAST_ITEM, r#"[{"id":"a","x":{"id":"no"}},{"x":[1,{}],"id":"b"}]"#, 2, at(&[("starting_after", "b")])),
            (LAST_ITEM, r#"[{"id":7}]"#, 1, at(&[("starting_after", "7")])),
            (LAST_ITEM, "[]", 0, Next::End),
            (CURSOR, r#"{"next":"å b","cards":[1,2,3],"total":3}"#, 3, at(&[("page", "å b")])),
            (CURSOR, r#"{"cards":[{}],"next":null}"#, 1, Next::End),
            (CURSOR, r#"{"cards":[{}],"next":""}"#, 1, Next::End),
            (CURSOR, r#"{"cards":[{}]}"#, 1, Next::End),
            (CURSOR, r#"{"cards":null,"next":"x"}"#, 0, at(&[("page", "x")])),
            (
                LAST_KEY,
                r#"{"settlements":[{}],"last":{"created_at":"2026-11-23","id":"s","account":"T1","y":{}}}"#,
                1,
                at(&[("after_id", "s"), ("after_date", "2026-11-23")]),
            ),
            (LAST_KEY, r#"{"settlements":[{}],"last":{"id":"s"}}"#, 1, at(&[("after_id", "s")])),
            (LAST_KEY, r#"{"settlements":[{}],"last":{}}"#, 1, Next::End),
            (LAST_KEY, r#"{"settlements":[{}],"last":null}"#, 1, Next::End),
            (LAST_KEY, r#"{"settlements":[{}]}"#, 1, Next::End),
        ];
        for (paging, body, items, next) in cases {
            assert_eq!(find(&paging, body.as_bytes()), Found { items, next }, "{body}");
        }
    }

    #[test]
    fn a_cursor_that_should_be_there_is_missed() {
        for (paging, body, why) in [
            (LAST_ITEM, r#"[{"id":"a"},{"key":"b"}]"#, "the last item has no `id`"),
            (LAST_ITEM, r#"[{"id":null}]"#, "the last item has no `id`"),
            (LAST_ITEM, r#"{"items":[]}"#, "the page is no list"),
            (LAST_ITEM, "[1]", "the page is no list"),
            (CURSOR, "[]", "the page is no list"),
            (LAST_KEY, "", "the page is no list"),
            (CURSOR, r#"{"next":"x"}"#, "the page has no `cards`"),
            (CURSOR, r#"{"cards":{},"next":"x"}"#, "the page's `cards` is no list"),
            (LAST_KEY, r#"{"last":{"id":"s"}}"#, "the page has no `settlements`"),
        ] {
            match find(&paging, body.as_bytes()).next {
                Next::Lost(told) => assert!(told.contains(why), "{told}"),
                other => panic!("{body}: {other:?}"),
            }
        }
    }
}
