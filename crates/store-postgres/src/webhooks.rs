//! The port Webhooks.

use std::sync::Arc;

use async_trait::async_trait;
use raally_app::ports::{
    LeaseBounds, OffsetCommit, StoreError, WebhookDelivery, WebhookEndpoint, WebhookStatus,
    Webhooks,
};
use raally_domain::event::Hash;
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::PostgresStore;
use crate::platform::Platform;
use crate::rows::{all, first, get, id, int, limit, moment, number, only};
use crate::store::advance;

/// The columns in the order in which `read` takes them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT delivery_id, endpoint_id, event_type, body, created_at, status, next_at,
             attempts, (SELECT e.rests_until FROM raally.webhook_endpoints e
                        WHERE e.tenant_id = d.tenant_id AND e.endpoint_id = d.endpoint_id)
             FROM raally.webhook_deliveries d ",
            $rest
        )
    };
}

const LEASE: Platform = Platform::new(
    "SELECT tenant_id, endpoint_id, delivery_id FROM raally.lease_due_deliveries($1, $2, $3, $4, $5, $6)",
);
const DROP: Platform = Platform::new("SELECT raally.drop_deliveries($1)");
/// Taken as one array a column; of a body, which those of one event share, its place.
const INSERT: &str = "INSERT INTO raally.webhook_deliveries (tenant_id, delivery_id, endpoint_id,
     event_type, created_at, status, next_at, attempts, body) SELECT $1, d.id, d.endpoint, d.of,
     d.at, d.status, d.next, d.attempts, ";
/// Notes what became of a delivery, and then of its endpoint.
const SETTLE: &str = "WITH settled AS (
         UPDATE raally.webhook_deliveries SET attempts = $7, lease_owner = NULL, lease_until = 0,
         status = CASE WHEN asked_again_at IS NULL THEN $5 ELSE status END,
         next_at = coalesce(asked_again_at, $6) WHERE tenant_id = $1 AND endpoint_id = $2 AND delivery_id = $3
         AND lease_owner = $4 RETURNING endpoint_id)
     UPDATE raally.webhook_endpoints e SET failing_since =
         CASE WHEN $8::bigint IS NULL THEN NULL ELSE coalesce(e.failing_since, $8) END
     FROM settled s WHERE e.tenant_id = $1 AND e.endpoint_id = s.endpoint_id
     RETURNING e.failing_since";

#[async_trait]
impl Webhooks for PostgresStore {
    async fn endpoints(&self, tenant: TenantId) -> Result<Vec<WebhookEndpoint>, StoreError> {
        let sql = "SELECT body FROM raally.webhook_endpoints WHERE tenant_id = $1
                   ORDER BY created_at, endpoint_id";
        let rows = self.primary.of(tenant).read(sql, &[&tenant.0]).await?;
        all(&rows, |row| json(row, 0))
    }

    async fn put_endpoint(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpoint,
        read: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let body = text(&endpoint)?;
        let scope = self.primary.of(tenant);
        let Some(read) = read else {
            let sql = "INSERT INTO raally.webhook_endpoints
                           (tenant_id, endpoint_id, created_at, body) VALUES ($1, $2, $3, $4)
                       ON CONFLICT (tenant_id, endpoint_id) DO NOTHING";
            let created = endpoint.created_at.micros();
            let params: [&(dyn ToSql + Sync); 4] = [&tenant.0, &endpoint.id, &created, &body];
            return Ok(scope.write(sql, &params).await? == 1);
        };
        let sql = "UPDATE raally.webhook_endpoints SET body = $3,
                       failing_since = CASE WHEN $4 THEN NULL ELSE failing_since END,
                       rests_until = CASE WHEN $4 THEN 0 ELSE rests_until END
                   WHERE tenant_id = $1 AND endpoint_id = $2 AND body::json ->> 'changed_at' = $5";
        let read = read.to_string();
        let params: [&(dyn ToSql + Sync); 5] =
            [&tenant.0, &endpoint.id, &body, &endpoint.enabled, &read];
        Ok(scope.write(sql, &params).await? == 1)
    }

