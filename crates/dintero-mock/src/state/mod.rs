//! The lifecycle: what sessions and transactions there are, and what the operations of it do with them.

mod money;
mod paging;
mod shape;

use crate::answer::Answered;
use crate::operation::Operation;
use crate::part::{self, Lifecycle, Part};
use crate::post::{News, Post, Weather, What};
use crate::schema::Violation;
use crate::server::Checked;
use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use shape::{Listing, Shape};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So many sessions, and so many transactions, are kept; the oldest go first.
const MOST: usize = 10_000;

/// How a payment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The amount is reserved.
    Authorized,
    /// The amount is reserved and collected at once.
    Captured,
    /// The payment is refused.
    Declined,
    /// The payment waits for somebody's decision.
    OnHold,
    /// Something broke on the way.
    Failed,
    /// The amount is reserved, and collecting it at once failed.
    CaptureFailed,
}

impl Outcome {
    /// What callbacks and the customer's return say is wrong.
    pub(crate) fn error(self) -> Option<&'static str> {
        match self {
            Self::Declined => Some("authorization"),
            Self::Failed => Some("failed"),
            Self::CaptureFailed => Some("capture"),
            Self::Authorized | Self::Captured | Self::OnHold => None,
        }
    }
}

impl std::str::FromStr for Outcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().replace(['-', ' '], "_").as_str() {
            "authorized" => Ok(Self::Authorized),
            "captured" => Ok(Self::Captured),
            "declined" => Ok(Self::Declined),
            "on_hold" => Ok(Self::OnHold),
            "failed" => Ok(Self::Failed),
            "capture_failed" => Ok(Self::CaptureFailed),
            _ => Err(format!(
                "`{text}` is no outcome of a payment; it is authorized, captured, declined, on_hold, failed or \
                 capture_failed"
            )),
        }
    }
}

/// When a new session is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pay {
    /// At once, with this outcome.
    AtOnce(Outcome),
    /// When it is asked for.
    Manual,
}

/// Everything that is kept between requests.
pub(crate) struct State {
    seed: u64,
    pub(crate) pay: Pay,
    account: String,
    /// What a new transaction says besides.
    new_transaction: Map<String, Value>,
    /// Fields that hold whatever keys were posted.
    free_maps: Vec<String>,
    /// The operation whose shape transactions have where nobody asked for one.
    read: Option<Arc<Operation>>,
    pub(crate) post: Arc<Post>,
    kept: Mutex<Kept>,
    /// By the place of the operation, which lives as long as this.
    shapes: Mutex<HashMap<usize, Arc<Shape>>>,
    listings: Mutex<HashMap<usize, Arc<Listing>>>,
}

#[derive(Default)]
struct Kept {
    made: u64,
    sessions: Table,
    transactions: Table,
}

/// Things by their ids, in the order they were made.
#[derive(Default)]
struct Table {
    by_id: HashMap<String, Record>,
    order: VecDeque<String>,
}

/// One session or transaction.
#[derive(Default)]
struct Record {
    fields: Map<String, Value>,
    money: money::Money,
    /// Its answer per operation, until it changes.
    rendered: HashMap<usize, Answered>,
}

impl Table {
    fn insert(&mut self, id: &str, record: Record) {
        self.order.push_back(id.to_owned());
        self.by_id.insert(id.to_owned(), record);
        while self.order.len() > MOST {
            if let Some(gone) = self.order.pop_front() {
                self.by_id.remove(&gone);
            }
        }
    }
}

impl Record {
    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
        self.rendered.clear();
    }

    fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

use crate::post::now;

fn refused(status: StatusCode, code: &str, message: String) -> Answered {
    Answered::error(status, code, message, &[])
}

fn unknown(what: &str, id: &str) -> Answered {
    refused(StatusCode::NOT_FOUND, "NOT_FOUND", format!("there is no {what} `{id}`"))
}

