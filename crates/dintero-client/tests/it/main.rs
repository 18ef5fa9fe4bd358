//! What a program sees of the runtime, over real sockets: one binary, since each costs a link of everything below it.
//!
//! Tests that set something for the whole process stand beside it: `trace_context.rs` and `tls_provider.rs`.

mod calls;
#[cfg(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls"))]
mod credential_hosts;
mod downloads;
mod fault_matrix;
mod hooks;
mod login;
mod paging;
mod reading;
mod redirects;
mod retries;
mod seen;
#[cfg(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls"))]
#[path = "../support/tls.rs"]
mod server;
#[path = "../support/mod.rs"]
mod support;
#[cfg(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls"))]
mod tls;
mod tokens;
