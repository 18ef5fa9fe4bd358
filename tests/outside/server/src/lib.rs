//! Answers one request as the payments service does, on this machine.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

pub const TRANSACTION: &str = r#"{
  "id": "T1.a", "account_id": "T1", "amount": 29990, "currency": "NOK", "status": "AUTHORIZED",
  "merchant_reference": "order-1", "payment_product": "payex", "payment_product_type": "payex.creditcard",
  "settlement_status": "NOT_SETTLED", "session_id": "T1.s", "created_at": "2026-12-01T08:00:00Z",
  "updated_at": "2026-12-01T08:00:00Z", "version": 1
}"#;

/// The address at which it is answered.
pub fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length";
            write!(stream, "{head}: {}\r\n\r\n{TRANSACTION}", TRANSACTION.len()).expect("written");
        }
    });
    address
}
