//! What one service becomes in a run.

use crate::api::surface::Surface;
use crate::drift::Change;
use crate::emit::Files;
use crate::emit::judge::Judge;
use crate::model::{OperationKind, Service};
use crate::names_lock::Names;
use crate::overlay::Correction;
use crate::problem::Problem;

pub struct Made {
    pub service: Service,
    pub names: Names,
    pub files: Files,
    /// Its module of the conformance suite.
    pub suite: String,
    /// Its files of tests/judge, if it is judged.
    pub judge: Option<Judge>,
    /// What a program can see of it.
    pub surface: Surface,
    /// What its overlay edits in the document.
    pub corrections: Vec<Correction>,
    /// What changed since the document before, if there is another one.
    pub drift: Option<Result<Vec<Change>, Problem>>,
}

impl Made {
    /// How many operations of it can be called.
    pub fn calls(&self) -> usize {
        self.service.operations.iter().filter(|op| op.kind == OperationKind::Call).count()
    }
}

/// A method whose docs show no call, and why: it is no fault of the document, and stops nothing.
pub fn tell_without(service: &mut Service, without: &[(String, String)]) {
    for (method, why) in without {
        let of = service.operations.iter().find(|op| op.kind == OperationKind::Call && op.name == *method);
        let pointer = of.map(|op| op.pointer.clone()).unwrap_or_default();
        service.warn("example", pointer, format!("the docs of `{method}` show no call: {why}"));
    }
}
