//! Setting a transport up.

use std::{fmt, sync::Arc, time::Duration};

use reqwest::{
    ClientBuilder,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, USER_AGENT},
    redirect,
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    AccountId, Drift, Error, Hook, RetryPolicy, TokenSource, Transport,
    clients::Clients,
    credentials::{Credentials, secret_value},
    drift::Watch,
    hook::Hooks,
    hosts::{self, Hosts},
    login::Login,
    retry::Budget,
    source::AnySource,
    tls,
    token::{Cache, Source},
    transport::{Inner, Timeouts},
};

/// Names of the environment variables of a login: account id, client id, client secret.
const LOGIN_VARIABLES: [&str; 3] = ["DINTERO_ACCOUNT_ID", "DINTERO_CLIENT_ID", "DINTERO_CLIENT_SECRET"];

/// Where calls go instead of to Dintero, and whether that may be over http.
const BASE_VARIABLE: &str = "DINTERO_BASE_URL";
const HTTP_VARIABLE: &str = "DINTERO_ALLOW_HTTP";

/// Who calls, as Dintero's own clients say with every request, the login's too.
const CALLER: [HeaderName; 4] = [
    HeaderName::from_static("dintero-system-name"),
    HeaderName::from_static("dintero-system-version"),
    HeaderName::from_static("dintero-system-plugin-name"),
    HeaderName::from_static("dintero-system-plugin-version"),
];

/// As many characters as the documents let such a header have.
const CALLER_LIMIT: usize = 120;

const AGENT: &str = concat!("dintero-rust/", env!("CARGO_PKG_VERSION"));

type Configure = Box<dyn Fn(ClientBuilder) -> ClientBuilder + Send + Sync>;

