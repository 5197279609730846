//! Reading logs and what stands beside them.

use raally_app::ports::{
    Erased, Erasure, IdempotentResponse, LogHead, LoggedEvent, MAX_PAGE_BYTES, Snapshot,
};
use raally_domain::event::{Head, StoredEvent};
use raally_domain::ids::{PersonalRef, TenantId, UserId};
use raally_domain::personal::PersonalValue;
use raally_domain::time::Timestamp;
use rusqlite::{Connection, Row, params};

use crate::rows::{all, execute, first, hash, id, int, log_head, moment, number};

/// How long an answer is kept for its idempotency key.
const ANSWER_MICROS: i64 = 24 * 3_600_000_000;

pub(crate) fn head(conn: &Connection, tenant: TenantId) -> rusqlite::Result<Option<LogHead>> {
    first(
        conn,
        "SELECT epoch, seq, hash FROM streams WHERE tenant_id = ?1",
        [tenant.0.as_bytes()],
        |row| log_head(row, 0),
    )
}

/// Reads `seq, body, hash`.
pub(crate) fn logged(row: &Row<'_>) -> rusqlite::Result<LoggedEvent> {
    Ok(LoggedEvent {
        seq: number(row, 0)?,
        stored: StoredEvent {
            body: row.get(1)?,
            hash: hash(row, 2)?,
        },
    })
}

pub(crate) fn events(
    conn: &Connection,
    tenant: TenantId,
    after: u64,
    limit: usize,
) -> rusqlite::Result<Vec<LoggedEvent>> {
    let mut statement = conn.prepare_cached(
        "SELECT seq, body, hash FROM events JOIN bodies USING (place)
         WHERE tenant_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    )?;
    let params = params![tenant.0.as_bytes(), int(after), int(limit as u64)];
    let (mut page, mut bytes) = (Vec::new(), 0);
    for event in statement.query_map(params, logged)? {
        let event = event?;
        bytes += event.stored.body.len();
        if bytes > MAX_PAGE_BYTES && !page.is_empty() {
            break;
        }
        page.push(event);
    }
    Ok(page)
}

/// The last seq recorded at or before that moment. `recorded_at` never falls along a log whose
/// seqs have no gap, so halving finds it without an index.
pub(crate) fn seq_at(conn: &Connection, tenant: TenantId, at: Timestamp) -> rusqlite::Result<u64> {
    let mut low = 0;
    let mut high = head(conn, tenant)?.map_or(0, |head| head.head.seq);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        let recorded = first(
            conn,
            "SELECT recorded_at FROM events WHERE tenant_id = ?1 AND seq = ?2",
            params![tenant.0.as_bytes(), int(middle)],
            |row| moment(row, 0),
        )?;
        if recorded.is_some_and(|recorded| recorded <= at) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Ok(low)
}

pub(crate) fn personal_values(
    conn: &Connection,
    tenant: TenantId,
    references: &[PersonalRef],
) -> rusqlite::Result<Vec<PersonalValue>> {
    let mut find = conn.prepare_cached(
        "SELECT ref, salt, value FROM personal_values WHERE tenant_id = ?1 AND ref = ?2",
    )?;
    let mut found = Vec::with_capacity(references.len());
    for reference in references {
        let mut rows = find.query(params![tenant.0.as_bytes(), reference.0.as_bytes()])?;
        if let Some(row) = rows.next()? {
            found.push(PersonalValue {
                reference: PersonalRef(id(row, 0)?),
                salt: row.get(1)?,
                value: row.get(2)?,
            });
        }
    }
    Ok(found)
}

pub(crate) fn save_snapshot(
    conn: &Connection,
    tenant: TenantId,
    snapshot: &Snapshot,
) -> rusqlite::Result<()> {
    execute(
        conn,
        "INSERT OR REPLACE INTO snapshots SELECT ?1, ?2, ?3, ?4
         WHERE NOT EXISTS (SELECT 1 FROM streams WHERE tenant_id = ?1 AND epoch > ?2)",
        params![
            tenant.0.as_bytes(),
            snapshot.head.epoch,
            int(snapshot.head.seq),
            snapshot.bytes
        ],
    )
    .map(drop)
}

/// Erases personal values, and begins a new epoch where one went.
pub(crate) fn erase_personal(
    conn: &Connection,
    tenant: TenantId,
    erasure: &Erasure,
) -> rusqlite::Result<Erased> {
    let id = tenant.0.as_bytes();
    for table in [
        "DELETE FROM snapshots WHERE tenant_id = ?1",
        "DELETE FROM answers WHERE tenant_id = ?1",
    ] {
        execute(conn, table, [id])?;
    }
    let mut values = 0;
    let subject = erasure.subject.as_bytes();
    let of_subject = all(
        conn,
        "SELECT ref FROM personal_values WHERE tenant_id = ?1 AND subject = ?2",
        params![id, subject],
        |row| Ok(PersonalRef(crate::rows::id(row, 0)?)),
    )?;
    for reference in of_subject.iter().chain(&erasure.also) {
        if !erasure.keep.contains(reference) {
            values += execute(
                conn,
                "DELETE FROM personal_values WHERE tenant_id = ?1 AND ref = ?2",
                params![id, reference.0.as_bytes()],
            )?;
        }
    }
    if values > 0 {
        execute(
            conn,
            "UPDATE streams SET epoch = max(?2, epoch + 1) WHERE tenant_id = ?1",
            params![id, erasure.epoch],
        )?;
    }
    let head = head(conn, tenant)?.map(|log| log.head);
    Ok(Erased { values, head })
}

