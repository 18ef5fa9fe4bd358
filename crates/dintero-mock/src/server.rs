//! The road of a request: found, let in, checked, answered, written down.

use crate::answer::{self, Answered, Answers};
use crate::business;
use crate::connection::Connection;
use crate::control;
use crate::documents;
use crate::fault::{self, BodyFault, Fault, Faults};
use crate::last_page;
use crate::log::{self, Log, Received};
use crate::operation::{Body, Operation, is_json};
use crate::page;
use crate::parameter::{self, Location, Sources};
use crate::part::{Express, Part};
use crate::pointer::at;
use crate::post::{self, Post, Weather};
use crate::router::{Found, Match, Router};
use crate::schema::{Side, Violation, violations};
use crate::security::{Caller, Credentials, Refused, Sent};
use crate::state::State;
use axum::body::Body as HttpBody;
use axum::extract::{ConnectInfo, Request, State as Shared};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Between half a body and the end of its connection.
const BREAK: Duration = Duration::from_millis(20);

/// Is told of requests.
pub(crate) type Observer = Box<dyn Fn(&Received) + Send + Sync>;

/// Everything that a running mock knows.
pub(crate) struct Server {
    pub(crate) router: Router,
    pub(crate) credentials: Credentials,
    pub(crate) answers: Answers,
    /// What sessions and transactions there are; none when every answer comes from the documents alone.
    pub(crate) state: Option<State>,
    pub(crate) post: Arc<Post>,
    /// What an express checkout asks the shop.
    pub(crate) express: Vec<Express>,
    /// Where it is reached when the caller does not say.
    pub(crate) address: SocketAddr,
    pub(crate) log: Log,
    pub(crate) faults: Faults,
    /// Every answer takes so much longer.
    pub(crate) latency: Duration,
    pub(crate) strict: bool,
    /// Largest body that is read.
    pub(crate) body_limit: usize,
    /// Told of every request.
    pub(crate) observer: Option<Observer>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("account", &self.credentials.account)
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}

/// A request that has been checked.
pub(crate) struct Checked<'r> {
    pub(crate) operation: &'r Arc<Operation>,
    pub(crate) path: Vec<(&'r str, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) caller: Caller,
    pub(crate) body: Option<Value>,
    /// For what the request sets off.
    pub(crate) weather: Option<Weather>,
}

/// Why a request is not answered as it asks.
struct Refusal {
    violations: Vec<Violation>,
    answer: Answered,
}

impl Refusal {
    /// It does not fit its document.
    fn of(message: String, violations: Vec<Violation>) -> Self {
        let answer = Answered::error(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message, &violations);
        Self { violations, answer }
    }
}

impl From<Answered> for Refusal {
    fn from(answer: Answered) -> Self {
        Self { violations: Vec::new(), answer }
    }
}

/// How far a request came.
struct Judged<'r> {
    operation: Option<&'r Arc<Operation>>,
    violations: Vec<Violation>,
    answer: Answered,
    fault: Option<Fault>,
}

/// The whole service.
pub(crate) fn app(server: Arc<Server>) -> axum::Router {
    let routes = axum::Router::new().nest("/_mock", control::routes()).merge(page::routes());
    routes.fallback(any).with_state(server)
}

/// Any path that is not the mock's own.
pub(crate) async fn any(
    Shared(server): Shared<Arc<Server>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, server.body_limit).await;
    let judged = match &body {
        Ok(body) => server.judge(&parts, body),
        Err(why) => server.unread(&parts, &why.to_string()),
    };
    let Judged { operation, violations, answer, fault } = judged;
    let received = Received {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: log::headers(&parts.headers),
        body: body.unwrap_or_default(),
        service: operation.map(|operation| operation.service.clone()),
        operation: operation.map(|operation| operation.id.clone()),
        status: answer.status.as_u16(),
        violations,
        fault: fault.as_ref().map(ToString::to_string),
    };
    if let Some(observer) = &server.observer {
        observer(&received);
    }
    server.log.push(received);
    let latency = server.latency + fault.as_ref().map_or(Duration::ZERO, |fault| fault.latency);
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    match fault.and_then(|fault| fault.body) {
        Some(BodyFault::Reset) => connection.reset(),
        // Whoever asked gives up, or the mock ends.
        Some(BodyFault::Timeout) => std::future::pending().await,
        Some(BodyFault::Truncated) => return truncated(answer),
        _ => {}
    }
    respond(answer)
}

