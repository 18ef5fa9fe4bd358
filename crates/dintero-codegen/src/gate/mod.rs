//! The gate: nothing of a document goes on to the passes, the files or a credential but through here.
//!
//! Whoever controls a published document, the way to it, or the index may add, change and remove operations and types,
//! in the open, and nothing else. `marks` takes out what steers the generator, `names` refuses what could not be a name,
//! `text` is the type of whatever else a document says, `hosts` knows where a credential may go.

pub mod hosts;
pub mod marks;
pub mod names;
pub mod places;
pub mod text;

pub use hosts::Hosts;
pub use text::Text;

use crate::model::Change;
use serde_json::Value;

/// A document without the marks that only an overlay may set. Overlays are applied to it, and then it is lowered.
#[derive(Debug, Clone, Default)]
pub struct Received {
    pub doc: Value,
    /// What was taken out.
    pub changes: Vec<Change>,
}

impl Received {
    pub fn new(mut doc: Value) -> Self {
        let mut changes = Vec::new();
        marks::strip(&mut doc, &mut changes);
        Self { doc, changes }
    }
}
