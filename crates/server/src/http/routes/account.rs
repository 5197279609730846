//! The caller's own account.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use raally_app::auth::AccountPatch;
use raally_domain::ids::SessionId;
use raally_domain::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::auth::MeView;
use crate::http::App;
use crate::http::access::SignedIn;
use crate::http::body::RawBody;
use crate::http::endpoint::{Endpoints, delete, get, patch, post};
use crate::http::limits::{self, ClientIp};
use crate::http::params;
use crate::http::problem::Problem;
use crate::http::refusals::Refusal;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountPatch)]
struct PatchBody {
    #[serde(default)]
    full_name: Option<String>,
    /// `en`, `es` or `pt-BR`; `null`: as the browser says.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    locale: Option<Option<String>>,
    /// Where in the web app the user was last: a path.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    last_view: Option<Option<String>>,
}

/// `null` where it was given, which is not the same as missing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordChange)]
struct PasswordBody {
    current_password: String,
    new_password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AddressChange)]
struct AddressBody {
    current_password: String,
    email: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AddressProof)]
struct ProofBody {
    /// Of the link that was mailed.
    token: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountDeletion)]
struct DeletionBody {
    current_password: String,
}

/// Where one is signed in.
#[derive(Serialize, ToSchema)]
struct SessionView {
    id: SessionId,
    /// Such as `Firefox on Linux`; `null` where that is not known.
    device: Option<String>,
    created_at: Timestamp,
    /// To within some minutes.
    used_at: Timestamp,
    /// Whether it is the one that asks.
    current: bool,
}

#[derive(Serialize, ToSchema)]
struct SessionList {
    items: Vec<SessionView>,
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        get("/api/v1/me", "me")
            .tag("auth")
            .summary("Who am I, and where may I go")
            .answers::<MeView>(200, "The user")
            .handled_by(me),
        patch("/api/v1/me", "change_me")
            .tag("auth")
            .summary("Change the own account")
            .body::<PatchBody>()
            .answers::<MeView>(200, "The user")
            .handled_by(change),
        post("/api/v1/me/password", "change_password")
            .tag("auth")
            .summary("Change the own password; all other sessions end")
            .body::<PasswordBody>()
            .answers_nothing(204, "Changed")
            .handled_by(password),
        post("/api/v1/me/verification", "ask_to_verify")
            .tag("auth")
            .summary("Have a link mailed that verifies the own address")
            .refuses([Refusal::RateLimited])
            .answers_nothing(204, "Mailed, unless it is verified already")
            .handled_by(ask_to_verify),
        post("/api/v1/me/address", "ask_for_address")
            .tag("auth")
            .summary("Ask for another e-mail address")
            .describe(
                "The new address gets a link that makes it the account's; the present one is told.",
            )
            .body::<AddressBody>()
            .refuses([Refusal::Conflict, Refusal::RateLimited])
            .answers_nothing(204, "Mailed")
            .handled_by(ask_for_address),
        post("/api/v1/me/address/confirm", "confirm_address")
            .tag("auth")
            .summary("Verify the own address, or the new one, by the token that was mailed to it")
            .body::<ProofBody>()
            .refuses([Refusal::Conflict])
            .answers::<MeView>(200, "The user")
            .handled_by(confirm_address),
        get("/api/v1/me/sessions", "list_sessions")
            .tag("auth")
            .summary("Where one is signed in")
            .answers::<SessionList>(200, "All sessions, the newest first")
            .handled_by(sessions),
        delete("/api/v1/me/sessions", "end_other_sessions")
            .tag("auth")
            .summary("Sign out everywhere else")
            .answers_nothing(204, "Signed out")
            .handled_by(end_others),
        delete("/api/v1/me/sessions/{session_id}", "end_session")
            .tag("auth")
            .summary("End one session")
            .answers_nothing(204, "It is over")
            .handled_by(end_one),
        post("/api/v1/me/delete", "delete_account")
            .tag("auth")
            .summary("Delete the own account")
            .describe(
                "Name, address and password go, and all memberships. Refused for the only admin of \
                 a workspace.",
            )
            .body::<DeletionBody>()
            .refuses([Refusal::Conflict])
            .answers_nothing(204, "Deleted")
            .handled_by(delete_account),
    ]
}

