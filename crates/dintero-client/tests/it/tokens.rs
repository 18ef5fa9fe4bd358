//! Tokens: one for all, renewed in time, and never in anything a program prints.

use std::{error::Error as StdError, time::Duration};

use crate::support::{faults::*, *};
use dintero_client::{AccessToken, AccountId, Call, Error, ErrorKind, TokenSource, Transport};
use serde_json::Value;

async fn outcome(call: &Call) -> Result<Value, Error> {
    let answer = send_one(call, "1", None);
    call.clone().json::<Value>(answer).await.map(|it| it.into_inner())
}

/// A transport that logs in at one server and calls another.
fn transport(login: &Faulty, service: &Faulty) -> Transport {
    Transport::builder()
        .base_url(&service.url)
        .base_url_for("api.dintero.com", &login.url)
        .login(ACCOUNT, "id", "hunter2")
        .build()
        .unwrap()
}

fn unauthorized() -> Act {
    let body = r#"{"error":{"code":"unauthorized","message":"Expired"}}"#;
    say("401 Unauthorized", "content-type: application/json\r\n", body)
}

fn bearer(request: &str) -> &str {
    let line = request.lines().find_map(|line| line.strip_prefix("authorization: "));
    line.unwrap_or("-")
}

#[tokio::test]
async fn a_thousand_calls_on_a_cold_client_log_in_once() {
    let mut login = Faulty::new([token("a", 14400), token("b", 14400)]).await;
    let mut service = Faulty::new(vec![ok(); 1000]).await;
    let transport = transport(&login, &service);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let call = transport.call(&GET);
        calls.spawn(async move { outcome(&call).await });
    }
    for done in calls.join_all().await {
        done.unwrap();
    }
    assert_eq!(login.requests().len(), 1);
    let requests = service.requests();
    assert_eq!(requests.len(), 1000);
    assert!(requests.iter().all(|it| bearer(it) == "Bearer a"));
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_the_call_sent_once_more() {
    for operation in [&GET, &REFUND] {
        let mut login = Faulty::new([token("a", 14400), token("b", 14400)]).await;
        let mut service = Faulty::new([unauthorized(), ok(), ok()]).await;
        let transport = transport(&login, &service);
        for _ in 0..2 {
            outcome(&transport.call(operation)).await.unwrap();
        }
        let tokens: Vec<_> = service.requests();
        let tokens: Vec<_> = tokens.iter().map(|it| bearer(it)).collect();
        assert_eq!(tokens, ["Bearer a", "Bearer b", "Bearer b"]);
        assert_eq!(login.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_second_refusal_is_the_answer() {
    let mut login = Faulty::new([token("a", 14400), token("b", 14400)]).await;
    let mut service = Faulty::new(vec![unauthorized(); 3]).await;
    let transport = transport(&login, &service);
    let error = outcome(&transport.call(&REFUND)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Status);
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (401, Some("unauthorized")));
    assert_eq!(service.requests().len(), 2);
    // A service that always says 401 does not make every call log in anew.
    outcome(&transport.call(&GET)).await.unwrap_err();
    assert_eq!(service.requests().len(), 1);
    assert_eq!(login.requests().len(), 2);
}

#[tokio::test]
async fn a_refusal_without_a_new_token_is_told_as_a_failed_login() {
    let down = say("500 Internal Server Error", "", "<html>");
    let login = Faulty::new([token("a", 14400), down]).await;
    let mut service = Faulty::new([unauthorized()]).await;
    let error = outcome(&transport(&login, &service).call(&REFUND)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(error.to_string().contains("login: 500: the service gave no message"), "{error}");
    assert_eq!(service.requests().len(), 1);
}

#[tokio::test]
async fn a_token_of_ones_own_is_not_renewed() {
    let mut service = Faulty::new([unauthorized(), ok()]).await;
    let transport = service.builder().bearer_token("own").build().unwrap();
    let error = outcome(&transport.call(&GET)).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
    assert_eq!(service.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_wait_asked_for_by_the_token_endpoint_is_kept() {
    let _hold = hold();
    let mut trace = traced();
    let busy = say("429 Too Many Requests", "retry-after: 7\r\n", "");
    let mut login = Faulty::new([busy, token("a", 14400)]).await;
    let mut service = Faulty::new([ok(), ok()]).await;
    let transport = transport(&login, &service);
    let call = transport.call(&REFUND);
    let first = tokio::spawn(async move { outcome(&call).await });
    login.request().await;
    assert_eq!(trace.wait().await.as_secs(), 7);
    tokio::time::advance(Duration::from_secs(3)).await;
    // Another call meanwhile does not ask, and is told what is left of the wait.
    let mut call = transport.call(&GET);
    call.set_retry(dintero_client::RetryPolicy::none());
    let error = outcome(&call).await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Auth, 429));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(4)));
    assert_eq!(login.requests().len(), 0);
    tokio::time::advance(Duration::from_millis(4001)).await;
    first.await.unwrap().unwrap();
    assert_eq!(login.requests().len(), 1);
    assert_eq!(service.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_login_that_hangs_meets_the_calls_total_time() {
    let _hold = hold();
    let mut login = Faulty::new([Act::Hang]).await;
    let service = Faulty::new([]).await;
    let mut call = transport(&login, &service).call(&REFUND);
    call.set_timeout(Duration::from_secs(5));
    let sent = tokio::spawn(async move { outcome(&call).await });
    login.request().await;
    tokio::time::advance(Duration::from_secs(6)).await;
    let error = sent.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(error.to_string().contains("no token within the total time of 5s"), "{error}");
    assert!(error.is_retryable());
    assert_eq!(service.connections(), 0);
}

#[tokio::test]
async fn a_partner_serves_several_accounts_with_one_login() {
    let mut login = Faulty::new([token("a", 14400), token("b", 14400)]).await;
    let mut service = Faulty::new(vec![ok(); 4]).await;
    let partner = transport(&login, &service);
    let client: AccountId = "T87654321".parse().unwrap();
    for _ in 0..2 {
        for transport in [partner.clone(), partner.for_account(client.clone())] {
            outcome(&transport.call(&GET)).await.unwrap();
        }
    }
    let asked = login.requests();
    assert_eq!(asked.len(), 2);
    for (request, audience) in asked.iter().zip([ACCOUNT, "T87654321"]) {
        assert!(request.starts_with(&format!("POST /v1/accounts/{ACCOUNT}/auth/token ")));
        assert!(request.contains(&format!("https://api.dintero.com/v1/accounts/{audience}\"")));
    }
    let requests = service.requests();
    let tokens: Vec<_> = requests.iter().map(|it| bearer(it)).collect();
    assert_eq!(tokens, ["Bearer a", "Bearer b", "Bearer a", "Bearer b"]);
}

struct Own;

impl TokenSource for Own {
    async fn token(&self, account: Option<&AccountId>) -> Result<AccessToken, Box<dyn StdError + Send + Sync>> {
        match account {
            Some(account) => Ok(AccessToken::new(format!("for-{account}"))),
            None => Err("no account".into()),
        }
    }
}

#[tokio::test]
async fn a_source_of_ones_own_gives_the_token() {
    let mut service = Faulty::new([ok()]).await;
    let builder = || service.builder().token_source(Own);
    let transport = builder().account_id(ACCOUNT).build().unwrap();
    outcome(&transport.call(&GET)).await.unwrap();
    let error = outcome(&builder().build().unwrap().call(&GET)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(error.to_string().ends_with("login: the token source failed: no account"), "{error}");
    assert!(StdError::source(&error).is_some());
    let requests = service.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(bearer(&requests[0]), "Bearer for-T12345678");
}

#[tokio::test]
async fn a_test_account_has_a_server_of_its_own() {
    for (account, path) in [("T12345678", "/test/transactions/1"), ("P12345678", "/v1/transactions/1")] {
        let mut service = Faulty::new([ok()]).await;
        let transport = service.builder().account_id(account).bearer_token("own");
        outcome(&transport.build().unwrap().call(&TWO_SERVERS)).await.unwrap();
        let request = service.request().await;
        assert!(request.starts_with(&format!("GET {path} ")), "{request}");
    }
}

#[tokio::test]
async fn no_secret_reaches_a_subscriber() {
    let mut trace = traced();
    let login = Faulty::new([token("tok-secret", 14400), token("tok-second", 14400)]).await;
    let acts = [unauthorized(), Act::Reset, ok(), ok()];
    let mut service = Faulty::new(acts).await;
    let transport = Transport::builder()
        .base_url(&service.url)
        .base_url_for("api.dintero.com", &login.url)
        .login(ACCOUNT, "id", "hunter2")
        .api_key("key-secret")
        .build()
        .unwrap();
    let mut call = transport.call(&GET);
    call.set_header("x-note", "note-secret");
    outcome(&call).await.unwrap();
    outcome(&transport.call(&KEY_OR_BEARER)).await.unwrap();
    assert_eq!(service.requests().len(), 4);

    let all = trace.all();
    for secret in [
        "hunter2",
        // The same in base64, as `Basic` has it.
        "aHVudGVyMg",
        "h1bnRlcj",
        "odW50ZXIy",
        "tok-secret",
        "tok-second",
        "key-secret",
        "note-secret",
        "29990",
    ] {
        let line = all.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
    for told in [
        "dintero.call{dintero.service=\"payments\" dintero.operation=\"get_transaction\" http.request.method=\"GET\" url.template=\"/transactions/{id}\" server.address=\"127.0.0.1\"",
        "the token was refused; it is renewed",
        "token received audience=T12345678",
        "retrying attempt=2",
        "attempts=3 http.response.status_code=200 duration_ms=",
    ] {
        assert!(all.contains(told), "{told} is not in\n{all}");
    }
}