/// Builds a [`Transport`]. Start with [`Transport::builder`]; invalid settings are reported by
/// [`build`](Self::build).
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder {
    account: Option<String>,
    client: Option<(String, SecretString)>,
    audience: Option<String>,
    api_key: Option<SecretString>,
    token: Option<SecretString>,
    source: Option<Arc<dyn AnySource>>,
    base: Option<String>,
    /// Of the environment: what the program says goes before it.
    env_base: Option<(String, bool)>,
    bases: Vec<(String, String)>,
    credential_hosts: Vec<String>,
    allow_http: bool,
    http: Option<reqwest::Client>,
    configure: Option<Configure>,
    agent: Option<String>,
    headers: Vec<(String, String)>,
    timeouts: Timeouts,
    retry: RetryPolicy,
    retry_budget: u32,
    max_response_bytes: usize,
    strict_reading: bool,
    watch: Watch,
    hooks: Hooks,
    anonymous: bool,
    name: &'static str,
    /// In place of the HTTP client, in a test without sockets.
    #[cfg(test)]
    pub(crate) scripted: Option<Clients>,
    problem: Option<Error>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            account: None,
            client: None,
            audience: None,
            api_key: None,
            token: None,
            source: None,
            base: None,
            env_base: None,
            bases: Vec::new(),
            credential_hosts: Vec::new(),
            allow_http: false,
            http: None,
            configure: None,
            agent: None,
            headers: Vec::new(),
            timeouts: Timeouts {
                connect: Duration::from_secs(10),
                attempt: Duration::from_secs(60),
                total: Duration::from_secs(120),
            },
            retry: RetryPolicy::new(),
            retry_budget: 100,
            max_response_bytes: 64 * 1024 * 1024,
            strict_reading: false,
            watch: Watch::default(),
            hooks: Hooks::default(),
            anonymous: false,
            name: hosts::BUILDER,
            #[cfg(test)]
            scripted: None,
            problem: None,
        }
    }

    /// Logs in with client credentials of an account.
    pub fn login(
        mut self,
        account_id: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Self {
        self.client = Some((client_id.into(), client_secret.into()));
        self.account_id(account_id)
    }

    /// Logs in with `DINTERO_ACCOUNT_ID`, `DINTERO_CLIENT_ID` and `DINTERO_CLIENT_SECRET`.
    /// [`build`](Self::build) names every variable that is missing or empty, all at once.
    ///
    /// `DINTERO_BASE_URL`, if it is set, does what [`base_url`](Self::base_url) does, unless that is given: a program is
    /// pointed at a mock or a staging host by its environment alone. `DINTERO_ALLOW_HTTP=1` beside it does what
    /// [`allow_http`](Self::allow_http) does, for that address alone.
    pub fn login_from_env(self) -> Self {
        self.login_from(|name| std::env::var(name).ok())
    }

    fn login_from(mut self, read: impl Fn(&str) -> Option<String>) -> Self {
        let read = |name: &str| read(name).filter(|text| !text.trim().is_empty());
        if let Some(base) = read(BASE_VARIABLE) {
            let allow_http = match read(HTTP_VARIABLE).as_deref() {
                None | Some("0") => false,
                Some("1") => true,
                // Somebody meant something by it; whether credentials may be read on the way is not to be guessed.
                Some(_) => {
                    self.problem = Some(Error::config(HTTP_VARIABLE, "it is neither 1 nor 0; set it to one of them"));
                    return self;
                }
            };
            self.env_base = Some((base, allow_http));
        }
        let values = LOGIN_VARIABLES.map(read);
        if let [Some(account), Some(id), Some(secret)] = values {
            return self.login(account, id, secret);
        }
        let missing: Vec<_> =
            LOGIN_VARIABLES.iter().zip(&values).filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
        self.problem = Some(Error::config(
            "environment",
            format!(
                "{} not set; set all of {} (the Dintero backoffice shows them under API clients)",
                missing.join(", "),
                LOGIN_VARIABLES.join(", ")
            ),
        ));
        self
    }

    /// The account that calls use, when there is no login to tell it.
    pub fn account_id(mut self, id: impl Into<String>) -> Self {
        self.account = Some(id.into());
        self
    }

    /// For partners: the token is asked for this account instead of that of the login, and calls
    /// go to it.
    pub fn audience(mut self, account_id: impl Into<String>) -> Self {
        self.audience = Some(account_id.into());
        self
    }

    /// A key for operations that take one.
    pub fn api_key(mut self, key: impl Into<SecretString>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// A token of one's own, used as it is and never renewed. It goes before a login.
    pub fn bearer_token(mut self, token: impl Into<SecretString>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Tokens from elsewhere: a vault, another grant. It goes before a login.
    pub fn token_source(mut self, source: impl TokenSource) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Says that no credential is meant to be there: only public operations can be called.
    pub fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// Sends every call here instead of to the published hosts: a test server or a mock. The path
    /// of the published server is kept, so `https://api.dintero.com/v1` becomes `<url>/v1`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base = Some(url.into());
        self
    }

    /// As [`base_url`](Self::base_url) for one published host, such as `checkout.dintero.com`.
    pub fn base_url_for(mut self, host: impl Into<String>, url: impl Into<String>) -> Self {
        self.bases.push((host.into(), url.into()));
        self
    }

    /// Allows credentials to go to this host too, for operations that are not on Dintero's: over https at the usual
    /// port, or in any way to a loopback address. Only to the host of this name, none below it. May be called several
    /// times.
    ///
    /// Where operations are comes from published documents. Without this a credential goes to Dintero's hosts and to
    /// what [`base_url`](Self::base_url) and [`base_url_for`](Self::base_url_for) put in their place; a call that
    /// would take one elsewhere fails before anything is sent.
    ///
    /// ```
    /// use dintero_client::Transport;
    ///
    /// let transport = Transport::builder().bearer_token("t").credential_host("api.example.com").build()?;
    /// # let _ = transport;
    /// # Ok::<(), dintero_client::Error>(())
    /// ```
    pub fn credential_host(mut self, host: impl Into<String>) -> Self {
        self.credential_hosts.push(host.into());
        self
    }

    /// Allows a base url with `http` that is not a loopback address. Credentials and card data
    /// are then readable on the way.
    pub fn allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// Uses an HTTP client of one's own; TLS, proxies, its own retries and the time to connect are then its matter, and
    /// the transport can be used in one tokio runtime only: in another, calls fail before anything is sent.
    ///
    /// Make it with `redirect::Policy::none()`: what a client follows by itself this crate cannot
    /// guard, and reqwest carries an api key to other hosts. Give it no default header that is a secret: reqwest puts
    /// those on every request, to whatever host. With the feature `rustls` alone reqwest makes a client only after the
    /// program has installed a crypto provider.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// Changes the HTTP client that is built: proxies, TLS, local address, pools. It is called for each client that is
    /// made, one for a tokio runtime and one more where loopback addresses and others are called.
    ///
    /// A loopback address is called without a proxy, whatever the environment says, unless one is set here.
    ///
    /// Settings of TLS act with each TLS feature. With `rustls` alone they need a crypto provider of the process: if
    /// the program has installed none, ring is installed; a program that wants another installs it before.
    ///
    /// Default headers set here go to every host, so they must be no secrets; [`header`](Self::header) knows where to.
    pub fn configure_http(mut self, change: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static) -> Self {
        self.configure = Some(Box::new(change));
        self
    }

    /// Tells this hook of each attempt of each call; may be called several times.
    pub fn hook(mut self, hook: impl Hook) -> Self {
        self.hooks.0.push(Arc::new(hook));
        self
    }

    /// What messages call the builder that the program used. For the umbrella crate.
    #[doc(hidden)]
    pub fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Name and version of the program, put before this crate's in `User-Agent`.
    pub fn user_agent(mut self, agent: impl Into<String>) -> Self {
        self.agent = Some(agent.into());
        self
    }

    /// Tells Dintero the shop system that calls, as `Dintero-System-Name` and `-Version` of every request: Dintero's own
    /// clients do, and its support asks for it. At most 120 characters each.
    ///
    /// ```
    /// use dintero_client::Transport;
    ///
    /// let transport = Transport::builder().system("shop", "4.2.0").plugin("shop-dintero", "1.0.3").bearer_token("t").build()?;
    /// # let _ = transport;
    /// # Ok::<(), dintero_client::Error>(())
    /// ```
    pub fn system(self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.header("Dintero-System-Name", name).header("Dintero-System-Version", version)
    }

    /// Tells Dintero the plugin in that system, as `Dintero-System-Plugin-Name` and `-Version` of every request.
    pub fn plugin(self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.header("Dintero-System-Plugin-Name", name).header("Dintero-System-Plugin-Version", version)
    }

    /// A header for every call that does not set it itself. It may be a secret, so it goes only where credentials may.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Longest time to connect. Default 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.connect = timeout;
        self
    }

    /// Longest time for one attempt, the body included. Default 60 s.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.attempt = timeout;
        self
    }

    /// Longest time for a call with all its attempts and waits. Default 120 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.total = timeout;
        self
    }

    /// How calls are retried after a failure that may be temporary.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How many retries all calls may make together before successes earn more, one for each ten.
    /// Default 100; 0 means no retries.
    pub fn retry_budget(mut self, retries: u32) -> Self {
        self.retry_budget = retries;
        self
    }

    /// Longest body that is read into memory, in bytes. Default 64 MiB.
    pub fn max_response_bytes(mut self, limit: usize) -> Self {
        self.max_response_bytes = limit;
        self
    }

    /// An optional field of an answer that is not as described fails the answer, instead of reading as absent and being
    /// listed by [`Response::unread`](crate::Response::unread). For tests and for watching a service.
    pub fn strict_reading(mut self, strict: bool) -> Self {
        self.strict_reading = strict;
        self
    }

    /// Hears what answers have that the document has not: values, fields, and optional fields that are not as described.
    /// Each place of an operation once. Without an observer each is one event of `tracing`, once a process.
    ///
    /// ```
    /// use dintero_client::Transport;
    ///
    /// let transport = Transport::builder().bearer_token("t").on_drift(|drift| eprintln!("{drift}")).build()?;
    /// # let _ = transport;
    /// # Ok::<(), dintero_client::Error>(())
    /// ```
    pub fn on_drift(mut self, observer: impl Fn(&Drift) + Send + Sync + 'static) -> Self {
        self.watch = Watch::of(observer);
        self
    }

    /// Builds the transport. Nothing is sent; the login happens with the first call that needs it.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): an id, secret, url or header that cannot
    /// work, or no TLS compiled in.
    pub fn build(mut self) -> Result<Transport, Error> {
        if let Some(problem) = self.problem.take() {
            return Err(problem);
        }
        let login = self.account.take().map(AccountId::try_from).transpose()?;
        let audience = self.audience.take().map(AccountId::try_from).transpose()?;
        let account = audience.or_else(|| login.clone());
        let mut credentials = self.credentials()?;
        let client = self.client()?;
        self.check_credentials(client.is_some() || credentials.api_key.is_some() || credentials.token.is_some())?;
        let hosts = self.hosts()?;
        let headers = self.default_headers()?;
        let http = self.http(&hosts)?;
        let source = match (self.source.take(), client) {
            (Some(own), _) => Some(Source::Own(own)),
            (None, Some((id, secret))) => {
                let account = login.ok_or_else(|| {
                    Error::config("login", format!("it has no account id; give `account_id` to {}", self.name))
                })?;
                let mut login = Login::new(http.clone(), &hosts, &account, &id, &secret)?;
                let caller =
                    CALLER.into_iter().filter_map(|name| headers.get(&name).map(|v| (name.clone(), v.clone())));
                login.caller = Arc::new(caller.collect());
                Some(Source::Login(login))
            }
            (None, None) => None,
        };
        credentials.tokens = source.map(|source| Arc::new(Cache::new(source)));
        let tokens = credentials.tokens.as_ref();
        let tokens = tokens.map(|cache| cache.tokens(account.as_ref()));
        Ok(Transport(Arc::new(Inner {
            http,
            account,
            credentials,
            tokens,
            hosts,
            headers,
            timeouts: self.timeouts,
            retry: self.retry,
            budget: Arc::new(Budget::new(self.retry_budget)),
            max_response_bytes: self.max_response_bytes,
            strict_reading: self.strict_reading,
            watch: self.watch,
            hooks: self.hooks,
        })))
    }

    /// A transport that can prove nothing is hardly meant: its first call would be refused.
    fn check_credentials(&self, is_there: bool) -> Result<(), Error> {
        match (is_there || self.source.is_some(), self.anonymous) {
            (true, false) | (false, true) => Ok(()),
            (false, false) => Err(Error::config(
                "credentials",
                format!(
                    "there are none; give `login`, `login_from_env`, `bearer_token`, `token_source` or `api_key` to {}, \
                     or `anonymous` if only public operations are called",
                    self.name
                ),
            )),
            (true, true) => Err(Error::config(
                "credentials",
                format!(
                    "there are some, and `anonymous` says that there are none; leave one of them out of {}",
                    self.name
                ),
            )),
        }
    }

    fn client(&mut self) -> Result<Option<(String, SecretString)>, Error> {
        if let Some((id, secret)) = &self.client {
            if id.is_empty() || id.contains(':') || id.contains(char::is_control) {
                return Err(Error::config(
                    "client id",
                    "it is empty or has a colon or a control character; give it as the Dintero backoffice shows it",
                ));
            }
            not_empty("client secret", secret)?;
        }
        Ok(self.client.take())
    }

    fn credentials(&mut self) -> Result<Credentials, Error> {
        let mut credentials = Credentials::default();
        if let Some(key) = self.api_key.take() {
            not_empty("api key", &key)?;
            let value = secret_value("", &key).map_err(|why| bad_secret("api key", &why))?;
            credentials.api_key = Some(value);
        }
        if let Some(token) = self.token.take() {
            not_empty("bearer token", &token)?;
            secret_value("", &token).map_err(|why| bad_secret("bearer token", &why))?;
            credentials.token = Some(token);
        }
        Ok(credentials)
    }

    fn hosts(&self) -> Result<Hosts, Error> {
        let mut hosts = Hosts { allow_http: self.allow_http, builder: self.name, ..Hosts::default() };
        hosts.allowed = self.credential_hosts.iter().map(|text| Hosts::read_name(text)).collect::<Result<_, _>>()?;
        let all = match (&self.base, &self.env_base) {
            (Some(url), _) => Some(hosts.read_base(url)?),
            (None, Some((url, allow_http))) => {
                // For this address alone.
                let own = Hosts { allow_http: self.allow_http || *allow_http, ..Hosts::default() };
                Some(own.read_base(url).map_err(|why| why.at(BASE_VARIABLE))?)
            }
            (None, None) => None,
        };
        for (host, url) in &self.bases {
            let url = hosts.read_base(url)?;
            if host.is_empty() || host.contains(['/', ':', '@']) {
                return Err(Error::config(
                    "base url for a host",
                    "the host must be a name alone, such as checkout.dintero.com",
                ));
            }
            hosts.one.push((host.clone(), url));
        }
        hosts.all = all;
        Ok(hosts)
    }

    fn default_headers(&self) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::new();
        let agent = match &self.agent {
            Some(own) => format!("{own} {AGENT}"),
            None => AGENT.to_owned(),
        };
        headers.insert(USER_AGENT, header_value("User-Agent", &agent)?);
        for (name, value) in &self.headers {
            let (name, mut value) = header(name, value)?;
            if name.as_str() == "idempotency-key" {
                return Err(Error::config(
                    "header Idempotency-Key",
                    "it cannot be a default header: the service would take each order for a repetition of the first; \
                     give `idempotency_key` to the call, one key an order",
                ));
            }
            // A public operation must not carry it, so it cannot be sent with every call.
            if name == AUTHORIZATION {
                return Err(Error::config(
                    "header Authorization",
                    format!("it cannot be a default header; give `bearer_token` or a login to {}", self.name),
                ));
            }
            match CALLER.contains(&name) {
                true => check_caller(&name, &value)?,
                // Hooks and `Debug` leave it out: the program alone knows whether it is a secret.
                false => value.set_sensitive(true),
            }
            headers.insert(name, value);
        }
        Ok(headers)
    }

    fn http(&mut self, hosts: &Hosts) -> Result<Clients, Error> {
        #[cfg(test)]
        if let Some(scripted) = self.scripted.take() {
            return Ok(scripted);
        }
        if let Some(client) = self.http.take() {
            return Ok(Clients::own(client));
        }
        if !tls::AVAILABLE && hosts.need_tls() {
            return Err(Error::config(
                "TLS",
                "none is compiled in and the hosts are https; enable the feature `rustls`, `rustls-aws-lc` or `native-tls`, or give an `http_client` of your own",
            ));
        }
        let configure = self.configure.take();
        let connect = self.timeouts.connect;
        Clients::made(
            hosts.all_is_near(),
            Box::new(move |near| {
                let mut builder = tls::configure(reqwest::Client::builder(), configure.is_some())?;
                if near {
                    // Those of the environment; what the program sets comes after.
                    builder = builder.no_proxy();
                }
                if let Some(change) = &configure {
                    builder = change(builder);
                }
                builder
                    // Redirects are followed by this crate, which knows where credentials may go.
                    .redirect(redirect::Policy::none())
                    // Nor does the client know what may be sent twice.
                    .retry(reqwest::retry::never())
                    .connect_timeout(connect)
                    .build()
                    .map_err(|why| Error::http(why).in_config("HTTP client"))
            }),
        )
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("account", &self.account)
            .field("login", &self.client.is_some())
            .field("timeouts", &self.timeouts)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

fn not_empty(what: &'static str, secret: &SecretString) -> Result<(), Error> {
    if secret.expose_secret().trim().is_empty() {
        return Err(Error::config(what, "it is empty; look whether the variable or file it comes from is set"));
    }
    Ok(())
}

fn bad_secret(what: &'static str, why: &Error) -> Error {
    Error::config(what, why.message())
}

/// A header from outside. The error does not show the value: it may be a secret.
pub(crate) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Error> {
    let parsed: HeaderName =
        name.parse().map_err(|_| Error::config("header", format!("`{}` is no header name", name.escape_default())))?;
    if matches!(parsed.as_str(), "host" | "content-length" | "transfer-encoding" | "connection") {
        return Err(Error::config(format!("header {name}"), "the HTTP client sets it itself; leave it out"));
    }
    let value = header_value(name, value)?;
    Ok((parsed, value))
}

/// Refuses, before anything is sent, names of the caller that a service would refuse.
fn check_caller(name: &HeaderName, value: &HeaderValue) -> Result<(), Error> {
    let told = |why: String| Err(Error::config(format!("header {name}"), why));
    match value.to_str().map(|text| text.trim().len()) {
        Ok(1..=CALLER_LIMIT) => Ok(()),
        Ok(_) => told(format!("it is empty or longer than {CALLER_LIMIT} characters; give the name or version alone")),
        Err(_) => told("it has characters beyond ASCII, which no two servers read alike; write it without them".into()),
    }
}

pub(crate) fn header_value(name: &str, value: &str) -> Result<HeaderValue, Error> {
    value.parse().map_err(|_| {
        Error::config(
            format!("header {name}"),
            "its value has a line break or another character that no header can hold; take it out",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn told(builder: Builder) -> String {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    }

    #[test]
    fn every_missing_variable_is_named() {
        let text = told(Builder::new().login_from(|name| match name {
            "DINTERO_CLIENT_ID" => Some("id".to_owned()),
            "DINTERO_CLIENT_SECRET" => Some(" ".to_owned()),
            _ => None,
        }));
        assert!(text.contains("DINTERO_ACCOUNT_ID, DINTERO_CLIENT_SECRET not set"), "{text}");
    }

    #[test]
    fn the_environment_makes_a_login() {
        let read = |name: &str| match name {
            "DINTERO_ACCOUNT_ID" => Some("T12345678".to_owned()),
            "DINTERO_CLIENT_ID" | "DINTERO_CLIENT_SECRET" => Some("x".to_owned()),
            _ => None,
        };
        let transport = Builder::new().base_url("http://127.0.0.1:9").login_from(read).build().unwrap();
        assert_eq!(transport.account_id().unwrap().as_str(), "T12345678");
        assert!(transport.0.credentials.tokens.is_some());
    }

    fn pointed(variables: &[(&str, &str)]) -> Builder {
        Builder::new().login_from(|name| {
            let own = variables.iter().find(|(own, _)| *own == name).map(|(_, value)| *value);
            let login =
                LOGIN_VARIABLES.contains(&name).then_some(if name.ends_with("ACCOUNT_ID") { "T1" } else { "x" });
            own.or(login).map(str::to_owned)
        })
    }

    fn all(builder: Builder) -> Option<String> {
        builder.build().unwrap().0.hosts.all.as_ref().map(|url| url.as_str().to_owned())
    }

    #[test]
    fn the_environment_points_a_program_at_another_host() {
        const NEAR: &[(&str, &str)] = &[("DINTERO_BASE_URL", "http://127.0.0.1:4010")];
        assert_eq!(all(pointed(NEAR)).as_deref(), Some("http://127.0.0.1:4010/"));
        assert_eq!(
            all(pointed(&[("DINTERO_BASE_URL", " ")]).base_url("http://127.0.0.1:9")).as_deref(),
            Some("http://127.0.0.1:9/")
        );
        let own = "the program's own word goes first, whether it is said before or after";
        assert_eq!(all(pointed(NEAR).base_url("http://127.0.0.1:9")).as_deref(), Some("http://127.0.0.1:9/"), "{own}");

        const FAR: &[(&str, &str)] = &[("DINTERO_BASE_URL", "http://mock:4010")];
        let text = told(pointed(FAR));
        assert!(text.contains("DINTERO_BASE_URL: it is not https") && text.contains("DINTERO_ALLOW_HTTP"), "{text}");
        const SAID: &[(&str, &str)] = &[("DINTERO_BASE_URL", "http://mock:4010"), ("DINTERO_ALLOW_HTTP", "1")];
        assert_eq!(all(pointed(SAID)).as_deref(), Some("http://mock:4010/"));
        assert!(told(pointed(&[FAR[0], ("DINTERO_ALLOW_HTTP", "0")])).contains("not https"));
        assert!(
            told(pointed(&[FAR[0], ("DINTERO_ALLOW_HTTP", "yes")]))
                .contains("DINTERO_ALLOW_HTTP: it is neither 1 nor 0")
        );
        // It speaks of the address beside it alone.
        assert!(told(pointed(SAID).base_url("http://other:80")).contains("base url: it is not https"));
        assert!(told(pointed(SAID).base_url_for("api.dintero.com", "http://other:80")).contains("not https"));
        assert!(told(pointed(&[("DINTERO_ALLOW_HTTP", "1")]).base_url("http://other:80")).contains("not https"));
        let text = told(pointed(&[("DINTERO_BASE_URL", "https://me:hunter2@example.test")]));
        assert!(text.contains("DINTERO_BASE_URL: it holds a user name") && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn what_cannot_work_is_told_without_the_secret() {
        let new = || Builder::new().base_url("http://127.0.0.1:9").bearer_token("own");
        for (builder, part) in [
            (new().login("12345678", "id", "hunter2"), "account id: it must be"),
            (new().login("T1", "", "hunter2"), "client id: it is empty"),
            (new().login("T1", "a:b", "hunter2"), "a colon"),
            (new().login("T1", "id", " "), "client secret: it is empty"),
            (new().bearer_token(""), "bearer token: it is empty"),
            (new().bearer_token("hunter2\n"), "bearer token: the token or key has a character"),
            (new().api_key("hunter2\r\nx: y"), "api key: the token or key has a character"),
            (new().header("X-A", "hunter2\nX-B: 1"), "header X-A: its value has a line break"),
            (new().header("X A", "1"), "no header name"),
            (new().header("Authorization", "Bearer hunter2"), "cannot be a default header"),
            (new().header("Host", "x"), "sets it itself"),
            (new().user_agent("a\nb"), "header User-Agent"),
            (new().system("Shop\r\nX: hunter2", "1"), "header Dintero-System-Name: its value has a line break"),
            (new().system("Shop", ""), "header dintero-system-version: it is empty"),
            (new().plugin("Butikk\u{1f6d2}", "1"), "header dintero-system-plugin-name: it has characters beyond ASCII"),
            (new().plugin("Plugin", "1".repeat(121)), "longer than 120 characters"),
            (new().base_url("https://me:hunter2@example.test"), "user name or password"),
            (new().base_url_for("api.dintero.com", "http://example.test"), "not https"),
            (new().base_url_for("https://api.dintero.com", "http://127.0.0.1:9"), "a name alone"),
            (new().credential_host("https://me:hunter2@example.test"), "credential host: it is no name"),
            (new().credential_host("example.test").credential_host("*.example.test"), "no name of a host"),
            (new().audience("nobody"), "account id"),
        ] {
            let text = told(builder);
            assert!(text.contains(part), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let builder = Builder::new()
            .base_url("http://127.0.0.1:9")
            .login("T1", "id", "hunter2")
            .api_key("hunter2")
            .bearer_token("hunter2")
            .header("X-Key", "hunter2");
        assert!(!format!("{builder:?}").contains("hunter2"));
        let transport = builder.build().unwrap();
        assert!(!format!("{transport:?}").contains("hunter2"));
    }

    #[cfg(not(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls")))]
    #[test]
    fn https_without_tls_is_told() {
        assert!(told(Builder::new().anonymous()).contains("enable the feature `rustls`"));
        assert!(Builder::new().anonymous().base_url("http://127.0.0.1:9").build().is_ok());
    }

    #[cfg(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls"))]
    #[test]
    fn the_published_hosts_need_no_setting() {
        assert!(Builder::new().login("T1", "id", "x").build().is_ok());
    }

    #[test]
    fn credentials_are_there_or_said_not_to_be() {
        let new = || Builder::new().base_url("http://127.0.0.1:9");
        let text = told(new().named("`Dintero::builder()`"));
        assert!(text.contains("`login_from_env`") && text.contains("to `Dintero::builder()`"), "{text}");
        assert!(told(new().anonymous().api_key("k")).contains("says that there are none"));
        assert!(new().anonymous().build().is_ok());
    }
}
