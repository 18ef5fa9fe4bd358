//! What Dintero asks of the merchant: the query of a session's callback, the bodies of the express callbacks.

use std::collections::HashSet;

use serde::de::DeserializeOwned;
use url::form_urlencoded;

use crate::error::ParseError;

/// The query of an address, or of a path with a query, as a type.
///
/// Of a name that is repeated the first value is taken; names that the type does not know are the merchant's own.
///
/// # Errors
/// A parameter is missing or does not fit. The error keeps the query.
pub fn parse_query<T: DeserializeOwned>(url: &str) -> Result<T, ParseError> {
    let url = url.split('#').next().unwrap_or_default();
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let mut seen = HashSet::new();
    let mut first = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if seen.insert(name.clone()) {
            first.append_pair(&name, &value);
        }
    }
    // Its messages tell what was expected, and may repeat the value that was met.
    serde_html_form::from_str(&first.finish()).map_err(|why| {
        let text = why.to_string();
        let reason = match text.starts_with("missing field") {
            true => text,
            false => "a parameter does not fit".to_owned(),
        };
        ParseError::query(reason, query.as_bytes())
    })
}

/// A body of JSON as a type.
///
/// # Errors
/// It does not fit. The error tells where, and keeps the body.
pub fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ParseError> {
    crate::event::read(body).map_err(|why| ParseError::payload("the body", &why, body))
}
