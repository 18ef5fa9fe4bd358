//! Parameters and form fields that are more than a text: how lists and objects are written on the wire.

use serde_json::{Map, Value};

/// How the value of a parameter or form field is written.
///
/// A plain value is its text in every style. What the style does not say (objects within objects outside of
/// [`Deep`](Self::Deep)) is written as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A pair for each item or field: `ids=1&ids=2`, and `a=1&b=2` for an object.
    Form,
    /// One text of all items, or of all names and values: `ids=1,2`, and `name=a,1,b,2`.
    Joined(char),
    /// `name[a]=1`, to any depth; items of a list are numbered: `name[a][0]=1`.
    Deep,
    /// JSON.
    Json,
    /// `1,2`, and `a=1,b=2` for an object: a header or path that is exploded.
    Simple,
    /// A path segment with dots: `.1.2`, and `.a.1.b.2`, or `.a=1.b=2` if exploded.
    Label {
        /// One entry for each item or field.
        explode: bool,
    },
    /// A path segment with semicolons: `;ids=1,2`, or `;ids=1;ids=2` if exploded.
    Matrix {
        /// One entry for each item or field.
        explode: bool,
    },
}

/// How the text of one value is written: as it is, or percent-encoded. What separates values is told apart by it.
pub(crate) type Encode = fn(&str) -> String;

/// The pairs of a query or form: names as they are, values as `encode` writes them. Null is left out.
#[inline]
pub(crate) fn pairs(name: &str, style: Style, value: Value, encode: Encode) -> Vec<(String, String)> {
    let mut out = Vec::new();
    match (style, value) {
        (_, Value::Null) => {}
        (Style::Deep, value) => deep(name.to_owned(), value, encode, &mut out),
        (Style::Form, Value::Array(items)) => {
            let items = items.into_iter().filter(|v| !v.is_null());
            out.extend(items.map(|item| (name.to_owned(), encode(&plain(item)))));
        }
        (Style::Form, Value::Object(fields)) => {
            for (field, value) in sorted(fields) {
                match value {
                    // A list within is itself a field of the query.
                    Value::Array(_) => out.extend(pairs(&field, style, value, encode)),
                    value if value.is_null() => {}
                    value => out.push((field, encode(&plain(value)))),
                }
            }
        }
        // A list of nothing is not sent.
        (Style::Joined(_), Value::Array(items)) if items.is_empty() => {}
        (style, value) => out.push((name.to_owned(), text(name, style, value, encode))),
    }
    out
}

/// The text of a header, cookie or path segment.
#[inline]
pub(crate) fn text(name: &str, style: Style, value: Value, encode: Encode) -> String {
    // A bare comma separates; other separators are no characters of an address.
    let between = |separator: char| match separator {
        ',' => ",".to_owned(),
        other => encode(other.encode_utf8(&mut [0; 4])),
    };
    match (style, value) {
        (Style::Json, value) => encode(&value.to_string()),
        (Style::Label { explode }, value) => {
            format!(".{}", joined(value, ".", if explode { "=" } else { "." }, encode))
        }
        (Style::Matrix { explode }, value) => matrix(name, explode, value, encode),
        (Style::Simple, value) => joined(value, ",", "=", encode),
        (Style::Joined(separator), value) => joined(value, &between(separator), &between(separator), encode),
        (Style::Form | Style::Deep, value) => joined(value, ",", ",", encode),
    }
}

#[inline]
fn deep(name: String, value: Value, encode: Encode, out: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            sorted(fields).into_iter().for_each(|(field, v)| deep(format!("{name}[{field}]"), v, encode, out));
        }
        Value::Array(items) => {
            items.into_iter().enumerate().for_each(|(i, v)| deep(format!("{name}[{i}]"), v, encode, out));
        }
        value => out.push((name, encode(&plain(value)))),
    }
}

#[inline]
fn joined(value: Value, separator: &str, equals: &str, encode: Encode) -> String {
    let parts: Vec<String> = match value {
        Value::Array(items) => items.into_iter().filter(|v| !v.is_null()).map(|v| encode(&plain(v))).collect(),
        Value::Object(fields) => entries(fields, encode).map(|(field, v)| format!("{field}{equals}{v}")).collect(),
        value => return encode(&plain(value)),
    };
    parts.join(separator)
}

