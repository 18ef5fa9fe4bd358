//! Settings of TLS act, whichever TLS is compiled in.

use crate::server;
use crate::support::*;
use dintero_client::{Builder, Error, ErrorKind, Transport, reqwest};
use serde_json::Value;

async fn outcome(builder: Builder) -> Result<Value, Error> {
    let transport = builder.bearer_token("own").build().unwrap();
    let call = transport.call(&GET);
    let request = send_one(&call, "1", None);
    call.json::<Value>(request).await.map(|it| it.into_inner())
}

fn authority() -> reqwest::Certificate {
    reqwest::Certificate::from_pem(server::AUTHORITY).unwrap()
}

fn identity() -> reqwest::Identity {
    #[cfg(any(feature = "rustls", feature = "rustls-aws-lc"))]
    return reqwest::Identity::from_pem(&[server::CLIENT, server::CLIENT_KEY].concat()).unwrap();
    #[cfg(not(any(feature = "rustls", feature = "rustls-aws-lc")))]
    return reqwest::Identity::from_pkcs8_pem(server::CLIENT, server::CLIENT_KEY).unwrap();
}

#[tokio::test]
async fn fault_13_a_private_authority_is_trusted_where_the_program_says_so() {
    let url = server::serve();
    let new = || Transport::builder().base_url(&url).retry(dintero_client::RetryPolicy::none());
    let error = outcome(new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    let told = outcome(new().configure_http(|client| client.tls_certs_merge([authority()]))).await;
    assert_eq!(told.unwrap()["knows_client"], false);
    let told = outcome(new().configure_http(|client| client.tls_certs_only([authority()]))).await;
    assert!(told.is_ok(), "{told:?}");
    let told = outcome(new().configure_http(|client| client.tls_danger_accept_invalid_certs(true))).await;
    assert!(told.is_ok(), "{told:?}");
    // Still none of those who did not say so.
    assert!(outcome(new()).await.is_err());
}

#[tokio::test]
async fn fault_13_a_client_shows_the_identity_that_it_is_given() {
    let url = server::serve();
    let builder = Transport::builder()
        .base_url(&url)
        .configure_http(|client| client.tls_certs_merge([authority()]).identity(identity()));
    assert_eq!(outcome(builder).await.unwrap()["knows_client"], true);
}
