//! What the mock sends on its own: events of subscriptions, callbacks of sessions, questions of an express checkout.

use crate::receiver::Receiver;
use crate::support::{Caller, answer, shop};
use dintero_mock::{Builder, Fate, Outcome, Pay, Weather};
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

/// Retries come at once.
fn hurried() -> Builder {
    let little = Duration::from_millis(1);
    shop().pay(Pay::Manual).retry_delay(little).callback_second(little)
}

fn session(callback: &str) -> Value {
    json!({
        "profile_id": "default",
        "url": {"return_url": "https://example.com/thanks", "callback_url": callback},
        "order": {"amount": 1000, "currency": "NOK", "merchant_reference": "order-1"},
    })
}

async fn open(caller: &Caller, callback: &str) -> String {
    let (status, made) = caller.post("/v1/sessions-profile", session(callback)).await;
    assert_eq!(status, 200, "{made}");
    made["id"].as_str().expect("id").to_owned()
}

#[tokio::test]
async fn a_subscription_gets_a_ping_and_what_happens_signed() {
    let shop = Receiver::start().await;
    let mock = hurried().start().await.expect("mock");
    let caller = Caller::of(&mock);
    let (status, made) = caller
        .post(
            "/v1/accounts/T12345678/hooks/subscriptions",
            json!({"config": {"url": shop.url("/events"), "secret": {"type": "HMAC-SHA1", "value": "Jefe"}},
                   "events": ["checkout_transaction"]}),
        )
        .await;
    assert_eq!(status, 200, "{made}");
    let session = open(&caller, "https://shop.example/none").await;
    let transaction = mock.pay(&session, Outcome::Authorized).expect("paid");
    let path = format!("/v1/transactions/{transaction}/capture");
    assert_eq!(caller.post(&path, json!({"amount": 1000})).await.0, 200);
    let got = shop.wait_for(3).await;
    let events: Vec<&str> = got.iter().map(|request| request.header("event")).collect();
    assert_eq!(events, ["ping", "checkout_transaction", "checkout_transaction"], "in their order");
    let bodies: Vec<Value> = got.iter().map(|request| request.json()).collect();
    assert_eq!(bodies[1]["transaction"]["status"], "AUTHORIZED");
    assert_eq!(
        (&bodies[2]["transaction"]["status"], &bodies[2]["transaction"]["id"]),
        (&json!("CAPTURED"), &json!(transaction))
    );
    for (request, body) in got.iter().zip(&bodies) {
        assert_eq!(body["event_delivery"], request.header("event-delivery"));
        assert_eq!(request.header("event-signature").len(), 40);
    }
    // The operations of the subscription tell of it.
    let id = made["id"].as_str().expect("id");
    let path = format!("/v1/accounts/T12345678/hooks/subscriptions/{id}");
    assert_eq!(caller.get(&path).await.1["config"]["url"], shop.url("/events"));
    let (status, listed) = caller.get(&format!("{path}/deliveries")).await;
    assert_eq!((status, listed.as_array().map(Vec::len)), (200, Some(3)), "{listed}");
    let one = format!("{path}/deliveries/{}", listed[0]["id"].as_str().expect("id"));
    assert_eq!(caller.get(&one).await.1["request"]["body"]["transaction"]["status"], "CAPTURED");
    assert_eq!(answer(caller.request("POST", &format!("{path}/ping"))).await.0, 204);
    assert_eq!(shop.wait_for(4).await[3].header("event"), "ping");
    assert_eq!(answer(caller.request("DELETE", &path)).await.0, 200);
    assert_eq!(caller.get(&path).await.0, 404);
    assert_eq!(answer(caller.request("POST", &format!("{path}/ping"))).await.0, 404);
}

#[tokio::test]
async fn an_event_that_is_not_taken_comes_again_five_times() {
    let shop = Receiver::start().await;
    shop.answers("/bad", 500);
    let mock = hurried().start().await.expect("mock");
    mock.subscribe(&shop.url("/bad"), "");
    assert!(mock.delivered(SOON).await);
    let fates: Vec<Fate> = mock.deliveries().iter().map(|delivery| delivery.fate).collect();
    assert_eq!(fates, [[Fate::SentAgain; 5].as_slice(), &[Fate::GivenUp]].concat());
    let first = &mock.deliveries()[0];
    assert!(mock.deliveries().iter().all(|delivery| delivery.id == first.id));
    assert!(!first.headers.iter().any(|(name, _)| name == "event-signature"), "there is no secret");
    mock.forget_deliveries();
    mock.subscribe("http://127.0.0.1:1/", "s");
    assert!(mock.delivered(SOON).await);
    assert!(mock.deliveries().iter().all(|delivery| delivery.status.is_none() && delivery.problem.is_some()));
}

