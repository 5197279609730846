//! Epochs: a store that lost commits begins a new one, so that no head of before is taken for one
//! of after.

#[cfg(feature = "contract")]
pub mod contract;

use async_trait::async_trait;
use raally_domain::event::Head;
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;

use super::StoreError;

/// An epoch as it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// Above those of before; not always by one.
    pub number: u32,
    /// When it was begun.
    pub began_at: Timestamp,
    /// Why, in an operator's words.
    pub reason: String,
}

/// The epochs of a store's logs.
///
/// # Errors
/// Every call may fail with a [`StoreError`]: `Unavailable` while the store is away, where trying
/// again helps, and `Corrupt` or `Failed`, where it does not.
#[async_trait]
pub trait Epochs: Send + Sync {
    /// Notes that an epoch begins. Its number is above every log's; it is `at_least` or more.
    async fn begin_epoch(
        &self,
        at_least: u32,
        at: Timestamp,
        reason: &str,
    ) -> Result<u32, StoreError>;

    /// Moves the heads of tenants' logs into an epoch that has begun, those after `after` in the
    /// order of their ids, at most `limit`; returns the new heads in that order. Seqs and hashes
    /// stay.
    async fn renew_heads(
        &self,
        epoch: u32,
        after: Option<TenantId>,
        limit: usize,
    ) -> Result<Vec<(TenantId, Head)>, StoreError>;

    /// All epochs that were begun, the first first; none where nothing was ever lost.
    async fn epochs(&self) -> Result<Vec<Epoch>, StoreError>;
}
