//! The port Webhooks.

mod leases;

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
use leases::{in_turn, is_due, lease};

/// The columns in the order in which `read` takes them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT delivery_id, endpoint_id, event_type, body, created_at, status, next_at,
             attempts, (SELECT e.rests_until FROM webhook_endpoints e
                        WHERE e.tenant_id = d.tenant_id AND e.endpoint_id = d.endpoint_id)
             FROM webhook_deliveries d CROSS JOIN webhook_bodies USING (tenant_id, delivery_id) ",
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
        let sql = "INSERT INTO webhook_endpoints (tenant_id, endpoint_id, created_at, body)
                   VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT DO UPDATE SET body = excluded.body,
                   failing_since = CASE WHEN ?5 THEN NULL ELSE failing_since END,
                   rests_until = CASE WHEN ?5 THEN 0 ELSE rests_until END";
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
        let sql = "UPDATE webhook_deliveries
                   SET status = 'pending', next_at = ?4, asked_again_at = ?4
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
                "UPDATE webhook_deliveries SET attempts = ?7, lease_owner = NULL, lease_until = 0,
                 status = CASE WHEN asked_again_at IS NULL THEN ?5 ELSE status END,
                 next_at = coalesce(asked_again_at, ?6) WHERE tenant_id = ?1 AND endpoint_id = ?2
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

    async fn rest_endpoint(
        &self,
        tenant: TenantId,
        endpoint: Uuid,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE webhook_endpoints SET rests_until = ?3
                   WHERE tenant_id = ?1 AND endpoint_id = ?2";
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
    let each = deliveries.chunk_by(|a, b| a.id == b.id);
    let bodies: usize = each.map(|same| same[0].body.len()).sum();
    bodies + deliveries.len() * ROW
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
            &*delivery.body
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
    let rests_until = row.get::<_, Option<i64>>(8)?.map(Timestamp::from_micros);
    Ok(WebhookDelivery {
        id: id(row, 0)?,
        endpoint: id(row, 1)?,
        event_type: row.get(2)?,
        body: row.get::<_, String>(3)?.into(),
        created_at: moment(row, 4)?,
        status: WebhookStatus::from_name(&status).ok_or_else(|| wrong(5, status))?,
        next_at: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_micros),
        attempts: json(row, 7)?,
    }
    .after_rest(rests_until))
}