/// Promises the whole body, sends half of it, and breaks off.
fn truncated(mut answer: Answered) -> Response {
    let length = answer.body.len();
    let half = answer.body.split_to(length / 2);
    answer = answer.with(header::CONTENT_LENGTH, &length.max(1).to_string());
    answer.body = Bytes::new();
    let mut response = respond(answer);
    let parts = futures_util::stream::unfold(Some(half), |half| async move {
        match half {
            Some(half) => Some((Ok(half), None)),
            None => {
                // What there is goes out while this waits.
                tokio::time::sleep(BREAK).await;
                Some((Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted)), None))
            }
        }
    });
    *response.body_mut() = HttpBody::from_stream(parts);
    response
}

pub(crate) fn respond(answer: Answered) -> Response {
    let mut response = Response::new(HttpBody::from(answer.body));
    *response.status_mut() = answer.status;
    for (name, value) in answer.headers {
        response.headers_mut().append(name, value);
    }
    response
}

impl Server {
    fn judge(&self, parts: &Parts, body: &Bytes) -> Judged<'_> {
        let matches = match self.find(parts) {
            Ok(found) => found,
            Err(answer) => return Judged { operation: None, violations: Vec::new(), answer, fault: None },
        };
        let first = matches.first().map(|m| m.operation);
        let judged = |violations, answer, fault| Judged { operation: first, violations, answer, fault };
        let fault = match self.fault(&matches, &parts.headers) {
            Ok(fault) => fault,
            Err(answer) => return judged(Vec::new(), answer, None),
        };
        if let (Some(operation), Some(fault)) = (first, &fault)
            && !fault.is_done()
        {
            let answer = Answered::clone(&self.answers.of(operation, fault.instead()));
            return judged(Vec::new(), fault.spoil(operation, answer), Some(fault.clone()));
        }
        let weather = match weather(&parts.headers) {
            Ok(weather) => weather,
            Err(answer) => return judged(Vec::new(), answer, None),
        };
        let query = parameter::query(parts.uri.query().unwrap_or_default());
        let mut refused = None;
        // What fits any of the documents that publish it is right.
        for Match { operation, path } in matches {
            let checked = self.check(operation, &path, &query, &parts.headers, body).and_then(|(caller, body)| {
                self.check_business(operation, &path, &parts.headers, body.as_ref())?;
                Ok((caller, body))
            });
            match checked {
                Ok((caller, body)) => {
                    let query = parameter::decoded(&query);
                    let checked = Checked { operation, path, query, caller, body, weather };
                    let mut answer = self.answer(&checked, &parts.headers);
                    if answer.status.is_client_error() {
                        answer = answer::fit(operation, answer);
                    }
                    if let Some(fault) = &fault {
                        // What was done is not told; what was refused is.
                        if let Some(status) = fault.instead().filter(|_| answer.status.is_success()) {
                            answer = Answered::clone(&self.answers.of(operation, Some(status)));
                        }
                        answer = fault.spoil(operation, answer);
                    }
                    return Judged { operation: Some(operation), violations: Vec::new(), answer, fault };
                }
                Err(why) => {
                    refused.get_or_insert(why);
                }
            }
        }
        let nothing = || Refusal::from(Answered::error(StatusCode::NOT_FOUND, "NOT_FOUND", "no document has it", &[]));
        let Refusal { violations, mut answer } = refused.unwrap_or_else(nothing);
        if let Some(operation) = first {
            answer = answer::fit(operation, answer);
        }
        judged(violations, answer, fault)
    }

    /// Whether the request may be made and fits the document; gives who makes it, and its body.
    fn check(
        &self,
        operation: &Operation,
        path: &[(&str, String)],
        query: &[(String, String)],
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<(Caller, Option<Value>), Refusal> {
        let caller = self.let_in(operation, path, Sent { headers, query })?;
        let mut violations = self.check_parameters(operation, path, query, headers);
        let (body, more) = self.check_body(operation, headers, body)?;
        violations.extend(more);
        if violations.is_empty() {
            return Ok((caller, body));
        }
        let message =
            format!("the request does not fit {} {} of {}", operation.method, operation.path, operation.service);
        Err(Refusal::of(message, violations))
    }

    /// Whether what fits the document makes sense.
    fn check_business(
        &self,
        operation: &Operation,
        path: &[(&str, String)],
        headers: &HeaderMap,
        body: Option<&Value>,
    ) -> Result<(), Refusal> {
        let (Some(part), Some(state)) = (operation.part, &self.state) else { return Ok(()) };
        let violations = match (self.strict, part) {
            (true, _) => {
                let id = path.last().map(|(_, raw)| parameter::decode(raw)).unwrap_or_default();
                let order = matches!(part, Part::Capture | Part::Refund).then(|| state.transaction(&id)).flatten();
                business::judge(part, body, order.as_ref())
            }
            (false, Part::CreateSession) => {
                let toggles = headers.get_all(business::TOGGLES).iter().filter_map(|line| line.to_str().ok());
                let mut toggles = toggles.flat_map(|line| line.split(',')).map(str::trim);
                let asked = toggles.any(|toggle| toggle == business::STRICT_AMOUNTS);
                let order = body.filter(|_| asked).and_then(|body| body.get("order"));
                order.and_then(|order| business::sum(order, "/body/order")).into_iter().collect()
            }
            _ => Vec::new(),
        };
        match violations.is_empty() {
            true => Ok(()),
            false => Err(Refusal::of("the request fits its document and makes no sense".into(), violations)),
        }
    }

    /// What is to go wrong with the request, by its header or by what was asked for before.
    fn fault(&self, matches: &[Match<'_>], headers: &HeaderMap) -> Result<Option<Fault>, Answered> {
        let Some(text) = headers.get(fault::HEADER) else {
            return Ok(matches.iter().find_map(|m| self.faults.take(m.operation)));
        };
        let text = String::from_utf8_lossy(text.as_bytes());
        text.parse().map(Some).map_err(|why: String| {
            let violation = Violation::new(at("/header", fault::HEADER), why);
            Answered::error(StatusCode::BAD_REQUEST, "INVALID_FAULT", "no fault can be read", &[violation])
        })
    }

    fn answer(&self, checked: &Checked<'_>, headers: &HeaderMap) -> Answered {
        match (checked.operation.part, &self.state) {
            (Some(Part::Token), _) => self.token(checked),
            (Some(part), Some(state)) => state.answer(part, checked, &self.base(headers)),
            _ => {
                let answered = Answered::clone(&self.answers.of(checked.operation, None));
                last_page::of(checked.operation, &checked.query, answered)
            }
        }
    }

    /// The address that the caller knows the mock by.
    pub(crate) fn base(&self, headers: &HeaderMap) -> String {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        host.map_or_else(|| format!("http://{}", self.address), |host| format!("http://{host}"))
    }

    /// A new token, for the account and, where the audience names another, for that too.
    fn token(&self, checked: &Checked<'_>) -> Answered {
        let text = |name: &str| checked.body.as_ref().and_then(|body| body.get(name)).and_then(Value::as_str);
        if text("grant_type") == Some("client_credentials") && !checked.caller.is_client {
            let why = "client credentials are given as `Authorization: Basic`";
            return Answered::error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", why, &[])
                .with(header::WWW_AUTHENTICATE, "Basic");
        }
        let mut accounts = vec![self.credentials.account.clone()];
        let audience = text("audience").and_then(|audience| audience.rsplit_once("/accounts/"));
        if let Some((_, account)) = audience.filter(|(_, account)| !accounts.contains(&(*account).to_owned())) {
            accounts.push(account.trim_end_matches('/').to_owned());
        }
        let token = self.credentials.issue(accounts);
        let known = json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": self.credentials.lifetime.as_secs(),
        });
        let answered = self.answers.of(checked.operation, None);
        // What else the document requires is kept.
        let mut body: Value = serde_json::from_slice(&answered.body).unwrap_or_default();
        match (&mut body, known) {
            (Value::Object(body), Value::Object(known)) => body.extend(known),
            (body, known) => *body = known,
        }
        Answered::json(answered.status, &body)
    }

    fn find(&self, parts: &Parts) -> Result<Vec<Match<'_>>, Answered> {
        let path = parts.uri.path();
        let host = ["x-forwarded-host", "host"].into_iter().find_map(|name| parts.headers.get(name)?.to_str().ok());
        match self.router.find(host, parts.method.as_str(), path) {
            Found::Operations(matches) => Ok(matches),
            Found::OtherMethod(methods) if parts.method == Method::OPTIONS => {
                let answer = Answered { status: StatusCode::NO_CONTENT, headers: Vec::new(), body: Bytes::new() };
                Err(answer.with(header::ALLOW, &methods.join(", ")))
            }
            Found::OtherMethod(methods) => {
                let allowed = methods.join(", ");
                let message = format!("{path} takes {allowed}, not {}", parts.method);
                let answer = Answered::error(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message, &[]);
                Err(answer.with(header::ALLOW, &allowed))
            }
            Found::Nothing(nearest) => {
                let message = match nearest.is_empty() {
                    true => format!("no document has {} {path}", parts.method),
                    false => format!("no document has {} {path}; the nearest are {}", parts.method, nearest.join(", ")),
                };
                Err(Answered::error(StatusCode::NOT_FOUND, "NOT_FOUND", message, &[]))
            }
        }
    }

    fn let_in(&self, operation: &Operation, path: &[(&str, String)], sent: Sent<'_>) -> Result<Caller, Refusal> {
        // A header that the operation itself describes is no credential of the login.
        let declares = |name| operation.parameters.iter().any(|p| !p.is_key && p.is_header(name));
        let strict = self.strict && !["authorization", "x-api-key"].into_iter().any(declares);
        let checked = self.credentials.check(&operation.security, sent, strict);
        let caller = checked.map_err(|refused| match refused {
            Refused::Unauthorized(why, challenge) => {
                let answer = Answered::error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", why, &[]);
                Refusal::from(answer.with(header::WWW_AUTHENTICATE, challenge))
            }
            Refused::NotNeeded(violation) => {
                Refusal::of("a public operation takes no credential".into(), vec![violation])
            }
        })?;
        let own = path.iter().find(|(name, _)| documents::ACCOUNT_PARAMETERS.contains(name));
        match own.map(|(_, value)| parameter::decode(value)) {
            Some(account) if !caller.accounts.is_empty() && !caller.accounts.contains(&account) => {
                let message = format!("the credential is for {}, not for {account}", caller.accounts.join(" and "));
                Err(Answered::error(StatusCode::FORBIDDEN, "FORBIDDEN", message, &[]).into())
            }
            _ => Ok(caller),
        }
    }

    fn check_parameters(
        &self,
        operation: &Operation,
        path: &[(&str, String)],
        query: &[(String, String)],
        headers: &HeaderMap,
    ) -> Vec<Violation> {
        let lines = headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())));
        let sources = Sources {
            path: path.iter().map(|(name, value)| (*name, value.as_str())).collect(),
            query,
            headers: lines.collect(),
            cookies: cookies(headers),
        };
        let mut used = vec![false; query.len()];
        let mut out = Vec::new();
        for parameter in &operation.parameters {
            if parameter.is_described_elsewhere() {
                if parameter.required && !headers.contains_key(&parameter.name) {
                    out.push(Violation::new(at("/header", &parameter.name), "is required"));
                }
                continue;
            }
            out.extend(parameter.check(&operation.document, &sources, &mut used));
        }
        if self.strict {
            let known = |location| operation.parameters.iter().filter(move |p| p.location == location);
            let unknown = query.iter().zip(&used).filter(|(_, used)| !**used);
            for ((name, _), _) in unknown {
                let nearest =
                    known(Location::Query).map(|p| p.name.as_str()).find(|p| strsim::levenshtein(p, name) <= 2);
                let message = match nearest {
                    Some(nearest) => format!("is not known here; `{nearest}` is"),
                    None => "is not known here".to_owned(),
                };
                out.push(Violation::new(at("/query", name), message));
            }
        }
        out
    }

    /// The body as JSON, and what of it does not fit.
    fn check_body(
        &self,
        operation: &Operation,
        headers: &HeaderMap,
        bytes: &Bytes,
    ) -> Result<(Option<Value>, Vec<Violation>), Refusal> {
        let Some(body) = &operation.body else {
            let unasked = self.strict && !bytes.is_empty();
            let told = unasked.then(|| Violation::new("/body", "is not taken: the operation has no request body"));
            return Ok((None, told.into_iter().collect()));
        };
        if bytes.is_empty() {
            let missing = body.required.then(|| Violation::new("/body", "is required"));
            return Ok((None, missing.into_iter().collect()));
        }
        let media = media(body, headers)?;
        // Where any media type goes, what was sent as another one is not read.
        let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !media.is_json() || !is_json(&media.name) && !is_json(sent) {
            return Ok((None, Vec::new()));
        }
        let value: Value = serde_json::from_slice(bytes).map_err(|why| {
            let violations = vec![Violation::new("/body", format!("is no JSON: {why}"))];
            Refusal::of(format!("the body is no JSON: {why}"), violations)
        })?;
        let side = if self.strict { Side::StrictRequest } else { Side::Request };
        let validator = media.validator(&operation.document, side);
        let found = validator.map(|validator| violations(validator, &value, "/body")).unwrap_or_default();
        Ok((Some(value), found))
    }

    /// The body could not be read to its end.
    fn unread(&self, parts: &Parts, why: &str) -> Judged<'_> {
        let operation = self.find(parts).ok().and_then(|matches| matches.first().map(|m| m.operation));
        let answer = match why.contains("limit") {
            true => {
                let message = format!("the body is larger than {} bytes", self.body_limit);
                Answered::error(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message, &[])
            }
            false => Answered::error(StatusCode::BAD_REQUEST, "BAD_REQUEST", format!("the body broke off: {why}"), &[]),
        };
        // What is left of the body is not read.
        Judged { operation, violations: Vec::new(), answer: answer.with(header::CONNECTION, "close"), fault: None }
    }
}