#[tokio::test]
async fn a_callback_is_signed_once_there_is_a_secret_and_comes_again_until_it_is_taken() {
    let shop = Receiver::start().await;
    let mock = hurried().start().await.expect("mock");
    let caller = Caller::of(&mock);
    let callback = shop.url("/callback?own=1%20&delay_callback=2&sid_parameter_name=sid&report_event=REFUND");
    let first = open(&caller, &callback).await;
    mock.pay(&first, Outcome::Captured).expect("paid");
    let got = shop.wait_for(1).await.remove(0);
    assert!(
        got.query.starts_with("own=1%20&delay_callback=2") && got.query.contains(&format!("&sid={first}&")),
        "{}",
        got.query
    );
    assert_eq!((got.method.as_str(), got.header("dintero-signature")), ("GET", ""));
    let (status, made) = answer(caller.request("POST", "/v1/admin/signature")).await;
    assert_eq!((status, made["signature"]["secret"].as_str()), (200, mock.signature_secret().as_deref()), "{made}");
    assert_eq!(caller.get("/v1/admin/signature").await.1["signature"], made["signature"]);
    shop.answers_next("/callback", &[503, 503]);
    let second = open(&caller, &callback).await;
    mock.pay(&second, Outcome::Authorized).expect("paid");
    let got = shop.wait_for(4).await;
    assert!(got[1..].iter().all(|request| request.header("dintero-signature").starts_with("t=")));
    // Nobody asked for captures; refunds were asked for.
    let (_, read) = caller.get(&format!("/v1/sessions/{second}")).await;
    let path = format!("/v1/transactions/{}", read["transaction_id"].as_str().expect("transaction"));
    for action in ["capture", "refund"] {
        assert_eq!(caller.post(&format!("{path}/{action}"), json!({"amount": 1000})).await.0, 200);
    }
    assert!(shop.wait_for(5).await[4].query.contains("&event=REFUND&event_id="));
    shop.answers("/callback", 404);
    mock.pay(&open(&caller, &callback).await, Outcome::Authorized).expect("paid");
    assert!(mock.delivered(SOON).await);
    assert_eq!(
        mock.deliveries().last().map(|delivery| (delivery.status, delivery.fate)),
        Some((Some(404), Fate::GivenUp))
    );
}

#[tokio::test]
async fn errors_are_called_back_where_they_are_asked_for() {
    let shop = Receiver::start().await;
    let mock = hurried().start().await.expect("mock");
    let caller = Caller::of(&mock);
    mock.pay(&open(&caller, &shop.url("/silent")).await, Outcome::Declined).expect("paid");
    let url = shop.url("/told?report_error=true&method=POST&includes=session");
    mock.pay(&open(&caller, &url).await, Outcome::Declined).expect("paid");
    mock.cancel(&open(&caller, &url).await).expect("cancelled");
    let got = shop.wait_for(2).await;
    assert!(got[0].query.contains("&error=authorization") && got[0].path == "/told", "{}", got[0].query);
    let body = got[0].json();
    assert_eq!((&body["status"], &body["session"]["order"]["amount"]), (&json!("DECLINED"), &json!(1000)));
    assert!(got[1].query.contains("&error=cancelled") && !got[1].query.contains("transaction_id"), "{}", got[1].query);
    assert!(got[1].body.is_empty());
}

