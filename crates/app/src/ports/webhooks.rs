//! Endpoints of others that are told of events, and what is on its way to them.

#[cfg(feature = "contract")]
pub mod contract;

use std::sync::Arc;

use async_trait::async_trait;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{OffsetCommit, StoreError};

/// A key that deliveries are signed with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSecret(pub Vec<u8>);

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret")
    }
}

/// Where a tenant wants its events sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookEndpoint {
    /// Unique within the tenant.
    pub id: Uuid,
    /// Where events are posted.
    pub url: String,
    /// What its makers say of it.
    pub description: String,
    /// `assignment.created`, or `assignment.*` for all of a kind; empty: all events.
    pub event_types: Vec<String>,
    /// Whether it gets anything.
    pub enabled: bool,
    /// Signs what is sent.
    pub secret: WebhookSecret,
    /// The secret before, which signs too until then.
    pub old_secret: Option<(WebhookSecret, Timestamp)>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// Who changed it last.
    pub changed_by: UserId,
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookStatus {
    /// Not yet, or to be tried again.
    Pending,
    /// The endpoint has taken it.
    Delivered,
    /// Given up.
    Failed,
}

impl WebhookStatus {
    /// The word under which stores and the API know it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            WebhookStatus::Pending => "pending",
            WebhookStatus::Delivered => "delivered",
            WebhookStatus::Failed => "failed",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<WebhookStatus> {
        let all = [
            WebhookStatus::Pending,
            WebhookStatus::Delivered,
            WebhookStatus::Failed,
        ];
        all.into_iter().find(|s| s.name() == name)
    }
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookAttempt {
    /// When it was tried.
    pub at: Timestamp,
    /// The HTTP status answered, if there was an answer.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
    /// Why there was none.
    pub error: Option<String>,
}

/// One event on its way to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookDelivery {
    /// Unique within the tenant.
    pub id: Uuid,
    /// To which endpoint.
    pub endpoint: Uuid,
    /// `assignment.created`, for one.
    pub event_type: String,
    /// What is sent, byte for byte. Those of one event share it.
    pub body: Arc<str>,
    /// When it was made.
    pub created_at: Timestamp,
    /// How it stands.
    pub status: WebhookStatus,
    /// When it is tried next; `None`: no more.
    pub next_at: Option<Timestamp>,
    /// The last tries, the oldest first.
    pub attempts: Vec<WebhookAttempt>,
}

impl WebhookDelivery {
    /// Whether it waits while its endpoint rests. What was tried before has a moment of its own and
    /// what an admin tries out has theirs: these show whether an endpoint that fails works again.
    #[must_use]
    pub fn waits_for_rest(&self) -> bool {
        self.attempts.is_empty() && self.event_type != TEST_EVENT
    }

    /// The same of an endpoint that rests until then.
    #[must_use]
    pub fn after_rest(self, rests_until: Option<Timestamp>) -> WebhookDelivery {
        let next_at = match (self.next_at, rests_until) {
            (Some(at), Some(rests_until)) if self.waits_for_rest() => Some(at.max(rests_until)),
            (next_at, _) => next_at,
        };
        WebhookDelivery { next_at, ..self }
    }
}

/// The type of what an admin has sent to try an endpoint out.
pub const TEST_EVENT: &str = "webhook.test";

/// Tenants' endpoints, and the queue of deliveries to them.
///
/// # Errors
/// Every call may fail with a [`StoreError`]: `Unavailable` while the store is away, where trying
/// again helps, and `Corrupt` or `Failed`, where it does not.
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// A tenant's endpoints, the oldest first.
    async fn endpoints(&self, tenant: TenantId) -> Result<Vec<WebhookEndpoint>, StoreError>;

    /// Adds an endpoint that is new (`read` is `None`), or replaces the one of its id if it is
    /// still as it was read: `read` is its `changed_at` then, which every change moves. False, and
    /// nothing is written, where it is not. One that is turned on has not failed.
    async fn put_endpoint(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpoint,
        read: Option<Timestamp>,
    ) -> Result<bool, StoreError>;

    /// Removes an endpoint with its deliveries; false if there is none.
    async fn drop_endpoint(&self, tenant: TenantId, id: Uuid) -> Result<bool, StoreError>;

    /// Queues deliveries and commits the consumer's offset, in one transaction. False if that is
    /// another than the commit expects: nothing is queued then. Those that are there stay.
    async fn enqueue(
        &self,
        tenant: TenantId,
        commit: Option<OffsetCommit>,
        deliveries: Vec<WebhookDelivery>,
    ) -> Result<bool, StoreError>;

    /// An endpoint's deliveries, the latest first, beginning below `before` (its moment and id);
    /// at most `limit`.
    async fn deliveries(
        &self,
        tenant: TenantId,
        endpoint: Uuid,
        before: Option<(Timestamp, Uuid)>,
        limit: usize,
    ) -> Result<Vec<WebhookDelivery>, StoreError>;

    /// Has a delivery tried again at `now`, or after the try under way, whatever becomes of that;
    /// false if the endpoint has none of that id.
    async fn redeliver(
        &self,
        tenant: TenantId,
        endpoint: Uuid,
        id: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Leases deliveries that are due and that nobody holds to `owner`, until `until`, within those
    /// bounds, which count what others hold. Whose workspace holds least is first, then what has
    /// been due longest. An endpoint that fails has one at a time.
    async fn lease_deliveries(
        &self,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
        bounds: LeaseBounds,
    ) -> Result<Vec<(TenantId, WebhookDelivery)>, StoreError>;

    /// Notes what became of a leased delivery (status, next try, attempts) and ends the lease. One
    /// that was asked for again meanwhile stays pending, due when that was.
    /// `failed`: whether the endpoint failed. Answers since when it has without a success;
    /// `None` if it did not fail, or if the lease was no longer `owner`'s: then nothing is noted.
    async fn settle_delivery(
        &self,
        owner: &str,
        tenant: TenantId,
        delivery: WebhookDelivery,
        failed: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, StoreError>;

    /// How many deliveries wait to be sent, or sent again, by endpoint.
    async fn waiting(&self, tenant: TenantId) -> Result<Vec<(Uuid, u64)>, StoreError>;

    /// Since when an endpoint has failed without a success.
    async fn failing_since(
        &self,
        tenant: TenantId,
        endpoint: Uuid,
    ) -> Result<Option<Timestamp>, StoreError>;

    /// Leaves an endpoint alone until that moment, be it later or sooner than it was: those of its
    /// deliveries that were never tried wait, but for what an admin tries out.
    async fn rest_endpoint(
        &self,
        tenant: TenantId,
        endpoint: Uuid,
        until: Timestamp,
    ) -> Result<(), StoreError>;

    /// Drops deliveries created before that moment; returns how many went.
    async fn drop_deliveries(&self, before: Timestamp) -> Result<u64, StoreError>;
}

/// How many deliveries may be held at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseBounds {
    /// Of one endpoint.
    pub per_endpoint: usize,
    /// Of one workspace.
    pub per_tenant: usize,
    /// How many are leased now at most.
    pub limit: usize,
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WebhookClientError(pub String);

/// Posts to addresses of others, and to those alone: never into our own network.
#[async_trait]
pub trait WebhookClient: Send + Sync {
    /// Whether something could be posted there: one sentence on why not.
    ///
    /// # Errors
    /// Where it is no address, or one of our own network.
    fn check(&self, url: &str) -> Result<(), String>;

    /// Posts JSON; answers the HTTP status. Redirections are not followed.
    ///
    /// # Errors
    /// [`WebhookClientError`] where there was no answer; any status is one.
    async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<u16, WebhookClientError>;
}
