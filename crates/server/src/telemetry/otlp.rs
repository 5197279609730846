//! Sends traces to a collector: OTLP over HTTP, as protobuf.

use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Request, Response};
use bytes::Bytes;
use opentelemetry::KeyValue;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tokio::runtime::Handle;

use crate::config::TelemetryConfig;

/// How long a collector may take for a batch.
const PATIENCE: Duration = Duration::from_secs(10);

/// `None` where no collector is named.
pub(super) fn provider(config: &TelemetryConfig) -> Result<Option<SdkTracerProvider>, String> {
    if !config.is_on() {
        return Ok(None);
    }
    if !(0.0..=1.0).contains(&config.sample_ratio) {
        return Err("telemetry.sample_ratio must be from 0 to 1".to_owned());
    }
    let wrong = |error: &dyn std::fmt::Display| format!("telemetry.endpoint is not right: {error}");
    // Another part may have chosen the same before.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(PATIENCE).build();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!(
            "{}/v1/traces",
            config.endpoint.trim_end_matches('/')
        ))
        .with_http_client(Client {
            client: client.map_err(|e| wrong(&e))?,
            runtime: Handle::current(),
        })
        .with_timeout(PATIENCE)
        .build()
        .map_err(|e| wrong(&e))?;
    let resource = Resource::builder()
        .with_service_name("raally")
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    // Whoever called us has decided whether the trace is recorded.
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.sample_ratio)));
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(sampler)
        .with_resource(resource)
        .build();
    Ok(Some(provider))
}

/// The exporter has a thread of its own; requests are made in our runtime.
#[derive(Debug)]
struct Client {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sending = self.runtime.spawn(async move {
            let answer = client.execute(request.try_into()?).await?;
            let mut response = Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                *headers = answer.headers().clone();
            }
            let body = answer.bytes().await?;
            Ok::<_, HttpError>(response.body(body)?)
        });
        sending.await?
    }
}
