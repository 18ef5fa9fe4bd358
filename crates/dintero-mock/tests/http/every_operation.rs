//! Every operation of a document takes the request that the document asks for, and answers. Those of the pinned documents
//! are judged by the conformance suite, which knows what their crates can send.

use crate::support::{Caller, DOCUMENTS, address, text};
use dintero_mock::sample::{Fill, Sampler};
use dintero_mock::{Document, Mock};
use std::sync::Arc;

#[tokio::test]
async fn every_operation_answers_a_request_that_fits() {
    let mut count = 0;
    for service in ["shop"] {
        let mock = Mock::builder().documents(DOCUMENTS).service(service).strict(true).stateful(false);
        let mock = mock.start().await.expect(service);
        let caller = Caller::of(&mock);
        let file = format!("{DOCUMENTS}/{service}.yaml");
        let document = std::fs::read_to_string(&file).expect("a document");
        let document = Document::parse(service, &file, &document).expect("a document");
        let sampler = Sampler::of(Arc::new(document), 3).account(mock.account_id());
        let mut wrong = Vec::new();
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
                    let told = answer.text().await.unwrap_or_default();
                    wrong.push(format!("{service} {name} {fill:?}: {status} {told}"));
                }
            }
        }
        let told: Vec<_> = mock.requests().into_iter().flat_map(|request| request.violations).collect();
        assert!(wrong.is_empty(), "{wrong:#?}\n{told:#?}");
    }
    assert!(count >= 20, "{count} operations");
}
