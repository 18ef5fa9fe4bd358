//! A client as it is generated, by hand, and a transport that goes to a mock.

#![allow(dead_code)]

pub mod faults;

use dintero_client::{
    Auth, Builder, Call, Error, Kind, Operation, Transport, progenitor_client,
    reqwest::{self, Request},
};
use httpmock::{Method::POST, Mock, MockServer};
use serde_json::json;

pub const ACCOUNT: &str = "T12345678";

pub const READ: Operation = Operation {
    service: "payments",
    name: "get_transaction",
    id: "tid_get",
    kind: Kind::Call,
    method: "GET",
    path: "/transactions/{id}",
    server: "https://checkout.dintero.com/v1",
    test_server: "",
    auth: &[Auth::Bearer],
    scopes: &[],
    accept: "application/json",
    content_type: "",
    idempotent: true,
    moves_money: false,
    paging: None,
    inferred: false,
};
pub static GET: Operation = READ;
pub static PUBLIC: Operation = Operation { name: "public", auth: &[], ..READ };
pub static BASIC: Operation = Operation { name: "basic", auth: &[Auth::Basic], ..READ };
pub static KEY_OR_BEARER: Operation =
    Operation { name: "key", auth: &[Auth::ApiKey("x-api-key"), Auth::Bearer], ..READ };
pub static RAW_TOKEN: Operation = Operation { name: "raw", auth: &[Auth::RawToken("authorization")], ..READ };
pub static OPTIONAL: Operation = Operation { name: "optional", auth: &[Auth::None, Auth::Bearer], ..READ };
pub static ANY_TYPE: Operation = Operation { name: "any", accept: "", ..READ };
pub static OTHER_HOST: Operation =
    Operation { name: "other_host", server: "https://api.dintero.com", test_server: "", ..READ };
pub static REFUND: Operation = Operation {
    name: "refund",
    method: "POST",
    content_type: "application/json",
    idempotent: false,
    moves_money: true,
    ..READ
};

pub static TWO_SERVERS: Operation =
    Operation { name: "two_servers", test_server: "https://checkout.dintero.com/test", ..READ };
pub static CREATE: Operation = Operation { name: "create", moves_money: false, ..REFUND };

/// What is generated.
pub struct Client<'c> {
    baseurl: std::borrow::Cow<'static, str>,
    client: &'c reqwest::Client,
    call: &'c Call,
}

impl<'c> Client<'c> {
    pub fn of(call: &'c Call) -> Self {
        Self { baseurl: call.base_url(), client: call.http_client(), call }
    }

    pub fn send(&self, id: &str, body: Option<Vec<u8>>) -> Result<Request, Error> {
        let url = format!("{}/transactions/{}", self.baseurl, progenitor_client::encode_path(id));
        let method = self.call.operation().method.parse().unwrap();
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request.header("content-type", "application/octet-stream").body(body);
        }
        self.call.built(request.build().map_err(Into::into))
    }

    pub fn list(&self, path: &str, query: &[(&str, Option<String>)]) -> Result<Request, Error> {
        let mut request = self.client.get(format!("{}{path}", self.baseurl));
        for (name, value) in query {
            request = request.query(&progenitor_client::QueryParam::new(name, value));
        }
        self.call.built(request.build().map_err(Into::into))
    }
}

/// The request of a call, as a generated builder makes it.
pub fn send(call: &Call) -> Result<Request, Error> {
    Client::of(call).send("1", None)
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
