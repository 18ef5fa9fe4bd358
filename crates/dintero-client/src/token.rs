//! The token at hand: fetched by one task for all who need it, used until shortly before it
//! expires, renewed while it is still good.
//!
//! The fetch is a task of its own, so that a caller who gives up does not take it from the others. One that fails is
//! shared too, and for a while after it nobody asks: a login in trouble is not stormed, however many calls wait.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use secrecy::SecretString;
use tokio::{
    runtime::Id,
    sync::watch,
    time::{Instant, timeout, timeout_at},
};

use crate::{AccessToken, AccountId, Error, clients, credentials::secret_value, login::Login, source::AnySource};

/// Longest time a fetch may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(30);

/// A fetch without a result by then belongs to a runtime that has stopped.
const FETCH_LOST: Duration = Duration::from_secs(35);

/// Lifetime of a token whose answer names none.
const UNTOLD_LIFETIME: Duration = Duration::from_secs(300);

/// Longest lifetime that is believed; a longer one may not fit the clock.
const LONGEST_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// A token is not used in its last seconds: it must still be good when it arrives.
const MARGIN: Duration = Duration::from_secs(10);

/// Earliest renewal before that, at most a fifth of the life.
const EARLY: Duration = Duration::from_secs(600);

/// Longest wait after a renewal that failed.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);

/// A token that was refused is renewed at most this often: the service may mean something else.
const FORCED_PAUSE: Duration = Duration::from_secs(30);

/// Longest pause after the first failure, and after any; it doubles in between.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Longest pause that the endpoint can ask for: one odd answer must not lock the login for a year.
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// Most accounts whose tokens are kept without anybody holding on to them.
const MOST_IDLE: usize = 1024;

/// What asks for tokens.
#[derive(Clone)]
pub(crate) enum Source {
    Login(Login),
    Own(Arc<dyn AnySource>),
}

/// The tokens of one login or source, by audience.
pub(crate) struct Cache {
    pub(crate) source: Source,
    audiences: Mutex<HashMap<Option<AccountId>, Arc<Tokens>>>,
    /// Of failures that are the whole login's.
    trouble: Arc<Mutex<Trouble>>,
}

/// What failed last, and until when nobody asks again.
#[derive(Default)]
struct Trouble {
    failures: u32,
    now: Option<(Instant, Error)>,
}

impl Trouble {
    /// Notes a failure, and gives it with the pause that follows.
    fn note(&mut self, error: Error, now: Instant) -> Error {
        let (until, _) = self.now.get_or_insert_with(|| (now, error.clone()));
        // Fetches that were on their way together are one failure.
        if *until <= now {
            // Of what was long ago nothing can be told.
            if now - *until > LONGEST_ASKED {
                self.failures = 0;
            }
            self.failures = self.failures.saturating_add(1);
            let doubled = FIRST_PAUSE.saturating_mul(2u32.saturating_pow(self.failures - 1)).min(LONGEST_PAUSE);
            // Drawn, so that programs that failed together do not all come back together.
            let pause = doubled.mul_f64(0.5 + fastrand::f64() / 2.0);
            let asked = error.retry_after().unwrap_or_default().min(LONGEST_ASKED);
            *until = now + pause.max(asked);
        }
        let left = *until - now;
        let error = error.wait_for(left);
        self.now = Some((now + left, error.clone()));
        error
    }

    /// The failure that still holds.
    fn holds(&self, now: Instant) -> Option<Error> {
        let (until, error) = self.now.as_ref().filter(|(until, _)| now < *until)?;
        Some(error.clone().wait_for(*until - now))
    }

    fn is_over(&mut self) {
        *self = Self::default();
    }
}

/// Whether a failure is that of the login, and not of the account that the token was for.
fn is_of_all(source: &Source, error: &Error) -> bool {
    let is_login = matches!(source, Source::Login(_));
    is_login && error.status().is_none_or(|it| matches!(it.as_u16(), 401 | 408 | 429) || it.is_server_error())
}

impl Cache {
    pub(crate) fn new(source: Source) -> Self {
        Self { source, audiences: Mutex::default(), trouble: Arc::default() }
    }

