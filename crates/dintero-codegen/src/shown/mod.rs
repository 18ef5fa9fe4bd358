//! Text from outside on its way to a reader: one function for each place that it is shown in.
//!
//! A published document is data of a stranger, and its names and texts stand in reports and problems. A terminal obeys
//! escape sequences, a workflow's runner obeys lines, a pull request obeys Markdown: what is shown is never obeyed.

pub mod data;
#[cfg(test)]
mod fuzz;
pub mod line;
pub mod markdown;
pub mod workflow;

pub use data::json;
pub use line::{line, lines};
