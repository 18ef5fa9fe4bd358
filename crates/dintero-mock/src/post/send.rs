//! Sends parcels: each target in its order, again when it is not taken, as bad weather has it.

use super::{Delivery, Fate, Post, Secret, Weather, now, sign, weather};
use axum::http::{HeaderName, HeaderValue, Request, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use url::Url;

/// So long a parcel that is to be overtaken waits for the one that overtakes it.
const OVERTAKEN: Duration = Duration::from_secs(1);
/// Longest time between two attempts.
const LONGEST: Duration = Duration::from_secs(60);
/// As much of an answer is read.
const ANSWER: usize = 64 << 10;
/// How old an old timestamp is, in seconds.
const OLD: u64 = 3_600;

pub(super) type Client = hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>;

pub(super) fn client() -> Client {
    hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http()
}

/// Who it is for, and who vouches for it.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Event { subscription: String, secret: Secret },
    Callback { account: String },
    Question,
}

/// Something to be delivered.
#[derive(Debug, Clone)]
pub(super) struct Parcel {
    pub(super) kind: Kind,
    pub(super) event: String,
    pub(super) id: String,
    pub(super) method: String,
    pub(super) url: String,
    pub(super) body: Bytes,
    pub(super) weather: Option<Weather>,
    pub(super) delay: Duration,
    /// How often it is sent again.
    pub(super) retries: u32,
}

impl Parcel {
    /// What keeps its order: a subscription; all callbacks of one address.
    pub(super) fn target(&self) -> String {
        match &self.kind {
            Kind::Event { subscription, .. } => subscription.clone(),
            _ => Url::parse(&self.url)
                .map_or_else(|_| self.url.clone(), |url| format!("{}{}", url.authority(), url.path())),
        }
    }

    /// Itself as the weather leaves it, and what comes with it.
    pub(super) fn in_its_weather(mut self) -> Vec<Self> {
        let Some(weather) = self.weather.clone() else { return vec![self] };
        let mut out = Vec::new();
        if weather.new_field {
            if let Ok(mut body) = serde_json::from_slice::<Value>(&self.body) {
                weather::add_fields(&mut body);
                self.body = body.to_string().into();
            }
            if let (Kind::Callback { .. }, Ok(mut url)) = (&self.kind, Url::parse(&self.url)) {
                url.query_pairs_mut().append_pair("mock_new_field", "new");
                self.url = url.into();
            }
        }
        if weather.unknown_event && matches!(self.kind, Kind::Event { .. }) {
            let mut unknown = self.clone();
            unknown.event = "mock_unknown_event".into();
            unknown.id = format!("{}-unknown", self.id);
            let mut body = serde_json::from_slice::<Value>(&self.body).unwrap_or_default();
            for (name, value) in [("event", &unknown.event), ("event_delivery", &unknown.id)] {
                if body.get(name).is_some() {
                    body[name] = value.as_str().into();
                }
            }
            unknown.body = body.to_string().into();
            unknown.weather = Some(Weather::default().unknown_event());
            out.push(unknown);
        }
        self.delay += weather.delay;
        out.push(self.clone());
        if weather.duplicate {
            self.weather = Some(Weather::default().duplicate());
            out.push(self);
        }
        out
    }

    /// Its headers, and those that the log shows.
    fn headers(&self, post: &Post, attempt: u32) -> Vec<(String, String)> {
        let mut out = vec![("event-delivery".to_owned(), self.id.clone())];
        let weather = self.weather.as_ref().filter(|_| attempt == 1);
        let is_wrong = weather.is_some_and(|weather| weather.wrong_signature);
        let exposed = |secret: &SecretString| match is_wrong {
            true => format!("not {}", secret.expose_secret()),
            false => secret.expose_secret().to_owned(),
        };
        match &self.kind {
            Kind::Event { secret, .. } => {
                out.push(("event".into(), self.event.clone()));
                match secret {
                    Secret::HmacSha1(secret) => {
                        out.push(("event-signature".into(), sign::event(&exposed(secret), &self.body)));
                    }
                    Secret::Authorization(value) => out.push(("authorization".into(), exposed(value))),
                    Secret::Aws4 | Secret::None => {}
                }
            }
            Kind::Callback { account } => {
                let secret = post.signature_secret();
                let mut time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
                if weather.is_some_and(|weather| weather.old_timestamp) {
                    time = time.saturating_sub(OLD);
                }
                let signed = secret.and_then(|s| sign::callback(&exposed(&s), account, &self.method, &self.url, time));
                out.extend(signed.map(|signed| ("dintero-signature".to_owned(), signed)));
            }
            Kind::Question => {}
        }
        if !self.body.is_empty() {
            out.push(("content-type".into(), "application/json".into()));
        }
        out
    }

    /// Whether the endpoint took it, and otherwise whether it is sent again.
    fn judge(&self, status: Option<u16>) -> (bool, bool) {
        match (&self.kind, status) {
            (Kind::Event { .. }, status) => (status == Some(200), true),
            (_, Some(status)) => ((200..400).contains(&status), !(400..500).contains(&status)),
            (_, None) => (false, true),
        }
    }
}

