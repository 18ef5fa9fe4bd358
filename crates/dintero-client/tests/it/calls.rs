//! From a generated client to the answer.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    time::Duration,
};

use crate::support::*;
use dintero_client::{Call, CommaList, ErrorKind, Operation, RetryPolicy, Style, Transport, reqwest::Method};
use httpmock::MockServer;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize, PartialEq)]
struct Transaction {
    id: String,
    amount: i64,
}

async fn answering(status: u16, kind: &str, body: &str) -> (MockServer, Call) {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.any_request();
            then.status(status).header("content-type", kind).header("x-request-id", "r-1").body(body);
        })
        .await;
    let call = builder(&server).bearer_token("own").build().unwrap().call(&REFUND);
    (server, call)
}

#[tokio::test]
async fn a_typed_answer_comes_with_status_and_headers() {
    let server = MockServer::start_async().await;
    transaction(&server, Some(("authorization", "Bearer own"))).await;
    let call = builder(&server).bearer_token("own").build().unwrap().call(&GET);
    let answer = call.clone().json::<Transaction>(send(&call)).await.unwrap();
    assert_eq!(answer.amount, 29990);
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-length"], "25");
}

#[tokio::test]
async fn every_host_goes_to_the_override() {
    let server = MockServer::start_async().await;
    let paths = ["/v1/transactions/1", "/transactions/1"];
    let mut mocks = Vec::new();
    for path in paths {
        mocks.push(
            server
                .mock_async(|when, then| {
                    when.path(path);
                    then.status(204);
                })
                .await,
        );
    }
    let transport = builder(&server).bearer_token("own").build().unwrap();
    for (operation, mock) in [&GET, &OTHER_HOST].into_iter().zip(&mocks) {
        let call = transport.call(operation);
        call.clone().empty(send(&call)).await.unwrap();
        mock.assert_calls_async(1).await;
    }
}

#[tokio::test]
async fn headers_are_those_of_the_table_and_the_builder() {
    let server = MockServer::start_async().await;
    let get = server
        .mock_async(|when, then| {
            when.header("accept", "application/json")
                .header_matches("user-agent", r"^shop/1 dintero-rust/\d")
                .header("dintero-system-name", "Shop")
                .header("dintero-system-version", "2")
                .header("dintero-system-plugin-name", "Plugin")
                .header("dintero-system-plugin-version", "3")
                .header("x-mine", "call")
                .header("idempotency-key", "order-1")
                .header_missing("content-type");
            then.status(200);
        })
        .await;
    let mut call = builder(&server)
        .bearer_token("own")
        .user_agent("shop/1")
        .system("Shop", "2")
        .plugin("Plugin", "3")
        .header("x-mine", "builder")
        .build()
        .unwrap()
        .call(&GET);
    call.set_header("x-mine", "call");
    call.set_idempotency_key("order-1");
    call.clone().empty(send(&call)).await.unwrap();
    get.assert_calls_async(1).await;

    let any = server
        .mock_async(|when, then| {
            when.header("accept", "*/*");
            then.status(200);
        })
        .await;
    let call = builder(&server).bearer_token("own").build().unwrap().call(&ANY_TYPE);
    call.clone().empty(send(&call)).await.unwrap();
    any.assert_calls_async(1).await;
}

#[tokio::test]
async fn an_optional_body_goes_out_only_if_there_is_one() {
    let server = MockServer::start_async().await;
    let with = server
        .mock_async(|when, then| {
            when.header("content-type", "application/json").json_body(json!({"amount": 1}));
            then.status(200);
        })
        .await;
    let without = server
        .mock_async(|when, then| {
            when.header_missing("content-type").body("");
            then.status(200);
        })
        .await;
    let call = builder(&server).bearer_token("own").build().unwrap().call(&REFUND);
    for body in [Some(json!({"amount": 1})), None] {
        let bytes = call.encode(body.as_ref()).unwrap();
        call.clone().empty(send_one(&call, "1", Some(bytes))).await.unwrap();
    }
    with.assert_calls_async(1).await;
    without.assert_calls_async(1).await;
}