/// The weather that the request asks for.
fn weather(headers: &HeaderMap) -> Result<Option<Weather>, Answered> {
    let Some(text) = headers.get(post::WEATHER_HEADER) else { return Ok(None) };
    String::from_utf8_lossy(text.as_bytes()).parse().map(Some).map_err(|why: String| {
        let violation = Violation::new(at("/header", post::WEATHER_HEADER), why);
        Answered::error(StatusCode::BAD_REQUEST, "INVALID_WEATHER", "no weather can be read", &[violation])
    })
}

/// The media type of the body, if the operation takes it.
fn media<'b>(body: &'b Body, headers: &HeaderMap) -> Result<&'b crate::operation::Media, Answered> {
    let sent = headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let bare = |name: &str| name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let fits = |media: &&crate::operation::Media| match &sent {
        None => false,
        Some(sent) if media.name == "*/*" => !sent.is_empty(),
        Some(sent) if media.name.ends_with("/*") => bare(sent).starts_with(media.name.trim_end_matches('*')),
        Some(sent) => bare(sent) == bare(&media.name) || media.is_json() && is_json(sent),
    };
    body.media.iter().find(fits).ok_or_else(|| {
        let names: Vec<&str> = body.media.iter().map(|media| media.name.as_str()).collect();
        let sent = sent.as_ref().map_or("none", |sent| sent.as_ref());
        let message = format!("the content type of the body must be {}; it is {sent}", names.join(" or "));
        Answered::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message, &[])
    })
}

pub(crate) fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    let lines = headers.get_all(header::COOKIE).iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
    let pairs = |line: Cow<'_, str>| -> Vec<(String, String)> {
        let pair = |pair: &str| pair.trim().split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        line.split(';').filter_map(pair).collect()
    };
    lines.flat_map(pairs).collect()
}
