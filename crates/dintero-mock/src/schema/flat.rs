//! A schema with its references, `allOf` and choices laid side by side: what holds for one value together.

use super::Schemas;
use super::translate::CHOICES;
use serde_json::Value;

/// Schemas that one value must fit together.
pub(crate) struct Flat<'a> {
    /// Without `$ref`, `allOf` and `anyOf`.
    pub(crate) parts: Vec<&'a Value>,
    /// Values that a chosen alternative gives a property.
    pub(crate) tags: Vec<(&'a str, &'a Value)>,
}

impl<'a> Flat<'a> {
    /// `choose` picks one of so many alternatives.
    pub(crate) fn of(schemas: &'a Schemas, roots: &[&'a Value], choose: &mut dyn FnMut(usize) -> usize) -> Self {
        let mut flat = Self { parts: Vec::new(), tags: Vec::new() };
        let mut seen: Vec<*const Value> = Vec::new();
        let mut open: Vec<&'a Value> = roots.iter().rev().copied().collect();
        while let Some(schema) = open.pop() {
            if seen.contains(&std::ptr::from_ref(schema)) {
                continue;
            }
            seen.push(schema);
            let Some(map) = schema.as_object() else {
                flat.parts.push(schema);
                continue;
            };
            // In the order of the document: what is pushed last comes first.
            let mut next: Vec<&'a Value> = Vec::new();
            if let Some(target) = map.get("$ref").and_then(Value::as_str).and_then(|r| schemas.target(r)) {
                next.push(target);
            }
            let is_rule = |member: &Value| member.get("if").is_some();
            next.extend(map.get("allOf").and_then(Value::as_array).into_iter().flatten().filter(|m| !is_rule(m)));
            if let Some(choices) = map.get(CHOICES).and_then(Value::as_array)
                && let Some(choice) = choices.get(choose(choices.len()))
                && let (Some(tag), Some(reference)) = (choice[0].as_str(), choice[2].as_str())
            {
                flat.tags.push((tag, &choice[1]));
                next.extend(schemas.target(reference));
            }
            if let Some(list) = map.get("anyOf").and_then(Value::as_array) {
                next.extend(list.get(choose(list.len())));
            }
            flat.parts.push(schema);
            open.extend(next.into_iter().rev());
        }
        flat
    }

    /// The values of a keyword in all parts.
    pub(crate) fn each(&self, keyword: &str) -> impl Iterator<Item = &'a Value> {
        self.parts.iter().filter_map(move |part| part.get(keyword))
    }
}

/// The types that a value of the schema may have, through references and alternatives; empty when it is silent.
pub(crate) fn types<'a>(schemas: &'a Schemas, schema: &'a Value) -> Vec<&'a str> {
    fn walk<'a>(schemas: &'a Schemas, schema: &'a Value, depth: usize, out: &mut Vec<&'a str>) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match schema.get("type") {
            Some(Value::String(one)) => out.push(one),
            Some(Value::Array(list)) => out.extend(list.iter().filter_map(Value::as_str)),
            _ => {}
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|r| schemas.target(r)) {
            walk(schemas, target, depth, out);
        }
        for key in ["allOf", "anyOf"] {
            for member in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
                walk(schemas, member, depth, out);
            }
        }
    }
    let mut out = Vec::new();
    walk(schemas, schema, 16, &mut out);
    out.dedup();
    out
}
