//! The port Sagas.

use async_trait::async_trait;
use raally_app::ports::{Saga, SagaStatus, Sagas, StoreError};
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::PostgresStore;
use crate::log::Params;
use crate::platform::Platform;
use crate::rows::{all, first, get, id, int, limit, moment, number};

/// Looks across tenants.
const TAKE: Platform = Platform::new(
    "SELECT tenant_id, saga_id, kind, course, step, state, attempts, due_at, version
     FROM raally.take_sagas($1, $2, $3)",
);
const BEGIN: &str =
    "INSERT INTO raally.sagas (tenant_id, saga_id, kind, course, step, state, attempts,
     due_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)
     ON CONFLICT (tenant_id, saga_id) DO NOTHING";
const PUT: &str =
    "UPDATE raally.sagas SET course = $4, step = $5, state = $6, attempts = $7, due_at = $8,
     version = version + 1 WHERE tenant_id = $1 AND saga_id = $2 AND version = $3";
const SAGA: &str = "SELECT tenant_id, saga_id, kind, course, step, state, attempts, due_at, version
     FROM raally.sagas WHERE tenant_id = $1 AND saga_id = $2";
const UNDER_WAY: &str =
    "SELECT tenant_id, saga_id, kind, course, step, state, attempts, due_at, version
     FROM raally.sagas WHERE tenant_id = $1 AND kind = $2 AND course IN ('doing', 'undoing')
     ORDER BY saga_id";

/// Looks across tenants.
const COUNT: Platform = Platform::new("SELECT kind, course, count FROM raally.count_sagas()");

#[async_trait]
impl Sagas for PostgresStore {
    async fn begin(&self, saga: Saga) -> Result<bool, StoreError> {
        let (step, attempts) = (count(saga.step), count(saga.attempts));
        let params: Params<8> = [
            &saga.tenant.0,
            &saga.id,
            &saga.kind,
            &saga.status.stored(),
            &step,
            &saga.state,
            &attempts,
            &saga.due_at.micros(),
        ];
        let begun = self.primary.of(saga.tenant).write(BEGIN, &params).await?;
        Ok(begun == 1)
    }

    async fn take(
        &self,
        now: Timestamp,
        until: Timestamp,
        at_most: usize,
    ) -> Result<Vec<Saga>, StoreError> {
        let params: Params<3> = [&now.micros(), &until.micros(), &limit(at_most)];
        all(&self.write(TAKE, &params).await?.rows, read)
    }

    async fn put(&self, saga: &Saga) -> Result<bool, StoreError> {
        let (step, attempts) = (count(saga.step), count(saga.attempts));
        let params: Params<8> = [
            &saga.tenant.0,
            &saga.id,
            &int(saga.version),
            &saga.status.stored(),
            &step,
            &saga.state,
            &attempts,
            &saga.due_at.micros(),
        ];
        let put = self.primary.of(saga.tenant).write(PUT, &params).await?;
        Ok(put == 1)
    }

    async fn saga(&self, tenant: TenantId, id: Uuid) -> Result<Option<Saga>, StoreError> {
        let rows = self
            .primary
            .of(tenant)
            .read(SAGA, &[&tenant.0, &id])
            .await?;
        first(&rows, read)
    }

    async fn under_way(&self, tenant: TenantId, kind: &str) -> Result<Vec<Saga>, StoreError> {
        let scope = self.primary.of(tenant);
        all(&scope.read(UNDER_WAY, &[&tenant.0, &kind]).await?, read)
    }

    async fn count(&self) -> Result<Vec<(String, SagaStatus, u64)>, StoreError> {
        all(&self.primary.read(COUNT, &[]).await?, |row| {
            Ok((get(row, 0)?, status(row, 1)?, number(row, 2)?))
        })
    }
}

/// As PostgreSQL's integer counts.
fn count(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn status(row: &Row, column: usize) -> Result<SagaStatus, StoreError> {
    let word: &str = get(row, column)?;
    let unknown = || StoreError::Corrupt(format!("there is no saga status {word}"));
    SagaStatus::from_stored(word).ok_or_else(unknown)
}

fn read(row: &Row) -> Result<Saga, StoreError> {
    let counted = |column| -> Result<u32, StoreError> {
        let n: i32 = get(row, column)?;
        u32::try_from(n).map_err(|_| StoreError::Corrupt(format!("a saga counts {n}")))
    };
    Ok(Saga {
        tenant: id(row, 0)?,
        id: get(row, 1)?,
        kind: get(row, 2)?,
        status: status(row, 3)?,
        step: counted(4)?,
        state: get(row, 5)?,
        attempts: counted(6)?,
        due_at: moment(row, 7)?,
        version: number(row, 8)?,
    })
}
