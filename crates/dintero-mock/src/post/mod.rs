//! What leaves the mock on its own: the events of subscriptions, the callbacks of sessions, the questions of an express
//! checkout. Who gets what stands here; how it is sent, again and again, in `send`.

mod callback;
mod mask;
mod record;
mod send;
mod sign;
mod weather;

pub use record::{Delivery, Fate};
pub(crate) use weather::HEADER as WEATHER_HEADER;
pub use weather::Weather;

use crate::part::{self, When};
use chrono::{SecondsFormat, Utc};
use record::Records;
use secrecy::SecretString;
use send::{Kind, Parcel};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use weather::Weathers;

/// How often a delivery is sent again, as Dintero documents it.
const EVENT_RETRIES: u32 = 5;
const CALLBACK_RETRIES: u32 = 20;

/// When things are sent. Dintero does not say how long it waits between attempts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// Before the first retry; twice as long before each that follows, a minute at most.
    pub(crate) retry_delay: Duration,
    /// How long a second of `delay_callback` lasts.
    pub(crate) callback_second: Duration,
    /// How long an endpoint may take to answer.
    pub(crate) timeout: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self { retry_delay: second, callback_second: second, timeout: second * 10 }
    }
}

/// Something that happened to a session or its transaction.
pub(crate) struct News<'a> {
    pub(crate) what: What,
    pub(crate) session: &'a Map<String, Value>,
    pub(crate) transaction: Option<&'a Map<String, Value>>,
    /// The transaction as it is read; the body of a callback by POST.
    pub(crate) body: Option<Value>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// The payment came to an end, with this error if it failed.
    Ended(Option<&'static str>),
    /// Something was done with the transaction: the name of the event and its id.
    Done(String, String),
    /// The transaction says something else now.
    Updated,
}

/// How a subscription's deliveries are vouched for.
#[derive(Debug, Clone)]
pub(crate) enum Secret {
    None,
    HmacSha1(SecretString),
    Authorization(SecretString),
    /// The mock does not sign so; the log says it.
    Aws4,
}

impl Secret {
    /// As a subscription has it.
    fn of(secret: Option<&Value>) -> Self {
        let text = |name: &str| secret.and_then(|secret| secret.get(name)).and_then(Value::as_str).unwrap_or_default();
        match text("type") {
            "HMAC-SHA1" => Self::HmacSha1(text("value").into()),
            "Authorization" => Self::Authorization(text("value").into()),
            "AWS4-HMAC-SHA256" => Self::Aws4,
            _ => Self::None,
        }
    }
}

struct Subscription {
    fields: Map<String, Value>,
    url: String,
    secret: Secret,
    events: Vec<String>,
    mask: mask::Mask,
    is_active: bool,
}

impl Subscription {
    fn id(&self) -> &str {
        self.fields.get("id").and_then(Value::as_str).unwrap_or_default()
    }

    fn takes(&self, event: &str) -> bool {
        self.is_active && self.events.iter().any(|known| known == event)
    }
}

#[derive(Default)]
struct Kept {
    made: u64,
    subscriptions: Vec<Subscription>,
    signature: Option<(Map<String, Value>, SecretString)>,
    /// What is sent to each of them goes out in its order.
    targets: HashMap<String, mpsc::UnboundedSender<Parcel>>,
    records: Records,
}

/// Sends what is to be sent, and remembers what was.
pub(crate) struct Post {
    account: String,
    seed: u64,
    rules: Rules,
    events: Vec<part::Event>,
    handle: Handle,
    client: send::Client,
    kept: Mutex<Kept>,
    pending: watch::Sender<usize>,
    pub(crate) weathers: Weathers,
    observer: Option<Observer>,
}

/// Is told of attempts.
pub(crate) type Observer = Box<dyn Fn(&Delivery) + Send + Sync>;

