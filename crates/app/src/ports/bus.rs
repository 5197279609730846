//! The event backbone: what was relayed from the logs, in order per stream.

#[cfg(feature = "contract")]
pub mod contract;

use async_trait::async_trait;
use raally_domain::stream::StreamId;

use crate::trace::TraceParent;

/// Why the bus did not do something.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// It is away, with what it said; to be tried again.
    #[error("the event bus is away: {0}")]
    Unavailable(String),
}

/// An event on its way: the stored text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The stream, which is the key: order holds per stream.
    pub stream: StreamId,
    /// The event's sequence number in the stream.
    pub seq: u64,
    /// The event's stored body.
    pub body: std::sync::Arc<str>,
    /// The trace that it belongs to; it may be lost on the way.
    pub trace: Option<TraceParent>,
}

/// How many messages after one are shown with it at most.
pub const LOOKAHEAD: usize = 200;

/// What a consumer answers to a message that was delivered to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acknowledgement {
    /// It is consumed; the next of the stream may be delivered.
    Ack,
    /// It is consumed, and with it those of the lookahead up to that seq.
    AckThrough(u64),
    /// It is delivered again after a pause. The stream waits, others go on.
    Retry,
    /// It becomes a dead letter with that reason. The stream waits until it is replayed.
    DeadLetter(String),
}

/// A message delivered to a consumer, and where the answer goes.
#[derive(Debug)]
pub struct Delivery {
    /// The message itself.
    pub message: Message,
    /// Messages that follow it at once in its stream, in order; not all of them, perhaps none.
    pub lookahead: Vec<Message>,
    /// How often it was delivered; 1 the first time.
    pub attempt: u32,
    /// Where the acknowledgement goes; dropped, it counts as `Retry`.
    pub answer: tokio::sync::oneshot::Sender<Acknowledgement>,
}

/// One member of a consumer group.
#[async_trait]
pub trait Subscription: Send {
    /// The next message for this member; `None` when the bus has closed. A delivery dropped
    /// without an answer counts as `Retry`.
    async fn next(&mut self) -> Option<Delivery>;
}

/// What a bus holds: from the oldest message kept to where it ended when it was asked.
pub struct Content {
    /// Nothing has been dropped for its age yet.
    pub whole: bool,
    /// In order per stream. Few are read ahead of whoever receives them.
    pub messages: tokio::sync::mpsc::Receiver<Result<Message, BusError>>,
}

/// A topic as the brokers hold it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// How many partitions it has; 0 where it is not there.
    pub partitions: usize,
    /// How many of them have no leader, and take and give nothing.
    pub leaderless: usize,
    /// How many copies a partition has: the fewest of any.
    pub copies: usize,
    /// How many of its copies are up to date: the fewest of any partition.
    pub in_sync: usize,
    /// How many copies hold a message before it counts as kept; `None` where the topic is not
    /// there.
    pub min_in_sync: Option<usize>,
}

/// At least once, in order per stream.
///
/// # Errors
/// Every call may fail with [`BusError::Unavailable`] while the bus is away: it is to be tried again.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Returns when the messages are kept (durably, where the bus outlives the process).
    async fn publish(&self, messages: Vec<Message>) -> Result<(), BusError>;

    /// Joins a consumer group; each message goes to one member of every group. A group begins
    /// with what is published after its first member joined.
    async fn subscribe(&self, group: &str) -> Result<Box<dyn Subscription>, BusError>;

    /// Reads all that it holds; `None` of a bus that keeps nothing.
    async fn content(&self) -> Result<Option<Content>, BusError> {
        Ok(None)
    }

    /// Whether a group goes on where it was when all processes have ended in between. Where not, a
    /// consumer that joins has the streams that it is behind in delivered by [`Bus::deliver_to`].
    fn outlives_process(&self) -> bool {
        true
    }

    /// Delivers a message to that group alone; a bus that outlives the process has no need of it,
    /// and does nothing.
    async fn deliver_to(&self, _group: &str, _message: Message) -> Result<(), BusError> {
        Ok(())
    }

    /// A group's lag: how many messages it has not acknowledged yet; 0 of a group that never had a
    /// member.
    async fn lag(&self, group: &str) -> Result<u64, BusError>;

    /// A group's dead letters, with the reasons.
    async fn dead_letters(&self, group: &str) -> Result<Vec<(Message, String)>, BusError>;

    /// The topics that it needs, as they are; makes none. Empty for a bus without topics.
    async fn topics(&self) -> Result<Vec<Topic>, BusError> {
        Ok(Vec::new())
    }

    /// A cheap question that a working bus answers.
    async fn ping(&self) -> Result<(), BusError>;

    /// Delivers a stream's dead letter to the group again, and then what waits behind it.
    async fn replay(&self, group: &str, stream: StreamId) -> Result<(), BusError>;
}
