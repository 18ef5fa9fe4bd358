//! Verification before a handler, as a `tower` layer; the extractors of axum go by the same road.
//!
//! The body is read whole and handed on as the bytes that came.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, request::Parts};
use http_body::Body;
use http_body_util::{BodyExt, Limited};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    Callback, CallbackVerifier, Event, EventVerifier, Headers, ParseError, SignatureError, parse, parse_callback,
};

/// Largest body that is read.
const LIMIT: usize = 2 << 20;

/// The public address of the shop, such as `https://shop.example`: what Dintero calls it by. Behind a proxy the request
/// itself does not know it, and signatures of callbacks cover it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Arc<str>);

impl PublicUrl {
    /// Scheme and host, without a path.
    pub fn new(url: &str) -> Self {
        Self(url.trim_end_matches('/').into())
    }
}

/// Why a request is not handed on.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Refused {
    /// It is not believed to be Dintero's: 401. Of the public address being wrong: 503, as that is the shop's own failure.
    Signature(SignatureError),
    /// It is from Dintero but was not understood: 503, so that it is sent again. The error keeps the content.
    NotUnderstood(ParseError),
    /// Its body could not be read to the end: 503.
    Body(String),
}

impl Refused {
    /// What is answered. Never a 4xx for what is the shop's own failure: to Dintero that is final.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Signature(SignatureError::Url { .. }) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Signature(_) => StatusCode::UNAUTHORIZED,
            Self::NotUnderstood(_) | Self::Body(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(why) => why.fmt(f),
            Self::NotUnderstood(why) => why.fmt(f),
            Self::Body(why) => write!(f, "the body could not be read: {why}"),
        }
    }
}

impl std::error::Error for Refused {}

pub(crate) async fn read<B>(body: B) -> Result<Bytes, Refused>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let read = Limited::new(body, LIMIT).collect().await;
    read.map(http_body_util::Collected::to_bytes).map_err(|why| Refused::Body(why.to_string()))
}

fn headers(map: &HeaderMap) -> Headers<'_> {
    Headers::new(|name| map.get(name).map(http::HeaderValue::as_bytes))
}

pub(crate) fn event(verifier: &EventVerifier, parts: &Parts, body: &[u8]) -> Result<Event, Refused> {
    let headers = headers(&parts.headers);
    verifier.verify(&headers, body).map_err(Refused::Signature)?;
    parse(&headers, body).map_err(Refused::NotUnderstood)
}

/// The id of a delivery.
#[cfg(feature = "axum")]
pub(crate) fn delivery(parts: &Parts) -> Option<String> {
    headers(&parts.headers).delivery().map(str::to_owned)
}

pub(crate) fn callback(verifier: &CallbackVerifier, public: &PublicUrl, parts: &Parts) -> Result<Callback, Refused> {
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let url = format!("{}{path}", public.0);
    let signature = parts.headers.get("dintero-signature").map(http::HeaderValue::as_bytes);
    verifier.verify(signature, parts.method.as_str(), &url).map_err(Refused::Signature)?;
    parse_callback(&url).map_err(Refused::NotUnderstood)
}

#[derive(Clone, Debug)]
enum Check {
    Events(EventVerifier),
    Callbacks(CallbackVerifier, PublicUrl),
}

/// Verifies before the service below it is asked, and puts the [`Event`] or the [`Callback`] into the request's
/// extensions. What is refused is answered with [`Refused::status`] and no body.
///
/// ```
/// use dintero_events::{EventVerifier, VerifyLayer};
///
/// let layer = VerifyLayer::events(EventVerifier::hmac_sha1(["secret"])?)
///     .on_refused(|why| eprintln!("refused: {why}"));
/// # let _ = layer;
/// # Ok::<(), dintero_events::BadSecret>(())
/// ```
#[derive(Clone)]
pub struct VerifyLayer {
    check: Check,
    told: Arc<dyn Fn(&Refused) + Send + Sync>,
}

impl VerifyLayer {
    /// For the events of a subscription.
    pub fn events(verifier: EventVerifier) -> Self {
        Self { check: Check::Events(verifier), told: Arc::new(|_| {}) }
    }

    /// For the callbacks of sessions. It sees the path that Dintero called only outside of a router that takes part of
    /// it away.
    pub fn callbacks(verifier: CallbackVerifier, public: PublicUrl) -> Self {
        Self { check: Check::Callbacks(verifier, public), told: Arc::new(|_| {}) }
    }

    /// Called with the reason why a request is refused, for the log.
    #[must_use]
    pub fn on_refused(mut self, told: impl Fn(&Refused) + Send + Sync + 'static) -> Self {
        self.told = Arc::new(told);
        self
    }
}

impl fmt::Debug for VerifyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyLayer").field("check", &self.check).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for VerifyLayer {
    type Service = VerifyService<S>;

    fn layer(&self, inner: S) -> VerifyService<S> {
        VerifyService { inner, layer: self.clone() }
    }
}

/// The service of a [`VerifyLayer`].
#[derive(Clone, Debug)]
pub struct VerifyService<S> {
    inner: S,
    layer: VerifyLayer,
}

impl<S, B, R> Service<Request<B>> for VerifyService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + From<Bytes> + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that is ready is used, a copy stays.
        let copy = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, copy);
        let VerifyLayer { check, told } = self.layer.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let checked = read(body).await.and_then(|body| {
                match &check {
                    Check::Events(verifier) => drop(parts.extensions.insert(event(verifier, &parts, &body)?)),
                    Check::Callbacks(verifier, public) => {
                        drop(parts.extensions.insert(callback(verifier, public, &parts)?));
                    }
                }
                Ok(body)
            });
            match checked {
                Ok(body) => inner.call(Request::from_parts(parts, B::from(body))).await,
                Err(why) => {
                    told(&why);
                    let mut response = Response::new(R::default());
                    *response.status_mut() = why.status();
                    Ok(response)
                }
            }
        })
    }
}
