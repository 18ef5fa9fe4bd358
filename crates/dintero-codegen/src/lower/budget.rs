//! The work that one document may make: its parts, what becomes of them, and how deep they lie in each other.
//!
//! For: a document of two kilobytes can ask for as many types as there are atoms, by parts that name a part twice, level
//! upon level. Whoever published it, the answer is a problem with a place, before time, memory or stack are used up.

use crate::document::{at, lookup, steps};
use crate::model::Service;
use crate::problem::Problem;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// What the passes may make of one document, in the measure of `weight`. The largest published documents (EC2, GitHub,
/// Kubernetes, Autotask) need less than a fifth of it.
const WORK: usize = 300_000;
/// Schemas within schemas, also by references that are followed.
const DEPTH: usize = 256;

const REMEDY: &str = "see whether the document is the publisher's; if it is, take the part out by an overlay in \
                      specs/overlays, or name it less often";

/// What is left for a document. Whoever spends more than there is stops and leaves things as they are; `check` tells.
#[derive(Debug)]
pub struct Budget {
    left: Cell<usize>,
    over: RefCell<Option<(String, String)>>,
}

impl Default for Budget {
    fn default() -> Self {
        Self::of(WORK)
    }
}

impl Budget {
    pub fn of(work: usize) -> Self {
        Self { left: Cell::new(work), over: RefCell::default() }
    }

    /// Whether there is as much, which is gone then.
    pub fn spend(&self, work: usize, pointer: &str) -> bool {
        match self.left.get().checked_sub(work) {
            _ if self.is_over() => false,
            Some(left) => {
                self.left.set(left);
                true
            }
            None => self.end(
                pointer,
                "makes far more work than any document of its size: its parts name each other over and over",
            ),
        }
    }

    /// Whether that many schemas may lie in each other.
    pub fn is_shallow(&self, depth: usize, pointer: &str) -> bool {
        match depth > DEPTH {
            _ if self.is_over() => false,
            true => self.end(
                pointer,
                &format!("has schemas that lie more than {DEPTH} deep in each other, with their references"),
            ),
            false => true,
        }
    }

    pub fn is_over(&self) -> bool {
        self.over.borrow().is_some()
    }

    fn end(&self, pointer: &str, why: &str) -> bool {
        self.over.replace(Some((nearby(pointer), why.to_string())));
        false
    }

    pub fn check(&self, file: &str) -> Result<(), Problem> {
        match &*self.over.borrow() {
            None => Ok(()),
            Some((pointer, why)) => Err(Problem::new(file, pointer, why, REMEDY)),
        }
    }
}

/// A pointer as long as a person reads it: its beginning, to a whole step.
fn nearby(pointer: &str) -> String {
    const LONG: usize = 500;
    let mut end = 0;
    for (i, _) in pointer.match_indices('/').chain([(pointer.len(), "")]) {
        if i > LONG {
            break;
        }
        end = i;
    }
    pointer.get(..end).unwrap_or_default().to_string()
}

/// The size of a value: one for each value in it, and more for long texts.
pub fn weight(value: &Value) -> usize {
    match value {
        Value::Object(map) => 1 + map.iter().map(|(key, v)| key.len() / 32 + weight(v)).sum::<usize>(),
        Value::Array(list) => 1 + list.iter().map(weight).sum::<usize>(),
        Value::String(text) => 1 + text.len() / 32,
        _ => 1,
    }
}

/// What the addresses of all places of a document may hold together: a long name counts wherever something lies below.
const ADDRESSES: usize = 200 << 20;
/// A document with its shared parts written out where they are named, schemas apart.
const UNFOLDED: usize = 1_000_000;

