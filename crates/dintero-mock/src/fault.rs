//! Faults on demand: what goes wrong, for which operation, and how often.
//!
//! Written as a text, which is also the value of the request header `x-mock-fault`:
//! `status=503; retry-after=1`, `latency=200`, `reset`, `timeout`, `truncated`, `malformed`, `unknown-enum`,
//! `extra-field`; with `done` or `not-done` where a program has to survive both.

use crate::answer::Answered;
use crate::operation::Operation;
use crate::part;
use crate::problem::Problem;
use crate::schema::{Flat, Schemas, Side};
use axum::http::{StatusCode, header};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The request header that asks for a fault.
pub(crate) const HEADER: &str = "x-mock-fault";

/// Longest latency.
const LONGEST: Duration = Duration::from_secs(600);

/// Something that goes wrong with an answer.
///
/// ```
/// use dintero_mock::Fault;
/// use std::time::Duration;
///
/// let busy = Fault::status(503).retry_after(1).on("POST /transactions/{id}/capture").times(2);
/// let slow = Fault::latency(Duration::from_millis(200));
/// let text: Fault = "status=503; retry-after=1".parse()?;
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    service: Option<String>,
    operation: Option<String>,
    times: Option<u32>,
    pub(crate) latency: Duration,
    status: Option<u16>,
    retry_after: Option<u64>,
    pub(crate) body: Option<BodyFault>,
    /// Whether the operation is carried out all the same.
    done: Option<bool>,
}

/// What becomes of the body, or of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFault {
    Reset,
    Timeout,
    Truncated,
    Malformed,
    UnknownEnum,
    ExtraField,
}

impl Fault {
    fn of(body: BodyFault) -> Self {
        Self { body: Some(body), ..Self::default() }
    }

    /// This status instead of the answer, as the document describes it or in Dintero's shape. The operation is not done,
    /// unless [`done`](Self::done) says so.
    pub fn status(status: u16) -> Self {
        Self { status: Some(status), ..Self::default() }
    }

    /// The answer comes so much later.
    pub fn latency(latency: Duration) -> Self {
        Self { latency: latency.min(LONGEST), ..Self::default() }
    }

    /// The connection is reset before anything is answered; the operation is done, unless
    /// [`not_done`](Self::not_done) says that it is not.
    pub fn reset() -> Self {
        Self::of(BodyFault::Reset)
    }

    /// No answer comes, however long the caller waits; the operation is done, unless [`not_done`](Self::not_done) says
    /// that it is not.
    pub fn timeout() -> Self {
        Self::of(BodyFault::Timeout)
    }

    /// The body breaks off in its middle, and the connection with it; the operation is done.
    pub fn truncated() -> Self {
        Self::of(BodyFault::Truncated)
    }

    /// The body is whole, and no JSON.
    pub fn malformed() -> Self {
        Self::of(BodyFault::Malformed)
    }

    /// Every enum in the body has a value that no document knows.
    pub fn unknown_enum() -> Self {
        Self::of(BodyFault::UnknownEnum)
    }

    /// Every object in the body has a field that no document knows.
    pub fn extra_field() -> Self {
        Self::of(BodyFault::ExtraField)
    }

    /// The operation is carried out, and its answer is lost. One that is refused is answered so.
    #[must_use]
    pub fn done(mut self) -> Self {
        self.done = Some(true);
        self
    }

    /// The operation is not carried out.
    #[must_use]
    pub fn not_done(mut self) -> Self {
        self.done = Some(false);
        self
    }

    /// Whether the operation is carried out all the same.
    pub fn is_done(&self) -> bool {
        self.done.unwrap_or(self.status.is_none())
    }

    /// With the header `Retry-After`, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// So much later besides.
    #[must_use]
    pub fn after(mut self, latency: Duration) -> Self {
        self.latency = latency.min(LONGEST);
        self
    }

