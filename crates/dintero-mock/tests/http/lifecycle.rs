//! From the login to a refund, with the state that a shop sees.

use crate::support::{Caller, DOCUMENTS, answer, shop};
use dintero_mock::{Mock, Outcome, Pay};
use serde_json::{Value, json};
use std::time::Duration;

fn session(amount: i64) -> Value {
    json!({
        "profile_id": "default",
        "url": {"return_url": "https://example.com/thanks"},
        "order": {
            "amount": amount, "currency": "NOK", "merchant_reference": "order-1",
            "items": [{"id": "shoes", "line_id": "1", "amount": amount, "quantity": 1, "description": "Shoes", "vat": 25, "vat_amount": 10}],
        },
    })
}

/// A paid session; gives the id of its transaction.
async fn paid(caller: &Caller, amount: i64) -> String {
    let (status, made) = caller.post("/v1/sessions-profile", session(amount)).await;
    assert_eq!(status, 200, "{made}");
    let (_, read) = caller.get(&format!("/v1/sessions/{}", made["id"].as_str().expect("id"))).await;
    read["transaction_id"].as_str().expect("a transaction").to_owned()
}

#[tokio::test]
async fn the_login_gives_a_token_that_is_taken_until_it_ends() {
    let mock = shop().client("me", "s").token_lifetime(Duration::from_secs(900)).start().await.expect("mock");
    let caller = Caller::of(&mock);
    let login = |secret| {
        let body = json!({"grant_type": "client_credentials", "audience": format!("{}/v1/accounts/T12345678", mock.base_url())});
        answer(caller.anonymous("POST", "/v1/accounts/T12345678/auth/token").basic_auth("me", Some(secret)).json(&body))
    };
    let (status, token) = login("s").await;
    assert_eq!((status, &token["expires_in"], &token["token_type"]), (200, &json!(900), &json!("Bearer")));
    let list = |token: &str| answer(caller.anonymous("GET", "/v1/transactions").bearer_auth(token));
    let token = token["access_token"].as_str().expect("token");
    assert_eq!(list(token).await, (200, json!([])));
    mock.revoke_tokens();
    let (status, refused) = list(token).await;
    assert!(
        status == 401 && refused["error"]["message"].as_str().is_some_and(|m| m.contains("not issued")),
        "{refused}"
    );
    assert_eq!(login("wrong").await.0, 401);
    assert_eq!(answer(caller.anonymous("GET", "/v1/transactions").header("x-api-key", mock.api_key())).await.0, 200);
    assert_eq!(answer(caller.anonymous("GET", "/v1/transactions")).await.0, 401);
}

#[tokio::test]
async fn a_token_is_for_its_account() {
    let mock = shop().start().await.expect("mock");
    let (status, refused) = Caller::of(&mock).get("/v1/accounts/T87654321/settlements").await;
    assert!(
        status == 403 && refused["error"]["message"].as_str().is_some_and(|m| m.contains("T87654321")),
        "{refused}"
    );
}

#[tokio::test]
async fn a_session_leads_to_a_transaction_that_is_captured_and_refunded() {
    let mock = shop().strict(true).start().await.expect("mock");
    let caller = Caller::of(&mock);
    let id = paid(&caller, 1000).await;
    let path = format!("/v1/transactions/{id}");
    let (_, read) = caller.get(&path).await;
    assert_eq!(
        (&read["status"], &read["amount"], &read["currency"]),
        (&json!("AUTHORIZED"), &json!(1000), &json!("NOK"))
    );
    assert_eq!((&read["merchant_reference"], &read["items"][0]["id"]), (&json!("order-1"), &json!("shoes")));
    for (action, amount, status, now) in [
        // The document has no 409.
        ("refund", 1, 400, ""),
        ("capture", 1001, 400, ""),
        ("capture", 400, 200, "PARTIALLY_CAPTURED"),
        ("capture", 601, 400, ""),
        ("capture", 600, 200, "CAPTURED"),
        ("refund", 300, 200, "PARTIALLY_REFUNDED"),
        ("refund", 701, 400, ""),
        ("refund", 700, 200, "REFUNDED"),
    ] {
        let (got, body) = caller.post(&format!("{path}/{action}"), json!({"amount": amount})).await;
        assert_eq!(got, status, "{action} {amount}: {body}");
        match now {
            "" => assert!(body["error"]["code"].is_string() && body["error"]["message"].is_string(), "{body}"),
            now => assert_eq!(body["status"], now),
        }
    }
    let (status, body) = answer(caller.request("POST", &format!("{path}/void"))).await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!("CONFLICT")), "{body}");
    let (_, read) = caller.get(&path).await;
    let events: Vec<&str> =
        read["events"].as_array().expect("events").iter().filter_map(|e| e["event"].as_str()).collect();
    assert_eq!(events, ["INITIALIZE", "AUTHORIZE", "CAPTURE", "CAPTURE", "REFUND", "REFUND"]);
    assert_eq!(caller.get("/v1/transactions/T12345678.unknown").await.0, 404);
}

