//! The mock's own paths below `/_mock`, for tests in other languages and for people.

use crate::answer::Answered;
use crate::fault::Fault;
use crate::server::{Server, respond};
use crate::state::Outcome;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
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
        .route("/tokens", axum::routing::delete(revoke))
        .fallback(nothing)
        .method_not_allowed_fallback(nothing)
}

async fn nothing() -> Response {
    let message = "the mock's own paths are GET and DELETE /_mock/requests, POST and DELETE /_mock/faults, \
                   POST /_mock/sessions/{id}/pay, DELETE /_mock/tokens";
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
    let fault = asked.map_err(|why| why.to_string()).and_then(|asked| {
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
        match server.router.operations().any(|operation| fault.is_for(operation)) {
            true => Ok(fault),
            false => Err("no operation that is served is one that the fault is for".into()),
        }
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

async fn pay(State(server): State<Arc<Server>>, Path(id): Path<String>, body: Bytes) -> Response {
    let asked = match body.is_empty() {
        true => Ok(AskedPayment::default()),
        false => serde_json::from_slice(&body).map_err(|why| why.to_string()),
    };
    let outcome = asked.and_then(|asked: AskedPayment| asked.outcome.map_or(Ok(Outcome::Authorized), |o| o.parse()));
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(why) => return respond(Answered::error(StatusCode::BAD_REQUEST, "INVALID_OUTCOME", why, &[])),
    };
    let Some(state) = &server.state else {
        let why = "this mock keeps no sessions";
        return respond(Answered::error(StatusCode::CONFLICT, "CONFLICT", why, &[]));
    };
    respond(match state.pay(&id, outcome) {
        Ok(transaction) => Answered::json(StatusCode::OK, &json!({"session_id": id, "transaction_id": transaction})),
        Err(refused) => refused,
    })
}

async fn revoke(State(server): State<Arc<Server>>) -> Response {
    server.credentials.revoke();
    let answered = Answered { status: StatusCode::NO_CONTENT, headers: Vec::new(), body: Bytes::new() };
    respond(answered.with(header::CACHE_CONTROL, "no-store"))
}
