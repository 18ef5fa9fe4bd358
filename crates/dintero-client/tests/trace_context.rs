//! The trace that a call belongs to goes out with it.

mod support;

use dintero_client::TraceContext;
use opentelemetry::{
    global,
    trace::{TraceContextExt, TracerProvider},
};
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracerProvider};
use serde_json::Value;
use support::{faults::*, *};
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;

#[tokio::test]
async fn each_attempt_carries_the_context_of_its_call() {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let provider = SdkTracerProvider::builder().build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).unwrap();

    let mut server = Faulty::new([say("503 Service Unavailable", "retry-after: 0\r\n", ""), ok()]).await;
    let transport = server.builder().bearer_token("own").hook(TraceContext).build().unwrap();
    let span = tracing::info_span!("order");
    let trace = span.context().span().span_context().trace_id();
    let call = transport.call(&GET);
    let request = send_one(&call, "1", None);
    call.json::<Value>(request).instrument(span).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert!(request.contains(&format!("traceparent: 00-{trace}-")), "{request}");
    }
}
