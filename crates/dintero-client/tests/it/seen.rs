//! Faults that were seen, each as a program met it.

use std::{
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use crate::support::{faults::*, *};
use dintero_client::{
    AccessToken, AccountId, Error, ErrorKind, Operation, Outcome, Paging, RetryPolicy, TokenSource, Transport,
    reqwest::Method,
};
use serde_json::Value;
use tokio::net::TcpListener;

static DELETE: Operation = Operation { name: "delete_card_token", method: "DELETE", ..READ };

fn quick() -> RetryPolicy {
    RetryPolicy::default().base_delay(Duration::ZERO)
}

async fn outcome(transport: &Transport, operation: &'static Operation) -> Result<Value, Error> {
    let call = transport.call(operation);
    let body = (operation.method != "GET").then(|| b"{}".to_vec());
    let request = send_one(&call, "1", body);
    call.json::<Value>(request).await.map(|it| it.into_inner())
}

#[tokio::test]
async fn fault_01_a_key_that_the_document_does_not_take_repeats_nothing() {
    let mut server = Faulty::new([Act::Reset, ok()]).await;
    let transport = server.builder().bearer_token("own").retry(quick()).build().unwrap();
    let mut call = transport.call(&CREATE);
    call.set_idempotency_key("order-1");
    let request = send_one(&call, "1", Some(b"{}".to_vec()));
    let sent = call.json::<Value>(request).await;
    assert_eq!((server.requests().len(), sent.is_ok()), (1, false));
}

#[test]
fn fault_01_a_key_for_all_calls_is_refused() {
    let told = Transport::builder().bearer_token("own").header("Idempotency-Key", "k").build().unwrap_err();
    assert!(told.to_string().contains("idempotency_key"), "{told}");
}

#[tokio::test]
async fn fault_02_an_attempt_that_may_have_worked_is_not_forgotten() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let first = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        drop(listener);
        serve_one(stream, Act::Reset).await
    });
    let transport = Transport::builder().base_url(url).bearer_token("own").retry(quick()).build().unwrap();
    let error = outcome(&transport, &DELETE).await.unwrap_err();
    first.await.unwrap();
    assert!(!error.to_string().contains("nothing was sent"), "{error}");
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connect, Outcome::Unknown));
}

#[tokio::test(start_paused = true)]
async fn fault_04_a_wait_of_a_year_does_not_lock_the_login() {
    for asked in ["31536000", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        let _hold = hold();
        let busy = say("429 Too Many Requests", &format!("retry-after: {asked}\r\n"), "");
        let login = Faulty::new([busy, token("a", 14400)]).await;
        let service = Faulty::new([ok()]).await;
        let transport = service.builder().base_url_for("api.dintero.com", &login.url).login(ACCOUNT, "id", "hunter2");
        let transport = transport.retry(RetryPolicy::none()).build().unwrap();
        outcome(&transport, &GET).await.unwrap_err();
        tokio::time::advance(Duration::from_secs(61)).await;
        outcome(&transport, &GET).await.unwrap();
    }
}

#[tokio::test]
async fn fault_05_a_failing_login_is_not_stormed() {
    let mut counted = Vec::new();
    for status in ["503 Service Unavailable", "429 Too Many Requests"] {
        let login = Faulty::new(vec![say(status, "", ""); 2000]).await;
        let service = Faulty::new([]).await;
        let transport = service.builder().base_url_for("api.dintero.com", &login.url).login(ACCOUNT, "id", "hunter2");
        let transport = transport.build().unwrap();
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..1000 {
            let transport = transport.clone();
            calls.spawn(async move { outcome(&transport, &GET).await });
        }
        assert!(calls.join_all().await.iter().all(Result::is_err));
        counted.push(login.connections());
    }
    println!("1,000 cold calls, token requests at 503 and 429: {counted:?}");
    assert!(counted.iter().all(|&requests| requests <= 10), "{counted:?}");
}

#[tokio::test]
async fn fault_05_calls_one_after_another_do_not_each_ask_a_login_that_refuses() {
    let login = Faulty::new(vec![say("401 Unauthorized", "", ""); 50]).await;
    let service = Faulty::new([]).await;
    let transport = service.builder().base_url_for("api.dintero.com", &login.url).login(ACCOUNT, "id", "hunter2");
    let transport = transport.build().unwrap();
    for _ in 0..50 {
        outcome(&transport, &GET).await.unwrap_err();
    }
    println!("50 calls one after another, token requests at 401: {}", login.connections());
    assert!(login.connections() <= 10, "{}", login.connections());
}

static CARDS: Operation =
    Operation { paging: Some(Paging::Cursor { param: "page", cursor: "next", items: "cards" }), ..READ };

