//! A store that fails from a chosen call on, as it does for a process that dies there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use parking_lot::Mutex;
use raally_app::ports::{
    ExportPart, Mail, MailError, Mailer, Saga, SagaStatus, Sagas, StoreError, TenantDeletion,
};
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use raally_store_sqlite::SqliteStore;
use uuid::Uuid;

/// Fault injection: the n-th call at which a process may die fails, and every call after it.
#[derive(Default)]
pub(crate) struct FaultPlan(AtomicU64);

impl FaultPlan {
    pub(crate) fn fail_at(&self, place: u64) {
        self.0.store(place, Ordering::SeqCst);
    }

    /// Whether the process is dead here.
    pub(crate) fn fails_here(&self) -> bool {
        let next = |left: u64| match left {
            u64::MAX => None,
            1 => Some(u64::MAX),
            0 => None,
            left => Some(left - 1),
        };
        let _ = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
        self.0.load(Ordering::SeqCst) == u64::MAX
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.0.load(Ordering::SeqCst) == u64::MAX
    }
}

/// The real store, unless the process is dead.
pub(crate) struct FaultyStore {
    pub(crate) store: SqliteStore,
    pub(crate) faults: Arc<FaultPlan>,
}

impl FaultyStore {
    fn alive(&self) -> Result<(), StoreError> {
        match self.faults.fails_here() {
            true => Err(StoreError::Unavailable("dead".to_owned())),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl Sagas for FaultyStore {
    async fn begin(&self, saga: Saga) -> Result<bool, StoreError> {
        self.store.begin(saga).await
    }

    async fn take(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Saga>, StoreError> {
        self.alive()?;
        let taken = self.store.take(now, until, limit).await?;
        self.alive()?;
        Ok(taken)
    }

    async fn put(&self, saga: &Saga) -> Result<bool, StoreError> {
        self.alive()?;
        let put = self.store.put(saga).await?;
        self.alive()?;
        Ok(put)
    }

    async fn saga(&self, tenant: TenantId, id: Uuid) -> Result<Option<Saga>, StoreError> {
        self.store.saga(tenant, id).await
    }

    async fn under_way(&self, tenant: TenantId, kind: &str) -> Result<Vec<Saga>, StoreError> {
        self.store.under_way(tenant, kind).await
    }

    async fn count(&self) -> Result<Vec<(String, SagaStatus, u64)>, StoreError> {
        self.store.count().await
    }
}

/// Each is a place to die at, before and after.
macro_rules! faulty {
    ($self:ident, $call:ident($($arg:expr),*)) => {{
        $self.alive()?;
        let done = TenantDeletion::$call(&$self.store, $($arg),*).await?;
        $self.alive()?;
        Ok(done)
    }};
}

#[async_trait]
impl TenantDeletion for FaultyStore {
    async fn suspend(
        &self,
        tenant: TenantId,
        saga: Uuid,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        faulty!(self, suspend(tenant, saga, at))
    }

    async fn resume(&self, tenant: TenantId, saga: Uuid) -> Result<(), StoreError> {
        faulty!(self, resume(tenant, saga))
    }

    async fn close(&self, tenant: TenantId, saga: Uuid, at: Timestamp) -> Result<bool, StoreError> {
        faulty!(self, close(tenant, saga, at))
    }

    async fn erase(&self, tenant: TenantId, limit: usize) -> Result<u64, StoreError> {
        faulty!(self, erase(tenant, limit))
    }

    async fn keep_part(
        &self,
        tenant: TenantId,
        saga: Uuid,
        part: ExportPart,
    ) -> Result<(), StoreError> {
        faulty!(self, keep_part(tenant, saga, part))
    }

    async fn last_part(
        &self,
        tenant: TenantId,
        saga: Uuid,
    ) -> Result<Option<(u32, u64)>, StoreError> {
        faulty!(self, last_part(tenant, saga))
    }

    async fn part(
        &self,
        tenant: TenantId,
        saga: Uuid,
        number: u32,
    ) -> Result<Option<String>, StoreError> {
        faulty!(self, part(tenant, saga, number))
    }

    async fn drop_export(&self, tenant: TenantId) -> Result<(), StoreError> {
        faulty!(self, drop_export(tenant))
    }
}

#[derive(Default)]
pub(crate) struct RecordingMailer {
    pub(crate) sent: Mutex<Vec<Mail>>,
    pub(crate) away: AtomicU64,
}

#[async_trait]
impl Mailer for RecordingMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let fewer = |n: u64| n.checked_sub(1);
        let order = Ordering::SeqCst;
        if self.away.fetch_update(order, order, fewer).is_ok() {
            return Err(MailError::Away("it does not answer".to_owned()));
        }
        self.sent.lock().push(mail);
        Ok(())
    }
}