#[tokio::test]
async fn bad_weather_is_as_it_was_asked_for() {
    let shop = Receiver::start().await;
    let mock = hurried().webhook(shop.url("/events"), "s").signature_secret("c").start().await.expect("mock");
    let caller = Caller::of(&mock);
    shop.wait_for(1).await;
    mock.weather(Weather::default().duplicate().on("checkout_transaction").times(1));
    mock.weather(Weather::default().wrong_signature().old_timestamp().on("callback").times(1));
    let session = open(&caller, &shop.url("/callback")).await;
    let transaction = mock.pay(&session, Outcome::Authorized).expect("paid");
    let got = shop.wait_for(5).await;
    let twice: Vec<_> = got.iter().filter(|r| r.header("event") == "checkout_transaction").collect();
    assert!(twice.len() == 2 && twice[0].header("event-delivery") == twice[1].header("event-delivery"));
    let path = format!("/v1/transactions/{transaction}/capture");
    let ask =
        |weather: &str| caller.request("POST", &path).json(&json!({"amount": 1})).header("x-mock-weather", weather);
    assert_eq!(answer(ask("unknown-event; new-field")).await.0, 200);
    let got = shop.wait_for(7).await;
    assert_eq!(got[5].header("event"), "mock_unknown_event");
    assert_eq!((got[6].header("event"), &got[6].json()["mock_new_field"]), ("checkout_transaction", &json!("new")));
    // The first of two is overtaken.
    assert_eq!(answer(ask("reorder")).await.0, 200);
    assert_eq!(answer(caller.request("POST", &path).json(&json!({"amount": 998}))).await.0, 200);
    let got = shop.wait_for(9).await;
    let statuses: Vec<Value> = got[7..].iter().map(|r| r.json()["transaction"]["status"].clone()).collect();
    assert_eq!(statuses, ["CAPTURED", "PARTIALLY_CAPTURED"]);
    let (status, refused) = answer(ask("hail")).await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!("INVALID_WEATHER")));
    assert_eq!(caller.post("/_mock/weather", json!({"weather": "delay=1; times=1"})).await.0, 204);
    assert_eq!(caller.post("/_mock/weather", json!({"weather": "hail"})).await.0, 400);
    assert_eq!(answer(caller.request("DELETE", "/_mock/weather")).await.0, 204);
    let (_, log) = caller.get("/_mock/deliveries").await;
    assert!(log.as_array().is_some_and(|log| log.len() >= 9) && log[0]["fate"] == "accepted", "{log}");
}

#[tokio::test]
async fn an_express_checkout_asks_the_shop_and_judges_its_answer() {
    let shop = Receiver::start().await;
    let mock = hurried().start().await.expect("mock");
    let caller = Caller::of(&mock);
    let mut body = session("https://shop.example/none");
    body["express"] = json!({"shipping_options": [], "shipping_address_callback_url": shop.url("/address")});
    let (status, made) = caller.post("/v1/sessions-profile", body).await;
    assert_eq!(status, 200, "{made}");
    let id = made["id"].as_str().expect("id");
    let path = format!("/_mock/sessions/{id}/address");
    let address = json!({"first_name": "Ada", "postal_code": "0150", "postal_place": "Oslo", "country": "NO"});
    let option = json!({"id": "post", "line_id": "s1", "amount": 990, "operator": "Posten", "title": "Parcel"});
    shop.answers_with("/address", json!({"shipping_options": [option]}));
    let (status, now) = caller.post(&path, address.clone()).await;
    assert_eq!((status, &now["express"]["shipping_options"][0]["id"]), (200, &json!("post")), "{now}");
    let asked = shop.wait_for(1).await.remove(0).json();
    assert_eq!((&asked["id"], &asked["order"]["shipping_address"]["postal_code"]), (&json!(id), &json!("0150")));
    shop.answers_with("/address", json!({"shipping_options": "none"}));
    let (status, refused) = caller.post(&path, address).await;
    assert_eq!(
        (status, &refused["error"]["errors"][0]["pointer"]),
        (502, &json!("/body/shipping_options")),
        "{refused}"
    );
    let problem = mock.deliveries().last().and_then(|delivery| delivery.problem.clone());
    assert!(problem.is_some_and(|problem| problem.contains("/body/shipping_options")));
    let (status, refused) = caller.post(&format!("/_mock/sessions/{id}/discount-codes"), json!(["SUMMER"])).await;
    assert_eq!(status, 409, "{refused}");
}

#[tokio::test]
async fn a_person_pays_on_the_page_and_is_sent_back() {
    let mock = hurried().start().await.expect("mock");
    let caller = Caller::of(&mock);
    let (_, made) = caller.post("/v1/sessions-profile", session("https://shop.example/none")).await;
    let (id, url) = (made["id"].as_str().expect("id"), made["url"].as_str().expect("url"));
    let page = reqwest::get(url).await.expect("a page").text().await.expect("a text");
    assert!(page.contains("order-1") && page.contains("10.00 NOK") && page.contains("value=declined"), "{page}");
    let click = |outcome: &str| {
        let request = caller.anonymous("POST", &format!("/_mock/sessions/{id}/page"));
        request.body(format!("outcome={outcome}")).send()
    };
    let answer = click("on_hold").await.expect("an answer");
    assert_eq!(answer.status(), 303);
    let to = answer.headers()["location"].to_str().expect("an address");
    assert!(
        to.starts_with("https://example.com/thanks?transaction_id=T12345678.")
            && to.contains("&merchant_reference=order-1")
    );
    assert_eq!(click("authorized").await.expect("an answer").status(), 303, "what is on hold is decided on");
    assert_eq!(click("declined").await.expect("an answer").status(), 409);
    assert_eq!(click("leave").await.expect("an answer").status(), 303);
}