fn private(me: MeView) -> Response {
    let cache = [(axum::http::header::CACHE_CONTROL, "private, no-store")];
    (cache, Json(me)).into_response()
}

async fn me(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    request: Request,
) -> Result<Response, Problem> {
    params::read::<()>(request.uri().query())?;
    Ok(private(MeView::of(app.auth.me(caller.user).await?)))
}

async fn change(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    raw: RawBody,
) -> Result<Response, Problem> {
    params::read::<()>(raw.query())?;
    let body: PatchBody = raw.json().await?.read()?;
    let patch = AccountPatch {
        full_name: body.full_name,
        locale: body.locale,
        last_view: body.last_view,
    };
    let me = app.auth.update(caller.user, patch).await?;
    Ok(private(MeView::of(me)))
}

async fn ask_to_verify(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    raw: RawBody,
) -> Result<StatusCode, Problem> {
    params::read::<()>(raw.query())?;
    raw.nothing().await?;
    app.auth.ask_to_verify(caller.user).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn ask_for_address(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    from: ClientIp,
    raw: RawBody,
) -> Result<StatusCode, Problem> {
    params::read::<()>(raw.query())?;
    let body: AddressBody = raw.json().await?.read()?;
    limits::by_account(&app, &caller.user.to_string(), &from).await?;
    let (password, email) = (&body.current_password, &body.email);
    app.auth.ask_for_address(&caller, password, email).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn confirm_address(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    raw: RawBody,
) -> Result<Response, Problem> {
    params::read::<()>(raw.query())?;
    let body: ProofBody = raw.json().await?.read()?;
    let me = app.auth.confirm_address(&caller, &body.token).await?;
    Ok(private(MeView::of(me)))
}

async fn sessions(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    request: Request,
) -> Result<Response, Problem> {
    params::read::<()>(request.uri().query())?;
    let found = app.auth.sessions(caller.user).await?;
    let items = found.into_iter().map(|session| SessionView {
        id: session.id,
        device: session.device,
        created_at: session.created_at,
        used_at: session.used_at,
        current: session.id == caller.session,
    });
    let cache = [(axum::http::header::CACHE_CONTROL, "private, no-store")];
    let list = SessionList {
        items: items.collect(),
    };
    Ok((cache, Json(list)).into_response())
}

async fn end_others(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    raw: RawBody,
) -> Result<StatusCode, Problem> {
    params::read::<()>(raw.query())?;
    raw.nothing().await?;
    app.auth.end_other_sessions(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn end_one(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Path(session): Path<String>,
    raw: RawBody,
) -> Result<StatusCode, Problem> {
    params::read::<()>(raw.query())?;
    raw.nothing().await?;
    if let Ok(session) = session.parse() {
        app.auth.end_session(&caller, SessionId(session)).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn delete_account(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    from: ClientIp,
    raw: RawBody,
) -> Result<StatusCode, Problem> {
    params::read::<()>(raw.query())?;
    let body: DeletionBody = raw.json().await?.read()?;
    limits::by_account(&app, &caller.user.to_string(), &from).await?;
    let password = &body.current_password;
    app.auth
        .delete_account(&app.tenants, &caller, password)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn password(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    from: ClientIp,
    raw: RawBody,
) -> Result<StatusCode, Problem> {
    params::read::<()>(raw.query())?;
    let body: PasswordBody = raw.json().await?.read()?;
    limits::by_account(&app, &caller.user.to_string(), &from).await?;
    let (current, new) = (&body.current_password, &body.new_password);
    app.auth.change_password(&caller, current, new).await?;
    Ok(StatusCode::NO_CONTENT)
}
