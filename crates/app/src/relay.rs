//! From the logs to the bus: each stream in order, at least once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use parking_lot::Mutex;
use raally_domain::event::Hash;
use raally_domain::ids::EventId;
use raally_domain::time::Timestamp;
use serde::Deserialize;
use tokio::sync::{Notify, watch};

use crate::error::Error;
use crate::poll_loop::PollLoop;
use crate::ports::{LoggedEvent, Message, OutboxRow};
use crate::services::{Services, later};
use crate::trace::TraceParent;

/// A stream is one process's for that long at most; then another may take over.
const LEASE: Duration = Duration::from_secs(20);
/// A stream is given back in time for what is under way to end within the lease.
const GIVE_BACK: Duration = Duration::from_secs(8);
/// How many streams are leased at a time.
const STREAMS: usize = 256;
/// How many of them are relayed at once: each waits for the store and the bus most of the time.
const AT_ONCE: usize = 16;
/// How many events are published at a time.
const PAGE: usize = 500;
const LOOP: PollLoop = PollLoop {
    name: "relaying",
    batch_window: Duration::from_millis(25),
    interval: Duration::from_secs(2),
};

/// Publishes events of the logs to the bus. Any number of processes may: a stream is leased to one.
pub struct Relay {
    services: Services,
    wake: Arc<Notify>,
    /// This process among those that relay.
    owner: String,
    /// Whether events are published with the traces that they belong to.
    traced: bool,
    relayed: Arc<Relayed>,
}

/// What a relay has published, and whether the bus takes more.
#[derive(Default)]
pub struct Relayed {
    by_type: Mutex<BTreeMap<String, u64>>,
    refused_since: Mutex<Option<Timestamp>>,
}

impl Relayed {
    /// How many events, by their types, since the relay began.
    #[must_use]
    pub fn by_type(&self) -> BTreeMap<String, u64> {
        self.by_type.lock().clone()
    }

    /// Since when the bus has taken nothing that was published; `None` while it takes events, and
    /// while there are none. A bus may answer and take nothing all the same.
    #[must_use]
    pub fn refused_since(&self) -> Option<Timestamp> {
        *self.refused_since.lock()
    }

    fn published(&self, types: Vec<String>) {
        *self.refused_since.lock() = None;
        let mut counts = self.by_type.lock();
        for event_type in types {
            *counts.entry(event_type).or_default() += 1;
        }
    }

    fn refused(&self, now: Timestamp) {
        self.refused_since.lock().get_or_insert(now);
    }
}

/// How far a stream was relayed: the last event's seq, and its hash if it is one of this turn.
#[derive(Clone, Copy)]
struct Sent {
    seq: u64,
    event: Option<Hash>,
}

impl Sent {
    fn of(logged: &LoggedEvent) -> Sent {
        Sent {
            seq: logged.seq,
            event: Some(logged.stored.hash),
        }
    }
}

/// What of an event's envelope the relay looks at.
#[derive(Deserialize)]
struct EventType {
    id: EventId,
    #[serde(rename = "type")]
    event_type: String,
}

impl Relay {
    /// `wake` is told after commits (see `Tenants::committed`).
    #[must_use]
    pub fn new(services: Services, wake: Arc<Notify>) -> Relay {
        let owner = services.uuid().to_string();
        Relay {
            services,
            wake,
            owner,
            traced: false,
            relayed: Arc::default(),
        }
    }

    /// Publishes events with the traces that they belong to.
    #[must_use]
    pub fn with_traces(self) -> Relay {
        Relay {
            traced: true,
            ..self
        }
    }

    /// What it has published so far; goes on counting.
    #[must_use]
    pub fn relayed(&self) -> Arc<Relayed> {
        Arc::clone(&self.relayed)
    }

    /// Relays until `stop` holds true.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        LOOP.run(&self.wake, stop, || self.round()).await;
    }

    /// Relays what is due once; returns how many events it published.
    pub async fn round(&self) -> Result<usize, Error> {
        let now = self.services.now();
        let until = later(now, LEASE);
        let leased = self
            .services
            .store
            .lease_outbox(&self.owner, now, until, STREAMS)
            .await?;
        let give_back = later(now, GIVE_BACK);
        let relaying = leased.into_iter().map(|row| self.stream(row, give_back));
        let mut relaying = stream::iter(relaying).buffer_unordered(AT_ONCE);
        let mut published = 0;
        let mut failed = None;
        // Each lease is given back whatever happened, so that the next round may go on.
        while let Some(relayed) = relaying.next().await {
            match relayed {
                Ok(n) => published += n,
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(published), Err)
    }

    async fn stream(&self, row: OutboxRow, until: Timestamp) -> Result<usize, Error> {
        let mut sent = Sent {
            seq: row.sent,
            event: None,
        };
        let result = self.publish(row, until, &mut sent).await;
        let store = &self.services.store;
        let marked = store.mark_sent(&self.owner, row.stream, sent.seq, sent.event);
        if !marked.await? {
            tracing::info!(stream = %row.stream, "events were not marked as relayed: another process has the lease, or their commits were lost");
        }
        result.map(|()| usize::try_from(sent.seq - row.sent).unwrap_or(usize::MAX))
    }

    async fn publish(
        &self,
        row: OutboxRow,
        until: Timestamp,
        sent: &mut Sent,
    ) -> Result<(), Error> {
        while sent.seq < row.head && self.services.now() < until {
            let store = &self.services.store;
            let page = store.stream_events(row.stream, sent.seq, PAGE).await?;
            let Some(last) = page.last().map(Sent::of) else {
                return Ok(());
            };
            let types: Vec<Option<EventType>> = page.iter().map(event_type_of).collect();
            let traces = self.traces(&types).await;
            let messages = page.into_iter().zip(&types).map(|(logged, of)| Message {
                stream: row.stream,
                seq: logged.seq,
                body: logged.stored.body.into(),
                trace: of.as_ref().and_then(|p| traces.get(&p.id).cloned()),
            });
            let published = self.services.bus.publish(messages.collect()).await;
            published.map_err(|e| {
                self.relayed.refused(self.services.now());
                Error::Unavailable {
                    detail: e.to_string(),
                    retry_after: Duration::from_secs(2),
                    source: None,
                }
            })?;
            *sent = last;
            let types = types.into_iter().flatten().map(|p| p.event_type);
            self.relayed.published(types.collect());
        }
        Ok(())
    }

    /// The traces that events belong to; none where they cannot be had: events go on without.
    async fn traces(&self, events: &[Option<EventType>]) -> HashMap<EventId, TraceParent> {
        if !self.traced {
            return HashMap::new();
        }
        let ids: Vec<EventId> = events.iter().flatten().map(|p| p.id).collect();
        match self.services.traces.traces(&ids).await {
            Ok(found) => found.into_iter().collect(),
            Err(error) => {
                tracing::debug!(
                    error = Error::from(error).causes(),
                    "the traces of events could not be read; they are published without"
                );
                HashMap::new()
            }
        }
    }
}

/// What is no event of ours is for consumers to refuse.
fn event_type_of(logged: &LoggedEvent) -> Option<EventType> {
    serde_json::from_str(&logged.stored.body).ok()
}
