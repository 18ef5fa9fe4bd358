//! What a program sees of each attempt, and puts on it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::support::{faults::*, *};
use dintero_client::{
    Attempt, AttemptDone, AttemptEnd, ErrorKind, Hook, Operation, RetryPolicy, StatusCode, Transport,
};
use serde_json::Value;

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn all(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Hook for Notes {
    fn before(&self, attempt: &mut Attempt<'_>) {
        let name = attempt.operation().name;
        let shown = ["authorization", "x-shop", "x-own", "idempotency-key", "accept", "content-type"]
            .map(|name| attempt.header(name).map(|value| value.to_str().unwrap().to_owned()));
        let head = (attempt.method().as_str(), attempt.path(), attempt.body_bytes());
        self.0.lock().unwrap().push(format!(
            "{name} {} {head:?} {:?}",
            attempt.number(),
            shown.iter().flatten().collect::<Vec<_>>()
        ));
        assert!(attempt.add_header("x-attempt", &attempt.number().to_string()));
        let is_home = attempt.path() != "/x";
        for taken in ["authorization", "idempotency-key", "cookie", "host", "accept", "x-shop"] {
            if taken == "x-shop" && !is_home {
                continue;
            }
            assert!(!attempt.add_header(taken, "evil"), "{taken}");
        }
        assert!(!attempt.add_header("x-line", "a\nb"));
    }

    fn after(&self, attempt: &AttemptDone<'_>) {
        let told = (attempt.end(), attempt.sent_bytes(), attempt.received_bytes());
        self.0.lock().unwrap().push(format!("{} {} {told:?}", attempt.operation().name, attempt.number()));
    }
}

async fn send(transport: &Transport, operation: &'static Operation) -> Result<Value, dintero_client::Error> {
    let mut call = transport.call(operation);
    call.set_header("x-own", "own-secret");
    call.set_idempotency_key("order-1");
    let body = (operation.method != "GET").then(|| b"{\"a\":1}".to_vec());
    let request = send_one(&call, "1", body);
    call.json::<Value>(request).await.map(|it| it.into_inner())
}

#[tokio::test]
async fn a_hook_sees_each_attempt_and_no_secret() {
    let notes = Notes::default();
    let mut server = Faulty::new([say("503 X", "", "busy"), Act::Reset, ok()]).await;
    let transport = server.builder().bearer_token("token-secret").header("x-shop", "shop-secret");
    let quick = RetryPolicy::default().base_delay(Duration::ZERO);
    let transport = transport.hook(notes.clone()).retry(quick).build().unwrap();
    send(&transport, &GET).await.unwrap();
    let head = r#"("GET", "/v1/transactions/1", Some(0)) ["application/json"]"#;
    assert_eq!(
        notes.all(),
        [
            format!("get_transaction 1 {head}"),
            "get_transaction 1 (Answered(503), Some(0), Some(4))".to_owned(),
            format!("get_transaction 2 {head}"),
            format!("get_transaction 2 (Failed({:?}), Some(0), None)", ErrorKind::Transport),
            format!("get_transaction 3 {head}"),
            "get_transaction 3 (Answered(200), Some(0), Some(25))".to_owned(),
        ]
    );
    for (number, request) in (1..).zip(server.requests()) {
        assert!(request.contains(&format!("x-attempt: {number}\r\n")), "{request}");
        assert!(request.contains("Bearer token-secret") && request.contains("shop-secret"), "{request}");
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_is_told_too() {
    let notes = Notes::default();
    let mut server = Faulty::new([Act::Hang]).await;
    let transport = server.builder().bearer_token("own").header("x-shop", "1").hook(notes.clone()).build().unwrap();
    let sent = tokio::spawn(async move { send(&transport, &REFUND).await });
    server.request().await;
    sent.abort();
    assert!(sent.await.unwrap_err().is_cancelled());
    assert_eq!(notes.all()[1], format!("refund 1 ({:?}, Some(7), None)", AttemptEnd::Dropped));
}

/// Hooks are kept without their types, and several see the same attempt.
#[tokio::test]
async fn several_hooks_are_told_in_their_order() {
    struct Count(Arc<Mutex<Vec<u8>>>, u8);
    impl Hook for Count {
        fn after(&self, attempt: &AttemptDone<'_>) {
            assert_eq!(attempt.end(), AttemptEnd::Answered(StatusCode::OK));
            self.0.lock().unwrap().push(self.1);
        }
    }
    let order = Arc::new(Mutex::new(Vec::new()));
    let hooks: [Box<dyn Hook>; 1] = [Box::new(Count(Arc::clone(&order), 0))];
    drop(hooks);
    let server = Faulty::new([ok()]).await;
    let transport = server.builder().bearer_token("own");
    let transport = transport.hook(Count(Arc::clone(&order), 1)).hook(Count(Arc::clone(&order), 2)).build().unwrap();
    send(&transport, &GET).await.unwrap();
    assert_eq!(*order.lock().unwrap(), [1, 2]);
}

#[tokio::test]
async fn nothing_is_put_on_what_a_redirect_leads_to_elsewhere() {
    let mut elsewhere = Faulty::new([ok()]).await;
    let away = format!("location: {}/x\r\n", elsewhere.url);
    let mut server = Faulty::new([say("302 Found", &away, "")]).await;
    let transport = server.builder().bearer_token("own").header("x-shop", "1").hook(Notes::default()).build().unwrap();
    send(&transport, &GET).await.unwrap();
    assert!(server.request().await.contains("x-attempt: 1"));
    let request = elsewhere.request().await;
    assert!(!request.contains("x-attempt") && !request.contains("x-shop") && !request.contains("own"), "{request}");
}
