//! Counts and durations of requests by route, as Prometheus text.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;

use super::App;
use super::endpoint::{Endpoints, get};
use super::problem::Problem;

/// Upper bounds of the histogram's buckets, in seconds.
const BOUNDS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

#[derive(Default)]
struct Series {
    /// By bucket; what is slower than all counts in `count` only.
    buckets: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

#[derive(Default)]
pub(crate) struct Metrics {
    /// By method, route and class of status.
    requests: Mutex<BTreeMap<(String, String, u16), Series>>,
    /// Requests refused for their number, by what was counted.
    limited: Mutex<BTreeMap<&'static str, u64>>,
}

impl Metrics {
    /// A request was refused because there were too many, of that.
    pub(crate) fn limited(&self, what: &'static str) {
        *self.limited.lock().entry(what).or_default() += 1;
    }

    pub(crate) fn count(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let seconds = took.as_secs_f64();
        let mut requests = self.requests.lock();
        let key = (method.to_string(), route.to_owned(), status);
        let series = requests.entry(key).or_default();
        series.count += 1;
        series.seconds += seconds;
        if let Some(bucket) = BOUNDS.iter().position(|bound| seconds <= *bound) {
            series.buckets[bucket] += 1;
        }
    }

    fn text(&self) -> String {
        let mut text = String::from(
            "# HELP raally_http_request_duration_seconds How long requests took.\n\
             # TYPE raally_http_request_duration_seconds histogram\n",
        );
        let name = "raally_http_request_duration_seconds";
        for ((method, route, status), series) in self.requests.lock().iter() {
            let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
            let mut below = 0;
            for (bound, count) in BOUNDS.iter().zip(series.buckets) {
                below += count;
                let _ = writeln!(text, "{name}_bucket{{{labels},le=\"{bound}\"}} {below}");
            }
            let (count, seconds) = (series.count, series.seconds);
            let _ = writeln!(text, "{name}_bucket{{{labels},le=\"+Inf\"}} {count}");
            let _ = writeln!(text, "{name}_sum{{{labels}}} {seconds}");
            let _ = writeln!(text, "{name}_count{{{labels}}} {count}");
        }
        let name = "raally_rate_limited_requests_total";
        let _ = writeln!(text, "# HELP {name} Requests refused for their number.");
        let _ = writeln!(text, "# TYPE {name} counter");
        for (what, count) in self.limited.lock().iter() {
            let _ = writeln!(text, "{name}{{limit=\"{what}\"}} {count}");
        }
        text
    }
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        get("/api/metrics", "metrics")
            .tag("operations")
            .public()
            .summary("Figures of this process for Prometheus")
            .answers_text("Prometheus text", "text/plain")
            .handled_by(metrics),
    ]
}

async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    if !app.config.metrics {
        return Err(Problem::not_found("page"));
    }
    let (tenants, bytes) = app.tenants.usage();
    let mut text = app.metrics.text();
    let _ = write!(
        text,
        "# TYPE raally_open_tenants gauge\nraally_open_tenants {tenants}\n\
         # TYPE raally_plan_bytes gauge\nraally_plan_bytes {bytes}\n\
         # TYPE raally_requests_in_flight gauge\nraally_requests_in_flight {}\n",
        app.lifecycle.in_flight()
    );
    let content_type = (
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    );
    Ok((StatusCode::OK, [content_type], text).into_response())
}
