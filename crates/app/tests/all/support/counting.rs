//! The real store with a counter and a switch in front of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use raally_app::ports::*;
use raally_domain::event::{Hash, Head};
use raally_domain::ids::{PersonalRef, TenantId, UserId};
use raally_domain::personal::PersonalValue;
use raally_domain::stream::StreamId;
use raally_domain::time::Timestamp;
use raally_store_sqlite::SqliteStore;
use tokio::sync::watch;

pub(crate) struct Counting {
    inner: SqliteStore,
    pub(crate) appends: AtomicU64,
    pub(crate) heads: AtomicU64,
    pub(crate) events: AtomicU64,
    /// How many events were read so.
    pub(crate) events_read: AtomicU64,
    pub(crate) snapshots: AtomicU64,
    /// While set, appends are refused as if the disk were full.
    pub(crate) full: AtomicBool,
    /// So many of the next appends are refused.
    pub(crate) failures: AtomicU64,
    /// How many appends have been asked for.
    pub(crate) begun: AtomicU64,
    /// While set, appends wait before they are done, or once they are done and before that is told.
    pub(crate) held_before: watch::Sender<bool>,
    pub(crate) held_after: watch::Sender<bool>,
    /// Reads of that tenant's log wait.
    pub(crate) held_events: watch::Sender<Option<TenantId>>,
}

impl Counting {
    pub(crate) fn new(inner: SqliteStore) -> Counting {
        Counting {
            inner,
            appends: AtomicU64::new(0),
            heads: AtomicU64::new(0),
            events: AtomicU64::new(0),
            events_read: AtomicU64::new(0),
            snapshots: AtomicU64::new(0),
            full: AtomicBool::new(false),
            failures: AtomicU64::new(0),
            begun: AtomicU64::new(0),
            held_before: watch::Sender::new(false),
            held_after: watch::Sender::new(false),
            held_events: watch::Sender::new(None),
        }
    }

    fn refuses(&self) -> bool {
        let order = Ordering::SeqCst;
        let fewer = |n: u64| n.checked_sub(1);
        let fails = self.failures.fetch_update(order, order, fewer).is_ok();
        fails || self.full.load(order)
    }
}

#[async_trait]
impl Store for Counting {
    async fn append(&self, batch: Batch) -> Result<(), AppendError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let mut held = self.held_before.subscribe();
        held.wait_for(|held| !held).await.unwrap();
        if self.refuses() {
            return Err(StoreError::Unavailable("the disk is full".to_owned()).into());
        }
        self.appends.fetch_add(1, Ordering::SeqCst);
        self.inner.append(batch).await?;
        let mut held = self.held_after.subscribe();
        held.wait_for(|held| !held).await.unwrap();
        Ok(())
    }

    async fn head(&self, tenant: TenantId) -> Result<Option<LogHead>, StoreError> {
        self.heads.fetch_add(1, Ordering::SeqCst);
        self.inner.head(tenant).await
    }

    async fn tenant_status(&self, tenant: TenantId) -> Result<TenantStatus, StoreError> {
        self.inner.tenant_status(tenant).await
    }

    async fn events(
        &self,
        tenant: TenantId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, StoreError> {
        self.events.fetch_add(1, Ordering::SeqCst);
        let mut held = self.held_events.subscribe();
        held.wait_for(|held| *held != Some(tenant)).await.unwrap();
        let page = self.inner.events(tenant, after, limit).await?;
        let read = page.len() as u64;
        self.events_read.fetch_add(read, Ordering::SeqCst);
        Ok(page)
    }

    async fn seq_at(&self, tenant: TenantId, at: Timestamp) -> Result<u64, StoreError> {
        self.inner.seq_at(tenant, at).await
    }

    async fn audit(
        &self,
        tenant: TenantId,
        filter: &AuditFilter,
        before: Option<AuditPosition>,
        limit: usize,
    ) -> Result<Vec<(AuditPosition, LoggedEvent)>, StoreError> {
        self.inner.audit(tenant, filter, before, limit).await
    }

    async fn personal_values(
        &self,
        tenant: TenantId,
        references: &[PersonalRef],
    ) -> Result<Vec<PersonalValue>, StoreError> {
        self.inner.personal_values(tenant, references).await
    }

    async fn erase_personal(
        &self,
        tenant: TenantId,
        erasure: Erasure,
    ) -> Result<Erased, StoreError> {
        self.inner.erase_personal(tenant, erasure).await
    }

    async fn save_snapshot(&self, tenant: TenantId, snapshot: Snapshot) -> Result<(), StoreError> {
        self.inner.save_snapshot(tenant, snapshot).await
    }

    async fn snapshot(
        &self,
        tenant: TenantId,
        at_most: u64,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.snapshots.fetch_add(1, Ordering::SeqCst);
        self.inner.snapshot(tenant, at_most).await
    }

    async fn snapshot_heads(&self, tenant: TenantId) -> Result<Vec<Head>, StoreError> {
        self.inner.snapshot_heads(tenant).await
    }

    async fn drop_snapshots(&self, tenant: TenantId, heads: &[Head]) -> Result<(), StoreError> {
        self.inner.drop_snapshots(tenant, heads).await
    }

    async fn idempotent_response(
        &self,
        tenant: TenantId,
        user: UserId,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<IdempotentResponse>, StoreError> {
        self.inner.idempotent_response(tenant, user, key, now).await
    }

    async fn claim_idempotency_key(
        &self,
        tenant: TenantId,
        claim: IdempotentResponse,
        stale: Timestamp,
    ) -> Result<Option<IdempotentResponse>, StoreError> {
        self.inner.claim_idempotency_key(tenant, claim, stale).await
    }

    async fn settle_idempotency_key(
        &self,
        tenant: TenantId,
        claim: IdempotentResponse,
        response: Option<IdempotentResponse>,
    ) -> Result<(), StoreError> {
        self.inner
            .settle_idempotency_key(tenant, claim, response)
            .await
    }

    async fn drop_idempotent_responses(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.inner.drop_idempotent_responses(before).await
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        self.inner.tenants().await
    }

    async fn account_head(&self, stream: StreamId) -> Result<AccountHead, StoreError> {
        self.inner.account_head(stream).await
    }

    async fn account_events(
        &self,
        stream: StreamId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, StoreError> {
        self.inner.account_events(stream, after, limit).await
    }

    async fn account_streams(
        &self,
        after: Option<StreamId>,
        limit: usize,
    ) -> Result<Vec<StreamId>, StoreError> {
        self.inner.account_streams(after, limit).await
    }

    async fn secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
        self.inner.secret(name, fresh).await
    }

    async fn lease_outbox(
        &self,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.inner.lease_outbox(owner, now, until, limit).await
    }

    async fn mark_sent(
        &self,
        owner: &str,
        stream: StreamId,
        sent: u64,
        event: Option<Hash>,
    ) -> Result<bool, StoreError> {
        self.inner.mark_sent(owner, stream, sent, event).await
    }

    async fn inbox(&self, consumer: &str, stream: StreamId) -> Result<u64, StoreError> {
        self.inner.inbox(consumer, stream).await
    }

    async fn can_advance(&self, commit: OffsetCommit) -> Result<bool, StoreError> {
        self.inner.can_advance(commit).await
    }

    async fn advance_inbox(&self, commit: OffsetCommit) -> Result<bool, StoreError> {
        self.inner.advance_inbox(commit).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.inner.ping().await
    }
}
