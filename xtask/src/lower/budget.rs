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
        types += usize::from(root.place == crate::model::Place::Component);
        if found.is_none() && (whole > LOWERED || types > TYPES) {
            found = Some(nearby(&root.pointer));
        }
    });
    let Some(pointer) = found else { return Ok(()) };
    let why = format!("is where the crate becomes too large to be made: {types} types, and {whole} parts of them");
    Err(Problem::new(&service.file, pointer, why, REMEDY))
}