#[tokio::test]
async fn an_authorization_is_voided_and_a_reference_set() {
    let mock = shop().start().await.expect("mock");
    let caller = Caller::of(&mock);
    let path = format!("/v1/transactions/{}", paid(&caller, 500).await);
    let update = caller.request("PUT", &path).json(&json!({"merchant_reference_2": "second"}));
    assert_eq!(answer(update).await.1["merchant_reference_2"], "second");
    assert_eq!(answer(caller.request("POST", &format!("{path}/void"))).await.1["status"], "AUTHORIZATION_VOIDED");
    assert_eq!(caller.post(&format!("{path}/capture"), json!({"amount": 1})).await.0, 400);
}

#[tokio::test]
async fn a_session_that_is_paid_by_hand_ends_as_asked() {
    let mock = shop().pay(Pay::Manual).start().await.expect("mock");
    let caller = Caller::of(&mock);
    for (outcome, status) in
        [("authorized", "AUTHORIZED"), ("captured", "CAPTURED"), ("declined", "DECLINED"), ("on_hold", "ON_HOLD")]
    {
        let (_, made) = caller.post("/v1/sessions-profile", session(100)).await;
        let id = made["id"].as_str().expect("id").to_owned();
        let (_, open) = caller.get(&format!("/v1/sessions/{id}")).await;
        assert!(open.get("transaction_id").is_none(), "{open}");
        let pay = format!("/_mock/sessions/{id}/pay");
        let (got, body) = caller.post(&pay, json!({"outcome": outcome})).await;
        assert_eq!(got, 200, "{body}");
        let path = format!("/v1/transactions/{}", body["transaction_id"].as_str().expect("transaction"));
        assert_eq!(caller.get(&path).await.1["status"], status);
        // Only what is on hold is decided on once more.
        let again = mock.pay(&id, Outcome::Authorized);
        assert_eq!(again.is_ok(), outcome == "on_hold", "{again:?}");
    }
    assert_eq!(caller.post("/_mock/sessions/none/pay", json!({})).await.0, 404);
    assert_eq!(caller.post("/_mock/sessions/none/pay", json!({"outcome": "maybe"})).await.0, 400);
}

#[tokio::test]
async fn a_cancelled_session_is_not_paid_and_a_paid_one_not_cancelled() {
    let mock = shop().pay(Pay::Manual).start().await.expect("mock");
    let caller = Caller::of(&mock);
    let (_, made) = caller.post("/v1/sessions-profile", session(100)).await;
    let id = made["id"].as_str().expect("id");
    let cancel = || answer(caller.request("POST", &format!("/v1/sessions/{id}/cancel")));
    assert_eq!(cancel().await.0, 200);
    assert!(mock.pay(id, Outcome::Authorized).is_err_and(|why| why.to_string().contains("cancelled")));
    let (_, made) = caller.post("/v1/sessions-profile", session(100)).await;
    let id = made["id"].as_str().expect("id");
    mock.pay(id, Outcome::Authorized).expect("paid");
    let (status, refused) = answer(caller.request("POST", &format!("/v1/sessions/{id}/cancel"))).await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!("CONFLICT")), "{refused}");
}

