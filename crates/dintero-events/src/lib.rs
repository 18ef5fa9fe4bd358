#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod authorization;
#[cfg(feature = "axum")]
mod axum;
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
#[cfg(feature = "tower")]
mod layer;
mod once;
mod returned;
#[rustfmt::skip]
mod samples;
mod secrets;
mod services;
pub mod testing;

#[cfg(feature = "axum")]
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
pub use axum::{VerifiedCallback, VerifiedEvent};
pub use callback::{parse_json, parse_query};
pub use callbacks::*;
pub use delivery::{EventVerifier, Headers};
pub use dintero_signature::CallbackVerifier;
pub use error::{BadSecret, ParseError, ParseErrorKind, SignatureError};
pub use event::parse;
pub use events::*;
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use layer::{PublicUrl, Refused, VerifyLayer, VerifyService};
pub use once::{Claim, Memory, Once, OnceError, Store, once};
pub use returned::{Return, ReturnError, parse_return};
pub use services::*;

pub use dintero_types::AccountId;
pub use secrecy::SecretString;
