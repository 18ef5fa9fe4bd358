#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

// What only some programs use (lists, forms, downloads, calls of any endpoint) is `inline`: it is compiled in those,
// rather than here for all.
mod builder;
mod call;
mod credentials;
mod cursor;
mod draft;
mod drift;
mod encoding;
mod error;
mod form;
mod hosts;
mod house;
mod login;
#[cfg(feature = "httpmock")]
pub mod mocked;
mod multipart;
mod opaque;
mod operation;
mod paging;
mod raw;
mod redirect;
mod response;
mod retry;
mod save;
mod send;
mod source;
mod stream;
mod style;
mod tls;
mod token;
mod transport;

pub use builder::Builder;
pub use call::Call;
pub use draft::Draft;
pub use drift::{Drift, DriftKind};
pub use error::{Error, ErrorKind};
pub use multipart::Multipart;
pub use operation::{Auth, Kind, Operation, Paging};
pub use paging::{Items, Pages};
pub use raw::RawRequest;
pub use response::{Redirect, Response};
pub use retry::RetryPolicy;
pub use source::{AccessToken, TokenSource};
pub use stream::ByteStream;
pub use style::Style;
pub use transport::Transport;

pub use dintero_types::{
    AccountId, CommaList, DayOrTime, Decimal, FromStatus, InvalidAccountId, InvalidDecimal, JoinedList, PipeList,
    Rfc3339, SpaceList, TabList, Unknown, Unread, Upload, by_status, de, object, one_of, one_of_from, one_of_scalars,
    open_enum, open_int_enum,
};

pub use chrono;
pub use reqwest;
pub use secrecy::SecretString;
pub use serde_json;

/// What the expansions of this crate's macros use. Not for use by hand; it may change any time.
#[doc(hidden)]
pub mod __private {
    pub use crate::paging::PageItems;
}