    async fn drop_endpoint(&self, tenant: TenantId, id: Uuid) -> Result<bool, StoreError> {
        let sql = "WITH gone AS (DELETE FROM raally.webhook_deliveries
                       WHERE tenant_id = $1 AND endpoint_id = $2)
                   DELETE FROM raally.webhook_endpoints WHERE tenant_id = $1 AND endpoint_id = $2";
        let scope = self.primary.of(tenant);
        Ok(scope.write(sql, &[&tenant.0, &id]).await? == 1)
    }

    async fn enqueue(
        &self,
        tenant: TenantId,
        commit: Option<OffsetCommit>,
        deliveries: Vec<WebhookDelivery>,
    ) -> Result<bool, StoreError> {
        let _turn = self.background_turn().await;
        let columns = Columns::new(&deliveries)?;
        let scope = self.primary.of(tenant);
        let Some(OffsetCommit {
            consumer,
            from,
            to,
            event,
            ..
        }) = commit
        else {
            let sql = format!("{INSERT}{} ON CONFLICT DO NOTHING", arrays(2));
            let mut params: Vec<&(dyn ToSql + Sync)> = vec![&tenant.0];
            params.extend(columns.params());
            scope.write(&sql, &params).await?;
            return Ok(true);
        };
        let sql = format!(
            "WITH moved AS ({} RETURNING 1), kept AS ({INSERT}{}
             WHERE EXISTS (SELECT FROM moved) ON CONFLICT DO NOTHING) SELECT FROM moved",
            advance(from),
            arrays(6)
        );
        let (from, to, event) = (int(from), int(to), event.as_ref().map(Hash::as_slice));
        let mut params: Vec<&(dyn ToSql + Sync)> = vec![&tenant.0, &consumer, &from, &to, &event];
        params.extend(columns.params());
        Ok(scope.write(&sql, &params).await? == 1)
    }

    async fn deliveries(
        &self,
        tenant: TenantId,
        endpoint: Uuid,
        before: Option<(Timestamp, Uuid)>,
        at_most: usize,
    ) -> Result<Vec<WebhookDelivery>, StoreError> {
        let sql = select!(
            "WHERE tenant_id = $1 AND endpoint_id = $2 AND (created_at, delivery_id) < ($3, $4)
             ORDER BY created_at DESC, delivery_id DESC LIMIT $5"
        );
        let (at, below) = before.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.micros(), id));
        let params: [&(dyn ToSql + Sync); 5] = [&tenant.0, &endpoint, &at, &below, &limit(at_most)];
        all(&self.primary.of(tenant).read(sql, &params).await?, read)
    }

    async fn redeliver(
        &self,
        tenant: TenantId,
        endpoint: Uuid,
        id: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE raally.webhook_deliveries
                   SET status = 'pending', next_at = $4, asked_again_at = $4
                   WHERE tenant_id = $1 AND endpoint_id = $2 AND delivery_id = $3";
        let params: [&(dyn ToSql + Sync); 4] = [&tenant.0, &endpoint, &id, &now.micros()];
        Ok(self.primary.of(tenant).write(sql, &params).await? == 1)
    }

    async fn lease_deliveries(
        &self,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
        bounds: LeaseBounds,
    ) -> Result<Vec<(TenantId, WebhookDelivery)>, StoreError> {
        let _turn = self.background_turn().await;
        let (now, until) = (now.micros(), until.micros());
        let endpoint = limit(bounds.per_endpoint);
        let (tenant, most) = (limit(bounds.per_tenant), limit(bounds.limit));
        let params: [&(dyn ToSql + Sync); 6] = [&owner, &now, &until, &endpoint, &tenant, &most];
        let reply = self.write(LEASE, &params).await?;
        let sql = select!("WHERE tenant_id = $1 AND endpoint_id = $2 AND delivery_id = $3");
        let mut found = Vec::new();
        for row in reply.rows {
            let tenant: TenantId = id(&row, 0)?;
            let (endpoint, delivery): (Uuid, Uuid) = (get(&row, 1)?, get(&row, 2)?);
            let scope = self.primary.of(tenant);
            let rows = scope.read(sql, &[&tenant.0, &endpoint, &delivery]).await?;
            found.extend(first(&rows, read)?.map(|delivery| (tenant, delivery)));
        }
        Ok(found)
    }

    async fn settle_delivery(
        &self,
        owner: &str,
        tenant: TenantId,
        delivery: WebhookDelivery,
        failed: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, StoreError> {
        let _turn = self.background_turn().await;
        let attempts = text(&delivery.attempts)?;
        let (status, next) = (
            delivery.status.name(),
            delivery.next_at.map(Timestamp::micros),
        );
        let failed = failed.map(Timestamp::micros);
        let params: [&(dyn ToSql + Sync); 8] = [
            &tenant.0,
            &delivery.endpoint,
            &delivery.id,
            &owner,
            &status,
            &next,
            &attempts,
            &failed,
        ];
        let rows = self
            .primary
            .of(tenant)
            .write_returning(SETTLE, &params)
            .await?;
        let since = first(&rows, |row| get::<Option<i64>>(row, 0))?;
        Ok(since.flatten().map(Timestamp::from_micros))
    }

    async fn waiting(&self, tenant: TenantId) -> Result<Vec<(Uuid, u64)>, StoreError> {
        let _turn = self.background_turn().await;
        let sql = "SELECT endpoint_id, count(*) FROM raally.webhook_deliveries
                   WHERE tenant_id = $1 AND next_at IS NOT NULL GROUP BY endpoint_id";
        let rows = self.primary.of(tenant).read(sql, &[&tenant.0]).await?;
        all(&rows, |row| Ok((get(row, 0)?, number(row, 1)?)))
    }

    async fn failing_since(
        &self,
        tenant: TenantId,
        endpoint: Uuid,
    ) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT failing_since FROM raally.webhook_endpoints
                   WHERE tenant_id = $1 AND endpoint_id = $2";
        let scope = self.primary.of(tenant);
        let rows = scope.read(sql, &[&tenant.0, &endpoint]).await?;
        let since = first(&rows, |row| get::<Option<i64>>(row, 0))?;
        Ok(since.flatten().map(Timestamp::from_micros))
    }

    async fn rest_endpoint(
        &self,
        tenant: TenantId,
        endpoint: Uuid,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let _turn = self.background_turn().await;
        let sql = "UPDATE raally.webhook_endpoints SET rests_until = $3
                   WHERE tenant_id = $1 AND endpoint_id = $2";
        let params: [&(dyn ToSql + Sync); 3] = [&tenant.0, &endpoint, &until.micros()];
        self.primary.of(tenant).write(sql, &params).await.map(drop)
    }

    async fn drop_deliveries(&self, before: Timestamp) -> Result<u64, StoreError> {
        let reply = self.write(DROP, &[&before.micros()]).await?;
        number(only(&reply.rows)?, 0)
    }
}

