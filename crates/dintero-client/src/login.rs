//! The request that turns client credentials into a token.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{
    Method, Request, Url,
    header::{AUTHORIZATION, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{
    AccessToken, AccountId, Error,
    hosts::{self, Hosts},
    response, stream,
};

/// Longest answer of the token endpoint that is read.
const ANSWER_LIMIT: usize = 256 * 1024;

/// Client credentials of an account, and where they are shown.
#[derive(Clone)]
pub(crate) struct Login {
    http: reqwest::Client,
    url: Url,
    id: String,
    secret: SecretString,
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    #[serde(default, deserialize_with = "crate::de::option_integer")]
    expires_in: Option<u64>,
}

impl Login {
    pub(crate) fn new(
        http: reqwest::Client,
        hosts: &Hosts,
        account: &AccountId,
        id: String,
        secret: SecretString,
    ) -> Result<Self, Error> {
        let url = address(hosts, account)?;
        Ok(Self { http, url, id, secret })
    }

    /// `Basic` with client id and secret.
    pub(crate) fn basic(&self) -> Result<HeaderValue, Error> {
        // reqwest encodes it and marks it sensitive; the address is never used.
        let request = self
            .http
            .get(hosts::PLACEHOLDER)
            .basic_auth(&self.id, Some(self.secret.expose_secret()))
            .build()
            .map_err(Error::http)?;
        let value = request.headers().get(AUTHORIZATION).cloned();
        value.ok_or_else(|| Error::auth("client id and secret make no header value"))
    }

    /// Asks for a token for `audience`, once.
    pub(crate) async fn fetch(&self, audience: &AccountId, limit: Duration) -> Result<AccessToken, Error> {
        let audience = format!("{}/v1/accounts/{audience}", hosts::API);
        let mut request: Request = self
            .http
            .request(Method::POST, self.url.clone())
            .timeout(limit)
            .json(&serde_json::json!({
                "grant_type": "client_credentials",
                "audience": audience,
            }))
            .build()
            .map_err(Error::http)?;
        request.headers_mut().insert(AUTHORIZATION, self.basic()?);
        let mut response = self.http.execute(request).await.map_err(Error::http)?;

        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let length = response::content_length(&headers);
        let body = match stream::read(&mut response, length, ANSWER_LIMIT).await {
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
        let mut token = AccessToken::new(granted.access_token);
        token.lifetime = granted.expires_in.map(Duration::from_secs);
        Ok(token)
    }
}

/// Where the token of an account is asked for. Client id and secret go there.
fn address(hosts: &Hosts, account: &AccountId) -> Result<Url, Error> {
    let path = format!("{}/v1/accounts/{account}/auth/token", hosts::PLACEHOLDER);
    let path = path.parse().map_err(|why| Error::config("login", format!("the account id makes no address: {why}")))?;
    let url = hosts.resolve(hosts::API, &path)?;
    match hosts.knows(&url) {
        true => Ok(url),
        false => Err(hosts.refusal(&url).in_config("login")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn the_login_goes_to_a_host_that_may_have_its_secret() {
        let account = "T1".parse().unwrap();
        let told = |hosts: &Hosts| address(hosts, &account).map(String::from);
        assert_eq!(told(&Hosts::default()).unwrap(), "https://api.dintero.com/v1/accounts/T1/auth/token");
        let mut hosts = Hosts { lists: vec![&["other.example"]], ..Hosts::default() };
        let error = told(&hosts).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().starts_with("login: nothing was sent to `api.dintero.com`"), "{error}");
        hosts.all = Some("http://127.0.0.1:9".parse().unwrap());
        assert_eq!(told(&hosts).unwrap(), "http://127.0.0.1:9/v1/accounts/T1/auth/token");
    }
}
