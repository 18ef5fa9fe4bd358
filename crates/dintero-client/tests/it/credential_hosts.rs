//! Who may be given a credential, whatever the table of operations says.
//!
//! The table comes from a published document, so a server in it is a stranger's word.

use std::sync::{Arc, Mutex};

use crate::support::{faults::*, *};
use dintero_client::{Builder, Error, ErrorKind, Operation, RetryPolicy, SecurityScheme, Transport, reqwest::Method};
use reqwest::dns::{Name, Resolve, Resolving};
use serde_json::Value;

/// Knows no name, and notes the names it was asked for: a call that comes so far was let out.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<String>>>);

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        self.0.lock().unwrap().push(name.as_str().to_owned());
        Box::pin(async { Err("nobody has this name".into()) })
    }
}

impl Names {
    fn builder(&self) -> Builder {
        let names = self.clone();
        Transport::builder()
            .retry(RetryPolicy::none())
            .configure_http(move |client| client.dns_resolver(Arc::new(names.clone())).no_proxy())
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A table entry with a server that only the test knows.
fn at(server: &str, operation: &Operation) -> &'static Operation {
    Box::leak(Box::new(Operation { server: String::leak(server.to_owned()), ..*operation }))
}

async fn outcome(transport: &Transport, operation: &'static Operation) -> Result<Value, Error> {
    let call = transport.call(operation);
    call.clone().json::<Value>(send(&call)).await.map(|it| it.into_inner())
}

/// Every kind of credential: what the transport has, and an operation that takes it.
fn kinds(new: impl Fn() -> Builder) -> Vec<(Builder, &'static Operation)> {
    let login = || new().login(ACCOUNT, "id", "hunter2");
    vec![
        (new().bearer_token("own"), &GET),
        (new().bearer_token("own"), &REFUND),
        (new().bearer_token("own"), &OPTIONAL),
        (new().bearer_token("own"), &RAW_TOKEN),
        (new().api_key("key-1"), &KEY_OR_BEARER),
        (login(), &GET),
        (login(), &BASIC),
    ]
}

#[tokio::test]
async fn no_stranger_gets_a_credential() {
    let names = Names::default();
    // It stands for the host of the login, so that a token request would be seen; of the others it is a stranger.
    let mut server = Faulty::new([token("tok-1", 60), ok()]).await;
    let port = server.url.rsplit(':').next().unwrap();
    let other = Faulty::new([ok()]).await;
    let servers = [
        ("https://collect.evil.example/v1".to_owned(), "collect.evil.example"),
        ("https://COLLECT.evil.example/v1".to_owned(), "collect.evil.example"),
        ("https://api.dintero.com@evil.example/v1".to_owned(), "evil.example"),
        ("https://api.dintero.com:443@evil.example/v1".to_owned(), "evil.example"),
        ("https://me:hunter2@checkout.dintero.com/v1".to_owned(), "checkout.dintero.com"),
        ("https://evil.example\\@checkout.dintero.com/v1".to_owned(), "evil.example"),
        ("https:///me:hunter2@evil.example/v1".to_owned(), "evil.example"),
        ("https://\n/me:hunter2@evil.example/v1".to_owned(), "evil.example"),
        ("https://evil.example\\.dintero.com/v1".to_owned(), "evil.example"),
        ("https://evil.example#.dintero.com/v1".to_owned(), "evil.example"),
        ("https://evil.example?.dintero.com/v1".to_owned(), "evil.example"),
        ("https://notdintero.com/v1".to_owned(), "notdintero.com"),
        ("https://dintero.com/v1".to_owned(), "dintero.com"),
        ("https://dintero.com.evil.example/v1".to_owned(), "dintero.com.evil.example"),
        ("https://checkout.dintero.com.evil.example/v1".to_owned(), "checkout.dintero.com.evil.example"),
        ("https://checkout.dintero.com./v1".to_owned(), "checkout.dintero.com."),
        ("https://checkout.dintеro.com/v1".to_owned(), "checkout.xn--"),
        ("https://checkout.dintero.com:8443/v1".to_owned(), "checkout.dintero.com:8443"),
        ("http://checkout.dintero.com/v1".to_owned(), "checkout.dintero.com"),
        ("http://checkout.dintero.com:443/v1".to_owned(), "checkout.dintero.com"),
        ("https://203.0.113.7/v1".to_owned(), "203.0.113.7"),
        ("https://[2001:db8::7]/v1".to_owned(), "2001:db8::7"),
        (format!("{}/v1", other.url), "127.0.0.1"),
        (format!("http://localhost:{port}/v1"), "localhost"),
    ];
    for (address, host) in &servers {
        let new = || names.builder().base_url_for("api.dintero.com", &server.url);
        for (builder, operation) in kinds(new) {
            let transport = builder.build().unwrap();
            let error = outcome(&transport, at(address, operation)).await.unwrap_err();
            let text = error.to_string();
            assert!(text.contains(host), "{address}: {text}");
            assert!(text.starts_with(&format!("payments.{} (", operation.name)), "{text}");
            assert!(!text.contains("hunter2") && !text.contains("own") && !error.is_retryable(), "{text}");
        }
        // Of test accounts the other server counts.
        let operation = Operation { test_server: String::leak(address.clone()), ..GET };
        let transport = new().account_id("T1").bearer_token("own").build().unwrap();
        outcome(&transport, Box::leak(Box::new(operation))).await.unwrap_err();
    }
    assert_eq!(names.asked(), [""; 0]);
    assert_eq!((server.connections(), other.connections()), (0, 0));
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn the_error_says_what_to_do() {
    let transport = Names::default().builder().bearer_token("own").build().unwrap();
    let error = outcome(&transport, at("https://collect.evil.example/v1", &GET)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(
        error.to_string(),
        "payments.get_transaction (GET /transactions/{id}): nothing was sent to `collect.evil.example`: the operation's \
         server is not one of the hosts that may be given a credential; if it is right, allow it by giving \
         `credential_host` to `Transport::builder()`"
    );
    let error = outcome(&transport, at("https://api.dintero.com:8443/v1", &GET)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    let text = error.to_string();
    assert!(text.contains("`https://api.dintero.com:8443`") && text.contains("base_url_for"), "{text}");
}

/// The rule, told once more in another way, against every mixture of its parts.
#[tokio::test]
async fn a_credential_goes_where_the_rule_says_and_nowhere_else() {
    let names = Names::default();
    let transport =
        names.builder().allow_http().credential_host("pay.example.com").bearer_token("own").build().unwrap();
    let good = ["api.dintero.com", "API.Dintero.Com", "a.b.dintero.com", "pay.example.com"];
    let bad = [
        "dintero.com",
        "dintero.com.",
        "api.dintero.com.",
        ".dintero.com",
        "api..dintero.com",
        "xdintero.com",
        "dintero.com.evil.example",
        "evil.example",
        "example.com",
        "www.pay.example.com",
        "pay.example.com.",
        "pay.example.com.evil.example",
        "api.dintero.co",
        "api-dintero.com",
        "dintero.com%2eevil.example",
        "192.0.2.1",
        "[::ffff:192.0.2.1]",
        "3221225985",
        "0x7f.1",
    ];
    let mut let_out = 0;
    for host in good.iter().chain(&bad) {
        for scheme in ["https", "HTTPS", "http"] {
            for user in ["", "me@", "me:pw@", "api.dintero.com@", ":@", "@"] {
                for port in ["", ":443", ":80", ":8443"] {
                    for path in ["", "/", "/v1", "/v1/"] {
                        let address = format!("{scheme}://{user}{host}{port}{path}");
                        let error = outcome(&transport, at(&address, &GET)).await.unwrap_err();
                        let may = good.contains(host)
                            && !scheme.starts_with("http:")
                            && scheme.eq_ignore_ascii_case("https")
                            && user.is_empty()
                            && matches!(port, "" | ":443");
                        match may {
                            true => assert_eq!(names.asked(), [host.to_ascii_lowercase()], "{address}: {error}"),
                            false => assert_eq!(names.asked(), [""; 0], "{address}: {error}"),
                        }
                        assert_eq!(error.kind() == ErrorKind::Connect, may, "{address}: {error}");
                        let_out += usize::from(may);
                    }
                }
            }
        }
    }
    assert_eq!(let_out, good.len() * 2 * 2 * 4);
}

#[tokio::test]
async fn what_stands_in_for_a_stranger_gets_the_credential() {
    for address in ["https://checkout.dintero.com/v1", "https://collect.evil.example/v1", "http://192.0.2.1:81/v1"] {
        let mut server = Faulty::new([ok(), ok()]).await;
        let host = address.split(['/', ':']).nth(3).unwrap();
        for builder in [server.builder(), Transport::builder().base_url_for(host, &server.url)] {
            outcome(&builder.bearer_token("own").build().unwrap(), at(address, &GET)).await.unwrap();
        }
        for request in server.requests() {
            assert!(request.contains("authorization: Bearer own"), "{request}");
        }
        assert_eq!(server.connections(), 2);
    }
}

#[tokio::test]
async fn a_host_that_the_program_allows_gets_the_credential() {
    let mut server = Faulty::new([ok()]).await;
    let address = format!("{}/v1", server.url);
    let transport = Transport::builder()
        .credential_host("api.example.com")
        .credential_host("127.0.0.1")
        .bearer_token("own")
        .build()
        .unwrap();
    outcome(&transport, at(&address, &GET)).await.unwrap();
    assert!(server.request().await.contains("authorization: Bearer own"));

    let names = Names::default();
    let transport = names.builder().credential_host("Api.Example.com").bearer_token("own").build().unwrap();
    let error = outcome(&transport, at("https://api.example.com/v1", &GET)).await.unwrap_err();
    assert_eq!((error.kind(), names.asked()), (ErrorKind::Connect, vec!["api.example.com".to_owned()]));
    let error = transport.request(Method::GET, "https://api.example.com/v1").send::<Value>().await.unwrap_err();
    assert_eq!((error.kind(), names.asked().len()), (ErrorKind::Connect, 1));
    for address in ["http://api.example.com/v1", "https://api.example.com:8443/v1", "https://other.example.com/v1"] {
        outcome(&transport, at(address, &GET)).await.unwrap_err();
        assert_eq!(names.asked(), [""; 0], "{address}");
    }
}

#[tokio::test]
async fn a_whole_address_on_an_allowed_host_goes_to_its_stand_in() {
    let mut server = Faulty::new([ok()]).await;
    let transport = server.builder().credential_host("api.example.com").bearer_token("own").build().unwrap();
    transport.request(Method::GET, "https://api.example.com/v7/x").send::<Value>().await.unwrap();
    assert!(server.request().await.starts_with("GET /v7/x "));
}

#[tokio::test]
async fn hosts_of_a_crate_are_allowed_for_it_alone_and_share_the_login() {
    let mut server = Faulty::new([token("tok-1", 600)]).await;
    let names = Names::default();
    let shared =
        names.builder().base_url_for("api.dintero.com", &server.url).login(ACCOUNT, "id", "hunter2").build().unwrap();
    let own = shared.with_credential_hosts(&["api.example.com", ".example.net"]);
    for (transport, address, may) in [
        (&own, "https://api.example.com/v1", true),
        (&own, "https://x.example.net/v1", true),
        (&own, "https://checkout.dintero.com/v1", true),
        (&own, "https://example.net/v1", false),
        (&own, "http://x.example.net/v1", false),
        (&own, "https://www.example.com/v1", false),
        (&own.for_account("T2".parse().unwrap()), "https://www.example.com/v1", false),
        (&own.with_credential_hosts(&["www.example.com"]), "https://www.example.com/v1", true),
        (&own.with_credential_hosts(&["www.example.com"]), "https://api.example.com/v1", true),
        (&shared, "https://api.example.com/v1", false),
        (&shared.with_credential_hosts(&[".dintero.com"]), "https://api.example.com/v1", false),
        (&shared.with_credential_hosts(&[]), "https://api.example.com/v1", false),
    ] {
        let error = outcome(transport, at(address, &GET)).await.unwrap_err();
        assert_eq!(error.kind() == ErrorKind::Connect, may, "{address}: {error}");
        assert_eq!(names.asked().len(), usize::from(may), "{address}: {error}");
    }
    // One token for all of them.
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_operation_without_credential_may_be_called_anywhere() {
    static NOTHING_AT_HAND: Operation =
        Operation { name: "nothing_at_hand", auth: &[SecurityScheme::Bearer, SecurityScheme::None], ..READ };
    let mut server = Faulty::new([ok(), ok()]).await;
    let address = format!("{}/v1", server.url);
    let with_all = Transport::builder().login(ACCOUNT, "id", "hunter2").bearer_token("own").api_key("key-1");
    // A header for every call may be a secret, so it stays at home as it does when a redirect leads away.
    let with_all = with_all.header("x-shop", "shop-1").user_agent("shop/1");
    outcome(&with_all.build().unwrap(), at(&address, &PUBLIC)).await.unwrap();
    outcome(&Transport::builder().anonymous().build().unwrap(), at(&address, &NOTHING_AT_HAND)).await.unwrap();
    for (request, agent) in
        server.requests().iter().zip(["user-agent: shop/1 dintero-rust", "user-agent: dintero-rust"])
    {
        assert!(request.contains(agent), "{request}");
        for secret in ["authorization", "x-api-key", "own", "key-1", "shop-1", "hunter2"] {
            assert!(!request.contains(secret), "{request}");
        }
    }
    assert_eq!(server.connections(), 2);

    // No user name of the document's either, for it would be a credential.
    let named = address.replace("http://", "http://me:hunter2@");
    let error = outcome(&Transport::builder().anonymous().build().unwrap(), at(&named, &PUBLIC)).await.unwrap_err();
    assert!(error.to_string().contains("127.0.0.1") && !error.to_string().contains("hunter2"), "{error}");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_default_header_is_no_way_around() {
    let server = Faulty::new([ok()]).await;
    let transport = Transport::builder().header("x-api-key", "key-1").api_key("key-1").build().unwrap();
    let error = outcome(&transport, at(&format!("{}/v1", server.url), &KEY_OR_BEARER)).await.unwrap_err();
    assert_eq!((error.kind(), server.connections()), (ErrorKind::Auth, 0));
}

#[tokio::test]
async fn a_credential_that_the_caller_sets_is_the_callers_choice() {
    let mut server = Faulty::new([ok()]).await;
    let transport = Transport::builder().bearer_token("own").build().unwrap();
    let mut call = transport.call(at(&format!("{}/v1", server.url), &GET));
    call.set_header("authorization", "Bearer theirs");
    call.clone().json::<Value>(send(&call)).await.unwrap();
    let request = server.request().await;
    assert!(request.contains("Bearer theirs") && !request.contains("own"), "{request}");
}

/// A path of the table that goes on where the host ends.
#[tokio::test]
async fn a_path_cannot_change_the_host() {
    let names = Names::default();
    let transport = names.builder().bearer_token("own").api_key("key-1").build().unwrap();
    for path in
        ["@evil.example/x", ".evil.example/x", ":8443/x", ":pw@evil.example/x", "\\@evil.example", ":@evil.example"]
    {
        for operation in [&GET, &PUBLIC, &KEY_OR_BEARER] {
            let operation = Operation { path, ..*at("https://api.dintero.com", operation) };
            let call = transport.call(Box::leak(Box::new(operation)));
            let error = call.clone().json::<Value>(list(&call, &[])).await.unwrap_err();
            let asked = names.asked();
            assert!(asked.iter().all(|name| name == "api.dintero.com"), "{path}: {error} {asked:?}");
        }
    }
}

/// An answer of a stranger's asks for nothing that the first request did not have.
#[tokio::test]
async fn a_stranger_gets_no_credential_by_retries_or_redirects() {
    let busy = say("503 Service Unavailable", "retry-after: 0\r\n", "");
    let on = say("302 Found", "location: /v1/on\r\n", "");
    let denied = say("401 Unauthorized", "www-authenticate: Basic realm=x\r\n", "");
    let mut server = Faulty::new([busy.clone(), on, busy, denied]).await;
    let transport = Transport::builder().login(ACCOUNT, "id", "hunter2").bearer_token("own").api_key("key-1");
    let transport = transport.header("x-shop", "shop-1").build().unwrap();
    let error = outcome(&transport, at(&format!("{}/v1", server.url), &PUBLIC)).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 401);
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    for request in &requests {
        for secret in ["authorization", "x-api-key", "own", "key-1", "shop-1", "hunter2"] {
            assert!(!request.contains(secret), "{request}");
        }
    }
}
