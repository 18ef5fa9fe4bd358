//! Drift: what changed between two documents, and what that means for callers of the crate that is made of them.
//!
//! What became of the crates is the difference of their surfaces, and that decides the levels (`judge`). Words and places are
//! of the documents: first the canonical comparison; then the operations are walked, and every pair of schemas below them
//! once. A change is a rule of the table in `rules`, with its place in both documents and the operations that it reaches.
//!
//! Oxide's crate `drift` 0.2 is no core for this: on the table in `cases.yaml` it panics where a media type comes or goes,
//! says "unhandled" of fields, `required` and enums, and nothing of null, security, scopes, servers and styles.

pub mod bodies;
pub mod canonical;
pub mod choices;
pub mod docs;
pub mod items;
pub mod judge;
pub mod label;
pub mod levels;
pub mod limits;
pub mod operations;
pub mod parameters;
pub mod reach;
pub mod report;
pub mod responses;
pub mod rules;
pub mod schemas;
pub mod security;
pub mod servers;
pub mod site;
pub mod told;
pub mod types;
pub mod unread;
pub mod walk;
pub mod words;

#[cfg(test)]
mod cases;

use crate::api::Api;
use crate::api::surface::{Difference, Surface};
use crate::catalog::Policy;
use crate::gate::Received;
use crate::lower::Ready;
use crate::lower::moves::Moves;
use crate::model::{Change as Noted, Operation, Service};
use crate::names_lock::Names;
use crate::problem::Problem;
use levels::{Level, Side};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::rc::Rc;
use told::{Place, Told};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub service: String,
    pub rule: &'static str,
    pub level: Level,
    pub side: Side,
    /// Where it is in the old document, the first place of several; of what is new, where it would be.
    pub pointer_old: String,
    pub pointer_new: String,
    /// The operations that it reaches, as `METHOD /path`; none for what no operation uses.
    pub operations: Vec<String>,
    pub message: String,
    /// The properties, values or types that it is about, as the document has them, where it is about any.
    pub names: Vec<String>,
    /// Every place of it, the first one too.
    pub places: Vec<Place>,
}

/// A document, and what the generator made of it.
pub struct Source {
    /// In OpenAPI 3.0, whatever it was published in.
    pub doc: Value,
    /// As it came.
    published: Value,
    /// Marks that were not heeded.
    ignored: Vec<Noted>,
    moves: Moves,
    pub service: Rc<Service>,
    /// The operations of the service by their place in `doc`.
    operations: HashMap<String, usize>,
    pub types: types::Types,
    /// What a program can see of the crate.
    pub surface: Surface,
}

impl Source {
    /// Of a document whose crate is not at hand: made here as it is for the files. `names` is the lock that the crate's
    /// names stand in; what is new is added.
    pub fn new(
        file: &str,
        service: &str,
        received: Received,
        policy: &Policy,
        names: &mut Names,
    ) -> Result<Self, Problem> {
        let (published, ignored) = (received.doc.clone(), received.changes.clone());
        let ready = Ready::of(file, received)?;
        let lowered = ready.settled(service, policy, names)?;
        // Those that are gone keep their names for the next document.
        names.come_back();
        let api = Api::of(&lowered, policy)?;
        Ok(Self::of((published, ignored), ready, Rc::new(lowered), &api))
    }

    /// Of a document, and the crate that was made of it.
    pub fn made(file: &str, received: Received, service: Rc<Service>, api: &Api) -> Result<Self, Problem> {
        let came = (received.doc.clone(), received.changes.clone());
        Ok(Self::of(came, Ready::of(file, received)?, service, api))
    }

    fn of((published, ignored): (Value, Vec<Noted>), ready: Ready, service: Rc<Service>, api: &Api) -> Self {
        let Ready { doc, moves, .. } = ready;
        let operations = service.converted_operations().map(str::to_string).zip(0..).collect();
        let types = types::Types::of(&doc, &service);
        let surface = Surface::of(&service, api);
        Self { doc, published, ignored, moves, service, operations, types, surface }
    }

    /// The operation that was made of what stands at this place.
    fn operation(&self, pointer: &str) -> Option<&Operation> {
        self.service.operations.get(*self.operations.get(pointer)?)
    }

    /// The place in the document as it is published.
    fn published(&self, pointer: &str) -> String {
        self.moves.published(pointer)
    }
}

/// All changes from the old to the new document, the gravest first.
pub fn compare(service: &str, old: &Source, new: &Source) -> Result<Vec<Change>, Problem> {
    let difference = old.surface.difference(&new.surface);
    let mut told = Vec::new();
    if !difference.is_empty() || !canonical::same(&old.doc, &new.doc) {
        told = walked(old, new, &difference)?;
    }
    unread::run(old, new, &mut told);
    Ok(told::joined(told).into_iter().map(|told| told.change(service)).collect())
}

/// What the rules find, with the places as they are published.
fn walked(old: &Source, new: &Source, difference: &Difference) -> Result<Vec<Told>, Problem> {
    let mut walk = walk::Walk::new(old, new);
    operations::run(&mut walk);
    operations::unused_components(&mut walk);
    walk.finish();
    types::run(&mut walk);
    security::schemes(&mut walk);
    docs::document(&mut walk);
    walk.check()?;
    let (mut told, compared) = reach::changes(walk)?;
    judge::run(&mut told, difference, old, new, &compared);
    for place in told.iter_mut().flat_map(|told| &mut told.places) {
        place.old = old.published(&place.old);
        place.new = new.published(&place.new);
    }
    Ok(told)
}
