//! The port Store.

use async_trait::async_trait;
use raally_app::ports::{
    AccountHead, AppendError, AuditFilter, AuditPosition, Batch, Erased, Erasure,
    IdempotentResponse, LogHead, LoggedEvent, OffsetCommit, OutboxRow, Snapshot, Store, StoreError,
    TenantStatus,
};
use raally_domain::event::{Hash, Head};
use raally_domain::ids::{PersonalRef, TenantId, UserId};
use raally_domain::personal::PersonalValue;
use raally_domain::stream::StreamId;
use raally_domain::time::Timestamp;
use rusqlite::params;

use crate::rows::{all, execute, first, id, int, number};
use crate::{SqliteStore, accounts, audit, deletion, log};

#[async_trait]
impl Store for SqliteStore {
    async fn append(&self, batch: Batch) -> Result<(), AppendError> {
        let prepared = self.prepare(batch).await?;
        let bytes = prepared.bytes();
        self.write_bytes(bytes, move |conn| prepared.run(conn))
            .await?
    }

    async fn head(&self, tenant: TenantId) -> Result<Option<LogHead>, StoreError> {
        self.read(move |conn| log::head(conn, tenant)).await
    }

    async fn tenant_status(&self, tenant: TenantId) -> Result<TenantStatus, StoreError> {
        self.read(move |conn| deletion::tenant_status(conn, tenant))
            .await
    }

