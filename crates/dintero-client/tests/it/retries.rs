//! What is sent again, how often, and when.

use std::time::Duration;

use crate::support::{faults::*, *};
use dintero_client::{Call, Error, ErrorKind, RetryPolicy, reqwest::Method};
use serde_json::Value;
use tokio::net::TcpSocket;

const PAGE: &str = "<html>Bad gateway</html>";

fn bad_gateway() -> Act {
    say("502 Bad Gateway", "content-type: text/html\r\n", PAGE)
}

fn quick() -> RetryPolicy {
    RetryPolicy::default().base_delay(Duration::ZERO)
}

async fn outcome(call: &Call) -> Result<Value, Error> {
    let body = call.encode(Some(&7)).unwrap();
    let body = (call.operation().method != "GET").then_some(body);
    let answer = send_one(call, "1", body);
    call.clone().json::<Value>(answer).await.map(|it| it.into_inner())
}

/// A call of the operation to a server that does these things.
async fn calling(operation: &'static dintero_client::Operation, acts: impl IntoIterator<Item = Act>) -> (Faulty, Call) {
    let server = Faulty::new(acts).await;
    let transport = server.builder().bearer_token("own").retry(quick());
    let call = transport.build().unwrap().call(operation);
    (server, call)
}

#[tokio::test]
async fn a_read_is_sent_again_after_whatever_passes() {
    for act in [
        Act::Reset,
        Act::ResetUnread,
        bad_gateway(),
        say("408 Request Timeout", "", ""),
        say("429 Too Many Requests", "", ""),
        say("503 Service Unavailable", "retry-after: 0\r\n", "{}"),
        say("504 Gateway Timeout", "", ""),
        say("500 Internal Server Error", "", ""),
    ] {
        let (server, call) = calling(&GET, [act.clone(), ok()]).await;
        let answer = outcome(&call).await.unwrap();
        assert_eq!(answer["amount"], 29990, "{act:?}");
        assert_eq!(server.connections(), 2, "{act:?}");
    }
}

#[tokio::test]
async fn a_refund_that_may_have_arrived_is_sent_exactly_once() {
    for (act, kind, arrived) in [
        (Act::Reset, ErrorKind::Transport, 1),
        (Act::ResetUnread, ErrorKind::Transport, 0),
        (bad_gateway(), ErrorKind::Status, 1),
        (say("503 Service Unavailable", "retry-after: 0\r\n", ""), ErrorKind::Status, 1),
        (say("408 Request Timeout", "", ""), ErrorKind::Status, 1),
    ] {
        let (mut server, mut call) = calling(&REFUND, [act.clone(), ok()]).await;
        // Dintero documents no key for refunds, so one of the caller's own does not help.
        call.set_idempotency_key("order-1");
        let error = outcome(&call).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{act:?}");
        assert!(error.is_transient() && !error.is_retryable(), "{act:?}");
        assert_eq!(server.requests().len(), arrived, "{act:?}");
        assert_eq!(server.connections(), 1, "{act:?}");
    }
}

#[tokio::test]
async fn a_refund_that_was_turned_away_is_sent_again() {
    let busy = say("429 Too Many Requests", "retry-after: 0\r\n", "");
    let (mut server, call) = calling(&REFUND, [busy, ok()]).await;
    outcome(&call).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in &requests {
        assert!(request.starts_with("POST /v1/transactions/1 ") && request.ends_with("\r\n\r\n7"));
    }
}

