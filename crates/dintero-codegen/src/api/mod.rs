//! What the crate is, decided once: its types and operations as callers see them, and what each means on the wire.
//!
//! The files are written of it, and drift compares two of it. What stands here is data; how it is laid out is `emit`'s.

mod agree;
pub mod call;
pub mod generator;
mod object;
pub mod surface;
pub mod syntax;
pub mod uses;

pub use call::Call;
pub use object::{Field, Object, Presence};

use crate::catalog::Policy;
use crate::lower::assemble;
use crate::model::{Kind, Service};
use crate::problem::Problem;

/// One crate.
pub struct Api {
    pub objects: Vec<Object>,
    /// What typify makes of types that contain themselves by a list or a map.
    pub wrappers: Vec<syn::Item>,
    pub calls: Vec<Call>,
}

impl Api {
    /// Decides everything of a lowered service.
    pub fn of(service: &Service, policy: &Policy) -> Result<Self, Problem> {
        let tree = generator::run(service, &assemble::run(service))?;
        let (mut types, mut client) = (Vec::new(), Vec::new());
        for item in tree.items {
            match item {
                syn::Item::Mod(module) if module.ident == "types" => {
                    types = module.content.map(|(_, items)| items).unwrap_or_default();
                }
                other => client.push(other),
            }
        }
        let (mut objects, mut wrappers) = (Vec::new(), Vec::new());
        for item in types {
            match item {
                syn::Item::Struct(item) if matches!(item.fields, syn::Fields::Named(_)) => {
                    objects.push(Object::of(service, item, &policy.sensitive));
                }
                item => wrappers.push(item),
            }
        }
        let calls = service.operations.iter().enumerate().filter(|(_, op)| op.kind == Kind::Call);
        let calls: Vec<Call> =
            calls.map(|(operation, _)| Call::of(service, operation, &policy.account_parameters)).collect();
        agree::run(service, &calls, &client)?;
        Ok(Self { objects, wrappers, calls })
    }
}
