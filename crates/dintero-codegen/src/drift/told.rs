//! A change on its way to the report: what it says, where, whom it reaches, and what of the crates it accounts for.
//!
//! For: one cause is one line, with all its places. What is one cause is told by facts of the documents, never by how the
//! message reads.

use super::Change;
use super::levels::{Level, Side};
use super::rules::Rule;
use super::words::Words;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A place in both documents.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    pub old: String,
    pub new: String,
}

/// What of the crates a change accounts for.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Rust types, by the names that they have in either crate.
    pub types: BTreeSet<String>,
    /// Operations whose method has the changed thing in its own signature.
    pub operations: BTreeSet<String>,
}

impl Facts {
    pub fn extend(&mut self, other: Facts) {
        self.types.extend(other.types);
        self.operations.extend(other.operations);
    }
}

#[derive(Debug, Clone)]
pub struct Told {
    pub rule: &'static Rule,
    pub level: Level,
    pub side: Side,
    pub places: Vec<Place>,
    /// What it is said of, in words, for each place.
    pub of: Vec<String>,
    pub operations: BTreeSet<String>,
    pub words: Words,
    pub facts: Facts,
}

impl Told {
    /// Of no place and no operation.
    #[cfg(test)]
    pub fn of_the_crate(rule: &'static Rule, level: Level, words: Words) -> Self {
        let nowhere = Place { old: String::new(), new: String::new() };
        Self::at(rule, level, nowhere, words)
    }

    pub fn at(rule: &'static Rule, level: Level, place: Place, words: Words) -> Self {
        Self {
            rule,
            level,
            side: Side::Both,
            places: vec![place],
            of: words.of.clone().into_iter().collect(),
            operations: BTreeSet::new(),
            words,
            facts: Facts::default(),
        }
    }

    /// Takes in another of the same cause.
    fn join(&mut self, other: Told) {
        self.side = self.side.with(other.side);
        for place in other.places {
            if !self.places.contains(&place) {
                self.places.push(place);
            }
        }
        for of in other.of {
            if !self.of.contains(&of) {
                self.of.push(of);
            }
        }
        self.operations.extend(other.operations);
        self.facts.extend(other.facts);
        for name in other.words.names {
            if !self.words.names.contains(&name) {
                self.words.names.push(name);
            }
        }
    }

    pub fn change(self, service: &str) -> Change {
        let message = self.words.message(&self.of);
        let first = self.places.first().cloned();
        let Place { old, new } = first.unwrap_or(Place { old: String::new(), new: String::new() });
        Change {
            service: service.to_string(),
            rule: self.rule.id,
            level: self.level,
            side: self.side,
            pointer_old: old,
            pointer_new: new,
            operations: self.operations.into_iter().collect(),
            message,
            names: self.words.names,
            places: self.places,
        }
    }
}

/// One for each cause, in the order of the first of each.
pub fn joined(all: Vec<Told>) -> Vec<Told> {
    // First the names of one place: fields of one type, values of one enum.
    let all = join_by(all, |told| {
        let (words, alike) = told.words.of_one_place()?;
        Some(vec![told.of.join("\n"), words.to_string(), alike.to_string()])
    });
    // Then the same at several places.
    join_by(all, |told| {
        let (words, names, alike) = told.words.of_one_cause()?;
        Some(vec![words.to_string(), names.join("\n"), alike.to_string()])
    })
}

fn join_by(all: Vec<Told>, key: impl Fn(&Told) -> Option<Vec<String>>) -> Vec<Told> {
    let mut out: Vec<Told> = Vec::new();
    let mut known: BTreeMap<(&str, Level, Vec<String>), usize> = BTreeMap::new();
    for told in all {
        let Some(key) = key(&told) else {
            out.push(told);
            continue;
        };
        match known.get(&(told.rule.id, told.level, key.clone())) {
            Some(&at) => out[at].join(told),
            None => {
                known.insert((told.rule.id, told.level, key), out.len());
                out.push(told);
            }
        }
    }
    out
}
