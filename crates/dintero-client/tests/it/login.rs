//! Credentials: which, when, and to whom.

use std::time::Duration;

use crate::support::*;
use dintero_client::{AccountId, ErrorKind};
use httpmock::{Method::POST, MockServer};
use serde_json::{Value, json};

#[tokio::test]
async fn one_login_serves_many_calls() {
    let server = MockServer::start_async().await;
    let token = token_endpoint(&server, 14400).await;
    let get = transaction(&server, Some(("authorization", "Bearer tok-1"))).await;
    let transport = logged_in(&server);
    for _ in 0..3 {
        let call = transport.clone().call(&GET);
        call.clone().json::<Value>(send(&call)).await.unwrap();
    }
    token.assert_calls_async(1).await;
    get.assert_calls_async(3).await;
}

#[tokio::test]
async fn calls_at_once_log_in_once() {
    let server = MockServer::start_async().await;
    let token = token_endpoint(&server, 14400).await;
    let get = transaction(&server, Some(("authorization", "Bearer tok-1"))).await;
    let transport = logged_in(&server);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let call = transport.call(&GET);
        calls.spawn(async move { call.clone().json::<Value>(send(&call)).await.map(|_| ()) });
    }
    for done in calls.join_all().await {
        done.unwrap();
    }
    token.assert_calls_async(1).await;
    get.assert_calls_async(20).await;
}

#[tokio::test]
async fn an_expired_token_is_fetched_anew() {
    let server = MockServer::start_async().await;
    let token = token_endpoint(&server, 0).await;
    transaction(&server, Some(("authorization", "Bearer tok-1"))).await;
    let transport = logged_in(&server);
    for _ in 0..2 {
        let call = transport.call(&GET);
        call.clone().json::<Value>(send(&call)).await.unwrap();
    }
    token.assert_calls_async(2).await;
}

#[tokio::test]
async fn who_calls_is_said_with_every_request() {
    let server = MockServer::start_async().await;
    let caller = [
        ("dintero-system-name", "Shop"),
        ("dintero-system-version", "4.2.0"),
        ("dintero-system-plugin-name", "shop-dintero"),
        ("dintero-system-plugin-version", "1.0.3"),
    ];
    let said = server
        .mock_async(|when, then| {
            let when = when.header_missing("x-mine");
            caller.into_iter().fold(when, |when, (name, value)| when.header(name, value)).path_suffix("/auth/token");
            then.status(200).json_body(json!({"access_token": "tok-1", "token_type": "Bearer", "expires_in": 60}));
        })
        .await;
    let calls = server
        .mock_async(|when, then| {
            caller.into_iter().fold(when.header("x-mine", "1"), |when, (name, value)| when.header(name, value));
            then.status(200).json_body(json!({}));
        })
        .await;
    let transport = builder(&server)
        .login(ACCOUNT, "id", "hunter2")
        .system("Shop", "4.2.0")
        .plugin("shop-dintero", "1.0.3")
        .header("X-Mine", "1")
        .build()
        .unwrap();
    for operation in [&GET, &PUBLIC, &OTHER_HOST] {
        let call = transport.call(operation);
        call.clone().empty(send(&call)).await.unwrap();
    }
    let raw = transport.request(dintero_client::reqwest::Method::GET, "/v1/accounts/T12345678/brands");
    raw.send::<Value>().await.unwrap();
    said.assert_calls_async(1).await;
    calls.assert_calls_async(4).await;
}

#[tokio::test]
async fn a_public_operation_gets_no_credential() {
    let server = MockServer::start_async().await;
    let token = token_endpoint(&server, 14400).await;
    let get = transaction(&server, None).await;
    let transport = builder(&server).login(ACCOUNT, "id", "hunter2").api_key("k").build().unwrap();
    let call = transport.call(&PUBLIC);
    call.clone().json::<Value>(send(&call)).await.unwrap();
    get.assert_calls_async(1).await;
    token.assert_calls_async(0).await;
}

#[tokio::test]
async fn each_operation_gets_what_it_takes() {
    let server = MockServer::start_async().await;
    token_endpoint(&server, 14400).await;
    let login = || builder(&server).login(ACCOUNT, "id", "hunter2");
    let cases = [
        (login(), &BASIC, Some(("authorization", "Basic aWQ6aHVudGVyMg=="))),
        (login(), &RAW_TOKEN, Some(("authorization", "tok-1"))),
        (login(), &KEY_OR_BEARER, Some(("authorization", "Bearer tok-1"))),
        (login().api_key("k-1"), &KEY_OR_BEARER, Some(("x-api-key", "k-1"))),
        (login().bearer_token("own"), &GET, Some(("authorization", "Bearer own"))),
        (login(), &OPTIONAL, Some(("authorization", "Bearer tok-1"))),
        (builder(&server).anonymous(), &OPTIONAL, None),
    ];
    for (builder, operation, header) in cases {
        let get = transaction(&server, header).await;
        let call = builder.build().unwrap().call(operation);
        call.clone().json::<Value>(send(&call)).await.unwrap();
        get.assert_calls_async(1).await;
        get.delete_async().await;
    }
}