pub(crate) fn snapshot(
    conn: &Connection,
    tenant: TenantId,
    at_most: u64,
) -> rusqlite::Result<Option<Snapshot>> {
    first(
        conn,
        "SELECT epoch, seq, bytes FROM snapshots WHERE tenant_id = ?1 AND seq <= ?2
         ORDER BY seq DESC, epoch DESC LIMIT 1",
        params![tenant.0.as_bytes(), int(at_most)],
        |row| {
            Ok(Snapshot {
                head: snapshot_head(row)?,
                bytes: row.get(2)?,
            })
        },
    )
}

fn snapshot_head(row: &Row<'_>) -> rusqlite::Result<Head> {
    Ok(Head {
        epoch: row.get(0)?,
        seq: number(row, 1)?,
    })
}

pub(crate) fn snapshot_heads(conn: &Connection, tenant: TenantId) -> rusqlite::Result<Vec<Head>> {
    all(
        conn,
        "SELECT epoch, seq FROM snapshots WHERE tenant_id = ?1 ORDER BY epoch, seq",
        [tenant.0.as_bytes()],
        snapshot_head,
    )
}

pub(crate) fn drop_snapshots(
    conn: &Connection,
    tenant: TenantId,
    heads: &[Head],
) -> rusqlite::Result<()> {
    for head in heads {
        execute(
            conn,
            "DELETE FROM snapshots WHERE tenant_id = ?1 AND epoch = ?2 AND seq = ?3",
            params![tenant.0.as_bytes(), head.epoch, int(head.seq)],
        )?;
    }
    Ok(())
}

pub(crate) fn idempotent_response(
    conn: &Connection,
    tenant: TenantId,
    user: UserId,
    key: &str,
    now: Timestamp,
) -> rusqlite::Result<Option<IdempotentResponse>> {
    first(
        conn,
        "SELECT request_hash, status, body, at FROM answers
         WHERE tenant_id = ?1 AND user_id = ?2 AND key = ?3 AND at >= ?4",
        params![
            tenant.0.as_bytes(),
            user.0.as_bytes(),
            key,
            now.micros().saturating_sub(ANSWER_MICROS)
        ],
        |row| {
            Ok(IdempotentResponse {
                user,
                key: key.to_owned(),
                request_hash: hash(row, 0)?,
                status: row.get(1)?,
                body: row.get(2)?,
                at: moment(row, 3)?,
            })
        },
    )
}

pub(crate) fn claim_idempotency_key(
    conn: &Connection,
    tenant: TenantId,
    claim: &IdempotentResponse,
    stale: Timestamp,
) -> rusqlite::Result<Option<IdempotentResponse>> {
    first(
        conn,
        "INSERT INTO answers (tenant_id, user_id, key, request_hash, status, body, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (tenant_id, user_id, key) DO UPDATE
         SET request_hash = excluded.request_hash, status = excluded.status, at = excluded.at,
             body = CASE WHEN answers.at < ?8 THEN excluded.body ELSE answers.body END
         WHERE answers.at < ?8 OR (answers.status = excluded.status AND answers.at < ?9
                                   AND answers.request_hash = excluded.request_hash)
         RETURNING body",
        params![
            tenant.0.as_bytes(),
            claim.user.0.as_bytes(),
            claim.key,
            claim.request_hash,
            claim.status,
            claim.body,
            claim.at.micros(),
            claim.at.micros().saturating_sub(ANSWER_MICROS),
            stale.micros()
        ],
        |row| {
            Ok(IdempotentResponse {
                body: row.get(0)?,
                ..claim.clone()
            })
        },
    )
}

pub(crate) fn settle_idempotency_key(
    conn: &Connection,
    tenant: TenantId,
    claim: &IdempotentResponse,
    answer: Option<&IdempotentResponse>,
) -> rusqlite::Result<()> {
    let key = params![
        tenant.0.as_bytes(),
        claim.user.0.as_bytes(),
        claim.key,
        claim.status
    ];
    let settled = match answer {
        None => execute(
            conn,
            "DELETE FROM answers
             WHERE tenant_id = ?1 AND user_id = ?2 AND key = ?3 AND status = ?4",
            key,
        ),
        Some(answer) => execute(
            conn,
            "UPDATE answers SET status = ?5, body = ?6
             WHERE tenant_id = ?1 AND user_id = ?2 AND key = ?3 AND status = ?4",
            params![
                tenant.0.as_bytes(),
                claim.user.0.as_bytes(),
                claim.key,
                claim.status,
                answer.status,
                answer.body
            ],
        ),
    };
    settled.map(drop)
}
