//! [`Mock`]: a running server, and how it is set up.

use crate::answer::Answers;
use crate::connection::{Connection, Listener};
use crate::document::Document;
use crate::documents;
use crate::fault::{Fault, Faults};
use crate::log::{Log, Received};
use crate::operation::{self, Operation};
use crate::part::{self, Lifecycle, Part};
use crate::post::{Delivery, Post, Rules, Weather};
use crate::problem::Problem;
use crate::router::Router;
use crate::schema::Side;
use crate::security::Credentials;
use crate::server::{self, Server};
use crate::shelf;
use crate::state::{Outcome, Pay, State};
use secrecy::ExposeSecret;
use std::future::IntoFuture;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Schemas nest deep, and so do their validators.
const STACK: usize = 16 << 20;

/// A local Dintero. It stops when this is dropped.
///
/// It runs on a thread of its own, so that several tests, each with its own runtime, can share one.
#[derive(Debug)]
pub struct Mock {
    address: SocketAddr,
    server: Arc<Server>,
    notes: Vec<String>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Builds a [`Mock`].
#[derive(Debug)]
pub struct Builder {
    account: String,
    client_id: String,
    client_secret: String,
    services: Vec<String>,
    documents: Option<PathBuf>,
    seed: u64,
    latency: Duration,
    strict: bool,
    stateful: bool,
    pay: Pay,
    token_lifetime: Duration,
    body_limit: usize,
    port: u16,
    workers: usize,
    observer: Observer,
    on_delivery: OnDelivery,
    host: IpAddr,
    webhooks: Vec<(String, String)>,
    signature_secret: Option<String>,
    weathers: Vec<Weather>,
    rules: Rules,
}

/// What the mock's thread tells once it listens.
struct Started {
    address: SocketAddr,
    server: Arc<Server>,
    notes: Vec<String>,
    stop: oneshot::Sender<()>,
}

impl Started {
    fn on(self, thread: std::thread::JoinHandle<()>) -> Mock {
        let Self { address, server, notes, stop } = self;
        Mock { address, server, notes, stop: Some(stop), thread: Some(thread) }
    }
}

fn no_thread(why: &str) -> Problem {
    Problem::new("dintero-mock", format!("no thread or runtime can be had: {why}"), "try again")
}

/// The login, where none of the served documents has one: it comes with every service, whatever the documents say.
fn login() -> Result<Vec<Operation>, Problem> {
    let document = Document::built_in("login", include_str!("login.json")).map(Arc::new)?;
    let mut operations = operation::all(&document, documents::EVENT_PATHS);
    for operation in &mut operations {
        operation.part = Some(Part::Token);
    }
    Ok(operations)
}

fn told(about: &str, refused: &crate::answer::Answered) -> Problem {
    let body: serde_json::Value = serde_json::from_slice(&refused.body).unwrap_or_default();
    Problem::new(about, body["error"]["message"].as_str().unwrap_or("cannot be done"), "")
}

/// A subscription of every event.
fn subscription(url: &str, secret: &str) -> serde_json::Map<String, serde_json::Value> {
    let mut config = serde_json::json!({"url": url, "content_type": "application/json"});
    if !secret.is_empty() {
        config["secret"] = serde_json::json!({"type": "HMAC-SHA1", "value": secret});
    }
    serde_json::Map::from_iter([("config".to_owned(), config)])
}

struct Observer(Option<server::Observer>);

struct OnDelivery(Option<crate::post::Observer>);

impl std::fmt::Debug for OnDelivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "set" } else { "none" })
    }
}

impl std::fmt::Debug for Observer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "set" } else { "none" })
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            account: crate::ACCOUNT.into(),
            client_id: "mock-client".into(),
            client_secret: "mock-secret".into(),
            services: Vec::new(),
            documents: None,
            seed: 0,
            latency: Duration::ZERO,
            strict: false,
            stateful: true,
            pay: Pay::AtOnce(Outcome::Authorized),
            token_lifetime: Duration::from_secs(4 * 60 * 60),
            body_limit: 1 << 20,
            port: 0,
            workers: 1,
            observer: Observer(None),
            on_delivery: OnDelivery(None),
            host: Ipv4Addr::LOCALHOST.into(),
            webhooks: Vec::new(),
            signature_secret: None,
            weathers: Vec::new(),
            rules: Rules::default(),
        }
    }
}

impl Mock {
    /// With everything as it is when nothing is said: all services, a port of its own, account `T12345678`.
    ///
    /// # Errors
    /// No port can be had, or no document can be served.
    pub async fn start() -> Result<Self, Problem> {
        Self::builder().start().await
    }

