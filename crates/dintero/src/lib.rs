#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[rustfmt::skip]
mod services;

pub use dintero_client;
#[cfg(feature = "opentelemetry")]
#[cfg_attr(docsrs, doc(cfg(feature = "opentelemetry")))]
pub use dintero_client::TraceContext;
pub use dintero_client::{
    AccountId, Attempt, AttemptDone, AttemptEnd, Builder as TransportBuilder, ByteStream, CommaList, DayOrTime,
    Decimal, Drift, DriftKind, Error, ErrorKind, HeaderMap, Hook, Method, Operation, OperationKind, Outcome, Redirect,
    Response, RetryPolicy, SecretString, SecurityScheme, StatusCode, Transport, Unknown, Unread, Violation, chrono,
    when_you_do_not_know,
};
#[cfg(feature = "events")]
#[cfg_attr(docsrs, doc(cfg(feature = "events")))]
pub use dintero_events as events;
pub use services::*;

/// One login for every service; cheap to clone.
///
/// Each service is behind the feature of its name and has an accessor here. All of them share the token, the
/// connections and the settings of one [`Transport`].
#[derive(Clone, Debug)]
pub struct Dintero {
    transport: Transport,
}

impl Dintero {
    /// With the login of the environment: `DINTERO_ACCOUNT_ID`, `DINTERO_CLIENT_ID` and `DINTERO_CLIENT_SECRET`.
    ///
    /// `DINTERO_BASE_URL` sends every call to a mock or a staging host instead; over http beyond this machine only with
    /// `DINTERO_ALLOW_HTTP=1` beside it.
    ///
    /// # Errors
    /// Names every variable that is missing.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().login_from_env().build()
    }

    /// Settings, credentials, hosts: whatever the environment does not say.
    pub fn builder() -> Builder {
        Builder(Transport::builder().named("`Dintero::builder()` or its `transport(..)`"))
    }

    /// On a transport that is already there.
    pub fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// For partners: the same login for calls to another account, whose id goes into the token's audience and into paths.
    /// Connections, retry budget and hooks are shared with this one.
    pub fn for_account(&self, account: AccountId) -> Self {
        Self::new(self.transport.for_account(account))
    }

    /// The login and the settings that all services share; also the way to any path by [`Transport::request`].
    pub fn transport(&self) -> &Transport {
        &self.transport
    }
}

/// Builds a [`Dintero`].
#[derive(Debug)]
pub struct Builder(TransportBuilder);

impl Builder {
    /// The client credentials of an account.
    pub fn login(
        self,
        account_id: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Self {
        Self(self.0.login(account_id, client_id, client_secret))
    }

    /// The login of the environment, as [`Dintero::from_env`] reads it.
    pub fn login_from_env(self) -> Self {
        Self(self.0.login_from_env())
    }

    /// Tells this hook of each attempt of each call, to count, measure or trace.
    pub fn hook(self, hook: impl Hook) -> Self {
        Self(self.0.hook(hook))
    }

    /// Sends every request to this address instead of Dintero's hosts: a mock, a proxy, a test.
    pub fn base_url(self, url: impl Into<String>) -> Self {
        Self(self.0.base_url(url))
    }

    /// Every other setting of a [`Transport`].
    pub fn transport(self, change: impl FnOnce(TransportBuilder) -> TransportBuilder) -> Self {
        Self(change(self.0))
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// Tells what is missing or does not fit.
    pub fn build(self) -> Result<Dintero, Error> {
        self.0.build().map(Dintero::new)
    }
}
