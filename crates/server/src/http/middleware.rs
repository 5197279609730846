//! The outermost layer: every request gets an id and is counted, every panic becomes a problem,
//! every problem gets its document, every answer its security headers.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt;
use raally_app::trace::{TraceParent, within};
use tracing::{Instrument, field};

use super::App;
use super::problem::{Problem, ProblemKind};
use crate::telemetry::traces;
use raally_domain::problem::Message;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What API answers may do in a browser: nothing.
const API_CSP: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'");

const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    ),
];

const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

pub(crate) async fn run(State(app): State<App>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = app.services.uuid().to_string();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let named = route.as_deref().unwrap_or("other");
    let came = came(request.headers());
    let span = tracing::info_span!(
        "request",
        otel.name = %format_args!("{method} {named}"),
        otel.kind = "server",
        otel.status_code = field::Empty,
        http.response.status_code = field::Empty,
        id = %id,
        method = %method,
        route = named,
        tenant = field::Empty,
        trace_id = came.as_ref().map(TraceParent::trace_id),
    );
    if let Some(came) = &came {
        traces::continues(&span, came);
    }
    let trace = traces::parent(&span);
    if came.is_none()
        && let Some(begun) = &trace
    {
        span.record("trace_id", begun.trace_id());
    }
    let _in_flight = app.lifecycle.enter();
    let work = AssertUnwindSafe(within(trace, next.run(request))).catch_unwind();
    let response = match work.instrument(span.clone()).await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!(parent: &span, "a request panicked");
            axum::response::IntoResponse::into_response(Problem::new(
                ProblemKind::Internal,
                Message::Internal,
            ))
        }
    };
    let response = finish(&app, response, &id);
    let status = response.status().as_u16();
    let took = begun.elapsed();
    app.metrics.count(&method, route.as_deref(), status, took);
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
    span.in_scope(|| {
        let ms = took.as_secs_f64() * 1000.0;
        if status >= 500 {
            tracing::warn!(status, ms, "answered");
        } else {
            tracing::debug!(status, ms, "answered");
        }
    });
    response
}

fn finish(app: &App, mut response: Response, id: &str) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Box<Problem>>() {
        // What a layer inside has added stays, such as CORS headers.
        let mut document = problem.render(id);
        for (name, value) in response.headers() {
            if !document.headers().contains_key(name) && name != header::CONTENT_LENGTH {
                document.headers_mut().insert(name.clone(), value.clone());
            }
        }
        response = document;
    }
    let secure = app.config.cookies_are_secure();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(value);
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(API_CSP);
    if secure {
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(HSTS);
    }
    response
}

/// The trace that the caller says this is a part of.
fn came(headers: &HeaderMap) -> Option<TraceParent> {
    TraceParent::read(headers.get("traceparent")?.to_str().ok()?)
}
