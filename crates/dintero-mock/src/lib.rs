#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod answer;
mod business;
mod connection;
mod control;
#[rustfmt::skip]
mod corrections;
mod document;
#[rustfmt::skip]
mod documents;
mod express;
mod fault;
mod last_page;
mod log;
mod mock;
mod operation;
mod page;
mod parameter;
mod part;
mod pointer;
mod post;
mod problem;
mod router;
mod same;
pub mod sample;
mod schema;
mod security;
mod server;
mod shelf;
mod state;

pub use document::Document;
pub use fault::Fault;
pub use log::Received;
pub use mock::{Builder, Mock};
pub use operation::Operation;
pub use post::{Delivery, Fate, Weather};
pub use problem::Problem;
pub use schema::Violation;
pub use state::{Outcome, Pay};

/// The account when none is given.
pub(crate) const ACCOUNT: &str = "T12345678";
