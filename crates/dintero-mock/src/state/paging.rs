//! Lists: filtered by what the query names, and cut into pages by `limit` and `starting_after`.

use super::refused;
use crate::answer::Answered;
use axum::http::StatusCode;
use serde_json::{Map, Value};
use std::cmp::Ordering;

const LIMIT: &str = "limit";
const CURSOR: &str = "starting_after";

/// One page.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) items: Vec<&'a Map<String, Value>>,
    /// The cursor of the next page, if there is one.
    pub(super) next: Option<&'a str>,
}

/// `usual` is the limit when the query gives none. After a cursor that nothing has there is nothing, where the document
/// knows no bad request.
pub(super) fn page<'a>(
    all: &[&'a Map<String, Value>],
    query: &[(String, String)],
    usual: usize,
    refuses: bool,
) -> Result<Page<'a>, Answered> {
    let get = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let limit = get(LIMIT).and_then(|text| text.parse().ok()).unwrap_or(usual).max(1);
    let id = |item: &&'a Map<String, Value>| item.get("id").and_then(Value::as_str);
    let from = match get(CURSOR) {
        None | Some("") => 0,
        Some(cursor) => {
            let at = all.iter().position(|item| id(item) == Some(cursor));
            let message = || format!("there is nothing with the id `{cursor}` to start after");
            match at {
                Some(at) => at + 1,
                None if refuses => return Err(refused(StatusCode::BAD_REQUEST, "INVALID_CURSOR", message())),
                None => all.len(),
            }
        }
    };
    let mut left = all.iter().skip(from).copied().filter(|item| matches(item, query));
    let items: Vec<_> = left.by_ref().take(limit).collect();
    let next = left.next().and_then(|_| items.last().and_then(id));
    Ok(Page { items, next })
}

/// A parameter that names a field filters by it; with several values any of them will do, and dotted suffixes are bounds.
fn matches(item: &Map<String, Value>, query: &[(String, String)]) -> bool {
    query.iter().filter(|(name, _)| name != LIMIT && name != CURSOR).all(|(name, _)| {
        let values = || query.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str());
        let bound = name.rsplit_once('.').filter(|(_, bound)| matches!(*bound, "gte" | "lte" | "gt" | "lt"));
        match (item.get(name), bound) {
            (Some(field), _) => values().any(|value| compare(field, value) == Some(Ordering::Equal)),
            (None, Some((field, bound))) => match item.get(field) {
                Some(field) => values().all(|value| within(compare(field, value), bound)),
                None => true,
            },
            (None, None) => true,
        }
    })
}

fn within(order: Option<Ordering>, bound: &str) -> bool {
    matches!(
        (order, bound),
        (Some(Ordering::Equal), "gte" | "lte")
            | (Some(Ordering::Greater), "gte" | "gt")
            | (Some(Ordering::Less), "lte" | "lt")
    )
}

fn compare(field: &Value, text: &str) -> Option<Ordering> {
    match field {
        Value::Number(number) => number.as_f64()?.partial_cmp(&text.parse().ok()?),
        Value::String(own) => {
            // Times are compared as such: the query may give another offset.
            let time = |text: &str| chrono::DateTime::parse_from_rfc3339(text).ok();
            match (time(own), time(text)) {
                (Some(own), Some(other)) => Some(own.cmp(&other)),
                _ => Some(own.as_str().cmp(text)),
            }
        }
        Value::Bool(own) => Some(own.cmp(&text.parse().ok()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameter::{decoded, query};
    use serde_json::json;

    fn pages(text: &str) -> Result<(Vec<String>, Option<String>), String> {
        pages_of(text, true)
    }

    fn pages_of(text: &str, refuses: bool) -> Result<(Vec<String>, Option<String>), String> {
        let all: Vec<Map<String, Value>> = (1..=5)
            .map(|i| {
                let status = if i % 2 == 0 { "EVEN" } else { "ODD" };
                let item = json!({"id": format!("t{i}"), "amount": i * 100, "status": status, "created_at": format!("2026-01-0{i}T00:00:00Z")});
                item.as_object().cloned().unwrap_or_default()
            })
            .collect();
        let refs: Vec<&Map<String, Value>> = all.iter().collect();
        let page = page(&refs, &decoded(&query(text)), 2, refuses)
            .map_err(|a| String::from_utf8_lossy(&a.body).into_owned())?;
        let ids = page.items.iter().map(|item| item["id"].as_str().unwrap_or_default().to_owned()).collect();
        Ok((ids, page.next.map(str::to_owned)))
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(pages(""), Ok((ids(&["t1", "t2"]), Some("t2".into()))));
        assert_eq!(pages("starting_after=t2"), Ok((ids(&["t3", "t4"]), Some("t4".into()))));
        assert_eq!(pages("starting_after=t4&limit=10"), Ok((ids(&["t5"]), None)));
        assert_eq!(pages("starting_after=t5"), Ok((ids(&[]), None)));
        assert!(pages("starting_after=none").is_err_and(|why| why.contains("`none`")));
        assert_eq!(pages_of("starting_after=none", false), Ok((ids(&[]), None)), "no bad request is documented");
        assert_eq!(pages("starting_after="), pages(""), "an empty one is none");
    }

    #[test]
    fn the_query_filters() {
        let ids = |text: &str| pages(&format!("limit=9&{text}")).expect("page").0.join(" ");
        assert_eq!(ids("status=EVEN"), "t2 t4");
        assert_eq!(ids("status=EVEN&status=ODD"), "t1 t2 t3 t4 t5");
        assert_eq!(ids("amount.gte=200&amount.lte=300"), "t2 t3");
        assert_eq!(ids("created_at.gte=2026-01-05T01:00:00%2B01:00"), "t5");
        assert_eq!(ids("search=any"), "t1 t2 t3 t4 t5", "what is no field filters nothing");
    }
}
