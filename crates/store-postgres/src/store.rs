//! The port Store.

use async_trait::async_trait;
use raally_app::ports::{
    AccountHead, AppendError, AuditFilter, AuditPosition, Batch, Erased, Erasure,
    IdempotentResponse, LogHead, LoggedEvent, MAX_PAGE_BYTES, OffsetCommit, OutboxRow, Snapshot,
    Store, StoreError, TenantStatus,
};
use raally_domain::event::{Hash, Head};
use raally_domain::ids::{PersonalRef, TenantId, UserId};
use raally_domain::personal::PersonalValue;
use raally_domain::stream::StreamId;
use raally_domain::time::Timestamp;

use crate::platform::Platform;
use crate::rows::{all, bytes, first, get, id, int, limit, logged, number, only};
use crate::{PostgresStore, accounts, append, audit, deletion, log};

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

    async fn tenant_status(&self, tenant: TenantId) -> Result<TenantStatus, StoreError> {
        deletion::tenant_status(&self.primary, tenant).await
    }

    async fn events(
        &self,
        tenant: TenantId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, StoreError> {
        let (after, at_most) = (int(after), crate::rows::limit(limit));
        let bytes = int(MAX_PAGE_BYTES as u64);
        let params: log::Params<4> = [&tenant.0, &after, &at_most, &bytes];
        let rows = self.read_anywhere(tenant, log::EVENTS, &params).await?;
        all(&rows, logged)
    }

    async fn seq_at(&self, tenant: TenantId, at: Timestamp) -> Result<u64, StoreError> {
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

    async fn erase_personal(
        &self,
        tenant: TenantId,
        erasure: Erasure,
    ) -> Result<Erased, StoreError> {
        log::erase_personal(&self.primary, tenant, &erasure).await
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

    async fn idempotent_response(
        &self,
        tenant: TenantId,
        user: UserId,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<IdempotentResponse>, StoreError> {
        log::idempotent_response(&self.primary, tenant, user, key, now).await
    }

    async fn claim_idempotency_key(
        &self,
        tenant: TenantId,
        claim: IdempotentResponse,
        stale: Timestamp,
    ) -> Result<Option<IdempotentResponse>, StoreError> {
        log::claim_idempotency_key(&self.primary, tenant, claim, stale).await
    }

    async fn settle_idempotency_key(
        &self,
        tenant: TenantId,
        claim: IdempotentResponse,
        response: Option<IdempotentResponse>,
    ) -> Result<(), StoreError> {
        log::settle_idempotency_key(&self.primary, tenant, &claim, response).await
    }

    async fn drop_idempotent_responses(&self, before: Timestamp) -> Result<u64, StoreError> {
        let reply = self.write(DROP_ANSWERS, &[&before.micros()]).await?;
        number(only(&reply.rows)?, 0)
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        all(&self.primary.read(TENANTS, &[]).await?, |row| id(row, 0))
    }

    async fn account_head(&self, stream: StreamId) -> Result<AccountHead, StoreError> {
        let stream = stream.to_string();
        let rows = self.primary.read(accounts::HEAD, &[&stream]).await?;
        first(&rows, accounts::head).map(Option::unwrap_or_default)
    }

    async fn account_events(
        &self,
        stream: StreamId,
        after: u64,
        at_most: usize,
    ) -> Result<Vec<LoggedEvent>, StoreError> {
        let (stream, after, at_most) = (stream.to_string(), int(after), limit(at_most));
        let params: log::Params<3> = [&stream, &after, &at_most];
        all(&self.primary.read(accounts::EVENTS, &params).await?, logged)
    }

    async fn account_streams(
        &self,
        after: Option<StreamId>,
        at_most: usize,
    ) -> Result<Vec<StreamId>, StoreError> {
        let after = after.map(|stream| stream.to_string()).unwrap_or_default();
        let params: log::Params<2> = [&after, &limit(at_most)];
        let rows = self.primary.read(accounts::STREAMS, &params).await?;
        all(&rows, accounts::stream)
    }

    async fn secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
        let known = async || {
            let rows = self.primary.read(accounts::SECRET, &[&name]).await?;
            first(&rows, |row| bytes(row, 0))
        };
        if let Some(secret) = known().await? {
            return Ok(secret);
        }
        let params: log::Params<2> = [&name, &fresh.as_slice()];
        self.write(accounts::MAKE_SECRET, &params).await?;
        let secret = known().await?;
        secret.ok_or_else(|| StoreError::Corrupt(format!("the secret {name} went")))
    }

    async fn lease_outbox(
        &self,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
        at_most: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let _turn = self.background_turn().await;
        let (now, until) = (now.micros(), until.micros());
        // Users' and the platform's are a quarter at most, so that tenants' never wait for them.
        let share = limit(at_most.div_ceil(4));
        let params: log::Params<4> = [&owner, &now, &until, &share];
        let reply = self.write(accounts::LEASE, &params).await?;
        let mut leased = all(&reply.rows, accounts::outbox)?;
        let rest = limit(at_most - leased.len());
        let reply = self.write(LEASE, &[&owner, &now, &until, &rest]).await?;
        let tenants = all(&reply.rows, |row| {
            Ok(OutboxRow {
                stream: StreamId::Tenant(id(row, 0)?),
                head: number(row, 1)?,
                sent: number(row, 2)?,
            })
        });
        leased.extend(tenants?);
        Ok(leased)
    }

    async fn mark_sent(
        &self,
        owner: &str,
        stream: StreamId,
        sent: u64,
        event: Option<Hash>,
    ) -> Result<bool, StoreError> {
        let _turn = self.background_turn().await;
        let event = event.as_ref().map(Hash::as_slice);
        let StreamId::Tenant(tenant) = stream else {
            let params: log::Params<4> = [&stream.to_string(), &owner, &int(sent), &event];
            let reply = self.write(accounts::MARK_SENT, &params).await?;
            return first(&reply.rows, |row| get(row, 0)).map(Option::unwrap_or_default);
        };
        let sql = "WITH held AS (
                       UPDATE raally.leases SET owner = NULL
                       WHERE tenant_id = $1 AND owner = $2 RETURNING tenant_id)
                   UPDATE raally.streams s SET sent = greatest(s.sent, least(s.seq, $3))
                   FROM held WHERE s.tenant_id = $1 AND s.tenant_id = held.tenant_id
                   AND raally.has_event($1, NULL, $3, $4)";
        let scope = self.primary.of(tenant);
        let params: log::Params<4> = [&tenant.0, &owner, &int(sent), &event];
        let changed = scope.write(sql, &params).await?;
        Ok(changed == 1)
    }

    async fn inbox(&self, consumer: &str, stream: StreamId) -> Result<u64, StoreError> {
        let _turn = self.background_turn().await;
        let StreamId::Tenant(tenant) = stream else {
            let params: log::Params<2> = [&stream.to_string(), &consumer];
            let rows = self.primary.read(accounts::INBOX, &params).await?;
            return first(&rows, |row| number(row, 0)).map(Option::unwrap_or_default);
        };
        let sql = "SELECT seq FROM raally.inbox WHERE tenant_id = $1 AND consumer = $2";
        let scope = self.primary.of(tenant);
        let rows = scope.read(sql, &[&tenant.0, &consumer]).await?;
        first(&rows, |row| number(row, 0)).map(Option::unwrap_or_default)
    }

    async fn can_advance(&self, commit: OffsetCommit) -> Result<bool, StoreError> {
        let _turn = self.background_turn().await;
        let (from, to) = (int(commit.from), int(commit.to));
        let event = commit.event.as_ref().map(Hash::as_slice);
        let consumer = commit.consumer;
        let rows = if let StreamId::Tenant(tenant) = commit.stream {
            let sql = "SELECT raally.has_event($1, NULL, $4, $5) AND $3::bigint = coalesce(
                       (SELECT seq FROM raally.inbox WHERE tenant_id = $1 AND consumer = $2), 0)";
            let params: log::Params<5> = [&tenant.0, &consumer, &from, &to, &event];
            self.primary.of(tenant).read(sql, &params).await?
        } else {
            let stream = commit.stream.to_string();
            let params: log::Params<5> = [&stream, &consumer, &from, &to, &event];
            self.primary.read(accounts::MAY_PASS, &params).await?
        };
        get(only(&rows)?, 0)
    }

    async fn advance_inbox(&self, commit: OffsetCommit) -> Result<bool, StoreError> {
        let _turn = self.background_turn().await;
        let OffsetCommit {
            consumer,
            stream,
            from,
            to,
            event,
        } = commit;
        let (from_seq, to, event) = (int(from), int(to), event.as_ref().map(Hash::as_slice));
        let StreamId::Tenant(tenant) = stream else {
            let name = stream.to_string();
            let params: log::Params<5> = [&name, &consumer, &from_seq, &to, &event];
            let reply = self.write(accounts::advance(from), &params).await?;
            return Ok(reply.changed == 1);
        };
        let scope = self.primary.of(tenant);
        let params: log::Params<5> = [&tenant.0, &consumer, &from_seq, &to, &event];
        let changed = scope.write(advance(from), &params).await?;
        Ok(changed == 1)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.primary.read(PING, &[]).await.map(drop)
    }
}

/// Moves a consumer's offset in a tenant's stream from `$3` to `$4`, the event hashed `$5`; changes no
/// row if it was elsewhere or the log has no such event.
pub(crate) fn advance(from: u64) -> &'static str {
    if from == 0 {
        "INSERT INTO raally.inbox AS i (tenant_id, consumer, seq)
         SELECT $1::uuid, $2::text, $4::bigint WHERE raally.has_event($1, NULL, $4, $5)
         ON CONFLICT (tenant_id, consumer) DO UPDATE SET seq = excluded.seq WHERE i.seq = $3"
    } else {
        "UPDATE raally.inbox SET seq = $4 WHERE tenant_id = $1 AND consumer = $2 AND seq = $3
         AND raally.has_event($1, NULL, $4, $5)"
    }
}
