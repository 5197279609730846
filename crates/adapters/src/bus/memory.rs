use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use raally_app::ports::{
    Acknowledgement, Bus, BusError, Delivery, LOOKAHEAD, Message, Subscription,
};
use raally_domain::stream::StreamId;
use tokio::sync::{Notify, oneshot};

use super::waiting::Waiting;

/// How a bus in memory behaves.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many messages of a stream are kept for a group; here and below, one of more than 4 KiB
    /// counts as many.
    pub per_stream: usize,
    /// How many messages a group keeps of all streams before it keeps no more than two of a stream.
    pub per_group: usize,
    /// How long after the first `Retry` a message is given again; doubles with every attempt.
    pub retry: Duration,
    /// The longest time between two attempts.
    pub retry_at_most: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            per_stream: 256,
            per_group: 4096,
            retry: Duration::from_millis(100),
            retry_at_most: Duration::from_secs(30),
        }
    }
}

/// How many messages behind a dead letter are kept, the latest and at least that one.
const KEPT_BEHIND_DEAD_LETTER: usize = 64;

/// A bus inside one process. What it holds goes with the process, and what is too much is dropped:
/// of each stream a group keeps its first message and the latest. That is no loss, since a consumer
/// that finds a gap reads the log, and one that joins asks for what it missed. So nobody waits for
/// a group that is slow, or for a stream that is stuck.
pub struct MemoryBus {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    closed: bool,
    groups: HashMap<String, Group>,
}

#[derive(Default)]
struct Group {
    streams: HashMap<StreamId, Stream>,
    /// Streams whose first message can be given.
    ready: VecDeque<StreamId>,
    /// The room of messages that wait or are with a member; those behind a dead letter do not count.
    waiting: usize,
    /// Told whenever a stream is ready.
    arrived: Arc<Notify>,
}

/// What one group has yet to take of a stream.
#[derive(Default)]
struct Stream {
    /// The first is the one given out, if one is.
    messages: Waiting<Message>,
    /// How often the first has been given.
    attempts: u32,
    /// Its first message is with a member or waits to be given again.
    busy: bool,
    dead: Option<(Message, String)>,
}

impl MemoryBus {
    #[must_use]
    pub fn new(options: Options) -> MemoryBus {
        MemoryBus {
            shared: Arc::new(Shared {
                options,
                state: Mutex::default(),
            }),
        }
    }
}

impl Drop for MemoryBus {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.closed = true;
        for group in state.groups.values() {
            group.arrived.notify_waiters();
        }
    }
}

impl Stream {
    /// Drops what is too much behind a dead letter.
    fn keep_latest(&mut self) {
        while self.messages.len() > 1 && self.messages.room() > KEPT_BEHIND_DEAD_LETTER {
            self.messages.pop_front();
        }
    }
}

impl Group {
    fn push(&mut self, message: Message, options: &Options) {
        let id = message.stream;
        let full = self.waiting >= options.per_group;
        let kept = if full { 2 } else { options.per_stream };
        let stream = self.streams.entry(id).or_default();
        let before = stream.messages.room();
        stream.messages.push_back(message);
        if stream.dead.is_some() {
            stream.keep_latest();
            return;
        }
        while stream.messages.len() > 2 && stream.messages.room() > kept {
            // The first may be with a member.
            stream.messages.remove(1);
        }
        self.waiting = self.waiting - before + stream.messages.room();
        if !stream.busy && stream.messages.len() == 1 {
            self.make_ready(id);
        }
    }

    /// How many messages have not been taken, those that were dropped among them, but for those
    /// behind dead letters.
    fn lag(&self) -> u64 {
        let streams = self.streams.values().filter(|s| s.dead.is_none());
        let ends = streams.filter_map(|s| Some((s.messages.front()?, s.messages.back()?)));
        ends.map(|(first, last)| last.seq.saturating_sub(first.seq) + 1)
            .sum()
    }

    fn make_ready(&mut self, id: StreamId) {
        self.ready.push_back(id);
        self.arrived.notify_one();
    }

    /// The first message of the stream that has been ready longest.
    fn take(&mut self, answer: oneshot::Sender<Acknowledgement>) -> Option<Delivery> {
        let id = self.ready.pop_front()?;
        let stream = self.streams.get_mut(&id)?;
        let message = stream.messages.front()?.clone();
        stream.busy = true;
        stream.attempts += 1;
        Some(Delivery {
            message,
            lookahead: stream
                .messages
                .iter()
                .skip(1)
                .take(LOOKAHEAD)
                .cloned()
                .collect(),
            attempt: stream.attempts,
            answer,
        })
    }

    /// The first messages of a stream have been taken, those up to that seq.
    fn taken(&mut self, id: StreamId, upto: u64) {
        let Some(stream) = self.streams.get_mut(&id) else {
            return;
        };
        let before = stream.messages.room();
        while stream.messages.get(1).is_some_and(|m| m.seq <= upto) {
            stream.messages.pop_front();
        }
        self.waiting = self.waiting - before + stream.messages.room();
        self.settle(id, None);
    }

