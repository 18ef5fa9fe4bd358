//! Redirects that no document tells of.

use crate::support::{faults::*, *};
use dintero_client::{Call, Error, ErrorKind};
use serde_json::Value;

async fn outcome(call: &Call) -> Result<Value, Error> {
    let answer = send_one(call, "1", None);
    call.clone().json::<Value>(answer).await.map(|it| it.into_inner())
}

fn to(location: &str) -> Act {
    say("302 Found", &format!("location: {location}\r\n"), "")
}

fn call(server: &Faulty, operation: &'static dintero_client::Operation) -> Call {
    let builder = server.builder().login(ACCOUNT, "id", "hunter2");
    let mut call =
        builder.bearer_token("own").api_key("key-1").header("x-shop", "shop-1").build().unwrap().call(operation);
    call.set_header("cookie", "c=1");
    call
}

const CREDENTIALS: [&str; 4] = ["own", "key-1", "shop-1", "c=1"];

#[tokio::test]
async fn a_read_is_followed_on_the_same_host_with_its_credential() {
    for operation in [&GET, &KEY_OR_BEARER] {
        let mut server = Faulty::new([to("/v1/other?a=1"), to("third"), ok()]).await;
        let answer = outcome(&call(&server, operation)).await.unwrap();
        assert_eq!(answer["id"], "1");
        let requests = server.requests();
        let paths: Vec<_> = requests.iter().map(|it| it.split(' ').nth(1).unwrap()).collect();
        assert_eq!(paths, ["/v1/transactions/1", "/v1/other?a=1", "/v1/third"]);
        let credential = match operation.name {
            "key" => "x-api-key: key-1",
            _ => "authorization: Bearer own",
        };
        for request in &requests {
            assert!(request.contains(credential), "{request}");
        }
    }
}

#[tokio::test]
async fn another_host_gets_no_credential() {
    for operation in [&GET, &KEY_OR_BEARER] {
        let mut other = Faulty::new([ok()]).await;
        let mut server = Faulty::new([to(&format!("{}/x", other.url))]).await;
        outcome(&call(&server, operation)).await.unwrap();
        assert_eq!(server.requests().len(), 1);
        let request = other.request().await;
        assert!(request.starts_with("GET /x ") && request.contains("accept: application/json"));
        for secret in CREDENTIALS {
            assert!(!request.contains(secret), "{request}");
        }
    }
}

#[tokio::test]
async fn who_comes_back_from_another_host_has_no_credential() {
    let back = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let home = format!("http://{}/v1/home", back.local_addr().unwrap());
    let other = Faulty::new([to(&home)]).await;
    let mut server = Faulty::on(back, [to(&other.url), ok()]);
    outcome(&call(&server, &GET)).await.unwrap();
    let requests = server.requests();
    assert!(requests[0].contains("Bearer own"));
    for secret in CREDENTIALS {
        assert!(!requests[1].contains(secret), "{}", requests[1]);
    }
}

#[tokio::test]
async fn a_published_host_means_the_override() {
    let mut server = Faulty::new([to("https://api.dintero.com/v1/x"), ok()]).await;
    outcome(&call(&server, &GET)).await.unwrap();
    assert!(server.requests()[1].starts_with("GET /v1/x "));
}

#[tokio::test]
async fn an_address_with_a_user_name_is_not_followed() {
    let home = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let same = format!("http://me:hunter2@{}/v1/x", home.local_addr().unwrap());
    let published = "https://checkout.dintero.com@evil.example/v1/x".to_owned();
    let mut server = Faulty::on(home, [to(&same), to(&published)]);
    for _ in 0..2 {
        let error = outcome(&call(&server, &GET)).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("not followed: the address has a user name"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert_eq!((server.requests().len(), server.connections()), (2, 2));
}

#[tokio::test]
async fn what_writes_is_not_followed_and_the_error_says_where() {
    let mut server = Faulty::new([to("https://example.test/x?sid=hidden"), ok()]).await;
    let error = outcome(&call(&server, &REFUND)).await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Status, 302));
    assert_eq!(
        error.to_string(),
        "payments.refund (POST /transactions/{id}): 302: the service redirects to \
         https://example.test/x, which is not followed: POST calls do not follow redirects"
    );
    assert_eq!(error.headers()["location"], "https://example.test/x?sid=hidden");
    assert!(!error.is_retryable());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_circle_and_a_strange_address_end() {
    let server = Faulty::new(vec![to("/again"); 9]).await;
    let error = outcome(&call(&server, &GET)).await.unwrap_err();
    assert!(error.to_string().contains("5 redirects have been followed"), "{error}");
    assert_eq!(server.connections(), 6);
    for location in ["ftp://example.test/x", "file:///etc/passwd", "http://[", "data:,x"] {
        let server = Faulty::new([to(location), ok()]).await;
        let error = outcome(&call(&server, &GET)).await.unwrap_err();
        assert!(error.to_string().contains("not followed"), "{error}");
        assert_eq!(server.connections(), 1);
    }
    let server = Faulty::new([say("302 Found", "", "")]).await;
    let error = outcome(&call(&server, &GET)).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 302);
}

#[tokio::test]
async fn what_waits_at_the_end_is_the_answer() {
    let acts = [to("/v1/x"), say("404 Not Found", "", r#"{"error":{"code":"gone"}}"#)];
    let server = Faulty::new(acts).await;
    let error = outcome(&call(&server, &GET)).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (404, Some("gone")));
    // A target that fails in passing is asked again.
    let busy = say("503 Service Unavailable", "retry-after: 0\r\n", "");
    let server = Faulty::new([to("/v1/x"), busy, ok()]).await;
    outcome(&call(&server, &GET)).await.unwrap();
    assert_eq!(server.connections(), 3);
}
