//! A shop that writes down what it is sent, and answers as it is told.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

/// A request that came.
#[derive(Clone)]
pub struct Got {
    pub method: String,
    pub path: String,
    pub query: String,
    headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Got {
    /// Empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

#[derive(Default)]
struct Told {
    statuses: HashMap<String, u16>,
    next: HashMap<String, VecDeque<u16>>,
    bodies: HashMap<String, Value>,
}

#[derive(Clone)]
struct Shared {
    told: Arc<Mutex<Told>>,
    got: watch::Sender<Vec<Got>>,
}

pub struct Receiver {
    shared: Shared,
    address: std::net::SocketAddr,
}

async fn take(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let path = parts.uri.path().to_owned();
    let got = Got {
        method: parts.method.to_string(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        path: path.clone(),
        body,
    };
    shared.got.send_modify(|all| all.push(got));
    let mut told = shared.told.lock().expect("lock");
    let next = told.next.get_mut(&path).and_then(VecDeque::pop_front);
    let status = next.or_else(|| told.statuses.get(&path).copied()).unwrap_or(200);
    let body = told.bodies.get(&path).map(ToString::to_string).unwrap_or_default();
    (StatusCode::from_u16(status).expect("status"), body).into_response()
}

impl Receiver {
    pub async fn start() -> Self {
        let shared = Shared { told: Arc::default(), got: watch::Sender::default() };
        let app = Router::new().fallback(take).with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
        let address = listener.local_addr().expect("address");
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { shared, address }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn answers(&self, path: &str, status: u16) {
        self.shared.told.lock().expect("lock").statuses.insert(path.into(), status);
    }

    pub fn answers_next(&self, path: &str, statuses: &[u16]) {
        self.shared.told.lock().expect("lock").next.insert(path.into(), statuses.iter().copied().collect());
    }

    pub fn answers_with(&self, path: &str, body: Value) {
        self.shared.told.lock().expect("lock").bodies.insert(path.into(), body);
    }

    /// Everything that came, once it is so much.
    pub async fn wait_for(&self, number: usize) -> Vec<Got> {
        let mut got = self.shared.got.subscribe();
        let enough = tokio::time::timeout(Duration::from_secs(20), got.wait_for(|all| all.len() >= number)).await;
        match enough {
            Ok(all) => all.expect("the shop runs").clone(),
            Err(_) => panic!("{number} requests were to come; {} did", self.shared.got.borrow().len()),
        }
    }
}
