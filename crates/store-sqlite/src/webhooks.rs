//! The port Webhooks.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use raally_app::ports::{
    LeaseBounds, OffsetCommit, StoreError, WebhookDelivery, WebhookEndpoint, WebhookStatus,
    Webhooks,
};
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::SqliteStore;
use crate::rows::{all, execute, first, id, int, moment, number};
use crate::store::advance;

/// The columns in the order in which `read` takes them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT delivery_id, endpoint_id, event_type, body, created_at, status, next_at,
             attempts FROM webhook_deliveries CROSS JOIN webhook_bodies
             USING (tenant_id, delivery_id) ",
            $rest
        )
    };
}

#[async_trait]
impl Webhooks for SqliteStore {
    async fn endpoints(&self, tenant: TenantId) -> Result<Vec<WebhookEndpoint>, StoreError> {
        let sql = "SELECT body FROM webhook_endpoints WHERE tenant_id = ?1
                   ORDER BY created_at, endpoint_id";
        self.read(move |conn| all(conn, sql, [tenant.0.as_bytes()], |row| json(row, 0)))
            .await
    }

    async fn put_endpoint(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpoint,
        read: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let body = text(&endpoint)?;
        let sql = "INSERT INTO webhook_endpoints VALUES (?1, ?2, ?3, NULL, ?4)
                   ON CONFLICT DO UPDATE SET body = excluded.body,
                   failing_since = CASE WHEN ?5 THEN NULL ELSE failing_since END";
        self.write(move |conn| {
            let found = "SELECT body FROM webhook_endpoints
                         WHERE tenant_id = ?1 AND endpoint_id = ?2";
            let (tenant, id) = (tenant.0.as_bytes(), endpoint.id.as_bytes());
            let found: Option<WebhookEndpoint> =
                first(conn, found, (tenant, id), |row| json(row, 0))?;
            if found.map(|found| found.changed_at) != read {
                return Ok(false);
            }
            let (created, fresh) = (endpoint.created_at.micros(), endpoint.enabled);
            execute(conn, sql, params![tenant, id, created, body, fresh]).map(|_| true)
        })
        .await
    }

    async fn drop_endpoint(&self, tenant: TenantId, id: Uuid) -> Result<bool, StoreError> {
        self.write(move |conn| {
            let of = (tenant.0.as_bytes(), id.as_bytes());
            let deliveries =
                "DELETE FROM webhook_deliveries WHERE tenant_id = ?1 AND endpoint_id = ?2";
            execute(conn, deliveries, of)?;
            let endpoint =
                "DELETE FROM webhook_endpoints WHERE tenant_id = ?1 AND endpoint_id = ?2";
            execute(conn, endpoint, of).map(|changed| changed == 1)
        })
        .await
    }

    async fn enqueue(
        &self,
        tenant: TenantId,
        commit: Option<OffsetCommit>,
        deliveries: Vec<WebhookDelivery>,
    ) -> Result<bool, StoreError> {
        let texts: Result<Vec<String>, StoreError> =
            deliveries.iter().map(|d| text(&d.attempts)).collect();
        let texts = texts?;
        let bytes = bytes(&deliveries);
        self.write_behind(bytes, move |conn| {
            if let Some(commit) = &commit
                && !advance(conn, commit)?
            {
                return Ok(false);
            }
            let mut kept = None;
            for (delivery, attempts) in deliveries.iter().zip(&texts) {
                if kept != Some(delivery.id) {
                    insert_body(conn, tenant, delivery)?;
                    kept = Some(delivery.id);
                }
                insert(conn, tenant, delivery, attempts)?;
            }
            Ok(true)
        })
        .await
    }

