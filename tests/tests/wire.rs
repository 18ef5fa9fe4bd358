//! What goes over the wire, and what is read from it, through the generated clients and the real transport.
//!
//! Each test is one way in which a generated client can compile and still be wrong.

use dintero::payments::types::{CaptureTransactionRequest, TransactionStatus};
use dintero::{Dintero, ErrorKind};
use httpmock::Method::{DELETE, GET, POST, PUT};
use httpmock::{HttpMockRequest, MockServer};
use serde_json::json;

async fn server() -> MockServer {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(POST).path("/v1/accounts/T12345678/auth/token");
            then.status(200).json_body(json!({"access_token": "the-token", "token_type": "Bearer", "expires_in": 14400}));
        })
        .await;
    server
}

fn dintero(server: &MockServer) -> Dintero {
    Dintero::builder().login("T12345678", "client", "secret").base_url(server.base_url()).build().expect("settings that fit")
}

fn query(request: &HttpMockRequest) -> String {
    request.uri().query().unwrap_or_default().to_string()
}

#[tokio::test]
async fn lists_are_repeated_or_joined_as_declared_and_names_keep_their_dots() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET).path("/v1/transactions").is_true(|r| {
                let query = query(r);
                let mut pairs: Vec<&str> = query.split('&').collect();
                pairs.sort_unstable();
                pairs == ["amount.gte=100", "payout_correlation_id=a%2Cb", "status=AUTHORIZED", "status=CAPTURED"]
            });
            then.status(200).json_body(json!([]));
        })
        .await;
    let call = dintero(&server).payments().list_transactions();
    let call = call.status([TransactionStatus::Authorized, TransactionStatus::Captured]);
    let call = call.payout_correlation_id(["a", "b"]).amount_gte(100);
    call.send().await.expect("the query as declared");
    mock.assert_async().await;
}

#[tokio::test]
async fn a_list_in_a_header_is_joined_and_no_header_of_the_generator_is_sent() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(POST)
                .path("/v1/sessions-profile")
                .header("dintero-feature-toggles", "strict-session-amounts,more")
                .header_missing("api-version")
                .json_body(json!({
                    "order": {"amount": 1, "currency": "NOK", "merchant_reference": "r"},
                    "profile_id": "default",
                    "url": {"return_url": "https://example.com"}
                }));
            then.status(200).json_body(json!({}));
        })
        .await;
    use dintero::payments::types::{CreateSessionFromProfileRequest, SessionOrder, SessionUrls};
    let body = CreateSessionFromProfileRequest::new(
        SessionOrder::new(1, "NOK", "r"),
        "default",
        SessionUrls::new("https://example.com"),
    );
    let call = dintero(&server).payments().create_session_from_profile();
    let call = call.dintero_feature_toggles(["strict-session-amounts", "more"]).body(body);
    call.send().await.expect("only what was set, no defaults, no api-version");
    mock.assert_async().await;
}

#[tokio::test]
async fn each_operation_goes_to_its_own_host() {
    let (api, checkout) = (server().await, server().await);
    let settlements = api
        .mock_async(|when, then| {
            when.method(GET).path("/v1/accounts/T12345678/settlements");
            then.status(200).json_body(json!({}));
        })
        .await;
    let transactions = checkout
        .mock_async(|when, then| {
            when.method(GET).path("/v1/transactions");
            then.status(200).json_body(json!([]));
        })
        .await;
    let payout = api
        .mock_async(|when, then| {
            when.method(GET).path("/v2/accounts/T12345678/payout/payout-destinations/d1/balances");
            then.status(200).json_body(json!([]));
        })
        .await;
    let dintero = Dintero::builder()
        .login("T12345678", "client", "secret")
        .transport(|t| t.base_url_for("api.dintero.com", api.base_url()).base_url_for("checkout.dintero.com", checkout.base_url()))
        .build()
        .expect("settings that fit");
    let payments = dintero.payments();
    // The account of the path is that of the login.
    payments.list_settlements().send().await.expect("settlements are on the api host");
    payments.list_transactions().send().await.expect("transactions are on the checkout host");
    payments.get_payout_destination_balances().payout_destination_id("d1").send().await.expect("/v2 beside /v1");
    settlements.assert_async().await;
    transactions.assert_async().await;
    payout.assert_async().await;
}

