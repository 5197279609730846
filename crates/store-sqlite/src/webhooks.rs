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
             attempts, tenant_id FROM webhook_deliveries ",
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
        self.write(move |conn| {
            if let Some(commit) = &commit
                && !advance(conn, commit)?
            {
                return Ok(false);
            }
            for (delivery, attempts) in deliveries.iter().zip(&texts) {
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
        // Most often there is nothing, and finding that out needs no turn of the writer's.
        if !self.read(move |conn| is_due(conn, now)).await? {
            return Ok(Vec::new());
        }
        self.write(move |conn| {
            let found = in_turn(conn, now, bounds)?;
            for (tenant, delivery) in &found {
                let (of, id) = (delivery.endpoint.as_bytes(), delivery.id.as_bytes());
                execute(
                    conn,
                    "UPDATE webhook_deliveries SET lease_owner = ?4, lease_until = ?5
                     WHERE tenant_id = ?1 AND endpoint_id = ?2 AND delivery_id = ?3",
                    params![tenant.0.as_bytes(), of, id, owner, until.micros()],
                )?;
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
        self.write(move |conn| {
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
        self.write(move |conn| {
            let sql = "DELETE FROM webhook_deliveries WHERE created_at < ?1";
            execute(conn, sql, [before.micros()])
        })
        .await
    }
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
         status, event_type, body, attempts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT DO NOTHING",
        params![
            tenant.0.as_bytes(),
            delivery.endpoint.as_bytes(),
            delivery.id.as_bytes(),
            delivery.created_at.micros(),
            delivery.next_at.map(Timestamp::micros),
            delivery.status.name(),
            delivery.event_type,
            delivery.body,
            attempts
        ],
    )
    .map(drop)
}

fn is_due(conn: &Connection, now: Timestamp) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM webhook_deliveries WHERE next_at <= ?1 AND lease_until <= ?1 LIMIT 1";
    first(conn, sql, [now.micros()], |_| Ok(())).map(|found| found.is_some())
}

/// How many deliveries are held.
#[derive(Default)]
struct Held {
    by_endpoint: HashMap<(TenantId, Uuid), usize>,
    by_tenant: HashMap<TenantId, usize>,
}

/// Deliveries that are due and that nobody holds, as the bounds let them have their turn.
fn in_turn(
    conn: &Connection,
    now: Timestamp,
    bounds: LeaseBounds,
) -> rusqlite::Result<Vec<(TenantId, WebhookDelivery)>> {
    let held = held(conn, now)?;
    let endpoints =
        "SELECT tenant_id, endpoint_id, failing_since IS NOT NULL FROM webhook_endpoints";
    let endpoints = all(conn, endpoints, [], |row| {
        Ok((TenantId(id(row, 0)?), id(row, 1)?, row.get::<_, bool>(2)?))
    })?;
    let sql = select!(
        "WHERE tenant_id = ?1 AND endpoint_id = ?2 AND next_at <= ?3 AND lease_until <= ?3
         ORDER BY next_at LIMIT ?4"
    );
    // By workspace: the place within its endpoint's, and when it was due.
    let mut waiting: BTreeMap<TenantId, Vec<(usize, WebhookDelivery)>> = BTreeMap::new();
    for (tenant, endpoint, fails) in endpoints {
        let most = if fails { 1 } else { bounds.per_endpoint };
        let of_endpoint = held.by_endpoint.get(&(tenant, endpoint));
        let room = most.saturating_sub(of_endpoint.copied().unwrap_or(0));
        if room > 0 {
            let of = (tenant.0.as_bytes(), endpoint.as_bytes());
            let params = params![of.0, of.1, now.micros(), int(room as u64)];
            let due = all(conn, sql, params, read)?;
            waiting
                .entry(tenant)
                .or_default()
                .extend(due.into_iter().enumerate());
        }
    }
    let mut turns = Vec::new();
    for (tenant, mut due) in waiting {
        due.sort_by_key(|(place, delivery)| (*place, delivery.next_at));
        let before = held.by_tenant.get(&tenant).copied().unwrap_or(0);
        let room = bounds.per_tenant.saturating_sub(before);
        let due = due.into_iter().take(room).enumerate();
        turns.extend(due.map(|(n, (_, delivery))| (before + n, tenant, delivery)));
    }
    turns.sort_by_key(|(turn, _, delivery)| (*turn, delivery.next_at));
    turns.truncate(bounds.limit);
    Ok(turns
        .into_iter()
        .map(|(_, tenant, delivery)| (tenant, delivery))
        .collect())
}

fn held(conn: &Connection, now: Timestamp) -> rusqlite::Result<Held> {
    let sql = "SELECT tenant_id, endpoint_id FROM webhook_deliveries WHERE lease_until > ?1";
    let leased = all(conn, sql, [now.micros()], |row| {
        Ok((TenantId(id(row, 0)?), id(row, 1)?))
    })?;
    let mut held = Held::default();
    for of in leased {
        *held.by_endpoint.entry(of).or_default() += 1;
        *held.by_tenant.entry(of.0).or_default() += 1;
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
