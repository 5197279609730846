//! The port Store.

use async_trait::async_trait;
use raally_app::ports::{
    AppendError, AuditFilter, AuditPosition, Batch, LogHead, LoggedEvent, OutboxRow, Passage,
    Snapshot, Store, StoreError, StoredAnswer,
};
use raally_domain::event::Head;
use raally_domain::ids::{PersonalRef, TenantId, UserId};
use raally_domain::personal::PersonalValue;
use raally_domain::time::Moment;
use uuid::Uuid;

use crate::pool::Platform;
use crate::rows::{all, first, id, int, limit, logged, number, only};
use crate::{PostgresStore, append, audit, log};

const DROP_ANSWERS: Platform = Platform::new("SELECT raally.drop_answers($1)");
const TENANTS: Platform = Platform::new("SELECT * FROM raally.tenants_with_log()");
const LEASE: Platform =
    Platform::new("SELECT tenant_id, seq, sent FROM raally.lease_outbox($1, $2, $3, $4)");
const PING: Platform = Platform::new("SELECT count(*) FROM raally.migrations");

#[async_trait]
impl Store for PostgresStore {
    async fn append(&self, batch: Batch) -> Result<(), AppendError> {
        let prepared = append::prepare(batch)?;
        append::append(&self.primary, &prepared, self.wait).await?;
        for (tenant, head) in prepared.heads() {
            self.saw(tenant, head);
        }
        Ok(())
    }

    async fn head(&self, tenant: TenantId) -> Result<Option<LogHead>, StoreError> {
        let head = log::head(&self.primary, tenant).await?;
        if let Some(head) = head {
            self.saw(tenant, head.head);
        }
        Ok(head)
    }

    async fn events(
        &self,
        tenant: TenantId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, StoreError> {
        let (after, at_most) = (int(after), crate::rows::limit(limit));
        let params: log::Params<3> = [&tenant.0, &after, &at_most];
        let rows = self.read_anywhere(tenant, log::EVENTS, &params).await?;
        all(&rows, logged)
    }

    async fn seq_at(&self, tenant: TenantId, at: Moment) -> Result<u64, StoreError> {
        let at = at.micros();
        let params: log::Params<2> = [&tenant.0, &at];
        let rows = self.read_anywhere(tenant, log::SEQ_AT, &params).await?;
        number(only(&rows)?, 0)
    }

    async fn audit(
        &self,
        tenant: TenantId,
        filter: &AuditFilter,
        before: Option<AuditPosition>,
        limit: usize,
    ) -> Result<Vec<(AuditPosition, LoggedEvent)>, StoreError> {
        let query = audit::Query::new(tenant, filter, before, limit);
        let params = query.params();
        let rows = self.read_anywhere(tenant, &query.sql, &params).await?;
        all(&rows, audit::entry)
    }

    async fn personal_values(
        &self,
        tenant: TenantId,
        references: &[PersonalRef],
    ) -> Result<Vec<PersonalValue>, StoreError> {
        log::personal_values(&self.primary, tenant, references).await
    }

    async fn erase_personal(&self, tenant: TenantId, subject: Uuid) -> Result<u64, StoreError> {
        log::erase_personal(&self.primary, tenant, subject).await
    }

    async fn save_snapshot(&self, tenant: TenantId, snapshot: Snapshot) -> Result<(), StoreError> {
        log::save_snapshot(&self.primary, tenant, &snapshot).await
    }

    async fn snapshot(
        &self,
        tenant: TenantId,
        at_most: u64,
    ) -> Result<Option<Snapshot>, StoreError> {
        log::snapshot(&self.primary, tenant, at_most).await
    }

    async fn snapshot_heads(&self, tenant: TenantId) -> Result<Vec<Head>, StoreError> {
        log::snapshot_heads(&self.primary, tenant).await
    }

    async fn drop_snapshots(&self, tenant: TenantId, heads: &[Head]) -> Result<(), StoreError> {
        log::drop_snapshots(&self.primary, tenant, heads).await
    }

    async fn answer(
        &self,
        tenant: TenantId,
        user: UserId,
        key: &str,
        now: Moment,
    ) -> Result<Option<StoredAnswer>, StoreError> {
        log::answer(&self.primary, tenant, user, key, now).await
    }

    async fn drop_answers(&self, before: Moment) -> Result<u64, StoreError> {
        let reply = self.write(DROP_ANSWERS, &[&before.micros()]).await?;
        number(only(&reply.rows)?, 0)
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        all(&self.primary.read(TENANTS, &[]).await?, |row| id(row, 0))
    }

    async fn lease_outbox(
        &self,
        owner: &str,
        now: Moment,
        until: Moment,
        at_most: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let (now, until) = (now.micros(), until.micros());
        let reply = self
            .write(LEASE, &[&owner, &now, &until, &limit(at_most)])
            .await?;
        all(&reply.rows, |row| {
            Ok(OutboxRow {
                tenant: id(row, 0)?,
                head: number(row, 1)?,
                sent: number(row, 2)?,
            })
        })
    }

    async fn mark_sent(
        &self,
        owner: &str,
        tenant: TenantId,
        sent: u64,
    ) -> Result<bool, StoreError> {
        let sql = "WITH held AS (
                       UPDATE raally.leases SET owner = NULL
                       WHERE tenant_id = $1 AND owner = $2 RETURNING tenant_id)
                   UPDATE raally.streams s SET sent = greatest(s.sent, least(s.seq, $3))
                   FROM held WHERE s.tenant_id = $1 AND s.tenant_id = held.tenant_id";
        let scope = self.primary.of(tenant);
        let changed = scope.write(sql, &[&tenant.0, &owner, &int(sent)]).await?;
        Ok(changed == 1)
    }

    async fn inbox(&self, consumer: &str, tenant: TenantId) -> Result<u64, StoreError> {
        let sql = "SELECT seq FROM raally.inbox WHERE tenant_id = $1 AND consumer = $2";
        let scope = self.primary.of(tenant);
        let rows = scope.read(sql, &[&tenant.0, &consumer]).await?;
        first(&rows, |row| number(row, 0)).map(Option::unwrap_or_default)
    }

    async fn advance_inbox(&self, passage: Passage) -> Result<bool, StoreError> {
        let Passage {
            consumer,
            tenant,
            from,
            to,
        } = passage;
        let scope = self.primary.of(tenant);
        let changed = scope
            .write(advance(from), &[&tenant.0, &consumer, &int(from), &int(to)])
            .await?;
        Ok(changed == 1)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.primary.read(PING, &[]).await.map(drop)
    }
}

/// Moves a consumer's place from `$3` to `$4`; changes no row if it was elsewhere.
pub(crate) fn advance(from: u64) -> &'static str {
    if from == 0 {
        "INSERT INTO raally.inbox AS i (tenant_id, consumer, seq) VALUES ($1, $2, $4)
         ON CONFLICT (tenant_id, consumer) DO UPDATE SET seq = excluded.seq WHERE i.seq = $3"
    } else {
        "UPDATE raally.inbox SET seq = $4 WHERE tenant_id = $1 AND consumer = $2 AND seq = $3"
    }
}
