//! What was sent, for a test or a person to look at.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;

/// So many attempts are kept.
const MOST: usize = 2_000;

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// The endpoint took it.
    Accepted,
    /// It did not, and the delivery is sent again.
    SentAgain,
    /// It did not arrive, and is not sent again.
    GivenUp,
}

/// One attempt to deliver something.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Delivery {
    /// Id of the delivery, the same when it is sent again.
    pub id: String,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// The event; `callback` for that of a session; what an express checkout asks about.
    pub event: String,
    /// HTTP method.
    pub method: String,
    /// Whole address.
    pub url: String,
    /// Headers, in lower case; the value of `authorization` is replaced by `...`.
    pub headers: Vec<(String, String)>,
    /// Body as sent.
    pub body: Bytes,
    /// Status that was answered.
    pub status: Option<u16>,
    /// Body that was answered.
    pub answer: Bytes,
    /// What went wrong, or is wrong with the answer.
    pub problem: Option<String>,
    /// The bad weather during the attempt.
    pub weather: Option<String>,
    /// The result.
    pub fate: Fate,
    /// When it was sent.
    pub sent_at: String,
    /// How long the endpoint took, in milliseconds.
    pub took: u64,
}

impl Delivery {
    /// The body as JSON, if it is.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// A line for a person.
    pub fn line(&self) -> String {
        let answered = self.status.map_or_else(|| "---".to_owned(), |status| status.to_string());
        let fate = match self.fate {
            Fate::Accepted => "accepted",
            Fate::SentAgain => "sent again",
            Fate::GivenUp => "given up",
        };
        let mut line = format!("{answered} {:<4} {} #{} {fate}: {}", self.method, self.event, self.attempt, self.url);
        for (name, note) in [("weather", &self.weather), ("problem", &self.problem)] {
            if let Some(note) = note {
                line.push_str(&format!(" [{name}: {note}]"));
            }
        }
        line
    }

    pub(crate) fn to_json(&self) -> Value {
        let headers: Map<_, _> =
            self.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        json!({
            "id": self.id, "attempt": self.attempt, "event": self.event, "method": self.method, "url": self.url,
            "headers": headers, "body": self.json(), "status": self.status,
            "answer": String::from_utf8_lossy(&self.answer), "problem": self.problem, "weather": self.weather,
            "fate": match self.fate {
                Fate::Accepted => "accepted",
                Fate::SentAgain => "sent-again",
                Fate::GivenUp => "given-up",
            },
            "sent_at": self.sent_at, "took": self.took,
        })
    }
}

/// The last attempts, and whose subscription they were.
#[derive(Default)]
pub(super) struct Records(VecDeque<(Option<String>, Delivery)>);

impl Records {
    pub(super) fn push(&mut self, record: Delivery, subscription: Option<&str>) {
        self.0.push_back((subscription.map(str::to_owned), record));
        while self.0.len() > MOST {
            self.0.pop_front();
        }
    }

    pub(super) fn all(&self) -> Vec<Delivery> {
        self.0.iter().map(|(_, record)| record.clone()).collect()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Of the last that was sent about something.
    pub(super) fn complain(&mut self, about: &str, problem: String) {
        if let Some((_, record)) = self.0.iter_mut().rev().find(|(_, record)| record.event == about) {
            record.problem = Some(problem);
        }
    }

    /// As the operations of a subscription show them, the newest first.
    pub(super) fn of(&self, subscription: &str) -> Vec<Map<String, Value>> {
        let own = self.0.iter().rev().filter(|(of, _)| of.as_deref() == Some(subscription));
        let shown = own.map(|(_, record)| {
            let headers: Map<_, _> =
                record.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
            json!({
                "id": format!("{}-{}", record.id, record.attempt), "event_delivery": record.id,
                "created_at": record.sent_at, "status": record.status, "url": record.url,
                "request": {"headers": headers, "body": record.json()},
                "response": {"body": String::from_utf8_lossy(&record.answer)},
                "details": {
                    "delivery_at": record.sent_at, "delivery_duration": record.took,
                    "delivery_success": record.fate == Fate::Accepted,
                },
            })
        });
        shown.filter_map(|value| value.as_object().cloned()).collect()
    }
}
