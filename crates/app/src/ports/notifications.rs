//! What users are told, and how they want to be told.

#[cfg(feature = "contract")]
pub mod contract;

use async_trait::async_trait;
use raally_domain::date::Date;
use raally_domain::ids::{PersonId, ProjectId, TenantId, UserId};
use raally_domain::kinds::EntityRef;
use raally_domain::notifications::NotificationKind;
use raally_domain::time::Timestamp;
use uuid::Uuid;

use super::{OffsetCommit, StoreError};

/// Something a user is told in a tenant. Ids and dates only: names are found when it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The same for the same cause, so that a repeated effect keeps it once.
    pub id: Uuid,
    /// Who is told.
    pub user: UserId,
    /// When it happened.
    pub at: Timestamp,
    /// What it tells of.
    pub kind: NotificationKind,
    /// Who did it, if a user did.
    pub actor: Option<UserId>,
    /// Whom it is about, if it is one person.
    pub person: Option<PersonId>,
    /// What it is about, if it is one thing.
    pub entity: Option<EntityRef>,
    /// The project that it is about, if it is one.
    pub project: Option<ProjectId>,
    /// The first day that it is about.
    pub from: Option<Date>,
    /// The last day that it is about.
    pub to: Option<Date>,
    /// How many things it tells of.
    pub count: u32,
    /// Shown in the app.
    pub in_app: bool,
    /// When the next digest is due that is to hold it; `None`: it is not mailed.
    pub digest_at: Option<Timestamp>,
    /// When the user read it.
    pub read_at: Option<Timestamp>,
}

/// Where a page of a list ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotificationPosition {
    /// When it happened.
    pub at: Timestamp,
    /// The same for the same cause, so that a repeated effect keeps it once.
    pub id: Uuid,
}

/// How a user wants to be told of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preference {
    /// Who is told.
    pub user: UserId,
    /// What it tells of.
    pub kind: NotificationKind,
    /// Whether it is shown in the app.
    pub in_app: bool,
    /// Whether it is mailed in the daily digest.
    pub email: bool,
}

/// What is written of a preference; `None` leaves a field as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PreferencePatch {
    /// Whether it is shown in the app.
    pub in_app: Option<bool>,
    /// Whether it is mailed in the daily digest.
    pub email: Option<bool>,
}

/// Notifications, and how users want them.
///
/// # Errors
/// Every call may fail with a [`StoreError`]: `Unavailable` while the store is away, where trying
/// again helps, and `Corrupt` or `Failed`, where it does not.
#[async_trait]
pub trait Notifications: Send + Sync {
    /// Keeps them and commits the consumer's offset, in one transaction. False if that is another
    /// than the commit expects: nothing is kept then. Those whose ids are there already stay as
    /// they are.
    async fn add(
        &self,
        tenant: TenantId,
        commit: Option<OffsetCommit>,
        rows: Vec<Notification>,
    ) -> Result<bool, StoreError>;

    /// What a user is shown in the app, the latest first, beginning below `before`; at most
    /// `limit`.
    async fn list(
        &self,
        tenant: TenantId,
        user: UserId,
        unread: bool,
        before: Option<NotificationPosition>,
        limit: usize,
    ) -> Result<Vec<Notification>, StoreError>;

    /// How many of those a user is shown have not been read.
    async fn unread(&self, tenant: TenantId, user: UserId) -> Result<u64, StoreError>;

    /// Marks one as read; one that is keeps its moment. False if there is none.
    async fn mark_read(
        &self,
        tenant: TenantId,
        user: UserId,
        id: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Marks all as read that came until `until`; returns how many were not.
    async fn mark_all_read(
        &self,
        tenant: TenantId,
        user: UserId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// What those users have set; kinds they have set nothing for are left out.
    async fn preferences(
        &self,
        tenant: TenantId,
        users: &[UserId],
    ) -> Result<Vec<Preference>, StoreError>;

    /// Writes the fields that are named of how a user wants to be told of a kind; `default` is
    /// what the others become where nothing was set before.
    async fn set_preference(
        &self,
        tenant: TenantId,
        default: Preference,
        patch: PreferencePatch,
    ) -> Result<(), StoreError>;

    /// Users with something unread whose digest is due and was not mailed; at most `limit`.
    async fn digests_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(TenantId, UserId)>, StoreError>;

    /// What a user's digest holds, the oldest first. It is noted as mailed in the same
    /// transaction, so of several who claim it at once one gets it.
    async fn claim_digest(
        &self,
        tenant: TenantId,
        user: UserId,
        now: Timestamp,
    ) -> Result<Vec<Notification>, StoreError>;

    /// Drops what came before that moment; returns how many went.
    async fn drop_notifications(&self, before: Timestamp) -> Result<u64, StoreError>;
}