    /// The tokens for calls to this account.
    pub(crate) fn tokens(&self, audience: Option<&AccountId>) -> Arc<Tokens> {
        let mut audiences = lock(&self.audiences);
        if audiences.len() >= MOST_IDLE && !audiences.contains_key(&audience.cloned()) {
            // Who comes back logs in again.
            audiences.retain(|_, tokens| Arc::strong_count(tokens) > 1);
        }
        let tokens = audiences.entry(audience.cloned()).or_insert_with(|| {
            Arc::new(Tokens {
                source: self.source.clone(),
                audience: audience.cloned(),
                trouble: Arc::clone(&self.trouble),
                state: Mutex::default(),
            })
        });
        Arc::clone(tokens)
    }
}

/// The token for one audience.
pub(crate) struct Tokens {
    source: Source,
    audience: Option<AccountId>,
    /// Of the whole login. Locked only while `state` is, and neither is held over an await.
    trouble: Arc<Mutex<Trouble>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Token>,
    fetch: Option<Fetch>,
    /// Number of the newest token or fetch.
    number: u64,
    /// Of failures that are this account's alone.
    trouble: Trouble,
    /// When a refused token was last given up.
    forced: Option<Instant>,
}

#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) value: SecretString,
    pub(crate) number: u64,
    renew_at: Instant,
    until: Instant,
}

#[derive(Clone)]
struct Fetch {
    number: u64,
    begun: Instant,
    /// Where it runs. Another runtime does not wait for it: this one may be idle for good.
    runtime: Id,
    told: watch::Receiver<Option<Result<Token, Error>>>,
}

impl Tokens {
    /// The token: at once if there is one that is good, or else when it has been fetched.
    pub(crate) async fn get(self: &Arc<Self>) -> Result<Token, Error> {
        // A second fetch if the first was lost with its runtime.
        for _ in 0..2 {
            let mut fetch = match self.look()? {
                Look::Good(token) => return Ok(token),
                Look::Coming(fetch) => fetch,
            };
            let told = timeout_at(fetch.begun + FETCH_LOST, fetch.told.wait_for(Option::is_some));
            if let Ok(Ok(told)) = told.await
                && let Some(outcome) = &*told
            {
                return outcome.clone();
            }
            self.forget(fetch.number);
        }
        let why =
            "the task that asks for a token ended without one; its runtime was shut down, or the token source panicked";
        Err(Error::auth(why).at("login"))
    }

    fn look(self: &Arc<Self>) -> Result<Look, Error> {
        let here = clients::runtime()?;
        let mut state = lock(&self.state);
        let now = Instant::now();
        let runs = |fetch: &&Fetch| fetch.runtime == here && now < fetch.begun + FETCH_LOST;
        if let Some(token) = &state.current
            && now < token.until
        {
            let token = token.clone();
            if now >= token.renew_at && state.fetch.as_ref().filter(runs).is_none() {
                self.begin(&mut state, now, here);
            }
            return Ok(Look::Good(token));
        }
        if let Some(fetch) = state.fetch.as_ref().filter(runs) {
            return Ok(Look::Coming(fetch.clone()));
        }
        if let Some(error) = state.trouble.holds(now).or_else(|| lock(&self.trouble).holds(now)) {
            return Err(error);
        }
        Ok(Look::Coming(self.begin(&mut state, now, here)))
    }

    /// Gives up a token that the service refused. Says whether another may be had.
    pub(crate) fn refuse(&self, number: u64) -> bool {
        let mut state = lock(&self.state);
        let current = state.current.as_ref();
        if current.is_none_or(|token| token.number != number) {
            // Another call has seen to it.
            return true;
        }
        let now = Instant::now();
        if state.forced.is_some_and(|last| now < last + FORCED_PAUSE) {
            return false;
        }
        tracing::debug!(target: "dintero", "the token was refused; it is renewed");
        state.forced = Some(now);
        state.current = None;
        true
    }

    fn begin(self: &Arc<Self>, state: &mut State, now: Instant, runtime: Id) -> Fetch {
        let (tell, told) = watch::channel(None);
        state.number += 1;
        let fetch = Fetch { number: state.number, begun: now, runtime, told };
        state.fetch = Some(fetch.clone());
        let tokens = Arc::clone(self);
        let number = fetch.number;
        tokio::spawn(async move {
            let granted = tokens.fetch().await;
            tell.send_replace(Some(tokens.landed(number, granted)));
        });
        fetch
    }

