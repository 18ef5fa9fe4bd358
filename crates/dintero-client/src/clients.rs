//! The HTTP clients of a transport.
//!
//! A connection is driven by the runtime that opened it: taken from a pool by another, it waits for one that may be
//! idle for good. So each runtime has a client of its own. And a loopback address is asked for without a proxy,
//! whatever the environment says: what stands for Dintero there is given the credentials, which would go to the proxy
//! in clear.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use reqwest::{Client, Request, Response};
use tokio::runtime::{Handle, Id};

use crate::{Error, hosts};

/// Makes a client; for loopback addresses if that is said.
type Make = Box<dyn Fn(bool) -> Result<Client, Error> + Send + Sync>;

/// Most runtimes whose clients are kept. One that lost its own gets another.
const MOST: usize = 16;

#[derive(Clone)]
pub(crate) struct Clients(Arc<Shared>);

struct Shared {
    way: Way,
    places: Mutex<Vec<Place>>,
}

enum Way {
    /// The program's own client, for the runtime that comes first.
    Own(Client),
    Made(Make),
    #[cfg(test)]
    Scripted(tests::Script),
}

/// What a runtime has.
struct Place {
    /// Which; none has come yet.
    runtime: Option<Id>,
    near: Option<Client>,
    far: Option<Client>,
}

impl Place {
    fn of(&mut self, near: bool) -> &mut Option<Client> {
        match near {
            true => &mut self.near,
            false => &mut self.far,
        }
    }
}

impl Clients {
    pub(crate) fn own(client: Client) -> Self {
        Self::new(Way::Own(client), Vec::new())
    }

    /// Makes the client that calls will want first, so that settings which cannot work fail now.
    pub(crate) fn made(near: bool, make: Make) -> Result<Self, Error> {
        let mut place = Place { runtime: None, near: None, far: None };
        *place.of(near) = Some(make(near)?);
        Ok(Self::new(Way::Made(make), vec![place]))
    }

    fn new(way: Way, places: Vec<Place>) -> Self {
        Self(Arc::new(Shared { way, places: Mutex::new(places) }))
    }

    /// Sends a request by the client of this runtime.
    pub(crate) fn execute(&self, request: Box<Request>) -> Sending {
        #[cfg(test)]
        if let Way::Scripted(script) = &self.0.way {
            let script = Arc::clone(script);
            return Sending::Scripted(Box::pin(async move { tests::execute(&script, *request).await }));
        }
        match runtime().and_then(|runtime| self.client(runtime, hosts::is_loopback(request.url()))) {
            Ok(client) => Sending::Http(Box::pin(client.execute(*request))),
            Err(error) => Sending::Failed(Some(error)),
        }
    }

    fn client(&self, runtime: Id, near: bool) -> Result<Client, Error> {
        let mut places = self.0.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.iter_mut().find(|place| place.runtime == Some(runtime))
            && let Some(client) = place.of(near)
        {
            return Ok(client.clone());
        }
        let make = match &self.0.way {
            Way::Made(make) => make,
            Way::Own(_) if !places.is_empty() => {
                return Err(Error::config(
                    "runtime",
                    "the `http_client` of this transport was used in another tokio runtime, which its connections depend \
                     on; make a transport for each runtime, or use `configure_http`, which makes a client for each",
                ));
            }
            Way::Own(own) => {
                places.push(Place { runtime: Some(runtime), near: Some(own.clone()), far: Some(own.clone()) });
                return Ok(own.clone());
            }
            #[cfg(test)]
            Way::Scripted(_) => unreachable!("scripted requests need no client"),
        };
        let at = places.iter().position(|place| place.runtime.is_none_or(|it| it == runtime));
        let at = at.unwrap_or_else(|| {
            if places.len() >= MOST {
                places.remove(0);
            }
            places.push(Place { runtime: None, near: None, far: None });
            places.len() - 1
        });
        let place = &mut places[at];
        place.runtime = Some(runtime);
        let slot = place.of(near);
        let client = match slot {
            Some(client) => client.clone(),
            None => slot.insert(make(near)?).clone(),
        };
        Ok(client)
    }
}

/// A request on its way. An `async fn` would hold the request twice for as long as the answer takes.
pub(crate) enum Sending {
    Http(Pin<Box<dyn Future<Output = reqwest::Result<Response>> + Send>>),
    Failed(Option<Error>),
    #[cfg(test)]
    Scripted(tests::Answering),
}

impl Future for Sending {
    type Output = Result<Response, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Http(sending) => sending.as_mut().poll(cx).map_err(Error::http),
            Self::Failed(error) => error.take().map_or(Poll::Pending, |error| Poll::Ready(Err(error))),
            #[cfg(test)]
            Self::Scripted(sending) => sending.as_mut().poll(cx),
        }
    }
}

/// The runtime that this is called in.
pub(crate) fn runtime() -> Result<Id, Error> {
    let here = Handle::try_current();
    here.map(|handle| handle.id()).map_err(|_| {
        Error::config(
            "runtime",
            "there is no tokio runtime here; await the call in one, in `#[tokio::main]` for example",
        )
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::time::Duration;

    pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Response, Error>> + Send>>;
    pub(crate) type Script = Arc<dyn Fn(Request) -> Answering + Send + Sync>;

    impl Clients {
        /// Answers by a function, so that a test can do without sockets, and with a clock of its own.
        pub(crate) fn scripted(script: impl Fn(Request) -> Answering + Send + Sync + 'static) -> Self {
            Self::new(Way::Scripted(Arc::new(script)), Vec::new())
        }
    }

    /// As reqwest does, with the request's time for head and body.
    pub(super) async fn execute(script: &Script, request: Request) -> Result<Response, Error> {
        let limit = request.timeout().copied().unwrap_or(Duration::MAX);
        let begun = tokio::time::Instant::now();
        let answer = tokio::time::timeout(limit, script(request)).await;
        let answer = answer.unwrap_or_else(|_| Err(Error::timeout("operation timed out")))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = Limited {
            inner: Box::pin(answer.bytes_stream()),
            until: Box::pin(tokio::time::sleep_until(begun + limit)),
        };
        let mut limited = http::Response::builder().status(status).body(reqwest::Body::wrap_stream(body)).unwrap();
        *limited.headers_mut() = headers;
        Ok(limited.into())
    }

    struct Limited {
        inner: Pin<Box<dyn futures_core::Stream<Item = reqwest::Result<bytes::Bytes>> + Send>>,
        until: Pin<Box<tokio::time::Sleep>>,
    }

    impl futures_core::Stream for Limited {
        type Item = Result<bytes::Bytes, Box<dyn std::error::Error + Send + Sync>>;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<Option<Self::Item>> {
            if self.until.as_mut().poll(cx).is_ready() {
                return std::task::Poll::Ready(Some(Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into())));
            }
            self.inner.as_mut().poll_next(cx).map_err(Into::into)
        }
    }

    #[test]
    fn without_a_runtime_it_is_told() {
        let told = runtime().unwrap_err().to_string();
        assert!(told.contains("no tokio runtime here"), "{told}");
    }
}
