//! Whether two documents describe an operation alike: by what goes over the wire, not by their words.

use crate::document::Document;
use crate::operation::Operation;
use serde_json::Value;
use std::collections::HashSet;

/// Keys that say nothing of the wire.
const WORDS: [&str; 10] = [
    "description",
    "summary",
    "title",
    "example",
    "examples",
    "tags",
    "operationId",
    "externalDocs",
    "deprecated",
    "servers",
];

pub(crate) fn are_same(a: &Operation, b: &Operation) -> bool {
    let (Some(x), Some(y)) = (a.document.value.pointer(&a.pointer), b.document.value.pointer(&b.pointer)) else {
        return false;
    };
    a.security == b.security && Pass { a: &a.document, b: &b.document, assumed: HashSet::new() }.same(x, y, false)
}

struct Pass<'a> {
    a: &'a Document,
    b: &'a Document,
    /// Pairs that are being compared, or were found the same: recursive schemas end here.
    assumed: HashSet<(*const Value, *const Value)>,
}

impl<'a> Pass<'a> {
    /// `names`: the keys are names that the document gives, not words of OpenAPI.
    fn same(&mut self, x: &'a Value, y: &'a Value, names: bool) -> bool {
        let (x, y) = (self.a.resolve(x), self.b.resolve(y));
        match (x, y) {
            (Value::Object(left), Value::Object(right)) => {
                let pair = (std::ptr::from_ref(x), std::ptr::from_ref(y));
                if !self.assumed.insert(pair) {
                    return true;
                }
                let counts = |key: &&String| {
                    names || !WORDS.contains(&key.as_str()) && !key.starts_with("x-") && *key != "security"
                };
                let keys: Vec<&String> = left.keys().filter(counts).collect();
                let same = keys.len() == right.keys().filter(counts).count()
                    && keys.iter().all(|key| match (left.get(*key), right.get(*key)) {
                        (Some(l), Some(r)) => self.same(l, r, key.as_str() == "properties" && !names),
                        _ => false,
                    });
                if !same {
                    self.assumed.remove(&pair);
                }
                same
            }
            (Value::Array(left), Value::Array(right)) => {
                // The order of lists says nothing either: required names, enum values, parameters.
                left.len() == right.len() && left.iter().all(|l| right.iter().any(|r| self.same(l, r, false)))
            }
            _ => x == y,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn operation(text: &str) -> Operation {
        let document = Arc::new(Document::parse("x", "x.yaml", &format!("openapi: 3.0.0\n{text}")).expect("document"));
        crate::operation::all(&document, &[]).into_iter().next().expect("operation")
    }

    #[test]
    fn words_and_references_make_no_difference_and_schemas_do() {
        let inline = "paths: {/a: {get: {responses: {'200': {description: one, content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}}}}}}";
        let named = "paths: {/a: {get: {operationId: x, responses: {'200': {description: two, content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}}}}\ncomponents: {schemas: {A: {type: object, description: an a, properties: {a: {type: string}}}}}";
        let other = named.replace("type: string", "type: integer");
        assert!(are_same(&operation(inline), &operation(named)));
        assert!(!are_same(&operation(inline), &operation(&other)));
    }
}
