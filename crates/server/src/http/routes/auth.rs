//! Signing up, in and out, refreshing, and the keys that sign access tokens.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use raally_app::auth::{Me, Origin, PublicKey, SignUp, SignedIn};
use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::Role;
use raally_domain::problem::Message;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::App;
use crate::http::body::RawBody;
use crate::http::endpoint::{Endpoints, OperationBuilder, get, post};
use crate::http::limits::{self, ClientIp};
use crate::http::params;
use crate::http::problem::Problem;
use crate::http::refusals::Refusal;

/// The refresh token's cookie where there is no HTTPS: on one's own machine.
const COOKIE: &str = "raally_refresh";
/// Its name over HTTPS: a browser takes a cookie of that prefix from this very host alone, so that
/// a sibling of its domain cannot plant one (RFC 6265bis).
const SECURE_COOKIE: &str = "__Host-raally_refresh";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignUp)]
struct SignUpBody {
    email: String,
    /// 8 to 256 characters.
    password: String,
    full_name: String,
    /// `en`, `es` or `pt-BR`.
    #[serde(default)]
    locale: Option<String>,
    /// The name of a first workspace, created with the account.
    #[serde(default)]
    workspace: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignIn)]
struct SignInBody {
    email: String,
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ForgottenPassword)]
struct AddressBody {
    email: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordReset)]
struct ResetBody {
    /// Of the link that was mailed.
    token: String,
    /// 8 to 256 characters.
    new_password: String,
}

/// A session: the refresh token comes beside it as an HttpOnly cookie.
#[derive(Serialize, ToSchema)]
struct Session {
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    #[serde(flatten)]
    me: MeView,
}

/// The user and where they may go.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeView {
    pub user: UserView,
    /// In the order of their names.
    pub tenants: Vec<TenantView>,
    /// Where in the web app the user was last.
    pub last_view: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct UserView {
    pub id: UserId,
    pub email: String,
    /// Whether the address was shown to be theirs. Until then no mail is sent to it but the one
    /// that verifies it, and they invite nobody.
    pub email_verified: bool,
    pub full_name: String,
    /// `null`: as the browser says.
    pub locale: Option<String>,
}

/// A workspace and what the user is there.
#[derive(Serialize, ToSchema)]
pub(crate) struct TenantView {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub role: Role,
}

/// Public keys (RFC 7517).
#[derive(Serialize, ToSchema)]
struct Jwks {
    #[schema(value_type = Vec<Object>)]
    keys: Vec<PublicKey>,
}

impl MeView {
    pub(crate) fn of(me: Me) -> MeView {
        MeView {
            user: UserView {
                id: me.user.id,
                email: me.user.email,
                email_verified: me.user.email_verified,
                full_name: me.user.full_name,
                locale: me.user.locale,
            },
            tenants: me.tenants.into_iter().map(TenantView::of).collect(),
            last_view: me.user.last_view,
        }
    }
}

impl TenantView {
    pub(crate) fn of(tenant: raally_app::auth::TenantOf) -> TenantView {
        TenantView {
            id: tenant.id,
            slug: tenant.slug,
            name: tenant.name,
            role: tenant.role,
        }
    }
}

pub(crate) fn endpoints() -> Endpoints {
    let auth = |draft: OperationBuilder, summary: &str| draft.tag("auth").public().summary(summary);
    vec![
        auth(post("/api/v1/auth/sign-up", "sign_up"), "Make an account")
            .body::<SignUpBody>()
            .refuses([Refusal::Conflict, Refusal::RateLimited])
            .answers::<Session>(201, "Signed up and in")
            .handled_by(sign_up),
        auth(post("/api/v1/auth/sign-in", "sign_in"), "Sign in")
            .body::<SignInBody>()
            .refuses([Refusal::Unauthenticated, Refusal::RateLimited])
            .answers::<Session>(200, "Signed in")
            .handled_by(sign_in),
        auth(
            post("/api/v1/auth/refresh", "refresh"),
            "Exchange the refresh cookie for a new session answer",
        )
        .refuses([Refusal::Unauthenticated, Refusal::RateLimited])
        .answers::<Session>(200, "A new access token and cookie")
        .handled_by(refresh),
        auth(post("/api/v1/auth/sign-out", "sign_out"), "End the session")
            .answers_nothing(204, "Signed out")
            .handled_by(sign_out),
        auth(
            post("/api/v1/auth/password", "ask_for_password"),
            "Have a link for a new password mailed",
        )
        .describe("Whether there is an account of that address is not told.")
        .body::<AddressBody>()
        .refuses([Refusal::RateLimited])
        .answers_nothing(204, "Asked")
        .handled_by(ask_for_password),
        auth(
            post("/api/v1/auth/password/reset", "reset_password"),
            "Set a new password by the token that was mailed for it",
        )
        .describe("It verifies the address, and all sessions end.")
        .body::<ResetBody>()
        .refuses([Refusal::Conflict, Refusal::RateLimited])
        .answers_nothing(204, "Set")
        .handled_by(reset_password),
        auth(
            get("/api/v1/auth/jwks.json", "jwks"),
            "The keys that access tokens are signed with",
        )
        .answers::<Jwks>(200, "Public keys")
        .handled_by(jwks),
    ]
}

async fn sign_up(
    State(app): State<App>,
    from: ClientIp,
    raw: RawBody,
) -> Result<Response, Problem> {
    limits::by_address(&app, &from).await?;
    params::read::<()>(raw.query())?;
    let device = device(raw.headers());
    let body: SignUpBody = raw.json().await?.read()?;
    let request = SignUp {
        email: body.email,
        password: body.password,
        full_name: body.full_name,
        locale: body.locale,
        workspace: body.workspace,
    };
    let origin = origin(&from, &device);
    let signed_in = app.auth.sign_up_from(request, origin).await?;
    limits::note_known(&app, &signed_in.me.user.email, &from).await;
    Ok(session(&app, StatusCode::CREATED, signed_in))
}