#[test]
fn what_would_change_the_path_is_refused() {
    let call = Transport::builder().base_url("http://127.0.0.1:9").anonymous().build().unwrap().call(&GET);
    for (value, why) in [
        (None, "`id` is required"),
        (Some(""), "`id` is empty"),
        (Some("."), "another path"),
        (Some(".."), "another path"),
    ] {
        let error = call.draft().path("id", value.map(str::to_owned)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert_eq!(error.operation(), Some(&GET));
        assert!(error.to_string().contains(why), "{error}");
    }
    for value in ["1", "a/b", "...", "%2e%2e", "..\\x", "å b?#"] {
        assert!(call.draft().path("id", Some(value)).is_ok(), "{value}");
    }
    let lists = [vec![], vec![".."], vec!["a", ".."]].map(CommaList::from);
    let refused = lists.map(|list| call.draft().path_list("ids", Some(list)).is_err());
    assert_eq!(refused, [true, true, false]);
}

/// A server for one call; gives the first line of what it was sent.
fn first_line() -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let line = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream);
        let mut first = String::new();
        reader.read_line(&mut first).unwrap();
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap() > 2 {
            line.clear();
        }
        reader.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        first
    });
    (url, line)
}

#[tokio::test]
async fn a_path_value_stays_one_segment() {
    for (value, segment) in
        [("a/../b", "a%2F..%2Fb"), ("%2e%2e", "%252e%252e"), ("å b?#", "%C3%A5%20b%3F%23"), ("a\tb", "a%09b")]
    {
        let (url, line) = first_line();
        let call = Transport::builder().base_url(url).bearer_token("own").build().unwrap().call(&GET);
        call.clone().empty(send_one(&call, value, None)).await.unwrap();
        assert_eq!(line.join().unwrap(), format!("GET /v1/transactions/{segment} HTTP/1.1\r\n"));
    }
}

#[test]
fn the_account_comes_from_the_login_or_the_call() {
    let new = || Transport::builder().base_url("http://127.0.0.1:9");
    let call = new().login(ACCOUNT, "id", "hunter2").build().unwrap().call(&GET);
    let path = |call: &Call, given: Option<&str>| {
        let mut draft = call.draft();
        draft.account("id", given.map(str::to_owned))?;
        draft.build().map(|request| request.url().path().to_owned())
    };
    assert_eq!(path(&call, None).unwrap(), format!("/v1/transactions/{ACCOUNT}"));
    assert_eq!(path(&call, Some("P101")).unwrap(), "/v1/transactions/P101");
    let error = path(&call, Some("../x")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    let error = path(&new().anonymous().build().unwrap().call(&GET), None).unwrap_err();
    assert!(error.to_string().contains("`account_id` to `Transport::builder()`"), "{error}");
}

#[tokio::test]
async fn a_header_that_cannot_go_out_is_told_when_sent() {
    let (_server, mut call) = answering(200, "text/plain", "").await;
    call.set_header("x-note", "hunter2\r\nx-evil: 1");
    let error = call.clone().empty(send(&call)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.to_string().contains("header x-note: its value has a line break"), "{error}");
    assert!(!error.to_string().contains("hunter2"));
    call.set_idempotency_key(" ");
    let error = call.clone().empty(send(&call)).await.unwrap_err();
    assert!(error.to_string().contains("idempotency key is empty"), "{error}");
}

#[tokio::test]
async fn a_failure_tells_status_code_message_and_request() {
    let body = r#"{"error":{"code":"not_captured","message":"Nothing to refund","errors":[{"path":"/amount"}]}}"#;
    let (_server, call) = answering(403, "application/json", body).await;
    let error = call.clone().json::<Value>(send(&call)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Status);
    assert_eq!(error.status().unwrap(), 403);
    assert_eq!(error.code(), Some("not_captured"));
    assert_eq!(error.request_id(), Some("r-1"));
    assert_eq!(error.body(), body);
    assert_eq!(error.headers()["content-type"], "application/json");
    assert_eq!(error.json::<Value>().unwrap()["error"]["errors"][0]["path"], "/amount");
    assert_eq!(
        error.to_string(),
        "payments.refund (POST /transactions/{id}): 403 not_captured: Nothing to refund: /amount [request r-1]"
    );
}

#[tokio::test]
async fn a_gateway_page_is_told_with_its_status() {
    let (_server, call) = answering(502, "text/html", "<html>secret</html>").await;
    let error = call.clone().json::<Value>(send(&call)).await.unwrap_err();
    assert!(error.is_transient() && !error.is_retryable());
    assert_eq!(
        error.to_string(),
        "payments.refund (POST /transactions/{id}): 502: the service gave no message (19 bytes, text/html) [request r-1]"
    );
}

#[tokio::test]
async fn a_huge_error_page_is_cut() {
    let (_server, call) = answering(500, "text/html", &"x".repeat(10_000_000)).await;
    let error = call.clone().json::<Value>(send(&call)).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 500);
    assert_eq!(error.body().len(), 256 * 1024);
}