    async fn fetch(&self) -> Result<AccessToken, Error> {
        let fetch = async {
            match (&self.source, &self.audience) {
                (Source::Login(login), Some(audience)) => login.fetch(audience, FETCH_TIMEOUT).await,
                (Source::Login(_), None) => Err(Error::auth("there is no account to log in to")),
                (Source::Own(source), audience) => source.fetch(audience.as_ref()).await,
            }
        };
        let fetched = timeout(FETCH_TIMEOUT, fetch)
            .await
            .unwrap_or_else(|_| Err(Error::timeout(format!("no token within {FETCH_TIMEOUT:?}"))));
        // What no header can hold is no token, however long it is said to live.
        let usable = fetched.and_then(|granted| secret_value("", &granted.value).map(|_| granted));
        usable.map_err(Error::in_login)
    }

    /// Notes what a fetch brought.
    fn landed(&self, number: u64, granted: Result<AccessToken, Error>) -> Result<Token, Error> {
        let mut state = lock(&self.state);
        state.fetch = state.fetch.take().filter(|fetch| fetch.number != number);
        let now = Instant::now();
        match granted {
            Ok(granted) => {
                let token = Token::new(granted, number, now);
                let lifetime = token.until - now;
                tracing::debug!(target: "dintero", audience = %Audience(self), ?lifetime, "token received");
                state.current = Some(token.clone());
                state.trouble.is_over();
                lock(&self.trouble).is_over();
                Ok(token)
            }
            Err(error) => {
                let asked = error.retry_after().map(|asked| asked.min(LONGEST_ASKED));
                if let Some(token) = state.current.as_mut().filter(|token| now < token.until) {
                    let left = token.until - now;
                    let pause = asked.unwrap_or_default().max(RENEWAL_PAUSE.min(left / 4));
                    // A wait beyond the token's life comes to its end first.
                    token.renew_at = now + pause.min(left);
                    tracing::warn!(target: "dintero", audience = %Audience(self), %error, "the token could not be renewed; the one at hand is still good");
                    return Err(error);
                }
                tracing::warn!(target: "dintero", audience = %Audience(self), %error, "no token");
                match is_of_all(&self.source, &error) {
                    true => Err(lock(&self.trouble).note(error, now)),
                    false => Err(state.trouble.note(error, now)),
                }
            }
        }
    }

    fn forget(&self, number: u64) {
        let mut state = lock(&self.state);
        state.fetch = state.fetch.take().filter(|fetch| fetch.number != number);
    }
}

enum Look {
    Good(Token),
    Coming(Fetch),
}

impl Token {
    fn new(granted: AccessToken, number: u64, now: Instant) -> Self {
        let life = granted.lifetime.unwrap_or(UNTOLD_LIFETIME);
        let life = life.min(LONGEST_LIFETIME);
        let usable = life - MARGIN.min(life / 10);
        // Drawn, so that many programs started at once do not all come back at once.
        let early = EARLY.min(life / 5).mul_f64(0.5 + fastrand::f64() / 2.0);
        Self { value: granted.value, number, renew_at: now + usable.saturating_sub(early), until: now + usable }
    }
}

/// For whom a token is, as events tell it.
struct Audience<'a>(&'a Tokens);

