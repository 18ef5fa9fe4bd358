//! The lifecycle (sessions and transactions) through the umbrella's login and the real transport.
//!
//! Generated names stand here by hand, so they are those of a document of our own, tests/shop.yaml, which no sync changes;
//! oddities are in odd.rs.

use dintero::dintero_client::chrono::{DateTime, NaiveDate, Utc};
use dintero::{Dintero, ErrorKind};
use dintero_shop::Client;
use dintero_shop::types::{Capture, Status};
use httpmock::Method::{DELETE, GET, POST, PUT};
use httpmock::MockServer;
use serde_json::{Value, json};

async fn server() -> MockServer {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(POST).path("/v1/accounts/T12345678/auth/token");
            then.status(200)
                .json_body(json!({"access_token": "the-token", "token_type": "Bearer", "expires_in": 14400}));
        })
        .await;
    server
}

fn dintero(server: &MockServer) -> Dintero {
    Dintero::builder()
        .login("T12345678", "client", "secret")
        .base_url(server.base_url())
        .build()
        .expect("settings that fit")
}

/// The service, with the login of the umbrella.
fn shop(server: &MockServer) -> Client {
    Client::new(dintero(server).transport().clone())
}

/// A transaction with these fields over the usual ones.
fn transaction(fields: Value) -> Value {
    let mut value = json!({
        "id": "t1", "amount": 29990, "currency": "NOK", "merchant_reference": "r1", "status": "AUTHORIZED",
        "payment_product": "card", "payment_product_type": "card.credit", "created_at": "2026-11-22T12:00:00Z", "session_id": "s1", "events": [], "items": []
    });
    for (name, field) in fields.as_object().into_iter().flatten() {
        value[name] = field.clone();
    }
    value
}

#[tokio::test]
async fn each_operation_goes_to_its_own_host() {
    let (login, api, pay) = (server().await, MockServer::start_async().await, MockServer::start_async().await);
    let settlements = api
        .mock_async(|when, then| {
            when.method(GET).path("/v1/accounts/T12345678/settlements");
            then.status(200).json_body(json!({}));
        })
        .await;
    let transactions = pay
        .mock_async(|when, then| {
            when.method(GET).path("/v1/transactions");
            then.status(200).json_body(json!([]));
        })
        .await;
    let dintero = Dintero::builder()
        .login("T12345678", "client", "secret")
        .transport(|t| {
            t.base_url_for("api.dintero.com", login.base_url())
                .base_url_for("api.example.com", api.base_url())
                .base_url_for("pay.example.com", pay.base_url())
        })
        .build()
        .expect("settings that fit");
    let shop = Client::new(dintero.transport().clone());
    // The account of the path is that of the login.
    shop.list_settlements().send().await.expect("settlements are on a host of their own");
    shop.list_transactions().send().await.expect("transactions are on the document's host");
    settlements.assert_async().await;
    transactions.assert_async().await;
}

#[tokio::test]
async fn reading_is_tolerant_and_writes_back_what_it_does_not_know() {
    let server = server().await;
    server
        .mock_async(|when, then| {
            when.method(GET).path("/v1/transactions/t1");
            then.status(200).json_body(transaction(json!({
                "payment_product": "not_yet_invented", "status": "ON_THE_MOON", "items": null, "metadata": null,
                "a_new_field": {"x": 1}
            })));
        })
        .await;
    let transaction = shop(&server).get_transaction("t1").send().await.expect("nothing here may fail it");
    let status = transaction.status.clone().expect("a status");
    assert_eq!(status, Status::Other("ON_THE_MOON".into()));
    assert_eq!(transaction.items, None);
    let written = serde_json::to_value(transaction.into_inner()).expect("writes");
    assert_eq!(written["status"], "ON_THE_MOON");
    assert_eq!(written.get("items"), None, "absent, not null");
}

#[tokio::test]
async fn every_success_status_is_a_success() {
    let server = server().await;
    server
        .mock_async(|when, then| {
            when.method(POST).path("/v1/transactions/t1/capture").json_body(json!({"amount": 5}));
            then.status(202).json_body(transaction(json!({"amount": 5})));
        })
        .await;
    let call = shop(&server).capture_transaction("t1").body(Capture::new(5));
    let answer = call.send().await.expect("202 is no error");
    assert_eq!(answer.status().as_u16(), 202);
    assert_eq!(answer.amount, 5);
}

