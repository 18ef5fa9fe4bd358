//! One GET: conditional, retried, and with an end to its size, its time and its redirects.

use super::address::{Addresses, is_allowed};
use super::progress::Bar;
use crate::lock::Served;
use crate::problem::Problem;
use chrono::{DateTime, Utc};
use reqwest::blocking::Response;
use reqwest::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{StatusCode, Url};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Read;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Seconds that a run has when nobody says otherwise.
pub const TOTAL: u64 = 120;

/// What one document may cost, and all of them.
#[derive(Debug, Clone)]
pub struct Limits {
    pub bytes: u64,
    pub connect: Duration,
    /// For one attempt, from the connection to the last byte.
    pub time: Duration,
    pub attempts: u32,
    /// The first wait before another attempt; it doubles.
    pub backoff: Duration,
    /// A `Retry-After` beyond this ends the attempts.
    pub wait: Duration,
    pub redirects: usize,
    /// For all documents of a run together, with every attempt and wait.
    pub total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 20 << 20,
            connect: Duration::from_secs(10),
            time: Duration::from_secs(60),
            attempts: 4,
            backoff: Duration::from_millis(500),
            wait: Duration::from_secs(120),
            redirects: 5,
            total: Duration::from_secs(TOTAL),
        }
    }
}

#[derive(Debug)]
pub enum Answer {
    NotModified,
    Body { bytes: Vec<u8>, served: Served },
}

/// Why there is no answer.
#[derive(Debug, Clone)]
pub struct Failure {
    pub problem: Problem,
    /// No server answered at all.
    pub unreachable: bool,
    /// A server answered that there is nothing.
    pub missing: bool,
}

impl Failure {
    pub fn new(problem: Problem) -> Self {
        Self { problem, unreachable: false, missing: false }
    }
}

pub type Sleep = Box<dyn Fn(Duration) + Send + Sync>;
pub type Now = Box<dyn Fn() -> Instant + Send + Sync>;

pub struct Client {
    http: reqwest::blocking::Client,
    limits: Limits,
    sleep: Sleep,
    now: Now,
    started: Instant,
    /// The stand-in for the publisher, when there is one.
    mirror: Option<String>,
    /// What is known of each server.
    servers: Mutex<BTreeMap<String, Known>>,
    /// Held by the one that goes on asking where nobody has answered yet, for all others.
    turn: Mutex<()>,
}

/// What is known of a server.
#[derive(Debug, Clone)]
enum Known {
    /// It has answered something.
    Answers,
    /// It was asked as often as it may be, and did not.
    Silent(Failure),
}

/// How an attempt failed.
struct Miss {
    failure: Failure,
    again: Again,
}

enum Again {
    Never,
    /// After the backoff, or what the server asked for.
    After(Option<Duration>),
}

impl Client {
    /// The time of the run begins.
    pub fn new(limits: Limits, addresses: &Addresses, sleep: Sleep, now: Now) -> Result<Self, Problem> {
        let started = now();
        // A second call finds it installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let redirects = limits.redirects;
        let policy = Policy::custom(move |attempt| {
            let Some(from) = attempt.previous().first() else { return attempt.stop() };
            let to = attempt.url();
            if to.host() != from.host() || !is_allowed(to) {
                let why = format!("it redirects to {to}, away from {}", from.host_str().unwrap_or_default());
                return attempt.error(why);
            }
            if attempt.previous().len() > redirects {
                return attempt.error(format!("it redirects more than {redirects} times"));
            }
            attempt.follow()
        });
        let mut builder = reqwest::blocking::Client::builder()
            .user_agent(concat!("dintero-xtask/", env!("CARGO_PKG_VERSION"), " (", env!("CARGO_PKG_REPOSITORY"), ")"))
            .connect_timeout(limits.connect)
            .timeout(limits.time)
            .redirect(policy);
        // What stays on this machine is no proxy's.
        if addresses.is_local() {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|why| {
            Problem::new("HTTP client", "", chain(&why), "install CA certificates, which https needs")
        })?;
        let (servers, turn) = (Mutex::default(), Mutex::default());
        Ok(Self { http, limits, sleep, now, started, mirror: addresses.mirror(), servers, turn })
    }

