//! For tests: a publisher on this machine that serves documents as a good server does, or fails in every way one can.

use crate::lock::sha256;
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// What one request is answered with.
#[derive(Debug, Clone)]
pub enum Reply {
    /// With an entity tag; 304 to who has it already.
    Page(Vec<u8>),
    /// Status line, headers (each with its line end) and body.
    Status(&'static str, String, Vec<u8>),
    /// These bytes and no more, whatever they promise.
    Raw(Vec<u8>),
    /// As many bytes as that; their number is told first, or not.
    Flood { bytes: u64, told: bool },
    /// Nothing, until the other end gives up.
    Hang,
}

/// One request that came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub path: String,
    /// Lower case, as they stand.
    pub head: String,
    /// What was answered: `200`, `304`, ...
    pub status: String,
}

#[derive(Default)]
struct Site {
    /// By path; the last reply stays.
    replies: Mutex<BTreeMap<String, VecDeque<Reply>>>,
    seen: Mutex<Vec<Seen>>,
    sent: AtomicU64,
    closed: AtomicBool,
}

pub struct Upstream {
    pub url: String,
    site: Arc<Site>,
}

impl Upstream {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let site = Arc::new(Site::default());
        let shared = Arc::clone(&site);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.closed.load(Ordering::Relaxed) {
                    break;
                }
                let site = Arc::clone(&shared);
                // A client that goes away mid-answer is part of the tests.
                std::thread::spawn(move || site.serve(stream).ok());
            }
        });
        Self { url, site }
    }

    /// An address where nobody answers.
    pub fn nobody() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", listener.local_addr().expect("an address"))
    }

    pub fn page(&self, path: &str, body: impl Into<Vec<u8>>) {
        self.replies(path, [Reply::Page(body.into())]);
    }

    pub fn replies(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        lock(&self.site.replies).insert(path.into(), replies.into_iter().collect());
    }

    /// The requests since the last call, in the order of their paths.
    pub fn seen(&self) -> Vec<Seen> {
        let mut seen = std::mem::take(&mut *lock(&self.site.seen));
        seen.sort_by(|a, b| a.path.cmp(&b.path));
        seen
    }

    /// Bytes of floods that were taken.
    pub fn flooded(&self) -> u64 {
        self.site.sent.load(Ordering::Relaxed)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.site.closed.store(true, Ordering::Relaxed);
        // Wakes the one that waits.
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Site {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut head = String::new();
        let mut reader = BufReader::new(stream.try_clone()?);
        while reader.read_line(&mut head)? > 2 {}
        let path = head.split(' ').nth(1).unwrap_or_default().to_string();
        let reply = {
            let mut replies = lock(&self.replies);
            match replies.get_mut(&path) {
                Some(queue) if queue.len() > 1 => queue.pop_front(),
                Some(queue) => queue.front().cloned(),
                None => None,
            }
        };
        let reply = reply.unwrap_or_else(|| Reply::Status("404 Not Found", String::new(), b"not here".to_vec()));
        let see = |status: &str| {
            let status = status.split(' ').next().unwrap_or_default().to_string();
            lock(&self.seen).push(Seen { path: path.clone(), head: head.to_lowercase(), status });
        };
        match reply {
            Reply::Page(body) => {
                let tag = format!("\"{}\"", &sha256(&body)[..16]);
                let had = head.lines().any(|l| {
                    l.split_once(':').is_some_and(|(n, v)| n.eq_ignore_ascii_case("if-none-match") && v.trim() == tag)
                });
                let tag = format!("etag: {tag}\r\nlast-modified: Wed, 25 Nov 2026 08:00:00 GMT\r\n");
                let (status, body) = if had { ("304 Not Modified", Vec::new()) } else { ("200 OK", body) };
                see(status);
                answer(&mut stream, status, &tag, &body)
            }
            Reply::Status(status, headers, body) => {
                see(status);
                answer(&mut stream, status, &headers, &body)
            }
            Reply::Raw(bytes) => {
                see("raw");
                stream.write_all(&bytes)
            }
            Reply::Flood { bytes, told } => {
                see("flood");
                let length = if told { format!("content-length: {bytes}\r\n") } else { String::new() };
                stream.write_all(format!("HTTP/1.1 200 OK\r\nconnection: close\r\n{length}\r\n").as_bytes())?;
                let chunk = vec![b'#'; 64 << 10];
                while self.sent.load(Ordering::Relaxed) < bytes {
                    stream.write_all(&chunk)?;
                    self.sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
                }
                Ok(())
            }
            Reply::Hang => {
                see("hang");
                reader.read_line(&mut head).map(drop)
            }
        }
    }
}

fn answer(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    stream.write_all(
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n").as_bytes(),
    )?;
    stream.write_all(body)
}