pub(crate) fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A text of a template, filled in; nothing where nothing is known.
fn filled(template: &Value, context: &Value) -> Option<Value> {
    match template {
        Value::String(text) => match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(name) => {
                let found = name.split('.').try_fold(context, |value, step| value.get(step))?;
                (!found.is_null()).then(|| found.clone())
            }
            None => Some(template.clone()),
        },
        Value::Object(map) => {
            let each = map.iter().filter_map(|(name, value)| Some((name.clone(), filled(value, context)?)));
            Some(Value::Object(each.collect()))
        }
        other => Some(other.clone()),
    }
}

impl Post {
    pub(crate) fn new(
        account: String,
        seed: u64,
        rules: Rules,
        events: Vec<part::Event>,
        handle: Handle,
        observer: Option<Observer>,
    ) -> Arc<Self> {
        Arc::new(Self {
            account,
            seed,
            rules,
            events,
            client: send::client(),
            handle,
            kept: Mutex::default(),
            pending: watch::Sender::new(0),
            weathers: Weathers::default(),
            observer,
        })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new id, the same in each run.
    fn uuid(&self, kept: &mut Kept) -> String {
        kept.made += 1;
        let mut rng = fastrand::Rng::with_seed(self.seed.wrapping_mul(0x85eb_ca6b).wrapping_add(kept.made));
        let (a, b) = (rng.u64(..), rng.u64(..));
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 48 & 0xfff,
            b & 0xffff_ffff_ffff
        )
    }

