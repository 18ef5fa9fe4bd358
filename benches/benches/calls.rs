//! A call over loopback: the generated client beside reqwest and serde by hand, on one runtime.

use criterion::{Criterion, criterion_group, criterion_main};
use dintero_benches::{hand, http, serve, transaction};
use dintero_shop::{Client, Transport};

fn calls(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let url = serve(transaction(1).to_string()).unwrap();
    let transport = Transport::builder().base_url(&url).bearer_token("token").build().unwrap();
    let client = Client::new(transport);
    let http = http();

    let mut group = criterion.benchmark_group("get a transaction");
    group.bench_function("by hand", |bench| {
        bench.to_async(&runtime).iter(|| async {
            let id = "T12345678.465U8CUzaPVpneu1wt0001";
            let answer = http
                .get(format!("{url}/v1/transactions/{id}"))
                .bearer_auth("token")
                .send()
                .await
                .unwrap()
                .error_for_status()
                .unwrap();
            answer.json::<hand::Transaction>().await.unwrap()
        })
    });
    group.bench_function("generated", |bench| {
        bench.to_async(&runtime).iter(|| async {
            let id = "T12345678.465U8CUzaPVpneu1wt0001";
            client.get_transaction(id).send().await.unwrap()
        })
    });
    group.finish();
}

criterion_group!(benches, calls);
criterion_main!(benches);
