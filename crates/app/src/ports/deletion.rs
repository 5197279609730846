//! Suspending a workspace, what is kept of it meanwhile, and erasing it.

#[cfg(feature = "contract")]
pub mod contract;

use async_trait::async_trait;
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use uuid::Uuid;

use super::StoreError;

/// Whether a tenant may be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantStatus {
    /// It may be written to.
    Open,
    /// It is being closed: nothing is appended to its log. That can be taken back.
    Suspended,
    /// It is gone: what arrives late is for nobody.
    Closed,
}

/// A part of an export: lines of text, each with its line feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportPart {
    /// From 1 on, without gaps.
    pub number: u32,
    /// The last event in it.
    pub last_seq: u64,
    /// The events, one JSON object a line.
    pub lines: String,
}

/// A tenant's closing belongs to the saga that suspended it, or closed it where nobody had.
///
/// # Errors
/// Every call may fail with a [`StoreError`]: `Unavailable` while the store is away, where trying
/// again helps, and `Corrupt` or `Failed`, where it does not.
#[async_trait]
pub trait TenantDeletion: Send + Sync {
    /// Suspends a tenant: whatever is under way to its log is in it by then, and nothing comes
    /// after. False if another saga has, or if it is closed.
    async fn suspend(
        &self,
        tenant: TenantId,
        saga: Uuid,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Ends a suspension; one of another saga's, and a closed tenant, stay as they are.
    async fn resume(&self, tenant: TenantId, saga: Uuid) -> Result<(), StoreError>;

    /// Closes a tenant for ever, suspended or not there at all: from then on it has no log, no
    /// name and no members, and nothing is written for it any more. False if it is another saga's,
    /// or if there is no such saga under way.
    async fn close(&self, tenant: TenantId, saga: Uuid, at: Timestamp) -> Result<bool, StoreError>;

    /// Erases some of what is left of a closed tenant, about `limit` rows; returns how many went.
    /// What stays is that it was closed, and the saga that did it.
    async fn erase(&self, tenant: TenantId, limit: usize) -> Result<u64, StoreError>;

    /// Keeps a part of a saga's export; one of the same number stays as it is.
    async fn keep_part(
        &self,
        tenant: TenantId,
        saga: Uuid,
        part: ExportPart,
    ) -> Result<(), StoreError>;

    /// The number of the last part that is kept, and the last event in it.
    async fn last_part(
        &self,
        tenant: TenantId,
        saga: Uuid,
    ) -> Result<Option<(u32, u64)>, StoreError>;

    /// The lines of a part.
    async fn part(
        &self,
        tenant: TenantId,
        saga: Uuid,
        number: u32,
    ) -> Result<Option<String>, StoreError>;

    /// Drops all that is kept of a tenant's exports.
    async fn drop_export(&self, tenant: TenantId) -> Result<(), StoreError>;
}
