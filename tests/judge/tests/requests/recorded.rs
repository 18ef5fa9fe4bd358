//! A request as it went out, or would have.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use dintero_client::reqwest;
use percent_encoding::percent_decode_str;

#[derive(Debug, Default)]
pub struct Recorded {
    pub method: String,
    pub path: String,
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Recorded {
    pub fn of(request: &reqwest::Request) -> Self {
        let headers = request.headers().iter();
        Self {
            method: request.method().to_string(),
            path: request.url().path().to_owned(),
            query: request.url().query().unwrap_or_default().to_owned(),
            headers: headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect(),
            body: request.body().and_then(|body| body.as_bytes()).unwrap_or_default().to_vec(),
        }
    }

    /// All values of a header, in their order.
    pub fn header(&self, name: &str) -> Vec<String> {
        let of_name = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        of_name.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect()
    }

    /// The steps of the path, decoded.
    pub fn steps(&self) -> Vec<String> {
        self.path.split('/').map(decoded).collect()
    }

    /// The pairs of the query, decoded.
    pub fn pairs(&self) -> Vec<(String, String)> {
        pairs(&self.query)
    }
}

/// A part of an address, decoded.
pub fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The pairs of a query or form, decoded, with `+` for a space as every server reads it.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let read = |text: &str| decoded(&text.replace('+', " "));
    let each = text.split('&').filter(|pair| !pair.is_empty());
    each.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(a, b)| (read(a), read(b))).collect()
}

/// Takes requests on a port of its own, answers each with 204, and ends with the test's process.
pub struct Server {
    pub address: String,
    received: Receiver<Recorded>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (sender, received) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Ok(recorded) = read(&stream) else { continue };
                if sender.send(recorded).is_err() {
                    return;
                }
                let _ = (&stream).write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
            }
        });
        Self { address, received }
    }

    /// What arrived since the last time; it is here before its sender has the answer.
    pub fn take(&self) -> Option<Recorded> {
        self.received.try_iter().last()
    }
}

fn read(stream: &TcpStream) -> std::io::Result<Recorded> {
    let mut from = BufReader::new(stream);
    let mut line = || -> std::io::Result<Vec<u8>> {
        let mut line = Vec::new();
        from.read_until(b'\n', &mut line)?;
        Ok(line.trim_ascii_end().to_vec())
    };
    let mut out = Recorded::default();
    let start = String::from_utf8_lossy(&line()?).into_owned();
    let mut words = start.split(' ');
    out.method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    (out.path, out.query) = (path.to_owned(), query.to_owned());
    loop {
        let line = line()?;
        let Some(colon) = line.iter().position(|b| *b == b':') else { break };
        let name = String::from_utf8_lossy(&line[..colon]).to_lowercase();
        out.headers.push((name, line[colon + 1..].trim_ascii_start().to_vec()));
    }
    let length = out.header("content-length").first().and_then(|text| text.parse().ok()).unwrap_or(0);
    out.body = vec![0; length];
    from.read_exact(&mut out.body)?;
    Ok(out)
}