    async fn deliveries(
        &self,
        tenant: TenantId,
        endpoint: Uuid,
        before: Option<(Timestamp, Uuid)>,
        limit: usize,
    ) -> Result<Vec<WebhookDelivery>, StoreError> {
        let (at, below) = before.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.micros(), id));
        let sql = select!(
            "WHERE tenant_id = ?1 AND endpoint_id = ?2 AND (created_at, delivery_id) < (?3, ?4)
             ORDER BY created_at DESC, delivery_id DESC LIMIT ?5"
        );
        self.read(move |conn| {
            let (of, below) = (endpoint.as_bytes(), below.as_bytes());
            let params = params![tenant.0.as_bytes(), of, at, below, int(limit as u64)];
            all(conn, sql, params, read)
        })
        .await
    }

    async fn redeliver(
        &self,
        tenant: TenantId,
        endpoint: Uuid,
        id: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE webhook_deliveries SET status = 'pending', next_at = ?4
                   WHERE tenant_id = ?1 AND endpoint_id = ?2 AND delivery_id = ?3";
        self.write(move |conn| {
            let (of, id) = (endpoint.as_bytes(), id.as_bytes());
            let params = params![tenant.0.as_bytes(), of, id, now.micros()];
            execute(conn, sql, params).map(|changed| changed == 1)
        })
        .await
    }

    async fn lease_deliveries(
        &self,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
        bounds: LeaseBounds,
    ) -> Result<Vec<(TenantId, WebhookDelivery)>, StoreError> {
        let owner = owner.to_owned();
        // Most often there is nothing; and looking for what is next needs no turn of the writer's.
        let next = self.read_much(move |conn| match is_due(conn, now)? {
            true => in_turn(conn, now, bounds),
            false => Ok(Vec::new()),
        });
        let next = next.await?;
        if next.is_empty() {
            return Ok(Vec::new());
        }
        let of = owner.clone();
        let leased = self
            .write_behind(next.len() * ROW, move |conn| {
                lease(conn, &next, &of, (now, until), bounds)
            })
            .await?;
        self.read_much(move |conn| {
            let sql = select!(
                "WHERE tenant_id = ?1 AND endpoint_id = ?2 AND delivery_id = ?3
                 AND lease_owner = ?4"
            );
            let mut found = Vec::with_capacity(leased.len());
            for turn in &leased {
                let (tenant, of) = (turn.tenant.0.as_bytes(), turn.endpoint.as_bytes());
                let params = params![tenant, of, turn.id.as_bytes(), owner];
                let delivery = first(conn, sql, params, read)?;
                found.extend(delivery.map(|delivery| (turn.tenant, delivery)));
            }
            Ok(found)
        })
        .await
    }

    async fn settle_delivery(
        &self,
        owner: &str,
        tenant: TenantId,
        delivery: WebhookDelivery,
        failed: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, StoreError> {
        let (owner, attempts) = (owner.to_owned(), text(&delivery.attempts)?);
        self.write_behind(ROW, move |conn| {
            let of = delivery.endpoint.as_bytes();
            let changed = execute(
                conn,
                "UPDATE webhook_deliveries SET status = ?5, next_at = ?6, attempts = ?7,
                 lease_owner = NULL, lease_until = 0 WHERE tenant_id = ?1 AND endpoint_id = ?2
                 AND delivery_id = ?3 AND lease_owner = ?4",
                params![
                    tenant.0.as_bytes(),
                    of,
                    delivery.id.as_bytes(),
                    owner,
                    delivery.status.name(),
                    delivery.next_at.map(Timestamp::micros),
                    attempts
                ],
            )?;
            if changed == 0 {
                return Ok(None);
            }
            let failed = failed.map(Timestamp::micros);
            first(
                conn,
                "UPDATE webhook_endpoints
                 SET failing_since = CASE WHEN ?3 IS NULL THEN NULL ELSE coalesce(failing_since, ?3) END
                 WHERE tenant_id = ?1 AND endpoint_id = ?2 RETURNING failing_since",
                params![tenant.0.as_bytes(), of, failed],
                |row| row.get::<_, Option<i64>>(0),
            )
            .map(|since| since.flatten().map(Timestamp::from_micros))
        })
        .await
    }

    async fn waiting(&self, tenant: TenantId) -> Result<Vec<(Uuid, u64)>, StoreError> {
        let sql = "SELECT endpoint_id, count(*) FROM webhook_deliveries
                   WHERE tenant_id = ?1 AND next_at IS NOT NULL GROUP BY endpoint_id";
        self.read(move |conn| {
            all(conn, sql, [tenant.0.as_bytes()], |row| {
                Ok((id(row, 0)?, number(row, 1)?))
            })
        })
        .await
    }

    async fn failing_since(
        &self,
        tenant: TenantId,
        endpoint: Uuid,
    ) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT failing_since FROM webhook_endpoints
                   WHERE tenant_id = ?1 AND endpoint_id = ?2";
        self.read(move |conn| {
            let of = (tenant.0.as_bytes(), endpoint.as_bytes());
            first(conn, sql, of, |row| row.get::<_, Option<i64>>(0))
        })
        .await
        .map(|since| since.flatten().map(Timestamp::from_micros))
    }

    async fn put_off(
        &self,
        tenant: TenantId,
        endpoint: Uuid,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE webhook_deliveries SET next_at = ?3
                   WHERE tenant_id = ?1 AND endpoint_id = ?2 AND next_at IS NOT NULL
                     AND attempts = '[]'";
        self.write(move |conn| {
            let of = (tenant.0.as_bytes(), endpoint.as_bytes(), until.micros());
            execute(conn, sql, of).map(drop)
        })
        .await
    }

    async fn drop_deliveries(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.write_behind(0, move |conn| {
            let bodies = "DELETE FROM webhook_bodies WHERE at < ?1";
            execute(conn, bodies, [before.micros()])?;
            let sql = "DELETE FROM webhook_deliveries WHERE created_at < ?1";
            execute(conn, sql, [before.micros()])
        })
        .await
    }
}

