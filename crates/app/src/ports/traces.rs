//! Traces of requests, beside the events that came of them.

#[cfg(feature = "contract")]
pub mod contract;

use async_trait::async_trait;
use raally_domain::ids::EventId;
use raally_domain::time::Timestamp;

use super::StoreError;
use crate::trace::TraceParent;

/// What requests events came of, for those that are traced; written by `Store::append` with the
/// events (`Batch::traces`). Nothing of it is in the log, so all of it may go.
///
/// # Errors
/// Every call may fail with a [`StoreError`]: `Unavailable` while the store is away, where trying
/// again helps, and `Corrupt` or `Failed`, where it does not.
#[async_trait]
pub trait Traces: Send + Sync {
    /// Those of the events that came of a traced request, in any order.
    async fn traces(&self, events: &[EventId]) -> Result<Vec<(EventId, TraceParent)>, StoreError>;

    /// Drops what was kept of events recorded before that moment; returns how many.
    async fn drop_traces(&self, before: Timestamp) -> Result<u64, StoreError>;
}
