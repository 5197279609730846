//! The HTTP side: routes, what they have in common, and nothing that decides about plans.

pub(crate) mod access;
pub(crate) mod body;
pub(crate) mod connections;
pub(crate) mod csv;
pub(crate) mod docs;
pub(crate) mod document;
pub(crate) mod endpoint;
pub(crate) mod health;
pub(crate) mod lifecycle;
pub(crate) mod limits;
pub(crate) mod metrics;
pub(crate) mod middleware;
pub(crate) mod params;
pub(crate) mod problem;
pub(crate) mod refusals;
pub(crate) mod response;
pub(crate) mod routes;
pub(crate) mod schema;
pub(crate) mod starting;
pub(crate) mod tls;
pub(crate) mod told;
pub(crate) mod web;
pub(crate) mod write;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use raally_app::Error;
use raally_app::auth::Auth;
use raally_app::history::History;
use raally_app::sagas::{Invitations, SagaExecutor, WorkspaceDeletion, WorkspaceProvisioning};
use raally_app::services::Services;
use raally_app::tenants::Tenants;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::problem::{Message, Thing};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::cors::CorsLayer;

use crate::config::Config;
use connections::{Connections, Streams};
use lifecycle::Lifecycle;
use metrics::Metrics;
use problem::{Problem, ProblemKind};
use response::ResponseCache;

use crate::supervisor::Supervisor;

/// Everything a request may need. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

pub(crate) struct Parts {
    pub config: Config,
    pub services: Services,
    pub tenants: Tenants,
    pub history: History,
    pub auth: Arc<Auth>,
    pub invitations: Invitations,
    pub provisioning: WorkspaceProvisioning,
    pub deletion: WorkspaceDeletion,
    pub sagas: SagaExecutor,
    /// Workspaces that members have asked for lately, by id or slug. What is here was a membership
    /// then; the plan says whether it still is.
    pub memberships: moka::sync::Cache<(UserId, String), TenantId>,
    /// Who may not ask for a while.
    pub refused: limits::Refused,
    /// Names of users, for a minute.
    pub names: moka::sync::Cache<UserId, String>,
    pub response_cache: ResponseCache,
    pub lifecycle: Lifecycle,
    pub connections: Arc<Connections>,
    pub streams: Arc<Streams>,
    /// How the parts are that run beside requests.
    pub supervisor: Supervisor,
    pub metrics: Metrics,
    /// The OpenAPI document.
    pub document: String,
    /// Tells builds of the API apart: a part of ETags.
    pub build: String,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    pub(crate) fn new(parts: Parts) -> App {
        App(Arc::new(parts))
    }

    /// What that user is called; empty where there is none (any more).
    pub(crate) async fn name_of(&self, id: UserId) -> String {
        if let Some(name) = self.names.get(&id) {
            return name;
        }
        match self.services.identity.user(id).await {
            Ok(user) => {
                let name = user.map_or_else(String::new, |u| u.full_name);
                self.names.insert(id, name.clone());
                name
            }
            Err(_) => String::new(),
        }
    }
}

/// All of it, ready to serve.
pub(crate) fn router(app: &App) -> Router {
    let api = endpoint::router(routes::endpoints())
        .route("/api/docs", axum::routing::get(docs::page))
        .route("/api/docs/{file}", axum::routing::get(docs::file))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(elsewhere);
    let small = SizeAbove::new(1024)
        .and(NotForContentType::SSE)
        .and(NotForContentType::IMAGES);
    api.layer(CompressionLayer::new().compress_when(small))
        .layer(cors(&app.config))
        .layer(from_fn_with_state(app.clone(), middleware::run))
        .with_state(app.clone())
}

/// Health and metrics alone, for a process that answers nobody else.
pub(crate) fn operations(app: &App) -> Router {
    let endpoints = health::endpoints().into_iter().chain(metrics::endpoints());
    endpoint::router(endpoints.collect())
        .layer(from_fn_with_state(app.clone(), middleware::run))
        .with_state(app.clone())
}

/// What is left of the API where there is no room for another connection: health and metrics.
pub(crate) fn full(app: &App) -> Router {
    let endpoints = health::endpoints().into_iter().chain(metrics::endpoints());
    endpoint::router(endpoints.collect())
        .fallback(no_room)
        .layer(from_fn_with_state(app.clone(), middleware::run))
        .with_state(app.clone())
}

async fn no_room() -> Response {
    let text = "this server has as many connections as it takes: try again in a few seconds";
    Problem::from(Error::unavailable(text)).into_response()
}

/// What no route knows: a problem under `/api`, the web app elsewhere.
async fn elsewhere(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return Problem::not_found(Thing::Page).into_response();
    }
    match *request.method() {
        Method::GET | Method::HEAD => web::page(&app, path, request.headers()),
        _ => method_not_allowed().await,
    }
}

async fn method_not_allowed() -> Response {
    Problem::new(ProblemKind::MethodNotAllowed, Message::MethodNotAllowed).into_response()
}

/// What a browser says of a page of that origin; one sentence where it is none.
pub(crate) fn origin(text: &str) -> Result<HeaderValue, String> {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let host = host.map(|host| host.trim_end_matches('/'));
    let value = HeaderValue::from_str(text.trim_end_matches('/')).ok();
    match (host, value) {
        (Some(host), Some(value)) if !host.is_empty() && !host.contains(['/', '*', ' ']) => {
            Ok(value)
        }
        _ => Err(format!(
            "cors_origins is not right: {text:?} is no origin such as https://app.example.com; each is named by itself, since their pages call as their users"
        )),
    }
}

/// Pages of other origins may call the API only where an operator listed them.
fn cors(config: &Config) -> CorsLayer {
    let origins = config.cors_origins.iter().filter_map(|o| origin(o).ok());
    let origins: Vec<HeaderValue> = origins.collect();
    if origins.is_empty() {
        return CorsLayer::new();
    }
    let seen = [
        "raally-head",
        "x-request-id",
        "etag",
        "retry-after",
        "ratelimit",
        "ratelimit-policy",
    ];
    CorsLayer::new()
        .allow_origin(origins)
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("raally-head"),
            HeaderName::from_static("last-event-id"),
            HeaderName::from_static("traceparent"),
        ])
        .expose_headers(seen.map(HeaderName::from_static))
        .max_age(std::time::Duration::from_secs(600))
}
