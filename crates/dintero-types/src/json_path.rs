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
    let mut frames = frames_before(body, offset(body, failure));
    // Of a missing field serde tells at the end of the object, after its last key.
    if failure.to_string().starts_with("missing field")
        && let Some(Frame::Object { key }) = frames.last_mut()
    {
        *key = None;
    }
    let mut path = String::from("$");
    for frame in frames {
        match frame {
            Frame::Object { key: Some(key) } => {
                path.push('.');
                path.push_str(&key);
            }
            Frame::Array { index: Some(index) } => path.push_str(&format!("[{index}]")),
            _ => {}
        }
    }
    path
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

/// The open objects and arrays after the first `end` bytes. Text that is not JSON ends the walk.
fn frames_before(body: &[u8], end: usize) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut at = 0;
    // Whether the next string in an object is a key.
    let mut key_next = false;
    while at < end {
        let byte = body[at];
        if !byte.is_ascii_whitespace()
            && byte != b']'
            && let Some(Frame::Array { index: index @ None }) = frames.last_mut()
        {
            *index = Some(0);
        }
        match byte {
            b'{' => {
                frames.push(Frame::Object { key: None });
                key_next = true;
            }
            b'[' => frames.push(Frame::Array { index: None }),
            b'}' | b']' => {
                frames.pop();
                key_next = false;
            }
            b',' => match frames.last_mut() {
                Some(Frame::Array { index: Some(index) }) => *index += 1,
                Some(Frame::Object { key }) => {
                    *key = None;
                    key_next = true;
                }
                _ => {}
            },
            b'"' => {
                let start = at + 1;
                at = start;
                while at < body.len() && body[at] != b'"' {
                    at += if body[at] == b'\\' { 2 } else { 1 };
                }
                if let (true, Some(Frame::Object { key })) = (key_next, frames.last_mut()) {
                    let text = &body[start..at.min(body.len())];
                    *key = Some(String::from_utf8_lossy(text).into_owned());
                    key_next = false;
                }
            }
            _ => {}
        }
        at += 1;
    }
    frames
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
