//! From a published document to one that the generator can take: small passes, each for one limit or one need.
//!
//! Information may move, never vanish: what a pass takes out of a schema stands in the docs or in the operation table.

pub mod all_of;
pub mod amounts;
pub mod assemble;
pub mod behaviour;
pub mod bodies;
pub mod budget;
pub mod choices;
pub mod circles;
pub mod collect;
pub mod component_names;
pub mod deliveries;
pub mod events;
pub mod facts;
pub mod fields;
pub mod hoist;
pub mod keywords;
pub mod method_names;
pub mod money;
pub mod moves;
pub mod objects;
pub mod openapi31;
pub mod own_types;
pub mod parameters;
pub mod references;
pub mod required;
pub mod responses;
pub mod rust_type;
pub mod schema;
pub mod security;
pub mod siblings;
pub mod swagger2;
pub mod twins;
pub mod type_names;
pub mod type_words;
pub mod unused;
pub mod values;
pub mod version;

use crate::catalog::Policy;
use crate::gate::{self, Received};
use crate::model::{Change, Converted, Service};
use crate::names_lock::Names;
use crate::problem::Problem;
use moves::Moves;
use serde_json::Value;

/// A document as the passes take it: behind the gate, and in OpenAPI 3.0 whatever it was published in.
pub struct Ready {
    file: String,
    pub doc: Value,
    pub moves: Moves,
    /// What was done to it so far.
    changes: Vec<Change>,
    /// As many of these name places of the published document.
    of_version: usize,
}

impl Ready {
    pub fn of(file: &str, received: Received) -> Result<Self, Problem> {
        let Received { mut doc, mut changes } = received;
        gate::names::run(file, &mut doc, &mut changes)?;
        let moves = version::run(file, &mut doc, &mut changes)?;
        let of_version = changes.len();
        Ok(Self { file: file.into(), doc, moves, changes, of_version })
    }

    /// Lowers until the names lock has nothing new: what a crate is made of is what the next run would make of the same
    /// document. A choice that was made among what was there may be another among what the lock holds after it.
    pub fn settled(&self, name: &str, policy: &Policy, names: &mut Names) -> Result<Service, Problem> {
        /// One more is enough as a rule; a lock that goes on changing is written as it is then.
        const MOST: usize = 3;
        for _ in 1..MOST {
            let before = names.clone();
            let service = self.lower(name, policy, names)?;
            let mut known = names.clone();
            known.come_back();
            if known == before {
                return Ok(service);
            }
            *names = known;
        }
        self.lower(name, policy, names)
    }

    /// Runs every pass once, in the one order that works. Places are told as the document is published.
    fn lower(&self, name: &str, policy: &Policy, names: &mut Names) -> Result<Service, Problem> {
        let published = |pointer: &mut String| *pointer = self.moves.published(pointer);
        let (doc, changes) = (self.doc.clone(), self.changes.clone());
        let mut service = passes(&self.file, name, doc, policy, names, changes).map_err(|mut problem| {
            if problem.file == self.file {
                published(&mut problem.pointer);
            }
            problem
        })?;
        if !self.moves.is_empty() {
            let operations = service.operations.iter().map(|op| op.pointer.clone()).collect();
            service.converted = Some(Converted { origins: service.origins.clone(), operations });
        }
        service.changes.iter_mut().skip(self.of_version).for_each(|change| published(&mut change.pointer));
        service.origins.values_mut().for_each(published);
        service.deliveries.iter_mut().for_each(|delivery| published(&mut delivery.pointer));
        for op in &mut service.operations {
            published(&mut op.pointer);
            op.parameters.iter_mut().for_each(|p| published(&mut p.pointer));
            op.body.iter_mut().for_each(|b| published(&mut b.pointer));
            op.responses.iter_mut().for_each(|a| published(&mut a.pointer));
        }
        Ok(service)
    }
}

/// A document through all passes.
pub fn settled(
    file: &str,
    name: &str,
    received: Received,
    policy: &Policy,
    names: &mut Names,
) -> Result<Service, Problem> {
    Ready::of(file, received)?.settled(name, policy, names)
}

/// Whether the document is of a version that is known, and every reference leads somewhere.
pub fn check(file: &str, doc: &Value) -> Result<(), Problem> {
    let mut doc = doc.clone();
    let moves = version::run(file, &mut doc, &mut Vec::new())?;
    references::run(file, &mut doc, &mut Vec::new()).map_err(|mut problem| {
        problem.pointer = moves.published(&problem.pointer);
        problem
    })
}

/// The passes after that of the version.
fn passes(
    file: &str,
    name: &str,
    mut doc: Value,
    policy: &Policy,
    names: &mut Names,
    mut changes: Vec<Change>,
) -> Result<Service, Problem> {
    references::run(file, &mut doc, &mut changes)?;
    let mut service = collect::run(file, name, &doc, policy, changes)?;
    gate::hosts::run(&mut service, &policy.hosts)?;
    deliveries::run(&mut service);
    events::run(&mut service);
    keywords::run(&mut service);
    siblings::run(&mut service);
    type_words::run(&mut service);
    component_names::run(&mut service, names);
    let bases = choices::bases(&service);
    let base_only = unused::base_only(&service, &doc, names);
    let components: Vec<String> = service.schemas.keys().cloned().collect();
    let budget = budget::Budget::default();
    all_of::run(&mut service, &budget);
    budget.check(file)?;
    choices::run(&mut service, &bases, &budget);
    budget.check(file)?;
    // What follows may look up what was chosen before, by the method.
    method_names::run(&mut service, names, &policy.paging)?;
    values::run(&mut service, names);
    objects::run(&mut service, names);
    amounts::run(&mut service, &policy.amounts, names);
    money::run(&mut service, &policy.money_words);
    behaviour::run(&mut service, &policy.paging, names);
    bodies::run(&mut service);
    let renamed = hoist::run(&mut service, names, &budget);
    budget.check(file)?;
    let types = components.iter().filter(|name| !base_only.contains(*name));
    unused::run(&mut service, types.map(|name| renamed.get(name).unwrap_or(name).clone()).collect());
    parameters::run(&mut service, names);
    responses::run(&mut service, names);
    own_types::run(&mut service, names);
    facts::run(&mut service);
    fields::run(&mut service, names);
    service.read_first = names.read_first.clone();
    required::run(&mut service, names, &policy.account_parameters);
    budget::lowered(&mut service)?;
    names.remember(&service);
    Ok(service)
}

#[cfg(any(test, feature = "test-support"))]
pub mod test_support {
    use super::*;
    use crate::gate::Hosts;

    /// How lists go on, as in the catalog.
    pub fn paging() -> crate::catalog::PagingNames {
        let text = include_str!("../../../../specs/catalog.toml");
        crate::catalog::Catalog::parse("specs/catalog.toml", text).unwrap_or_else(|p| panic!("{p}")).house.paging
    }

    /// A whole document through all passes, without a names lock.
    pub fn lowered(doc: Value) -> Service {
        let words = ["capture", "refund", "void", "pay", "transfer"].map(String::from).to_vec();
        let hosts = Hosts { allowed: vec![".example.com".into(), "e.com".into()], outside: true };
        let policy = Policy {
            event_paths: vec!["/examples/".into()],
            money_words: words,
            hosts,
            paging: paging(),
            ..Policy::default()
        };
        // As our overlays leave it: with marks that the gate takes out of what was fetched.
        let received = Received { doc, changes: Vec::new() };
        settled("test.yaml", "test", received, &policy, &mut Names::default()).unwrap_or_else(|p| panic!("{p}"))
    }
}
