//! Who may call what: the credentials of the mock, the tokens it has issued, and the check of a request against them.

use crate::document::Document;
use crate::parameter::{self, Location};
use crate::schema::Violation;
use axum::http::HeaderMap;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many tokens are remembered; the oldest go first.
const MOST_TOKENS: usize = 10_000;

/// The header of the key.
const KEY: &str = "x-api-key";

/// One way to be allowed: all of these together.
pub(crate) type Requirement = Vec<Scheme>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scheme {
    Bearer,
    Basic,
    /// A key in the named header.
    Key(String),
    /// A key in the query or a cookie of this name.
    Given(Location, String),
    /// The bare token in the named header.
    RawToken(String),
    /// Cannot be checked: no request has it.
    Unknown(String),
}

/// The alternatives of an operation; none means that it is public. A document that is silent means a bearer token.
pub(crate) fn of(document: &Document, operation: &Value) -> Vec<Requirement> {
    let listed = operation.get("security").or(document.value.get("security")).and_then(Value::as_array);
    let Some(list) = listed else { return vec![vec![Scheme::Bearer]] };
    let scheme = |name: &String| {
        let described = &document.value["components"]["securitySchemes"][name.as_str()];
        scheme(document.resolve(described)).unwrap_or_else(|| Scheme::Unknown(name.clone()))
    };
    list.iter().filter_map(Value::as_object).map(|requirement| requirement.keys().map(scheme).collect()).collect()
}

fn scheme(described: &Value) -> Option<Scheme> {
    let text = |key: &str| described.get(key).and_then(Value::as_str).unwrap_or_default();
    match (text("type"), text("scheme").to_ascii_lowercase().as_str()) {
        ("http", "basic") => Some(Scheme::Basic),
        ("http", "bearer") | ("oauth2" | "openIdConnect", _) => Some(Scheme::Bearer),
        ("apiKey", _) if text("in") == "header" => Some(match text("name").eq_ignore_ascii_case("authorization") {
            true if described.get("x-no-bearer-prefix") == Some(&Value::Bool(true)) => {
                Scheme::RawToken(text("name").into())
            }
            true => Scheme::Bearer,
            false => Scheme::Key(text("name").into()),
        }),
        ("apiKey", _) if text("in") == "query" => Some(Scheme::Given(Location::Query, text("name").into())),
        ("apiKey", _) if text("in") == "cookie" => Some(Scheme::Given(Location::Cookie, text("name").into())),
        _ => None,
    }
}

/// The keys that a caller gives with each call, since a login puts one credential into a header and no more: those of
/// other places, and of a header where the same requirement asks for a login or another key, too.
pub(crate) fn keys(requirements: &[Requirement]) -> Vec<(Location, String)> {
    let mut out: Vec<(Location, String)> = Vec::new();
    for requirement in requirements {
        let mut taken = requirement.iter().find(|scheme| scheme.is_login());
        for scheme in requirement {
            let key = match scheme {
                Scheme::Given(location, name) => (*location, name.clone()),
                Scheme::Key(name) => match taken {
                    None => {
                        taken = Some(scheme);
                        continue;
                    }
                    Some(Scheme::Key(first)) if first.eq_ignore_ascii_case(name) => continue,
                    Some(_) => (Location::Header, name.clone()),
                },
                _ => continue,
            };
            if !out.iter().any(|(location, name)| *location == key.0 && name.eq_ignore_ascii_case(&key.1)) {
                out.push(key);
            }
        }
    }
    out
}

/// Why no request of an operation is let in, whatever it brings: none of its alternatives can be met by this mock.
pub(crate) fn unmet(requirements: &[Requirement]) -> Option<String> {
    let why = |requirement: &Requirement| {
        let unknown = requirement.iter().find_map(|scheme| match scheme {
            Scheme::Unknown(name) => Some(format!("no mock can check the security scheme `{name}`")),
            _ => None,
        });
        let mut logins = requirement.iter().filter(|scheme| scheme.is_login());
        let first = logins.next();
        unknown.or(logins.find(|other| Some(*other) != first).map(|_| "two logins want the one header".into()))
    };
    let mut all = requirements.iter().map(why);
    let first = all.next()??;
    all.all(|why| why.is_some()).then_some(first)
}

impl Scheme {
    fn is_login(&self) -> bool {
        matches!(self, Self::Bearer | Self::Basic | Self::RawToken(_))
    }
}

/// Where a credential may stand in a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent<'a> {
    pub(crate) headers: &'a HeaderMap,
    /// As it came, still escaped.
    pub(crate) query: &'a [(String, String)],
}

impl<'a> From<&'a HeaderMap> for Sent<'a> {
    fn from(headers: &'a HeaderMap) -> Self {
        Self { headers, query: &[] }
    }
}

