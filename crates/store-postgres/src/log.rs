//! Reading logs and what stands beside them: statements in a tenant's scope.

use raally_app::ports::{Erased, Erasure, IdempotentResponse, LogHead, Snapshot, StoreError};
use raally_domain::event::Head;
use raally_domain::ids::{PersonalRef, TenantId, UserId};
use raally_domain::personal::PersonalValue;
use raally_domain::time::Timestamp;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::pool::Pool;
use crate::rows::{all, bytes, first, get, hash, id, int, log_head, moment, number, only};

/// How long an answer is kept for its idempotency key.
const ANSWER_MICROS: i64 = 24 * 3_600_000_000;

pub(crate) async fn head(pool: &Pool, tenant: TenantId) -> Result<Option<LogHead>, StoreError> {
    let sql = "SELECT epoch, seq, hash FROM raally.streams WHERE tenant_id = $1";
    let rows = pool.of(tenant).read(sql, &[&tenant.0]).await?;
    first(&rows, |row| log_head(row, 0))
}

pub(crate) type Params<'a, const N: usize> = [&'a (dyn ToSql + Sync); N];

/// Of tenant, seq, limit and the most bytes, which the first may pass alone.
pub(crate) const EVENTS: &str = "SELECT seq, body, hash FROM (
         SELECT seq, body, hash, sum(octet_length(body)) OVER (ORDER BY seq) AS bytes,
                row_number() OVER (ORDER BY seq) AS n
         FROM (SELECT seq, body, hash FROM raally.events
               WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3) page) page
     WHERE bytes <= $4 OR n = 1 ORDER BY seq";

/// Of tenant and moment.
pub(crate) const SEQ_AT: &str = "SELECT raally.seq_at($1, $2)";

/// Whether the event of that seq has that hash.
pub(crate) async fn holds(
    pool: &Pool,
    tenant: TenantId,
    last: &LogHead,
) -> Result<bool, StoreError> {
    let sql = "SELECT FROM raally.events WHERE tenant_id = $1 AND seq = $2 AND hash = $3";
    let hash = last.hash.as_slice();
    let rows = pool
        .of(tenant)
        .read(sql, &[&tenant.0, &int(last.head.seq), &hash])
        .await?;
    Ok(!rows.is_empty())
}

pub(crate) async fn personal_values(
    pool: &Pool,
    tenant: TenantId,
    references: &[PersonalRef],
) -> Result<Vec<PersonalValue>, StoreError> {
    if references.is_empty() {
        return Ok(Vec::new());
    }
    let references: Vec<Uuid> = references.iter().map(|r| r.0).collect();
    let sql = "SELECT ref, salt, value FROM raally.personal_values
               WHERE tenant_id = $1 AND ref = ANY ($2)";
    let rows = pool.of(tenant).read(sql, &[&tenant.0, &references]).await?;
    all(&rows, |row| {
        Ok(PersonalValue {
            reference: id(row, 0)?,
            salt: bytes(row, 1)?,
            value: get(row, 2)?,
        })
    })
}

/// Erases personal values, and begins a new epoch where one went. The reporting tables keep a name
/// that stays.
pub(crate) async fn erase_personal(
    pool: &Pool,
    tenant: TenantId,
    erasure: &Erasure,
) -> Result<Erased, StoreError> {
    let sql = "WITH erased AS (DELETE FROM raally.personal_values
                               WHERE tenant_id = $1 AND (subject = $2 OR ref = ANY ($3))
                                 AND ref <> ALL ($4) RETURNING ref),
                    counted AS (SELECT count(*) AS n FROM erased),
                    snapshots AS (DELETE FROM raally.snapshots WHERE tenant_id = $1),
                    answers AS (DELETE FROM raally.answers WHERE tenant_id = $1),
                    kept AS (SELECT value::jsonb #>> '{}' AS name FROM raally.personal_values
                             WHERE tenant_id = $1 AND ref = ANY ($4)),
                    named AS (UPDATE reporting.people SET name = NULL
                              WHERE tenant_id = $1 AND person_id = $2
                                AND NOT EXISTS (SELECT FROM kept k WHERE k.name = people.name))
               SELECT r.epoch, r.seq, c.n
               FROM counted c LEFT JOIN LATERAL raally.renew_head($1, $5, c.n > 0) r ON true";
    let of = |references: &[PersonalRef]| references.iter().map(|r| r.0).collect::<Vec<Uuid>>();
    let params: Params<5> = [
        &tenant.0,
        &erasure.subject,
        &of(&erasure.also),
        &of(&erasure.keep),
        &i64::from(erasure.epoch),
    ];
    let rows = pool.of(tenant).write_returning(sql, &params).await?;
    let row = only(&rows)?;
    let has_log = get::<Option<i64>>(row, 0)?.is_some();
    let head = has_log.then(|| crate::rows::head(row, 0)).transpose()?;
    Ok(Erased {
        values: number(row, 2)?,
        head,
    })
}

pub(crate) async fn save_snapshot(
    pool: &Pool,
    tenant: TenantId,
    snapshot: &Snapshot,
) -> Result<(), StoreError> {
    // The lock keeps an erasure from beginning a new epoch between the look and the row.
    let sql = "WITH stream AS (SELECT epoch FROM raally.streams WHERE tenant_id = $1 FOR SHARE)
               INSERT INTO raally.snapshots (tenant_id, epoch, seq, bytes)
               SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM stream WHERE epoch > $2)
               ON CONFLICT (tenant_id, seq, epoch) DO UPDATE SET bytes = excluded.bytes";
    let Snapshot { head, bytes } = snapshot;
    let params: Params<4> = [&tenant.0, &i64::from(head.epoch), &int(head.seq), bytes];
    pool.of(tenant).write(sql, &params).await.map(drop)
}

