//! Each fault against each kind of call: how often the work was done, and what the caller was told of it.
//!
//! `cargo test -p dintero-client --test it fault_matrix -- --nocapture` prints the table.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::support::*;
use dintero_client::{Call, Error, Operation, Outcome, RetryPolicy, Transport};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
};

static CAPTURE: Operation = Operation { name: "capture_transaction", path: "/transactions/{id}/capture", ..REFUNDING };
static REFUNDED: Operation = Operation { name: "refund_transaction", path: "/transactions/{id}/refund", ..REFUNDING };
static VOID: Operation = Operation { name: "void_transaction", path: "/transactions/{id}/void", ..REFUNDING };
static SESSION: Operation = Operation { name: "create_session", path: "/sessions/{id}", ..REFUNDING };
static CARD: Operation = Operation { name: "delete_card_token", method: "DELETE", path: "/card-tokens/{id}", ..READ };
/// What a document would have to say for a key to count.
static KEYED_SESSION: Operation = Operation { name: "a session that takes a key", takes_key: true, ..CREATING };

/// What the service does with the first request that it is sent; all others are served well.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    /// The connection is reset before the request is read.
    ResetUnread,
    /// Reads the request and resets before it does anything.
    ResetBeforeWork,
    /// Does the work and resets before the head of the answer.
    ResetBeforeHead,
    ResetAfterHead,
    ResetInBody,
    /// Does the work and never answers.
    Hang,
    /// Answers that it did not do it, and did not.
    Status(u16),
    /// Answers so though it did it.
    StatusAfterWork(u16),
    /// Does the work, and a gateway answers with its own page and this status.
    Html(u16),
    /// Does the work and promises more bytes than it sends.
    Truncated,
    /// Does the work and answers other JSON than is expected.
    WrongBody,
    /// Nobody listens at first.
    RefusedThenUp,
    /// Closes the connection that the pool holds, when the request comes on it.
    PoolClose,
    /// Closes it as soon as it is idle, so that the request meets the end of it.
    PoolCloseIdle,
}

const FAULTS: [Fault; 27] = [
    Fault::None,
    Fault::ResetUnread,
    Fault::ResetBeforeWork,
    Fault::ResetBeforeHead,
    Fault::ResetAfterHead,
    Fault::ResetInBody,
    Fault::Hang,
    Fault::Status(400),
    Fault::Status(401),
    Fault::Status(404),
    Fault::Status(408),
    Fault::StatusAfterWork(408),
    Fault::Status(409),
    Fault::Status(429),
    Fault::Status(500),
    Fault::StatusAfterWork(500),
    Fault::Status(502),
    Fault::StatusAfterWork(502),
    Fault::Status(503),
    Fault::StatusAfterWork(503),
    Fault::StatusAfterWork(504),
    Fault::StatusAfterWork(303),
    Fault::Html(200),
    Fault::Html(502),
    Fault::Truncated,
    Fault::WrongBody,
    Fault::RefusedThenUp,
];

const GOOD: &str = r#"{"id":"1"}"#;

struct Service {
    done: AtomicUsize,
    requests: AtomicUsize,
}

impl Service {
    async fn serve(self: Arc<Self>, listener: TcpListener, fault: Fault) {
        while let Ok((stream, _)) = listener.accept().await {
            // The connections of a fault end as it says; what the test counts is not theirs.
            tokio::spawn(Arc::clone(&self).connection(stream, fault));
        }
    }

    async fn connection(self: Arc<Self>, mut stream: TcpStream, fault: Fault) -> io::Result<()> {
        let number = self.requests.load(Ordering::SeqCst);
        if fault == Fault::ResetUnread && number == 0 {
            self.requests.fetch_add(1, Ordering::SeqCst);
            return stream.set_zero_linger();
        }
        loop {
            let is_warm = read_request(&mut stream).await?.starts_with("GET ");
            if is_warm {
                respond(&mut stream, 200, GOOD).await?;
                if fault == Fault::PoolCloseIdle {
                    return Ok(());
                }
                continue;
            }
            match self.requests.fetch_add(1, Ordering::SeqCst) {
                0 => {
                    if !self.first(&mut stream, fault).await? {
                        return Ok(());
                    }
                }
                _ => {
                    self.done.fetch_add(1, Ordering::SeqCst);
                    respond(&mut stream, 200, GOOD).await?;
                }
            }
        }
    }

