//! Decoding a page of 100 transactions: the generated types beside hand-written ones.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dintero_benches::{hand, page};
use dintero_shop::types::Transaction;

fn decode(criterion: &mut Criterion) {
    let page = page(100);
    let mut group = criterion.benchmark_group("decode 100 transactions");
    group.throughput(Throughput::Bytes(page.len() as u64));
    group.bench_function("by hand", |bench| {
        bench.iter(|| serde_json::from_str::<Vec<hand::Transaction>>(black_box(&page)).unwrap())
    });
    group.bench_function("generated", |bench| {
        bench.iter(|| serde_json::from_str::<Vec<Transaction>>(black_box(&page)).unwrap())
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