    /// Everything that was sent, the oldest first, as much as is kept.
    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.kept().records.all()
    }

    pub(crate) fn forget_deliveries(&self) {
        self.kept().records.clear();
    }

    /// How many deliveries have not come to their end.
    pub(crate) fn pending(&self) -> watch::Receiver<usize> {
        self.pending.subscribe()
    }

    /// A subscription of all events, or as it was posted; it is sent a ping. `Err` names the field that cannot be used,
    /// and says why.
    pub(crate) fn subscribe(
        self: &Arc<Self>,
        mut fields: Map<String, Value>,
        weather: Option<&Weather>,
    ) -> Result<Map<String, Value>, (&'static str, String)> {
        let mask = mask::Mask::of(&fields)?;
        let mut kept = self.kept();
        let id = self.uuid(&mut kept);
        for (name, value) in [("id", json!(id)), ("created_at", json!(now())), ("updated_at", json!(now()))] {
            fields.insert(name.into(), value);
        }
        let known = self.events.iter().filter(|event| event.when != When::Subscribed).map(|event| event.name.as_str());
        fields.entry("events").or_insert_with(|| known.collect());
        let is_active = fields.entry("active").or_insert(json!(true)) != &json!(false);
        let names = |list: &Vec<Value>| list.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let subscription = Subscription {
            url: fields.get("config").and_then(|c| c.get("url")).and_then(Value::as_str).unwrap_or_default().into(),
            secret: Secret::of(fields.get("config").and_then(|config| config.get("secret"))),
            events: fields.get("events").and_then(Value::as_array).map(names).unwrap_or_default(),
            fields: fields.clone(),
            mask,
            is_active,
        };
        kept.subscriptions.push(subscription);
        drop(kept);
        self.ping(&id, weather);
        Ok(fields)
    }

    /// Whether there is such a subscription, that is now sent a ping.
    pub(crate) fn ping(self: &Arc<Self>, id: &str, weather: Option<&Weather>) -> bool {
        let mut kept = self.kept();
        let Some(at) = kept.subscriptions.iter().position(|s| s.id() == id) else { return false };
        let events = self.events.iter().filter(|event| event.when == When::Subscribed);
        for event in events {
            self.event(&mut kept, at, event, &json!({}), weather);
        }
        true
    }

    pub(crate) fn subscriptions(&self) -> Vec<Map<String, Value>> {
        self.kept().subscriptions.iter().map(|subscription| subscription.fields.clone()).collect()
    }

    /// Whether there was one.
    pub(crate) fn unsubscribe(&self, id: &str) -> Option<Map<String, Value>> {
        let mut kept = self.kept();
        let at = kept.subscriptions.iter().position(|s| s.id() == id)?;
        Some(kept.subscriptions.remove(at).fields)
    }

    /// The deliveries of a subscription as its operations show them, the newest first.
    pub(crate) fn of_subscription(&self, id: &str) -> Vec<Map<String, Value>> {
        self.kept().records.of(id)
    }

    /// From now on callbacks are signed with this secret, or with a new one.
    pub(crate) fn sign_callbacks(&self, secret: Option<String>) -> Map<String, Value> {
        let mut kept = self.kept();
        let id = self.uuid(&mut kept);
        let secret = secret.unwrap_or_else(|| format!("mock-signature-{}", id.replace('-', "")));
        let fields = json!({
            "id": id, "created_at": now(), "created_by": "dintero-mock",
            "signature": {"type": sign::CALLBACK_VERSION, "secret": secret},
        });
        let Value::Object(fields) = fields else { return Map::new() };
        kept.signature = Some((fields.clone(), secret.into()));
        fields
    }

    pub(crate) fn signature(&self) -> Option<Map<String, Value>> {
        self.kept().signature.as_ref().map(|(fields, _)| fields.clone())
    }

    fn signature_secret(&self) -> Option<SecretString> {
        self.kept().signature.as_ref().map(|(_, secret)| secret.clone())
    }

    /// Whether anybody listens to what happens to this session.
    pub(crate) fn is_awaited(&self, session: &Map<String, Value>) -> bool {
        callback::url_of(session).is_some() || !self.kept().subscriptions.is_empty()
    }

    /// Sends what the news set off.
    pub(crate) fn tell(self: &Arc<Self>, news: &News<'_>, weather: Option<&Weather>) {
        let error = match &news.what {
            What::Ended(error) => *error,
            _ => None,
        };
        let context = json!({"session": news.session, "transaction": news.transaction, "error": error});
        let mut kept = self.kept();
        for event in &self.events {
            let is_due = match event.when {
                When::Subscribed => false,
                When::Authorization => matches!(news.what, What::Ended(_)),
                When::Transaction => news.transaction.is_some(),
            };
            let takers = (0..kept.subscriptions.len()).filter(|_| is_due);
            for at in takers.collect::<Vec<_>>() {
                if kept.subscriptions.get(at).is_some_and(|subscription| subscription.takes(&event.name)) {
                    self.event(&mut kept, at, event, &context, weather);
                }
            }
        }
        if let Some(call) = callback::of(news) {
            let id = self.uuid(&mut kept);
            let parcel = Parcel {
                kind: Kind::Callback { account: self.account.clone() },
                event: "callback".into(),
                id,
                method: call.method,
                url: call.url,
                body: call.body.map(|body| body.to_string().into()).unwrap_or_default(),
                weather: None,
                delay: self.rules.callback_second * call.delay,
                retries: CALLBACK_RETRIES,
            };
            self.queue(&mut kept, parcel, weather);
        }
    }

    /// Sends one subscription one event.
    fn event(
        self: &Arc<Self>,
        kept: &mut Kept,
        at: usize,
        event: &part::Event,
        context: &Value,
        weather: Option<&Weather>,
    ) {
        let id = self.uuid(kept);
        let Some(subscription) = kept.subscriptions.get(at) else { return };
        let mut context = context.clone();
        if let Value::Object(context) = &mut context {
            for (name, value) in [("account", &self.account), ("event", &event.name), ("delivery", &id)] {
                context.insert(name.into(), value.as_str().into());
            }
        }
        let body = subscription.mask.apply(filled(&event.body, &context).unwrap_or_default());
        let parcel = Parcel {
            kind: Kind::Event { subscription: subscription.id().into(), secret: subscription.secret.clone() },
            event: event.name.clone(),
            id,
            method: "POST".into(),
            url: subscription.url.clone(),
            body: body.to_string().into(),
            weather: None,
            delay: Duration::ZERO,
            retries: EVENT_RETRIES,
        };
        self.queue(kept, parcel, weather);
    }

    /// Puts a parcel behind what its target is still to get; in bad weather with company.
    fn queue(self: &Arc<Self>, kept: &mut Kept, mut parcel: Parcel, weather: Option<&Weather>) {
        let asked = weather.filter(|weather| weather.is_for(&parcel.event)).cloned();
        parcel.weather = asked.or_else(|| self.weathers.take(&parcel.event));
        for parcel in parcel.in_its_weather() {
            self.pending.send_modify(|pending| *pending += 1);
            let target = kept.targets.entry(parcel.target()).or_insert_with(|| {
                let (sender, receiver) = mpsc::unbounded_channel();
                self.handle.spawn(send::in_order(Arc::clone(self), receiver));
                sender
            });
            // Its worker lives as long as this.
            let _ = target.send(parcel);
        }
    }

    fn done(&self, record: Delivery, subscription: Option<&str>) {
        let ended = record.fate != Fate::SentAgain;
        if let Some(observer) = &self.observer {
            observer(&record);
        }
        self.kept().records.push(record, subscription);
        if ended {
            self.pending.send_modify(|pending| *pending = pending.saturating_sub(1));
        }
    }

    /// Asks a shop something and gives the status and the body of its answer.
    pub(crate) async fn ask(
        self: &Arc<Self>,
        about: &str,
        url: &str,
        question: &Value,
    ) -> Result<(u16, bytes::Bytes), String> {
        let parcel = Parcel {
            kind: Kind::Question,
            event: about.into(),
            id: self.uuid(&mut self.kept()),
            method: "POST".into(),
            url: url.into(),
            body: question.to_string().into(),
            weather: None,
            delay: Duration::ZERO,
            retries: 0,
        };
        self.pending.send_modify(|pending| *pending += 1);
        send::ask(self, &parcel).await
    }

    /// What was wrong with an answer, beside it in the log.
    pub(crate) fn complain(&self, about: &str, problem: String) {
        self.kept().records.complain(about, problem);
    }
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Post").field("account", &self.account).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_subscription_gets_the_fields_that_it_asked_for() {
        let body = json!({"account_id": "{account}", "transaction": {"id": "{transaction.id}", "status": "{transaction.status}"}});
        let event = part::Event { name: "checkout_transaction".into(), when: When::Transaction, body };
        let post = Post::new("T1".into(), 0, Rules::default(), vec![event], Handle::current(), None);
        let subscribe = |more: Value| {
            let mut fields = json!({"config": {"url": "http://127.0.0.1:1/"}, "events": ["checkout_transaction"]});
            fields.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
            post.subscribe(fields.as_object().expect("object").clone(), None)
        };
        assert_eq!(subscribe(json!({"fields": "a("})).expect_err("no mask").0, "fields");
        subscribe(json!({"fields": "transaction(id,status)", "exclude_fields": ["transaction.status"]}))
            .expect("taken");
        let transaction = json!({"id": "t", "status": "CAPTURED", "session_id": "s"});
        let transaction = transaction.as_object();
        post.tell(&News { what: What::Updated, session: &Map::new(), transaction, body: None }, None);
        let found = || post.deliveries().into_iter().find(|delivery| delivery.event == "checkout_transaction");
        let sent = loop {
            match found() {
                Some(sent) => break sent.json().expect("JSON"),
                None => tokio::task::yield_now().await,
            }
        };
        assert_eq!((&sent["account_id"], &sent["transaction"]), (&json!("T1"), &json!({"id": "t"})), "{sent}");
    }

    #[test]
    fn what_is_not_known_is_left_out_of_an_event() {
        let template =
            json!({"event": "{event}", "fixed": "text", "of": {"id": "{transaction.id}", "error": "{error}"}});
        let context = json!({"event": "e", "transaction": {"id": "t"}, "error": null});
        assert_eq!(filled(&template, &context), Some(json!({"event": "e", "fixed": "text", "of": {"id": "t"}})));
        assert_eq!(filled(&json!({"a": "{none.at.all}"}), &context), Some(json!({})));
    }
}