    /// Whether the connection goes on.
    async fn first(&self, stream: &mut TcpStream, fault: Fault) -> io::Result<bool> {
        let is_done =
            !matches!(fault, Fault::ResetUnread | Fault::ResetBeforeWork | Fault::Status(_) | Fault::PoolClose);
        if is_done {
            self.done.fetch_add(1, Ordering::SeqCst);
        }
        match fault {
            Fault::None | Fault::RefusedThenUp | Fault::PoolCloseIdle => respond(stream, 200, GOOD).await?,
            Fault::ResetUnread | Fault::ResetBeforeWork | Fault::ResetBeforeHead => {
                stream.set_zero_linger()?;
                return Ok(false);
            }
            Fault::PoolClose => return Ok(false),
            Fault::ResetAfterHead | Fault::ResetInBody => {
                let body = if fault == Fault::ResetInBody { &GOOD[..4] } else { "" };
                put(stream, format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", GOOD.len())).await?;
                // Until it has been read on the other side, a reset would take it back.
                let _ = tokio::time::timeout(Duration::from_millis(40), stream.read(&mut [0])).await;
                stream.set_zero_linger()?;
                return Ok(false);
            }
            Fault::Hang => {
                let _ = stream.read(&mut [0]).await;
                return Ok(false);
            }
            Fault::Status(status) | Fault::StatusAfterWork(status) => {
                respond(stream, status, r#"{"error":{"code":"x","message":"no"}}"#).await?;
            }
            Fault::Html(status) => respond(stream, status, "<html>Bad gateway</html>").await?,
            Fault::Truncated => {
                put(stream, format!("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{GOOD}")).await?;
                return Ok(false);
            }
            Fault::WrongBody => respond(stream, 200, r#"["other"]"#).await?,
        }
        Ok(true)
    }
}

async fn put(stream: &mut TcpStream, text: String) -> io::Result<()> {
    stream.write_all(text.as_bytes()).await
}

async fn respond(stream: &mut TcpStream, status: u16, body: &str) -> io::Result<()> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nlocation: /elsewhere\r\nretry-after: 0\r\ncontent-length: {length}");
    put(stream, format!("{head}\r\n\r\n{body}")).await
}

async fn read_request(stream: &mut TcpStream) -> io::Result<String> {
    let mut seen = Vec::new();
    loop {
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => seen.extend_from_slice(&piece[..length]),
        }
        let text = String::from_utf8_lossy(&seen);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let told = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= told.map_or(0, |told| told.parse().unwrap()) {
            return Ok(text.into_owned());
        }
    }
}

#[derive(serde::Deserialize)]
struct Good {
    #[allow(dead_code)]
    id: String,
}

async fn send(call: Call) -> Result<(), Error> {
    let body = (call.operation().method == "POST").then(|| b"{}".to_vec());
    let request = send_one(&call, "1", body);
    call.json::<Good>(request).await.map(|_| ())
}

/// How often the work was done, and what was told.
async fn run(operation: &'static Operation, fault: Fault, key: bool) -> (usize, usize, Result<(), Error>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let service = Arc::new(Service { done: AtomicUsize::new(0), requests: AtomicUsize::new(0) });
    let transport = Transport::builder()
        .base_url(url)
        .bearer_token("own")
        .attempt_timeout(Duration::from_millis(if fault == Fault::Hang { 60 } else { 20_000 }))
        .retry(RetryPolicy::default().base_delay(Duration::from_millis(1)).max_attempts(1000))
        .retry_budget(100_000)
        .build()
        .unwrap();
    let mut call = transport.call(operation);
    if key {
        call.set_idempotency_key("order-1");
    }
    let serving = Arc::clone(&service);
    let sent = if fault == Fault::RefusedThenUp {
        let mut trace = faults::traced();
        let sent = tokio::spawn(send(call));
        trace.wait().await;
        tokio::spawn(serving.serve(socket.listen(64).unwrap(), fault));
        sent.await.unwrap()
    } else {
        tokio::spawn(serving.serve(socket.listen(64).unwrap(), fault));
        if matches!(fault, Fault::PoolClose | Fault::PoolCloseIdle) {
            // So that there is a connection in the pool.
            let warm = transport.call(&GET);
            let request = send_one(&warm, "warm", None);
            warm.json::<Value>(request).await.unwrap();
        }
        send(call).await
    };
    (service.done.load(Ordering::SeqCst), service.requests.load(Ordering::SeqCst), sent)
}

#[tokio::test]
async fn no_fault_charges_twice_or_is_told_wrongly() {
    println!("| fault | call | key | requests | done | told |\n| --- | --- | --- | ---: | ---: | --- |");
    for fault in FAULTS.into_iter().chain([Fault::PoolClose, Fault::PoolCloseIdle]) {
        for operation in [&CAPTURE, &REFUNDED, &VOID, &SESSION, &CARD, &KEYED_SESSION] {
            for key in [false, true] {
                let (done, requests, sent) = run(operation, fault, key).await;
                let told = match &sent {
                    Ok(()) => "ok".to_owned(),
                    Err(error) => {
                        let again = if error.is_retryable() { ", may be sent again" } else { "" };
                        format!("{} ({:?}{again})", error.outcome(), error.kind())
                    }
                };
                let key_told = if key { "yes" } else { "no" };
                println!("| {fault:?} | {} | {key_told} | {requests} | {done} | {told} |", operation.name);

                let case =
                    format!("{fault:?} {} {key_told}: {requests} requests, done {done}, {sent:?}", operation.name);
                let repeatable = operation.idempotent || operation.takes_key && key;
                if !repeatable {
                    assert!(done <= 1, "{case}");
                }
                match sent.as_ref().map_err(Error::outcome) {
                    Ok(()) | Err(Outcome::Done) => assert!(done >= 1, "{case}"),
                    Err(Outcome::NotSent) => assert_eq!((done, requests), (0, 0), "{case}"),
                    Err(Outcome::Refused) => assert_eq!(done, 0, "{case}"),
                    // What may be, must be unknown only where the answer leaves it open.
                    Err(Outcome::Unknown) => {
                        assert!(!matches!(fault, Fault::Status(400 | 401 | 404 | 409 | 429)), "{case}")
                    }
                    Err(other) => panic!("{case}: {other}"),
                }
                if let Err(error) = &sent {
                    // Who trusts this does no harm.
                    assert!(!error.is_retryable() || repeatable || error.outcome() < Outcome::Unknown, "{case}");
                }
            }
        }
    }
}
