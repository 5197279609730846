//! Figures that are asked for now and then, of the engines and of this process. Whoever scrapes
//! never waits for them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use raally_app::ports::SagaStatus;
use tokio::sync::watch;

use super::assignments::Assignments;
use crate::http::App;
use crate::http::health::{self, Health};
use crate::process;

const EVERY: Duration = Duration::from_secs(10);
/// Dead letters are read from the bus, all of them: only every so many samples.
const DEAD_LETTERS_EVERY: u32 = 6;
/// How long an engine may take to say how it is doing.
const TIMEOUT: Duration = Duration::from_secs(5);
/// So many workspaces are named.
const BUSIEST: usize = 10;

type Float = Gauge<f64, AtomicU64>;

macro_rules! labels {
    ($name:ident, $($label:ident: $type:ty),+) => {
        #[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
        struct $name { $($label: $type),+ }
    };
}
labels!(Part, part: &'static str);
labels!(Progress, progress: &'static str);
labels!(Window, window: &'static str);
labels!(KeptLabels, kept: &'static str);
labels!(Tenant, tenant: String);
labels!(Consumer, consumer: &'static str);
labels!(EventType, r#type: String);
labels!(SagaLabels, kind: String, status: &'static str);
labels!(Connections, server: &'static str, state: &'static str);

#[derive(Default)]
pub(super) struct Gauges {
    parts: Family<Part, Gauge>,
    restarts: Family<Part, Counter>,
    connections: Family<Connections, Gauge>,
    connections_waiting: Family<Connections, Gauge>,
    outbox_streams: Gauge,
    outbox_events: Gauge,
    outbox_oldest: Float,
    relayed: Family<EventType, Counter>,
    consumer_lag: Family<Consumer, Gauge>,
    consumed: Family<Consumer, Counter>,
    retried: Family<Consumer, Counter>,
    dead_lettered: Family<Consumer, Counter>,
    lost: Family<Consumer, Counter>,
    dead_letters: Family<Consumer, Gauge>,
    sagas: Family<SagaLabels, Gauge>,
    open_tenants: Gauge,
    plan_bytes: Gauge,
    plans_asked: Counter,
    plans_loaded: Counter,
    in_flight: Gauge,
    open_connections: Gauge,
    refused_connections: Counter,
    active_users: Family<Window, Gauge>,
    tenant_requests: Family<Tenant, Gauge>,
    tenant_bytes: Family<Tenant, Gauge>,
    assignments: Family<Progress, Gauge>,
    counted: Assignments,
    resident: Gauge,
    kept: Family<KeptLabels, Gauge>,
    put_away: Family<KeptLabels, Counter>,
    memory_budget: Gauge,
    cpu: Counter<f64, AtomicU64>,
    open_files: Gauge,
}

impl Gauges {
    pub(super) fn new(registry: &mut Registry) -> Gauges {
        let all = Gauges::default();
        all.register_engines(registry);
        all.register_consumers(registry);
        all.register_process(registry);
        all
    }

    fn register_engines(&self, to: &mut Registry) {
        let help = "1 where the part this process stands on answers, else 0";
        to.register("part_up", help, self.parts.clone());
        let help = "Connections to PostgreSQL, by what they do";
        to.register("postgres_connections", help, self.connections.clone());
        let help = "The most connections to PostgreSQL, and requests that wait for one";
        to.register("postgres_pool", help, self.connections_waiting.clone());
        let help = "Streams with events that wait to be relayed";
        to.register("outbox_streams", help, self.outbox_streams.clone());
        let help = "Events that wait to be relayed";
        to.register("outbox_events", help, self.outbox_events.clone());
        let help = "How long the event that has waited longest waits to be relayed";
        to.register_with_unit(
            "outbox_age",
            help,
            Unit::Seconds,
            self.outbox_oldest.clone(),
        );
        let help = "Events relayed by this process, by type";
        to.register("relayed_events", help, self.relayed.clone());
    }

    fn register_consumers(&self, to: &mut Registry) {
        let help = "Events on the bus that a consumer group has not acknowledged";
        to.register("consumer_lag_events", help, self.consumer_lag.clone());
        let help = "Events that a consumer has consumed";
        to.register("consumer_events", help, self.consumed.clone());
        let help = "How often an event could not be consumed and was retried";
        to.register("consumer_retries", help, self.retried.clone());
        let help = "Events that became dead letters of a consumer";
        to.register("consumer_dead_letters", help, self.dead_lettered.clone());
        let help = "Events dropped because no log has them: their commits were lost";
        to.register("consumer_lost", help, self.lost.clone());
        let help = "Streams that wait behind a dead letter";
        to.register("dead_letters", help, self.dead_letters.clone());
        let help = "Sagas that have not ended, by kind and status";
        to.register("sagas", help, self.sagas.clone());
    }

    fn register_process(&self, to: &mut Registry) {
        let help = "Workspaces whose plans are in memory";
        to.register("open_tenants", help, self.open_tenants.clone());
        let help = "What these plans are estimated to take";
        to.register_with_unit("plan", help, Unit::Bytes, self.plan_bytes.clone());
        let help = "How often a plan was asked for";
        to.register("plans_asked", help, self.plans_asked.clone());
        let help = "How often a plan was loaded because it was not in memory";
        to.register("plans_loaded", help, self.plans_loaded.clone());
        let help = "How often a part that runs beside requests stopped and was started again";
        to.register("part_restarts", help, self.restarts.clone());
        let help = "Connections of clients";
        to.register("connections", help, self.open_connections.clone());
        let help = "Connections closed at once, for want of room";
        to.register(
            "connections_refused",
            help,
            self.refused_connections.clone(),
        );
        let help = "Requests under way";
        to.register("requests_in_flight", help, self.in_flight.clone());
        let help = "Users that this process has answered in that time";
        to.register("active_users", help, self.active_users.clone());
        let help = "Requests to the busiest workspaces since the process began, about";
        to.register("tenant_requests", help, self.tenant_requests.clone());
        let help = "What the plans of the busiest workspaces are estimated to take";
        to.register_with_unit("tenant_plan", help, Unit::Bytes, self.tenant_bytes.clone());
        let help = "People's assignments in the plans in memory, by how far they are today";
        to.register("assignments", help, self.assignments.clone());
        let help = "Memory of this process";
        to.register_with_unit(
            "process_resident_memory",
            help,
            Unit::Bytes,
            self.resident.clone(),
        );
        let help = "What this process is to take at most";
        to.register_with_unit(
            "memory_budget",
            help,
            Unit::Bytes,
            self.memory_budget.clone(),
        );
        let help = "What is kept so that it need not be worked out again, by estimate";
        to.register_with_unit("memory_kept", help, Unit::Bytes, self.kept.clone());
        let help = "What of it was put away because memory ran short";
        to.register_with_unit("memory_put_away", help, Unit::Bytes, self.put_away.clone());
        let help = "Processor time of this process";
        to.register_with_unit("process_cpu", help, Unit::Seconds, self.cpu.clone());
        let help = "Files and sockets that this process has open";
        to.register("process_open_fds", help, self.open_files.clone());
    }

    /// What costs nothing to ask for, for every scrape.
    pub(super) fn count(&self, app: &App) {
        let metrics = &app.metrics;
        for (consumer, counts) in metrics.consumers.lock().iter() {
            let labels = Consumer { consumer };
            for (family, count) in [
                (&self.consumed, &counts.consumed),
                (&self.retried, &counts.retried),
                (&self.dead_lettered, &counts.dead_lettered),
                (&self.lost, &counts.lost),
            ] {
                raise(
                    &family.get_or_create(&labels),
                    count.load(Ordering::Relaxed),
                );
            }
        }
        if let Some(relayed) = &*metrics.relayed.lock() {
            for (r#type, count) in relayed.by_type() {
                raise(&self.relayed.get_or_create(&EventType { r#type }), count);
            }
        }
        for connections in app.services.store_metrics.connections() {
            let server = connections.server;
            let used = connections.open.saturating_sub(connections.idle);
            let of = |state| Connections { server, state };
            set(
                &self.connections.get_or_create(&of("idle")),
                connections.idle,
            );
            set(&self.connections.get_or_create(&of("used")), used);
            let waiting = &self.connections_waiting;
            set(&waiting.get_or_create(&of("max")), connections.most);
            set(&waiting.get_or_create(&of("waiting")), connections.waiting);
        }
        for (part, state) in app.supervisor.parts() {
            raise(&self.restarts.get_or_create(&Part { part }), state.restarts);
        }
        set(&self.in_flight, app.lifecycle.in_flight() as u64);
        set(&self.open_connections, app.connections.open() as u64);
        raise(&self.refused_connections, app.connections.refused());
        set(&self.memory_budget, app.services.memory.budget());
        for (kept, bytes) in app.services.memory.put_away() {
            let labels = KeptLabels { kept: kept.name() };
            raise(&self.put_away.get_or_create(&labels), bytes);
        }
        let (asked, loaded) = app.tenants.openings();
        raise(&self.plans_asked, asked);
        raise(&self.plans_loaded, loaded);
    }

    /// What takes a look through memory.
    fn look(&self, app: &App) {
        let (tenants, bytes) = app.tenants.usage();
        set(&self.open_tenants, tenants as u64);
        set(&self.plan_bytes, bytes);
        for (kept, bytes) in app.services.memory.usage() {
            let labels = KeptLabels { kept: kept.name() };
            set(&self.kept.get_or_create(&labels), bytes);
        }
        let assignments = self
            .counted
            .progress(&app.tenants.plans(), app.services.now());
        for (progress, count) in [
            ("planned", assignments.planned),
            ("running", assignments.running),
            ("completed", assignments.completed),
        ] {
            set(
                &self.assignments.get_or_create(&Progress { progress }),
                count,
            );
        }
        for (window, users) in app.metrics.visits.active(app.services.now()) {
            set(&self.active_users.get_or_create(&Window { window }), users);
        }
        // Those that were busiest before are not named any more.
        self.tenant_requests.clear();
        self.tenant_bytes.clear();
        for (id, requests) in app.metrics.busy.busiest(BUSIEST) {
            let labels = Tenant {
                tenant: id.to_string(),
            };
            set(&self.tenant_requests.get_or_create(&labels), requests);
            let bytes = app.tenants.bytes(id).unwrap_or(0);
            set(&self.tenant_bytes.get_or_create(&labels), bytes);
        }
        if let Some(process) = process::now() {
            set(&self.resident, process.resident_bytes);
            set(&self.open_files, process.open_files);
            let cpu = process.cpu_seconds.to_bits();
            self.cpu.inner().store(cpu, Ordering::Relaxed);
        }
    }

    /// Asks the engines. What does not answer keeps its last figure; its part is down.
    async fn ask(&self, app: &App, dead_letters: bool) {
        let report = health::report(app).await;
        for (part, health) in [
            ("database", report.checks.database),
            ("cache", report.checks.cache),
            ("bus", report.checks.bus),
        ] {
            let up = u64::from(health == Health::Ok);
            set(&self.parts.get_or_create(&Part { part }), up);
        }
        if app.metrics.relayed.lock().is_none() {
            return;
        }
        let waiting =
            tokio::time::timeout(TIMEOUT, app.services.store_metrics.outbox_backlog()).await;
        if let Ok(Ok(waiting)) = waiting {
            set(&self.outbox_streams, waiting.streams);
            set(&self.outbox_events, waiting.events);
            let age = waiting.since.map_or(0, |since| {
                app.services
                    .now()
                    .micros()
                    .saturating_sub(since.micros())
                    .max(0)
            });
            let age = Duration::from_micros(age.unsigned_abs());
            self.outbox_oldest.set(age.as_secs_f64());
        }
        self.ask_sagas(app).await;
        let consumers: Vec<&'static str> = {
            let consumers = app.metrics.consumers.lock();
            consumers.iter().map(|(name, _)| *name).collect()
        };
        for consumer in consumers {
            let labels = Consumer { consumer };
            let waiting = tokio::time::timeout(TIMEOUT, app.services.bus.lag(consumer)).await;
            if let Ok(Ok(waiting)) = waiting {
                set(&self.consumer_lag.get_or_create(&labels), waiting);
            }
            if !dead_letters {
                continue;
            }
            let dead = tokio::time::timeout(TIMEOUT, app.services.bus.dead_letters(consumer)).await;
            if let Ok(Ok(dead)) = dead {
                set(&self.dead_letters.get_or_create(&labels), dead.len() as u64);
            }
        }
    }
}

impl Gauges {
    async fn ask_sagas(&self, app: &App) {
        let Ok(Ok(counts)) = tokio::time::timeout(TIMEOUT, app.sagas.count()).await else {
            return;
        };
        let known = app.sagas.kinds().flat_map(|kind| {
            let statuses = [SagaStatus::Running, SagaStatus::Compensating];
            statuses.map(|status| (kind.to_owned(), status, 0))
        });
        // Those that are known are told of where there is none, too.
        for (kind, status, count) in known.chain(counts) {
            let status = status.name();
            set(
                &self.sagas.get_or_create(&SagaLabels { kind, status }),
                count,
            );
        }
    }
}

fn set(gauge: &Gauge, value: u64) {
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
}

/// Sets a counter to what was counted elsewhere.
fn raise(counter: &Counter, value: u64) {
    counter.inner().store(value, Ordering::Relaxed);
}

/// Asks every ten seconds, until `stop` holds true.
pub(crate) async fn run(app: App, mut stop: watch::Receiver<bool>) {
    for round in 0_u32.. {
        let gauges = &app.metrics.gauges;
        let dead_letters = round % DEAD_LETTERS_EVERY == 0;
        let asking = async {
            gauges.look(&app);
            gauges.ask(&app, dead_letters).await;
            tokio::time::sleep(EVERY).await;
        };
        tokio::select! {
            () = asking => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}
