//! Where the API begins, and its own description.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::endpoint::{Endpoints, get};
use crate::http::params;
use crate::http::problem::Problem;

/// Where to go from here.
#[derive(Serialize, ToSchema)]
pub(crate) struct Links {
    pub name: &'static str,
    pub version: &'static str,
    pub documentation: &'static str,
    pub openapi: &'static str,
    pub health: &'static str,
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        get("/api", "root")
            .tag("operations")
            .public()
            .summary("Links to documentation, OpenAPI and health")
            .answers::<Links>(200, "Links")
            .handled_by(root),
        get("/api/openapi.json", "openapi")
            .tag("operations")
            .public()
            .summary("This document")
            .answers_text("OpenAPI 3.1", "application/json")
            .handled_by(openapi),
    ]
}

async fn root(RawQuery(query): RawQuery) -> Result<Json<Links>, Problem> {
    params::read::<()>(query.as_deref())?;
    Ok(Json(Links {
        name: "Raally",
        version: env!("CARGO_PKG_VERSION"),
        documentation: "/api/docs",
        openapi: "/api/openapi.json",
        health: "/api/health",
    }))
}

async fn openapi(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    params::read::<()>(query.as_deref())?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=60"),
    ];
    Ok((headers, app.document.clone()).into_response())
}
