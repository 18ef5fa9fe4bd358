//! From a published document to a client crate, and from two documents to what changed for callers.
//!
//! The road of a document: `document` reads it, `gate` lets in what may come in, `overlay` corrects it, `lower` brings it to
//! what can be generated (small passes, a file each), `api` decides what the crate is, and `emit` writes its files.
//! `drift` compares two of them. `catalog` and `lock` are what people and the machine have written under `specs/`, and
//! `shown` is how text of a document is put before a reader.
//!
//! Nothing here reads the network or writes a file; `xtask` does.

pub mod api;
pub mod catalog;
pub mod document;
pub mod drift;
pub mod emit;
pub mod gate;
pub mod key;
pub mod lock;
pub mod lower;
pub mod model;
pub mod names;
pub mod names_lock;
pub mod overlay;
pub mod problem;
pub mod shown;
#[cfg(test)]
mod stability;
pub mod thread;