#[tokio::test]
async fn a_refund_that_was_surely_not_sent_is_sent_again() {
    // Bound and not listening: connections are refused.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let mut trace = traced();
    let transport = dintero_client::Transport::builder().base_url(url);
    let policy = RetryPolicy::default().base_delay(Duration::from_millis(1)).max_attempts(1000);
    let call = transport.bearer_token("own").retry(policy).retry_budget(1000);
    let call = call.build().unwrap().call(&REFUND);
    let sent = tokio::spawn(async move { outcome(&call).await });
    trace.wait().await;
    let mut server = Faulty::on(socket.listen(9).unwrap(), [ok()]);
    sent.await.unwrap().unwrap();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_key_makes_a_call_repeatable_that_takes_one_and_moves_no_money() {
    for (operation, key, sent) in [
        (&KEYED, Some("order-1"), 2),
        (&KEYED, None, 1),
        (&CREATE, Some("order-1"), 1),
        (&KEYED_REFUND, Some("order-1"), 1),
    ] {
        let (mut server, mut call) = calling(operation, [Act::Reset, ok()]).await;
        if let Some(key) = key {
            call.set_idempotency_key(key);
        }
        assert_eq!(outcome(&call).await.is_ok(), sent == 2);
        let requests = server.requests();
        assert_eq!(requests.len(), sent);
        for request in requests {
            assert_eq!(request.contains("idempotency-key: order-1"), key.is_some());
        }
    }
}

#[tokio::test]
async fn the_last_failure_is_told_with_its_status() {
    let (server, call) = calling(&GET, vec![bad_gateway(); 3]).await;
    let error = outcome(&call).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "payments.get_transaction (GET /transactions/{id}): 502: the service gave no message (24 bytes, text/html)"
    );
    assert_eq!(error.body(), PAGE);
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn other_failures_are_not_sent_again() {
    for status in ["400 Bad Request", "404 Not Found", "409 Conflict", "501 Not Implemented"] {
        let (server, call) = calling(&GET, [say(status, "retry-after: 0\r\n", "{}"), ok()]).await;
        let error = outcome(&call).await.unwrap_err();
        assert!(status.starts_with(error.status().unwrap().as_str()));
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn the_policy_of_a_call_goes_before_that_of_the_transport() {
    let (server, mut call) = calling(&GET, [bad_gateway(), ok()]).await;
    call.set_retry(RetryPolicy::none());
    outcome(&call).await.unwrap_err();
    assert_eq!(server.connections(), 1);
    let (server, mut call) = calling(&GET, vec![bad_gateway(); 9]).await;
    call.set_retry(quick().max_attempts(5));
    outcome(&call).await.unwrap_err();
    assert_eq!(server.connections(), 5);
}

#[tokio::test]
async fn all_clones_spend_one_budget() {
    let server = Faulty::new(vec![bad_gateway(); 99]).await;
    let transport = server.builder().bearer_token("own").retry(quick()).retry_budget(3);
    let transport = transport.build().unwrap();
    for sent in [3, 5, 6, 7] {
        outcome(&transport.clone().call(&GET)).await.unwrap_err();
        assert_eq!(server.connections(), sent);
    }
}

#[tokio::test]
async fn all_attempts_send_the_same_bytes() {
    use std::collections::HashMap;
    let map: HashMap<String, String> = (0..50).map(|n| (format!("k{n}"), format!("v \u{e5} {n}"))).collect();
    type Encode = fn(&Call, &HashMap<String, String>) -> Vec<u8>;
    let ways: [(&str, Encode); 3] = [
        ("json", |call, map| call.encode(Some(map)).unwrap()),
        ("form", |call, map| call.encode_form(Some(map)).unwrap()),
        ("multipart", |call, map| call.encode_multipart(Some(map)).unwrap()),
    ];
    for (way, encode) in ways {
        let busy = || say("429 Too Many Requests", "retry-after: 0\r\n", "");
        let (mut server, call) = calling(&REFUND, [busy(), busy(), ok()]).await;
        let answer = send_one(&call, "1", Some(encode(&call, &map)));
        call.clone().json::<Value>(answer).await.unwrap();
        let requests = server.requests();
        assert_eq!(requests.len(), 3, "{way}");
        assert!(requests[0].contains("v49") || requests[0].contains("49"), "{way}");
        assert!(requests.iter().all(|request| *request == requests[0]), "{way}: {requests:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_a_stream_is_sent_once() {
    let busy = say("429 Too Many Requests", "retry-after: 0\r\n", "");
    let mut server = Faulty::new([busy, ok()]).await;
    let transport = server.builder().bearer_token("own").retry(quick()).build().unwrap();
    let upload = dintero_client::reqwest::Body::wrap_stream(Once(Some("piece")));
    let error =
        transport.request(Method::PUT, "/v1/files/1").stream("text/plain", upload).send::<Value>().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 429);
    assert!(error.to_string().contains("; it is not sent again, as its body is a stream"), "{error}");
    assert!(!error.is_retryable());
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].contains("content-type: text/plain") && requests[0].contains("piece"));
}

struct Once(Option<&'static str>);

impl futures_core::Stream for Once {
    type Item = Result<&'static str, std::io::Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(self.0.take().map(Ok))
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_asked_for_is_kept_in_both_forms() {
    let date = dintero_client::chrono::Utc::now() + Duration::from_secs(3600);
    let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    for (asked, least, most) in [("7", 7_000, 7_000), (date.as_str(), 3_500_000, 3_600_000)] {
        for operation in [&GET, &REFUND] {
            let _hold = hold();
            let mut trace = traced();
            let busy = say("429 Too Many Requests", &format!("retry-after: {asked}\r\n"), "");
            let (mut server, mut call) = calling(operation, [busy, ok()]).await;
            call.set_timeout(Duration::from_secs(7200));
            let sent = tokio::spawn(async move { outcome(&call).await });
            server.request().await;
            let wait = trace.wait().await;
            assert!((least..=most).contains(&wait.as_millis()), "{wait:?}");
            tokio::time::advance(wait - Duration::from_millis(2)).await;
            assert_eq!(server.requests().len(), 0);
            tokio::time::advance(Duration::from_millis(4)).await;
            sent.await.unwrap().unwrap();
            assert_eq!(server.requests().len(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_ends_the_call_at_once() {
    let _hold = hold();
    let busy = say("429 Too Many Requests", "retry-after: 120\r\n", "");
    let (server, call) = calling(&GET, [busy, ok()]).await;
    // The clock stands still, so this can only come back without waiting.
    let error = outcome(&call).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    assert!(error.is_retryable());
    assert_eq!(server.connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_meets_the_time_of_an_attempt() {
    let _hold = hold();
    let (mut server, call) = calling(&REFUND, [Act::Hang]).await;
    let sent = tokio::spawn(async move { outcome(&call).await });
    server.request().await;
    tokio::time::advance(Duration::from_secs(61)).await;
    let error = sent.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(!error.is_retryable());
    assert!(error.to_string().contains("attempt's time of 60s"), "{error}");
    assert_eq!(server.connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_meets_the_total_time() {
    let _hold = hold();
    let mut trace = traced();
    let (mut server, call) = calling(&GET, [Act::Hang, Act::Hang, ok()]).await;
    let begun = tokio::time::Instant::now();
    let sent = tokio::spawn(async move { outcome(&call).await });
    server.request().await;
    tokio::time::advance(Duration::from_secs(90)).await;
    trace.wait().await;
    server.request().await;
    tokio::time::advance(Duration::from_secs(31)).await;
    let error = sent.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("total time of 120s"), "{error}");
    // Nobody moved the clock further than this.
    assert_eq!(begun.elapsed().as_secs(), 121);
    assert_eq!(server.connections(), 2);
}