/// About what a row and its places in the indexes take.
const ROW: usize = 512;

/// About what queueing deliveries writes.
fn bytes(deliveries: &[WebhookDelivery]) -> usize {
    let body = deliveries.first().map_or(0, |d| d.body.len());
    body + deliveries.len() * ROW
}

/// The body of all deliveries with that id.
fn insert_body(
    conn: &Connection,
    tenant: TenantId,
    delivery: &WebhookDelivery,
) -> rusqlite::Result<()> {
    execute(
        conn,
        "INSERT INTO webhook_bodies VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET at = excluded.at WHERE excluded.at > at",
        params![
            tenant.0.as_bytes(),
            delivery.id.as_bytes(),
            delivery.created_at.micros(),
            delivery.body
        ],
    )
    .map(drop)
}

fn insert(
    conn: &Connection,
    tenant: TenantId,
    delivery: &WebhookDelivery,
    attempts: &str,
) -> rusqlite::Result<()> {
    execute(
        conn,
        "INSERT INTO webhook_deliveries (tenant_id, endpoint_id, delivery_id, created_at, next_at,
         status, event_type, attempts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO NOTHING",
        params![
            tenant.0.as_bytes(),
            delivery.endpoint.as_bytes(),
            delivery.id.as_bytes(),
            delivery.created_at.micros(),
            delivery.next_at.map(Timestamp::micros),
            delivery.status.name(),
            delivery.event_type,
            attempts
        ],
    )
    .map(drop)
}

fn is_due(conn: &Connection, now: Timestamp) -> rusqlite::Result<bool> {
    first(conn, DUE, [now.micros()], |_| Ok(())).map(|found| found.is_some())
}

/// How many deliveries are held.
#[derive(Default)]
struct Held {
    by_endpoint: HashMap<(TenantId, Uuid), usize>,
    by_tenant: HashMap<TenantId, usize>,
}

impl Held {
    /// Whether one more may be held.
    fn has_room(&self, turn: &Turn, bounds: LeaseBounds) -> bool {
        let of_endpoint = self.by_endpoint.get(&(turn.tenant, turn.endpoint));
        let of_tenant = self.by_tenant.get(&turn.tenant);
        of_endpoint.copied().unwrap_or(0) < turn.most
            && of_tenant.copied().unwrap_or(0) < bounds.per_tenant
    }

    fn add(&mut self, tenant: TenantId, endpoint: Uuid) {
        *self.by_endpoint.entry((tenant, endpoint)).or_default() += 1;
        *self.by_tenant.entry(tenant).or_default() += 1;
    }
}

/// A delivery whose turn it is.
struct Turn {
    tenant: TenantId,
    endpoint: Uuid,
    id: Uuid,
    next_at: i64,
    /// How many of its endpoint's may be held.
    most: usize,
}

/// Takes those that nobody has taken meanwhile.
fn lease(
    conn: &Connection,
    next: &[Turn],
    owner: &str,
    (now, until): (Timestamp, Timestamp),
    bounds: LeaseBounds,
) -> rusqlite::Result<Vec<Turn>> {
    let mut held = held(conn, now)?;
    let mut leased = Vec::with_capacity(next.len());
    for turn in next {
        if !held.has_room(turn, bounds) {
            continue;
        }
        let changed = execute(
            conn,
            "UPDATE webhook_deliveries SET lease_owner = ?4, lease_until = ?5
             WHERE tenant_id = ?1 AND endpoint_id = ?2 AND delivery_id = ?3
             AND next_at <= ?6 AND lease_until <= ?6",
            params![
                turn.tenant.0.as_bytes(),
                turn.endpoint.as_bytes(),
                turn.id.as_bytes(),
                owner,
                until.micros(),
                now.micros()
            ],
        )?;
        if changed == 1 {
            held.add(turn.tenant, turn.endpoint);
            leased.push(Turn { ..*turn });
        }
    }
    Ok(leased)
}

