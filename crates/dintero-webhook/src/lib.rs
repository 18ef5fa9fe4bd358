#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod authorization;
mod callback;
#[rustfmt::skip]
mod callbacks;
mod delivery;
mod dintero_signature;
mod error;
mod event;
mod event_signature;
#[rustfmt::skip]
mod events;
mod hex;
#[rustfmt::skip]
mod samples;
mod secrets;
mod services;
pub mod testing;

pub use callback::{parse_json, parse_query};
pub use callbacks::*;
pub use delivery::{EventVerifier, Headers};
pub use dintero_signature::CallbackVerifier;
pub use error::{BadSecret, ParseError, ParseErrorKind, SignatureError};
pub use event::parse;
pub use events::*;
pub use services::*;

pub use dintero_types::AccountId;
pub use secrecy::SecretString;
