//! Where in a JSON text decoding failed.
//!
//! Computed from the byte position of the failure instead of with a tracking deserializer: that
//! one would compile every generated type a second time, for a path that is hardly ever asked for.

enum Frame {
    Object { key: Option<String> },
    Array { index: Option<usize> },
}

/// JSON path of the value that `failure` is about, `$` for the whole.
pub fn of_failure(body: &[u8], failure: &serde_json::Error) -> String {
    let mut walk = Walk::default();
    walk.to(body, offset(body, failure));
    // Of a missing field serde tells at the end of the object, after its last key.
    if failure.to_string().starts_with("missing field")
        && let Some(Frame::Object { key }) = walk.frames.last_mut()
    {
        *key = None;
    }
    path_of(&walk.frames)
}

/// The reason without the value that was met, which may be personal.
pub fn without_values(failure: &serde_json::Error) -> String {
    let text = failure.to_string();
    let text = match text.rfind(" at line ") {
        Some(end) => &text[..end],
        None => &text,
    };
    for start in ["invalid type: ", "invalid value: ", "unknown variant "] {
        if let (true, Some(expected)) = (text.starts_with(start), text.rfind(", expected ")) {
            let met = &text[start.len().min(expected)..expected];
            let met = met.split(['"', '`']).next().unwrap_or_default().trim_end();
            return format!("{start}{met}{}", &text[expected..]);
        }
    }
    text.to_owned()
}

fn offset(body: &[u8], failure: &serde_json::Error) -> usize {
    let line = failure.line().saturating_sub(1);
    let start = match line {
        0 => 0,
        line => body
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n')
            .nth(line - 1)
            .map_or(body.len(), |(at, _)| at + 1),
    };
    (start + failure.column()).min(body.len())
}

/// JSON paths of what stands before these places.
pub(crate) fn of_places(body: &[u8], places: &[usize]) -> Vec<String> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by_key(|index| places[*index]);
    let mut paths = vec![String::new(); places.len()];
    let mut walk = Walk::default();
    for index in order {
        // A text that is passed at once may reach beyond the next place; then that place is in it.
        walk.to(body, places[index].min(body.len()));
        paths[index] = path_of(&walk.frames);
    }
    paths
}

fn path_of(frames: &[Frame]) -> String {
    let mut path = String::from("$");
    for frame in frames {
        match frame {
            Frame::Object { key: Some(key) } => {
                path.push('.');
                path.push_str(key);
            }
            Frame::Array { index: Some(index) } => path.push_str(&format!("[{index}]")),
            _ => {}
        }
    }
    path
}

/// A walk through a text of JSON. Text that is not JSON ends it.
#[derive(Default)]
struct Walk {
    /// The open objects and arrays.
    frames: Vec<Frame>,
    at: usize,
    /// Whether the next string in an object is a key.
    key_next: bool,
}

impl Walk {
    /// On to the first `end` bytes.
    fn to(&mut self, body: &[u8], end: usize) {
        while self.at < end {
            let byte = body[self.at];
            if !byte.is_ascii_whitespace()
                && byte != b']'
                && let Some(Frame::Array { index: index @ None }) = self.frames.last_mut()
            {
                *index = Some(0);
            }
            match byte {
                b'{' => {
                    self.frames.push(Frame::Object { key: None });
                    self.key_next = true;
                }
                b'[' => self.frames.push(Frame::Array { index: None }),
                b'}' | b']' => {
                    self.frames.pop();
                    self.key_next = false;
                }
                b',' => match self.frames.last_mut() {
                    Some(Frame::Array { index: Some(index) }) => *index += 1,
                    Some(Frame::Object { key }) => {
                        *key = None;
                        self.key_next = true;
                    }
                    _ => {}
                },
                b'"' => self.text(body),
                _ => {}
            }
            self.at += 1;
        }
    }

    /// To the quote at the end of a text; a key is kept.
    fn text(&mut self, body: &[u8]) {
        let start = self.at + 1;
        self.at = start;
        while self.at < body.len() && body[self.at] != b'"' {
            self.at += if body[self.at] == b'\\' { 2 } else { 1 };
        }
        if let (true, Some(Frame::Object { key })) = (self.key_next, self.frames.last_mut()) {
            let text = &body[start..self.at.min(body.len())];
            *key = Some(String::from_utf8_lossy(text).into_owned());
            self.key_next = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::HashMap;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Line {
        id: String,
        amount: i64,
        tags: Option<Vec<String>>,
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Page {
        items: Vec<Line>,
        more: Option<HashMap<String, i64>>,
    }

    fn told(text: &str) -> (String, String) {
        let failure = serde_json::from_slice::<Page>(text.as_bytes()).unwrap_err();
        (of_failure(text.as_bytes(), &failure), without_values(&failure))
    }

    #[test]
    fn finds_the_value() {
        let cases = [
            (r#"{"items":[{"id":"a","amount":1},{"id":"b","amount":"x"}]}"#, "$.items[1].amount"),
            (r#"{"items":[{"id":7,"amount":1}]}"#, "$.items[0].id"),
            (r#"{"items":[{"id":[1,2],"amount":1}]}"#, "$.items[0].id"),
            (r#"{"items":[{"id":{"x":1},"amount":1}]}"#, "$.items[0].id"),
            (r#"{"items":[{"id":"a","amount":1,"tags":["x","y",true]}]}"#, "$.items[0].tags[2]"),
            (r#"{"more":{"a,{\"b":1,"c":"x"},"items":[]}"#, "$.more.c"),
            (r#"{"items":{}}"#, "$.items"),
            (r#"{"items":[],"more":[]}"#, "$.more"),
            ("{\n  \"items\": [\n    {\"id\": \"å\", \"amount\": null}\n  ]\n}", "$.items[0].amount"),
            (r#"[]"#, "$"),
            ("\"text\"", "$"),
        ];
        for (text, path) in cases {
            assert_eq!(told(text).0, path, "{text}");
        }
    }

    #[test]
    fn a_missing_field_is_told_of_its_object() {
        let (path, reason) = told(r#"{"items":[{"id":"a","tags":[]}]}"#);
        assert_eq!((path.as_str(), reason.as_str()), ("$.items[0]", "missing field `amount`"));
        assert_eq!(told("{}").0, "$");
    }

    #[test]
    fn broken_text_does_not_break_the_walk() {
        for text in ["", "{", r#"{"items":[{"id":"a"#, r#"{"items":[}"#, "]]]", "{\"a\\", "\u{feff}{}", "<html>"] {
            let (path, _) = told(text);
            assert!(path.starts_with('$'), "{text}");
        }
    }

    #[test]
    fn no_value_is_repeated() {
        let cases = [
            (r#"{"items":[{"id":4111111111111111,"amount":1}]}"#, "invalid type: integer, expected a string"),
            (r#"{"items":[{"id":"a","amount":"4111, expected x"}]}"#, "invalid type: string, expected i64"),
            (r#"{"items":[{"id":"a","amount":411.1}]}"#, "invalid type: floating point, expected i64"),
        ];
        for (text, reason) in cases {
            assert_eq!(told(text).1, reason);
        }
    }
}