async fn cards(pages: &[&str]) -> Vec<Result<u64, String>> {
    let acts = pages.iter().map(|page| say("200 OK", "content-type: application/json\r\n", page));
    let server = Faulty::new(acts).await;
    let transport = server.builder().bearer_token("own").build().unwrap();
    let pages = dintero_client::Pages::new(transport.call(&CARDS), |call: dintero_client::Call| {
        let request = send_one(&call, "1", None);
        call.json::<Value>(request)
    });
    let mut items =
        pages.items(|page| page["cards"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect());
    let mut all = Vec::new();
    while let Some(item) = items.next().await {
        all.push(item.map_err(|error| error.to_string()));
    }
    all
}

#[tokio::test]
async fn fault_06_an_empty_page_with_a_cursor_is_not_the_end() {
    let all = cards(&[
        r#"{"cards":[1],"next":"a"}"#,
        r#"{"cards":[],"next":"b"}"#,
        r#"{"cards":[],"next":"c"}"#,
        r#"{"cards":[2]}"#,
    ])
    .await;
    assert_eq!(all, [Ok(1), Ok(2)]);
}

#[tokio::test]
async fn fault_06_a_page_without_its_items_is_told() {
    let all = cards(&[r#"{"cards":[1],"next":"a"}"#, r#"{"next":"b"}"#, r#"{"cards":[2]}"#]).await;
    assert_eq!(all.len(), 2);
    assert!(all[1].as_ref().unwrap_err().contains("the page has no `cards`"), "{all:?}");
}

/// A server that lets connections live, in a thread of its own.
fn living(delay: Duration) -> (String, &'static AtomicUsize) {
    let requests: &'static AtomicUsize = Box::leak(Box::default());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || live(stream.unwrap(), requests, delay));
        }
    });
    (url, requests)
}

fn live(mut stream: std::net::TcpStream, requests: &AtomicUsize, delay: Duration) {
    use std::io::{Read, Write};
    let mut seen = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut piece) {
        seen.extend_from_slice(&piece[..length]);
        // Bodies are short, and come with their heads.
        if !seen.windows(4).any(|end| end == b"\r\n\r\n") {
            continue;
        }
        seen.clear();
        requests.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(delay);
        let body = r#"{"access_token":"t","expires_in":3600}"#;
        let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn fault_08_a_connection_of_an_idle_runtime_is_not_waited_for() {
    let (url, requests) = living(Duration::ZERO);
    let transport = Transport::builder().base_url(url).bearer_token("own").attempt_timeout(Duration::from_secs(2));
    let transport = transport.build().unwrap();
    let (first, second) = (runtime(), runtime());
    first.block_on(outcome(&transport, &GET)).unwrap();
    // `first` lives on and does nothing.
    let told = second.block_on(outcome(&transport, &REFUND));
    assert!(told.is_ok(), "{told:?}");
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}

#[test]
fn fault_08_a_client_of_the_programs_own_says_at_once_that_it_is_for_one_runtime() {
    let (url, requests) = living(Duration::ZERO);
    // reqwest makes no client without one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let own = dintero_client::reqwest::Client::builder().no_proxy().build().unwrap();
    let transport = Transport::builder().base_url(url).bearer_token("own").http_client(own).build().unwrap();
    let (first, second) = (runtime(), runtime());
    first.block_on(outcome(&transport, &GET)).unwrap();
    first.block_on(outcome(&transport, &REFUND)).unwrap();
    let error = second.block_on(outcome(&transport, &REFUND)).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Config, Outcome::NotSent));
    assert!(error.to_string().contains("make a transport for each runtime"), "{error}");
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}

#[test]
fn without_a_runtime_a_call_is_told_so_and_does_not_panic() {
    let transport = Transport::builder().base_url("http://127.0.0.1:9").bearer_token("own").build().unwrap();
    let call = std::pin::pin!(outcome(&transport, &REFUND));
    let polled = call.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
    let std::task::Poll::Ready(Err(error)) = polled else { panic!("it waits") };
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Config, Outcome::NotSent));
    assert!(error.to_string().contains("no tokio runtime here"), "{error}");
}

#[test]
fn fault_08_a_login_that_another_runtime_left_behind_costs_nothing() {
    let (url, _) = living(Duration::from_millis(50));
    let transport = Transport::builder().base_url(url).login(ACCOUNT, "id", "hunter2").timeout(Duration::from_secs(5));
    let transport = transport.build().unwrap();
    let (first, second) = (runtime(), runtime());
    first.block_on(async {
        let call = tokio::spawn({
            let transport = transport.clone();
            async move { outcome(&transport, &GET).await }
        });
        // As far as it comes without waiting: the login is begun.
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        drop(call);
    });
    let told = second.block_on(outcome(&transport, &GET));
    assert!(told.is_ok(), "{told:?}");
}

struct FirstBad(AtomicUsize);

impl TokenSource for FirstBad {
    async fn token(&self, _: Option<&AccountId>) -> Result<AccessToken, Box<dyn std::error::Error + Send + Sync>> {
        let value = if self.0.fetch_add(1, Ordering::SeqCst) == 0 { "bad\ntoken" } else { "good" };
        Ok(AccessToken::new(value).expires_in(Duration::from_secs(3600)))
    }
}

