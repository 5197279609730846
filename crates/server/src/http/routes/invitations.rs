//! Inviting people who may have no account yet.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use raally_app::error::Error;
use raally_app::sagas::{self, Invitation};
use raally_domain::access::Operation;
use raally_domain::ids::UserId;
use raally_domain::kinds::Role;
use raally_domain::problem::Thing;
use raally_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::TENANT;
use super::auth::TenantView;
use crate::http::App;
use crate::http::access::{InTenant, SignedIn};
use crate::http::body::RawBody;
use crate::http::endpoint::{Endpoints, delete, get, post};
use crate::http::limits::{self, ClientIp};
use crate::http::params;
use crate::http::problem::Problem;
use crate::http::refusals::Refusal;
use crate::http::write::{idempotency, once, rendered};

/// Where whoever holds an invitation's token finds it.
const LETTER: &str = "/api/v1/auth/invitations/{token}";

/// An invitation that nobody has accepted yet.
#[derive(Serialize, ToSchema)]
struct InvitationView {
    id: Uuid,
    email: String,
    role: Role,
    invited_by: UserId,
    /// It can be accepted before then.
    expires_at: Timestamp,
}

/// All invitations that wait for an answer, in the order of their making.
#[derive(Serialize, ToSchema)]
struct InvitationList {
    items: Vec<InvitationView>,
}

/// Whether an invitation can be accepted.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum InvitationStatus {
    Open,
    Accepted,
    Withdrawn,
    /// Its week is over, or whoever invited may no longer.
    Expired,
}

/// An invitation as whoever holds its token sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = InvitationLetter)]
struct LetterView {
    /// The workspace's name.
    workspace: String,
    status: InvitationStatus,
    /// While it is open, as all that follows.
    role: Option<Role>,
    /// The inviter's name.
    invited_by: Option<String>,
    expires_at: Option<Timestamp>,
}

impl LetterView {
    fn of(workspace: String, status: sagas::InvitationStatus) -> LetterView {
        let ended = |status| LetterView {
            workspace: workspace.clone(),
            status,
            role: None,
            invited_by: None,
            expires_at: None,
        };
        match status {
            sagas::InvitationStatus::Open {
                role,
                by,
                expires_at,
            } => LetterView {
                role: Some(role),
                invited_by: Some(by),
                expires_at: Some(expires_at),
                ..ended(InvitationStatus::Open)
            },
            sagas::InvitationStatus::Accepted => ended(InvitationStatus::Accepted),
            sagas::InvitationStatus::Withdrawn => ended(InvitationStatus::Withdrawn),
            sagas::InvitationStatus::Expired => ended(InvitationStatus::Expired),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewInvitation)]
struct InvitationBody {
    /// With or without an account.
    email: String,
    role: Role,
}

impl InvitationView {
    fn of(invitation: Invitation) -> InvitationView {
        InvitationView {
            id: invitation.id,
            email: invitation.email,
            role: invitation.role,
            invited_by: invitation.invited_by,
            expires_at: invitation.expires_at,
        }
    }
}

pub(crate) fn endpoints() -> Endpoints {
    let path = format!("{TENANT}/invitations");
    let single = format!("{path}/{{invitation_id}}");
    vec![
        get(&path, "list_invitations")
            .tag("workspaces")
            .summary("List invitations that wait for an answer")
            .answers::<InvitationList>(200, "All of them")
            .handled_by(list),
        post(&path, "add_invitation")
            .tag("workspaces")
            .summary("Invite somebody by their e-mail address")
            .describe("They get a mail with a link that holds for seven days.")
            .writes()
            .refuses([Refusal::Conflict, Refusal::RateLimited])
            .body::<InvitationBody>()
            .answers::<InvitationView>(201, "Invited")
            .handled_by(add),
        delete(&single, "remove_invitation")
            .tag("workspaces")
            .summary("Take an invitation back")
            .answers_nothing(204, "Taken back")
            .handled_by(remove),
        get(LETTER, "read_invitation")
            .tag("auth")
            .public()
            .summary("What an invitation is to, for whoever holds its token")
            .refuses([Refusal::RateLimited])
            .answers::<LetterView>(200, "Found, whether it can still be accepted or not")
            .handled_by(read),
        post(&format!("{LETTER}/accept"), "accept_invitation")
            .tag("auth")
            .summary("Become a member of the workspace that the invitation is to")
            .describe("Accepting once more answers the same.")
            .refuses([Refusal::Conflict])
            .answers::<TenantView>(200, "A member now")
            .handled_by(accept),
    ]
}

async fn list(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(Operation::ManageMembers)?;
    params::read::<()>(request.uri().query())?;
    let found = t.app.invitations.list(t.tenant.id()).await?;
    let items = found.into_iter().map(InvitationView::of).collect();
    Ok(Json(InvitationList { items }).into_response())
}

async fn add(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ManageMembers)?;
    params::read::<()>(raw.query())?;
    let headers = raw.headers().clone();
    let given = raw.json().await?;
    let key = idempotency(&t, &headers, given.request_hash)?;
    let body: InvitationBody = given.read()?;
    let (tenant, by, invitations) = (t.tenant.id(), t.caller.user, &t.app.invitations);
    once(&t, key, |id| async move {
        let invited = invitations.invite((tenant, id), by, &body.email, body.role);
        let view = InvitationView::of(invited.await?);
        Ok(rendered(StatusCode::CREATED, &view))
    })
    .await
}

async fn remove(t: InTenant, raw: RawBody) -> Result<StatusCode, Problem> {
    t.require(Operation::ManageMembers)?;
    let id = t.id(0, Thing::Invitation)?;
    params::read::<()>(raw.query())?;
    raw.nothing().await?;
    t.app.invitations.cancel(t.tenant.id(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn read(
    State(app): State<App>,
    from: ClientIp,
    Path(token): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    limits::by_address(&app, &from).await?;
    params::read::<()>(request.uri().query())?;
    let (workspace, status) = app.invitations.read(&token).await?;
    let cache = [(header::CACHE_CONTROL, "no-store")];
    Ok((cache, Json(LetterView::of(workspace, status))).into_response())
}

async fn accept(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Path(token): Path<String>,
    raw: RawBody,
) -> Result<Response, Problem> {
    params::read::<()>(raw.query())?;
    let tenant = match app.invitations.accept(&token, caller.user).await {
        // There is something at this address for everybody: an answer.
        Err(Error::NotFound(text)) => Err(Error::Conflict(text)),
        other => other,
    }?;
    let me = app.auth.me(caller.user).await?;
    let joined = me.tenants.into_iter().find(|of| of.id == tenant);
    let joined = joined.ok_or_else(raally_app::access::no_workspace)?;
    Ok(Json(TenantView::of(joined)).into_response())
}