pub(crate) async fn snapshot(
    pool: &Pool,
    tenant: TenantId,
    at_most: u64,
) -> Result<Option<Snapshot>, StoreError> {
    let sql = "SELECT epoch, seq, bytes FROM raally.snapshots
               WHERE tenant_id = $1 AND seq <= $2 ORDER BY seq DESC, epoch DESC LIMIT 1";
    let rows = pool
        .of(tenant)
        .read(sql, &[&tenant.0, &int(at_most)])
        .await?;
    first(&rows, |row| {
        Ok(Snapshot {
            head: crate::rows::head(row, 0)?,
            bytes: get(row, 2)?,
        })
    })
}

pub(crate) async fn snapshot_heads(pool: &Pool, tenant: TenantId) -> Result<Vec<Head>, StoreError> {
    let sql = "SELECT epoch, seq FROM raally.snapshots WHERE tenant_id = $1 ORDER BY epoch, seq";
    let rows = pool.of(tenant).read(sql, &[&tenant.0]).await?;
    all(&rows, |row| crate::rows::head(row, 0))
}

pub(crate) async fn drop_snapshots(
    pool: &Pool,
    tenant: TenantId,
    heads: &[Head],
) -> Result<(), StoreError> {
    if heads.is_empty() {
        return Ok(());
    }
    let epochs: Vec<i64> = heads.iter().map(|h| i64::from(h.epoch)).collect();
    let seqs: Vec<i64> = heads.iter().map(|h| int(h.seq)).collect();
    let sql =
        "DELETE FROM raally.snapshots s USING unnest($2::bigint[], $3::bigint[]) AS h (epoch, seq)
               WHERE s.tenant_id = $1 AND s.epoch = h.epoch AND s.seq = h.seq";
    let scope = pool.of(tenant);
    let changed = scope.write(sql, &[&tenant.0, &epochs, &seqs]).await;
    changed.map(drop)
}

pub(crate) async fn idempotent_response(
    pool: &Pool,
    tenant: TenantId,
    user: UserId,
    key: &str,
    now: Timestamp,
) -> Result<Option<IdempotentResponse>, StoreError> {
    let sql = "SELECT request_hash, status, body, at FROM raally.answers
               WHERE tenant_id = $1 AND user_id = $2 AND key = $3 AND at >= $4";
    let since = now.micros().saturating_sub(ANSWER_MICROS);
    let params: Params<4> = [&tenant.0, &user.0, &key, &since];
    let rows = pool.of(tenant).read(sql, &params).await?;
    first(&rows, |row| {
        Ok(IdempotentResponse {
            user,
            key: key.to_owned(),
            request_hash: hash(row, 0)?,
            status: status(get(row, 1)?)?,
            body: get(row, 2)?,
            at: moment(row, 3)?,
        })
    })
}

pub(crate) async fn claim_idempotency_key(
    pool: &Pool,
    tenant: TenantId,
    claim: IdempotentResponse,
    stale: Timestamp,
) -> Result<Option<IdempotentResponse>, StoreError> {
    let sql =
        "INSERT INTO raally.answers AS a (tenant_id, user_id, key, request_hash, status, body, at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (tenant_id, user_id, key) DO UPDATE
               SET request_hash = excluded.request_hash, status = excluded.status, at = excluded.at,
                   body = CASE WHEN a.at < $8 THEN excluded.body ELSE a.body END
               WHERE a.at < $8 OR (a.status = excluded.status AND a.at < $9
                                   AND a.request_hash = excluded.request_hash)
               RETURNING body";
    let (asked, at) = (&claim.request_hash[..], claim.at.micros());
    let params: Params<9> = [
        &tenant.0,
        &claim.user.0,
        &claim.key,
        &asked,
        &i32::from(claim.status),
        &claim.body,
        &at,
        &at.saturating_sub(ANSWER_MICROS),
        &stale.micros(),
    ];
    let rows = pool.of(tenant).write_returning(sql, &params).await?;
    first(&rows, |row| {
        Ok(IdempotentResponse {
            body: get(row, 0)?,
            ..claim.clone()
        })
    })
}

pub(crate) async fn settle_idempotency_key(
    pool: &Pool,
    tenant: TenantId,
    claim: &IdempotentResponse,
    response: Option<IdempotentResponse>,
) -> Result<(), StoreError> {
    let scope = pool.of(tenant);
    let held = i32::from(claim.status);
    let settled = match response {
        None => {
            let sql = "DELETE FROM raally.answers
                       WHERE tenant_id = $1 AND user_id = $2 AND key = $3 AND status = $4";
            let params: Params<4> = [&tenant.0, &claim.user.0, &claim.key, &held];
            scope.write(sql, &params).await
        }
        Some(answer) => {
            let sql = "UPDATE raally.answers SET status = $5, body = $6
                       WHERE tenant_id = $1 AND user_id = $2 AND key = $3 AND status = $4";
            let status = i32::from(answer.status);
            let params: Params<6> = [
                &tenant.0,
                &claim.user.0,
                &claim.key,
                &held,
                &status,
                &answer.body,
            ];
            scope.write(sql, &params).await
        }
    };
    settled.map(drop)
}

fn status(stored: i32) -> Result<u16, StoreError> {
    u16::try_from(stored).map_err(|_| StoreError::Corrupt(format!("there is no status {stored}")))
}