#[tokio::test(start_paused = true)]
async fn fault_09_a_token_that_no_header_can_hold_is_not_kept() {
    let _hold = hold();
    let server = Faulty::new([ok()]).await;
    let transport = server.builder().token_source(FirstBad(AtomicUsize::new(0))).retry(RetryPolicy::none());
    let transport = transport.build().unwrap();
    let error = outcome(&transport, &GET).await.unwrap_err();
    assert!(error.to_string().contains("no header can hold"), "{error}");
    tokio::time::advance(Duration::from_secs(31)).await;
    outcome(&transport, &GET).await.unwrap();
}

#[tokio::test]
async fn fault_09_a_lifetime_that_is_nonsense_throws_no_token_away() {
    for told in ["-1", "3600.5", "1e30", "true", "\"3600\"", "3600.0", "null", "{}", "\"soon\"", "99999999999999999999"]
    {
        let body = format!(r#"{{"access_token":"t","expires_in":{told}}}"#);
        let login = Faulty::new([say("200 OK", "", &body)]).await;
        let service = Faulty::new([ok(), ok()]).await;
        let transport = service.builder().base_url_for("api.dintero.com", &login.url).login(ACCOUNT, "id", "hunter2");
        let transport = transport.build().unwrap();
        for _ in 0..2 {
            let sent = outcome(&transport, &GET).await;
            assert!(sent.is_ok(), "{told}: {sent:?}");
        }
        assert_eq!(login.connections(), 1, "{told}");
    }
}

#[tokio::test]
async fn fault_10_a_loopback_address_is_not_asked_for_through_a_proxy() {
    let mut proxy = Faulty::new([token("t", 3600), ok()]).await;
    let server = Faulty::new([token("t", 3600), ok()]).await;
    let done = tokio::task::spawn_blocking({
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--ignored", "--exact", "seen::proxied_child"]);
        for (name, value) in [
            ("HTTP_PROXY", &proxy.url),
            ("http_proxy", &proxy.url),
            ("ALL_PROXY", &proxy.url),
            ("SEEN_SERVER", &server.url),
        ] {
            command.env(name, value);
        }
        command.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("REQUEST_METHOD");
        move || command.output().unwrap()
    })
    .await
    .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    assert_eq!(proxy.requests(), Vec::<String>::new());
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
#[ignore = "run by fault_10, in an environment with a proxy"]
async fn proxied_child() {
    let Ok(server) = std::env::var("SEEN_SERVER") else { return };
    let transport = Transport::builder().base_url(server).login(ACCOUNT, "id", "hunter2").build().unwrap();
    outcome(&transport, &GET).await.unwrap();
}

#[tokio::test]
async fn fault_11_what_the_service_says_is_shown_in_one_line() {
    let body = r#"{"error":{"code":"bad\ncode","message":"first\r\nsecond \u001b[2J\u202e\u2028"}}"#;
    let server = Faulty::new([say("400 Bad Request", "x-request-id: a\tb\r\n", body)]).await;
    let transport = server.builder().bearer_token("own").build().unwrap();
    let error = outcome(&transport, &GET).await.unwrap_err();
    for told in [error.to_string(), format!("{error:?}"), error.message().to_owned(), error.code().unwrap().to_owned()]
    {
        let odd = told.chars().find(|c| c.is_control() || matches!(c, '\u{202e}' | '\u{2028}'));
        assert_eq!(odd, None, "{told:?}");
    }
    assert!(error.to_string().contains("first\\r\\nsecond"), "{error}");
}

static OF_ACCOUNT: Operation =
    Operation { path: "/accounts/{aid}/things", test_server: "https://checkout.dintero.com/test", ..READ };

#[tokio::test]
async fn fault_12_the_account_of_the_call_chooses_its_server() {
    for (login, own, path) in [
        ("P12345678", Some("T87654321"), "/test/accounts/T87654321/things"),
        ("T12345678", Some("P87654321"), "/v1/accounts/P87654321/things"),
        ("T12345678", None, "/test/accounts/T12345678/things"),
    ] {
        let mut server = Faulty::new([ok()]).await;
        let transport = server.builder().account_id(login).bearer_token("own").build().unwrap();
        let call = transport.call(&OF_ACCOUNT);
        let mut draft = call.draft();
        draft.account("aid", own.map(str::to_owned)).unwrap();
        let request = draft.build();
        call.json::<Value>(request).await.unwrap();
        let request = server.request().await;
        assert!(request.starts_with(&format!("GET {path} ")), "{request}");
    }
}

#[tokio::test]
async fn a_raw_put_is_not_taken_for_repeatable() {
    let mut server = Faulty::new([Act::Reset, ok()]).await;
    let transport = server.builder().bearer_token("own").retry(quick()).build().unwrap();
    let put = transport.request(Method::PUT, "/v1/accounts/T1/shopping/draft_orders/1/complete");
    put.send::<Value>().await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
}
