//! What a typed call costs beside the same by hand, in turns so short that what else the machine does falls on both.

use std::time::{Duration, Instant};

use dintero_benches::{hand, http, serve, transaction};
use dintero_shop::{Client, Transport};

const TURNS: usize = 300;
const CALLS: usize = 40;
const ID: &str = "T12345678.465U8CUzaPVpneu1wt0001";

async fn timed(mut call: impl AsyncFnMut()) -> Duration {
    let begun = Instant::now();
    for _ in 0..CALLS {
        call().await;
    }
    begun.elapsed()
}

async fn turns(url: &str) -> Vec<(Duration, Duration)> {
    let transport = Transport::builder().base_url(url).bearer_token("token").build().unwrap();
    let (client, http) = (Client::new(transport), http());
    let by_hand = async || {
        let request = http.get(format!("{url}/v1/transactions/{ID}")).bearer_auth("token");
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        std::hint::black_box(answer.json::<hand::Transaction>().await.unwrap());
    };
    let generated = async || {
        std::hint::black_box(client.get_transaction(ID).send().await.unwrap());
    };
    let mut turns = Vec::new();
    for turn in 0..TURNS {
        // Who is first changes, too.
        turns.push(match turn % 2 {
            0 => (timed(by_hand).await, timed(generated).await),
            _ => {
                let second = timed(generated).await;
                (timed(by_hand).await, second)
            }
        });
    }
    turns.split_off(TURNS / 10)
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let url = serve(transaction(1).to_string()).unwrap();
    let turns = runtime.block_on(turns(&url));
    let median = |mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let micros = |time: &Duration| time.as_secs_f64() * 1e6 / CALLS as f64;
    println!("by hand:   {:.1} us a call", median(turns.iter().map(|(hand, _)| micros(hand)).collect()));
    println!("generated: {:.1} us a call", median(turns.iter().map(|(_, own)| micros(own)).collect()));
    println!(
        "ratio:     {:.3}",
        median(turns.iter().map(|(hand, own)| own.as_secs_f64() / hand.as_secs_f64()).collect())
    );
}
