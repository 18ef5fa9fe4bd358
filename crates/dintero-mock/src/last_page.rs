//! The page behind a cursor, of a list that keeps no state: it is empty and the last.
//!
//! Why: such a list is made from the document, so each of its pages has a cursor, and it would be the same one for ever. A
//! program that reads on would never come to an end.

use crate::answer::{Answered, success};
use crate::documents::{CURSOR_FIELDS, CURSOR_PARAMETERS};
use crate::operation::Operation;
use crate::schema::Side;
use serde_json::Value;

/// The answer to a request that asks for a page behind the first.
pub(crate) fn of(operation: &Operation, query: &[(String, String)], answered: Answered) -> Answered {
    match asks(query) {
        true => emptied(operation, &answered).unwrap_or(answered),
        false => answered,
    }
}

fn asks(query: &[(String, String)]) -> bool {
    // Some cursors are numbers of pages, and a program may ask for the first by its own.
    let is_first = |value: &str| matches!(value, "" | "0" | "1");
    query.iter().any(|(name, value)| {
        !is_first(value) && CURSOR_PARAMETERS.iter().any(|cursor| name == cursor || is_part(name, cursor))
    })
}

/// `starting_after_date` is a part of the cursor `starting_after`.
fn is_part(name: &str, cursor: &str) -> bool {
    name.strip_prefix(cursor).is_some_and(|rest| rest.starts_with(['_', '.', '[']))
}

/// `None` where the document knows no such page.
fn emptied(operation: &Operation, answered: &Answered) -> Option<Answered> {
    let media = success(operation).1?.media.iter().find(|media| media.is_json())?;
    let validator = media.validator(&operation.document, Side::Response)?;
    let page = match serde_json::from_slice(&answered.body).ok()? {
        Value::Array(_) => Value::Array(Vec::new()),
        Value::Object(mut page) => {
            page.retain(|name, _| !CURSOR_FIELDS.contains(&name.as_str()));
            page.values_mut().filter(|value| value.is_array()).for_each(|list| *list = Value::Array(Vec::new()));
            Value::Object(page)
        }
        _ => return None,
    };
    validator.is_valid(&page).then(|| Answered { body: page.to_string().into(), ..answered.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Answers;
    use crate::document::Document;
    use std::sync::Arc;

    fn query(text: &str) -> Vec<(String, String)> {
        text.split('&').filter_map(|pair| pair.split_once('=')).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
    }

    #[test]
    fn the_page_behind_a_cursor_is_empty_and_the_last() {
        let text = "openapi: 3.0.0
paths:
  /bare: {get: {responses: {'200': {description: '', content: {application/json: {schema: {type: array, items: {type: string}}}}}}}}
  /page:
    get:
      responses:
        '200':
          description: ''
          content:
            application/json:
              schema:
                type: object
                required: [items]
                properties: {items: {type: array, items: {type: string}}, starting_after: {type: string}}
  /never: {get: {responses: {'200': {description: '', content: {application/json: {schema: {type: array, minItems: 1, items: {type: string}}}}}}}}";
        let document = Arc::new(Document::parse("x", "x.yaml", text).expect("document"));
        let answers = Answers::new(1);
        let mut told = Vec::new();
        // All are kept: answers are known by where their operations are.
        let operations: Vec<Arc<Operation>> = crate::operation::all(&document, &[]).into_iter().map(Arc::new).collect();
        for operation in &operations {
            let first = Answered::clone(&answers.of(operation, None));
            let again = of(operation, &query("limit=2"), first.clone());
            assert_eq!(again.body, first.body, "{}: nothing asks for another page", operation.path);
            let last = of(operation, &query("starting_after=a"), first.clone());
            told.push((
                operation.path.clone(),
                last.body == first.body,
                String::from_utf8_lossy(&last.body).to_string(),
            ));
        }
        let body = |path: &str| told.iter().find(|(of, ..)| of == path).expect("an answer").2.as_str();
        assert_eq!((body("/bare"), body("/page")), ("[]", r#"{"items":[]}"#), "{told:?}");
        assert!(told.iter().any(|(path, same, _)| path == "/never" && *same), "its document knows no empty page");
    }

    #[test]
    fn a_cursor_is_told_from_other_parameters() {
        for text in ["starting_after=T1", "limit=2&starting_after_id=a", "page_token=x", "page=2"] {
            assert!(asks(&query(text)), "{text}");
        }
        for text in ["limit=10", "page=1", "starting_after=", "starting_afternoon=1"] {
            assert!(!asks(&query(text)), "{text}");
        }
    }
}
