//! What Dintero asks of the merchant: the query of a session's callback, the bodies of the express callbacks.

use std::{borrow::Cow, collections::HashSet};

use serde::de::DeserializeOwned;
use serde_json::Value;
use url::form_urlencoded;

use crate::error::ParseError;

/// Of so many repeated names it is tried whether they are lists; a query is from anybody until it is verified.
const MOST_LISTS: usize = 16;

/// The query of an address, or of a path with a query, as a type.
///
/// Of a name that is repeated the first value is taken, unless the type has a list for it; names that the type does not
/// know are the merchant's own, and are with its unknown fields. A parameter that may be absent and does not fit is there,
/// too, and reads as absent.
///
/// # Errors
/// A parameter that is always there is missing or does not fit. The error keeps the query.
pub fn parse_query<T: DeserializeOwned>(url: &str) -> Result<T, ParseError> {
    let url = url.split('#').next().unwrap_or_default();
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let pairs = || form_urlencoded::parse(query.as_bytes());
    let mut seen = HashSet::new();
    let twice: HashSet<Cow<'_, str>> =
        pairs().map(|(name, _)| name).filter(|name| !seen.insert(name.clone())).collect();
    // The names whose values are all taken; for the others it is the first.
    let mut lists = HashSet::new();
    let form = |lists: &HashSet<Cow<'_, str>>| {
        let mut seen = HashSet::new();
        let pairs = pairs().filter(|(name, _)| seen.insert(name.clone()) || lists.contains(name));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    };
    let mut read = serde_html_form::from_str(&form(&lists));
    for name in twice.into_iter().take(MOST_LISTS) {
        lists.insert(name.clone());
        match serde_html_form::from_str(&form(&lists)) {
            Ok(more) => read = Ok(more),
            Err(_) => drop(lists.remove(&name)),
        }
    }
    // Its messages tell what was expected, and may repeat the value that was met.
    read.or_else(|why: serde_html_form::de::Error| {
        leniently(pairs()).ok_or_else(|| {
            let text = why.to_string();
            let reason = match text.starts_with("missing field") {
                true => text,
                false => "a parameter does not fit".to_owned(),
            };
            ParseError::query(reason, query.as_bytes())
        })
    })
}

/// As an object of JSON, of which optional fields that do not fit are left out.
fn leniently<'a, T: DeserializeOwned>(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Option<T> {
    let mut fields = serde_json::Map::new();
    for (name, value) in pairs {
        let value = match &*value {
            "true" => true.into(),
            "false" => false.into(),
            text => Value::from(text),
        };
        fields.entry(name).or_insert(value);
    }
    crate::event::read(Value::Object(fields).to_string().as_bytes()).ok()
}

/// A body of JSON as a type.
///
/// # Errors
/// It does not fit. The error tells where, and keeps the body.
pub fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ParseError> {
    crate::event::read(body).map_err(|why| ParseError::payload("the body", &why, body))
}
