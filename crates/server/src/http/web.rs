//! The web app, embedded in the binary: hashed assets for ever, every other address its index.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rust_embed::{EmbeddedFile, RustEmbed};

use super::App;
use super::problem::Problem;
use raally_domain::problem::Thing;

/// What `npm run build` made; empty where it has not run.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

/// Where the build leaves the nonce of its style and script tags open.
const NONCE: &str = "__CSP_NONCE__";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <title>Raally</title><h1>Raally's web app is not part of this build</h1>\
    <p>Build it first (<code>make build</code>), then the server. The API works: \
    <a href=\"/api\">/api</a>.</p></html>";

/// The file at that path, or the index, which finds its way by the address.
pub(crate) fn page(app: &App, path: &str, headers: &HeaderMap) -> Response {
    let name = path.trim_start_matches('/');
    match Dist::get(name) {
        Some(file) if name != "index.html" && !name.is_empty() => asset(name, file, headers),
        // An asset of another build, say: an index in its place would only confuse.
        None if name.starts_with("assets/") => Problem::not_found(Thing::File).into_response(),
        _ => index(app),
    }
}

fn index(app: &App) -> Response {
    let nonce = STANDARD.encode(app.services.random::<16>());
    let (status, text) = match Dist::get("index.html") {
        Some(file) => (
            StatusCode::OK,
            String::from_utf8_lossy(&file.data).replace(NONCE, &nonce),
        ),
        None => (StatusCode::OK, NOT_BUILT.to_owned()),
    };
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data: https:; font-src 'self'; connect-src 'self'; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    let mut response = (status, text).into_response();
    let out = response.headers_mut();
    out.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        out.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn asset(name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..12]));
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.contains(&etag));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(file.data).into_response()
    };
    let out = response.headers_mut();
    let content_type = file.metadata.mimetype();
    if let Ok(value) = HeaderValue::from_str(content_type) {
        out.insert(header::CONTENT_TYPE, value);
    }
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "public, no-cache"
    };
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(value) = HeaderValue::from_str(&etag) {
        out.insert(header::ETAG, value);
    }
    response
}
