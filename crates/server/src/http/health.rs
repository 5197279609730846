//! Is it alive, is it ready, is it well.

use std::time::Duration;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use raally_app::services::later;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::endpoint::{Endpoints, get};
use super::lifecycle::Phase;
use super::params;
use super::problem::Problem;

/// How long a part may take to say that it is there.
const TIMEOUT: Duration = Duration::from_secs(2);
/// A bus that has taken nothing for so long is down, whatever it answers.
const REFUSING: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Health {
    Ok,
    Degraded,
    Down,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct HealthReport {
    pub status: Health,
    pub version: &'static str,
    pub checks: Checks,
}

/// How the parts are that a process stands on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Checks {
    pub database: Health,
    pub cache: Health,
    pub bus: Health,
    /// What runs beside requests: degraded while a part of it has stopped.
    pub background: Health,
}

impl HealthReport {
    fn all(health: Health) -> HealthReport {
        HealthReport {
            status: health,
            version: env!("CARGO_PKG_VERSION"),
            checks: Checks {
                database: health,
                cache: health,
                bus: health,
                background: health,
            },
        }
    }
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        get("/api/health", "health")
            .tag("operations")
            .public()
            .summary("How the server and what it stands on are")
            .answers::<HealthReport>(200, "Well, or degraded")
            .answers::<HealthReport>(503, "Down")
            .handled_by(health),
        get("/api/health/ready", "health_ready")
            .tag("operations")
            .public()
            .summary("Whether requests should be sent here")
            .answers::<HealthReport>(200, "Ready")
            .answers::<HealthReport>(503, "Starting, draining, or without its store")
            .handled_by(ready),
        get("/api/health/live", "health_live")
            .tag("operations")
            .public()
            .summary("Whether the process works; never about what it depends on")
            .answers::<HealthReport>(200, "Alive")
            .handled_by(live),
    ]
}

pub(super) async fn report(app: &App) -> HealthReport {
    let (database, cache, bus) = tokio::join!(
        well(app.services.store.ping()),
        well(app.services.cache.get("health")),
        well(app.services.bus.ping()),
    );
    let bus = match refused(app) {
        true => Health::Down,
        false => bus,
    };
    let background = match app.supervisor.is_down() {
        true => Health::Degraded,
        false => Health::Ok,
    };
    let status = match (database, cache, bus) {
        (Health::Down, ..) => Health::Down,
        (_, Health::Down, _) | (_, _, Health::Down) => Health::Degraded,
        _ if background != Health::Ok => Health::Degraded,
        _ => Health::Ok,
    };
    HealthReport {
        status,
        version: env!("CARGO_PKG_VERSION"),
        checks: Checks {
            database,
            cache,
            bus,
            background,
        },
    }
}

/// Whether the bus has taken nothing for a while of what is relayed here, also where it answers.
fn refused(app: &App) -> bool {
    let since = app.metrics.bus_refuses_since();
    since.is_some_and(|since| later(since, REFUSING) < app.services.now())
}

async fn well<T, E>(asked: impl Future<Output = Result<T, E>>) -> Health {
    match tokio::time::timeout(TIMEOUT, asked).await {
        Ok(Ok(_)) => Health::Ok,
        _ => Health::Down,
    }
}

fn answer(status: StatusCode, report: HealthReport) -> Response {
    let no_store = [(axum::http::header::CACHE_CONTROL, "no-store")];
    (status, no_store, Json(report)).into_response()
}

async fn health(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    params::read::<()>(query.as_deref())?;
    let report = report(&app).await;
    let status = match report.status {
        Health::Down => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    Ok(answer(status, report))
}

async fn ready(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    params::read::<()>(query.as_deref())?;
    let mut report = report(&app).await;
    if app.lifecycle.phase() != Phase::Serving {
        report.status = Health::Down;
    }
    let status = match report.status {
        Health::Down => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    Ok(answer(status, report))
}

async fn live(RawQuery(query): RawQuery) -> Result<Response, Problem> {
    params::read::<()>(query.as_deref())?;
    Ok(alive().await)
}

/// The process works, whatever it waits for.
pub(super) async fn alive() -> Response {
    answer(StatusCode::OK, HealthReport::all(Health::Ok))
}

/// It has not begun with what it is for.
pub(super) async fn starting() -> Response {
    answer(
        StatusCode::SERVICE_UNAVAILABLE,
        HealthReport::all(Health::Down),
    )
}
