//! The credentials of a transport, and which of them an operation gets.

use std::{fmt, sync::Arc};

use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    Error, Operation, SecurityScheme,
    token::{Cache, Source},
    transport::Inner,
};

/// Everything the builder was given; each part is optional.
#[derive(Clone, Default)]
pub(crate) struct Credentials {
    /// Of the login, or of the program's own source.
    pub(crate) tokens: Option<Arc<Cache>>,
    pub(crate) api_key: Option<HeaderValue>,
    pub(crate) token: Option<SecretString>,
}

/// A credential as it is sent.
pub(crate) struct Credential {
    pub(crate) name: HeaderName,
    pub(crate) value: HeaderValue,
    /// Number of the token, if it is one that can be renewed.
    pub(crate) token: Option<u64>,
}

// Says what is there, never what it is.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("login", &self.tokens.is_some())
            .field("api_key", &self.api_key.is_some())
            .field("token", &self.token.is_some())
            .finish()
    }
}

impl Inner {
    /// The first credential that the operation takes and this transport has; none if the caller has
    /// set the header.
    ///
    /// # Errors
    /// There is none, it cannot be had, or it may not go where the request goes.
    pub(crate) async fn credential(
        &self,
        operation: &Operation,
        url: &Url,
        headers: &HeaderMap,
    ) -> Result<Option<Credential>, Error> {
        let has = &self.credentials;
        for auth in operation.auth {
            let is_set = match auth {
                SecurityScheme::Bearer | SecurityScheme::Basic => headers.contains_key(AUTHORIZATION),
                SecurityScheme::ApiKey(name) | SecurityScheme::RawToken(name) => headers.contains_key(*name),
                SecurityScheme::None => false,
            };
            if is_set {
                return Ok(None);
            }
            if !self.has(*auth) {
                continue;
            }
            // Whatever the table says, and before a token is asked for.
            if !self.hosts.knows(url) {
                return Err(self.hosts.refusal(url));
            }
            let (name, value, token) = match auth {
                SecurityScheme::Bearer => match self.token("Bearer ").await? {
                    Some((value, number)) => (AUTHORIZATION, value, number),
                    None => continue,
                },
                SecurityScheme::RawToken(name) => match self.token("").await? {
                    Some((value, number)) => (header_name(name)?, value, number),
                    None => continue,
                },
                SecurityScheme::Basic => match has.tokens.as_ref().map(|cache| &cache.source) {
                    Some(Source::Login(login)) => (AUTHORIZATION, login.basic(), None),
                    _ => continue,
                },
                SecurityScheme::ApiKey(name) => match &has.api_key {
                    Some(key) => (header_name(name)?, key.clone(), None),
                    None => continue,
                },
                SecurityScheme::None => continue,
            };
            return Ok(Some(Credential { name, value, token }));
        }
        if operation.auth.is_empty() || operation.auth.contains(&SecurityScheme::None) {
            return Ok(None);
        }
        Err(Error::auth(no_credential(operation.auth, self.hosts.builder)))
    }

    /// Whether there is a credential of this kind.
    fn has(&self, auth: SecurityScheme) -> bool {
        let has = &self.credentials;
        match auth {
            SecurityScheme::Bearer | SecurityScheme::RawToken(_) => has.token.is_some() || self.tokens.is_some(),
            SecurityScheme::Basic => has.tokens.as_ref().is_some_and(|cache| matches!(cache.source, Source::Login(_))),
            SecurityScheme::ApiKey(_) => has.api_key.is_some(),
            SecurityScheme::None => false,
        }
    }

    /// The bearer token at hand behind its scheme: the fixed one, or that of the login or source with its number.
    async fn token(&self, scheme: &str) -> Result<Option<(HeaderValue, Option<u64>)>, Error> {
        if let Some(token) = &self.credentials.token {
            return Ok(Some((secret_value(scheme, token)?, None)));
        }
        match &self.tokens {
            Some(tokens) => {
                let token = tokens.get().await?;
                Ok(Some((secret_value(scheme, &token.value)?, Some(token.number))))
            }
            None => Ok(None),
        }
    }
}

/// A header value that no Debug output shows.
pub(crate) fn secret_value(scheme: &str, secret: &SecretString) -> Result<HeaderValue, Error> {
    let secret = secret.expose_secret();
    // Of the right size from the start, so that no piece of it is left behind by growing.
    let mut text = String::with_capacity(scheme.len() + secret.len());
    text.push_str(scheme);
    text.push_str(secret);
    let mut value = HeaderValue::try_from(text).map_err(|_| {
        Error::auth("the token or key has a character that no header can hold, a line break perhaps; give it without")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn header_name(name: &'static str) -> Result<HeaderName, Error> {
    name.parse().map_err(|_| Error::auth(format!("the operation's credential header `{name}` is no header name")))
}

fn no_credential(wanted: &[SecurityScheme], builder: &str) -> String {
    let mut text = String::from("no credential that the operation takes; give ");
    for (at, auth) in wanted.iter().enumerate() {
        if at > 0 {
            text.push_str(" or ");
        }
        text.push_str(match auth {
            SecurityScheme::Bearer | SecurityScheme::RawToken(_) => "a login, a `bearer_token` or a `token_source`",
            SecurityScheme::Basic => "a login",
            SecurityScheme::ApiKey(_) => "an `api_key`",
            SecurityScheme::None => "nothing",
        });
    }
    text.push_str(" to ");
    text.push_str(builder);
    text
}
