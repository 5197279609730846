//! Logs: text for people at a terminal, JSON lines for machines. Traces, where a collector is named.

mod otlp;
pub(crate) mod traces;

use std::io::IsTerminal;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, filter};

use crate::config::{LogConfig, LogFormat, TelemetryConfig};

/// What must be ended when the process does.
pub(crate) struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

/// Starts logging to standard error, and tracing. Asks for a Tokio runtime.
pub(crate) fn start(log: &LogConfig, telemetry: &TelemetryConfig) -> Result<Telemetry, String> {
    let filter = EnvFilter::try_new(&log.filter)
        .map_err(|error| format!("the log filter \"{}\" is not right: {error}", log.filter))?;
    let json = match log.format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if json {
        lines.json().flatten_event(true).boxed()
    } else {
        lines.with_target(false).boxed()
    };
    let traces = otlp::provider(telemetry)?;
    let spans = traces.as_ref().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("raally"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            // It refuses no event, see `Wanted`; what is logged stays in the logs all the same,
            // since spans keep no events. The ids there lead to the trace.
            .with_filter(filter::filter_fn(|meta| {
                !meta.is_span() || meta.target().starts_with("raally")
            }))
    });
    tracing_subscriber::registry()
        .with(Wanted {
            lines: filter,
            traced: traces.is_some(),
        })
        .with(lines)
        .with(spans)
        .try_init()
        .map_err(|error| format!("logging could not be started: {error}"))?;
    Ok(Telemetry { traces })
}

/// What is logged, and the spans that are traced. One filter for all layers: a filter of a layer's
/// own keeps what it decided until an event comes, so that one that was only asked whether it would
/// log something, as libraries do, dropped the next event of that thread.
struct Wanted {
    lines: EnvFilter,
    traced: bool,
}

impl Wanted {
    fn is_traced(&self, meta: &Metadata<'_>) -> bool {
        self.traced && meta.is_span() && meta.target().starts_with("raally")
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Wanted {
    fn register_callsite(&self, meta: &'static Metadata<'static>) -> Interest {
        if self.is_traced(meta) {
            return Interest::always();
        }
        Layer::<S>::register_callsite(&self.lines, meta)
    }

    fn enabled(&self, meta: &Metadata<'_>, context: Context<'_, S>) -> bool {
        self.is_traced(meta) || Layer::<S>::enabled(&self.lines, meta, context)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let lines = Layer::<S>::max_level_hint(&self.lines);
        if self.traced { None } else { lines }
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        self.lines.on_new_span(attributes, id, context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.lines.on_record(id, values, context);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.lines.on_enter(id, context);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.lines.on_exit(id, context);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.lines.on_close(id, context);
    }
}

impl Telemetry {
    /// Sends what has not been sent yet.
    pub(crate) async fn stop(self) {
        let Some(provider) = self.traces else {
            return;
        };
        let stopping = tokio::task::spawn_blocking(move || provider.shutdown());
        if let Ok(Err(error)) = stopping.await {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}
