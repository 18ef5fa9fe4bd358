//! Every operation of the judged documents, sent by our builder and by progenitor's client with the same values: both
//! requests are the same, apart from what `table.rs` lists with its reason.
//!
//! Ours go to a local server that records them; progenitor's are recorded before they are sent. What is required,
//! everything, and everything with texts that show each difference of encoding.

#[macro_use]
mod case;
#[rustfmt::skip]
mod cases;
mod compare;
mod recorded;
mod table;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use case::{Case, Given};
use compare::{Differences, compare};
use dintero_client::{OperationKind, RetryPolicy, Transport, reqwest};
use dintero_judge::Recorder;
use dintero_mock::Document;
use dintero_mock::sample::{Fill, Request, Sampler};
use recorded::{Recorded, Server};
use serde_json::Value;
use table::{Kind, TABLE};
use tokio::runtime::Runtime;

/// Runs repeat.
const SEED: u64 = 7;
/// One of production: tests of an account's own servers are elsewhere.
const ACCOUNT: &str = "P12345678";
/// Values nest deep.
const STACK: usize = 64 << 20;
/// Where the documents of services lie.
const PINNED: &str = "specs/pinned/";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    Required,
    Everything,
    Strange,
    Backslash,
}

const ROUNDS: [Round; 4] = [Round::Required, Round::Everything, Round::Strange, Round::Backslash];

impl Round {
    /// What is put after each text.
    fn suffix(self) -> &'static str {
        match self {
            Self::Required | Self::Everything => "",
            Self::Strange => " a+b/c,d&e=f;g:h@i?j#k%l~m'n(o)*!$[ø€😀]\"<>^`{|}%2F..",
            // By itself: an address takes it for a slash.
            Self::Backslash => "\\a",
        }
    }
}

struct Judge {
    server: Server,
    transport: Transport,
    recorder: Recorder,
    http: reqwest::Client,
    runtime: Runtime,
}

impl Judge {
    fn new() -> Self {
        // Whatever was set up before is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let server = Server::start();
        let builder = Transport::builder()
            .login(ACCOUNT, "client", "secret")
            .bearer_token("token")
            .api_key("key")
            .base_url(format!("http://{}", server.address))
            .retry(RetryPolicy::none());
        Self {
            transport: builder.build().expect("settings that fit"),
            server,
            recorder: Recorder::default(),
            http: reqwest::Client::builder().build().expect("a client"),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"),
        }
    }

    fn judge(&self, case: &Case, sampler: &Sampler, round: Round) -> Differences {
        let name = format!("{} {}", case.operation.method, case.operation.path);
        let sampled = |fill| sampler.request(&name, fill).expect("the document has the operation");
        let (least, all) = (sampled(Fill::Required), sampled(Fill::Everything));
        let spare = all.body.as_ref().map(|body| body.value.clone());
        let mut request = if round == Round::Required { least.clone() } else { all };
        if !round.suffix().is_empty() {
            leave_out(case, &mut request, &least);
        }
        let body = request.body.as_ref().map(|body| body.value.clone());
        let is_nothing = |value: &Value| value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty);
        let empty = request.path.values().any(is_nothing);
        let given = Given {
            transport: self.transport.clone(),
            base: format!("http://{}{}", self.server.address, base_of(sampler.document().value(), case)),
            http: self.http.clone(),
            recorder: self.recorder.clone(),
            request,
            spare,
            suffix: round.suffix(),
            problems: Vec::new(),
        };
        let outcome = self.runtime.block_on((case.send)(given));
        let (ours, theirs) = (self.server.take(), self.recorder.take());
        let mut out = match (ours, theirs) {
            _ if !outcome.problems.is_empty() => Differences::default(),
            (Some(ours), Some(theirs)) => compare(case, round.suffix(), &ours, &Recorded::of(&theirs)),
            (Some(_), None) if is_form(case) && body.as_ref().is_some_and(has_more_than_texts) => {
                Differences::of(Kind::FormFields)
            }
            (None, Some(_)) if empty => Differences::of(Kind::EmptyPath),
            (None, Some(_)) if case.untold.iter().any(|(place, _, _)| *place == "multipart") => {
                Differences::of(Kind::Body)
            }
            (ours, _) => {
                let (who, why) = if ours.is_none() { ("we", outcome.ours) } else { ("progenitor", outcome.theirs) };
                Differences { unexplained: vec![format!("{who} sent nothing: {why}")], ..Differences::default() }
            }
        };
        out.unexplained.extend(outcome.problems);
        out
    }
}

