//! Every operation of every document that is built in takes the request that its document asks for, and answers.

use crate::support::{Caller, address, text};
use dintero_mock::Mock;
use dintero_mock::sample::{Fill, Sampler};

const SERVICES: [&str; 25] = [
    "payments",
    "checkout",
    "customers",
    "discounts",
    "orders",
    "products",
    "receipts",
    "wallets",
    "webhooks",
    "insight",
    "management-auth",
    "payout",
    "billing",
    "reports",
    "psp-wallet",
    "apps-directory",
    "audit",
    "notifications",
    "recommendations",
    "core",
    "ledger",
    "terminals",
    "assets",
    "extension",
    "fraud",
];

#[tokio::test]
async fn every_operation_answers_a_request_that_fits() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for service in SERVICES {
        let mock = Mock::builder().service(service).strict(true).stateful(false).start().await.expect(service);
        let caller = Caller::of(&mock);
        let sampler = Sampler::new(service, 3).expect(service).account(mock.account_id());
        for operation in sampler.operations() {
            count += 1;
            for fill in [Fill::Required, Fill::Everything] {
                let name = format!("{} {}", operation.method, operation.path);
                let request = sampler.request(&name, fill).expect("a request");
                let path = address(operation.base_path(), &operation.path, &request, &operation.joined_queries());
                let mut http = caller.anonymous(&operation.method, &path);
                if let Some((name, value)) = mock.credential(operation) {
                    http = http.header(name, value);
                }
                for (name, value) in &request.headers {
                    http = http.header(name.as_str(), text(value));
                }
                if let Some(body) = &request.body {
                    http = http.header("content-type", &body.media_type).body(body.value.to_string());
                }
                let answer = http.send().await.expect("an answer");
                let status = answer.status();
                if !status.is_success() && !status.is_redirection() {
                    wrong.push(format!(
                        "{service} {name} {fill:?}: {status} {}",
                        answer.text().await.unwrap_or_default()
                    ));
                }
            }
        }
        let told: Vec<_> = mock.requests().into_iter().flat_map(|request| request.violations).collect();
        assert!(wrong.is_empty(), "{wrong:#?}\n{told:#?}");
    }
    assert!(count >= 400, "{count} operations");
}
