//! Every operation of every service, through the generated client and the real transport, judged by a server that was
//! made from the published documents and shares nothing with the generator.
//!
//! One test an operation, once with what is required and once with everything. Each answer is then changed in the ways
//! that services change (see `tolerance.rs`) and must still be read.
//!
//! The judge is dintero-mock in strict mode. With `DINTERO_CONFORMANCE_URL` it is the server there, with the login of
//! `DINTERO_ACCOUNT_ID`, `DINTERO_CLIENT_ID` and `DINTERO_CLIENT_SECRET` and, where set, `DINTERO_API_KEY`. One service:
//! `cargo test -p dintero-tests --test conformance payments::`.

mod exchange;
mod judge;
mod mutation;
mod same;
#[macro_use]
mod suite;
#[rustfmt::skip]
mod services;
mod tolerance;

use dintero_client::Kind;

#[test]
fn every_operation_has_a_test() {
    let mut untested = Vec::new();
    let mut count = 0;
    for (service, operations, tested) in services::ALL {
        for operation in operations.iter().filter(|op| op.kind == Kind::Call) {
            count += 1;
            if !tested.iter().any(|op| std::ptr::eq(*op, *operation)) {
                untested.push(format!("{service}: {}", operation.name));
            }
        }
    }
    assert!(untested.is_empty(), "no test for {}", untested.join(", "));
    println!("{count} operations of {} services, each with a test", services::ALL.len());
}

/// What the documents have is what the tables have: the judge reads the documents by itself.
#[test]
fn every_operation_of_the_documents_is_in_a_table() {
    let mut missing = Vec::new();
    for (service, operations, _) in services::ALL {
        let sampler = dintero_mock::sample::Sampler::new(service, 0).unwrap_or_else(|why| panic!("{why}"));
        for published in sampler.operations() {
            if !operations.iter().any(|op| op.method == published.method && op.path == published.path) {
                missing.push(format!("{service}: {} {}", published.method, published.path));
            }
        }
    }
    assert!(missing.is_empty(), "in a document and in no table: {}", missing.join(", "));
}