#[tokio::test]
async fn a_success_that_cannot_be_read_is_no_failed_payment() {
    let body = r#"{"id":"1","amount":"4111111111111111"}"#;
    let (_server, call) = answering(200, "application/json", body).await;
    let error = call.clone().json::<Transaction>(send(&call)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.status().unwrap(), 200);
    assert_eq!(error.path(), Some("$.amount"));
    assert_eq!(error.body(), body);
    assert!(!error.is_retryable() && !error.is_transient());
    let text = format!("{error} {error:?}");
    assert!(
        text.contains("the answer could not be read: 200: invalid type: string, expected i64, at $.amount"),
        "{text}"
    );
    assert!(!text.contains("4111"), "{text}");
    assert!(std::error::Error::source(&error).is_none());
}

#[tokio::test]
async fn other_wrong_successes_are_decode_failures_too() {
    for (kind, body, told) in [
        ("text/html", "<html>", "(content type text/html)"),
        ("application/json", "", "the body is empty"),
        ("application/json", r#"{"id":"1","amo"#, "EOF while parsing a string"),
        ("application/json", r#"{"id":"1"}"#, "missing field `amount`"),
    ] {
        let (_server, call) = answering(200, kind, body).await;
        let error = call.clone().json::<Transaction>(send(&call)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains(told), "{error}");
    }
    let (_server, call) = answering(200, "text/plain", "x").await;
    assert_eq!(call.clone().text(send(&call)).await.unwrap().as_str(), "x");
}

#[tokio::test]
async fn no_body_is_none() {
    for (status, body, expected) in [(204, "", None), (200, "", None), (200, "null", None), (200, "7", Some(7))] {
        let (_server, call) = answering(status, "application/json", body).await;
        let answer = call.clone().optional_json::<i64>(send(&call)).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.into_inner()), (status, expected));
    }
}

dintero_client::by_status! {
    /// Answers.
    pub enum Answered {
        /// Done.
        200 => Done(i64),
        /// Later.
        202 => Accepted,
        /// Elsewhere.
        302 => Moved,
    }
}