/// The worker of one target: the first attempts, one after the other.
pub(super) async fn in_order(post: Arc<Post>, mut parcels: mpsc::UnboundedReceiver<Parcel>) {
    let mut overtaken: Option<Parcel> = None;
    loop {
        let next = match &overtaken {
            None => parcels.recv().await,
            Some(_) => match tokio::time::timeout(OVERTAKEN, parcels.recv()).await {
                Ok(next) => next,
                Err(_) => {
                    deliver(&post, overtaken.take()).await;
                    continue;
                }
            },
        };
        let Some(parcel) = next else { break };
        if overtaken.is_none() && parcel.weather.as_ref().is_some_and(|weather| weather.reorder) {
            overtaken = Some(parcel);
            continue;
        }
        deliver(&post, Some(parcel)).await;
        deliver(&post, overtaken.take()).await;
    }
}

/// The first attempt, and more beside the road if need be.
async fn deliver(post: &Arc<Post>, parcel: Option<Parcel>) {
    let Some(parcel) = parcel else { return };
    if !parcel.delay.is_zero() {
        let post = Arc::clone(post);
        tokio::spawn(async move {
            tokio::time::sleep(parcel.delay).await;
            if !attempt(&post, &parcel, 1).await {
                again(&post, &parcel).await;
            }
        });
    } else if !attempt(post, &parcel, 1).await {
        let post = Arc::clone(post);
        tokio::spawn(async move { again(&post, &parcel).await });
    }
}

async fn again(post: &Arc<Post>, parcel: &Parcel) {
    let mut wait = post.rules.retry_delay;
    for number in 2..parcel.retries + 2 {
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST);
        if attempt(post, parcel, number).await {
            return;
        }
    }
}

/// One attempt; whether that was the last.
async fn attempt(post: &Arc<Post>, parcel: &Parcel, number: u32) -> bool {
    let (record, subscription) = try_once(post, parcel, number).await;
    let is_last = record.fate != Fate::SentAgain;
    post.done(record, subscription);
    is_last
}

/// A question and its answer.
pub(super) async fn ask(post: &Arc<Post>, parcel: &Parcel) -> Result<(u16, Bytes), String> {
    let (record, _) = try_once(post, parcel, 1).await;
    let answer = (record.status, record.answer.clone(), record.problem.clone());
    post.done(record, None);
    match answer {
        (Some(status), body, _) => Ok((status, body)),
        (None, _, problem) => Err(problem.unwrap_or_default()),
    }
}

async fn try_once<'p>(post: &Arc<Post>, parcel: &'p Parcel, number: u32) -> (Delivery, Option<&'p str>) {
    let headers = parcel.headers(post, number);
    let (sent_at, begun) = (now(), Instant::now());
    let sent = tokio::time::timeout(post.rules.timeout, call(post, parcel, &headers)).await;
    let sent = sent.unwrap_or_else(|_| Err(format!("no answer within {} s", post.rules.timeout.as_secs_f32())));
    let (status, answer, mut problem) = match sent {
        Ok((status, answer)) => (Some(status), answer, None),
        Err(why) => (None, Bytes::new(), Some(why)),
    };
    let (is_taken, can_repeat) = parcel.judge(status);
    let fate = match (is_taken, can_repeat && number <= parcel.retries) {
        (true, _) => Fate::Accepted,
        (false, true) => Fate::SentAgain,
        (false, false) => Fate::GivenUp,
    };
    let subscription = match &parcel.kind {
        Kind::Event { subscription, secret } => {
            if matches!(secret, Secret::Aws4) {
                problem.get_or_insert_with(|| "not signed: the mock makes no AWS4-HMAC-SHA256".into());
            }
            Some(subscription.as_str())
        }
        _ => None,
    };
    let hidden = |(name, value): (String, String)| match name.as_str() {
        "authorization" => (name, "...".to_owned()),
        _ => (name, value),
    };
    let record = Delivery {
        id: parcel.id.clone(),
        attempt: number,
        event: parcel.event.clone(),
        method: parcel.method.clone(),
        url: parcel.url.clone(),
        headers: headers.into_iter().map(hidden).collect(),
        body: parcel.body.clone(),
        status,
        answer,
        problem,
        weather: parcel.weather.as_ref().map(ToString::to_string),
        fate,
        sent_at,
        took: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    (record, subscription)
}

async fn call(post: &Post, parcel: &Parcel, headers: &[(String, String)]) -> Result<(u16, Bytes), String> {
    let url = Url::parse(&parcel.url).map_err(|why| format!("`{}` is no address: {why}", parcel.url))?;
    if url.scheme() != "http" {
        return Err(format!("the mock delivers over plain http alone, not over {}", url.scheme()));
    }
    let mut request = Request::builder().method(parcel.method.as_str()).uri(url.as_str());
    request = request.header(header::USER_AGENT, "dintero-mock");
    for (name, value) in headers {
        let name: HeaderName = name.parse().map_err(|_| format!("`{name}` is no header"))?;
        request =
            request.header(name, HeaderValue::from_str(value).map_err(|_| "the secret fits no header".to_owned())?);
    }
    let request = request.body(Full::new(parcel.body.clone())).map_err(|why| why.to_string())?;
    let response = post.client.request(request).await.map_err(|why| told(&why))?;
    let status = response.status().as_u16();
    let body = http_body_util::Limited::new(response.into_body(), ANSWER).collect().await;
    Ok((status, body.map(http_body_util::Collected::to_bytes).unwrap_or_default()))
}

/// With what is behind it.
fn told(why: &dyn std::error::Error) -> String {
    let mut text = why.to_string();
    let mut source = why.source();
    while let Some(why) = source {
        text.push_str(&format!(": {why}"));
        source = why.source();
    }
    text
}
