#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

// What only some programs use (lists, forms, downloads, calls of any endpoint) is `inline`: it is compiled in those,
// rather than here for all.
mod builder;
mod call;
mod clients;
mod credentials;
mod cursor;
mod draft;
mod drift;
mod encoding;
mod error;
mod example;
mod form;
mod hook;
mod hosts;
mod house;
mod login;
#[cfg(feature = "httpmock")]
pub mod mocked;
mod multipart;
mod one_line;
mod opaque;
mod operation;
mod operation_builder;
mod outcome;
mod paging;
mod raw;
mod redirect;
mod response;
mod retry;
mod save;
mod send;
#[cfg(test)]
mod simulation;
mod source;
mod stream;
mod style;
mod tls;
mod token;
#[cfg(feature = "opentelemetry")]
mod trace_context;
mod transport;

pub use builder::Builder;
pub use call::Call;
pub use draft::Draft;
pub use drift::{Drift, DriftKind};
pub use error::{Error, ErrorKind, Violation};
pub use hook::{Attempt, AttemptDone, AttemptEnd, Hook};
pub use multipart::Multipart;
pub use operation::{Operation, OperationKind, Paging, SecurityScheme};
pub use outcome::Outcome;
pub use paging::{Items, Pages};
pub use raw::RawRequest;
pub use response::{Redirect, Response};
pub use retry::RetryPolicy;
pub use source::{AccessToken, TokenSource};
pub use stream::ByteStream;
pub use style::Style;
#[cfg(feature = "opentelemetry")]
#[cfg_attr(docsrs, doc(cfg(feature = "opentelemetry")))]
pub use trace_context::TraceContext;
pub use transport::Transport;

pub use dintero_types::{
    AccountId, CommaList, DayOrTime, Decimal, FromStatus, InvalidAccountId, InvalidDecimal, JoinedList, NotCarried,
    PipeList, Rfc3339, SpaceList, TabList, Unknown, Unread, Upload, by_status, carry, de, object, one_of, one_of_from,
    one_of_scalars, open_enum, open_int_enum,
};

/// The parts of the HTTP client below that belong to this crate's own interface: a program that names other parts of it
/// depends on `reqwest` itself.
pub mod reqwest {
    pub use ::reqwest::{Body, Client, ClientBuilder, Method, Proxy, Request, StatusCode, Url, header};
    #[cfg(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls"))]
    pub use ::reqwest::{Certificate, Identity};
}
pub use ::reqwest::{Method, StatusCode, header::HeaderMap};
pub use chrono;
pub use secrecy::SecretString;
pub use serde_json;

#[doc = include_str!("../when-you-do-not-know.md")]
pub mod when_you_do_not_know {}

/// What the expansions of this crate's macros use. Not for use by hand; it may change any time.
#[doc(hidden)]
pub mod __private {
    pub use crate::paging::PageItems;
}
