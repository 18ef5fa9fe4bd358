//! A server that does what no good server does, and what a test needs to follow it.

#![allow(dead_code)]

use std::{
    cell::RefCell,
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, Once},
    time::Duration,
};

use dintero_client::{Builder, Transport};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tracing_subscriber::fmt::format::FmtSpan;

/// What the server does with one connection.
#[derive(Clone, Debug)]
pub enum Act {
    /// Resets it before anything was read.
    ResetUnread,
    /// Reads the request and resets it.
    Reset,
    /// Reads the request and never answers.
    Hang,
    /// Reads the request, sends this, and closes.
    Say(String),
}

pub fn say(status: &str, headers: &str, body: &str) -> Act {
    Act::Say(format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len()))
}

pub fn ok() -> Act {
    say("200 OK", "content-type: application/json\r\n", r#"{"id":"1","amount":29990}"#)
}

pub fn token(value: &str, seconds: u64) -> Act {
    let body = format!(r#"{{"access_token":"{value}","expires_in":{seconds}}}"#);
    say("200 OK", "content-type: application/json\r\n", &body)
}

/// One connection after the other gets the next act; what comes after the last is refused with 500.
pub struct Faulty {
    pub url: String,
    seen: mpsc::UnboundedReceiver<String>,
    connections: Arc<Mutex<usize>>,
}

impl Faulty {
    pub async fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, acts)
    }

    pub fn on(listener: TcpListener, acts: impl IntoIterator<Item = Act>) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut acts: VecDeque<Act> = acts.into_iter().collect();
        let (tell, seen) = mpsc::unbounded_channel();
        let connections = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *counted.lock().unwrap() += 1;
                let act = acts.pop_front();
                let act = act.unwrap_or_else(|| say("500 Internal Server Error", "", "too many"));
                // Who resets or hangs up does so; the test looks at the other end.
                tokio::spawn(serve(stream, act, tell.clone()));
            }
        });
        Self { url, seen, connections }
    }

    pub fn builder(&self) -> Builder {
        Transport::builder().base_url(&self.url)
    }

    /// The next request, head and body, when it has come.
    pub async fn request(&mut self) -> String {
        self.seen.recv().await.unwrap()
    }

    /// The requests that have come and were not yet looked at.
    pub fn requests(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.seen.try_recv().ok()).collect()
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

/// What the server does with one connection, for a server of one's own.
pub async fn serve_one(stream: TcpStream, act: Act) {
    let _ = serve(stream, act, mpsc::unbounded_channel().0).await;
}

async fn serve(mut stream: TcpStream, act: Act, tell: mpsc::UnboundedSender<String>) -> io::Result<()> {
    if !matches!(act, Act::ResetUnread) {
        let request = read(&mut stream).await?;
        let _ = tell.send(request);
    }
    match act {
        Act::ResetUnread | Act::Reset => stream.set_zero_linger()?,
        Act::Hang => {
            // Until the other side gives up.
            let _ = stream.read(&mut [0]).await;
        }
        Act::Say(answer) => {
            stream.write_all(answer.as_bytes()).await?;
            stream.shutdown().await?;
        }
    }
    Ok(())
}

async fn read(stream: &mut TcpStream) -> io::Result<String> {
    let mut request = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let length = stream.read(&mut piece).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        request.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let told = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let chunked = head.contains("transfer-encoding: chunked");
        let whole = match told {
            Some(told) => body.len() >= told.parse().unwrap(),
            None => !chunked || body.ends_with("0\r\n\r\n"),
        };
        if whole {
            return Ok(text.into_owned());
        }
    }
}

/// Keeps a paused clock from going on by itself while sockets are waited for.
pub struct Hold(#[allow(dead_code)] std::sync::mpsc::Sender<()>);

pub fn hold() -> Hold {
    let (held, until) = std::sync::mpsc::channel();
    // tokio's clock does not advance by itself while a blocking task runs.
    tokio::task::spawn_blocking(move || until.recv());
    Hold(held)
}

/// What a subscriber at TRACE receives of this thread, line by line.
pub struct Traced(mpsc::UnboundedReceiver<String>);

thread_local! {
    static TELL: RefCell<Option<mpsc::UnboundedSender<String>>> = const { RefCell::new(None) };
}

struct Lines;

impl io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        TELL.with_borrow(|tell| {
            if let Some(tell) = tell {
                let _ = tell.send(String::from_utf8_lossy(line).into_owned());
            }
        });
        Ok(line.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Collects what this thread traces from now on.
pub fn traced() -> Traced {
    // One for the process: with one a thread, tracing may take a callsite that another thread met
    // first for one that nobody wants.
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(|| Lines)
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
    let (tell, lines) = mpsc::unbounded_channel();
    TELL.set(Some(tell));
    Traced(lines)
}

impl Traced {
    /// The next line with this text, when it has come.
    pub async fn line(&mut self, text: &str) -> String {
        loop {
            let line = self.0.recv().await.unwrap();
            if line.contains(text) {
                return line;
            }
        }
    }

    /// The wait before the next retry, when it has begun.
    pub async fn wait(&mut self) -> Duration {
        let line = self.line("retrying").await;
        let (_, wait) = line.split_once("wait_ms=").unwrap();
        let wait = wait.split_whitespace().next().unwrap();
        Duration::from_millis(wait.parse().unwrap())
    }

    /// All that has come.
    pub fn all(&mut self) -> String {
        std::iter::from_fn(|| self.0.try_recv().ok()).collect()
    }
}
