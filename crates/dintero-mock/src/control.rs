//! The mock's own paths below `/_mock`, for tests in other languages and for people.

use crate::answer::Answered;
use crate::express;
use crate::fault::Fault;
use crate::page;
use crate::post::{WEATHER_HEADER, Weather};
use crate::server::{Server, respond};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/requests", get(requests).delete(forget_requests))
        .route("/faults", post(add_fault).delete(forget_faults))
        .route("/sessions/{id}/pay", post(pay))
        .route("/sessions/{id}/address", post(address))
        .route("/sessions/{id}/discount-codes", post(discount_codes))
        .route("/deliveries", get(deliveries).delete(forget_deliveries))
        .route("/weather", post(add_weather).delete(forget_weather))
        .route("/tokens", axum::routing::delete(revoke))
        .fallback(nothing)
        .method_not_allowed_fallback(nothing)
}

async fn nothing() -> Response {
    let message = "the mock's own paths are GET and DELETE /_mock/requests, GET and DELETE /_mock/deliveries, \
                   POST and DELETE /_mock/faults, POST and DELETE /_mock/weather, POST /_mock/sessions/{id}/pay, POST \
                   /_mock/sessions/{id}/address, POST /_mock/sessions/{id}/discount-codes, DELETE /_mock/tokens";
    respond(Answered::error(StatusCode::NOT_FOUND, "NOT_FOUND", message, &[]))
}

async fn requests(State(server): State<Arc<Server>>) -> Response {
    let all: Value = server.log.all().iter().map(|received| received.to_json()).collect();
    respond(Answered::json(StatusCode::OK, &all))
}

async fn forget_requests(State(server): State<Arc<Server>>) -> StatusCode {
    server.log.clear();
    StatusCode::NO_CONTENT
}

/// `{"fault": "status=503; retry-after=1", "operation": "...", "service": "...", "times": 1}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedFault {
    fault: String,
    operation: Option<String>,
    service: Option<String>,
    times: Option<u32>,
}

async fn add_fault(State(server): State<Arc<Server>>, body: Bytes) -> Response {
    let asked: Result<AskedFault, _> = serde_json::from_slice(&body);
    let fault: Result<Fault, String> = asked.map_err(|why| why.to_string()).and_then(|asked| {
        let mut fault: Fault = asked.fault.parse()?;
        if let Some(operation) = asked.operation {
            fault = fault.on(operation);
        }
        if let Some(service) = asked.service {
            fault = fault.in_service(service);
        }
        if let Some(times) = asked.times {
            fault = fault.times(times);
        }
        fault.check(server.router.operations()).map_err(|problem| problem.to_string())?;
        Ok(fault)
    });
    match fault {
        Ok(fault) => {
            server.faults.add(fault);
            respond(Answered { status: StatusCode::NO_CONTENT, headers: Vec::new(), body: Bytes::new() })
        }
        Err(why) => respond(Answered::error(StatusCode::BAD_REQUEST, "INVALID_FAULT", why, &[])),
    }
}

async fn forget_faults(State(server): State<Arc<Server>>) -> StatusCode {
    server.faults.clear();
    StatusCode::NO_CONTENT
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedPayment {
    outcome: Option<String>,
}

async fn pay(State(server): State<Arc<Server>>, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let asked = match body.is_empty() {
        true => Ok(AskedPayment::default()),
        false => serde_json::from_slice(&body).map_err(|why| why.to_string()),
    };
    let asked = match asked {
        Ok(asked) => asked.outcome.unwrap_or_else(|| "authorized".into()),
        Err(why) => return respond(Answered::error(StatusCode::BAD_REQUEST, "INVALID_OUTCOME", why, &[])),
    };
    let weather = match headers.get(WEATHER_HEADER).map(|text| String::from_utf8_lossy(text.as_bytes()).parse()) {
        None => None,
        Some(Ok(weather)) => Some(weather),
        Some(Err(why)) => return respond(invalid_weather(why)),
    };
    let Some(state) = &server.state else {
        let why = "this mock keeps no sessions";
        return respond(Answered::error(StatusCode::CONFLICT, "CONFLICT", why, &[]));
    };
    respond(match page::end(state, &id, &asked, weather.as_ref()) {
        Ok(ended) => {
            let body = json!({"session_id": id, "transaction_id": ended.transaction, "error": ended.error});
            Answered::json(StatusCode::OK, &body)
        }
        Err(refused) => refused,
    })
}

/// The customer of an express checkout gives an address: the fields of one.
async fn address(State(server): State<Arc<Server>>, Path(id): Path<String>, body: Bytes) -> Response {
    let address: Value = match serde_json::from_slice(&body) {
        Ok(address @ Value::Object(_)) => address,
        _ => return respond(Answered::error(StatusCode::BAD_REQUEST, "INVALID_ADDRESS", "an object is needed", &[])),
    };
    let set = |session: &mut serde_json::Map<String, Value>| {
        if let Some(Value::Object(order)) = session.get_mut("order") {
            order.insert("shipping_address".into(), address);
        }
    };
    respond(express::ask(&server, "address", &id, set).await)
}

/// The customer of an express checkout gives discount codes: `["SUMMER"]`.
async fn discount_codes(State(server): State<Arc<Server>>, Path(id): Path<String>, body: Bytes) -> Response {
    let codes: Vec<String> = match serde_json::from_slice(&body) {
        Ok(codes) => codes,
        Err(why) => {
            return respond(Answered::error(StatusCode::BAD_REQUEST, "INVALID_CODES", why.to_string(), &[]));
        }
    };
    let set = |session: &mut serde_json::Map<String, Value>| {
        if let Some(Value::Object(order)) = session.get_mut("order") {
            order.insert("discount_codes".into(), json!(codes));
        }
    };
    respond(express::ask(&server, "discount-codes", &id, set).await)
}

async fn deliveries(State(server): State<Arc<Server>>) -> Response {
    let all: Value = server.post.deliveries().iter().map(|delivery| delivery.to_json()).collect();
    respond(Answered::json(StatusCode::OK, &all))
}

async fn forget_deliveries(State(server): State<Arc<Server>>) -> StatusCode {
    server.post.forget_deliveries();
    StatusCode::NO_CONTENT
}

/// `{"weather": "duplicate; on=checkout_transaction; times=1"}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedWeather {
    weather: String,
}

async fn add_weather(State(server): State<Arc<Server>>, body: Bytes) -> Response {
    let asked: Result<AskedWeather, _> = serde_json::from_slice(&body);
    match asked.map_err(|why| why.to_string()).and_then(|asked| asked.weather.parse::<Weather>()) {
        Ok(weather) => {
            server.post.weathers.add(weather);
            respond(Answered { status: StatusCode::NO_CONTENT, headers: Vec::new(), body: Bytes::new() })
        }
        Err(why) => respond(invalid_weather(why)),
    }
}

fn invalid_weather(why: String) -> Answered {
    Answered::error(StatusCode::BAD_REQUEST, "INVALID_WEATHER", why, &[])
}

async fn forget_weather(State(server): State<Arc<Server>>) -> StatusCode {
    server.post.weathers.clear();
    StatusCode::NO_CONTENT
}

async fn revoke(State(server): State<Arc<Server>>) -> Response {
    server.credentials.revoke();
    let answered = Answered { status: StatusCode::NO_CONTENT, headers: Vec::new(), body: Bytes::new() };
    respond(answered.with(header::CACHE_CONTROL, "no-store"))
}
