//! The two documents side by side: pairs of schemas that are compared once however often they are used, and what was
//! found in each. Recursive schemas end here, and a change in a shared schema is told once.

use super::levels::Side;
use super::rules::Rule;
use super::schemas::Field;
use super::site::{Reader, Site};
use super::words::Words;
use super::{Source, schemas};
use crate::problem::Problem;
use std::collections::{HashMap, VecDeque};

/// A pair of schemas.
pub struct Node<'a> {
    pub old: Site<'a>,
    pub new: Site<'a>,
    /// The pairs inside it.
    pub children: Vec<usize>,
    pub found: Vec<Found>,
}

/// Something that changed; whom it reaches is known later.
pub struct Found {
    pub meaning: Meaning,
    pub old: String,
    pub new: String,
}

/// What it is.
pub enum Meaning {
    Rule(&'static Rule, Words),
    /// Whether a field is there and may be null: what that means depends on where its type is used.
    Field(FieldOf, Field, Field),
}

/// A field of a type.
pub struct FieldOf {
    pub name: String,
    pub of: String,
}

/// What is found beside the schemas, and the pairs of schemas that an operation uses.
pub struct Loose {
    pub rule: &'static Rule,
    pub old: String,
    pub new: String,
    pub words: Words,
    pub by: Option<By>,
    /// The Rust type that it is about, where that is no pair of schemas.
    pub type_name: Option<String>,
}

/// An operation, on one of its sides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct By {
    pub operation: String,
    pub side: Side,
    /// Whether the crate makes anything of it.
    pub live: bool,
}

impl By {
    pub fn on(&self, side: Side) -> By {
        By { side, ..self.clone() }
    }
}

/// Where something is told.
#[derive(Clone, Copy)]
pub enum To<'b> {
    /// Of a pair of schemas.
    Node(usize),
    Operation(&'b By),
    Document,
}

pub struct Walk<'a> {
    pub old: Reader<'a>,
    pub new: Reader<'a>,
    pub old_source: &'a Source,
    pub new_source: &'a Source,
    pub nodes: Vec<Node<'a>>,
    pub loose: Vec<Loose>,
    /// The operations and the pairs they begin with.
    pub roots: Vec<(usize, By)>,
    /// Operations that go by another name now, by the old one.
    pub renamed: HashMap<String, String>,
    index: HashMap<(String, String), usize>,
    open: VecDeque<usize>,
}

impl<'a> Walk<'a> {
    pub fn new(old_source: &'a Source, new_source: &'a Source) -> Self {
        Self {
            old: Reader::new(&old_source.doc),
            new: Reader::new(&new_source.doc),
            old_source,
            new_source,
            nodes: Vec::new(),
            loose: Vec::new(),
            roots: Vec::new(),
            renamed: HashMap::new(),
            index: HashMap::new(),
            open: VecDeque::new(),
        }
    }

    /// The pair of two schemas, to be compared if it is new.
    pub fn pair(&mut self, old: Site<'a>, new: Site<'a>) -> usize {
        let key = (old.key(), new.key());
        if let Some(&known) = self.index.get(&key) {
            return known;
        }
        // The same pair may stand for every other once nothing is left to look at: what is told then is a problem.
        if !self.new.budget.spend(1 + (key.0.len() + key.1.len()) / 64, &new.pointer()) {
            self.nodes.push(Node { old, new, children: Vec::new(), found: Vec::new() });
            return self.nodes.len() - 1;
        }
        let id = self.nodes.len();
        self.nodes.push(Node { old, new, children: Vec::new(), found: Vec::new() });
        self.index.insert(key, id);
        self.open.push_back(id);
        id
    }

    /// Compares until no pair is left.
    pub fn finish(&mut self) {
        while let Some(id) = self.open.pop_front().filter(|_| !self.is_over()) {
            schemas::compare(self, id);
        }
    }

    /// Whether there is more to look at than any document has.
    pub fn is_over(&self) -> bool {
        self.old.budget.is_over() || self.new.budget.is_over()
    }

    /// A comparison that did not come to its end says nothing of the documents.
    pub fn check(&self) -> Result<(), Problem> {
        let place = |mut problem: Problem, source: &Source| {
            problem.pointer = source.published(&problem.pointer);
            problem
        };
        self.old.budget.check(&self.old_source.service.file).map_err(|p| place(p, self.old_source))?;
        self.new.budget.check(&self.new_source.service.file).map_err(|p| place(p, self.new_source))
    }

    pub fn tell(&mut self, to: To<'_>, rule: &'static Rule, old: &str, new: &str, words: impl Into<Words>) {
        let (old, new, words) = (old.to_string(), new.to_string(), words.into());
        let by = match to {
            To::Node(id) => {
                if let Some(node) = self.nodes.get_mut(id) {
                    node.found.push(Found { meaning: Meaning::Rule(rule, words), old, new });
                }
                return;
            }
            To::Operation(by) => Some(by.clone()),
            To::Document => None,
        };
        self.loose.push(Loose { rule, old, new, words, by, type_name: None });
    }

    /// Tells something of a type that no pair of schemas stands for.
    pub fn tell_type(&mut self, rule: &'static Rule, old: &str, new: &str, name: &str, words: Words) {
        let (old, new, type_name) = (old.to_string(), new.to_string(), Some(name.to_string()));
        self.loose.push(Loose { rule, old, new, words, by: None, type_name });
    }

    pub fn tell_field(&mut self, id: usize, field: FieldOf, old: (Field, &str), new: (Field, &str)) {
        let found =
            Found { meaning: Meaning::Field(field, old.0, new.0), old: old.1.to_string(), new: new.1.to_string() };
        if let Some(node) = self.nodes.get_mut(id) {
            node.found.push(found);
        }
    }

    /// That a place uses a pair of schemas.
    pub fn uses(&mut self, to: To<'_>, child: usize) {
        match to {
            To::Node(id) => {
                if let Some(node) = self.nodes.get_mut(id) {
                    node.children.push(child);
                }
            }
            To::Operation(by) => self.roots.push((child, by.clone())),
            To::Document => {}
        }
    }
}
