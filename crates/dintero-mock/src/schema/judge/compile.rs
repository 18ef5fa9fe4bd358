//! From a schema to the checks of it and of all that it refers to.

use super::{At, Bound, Check, NAMES, Node, Ordering, Pattern, Properties, Sized, Validator, format, number};
use crate::pointer;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Patterns that were compiled, for all schemas of a document.
pub(crate) type Patterns = Mutex<HashMap<String, Arc<Pattern>>>;

impl Validator {
    /// Of a schema that stands in `root`, where its references lead.
    ///
    /// # Errors
    /// A pattern or a reference that cannot be used.
    pub(crate) fn of(root: &Value, schema: &Value, patterns: &Patterns) -> Result<Self, String> {
        let mut pass = Pass { root, patterns, nodes: Vec::new(), known: HashMap::new(), open: Vec::new() };
        pass.at(schema);
        while let Some((at, schema)) = pass.open.pop() {
            let made = pass.node(schema)?;
            if let Some(node) = pass.nodes.get_mut(at) {
                *node = made;
            }
        }
        Ok(Self { nodes: pass.nodes })
    }
}

struct Pass<'a> {
    root: &'a Value,
    patterns: &'a Patterns,
    nodes: Vec<Node>,
    /// By the address of the schema, so that each is made once, however often it is referred to.
    known: HashMap<*const Value, At>,
    open: Vec<(At, &'a Value)>,
}

impl<'a> Pass<'a> {
    fn at(&mut self, schema: &'a Value) -> At {
        if let Some(known) = self.known.get(&std::ptr::from_ref(schema)) {
            return *known;
        }
        let at = self.nodes.len();
        self.nodes.push(Some(Vec::new()));
        self.known.insert(std::ptr::from_ref(schema), at);
        self.open.push((at, schema));
        at
    }

    fn all(&mut self, list: &'a Value) -> Vec<At> {
        list.as_array().into_iter().flatten().map(|schema| self.at(schema)).collect()
    }

    fn named(&mut self, map: Option<&'a Value>) -> Vec<(String, At)> {
        let map = map.and_then(Value::as_object);
        map.into_iter().flatten().map(|(name, schema)| (name.clone(), self.at(schema))).collect()
    }

    fn node(&mut self, schema: &'a Value) -> Result<Node, String> {
        let map = match schema {
            Value::Bool(false) => return Ok(None),
            Value::Object(map) => map,
            _ => return Ok(Some(Vec::new())),
        };
        let mut checks = Vec::new();
        for (key, value) in map {
            checks.extend(self.check(key, value)?);
        }
        checks.extend(self.pair(map)?);
        Ok(Some(checks))
    }

    /// What a keyword says by itself.
    fn check(&mut self, key: &str, value: &'a Value) -> Result<Option<Check>, String> {
        let size = |of, order| number::size(value).map(|limit| Check::Size(of, order, limit));
        let bound = |bound| value.as_number().map(|limit| Check::Bound(bound, limit.clone()));
        Ok(match (key, value) {
            ("$ref", Value::String(reference)) => {
                let target = pointer::of_reference(reference).and_then(|pointer| self.root.pointer(&pointer));
                let target = target.ok_or_else(|| format!("`{reference}` leads nowhere"))?;
                Some(Check::All(vec![self.at(target)]))
            }
            ("type", _) => Some(Check::Type(types(value))),
            ("enum", Value::Array(values)) => Some(Check::OneOf(values.clone())),
            ("const", only) => Some(Check::OneOf(vec![only.clone()])),
            ("minimum", _) => bound(Bound::Least),
            ("maximum", _) => bound(Bound::Most),
            ("exclusiveMinimum", _) => bound(Bound::Above),
            ("exclusiveMaximum", _) => bound(Bound::Below),
            ("multipleOf", Value::Number(step)) => Some(Check::MultipleOf(step.clone())),
            ("minLength", _) => size(Sized::Text, Ordering::Least),
            ("maxLength", _) => size(Sized::Text, Ordering::Most),
            ("minItems", _) => size(Sized::Array, Ordering::Least),
            ("maxItems", _) => size(Sized::Array, Ordering::Most),
            ("minProperties", _) => size(Sized::Object, Ordering::Least),
            ("maxProperties", _) => size(Sized::Object, Ordering::Most),
            ("pattern", Value::String(pattern)) => Some(Check::Pattern(self.pattern(pattern)?)),
            ("format", Value::String(name)) => format::of(name).map(|fits| Check::Format(name.clone(), fits)),
            ("uniqueItems", Value::Bool(true)) => Some(Check::Unique),
            ("contains", schema) => Some(Check::Contains(self.at(schema))),
            ("required", Value::Array(names)) => {
                Some(Check::Required(names.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
            }
            ("propertyNames", schema) => Some(Check::PropertyNames(self.at(schema))),
            ("dependentSchemas", _) => Some(Check::Dependent(self.named(Some(value)))),
            ("allOf", list) => Some(Check::All(self.all(list))),
            ("anyOf", list) => Some(Check::Any(self.all(list))),
            ("not", schema) => Some(Check::Not(self.at(schema))),
            ("unevaluatedProperties", schema) => Some(Check::UnevaluatedProperties(self.at(schema))),
            ("unevaluatedItems", schema) => Some(Check::UnevaluatedItems(self.at(schema))),
            _ => None,
        })
    }

    /// What keywords say together.
    fn pair(&mut self, map: &'a Map<String, Value>) -> Result<Vec<Check>, String> {
        let mut checks = Vec::new();
        let has = |keys: &[&str]| keys.iter().any(|key| map.contains_key(*key));
        if has(&["items", "prefixItems"]) {
            let first = map.get("prefixItems").map(|list| self.all(list)).unwrap_or_default();
            checks.push(Check::Items(first, map.get("items").map(|schema| self.at(schema))));
        }
        if has(&["properties", "patternProperties", "additionalProperties"]) {
            let named = self.named(map.get("properties")).into_iter().collect();
            let mut by_pattern = Vec::new();
            for (pattern, at) in self.named(map.get("patternProperties")) {
                by_pattern.push((self.pattern(&pattern)?, at));
            }
            let others = map.get("additionalProperties");
            let closed = others == Some(&Value::Bool(false));
            let others = others.filter(|_| !closed).map(|schema| self.at(schema));
            checks.push(Check::Properties(Properties { named, by_pattern, others, closed }));
        }
        if let Some(test) = map.get("if") {
            let (then, otherwise) = (map.get("then"), map.get("else"));
            checks.push(Check::If {
                test: self.at(test),
                then: then.map(|schema| self.at(schema)),
                otherwise: otherwise.map(|schema| self.at(schema)),
            });
        }
        Ok(checks)
    }

    fn pattern(&self, pattern: &str) -> Result<Arc<Pattern>, String> {
        let mut known = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = known.get(pattern) {
            return Ok(Arc::clone(made));
        }
        let made = Arc::new(Pattern::new(pattern).ok_or_else(|| format!("the pattern {pattern:?} cannot be used"))?);
        known.insert(pattern.to_owned(), Arc::clone(&made));
        Ok(made)
    }
}

/// A type that nobody knows fits nothing; `translate` has taken such out.
fn types(value: &Value) -> u8 {
    let one = |name: &str| NAMES.iter().position(|known| *known == name).map_or(0, |i| 1 << i);
    match value {
        Value::String(name) => one(name),
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(one).fold(0, |all, bit| all | bit),
        _ => u8::MAX,
    }
}
