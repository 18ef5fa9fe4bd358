//! A client as progenitor writes it, by hand, and a transport that goes to a mock.

#![allow(dead_code)]

pub mod faults;

use dintero_client::{
    Auth, Builder, Call, Kind, Operation, Transport,
    progenitor_client::{self, ByteStream, ClientHooks, ClientInfo, OperationInfo, ResponseValue},
    reqwest,
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

/// What progenitor generates.
#[derive(Clone, Debug)]
pub struct Client {
    baseurl: String,
    client: reqwest::Client,
    inner: Call,
}

impl ClientInfo<Call> for Client {
    fn api_version() -> &'static str {
        "1.0.0"
    }
    fn baseurl(&self) -> &str {
        &self.baseurl
    }
    fn client(&self) -> &reqwest::Client {
        &self.client
    }
    fn inner(&self) -> &Call {
        &self.inner
    }
}

dintero_client::hooks!(Client);

pub type Raw = Result<ResponseValue<ByteStream>, progenitor_client::Error<()>>;

impl Client {
    pub fn of(call: &Call) -> Self {
        Self { baseurl: call.base_url().into_owned(), client: call.http_client(), inner: call.clone() }
    }

    pub async fn send(&self, id: &str, body: Option<Vec<u8>>) -> Raw {
        let url = format!("{}/transactions/{}", self.baseurl, progenitor_client::encode_path(id));
        let method = self.inner.operation().method.parse().unwrap();
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request.header("content-type", "application/octet-stream").body(body);
        }
        self.finish(request).await
    }

    pub async fn list(&self, path: &str, query: &[(&str, Option<String>)]) -> Raw {
        let mut request = self.client.get(format!("{}{path}", self.baseurl));
        for (name, value) in query {
            request = request.query(&progenitor_client::QueryParam::new(name, value));
        }
        self.finish(request).await
    }

    async fn finish(&self, request: reqwest::RequestBuilder) -> Raw {
        let mut request = request.build()?;
        let info = OperationInfo { operation_id: "send" };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200..=299 => Ok(ResponseValue::stream(response)),
            _ => Err(progenitor_client::Error::UnexpectedResponse(response)),
        }
    }
}

/// Sends a call as a generated builder does, up to the decoding.
pub async fn send(call: &Call) -> Raw {
    Client::of(call).send("1", None).await
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
