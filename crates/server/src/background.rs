//! What a process does beside answering requests: relaying events, feeding consumers, tidying up.

use std::sync::Arc;
use std::time::Duration;

use raally_app::consumers::{Consumer, Runner};
use raally_app::ports::Bus;
use raally_app::relay::Relay;
use raally_app::world::{World, earlier};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

const TIDY_EVERY: Duration = Duration::from_secs(3600);
/// How long answers to idempotency keys are kept.
const ANSWERS_FOR: Duration = Duration::from_secs(24 * 3600);
/// How long stopping waits for each part.
const STOPPING: Duration = Duration::from_secs(2);

pub(crate) struct Background {
    stop: watch::Sender<bool>,
    parts: Vec<JoinHandle<()>>,
}

impl Background {
    /// Starts all parts; `committed` is told after every commit.
    pub(crate) fn start(
        world: &World,
        bus: &Arc<dyn Bus>,
        consumers: Vec<Arc<dyn Consumer>>,
        committed: Arc<Notify>,
    ) -> Background {
        let stop = watch::Sender::new(false);
        let mut parts = Vec::new();
        for consumer in consumers {
            let runner = Runner::new(world.clone(), Arc::clone(bus), consumer);
            let stopped = stop.subscribe();
            parts.push(tokio::spawn(async move {
                if let Err(error) = runner.run(stopped).await {
                    tracing::error!(%error, "a consumer stopped");
                }
            }));
        }
        let relay = Relay::new(world.clone(), Arc::clone(bus), committed);
        parts.push(tokio::spawn(relay.run(stop.subscribe())));
        parts.push(tokio::spawn(tidy(world.clone(), stop.subscribe())));
        Background { stop, parts }
    }

    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        for part in self.parts {
            let _ = tokio::time::timeout(STOPPING, part).await;
        }
    }
}

/// Drops answers that no key asks for any more.
async fn tidy(world: World, mut stop: watch::Receiver<bool>) {
    let mut every = tokio::time::interval(TIDY_EVERY);
    loop {
        tokio::select! {
            _ = every.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let before = earlier(world.now(), ANSWERS_FOR);
        match world.store.drop_answers(before).await {
            Ok(0) => {}
            Ok(dropped) => tracing::debug!(dropped, "old answers dropped"),
            Err(error) => tracing::warn!(%error, "old answers stay for now"),
        }
    }
}
