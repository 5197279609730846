//! What a process does beside answering requests: telling others of heads, tidying up, and, where
//! it works for all, relaying events and feeding consumers.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use raally_app::Services;
use raally_app::consumers::{Joined, Registered, Runner};
use raally_app::head_broadcast;
use raally_app::relay::Relay;
use raally_app::retention::Retention;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::http::App;
use crate::http::metrics;
use crate::memory;
use crate::telemetry::traces::{TracedBus, traced};

/// How long stopping waits for each part.
const STOPPING: Duration = Duration::from_secs(5);
/// How long relaying waits for the consumers to join their groups.
const JOINING: Duration = Duration::from_secs(300);
/// How long a consumer that stopped is left alone, at first and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));

/// What does a part's work until it is told to stop.
type Part = Box<dyn Fn(watch::Receiver<bool>) -> BoxFuture<'static, ()> + Send + Sync>;

pub(crate) struct Background {
    app: App,
    stop: watch::Sender<bool>,
    parts: Vec<JoinHandle<()>>,
}

impl Background {
    /// Starts what every process does.
    pub(crate) fn start(app: &App) -> Background {
        let mut background = Background {
            app: app.clone(),
            stop: watch::Sender::new(false),
            parts: Vec::new(),
        };
        let of = app.clone();
        background.part("head broadcast", move |stop| {
            head_broadcast::run(of.tenants.clone(), of.services.uuid(), stop)
        });
        let budget = Arc::clone(&app.services.memory);
        background.part("memory", move |stop| {
            memory::keep_within(Arc::clone(&budget), stop)
        });
        let of = app.clone();
        background.part("retention", move |stop| {
            let retention = Retention {
                services: of.services.clone(),
                auth: Arc::clone(&of.auth),
            };
            retention.run(stop)
        });
        if app.config.metrics {
            let of = app.clone();
            background.part("metrics", move |stop| metrics::sample(of.clone(), stop));
        }
        background
    }

    /// Relays and consumes from now on.
    pub(crate) fn work(&mut self, consumers: Vec<Registered>) {
        let app = self.app.clone();
        let mut joined = Vec::new();
        for consumer in consumers {
            let name = consumer.name();
            let runner = Arc::new(Runner::new(app.services.clone(), traced(consumer)));
            app.metrics.consumes(name, runner.counts());
            joined.push(runner.joined());
            self.part(name, move |stop| consume(Arc::clone(&runner), stop));
        }
        let sagas = app.sagas.clone();
        self.part("sagas", move |stop| sagas.clone().run(stop));
        let wake = app.tenants.commit_notifier().relay();
        let services = Services {
            bus: Arc::new(TracedBus(Arc::clone(&app.services.bus))),
            ..app.services.clone()
        };
        let mut relay = Relay::new(services, wake);
        if app.config.telemetry.is_on() {
            relay = relay.with_traces();
        }
        app.metrics.relays(relay.relayed());
        let (relay, joined) = (Arc::new(relay), Arc::new(joined));
        self.part("relay", move |stop| {
            relay_when_joined(Arc::clone(&relay), Arc::clone(&joined), stop)
        });
    }

    /// Starts a part, and again where it stops; it ends when what it is given holds true.
    pub(crate) fn part<F>(
        &mut self,
        name: &'static str,
        part: impl Fn(watch::Receiver<bool>) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let (app, stop) = (self.app.clone(), self.stop.subscribe());
        // Boxed, so that supervising is compiled once and not once for each part.
        let part: Part = Box::new(move |stop| Box::pin(part(stop)));
        let supervised = async move { app.supervisor.run(name, stop, part).await };
        self.parts.push(tokio::spawn(supervised));
    }

    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        let deadline = tokio::time::Instant::now() + STOPPING;
        for part in self.parts {
            let _ = tokio::time::timeout_at(deadline, part).await;
        }
    }
}

/// Relays once the consumers have joined: a group begins with what is relayed after that. One that
/// cannot be joined must not keep the others waiting for ever.
async fn relay_when_joined(
    relay: Arc<Relay>,
    joined: Arc<Vec<Arc<Joined>>>,
    stop: watch::Receiver<bool>,
) {
    let all = join_all(joined.iter().map(|joined| joined.wait()));
    let mut stopped = stop.clone();
    tokio::select! {
        _ = tokio::time::timeout(JOINING, all) => {}
        _ = stopped.wait_for(|stop| *stop) => return,
    }
    relay.run(stop).await;
}

/// Feeds the consumer, again and again where the bus goes away.
async fn consume(runner: Arc<Runner>, mut stop: watch::Receiver<bool>) {
    let mut backoff = BACKOFF.0;
    loop {
        let began = tokio::time::Instant::now();
        if let Err(error) = runner.run(stop.clone()).await {
            tracing::warn!(%error, "a consumer lost the bus and subscribes again after a pause");
        }
        if began.elapsed() > BACKOFF.1 {
            backoff = BACKOFF.0;
        }
        tokio::select! {
            () = tokio::time::sleep(backoff) => backoff = (backoff * 2).min(BACKOFF.1),
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}
