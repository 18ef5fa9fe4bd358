//! Where tokens come from when it is not a login with client credentials.

use std::{error::Error as StdError, fmt, future::Future, pin::Pin, time::Duration};

use secrecy::SecretString;

use crate::{AccountId, Error};

/// A token with its lifetime.
#[derive(Clone)]
pub struct AccessToken {
    pub(crate) value: SecretString,
    pub(crate) lifetime: Option<Duration>,
}

impl AccessToken {
    /// A token, without `Bearer `. It is asked for again after five minutes unless its lifetime is
    /// told.
    pub fn new(value: impl Into<SecretString>) -> Self {
        Self { value: value.into(), lifetime: None }
    }

    /// How long it is good from now on.
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// Gives tokens that this crate cannot get by itself: from a vault, another service, or another
/// grant. Given to [`Builder::token_source`](crate::Builder::token_source).
///
/// What it gives is kept and renewed as the token of a login is: asked for by one task at a time,
/// ahead of its expiry, and once more if the service refuses it. When it fails it is asked again after a pause, of a
/// quarter of a second at first and 30 s at most; until then all calls get that failure.
///
/// ```no_run
/// use dintero_client::{AccessToken, AccountId, TokenSource, Transport};
/// use std::{error::Error, time::Duration};
///
/// struct Vault;
///
/// impl TokenSource for Vault {
///     async fn token(
///         &self,
///         _account: Option<&AccountId>,
///     ) -> Result<AccessToken, Box<dyn Error + Send + Sync>> {
///         let token = std::fs::read_to_string("/run/secrets/dintero-token")?;
///         Ok(AccessToken::new(token.trim()).expires_in(Duration::from_secs(3600)))
///     }
/// }
///
/// let transport = Transport::builder().token_source(Vault).build()?;
/// # Ok::<(), dintero_client::Error>(())
/// ```
pub trait TokenSource: Send + Sync + 'static {
    /// A token for calls to `account`, the account of the transport if it has one. Given up after
    /// 30 s.
    ///
    /// # Errors
    /// Whatever keeps it from giving one; calls fail with
    /// [`ErrorKind::Auth`](crate::ErrorKind::Auth) and its text.
    fn token(
        &self,
        account: Option<&AccountId>,
    ) -> impl Future<Output = Result<AccessToken, Box<dyn StdError + Send + Sync>>> + Send;
}

type Fetching<'a> = Pin<Box<dyn Future<Output = Result<AccessToken, Error>> + Send + 'a>>;

/// A [`TokenSource`] without its type.
pub(crate) trait AnySource: Send + Sync {
    fn fetch<'a>(&'a self, account: Option<&'a AccountId>) -> Fetching<'a>;
}

impl<T: TokenSource> AnySource for T {
    fn fetch<'a>(&'a self, account: Option<&'a AccountId>) -> Fetching<'a> {
        Box::pin(async move { self.token(account).await.map_err(Error::token_source) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_token() {
        let token = AccessToken::new("hunter2").expires_in(Duration::from_secs(7));
        assert_eq!(format!("{token:?}"), "AccessToken { lifetime: Some(7s), .. }");
    }
}
