//! What the crate is, decided once: its types and operations as callers see them, and what each means on the wire.
//!
//! The files are written of it, and drift compares two of it. What stands here is data; how it is laid out is `emit`'s.

mod agree;
pub mod call;
pub mod generator;
mod object;
pub mod surface;
mod types;
pub mod uses;

pub use call::Call;
pub use object::{Field, Object, Presence};

use crate::catalog::Policy;
use crate::model::{OperationKind, Service};
use crate::problem::Problem;
use generator::Generated;
use std::collections::BTreeMap;

/// One crate.
pub struct Api {
    pub objects: Vec<Object>,
    /// Types that contain themselves by a list or a map, with what each holds.
    pub wrappers: BTreeMap<String, String>,
    pub calls: Vec<Call>,
}

impl Api {
    /// Decides everything of a lowered service.
    pub fn of(service: &Service, policy: &Policy) -> Result<Self, Problem> {
        let Generated { types, client } = generator::run(service)?;
        let objects = types.objects.into_iter();
        let objects = objects.map(|(name, made)| Object::of(service, name, made, &policy.sensitive)).collect();
        let calls = service.operations.iter().enumerate().filter(|(_, op)| op.kind == OperationKind::Call);
        let calls: Vec<Call> =
            calls.map(|(operation, _)| Call::of(service, operation, &policy.account_parameters)).collect();
        agree::run(service, &calls, &client.items)?;
        Ok(Self { objects, wrappers: types.wrappers, calls })
    }
}