/// Deliveries that are due and that nobody holds, as the bounds let them have their turn.
fn in_turn(conn: &Connection, now: Timestamp, bounds: LeaseBounds) -> rusqlite::Result<Vec<Turn>> {
    let held = held(conn, now)?;
    let endpoints =
        "SELECT tenant_id, endpoint_id, failing_since IS NOT NULL FROM webhook_endpoints";
    let endpoints = all(conn, endpoints, [], |row| {
        Ok((TenantId(id(row, 0)?), id(row, 1)?, row.get::<_, bool>(2)?))
    })?;
    // By workspace: the place within its endpoint's, and when it was due.
    let mut waiting: BTreeMap<TenantId, Vec<(usize, Turn)>> = BTreeMap::new();
    for (tenant, endpoint, fails) in endpoints {
        let most = if fails { 1 } else { bounds.per_endpoint };
        let of_endpoint = held.by_endpoint.get(&(tenant, endpoint));
        let room = most.saturating_sub(of_endpoint.copied().unwrap_or(0));
        if room > 0 {
            let of = (tenant.0.as_bytes(), endpoint.as_bytes());
            let params = params![of.0, of.1, now.micros(), int(room as u64)];
            let due = all(conn, NEXT, params, |row| {
                Ok(Turn {
                    tenant,
                    endpoint,
                    id: id(row, 0)?,
                    next_at: row.get(1)?,
                    most,
                })
            })?;
            let waiting = waiting.entry(tenant).or_default();
            waiting.extend(due.into_iter().enumerate());
        }
    }
    let mut turns = Vec::new();
    for (tenant, mut due) in waiting {
        due.sort_by_key(|(place, turn)| (*place, turn.next_at));
        let before = held.by_tenant.get(&tenant).copied().unwrap_or(0);
        let room = bounds.per_tenant.saturating_sub(before);
        let due = due.into_iter().take(room).enumerate();
        turns.extend(due.map(|(n, (_, turn))| (before + n, turn)));
    }
    turns.sort_by_key(|(n, turn)| (*n, turn.next_at));
    turns.truncate(bounds.limit);
    Ok(turns.into_iter().map(|(_, turn)| turn).collect())
}

/// The index is of those with a lease: SQLite takes it only where it is told that there is one.
const HELD: &str = "SELECT tenant_id, endpoint_id FROM webhook_deliveries
     WHERE lease_until > 0 AND lease_until > ?1";
const NEXT: &str = "SELECT delivery_id, next_at FROM webhook_deliveries
     WHERE tenant_id = ?1 AND endpoint_id = ?2 AND next_at <= ?3 AND lease_until <= ?3
     ORDER BY next_at LIMIT ?4";
const DUE: &str =
    "SELECT 1 FROM webhook_deliveries WHERE next_at <= ?1 AND lease_until <= ?1 LIMIT 1";

fn held(conn: &Connection, now: Timestamp) -> rusqlite::Result<Held> {
    let leased = all(conn, HELD, [now.micros()], |row| {
        Ok((TenantId(id(row, 0)?), id(row, 1)?))
    })?;
    let mut held = Held::default();
    for (tenant, endpoint) in leased {
        held.add(tenant, endpoint);
    }
    Ok(held)
}

fn text<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Failed(Box::new(e)))
}

fn wrong(
    column: usize,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|e| wrong(column, e))
}

fn read(row: &Row<'_>) -> rusqlite::Result<WebhookDelivery> {
    let status: String = row.get(5)?;
    Ok(WebhookDelivery {
        id: id(row, 0)?,
        endpoint: id(row, 1)?,
        event_type: row.get(2)?,
        body: row.get(3)?,
        created_at: moment(row, 4)?,
        status: WebhookStatus::from_name(&status).ok_or_else(|| wrong(5, status))?,
        next_at: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_micros),
        attempts: json(row, 7)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::migrate;

    /// Tables grow by as many deliveries as anybody asks for.
    #[test]
    fn what_is_next_is_found_by_an_index() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, std::path::Path::new("memory")).unwrap();
        for (sql, index) in [
            (HELD, "webhook_deliveries_leased"),
            (NEXT, "webhook_deliveries_turn"),
            (DUE, "webhook_deliveries_due"),
        ] {
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let mut statement = conn.prepare(&explain).unwrap();
            let given = (1..=statement.parameter_count()).map(|n| n as i64);
            let steps: Vec<String> = statement
                .query_map(rusqlite::params_from_iter(given), |row| row.get(3))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            assert_eq!(steps.len(), 1, "{steps:?}");
            assert!(steps[0].contains(index), "{steps:?}");
        }
    }
}
