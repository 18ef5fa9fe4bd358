//! The login: a token fetched once and used until shortly before it expires.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, Request, header::AUTHORIZATION};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use crate::{AccountId, Error, credentials::Client, hosts, stream, transport::Inner};

/// Longest time a login may take.
const LOGIN_TIMEOUT: Duration = Duration::from_secs(30);

/// Lifetime of a token whose answer names none.
const UNTOLD_LIFETIME: u64 = 300;

/// Longest lifetime that is believed; a longer one may not fit the clock.
const LONGEST_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// A token is given up this long before it expires, or after nine tenths of its life if that is later.
const MARGIN: Duration = Duration::from_secs(60);

/// Longest answer of the token endpoint that is read.
const ANSWER_LIMIT: usize = 256 * 1024;

/// Tokens of one login.
pub(crate) struct Tokens {
    pub(crate) account: AccountId,
    pub(crate) audience: AccountId,
    // Held over the fetch: whoever comes meanwhile waits and finds the new token.
    current: Mutex<Option<Token>>,
}

struct Token {
    value: SecretString,
    until: Instant,
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    #[serde(default, deserialize_with = "crate::de::option_integer")]
    expires_in: Option<u64>,
}

impl Tokens {
    pub(crate) fn new(account: AccountId, audience: AccountId) -> Self {
        Self {
            account,
            audience,
            current: Mutex::new(None),
        }
    }

    /// The token, fetched if there is none that is still good.
    pub(crate) async fn get(&self, inner: &Inner, client: &Client) -> Result<SecretString, Error> {
        let mut current = self.current.lock().await;
        if let Some(token) = &*current
            && Instant::now() < token.until
        {
            return Ok(token.value.clone());
        }
        let granted = self.fetch(inner, client).await.map_err(Error::in_login)?;
        let value = granted.access_token.clone();
        *current = Some(granted.into());
        Ok(value)
    }

    async fn fetch(&self, inner: &Inner, client: &Client) -> Result<Granted, Error> {
        let path = format!(
            "{}/v1/accounts/{}/auth/token",
            hosts::PLACEHOLDER,
            self.account
        );
        let path = path
            .parse()
            .map_err(|why| Error::invalid(format!("the account id makes no address: {why}")))?;
        let url = inner.hosts.resolve(hosts::API, &path)?;
        let audience = format!("{}/v1/accounts/{}", hosts::API, self.audience);
        let mut request: Request = inner
            .http
            .request(Method::POST, url)
            .timeout(LOGIN_TIMEOUT)
            .json(&serde_json::json!({
                "grant_type": "client_credentials",
                "audience": audience,
            }))
            .build()
            .map_err(Error::http)?;
        request
            .headers_mut()
            .insert(AUTHORIZATION, inner.basic(client)?);
        let response = inner.http.execute(request).await.map_err(Error::http)?;

        let status = response.status();
        let headers = response.headers().clone();
        let length = crate::response::content_length(&headers);
        let raw = progenitor_client::ResponseValue::stream(response).into_inner();
        let body = match stream::read(raw, length, ANSWER_LIMIT).await {
            Ok(body) => body,
            Err(stream::ReadError::TooLarge) => {
                return Err(Error::too_large(status, headers, ANSWER_LIMIT));
            }
            Err(stream::ReadError::Http(error)) => {
                return Err(Error::http(error).answered(status, headers));
            }
        };
        if !status.is_success() {
            return Err(Error::status_answer(status, headers, body));
        }
        // The body holds the token, or what should have been one: it stays out of the error.
        let granted: Granted = serde_json::from_slice(&body)
            .map_err(|why| Error::decode(status, headers.clone(), body, &why).without_body())?;
        if granted.access_token.expose_secret().is_empty() {
            let empty = "the token endpoint answered with an empty `access_token`";
            return Err(Error::undecodable(status, headers, Bytes::new(), empty));
        }
        Ok(granted)
    }
}

impl From<Granted> for Token {
    fn from(granted: Granted) -> Self {
        let life = granted.expires_in.unwrap_or(UNTOLD_LIFETIME);
        let life = Duration::from_secs(life).min(LONGEST_LIFETIME);
        Self {
            value: granted.access_token,
            until: Instant::now() + (life - MARGIN.min(life / 10)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(expires_in: Option<u64>) -> Duration {
        let granted = Granted {
            access_token: "t".into(),
            expires_in,
        };
        Token::from(granted).until - Instant::now()
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_given_up_before_it_expires() {
        let seconds = Duration::from_secs;
        assert_eq!(life(Some(14400)), seconds(14340));
        assert_eq!(life(Some(100)), seconds(90));
        assert_eq!(life(Some(0)), Duration::ZERO);
        assert_eq!(life(None), seconds(270));
        assert_eq!(life(Some(u64::MAX)), LONGEST_LIFETIME - MARGIN);
    }
}