impl State {
    pub(crate) fn new(
        seed: u64,
        pay: Pay,
        account: String,
        lifecycle: &Lifecycle,
        read: Option<Arc<Operation>>,
        post: Arc<Post>,
    ) -> Self {
        let (kept, shapes, listings) = Default::default();
        let (new_transaction, free_maps) = (lifecycle.transaction.clone(), lifecycle.free_maps.clone());
        Self { seed, pay, account, new_transaction, free_maps, read, post, kept, shapes, listings }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the operation answers by its part, and does. `base` is the address of the mock.
    pub(crate) fn answer(&self, part: Part, checked: &Checked<'_>, base: &str) -> Answered {
        let operation = checked.operation;
        let is_id = |name: &str| !crate::documents::ACCOUNT_PARAMETERS.contains(&name);
        let mut ids = checked.path.iter().filter(|(name, _)| is_id(name)).map(|(_, raw)| crate::parameter::decode(raw));
        let (id, second) = (ids.next().unwrap_or_default(), ids.next().unwrap_or_default());
        let weather = checked.weather.as_ref();
        let body = checked.body.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
        let result = match part {
            Part::Token => return refused(StatusCode::NOT_IMPLEMENTED, "NOT_IMPLEMENTED", "no token here".into()),
            Part::CreateSession => self.create_session(operation, checked, body, base),
            Part::CreateAndPaySession => self.create_and_pay(operation, body, base, weather),
            Part::GetSession => self.render_session(operation, &id),
            Part::UpdateSession => self.update_session(operation, &id, body),
            Part::CancelSession => self.cancel(&id, weather).and_then(|()| self.render_session(operation, &id)),
            Part::GetTransaction => self.render_transaction(operation, &id),
            Part::UpdateTransaction => self.change(operation, &id, weather, |record| {
                for (name, value) in body {
                    record.set(&name, value);
                }
                Ok(What::Updated)
            }),
            Part::Capture => self.change(operation, &id, weather, |record| money::capture(record, &body)),
            Part::Refund => self.change(operation, &id, weather, |record| money::refund(record, &body)),
            Part::Void => self.change(operation, &id, weather, money::void),
            Part::ExtendAuthorization => self.change(operation, &id, weather, money::extend),
            Part::ListSessions => self.list(operation, checked, |kept| &kept.sessions),
            Part::ListTransactions => self.list(operation, checked, |kept| &kept.transactions),
            Part::CreateSubscription => {
                let bad = |(field, why)| {
                    let violation = [Violation::new(format!("/body/{field}"), why)];
                    Answered::error(
                        StatusCode::BAD_REQUEST,
                        "BAD_REQUEST",
                        "the subscription cannot be used",
                        &violation,
                    )
                };
                let made = self.post.subscribe(body, weather).map_err(bad);
                made.and_then(|made| self.shape(operation).map(|shape| shape.fill(&made)))
            }
            Part::GetSubscription | Part::DeleteSubscription => {
                let found = match part {
                    Part::GetSubscription => self.post.subscriptions().into_iter().find(|s| s["id"] == id.as_str()),
                    _ => self.post.unsubscribe(&id),
                };
                self.found(operation, found, "subscription", &id)
            }
            Part::ListSubscriptions => self.page(operation, checked, self.post.subscriptions()),
            Part::PingSubscription => match self.post.ping(&id, weather) {
                true => Ok(self.nothing(operation)),
                false => Err(unknown("subscription", &id)),
            },
            Part::ListDeliveries => self.page(operation, checked, self.post.of_subscription(&id)),
            Part::GetDelivery => {
                let found =
                    self.post.of_subscription(&id).into_iter().find(|delivery| delivery["id"] == second.as_str());
                self.found(operation, found, "delivery", &second)
            }
            Part::MakeSignature => {
                let made = self.post.sign_callbacks(None);
                self.shape(operation).map(|shape| shape.fill(&made))
            }
            Part::GetSignature => {
                self.found(operation, self.post.signature(), "signature of callbacks", "of this account")
            }
        };
        result.unwrap_or_else(|refused| refused)
    }

    /// Pays a session, or decides on a payment that is on hold; gives the transaction's id.
    pub(crate) fn pay(&self, session: &str, outcome: Outcome, weather: Option<&Weather>) -> Result<String, Answered> {
        self.pay_with(session, outcome, Map::new(), weather)
    }

    /// `more` is what the transaction says of the payment besides.
    fn pay_with(
        &self,
        session: &str,
        outcome: Outcome,
        more: Map<String, Value>,
        weather: Option<&Weather>,
    ) -> Result<String, Answered> {
        let mut kept = self.kept();
        let Kept { made, sessions, transactions } = &mut *kept;
        let found = sessions.by_id.get_mut(session).ok_or_else(|| unknown("session", session))?;
        if let Some(id) = found.fields.get("transaction_id").and_then(Value::as_str) {
            let record = transactions.by_id.get_mut(id).ok_or_else(|| unknown("transaction", id))?;
            if record.text("status") != "ON_HOLD" {
                let message = format!("the session is paid already: its transaction {id} is {}", record.text("status"));
                return Err(refused(StatusCode::CONFLICT, "CONFLICT", message));
            }
            money::pay(record, outcome);
            record.set("updated_at", now());
            let id = id.to_owned();
            self.tell(What::Ended(outcome.error()), &found.fields, Some(&record.fields), weather);
            return Ok(id);
        }
        if found.fields.contains_key("cancelled_at") {
            return Err(refused(StatusCode::CONFLICT, "CONFLICT", "the session is cancelled".into()));
        }
        let captures =
            found.fields.get("configuration").and_then(|c| c.get("auto_capture")).is_some_and(|v| *v == true);
        let outcome = if captures && outcome == Outcome::Authorized { Outcome::Captured } else { outcome };
        *made += 1;
        let id = self.id(*made);
        let mut record = Record { fields: self.new_transaction.clone(), ..Record::default() };
        // What the order and the session tell of, as far as a transaction has it.
        let order = found.fields.get("order").and_then(Value::as_object).cloned().unwrap_or_default();
        record.fields.extend(order);
        for name in ["customer", "customer_ip", "metadata", "url"] {
            record.fields.extend(found.fields.get(name).map(|value| (name.to_owned(), value.clone())));
        }
        record.fields.extend(more);
        record.money.amount = record.fields.get("amount").and_then(Value::as_i64).unwrap_or_default();
        let time = now();
        for (name, value) in
            [("id", id.as_str()), ("session_id", session), ("created_at", &time), ("updated_at", &time)]
        {
            record.set(name, value);
        }
        let event = match outcome {
            Outcome::OnHold => "ON_HOLD_CALLBACK_SENT",
            Outcome::Declined => "DECLINED",
            Outcome::Failed => "FAILED",
            _ => "AUTHORIZED",
        };
        money::begin(&mut record);
        money::pay(&mut record, outcome);
        session_event(found, event);
        found.set("transaction_id", id.as_str());
        self.tell(What::Ended(outcome.error()), &found.fields, Some(&record.fields), weather);
        transactions.insert(&id, record);
        Ok(id)
    }

    /// The shop, or the customer, ends a session that is not paid.
    pub(crate) fn cancel(&self, id: &str, weather: Option<&Weather>) -> Result<(), Answered> {
        let mut kept = self.kept();
        let record = kept.sessions.by_id.get_mut(id).ok_or_else(|| unknown("session", id))?;
        if record.fields.contains_key("transaction_id") {
            let why = "the session is paid; void or refund its transaction";
            return Err(refused(StatusCode::CONFLICT, "CONFLICT", why.into()));
        }
        if record.fields.contains_key("cancelled_at") {
            return Err(refused(StatusCode::CONFLICT, "CONFLICT", "the session is cancelled already".into()));
        }
        record.set("cancelled_at", now());
        session_event(record, "CANCELLED");
        self.tell(What::Ended(Some("cancelled")), &record.fields, None, weather);
        Ok(())
    }

    /// A session as it is kept.
    pub(crate) fn session(&self, id: &str) -> Option<Map<String, Value>> {
        self.kept().sessions.by_id.get(id).map(|record| record.fields.clone())
    }

    /// A transaction as it is kept.
    pub(crate) fn transaction(&self, id: &str) -> Option<Map<String, Value>> {
        self.kept().transactions.by_id.get(id).map(|record| record.fields.clone())
    }

    /// Changes a session as the customer does, and gives what it is then.
    pub(crate) fn amend(&self, id: &str, change: impl FnOnce(&mut Map<String, Value>)) -> Option<Map<String, Value>> {
        let mut kept = self.kept();
        let record = kept.sessions.by_id.get_mut(id)?;
        change(&mut record.fields);
        record.rendered.clear();
        Some(record.fields.clone())
    }

    fn tell(
        &self,
        what: What,
        session: &Map<String, Value>,
        transaction: Option<&Map<String, Value>>,
        weather: Option<&Weather>,
    ) {
        if !self.post.is_awaited(session) {
            return;
        }
        let shape = self.read.as_ref().and_then(|operation| self.shape(operation).ok());
        let body = transaction.map(|fields| shape.map_or_else(|| fields.clone().into(), |shape| shape.value(fields)));
        self.post.tell(&News { what, session, transaction, body }, weather);
    }

    /// An id as Dintero's: the account and letters.
    fn id(&self, number: u64) -> String {
        let mut rng = fastrand::Rng::with_seed(self.seed.wrapping_mul(0x9e37_79b9).wrapping_add(number));
        let letters: String = (0..22).map(|_| rng.alphanumeric()).collect();
        format!("{}.{letters}", self.account)
    }

    fn create_session(
        &self,
        operation: &Arc<Operation>,
        checked: &Checked<'_>,
        body: Map<String, Value>,
        base: &str,
    ) -> Result<Answered, Answered> {
        let id = self.open_session(body, base);
        if let Pay::AtOnce(outcome) = self.pay {
            self.pay(&id, outcome, checked.weather.as_ref())?;
        }
        let kept = self.kept();
        let record = kept.sessions.by_id.get(&id).ok_or_else(|| unknown("session", &id))?;
        let mut fields = Map::from_iter([("id".to_owned(), id.as_str().into())]);
        fields.extend(record.fields.get("url_to_pay").map(|url| ("url".to_owned(), url.clone())));
        if checked.query.iter().any(|(name, value)| name == "include_session" && value == "true") {
            fields.insert("session".into(), Value::Object(record.fields.clone()));
        }
        Ok(self.shape(operation)?.fill(&fields))
    }

    /// A session that is not paid yet.
    fn open_session(&self, body: Map<String, Value>, base: &str) -> String {
        let mut kept = self.kept();
        kept.made += 1;
        let id = self.id(kept.made);
        let mut record = Record { fields: body, ..Record::default() };
        record.set("id", id.as_str());
        record.set("created_at", now());
        record.set("url_to_pay", format!("{base}/v1/view/{id}"));
        if !record.fields.contains_key("configuration") {
            record.set("configuration", json!({}));
        }
        session_event(&mut record, "INITIATED");
        kept.sessions.insert(&id, record);
        id
    }

    fn create_and_pay(
        &self,
        operation: &Arc<Operation>,
        mut body: Map<String, Value>,
        base: &str,
        weather: Option<&Weather>,
    ) -> Result<Answered, Answered> {
        let payment = body.get("payment").and_then(|p| p.get("payment_product_type")).cloned();
        let session = match body.remove("session") {
            Some(Value::Object(session)) => session,
            _ => Map::new(),
        };
        let session = self.open_session(session, base);
        // Nobody is there to wait for: a session that is left open elsewhere is paid here.
        let outcome = match self.pay {
            Pay::AtOnce(outcome) => outcome,
            Pay::Manual => Outcome::Authorized,
        };
        let mut more = Map::from_iter([("success".to_owned(), Value::from(outcome.error().is_none()))]);
        if let Some(payment) = payment {
            // The product is what the type begins with.
            if let Some((product, _)) = payment.as_str().and_then(|payment| payment.split_once('.')) {
                more.insert("payment_product".into(), product.into());
            }
            more.insert("payment_product_type".into(), payment);
        }
        let id = self.pay_with(&session, outcome, more, weather)?;
        self.render_transaction(operation, &id)
    }

    fn update_session(
        &self,
        operation: &Arc<Operation>,
        id: &str,
        body: Map<String, Value>,
    ) -> Result<Answered, Answered> {
        {
            let mut kept = self.kept();
            let record = kept.sessions.by_id.get_mut(id).ok_or_else(|| unknown("session", id))?;
            if record.fields.contains_key("transaction_id") {
                return Err(refused(
                    StatusCode::CONFLICT,
                    "CONFLICT",
                    "the session is paid and cannot be changed".into(),
                ));
            }
            for (name, value) in body {
                match (record.fields.get_mut(&name), value) {
                    (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
                    (_, value) => record.set(&name, value),
                }
            }
            session_event(record, "UPDATE_SESSION");
        }
        self.render_session(operation, id)
    }

    fn render_session(&self, operation: &Arc<Operation>, id: &str) -> Result<Answered, Answered> {
        self.render(operation, id, "session", |kept| &mut kept.sessions)
    }

    fn render_transaction(&self, operation: &Arc<Operation>, id: &str) -> Result<Answered, Answered> {
        self.render(operation, id, "transaction", |kept| &mut kept.transactions)
    }

    fn render(
        &self,
        operation: &Arc<Operation>,
        id: &str,
        what: &str,
        table: impl FnOnce(&mut Kept) -> &mut Table,
    ) -> Result<Answered, Answered> {
        let shape = self.shape(operation)?;
        let mut kept = self.kept();
        let record = table(&mut kept).by_id.get_mut(id).ok_or_else(|| unknown(what, id))?;
        let key = Arc::as_ptr(operation) as usize;
        if let Some(known) = record.rendered.get(&key) {
            return Ok(known.clone());
        }
        let answered = shape.fill(&record.fields);
        record.rendered.insert(key, answered.clone());
        Ok(answered)
    }

    /// Does something to a transaction, tells of it and answers it.
    fn change(
        &self,
        operation: &Arc<Operation>,
        id: &str,
        weather: Option<&Weather>,
        change: impl FnOnce(&mut Record) -> Result<What, Answered>,
    ) -> Result<Answered, Answered> {
        {
            let mut kept = self.kept();
            let Kept { sessions, transactions, .. } = &mut *kept;
            let record = transactions.by_id.get_mut(id).ok_or_else(|| unknown("transaction", id))?;
            let what = change(record)?;
            record.set("updated_at", now());
            let none = Map::new();
            let session = sessions.by_id.get(record.text("session_id")).map_or(&none, |session| &session.fields);
            self.tell(what, session, Some(&record.fields), weather);
        }
        self.render_transaction(operation, id)
    }

    fn found(
        &self,
        operation: &Arc<Operation>,
        found: Option<Map<String, Value>>,
        what: &str,
        id: &str,
    ) -> Result<Answered, Answered> {
        let found = found.ok_or_else(|| unknown(what, id))?;
        match part::answer_pointer(operation) {
            Some(_) => Ok(self.shape(operation)?.fill(&found)),
            None => Ok(self.nothing(operation)),
        }
    }

    /// The success of an operation that answers no body.
    fn nothing(&self, operation: &Operation) -> Answered {
        let (status, _) = crate::answer::success(operation);
        Answered { status, headers: Vec::new(), body: bytes::Bytes::new() }
    }

    /// A page of things that are kept elsewhere.
    fn page(
        &self,
        operation: &Arc<Operation>,
        checked: &Checked<'_>,
        all: Vec<Map<String, Value>>,
    ) -> Result<Answered, Answered> {
        let listing = self.listing(operation)?;
        let all: Vec<&Map<String, Value>> = all.iter().collect();
        let page = paging::page(&all, &checked.query, listing.limit, listing.refuses)?;
        Ok(listing.fill(&page.items, page.next))
    }

    fn list(
        &self,
        operation: &Arc<Operation>,
        checked: &Checked<'_>,
        table: impl FnOnce(&Kept) -> &Table,
    ) -> Result<Answered, Answered> {
        let listing = self.listing(operation)?;
        let kept = self.kept();
        let table = table(&kept);
        // The newest first.
        let all: Vec<&Map<String, Value>> =
            table.order.iter().rev().filter_map(|id| table.by_id.get(id)).map(|r| &r.fields).collect();
        let page = paging::page(&all, &checked.query, listing.limit, listing.refuses)?;
        Ok(listing.fill(&page.items, page.next))
    }

    fn shape(&self, operation: &Arc<Operation>) -> Result<Arc<Shape>, Answered> {
        let key = Arc::as_ptr(operation) as usize;
        let mut shapes = self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = shapes.get(&key) {
            return Ok(Arc::clone(known));
        }
        let (status, _) = crate::answer::success(operation);
        let pointer = part::answer_pointer(operation).ok_or_else(no_shape)?;
        let shape = Arc::new(Shape::of(&operation.document, &pointer, status, self.seed, &self.free_maps));
        shapes.insert(key, Arc::clone(&shape));
        Ok(shape)
    }

    fn listing(&self, operation: &Arc<Operation>) -> Result<Arc<Listing>, Answered> {
        let key = Arc::as_ptr(operation) as usize;
        let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = listings.get(&key) {
            return Ok(Arc::clone(known));
        }
        let listing = Arc::new(Listing::of(operation, self.seed, &self.free_maps).ok_or_else(no_shape)?);
        listings.insert(key, Arc::clone(&listing));
        Ok(listing)
    }
}

fn no_shape() -> Answered {
    refused(StatusCode::NOT_IMPLEMENTED, "NOT_IMPLEMENTED", "the document gives the answer no shape".into())
}

fn session_event(record: &mut Record, name: &str) {
    let event = json!({"name": name, "created_at": now()});
    match record.fields.get_mut("events") {
        Some(Value::Array(events)) => events.push(event),
        _ => record.set("events", json!([event])),
    }
    record.rendered.clear();
}