    /// Account, credentials, services and how strictly requests are judged.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// What stands for every published host, for example `http://127.0.0.1:4010`.
    pub fn base_url(&self) -> String {
        match self.address.ip().is_unspecified() {
            // Whoever is on this machine reaches it so; others know it by another name.
            true => format!("http://127.0.0.1:{}", self.address.port()),
            false => format!("http://{}", self.address),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The account that the credentials are for.
    pub fn account_id(&self) -> &str {
        &self.server.credentials.account
    }

    /// The client id that the token endpoint takes.
    pub fn client_id(&self) -> &str {
        &self.server.credentials.client_id
    }

    /// The secret that goes with [`client_id`](Self::client_id). It opens nothing but this mock.
    pub fn client_secret(&self) -> &str {
        self.server.credentials.client_secret.expose_secret()
    }

    /// The key for operations that take one.
    pub fn api_key(&self) -> &str {
        self.server.credentials.api_key.expose_secret()
    }

    /// A token as the token endpoint would issue it, for a test that does not log in.
    pub fn token(&self) -> String {
        self.server.credentials.issue(vec![self.account_id().to_owned()])
    }

    /// A header with a credential that the operation takes; none for a public one.
    pub fn credential(&self, operation: &Operation) -> Option<(String, String)> {
        self.server.credentials.header(&operation.security)
    }

    /// Makes every token issued so far invalid, as if it had been withdrawn.
    pub fn revoke_tokens(&self) {
        self.server.credentials.revoke();
    }

    /// The requests that arrived, the oldest first, as many as are kept.
    pub fn requests(&self) -> Vec<Received> {
        self.server.log.all()
    }

    /// Forgets the requests that arrived.
    pub fn forget_requests(&self) {
        self.server.log.clear();
    }

    /// Makes something go wrong from now on.
    ///
    /// # Errors
    /// It is for an operation that is not served; the nearest are named.
    pub fn fault(&self, fault: Fault) -> Result<(), Problem> {
        fault.check(self.server.router.operations())?;
        self.server.faults.add(fault);
        Ok(())
    }

    /// Disturbs deliveries from now on.
    pub fn weather(&self, weather: Weather) {
        self.server.post.weathers.add(weather);
    }

    /// Disturbs no further delivery.
    pub fn forget_weather(&self) {
        self.server.post.weathers.clear();
    }

    /// Subscribes an address to every event, signed with this secret unless it is empty; gives the subscription's id.
    pub fn subscribe(&self, url: &str, secret: &str) -> String {
        // It has no mask that could be wrong.
        let made = self.server.post.subscribe(subscription(url, secret), None).unwrap_or_default();
        made.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    }

    /// Everything that was sent, each attempt for itself, the oldest first, as much as is kept.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.server.post.deliveries()
    }

    /// Forgets what was sent.
    pub fn forget_deliveries(&self) {
        self.server.post.forget_deliveries();
    }

    /// Waits until all that is to be delivered was taken or given up; false when it takes longer than this.
    pub async fn delivered(&self, within: Duration) -> bool {
        let mut pending = self.server.post.pending();
        tokio::time::timeout(within, pending.wait_for(|pending| *pending == 0)).await.is_ok_and(|ended| ended.is_ok())
    }

    /// The secret that callbacks are signed with, if there is one: that of the builder, or what the shop asked for last.
    pub fn signature_secret(&self) -> Option<String> {
        let secret = self.server.post.signature()?;
        secret.get("signature")?.get("secret")?.as_str().map(str::to_owned)
    }

    /// Removes all faults.
    pub fn forget_faults(&self) {
        self.server.faults.clear();
    }

    /// How many operations it answers.
    pub fn operations(&self) -> usize {
        self.server.router.operations().count()
    }

    /// Pays a session that is still open, or decides on a payment that is on hold; gives the id of the transaction.
    ///
    /// # Errors
    /// There is no such session, it is paid or cancelled already, or the mock keeps no state.
    pub fn pay(&self, session: &str, outcome: Outcome) -> Result<String, Problem> {
        self.state(session)?.pay(session, outcome, None).map_err(|refused| told(session, &refused))
    }

    /// Ends a session that is still open, as the customer does who goes back to the shop.
    ///
    /// # Errors
    /// There is no such session, it is paid or cancelled already, or the mock keeps no state.
    pub fn cancel(&self, session: &str) -> Result<(), Problem> {
        self.state(session)?.cancel(session, None).map_err(|refused| told(session, &refused))
    }

    fn state(&self, about: &str) -> Result<&State, Problem> {
        let state = self.server.state.as_ref();
        state.ok_or_else(|| Problem::new(about, "the mock keeps no state", "start it with `stateful(true)`"))
    }

    /// What was found at start: documents that cannot be served and why, and operations that two documents publish.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It ends at once: its runtime does not wait for open connections. A panic there has been told already.
            drop(thread.join());
        }
    }
}