/// Whether the passes can begin with the document: they write its shared parts out where they are named, and tell
/// places by their address.
pub fn check(file: &str, doc: &Value) -> Result<(), Problem> {
    let budget = Budget::of(ADDRESSES);
    addresses(doc, &mut String::new(), &budget);
    budget.check(file).map_err(|problem| Problem {
        reason: "has names so long that the addresses of what lies below are larger than any document".into(),
        ..problem
    })?;
    let mut shared = Shared { doc, known: HashMap::new() };
    let mut left = UNFOLDED;
    let count = |key: &str| doc[key].as_array().map_or(1, |list| list.len().max(1));
    let all = (count("consumes"), count("produces"));
    for (path, item) in doc["paths"].as_object().into_iter().flatten() {
        let pointer = at("/paths", path);
        // Swagger has one schema for all media types of a body, or of the answers.
        let media = |key: &str, all: usize| {
            let operations = item.as_object().into_iter().flatten();
            operations.map(|(_, op)| op[key].as_array().map_or(all, Vec::len)).max().unwrap_or(1).max(1)
        };
        let times = match doc.get("swagger") {
            Some(_) => media("consumes", all.0).max(media("produces", all.1)),
            None => 1,
        };
        let size = shared.size(item, &mut Vec::new()).saturating_mul(times);
        match left.checked_sub(size) {
            Some(rest) => left = rest,
            None => {
                let why = "makes the document far larger than it is, by shared parts that are written out at every use";
                return Err(Problem::new(file, nearby(&pointer), why, REMEDY));
            }
        }
    }
    Ok(())
}

fn addresses(value: &Value, pointer: &mut String, budget: &Budget) {
    if !budget.spend(pointer.len(), pointer) {
        return;
    }
    let length = pointer.len();
    let mut below = |step: &str, child: &Value| {
        pointer.push('/');
        pointer.push_str(&crate::document::escape(step));
        addresses(child, pointer, budget);
        pointer.truncate(length);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, child)| below(key, child)),
        Value::Array(list) => list.iter().enumerate().for_each(|(i, child)| below(&i.to_string(), child)),
        _ => {}
    }
}

/// The sizes of shared parts, each found out once.
struct Shared<'d> {
    doc: &'d Value,
    known: HashMap<&'d str, usize>,
}

impl<'d> Shared<'d> {
    fn size(&mut self, value: &'d Value, way: &mut Vec<&'d str>) -> usize {
        let mut size = 1;
        match value {
            Value::Object(map) => {
                if let Some(target) = map.get("$ref").and_then(Value::as_str) {
                    size += self.target(target, way);
                }
                for (key, child) in map {
                    // What a schema refers to stays a component.
                    size = usize::saturating_add(
                        size,
                        if key == "schema" { weight(child) } else { self.size(child, way) },
                    );
                }
            }
            Value::Array(list) => {
                for child in list {
                    size = usize::saturating_add(size, self.size(child, way));
                }
            }
            _ => {}
        }
        size
    }

    fn target(&mut self, target: &'d str, way: &mut Vec<&'d str>) -> usize {
        if let Some(known) = self.known.get(target) {
            return *known;
        }
        let found = lookup(self.doc, &steps(target.trim_start_matches('#')));
        let Some(found) = found.filter(|_| !way.contains(&target) && way.len() < DEPTH) else { return 1 };
        way.push(target);
        let size = self.size(found, way);
        way.pop();
        self.known.insert(target, size);
        size
    }
}

/// What the generator is given, in the measure of `weight`, and how many types there are in it. Four times what the
/// largest published documents become.
const LOWERED: usize = 400_000;
const TYPES: usize = 12_000;

