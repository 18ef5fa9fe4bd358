//! Form bodies.

use reqwest::Url;
use serde_json::Value;

/// `application/x-www-form-urlencoded` of an object: arrays repeat their key, null is left out,
/// an object within goes out as JSON.
pub(crate) fn encode(value: Value) -> Result<Vec<u8>, &'static str> {
    let Value::Object(fields) = value else {
        return Err("a form body must be an object");
    };
    let mut url = Url::parse(crate::hosts::PLACEHOLDER).map_err(|_| "no form can be written")?;
    {
        let mut pairs = url.query_pairs_mut();
        for (name, value) in fields {
            let values = match value {
                Value::Array(values) => values,
                one => vec![one],
            };
            for value in values {
                match value {
                    Value::Null => {}
                    Value::String(text) => {
                        pairs.append_pair(&name, &text);
                    }
                    other => {
                        pairs.append_pair(&name, &other.to_string());
                    }
                }
            }
        }
    }
    Ok(url.query().unwrap_or_default().as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn arrays_repeat_their_key() {
        let form = encode(json!({"a": ["x y", 2], "b": null, "c": true, "d": {"e": 1}})).unwrap();
        assert_eq!(String::from_utf8(form).unwrap(), "a=x+y&a=2&c=true&d=%7B%22e%22%3A1%7D");
        assert_eq!(encode(json!({})).unwrap(), b"");
        assert!(encode(json!([1])).is_err());
    }
}
