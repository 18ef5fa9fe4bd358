//! Sends the trace that a call belongs to.

use opentelemetry::{global, propagation::Injector};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::{Attempt, Hook};

/// Puts the context of the current span on each attempt, by the propagator that the program has set for
/// OpenTelemetry: `traceparent` and `tracestate` with the usual one.
///
/// The span is the call's own, below that of the caller. Without a propagator or a layer of `tracing-opentelemetry`
/// nothing is put on. Attempts at other hosts than Dintero's, where a redirect leads, carry none.
///
/// ```
/// use dintero_client::{TraceContext, Transport};
///
/// let transport = Transport::builder().bearer_token("t").hook(TraceContext).build()?;
/// # let _ = transport;
/// # Ok::<(), dintero_client::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct TraceContext;

impl Hook for TraceContext {
    fn before(&self, attempt: &mut Attempt<'_>) {
        let context = Span::current().context();
        global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut Headers(attempt)));
    }
}

struct Headers<'h, 'a>(&'h mut Attempt<'a>);

impl Injector for Headers<'_, '_> {
    fn set(&mut self, name: &str, value: String) {
        // What cannot be put on is left out: a trace is no reason to fail a call.
        let _ = value.is_empty() || self.0.add_header(name, &value);
    }
}
