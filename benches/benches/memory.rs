//! Memory that a call in flight holds: the generated client beside reqwest by hand.
//!
//! Bytes rather than times, so it is no criterion bench: some calls wait for a server that answers
//! none, and what has been allocated meanwhile is divided by their number.

use std::{future::Future, net::TcpListener};

use dintero_benches::{hand, http};
use dintero_shop::{Client, Transport};
use peak_alloc::PeakAlloc;
use tokio::io::AsyncReadExt;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

const CALLS: usize = 200;

const ID: &str = "T12345678.465U8CUzaPVpneu1wt0001";

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let http = http();
        let by_hand = held(|url| {
            let request = http.get(format!("{url}/v1/transactions/{ID}"));
            let request = request.bearer_auth("token");
            async move {
                let answer = request.send().await.unwrap().error_for_status().unwrap();
                drop(answer.json::<hand::Transaction>().await.unwrap());
            }
        });
        println!("by hand:   {} bytes for a call in flight", by_hand.await);
        let mut client = None;
        let generated = held(|url| {
            let client = client.get_or_insert_with(|| {
                let transport = Transport::builder().base_url(url).bearer_token("token");
                Client::new(transport.build().unwrap())
            });
            let call = client.get_transaction(ID);
            async move { drop(call.send().await.unwrap()) }
        });
        println!("generated: {} bytes for a call in flight", generated.await);
    });
}

/// Bytes held by one call that waits for its answer, connection included.
async fn held<F>(mut call: impl FnMut(&str) -> F) -> usize
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let mut waiting = Vec::with_capacity(CALLS + 1);
    let mut calls = Vec::with_capacity(CALLS + 1);
    let mut before = 0;
    for number in 0..=CALLS {
        calls.push(tokio::spawn(call(&url)));
        let (mut stream, _) = listener.accept().await.unwrap();
        // The request has come, so the call waits.
        stream.read_u8().await.unwrap();
        waiting.push(stream);
        if number == 0 {
            // The first one makes what all share.
            before = ALLOCATED.current_usage();
        }
    }
    let held = ALLOCATED.current_usage() - before;
    for call in &calls {
        call.abort();
    }
    held / CALLS
}