#[tokio::test]
async fn lists_page_with_limit_and_starting_after() {
    let mock = shop().start().await.expect("mock");
    let caller = Caller::of(&mock);
    let mut ids = Vec::new();
    for amount in 1..=5 {
        ids.insert(0, paid(&caller, amount * 100).await);
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let (_, page) = caller.get(&format!("/v1/transactions?limit=2{cursor}")).await;
        let page: Vec<String> =
            page.as_array().expect("a list").iter().filter_map(|t| Some(t["id"].as_str()?.to_owned())).collect();
        let Some(last) = page.last() else { break };
        cursor = format!("&starting_after={last}");
        assert!(page.len() <= 2);
        seen.extend(page);
    }
    assert_eq!(seen, ids, "the newest first, each once");
    let (_, some) = caller.get("/v1/transactions?amount.gte=300&amount.lte=400").await;
    assert_eq!(some.as_array().map(Vec::len), Some(2));
    assert_eq!(caller.get("/v1/transactions?starting_after=none").await.0, 400);
    assert_eq!(caller.get("/v1/transactions?limit=1000").await.0, 400, "more than the document allows");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_ids() {
    let mut ids = Vec::new();
    for seed in [1, 1, 2] {
        let mock = shop().seed(seed).start().await.expect("mock");
        ids.push(paid(&Caller::of(&mock), 100).await);
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}

#[tokio::test]
async fn without_state_any_id_is_answered() {
    let mock = shop().stateful(false).start().await.expect("mock");
    let (status, body) = Caller::of(&mock).get("/v1/transactions/any").await;
    assert!(status == 200 && body["amount"].is_i64() && body["status"].is_string(), "{body}");
}

/// Two documents publish one operation, and only one of them takes a whole configuration.
#[tokio::test]
async fn the_shared_road_of_two_documents_is_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let read = |file: &str| std::fs::read_to_string(format!("{DOCUMENTS}/{file}")).expect(file);
    let whole = read("shop.yaml");
    let profile_alone = whole.replace("#/components/schemas/WholeSession", "#/components/schemas/ProfileSession");
    assert_ne!(whole, profile_alone);
    let rules = read("mock.toml").replace("[\"shop\"]", "[\"shop\", \"till\"]");
    for (file, text) in [("shop.yaml", profile_alone), ("till.yaml", whole), ("mock.toml", rules)] {
        std::fs::write(folder.path().join(file), text).expect("written");
    }
    let mock = Mock::builder().documents(folder.path()).start().await.expect("mock");
    let caller = Caller::of(&mock);
    let mut body = session(100);
    body["configuration"] = json!({});
    let whole = body.as_object_mut().and_then(|body| body.remove("profile_id")).map(|_| body).expect("a profile");
    let (status, made) = caller.post("/v1/sessions", whole).await;
    assert_eq!(status, 200, "{made}");
    let (status, read) = caller.get(&format!("/v1/sessions/{}", made["id"].as_str().expect("id"))).await;
    assert!(status == 200 && read["transaction_id"].is_string(), "{read}");
}

#[tokio::test]
async fn a_strict_mock_judges_the_business_too() {
    let mock = shop().strict(true).start().await.expect("mock");
    let caller = Caller::of(&mock);
    let mut body = session(1000);
    body["order"]["items"][0]["amount"] = json!(999);
    let (status, refused) = caller.post("/v1/sessions-profile", body.clone()).await;
    assert_eq!((status, &refused["error"]["errors"][0]["pointer"]), (400, &json!("/body/order/amount")), "{refused}");
    body = session(0);
    body["order"]["currency"] = json!("XYZ");
    assert_eq!(caller.post("/v1/sessions-profile", body).await.1["error"]["errors"].as_array().map(Vec::len), Some(2));
    let path = format!("/v1/transactions/{}", paid(&caller, 1000).await);
    let items = json!([{"line_id": "9", "amount": 10, "quantity": 1}]);
    let (status, refused) = caller.post(&format!("{path}/capture"), json!({"amount": 10, "items": items})).await;
    assert_eq!(
        (status, &refused["error"]["errors"][0]["pointer"]),
        (400, &json!("/body/items/0/line_id")),
        "{refused}"
    );
    let forgiving = shop().start().await.expect("mock");
    let caller = Caller::of(&forgiving);
    let mut body = session(1000);
    body["order"]["amount"] = json!(1001);
    let post = || caller.request("POST", "/v1/sessions-profile").json(&body);
    assert_eq!(answer(post()).await.0, 200);
    assert_eq!(answer(post().header("Dintero-Feature-Toggles", "strict-session-amounts")).await.0, 400);
}

#[tokio::test]
async fn what_was_posted_is_what_is_read() {
    let mock = shop().start().await.expect("mock");
    let caller = Caller::of(&mock);
    let address = json!({"first_name": "Ada", "last_name": "Lovelace", "address_line": "1 Street", "postal_code": "0150",
        "postal_place": "Oslo", "country": "NO", "email": "ada@example.com"});
    let mut body = session(1000);
    body["order"]["shipping_address"] = address.clone();
    body["order"]["billing_address"] = address.clone();
    body["order"]["merchant_reference_2"] = json!("second");
    body["customer"] = json!({"email": "ada@example.com", "phone_number": "+4799999999"});
    body["url"]["callback_url"] = json!("https://shop.example/callback?a=1");
    body["metadata"] = json!({"own": "text"});
    let (status, made) = caller.post("/v1/sessions-profile", body.clone()).await;
    assert_eq!(status, 200, "{made}");
    let (_, read) = caller.get(&format!("/v1/sessions/{}", made["id"].as_str().expect("id"))).await;
    for field in ["order", "url", "metadata"] {
        for (name, value) in body[field].as_object().expect("object") {
            assert_eq!(&read[field][name], value, "session {field} {name}");
        }
    }
    let path = format!("/v1/transactions/{}", read["transaction_id"].as_str().expect("transaction"));
    let (_, transaction) = caller.get(&path).await;
    for (name, value) in body["order"].as_object().expect("object") {
        assert_eq!(&transaction[name], value, "transaction {name}");
    }
    assert_eq!(transaction["metadata"]["own"], "text");
    assert_eq!(transaction["url"]["callback_url"], body["url"]["callback_url"]);
    let items = json!([{"line_id": "1", "amount": 400, "quantity": 1}]);
    let capture = json!({"amount": 400, "capture_reference": "shipment-1", "items": items});
    let (_, captured) = caller.post(&format!("{path}/capture"), capture).await;
    let event = captured["events"].as_array().and_then(|events| events.last()).expect("an event");
    assert_eq!(
        (&event["event"], &event["amount"], &event["items"][0]["line_id"]),
        (&json!("CAPTURE"), &json!(400), &json!("1"))
    );
}