    /// What is left of the run's time.
    fn left(&self) -> Option<Duration> {
        let passed = (self.now)().saturating_duration_since(self.started);
        self.limits.total.checked_sub(passed).filter(|left| !left.is_zero())
    }

    /// What is told of a document that nobody was asked for any more.
    fn not_looked_at(&self, url: &str) -> Failure {
        let why = format!("was not looked at: {}", self.over());
        Failure { problem: Problem::new(url, "", why, MORE_TIME), unreachable: true, missing: false }
    }

    fn over(&self) -> String {
        format!("the {} s that the run has for all documents are over", self.limits.total.as_secs_f32())
    }

    fn known(&self, server: &str) -> Option<Known> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner).get(server).cloned()
    }

    fn learn(&self, server: &str, known: Known) {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner).insert(server.into(), known);
    }

    /// Asks until there is an answer, or no hope of one. Where no server has answered anything, one request goes on asking
    /// and all others are told what came of it.
    pub fn get(&self, url: &Url, known: &Served, bar: &Bar) -> Result<Answer, Failure> {
        let server = url.origin().ascii_serialization();
        let mut turn = None;
        let end = self.asked(url, known, bar, |failure| {
            if !failure.unreachable {
                self.learn(&server, Known::Answers);
            } else if turn.is_none() && self.known(&server).is_none() {
                turn = Some(self.turn.lock().unwrap_or_else(PoisonError::into_inner));
            }
            match self.known(&server) {
                Some(Known::Silent(failure)) => Some(failure),
                Some(Known::Answers) => {
                    turn = None;
                    None
                }
                None => None,
            }
        });
        let Err(mut failure) = end else {
            self.learn(&server, Known::Answers);
            return end;
        };
        // Of what only the run's time kept from an answer, each is told by its name.
        if failure.unreachable && turn.is_some() && self.known(&server).is_none() && self.left().is_some() {
            failure.problem.file.clone_from(&server);
            self.learn(&server, Known::Silent(failure.clone()));
        }
        Err(failure)
    }

    /// `seen` hears of each attempt that failed, and may know that no other one is worth its time.
    fn asked(
        &self,
        url: &Url,
        known: &Served,
        bar: &Bar,
        mut seen: impl FnMut(&Failure) -> Option<Failure>,
    ) -> Result<Answer, Failure> {
        let mut backoff = self.limits.backoff;
        let mut attempt = 1;
        loop {
            let Some(left) = self.left() else { return Err(self.not_looked_at(url.as_str())) };
            let miss = match self.attempt(url, known, left, bar) {
                Ok(answer) => return Ok(answer),
                Err(miss) => miss,
            };
            if let Some(known) = seen(&miss.failure) {
                // Told once; but what the run's time did not reach is told by its name.
                return Err(if self.left().is_none() { self.not_looked_at(url.as_str()) } else { known });
            }
            let Again::After(asked) = miss.again else { return Err(miss.failure) };
            let wait = asked.unwrap_or(backoff);
            // What the last attempt met is told, and whether it was a server.
            let is_last = attempt >= self.limits.attempts || wait > self.limits.wait;
            if !is_last && self.left().is_none_or(|left| wait >= left) {
                let mut failure = miss.failure;
                failure.problem.reason = format!("{}; {}", failure.problem.reason, self.over());
                failure.problem.remedy = MORE_TIME.into();
                return Err(failure);
            }
            if is_last {
                let mut failure = miss.failure;
                failure.problem.reason = match wait > self.limits.wait {
                    true => format!("{}; it asks to wait {} s", failure.problem.reason, wait.as_secs()),
                    false => format!("{} ({attempt} attempts)", failure.problem.reason),
                };
                return Err(failure);
            }
            bar.state(&format!("{}; again in {:.1} s", miss.failure.problem.reason, wait.as_secs_f32()));
            (self.sleep)(wait);
            backoff *= 2;
            attempt += 1;
        }
    }

    fn attempt(&self, url: &Url, known: &Served, left: Duration, bar: &Bar) -> Result<Answer, Miss> {
        let started = Instant::now();
        let time = self.limits.time.min(left);
        bar.state("asking");
        // To the last byte of the body, the connection and redirects included.
        let mut request = self.http.get(url.clone()).timeout(time);
        if let Some(etag) = &known.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(date) = &known.last_modified {
            request = request.header(IF_MODIFIED_SINCE, date);
        }
        let answer = request.send().map_err(|error| {
            let unreachable = !error.is_redirect();
            let again = if unreachable { Again::After(None) } else { Again::Never };
            let remedy = match unreachable {
                true => "check the network, and that the server is up",
                false => "enter the new address in specs/catalog.toml if it is the publisher's",
            };
            Miss { failure: Failure { unreachable, ..failed(url, chain(&error), remedy) }, again }
        })?;
        let status = answer.status();
        match status {
            StatusCode::OK => self.body(url, answer, started, time, bar),
            StatusCode::NOT_MODIFIED if known.etag.is_some() || known.last_modified.is_some() => {
                Ok(Answer::NotModified)
            }
            _ => Err(refused(url, status, &answer)),
        }
    }

    fn body(
        &self,
        url: &Url,
        mut answer: Response,
        started: Instant,
        time: Duration,
        bar: &Bar,
    ) -> Result<Answer, Miss> {
        let limit = self.limits.bytes;
        let too_big = |size: String| Miss {
            failure: failed(
                url,
                format!("{size}; a document has at most {limit} bytes"),
                "see what is published there",
            ),
            again: Again::Never,
        };
        if let Some(length) = answer.content_length() {
            if length > limit {
                return Err(too_big(format!("it has {length} bytes")));
            }
            bar.length(length);
        }
        let header = |name| answer.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_string);
        let served = Served { etag: header(ETAG), last_modified: header(LAST_MODIFIED), mirror: self.mirror.clone() };
        let mut bytes = Vec::new();
        let mut chunk = vec![0; 64 << 10];
        bar.state("receiving");
        loop {
            let broken = |why: String| Miss {
                failure: failed(url, format!("the answer broke off after {} bytes: {why}", bytes.len()), "try again"),
                again: Again::After(None),
            };
            if started.elapsed() > time {
                return Err(broken(format!("it took longer than {} s", time.as_secs_f32())));
            }
            let n = answer.read(&mut chunk).map_err(|why| broken(chain(&why)))?;
            if n == 0 {
                return Ok(Answer::Body { bytes, served });
            }
            bytes.extend_from_slice(chunk.get(..n).unwrap_or_default());
            if bytes.len() as u64 > limit {
                return Err(too_big("it does not end".into()));
            }
            bar.received(bytes.len() as u64);
        }
    }
}

