//! Every operation of every service, through the generated client and the real transport, judged by a server that was
//! made from the published documents and shares nothing with the generator.
//!
//! Each service is judged by its own document alone. What of a document cannot be made, so that it is judged by nobody, is
//! told by name and counted (`what_is_not_judged_is_told`): a new document turns nothing red without a fault of ours.
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

use dintero_client::OperationKind;

#[test]
fn every_operation_has_a_test() {
    let mut untested = Vec::new();
    let mut count = 0;
    for (service, operations, tested) in services::ALL {
        for operation in operations.iter().filter(|op| op.kind == OperationKind::Call) {
            count += 1;
            if !tested.iter().any(|op| std::ptr::eq(*op, *operation)) {
                untested.push(format!("{service}: {}", operation.name));
            }
        }
    }
    assert!(untested.is_empty(), "no test for {}", untested.join(", "));
    println!("{count} operations of {} services, each with a test", services::ALL.len());
}

/// On standard error, which is shown whether or not all goes well.
#[test]
fn what_is_not_judged_is_told() {
    use std::io::Write;
    let (mut told, mut operations) = (Vec::new(), 0);
    for (service, all, _) in services::ALL {
        let calls: Vec<_> = all.iter().copied().filter(|op| op.kind == OperationKind::Call).collect();
        operations += calls.len();
        told.extend(judge::unmade(service, &calls));
    }
    let lines: String = told.iter().map(|line| format!("  not judged: {line}\n")).collect();
    let count = format!("conformance: of {operations} operations, {} requests or answers are not judged\n", told.len());
    std::io::stderr().write_all((count + &lines).as_bytes()).expect("told");
}

/// What the documents have is what the tables have: the judge reads the documents by itself.
#[test]
fn every_operation_of_the_documents_is_in_a_table() {
    let mut missing = Vec::new();
    for (service, operations, _) in services::ALL {
        // One that the judge cannot read is told by the test above.
        let Ok(sampler) = dintero_mock::sample::Sampler::new(service, 0) else { continue };
        for published in sampler.operations() {
            if !operations.iter().any(|op| op.method == published.method && op.path == published.path) {
                missing.push(format!("{service}: {} {}", published.method, published.path));
            }
        }
    }
    assert!(missing.is_empty(), "in a document and in no table: {}", missing.join(", "));
}
