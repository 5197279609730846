//! What follows from events, each consumer at its own pace, each event's effect once.

mod audit;
mod invalidator;
mod mail;
mod notifications;
mod plans;
mod webhooks;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures::stream::{FuturesUnordered, StreamExt};
use raally_domain::account::AccountEvent;
use raally_domain::event::{Event, EventHeader, Hash, chain_hash};
use raally_domain::stream::StreamId;
use serde::Deserialize;
use tokio::sync::{Notify, watch};

use crate::error::Error;
use crate::ports::{
    Bus, BusError, Delivery, Handled, LoggedEvent, Message, Passage, Standing, Store, StoreError,
};
use crate::tenants::tail;
use crate::world::World;

pub use audit::{AUDIT_LOGGER, AuditLogger};
pub use invalidator::CacheInvalidator;
pub use mail::Notifier;
pub use notifications::NotificationService;
pub(crate) use plans::Plans;
pub use webhooks::WebhookDispatcher;

/// Why an event's effect did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not now.
    Later(String),
    /// Never: the stream waits until somebody has looked.
    Never(String),
}

impl Refusal {
    /// Another process has taken the stream over.
    #[must_use]
    pub fn taken_over() -> Refusal {
        Refusal::Later("another process took it".to_owned())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        Refusal::Later(Error::from(error).causes())
    }
}

/// What became of an event's effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is kept, and with it, in the same transaction, the consumer's new place: it happened
    /// once, whatever happens next.
    Noted,
    /// Like `Noted`, for all events up to that seq, which were taken together.
    NotedTo(u64),
    /// It may happen again without harm: the place is noted now and then.
    Repeatable,
    /// It happened elsewhere, or there was none: the place is still to be noted. A process that
    /// ends before that lets it happen again.
    Done,
}

/// An event on its way to a consumer.
pub struct Given<'a> {
    store: &'a dyn Store,
    pub message: &'a Message,
    /// Those that follow it at once, as far as they are known; the consumer may take some with it
    /// ([`Effect::NotedTo`]). Whether it wants them is its own question.
    pub behind: &'a [Message],
    /// Where the consumer stands, and where it is to stand once the effect has happened.
    pub passage: Passage,
}

impl<'a> Given<'a> {
    #[must_use]
    pub fn new(store: &'a dyn Store, message: &'a Message, passage: Passage) -> Given<'a> {
        Given {
            store,
            message,
            behind: &[],
            passage,
        }
    }

    #[must_use]
    pub fn with_behind(self, behind: &'a [Message]) -> Given<'a> {
        Given { behind, ..self }
    }

    /// A tenant's event with those of its personal values that have not been erased.
    pub async fn event(&self) -> Result<Event, Refusal> {
        let event = Event::read_trusted(self.message.seq, &self.message.body)
            .map_err(|e| Refusal::Never(format!("unreadable: {e}")))?;
        tail::opened(self.store, event).await.map_err(|e| match e {
            tail::TailError::Store(error) => Refusal::from(error),
            error => Refusal::Never(error.to_string()),
        })
    }

    /// The event of a user's or the platform's stream.
    pub fn account_event(&self) -> Result<AccountEvent, Refusal> {
        AccountEvent::read_trusted(self.message.seq, &self.message.body)
            .map_err(|e| Refusal::Never(format!("unreadable: {e}")))
    }
}

/// Something that happens because of events.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// Under this name its places in the streams are kept, for ever.
    fn name(&self) -> &'static str;
    /// Whether events of that type concern it at all: of tenants' streams (`member.created`),
    /// of users' (`user.signed_in`), of the platform's (`platform.rate_limited`).
    fn wants(&self, event_type: &str) -> bool;
    /// Whether every effect is kept with the consumer's place ([`Effect::Noted`]), or does no harm
    /// however often it happens. Then the place need not be looked at beforehand: where it was
    /// elsewhere, nothing is kept.
    fn keeps_its_place(&self) -> bool {
        false
    }
    /// The effect. Events of a stream come one after the other, those of several at once.
    async fn handle(&self, given: &Given<'_>) -> Result<Effect, Refusal>;
}

/// Events that do not concern the consumer are noted in its inbox only this often: passing
/// them again does no harm, while each note is a write.
const NOTE_EVERY: u64 = 1_000;
/// How many events of a gap are read at a time.
const PAGE: usize = 500;
/// How many streams are worked on at once.
const AT_ONCE: usize = 32;
/// An effect that failed that often is set aside.
const ATTEMPTS: u32 = 50;

/// Feeds a consumer from the bus.
pub struct Runner {
    world: World,
    bus: Arc<dyn Bus>,
    consumer: Arc<dyn Consumer>,
    places: moka::sync::Cache<StreamId, Place>,
    counts: Arc<Counts>,
    joined: Arc<Notify>,
}

