//! What a process does beside answering requests: relaying events, feeding consumers, tidying up.

use std::sync::Arc;
use std::time::Duration;

use raally_app::auth::Auth;
use raally_app::consumers::{Consumer, Runner};
use raally_app::ports::Bus;
use raally_app::relay::Relay;
use raally_app::upkeep;
use raally_app::world::World;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

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
        auth: &Arc<Auth>,
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
        parts.push(tokio::spawn(upkeep::run(
            world.clone(),
            Arc::clone(auth),
            stop.subscribe(),
        )));
        Background { stop, parts }
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
        for part in self.parts {
            let _ = tokio::time::timeout(STOPPING, part).await;
        }
    }
}