async fn sign_in(
    State(app): State<App>,
    from: ClientIp,
    raw: RawBody,
) -> Result<Response, Problem> {
    limits::by_address(&app, &from).await?;
    params::read::<()>(raw.query())?;
    let device = device(raw.headers());
    let body: SignInBody = raw.json().await?.read()?;
    limits::by_account(&app, &body.email, &from).await?;
    let (email, password) = (&body.email, &body.password);
    let origin = origin(&from, &device);
    let signed_in = app.auth.sign_in_from(email, password, origin).await?;
    limits::note_known(&app, email, &from).await;
    Ok(session(&app, StatusCode::OK, signed_in))
}

/// Where a request comes from.
fn origin<'a>(from: &'a ClientIp, device: &'a Option<String>) -> Origin<'a> {
    Origin {
        network: Some(&from.0),
        device: device.as_deref(),
    }
}

/// What a browser says it is, in short: what is told apart in a list of one's sessions.
fn device(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(header::USER_AGENT)?.to_str().ok()?;
    let first = |names: &[(&str, &'static str)]| {
        let mut names = names.iter();
        names
            .find(|(part, _)| agent.contains(part))
            .map(|(_, name)| *name)
    };
    // Who came later says it is also what came before.
    let browser = first(&[
        ("Firefox/", "Firefox"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        // A program: its name, without what it says beside.
        (None, None) => {
            let name = agent.split(['/', ' ']).next().unwrap_or_default();
            let sound = !name.is_empty() && name.len() <= 40;
            sound.then(|| name.to_owned())
        }
    }
}

async fn ask_for_password(
    State(app): State<App>,
    from: ClientIp,
    raw: RawBody,
) -> Result<StatusCode, Problem> {
    limits::by_address(&app, &from).await?;
    params::read::<()>(raw.query())?;
    let body: AddressBody = raw.json().await?.read()?;
    app.auth.ask_for_password(&body.email, &from.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn reset_password(
    State(app): State<App>,
    from: ClientIp,
    raw: RawBody,
) -> Result<StatusCode, Problem> {
    limits::by_address(&app, &from).await?;
    params::read::<()>(raw.query())?;
    let body: ResetBody = raw.json().await?.read()?;
    app.auth
        .reset_password(&body.token, &body.new_password)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn refresh(
    State(app): State<App>,
    from: ClientIp,
    raw: RawBody,
) -> Result<Response, Problem> {
    limits::by_address(&app, &from).await?;
    params::read::<()>(raw.query())?;
    let token = cookie(raw.headers());
    raw.nothing().await?;
    let token = token.ok_or_else(|| Problem::unauthenticated(Message::Unauthenticated))?;
    match app.auth.refresh(&token).await {
        Ok(signed_in) => Ok(session(&app, StatusCode::OK, signed_in)),
        Err(error) => {
            let mut problem = Problem::from(error);
            if problem.kind == crate::http::problem::ProblemKind::Unauthenticated {
                problem.headers.push(("set-cookie", forget(&app)));
            }
            Err(problem)
        }
    }
}

async fn sign_out(State(app): State<App>, raw: RawBody) -> Result<Response, Problem> {
    params::read::<()>(raw.query())?;
    let token = cookie(raw.headers());
    raw.nothing().await?;
    if let Some(token) = token {
        app.auth.sign_out(&token).await?;
    }
    let cookie = [(header::SET_COOKIE, forget(&app))];
    Ok((StatusCode::NO_CONTENT, cookie).into_response())
}

async fn jwks(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    params::read::<()>(query.as_deref())?;
    let keys = app.auth.keys().published().await?;
    let cache = [(header::CACHE_CONTROL, "public, max-age=60")];
    Ok((cache, Json(Jwks { keys })).into_response())
}

fn session(app: &App, status: StatusCode, signed_in: SignedIn) -> Response {
    let left = signed_in.refresh_expires_at.micros() - app.services.now().micros();
    let cookie = written(app, &signed_in.refresh_token, left.div_euclid(1_000_000));
    let body = Session {
        access_token: signed_in.access_token,
        token_type: "Bearer",
        expires_in: signed_in.expires_in.as_secs(),
        me: MeView::of(signed_in.me),
    };
    let mut response = (status, Json(body)).into_response();
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        out.insert(header::SET_COOKIE, cookie);
    }
    response
}

fn written(app: &App, token: &str, max_age: i64) -> String {
    // The prefix asks for the path of the whole host.
    let (name, scope) = if app.config.cookies_are_secure() {
        (SECURE_COOKIE, "Path=/; Secure")
    } else {
        (COOKIE, "Path=/api/v1/auth")
    };
    format!("{name}={token}; HttpOnly; SameSite=Strict; Max-Age={max_age}; {scope}")
}

fn forget(app: &App) -> String {
    written(app, "", 0)
}

/// The refresh token that the browser sent.
fn cookie(headers: &HeaderMap) -> Option<String> {
    let sent = |wanted: &str| {
        let pairs = headers.get_all(header::COOKIE).iter();
        let pairs = pairs.filter_map(|v| v.to_str().ok());
        pairs.flat_map(|v| v.split(';')).find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == wanted && !value.is_empty()).then(|| value.to_owned())
        })
    };
    // Releases before 0.7.0 wrote the second over HTTPS as well.
    sent(SECURE_COOKIE).or_else(|| sent(COOKIE))
}
