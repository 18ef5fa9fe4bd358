#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
mod carry;
pub mod de;
mod decimal;
#[doc(hidden)]
pub mod json_path;
mod macros;
mod params;
mod raw;
pub mod reading;
mod status;
mod unknown;
mod upload;

pub use account::{AccountId, InvalidAccountId};
pub use carry::{NotCarried, carry};
pub use decimal::{Decimal, InvalidDecimal};
pub use params::{CommaList, DayOrTime, JoinedList, PipeList, Rfc3339, SpaceList, TabList};
pub use reading::Unread;
pub use status::FromStatus;
pub use unknown::Unknown;
pub use upload::Upload;

pub use chrono;
pub use serde_json;

/// What the expansions of this crate's macros use. Not for use by hand; it may change any time.
#[doc(hidden)]
pub mod __private {
    pub use crate::macros::fields::*;
    pub use crate::macros::shared::*;
    pub use crate::upload::{file_at, files_of_texts, with_files};
    pub use serde;
}
