//! The work that one document may make: its parts, what becomes of them, and how deep they lie in each other.
//!
//! For: a document of two kilobytes can ask for as many types as there are atoms, by parts that name a part twice, level
//! upon level. Whoever published it, the answer is a problem with a place, before time, memory or stack are used up.

use crate::problem::Problem;
use serde_json::Value;
use std::cell::{Cell, RefCell};

/// What the passes may make of one document, in the measure of `weight`. The largest published documents (EC2, GitHub,
/// Kubernetes, Autotask) need less than a fifth of it.
const WORK: usize = 2_000_000;
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
