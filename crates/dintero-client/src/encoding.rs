//! Path and query values as OpenAPI lays them down, by RFC 6570: letters, digits and `-._~` stand for themselves, all
//! else is percent-encoded, and a list is joined by a separator that no item can hold.
//!
//! For: reqwest writes a query as a form, with `+` for a space and the separator of a list encoded like a comma within
//! an item.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

use crate::{JoinedList, cursor::Cursor};

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A value as part of a path or query.
pub(crate) fn value(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A list as one value: only the commas between its items are bare. Other separators are no characters of an address.
pub(crate) fn list<T: Display, const SEPARATOR: char>(list: &JoinedList<T, SEPARATOR>) -> String {
    let separator = match SEPARATOR {
        ',' => ",".to_owned(),
        other => value(other.encode_utf8(&mut [0; 4])),
    };
    list.0.iter().map(|item| value(&item.to_string())).collect::<Vec<_>>().join(&separator)
}

/// Adds a pair whose value is encoded already.
pub(crate) fn add(url: &mut Url, name: &str, encoded: &str) {
    let pair = format!("{}={encoded}", value(name));
    let query = match url.query() {
        Some(before) if !before.is_empty() => format!("{before}&{pair}"),
        _ => pair,
    };
    url.set_query(Some(&query));
}

/// Puts a page's cursor in the place of the one that a query has; the other pairs stay as they are.
#[inline]
pub(crate) fn put_cursor(url: &mut Url, cursor: &Cursor) {
    if cursor.is_empty() {
        return;
    }
    let set: Vec<String> = cursor.iter().map(|(name, _)| format!("{}=", value(name))).collect();
    let query = url.query().unwrap_or_default();
    let kept = |pair: &&str| !pair.is_empty() && !set.iter().any(|name| pair.starts_with(name.as_str()));
    let others = query.split('&').filter(kept).collect::<Vec<_>>().join("&");
    url.set_query(Some(&others).filter(|q| !q.is_empty()).map(String::as_str));
    for (name, text) in cursor {
        add(url, name, &value(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CommaList, PipeList, SpaceList};

    fn url(query: &str) -> Url {
        format!("http://x.test/p{query}").parse().unwrap()
    }

    #[test]
    fn all_but_the_unreserved_is_encoded() {
        let ascii: String = (0..128u8).map(char::from).collect();
        let written = value(&ascii);
        let bare: String = written.split('%').map(|part| part.get(2..).unwrap_or_default()).collect();
        assert_eq!(bare, "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");
        assert_eq!(value("%C3 é😀"), "%25C3%20%C3%A9%F0%9F%98%80");
    }

    #[test]
    fn a_separator_is_told_from_the_same_character_in_an_item() {
        let items = ["a b", "c,d", "e|f"].map(String::from).to_vec();
        assert_eq!(list(&CommaList::from(items.clone())), "a%20b,c%2Cd,e%7Cf");
        assert_eq!(list(&SpaceList::from(items.clone())), "a%20b%20c%2Cd%20e%7Cf");
        assert_eq!(list(&PipeList::from(items)), "a%20b%7Cc%2Cd%7Ce%7Cf");
    }

    #[test]
    fn a_cursor_takes_the_place_of_the_one_before() {
        let cursor: Cursor = vec![("after", "b c".to_owned())];
        for (before, then) in [
            ("", "?after=b%20c"),
            ("?after=a", "?after=b%20c"),
            ("?x=a,b&after=a&afterwards=1", "?x=a,b&afterwards=1&after=b%20c"),
        ] {
            let mut written = url(before);
            put_cursor(&mut written, &cursor);
            assert_eq!(written, url(then));
        }
        let mut same = url("?x=a,b");
        put_cursor(&mut same, &Cursor::default());
        assert_eq!(same, url("?x=a,b"));
    }
}