/// Whether what became of the document is of a size that a crate can have, before it is generated.
pub fn lowered(service: &mut Service) -> Result<(), Problem> {
    let (mut whole, mut types, mut found) = (0, 0, None);
    service.roots_mut(|root, schema| {
        whole += weight(schema);
        types += usize::from(root.position == crate::model::Position::Component);
        if found.is_none() && (whole > LOWERED || types > TYPES) {
            found = Some(nearby(&root.pointer));
        }
    });
    let Some(pointer) = found else { return Ok(()) };
    let why = format!("is where the crate becomes too large to be made: {types} types, and {whole} parts of them");
    Err(Problem::new(&service.file, pointer, why, REMEDY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Policy;
    use crate::drift::{Source, compare};
    use crate::gate::{Hosts, Received};
    use crate::lower::settled;
    use crate::names_lock::Names;
    use crate::thread::on_thread;
    use serde_json::{Map, json};

    fn policy() -> Policy {
        let hosts = Hosts { allowed: vec!["e.com".into()], outside: false };
        Policy { hosts, ..Policy::default() }
    }

    fn to(name: &str, i: usize) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}{i}")})
    }

    fn field(name: &str, i: usize) -> Value {
        json!({"type": "object", "properties": {format!("{name}{i}"): {"type": "string"}}})
    }

    /// A document with these components, of which an operation answers the first.
    fn document(schemas: impl IntoIterator<Item = (String, Value)>) -> Value {
        let schemas: Map<String, Value> = schemas.into_iter().collect();
        let first = schemas.keys().next().cloned().unwrap_or_default();
        json!({
            "openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://e.com"}],
            "paths": {"/x": {"get": {"operationId": "x", "responses": {"200": {"description": "", "content": {
                "application/json": {"schema": {"$ref": format!("#/components/schemas/{first}")}}}}}}}},
            "components": {"schemas": schemas}
        })
    }

    /// Levels `L0` to `L{n}`, each made of the next one; the last is an object.
    fn levels(n: usize, level: impl Fn(usize, Value) -> Value) -> Value {
        let all = (0..n).map(|i| (format!("L{i}"), level(i, to("L", i + 1))));
        document(all.chain([(format!("L{n}"), field("end", n))]))
    }

    fn lowering(doc: &Value) -> Result<Service, Problem> {
        on_thread("t.yaml", || settled("t.yaml", "t", Received::new(doc.clone()), &policy(), &mut Names::default()))
    }

    /// From the document to one of another title.
    fn drift(doc: &Value) -> Result<usize, Problem> {
        let mut other = doc.clone();
        other["info"]["title"] = "another".into();
        on_thread("t.yaml", || {
            let source =
                |doc: &Value| Source::new("t.yaml", "t", Received::new(doc.clone()), &policy(), &mut Names::default());
            let (old, new) = (source(doc)?, source(&other)?);
            Ok(compare("t", &old, &new)?.len())
        })
    }

    #[test]
    fn what_is_named_twice_on_every_level_is_merged_once() {
        for last in [field("end", 0), json!({"allOf": [to("L", 0), field("end", 0)]})] {
            let mut doc = levels(
                40,
                |i, next| json!({"allOf": [next, next], "properties": {format!("p{i}"): {"type": "string"}}}),
            );
            doc["components"]["schemas"]["L40"] = last;
            let service = lowering(&doc).expect("within the budget");
            assert_eq!(service.schemas["L0"]["properties"].as_object().map(Map::len), Some(41));
            assert_eq!(drift(&doc), Ok(1), "the title");
        }
    }

    #[test]
    fn a_warning_of_a_shared_part_is_told_wherever_it_is_used() {
        let number = json!({"properties": {"x": {"type": "integer"}}});
        let text = json!({"properties": {"x": {"type": "string"}}});
        let all: [(&str, Value); 4] = [
            ("Both", json!({"allOf": [number, text]})),
            ("A", json!({"allOf": [{"$ref": "#/components/schemas/Both"}, field("a", 0)]})),
            ("B", json!({"allOf": [{"$ref": "#/components/schemas/Both"}, field("b", 0)]})),
            ("C", json!({"allOf": [{"$ref": "#/components/schemas/B"}, field("c", 0)]})),
        ];
        let service = lowering(&document(all.map(|(name, schema)| (name.to_string(), schema)))).expect("lowered");
        let warnings = service.changes.iter().filter(|c| c.warning && c.what.contains("at once"));
        let places: Vec<&str> = warnings.map(|c| c.pointer.as_str()).collect();
        let expected = ["Both", "A", "B", "C"].map(|name| format!("/components/schemas/{name}/properties/x"));
        assert_eq!(places, expected);
    }

    #[test]
    fn a_variant_that_extends_its_own_choice_ends() {
        let variant = |i| (format!("V{i}"), json!({"allOf": [to("Means", 0), field("v", i)]}));
        let means =
            json!({"oneOf": (0..10).map(|i| to("V", i)).collect::<Value>(), "discriminator": {"propertyName": "k"}});
        let doc = document([("Means0".to_string(), means)].into_iter().chain((0..10).map(variant)));
        lowering(&doc).expect("within the budget");
        assert_eq!(drift(&doc), Ok(1), "the title");
    }

    /// Each is a few kilobytes, and asks for more than there is.
    #[test]
    fn a_document_that_asks_for_too_much_is_a_problem_with_a_place() {
        let crossed = |i: usize, next: Value| {
            let choice = |name: &str| json!({"oneOf": [next, field(name, i)]});
            json!({"allOf": [choice("a"), choice("b"), choice("c")]})
        };
        let all = |name: &str, other: &str, i: usize| json!({"type": "string", "allOf": [to(name, i), to(other, i)]});
        let mut texts: Vec<(String, Value)> = (0..40)
            .flat_map(|i| [(format!("A{i}"), all("A", "B", i + 1)), (format!("B{i}"), all("B", "A", i + 1))])
            .collect();
        texts.extend(["A", "B"].map(|name| (format!("{name}40"), json!({"type": "string", "pattern": name}))));
        let clique = |i: usize| json!({"allOf": (0..24).filter(|j| *j != i).map(|j| to("L", j)).collect::<Value>()});
        let wide =
            |count: usize, schema: Value| (0..count).map(|i| (format!("p{i}"), schema.clone())).collect::<Map<_, _>>();
        let long = document([("K".repeat(3_000_000), json!({"properties": wide(100, json!({"type": "string"}))}))]);
        let mut shared = document([("T".to_string(), field("t", 0))]);
        let big = json!({"description": "", "content": {"application/json": {"schema": {"properties": wide(1000, json!({}))}}}});
        shared["components"]["responses"] = json!({"R": big});
        let item = json!({"get": {"responses": {"200": {"$ref": "#/components/responses/R"}}}});
        shared["paths"] = wide(1500, item).into_iter().map(|(name, item)| (format!("/{name}"), item)).collect();
        let mut not = json!({"type": "string"});
        for _ in 0..25 {
            not = json!({"type": ["string", "number", "array"], "not": not});
        }
        let documents = [
            levels(40, crossed),
            levels(1000, |i, next| json!({"allOf": [next, field("p", i)]})),
            levels(40, |_, next| json!({"type": "array", "items": next, "additionalProperties": next})),
            levels(2000, |_, next| json!({"type": "array", "items": next})),
            levels(2000, |_, next| next),
            document(texts),
            document((0..24).map(|i| (format!("L{i}"), clique(i)))),
            document([("T".to_string(), json!({"properties": {"x": not}}))]),
            long,
            shared,
        ];
        for (i, doc) in documents.iter().enumerate() {
            for outcome in [lowering(doc).map(drop), drift(doc).map(drop)] {
                let problem = outcome.expect_err("too much");
                assert_eq!(problem.file, "t.yaml", "{i}: {problem}");
                assert!(problem.pointer.starts_with('/') && problem.pointer.len() < 600, "{i}: {problem}");
                assert!(!problem.remedy.is_empty() && !problem.reason.contains("gave up"), "{i}: {problem}");
            }
        }
    }

    #[test]
    fn a_pointer_is_told_as_long_as_a_person_reads_it() {
        assert_eq!(nearby("/a/b"), "/a/b");
        let long = format!("/a/{}/b", "x".repeat(600));
        assert_eq!(nearby(&long), "/a");
    }
}
