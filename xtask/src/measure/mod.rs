//! What the generated code costs those who compile it.

pub mod builds;
pub mod meter;
pub mod size;