#[tokio::test]
async fn reading_is_tolerant_and_writes_back_what_it_does_not_know() {
    let server = server().await;
    server
        .mock_async(|when, then| {
            when.method(GET).path("/v1/transactions/t1");
            then.status(200).json_body(json!({
                "amount": 29990, "currency": "NOK", "payment_product": "not_yet_invented",
                "status": "ON_THE_MOON", "items": null, "events": null, "metadata": null,
                "created_at": "2026-11-22T12:00:00Z", "a_new_field": {"x": 1}
            }));
        })
        .await;
    let transaction = dintero(&server).payments().get_transaction().id("t1").send().await.expect("nothing here may fail it");
    let status = transaction.status.clone().expect("a status");
    assert_eq!(status, TransactionStatus::Other("ON_THE_MOON".into()));
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
            then.status(202).json_body(json!({"amount": 5, "currency": "NOK", "status": "AUTHORIZED"}));
        })
        .await;
    let call = dintero(&server).payments().capture_transaction().id("t1").body(CaptureTransactionRequest::new(5));
    let answer = call.send().await.expect("202 is no error");
    assert_eq!(answer.status().as_u16(), 202);
    assert_eq!(answer.amount, 5);
}

#[tokio::test]
async fn errors_of_any_shape_keep_what_the_service_said() {
    let server = server().await;
    let call = || dintero(&server).payments().get_transaction();
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
        let error = call().id(id).send().await.expect_err(id);
        assert_eq!(error.status().map(|s| s.as_u16()), Some(status), "{id}");
        assert_eq!(error.kind(), ErrorKind::Status, "{id}");
        assert_eq!(error.body().as_ref(), body.as_bytes(), "{id}");
    }
    let error = call().id("shaped").send().await.expect_err("403");
    assert_eq!(error.code(), Some("forbidden"));
    let typed: dintero::payments::types::Error = error.json().expect("the documented error type");
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
    let error = dintero(&server).payments().get_transaction().id("t1").send().await.expect_err("amount is no number");
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.status().map(|s| s.as_u16()), Some(200));
    assert_eq!(error.path(), Some("amount"));
}

#[tokio::test]
async fn downloads_are_streams_and_redirects_are_told() {
    let server = server().await;
    server
        .mock_async(|when, then| {
            when.method(GET).path_includes("/branding/logos/");
            then.status(200).header("content-type", "image/svg+xml").body("<svg/>");
        })
        .await;
    server
        .mock_async(|when, then| {
            when.method(GET).path("/v1/view/s1");
            then.status(302).header("location", "https://pay.example.com/s1");
        })
        .await;
    let dintero = dintero(&server);
    let call = dintero.payments().get_payment_logos_image();
    let call = call.logos("visa").variant("colors").color("000000").width(200).template("dintero_left_frame.svg");
    let image = call.send().await.expect("an image");
    let bytes = image.into_inner().collect(1024).await.expect("small enough");
    assert_eq!(bytes.as_ref(), b"<svg/>");
    let page = dintero.checkout().get_payment_page().session_id("s1").send().await.expect("a documented 302");
    assert_eq!(page.location(), "https://pay.example.com/s1");
}

