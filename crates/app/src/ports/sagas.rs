//! Processes of several steps that survive whoever runs them.

use async_trait::async_trait;
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use uuid::Uuid;

use super::StoreError;

/// Which way a saga goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// Towards its end; `step` is the next to be done.
    Doing,
    /// Back; `step` is the next to be undone.
    Undoing,
    /// It has ended: done.
    Done,
    /// It has ended: what it had done is undone.
    Undone,
}

impl Course {
    pub const ALL: [Course; 4] = [Course::Doing, Course::Undoing, Course::Done, Course::Undone];

    /// The name under which stores keep it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Course::Doing => "doing",
            Course::Undoing => "undoing",
            Course::Done => "done",
            Course::Undone => "undone",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Course> {
        Course::ALL.into_iter().find(|course| course.name() == name)
    }

    #[must_use]
    pub fn has_ended(self) -> bool {
        matches!(self, Course::Done | Course::Undone)
    }
}

/// Where a process of several steps stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saga {
    pub tenant: TenantId,
    pub id: Uuid,
    /// Which steps it has: `invite`.
    pub kind: String,
    pub course: Course,
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

    async fn saga(&self, tenant: TenantId, id: Uuid) -> Result<Option<Saga>, StoreError>;

    /// A tenant's sagas of a kind that have not ended, in the order of their ids.
    async fn under_way(&self, tenant: TenantId, kind: &str) -> Result<Vec<Saga>, StoreError>;

    /// How many sagas of all tenants have not ended, by kind and course; kinds without one are
    /// missing.
    async fn count(&self) -> Result<Vec<(String, Course, u64)>, StoreError>;
}
