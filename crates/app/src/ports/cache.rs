//! Short-lived shared values: answers, counters, announcements.

#[cfg(feature = "contract")]
pub mod contract;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use raally_domain::time::Timestamp;
use tokio::sync::broadcast;

/// Why the cache did not do something.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// It is away, with what it said.
    #[error("the cache is away: {0}")]
    Unavailable(String),
}

/// Nothing here is the only copy of anything: all of it may be gone at any time.
///
/// # Errors
/// Every call may fail with [`CacheError::Unavailable`] while the cache is away: one does without.
#[async_trait]
pub trait Cache: Send + Sync {
    /// The value under a key, while it lives.
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError>;
    /// Keeps a value for `ttl`.
    async fn put(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), CacheError>;
    /// Keeps a value if there is none; true if it was kept.
    async fn put_if_absent(
        &self,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> Result<bool, CacheError>;
    /// Forgets the value under a key, if there is one.
    async fn remove(&self, key: &str) -> Result<(), CacheError>;
    /// Adds to a counter that lives for `ttl` from its first increment; returns its new value.
    async fn increment(&self, key: &str, by: u64, ttl: Duration) -> Result<u64, CacheError>;
    /// Tells every subscriber of the channel, in every process.
    async fn announce(&self, channel: &str, payload: Bytes) -> Result<(), CacheError>;
    /// What is announced from now on; a slow subscriber is told how many it missed.
    async fn listen(&self, channel: &str) -> Result<broadcast::Receiver<Bytes>, CacheError>;
    /// What the clock of its server says; `None` inside the process, which has no other clock.
    async fn server_time(&self) -> Result<Option<Timestamp>, CacheError> {
        Ok(None)
    }
}
