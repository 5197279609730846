//! What is answered while a server waits for its database: the process is alive, and nothing should
//! be sent to it yet.

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing;
use raally_app::Error;

use super::health;
use super::problem::Problem;

/// Health, and 503 to everything else.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/api/health", routing::get(health::starting))
        .route("/api/health/ready", routing::get(health::starting))
        .route("/api/health/live", routing::get(health::alive))
        .fallback(not_yet)
}

async fn not_yet(_: Request) -> Response {
    let text = "this server has no database yet: try again in a few seconds";
    Problem::from(Error::unavailable(text)).into_response()
}