    /// Only for this operation: its published id, or method and path template (`POST /transactions/{id}/capture`).
    #[must_use]
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Only for operations of this service.
    #[must_use]
    pub fn in_service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// So many times; always when it is not said.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Why it is for no operation that is served.
    pub(crate) fn check<'o>(&self, operations: impl Iterator<Item = &'o Arc<Operation>>) -> Result<(), Problem> {
        let operations: Vec<_> = operations.collect();
        if operations.iter().any(|operation| self.is_for(operation)) {
            return Ok(());
        }
        let asked = self.operation.as_deref().or(self.service.as_deref()).unwrap_or_default();
        let names = operations.iter().flat_map(|o| match self.operation {
            Some(_) => vec![o.id.clone(), format!("{} {}", o.method, o.path)],
            None => vec![o.service.clone()],
        });
        let mut names: Vec<String> = names.collect::<BTreeSet<_>>().into_iter().collect();
        names.sort_by_key(|name| strsim::levenshtein(name, asked));
        names.truncate(3);
        let reason = match &self.service {
            Some(service) => format!("no operation of {service} that is served is so called"),
            None => "no operation that is served is so called".into(),
        };
        Err(Problem::new(asked, reason, format!("the nearest are {}", names.join(", "))))
    }

    /// Whether the operation is one that it is for.
    pub(crate) fn is_for(&self, operation: &Operation) -> bool {
        let named =
            |name: &String| operation.id == *name || *name == format!("{} {}", operation.method, operation.path);
        self.service.as_ref().is_none_or(|service| operation.service == *service)
            && self.operation.as_ref().is_none_or(named)
    }

    /// The status that is answered in place of all else.
    pub(crate) fn instead(&self) -> Option<StatusCode> {
        self.status.and_then(|status| StatusCode::from_u16(status).ok())
    }

    /// What it makes of an answer's head and body.
    pub(crate) fn spoil(&self, operation: &Operation, mut answered: Answered) -> Answered {
        if let Some(seconds) = self.retry_after {
            answered.headers.retain(|(name, _)| *name != header::RETRY_AFTER);
            answered = answered.with(header::RETRY_AFTER, &seconds.to_string());
        }
        let change = match self.body {
            Some(BodyFault::Malformed) => {
                answered.body = "{\"malformed\": ".into();
                return answered;
            }
            Some(BodyFault::UnknownEnum) => unknown_enums,
            Some(BodyFault::ExtraField) => extra_fields,
            _ => return answered,
        };
        let Ok(mut body) = serde_json::from_slice::<Value>(&answered.body) else { return answered };
        let schemas = operation.document.schemas(Side::Response);
        let schema = part::answer_pointer(operation).and_then(|pointer| schemas.at(&pointer));
        change(schemas, &schema.into_iter().collect::<Vec<_>>(), &mut body);
        answered.body = body.to_string().into();
        answered
    }
}

fn unknown_enums(schemas: &Schemas, roots: &[&Value], value: &mut Value) {
    let flat = Flat::of(schemas, roots, &mut |_| 0);
    match value {
        Value::String(_) if flat.each("enum").next().is_some() => *value = "MOCK_UNKNOWN_VALUE".into(),
        Value::Array(list) => {
            let items: Vec<&Value> = flat.each("items").collect();
            list.iter_mut().for_each(|item| unknown_enums(schemas, &items, item));
        }
        Value::Object(map) => {
            for (name, value) in map {
                let property: Vec<&Value> = flat.each("properties").filter_map(|p| p.get(name)).collect();
                unknown_enums(schemas, &property, value);
            }
        }
        _ => {}
    }
}

fn extra_fields(_: &Schemas, _: &[&Value], value: &mut Value) {
    fn walk(value: &mut Value) {
        match value {
            Value::Array(list) => list.iter_mut().for_each(walk),
            Value::Object(map) => {
                map.values_mut().for_each(walk);
                map.insert("mock_extra_field".into(), "new".into());
            }
            _ => {}
        }
    }
    walk(value);
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut fault = Self::default();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').map_or((part, ""), |(name, value)| (name.trim(), value.trim()));
            let number = || value.parse::<u64>().map_err(|_| format!("`{part}` needs a whole number after `=`"));
            match name.to_ascii_lowercase().replace('_', "-").as_str() {
                "status" => {
                    let status = u16::try_from(number()?).ok().filter(|status| (200..600).contains(status));
                    fault.status = Some(status.ok_or_else(|| format!("`{part}` is no status from 200 to 599"))?);
                }
                "retry-after" => fault.retry_after = Some(number()?),
                "latency" => fault.latency = Duration::from_millis(number()?).min(LONGEST),
                "times" => fault.times = Some(u32::try_from(number()?).unwrap_or(u32::MAX)),
                "done" => fault.done = Some(true),
                "not-done" => fault.done = Some(false),
                "timeout" => fault.body = Some(BodyFault::Timeout),
                "reset" => fault.body = Some(BodyFault::Reset),
                "truncated" => fault.body = Some(BodyFault::Truncated),
                "malformed" => fault.body = Some(BodyFault::Malformed),
                "unknown-enum" => fault.body = Some(BodyFault::UnknownEnum),
                "extra-field" => fault.body = Some(BodyFault::ExtraField),
                _ => {
                    return Err(format!(
                        "`{part}` is no fault; there are status=503, retry-after=1, latency=200 (milliseconds), reset, \
                         timeout, truncated, malformed, unknown-enum, extra-field, times=1, and whether the operation \
                         is done all the same: done, not-done"
                    ));
                }
            }
        }
        if (Self { done: None, times: None, ..fault.clone() }) == Self::default() {
            return Err("no fault is named".into());
        }
        Ok(fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.status.map(|status| format!("status={status}")));
        parts.extend(self.retry_after.map(|seconds| format!("retry-after={seconds}")));
        if !self.latency.is_zero() {
            parts.push(format!("latency={}", self.latency.as_millis()));
        }
        parts.extend(self.body.map(|body| {
            let name = match body {
                BodyFault::Reset => "reset",
                BodyFault::Timeout => "timeout",
                BodyFault::Truncated => "truncated",
                BodyFault::Malformed => "malformed",
                BodyFault::UnknownEnum => "unknown-enum",
                BodyFault::ExtraField => "extra-field",
            };
            name.to_owned()
        }));
        parts.push(if self.is_done() { "done" } else { "not-done" }.into());
        f.write_str(&parts.join("; "))
    }
}

