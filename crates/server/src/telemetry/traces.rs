//! One trace from a request to what follows from it: through the outbox, the bus and the consumers.

use std::sync::Arc;

use async_trait::async_trait;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use raally_app::consumers::{
    Applied, ConsumeError, EventBatch, Projection, Reactor, ReceivedEvent, Registered,
};
use raally_app::ports::{Bus, BusError, Content, Message, Subscription, Topic};
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

    fn outlives_process(&self) -> bool {
        self.0.outlives_process()
    }

    async fn deliver_to(&self, group: &str, message: Message) -> Result<(), BusError> {
        self.0.deliver_to(group, message).await
    }

    async fn lag(&self, group: &str) -> Result<u64, BusError> {
        self.0.lag(group).await
    }

    async fn dead_letters(&self, group: &str) -> Result<Vec<(Message, String)>, BusError> {
        self.0.dead_letters(group).await
    }

    async fn topics(&self) -> Result<Vec<Topic>, BusError> {
        self.0.topics().await
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
pub(crate) fn traced(consumer: Registered) -> Registered {
    match consumer {
        Registered::Projection(inner) => Registered::projection(TracedProjection(inner)),
        Registered::Reactor(inner) => Registered::reactor(TracedReactor(inner)),
    }
}

struct TracedProjection(Arc<dyn Projection>);

#[async_trait]
impl Projection for TracedProjection {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn wants(&self, event_type: &str) -> bool {
        self.0.wants(event_type)
    }

    async fn apply(&self, batch: &EventBatch<'_>) -> Result<Applied, ConsumeError> {
        let first = batch.first.message;
        let applied = in_span(span(self.name(), first), self.0.apply(batch)).await;
        if let Ok(Applied::Through(last)) = applied {
            // The traces of the events that were applied with the first lead here too.
            for message in batch.lookahead.iter().take_while(|m| m.seq <= last) {
                if let Some(span) = span(self.name(), message) {
                    span.record("applied_with", first.seq);
                }
            }
        }
        applied
    }
}

struct TracedReactor(Arc<dyn Reactor>);

#[async_trait]
impl Reactor for TracedReactor {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn wants(&self, event_type: &str) -> bool {
        self.0.wants(event_type)
    }

    fn is_idempotent(&self) -> bool {
        self.0.is_idempotent()
    }

    async fn react(&self, event: &ReceivedEvent<'_>) -> Result<(), ConsumeError> {
        in_span(span(self.name(), event.message), self.0.react(event)).await
    }
}

/// Awaits an effect within its span, where its event belongs to a trace.
async fn in_span<T>(
    span: Option<Span>,
    effect: impl Future<Output = Result<T, ConsumeError>>,
) -> Result<T, ConsumeError> {
    let Some(span) = span else {
        return effect.await;
    };
    let result = within(parent(&span), effect).instrument(span.clone()).await;
    if result.is_err() {
        span.record("otel.status_code", "ERROR");
    }
    result
}

/// A consumer's span that continues the trace that a message belongs to.
fn span(consumer: &'static str, message: &Message) -> Option<Span> {
    let cause = message.trace.as_ref()?;
    let span = tracing::info_span!(
        "consume",
        otel.kind = "consumer",
        otel.status_code = field::Empty,
        consumer,
        stream = %message.stream,
        seq = message.seq,
        applied_with = field::Empty,
        trace_id = cause.trace_id(),
    );
    continues(&span, cause);
    Some(span)
}
