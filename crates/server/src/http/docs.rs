//! The documentation as a page, drawn from the OpenAPI document without anything from elsewhere.

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use raally_domain::problem::Thing;

const PAGE: &str = include_str!("docs/index.html");
const SCRIPT: &str = include_str!("docs/docs.js");
const STYLE: &str = include_str!("docs/docs.css");

const CSP: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

pub(crate) async fn page() -> Response {
    send("text/html; charset=utf-8", PAGE)
}

pub(crate) async fn file(Path(name): Path<String>) -> Response {
    match name.as_str() {
        "docs.js" => send("text/javascript; charset=utf-8", SCRIPT),
        "docs.css" => send("text/css; charset=utf-8", STYLE),
        _ => Problem::not_found(Thing::Page).into_response(),
    }
}

fn send(content_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, no-cache"),
        ),
        (header::CONTENT_SECURITY_POLICY, CSP),
    ];
    (headers, text).into_response()
}
