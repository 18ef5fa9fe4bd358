//! From the publisher to specs/pinned: downloads what the catalog lists, accepts what is sound, and pins it whole.
//!
//! `address` says what may be asked, `client` asks, `accept` judges, `store` writes; `index` compares the published list
//! with the catalog, `compare` tells what differs, `report` tells the person.

mod accept;
mod address;
mod client;
mod compare;
pub mod index;
pub mod pin;
mod progress;
pub mod report;
pub mod store;
#[cfg(test)]
mod tests;

pub use client::Failure;

use crate::catalog::{Catalog, Document};
use crate::lock::Served;
use crate::pool;
use crate::problem::Problem;
use address::Addresses;
use client::{Answer, Client};
use pin::Manner;
use progress::{Bar, Progress};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Requests under way at one time: polite, and enough.
const AT_ONCE: usize = 4;

/// All that came, and what did not; nothing of it was written.
#[derive(Debug)]
pub struct Download {
    /// The addresses of documents that the published index lists; none if it had not changed.
    pub index: Result<Fetched<Vec<String>>, Failure>,
    /// In the catalog's order.
    pub documents: Vec<Downloaded>,
}

#[derive(Debug)]
pub struct Downloaded {
    pub document: Document,
    pub answer: Result<Fetched<Arc<Value>>, Failure>,
}

#[derive(Debug)]
pub enum Fetched<T> {
    /// The server has what is held already; only if validators were sent.
    Same,
    New {
        bytes: Vec<u8>,
        value: T,
        served: Served,
    },
}

impl Download {
    /// No server answered anything.
    pub fn unreachable(&self) -> bool {
        let all = self.documents.iter().map(|d| d.answer.as_ref().err()).chain([self.index.as_ref().err()]);
        all.into_iter().all(|failure| failure.is_some_and(|f| f.unreachable))
    }
}

/// Downloads the documents of the asked services (the whole catalog when none is asked) and the index, without
/// changing anything. Each document is accepted or a failure of its own; `timeout` is in seconds, for all of them.
pub fn download(
    catalog: &Catalog,
    asked: &[&Document],
    base_url: Option<&str>,
    timeout: Option<u64>,
) -> Result<Download, Problem> {
    let addresses = Addresses::new(&catalog.house.index, base_url)?;
    Download::run(catalog, asked, &addresses, &BTreeMap::new(), Manner::within(timeout))
}

/// The key of the index among what is held; no document's.
const INDEX: &str = "/index";

impl Download {
    fn run(
        catalog: &Catalog,
        asked: &[&Document],
        addresses: &Addresses,
        known: &BTreeMap<String, Served>,
        manner: Manner,
    ) -> Result<Self, Problem> {
        let client = Client::new(manner.limits, addresses, manner.sleep, manner.now)?;
        let progress = Progress::new();
        let none = Served::default();
        let held = |key: &str| known.get(key).unwrap_or(&none);
        let get = |published: &str, key: &str, bar: &Bar| {
            let url = addresses.of(published).map_err(Failure::new)?;
            client.get(&url, held(key), bar)
        };

        let all = std::iter::once(None).chain(asked.iter().copied().map(Some)).collect::<Vec<_>>();
        let mut answers = pool::each("fetch", AT_ONCE, &all, |document| match document {
            None => {
                let bar = progress.bar("index");
                let index = get(&catalog.house.index, INDEX, &bar)
                    .and_then(|answer| fetched(answer, |bytes| index::accept(&catalog.house.index, bytes)));
                bar.done(&word(&index));
                Came::Index(index)
            }
            Some(document) => {
                let bar = progress.bar(&document.key());
                let answer = get(&document.url, &document.key(), &bar).and_then(|answer| {
                    bar.state("reading");
                    fetched(answer, |bytes| accept::accept(&document.url, bytes))
                });
                bar.done(&word(&answer));
                Came::Document(answer)
            }
        })
        .into_iter();
        let unread = |address: &str| {
            let remedy = "report it with the document: it is a fault of this tool";
            Failure::new(Problem::new(address, "", "it could not be read", remedy))
        };
        let index = match answers.next() {
            Some(Some(Came::Index(index))) => index,
            _ => Err(unread(&catalog.house.index)),
        };
        let documents = asked.iter().zip(answers).map(|(document, answer)| Downloaded {
            document: (*document).clone(),
            answer: match answer {
                Some(Came::Document(answer)) => answer,
                _ => Err(unread(&document.url)),
            },
        });
        Ok(Self { index, documents: documents.collect() })
    }
}

/// What one request brought.
enum Came {
    Index(Result<Fetched<Vec<String>>, Failure>),
    Document(Result<Fetched<Arc<Value>>, Failure>),
}

fn fetched<T>(answer: Answer, read: impl FnOnce(&[u8]) -> Result<T, Problem>) -> Result<Fetched<T>, Failure> {
    match answer {
        Answer::NotModified => Ok(Fetched::Same),
        Answer::Body { bytes, served } => {
            let value = read(&bytes).map_err(Failure::new)?;
            Ok(Fetched::New { bytes, value, served })
        }
    }
}

fn word<T>(answer: &Result<Fetched<T>, Failure>) -> String {
    match answer {
        Ok(Fetched::Same) => "not modified".into(),
        Ok(Fetched::New { bytes, .. }) => format!("received, {} bytes", bytes.len()),
        Err(failure) => format!("failed: {}", failure.problem.reason),
    }
}
