//! progenitor's own clients, as it makes them of the published names: the judge of our requests.
//!
//! For: the code that puts a request together is ours (`Draft` in dintero-client). It shares nothing with this, so what
//! both send is right, or wrong in the same way twice. The tests hold each of our requests against these.

use std::sync::{Arc, Mutex, PoisonError};

use progenitor_client::Error;
use reqwest::Request;

/// Takes the request that a client is about to send.
#[derive(Debug, Clone, Default)]
pub struct Recorder(Arc<Mutex<Option<Request>>>);

impl Recorder {
    /// The last one.
    pub fn take(&self) -> Option<Request> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Keeps it, and ends the call.
    fn record<E>(&self, request: &Request) -> Error<E> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = request.try_clone();
        Error::Custom("recorded".into())
    }
}

/// A client whose requests are recorded and not sent.
macro_rules! records {
    ($client:path) => {
        impl progenitor_client::ClientHooks<crate::Recorder> for $client {
            async fn pre<E>(
                &self,
                request: &mut reqwest::Request,
                _: &progenitor_client::OperationInfo,
            ) -> Result<(), progenitor_client::Error<E>> {
                Err(progenitor_client::ClientInfo::inner(self).record(request))
            }
        }
    };
}
pub(crate) use records;

#[allow(clippy::all, dead_code, deprecated, unused_imports)]
#[rustfmt::skip]
pub mod clients;
