//! Closing a workspace, and what its admins may do while it is being closed.

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use raally_app::access::no_workspace;
use raally_app::error::Error;
use raally_app::sagas::{DeletionPhase, PendingDeletion};
use raally_domain::access::Operation;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::TENANT;
use crate::http::App;
use crate::http::access::{InTenant, SignedIn};
use crate::http::body::RawBody;
use crate::http::endpoint::{Endpoints, delete, get, post};
use crate::http::params;
use crate::http::problem::Problem;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CloseBody {
    /// The workspace's name or its part of an address, to make sure.
    confirm: String,
}

/// How far closing a workspace is.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ClosingState {
    /// It is not being closed.
    Open,
    /// The export is being written.
    Preparing,
    /// The export can be fetched and the closing be taken back.
    Waiting,
    Erasing,
    /// It is being taken back.
    Resuming,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Closing)]
struct ClosingView {
    state: ClosingState,
    /// Who asked for it.
    requested_by: Option<UserId>,
    /// It is erased then, unless that is taken back before.
    erase_at: Option<Timestamp>,
}

impl ClosingView {
    fn of(closing: Option<&PendingDeletion>) -> ClosingView {
        ClosingView {
            state: match closing.map(|c| c.phase) {
                None => ClosingState::Open,
                Some(DeletionPhase::Preparing) => ClosingState::Preparing,
                Some(DeletionPhase::Waiting) => ClosingState::Waiting,
                Some(DeletionPhase::Erasing) => ClosingState::Erasing,
                Some(DeletionPhase::Resuming) => ClosingState::Resuming,
            },
            requested_by: closing.map(|c| c.by),
            erase_at: closing.map(|c| c.erase_at),
        }
    }
}

pub(crate) fn endpoints() -> Endpoints {
    let path = format!("{TENANT}/close");
    vec![
        post(&path, "close_tenant")
            .tag("workspaces")
            .summary("Close the workspace")
            .describe(
                "It is suspended at once: until it is erased, all but these four operations \
                 answer `workspace-closing`. Its admins get a mail that names the date.",
            )
            .body::<CloseBody>()
            .answers::<ClosingView>(202, "It is being closed")
            .handled_by(close),
        get(&path, "get_closing")
            .tag("workspaces")
            .summary("How far closing the workspace is")
            .answers::<ClosingView>(200, "How far it is")
            .handled_by(closing),
        delete(&path, "cancel_closing")
            .tag("workspaces")
            .summary("Take the closing back, before the workspace is erased")
            .answers_nothing(204, "The workspace is open as before")
            .handled_by(cancel),
        get(&format!("{path}/export"), "get_closing_export")
            .tag("workspaces")
            .summary("All that the workspace held")
            .describe(
                "A line an event, `{\"seq\", \"hash\", \"event\", \"personal\"}`, as `raally \
                 export` prints them. There until the workspace is erased.",
            )
            .answers_text("The export", "application/x-ndjson")
            .handled_by(export),
    ]
}

/// An admin of a workspace that may be suspended, as the lookups beside its log have it.
struct Owner {
    app: App,
    tenant: TenantId,
}

impl FromRequestParts<App> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let SignedIn(caller) = SignedIn::from_request_parts(parts, app).await?;
        let params = RawPathParams::from_request_parts(parts, app).await;
        let params = params.map_err(|_| Problem::from(no_workspace()))?;
        let named = params.iter().next().map_or("", |(_, value)| value);
        let memberships = app.services.identity.memberships(caller.user).await;
        let mut memberships = memberships.map_err(Error::from)?;
        // A slug may look like an id: an id that exists wins.
        let id: Option<TenantId> = named.parse().ok();
        memberships.sort_by_key(|(_, tenant)| Some(tenant.id) != id);
        let found = memberships
            .into_iter()
            .find(|(_, tenant)| Some(tenant.id) == id || tenant.slug == named);
        let (membership, tenant) = found.ok_or_else(no_workspace)?;
        if !membership.role.may(Operation::CloseWorkspace) {
            return Err(Problem::forbidden());
        }
        Ok(Owner {
            app: app.clone(),
            tenant: tenant.id,
        })
    }
}

async fn close(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::CloseWorkspace)?;
    params::read::<()>(raw.query())?;
    let body: CloseBody = raw.json().await?.read()?;
    let deletion = &t.app.deletion;
    let closing = deletion
        .close(&t.plan, t.caller.user, &body.confirm)
        .await?;
    let view = ClosingView::of(Some(&closing));
    Ok((StatusCode::ACCEPTED, Json(view)).into_response())
}

async fn closing(owner: Owner, request: Request) -> Result<Response, Problem> {
    params::read::<()>(request.uri().query())?;
    let closing = owner.app.deletion.find(owner.tenant).await?;
    Ok(Json(ClosingView::of(closing.as_ref())).into_response())
}

async fn cancel(owner: Owner, raw: RawBody) -> Result<StatusCode, Problem> {
    params::read::<()>(raw.query())?;
    raw.nothing().await?;
    owner.app.deletion.cancel(owner.tenant).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn export(owner: Owner, request: Request) -> Result<Response, Problem> {
    params::read::<()>(request.uri().query())?;
    let Owner { app, tenant } = owner;
    let id = app.deletion.export(tenant).await?;
    let parts = stream::try_unfold(1_u32, move |number| {
        let app = app.clone();
        async move {
            let part = app.deletion.part(tenant, id, number).await?;
            Ok::<_, Error>(part.map(|lines| (lines, number + 1)))
        }
    });
    let mut response = Body::from_stream(parts).into_response();
    let headers = response.headers_mut();
    let values = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CACHE_CONTROL, "private, no-store"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"raally-export.jsonl\"",
        ),
    ];
    for (name, value) in values {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}
