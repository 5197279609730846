//! Runs a consumer: feeds it from the bus, fills gaps from the log, keeps its offsets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use raally_domain::event::Hash;
use raally_domain::stream::StreamId;
use serde::Deserialize;
use tokio::sync::watch;

use super::{Applied, ConsumeError, EventBatch, ReceivedEvent, Registered, head_of};
use crate::ports::{
    Acknowledgement, BusError, Delivery, LoggedEvent, Message, OffsetCommit, StoreError,
    TenantStatus,
};
use crate::services::Services;

/// Offsets of events without an effect, and of idempotent ones, are committed only this often:
/// consuming them again does no harm, while each commit is a write.
const COMMIT_EVERY: u64 = 1_000;
/// How many events of a gap are read at a time.
const PAGE: usize = 500;
/// How many streams are worked on at once.
const AT_ONCE: usize = 32;
/// An event that was refused that often, while nothing was away, becomes a dead letter.
const MAX_REFUSALS: u32 = 50;
/// How long a consumer waits before it looks again for what it missed.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How many streams are asked for at a time.
const STREAMS: usize = 500;

/// Feeds a consumer from the bus.
pub struct Runner {
    services: Services,
    consumer: Registered,
    offsets: moka::sync::Cache<StreamId, Offset>,
    /// How often the next event of a stream, of that seq, was refused.
    refusals: moka::sync::Cache<StreamId, (u64, u32)>,
    counts: Arc<Counts>,
    joined: Arc<Joined>,
}

/// Whether a consumer has ever joined its consumer group.
#[derive(Debug, Default)]
pub struct Joined(watch::Sender<bool>);

impl Joined {
    /// Returns once it has.
    pub async fn wait(&self) {
        let _ = self.0.subscribe().wait_for(|joined| *joined).await;
    }
}

/// What a consumer has done in this process.
#[derive(Debug, Default)]
pub struct Counts {
    /// Events that it has consumed.
    pub consumed: AtomicU64,
    /// How often an event was put off to be tried again.
    pub retried: AtomicU64,
    /// Events that became dead letters.
    pub dead_lettered: AtomicU64,
    /// Events dropped because no log has them: their commits were lost.
    pub lost: AtomicU64,
}

/// The offset in a stream: as it is committed in the inbox, and as it was processed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offset {
    committed: u64,
    processed: u64,
    /// The hash of the last event processed; `None` where that is the one committed.
    hash: Option<Hash>,
}

/// What the offset of a processed event needs.
enum Progress {
    /// It is committed with the rows of all events up to that seq.
    Committed(u64),
    /// It is to be committed at once.
    Due,
    /// That of the events up to that seq may be committed with that of a later one.
    Lazy(u64),
}

/// An event's type, without reading all of it.
#[derive(Deserialize)]
struct EventType<'a> {
    #[serde(rename = "type", borrow)]
    event_type: std::borrow::Cow<'a, str>,
}

impl Runner {
    /// Runs that consumer, from the offsets that the store has.
    #[must_use]
    pub fn new(services: Services, consumer: Registered) -> Runner {
        Runner {
            services,
            consumer,
            offsets: moka::sync::Cache::new(10_000),
            refusals: moka::sync::Cache::new(10_000),
            counts: Arc::default(),
            joined: Arc::default(),
        }
    }

    /// Whether it has joined its consumer group.
    #[must_use]
    pub fn joined(&self) -> Arc<Joined> {
        Arc::clone(&self.joined)
    }

