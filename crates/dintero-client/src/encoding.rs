//! Path and query values as OpenAPI lays them down, by RFC 6570: letters, digits and `-._~` stand for themselves, all
//! else is percent-encoded, and a list is joined by a separator that no item can hold.
//!
//! For: reqwest writes a query as a form, with `+` for a space and the separator of a list encoded like a comma within
//! an item; progenitor leaves `:@&=+,;` in path values. Generated code calls these functions.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Request, Url};

use crate::{JoinedList, cursor::Cursor};

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A value as part of a path or query.
///
/// ```
/// assert_eq!(dintero_client::encoding::value("a/b c+ø"), "a%2Fb%20c%2B%C3%B8");
/// ```
pub fn value(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A list as one value: only the commas between its items are bare. Other separators are no characters of an address.
///
/// ```
/// use dintero_client::{CommaList, encoding};
///
/// let list: CommaList<&str> = vec!["a,b", "c"].into();
/// assert_eq!(encoding::list(&list), "a%2Cb,c");
/// ```
pub fn list<T: Display, const SEPARATOR: char>(list: &JoinedList<T, SEPARATOR>) -> String {
    let separator = match SEPARATOR {
        ',' => ",".to_owned(),
        other => value(other.encode_utf8(&mut [0; 4])),
    };
    list.0.iter().map(|item| value(&item.to_string())).collect::<Vec<_>>().join(&separator)
}

/// Adds a list to a query, as one pair. An empty one is none.
pub fn query_list<'a, T: Display + 'a, const SEPARATOR: char>(
    request: &mut Request,
    name: &str,
    given: impl Into<Option<&'a JoinedList<T, SEPARATOR>>>,
) {
    if let Some(given) = given.into().filter(|given| !given.is_empty()) {
        add(request.url_mut(), name, &list(given));
    }
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

/// Turns a query that was written as a form into one by RFC 6570. There `+` is a space, `*` stays bare and `~` does not.
pub(crate) fn from_form(url: &mut Url) {
    let Some(query) = url.query() else { return };
    match query {
        "" => url.set_query(None),
        form if form.contains(['+', '*']) || form.contains("%7E") => {
            let query = form.replace('+', "%20").replace('*', "%2A").replace("%7E", "~");
            url.set_query(Some(&query));
        }
        _ => {}
    }
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
    fn a_form_becomes_a_query() {
        let mut written = url("");
        written.query_pairs_mut().append_pair("a*", "b +*~%2B");
        from_form(&mut written);
        assert_eq!(written.query(), Some("a%2A=b%20%2B%2A~%252B"));
        let read: Vec<_> = written.query_pairs().collect();
        assert_eq!(read, [("a*".into(), "b +*~%2B".into())]);
        let mut empty = url("?");
        from_form(&mut empty);
        assert_eq!(empty.query(), None);
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
