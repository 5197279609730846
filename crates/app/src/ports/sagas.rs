//! Processes of several steps that survive whoever runs them.

#[cfg(feature = "contract")]
pub mod contract;

use async_trait::async_trait;
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use uuid::Uuid;

use super::StoreError;

/// How a saga stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SagaStatus {
    /// Its steps are being executed; `step` is the next.
    Running,
    /// Its steps are being taken back; `step` is the next to be compensated.
    Compensating,
    /// It has ended: all steps were executed.
    Completed,
    /// It has ended: the steps that were executed are taken back.
    Compensated,
}

impl SagaStatus {
    /// Every status.
    pub const ALL: [SagaStatus; 4] = [
        SagaStatus::Running,
        SagaStatus::Compensating,
        SagaStatus::Completed,
        SagaStatus::Compensated,
    ];

    /// Its name in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SagaStatus::Running => "running",
            SagaStatus::Compensating => "compensating",
            SagaStatus::Completed => "completed",
            SagaStatus::Compensated => "compensated",
        }
    }

    /// The word under which stores keep it; they have since before the status had its name.
    #[must_use]
    pub fn stored(self) -> &'static str {
        match self {
            SagaStatus::Running => "doing",
            SagaStatus::Compensating => "undoing",
            SagaStatus::Completed => "done",
            SagaStatus::Compensated => "undone",
        }
    }

    /// The status that stores keep under that word.
    #[must_use]
    pub fn from_stored(word: &str) -> Option<SagaStatus> {
        SagaStatus::ALL.into_iter().find(|s| s.stored() == word)
    }

    /// Whether nothing is left to be done.
    #[must_use]
    pub fn has_ended(self) -> bool {
        matches!(self, SagaStatus::Completed | SagaStatus::Compensated)
    }
}

/// Where a process of several steps stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saga {
    /// Whose saga it is.
    pub tenant: TenantId,
    /// Unique within the tenant.
    pub id: Uuid,
    /// Which steps it has: `invite`.
    pub kind: String,
    /// How it stands.
    pub status: SagaStatus,
    /// The number of the step that is next, from 0 on.
    pub step: u32,
    /// What its steps know, as JSON text. May be personal, and is emptied when the saga ends.
    pub state: String,
    /// How often the step has failed in a row.
    pub attempts: u32,
    /// Not touched before then: the step waits, or somebody is at work on it until then.
    pub due_at: Timestamp,
    /// Grows with every write; tells who works on it from who only did.
    pub version: u64,
}

/// Sagas are written by whoever read their last version, so nobody's step is taken twice.
///
/// # Errors
/// Every call may fail with a [`StoreError`]: `Unavailable` while the store is away, where trying
/// again helps, and `Corrupt` or `Failed`, where it does not.
#[async_trait]
pub trait Sagas: Send + Sync {
    /// Keeps a new saga at version 1. False if the tenant has one of that id: nothing changes.
    async fn begin(&self, saga: Saga) -> Result<bool, StoreError>;

    /// Takes sagas that have not ended and are due: whoever takes them has until `until`, then
    /// they are due again. Each comes with its new version; at most `limit`.
    async fn take(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Saga>, StoreError>;

    /// Replaces a saga whose version is still `saga.version`, which grows by one. False if it is
    /// another: nothing changes.
    async fn put(&self, saga: &Saga) -> Result<bool, StoreError>;

    /// A tenant's saga of that id, also one that has ended.
    async fn saga(&self, tenant: TenantId, id: Uuid) -> Result<Option<Saga>, StoreError>;

    /// A tenant's sagas of a kind that have not ended, in the order of their ids.
    async fn under_way(&self, tenant: TenantId, kind: &str) -> Result<Vec<Saga>, StoreError>;

    /// How many sagas of all tenants have not ended, by kind and status; kinds without one are
    /// missing.
    async fn count(&self) -> Result<Vec<(String, SagaStatus, u64)>, StoreError>;
}
