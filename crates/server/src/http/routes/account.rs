//! The caller's own account.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use raally_app::auth::AccountPatch;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::auth::MeView;
use crate::http::App;
use crate::http::access::SignedIn;
use crate::http::body::RawBody;
use crate::http::endpoint::{Endpoints, get, patch, post};
use crate::http::limits;
use crate::http::params;
use crate::http::problem::Problem;

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

async fn password(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    raw: RawBody,
) -> Result<StatusCode, Problem> {
    params::read::<()>(raw.query())?;
    let body: PasswordBody = raw.json().await?.read()?;
    limits::by_account(&app, &caller.user.to_string()).await?;
    let (current, new) = (&body.current_password, &body.new_password);
    app.auth.change_password(&caller, current, new).await?;
    Ok(StatusCode::NO_CONTENT)
}
