//! Calls against a service and a login that exist in memory only, with a clock that goes on by itself when all wait:
//! what takes hours there is over at once here, and a seed gives the same story each time.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use fastrand::Rng;
use futures_core::Stream;
use reqwest::{Body, Request, Response, header::AUTHORIZATION};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use crate::{
    Builder, Error, ErrorKind, Operation, OperationKind, Outcome, RetryPolicy, SecurityScheme, Transport,
    clients::{Clients, tests::Answering},
};

static REFUND: Operation = Operation {
    name: "refund",
    method: "POST",
    content_type: "application/json",
    idempotent: false,
    moves_money: true,
    ..READ
};
static DELETE: Operation = Operation { name: "delete", method: "DELETE", ..READ };
static GET: Operation = READ;
const READ: Operation = Operation {
    service: "sim",
    name: "get",
    id: "get",
    kind: OperationKind::Call,
    method: "GET",
    path: "/things",
    server: "https://checkout.dintero.com/v1",
    test_server: "",
    auth: &[SecurityScheme::Bearer],
    scopes: &[],
    accept: "application/json",
    content_type: "",
    idempotent: true,
    takes_key: false,
    moves_money: false,
    paging: None,
    inferred: false,
};

/// A transport whose requests are answered by a function.
fn scripted(script: impl Fn(Request) -> Answering + Send + Sync + 'static) -> Builder {
    let mut builder = Transport::builder().login("T12345678", "id", "hunter2");
    builder.scripted = Some(Clients::scripted(script));
    builder
}

fn is_login(request: &Request) -> bool {
    request.url().path().ends_with("/auth/token")
}

fn answer(status: u16, retry_after: Option<u64>, body: Body) -> Response {
    let mut answer = http::Response::builder().status(status);
    if let Some(seconds) = retry_after {
        answer = answer.header("retry-after", seconds);
    }
    answer.body(body).unwrap().into()
}

/// A body that never ends; its first piece comes, or not.
struct Stalled(bool);

impl Stream for Stalled {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match std::mem::take(&mut self.0) {
            true => Poll::Ready(Some(Ok(Bytes::from_static(b"{")))),
            false => Poll::Pending,
        }
    }
}

fn stalled() -> Body {
    Body::wrap_stream(Stalled(true))
}

async fn send(transport: &Transport, operation: &'static Operation, timeout: Duration) -> Result<Value, Error> {
    let mut call = transport.call(operation);
    call.set_timeout(timeout);
    let mut draft = call.draft();
    if operation.method == "POST" {
        draft.bytes(b"{}".to_vec());
    }
    let request = draft.build();
    call.json::<Value>(request).await.map(|it| it.into_inner())
}

#[tokio::test(start_paused = true)]
async fn fault_03_the_total_time_holds_over_a_wait_and_a_stalled_body() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&sent);
    let transport = scripted(move |request| {
        if !is_login(&request) {
            noted.lock().unwrap().push(Instant::now());
        }
        Box::pin(async move {
            Ok(match is_login(&request) {
                true => answer(200, None, r#"{"access_token":"t","expires_in":3600}"#.into()),
                false => {
                    let mut late: http::Response<Body> = answer(503, Some(2), stalled()).into();
                    late.headers_mut().insert("content-length", 100.into());
                    late.into()
                }
            })
        })
    });
    let transport = transport.build().unwrap();
    let limit = Duration::from_millis(2500);
    let begun = Instant::now();
    let error = send(&transport, &GET, limit).await.unwrap_err();
    let took = begun.elapsed();
    println!("503 with `Retry-After: 2` and a stalled body, limit 2.5 s: {took:?}, {error}");
    assert!(took <= limit + STEP, "{took:?}");
    // The rest of the body is not waited for: the second attempt goes out when it was asked for.
    let seconds: Vec<_> = sent.lock().unwrap().iter().map(|at| (*at - begun).as_secs()).collect();
    assert_eq!(seconds, [0, 2]);
}

/// One step of tokio's timer.
const STEP: Duration = Duration::from_millis(2);

