//! Redirects that no document tells of.
//!
//! A read is followed, with its credential on the same host only. Whether a redirect is the answer
//! itself, the decoding function knows: `redirect` gives it, all others follow. So the way on waits
//! in the answer until one of them asks.
//!
//! Any https host is followed to: what is downloaded lies wherever its storage is, and is asked for without anything of
//! ours but `accept` and the user agent.

use reqwest::{
    Method, Request, Response, StatusCode, Url,
    header::{ACCEPT, HeaderMap, HeaderName, LOCATION, USER_AGENT},
};
use tracing::{Instrument, Span};

use crate::{Call, Error, hosts::has_user, send::Limits};

/// Most redirects followed for one call.
const MOST: usize = 5;

/// Headers that go along to another host. All others may be secrets, or matter to Dintero only.
pub(crate) const FOR_ALL: [HeaderName; 2] = [ACCEPT, USER_AGENT];

/// What it takes to go on from a redirect.
#[derive(Clone)]
pub(crate) struct Trail {
    url: Url,
    /// Without the credential that this crate puts on.
    headers: HeaderMap,
    limits: Limits,
    pub(crate) span: Span,
}

impl Trail {
    /// Leaves the way on in an answer that leads elsewhere. `bare` is what was sent, without
    /// credential.
    pub(crate) fn leave(mut answer: Response, bare: Option<Box<Request>>, limits: &Limits) -> Response {
        if leads_on(answer.status())
            && let Some(mut bare) = bare
            && matches!(*bare.method(), Method::GET | Method::HEAD)
        {
            let trail = Self {
                url: bare.url().clone(),
                headers: std::mem::take(bare.headers_mut()),
                limits: *limits,
                span: Span::none(),
            };
            answer.extensions_mut().insert(trail);
        }
        answer
    }
}

impl Call {
    /// The answer at the end of the redirects; the answer itself if it is none.
    pub(crate) async fn follow(&self, answer: Response) -> Result<Response, Error> {
        if !leads_on(answer.status()) || !answer.headers().contains_key(LOCATION) {
            return Ok(answer);
        }
        let Some(trail) = answer.extensions().get::<Trail>().cloned() else {
            let why = format!("{} calls do not follow redirects", self.operation.method);
            return Err(not_followed(&answer, &why));
        };
        let span = trail.span.clone();
        self.follow_on(answer, trail).instrument(span).await
    }

    async fn follow_on(&self, mut answer: Response, trail: Trail) -> Result<Response, Error> {
        let hosts = &self.transport.0.hosts;
        let home = trail.url.origin();
        let mut headers = trail.headers;
        let mut at_home = true;
        for _ in 0..MOST {
            let Some(location) = location(answer.url(), answer.headers()) else {
                return Err(not_followed(&answer, "the address is none"));
            };
            let from_https = answer.url().scheme() == "https";
            if !matches!(location.scheme(), "http" | "https") || from_https && location.scheme() == "http" {
                return Err(not_followed(&answer, "the address is not https"));
            }
            if has_user(&location) {
                return Err(not_followed(&answer, "the address has a user name"));
            }
            // An override stands for the published hosts here too.
            let url = hosts.resolve_address(location.clone()).unwrap_or(location);
            // Who has left gets no credential on a way back that others have laid.
            at_home &= url.origin() == home;
            if !at_home {
                headers = public(&headers);
            }
            tracing::debug!(target: "dintero", host = url.host_str(), at_home, "following a redirect");
            let mut request = Box::new(Request::new(answer_method(self), url));
            *request.headers_mut() = headers.clone();
            answer = self.attempts(request, &trail.limits, at_home).await?;
            if !leads_on(answer.status()) {
                trail.span.record("http.response.status_code", answer.status().as_u16());
                return Ok(answer);
            }
        }
        Err(not_followed(&answer, "5 redirects have been followed"))
    }
}

fn answer_method(call: &Call) -> Method {
    match call.operation.method {
        "HEAD" => Method::HEAD,
        _ => Method::GET,
    }
}

fn public(headers: &HeaderMap) -> HeaderMap {
    let kept = FOR_ALL.into_iter();
    kept.filter_map(|name| Some((name.clone(), headers.get(&name)?.clone()))).collect()
}

fn leads_on(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Where a redirect leads.
pub(crate) fn location(base: &Url, headers: &HeaderMap) -> Option<Url> {
    base.join(headers.get(LOCATION)?.to_str().ok()?).ok()
}

fn not_followed(answer: &Response, why: &str) -> Error {
    let headers = answer.headers().clone();
    let to = match location(answer.url(), &headers) {
        // The query often holds a session's token; the header itself is in the error.
        Some(url) => format!("{}{}", url.origin().ascii_serialization(), url.path()),
        None => "an address that cannot be read".to_owned(),
    };
    let why = format!("the service redirects to {to}, which is not followed: {why}");
    Error::redirected(answer.status(), headers, why)
}