#[tokio::test]
async fn an_optional_body_is_sent_only_when_given_and_delete_may_have_one() {
    let server = server().await;
    let without = server
        .mock_async(|when, then| {
            when.method(POST).path("/v1/sessions/s1/cancel").is_true(|r| r.body_ref().is_empty());
            then.status(200).json_body(json!({
                "order": {"amount": 1, "currency": "NOK", "merchant_reference": "r"},
                "url": {"return_url": "https://example.com"}, "configuration": {}
            }));
        })
        .await;
    let with = server
        .mock_async(|when, then| {
            when.method(DELETE).path("/v1/card-tokens/k1").json_body(json!({"payment_product_type": "dintero_psp.creditcard"}));
            then.status(204);
        })
        .await;
    let payments = dintero(&server).payments();
    payments.cancel_session().session_id("s1").send().await.expect("no body");
    without.assert_async().await;
    let deletion = payments.delete_card_token().token_id("k1");
    let body = serde_json::from_value(json!({"payment_product_type": "dintero_psp.creditcard"})).expect("a body");
    let _ = deletion.body::<dintero::payments::types::DeleteCardTokenRequest>(body).send().await;
    with.assert_async().await;
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
    let payments = dintero(&server).payments();
    for id in ["", ".", ".."] {
        let error = payments.get_transaction().id(id).send().await.expect_err("would hit another resource");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{id:?}");
    }
    let error = payments.get_transaction().send().await.expect_err("no id");
    assert!(error.to_string().contains("id"), "{error}");
    assert_eq!(any.calls_async().await, 0);
}

#[tokio::test]
async fn path_values_are_encoded() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET).is_true(|r| r.uri().path() == "/v1/transactions/a%2Fb%20c%3Fd%23e%25");
            then.status(200).json_body(json!({"amount": 1, "currency": "NOK"}));
        })
        .await;
    dintero(&server).payments().get_transaction().id("a/b c?d#e%").send().await.expect("one segment");
    mock.assert_async().await;
}

#[tokio::test]
async fn a_public_operation_gets_no_credential_and_the_token_is_fetched_once() {
    let server = MockServer::start_async().await;
    let login = server
        .mock_async(|when, then| {
            when.method(POST).path("/v1/accounts/T12345678/auth/token");
            then.status(200).json_body(json!({"access_token": "the-token", "token_type": "Bearer", "expires_in": 14400}));
        })
        .await;
    let public = server
        .mock_async(|when, then| {
            when.path_includes("/branding/").header_missing("authorization").header_missing("x-api-key");
            then.status(200).body("<svg/>");
        })
        .await;
    let private = server
        .mock_async(|when, then| {
            when.method(GET).path("/v1/transactions").header("authorization", "Bearer the-token");
            then.status(200).json_body(json!([]));
        })
        .await;
    let dintero = dintero(&server);
    let call = dintero.payments().get_payment_logos_image();
    let call = call.logos("visa").variant("colors").color("000000").width(200).template("dintero_left_frame.svg");
    call.send().await.expect("public");
    assert_eq!(login.calls_async().await, 0);
    dintero.payments().list_transactions().send().await.expect("with the token");
    dintero.checkout().list_transactions().send().await.expect("with the same token");
    assert_eq!(login.calls_async().await, 1);
    public.assert_async().await;
    private.assert_calls_async(2).await;
}

#[tokio::test]
async fn a_service_crate_works_by_itself() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET).path("/v1/accounts/T12345678/hooks/subscriptions");
            then.status(200).json_body(json!([{"id": "h1", "config": {"url": "https://example.com"}, "events": ["ping", "a_new_event"]}]));
        })
        .await;
    let transport = dintero_webhooks::Transport::builder()
        .login("T12345678", "client", "secret")
        .base_url(server.base_url())
        .build()
        .expect("settings that fit");
    let hooks = dintero_webhooks::Client::new(transport).list_subscriptions().send().await.expect("a list");
    assert_eq!(hooks.len(), 1);
    mock.assert_async().await;
}

#[tokio::test]
async fn a_service_without_known_operations_reaches_any_path() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(PUT).path("/v1/accounts/T12345678/anything").header("authorization", "Bearer the-token");
            then.status(200).json_body(json!({"ok": true}));
        })
        .await;
    let ledger = dintero(&server).ledger();
    let request = ledger.transport().request(dintero::dintero_client::reqwest::Method::PUT, "/accounts/T12345678/anything");
    let answer = request.json(&json!({"x": 1})).send::<serde_json::Value>().await.expect("the raw request");
    assert_eq!(answer["ok"], true);
    mock.assert_async().await;
}