#[tokio::test]
async fn the_status_chooses_the_type() {
    for (status, body, expected) in [
        (200, "7", Answered::Done(7)),
        (202, "", Answered::Accepted),
        (302, "", Answered::Moved),
        (201, r#"{"a":1}"#, Answered::Other(json!({"a": 1}))),
        (203, "text", Answered::Other(json!("text"))),
        (204, "", Answered::Other(Value::Null)),
    ] {
        let (_server, call) = answering(status, "application/json", body).await;
        let answer = call.clone().by_status::<Answered>(send(&call)).await.unwrap();
        assert_eq!(*answer, expected);
    }
    let (_server, call) = answering(404, "application/json", "7").await;
    let error = call.clone().by_status::<Answered>(send(&call)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Status);
    let (_server, call) = answering(200, "application/json", "[]").await;
    let error = call.clone().by_status::<Answered>(send(&call)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_documented_redirect_is_given_not_followed() {
    let server = MockServer::start_async().await;
    let get = server
        .mock_async(|when, then| {
            when.path("/v1/transactions/1");
            then.status(302).header("location", "../elsewhere?sid=s");
        })
        .await;
    let call = builder(&server).bearer_token("own").build().unwrap().call(&GET);
    let answer = call.clone().redirect(send(&call)).await.unwrap();
    assert_eq!(answer.location(), server.url("/v1/elsewhere?sid=s"));
    get.assert_calls_async(1).await;

    for status in [200, 302] {
        let (_server, call) = answering(status, "text/plain", "").await;
        let error = call.clone().redirect(send(&call)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
    }
}

#[tokio::test]
async fn a_download_comes_in_pieces() {
    let (_server, call) = answering(200, "application/pdf", "%PDF").await;
    let mut file = call.clone().bytes(send(&call)).await.unwrap().into_inner();
    assert_eq!(file.content_type(), Some("application/pdf"));
    assert_eq!(file.content_length(), Some(4));
    assert_eq!(file.next_chunk().await.unwrap().unwrap(), "%PDF");
    assert!(file.next_chunk().await.is_none());
    let file = call.clone().bytes(send(&call)).await.unwrap().into_inner();
    assert_eq!(file.collect(3).await.unwrap_err().kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_not_read() {
    let server = MockServer::start_async().await;
    transaction(&server, Some(("authorization", "Bearer own"))).await;
    let call = builder(&server).bearer_token("own").max_response_bytes(10).build().unwrap().call(&GET);
    let error = call.clone().json::<Value>(send(&call)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(error.status().unwrap(), 200);
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn no_connection_is_told_as_surely_not_sent() {
    // Bound, so that nobody else is given the port, and not listening.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = held.local_addr().unwrap();
    let call =
        Transport::builder().base_url(format!("http://{address}")).bearer_token("own").build().unwrap().call(&REFUND);
    let error = call.clone().json::<Value>(send(&call)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.is_retryable());
    assert!(!error.to_string().contains("/transactions/1"), "{error}");
}

#[tokio::test]
async fn a_broken_connection_is_not_told_as_unsent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = [0; 16];
        stream.read_exact(&mut seen).unwrap();
        // Closed without an answer.
    });
    let call =
        Transport::builder().base_url(format!("http://{address}")).bearer_token("own").build().unwrap().call(&REFUND);
    let error = call.clone().json::<Value>(send(&call)).await.unwrap_err();
    server.join().unwrap();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.is_transient() && !error.is_retryable());
}

#[tokio::test]
async fn a_body_that_breaks_off_keeps_its_status() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = [0; 4096];
        assert!(stream.read(&mut seen).unwrap() > 0);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\nx-request-id: r-2\r\n\r\n{\"id\"").unwrap();
    });
    let call =
        Transport::builder().base_url(format!("http://{address}")).bearer_token("own").build().unwrap().call(&REFUND);
    let error = call.clone().json::<Value>(send(&call)).await.unwrap_err();
    server.join().unwrap();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert_eq!(error.status().unwrap(), 200);
    assert_eq!(error.request_id(), Some("r-2"));
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_server_that_hangs_meets_the_timeout() {
    // Accepts (the backlog does) and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let transport = Transport::builder()
        .base_url(format!("http://{}", listener.local_addr().unwrap()))
        .bearer_token("own")
        .build()
        .unwrap();
    for (attempt, total) in [(10, 60_000), (60_000, 10)] {
        let mut call = transport.call(&REFUND);
        call.set_attempt_timeout(Duration::from_millis(attempt));
        call.set_timeout(Duration::from_millis(total));
        let error = call.clone().json::<Value>(send(&call)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn clones_sent_at_once_keep_their_errors_apart() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.path("/v1/transactions/1");
            then.status(409);
        })
        .await;
    let call = builder(&server).bearer_token("own").build().unwrap().call(&GET);
    let mut broken = call.clone();
    broken.set_header("a b", "c");
    let (first, second) = (send(&call), send(&broken));
    let (first, second) = tokio::join!(call.empty(first), broken.empty(second));
    assert_eq!(first.unwrap_err().kind(), ErrorKind::Status);
    assert_eq!(second.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn any_endpoint_can_be_called() {
    let server = MockServer::start_async().await;
    let token = token_endpoint(&server, 14400).await;
    let put = server
        .mock_async(|when, then| {
            when.method(httpmock::Method::PUT)
                .path("/v1/accounts/T1/x")
                .query_param("a b", "c&d")
                .header("authorization", "Bearer tok-1")
                .header("content-type", "application/json")
                .json_body(json!({"y": 1}));
            then.status(200).json_body(json!([1]));
        })
        .await;
    let transport = logged_in(&server);
    for target in [
        "/v1/accounts/T1/x".to_owned(),
        "https://api.dintero.com/v1/accounts/T1/x".to_owned(),
        server.url("/v1/accounts/T1/x"),
    ] {
        let answer = transport
            .request(Method::PUT, target)
            .query("a b", "c&d")
            .json(&json!({"y": 1}))
            .send::<Vec<i64>>()
            .await
            .unwrap();
        assert_eq!(*answer, [1]);
    }
    put.assert_calls_async(3).await;
    token.assert_calls_async(1).await;
}

#[tokio::test]
async fn a_strange_address_is_refused_before_the_login() {
    let server = MockServer::start_async().await;
    let token = token_endpoint(&server, 14400).await;
    let transport = logged_in(&server);
    for target in ["https://example.test/v1", "http://api.dintero.com/v1", "v1/x", "", "https://a:b@api.dintero.com/"] {
        let error = transport.request(Method::GET, target).send::<Value>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{target}");
    }
    let error = transport.request(Method::CONNECT, "/v1").send_empty().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    token.assert_calls_async(0).await;
}

#[tokio::test]
async fn futures_can_be_sent_between_threads() {
    fn sendable<T: Send>(value: T) -> T {
        value
    }
    let (_server, call) = answering(200, "application/json", "7").await;
    let answer = sendable(async { call.clone().json::<i64>(send(&call)).await }).await;
    assert_eq!(*answer.unwrap(), 7);
}

/// A builder as it is generated.
#[derive(Clone, Debug)]
struct Builder {
    call: Call,
}

dintero_client::call_options!(Builder);

#[tokio::test]
async fn options_reach_the_call() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.header("x-a", "1").header("idempotency-key", "k");
            then.status(200);
        })
        .await;
    static PUBLIC: Operation = Operation { auth: &[], ..READ };
    let transport = Transport::builder().base_url(server.base_url()).anonymous().build().unwrap();
    let builder = Builder { call: transport.call(&PUBLIC) }
        .timeout(Duration::from_secs(60))
        .attempt_timeout(Duration::from_secs(60))
        .retry(RetryPolicy::none())
        .header("x-a", "1")
        .idempotency_key("k");
    builder.call.clone().empty(send(&builder.call)).await.unwrap();
    mock.assert_calls_async(1).await;
}

#[tokio::test]
async fn what_the_generator_cannot_write_goes_out_in_its_style() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.query_param("filter[a]", "1")
                .query_param("filter[b]", "x y")
                .header("x-ids", "1,2")
                .header("cookie", "a=1; b=two")
                .header("x-mine", "call");
            then.status(200);
        })
        .await;
    let mut call = builder(&server).bearer_token("own").build().unwrap().call(&GET);
    call.set_header("x-mine", "call");
    let mut draft = call.draft();
    draft.path("id", Some("1")).unwrap();
    draft.query_styled("filter", Style::Deep, Some(&json!({"a": 1, "b": "x y"}))).unwrap();
    draft.query("none", None::<&i64>).unwrap();
    draft.header_styled("x-ids", Style::Joined(','), Some(&[1, 2])).unwrap();
    draft.cookie("a", Style::Joined(','), Some(&1)).unwrap();
    draft.cookie("b", Style::Joined(','), Some("two")).unwrap();
    let request = draft.build();
    call.clone().empty(request).await.unwrap();
    mock.assert_calls_async(1).await;
    for wrong in ["a b", "a;b", "a,b", "é", "a\n"] {
        let error = call.draft().cookie("c", Style::Joined(','), Some(wrong)).unwrap_err();
        assert!(error.to_string().contains("no cookie can hold"), "{error}");
    }
    let error = call.draft().cookie("a\nb", Style::Joined(','), Some("c")).unwrap_err();
    assert!(error.to_string().contains("name of a cookie"), "{error}");
    let error = call.draft().header_styled("x-ids", Style::Joined(','), Some("a\nb")).unwrap_err();
    assert!(error.to_string().contains("line break"), "{error}");
}

