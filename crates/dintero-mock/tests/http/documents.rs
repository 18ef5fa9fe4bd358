//! Documents of one's own, of both versions, in place of those built in.

use crate::support::{Caller, DOCUMENTS, answer, shop};
use dintero_mock::Mock;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

const NEW: &str = "openapi: 3.1.0
info: {title: New, version: '1'}
servers: [{url: 'https://new.example.com/v9'}]
security: []
paths:
  /things/{id}:
    get:
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: kind, in: query, schema: {type: [string, 'null'], enum: [a, null]}}
      responses:
        '200':
          description: OK
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Thing'}
components:
  schemas:
    Thing:
      type: object
      required: [at, parent]
      properties:
        at: {type: integer, exclusiveMinimum: 3, exclusiveMaximum: 5}
        kind: {const: thing}
        parent: {anyOf: [{$ref: '#/components/schemas/Thing'}, {type: 'null'}]}
        both: {$ref: '#/components/schemas/Name', maxLength: 3}
        odd: {type: string, pattern: '(?P<bad>['}
    Name: {type: string}
";

#[tokio::test]
async fn a_document_of_3_1_is_served_and_what_cannot_be_is_told() {
    let folder = folder(&[("new.yaml", NEW), ("old.yaml", "swagger: '2.0'\npaths: {}"), ("bad.json", "{")]);
    let mock = Mock::builder().documents(folder.path()).strict(true).start().await.expect("mock");
    let notes = mock.notes().join("\n");
    assert!(
        notes.contains("old.yaml: is Swagger 2.0") && notes.contains("bad.json: is neither YAML nor JSON"),
        "{notes}"
    );
    assert!(notes.contains("new: /components/schemas/Thing/properties/odd/pattern"), "{notes}");
    let caller = Caller::of(&mock);
    let (status, body) = answer(caller.anonymous("GET", "/v9/things/1?kind=a")).await;
    assert!(status == 200 && body["at"] == 4 && body["kind"] == "thing", "{body}");
    assert_eq!(answer(caller.anonymous("GET", "/v9/things/1?kind=b")).await.0, 400);
    let (status, told) = caller.get("/v9/things/1").await;
    assert!(
        status == 400 && told["error"]["errors"][0]["pointer"] == "/header/authorization",
        "a public operation: {told}"
    );
    // The login comes with it all the same.
    let login =
        caller.anonymous("POST", "/v1/accounts/T12345678/auth/token").basic_auth("mock-client", Some("mock-secret"));
    let body = serde_json::json!({"grant_type": "client_credentials", "audience": "https://api.dintero.com/v1/accounts/T12345678"});
    assert_eq!(answer(login.json(&body)).await.0, 200);
}

#[tokio::test]
async fn a_lifecycle_that_has_another_shape_keeps_no_state_and_says_so() {
    let text = "openapi: 3.0.0
servers: [{url: 'https://checkout.dintero.com/v1'}]
security: []
paths:
  /transactions/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: OK, content: {application/json: {schema: {type: object, properties: {sum: {type: integer}}}}}}}";
    let folder = folder(&[("payments.yaml", text)]);
    let mock = Mock::builder().documents(folder.path()).start().await.expect("mock");
    let notes = mock.notes().join("\n");
    assert!(notes.contains("GET /transactions/{id} of payments keeps no state"), "{notes}");
    let (status, body) = answer(Caller::of(&mock).anonymous("GET", "/v1/transactions/any")).await;
    assert!(status == 200 && body["sum"].is_i64(), "{body}");
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    for (files, why) in [(&[("old.yaml", "swagger: '2.0'")][..], "Swagger 2.0"), (&[][..], "none can be served")] {
        let folder = folder(files);
        let problem = Mock::builder().documents(folder.path()).start().await.expect_err("nothing to serve").to_string();
        assert!(problem.contains(why), "{problem}");
    }
    let problem = Mock::builder().documents(DOCUMENTS).service("shup").start().await.expect_err("unknown").to_string();
    assert!(problem.contains("shop"), "{problem}");
    let first = shop().start().await.expect("mock");
    let port = first.address().port();
    let problem = shop().port(port).start().await.expect_err("taken").to_string();
    assert!(problem.contains(&port.to_string()) && problem.contains("another port"), "{problem}");
}

#[test]
fn it_starts_without_a_runtime_too() {
    let mock = shop().start_blocking().expect("mock");
    assert!(std::net::TcpStream::connect(mock.address()).is_ok());
}