const MORE_TIME: &str = "give it more time with --timeout, name fewer services, or see why the server is slow";

fn failed(url: &Url, reason: String, remedy: &str) -> Failure {
    Failure::new(Problem::new(url.as_str(), "", reason, remedy))
}

fn refused(url: &Url, status: StatusCode, answer: &Response) -> Miss {
    let code = status.as_u16();
    let asked = answer.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(|v| until(v, Utc::now()));
    let (again, remedy) = match code {
        404 | 410 => {
            (Again::Never, "look for its new address in the index, and correct its entry in specs/catalog.toml")
        }
        408 | 425 | 429 | 500 | 502 | 503 | 504 => (Again::After(asked), "try again later"),
        _ => (Again::Never, "open the address in a browser to see what is there"),
    };
    let failure = failed(url, format!("the server answered {status}"), remedy);
    Miss { failure: Failure { missing: matches!(code, 404 | 410), ..failure }, again }
}

/// What `Retry-After` asks for, in either of its forms.
fn until(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some((DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now).to_std().unwrap_or_default()),
    }
}

/// The message with its causes, which is where the telling part is; without the address, which is told anyway.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        let text = text.split(" for url (").next().unwrap_or_default().to_string();
        if out.last().is_none_or(|last| !last.ends_with(&text)) {
            out.push(text);
        }
        next = error.source();
    }
    out.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = DateTime::parse_from_rfc2822("Wed, 25 Nov 2026 08:00:00 GMT").expect("a date").to_utc();
        for (text, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Wed, 25 Nov 2026 08:01:30 GMT", Some(90)),
            ("Wed, 25 Nov 2026 07:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(until(text, now).map(|d| d.as_secs()), seconds, "{text}");
        }
    }
}