#[inline]
fn matrix(name: &str, explode: bool, value: Value, encode: Encode) -> String {
    let name = encode(name);
    match value {
        Value::Array(items) if explode => {
            items.into_iter().map(|item| format!(";{name}={}", encode(&plain(item)))).collect()
        }
        Value::Object(fields) if explode => entries(fields, encode).map(|(field, v)| format!(";{field}={v}")).collect(),
        value => format!(";{name}={}", joined(value, ",", ",", encode)),
    }
}

#[inline]
fn entries(fields: Map<String, Value>, encode: Encode) -> impl Iterator<Item = (String, String)> {
    let there = sorted(fields).into_iter().filter(|(_, v)| !v.is_null());
    there.map(move |(field, v)| (encode(&field), encode(&plain(v))))
}

/// In the order of their names, whichever way serde_json was built.
#[inline]
pub(crate) fn sorted(fields: Map<String, Value>) -> Vec<(String, Value)> {
    let mut fields: Vec<_> = fields.into_iter().collect();
    fields.sort_by(|(a, _), (b, _)| a.cmp(b));
    fields
}

/// The text of one value.
#[inline]
pub(crate) fn plain(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn query(style: Style, value: Value) -> String {
        let pairs = pairs("p", style, value, str::to_owned);
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }

    #[test]
    fn pairs_of_a_query() {
        let object = json!({"a": 1, "none": null, "l": ["x", "y"]});
        assert_eq!(query(Style::Form, json!("x y")), "p=x y");
        assert_eq!(query(Style::Form, json!(null)), "");
        assert_eq!(query(Style::Form, json!([1, true, null])), "p=1&p=true");
        assert_eq!(query(Style::Form, object.clone()), "a=1&l=x&l=y");
        assert_eq!(query(Style::Joined(','), object.clone()), "p=a,1,l,[\"x\",\"y\"]");
        assert_eq!(query(Style::Joined('|'), json!([1, 2])), "p=1|2");
        assert_eq!(query(Style::Deep, object.clone()), "p[a]=1&p[l][0]=x&p[l][1]=y");
        assert_eq!(query(Style::Deep, json!({"a": {"b": {"gte": 5}}})), "p[a][b][gte]=5");
        assert_eq!(query(Style::Json, json!({"a": [1]})), "p={\"a\":[1]}");
    }

    #[test]
    fn a_separator_is_told_from_what_it_separates() {
        let encode = crate::encoding::value;
        let value = || json!(["a,b c", "d|e"]);
        assert_eq!(text("p", Style::Joined(','), value(), encode), "a%2Cb%20c,d%7Ce");
        assert_eq!(text("p", Style::Joined('|'), value(), encode), "a%2Cb%20c%7Cd%7Ce");
        assert_eq!(text("p", Style::Matrix { explode: true }, json!({"a;b": "c=d"}), encode), ";a%3Bb=c%3Dd");
        assert_eq!(pairs("p", Style::Joined(','), json!([]), encode), []);
    }

    #[test]
    fn texts_of_headers_and_paths_as_the_specification_shows_them() {
        let list = json!(["blue", "black", "brown"]);
        let object = json!({"G": 200, "R": 100});
        let of = |style, value: &Value| text("color", style, value.clone(), str::to_owned);
        assert_eq!(of(Style::Joined(','), &list), "blue,black,brown");
        assert_eq!(of(Style::Joined(','), &object), "G,200,R,100");
        assert_eq!(of(Style::Simple, &object), "G=200,R=100");
        assert_eq!(of(Style::Label { explode: true }, &list), ".blue.black.brown");
        assert_eq!(of(Style::Label { explode: false }, &object), ".G.200.R.100");
        assert_eq!(of(Style::Label { explode: true }, &object), ".G=200.R=100");
        assert_eq!(of(Style::Matrix { explode: false }, &json!("blue")), ";color=blue");
        assert_eq!(of(Style::Matrix { explode: false }, &list), ";color=blue,black,brown");
        assert_eq!(of(Style::Matrix { explode: true }, &list), ";color=blue;color=black;color=brown");
        assert_eq!(of(Style::Matrix { explode: true }, &object), ";G=200;R=100");
    }
}
