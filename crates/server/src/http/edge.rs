//! The outermost layer: every request gets an id and is counted, every panic becomes a problem,
//! every problem gets its document, every answer its security headers.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt;
use tracing::Instrument;

use super::App;
use super::problem::{Kind, Problem};

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

const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

pub(crate) async fn edge(State(app): State<App>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = app.world.uuid().to_string();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let span = tracing::info_span!(
        "request",
        id = %id,
        method = %method,
        path = %told(request.uri().path()),
        trace_id = trace_id(request.headers()),
    );
    let _in_flight = app.lifecycle.enter();
    let work = AssertUnwindSafe(next.run(request)).catch_unwind();
    let response = match work.instrument(span.clone()).await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!(parent: &span, "a request panicked");
            axum::response::IntoResponse::into_response(Problem::new(
                Kind::Internal,
                "Something went wrong on our side.",
            ))
        }
    };
    let response = finish(&app, response, &id);
    let status = response.status().as_u16();
    let took = begun.elapsed();
    app.metrics
        .count(&method, route.as_deref().unwrap_or("other"), status, took);
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

/// A path as it may be logged: a token in one stays untold.
fn told(path: &str) -> &str {
    let accepting = "/api/v1/auth/invitations/";
    if path.starts_with(accepting) {
        accepting
    } else {
        path
    }
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

/// The trace id of a W3C `traceparent`, if the caller sent a valid one.
fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("traceparent")?.to_str().ok()?;
    let mut parts = value.split('-');
    let (version, trace, parent, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |s: &str, len: usize| {
        s.len() == len
            && s.bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let shaped = hex(version, 2) && hex(trace, 32) && hex(parent, 16) && hex(flags, 2);
    (shaped && version != "ff" && trace.bytes().any(|b| b != b'0')).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traced(value: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", HeaderValue::from_static(value));
        trace_id(&headers).is_some()
    }

    #[test]
    fn a_trace_is_taken_over_where_it_is_valid() {
        assert!(traced(
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        ));
        assert!(!traced(
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01"
        ));
        assert!(!traced("00-xyz-00f067aa0ba902b7-01"));
    }
}
