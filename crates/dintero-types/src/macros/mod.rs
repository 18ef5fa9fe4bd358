//! Macros of the generated types, and what their expansions share.
//!
//! Hundreds of types go through them: whatever does not depend on the type is a function in
//! [`shared`], compiled once.

mod by_status;
pub mod fields;
mod object;
mod one_of;
mod open_enum;
pub mod shared;
