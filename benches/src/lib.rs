//! What the benches share: the answers, the hand-written client, and the server.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A captured card payment, with what a real one has.
pub fn transaction(number: usize) -> Value {
    let address = json!({
        "first_name": "Kari", "last_name": "Nordmann", "address_line": "Storgata 1",
        "postal_code": "0155", "postal_place": "Oslo", "country": "NO",
        "email": "kari@example.test", "phone_number": "+4712345678",
    });
    let item = |line: usize| {
        json!({
            "id": format!("sku-{line}"), "line_id": line.to_string(), "amount": 29990,
            "description": "Running shoes, size 42", "quantity": 1, "vat": 25, "vat_amount": 5998,
        })
    };
    let event = |name: &str, status: &str| {
        json!({
            "id": format!("{name}-{number}"), "event": name, "amount": 59980, "success": true,
            "transaction_status": status, "created_at": "2026-11-23T09:00:00.250Z",
            "created_by": "checkout", "items": [item(1), item(2)],
            "metadata": {"payout_correlation_id": "c-1"},
        })
    };
    json!({
        "id": format!("T12345678.465U8CUzaPVpneu1wt{number:04}"),
        "amount": 59980, "currency": "NOK", "payment_product": "card",
        "payment_product_type": "card.credit", "status": "CAPTURED",
        "settlement_status": "AWAITING_SETTLEMENT", "channel": "ecommerce",
        "merchant_reference": format!("order-{number}"), "merchant_reference_2": "web",
        "session_id": "T12345678.465U8CUzaPVpneu1wt8Wei", "customer_ip": "127.0.0.1",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
        "created_at": "2026-11-23T09:00:00.250Z", "updated_at": "2026-11-23T09:05:00.500Z",
        "card": {
            "brand": "Visa", "masked_pan": "411111******1111", "expiry_date": "2030-01",
            "type": "CREDIT", "country": "NO", "payment_token_id": "t-1",
        },
        "customer": {"customer_id": "c-1", "email": "kari@example.test", "phone_number": "+4712345678"},
        "billing_address": address, "shipping_address": address,
        "items": [item(1), item(2)],
        "events": [event("AUTHORIZE", "AUTHORIZED"), event("CAPTURE", "CAPTURED")],
        "metadata": {"bambora:transaction_id": "b-1", "bambora:wallet": "none", "shop": "oslo"},
        "url": {
            "redirect_url": "https://shop.example.test/receipt",
            "callback_url": "https://shop.example.test/callback?method=GET",
        },
    })
}

/// A page of transactions.
pub fn page(length: usize) -> String {
    Value::from_iter((0..length).map(transaction)).to_string()
}

/// A page in which three fields of ten are such as no version knows.
pub fn page_with_unknown(length: usize) -> String {
    let mut page = Value::from_iter((0..length).map(transaction));
    more(&mut page);
    page.to_string()
}

fn more(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(more);
            for number in 0..fields.len() * 3 / 7 {
                let value = match number % 3 {
                    0 => json!("a text of tomorrow"),
                    1 => json!(29990),
                    _ => json!({"code": "x", "list": [1, 2, 3]}),
                };
                fields.insert(format!("later_{number}"), value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(more),
        _ => {}
    }
}

/// The same by hand: what somebody would write who reads these answers and no others.
pub mod hand {
    use super::*;

    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub struct Transaction {
        pub id: String,
        pub amount: i64,
        pub currency: String,
        pub payment_product: String,
        pub payment_product_type: String,
        pub status: Status,
        pub settlement_status: Option<String>,
        pub channel: Option<String>,
        pub merchant_reference: Option<String>,
        pub merchant_reference_2: Option<String>,
        pub session_id: Option<String>,
        pub customer_ip: Option<String>,
        pub user_agent: Option<String>,
        pub created_at: Option<Time>,
        pub updated_at: Option<Time>,
        pub card: Option<Card>,
        pub customer: Option<Customer>,
        pub billing_address: Option<Address>,
        pub shipping_address: Option<Address>,
        #[serde(default)]
        pub items: Vec<Item>,
        #[serde(default)]
        pub events: Vec<Event>,
        #[serde(default)]
        pub metadata: HashMap<String, Value>,
        pub url: Option<Urls>,
    }

    pub type Time = chrono::DateTime<chrono::Utc>;

    #[derive(Clone, Copy, Debug, Serialize, Deserialize)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    pub enum Status {
        Initiated,
        Authorized,
        Captured,
        Refunded,
        #[serde(other)]
        Other,
    }

    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub struct Card {
        pub brand: Option<String>,
        pub masked_pan: Option<String>,
        pub expiry_date: Option<String>,
        #[serde(rename = "type")]
        pub kind: Option<String>,
        pub country: Option<String>,
        pub payment_token_id: Option<String>,
    }

    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub struct Customer {
        pub customer_id: Option<String>,
        pub email: Option<String>,
        pub phone_number: Option<String>,
    }

    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub struct Address {
        pub first_name: Option<String>,
        pub last_name: Option<String>,
        pub address_line: Option<String>,
        pub postal_code: Option<String>,
        pub postal_place: Option<String>,
        pub country: Option<String>,
        pub email: Option<String>,
        pub phone_number: Option<String>,
    }

    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub struct Item {
        pub id: Option<String>,
        pub line_id: Option<String>,
        pub amount: Option<i64>,
        pub description: Option<String>,
        pub quantity: Option<f64>,
        pub vat: Option<f64>,
        pub vat_amount: Option<i64>,
    }

    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub struct Event {
        pub id: Option<String>,
        pub event: Option<String>,
        pub amount: Option<f64>,
        pub success: Option<bool>,
        pub transaction_status: Option<Status>,
        pub created_at: Option<Time>,
        pub created_by: Option<String>,
        #[serde(default)]
        pub items: Vec<Item>,
        #[serde(default)]
        pub metadata: HashMap<String, Value>,
    }

    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub struct Urls {
        pub redirect_url: Option<String>,
        pub callback_url: Option<String>,
    }
}

/// An HTTP client as a program makes one by hand.
pub fn http() -> reqwest::Client {
    // An error means that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// Answers every request on a loopback address with this body, in a thread of its own; gives the
/// address.
pub fn serve(body: String) -> std::io::Result<String> {
    let answer =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let answer: &'static [u8] = Vec::leak(answer.into_bytes());
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener)?;
            loop {
                let (mut stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                tokio::spawn(async move {
                    let mut seen = Vec::new();
                    while let Ok(1..) = stream.read_buf(&mut seen).await {
                        // The benches send requests without bodies, one at a time.
                        if seen.ends_with(b"\r\n\r\n") {
                            seen.clear();
                            if stream.write_all(answer).await.is_err() {
                                break;
                            }
                        }
                    }
                });
            }
            #[allow(unreachable_code)]
            std::io::Result::Ok(())
        })
    });
    Ok(url)
}
