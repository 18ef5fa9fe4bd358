//! Form bodies.

use crate::style::{self, Style};
use reqwest::Url;
use serde_json::Value;

/// `application/x-www-form-urlencoded` of an object: arrays repeat their key, null is left out,
/// an object within is sent as JSON, unless `styles` says otherwise for its field.
#[inline]
pub(crate) fn encode(value: Value, styles: &[(&str, Style)]) -> Result<Vec<u8>, &'static str> {
    let Value::Object(fields) = value else {
        return Err("a form body must be an object");
    };
    let mut url = Url::parse(crate::hosts::PLACEHOLDER).map_err(|_| "no form can be written")?;
    {
        let mut pairs = url.query_pairs_mut();
        for (name, value) in style::sorted(fields) {
            let told = styles.iter().find(|(field, _)| *field == name).map(|(_, style)| *style);
            // An object by itself is JSON here; only a style that is told spreads it.
            let style = told.unwrap_or(if value.is_object() { Style::Json } else { Style::Form });
            pairs.extend_pairs(style::pairs(&name, style, value, str::to_owned));
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
        let form = encode(json!({"a": ["x y", 2], "b": null, "c": true, "d": {"e": 1}}), &[]).unwrap();
        assert_eq!(String::from_utf8(form).unwrap(), "a=x+y&a=2&c=true&d=%7B%22e%22%3A1%7D");
        assert_eq!(encode(json!({}), &[]).unwrap(), b"");
        assert!(encode(json!([1]), &[]).is_err());
    }

    #[test]
    fn a_field_is_written_in_its_own_style() {
        let styles = [("meta", Style::Deep), ("ids", Style::Joined(','))];
        let form = encode(json!({"meta": {"a": {"b": 1}}, "ids": [1, 2], "other": [1, 2]}), &styles).unwrap();
        assert_eq!(String::from_utf8(form).unwrap(), "ids=1%2C2&meta%5Ba%5D%5Bb%5D=1&other=1&other=2");
    }
}
