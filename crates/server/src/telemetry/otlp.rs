//! Sends traces to a collector: OTLP over HTTP, as protobuf.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Request, Response};
use bytes::Bytes;
use hyper_rustls::HttpsConnectorBuilder;
use opentelemetry::KeyValue;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tokio::runtime::Handle;

use crate::config::TelemetryConfig;

/// How long a collector may take for a batch.
const TIMEOUT: Duration = Duration::from_secs(10);

/// `None` where no collector is named.
pub(super) fn provider(config: &TelemetryConfig) -> Result<Option<SdkTracerProvider>, String> {
    if !config.is_on() {
        return Ok(None);
    }
    if !(0.0..=1.0).contains(&config.sample_ratio) {
        return Err("telemetry.sample_ratio must be from 0 to 1".to_owned());
    }
    let wrong = |error: &dyn std::fmt::Display| format!("telemetry.endpoint is not right: {error}");
    let client = client(&config.endpoint).map_err(|e| wrong(&e))?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!(
            "{}/v1/traces",
            config.endpoint.trim_end_matches('/')
        ))
        .with_http_client(Client {
            client,
            runtime: Handle::current(),
        })
        .with_timeout(TIMEOUT)
        .build()
        .map_err(|e| wrong(&e))?;
    let resource = Resource::builder()
        .with_service_name("raally")
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    // Whoever called us has decided whether the trace is recorded.
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.sample_ratio)));
    let provider = SdkTracerProvider::builder()
        .with_max_events_per_span(0)
        .with_batch_exporter(exporter)
        .with_sampler(sampler)
        .with_resource(resource)
        .build();
    Ok(Some(provider))
}

fn client(endpoint: &str) -> std::io::Result<Arc<dyn HttpClient>> {
    if !endpoint.starts_with("https:") {
        return Ok(Arc::new(HyperClient::with_default_connector(TIMEOUT, None)));
    }
    let tls = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::aws_lc_rs::default_provider())?
        .https_only()
        .enable_http1()
        .build();
    Ok(Arc::new(HyperClient::new(tls, TIMEOUT, None)))
}

/// The exporter has a thread of its own; requests are made in our runtime.
#[derive(Debug)]
struct Client {
    client: Arc<dyn HttpClient>,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = Arc::clone(&self.client);
        let sending = self
            .runtime
            .spawn(async move { client.send_bytes(request).await });
        sending.await?
    }
}
