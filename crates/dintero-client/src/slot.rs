//! How a typed error gets through progenitor's client.
//!
//! Its hooks can only return a text (`pre`) or a `reqwest::Error` (`exec`). The error waits here
//! meanwhile, under a ticket that travels in that text or in that error's url. The ticket, rather
//! than one place for each call, keeps apart the sends of a builder that was cloned.

use std::sync::{Mutex, PoisonError};

use crate::Error;

const SCHEME: &str = "dintero-slot";

#[derive(Default)]
pub(crate) struct Slot(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    next: u64,
    errors: Vec<(u64, Error)>,
}

impl Slot {
    /// Leaves an error for the decoding function; the text is its ticket.
    pub(crate) fn leave(&self, error: Error) -> String {
        let mut waiting = self.lock();
        let ticket = waiting.next;
        waiting.next += 1;
        waiting.errors.push((ticket, error));
        format!("{SCHEME}:{ticket}")
    }

    /// As [`leave`](Self::leave), with the ticket in a `reqwest::Error`.
    pub(crate) fn leave_in(&self, http: &reqwest::Client, error: Error) -> reqwest::Error {
        // The one way from outside reqwest to get an error of its type: a url it cannot parse.
        let carrier = http.get("").build().expect_err("an empty url is refused");
        match self.leave(error).parse() {
            Ok(ticket) => carrier.with_url(ticket),
            Err(_) => carrier,
        }
    }

    /// The error left under this ticket.
    pub(crate) fn take(&self, ticket: &str) -> Option<Error> {
        let ticket: u64 = ticket.strip_prefix(SCHEME)?.strip_prefix(':')?.parse().ok()?;
        let mut waiting = self.lock();
        let at = waiting.errors.iter().position(|(number, _)| *number == ticket)?;
        Some(waiting.errors.swap_remove(at).1)
    }

    /// The error whose ticket `carrier` holds.
    pub(crate) fn take_from(&self, carrier: &reqwest::Error) -> Option<Error> {
        self.take(carrier.url()?.as_str())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ticket_gets_its_own_error() {
        let slot = Slot::default();
        let http = reqwest::Client::builder();
        #[cfg(feature = "rustls")]
        let http = crate::tls::configure(http).unwrap();
        let http = http.build().unwrap();
        let first = slot.leave(Error::timeout("first"));
        let second = slot.leave_in(&http, Error::timeout("second"));
        assert_eq!(slot.take_from(&second).unwrap().message(), "second");
        assert_eq!(slot.take(&first).unwrap().message(), "first");
        assert!(slot.take(&first).is_none());
        for text in ["", "dintero-slot:", "dintero-slot:x", "other:0"] {
            assert!(slot.take(text).is_none());
        }
    }
}
