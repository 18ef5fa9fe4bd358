//! A client as it is generated, by hand, and a transport that goes to a mock.

#![allow(dead_code)]

pub mod faults;

use dintero_client::{Builder, Call, Error, Operation, OperationKind, SecurityScheme, Transport, reqwest::Request};
use httpmock::{Method::POST, Mock, MockServer};
use serde_json::json;

pub const ACCOUNT: &str = "T12345678";

pub const READ: Operation = Operation {
    service: "payments",
    name: "get_transaction",
    id: "tid_get",
    kind: OperationKind::Call,
    method: "GET",
    path: "/transactions/{id}",
    server: "https://checkout.dintero.com/v1",
    test_server: "",
    auth: &[SecurityScheme::Bearer],
    scopes: &[],
    accept: "application/json",
    content_type: "",
    idempotent: true,
    takes_key: false,
    moves_money: false,
    paging: None,
    inferred: false,
};
pub static GET: Operation = READ;
pub static PUBLIC: Operation = Operation { name: "public", auth: &[], ..READ };
pub static BASIC: Operation = Operation { name: "basic", auth: &[SecurityScheme::Basic], ..READ };
pub static KEY_OR_BEARER: Operation =
    Operation { name: "key", auth: &[SecurityScheme::ApiKey("x-api-key"), SecurityScheme::Bearer], ..READ };
pub static RAW_TOKEN: Operation = Operation { name: "raw", auth: &[SecurityScheme::RawToken("authorization")], ..READ };
pub static OPTIONAL: Operation =
    Operation { name: "optional", auth: &[SecurityScheme::None, SecurityScheme::Bearer], ..READ };
pub static ANY_TYPE: Operation = Operation { name: "any", accept: "", ..READ };
pub static OTHER_HOST: Operation =
    Operation { name: "other_host", server: "https://api.dintero.com", test_server: "", ..READ };
pub const REFUNDING: Operation = Operation {
    name: "refund",
    method: "POST",
    content_type: "application/json",
    idempotent: false,
    moves_money: true,
    ..READ
};
pub static REFUND: Operation = REFUNDING;

pub static TWO_SERVERS: Operation =
    Operation { name: "two_servers", test_server: "https://checkout.dintero.com/test", ..READ };
pub const CREATING: Operation = Operation { name: "create", moves_money: false, ..REFUNDING };
pub static CREATE: Operation = CREATING;
/// Of a document that takes a key.
pub static KEYED: Operation = Operation { name: "keyed", takes_key: true, ..CREATING };
/// Of a document that takes a key where money is at stake.
pub static KEYED_REFUND: Operation = Operation { name: "keyed_refund", takes_key: true, ..REFUNDING };

/// The request of a call of one thing, with a body of bytes.
pub fn send_one(call: &Call, id: &str, body: Option<Vec<u8>>) -> Result<Request, Error> {
    let mut draft = call.draft();
    draft.path("id", Some(id))?;
    if let Some(body) = body {
        draft.bytes(body);
    }
    draft.build()
}

/// The request of a call of many, with a query.
pub fn list(call: &Call, query: &[(&'static str, Option<String>)]) -> Result<Request, Error> {
    let mut draft = call.draft();
    for (name, value) in query {
        draft.query(name, value.as_ref())?;
    }
    draft.build()
}

/// The request of a call, as a generated builder makes it.
pub fn send(call: &Call) -> Result<Request, Error> {
    send_one(call, "1", None)
}

pub fn builder(server: &MockServer) -> Builder {
    Transport::builder().base_url(server.base_url())
}

pub fn logged_in(server: &MockServer) -> Transport {
    builder(server).login(ACCOUNT, "id", "hunter2").build().unwrap()
}

/// The token endpoint; `expires_in` in seconds.
pub async fn token_endpoint(server: &MockServer, expires_in: i64) -> Mock<'_> {
    server
        .mock_async(|when, then| {
            when.method(POST)
                .path(format!("/v1/accounts/{ACCOUNT}/auth/token"))
                .header("authorization", "Basic aWQ6aHVudGVyMg==")
                .json_body(json!({
                    "grant_type": "client_credentials",
                    "audience": format!("https://api.dintero.com/v1/accounts/{ACCOUNT}"),
                }));
            then.status(200).json_body(json!({
                "access_token": "tok-1", "token_type": "Bearer", "expires_in": expires_in,
            }));
        })
        .await
}

/// Any transaction, with a credential header or without.
pub async fn transaction<'s>(server: &'s MockServer, header: Option<(&str, &str)>) -> Mock<'s> {
    server
        .mock_async(|when, then| {
            let when = when.path("/v1/transactions/1");
            match header {
                Some((name, value)) => when.header(name, value),
                None => when.header_missing("authorization").header_missing("x-api-key"),
            };
            then.status(200).json_body(json!({"id": "1", "amount": 29990}));
        })
        .await
}
