//! The event backbone: what was relayed from the logs, in order per stream.

use async_trait::async_trait;
use raally_domain::stream::StreamId;

use crate::trace::TraceParent;

#[derive(Debug, thiserror::Error)]
pub enum BusError {
    #[error("the event bus is away: {0}")]
    Unavailable(String),
}

/// An event on its way: the stored text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The stream, which is the key: order holds per stream.
    pub stream: StreamId,
    pub seq: u64,
    /// The event's stored body.
    pub body: std::sync::Arc<str>,
    /// The trace that it belongs to; it may be lost on the way.
    pub trace: Option<TraceParent>,
}

/// How much of what waits behind a message is shown with it.
pub const BEHIND: usize = 200;

/// What a consumer says of a message it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handled {
    /// Taken; the next of the stream may come.
    Done,
    /// Taken, and with it those behind it, up to that seq.
    DoneTo(u64),
    /// Not now: give it again after a while. The stream waits, others go on.
    Retry,
    /// Never: set it aside with the reason. The stream waits until it is replayed.
    Poison(String),
}

/// A message given to a consumer, how often it was given before, and where the answer goes.
#[derive(Debug)]
pub struct Delivery {
    pub message: Message,
    /// What already waits behind it in its stream, in order; not all of it, perhaps none.
    pub behind: Vec<Message>,
    /// 1 the first time.
    pub attempt: u32,
    pub answer: tokio::sync::oneshot::Sender<Handled>,
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

/// At least once, in order per stream.
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

    /// How many messages wait for a group, what it has in hand included; 0 of a group that never
    /// had a member.
    async fn waiting(&self, group: &str) -> Result<u64, BusError>;

    /// Messages set aside as poison by a group, with the reasons.
    async fn dead_letters(&self, group: &str) -> Result<Vec<(Message, String)>, BusError>;

    /// A cheap question that a working bus answers.
    async fn ping(&self) -> Result<(), BusError>;

    /// Takes a stream's dead letter back into the stream and lets it go on.
    async fn replay(&self, group: &str, stream: StreamId) -> Result<(), BusError>;
}