#[tokio::test]
async fn a_credential_set_on_the_call_stays() {
    let server = MockServer::start_async().await;
    let get = transaction(&server, Some(("authorization", "session-token"))).await;
    let mut call = logged_in(&server).call(&RAW_TOKEN);
    call.set_header("authorization", "session-token");
    call.clone().json::<Value>(send(&call)).await.unwrap();
    get.assert_calls_async(1).await;
}

#[tokio::test]
async fn without_a_fitting_credential_nothing_is_sent() {
    let server = MockServer::start_async().await;
    let any = server
        .mock_async(|when, then| {
            when.any_request();
            then.status(200);
        })
        .await;
    let call = builder(&server).api_key("k").build().unwrap().call(&GET);
    let error = call.clone().json::<Value>(send(&call)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(
        error.to_string(),
        "payments.get_transaction (GET /transactions/{id}): no credential that the operation takes; \
         give a login, a `bearer_token` or a `token_source` to `Transport::builder()`"
    );
    assert!(!error.is_retryable());
    any.assert_calls_async(0).await;
}

#[tokio::test]
async fn a_partner_asks_for_another_account() {
    let server = MockServer::start_async().await;
    let token = server
        .mock_async(|when, then| {
            when.method(POST)
                .path(format!("/v1/accounts/{ACCOUNT}/auth/token"))
                .json_body_includes(r#"{"audience":"https://api.dintero.com/v1/accounts/T87654321"}"#);
            then.status(200).json_body(json!({"access_token": "tok-2", "expires_in": 60.0}));
        })
        .await;
    transaction(&server, Some(("authorization", "Bearer tok-2"))).await;
    let transport = builder(&server).login(ACCOUNT, "id", "hunter2").audience("T87654321").build().unwrap();
    assert_eq!(transport.account_id().map(AccountId::as_str), Some("T87654321"));
    let call = transport.call(&GET);
    call.clone().json::<Value>(send(&call)).await.unwrap();
    token.assert_calls_async(1).await;
}

#[tokio::test]
async fn a_failed_login_is_told_apart_from_the_call() {
    let answers = [
        (
            401,
            r#"{"error":{"code":"invalid_client","message":"Unknown client"}}"#,
            "login: 401 invalid_client: Unknown client",
            false,
        ),
        (
            403,
            r#"{"error":{"code":"mfa_required","message":"MFA"},"mfa_token":"m"}"#,
            "login: 403 mfa_required: MFA",
            false,
        ),
        (503, "<html>down</html>", "login: 503: the service gave no message", true),
        (200, "<html>hello</html>", "login: 200: expected value", false),
        (200, r#"{"access_token":""}"#, "empty `access_token`", false),
        (
            200,
            r#"{"access_token":17,"x":"hidden"}"#,
            "login: 200: invalid type: integer, expected a string, at $.access_token",
            false,
        ),
        (200, r#"{"access_token":"hidden\nX: y"}"#, "no header can hold", false),
    ];
    for (status, body, told, transient) in answers {
        let server = MockServer::start_async().await;
        server
            .mock_async(|when, then| {
                when.method(POST);
                then.status(status).body(body);
            })
            .await;
        let get = transaction(&server, Some(("authorization", "Bearer tok-1"))).await;
        let call = logged_in(&server).call(&GET);
        let error = call.clone().json::<Value>(send(&call)).await.unwrap_err();
        let text = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Auth, "{text}");
        assert!(text.contains(told), "{text}");
        assert_eq!(error.is_retryable(), transient, "{text}");
        for secret in ["hunter2", "hidden", "aHVudGVyMg"] {
            assert!(!format!("{error:?} {error}").contains(secret), "{error:?}");
        }
        get.assert_calls_async(0).await;
    }
}

#[tokio::test]
async fn the_wait_asked_for_by_the_token_endpoint_is_there() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(POST);
            then.status(429).header("retry-after", "7");
        })
        .await;
    let mut call = logged_in(&server).call(&REFUND);
    call.set_timeout(Duration::from_secs(6));
    let error = call.clone().json::<Value>(send(&call)).await.unwrap_err();
    assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(7));
    // The refund itself was never sent.
    assert!(error.is_retryable());
}