    /// What it has done so far; goes on counting.
    #[must_use]
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// Runs until `stop` holds true or the bus has closed. Subscribe before relaying begins,
    /// else the first events wait for those after them.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) -> Result<(), BusError> {
        let mut subscription = self.services.bus.subscribe(self.consumer.name()).await?;
        self.joined.0.send_replace(true);
        let mut in_hand = FuturesUnordered::new();
        let catching_up = self.catch_up();
        tokio::pin!(catching_up);
        let mut caught_up = self.services.bus.outlives_process();
        loop {
            tokio::select! {
                () = &mut catching_up, if !caught_up => caught_up = true,
                Some(()) = in_hand.next() => {}
                delivery = subscription.next(), if in_hand.len() < AT_ONCE => match delivery {
                    Some(delivery) => in_hand.push(self.answer(delivery)),
                    None => return Ok(()),
                },
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        // Events that are being consumed are finished, so that they are not consumed again.
        while in_hand.next().await.is_some() {}
        Ok(())
    }

    /// Has the last event delivered of each stream that the consumer was not done with when the
    /// processes ended; with it comes what lies before it.
    async fn catch_up(&self) {
        while let Err(error) = self.deliver_missed().await {
            let consumer = self.consumer.name();
            tracing::warn!(consumer, reason = ?error, "what a consumer missed could not be read and is looked for again");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn deliver_missed(&self) -> Result<(), ConsumeError> {
        let store = &self.services.store;
        for tenant in store.tenants().await? {
            if let Some(head) = store.head(tenant).await? {
                self.deliver_last(tenant.into(), head.head.seq).await?;
            }
        }
        let mut after = None;
        loop {
            let streams = store.account_streams(after, STREAMS).await?;
            for stream in &streams {
                let head = store.account_head(*stream).await?;
                self.deliver_last(*stream, head.seq).await?;
            }
            match streams.last() {
                Some(last) => after = Some(*last),
                None => return Ok(()),
            }
        }
    }

    /// Has the stream's last event delivered, unless the consumer is done with it.
    async fn deliver_last(&self, stream: StreamId, head: u64) -> Result<(), ConsumeError> {
        let (store, consumer) = (&self.services.store, self.consumer.name());
        if store.inbox(consumer, stream).await? >= head {
            return Ok(());
        }
        let last = store.stream_events(stream, head - 1, 1).await?;
        for LoggedEvent { seq, stored } in last {
            let message = Message {
                stream,
                seq,
                body: stored.body.into(),
                trace: None,
            };
            let delivered = self.services.bus.deliver_to(consumer, message).await;
            delivered.map_err(|error| ConsumeError::Away(error.to_string()))?;
        }
        Ok(())
    }

    async fn answer(&self, delivery: Delivery) {
        let message = &delivery.message;
        let handled = self.consume_batch(message, &delivery.lookahead).await;
        // Where the bus has gone in the meantime, it delivers the message again.
        let _ = delivery.answer.send(handled);
    }

    /// Consumes a message, and first whatever of its stream was missed before it.
    pub async fn consume(&self, message: &Message) -> Acknowledgement {
        self.consume_batch(message, &[]).await
    }

    /// Consumes a message as [`Runner::consume`] does, and of those behind it as many as can be.
    async fn consume_batch(&self, message: &Message, behind: &[Message]) -> Acknowledgement {
        let seq = message.seq;
        let next = |n: usize, m: &Message| Some(m.seq) == seq.checked_add(n as u64 + 1);
        let ahead = behind.iter().enumerate();
        let ahead = ahead.take_while(|(n, m)| next(*n, m)).count();
        match self.consume_up_to(message, &behind[..ahead]).await {
            Ok(passed) => match passed.min(seq.saturating_add(ahead as u64)) {
                upto if upto > seq => Acknowledgement::AckThrough(upto),
                _ => Acknowledgement::Ack,
            },
            Err(error) => self.refused(message, error).await,
        }
    }

    /// What becomes of a message that was not consumed.
    async fn refused(&self, message: &Message, error: ConsumeError) -> Acknowledgement {
        let (consumer, stream, seq) = (self.consumer.name(), message.stream, message.seq);
        self.offsets.invalidate(&stream);
        let may_pass = !matches!(error, ConsumeError::Fatal(_));
        if may_pass && self.is_of_closed_tenant(stream).await.unwrap_or(false) {
            return Acknowledgement::Ack;
        }
        if may_pass && self.is_lost(message).await.unwrap_or(false) {
            tracing::warn!(consumer, %stream, seq, "an event was dropped: the log has lost its commit");
            self.counts.lost.fetch_add(1, Ordering::Relaxed);
            return Acknowledgement::Ack;
        }
        let reason = match error {
            ConsumeError::Away(reason) => {
                tracing::warn!(consumer, %stream, seq, reason, "an event waits for what it needs");
                self.counts.retried.fetch_add(1, Ordering::Relaxed);
                return Acknowledgement::Retry;
            }
            ConsumeError::Retryable(reason) => {
                let refusals = self.count_refusal(stream, seq);
                if refusals < MAX_REFUSALS {
                    tracing::warn!(consumer, %stream, seq, refusals, reason, "an event could not be consumed and is retried");
                    self.counts.retried.fetch_add(1, Ordering::Relaxed);
                    return Acknowledgement::Retry;
                }
                reason
            }
            ConsumeError::Fatal(reason) => reason,
        };
        tracing::error!(consumer, %stream, seq, reason, "an event became a dead letter");
        self.counts.dead_lettered.fetch_add(1, Ordering::Relaxed);
        self.refusals.invalidate(&stream);
        Acknowledgement::DeadLetter(reason)
    }

    /// How often that event has been refused now.
    fn count_refusal(&self, stream: StreamId, seq: u64) -> u32 {
        let before = self.refusals.get(&stream);
        let before = before.filter(|(of, _)| *of == seq).map_or(0, |(_, n)| n);
        self.refusals.insert(stream, (seq, before + 1));
        before + 1
    }

    /// Whether the stream is of a tenant that is closed: its events have no effect any more.
    async fn is_of_closed_tenant(&self, stream: StreamId) -> Result<bool, ConsumeError> {
        let Some(tenant) = stream.tenant() else {
            return Ok(false);
        };
        Ok(self.services.store.tenant_status(tenant).await? == TenantStatus::Closed)
    }

    /// Whether the log has another event in its place, or none: the database lost the commit after
    /// it was relayed.
    async fn is_lost(&self, message: &Message) -> Result<bool, StoreError> {
        let (store, stream, seq) = (&self.services.store, message.stream, message.seq);
        if let Some(tenant) = stream.tenant() {
            // A replica that is behind the head is not read from then on.
            store.head(tenant).await?;
        }
        let logged = store.stream_events(stream, seq - 1, 1).await?;
        let same = |e: &LoggedEvent| e.seq == seq && e.stored.body == *message.body;
        Ok(!logged.first().is_some_and(same))
    }

    /// Consumes a stream up to the message, and further as far as it can. Returns how far it was
    /// processed.
    async fn consume_up_to(
        &self,
        message: &Message,
        behind: &[Message],
    ) -> Result<u64, ConsumeError> {
        let stream = message.stream;
        let mut offset = self.offset(stream).await?;
        // A closed tenant's offsets are gone.
        if offset.processed == 0 && self.is_of_closed_tenant(stream).await? {
            return Ok(message.seq);
        }
        if message.seq <= offset.processed {
            // It was delivered again, perhaps because an operator has set the offset back.
            self.offsets.invalidate(&stream);
            offset = self.offset(stream).await?;
            self.offsets.insert(stream, offset);
        }
        while offset.processed < message.seq {
            if offset.processed + 1 == message.seq {
                self.process(message, behind, &mut offset).await?;
                continue;
            }
            let missed = message.seq - offset.processed - 1;
            let limit = usize::try_from(missed).unwrap_or(PAGE).min(PAGE);
            let store = &self.services.store;
            let page = store.stream_events(stream, offset.processed, limit).await?;
            if page.is_empty() {
                return Err(ConsumeError::Away(
                    "the log does not have the event yet".to_owned(),
                ));
            }
            let page = page.into_iter().map(|LoggedEvent { seq, stored }| Message {
                stream,
                seq,
                body: stored.body.into(),
                trace: None,
            });
            let page: Vec<Message> = page.collect();
            for (n, message) in page.iter().enumerate() {
                if message.seq > offset.processed {
                    self.process(message, &page[n + 1..], &mut offset).await?;
                }
            }
        }
        for (n, next) in behind.iter().enumerate() {
            if next.seq == offset.processed + 1
                && self
                    .process(next, &behind[n + 1..], &mut offset)
                    .await
                    .is_err()
            {
                // Its error counts when it is the first of its batch.
                self.offsets.invalidate(&stream);
                break;
            }
        }
        Ok(offset.processed)
    }

    /// The consumer's offset in a stream.
    async fn offset(&self, stream: StreamId) -> Result<Offset, ConsumeError> {
        if let Some(offset) = self.offsets.get(&stream) {
            return Ok(offset);
        }
        let store = &self.services.store;
        let committed = store.inbox(self.consumer.name(), stream).await?;
        Ok(Offset {
            committed,
            processed: committed,
            hash: None,
        })
    }

    /// Processes the next event of a stream, with its effect if it has one, and perhaps some of
    /// those behind it.
    async fn process(
        &self,
        message: &Message,
        behind: &[Message],
        offset: &mut Offset,
    ) -> Result<(), ConsumeError> {
        let (stream, seq) = (message.stream, message.seq);
        let of: EventType<'_> =
            serde_json::from_str(&message.body).map_err(ConsumeError::unreadable)?;
        let (_, hash) = head_of(message)?;
        let mut progress = Progress::Lazy(seq);
        let wanted = self.consumer.wants(&of.event_type);
        if wanted {
            let commit = self.commit_of(stream, offset.committed, seq, Some(hash));
            progress = self.hand_over(message, behind, commit).await?;
        }
        match progress {
            Progress::Committed(last) => {
                *offset = Offset {
                    committed: last,
                    processed: last,
                    hash: None,
                };
            }
            Progress::Lazy(last) => {
                // One that cannot be read is refused when it is the first of its batch.
                let passed = behind.iter().take_while(|m| m.seq <= last).last();
                let passed = passed.and_then(|message| head_of(message).ok());
                let (last, hash) = passed.unwrap_or((seq, hash));
                (offset.processed, offset.hash) = (last, Some(hash));
                if last >= offset.committed + COMMIT_EVERY {
                    self.commit(stream, offset).await?;
                }
            }
            Progress::Due => {
                (offset.processed, offset.hash) = (seq, Some(hash));
                self.commit(stream, offset).await?;
            }
        }
        if wanted {
            let consumed = offset.processed + 1 - seq;
            self.counts.consumed.fetch_add(consumed, Ordering::Relaxed);
        }
        self.offsets.insert(stream, *offset);
        Ok(())
    }

    /// Hands an event to the consumer, as its kind has it.
    async fn hand_over(
        &self,
        message: &Message,
        lookahead: &[Message],
        commit: OffsetCommit,
    ) -> Result<Progress, ConsumeError> {
        let event = ReceivedEvent {
            is_followed: !lookahead.is_empty(),
            ..ReceivedEvent::new(&*self.services.store, message)
        };
        match &self.consumer {
            Registered::Projection(projection) => {
                let batch = EventBatch::new(event, lookahead, commit);
                Ok(match projection.apply(&batch).await? {
                    Applied::Through(last) => Progress::Committed(last),
                    Applied::Skipped(last) => Progress::Lazy(last),
                })
            }
            Registered::Reactor(reactor) if reactor.is_idempotent() => {
                reactor.react(&event).await?;
                Ok(Progress::Lazy(message.seq))
            }
            Registered::Reactor(reactor) => {
                self.check_fencing(commit).await?;
                reactor.react(&event).await?;
                Ok(Progress::Due)
            }
        }
    }

    fn commit_of(&self, stream: StreamId, from: u64, to: u64, event: Option<Hash>) -> OffsetCommit {
        OffsetCommit {
            consumer: self.consumer.name(),
            stream,
            from,
            to,
            event,
        }
    }

    /// Another process may have taken the stream over since this one last looked: then its offset
    /// holds, and the effect is not repeated. An event whose commit was lost has no effect.
    async fn check_fencing(&self, commit: OffsetCommit) -> Result<(), ConsumeError> {
        if self.services.store.can_advance(commit).await? {
            return Ok(());
        }
        Err(ConsumeError::taken_over())
    }

    async fn commit(&self, stream: StreamId, offset: &mut Offset) -> Result<(), ConsumeError> {
        let commit = self.commit_of(stream, offset.committed, offset.processed, offset.hash);
        if !self.services.store.advance_inbox(commit).await? {
            return Err(ConsumeError::taken_over());
        }
        offset.committed = offset.processed;
        Ok(())
    }
}
