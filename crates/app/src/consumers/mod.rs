//! Consumers: what follows from events, each consumer at its own pace.
//!
//! A consumer is one of two kinds, by where its effect happens:
//!
//! - a [`Projection`] writes rows of our database. The port that writes them commits the
//!   consumer's offset in the same transaction, so that each event has its effect once;
//! - a [`Reactor`] has an effect elsewhere (a mail, a message), which happens at least once: its
//!   offset is committed after the effect.
//!
//! [`registry`] is the one list of consumers. What runs them, counts them and replays them reads
//! it; `docs/how-to/add-a-consumer.md` says what else a new one needs.

mod audit_logger;
mod head_announcer;
mod notifications;
mod plans;
mod runner;
mod webhooks;
mod welcome_mail;

use std::sync::Arc;

use async_trait::async_trait;
use raally_domain::account::AccountEvent;
use raally_domain::event::{Event, EventHeader, Hash, chain_hash};

use crate::error::Error;
use crate::ports::{Message, OffsetCommit, Store, StoreError};
use crate::reporting::ReportingConsumer;
use crate::services::Services;
use crate::tenants::{Tenants, tail};

pub use audit_logger::{AUDIT_LOGGER, AuditLogger};
pub use head_announcer::HeadAnnouncer;
pub use notifications::NotificationService;
pub(crate) use plans::Plans;
pub use runner::{Counts, Joined, Runner};
pub use webhooks::WebhookDispatcher;
pub use welcome_mail::WelcomeMailConsumer;

/// All consumers of this installation, in no particular order.
#[must_use]
pub fn registry(services: &Services, tenants: &Tenants) -> Vec<Registered> {
    let mut consumers = vec![
        Registered::reactor(WelcomeMailConsumer::new(services.clone())),
        Registered::projection(NotificationService::new(services.clone())),
        Registered::projection(WebhookDispatcher::new(services.clone())),
        Registered::reactor(HeadAnnouncer::new(Arc::clone(&services.cache))),
        Registered::projection(AuditLogger::new(Arc::clone(&services.audit))),
    ];
    let reporting = ReportingConsumer::new(tenants.clone());
    consumers.extend(reporting.map(Registered::projection));
    consumers
}

/// A consumer of either kind.
#[derive(Clone)]
pub enum Registered {
    /// It commits its offset with its rows.
    Projection(Arc<dyn Projection>),
    /// Its offset is committed after its effect.
    Reactor(Arc<dyn Reactor>),
}

impl Registered {
    /// Registers a projection.
    #[must_use]
    pub fn projection(projection: impl Projection + 'static) -> Registered {
        Registered::Projection(Arc::new(projection))
    }

    /// Registers a reactor.
    #[must_use]
    pub fn reactor(reactor: impl Reactor + 'static) -> Registered {
        Registered::Reactor(Arc::new(reactor))
    }

    /// The name of its consumer group, under which its offsets are kept.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Registered::Projection(projection) => projection.name(),
            Registered::Reactor(reactor) => reactor.name(),
        }
    }

    fn wants(&self, event_type: &str) -> bool {
        match self {
            Registered::Projection(projection) => projection.wants(event_type),
            Registered::Reactor(reactor) => reactor.wants(event_type),
        }
    }
}

/// A consumer that writes rows of our database, each event's once.
#[async_trait]
pub trait Projection: Send + Sync {
    /// The name of its consumer group, under which its offsets are kept for ever.
    fn name(&self) -> &'static str;

    /// Whether events of that type concern it at all: of tenants' streams (`member.created`),
    /// of users' (`user.signed_in`), of the platform's (`platform.rate_limited`).
    fn wants(&self, event_type: &str) -> bool;

    /// Writes the rows of the batch's first event, and of as many of those after it as it likes,
    /// by a port that commits the offset in the same transaction. Batches of a stream come one
    /// after the other, those of several streams at once.
    ///
    /// # Errors
    /// [`ConsumeError::taken_over`] where the port found the offset elsewhere: nothing was written
    /// then. Otherwise whatever kept the rows from being written.
    async fn apply(&self, batch: &EventBatch<'_>) -> Result<Applied, ConsumeError>;
}

/// A consumer whose effect happens outside our database, at least once.
#[async_trait]
pub trait Reactor: Send + Sync {
    /// The name of its consumer group, under which its offsets are kept for ever.
    fn name(&self) -> &'static str;

    /// Whether events of that type concern it at all, as with [`Projection::wants`].
    fn wants(&self, event_type: &str) -> bool;

    /// Whether an effect may be repeated without harm. Then offsets are committed now and then
    /// instead of after every event, and no other process's progress is looked up beforehand.
    fn is_idempotent(&self) -> bool {
        false
    }

