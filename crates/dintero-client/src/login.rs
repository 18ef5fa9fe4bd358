//! The request that turns client credentials into a token.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use reqwest::{
    Method, Request, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{
    AccessToken, AccountId, Error,
    clients::Clients,
    credentials::secret_value,
    hosts::{self, Hosts},
    response, stream,
};

/// Longest answer of the token endpoint that is read.
const ANSWER_LIMIT: usize = 256 * 1024;

/// Client credentials of an account, and where they are shown.
#[derive(Clone)]
pub(crate) struct Login {
    http: Clients,
    url: Url,
    /// Client id and secret.
    basic: HeaderValue,
    /// Who calls, as every other request says it too.
    pub(crate) caller: Arc<HeaderMap>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    #[serde(default)]
    expires_in: serde_json::Value,
}

/// A lifetime in any form that a number of seconds may have; `None` for nonsense, which throws no good token away.
fn lifetime(told: &serde_json::Value) -> Option<Duration> {
    let text = match told {
        serde_json::Value::Number(number) => number.to_string(),
        serde_json::Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let seconds: f64 = text.parse().ok()?;
    // Beyond a thousand years it is no lifetime of a token.
    (0.0..3e10).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

impl Login {
    pub(crate) fn new(
        http: Clients,
        hosts: &Hosts,
        account: &AccountId,
        id: &str,
        secret: &SecretString,
    ) -> Result<Self, Error> {
        let url = address(hosts, account)?;
        Ok(Self { http, url, basic: basic(id, secret)?, caller: Arc::default() })
    }

    /// `Basic` with client id and secret.
    pub(crate) fn basic(&self) -> HeaderValue {
        self.basic.clone()
    }

    /// Asks for a token for `audience`, once.
    pub(crate) async fn fetch(&self, audience: &AccountId, limit: Duration) -> Result<AccessToken, Error> {
        let audience = format!("{}/v1/accounts/{audience}", hosts::API);
        let wanted = serde_json::json!({"grant_type": "client_credentials", "audience": audience});
        let mut request = Box::new(Request::new(Method::POST, self.url.clone()));
        *request.timeout_mut() = Some(limit);
        *request.body_mut() = Some(wanted.to_string().into());
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(AUTHORIZATION, self.basic());
        headers.extend(self.caller.iter().map(|(name, value)| (name.clone(), value.clone())));
        let mut response = self.http.execute(request).await?;

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
        token.lifetime = lifetime(&granted.expires_in);
        Ok(token)
    }
}

fn basic(id: &str, secret: &SecretString) -> Result<HeaderValue, Error> {
    let pair = SecretString::from(format!("{id}:{}", secret.expose_secret()));
    let text = SecretString::from(BASE64_STANDARD.encode(pair.expose_secret()));
    secret_value("Basic ", &text)
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
    fn a_lifetime_is_a_number_of_seconds_in_any_form() {
        let told = |text: &str| lifetime(&serde_json::from_str(text).unwrap()).map(|it| it.as_secs());
        for (text, seconds) in [
            ("3600", Some(3600)),
            ("\"3600\"", Some(3600)),
            ("3600.0", Some(3600)),
            ("3.6e3", Some(3600)),
            ("3600.5", Some(3600)),
            ("0", Some(0)),
            ("-1", None),
            ("1e30", None),
            ("true", None),
            ("null", None),
            ("[]", None),
            ("\"soon\"", None),
            ("\"NaN\"", None),
        ] {
            assert_eq!(told(text), seconds, "{text}");
        }
    }

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