/// A login that the mock takes.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) account: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    pub(crate) api_key: SecretString,
    pub(crate) lifetime: Duration,
    tokens: Mutex<Tokens>,
}

#[derive(Debug, Default)]
struct Tokens {
    issued: u64,
    by_text: HashMap<String, Token>,
}

#[derive(Debug, Clone)]
struct Token {
    number: u64,
    accounts: Vec<String>,
    until: Instant,
}

/// Who calls, once it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Accounts that it may act for; empty for a public operation.
    pub(crate) accounts: Vec<String>,
    /// The client id and secret were given, not a token.
    pub(crate) is_client: bool,
}

/// Why a request is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// 401, with the challenge.
    Unauthorized(String, &'static str),
    /// A public operation was sent a credential.
    NotNeeded(Violation),
}

impl Credentials {
    pub(crate) fn new(
        account: String,
        client_id: String,
        client_secret: String,
        lifetime: Duration,
        seed: u64,
    ) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed ^ 0x006b_6579);
        let api_key = SecretString::from(format!("key-{:016x}", rng.u64(..)));
        let client_secret = SecretString::from(client_secret);
        Self { account, client_id, client_secret, api_key, lifetime, tokens: Mutex::default() }
    }

    /// A new token for these accounts.
    pub(crate) fn issue(&self, accounts: Vec<String>) -> String {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.issued += 1;
        let number = tokens.issued;
        let now = Instant::now();
        if tokens.by_text.len() >= MOST_TOKENS {
            tokens.by_text.retain(|_, token| token.until > now && token.number + MOST_TOKENS as u64 / 2 > number);
        }
        let text = format!("mock-token-{number}-{:016x}", fastrand::Rng::with_seed(number).u64(..));
        // A lifetime without end is cut to one that a clock can hold.
        let until = now.checked_add(self.lifetime).unwrap_or(now);
        tokens.by_text.insert(text.clone(), Token { number, accounts, until });
        text
    }

    /// Makes every token issued so far invalid.
    pub(crate) fn revoke(&self) {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).by_text.clear();
    }

    /// Lets the request in, or tells why not.
    pub(crate) fn check<'a>(
        &self,
        requirements: &[Requirement],
        sent: impl Into<Sent<'a>>,
        strict: bool,
    ) -> Result<Caller, Refused> {
        let sent = sent.into();
        let headers = sent.headers;
        if requirements.is_empty() || requirements.iter().any(Vec::is_empty) {
            let given = ["authorization", KEY].into_iter().find(|name| headers.contains_key(*name));
            return match given.filter(|_| strict && requirements.is_empty()) {
                Some(name) => Err(Refused::NotNeeded(Violation::new(
                    format!("/header/{name}"),
                    "is a credential, and the operation is public: none may be sent to it",
                ))),
                None => Ok(Caller { accounts: Vec::new(), is_client: false }),
            };
        }
        let mut why = String::new();
        // Dintero itself takes a token where a document names only the key, and the other way round.
        let own = [vec![Scheme::Bearer], vec![Scheme::Key(KEY.into())]];
        let also = own.iter().filter(|_| !strict);
        for requirement in requirements.iter().chain(also) {
            let checked: Result<Vec<Caller>, String> =
                requirement.iter().map(|scheme| self.scheme(scheme, sent)).collect();
            match checked {
                Ok(callers) => {
                    if let Some(caller) = callers.into_iter().next() {
                        return Ok(caller);
                    }
                }
                // What was tried and failed says more than what was not tried.
                Err(reason) if why.is_empty() || why.starts_with("no ") => why = reason,
                Err(_) => {}
            }
        }
        let challenge = match requirements.iter().flatten().any(|scheme| *scheme == Scheme::Basic) {
            true => "Basic",
            false => "Bearer",
        };
        Err(Refused::Unauthorized(why, challenge))
    }

    /// A header with a credential that the requirements ask for first; none where they ask for none.
    pub(crate) fn header(&self, requirements: &[Requirement]) -> Option<(String, String)> {
        let token = || self.issue(vec![self.account.clone()]);
        let known = |scheme: &Scheme| match scheme {
            Scheme::Bearer => Some(("authorization".to_owned(), format!("Bearer {}", token()))),
            Scheme::RawToken(header) => Some((header.clone(), token())),
            Scheme::Key(header) => Some((header.clone(), self.api_key.expose_secret().to_owned())),
            Scheme::Basic => {
                let pair = format!("{}:{}", self.client_id, self.client_secret.expose_secret());
                Some(("authorization".to_owned(), format!("Basic {}", BASE64_STANDARD.encode(pair))))
            }
            Scheme::Given(..) | Scheme::Unknown(_) => None,
        };
        requirements.iter().filter(|requirement| requirement.len() == 1).flatten().find_map(known)
    }

    fn scheme(&self, scheme: &Scheme, sent: Sent<'_>) -> Result<Caller, String> {
        let headers = sent.headers;
        let own = |is_client| Caller { accounts: vec![self.account.clone()], is_client };
        match scheme {
            Scheme::Bearer => {
                let token = after(headers, "authorization", "Bearer").ok_or("no `Authorization: Bearer` was sent")?;
                self.token(&token).map(|accounts| Caller { accounts, is_client: false })
            }
            Scheme::RawToken(header) => {
                let token = text(headers, header).ok_or_else(|| format!("no `{header}` was sent"))?;
                if token.to_ascii_lowercase().starts_with("bearer ") {
                    return Err(format!("`{header}` takes the token alone, without `Bearer`"));
                }
                self.token(token).map(|accounts| Caller { accounts, is_client: false })
            }
            Scheme::Basic => {
                let pair = after(headers, "authorization", "Basic").ok_or("no `Authorization: Basic` was sent")?;
                let decoded = BASE64_STANDARD.decode(pair).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                let decoded = SecretString::from(decoded.ok_or("the Basic credentials are no base64 text")?);
                let known = format!("{}:{}", self.client_id, self.client_secret.expose_secret());
                match decoded.expose_secret() == known {
                    true => Ok(own(true)),
                    false => Err("the client id or secret is not that of this mock".into()),
                }
            }
            Scheme::Key(header) => {
                let key = text(headers, header).ok_or_else(|| format!("no `{header}` was sent"))?;
                match key == self.api_key.expose_secret() {
                    true => Ok(own(false)),
                    false => Err(format!("the key in `{header}` is not that of this mock")),
                }
            }
            Scheme::Given(location, name) => {
                let place = format!("the {} `{name}`", location.word());
                let query = || sent.query.iter().find(|(key, _)| key == name).map(|(_, text)| parameter::decode(text));
                let key = match location {
                    Location::Query => query(),
                    _ => crate::server::cookies(headers).into_iter().find(|(key, _)| key == name).map(|(_, text)| text),
                };
                match key.ok_or_else(|| format!("no key was sent in {place}"))? == self.api_key.expose_secret() {
                    true => Ok(own(false)),
                    false => Err(format!("the key in {place} is not that of this mock")),
                }
            }
            Scheme::Unknown(name) => Err(format!("no mock can check the security scheme `{name}`")),
        }
    }

    fn token(&self, text: &str) -> Result<Vec<String>, String> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        match tokens.by_text.get(text) {
            None => Err("the token was not issued by this mock".into()),
            Some(token) if token.until <= Instant::now() => Err("the token has expired".into()),
            Some(token) => Ok(token.accounts.clone()),
        }
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn after(headers: &HeaderMap, name: &str, scheme: &str) -> Option<String> {
    let (word, rest) = text(headers, name)?.split_once(' ')?;
    word.eq_ignore_ascii_case(scheme).then(|| rest.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(lifetime: Duration) -> Credentials {
        Credentials::new("T12345678".into(), "id".into(), "pa:ss".into(), lifetime, 1)
    }

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let value = value.parse().expect("header");
        HeaderMap::from_iter([(axum::http::HeaderName::from_static(name), value)])
    }

    fn why(result: Result<Caller, Refused>) -> String {
        match result {
            Err(Refused::Unauthorized(why, _)) => why,
            Err(Refused::NotNeeded(violation)) => violation.message,
            Ok(caller) => format!("let in {caller:?}"),
        }
    }

    #[test]
    fn each_scheme_lets_in_what_is_right_and_tells_what_is_not() {
        let known = credentials(Duration::from_secs(60));
        let token = known.issue(vec!["T87654321".into()]);
        let key = known.api_key.expose_secret().to_owned();
        let basic = BASE64_STANDARD.encode("id:pa:ss");
        let check = |scheme: Scheme, name, value: &str| known.check(&[vec![scheme]], &headers(name, value), true);
        assert!(check(Scheme::Bearer, "authorization", &format!("bearer {token}")).is_ok());
        assert!(check(Scheme::RawToken("authorization".into()), "authorization", &token).is_ok());
        assert!(check(Scheme::Basic, "authorization", &format!("Basic {basic}")).is_ok());
        assert!(check(Scheme::Key("x-api-key".into()), "x-api-key", &key).is_ok());
        for (scheme, name, value, told) in [
            (Scheme::Bearer, "authorization", "Bearer nobody".to_owned(), "not issued"),
            (Scheme::Bearer, "x-api-key", key, "no `Authorization: Bearer`"),
            (Scheme::RawToken("authorization".into()), "authorization", format!("Bearer {token}"), "without `Bearer`"),
            (Scheme::Basic, "authorization", "Basic %%%".to_owned(), "no base64"),
            (
                Scheme::Basic,
                "authorization",
                format!("Basic {}", BASE64_STANDARD.encode("id:wrong")),
                "not that of this mock",
            ),
            (Scheme::Unknown("magic".into()), "authorization", format!("Bearer {token}"), "`magic`"),
        ] {
            let why = why(check(scheme, name, &value));
            assert!(why.contains(told) && !why.contains("pa:ss"), "{value}: {why}");
        }
        let sent = headers("authorization", &format!("Bearer {}", known.issue(vec![])));
        let key_only = [vec![Scheme::Key("x-api-key".into())]];
        assert!(known.check(&key_only, &sent, true).is_err(), "the document names the key alone");
        assert!(known.check(&key_only, &sent, false).is_ok(), "a forgiving mock takes either");
        known.revoke();
        assert!(why(check(Scheme::Bearer, "authorization", &format!("Bearer {token}"))).contains("not issued"));
    }

    #[test]
    fn a_key_may_stand_in_the_query_or_a_cookie() {
        let known = credentials(Duration::from_secs(60));
        let key = known.api_key.expose_secret().to_owned();
        let none = HeaderMap::new();
        let query = [("api_key".to_owned(), key.clone())];
        let asked = |location| [vec![Scheme::Given(location, "api_key".into())]];
        let sent = Sent { headers: &none, query: &query };
        assert!(known.check(&asked(Location::Query), sent, true).is_ok());
        assert!(why(known.check(&asked(Location::Cookie), sent, true)).contains("no key was sent"));
        let cookie = headers("cookie", &format!("a=b; api_key={key}"));
        assert!(known.check(&asked(Location::Cookie), &cookie, true).is_ok());
        let wrong = [("api_key".to_owned(), "another".to_owned())];
        let sent = Sent { headers: &none, query: &wrong };
        assert!(why(known.check(&asked(Location::Query), sent, true)).contains("not that of this mock"));
    }

    #[test]
    fn a_call_is_given_the_keys_that_no_login_sends() {
        let key = |name: &str| Scheme::Key(name.into());
        let given = || Scheme::Given(Location::Query, "k".into());
        assert!(keys(&[vec![key("a")], vec![Scheme::Bearer]]).is_empty());
        assert_eq!(keys(&[vec![given()], vec![given()]]), [(Location::Query, "k".into())]);
        let header = |name: &str| (Location::Header, name.to_owned());
        assert_eq!(keys(&[vec![key("a"), Scheme::Bearer]]), [header("a")]);
        assert_eq!(keys(&[vec![key("a"), key("A"), key("b")]]), [header("b")]);
    }

    #[test]
    fn what_no_request_can_meet_is_known() {
        let magic = || Scheme::Unknown("magic".into());
        assert!(unmet(&[vec![magic()]]).is_some_and(|why| why.contains("`magic`")));
        assert!(unmet(&[vec![Scheme::Basic, Scheme::Bearer]]).is_some());
        assert_eq!(unmet(&[vec![magic()], vec![Scheme::Bearer]]), None);
        assert_eq!((unmet(&[]), unmet(&[vec![]])), (None, None));
    }

    #[test]
    fn a_token_ends_with_its_lifetime() {
        let known = credentials(Duration::ZERO);
        let token = known.issue(vec![known.account.clone()]);
        let result = known.check(&[vec![Scheme::Bearer]], &headers("authorization", &format!("Bearer {token}")), false);
        assert!(why(result).contains("expired"));
    }

    #[test]
    fn a_public_operation_takes_no_credential() {
        let known = credentials(Duration::from_secs(60));
        let sent = headers("authorization", "Bearer x");
        assert!(why(known.check(&[], &sent, true)).contains("public"));
        assert!(known.check(&[], &sent, false).is_ok() && known.check(&[], &HeaderMap::new(), true).is_ok());
        assert!(known.check(&[vec![Scheme::Bearer], vec![]], &sent, true).is_ok(), "a credential may be given");
    }

    #[test]
    fn silence_means_a_bearer_token() {
        let text = "openapi: 3.0.0\ncomponents: {securitySchemes: {raw: {type: apiKey, in: header, name: authorization, x-no-bearer-prefix: true}}}";
        let document = Document::parse("x", "x.yaml", text).expect("document");
        let of = |operation| of(&document, &operation);
        assert_eq!(of(serde_json::json!({})), [[Scheme::Bearer]]);
        assert!(of(serde_json::json!({"security": []})).is_empty());
        assert_eq!(of(serde_json::json!({"security": [{"raw": []}]})), [[Scheme::RawToken("authorization".into())]]);
    }
}
