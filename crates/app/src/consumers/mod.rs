//! What follows from events, each consumer at its own pace, each event's effect once.

mod mail;

use std::sync::Arc;

use async_trait::async_trait;
use raally_domain::event::Event;
use raally_domain::ids::TenantId;
use serde::Deserialize;
use tokio::sync::watch;

use crate::error::Error;
use crate::ports::{Bus, BusError, Handled, LoggedEvent, Message};
use crate::tenants::tail;
use crate::world::World;

pub use mail::Notifier;

/// Why an event's effect did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not now.
    Later(String),
    /// Never: the stream waits until somebody has looked.
    Never(String),
}

/// Something that happens because of events.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// Under this name its places in the streams are kept, for ever.
    fn name(&self) -> &'static str;
    /// Whether events of that type (`member.created`) concern it at all.
    fn wants(&self, event_type: &str) -> bool;
    /// The effect. It happens at least once, and not again once it is noted in the inbox.
    async fn handle(&self, event: &Event) -> Result<(), Refusal>;
}

/// Events that do not concern the consumer are noted in its inbox only this often: passing
/// them again does no harm, while each note is a write.
const NOTE_EVERY: u64 = 1_000;
/// How many events of a gap are read at a time.
const PAGE: usize = 500;
/// An effect that failed that often is set aside.
const ATTEMPTS: u32 = 50;

/// Feeds a consumer from the bus.
pub struct Runner {
    world: World,
    bus: Arc<dyn Bus>,
    consumer: Arc<dyn Consumer>,
    places: moka::sync::Cache<TenantId, Place>,
}

/// How far a stream was taken: as noted in the inbox, and as passed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    noted: u64,
    passed: u64,
}

/// An event's type, without reading all of it.
#[derive(Deserialize)]
struct Peek<'a> {
    #[serde(rename = "type", borrow)]
    event_type: std::borrow::Cow<'a, str>,
}

impl Runner {
    #[must_use]
    pub fn new(world: World, bus: Arc<dyn Bus>, consumer: Arc<dyn Consumer>) -> Runner {
        Runner {
            world,
            bus,
            consumer,
            places: moka::sync::Cache::new(10_000),
        }
    }

    /// Runs until `stop` holds true or the bus has closed. Subscribe before relaying begins,
    /// else the first events wait for those after them.
    pub async fn run(self, mut stop: watch::Receiver<bool>) -> Result<(), BusError> {
        let mut subscription = self.bus.subscribe(self.consumer.name()).await?;
        loop {
            let delivery = tokio::select! {
                delivery = subscription.next() => delivery,
                _ = stop.wait_for(|stop| *stop) => return Ok(()),
            };
            let Some(delivery) = delivery else {
                return Ok(());
            };
            let handled = self.take(&delivery.message, delivery.attempt).await;
            // The bus may be gone by now; it will give the message again.
            let _ = delivery.answer.send(handled);
        }
    }

    /// Takes a message, and first whatever of its stream was missed before it.
    pub async fn take(&self, message: &Message, attempt: u32) -> Handled {
        let (consumer, tenant, seq) = (self.consumer.name(), message.tenant, message.seq);
        match self.reach(message).await {
            Ok(()) => Handled::Done,
            Err(Refusal::Later(reason)) if attempt < ATTEMPTS => {
                tracing::warn!(consumer, %tenant, seq, attempt, reason, "an effect waits");
                self.places.invalidate(&tenant);
                Handled::Retry
            }
            Err(Refusal::Later(reason) | Refusal::Never(reason)) => {
                tracing::error!(consumer, %tenant, seq, reason, "an event is set aside");
                self.places.invalidate(&tenant);
                Handled::Poison(reason)
            }
        }
    }

    async fn reach(&self, message: &Message) -> Result<(), Refusal> {
        let mut place = self.place(message.tenant).await?;
        while place.passed < message.seq {
            if place.passed + 1 == message.seq {
                self.pass(message.tenant, message.seq, &message.body, &mut place)
                    .await?;
                continue;
            }
            let missed = message.seq - place.passed - 1;
            let limit = usize::try_from(missed).unwrap_or(PAGE).min(PAGE);
            let page = self
                .world
                .store
                .events(message.tenant, place.passed, limit)
                .await
                .map_err(|e| Refusal::Later(e.to_string()))?;
            if page.is_empty() {
                return Err(Refusal::Never("the log has no such event".to_owned()));
            }
            for LoggedEvent { seq, stored } in page {
                self.pass(message.tenant, seq, &stored.body, &mut place)
                    .await?;
            }
        }
        Ok(())
    }

    /// Where the consumer stands in a stream.
    async fn place(&self, tenant: TenantId) -> Result<Place, Refusal> {
        if let Some(place) = self.places.get(&tenant) {
            return Ok(place);
        }
        let inbox = self.world.store.inbox(self.consumer.name(), tenant).await;
        let noted = inbox.map_err(|e| Refusal::Later(e.to_string()))?;
        Ok(Place {
            noted,
            passed: noted,
        })
    }

    /// Passes the next event of a stream, with its effect if it has one.
    async fn pass(
        &self,
        tenant: TenantId,
        seq: u64,
        body: &str,
        place: &mut Place,
    ) -> Result<(), Refusal> {
        let unreadable = |e: &dyn std::fmt::Display| Refusal::Never(format!("unreadable: {e}"));
        let peek: Peek<'_> = serde_json::from_str(body).map_err(|e| unreadable(&e))?;
        let wanted = self.consumer.wants(&peek.event_type);
        if wanted {
            self.still_ours(tenant, place).await?;
            let event = Event::read_trusted(seq, body).map_err(|e| unreadable(&e))?;
            let event = tail::opened(&*self.world.store, event)
                .await
                .map_err(|e| match e {
                    tail::TailError::Store(error) => Refusal::Later(error.to_string()),
                    error => Refusal::Never(error.to_string()),
                })?;
            self.consumer.handle(&event).await?;
        }
        place.passed = seq;
        if wanted || seq >= place.noted + NOTE_EVERY {
            self.note(tenant, place).await?;
        }
        self.places.insert(tenant, *place);
        Ok(())
    }

    /// Another process may have taken the stream over since this one last looked: then its
    /// place holds, and the effect is not repeated.
    async fn still_ours(&self, tenant: TenantId, place: &Place) -> Result<(), Refusal> {
        let inbox = self.world.store.inbox(self.consumer.name(), tenant).await;
        let noted = inbox.map_err(|e| Refusal::Later(e.to_string()))?;
        if noted == place.noted {
            return Ok(());
        }
        Err(Refusal::Later("another process took it".to_owned()))
    }

    async fn note(&self, tenant: TenantId, place: &mut Place) -> Result<(), Refusal> {
        let store = &self.world.store;
        let noted = store
            .advance_inbox(self.consumer.name(), tenant, place.noted, place.passed)
            .await
            .map_err(|e: crate::ports::StoreError| Refusal::Later(Error::from(e).causes()))?;
        if !noted {
            return Err(Refusal::Later("another process took it".to_owned()));
        }
        place.noted = place.passed;
        Ok(())
    }
}
