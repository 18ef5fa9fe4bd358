//! A customer pays at the example shop in a real browser. Ignored unless asked for: it needs `chromedriver` and Chromium
//! (Debian: `chromium-driver`).
//!
//! `cargo test -p dintero --test browser -- --ignored`; screenshots are left in the build's folder for temporary files.

#[allow(dead_code)]
#[path = "../examples/shop.rs"]
mod shop;

use dintero::Dintero;
use dintero::events::{CallbackVerifier, EventVerifier};
use dintero_mock::{Mock, Pay};
use serde_json::{Value, json};
use shop::{OrderState, Shop};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A browser, driven by W3C WebDriver.
struct Browser {
    driver: Child,
    session: String,
    http: reqwest::Client,
}

impl Browser {
    async fn start() -> Self {
        let mut driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn().unwrap();
        let mut told = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = told.find_map(|line| line.split_once("successfully on port ").map(|(_, port)| port.to_owned()));
        let port = port.unwrap().trim_end_matches('.').to_owned();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::new();
        let args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=700,700"];
        let options = json!({"browserName": "chrome", "goog:chromeOptions": {"args": args}});
        let mut browser = Self { driver, session: format!("http://127.0.0.1:{port}/session"), http };
        let made = browser.ask("POST", "", json!({"capabilities": {"alwaysMatch": options}})).await;
        browser.session = format!("{}/{}", browser.session, made["sessionId"].as_str().unwrap());
        browser
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        let mut request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.session));
        if method == "POST" {
            request = request.body(body.to_string()).header("content-type", "application/json");
        }
        let answer = request.send().await.unwrap().text().await.unwrap();
        let mut answer: Value = serde_json::from_str(&answer).unwrap();
        let value = answer["value"].take();
        assert!(value.get("error").is_none(), "{method} {path}: {value}");
        value
    }

    async fn open(&self, url: &str) {
        self.ask("POST", "/url", json!({"url": url})).await;
    }

    /// Clicks, and gives where that leads and what is shown there.
    async fn click(&self, selector: &str) -> (String, String) {
        let found = self.ask("POST", "/element", json!({"using": "css selector", "value": selector})).await;
        let id = found.as_object().unwrap().values().next().and_then(Value::as_str).unwrap().to_owned();
        self.ask("POST", &format!("/element/{id}/click"), json!({})).await;
        let url = self.ask("GET", "/url", json!({})).await;
        let text = self.ask("GET", "/source", json!({})).await;
        (url.as_str().unwrap().to_owned(), text.as_str().unwrap().to_owned())
    }

    async fn screenshot(&self, name: &str) {
        use base64::Engine;
        let shot = self.ask("GET", "/screenshot", json!({})).await;
        let shot = base64::engine::general_purpose::STANDARD.decode(shot.as_str().unwrap()).unwrap();
        let file = format!("{}/{name}.png", env!("CARGO_TARGET_TMPDIR"));
        std::fs::write(&file, shot).unwrap();
        println!("{file}");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser ends with its driver.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs chromedriver and Chromium; cargo test -p dintero --test browser -- --ignored"]
async fn a_customer_pays_declines_and_cancels_in_a_browser() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let public = format!("http://{}", listener.local_addr().unwrap());
    let mock = Mock::builder().service("payments").pay(Pay::Manual).signature_secret("s");
    let mock = mock.webhook(format!("{public}/events"), "w").start().await.unwrap();
    let dintero = Dintero::builder()
        .login(mock.account_id(), mock.client_id(), mock.client_secret())
        .base_url(mock.base_url())
        .build()
        .unwrap();
    let callbacks = CallbackVerifier::new(mock.account_id().parse().unwrap(), ["s"]).unwrap();
    let shop = Shop::new(dintero, "default", &public, callbacks, EventVerifier::hmac_sha1(["w"]).unwrap());
    let app = shop.clone().app();
    tokio::spawn(async move { axum::serve(listener, app).await });

    let browser = Browser::start().await;
    for (outcome, query, said, state) in [
        ("authorized", "&session_id=", "Thank you!", OrderState::Captured),
        ("declined", "&error=authorization", "did not come about", OrderState::Open),
        ("on_hold", "?transaction_id=", "waiting", OrderState::OnHold),
        ("cancelled", "&error=cancelled", "You cancelled", OrderState::Open),
        ("leave", "&error=cancelled", "You cancelled", OrderState::Open),
    ] {
        browser.open(&shop.place(outcome, 29990).await.unwrap()).await;
        if outcome == "authorized" {
            browser.screenshot("checkout").await;
        }
        let (url, page) = browser.click(&format!("button[value={outcome}]")).await;
        assert!(url.starts_with(&format!("{public}/thanks?")) && url.contains(query), "{outcome}: {url}");
        assert!(page.contains(said), "{outcome}: {page}");
        assert!(mock.delivered(Duration::from_secs(20)).await);
        assert_eq!(shop.order(outcome).unwrap().state, state, "{outcome}");
    }
    browser.screenshot("back").await;
}
