//! What a transport can prove itself with, and what an operation is given of it.

use std::fmt;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::{Auth, Error, Operation, token::Tokens, transport::Inner};

/// Everything the builder was given; each part is optional.
#[derive(Default)]
pub(crate) struct Credentials {
    pub(crate) client: Option<Client>,
    pub(crate) api_key: Option<HeaderValue>,
    pub(crate) token: Option<SecretString>,
}

/// The client credentials of a login.
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
    pub(crate) tokens: Tokens,
}

// Says what is there, never what it is.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("client", &self.client.is_some())
            .field("api_key", &self.api_key.is_some())
            .field("token", &self.token.is_some())
            .finish()
    }
}

impl Inner {
    /// Puts on the first credential that the operation takes and this transport has.
    /// A header the caller has set stays.
    pub(crate) async fn authorize(
        &self,
        operation: &Operation,
        headers: &mut HeaderMap,
    ) -> Result<(), Error> {
        let has = &self.credentials;
        for auth in operation.auth {
            let (name, value) = match auth {
                Auth::Bearer | Auth::Basic if headers.contains_key(AUTHORIZATION) => return Ok(()),
                Auth::ApiKey(name) | Auth::RawToken(name) if headers.contains_key(*name) => {
                    return Ok(());
                }
                Auth::Bearer => match self.token().await? {
                    Some(token) => (AUTHORIZATION, secret_value("Bearer ", &token)?),
                    None => continue,
                },
                Auth::RawToken(name) => match self.token().await? {
                    Some(token) => (header_name(name)?, secret_value("", &token)?),
                    None => continue,
                },
                Auth::Basic => match &has.client {
                    Some(client) => (AUTHORIZATION, self.basic(client)?),
                    None => continue,
                },
                Auth::ApiKey(name) => match &has.api_key {
                    Some(key) => (header_name(name)?, key.clone()),
                    None => continue,
                },
                Auth::None => continue,
            };
            headers.insert(name, value);
            return Ok(());
        }
        if operation.auth.is_empty() || operation.auth.contains(&Auth::None) {
            return Ok(());
        }
        Err(Error::auth(no_credential(operation.auth)))
    }

    /// The bearer token at hand: the fixed one, or that of the login.
    async fn token(&self) -> Result<Option<SecretString>, Error> {
        if let Some(token) = &self.credentials.token {
            return Ok(Some(token.clone()));
        }
        match &self.credentials.client {
            Some(client) => client.tokens.get(self, client).await.map(Some),
            None => Ok(None),
        }
    }

    /// `Basic` with client id and secret.
    pub(crate) fn basic(&self, client: &Client) -> Result<HeaderValue, Error> {
        // reqwest encodes it and marks it sensitive; the address is never used.
        let request = self
            .http
            .get(crate::hosts::PLACEHOLDER)
            .basic_auth(&client.id, Some(client.secret.expose_secret()))
            .build()
            .map_err(Error::http)?;
        let value = request.headers().get(AUTHORIZATION).cloned();
        value.ok_or_else(|| Error::auth("client id and secret make no header value"))
    }
}

/// A header value that no Debug output shows.
pub(crate) fn secret_value(scheme: &str, secret: &SecretString) -> Result<HeaderValue, Error> {
    let text = SecretString::from(format!("{scheme}{}", secret.expose_secret()));
    let mut value = HeaderValue::from_str(text.expose_secret()).map_err(|_| {
        Error::auth("the token or key has a character that no header can hold, a line break perhaps; give it without")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn header_name(name: &'static str) -> Result<HeaderName, Error> {
    name.parse().map_err(|_| {
        Error::auth(format!(
            "the operation's credential header `{name}` is no header name"
        ))
    })
}

fn no_credential(wanted: &[Auth]) -> String {
    let mut text = String::from("no credential that the operation takes; give ");
    for (at, auth) in wanted.iter().enumerate() {
        if at > 0 {
            text.push_str(" or ");
        }
        text.push_str(match auth {
            Auth::Bearer | Auth::RawToken(_) => "a login or a `bearer_token`",
            Auth::Basic => "a login",
            Auth::ApiKey(_) => "an `api_key`",
            Auth::None => "nothing",
        });
    }
    text.push_str(" to `Transport::builder()`");
    text
}
