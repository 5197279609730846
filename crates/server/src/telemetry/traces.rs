//! One trace from a request to what follows from it: through the outbox, the bus and the consumers.

use std::sync::Arc;

use async_trait::async_trait;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use raally_app::consumers::{Consumer, Effect, Given, Refusal};
use raally_app::ports::{Bus, BusError, Content, Message, Subscription};
use raally_app::trace::{TraceParent, within};
use raally_domain::stream::StreamId;
use tracing::{Instrument, Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Makes the span a part of that trace. Asks that nothing has been done in it yet.
pub(crate) fn continues(span: &Span, parent: &TraceParent) {
    let mut parts = parent.as_str().split('-').skip(1);
    let mut next = || parts.next().unwrap_or_default();
    let (Ok(trace), Ok(parent), Ok(flags)) = (
        TraceId::from_hex(next()),
        SpanId::from_hex(next()),
        u8::from_str_radix(next(), 16),
    ) else {
        return;
    };
    let flags = TraceFlags::new(flags) & TraceFlags::SAMPLED;
    let parent = SpanContext::new(trace, parent, flags, true, TraceState::default());
    // Without a collector there is nothing to continue.
    let _ = span.set_parent(opentelemetry::Context::new().with_remote_span_context(parent));
}

/// What follows from the span; `None` where it is not recorded.
pub(crate) fn parent(span: &Span) -> Option<TraceParent> {
    let context = span.context();
    let span = context.span();
    let context = span.span_context();
    if !context.is_valid() || !context.is_sampled() {
        return None;
    }
    let (trace, span) = (context.trace_id(), context.span_id());
    TraceParent::read(&format!("00-{trace}-{span}-01"))
}

/// A bus to which the relay publishes: the way of a traced event is a span.
pub(crate) struct TracedBus(pub Arc<dyn Bus>);

#[async_trait]
impl Bus for TracedBus {
    async fn publish(&self, mut messages: Vec<Message>) -> Result<(), BusError> {
        let mut spans = Vec::new();
        for message in &mut messages {
            let Some(cause) = &message.trace else {
                continue;
            };
            let span = tracing::info_span!(
                "publish",
                otel.kind = "producer",
                stream = %message.stream,
                seq = message.seq,
                trace_id = cause.trace_id(),
            );
            continues(&span, cause);
            message.trace = parent(&span).or_else(|| message.trace.take());
            spans.push(span);
        }
        self.0.publish(messages).await
    }

    async fn subscribe(&self, group: &str) -> Result<Box<dyn Subscription>, BusError> {
        self.0.subscribe(group).await
    }

    async fn content(&self) -> Result<Option<Content>, BusError> {
        self.0.content().await
    }

    async fn waiting(&self, group: &str) -> Result<u64, BusError> {
        self.0.waiting(group).await
    }

    async fn dead_letters(&self, group: &str) -> Result<Vec<(Message, String)>, BusError> {
        self.0.dead_letters(group).await
    }

    async fn ping(&self) -> Result<(), BusError> {
        self.0.ping().await
    }

    async fn replay(&self, group: &str, stream: StreamId) -> Result<(), BusError> {
        self.0.replay(group, stream).await
    }
}

/// A consumer whose effects are spans of the traces that their events belong to; what an effect
/// writes belongs to them too.
pub(crate) struct TracedConsumer(pub Arc<dyn Consumer>);

#[async_trait]
impl Consumer for TracedConsumer {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn wants(&self, event_type: &str) -> bool {
        self.0.wants(event_type)
    }

    fn keeps_its_place(&self) -> bool {
        self.0.keeps_its_place()
    }

    async fn handle(&self, given: &Given<'_>) -> Result<Effect, Refusal> {
        let effect = match self.span(given.message) {
            None => self.0.handle(given).await,
            Some(span) => {
                let handled = within(parent(&span), self.0.handle(given));
                let effect = handled.instrument(span.clone()).await;
                if effect.is_err() {
                    span.record("otel.status_code", "ERROR");
                }
                effect
            }
        };
        if let Ok(Effect::NotedTo(last)) = effect {
            // The traces of what was taken with it lead here too.
            for message in given.behind.iter().take_while(|m| m.seq <= last) {
                if let Some(span) = self.span(message) {
                    span.record("taken_with", given.message.seq);
                }
            }
        }
        effect
    }
}

impl TracedConsumer {
    /// Continues the trace that a message belongs to.
    fn span(&self, message: &Message) -> Option<Span> {
        let cause = message.trace.as_ref()?;
        let span = tracing::info_span!(
            "consume",
            otel.kind = "consumer",
            otel.status_code = field::Empty,
            consumer = self.name(),
            stream = %message.stream,
            seq = message.seq,
            taken_with = field::Empty,
            trace_id = cause.trace_id(),
        );
        continues(&span, cause);
        Some(span)
    }
}