impl Builder {
    /// The account that the credentials are for.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = account.into();
        self
    }

    /// The client id and secret that the token endpoint takes.
    #[must_use]
    pub fn client(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.client_id = id.into();
        self.client_secret = secret.into();
        self
    }

    /// Serves this service; said more than once, each of them. All when it is not said.
    #[must_use]
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.services.push(service.into());
        self
    }

    /// Serves the documents of this folder (`<service>.json`; with the feature `yaml` also `.yaml` and `.yml`) instead of
    /// those built in.
    ///
    /// What is kept between requests is what the folder's `mock.toml` (feature `yaml`) or `mock.json` says, if it has one,
    /// which is written as `specs/mock.toml` is; else what that says of services of these names.
    #[must_use]
    pub fn documents(mut self, folder: impl AsRef<Path>) -> Self {
        self.documents = Some(folder.as_ref().to_owned());
        self
    }

    /// The seed of everything that is made up: the same seed gives the same answers.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Every answer takes so much longer.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Refuses also what a forgiving server takes: unknown query parameters, `readOnly` fields, a body or a credential
    /// where none is asked for.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Whether sessions and transactions are kept, as they are when nothing is said. Without, every operation answers
    /// from its document alone, whatever ids it is asked for.
    #[must_use]
    pub fn stateful(mut self, stateful: bool) -> Self {
        self.stateful = stateful;
        self
    }

    /// When a new session is paid, and how; at once and authorized when it is not said.
    #[must_use]
    pub fn pay(mut self, pay: Pay) -> Self {
        self.pay = pay;
        self
    }

    /// How long a token lasts.
    #[must_use]
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// The largest body that is read; 1 MiB when it is not said.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The address to listen at; only this machine reaches it when it is not said. Whoever reaches it can do everything.
    #[must_use]
    pub fn host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// Subscribes an address to every event, signed with this secret (HMAC-SHA1) unless it is empty.
    #[must_use]
    pub fn webhook(mut self, url: impl Into<String>, secret: impl Into<String>) -> Self {
        self.webhooks.push((url.into(), secret.into()));
        self
    }

    /// The secret that callbacks of sessions are signed with from the beginning; none until the shop asks for one when
    /// it is not said.
    #[must_use]
    pub fn signature_secret(mut self, secret: impl Into<String>) -> Self {
        self.signature_secret = Some(secret.into());
        self
    }

    /// Bad weather from the beginning.
    #[must_use]
    pub fn weather(mut self, weather: Weather) -> Self {
        self.weathers.push(weather);
        self
    }

    /// How long a delivery waits for its first retry, a second when it is not said; twice as long for each that follows,
    /// a minute at most.
    #[must_use]
    pub fn retry_delay(mut self, delay: Duration) -> Self {
        self.rules.retry_delay = delay;
        self
    }

    /// How long a second of `delay_callback` lasts, so that a test need not wait for it.
    #[must_use]
    pub fn callback_second(mut self, second: Duration) -> Self {
        self.rules.callback_second = second;
        self
    }

    /// How long an endpoint may take to answer a delivery; ten seconds when it is not said.
    #[must_use]
    pub fn delivery_timeout(mut self, timeout: Duration) -> Self {
        self.rules.timeout = timeout;
        self
    }

    /// The port; one that is free when it is not said.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Threads that answer.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// Called for every request, once it is answered.
    #[must_use]
    pub fn on_request(mut self, told: impl Fn(&Received) + Send + Sync + 'static) -> Self {
        self.observer = Observer(Some(Box::new(told)));
        self
    }

    /// Called for every attempt to deliver something, once it has ended.
    #[must_use]
    pub fn on_delivery(mut self, told: impl Fn(&Delivery) + Send + Sync + 'static) -> Self {
        self.on_delivery = OnDelivery(Some(Box::new(told)));
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// The port cannot be had, a service is unknown, or no document can be served.
    pub async fn start(self) -> Result<Mock, Problem> {
        // Documents are read on the mock's thread; the caller's is not held up.
        let (tell, told) = oneshot::channel();
        let thread = self.spawn(move |started| drop(tell.send(started)))?;
        told.await.unwrap_or_else(|_| Err(no_thread("it ended before it began"))).map(|started| started.on(thread))
    }

    /// Starts it from code that is not asynchronous.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_blocking(self) -> Result<Mock, Problem> {
        let (tell, told) = std::sync::mpsc::channel();
        let thread = self.spawn(move |started| drop(tell.send(started)))?;
        told.recv().unwrap_or_else(|_| Err(no_thread("it ended before it began"))).map(|started| started.on(thread))
    }

    fn spawn(
        self,
        tell: impl FnOnce(Result<Started, Problem>) + Send + 'static,
    ) -> Result<std::thread::JoinHandle<()>, Problem> {
        let run = move || {
            let mut runtime = tokio::runtime::Builder::new_multi_thread();
            runtime.worker_threads(self.workers).thread_name("dintero-mock").thread_stack_size(STACK).enable_all();
            let begun = runtime.build().map_err(|why| no_thread(&why.to_string())).and_then(|runtime| {
                let (listener, server, notes) = self.prepare(&runtime)?;
                let address = listener.local_addr().map_err(|why| no_thread(&why.to_string()))?;
                Ok((runtime, listener, server, notes, address))
            });
            let (runtime, listener, server, notes, address) = match begun {
                Ok(begun) => begun,
                Err(problem) => return tell(Err(problem)),
            };
            let (stop, stopped) = oneshot::channel();
            tell(Ok(Started { address, server: Arc::clone(&server), notes, stop }));
            runtime.block_on(async move {
                tokio::select! {
                    ended = axum::serve(Listener(listener), server::app(server).into_make_service_with_connect_info::<Connection>()).into_future() => drop(ended),
                    _ = stopped => {}
                }
            });
            // Connections that are still open end with it.
            runtime.shutdown_background();
        };
        let thread = std::thread::Builder::new().name("dintero-mock".into()).stack_size(STACK);
        thread.spawn(run).map_err(|why| no_thread(&why.to_string()))
    }

    fn prepare(
        self,
        runtime: &tokio::runtime::Runtime,
    ) -> Result<(tokio::net::TcpListener, Arc<Server>, Vec<String>), Problem> {
        let (documents, mut notes) = match &self.documents {
            Some(folder) => shelf::from_folder(folder, &self.services)?,
            None => shelf::built_in(&self.services)?,
        };
        if documents.is_empty() {
            let place = self.documents.as_ref().map_or("the documents".into(), |folder| folder.display().to_string());
            return Err(Problem::new(place, format!("none can be served: {}", notes.join("; ")), "mend one of them"));
        }
        // Those built in were looked through when they were pinned.
        if self.documents.is_some() {
            for document in &documents {
                let left_out = document.schemas(Side::Response).notes.iter();
                notes.extend(left_out.map(|note| format!("{}: {note}", document.service)));
            }
        }
        let each =
            documents.iter().flat_map(|document: &Arc<Document>| operation::all(document, documents::EVENT_PATHS));
        let mut operations: Vec<Operation> = each.collect();
        let (lifecycle, note) = match &self.documents {
            Some(folder) => shelf::lifecycle(folder)?,
            None => Lifecycle::built_in(),
        };
        notes.extend(note);
        notes.extend(part::assign(&lifecycle, &mut operations));
        if !operations.iter().any(|operation| operation.part == Some(Part::Token)) {
            operations.extend(login()?);
        }
        let (router, told) = Router::new(operations);
        notes.extend(told);
        let address = SocketAddr::from((self.host, self.port));
        let listener = runtime.block_on(tokio::net::TcpListener::bind(address)).map_err(|why| {
            Problem::new(
                address.to_string(),
                format!("the port cannot be had: {why}"),
                "give another port, or 0 for a free one",
            )
        })?;
        let address = listener.local_addr().unwrap_or(address);
        let (events, handle) = (lifecycle.event.clone(), runtime.handle().clone());
        let post = Post::new(self.account.clone(), self.seed, self.rules, events, handle, self.on_delivery.0);
        for weather in self.weathers {
            post.weathers.add(weather);
        }
        if let Some(secret) = self.signature_secret {
            post.sign_callbacks(Some(secret));
        }
        for (url, secret) in &self.webhooks {
            let _ = post.subscribe(subscription(url, secret), None);
        }
        let read = router.operations().find(|operation| operation.part == Some(Part::GetTransaction)).cloned();
        let state = self
            .stateful
            .then(|| State::new(self.seed, self.pay, self.account.clone(), &lifecycle, read, Arc::clone(&post)));
        let credentials =
            Credentials::new(self.account, self.client_id, self.client_secret, self.token_lifetime, self.seed);
        let server = Server {
            router,
            credentials,
            answers: Answers::new(self.seed),
            state,
            post,
            express: lifecycle.express,
            address,
            log: Log::default(),
            latency: self.latency,
            faults: Faults::default(),
            strict: self.strict,
            body_limit: self.body_limit,
            observer: self.observer.0,
        };
        Ok((listener, Arc::new(server), notes))
    }
}
