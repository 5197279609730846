//! A store's metrics: what waits in its outbox, and its connections.

#[cfg(feature = "contract")]
pub mod contract;

use async_trait::async_trait;
use raally_domain::time::Timestamp;

use super::StoreError;

/// What waits to be relayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxBacklog {
    /// How many streams have events that wait.
    pub streams: u64,
    /// How many events wait in all.
    pub events: u64,
    /// When the one that has waited longest was recorded.
    pub since: Option<Timestamp>,
}

/// Connections to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// `primary` or `replica`.
    pub server: &'static str,
    /// The most there may be.
    pub most: u64,
    /// Those that are open now.
    pub open: u64,
    /// Those of them that nobody uses.
    pub idle: u64,
    /// How many wait for one.
    pub waiting: u64,
}

/// What a store says of itself to whoever watches it.
///
/// # Errors
/// Every call may fail with a [`StoreError`]: `Unavailable` while the store is away, where trying
/// again helps, and `Corrupt` or `Failed`, where it does not.
#[async_trait]
pub trait StoreMetrics: Send + Sync {
    /// What waits in the outbox; counts some ten thousand streams at most.
    async fn outbox_backlog(&self) -> Result<OutboxBacklog, StoreError>;

    /// What the clock of its server says; `None` of a store inside the process.
    async fn server_time(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Empty for a store inside the process.
    fn connections(&self) -> Vec<Connections>;
}
