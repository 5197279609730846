//! What an operator sees of a server: metrics, traces, and logs that name nobody.

use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::json;

use crate::support::{Server, assignment, ok};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
/// How long what follows from a request may take.
const FOLLOWS: Duration = Duration::from_secs(60);

type Spans = Arc<Mutex<Vec<Span>>>;

/// Takes OTLP over HTTP as a collector does; where it listens, and what it was given.
async fn collector() -> (String, Spans) {
    async fn take(State(spans): State<Spans>, body: Bytes) {
        let request = ExportTraceServiceRequest::decode(body).unwrap();
        let scopes = request.resource_spans.into_iter();
        let scopes = scopes.flat_map(|resource| resource.scope_spans);
        let new = scopes.flat_map(|scope| scope.spans);
        spans.lock().unwrap().extend(new);
    }
    let spans = Spans::default();
    let router = Router::new().route("/v1/traces", post(take));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = router.with_state(Arc::clone(&spans));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, spans)
}

fn text(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attribute(span: &Span, key: &str) -> Option<String> {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    let found = span.attributes.iter().find(|a| a.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        other => Some(format!("{other:?}")),
    }
}

/// The spans once `enough` of them have come.
async fn until(spans: &Spans, enough: impl Fn(&[Span]) -> bool) -> Vec<Span> {
    let waiting = async {
        loop {
            let now = spans.lock().unwrap().clone();
            if enough(&now) {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let came = tokio::time::timeout(FOLLOWS, waiting).await;
    came.unwrap_or_else(|_| panic!("not enough: {:#?}", spans.lock().unwrap()))
}

/// Relays and consumes in a process of its own.
struct Worker(Child);

impl Worker {
    fn start(server: &Server, env: &[(&str, &str)]) -> Worker {
        let mut command = server.command();
        command.args(["worker", "--listen", "127.0.0.1:0"]);
        command.env("RAALLY__LOG__FILTER", "warn");
        command.envs(env.iter().copied()).stdout(Stdio::null());
        Worker(command.spawn().unwrap())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One trace from a request through the outbox and the bus to every consumer's effect; on
/// Kafka through two processes.
#[tokio::test]
async fn a_trace_leads_from_a_request_to_what_follows_from_it() {
    let (endpoint, spans) = collector().await;
    let traced = [
        ("RAALLY__TELEMETRY__ENDPOINT", endpoint.as_str()),
        ("RAALLY__TELEMETRY__SAMPLE_RATIO", "0"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("RAALLY__WORKER", "false"),
    ];
    let server = Server::start_with(&traced);
    let _worker = server
        .engines
        .as_ref()
        .map(|_| Worker::start(&server, &traced));
    let admin = server.sign_up("admin", Some("Acme")).await;
    let request = admin.post("/teams", &json!({ "name": "Untraced" }));
    ok(request.send().await.unwrap(), 201).await;
    let request = admin.post("/teams", &json!({ "name": "Traced" }));
    let request = request.header("traceparent", format!("00-{TRACE}-{CALLER}-01"));
    ok(request.send().await.unwrap(), 201).await;

    let named = |spans: &[Span], name: &str| -> Vec<Span> {
        let found = spans.iter().filter(|span| span.name == name);
        found.cloned().collect()
    };
    let route = "POST /api/v1/tenants/{tenant}/teams";
    // Two processes send what they have when they please: the effects may come before the cause.
    let done = until(&spans, |spans| {
        let causes = [route, "publish"].map(|name| named(spans, name).len());
        let effects = named(spans, "consume");
        let by = |name: &str| {
            let of = |s: &Span| attribute(s, "consumer").is_some_and(|c| c == name);
            effects.iter().any(of)
        };
        causes == [1, 1] && by("audit-logger") && by("cache-invalidator")
    });
    let all = done.await;
    // Nothing else was sampled.
    for span in &all {
        assert_eq!(text(&span.trace_id), TRACE, "{span:?}");
    }
    let [request] = named(&all, route).try_into().unwrap();
    let [publish] = named(&all, "publish").try_into().unwrap();
    assert_eq!(text(&request.parent_span_id), CALLER);
    assert_eq!(publish.parent_span_id, request.span_id);
    let stream = format!("tenant/{}", admin.tenant_id);
    assert_eq!(attribute(&publish, "stream"), Some(stream));
    assert_eq!(attribute(&request, "tenant"), Some(admin.tenant_id.clone()));
    for effect in named(&all, "consume") {
        assert_eq!(effect.parent_span_id, publish.span_id);
    }
}

/// What happens to accounts is traced as well, with a trace that begins here.
#[tokio::test]
async fn a_sign_up_begins_a_trace_of_its_own() {
    let (endpoint, spans) = collector().await;
    let server = Server::start_with(&[
        ("RAALLY__TELEMETRY__ENDPOINT", &endpoint),
        ("RAALLY__TELEMETRY__SAMPLE_RATIO", "1"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
    ]);
    server.sign_up("ana", None).await;
    let effect = |spans: &[Span]| {
        let of = |span: &&Span| {
            span.name == "consume"
                && attribute(span, "consumer").is_some_and(|c| c == "audit-logger")
                && attribute(span, "stream").is_some_and(|s| s.starts_with("user/"))
        };
        spans.iter().find(of).cloned()
    };
    let all = until(&spans, |spans| effect(spans).is_some()).await;
    let effect = effect(&all).unwrap();
    let begins =
        |span: &&Span| span.trace_id == effect.trace_id && span.name == "POST /api/v1/auth/sign-up";
    let request = until(&spans, |spans| spans.iter().any(|s| begins(&s))).await;
    let request = request.iter().find(begins).unwrap();
    assert!(request.parent_span_id.is_empty());
}

/// The value of a metric with exactly these labels.
fn value(text: &str, series: &str) -> Option<f64> {
    let line = text
        .lines()
        .find(|l| l.strip_prefix(series).is_some_and(|r| r.starts_with(' ')))?;
    line.rsplit(' ').next()?.parse().ok()
}

async fn metrics(server: &Server) -> String {
    let answer = server.http.get(server.url("/api/metrics")).send().await;
    answer.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn metrics_say_what_is_used_and_what_waits() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Acme")).await;
    let booked = admin.booked().await;
    for (start, end) in [("2020-01-06", "2020-01-10"), ("2020-02-03", "2020-02-07")] {
        let mut over = assignment(&booked.person, &booked.project);
        over["start"] = start.into();
        over["end"] = end.into();
        admin.add("/assignments", over).await;
    }
    let mut to_come = assignment(&booked.person, &booked.project);
    to_come["start"] = "2180-01-03".into();
    to_come["end"] = "2180-01-07".into();
    admin.add("/assignments", to_come).await;
    for _ in 0..3 {
        admin.read("/dashboard?from=2026-11-23&to=2026-11-29").await;
    }
    let wanted = [
        (
            "raally_feature_uses_total{operation=\"add_assignment\"}",
            4.0,
        ),
        ("raally_view_responses_total{source=\"plan\"}", 1.0),
        ("raally_view_responses_total{source=\"memory\"}", 2.0),
        (
            "raally_relayed_events_total{type=\"assignment.created\"}",
            4.0,
        ),
        ("raally_part_up{part=\"database\"}", 1.0),
        ("raally_part_up{part=\"bus\"}", 1.0),
        ("raally_part_up{part=\"cache\"}", 1.0),
        ("raally_part_restarts_total{part=\"relay\"}", 0.0),
        ("raally_active_users{window=\"5m\"}", 1.0),
        ("raally_outbox_events", 0.0),
        ("raally_consumer_lag_events{consumer=\"audit-logger\"}", 0.0),
        ("raally_dead_letters{consumer=\"audit-logger\"}", 0.0),
        ("raally_open_tenants", 1.0),
        ("raally_assignments{progress=\"planned\"}", 1.0),
    ];
    let deadline = tokio::time::Instant::now() + FOLLOWS;
    let text = loop {
        let text = metrics(&server).await;
        let wrong = wanted
            .iter()
            .find(|(series, n)| value(&text, series) != Some(*n));
        match wrong {
            None => break text,
            Some(wrong) if tokio::time::Instant::now() > deadline => panic!("{wrong:?}\n{text}"),
            Some(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    };
    let busiest = format!("raally_tenant_requests{{tenant=\"{}\"}}", admin.tenant_id);
    assert!(value(&text, &busiest).unwrap() >= 6.0, "{text}");
    // Of the four, one is over or not by the day on which this runs.
    let over = value(&text, "raally_assignments{progress=\"completed\"}");
    assert!(over == Some(2.0) || over == Some(3.0), "{text}");
    let effects = "raally_consumer_events_total{consumer=\"audit-logger\"}";
    assert!(value(&text, effects).unwrap() >= 5.0, "{text}");
    assert!(value(&text, "raally_plan_bytes").unwrap() > 0.0);
    #[cfg(target_os = "linux")]
    assert!(value(&text, "raally_process_resident_memory_bytes").unwrap() > 1e6);
    if server.engines.is_some() {
        let most = "raally_postgres_pool{server=\"primary\",state=\"max\"}";
        assert_eq!(value(&text, most), Some(8.0), "{text}");
    }
    assert!(text.ends_with("# EOF\n"));
    assert!(!text.contains(&admin.id), "a label names a user");
}

#[tokio::test]
async fn a_method_that_somebody_made_up_is_no_label() {
    let server = Server::start();
    for method in ["BREW", "STEEP"] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = server.http.request(method, server.url("/api/v1/nowhere"));
        request.send().await.unwrap();
    }
    let text = metrics(&server).await;
    assert!(
        !text.contains("BREW") && !text.contains("nowhere"),
        "{text}"
    );
    let series = "raally_http_request_duration_seconds_count{method=\"other\",route=\"other\",status=\"404\"}";
    assert_eq!(value(&text, series), Some(2.0), "{text}");
}

/// Brokers that answer and take nothing, as those do whose topics were changed by hand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_that_takes_nothing_is_down() {
    let server = Server::start();
    let Some(engines) = &server.engines else {
        return;
    };
    let ana = server.sign_up("Ana", Some("acme")).await;
    let bus = async |expected: &str| {
        let asked = async {
            loop {
                let health = server.http.get(server.url("/api/health")).send().await;
                let health = ok(health.unwrap(), 200).await;
                if health["checks"]["bus"] == expected {
                    return health;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        let answered = tokio::time::timeout(FOLLOWS * 2, asked).await;
        answered.unwrap_or_else(|_| panic!("the bus is never {expected}"))
    };
    bus("ok").await;
    engines.take_messages_up_to("1").await;
    ana.add("/teams", json!({ "name": "Sales" })).await;
    assert_eq!(bus("down").await["status"], "degraded");
    engines.take_messages_up_to("8388608").await;
    assert_eq!(bus("ok").await["status"], "ok");
}