/// What a consumer has done in this process.
#[derive(Debug, Default)]
pub struct Counts {
    /// Events that it has taken to their end.
    pub effects: AtomicU64,
    /// How often an event had to wait.
    pub postponed: AtomicU64,
    /// Events set aside as poison.
    pub set_aside: AtomicU64,
    /// Events that no log has: their commits were lost.
    pub lost: AtomicU64,
}

/// How far a stream was taken: as noted in the inbox, and as passed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    noted: u64,
    passed: u64,
    /// The hash of the last event passed; `None` where that is the one noted.
    hash: Option<Hash>,
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
            counts: Arc::default(),
            joined: Arc::default(),
        }
    }

    /// Told whenever it has joined its group.
    #[must_use]
    pub fn joined(&self) -> Arc<Notify> {
        Arc::clone(&self.joined)
    }

    #[must_use]
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// Runs until `stop` holds true or the bus has closed. Subscribe before relaying begins,
    /// else the first events wait for those after them.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) -> Result<(), BusError> {
        let mut subscription = self.bus.subscribe(self.consumer.name()).await?;
        self.joined.notify_one();
        let mut in_hand = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some(()) = in_hand.next() => {}
                delivery = subscription.next(), if in_hand.len() < AT_ONCE => match delivery {
                    Some(delivery) => in_hand.push(self.answer(delivery)),
                    None => return Ok(()),
                },
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        // What was begun ends, so that nobody need do it again.
        while in_hand.next().await.is_some() {}
        Ok(())
    }

    async fn answer(&self, delivery: Delivery) {
        let (message, attempt) = (&delivery.message, delivery.attempt);
        let handled = self.take_on(message, &delivery.behind, attempt).await;
        // The bus may be gone by now; it will give the message again.
        let _ = delivery.answer.send(handled);
    }

    /// Takes a message, and first whatever of its stream was missed before it.
    pub async fn take(&self, message: &Message, attempt: u32) -> Handled {
        self.take_on(message, &[], attempt).await
    }

    /// Takes a message as [`Runner::take`] does, and of those behind it as many as can be.
    async fn take_on(&self, message: &Message, behind: &[Message], attempt: u32) -> Handled {
        let (consumer, stream, seq) = (self.consumer.name(), message.stream, message.seq);
        let next = |n: usize, m: &Message| Some(m.seq) == seq.checked_add(n as u64 + 1);
        let ahead = behind.iter().enumerate();
        let ahead = ahead.take_while(|(n, m)| next(*n, m)).count();
        match self.reach(message, &behind[..ahead]).await {
            Ok(passed) => match passed.min(seq.saturating_add(ahead as u64)) {
                upto if upto > seq => Handled::DoneTo(upto),
                _ => Handled::Done,
            },
            Err(Refusal::Later(_)) if self.is_late(stream).await.unwrap_or(false) => {
                self.places.invalidate(&stream);
                Handled::Done
            }
            Err(Refusal::Later(_)) if self.is_lost(message).await.unwrap_or(false) => {
                tracing::warn!(consumer, %stream, seq, "an event was lost with its commit");
                self.counts.lost.fetch_add(1, Ordering::Relaxed);
                self.places.invalidate(&stream);
                Handled::Done
            }
            Err(Refusal::Later(reason)) if attempt < ATTEMPTS => {
                tracing::warn!(consumer, %stream, seq, attempt, reason, "an effect waits");
                self.counts.postponed.fetch_add(1, Ordering::Relaxed);
                self.places.invalidate(&stream);
                Handled::Retry
            }
            Err(Refusal::Later(reason) | Refusal::Never(reason)) => {
                tracing::error!(consumer, %stream, seq, reason, "an event is set aside");
                self.counts.set_aside.fetch_add(1, Ordering::Relaxed);
                self.places.invalidate(&stream);
                Handled::Poison(reason)
            }
        }
    }

    /// Whether it is of a tenant that is closed: then there is nothing to be done about it.
    async fn is_late(&self, stream: StreamId) -> Result<bool, Refusal> {
        let Some(tenant) = stream.tenant() else {
            return Ok(false);
        };
        Ok(self.world.store.standing(tenant).await? == Standing::Closed)
    }

    /// Whether the log has another event in its place, or none: the database lost the commit after
    /// it was relayed.
    async fn is_lost(&self, message: &Message) -> Result<bool, StoreError> {
        let (store, stream, seq) = (&self.world.store, message.stream, message.seq);
        if let Some(tenant) = stream.tenant() {
            // From then on nothing older than the head is read, wherever it is read.
            store.head(tenant).await?;
        }
        let logged = store.stream_events(stream, seq - 1, 1).await?;
        let same = |e: &LoggedEvent| e.seq == seq && e.stored.body == *message.body;
        Ok(!logged.first().is_some_and(same))
    }

    /// Returns how far the stream was passed: at least up to the message.
    async fn reach(&self, message: &Message, behind: &[Message]) -> Result<u64, Refusal> {
        let stream = message.stream;
        let mut place = self.place(stream).await?;
        // A tenant that was closed has no places any more.
        if place.passed == 0 && self.is_late(stream).await? {
            return Ok(message.seq);
        }
        if message.seq <= place.passed {
            // It comes again, perhaps because somebody has set the consumer back.
            self.places.invalidate(&stream);
            place = self.place(stream).await?;
            self.places.insert(stream, place);
        }
        while place.passed < message.seq {
            if place.passed + 1 == message.seq {
                self.pass(message, behind, &mut place).await?;
                continue;
            }
            let missed = message.seq - place.passed - 1;
            let limit = usize::try_from(missed).unwrap_or(PAGE).min(PAGE);
            let store = &self.world.store;
            let page = store.stream_events(stream, place.passed, limit).await?;
            if page.is_empty() {
                return Err(Refusal::Later("the log has no such event".to_owned()));
            }
            let page = page.into_iter().map(|LoggedEvent { seq, stored }| Message {
                stream,
                seq,
                body: stored.body.into(),
                trace: None,
            });
            let page: Vec<Message> = page.collect();
            for (n, message) in page.iter().enumerate() {
                if message.seq > place.passed {
                    self.pass(message, &page[n + 1..], &mut place).await?;
                }
            }
        }
        for (n, next) in behind.iter().enumerate() {
            if next.seq == place.passed + 1
                && self.pass(next, &behind[n + 1..], &mut place).await.is_err()
            {
                // Its refusal is heard when it is the first.
                self.places.invalidate(&stream);
                break;
            }
        }
        Ok(place.passed)
    }

    /// Where the consumer stands in a stream.
    async fn place(&self, stream: StreamId) -> Result<Place, Refusal> {
        if let Some(place) = self.places.get(&stream) {
            return Ok(place);
        }
        let store = &self.world.store;
        let noted = store.inbox(self.consumer.name(), stream).await?;
        Ok(Place {
            noted,
            passed: noted,
            hash: None,
        })
    }

    /// Passes the next event of a stream, with its effect if it has one, and perhaps some of
    /// those behind it.
    async fn pass(
        &self,
        message: &Message,
        behind: &[Message],
        place: &mut Place,
    ) -> Result<(), Refusal> {
        let (stream, seq) = (message.stream, message.seq);
        let peek: Peek<'_> = serde_json::from_str(&message.body)
            .map_err(|e| Refusal::Never(format!("unreadable: {e}")))?;
        let outline = EventHeader::read(seq, &message.body)
            .map_err(|e| Refusal::Never(format!("unreadable: {e}")))?;
        let hash = chain_hash(&outline.previous, &message.body);
        let mut effect = Effect::Repeatable;
        if self.consumer.wants(&peek.event_type) {
            let passage = self.passage(stream, place.noted, seq, Some(hash));
            if !self.consumer.keeps_its_place() {
                self.still_ours(passage).await?;
            }
            let given = Given::new(&*self.world.store, message, passage).with_behind(behind);
            effect = self.consumer.handle(&given).await?;
            self.counts.effects.fetch_add(1, Ordering::Relaxed);
        }
        (place.passed, place.hash) = (seq, Some(hash));
        match effect {
            Effect::Noted => place.noted = seq,
            Effect::NotedTo(last) => {
                self.counts.effects.fetch_add(last - seq, Ordering::Relaxed);
                *place = Place {
                    noted: last,
                    passed: last,
                    hash: None,
                };
            }
            Effect::Repeatable if seq < place.noted + NOTE_EVERY => {}
            Effect::Done | Effect::Repeatable => self.note(stream, place).await?,
        }
        self.places.insert(stream, *place);
        Ok(())
    }

    fn passage(&self, stream: StreamId, from: u64, to: u64, event: Option<Hash>) -> Passage {
        Passage {
            consumer: self.consumer.name(),
            stream,
            from,
            to,
            event,
        }
    }

    /// Another process may have taken the stream over since this one last looked: then its
    /// place holds, and the effect is not repeated. An event whose commit was lost has none.
    async fn still_ours(&self, passage: Passage) -> Result<(), Refusal> {
        if self.world.store.may_pass(passage).await? {
            return Ok(());
        }
        Err(Refusal::taken_over())
    }

    async fn note(&self, stream: StreamId, place: &mut Place) -> Result<(), Refusal> {
        let passage = self.passage(stream, place.noted, place.passed, place.hash);
        if !self.world.store.advance_inbox(passage).await? {
            return Err(Refusal::taken_over());
        }
        place.noted = place.passed;
        Ok(())
    }
}