/// What may happen to any request.
fn any_fault(rng: &mut Rng, is_login: bool) -> Answering {
    let delay = Duration::from_millis([0, 0, 1, 300, 2_000, 50_000][rng.usize(..6)]);
    let retry_after = [None, None, Some(0), Some(1), Some(7), Some(100), Some(u64::MAX)][rng.usize(..7)];
    let what = rng.u8(..12);
    let lifetime = [0, 1, 30, 3600][rng.usize(..4)];
    Box::pin(async move {
        sleep(delay).await;
        let token = || format!(r#"{{"access_token":"t","expires_in":{lifetime}}}"#);
        match what {
            0 => Err(Error::new(ErrorKind::Connect, "refused")),
            1 => Err(Error::new(ErrorKind::Transport, "reset")),
            2 => std::future::pending().await,
            3 => {
                let mut late: http::Response<Body> = answer(503, retry_after, stalled()).into();
                late.headers_mut().insert("content-length", 100.into());
                Ok(late.into())
            }
            4 => Ok(answer(429, retry_after, "{}".into())),
            5 => Ok(answer(401, None, stalled())),
            6 => Ok(answer(500, retry_after, "<html>".into())),
            7 => Ok(answer(200, None, stalled())),
            8 => Ok(answer(400, None, stalled())),
            9 => Ok(answer(200, None, "not json".into())),
            _ if is_login => Ok(answer(200, None, token().into())),
            _ => Ok(answer(200, None, r#"{"a":1}"#.into())),
        }
    })
}

#[tokio::test(start_paused = true)]
async fn every_call_ends_within_its_limit_whatever_happens() {
    for seed in 0..1500 {
        let rng = Mutex::new(Rng::with_seed(seed));
        let mut own = Rng::with_seed(seed ^ 0xabcd);
        let transport = scripted(move |request| any_fault(&mut rng.lock().unwrap(), is_login(&request)));
        let policy = RetryPolicy::new().max_attempts(own.u32(1..6)).base_delay(Duration::from_millis(own.u64(..3000)));
        let transport = transport.retry(policy).attempt_timeout(Duration::from_millis(own.u64(..20_000)));
        let transport = transport.build().unwrap();
        for operation in [&GET, &REFUND, &DELETE] {
            let limit = Duration::from_millis(own.u64(..30_000));
            let begun = Instant::now();
            let sent = timeout(limit + STEP, send(&transport, operation, limit)).await;
            assert!(
                sent.is_ok(),
                "seed {seed}, {}: not ended {:?} after its limit",
                operation.name,
                begun.elapsed() - limit
            );
        }
    }
}

/// A service that counts what it does, and a login that gives numbered tokens, each good for some calls.
#[derive(Default)]
struct World {
    logins: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    given: AtomicUsize,
    is_healthy: std::sync::atomic::AtomicBool,
    /// Work done by each call, by the number in its query.
    done: Mutex<HashMap<String, usize>>,
}

/// Counts down, also when the request is dropped.
struct Guard(Arc<World>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.at_once.fetch_sub(1, Ordering::SeqCst);
    }
}

impl World {
    fn login(self: &Arc<Self>, rng: &mut Rng) -> Answering {
        self.logins.fetch_add(1, Ordering::SeqCst);
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        let is_healthy = self.is_healthy.load(Ordering::SeqCst);
        let delay = Duration::from_millis(if is_healthy { 5 } else { [1, 200, 5_000, 60_000][rng.usize(..4)] });
        let what = if is_healthy { 9 } else { rng.u8(..10) };
        let lifetime = [1, 20, 3600][rng.usize(..3)];
        let (world, guard) = (Arc::clone(self), Guard(Arc::clone(self)));
        Box::pin(async move {
            let _guard = guard;
            sleep(delay).await;
            match what {
                0 => Err(Error::new(ErrorKind::Connect, "refused")),
                1 => Ok(answer(503, Some(3), "{}".into())),
                2 => Ok(answer(429, Some(u64::MAX), "{}".into())),
                3 => Ok(answer(401, None, "{}".into())),
                4 => Ok(answer(200, None, r#"{"access_token":"bad\ntoken"}"#.into())),
                _ => {
                    let number = world.given.fetch_add(1, Ordering::SeqCst);
                    let body = format!(r#"{{"access_token":"t{number}","expires_in":{lifetime}}}"#);
                    Ok(answer(200, None, body.into()))
                }
            }
        })
    }

    fn serve(self: &Arc<Self>, request: &Request, rng: &mut Rng) -> Answering {
        let is_healthy = self.is_healthy.load(Ordering::SeqCst);
        let token = request.headers()[AUTHORIZATION].to_str().unwrap().to_owned();
        let newest = self.given.load(Ordering::SeqCst).saturating_sub(1);
        // Sometimes all but the newest token are refused, and sometimes any.
        let is_refused = match (is_healthy, rng.u8(..10)) {
            (true, _) => false,
            (false, 0) => true,
            (false, 1..4) => token != format!("Bearer t{newest}"),
            _ => false,
        };
        let delay = Duration::from_millis(rng.u64(..200));
        let what = if is_healthy { 9 } else { rng.u8(..10) };
        let call = request.url().query().unwrap_or_default().to_owned();
        let world = Arc::clone(self);
        Box::pin(async move {
            sleep(delay).await;
            if is_refused {
                return Ok(answer(401, None, "{}".into()));
            }
            match what {
                0 => return Err(Error::new(ErrorKind::Connect, "refused")),
                1 => return Ok(answer(429, Some(1), "{}".into())),
                _ => *world.done.lock().unwrap().entry(call).or_default() += 1,
            }
            match what {
                2 => Err(Error::new(ErrorKind::Transport, "reset")),
                3 => Ok(answer(500, None, "{}".into())),
                4 => Ok(answer(503, Some(0), "{}".into())),
                _ => Ok(answer(200, None, r#"{"a":1}"#.into())),
            }
        })
    }
}

fn living(world: &Arc<World>, seed: u64) -> Transport {
    let rng = Mutex::new(Rng::with_seed(seed));
    let world = Arc::clone(world);
    let transport = scripted(move |request| {
        let rng = &mut *rng.lock().unwrap();
        match is_login(&request) {
            true => world.login(rng),
            false => world.serve(&request, rng),
        }
    });
    transport.retry_budget(u32::MAX).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_token_cache_and_the_retries_keep_their_promises_in_any_order_of_things() {
    let (mut asked, mut calls_in_all) = (0, 0);
    for seed in 0..150 {
        let world = Arc::new(World::default());
        let transport = living(&world, seed);
        let mut rng = Rng::with_seed(seed ^ 0x5eed);
        let mut calls = tokio::task::JoinSet::new();
        for number in 0..40 {
            let transport = transport.clone();
            let (start, patience) = (rng.u64(..90_000), [u64::MAX, 50, 3_000][rng.usize(..3)]);
            let operation = [&GET, &REFUND, &DELETE][rng.usize(..3)];
            calls.spawn(async move {
                sleep(Duration::from_millis(start)).await;
                let mut call = transport.call(operation);
                call.set_timeout(Duration::from_secs(40));
                let mut draft = call.draft();
                draft.query("call", Some(&number)).unwrap();
                let request = draft.build();
                // Some give up before there is an answer.
                let sent = timeout(Duration::from_millis(patience), call.json::<Value>(request)).await;
                (number, operation, sent.ok().map(|sent| sent.map(|_| ()).map_err(|error| error.outcome())))
            });
        }
        let over = timeout(Duration::from_secs(140), calls.join_all()).await;
        let over = over.unwrap_or_else(|_| panic!("seed {seed}: a call hangs"));
        calls_in_all += over.len();
        let done = world.done.lock().unwrap().clone();
        for (number, operation, told) in over {
            let times = done.get(&format!("call={number}")).copied().unwrap_or_default();
            let name = operation.name;
            if operation.moves_money {
                assert!(times <= 1, "seed {seed}: {name} {number} was done {times} times");
            }
            match told {
                Some(Ok(())) => assert!(times >= 1, "seed {seed}: {name} {number} was told as done"),
                Some(Err(Outcome::NotSent | Outcome::Refused)) if operation.method != "GET" => {
                    assert_eq!(times, 0, "seed {seed}: {name} {number} was told as not done");
                }
                Some(Err(Outcome::Done)) => assert!(times >= 1, "seed {seed}: {name} {number}"),
                _ => {}
            }
        }
        assert!(world.most_at_once.load(Ordering::SeqCst) <= 1, "seed {seed}: two token requests at a time");
        asked += world.logins.load(Ordering::SeqCst);

        // When all is well again, so are the calls, and one token does for them.
        world.is_healthy.store(true, Ordering::SeqCst);
        sleep(Duration::from_secs(61)).await;
        send(&transport, &REFUND, Duration::from_secs(5)).await.unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        assert_eq!(world.at_once.load(Ordering::SeqCst), 0);
    }
    println!("{calls_in_all} calls over troubled logins of 90 s each made {asked} token requests");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_came_is_used_until_it_expires() {
    let world = Arc::new(World::default());
    world.is_healthy.store(true, Ordering::SeqCst);
    let transport = living(&world, 7);
    for _ in 0..50 {
        // Who gives up while the token is fetched loses it for nobody.
        let _ = timeout(Duration::from_millis(2), send(&transport, &GET, Duration::from_secs(5))).await;
    }
    send(&transport, &GET, Duration::from_secs(5)).await.unwrap();
    assert_eq!(world.logins.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failing_login_is_asked_a_few_times_a_second_at_most() {
    for status in [503, 429, 401, 500] {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let transport = scripted({
            let asked = Arc::clone(&asked);
            move |_| {
                asked.lock().unwrap().push(Instant::now());
                Box::pin(async move {
                    sleep(Duration::from_millis(3)).await;
                    Ok(answer(status, None, "{}".into()))
                })
            }
        });
        let transport = transport.build().unwrap();
        let begun = Instant::now();
        let mut calls = tokio::task::JoinSet::new();
        for number in 0..1000 {
            let transport = transport.clone();
            calls.spawn(async move {
                sleep(Duration::from_millis(number * 2)).await;
                send(&transport, &GET, Duration::from_secs(30)).await
            });
        }
        calls.join_all().await;
        let asked = asked.lock().unwrap();
        let early = asked.iter().filter(|at| **at - begun <= Duration::from_secs(2)).count();
        println!("1,000 calls within 2 s at {status}: {early} token requests in 2 s, {} in all", asked.len());
        assert!(early <= 10, "{status}: {early}");
    }
}

#[test]
fn a_call_in_flight_holds_little_of_its_own() {
    let transport = scripted(|_| Box::pin(std::future::pending())).build().unwrap();
    let call = transport.call(&GET);
    let request = call.draft().build();
    let held = size_of_val(&call.clone().json::<Value>(request));
    println!("{held} bytes, of which the attempts {}", {
        let limits = crate::send::Limits::new(Duration::ZERO, Duration::ZERO);
        let request = Box::new(call.draft().build().unwrap());
        size_of_val(&call.attempts(request, &limits, true))
    });
    assert!(held <= 1280, "{held} bytes");
}
