//! A program that has a crypto provider of its own keeps it, and a transport takes none from it.

#![cfg(any(feature = "rustls", feature = "rustls-aws-lc"))]

#[path = "support/tls.rs"]
mod server;
mod support;

use dintero_client::{Transport, reqwest};
use rustls::crypto::{CryptoProvider, ring};
use serde_json::Value;
use support::*;

#[tokio::test]
async fn a_transport_leaves_the_provider_to_the_program() {
    let plain = Transport::builder().bearer_token("own").build().unwrap();
    assert!(CryptoProvider::get_default().is_none(), "installed behind the program's back");
    // The program comes later, with another than that of the transport if aws-lc is compiled in.
    let mut own = ring::default_provider();
    own.kx_groups.truncate(1);
    own.install_default().unwrap();

    let url = server::serve();
    let transport = Transport::builder()
        .base_url(&url)
        .bearer_token("own")
        .configure_http(|client| client.tls_certs_only([reqwest::Certificate::from_pem(server::AUTHORITY).unwrap()]));
    let transport = transport.build().unwrap();
    let call = transport.call(&GET);
    let request = send_one(&call, "1", None);
    call.json::<Value>(request).await.unwrap();
    assert_eq!(CryptoProvider::get_default().unwrap().kx_groups.len(), 1, "the program's own is still there");
    drop(plain);
}