/// The array parameters from that number on.
fn arrays(from: usize) -> String {
    let types = [
        "uuid", "uuid", "text", "bigint", "text", "bigint", "text", "int",
    ];
    let each = types.iter().enumerate();
    let parameters: Vec<String> = each
        .map(|(n, of)| format!("${}::{of}[]", from + n))
        .collect();
    format!(
        "(${}::text[])[d.body] FROM unnest({}) AS d(id, endpoint, of, at, status, next, attempts, body)",
        from + types.len(),
        parameters.join(", ")
    )
}

/// One array a column.
struct Columns<'d> {
    ids: Vec<Uuid>,
    endpoints: Vec<Uuid>,
    types: Vec<&'d str>,
    created: Vec<i64>,
    statuses: Vec<&'d str>,
    next: Vec<Option<i64>>,
    attempts: Vec<String>,
    /// Which of the bodies is theirs, the first being 1.
    body: Vec<i32>,
    bodies: Vec<&'d str>,
}

impl<'d> Columns<'d> {
    fn new(rows: &'d [WebhookDelivery]) -> Result<Columns<'d>, StoreError> {
        let mut bodies: Vec<&Arc<str>> = Vec::new();
        let mut body = Vec::with_capacity(rows.len());
        for delivery in rows {
            if bodies
                .last()
                .is_none_or(|last| !Arc::ptr_eq(last, &delivery.body))
            {
                bodies.push(&delivery.body);
            }
            body.push(bodies.len() as i32);
        }
        Ok(Columns {
            body,
            bodies: bodies.into_iter().map(|body| &**body).collect(),
            ids: rows.iter().map(|d| d.id).collect(),
            endpoints: rows.iter().map(|d| d.endpoint).collect(),
            types: rows.iter().map(|d| d.event_type.as_str()).collect(),
            created: rows.iter().map(|d| d.created_at.micros()).collect(),
            statuses: rows.iter().map(|d| d.status.name()).collect(),
            next: rows
                .iter()
                .map(|d| d.next_at.map(Timestamp::micros))
                .collect(),
            attempts: rows
                .iter()
                .map(|d| text(&d.attempts))
                .collect::<Result<_, _>>()?,
        })
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 9] {
        [
            &self.ids,
            &self.endpoints,
            &self.types,
            &self.created,
            &self.statuses,
            &self.next,
            &self.attempts,
            &self.body,
            &self.bodies,
        ]
    }
}

fn text<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Failed(Box::new(e)))
}

fn json<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T, StoreError> {
    serde_json::from_str(get(row, column)?)
        .map_err(|e| StoreError::Corrupt(format!("column {column} of a webhook: {e}")))
}

fn read(row: &Row) -> Result<WebhookDelivery, StoreError> {
    let status: &str = get(row, 5)?;
    let known = WebhookStatus::from_name(status);
    let rests_until = get::<Option<i64>>(row, 8)?.map(Timestamp::from_micros);
    Ok(WebhookDelivery {
        id: id(row, 0)?,
        endpoint: id(row, 1)?,
        event_type: get(row, 2)?,
        body: get::<&str>(row, 3)?.into(),
        created_at: moment(row, 4)?,
        status: known
            .ok_or_else(|| StoreError::Corrupt(format!("a delivery has the status {status}")))?,
        next_at: get::<Option<i64>>(row, 6)?.map(Timestamp::from_micros),
        attempts: json(row, 7)?,
    }
    .after_rest(rests_until))
}