/// What progenitor is not told of and need not be there stays out on both sides, so that all else must be the same.
fn leave_out(case: &Case, request: &mut Request, least: &Request) {
    for (place, name, _) in case.untold {
        let (map, required) = match *place {
            "query" => (&mut request.query, &least.query),
            "header" => (&mut request.headers, &least.headers),
            "cookie" => (&mut request.cookies, &least.cookies),
            _ => continue,
        };
        if !required.contains_key(*name) {
            map.remove(*name);
        }
    }
}

/// The path of the server that the document says, which an override of the host keeps.
fn base_of(document: &Value, case: &Case) -> String {
    let item = &document["paths"][case.operation.path];
    let operation = &item[case.operation.method.to_lowercase()];
    let server = [operation, item, document].into_iter().find_map(|place| place["servers"][0]["url"].as_str());
    let server = server.unwrap_or_default();
    let path = match server.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => server,
    };
    path.trim_end_matches('/').to_owned()
}

/// Whether the document was written here: a fixture, or our own description of what is published. Of one that came from
/// the publisher a difference says as much of progenitor as of us: it is told, and for people to look at.
fn is_ours(service: &str, file: &str) -> bool {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs/lock.toml");
    let lock = std::fs::read_to_string(lock).unwrap_or_default();
    let entry = lock.split("\n[document.").find(|entry| entry.starts_with(&format!("{service}]")));
    !file.starts_with(PINNED) || entry.is_some_and(|entry| entry.contains("origin = \"snapshot\""))
}

fn is_form(case: &Case) -> bool {
    case.operation.content_type == "application/x-www-form-urlencoded"
}

fn has_more_than_texts(body: &Value) -> bool {
    body.as_object().is_some_and(|fields| fields.values().any(|field| field.is_array() || field.is_object()))
}

/// A service is judged by its document as the mock has it, which is what is published without its known slips. None, with
/// the reason on standard error, where the mock cannot serve it: then nobody judges its requests, which is no fault of ours.
fn sampler(service: &str, file: &str) -> Option<Sampler> {
    if file.starts_with(PINNED) {
        let told = |why: dintero_mock::Problem| {
            let text = format!("not judged: {service}, all operations: {why}\n");
            std::io::stderr().write_all(text.as_bytes()).expect("told");
        };
        return Sampler::new(service, SEED).map_err(told).ok().map(|sampler| sampler.account(ACCOUNT));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let document = Document::parse(service, file, &text).unwrap_or_else(|why| panic!("{why}"));
    Some(Sampler::of(Arc::new(document), SEED).account(ACCOUNT))
}

#[test]
fn every_request_is_what_progenitor_would_send() {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(all);
    thread.expect("a thread").join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

fn all() {
    let judge = Judge::new();
    let (mut count, mut told, mut of_published) = (0, Vec::new(), Vec::new());
    let mut used: BTreeMap<Kind, usize> = BTreeMap::new();
    for (service, file, operations, cases) in cases::ALL {
        let Some(sampler) = sampler(service, file) else { continue };
        let calls = operations.iter().filter(|op| op.kind == OperationKind::Call).count();
        assert_eq!(calls, cases.len(), "{service}: each operation has its case");
        for case in *cases {
            count += 1;
            for round in ROUNDS {
                let found = judge.judge(case, &sampler, round);
                found.explained.into_iter().for_each(|kind| *used.entry(kind).or_default() += 1);
                let head = format!("{service} {} {}, {round:?}", case.operation.method, case.operation.path);
                let of = if is_ours(service, file) { &mut told } else { &mut of_published };
                of.extend(found.unexplained.into_iter().map(|what| format!("\n  {head}: {what}")));
            }
        }
    }
    println!("{count} operations, {} requests on each side; differences by kind: {used:?}", count * ROUNDS.len());
    if !of_published.is_empty() {
        let all = of_published.concat();
        let told = format!(
            "{} differences in documents of the publisher that no reason is listed for:{all}\n",
            of_published.len()
        );
        std::io::stderr().write_all(told.as_bytes()).expect("told");
    }
    assert!(told.is_empty(), "{} differences that no reason is listed for:{}", told.len(), told.concat());
    // By which documents the table was written.
    if !cases::ALL.iter().all(|(service, file, _, _)| is_ours(service, file)) {
        return;
    }
    let unused: Vec<Kind> = TABLE.iter().map(|(kind, _)| *kind).filter(|kind| !used.contains_key(kind)).collect();
    assert!(unused.is_empty(), "no request differs any more by {unused:?}: take them out of the table");
    let unlisted: Vec<&Kind> = used.keys().filter(|kind| !TABLE.iter().any(|(listed, _)| listed == *kind)).collect();
    assert!(unlisted.is_empty(), "{unlisted:?} is given as a reason and not in the table");
}