    /// Has the event's effect. It happens again where the process ends before the offset is
    /// committed. Events of a stream come one after the other, those of several streams at once.
    ///
    /// # Errors
    /// Whatever kept the effect from happening.
    async fn react(&self, event: &ReceivedEvent<'_>) -> Result<(), ConsumeError>;
}

/// What a projection did with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// No rows follow from the events up to that seq, the batch's first among them: their offset is
    /// committed with that of a later one.
    Skipped(u64),
    /// The rows of all events up to that seq are written, and the offset is committed with them.
    Through(u64),
}

/// Why an event was not consumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsumeError {
    /// Something that all events need is away. They wait for it, however long that takes.
    Away(String),
    /// Not this event, not now: it is tried again after a pause, and becomes a dead letter when it
    /// has been refused too often.
    Retryable(String),
    /// Trying again would not help: the event becomes a dead letter, and its stream waits until
    /// an operator has replayed it.
    Fatal(String),
}

impl ConsumeError {
    /// Another process of the same group has committed a later offset in the stream.
    #[must_use]
    pub fn taken_over() -> ConsumeError {
        ConsumeError::Away("another process has taken the stream over".to_owned())
    }

    /// The event's stored text is not what an event looks like.
    pub(crate) fn unreadable(error: impl std::fmt::Display) -> ConsumeError {
        ConsumeError::Fatal(format!("the event cannot be read: {error}"))
    }
}

impl From<Error> for ConsumeError {
    fn from(error: Error) -> ConsumeError {
        match &error {
            Error::Unavailable { .. } => ConsumeError::Away(error.causes()),
            _ => ConsumeError::Retryable(error.causes()),
        }
    }
}

impl From<StoreError> for ConsumeError {
    fn from(error: StoreError) -> ConsumeError {
        ConsumeError::from(Error::from(error))
    }
}

/// An event as it came over the bus or from the log.
#[derive(Clone, Copy)]
pub struct ReceivedEvent<'a> {
    store: &'a dyn Store,
    /// The event as it is stored, with its stream and seq.
    pub message: &'a Message,
    /// Whether the next event of its stream is handed over as soon as this one is consumed.
    pub is_followed: bool,
}

impl<'a> ReceivedEvent<'a> {
    /// `store` has the personal values of the event.
    #[must_use]
    pub fn new(store: &'a dyn Store, message: &'a Message) -> ReceivedEvent<'a> {
        ReceivedEvent {
            store,
            message,
            is_followed: false,
        }
    }

    /// A tenant's event with those of its personal values that have not been erased.
    ///
    /// # Errors
    /// [`ConsumeError::Fatal`] if it cannot be read or a value is not the one that it commits to;
    /// [`ConsumeError::Away`] while the store is.
    pub async fn event(&self) -> Result<Event, ConsumeError> {
        let event = self.closed_event()?;
        tail::opened(self.store, event).await.map_err(|e| match e {
            tail::TailError::Store(error) => ConsumeError::from(error),
            error => ConsumeError::Fatal(error.to_string()),
        })
    }

    /// A tenant's event with references in place of its personal values.
    ///
    /// # Errors
    /// [`ConsumeError::Fatal`] if it cannot be read.
    pub fn closed_event(&self) -> Result<Event, ConsumeError> {
        Event::read_trusted(self.message.seq, &self.message.body).map_err(ConsumeError::unreadable)
    }

    /// The event of a user's or the platform's stream.
    ///
    /// # Errors
    /// [`ConsumeError::Fatal`] if it cannot be read.
    pub fn account_event(&self) -> Result<AccountEvent, ConsumeError> {
        AccountEvent::read_trusted(self.message.seq, &self.message.body)
            .map_err(ConsumeError::unreadable)
    }
}

/// An event of a stream with those known to follow it at once.
pub struct EventBatch<'a> {
    /// The event that is to be consumed.
    pub first: ReceivedEvent<'a>,
    /// The messages after the first, in order and without gaps; perhaps none.
    pub lookahead: &'a [Message],
    commit: OffsetCommit,
}

impl<'a> EventBatch<'a> {
    /// `commit` is what commits the first event's offset.
    #[must_use]
    pub fn new(
        first: ReceivedEvent<'a>,
        lookahead: &'a [Message],
        commit: OffsetCommit,
    ) -> EventBatch<'a> {
        EventBatch {
            first,
            lookahead,
            commit,
        }
    }

    /// All of its messages.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let all = std::iter::once(self.first.message).chain(self.lookahead);
        all.cloned().collect()
    }

    /// The seq of the last event.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        let last = self.lookahead.last();
        last.map_or(self.first.message.seq, |message| message.seq)
    }

    /// Commits the offset of the first event; to be handed to the port that writes its rows.
    #[must_use]
    pub fn commit(&self) -> OffsetCommit {
        self.commit
    }

    /// Commits the offset of a later event of the stream, of that seq and hash. The log is asked
    /// for it where it is asked for the first event.
    #[must_use]
    pub fn commit_through(&self, seq: u64, event: Hash) -> OffsetCommit {
        OffsetCommit {
            to: seq,
            event: self.commit.event.and(Some(event)),
            ..self.commit
        }
    }
}

/// The seq of an event, and the hash that ends the chain there.
fn head_of(message: &Message) -> Result<(u64, Hash), ConsumeError> {
    let header = EventHeader::read(message.seq, &message.body);
    let header = header.map_err(ConsumeError::unreadable)?;
    Ok((message.seq, chain_hash(&header.previous, &message.body)))
}
