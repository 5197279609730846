//! Logs: text for people at a terminal, JSON lines for machines. Traces, where a collector is named.

mod otlp;
pub(crate) mod traces;

use std::io::IsTerminal;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt;
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
            // What is logged stays in the logs; the ids there lead to the trace.
            .with_filter(filter::filter_fn(|meta| {
                meta.is_span() && meta.target().starts_with("raally")
            }))
    });
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(spans)
        .try_init()
        .map_err(|error| format!("logging could not be started: {error}"))?;
    Ok(Telemetry { traces })
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
