//! What all service clients share.

use std::{fmt, sync::Arc, time::Duration};

use reqwest::{Method, header::HeaderMap};

use crate::{
    AccountId, Builder, Call, Error, Operation, RawRequest, RetryPolicy, clients::Clients, credentials::Credentials,
    drift::Watch, hook::Hooks, hosts::Hosts, retry::Budget, token::Tokens,
};

/// Login, hosts, timeouts and the HTTP client, shared by all service clients.
///
/// A clone is cheap and shares everything, the token included. Make one for a program and keep it. It may be used in
/// several tokio runtimes: each has connections of its own.
///
/// ```no_run
/// use dintero_client::Transport;
///
/// # fn main() -> Result<(), dintero_client::Error> {
/// let transport = Transport::builder()
///     .login("T12345678", "client-id", "client-secret")
///     .user_agent("my-shop/1.0")
///     .build()?;
/// assert!(transport.account_id().is_some_and(|id| id.is_test()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Transport(pub(crate) Arc<Inner>);

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) http: Clients,
    pub(crate) account: Option<AccountId>,
    pub(crate) credentials: Credentials,
    /// Those of `credentials` for `account`.
    pub(crate) tokens: Option<Arc<Tokens>>,
    pub(crate) hosts: Hosts,
    /// Sent with every call that does not set them itself.
    pub(crate) headers: HeaderMap,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Arc<Budget>,
    pub(crate) max_response_bytes: usize,
    pub(crate) strict_reading: bool,
    pub(crate) watch: Watch,
    pub(crate) hooks: Hooks,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) attempt: Duration,
    pub(crate) total: Duration,
}

impl Transport {
    /// Begins a transport.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// A transport with the login of `DINTERO_ACCOUNT_ID`, `DINTERO_CLIENT_ID` and `DINTERO_CLIENT_SECRET`, at
    /// `DINTERO_BASE_URL` if that is set; as [`Builder::login_from_env`] reads them.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), naming every variable that is missing or
    /// empty, or as [`Builder::build`].
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().login_from_env().build()
    }

    /// The account of the login, which calls use unless they name another.
    pub fn account_id(&self) -> Option<&AccountId> {
        self.0.account.as_ref()
    }

    /// For partners: the same login for calls to another account, which goes into the token's
    /// audience. Connections, retry budget, hooks and tokens are shared with this transport; the token of an account is
    /// kept while anything holds on to it, and of others those of about a thousand.
    pub fn for_account(&self, account: AccountId) -> Self {
        let mut inner = (*self.0).clone();
        let cache = inner.credentials.tokens.as_ref();
        inner.tokens = cache.map(|cache| cache.tokens(Some(&account)));
        inner.account = Some(account);
        Self(Arc::new(inner))
    }

    /// This transport, whose credentials may also go to these hosts, over https at the usual port: names, and suffixes
    /// that begin with a dot. The login, its tokens, connections and retry budget are shared.
    ///
    /// Hidden, as it is for the `Client::new` of crates that are generated from other documents: those hosts were
    /// allowed when the crate was made. A program allows hosts by
    /// [`Builder::credential_host`](crate::Builder::credential_host), for all clients and in sight of its readers.
    #[doc(hidden)]
    pub fn with_credential_hosts(&self, hosts: &'static [&'static str]) -> Self {
        if self.0.hosts.covers(hosts) {
            return self.clone();
        }
        let mut inner = (*self.0).clone();
        inner.hosts.lists.push(hosts);
        Self(Arc::new(inner))
    }

    /// Begins a call of a published operation. Generated clients use it.
    pub fn call(&self, operation: &'static Operation) -> Call {
        Call::new(self.clone(), operation)
    }

    /// Begins a call of any endpoint, for what the generated clients lack.
    ///
    /// `target` is a path on `https://api.dintero.com` with its version, such as
    /// `/v1/accounts/T12345678/x`, or a whole address on a host of Dintero's, the override, or one allowed by
    /// [`Builder::credential_host`](crate::Builder::credential_host).
    ///
    /// ```no_run
    /// use dintero_client::{Transport, reqwest::Method, serde_json::Value};
    ///
    /// # async fn run(transport: Transport) -> Result<(), dintero_client::Error> {
    /// let page = transport
    ///     .request(Method::GET, "/v1/accounts/T12345678/brands")
    ///     .query("limit", "10")
    ///     .send::<Value>()
    ///     .await?;
    /// println!("{page:?}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: Method, target: impl AsRef<str>) -> RawRequest {
        RawRequest::new(self, method, target.as_ref())
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Default headers are left out: they may hold what only the caller knows to be secret.
        f.debug_struct("Transport")
            .field("account", &self.0.account)
            .field("credentials", &self.0.credentials)
            .field("hosts", &self.0.hosts)
            .field("timeouts", &self.0.timeouts)
            .field("retry", &self.0.retry)
            .finish_non_exhaustive()
    }
}
