//! Making workspaces.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use raally_app::workspaces::NewWorkspace;
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::TenantView;
use crate::http::App;
use crate::http::access::SignedIn;
use crate::http::body::RawBody;
use crate::http::endpoint::{Endpoints, post};
use crate::http::limits;
use crate::http::params;
use crate::http::problem::Problem;
use crate::http::refusals::Refusal;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTenant)]
struct TenantBody {
    name: String,
    /// Its part of an address; made from the name where it is missing.
    #[serde(default)]
    slug: Option<String>,
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        post("/api/v1/tenants", "add_tenant")
            .tag("workspaces")
            .summary("Make a workspace; its creator is its admin")
            .body::<TenantBody>()
            .refuses([Refusal::Conflict, Refusal::RateLimited])
            .answers::<TenantView>(201, "Made")
            .handled_by(add),
    ]
}

async fn add(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    raw: RawBody,
) -> Result<Response, Problem> {
    params::read::<()>(raw.query())?;
    let body: TenantBody = raw.json().await?.read()?;
    let workspace = NewWorkspace {
        name: body.name,
        slug: body.slug,
    };
    limits::by_new_workspace(&app, &caller).await?;
    let tenant = app.provisioning.open(caller.user, workspace).await?;
    Ok((StatusCode::CREATED, Json(TenantView::of(tenant))).into_response())
}