/// The faults that wait for their requests.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The first that is for the operation; counted.
    pub(crate) fn take(&self, operation: &Operation) -> Option<Fault> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = all.iter().position(|fault| fault.times != Some(0) && fault.is_for(operation))?;
        let fault = all.get_mut(at)?;
        let taken = fault.clone();
        fault.times = fault.times.map(|times| times.saturating_sub(1));
        all.retain(|fault| fault.times != Some(0));
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use serde_json::json;
    use std::sync::Arc;

    fn operation() -> Operation {
        let text = "openapi: 3.0.0
paths:
  /a:
    get:
      operationId: a_get
      responses:
        '200':
          description: OK
          content:
            application/json:
              schema:
                type: array
                items: {type: object, properties: {status: {type: string, enum: [A]}, name: {type: string}}}";
        let document = Arc::new(Document::parse("pay", "x.yaml", text).expect("document"));
        crate::operation::all(&document, &[]).into_iter().next().expect("operation")
    }

    #[test]
    fn a_text_says_what_goes_wrong() {
        let fault: Fault = "status=503; Retry-After = 2; latency=50; times=1".parse().expect("fault");
        assert_eq!(fault, Fault::status(503).retry_after(2).after(Duration::from_millis(50)).times(1));
        assert_eq!("extra_field".parse(), Ok(Fault::extra_field()));
        let lost: Fault = "status=500; done".parse().expect("fault");
        assert!(lost.is_done() && lost == Fault::status(500).done() && lost.to_string() == "status=500; done");
        assert!(!Fault::status(500).is_done() && Fault::reset().is_done() && !Fault::timeout().not_done().is_done());
        for (text, why) in [
            ("done", "no fault is named"),
            ("", "no fault is named"),
            ("status=abc", "whole number"),
            ("status=99", "no status"),
            ("explode", "there are status=503"),
            ("latency=-1", "whole number"),
        ] {
            let told = text.parse::<Fault>().expect_err(text);
            assert!(told.contains(why), "{text}: {told}");
        }
    }

    #[test]
    fn each_is_for_its_operation_and_as_often_as_it_says() {
        let operation = operation();
        let faults = Faults::default();
        faults.add(Fault::reset().on("other"));
        faults.add(Fault::reset().in_service("other"));
        assert_eq!(faults.take(&operation), None);
        faults.add(Fault::status(409).on("a_get").in_service("pay").times(2));
        faults.add(Fault::malformed().on("GET /a"));
        for expected in [Some(BodyFault::Malformed), None, None].iter().rev().chain([&Some(BodyFault::Malformed)]) {
            assert_eq!(faults.take(&operation).expect("fault").body, *expected);
        }
        faults.clear();
        assert_eq!(faults.take(&operation), None);
    }

    #[test]
    fn bodies_are_spoiled_as_asked() {
        let operation = operation();
        let spoiled = |fault: Fault| {
            let body = json!([{"status": "A", "name": "x"}]);
            let answered = fault.spoil(&operation, Answered::json(StatusCode::OK, &body));
            String::from_utf8_lossy(&answered.body).into_owned()
        };
        assert_eq!(spoiled(Fault::unknown_enum()), r#"[{"status":"MOCK_UNKNOWN_VALUE","name":"x"}]"#);
        assert_eq!(spoiled(Fault::extra_field()), r#"[{"status":"A","name":"x","mock_extra_field":"new"}]"#);
        assert!(serde_json::from_str::<Value>(&spoiled(Fault::malformed())).is_err());
    }
}
