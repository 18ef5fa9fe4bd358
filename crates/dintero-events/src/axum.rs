//! Extractors for axum: a handler that takes one is called for what Dintero sent, and for nothing else.

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequest, Request};
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;

use crate::layer::{PublicUrl, Refused, callback, delivery, event, read};
use crate::{Callback, CallbackVerifier, Event, EventVerifier};

/// An event of a subscription, verified. The state has an [`EventVerifier`] (by `FromRef`).
///
/// A wrong signature is answered 401, what is not understood 503; take `Result<VerifiedEvent, Refused>` to log why.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VerifiedEvent {
    /// The event.
    pub event: Event,
    /// Id of the delivery, the same when it is sent again; for [`once`](crate::once).
    pub delivery: Option<String>,
    /// The body as it came.
    pub body: Bytes,
}

/// A callback of a session, verified. The state has a [`CallbackVerifier`] and a [`PublicUrl`] (by `FromRef`).
///
/// A wrong signature is answered 401, what is not understood 503; take `Result<VerifiedCallback, Refused>` to log why.
/// In a router that is nested the path that Dintero called is not seen any more: take callbacks at the top.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VerifiedCallback {
    /// What its query says. The transaction itself is read through the client.
    pub callback: Callback,
    /// The body as it came, empty with GET. The signature does not cover it.
    pub body: Bytes,
}

impl<S> FromRequest<S> for VerifiedEvent
where
    S: Send + Sync,
    EventVerifier: FromRef<S>,
{
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let body = read(body).await?;
        let event = event(&EventVerifier::from_ref(state), &parts, &body)?;
        Ok(Self { event, delivery: delivery(&parts), body })
    }
}

impl<S> FromRequest<S> for VerifiedCallback
where
    S: Send + Sync,
    CallbackVerifier: FromRef<S>,
    PublicUrl: FromRef<S>,
{
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let body = read(body).await?;
        let callback = callback(&CallbackVerifier::from_ref(state), &PublicUrl::from_ref(state), &parts)?;
        Ok(Self { callback, body })
    }
}

impl IntoResponse for Refused {
    /// The status alone: a forger does not learn why.
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status();
        response
    }
}
