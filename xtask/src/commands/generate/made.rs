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