#[tokio::test]
async fn a_multipart_body_goes_out_with_its_boundary() {
    static UPLOAD: Operation = Operation { content_type: "multipart/form-data", ..CREATE };
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.is_true(|request| {
                let headers = request.headers_vec();
                let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
                let (_, media_type) = found.unwrap();
                let boundary =
                    media_type.strip_prefix("multipart/form-data; boundary=\"").unwrap().trim_end_matches('"');
                let text = request.body_string().replace(boundary, "B");
                text == "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B--\r\n"
            });
            then.status(200);
        })
        .await;
    let call = builder(&server).bearer_token("own").build().unwrap().call(&UPLOAD);
    let body = call.encode_multipart(Some(&json!({"a": 1, "none": null}))).unwrap();
    call.clone().empty(send_one(&call, "1", Some(body))).await.unwrap();
    mock.assert_calls_async(1).await;
    assert!(call.encode_multipart(None::<&i64>).unwrap().is_empty());
    assert!(call.encode_multipart(Some(&1)).unwrap_err().to_string().contains("no object"));
}

#[test]
fn a_path_keeps_the_query_that_it_has() {
    static RPC: Operation = Operation { path: "/rpc?action=list", ..READ };
    let call = Transport::builder().base_url("http://127.0.0.1:9").anonymous().build().unwrap().call(&RPC);
    let query = |limit: Option<&i64>| {
        let mut draft = call.draft();
        draft.query("limit", limit).unwrap();
        draft.build().unwrap().url().query().map(str::to_owned)
    };
    assert_eq!(query(Some(&5)).as_deref(), Some("action=list&limit=5"));
    assert_eq!(query(None).as_deref(), Some("action=list"));
}
