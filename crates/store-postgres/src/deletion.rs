//! The port TenantDeletion.

use async_trait::async_trait;
use raally_app::ports::{ExportPart, StoreError, TenantDeletion, TenantStatus};
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use uuid::Uuid;

use crate::PostgresStore;
use crate::log::Params;
use crate::platform::Platform;
use crate::pool::Pool;
use crate::rows::{first, get, int, limit, number, only};

const STANDING: &str = "SELECT closed_at IS NOT NULL FROM raally.closings WHERE tenant_id = $1";
const SUSPEND: &str = "SELECT raally.suspend($1, $2, $3)";
const RESUME: &str =
    "DELETE FROM raally.closings WHERE tenant_id = $1 AND saga_id = $2 AND closed_at IS NULL";
const CLOSE: Platform = Platform::new("SELECT raally.close_tenant($1, $2, $3)");
const ERASE: Platform = Platform::new("SELECT raally.erase_tenant($1, $2)");
const KEEP_PART: &str = "INSERT INTO raally.exports (tenant_id, saga_id, part, last_seq, lines)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, saga_id, part) DO NOTHING";
const LAST_PART: &str = "SELECT part, last_seq FROM raally.exports
     WHERE tenant_id = $1 AND saga_id = $2 ORDER BY part DESC LIMIT 1";
const PART: &str =
    "SELECT lines FROM raally.exports WHERE tenant_id = $1 AND saga_id = $2 AND part = $3";

pub(crate) async fn tenant_status(
    pool: &Pool,
    tenant: TenantId,
) -> Result<TenantStatus, StoreError> {
    let rows = pool.of(tenant).read(STANDING, &[&tenant.0]).await?;
    let closed: Option<bool> = first(&rows, |row| get(row, 0))?;
    Ok(match closed {
        None => TenantStatus::Open,
        Some(false) => TenantStatus::Suspended,
        Some(true) => TenantStatus::Closed,
    })
}

/// As PostgreSQL's integer counts.
fn count(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

#[async_trait]
impl TenantDeletion for PostgresStore {
    async fn suspend(
        &self,
        tenant: TenantId,
        saga: Uuid,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let params: Params<3> = [&tenant.0, &saga, &at.micros()];
        let scope = self.primary.of(tenant);
        let rows = scope.write_returning(SUSPEND, &params).await?;
        get(only(&rows)?, 0)
    }

    async fn resume(&self, tenant: TenantId, saga: Uuid) -> Result<(), StoreError> {
        let scope = self.primary.of(tenant);
        scope.write(RESUME, &[&tenant.0, &saga]).await.map(drop)
    }

    async fn close(&self, tenant: TenantId, saga: Uuid, at: Timestamp) -> Result<bool, StoreError> {
        let params: Params<3> = [&tenant.0, &saga, &at.micros()];
        get(only(&self.write(CLOSE, &params).await?.rows)?, 0)
    }

    async fn erase(&self, tenant: TenantId, at_most: usize) -> Result<u64, StoreError> {
        let params: Params<2> = [&tenant.0, &limit(at_most)];
        number(only(&self.write(ERASE, &params).await?.rows)?, 0)
    }

    async fn keep_part(
        &self,
        tenant: TenantId,
        saga: Uuid,
        part: ExportPart,
    ) -> Result<(), StoreError> {
        let (number, last) = (count(part.number), int(part.last_seq));
        let params: Params<5> = [&tenant.0, &saga, &number, &last, &part.lines];
        let scope = self.primary.of(tenant);
        scope.write(KEEP_PART, &params).await.map(drop)
    }

    async fn last_part(
        &self,
        tenant: TenantId,
        saga: Uuid,
    ) -> Result<Option<(u32, u64)>, StoreError> {
        let scope = self.primary.of(tenant);
        let rows = scope.read(LAST_PART, &[&tenant.0, &saga]).await?;
        first(&rows, |row| {
            let part: i32 = get(row, 0)?;
            Ok((part.unsigned_abs(), number(row, 1)?))
        })
    }

    async fn part(
        &self,
        tenant: TenantId,
        saga: Uuid,
        part: u32,
    ) -> Result<Option<String>, StoreError> {
        let params: Params<3> = [&tenant.0, &saga, &count(part)];
        let rows = self.primary.of(tenant).read(PART, &params).await?;
        first(&rows, |row| get(row, 0))
    }

    async fn drop_export(&self, tenant: TenantId) -> Result<(), StoreError> {
        let sql = "DELETE FROM raally.exports WHERE tenant_id = $1";
        let scope = self.primary.of(tenant);
        scope.write(sql, &[&tenant.0]).await.map(drop)
    }
}
