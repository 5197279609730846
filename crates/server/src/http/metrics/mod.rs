//! Figures of this process for Prometheus, in OpenMetrics' text. No label takes more values than
//! the program knows, but for the few busiest workspaces.

mod assignments;
mod sample;
mod tenants;
mod visits;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use raally_app::consumers::Counts;
use raally_app::relay::Relayed;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::problem::{Message, Thing};
use raally_domain::time::Timestamp;
use utoipa::openapi::HttpMethod;

use super::App;
use super::endpoint::{Endpoint, Endpoints, get};
use super::params;
use super::problem::{Problem, ProblemKind};
use super::refusals::Refusal;

pub(crate) use sample::run as sample;

use sample::Gauges;
use tenants::Busy;
use visits::Visits;

/// Upper bounds of the buckets of requests, in seconds.
const REQUEST_BUCKETS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];
/// Methods that are told apart: a caller may make up others without end.
const METHODS: [Method; 7] = [
    Method::GET,
    Method::POST,
    Method::PATCH,
    Method::DELETE,
    Method::PUT,
    Method::HEAD,
    Method::OPTIONS,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Limited {
    limit: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Feature {
    operation: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    source: &'static str,
}

/// Where a response to a question about a plan came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseSource {
    /// The caller still had it.
    Caller,
    /// The cache of this process.
    Memory,
    /// The cache that processes share.
    Shared,
    /// It was computed from the plan.
    Plan,
}

pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Histogram, fn() -> Histogram>,
    limited: Family<Limited, Counter>,
    features: Family<Feature, Counter>,
    answers: Family<Answered, Counter>,
    /// Operations by method and route.
    operations: HashMap<(Method, String), String>,
    visits: Visits,
    busy: Busy,
    gauges: Gauges,
    /// The consumers of this process, and what its relay has published.
    consumers: Mutex<Vec<(&'static str, Arc<Counts>)>>,
    relayed: Mutex<Option<Arc<Relayed>>>,
}

impl Metrics {
    /// `endpoints` are all that there are.
    pub(crate) fn new(endpoints: &[Endpoint]) -> Metrics {
        let mut registry = Registry::with_prefix("raally");
        let buckets: fn() -> Histogram = || Histogram::new(REQUEST_BUCKETS);
        let requests = Family::new_with_constructor(buckets);
        registry.register_with_unit(
            "http_request_duration",
            "How long requests took",
            Unit::Seconds,
            requests.clone(),
        );
        let limited = Family::default();
        let help = "Requests refused for their number";
        registry.register("rate_limited_requests", help, limited.clone());
        let features = Family::default();
        let help = "Requests that were answered well, by operation of the API";
        registry.register("feature_uses", help, features.clone());
        let answers = Family::default();
        let help = "Dashboards and schedules, by where the response came from";
        registry.register("view_responses", help, answers.clone());
        let operations = endpoints.iter().filter_map(operation).collect();
        Metrics {
            requests,
            limited,
            features,
            answers,
            operations,
            visits: Visits::new(&mut registry),
            busy: Busy::default(),
            gauges: Gauges::new(&mut registry),
            consumers: Mutex::default(),
            relayed: Mutex::default(),
            registry,
        }
    }

    /// A request was refused because there were too many, of that.
    pub(crate) fn limited(&self, limit: &'static str) {
        self.limited.get_or_create(&Limited { limit }).inc();
    }

    /// A request was answered; `route` is the one it matched.
    pub(crate) fn count(&self, method: &Method, route: Option<&str>, status: u16, took: Duration) {
        let known = METHODS.contains(method);
        let labels = RequestLabels {
            method: if known { method.as_str() } else { "other" }.to_owned(),
            route: route.unwrap_or("other").to_owned(),
            status,
        };
        let seconds = took.as_secs_f64();
        self.requests.get_or_create(&labels).observe(seconds);
        let Some(route) = route.filter(|_| status < 400) else {
            return;
        };
        if let Some(operation) = self.operations.get(&(method.clone(), route.to_owned())) {
            let operation = operation.clone();
            self.features.get_or_create(&Feature { operation }).inc();
        }
    }

    pub(crate) fn answered(&self, source: ResponseSource) {
        let source = match source {
            ResponseSource::Caller => "caller",
            ResponseSource::Memory => "memory",
            ResponseSource::Shared => "shared",
            ResponseSource::Plan => "plan",
        };
        self.answers.get_or_create(&Answered { source }).inc();
    }

    /// A user has asked for something, of a workspace if one is named.
    pub(crate) fn asked(&self, user: UserId, tenant: Option<TenantId>, now: Timestamp) {
        self.visits.seen(user, now);
        if let Some(tenant) = tenant {
            self.busy.asked(tenant);
        }
    }

    /// A consumer runs in this process.
    pub(crate) fn consumes(&self, name: &'static str, counts: Arc<Counts>) {
        self.consumers.lock().push((name, counts));
    }

    /// A relay runs in this process.
    pub(crate) fn relays(&self, relayed: Arc<Relayed>) {
        *self.relayed.lock() = Some(relayed);
    }

    /// Since when the bus has taken nothing of what this process relays.
    pub(crate) fn bus_refuses_since(&self) -> Option<Timestamp> {
        self.relayed.lock().as_ref()?.refused_since()
    }

    fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// An endpoint by its method and route.
fn operation(endpoint: &Endpoint) -> Option<((Method, String), String)> {
    let method = match endpoint.method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Delete => Method::DELETE,
        _ => return None,
    };
    Some(((method, endpoint.path.clone()), endpoint.id.clone()))
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        get("/api/metrics", "metrics")
            .tag("operations")
            .public()
            .summary("Figures of this process for Prometheus")
            .refuses([Refusal::NotFound])
            .answers_text("OpenMetrics text", "application/openmetrics-text")
            .handled_by(metrics),
    ]
}

async fn metrics(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    if !app.config.metrics {
        return Err(Problem::not_found(Thing::Page));
    }
    params::read::<()>(query.as_deref())?;
    app.metrics.gauges.count(&app);
    let text = app.metrics.text().map_err(|error| {
        tracing::error!(%error, "the metrics could not be written");
        Problem::new(ProblemKind::Internal, Message::Internal)
    })?;
    let content_type = (
        header::CONTENT_TYPE,
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
    );
    Ok((StatusCode::OK, [content_type], text).into_response())
}