impl fmt::Display for Audience<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.audience {
            Some(account) => account.fmt(f),
            None => f.write_str("-"),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, TokenSource};
    use secrecy::ExposeSecret;
    use std::{collections::VecDeque, error::Error as StdError};
    use tokio::{sync::Semaphore, time::advance};

    type Given = Result<AccessToken, Box<dyn StdError + Send + Sync>>;

    /// Gives what it was told to, each when it is let.
    struct Script {
        given: Mutex<VecDeque<Given>>,
        let_go: Semaphore,
        asked: watch::Sender<usize>,
    }

    impl TokenSource for Arc<Script> {
        async fn token(&self, _: Option<&AccountId>) -> Given {
            self.asked.send_modify(|asked| *asked += 1);
            self.let_go.acquire().await.unwrap().forget();
            lock(&self.given).pop_front().unwrap()
        }
    }

    fn script(given: Vec<Given>) -> (Arc<Script>, Arc<Tokens>) {
        let script =
            Arc::new(Script { given: Mutex::new(given.into()), let_go: Semaphore::new(0), asked: watch::channel(0).0 });
        let cache = Cache::new(Source::Own(Arc::new(Arc::clone(&script))));
        (script, cache.tokens(None))
    }

    fn token(value: &str, seconds: u64) -> Given {
        Ok(AccessToken::new(value).expires_in(Duration::from_secs(seconds)))
    }

    async fn value(tokens: &Arc<Tokens>) -> String {
        tokens.get().await.unwrap().value.expose_secret().to_owned()
    }

    async fn settled() {
        // Lets the spawned fetch run to its next wait.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_before_it_expires_and_nobody_waits() {
        let (script, tokens) = script(vec![token("a", 14400), token("b", 14400)]);
        script.let_go.add_permits(1);
        assert_eq!(value(&tokens).await, "a");
        advance(Duration::from_secs(14400 - 611)).await;
        assert_eq!(value(&tokens).await, "a");
        settled().await;
        assert_eq!(*script.asked.borrow(), 1);
        advance(Duration::from_secs(590)).await;
        // The renewal hangs, and the token is there all the same.
        for _ in 0..3 {
            assert_eq!(value(&tokens).await, "a");
            settled().await;
            assert_eq!(*script.asked.borrow(), 2);
        }
        script.let_go.add_permits(1);
        settled().await;
        assert_eq!(value(&tokens).await, "b");
        assert_eq!(*script.asked.borrow(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_renewal_leaves_the_token_that_is_still_good() {
        let (script, tokens) = script(vec![token("a", 1000), Err("down".into()), Err("down".into()), token("b", 1000)]);
        script.let_go.add_permits(9);
        assert_eq!(value(&tokens).await, "a");
        advance(Duration::from_secs(905)).await;
        assert_eq!(value(&tokens).await, "a");
        settled().await;
        assert_eq!(value(&tokens).await, "a");
        settled().await;
        // Not with every call.
        assert_eq!(*script.asked.borrow(), 2);
        advance(Duration::from_secs(30)).await;
        assert_eq!(value(&tokens).await, "a");
        settled().await;
        assert_eq!(*script.asked.borrow(), 3);
        // Now it has expired.
        advance(Duration::from_secs(60)).await;
        assert_eq!(value(&tokens).await, "b");
    }

    #[tokio::test(start_paused = true)]
    async fn an_expired_token_with_a_failed_renewal_fails_the_call() {
        let (script, tokens) = script(vec![token("a", 100), Err("down".into()), token("b", 100)]);
        script.let_go.add_permits(9);
        assert_eq!(value(&tokens).await, "a");
        advance(Duration::from_secs(100)).await;
        let error = tokens.get().await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Auth);
        assert_eq!(error.to_string(), "login: the token source failed: down");
        advance(FIRST_PAUSE).await;
        assert_eq!(value(&tokens).await, "b");
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_fetch_is_shared_by_all_who_waited() {
        let (script, tokens) = script(vec![Err("down".into()), token("a", 100)]);
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let tokens = Arc::clone(&tokens);
            waiting.spawn(async move { tokens.get().await.err().map(|error| error.to_string()) });
        }
        settled().await;
        script.let_go.add_permits(9);
        for told in waiting.join_all().await {
            assert_eq!(told.unwrap(), "login: the token source failed: down");
        }
        assert_eq!(*script.asked.borrow(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_does_not_take_the_fetch_from_the_others() {
        let (script, tokens) = script(vec![token("a", 100)]);
        let first = tokio::spawn({
            let tokens = Arc::clone(&tokens);
            async move { value(&tokens).await }
        });
        settled().await;
        let second = tokio::spawn({
            let tokens = Arc::clone(&tokens);
            async move { value(&tokens).await }
        });
        settled().await;
        first.abort();
        script.let_go.add_permits(1);
        assert_eq!(second.await.unwrap(), "a");
        assert_eq!(*script.asked.borrow(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_hangs_is_given_up() {
        let (_script, tokens) = script(vec![]);
        let error = tokens.get().await.err().unwrap();
        assert_eq!(error.to_string(), "login: no token within 30s");
        assert!(error.is_retryable());
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_panics_is_told() {
        let (script, tokens) = script(vec![]);
        script.let_go.close();
        let error = tokens.get().await.err().unwrap();
        assert!(error.to_string().contains("panicked"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_token_is_renewed_once() {
        let (script, tokens) = script(vec![token("a", 1000), token("b", 1000), token("c", 1000)]);
        script.let_go.add_permits(9);
        let first = tokens.get().await.unwrap();
        assert!(tokens.refuse(first.number));
        assert!(tokens.refuse(first.number), "a second call with the same token");
        let second = tokens.get().await.unwrap();
        assert_eq!(second.value.expose_secret(), "b");
        assert!(tokens.refuse(first.number), "a late call with the first token");
        assert!(!tokens.refuse(second.number), "the service means something else");
        assert_eq!(value(&tokens).await, "b");
        advance(FORCED_PAUSE).await;
        assert!(tokens.refuse(second.number));
        assert_eq!(value(&tokens).await, "c");
    }

    #[tokio::test(start_paused = true)]
    async fn each_audience_has_its_token() {
        let (script, _) = script(vec![token("a", 100), token("b", 100)]);
        script.let_go.add_permits(9);
        let cache = Cache::new(Source::Own(Arc::new(Arc::clone(&script))));
        let ids: Vec<AccountId> = ["T1", "T2"].map(|id| id.parse().unwrap()).into();
        for _ in 0..2 {
            assert_eq!(value(&cache.tokens(Some(&ids[0]))).await, "a");
            assert_eq!(value(&cache.tokens(Some(&ids[1]))).await, "b");
        }
        assert_eq!(*script.asked.borrow(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_that_nobody_holds_are_not_kept_without_end() {
        let (script, _) = script(vec![]);
        let cache = Cache::new(Source::Own(Arc::new(script)));
        let id = |n: usize| format!("T{n}").parse::<AccountId>().unwrap();
        let held = cache.tokens(Some(&id(1)));
        for n in 2..5000 {
            cache.tokens(Some(&id(n)));
        }
        assert!(lock(&cache.audiences).len() <= MOST_IDLE + 1);
        assert!(Arc::ptr_eq(&held, &cache.tokens(Some(&id(1)))), "what is held is shared still");
    }

    #[tokio::test(start_paused = true)]
    async fn the_pause_doubles_and_ends_with_a_token() {
        let fail = || Err("down".into());
        let (script, tokens) = script(vec![fail(), fail(), fail(), token("a", 0), fail()]);
        script.let_go.add_permits(99);
        for bound in [250, 500, 1000] {
            let error = tokens.get().await.err().unwrap();
            let pause = error.retry_after().unwrap();
            let bound = Duration::from_millis(bound);
            assert!((bound / 2..=bound).contains(&pause), "{pause:?} of {bound:?}");
            advance(pause - Duration::from_millis(1)).await;
            assert!(tokens.get().await.is_err());
            advance(Duration::from_millis(1)).await;
        }
        assert_eq!(*script.asked.borrow(), 3);
        assert_eq!(value(&tokens).await, "a");
        // The next failure is a first one.
        let pause = tokens.get().await.err().unwrap().retry_after().unwrap();
        assert!(pause <= FIRST_PAUSE, "{pause:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn lifetimes_are_cut_to_what_can_be() {
        let now = Instant::now();
        let life = |seconds: Option<u64>| {
            let mut granted = AccessToken::new("t");
            granted.lifetime = seconds.map(Duration::from_secs);
            let token = Token::new(granted, 1, now);
            assert!(token.renew_at <= token.until);
            token.until - now
        };
        let seconds = Duration::from_secs;
        assert_eq!(life(Some(14400)), seconds(14390));
        assert_eq!(life(Some(50)), seconds(45));
        assert_eq!(life(Some(0)), Duration::ZERO);
        assert_eq!(life(None), seconds(290));
        assert_eq!(life(Some(u64::MAX)), LONGEST_LIFETIME - MARGIN);
    }
}
