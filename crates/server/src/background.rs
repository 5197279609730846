//! What a process does beside answering requests: telling others of heads, tidying up, and, where
//! it works for all, relaying events and feeding consumers.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use raally_app::Services;
use raally_app::consumers::{Registered, Runner};
use raally_app::head_broadcast;
use raally_app::relay::Relay;
use raally_app::retention::Retention;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::http::App;
use crate::http::metrics;
use crate::telemetry::traces::{TracedBus, traced};

/// How long stopping waits for each part.
const STOPPING: Duration = Duration::from_secs(5);
/// How long relaying waits for the consumers to join their groups.
const JOINING: Duration = Duration::from_secs(300);
/// How long a consumer that stopped is left alone, at first and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));

pub(crate) struct Background {
    stop: watch::Sender<bool>,
    parts: Vec<JoinHandle<()>>,
}

impl Background {
    /// Starts what every process does.
    pub(crate) fn start(app: &App) -> Background {
        let stop = watch::Sender::new(false);
        let heads = head_broadcast::run(app.tenants.clone(), app.services.uuid(), stop.subscribe());
        let retention = Retention {
            services: app.services.clone(),
            auth: Arc::clone(&app.auth),
        };
        let retention = retention.run(stop.subscribe());
        let mut parts = vec![tokio::spawn(heads), tokio::spawn(retention)];
        if app.config.metrics {
            let sampling = metrics::sample(app.clone(), stop.subscribe());
            parts.push(tokio::spawn(sampling));
        }
        Background { stop, parts }
    }

    /// Relays and consumes from now on.
    pub(crate) fn work(&mut self, app: &App, consumers: Vec<Registered>) {
        let mut joined = Vec::new();
        for consumer in consumers {
            let name = consumer.name();
            let runner = Runner::new(app.services.clone(), traced(consumer));
            app.metrics.consumes(name, runner.counts());
            joined.push(runner.joined());
            let consuming = consume(runner, self.stop.subscribe());
            self.parts.push(tokio::spawn(consuming));
        }
        let sagas = app.sagas.clone().run(self.stop.subscribe());
        self.parts.push(tokio::spawn(sagas));
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
        let stop = self.stop.subscribe();
        self.parts.push(tokio::spawn(async move {
            // A group begins with what is relayed after it was joined. One that cannot be joined
            // must not keep the others waiting for ever.
            let all = join_all(joined.iter().map(|j| j.notified()));
            let mut stopped = stop.clone();
            tokio::select! {
                _ = tokio::time::timeout(JOINING, all) => {}
                _ = stopped.wait_for(|stop| *stop) => return,
            }
            relay.run(stop).await;
        }));
    }

    /// Starts another part; it ends when what it is given holds true.
    pub(crate) fn also<F>(&mut self, part: impl FnOnce(watch::Receiver<bool>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stopped = self.stop.subscribe();
        self.parts.push(tokio::spawn(part(stopped)));
    }

    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        let deadline = tokio::time::Instant::now() + STOPPING;
        for part in self.parts {
            let _ = tokio::time::timeout_at(deadline, part).await;
        }
    }
}

/// Feeds the consumer, again and again where the bus goes away.
async fn consume(runner: Runner, mut stop: watch::Receiver<bool>) {
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
