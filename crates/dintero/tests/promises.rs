//! Each way to make a client against each promise of the runtime: none of the ways loses one. The client is that of a
//! document of our own, tests/shop.yaml.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use dintero::{AccountId, AttemptDone, Dintero, Error, ErrorKind, Hook, RetryPolicy, Transport, TransportBuilder};
use dintero_shop::Client;

const SECRET: &str = "hunter2-secret";

/// What came in, and how the next answers are.
#[derive(Default)]
struct Service {
    logins: AtomicUsize,
    calls: AtomicUsize,
    /// How many calls are turned away from now on.
    busy: AtomicUsize,
    /// Bytes of a successful answer.
    long: AtomicUsize,
}

fn serve() -> (String, Arc<Service>) {
    let service = Arc::new(Service::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let all = Arc::clone(&service);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let service = Arc::clone(&all);
            std::thread::spawn(move || answer(stream.unwrap(), &service));
        }
    });
    (url, service)
}

fn answer(mut stream: TcpStream, service: &Service) {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut piece) {
        request.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let told = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() < told.map_or(0, |told| told.parse().unwrap()) {
            continue;
        }
        request.clear();
        let (status, body) = if head.starts_with("POST") {
            service.logins.fetch_add(1, SeqCst);
            (200, format!(r#"{{"access_token":"token-{SECRET}","expires_in":3600}}"#))
        } else {
            service.calls.fetch_add(1, SeqCst);
            match service.busy.fetch_update(SeqCst, SeqCst, |busy| busy.checked_sub(1)) {
                Ok(_) => (503, r#"{"error":{"code":"busy","message":"a\nb"}}"#.to_owned()),
                Err(_) => (200, format!("[]{}", " ".repeat(service.long.load(SeqCst)))),
            }
        };
        let _ = write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    }
}

#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Hook for Count {
    fn after(&self, _: &AttemptDone<'_>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// The settings of the table, but for the login.
fn set(builder: TransportBuilder, url: &str, count: &Count) -> TransportBuilder {
    let quick = RetryPolicy::default().base_delay(Duration::ZERO).max_attempts(3);
    builder.base_url(url).hook(count.clone()).retry(quick).max_response_bytes(1000).retry_budget(4)
}

fn login(builder: TransportBuilder) -> TransportBuilder {
    builder.login("T12345678", "id", SECRET)
}

type Make = fn(&str, &Count) -> (Client, String);

/// Each way, with all that can be shown of what it makes.
const WAYS: [(&str, Make); 7] = [
    ("Dintero::builder", |url, count| {
        let dintero = Dintero::builder().login("T12345678", "id", SECRET).transport(|it| set(it, url, count));
        let dintero = dintero.build().unwrap();
        (Client::new(dintero.transport().clone()), format!("{dintero:?}"))
    }),
    ("Dintero::builder with base_url and hook of its own", |url, count| {
        let dintero = Dintero::builder().transport(|it| set(it, "http://127.0.0.1:9", &Count::default()));
        let dintero = dintero.login("T12345678", "id", SECRET).base_url(url).hook(count.clone()).build().unwrap();
        (Client::new(dintero.transport().clone()), format!("{dintero:?}"))
    }),
    ("Dintero::builder with the environment", |url, count| {
        let dintero = Dintero::builder().login_from_env().transport(|it| set(it, url, count)).build().unwrap();
        (Client::new(dintero.transport().clone()), format!("{dintero:?}"))
    }),
    ("Dintero::new", |url, count| {
        let dintero = Dintero::new(login(set(Transport::builder(), url, count)).build().unwrap());
        (Client::new(dintero.transport().clone()), format!("{dintero:?}"))
    }),
    ("Client::new", |url, count| {
        let transport = login(set(Transport::builder(), url, count)).build().unwrap();
        (Client::new(transport.clone()), format!("{transport:?}"))
    }),
    ("Client::new with the environment", |url, count| {
        let transport = set(Transport::builder(), url, count).login_from_env().build().unwrap();
        (Client::new(transport.clone()), format!("{transport:?}"))
    }),
    ("for_account", |url, count| {
        let transport = login(set(Transport::builder(), url, count)).build().unwrap();
        let transport = transport.for_account("T87654321".parse::<AccountId>().unwrap());
        (Client::new(transport.clone()), format!("{transport:?}"))
    }),
];

async fn call(shop: &Client) -> Result<(), Error> {
    shop.list_transactions().send().await.map(|_| ())
}

/// With the environment of a login, which a test cannot set for itself alone.
#[test]
fn each_way_to_make_a_client_keeps_each_promise() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "the_table", "--nocapture"])
        .env("DINTERO_ACCOUNT_ID", "T12345678")
        .env("DINTERO_CLIENT_ID", "id")
        .env("DINTERO_CLIENT_SECRET", SECRET)
        .output()
        .unwrap();
    let told = [child.stdout, child.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(child.status.success(), "{told}");
    // None that ran would be a success, too.
    assert!(told.contains("1 passed"), "{told}");
    println!("{told}");
}

#[tokio::test]
#[ignore = "run by each_way_to_make_a_client_keeps_each_promise, in an environment of its own"]
async fn the_table() {
    if std::env::var("DINTERO_CLIENT_SECRET").is_ok_and(|secret| secret == SECRET) {
        table().await;
    }
}

async fn table() {
    println!("| way | retries | one login | hook | budget | limit | outcome | redaction |");
    for (way, make) in WAYS {
        let (url, service) = serve();
        let count = Count::default();
        let (shop, shown) = make(&url, &count);
        let told = |value: &AtomicUsize| value.swap(0, SeqCst);

        // One login, however many calls and clones.
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..5 {
            let shop = shop.clone();
            calls.spawn(async move { call(&shop).await });
        }
        assert!(calls.join_all().await.iter().all(Result::is_ok), "{way}: calls");
        assert_eq!((told(&service.logins), told(&service.calls)), (1, 5), "{way}: one login");
        assert_eq!(told(&count.0), 5, "{way}: hook");

        // Two retries, within the attempts of the policy and seen by the hook.
        service.busy.store(2, SeqCst);
        call(&shop).await.unwrap();
        assert_eq!((told(&service.calls), told(&count.0)), (3, 3), "{way}: retries");

        // Two more, and then the budget of all calls is spent.
        service.busy.store(9, SeqCst);
        let error = call(&shop).await.unwrap_err();
        assert_eq!((error.kind(), told(&service.calls)), (ErrorKind::Status, 3), "{way}: attempts");
        call(&shop).await.unwrap_err();
        assert_eq!(told(&service.calls), 1, "{way}: budget");
        assert_eq!(error.outcome(), dintero::Outcome::Refused, "{way}: outcome of a read");

        service.busy.store(0, SeqCst);
        service.long.store(1001, SeqCst);
        let large = call(&shop).await.unwrap_err();
        assert_eq!(large.kind(), ErrorKind::TooLarge, "{way}: limit");
        assert_eq!(large.outcome(), dintero::Outcome::Done, "{way}: outcome");

        let all = format!("{shown} {shop:?} {error} {error:?} {large:?}");
        assert!(!all.contains(SECRET) && !all.contains('\n'), "{way}: redaction: {all}");
        println!("| {way} | 3 of 3 | 1 of 5 calls | 8 of 8 | 4 | 1000 bytes | told | nothing shown |");
    }

    // Without settings there is no server to ask; what is made is what the builder makes.
    let by_env = format!("{:?}", Transport::from_env().unwrap());
    assert_eq!(by_env, format!("{:?}", Transport::builder().login_from_env().build().unwrap()));
    let dintero = Dintero::from_env().unwrap();
    assert!(format!("{dintero:?}").contains("login: true") && !format!("{dintero:?}{by_env}").contains(SECRET));
    println!("| from_env | as Dintero::builder with the environment, by what is made | | | | | | nothing shown |");
}

#[test]
fn a_message_names_the_builder_that_was_used() {
    let dintero = Dintero::builder().base_url("http://127.0.0.1:9").build().unwrap_err().to_string();
    assert!(dintero.contains("to `Dintero::builder()`"), "{dintero}");
    let transport = Transport::builder().base_url("http://127.0.0.1:9").build().unwrap_err().to_string();
    assert!(transport.contains("to `Transport::builder()`"), "{transport}");
}