#[tokio::test]
async fn errors_of_any_shape_keep_what_the_service_said() {
    let server = server().await;
    let call = |id: &str| shop(&server).get_transaction(id);
    for (id, status, body) in [
        ("shaped", 403, r#"{"error":{"code":"forbidden","message":"not yours"}}"#),
        ("gateway", 502, "<html>bad gateway</html>"),
        ("empty", 404, ""),
        ("undocumented", 418, r#"{"message":"teapot"}"#),
    ] {
        server
            .mock_async(|when, then| {
                when.method(GET).path(format!("/v1/transactions/{id}"));
                then.status(status).body(body);
            })
            .await;
        let error = call(id).send().await.expect_err(id);
        assert_eq!(error.status().map(|s| s.as_u16()), Some(status), "{id}");
        assert_eq!(error.kind(), ErrorKind::Status, "{id}");
        assert_eq!(error.body().as_ref(), body.as_bytes(), "{id}");
    }
    let error = call("shaped").send().await.expect_err("403");
    assert_eq!(error.code(), Some("forbidden"));
    let typed: dintero_shop::types::Error = error.json().expect("the documented error type");
    assert!(serde_json::to_string(&typed).expect("writes").contains("not yours"));
}

#[tokio::test]
async fn a_success_that_cannot_be_read_is_no_failed_payment() {
    let server = server().await;
    server
        .mock_async(|when, then| {
            when.method(GET).path("/v1/transactions/t1");
            then.status(200).body(r#"{"amount": "many", "currency": "NOK"}"#);
        })
        .await;
    let error = shop(&server).get_transaction("t1").send().await.expect_err("amount is no number");
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.status().map(|s| s.as_u16()), Some(200));
    assert_eq!(error.path(), Some("$.amount"));
}

#[tokio::test]
async fn nothing_is_sent_without_what_the_path_needs() {
    let server = server().await;
    let any = server
        .mock_async(|when, then| {
            when.method(DELETE);
            then.status(204);
        })
        .await;
    let payments = shop(&server);
    for id in ["", ".", ".."] {
        let error = payments.get_transaction(id).send().await.expect_err("would hit another resource");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{id:?}");
    }
    assert_eq!(any.calls_async().await, 0);
}

#[tokio::test]
async fn path_values_are_encoded() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET).is_true(|r| r.uri().path() == "/v1/transactions/a%2Fb%20c%3Fd%23e%25%2B%26%C3%B8");
            then.status(200).json_body(transaction(json!({})));
        })
        .await;
    shop(&server).get_transaction("a/b c?d#e%+&ø").send().await.expect("one segment");
    mock.assert_async().await;
}

#[tokio::test]
async fn filters_of_a_list_are_written_as_declared() {
    let server = server().await;
    let (told, seen) = std::sync::mpsc::channel();
    server
        .mock_async(|when, then| {
            when.path("/v1/transactions").is_true(move |r| told.send(r.uri().to_string()).is_ok());
            then.status(200).json_body(json!([]));
        })
        .await;
    let call = shop(&server).list_transactions();
    // A dotted name and a time as text, a list that repeats its key, one that is joined, a text with signs of its own.
    let since: DateTime<Utc> = "2026-11-22T09:00:00+01:00".parse().expect("a time");
    let until: NaiveDate = "2026-11-23".parse().expect("a day");
    let call = call.created_at_gte(since).created_at_lte(until).amount_gte(1);
    let call = call.status([Status::Authorized, Status::from("NEW")]);
    call.payout_correlation_id(["a,b", "c"]).search("Ås & 1+1=2").send().await.expect("a list");
    let sent = seen.try_recv().expect("a request");
    let mut pairs: Vec<&str> = sent.split_once('?').expect("a query").1.split('&').collect();
    pairs.sort_unstable();
    assert_eq!(
        pairs,
        [
            "amount.gte=1",
            "created_at.gte=2026-11-22T08%3A00%3A00Z",
            "created_at.lte=2026-11-23",
            "payout_correlation_id=a%2Cb,c",
            "search=%C3%85s%20%26%201%2B1%3D2",
            "status=AUTHORIZED",
            "status=NEW",
        ]
    );
}

#[tokio::test]
async fn one_login_serves_every_service() {
    let server = MockServer::start_async().await;
    let login = server
        .mock_async(|when, then| {
            when.method(POST).path("/v1/accounts/T12345678/auth/token");
            then.status(200)
                .json_body(json!({"access_token": "the-token", "token_type": "Bearer", "expires_in": 14400}));
        })
        .await;
    let private = server
        .mock_async(|when, then| {
            when.method(GET).header("authorization", "Bearer the-token");
            then.status(200).json_body(json!([]));
        })
        .await;
    let transport = dintero(&server).transport().clone();
    Client::new(transport.clone()).list_transactions().send().await.expect("with the token");
    dintero_odd::Client::new(transport).list_things().send().await.expect("with the same token");
    assert_eq!(login.calls_async().await, 1);
    private.assert_calls_async(2).await;
}

#[tokio::test]
async fn a_service_crate_works_by_itself() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET).path("/v1/accounts/T12345678/hooks/subscriptions");
            then.status(200).json_body(
                json!([{"id": "h1", "config": {"url": "https://example.com"}, "events": ["ping", "a_new_event"]}]),
            );
        })
        .await;
    let transport = dintero_shop::Transport::builder()
        .login("T12345678", "client", "secret")
        .base_url(server.base_url())
        .build()
        .expect("settings that fit");
    let hooks = Client::new(transport).list_subscriptions().send().await.expect("a list");
    assert_eq!(hooks.len(), 1);
    mock.assert_async().await;
}

#[tokio::test]
async fn an_operation_that_no_document_knows_is_reached_by_its_path() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(PUT).path("/v1/accounts/T12345678/anything").header("authorization", "Bearer the-token");
            then.status(200).json_body(json!({"ok": true}));
        })
        .await;
    let shop = shop(&server);
    let request =
        shop.transport().request(dintero::dintero_client::reqwest::Method::PUT, "/v1/accounts/T12345678/anything");
    let answer = request.json(&json!({"x": 1})).send::<serde_json::Value>().await.expect("the raw request");
    assert_eq!(answer["ok"], true);
    mock.assert_async().await;
}