    /// The first message of a stream is done with: taken, or dead with a reason.
    fn settle(&mut self, id: StreamId, dead: Option<String>) {
        let Some(stream) = self.streams.get_mut(&id) else {
            return;
        };
        let before = stream.messages.room();
        let Some(message) = stream.messages.pop_front() else {
            return;
        };
        self.waiting -= before - stream.messages.room();
        stream.busy = false;
        stream.attempts = 0;
        match dead {
            Some(reason) => {
                stream.dead = Some((message, reason));
                self.waiting -= stream.messages.room();
                stream.keep_latest();
            }
            None if stream.messages.is_empty() => {
                self.streams.remove(&id);
            }
            None => self.make_ready(id),
        }
    }

    /// Gives the first message of a stream again.
    fn again(&mut self, id: StreamId) {
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.busy = false;
            self.make_ready(id);
        }
    }

    fn revive(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get_mut(&id) else {
            return;
        };
        if let Some((message, _)) = stream.dead.take() {
            stream.messages.push_front(message);
            self.waiting += stream.messages.room();
            self.make_ready(id);
        }
    }
}

impl Shared {
    /// Puts the messages before every group.
    fn offer(&self, messages: &[Message]) -> Result<(), BusError> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(BusError::Unavailable("it has been closed".to_owned()));
        }
        for group in state.groups.values_mut() {
            for message in messages {
                group.push(message.clone(), &self.options);
            }
        }
        Ok(())
    }

    /// Waits for what the member says of a message and does it.
    async fn follow(
        self: Arc<Shared>,
        group: String,
        id: StreamId,
        attempt: u32,
        answer: oneshot::Receiver<Acknowledgement>,
    ) {
        let handled = answer.await.unwrap_or(Acknowledgement::Retry);
        if handled == Acknowledgement::Retry {
            let doubled = 1_u32.checked_shl(attempt - 1).unwrap_or(u32::MAX);
            let pause = self.options.retry.saturating_mul(doubled);
            tokio::time::sleep(pause.min(self.options.retry_at_most)).await;
        }
        let mut state = self.state.lock();
        let Some(group) = state.groups.get_mut(&group) else {
            return;
        };
        match handled {
            Acknowledgement::Ack => group.settle(id, None),
            Acknowledgement::AckThrough(seq) => group.taken(id, seq),
            Acknowledgement::Retry => group.again(id),
            Acknowledgement::DeadLetter(reason) => group.settle(id, Some(reason)),
        }
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, messages: Vec<Message>) -> Result<(), BusError> {
        self.shared.offer(&messages)
    }

    fn outlives_process(&self) -> bool {
        false
    }

    async fn deliver_to(&self, group: &str, message: Message) -> Result<(), BusError> {
        if let Some(group) = self.shared.state.lock().groups.get_mut(group) {
            group.push(message, &self.shared.options);
        }
        Ok(())
    }

    async fn subscribe(&self, group: &str) -> Result<Box<dyn Subscription>, BusError> {
        let mut state = self.shared.state.lock();
        let arrived = state
            .groups
            .entry(group.to_owned())
            .or_default()
            .arrived
            .clone();
        Ok(Box::new(Member {
            shared: self.shared.clone(),
            group: group.to_owned(),
            arrived,
        }))
    }

    async fn lag(&self, group: &str) -> Result<u64, BusError> {
        let state = self.shared.state.lock();
        Ok(state.groups.get(group).map_or(0, Group::lag))
    }

    async fn dead_letters(&self, group: &str) -> Result<Vec<(Message, String)>, BusError> {
        let state = self.shared.state.lock();
        let mut dead: Vec<_> = state
            .groups
            .get(group)
            .into_iter()
            .flat_map(|group| group.streams.values())
            .filter_map(|stream| stream.dead.clone())
            .collect();
        dead.sort_by_key(|(message, _)| message.stream);
        Ok(dead)
    }

    async fn ping(&self) -> Result<(), BusError> {
        Ok(())
    }

    async fn replay(&self, group: &str, id: StreamId) -> Result<(), BusError> {
        if let Some(group) = self.shared.state.lock().groups.get_mut(group) {
            group.revive(id);
        }
        Ok(())
    }
}

struct Member {
    shared: Arc<Shared>,
    group: String,
    arrived: Arc<Notify>,
}

impl Member {
    /// The next message, if there is one now; `Err` when the bus has closed.
    fn take(&self, answer: oneshot::Sender<Acknowledgement>) -> Result<Option<Delivery>, ()> {
        let mut state = self.shared.state.lock();
        if state.closed {
            return Err(());
        }
        let Some(group) = state.groups.get_mut(&self.group) else {
            return Ok(None);
        };
        let taken = group.take(answer);
        if !group.ready.is_empty() {
            // One wake-up may stand for several arrivals.
            group.arrived.notify_one();
        }
        Ok(taken)
    }
}

#[async_trait]
impl Subscription for Member {
    async fn next(&mut self) -> Option<Delivery> {
        loop {
            let arrived = self.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            let (answer, answered) = oneshot::channel();
            if let Some(delivery) = self.take(answer).ok()? {
                tokio::spawn(self.shared.clone().follow(
                    self.group.clone(),
                    delivery.message.stream,
                    delivery.attempt,
                    answered,
                ));
                return Some(delivery);
            }
            arrived.await;
        }
    }
}