    async fn events(
        &self,
        tenant: TenantId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, StoreError> {
        self.read_much(move |conn| log::events(conn, tenant, after, limit))
            .await
    }

    async fn seq_at(&self, tenant: TenantId, at: Timestamp) -> Result<u64, StoreError> {
        self.read_much(move |conn| log::seq_at(&*conn.unchecked_transaction()?, tenant, at))
            .await
    }

    async fn audit(
        &self,
        tenant: TenantId,
        filter: &AuditFilter,
        before: Option<AuditPosition>,
        limit: usize,
    ) -> Result<Vec<(AuditPosition, LoggedEvent)>, StoreError> {
        let filter = filter.clone();
        self.read_much(move |conn| audit::audit(conn, tenant, &filter, before, limit))
            .await
    }

    async fn personal_values(
        &self,
        tenant: TenantId,
        references: &[PersonalRef],
    ) -> Result<Vec<PersonalValue>, StoreError> {
        let references = references.to_vec();
        self.read_much(move |conn| log::personal_values(conn, tenant, &references))
            .await
    }

    async fn erase_personal(
        &self,
        tenant: TenantId,
        erasure: Erasure,
    ) -> Result<Erased, StoreError> {
        let erased = self
            .write_long(move |conn| log::erase_personal(conn, tenant, &erasure))
            .await?;
        // The write-ahead log still holds what was erased. Readers may keep it from being
        // emptied now; then the next checkpoint does it.
        if let Err(error) = self.inner.writer.checkpoint().await {
            tracing::warn!(%error, "the write-ahead log was not emptied after an erasure");
        }
        Ok(erased)
    }

    async fn save_snapshot(&self, tenant: TenantId, snapshot: Snapshot) -> Result<(), StoreError> {
        let bytes = snapshot.bytes.len();
        self.write_behind(bytes, move |conn| {
            log::save_snapshot(conn, tenant, &snapshot)
        })
        .await
    }

    async fn snapshot(
        &self,
        tenant: TenantId,
        at_most: u64,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.read_much(move |conn| log::snapshot(conn, tenant, at_most))
            .await
    }

    async fn snapshot_heads(&self, tenant: TenantId) -> Result<Vec<Head>, StoreError> {
        self.read(move |conn| log::snapshot_heads(conn, tenant))
            .await
    }

    async fn drop_snapshots(&self, tenant: TenantId, heads: &[Head]) -> Result<(), StoreError> {
        let heads = heads.to_vec();
        self.write_behind(0, move |conn| log::drop_snapshots(conn, tenant, &heads))
            .await
    }

    async fn idempotent_response(
        &self,
        tenant: TenantId,
        user: UserId,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<IdempotentResponse>, StoreError> {
        let key = key.to_owned();
        self.read(move |conn| log::idempotent_response(conn, tenant, user, &key, now))
            .await
    }

    async fn claim_idempotency_key(
        &self,
        tenant: TenantId,
        claim: IdempotentResponse,
        stale: Timestamp,
    ) -> Result<Option<IdempotentResponse>, StoreError> {
        self.write(move |conn| log::claim_idempotency_key(conn, tenant, &claim, stale))
            .await
    }

    async fn settle_idempotency_key(
        &self,
        tenant: TenantId,
        claim: IdempotentResponse,
        response: Option<IdempotentResponse>,
    ) -> Result<(), StoreError> {
        self.write(move |conn| log::settle_idempotency_key(conn, tenant, &claim, response.as_ref()))
            .await
    }

    async fn drop_idempotent_responses(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.write_behind(0, move |conn| {
            execute(conn, "DELETE FROM answers WHERE at < ?1", [before.micros()])
        })
        .await
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        self.read(|conn| {
            all(
                conn,
                "SELECT tenant_id FROM streams ORDER BY tenant_id",
                [],
                |row| id(row, 0).map(TenantId),
            )
        })
        .await
    }

    async fn account_head(&self, stream: StreamId) -> Result<AccountHead, StoreError> {
        self.read(move |conn| accounts::head(conn, stream)).await
    }

    async fn account_events(
        &self,
        stream: StreamId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, StoreError> {
        self.read_much(move |conn| accounts::events(conn, stream, after, limit))
            .await
    }

    async fn account_streams(
        &self,
        after: Option<StreamId>,
        limit: usize,
    ) -> Result<Vec<StreamId>, StoreError> {
        self.read(move |conn| accounts::streams(conn, after, limit))
            .await
    }

    async fn secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
        let name = name.to_owned();
        let asked = name.clone();
        let known = self.read(move |conn| accounts::known_secret(conn, &asked));
        if let Some(known) = known.await? {
            return Ok(known);
        }
        self.write(move |conn| accounts::secret(conn, &name, &fresh))
            .await
    }

    async fn lease_outbox(
        &self,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let owner = owner.to_owned();
        // Most often there is nothing, and finding that out needs no turn of the writer's.
        let waiting = self.read(move |conn| unleased(conn, now, 1)).await?;
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        self.write_behind(0, move |conn| {
            let rows = unleased(conn, now, limit)?;
            for row in &rows {
                let until = until.micros();
                match row.stream {
                    StreamId::Tenant(tenant) => execute(
                        conn,
                        "UPDATE streams SET lease_owner = ?2, lease_until = ?3
                         WHERE tenant_id = ?1",
                        params![tenant.0.as_bytes(), owner, until],
                    )?,
                    stream => execute(
                        conn,
                        "UPDATE account_streams SET lease_owner = ?2, lease_until = ?3
                         WHERE stream = ?1",
                        params![stream.to_string(), owner, until],
                    )?,
                };
            }
            Ok(rows)
        })
        .await
    }

    async fn mark_sent(
        &self,
        owner: &str,
        stream: StreamId,
        sent: u64,
        event: Option<Hash>,
    ) -> Result<bool, StoreError> {
        let owner = owner.to_owned();
        self.write_behind(0, move |conn| {
            let known = has_event(conn, stream, sent, event)?;
            // What was not relayed leaves the mark where it is.
            let sent = if known { sent } else { 0 };
            match stream {
                StreamId::Tenant(tenant) => execute(
                    conn,
                    "UPDATE streams SET sent = max(sent, min(seq, ?3)), lease_owner = NULL
                     WHERE tenant_id = ?1 AND lease_owner = ?2",
                    params![tenant.0.as_bytes(), owner, int(sent)],
                ),
                stream => execute(
                    conn,
                    "UPDATE account_streams SET sent = max(sent, min(seq, ?3)), lease_owner = NULL
                     WHERE stream = ?1 AND lease_owner = ?2",
                    params![stream.to_string(), owner, int(sent)],
                ),
            }
            .map(|changed| known && changed == 1)
        })
        .await
    }

    async fn inbox(&self, consumer: &str, stream: StreamId) -> Result<u64, StoreError> {
        let consumer = consumer.to_owned();
        self.read(move |conn| inbox(conn, &consumer, stream)).await
    }

    async fn can_advance(&self, commit: OffsetCommit) -> Result<bool, StoreError> {
        self.read(move |conn| stands_at(conn, &commit)).await
    }

    async fn advance_inbox(&self, commit: OffsetCommit) -> Result<bool, StoreError> {
        self.write_behind(0, move |conn| advance(conn, &commit))
            .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.ping_writer().await?;
        self.read(|conn| first(conn, "SELECT count(*) FROM migrations", [], |_| Ok(())).map(drop))
            .await
    }
}

fn inbox(conn: &rusqlite::Connection, consumer: &str, stream: StreamId) -> rusqlite::Result<u64> {
    let offset = |row: &rusqlite::Row<'_>| number(row, 0);
    match stream {
        StreamId::Tenant(tenant) => first(
            conn,
            "SELECT seq FROM inbox WHERE tenant_id = ?1 AND consumer = ?2",
            params![tenant.0.as_bytes(), consumer],
            offset,
        ),
        stream => first(
            conn,
            "SELECT seq FROM account_inbox WHERE stream = ?1 AND consumer = ?2",
            params![stream.to_string(), consumer],
            offset,
        ),
    }
    .map(Option::unwrap_or_default)
}

/// Whether a consumer's offset is where the commit begins, and the log has the event.
pub(crate) fn stands_at(
    conn: &rusqlite::Connection,
    commit: &OffsetCommit,
) -> rusqlite::Result<bool> {
    Ok(inbox(conn, commit.consumer, commit.stream)? == commit.from
        && has_event(conn, commit.stream, commit.to, commit.event)?)
}

/// Whether the event of that seq has that hash; true where none is given.
fn has_event(
    conn: &rusqlite::Connection,
    stream: StreamId,
    seq: u64,
    hash: Option<Hash>,
) -> rusqlite::Result<bool> {
    let Some(hash) = hash else { return Ok(true) };
    let found = |_: &rusqlite::Row<'_>| Ok(());
    match stream {
        StreamId::Tenant(tenant) => first(
            conn,
            "SELECT 1 FROM events WHERE tenant_id = ?1 AND seq = ?2 AND hash = ?3",
            params![tenant.0.as_bytes(), int(seq), hash],
            found,
        ),
        stream => first(
            conn,
            "SELECT 1 FROM account_events WHERE stream = ?1 AND seq = ?2 AND hash = ?3",
            params![stream.to_string(), int(seq), hash],
            found,
        ),
    }
    .map(|event| event.is_some())
}

/// Moves a consumer's offset, within the transaction of its effect; false if it was elsewhere or
/// the log has no such event.
pub(crate) fn advance(
    conn: &rusqlite::Connection,
    commit: &OffsetCommit,
) -> rusqlite::Result<bool> {
    let (consumer, from, to) = (commit.consumer, int(commit.from), int(commit.to));
    let begins = commit.from == 0;
    if !has_event(conn, commit.stream, commit.to, commit.event)? {
        return Ok(false);
    }
    match commit.stream {
        StreamId::Tenant(tenant) => {
            let sql = if begins {
                "INSERT INTO inbox VALUES (?1, ?2, ?4)
                 ON CONFLICT DO UPDATE SET seq = excluded.seq WHERE seq = ?3"
            } else {
                "UPDATE inbox SET seq = ?4 WHERE tenant_id = ?1 AND consumer = ?2 AND seq = ?3"
            };
            execute(conn, sql, params![tenant.0.as_bytes(), consumer, from, to])
        }
        stream => {
            let sql = if begins {
                "INSERT INTO account_inbox VALUES (?1, ?2, ?4)
                 ON CONFLICT DO UPDATE SET seq = excluded.seq WHERE seq = ?3"
            } else {
                "UPDATE account_inbox SET seq = ?4 WHERE stream = ?1 AND consumer = ?2 AND seq = ?3"
            };
            execute(conn, sql, params![stream.to_string(), consumer, from, to])
        }
    }
    .map(|changed| changed == 1)
}

/// Streams to relay that nobody holds, those served longest ago first; users' and the platform's
/// are a quarter at most while tenants' wait too.
fn unleased(
    conn: &rusqlite::Connection,
    now: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<OutboxRow>> {
    let mut rows = accounts::unleased(conn, now, limit.div_ceil(4))?;
    rows.extend(tenants_unleased(conn, now, limit - rows.len())?);
    Ok(rows)
}

fn tenants_unleased(
    conn: &rusqlite::Connection,
    now: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<OutboxRow>> {
    all(
        conn,
        "SELECT tenant_id, seq, sent FROM streams
         WHERE sent < seq AND (lease_owner IS NULL OR lease_until <= ?1)
         ORDER BY lease_until LIMIT ?2",
        params![now.micros(), int(limit as u64)],
        |row| {
            Ok(OutboxRow {
                stream: TenantId(id(row, 0)?).into(),
                head: number(row, 1)?,
                sent: number(row, 2)?,
            })
        },
    )
}
