//! Multipart bodies: fields and files.
//!
//! Kept as bytes rather than as reqwest's form, so that a call can be sent again.

use dintero_types::{
    __private::{file_at, with_files},
    Upload,
};
use serde::Serialize;
use serde_json::Value;

use crate::style;

/// A multipart body of any fields and files, for an operation whose document does not name them.
///
/// ```
/// use dintero_client::{Multipart, Upload};
///
/// let body = Multipart::new().field("purpose", "logo").file("file", Upload::new(b"..".to_vec()));
/// # let _ = body;
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Multipart(Vec<(String, Field)>);

#[derive(Clone, Debug, PartialEq)]
enum Field {
    Text(String),
    Json(String),
    File(Upload),
}

impl Multipart {
    /// Without any part.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field that is a text.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.push((name.into(), Field::Text(value.into())));
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>, file: impl Into<Upload>) -> Self {
        self.0.push((name.into(), Field::File(file.into())));
        self
    }

    /// The fields and files of an object: lists repeat their name, an object within is sent as JSON, null is left out.
    pub(crate) fn of<T: Serialize>(value: &T) -> Result<Self, serde_json::Error> {
        let (written, files) = with_files(value)?;
        let Value::Object(fields) = written else {
            return Err(serde::de::Error::custom("it is no object, which a multipart body must be"));
        };
        let mut parts = Vec::new();
        for (name, value) in style::sorted(fields) {
            let values = match value {
                Value::Array(values) => values,
                one => vec![one],
            };
            for value in values {
                let field = match (file_at(&value, &files), value) {
                    (Some(file), _) => Field::File(file.clone()),
                    (None, Value::Null) => continue,
                    (None, value @ (Value::Object(_) | Value::Array(_))) => Field::Json(value.to_string()),
                    (None, value) => Field::Text(style::plain(value)),
                };
                parts.push((name.clone(), field));
            }
        }
        Ok(Self(parts))
    }

    /// The bytes, which begin with the boundary.
    #[inline]
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut boundary = String::from("part");
        while boundary.len() < 12 || self.0.iter().any(|(_, field)| field.contains(boundary.as_bytes())) {
            boundary.push(fastrand::alphanumeric());
        }
        let mut out = Vec::new();
        for (name, field) in &self.0 {
            let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(name));
            let body = match field {
                Field::Text(text) => text.as_bytes(),
                Field::Json(text) => {
                    head.push_str("\r\nContent-Type: application/json");
                    text.as_bytes()
                }
                Field::File(file) => {
                    let (bytes, name, media_type) = file.parts();
                    head.push_str(&format!(
                        "; filename=\"{}\"\r\nContent-Type: {}",
                        quoted(name),
                        one_line(media_type)
                    ));
                    bytes
                }
            };
            out.extend_from_slice(head.as_bytes());
            out.extend_from_slice(b"\r\n\r\n");
            out.extend_from_slice(body);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        out
    }
}

impl Field {
    #[inline]
    fn contains(&self, boundary: &[u8]) -> bool {
        let bytes = match self {
            Field::Text(text) | Field::Json(text) => text.as_bytes(),
            Field::File(file) => file.parts().0,
        };
        bytes.windows(boundary.len()).any(|window| window == boundary)
    }
}

/// As browsers write it: what would end the name is percent-encoded.
#[inline]
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[inline]
fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

/// The boundary of a multipart body that was written before: its first line tells it.
pub(crate) fn boundary(body: &[u8]) -> Option<&str> {
    let line = body.strip_prefix(b"--")?.split(|byte| *byte == b'\r' || *byte == b'\n').next()?;
    let text = std::str::from_utf8(line).ok()?;
    let text = text.strip_suffix("--").unwrap_or(text);
    let sound = (1..=70).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&b));
    sound.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Serialize)]
    struct Body {
        name: &'static str,
        amount: i64,
        none: Option<i64>,
        tags: Vec<&'static str>,
        meta: Value,
        logo: Option<Upload>,
        pages: Vec<Upload>,
    }

    #[test]
    fn fields_and_files_are_parts() {
        let body = Body {
            name: "n",
            amount: 5,
            none: None,
            tags: vec!["a", "b"],
            meta: json!({"k": 1}),
            logo: Some(Upload::new(b"\xff\x00".to_vec()).file_name("l\"ogo\r\n.png").media_type("image/png")),
            pages: vec![Upload::new(b"1".to_vec()), Upload::new(b"2".to_vec())],
        };
        let bytes = Multipart::of(&body).unwrap().encode();
        let boundary = boundary(&bytes).unwrap().to_owned();
        let text = String::from_utf8_lossy(&bytes).replace(&boundary, "B");
        let part = |name: &str, rest: &str| format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"{rest}\r\n");
        let file = "; filename=\"file\"\r\nContent-Type: application/octet-stream\r\n\r\n";
        let expected = [
            part("amount", "\r\n\r\n5"),
            part("logo", "; filename=\"l%22ogo%0D%0A.png\"\r\nContent-Type: image/png\r\n\r\n\u{fffd}\u{0}"),
            part("meta", "\r\nContent-Type: application/json\r\n\r\n{\"k\":1}"),
            part("name", "\r\n\r\nn"),
            part("pages", &format!("{file}1")),
            part("pages", &format!("{file}2")),
            part("tags", "\r\n\r\na"),
            part("tags", "\r\n\r\nb"),
            "--B--\r\n".to_owned(),
        ];
        assert_eq!(text, expected.concat());
    }

    #[test]
    fn the_boundary_is_in_no_part() {
        for _ in 0..100 {
            let body = Multipart::new().field("a", "part").file("f", b"partpartpart".to_vec());
            let bytes = body.encode();
            let boundary = boundary(&bytes).unwrap().as_bytes();
            assert_eq!(bytes.windows(boundary.len()).filter(|w| *w == boundary).count(), 3);
        }
        assert_eq!(boundary(b"--abc\r\n"), Some("abc"));
        assert_eq!(boundary(b"--abc--\r\n"), Some("abc"));
        for body in [&b""[..], b"abc", b"--\r\n", b"--a b\r\n", b"--\xff\r\n"] {
            assert_eq!(boundary(body), None);
        }
    }

    #[test]
    fn only_an_object_has_fields() {
        assert!(Multipart::of(&json!([1])).is_err());
        assert_eq!(Multipart::of(&json!({})).unwrap(), Multipart::new());
    }
}
