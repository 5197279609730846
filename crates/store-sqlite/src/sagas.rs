//! The port Sagas.

use async_trait::async_trait;
use raally_app::ports::{Saga, SagaStatus, Sagas, StoreError};
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use crate::SqliteStore;
use crate::rows::{all, execute, first, id, int, moment, number};

/// What `read` reads, of the rows that follow.
macro_rules! sagas {
    ($rest:literal) => {
        concat!(
            "SELECT tenant_id, saga_id, kind, course, step, state, attempts, due_at, version
             FROM sagas ",
            $rest
        )
    };
}

#[async_trait]
impl Sagas for SqliteStore {
    async fn begin(&self, saga: Saga) -> Result<bool, StoreError> {
        self.write(move |conn| {
            execute(
                conn,
                "INSERT OR IGNORE INTO sagas (tenant_id, saga_id, kind, course, step, state,
                 attempts, due_at, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1)",
                params![
                    saga.tenant.0.as_bytes(),
                    saga.id.as_bytes(),
                    saga.kind,
                    saga.status.stored(),
                    saga.step,
                    saga.state,
                    saga.attempts,
                    saga.due_at.micros()
                ],
            )
            .map(|begun| begun == 1)
        })
        .await
    }

    async fn take(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Saga>, StoreError> {
        // Most often there is nothing, and finding that out needs no turn of the writer's.
        let waiting = self.read(move |conn| due(conn, now, 1)).await?;
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        self.write(move |conn| {
            let mut taken = due(conn, now, limit)?;
            for saga in &mut taken {
                saga.due_at = until;
                saga.version += 1;
                execute(
                    conn,
                    "UPDATE sagas SET due_at = ?3, version = ?4 WHERE tenant_id = ?1 AND saga_id = ?2",
                    params![
                        saga.tenant.0.as_bytes(),
                        saga.id.as_bytes(),
                        until.micros(),
                        int(saga.version)
                    ],
                )?;
            }
            Ok(taken)
        })
        .await
    }

    async fn put(&self, saga: &Saga) -> Result<bool, StoreError> {
        let saga = saga.clone();
        self.write(move |conn| {
            execute(
                conn,
                "UPDATE sagas SET course = ?4, step = ?5, state = ?6, attempts = ?7, due_at = ?8,
                 version = version + 1 WHERE tenant_id = ?1 AND saga_id = ?2 AND version = ?3",
                params![
                    saga.tenant.0.as_bytes(),
                    saga.id.as_bytes(),
                    int(saga.version),
                    saga.status.stored(),
                    saga.step,
                    saga.state,
                    saga.attempts,
                    saga.due_at.micros()
                ],
            )
            .map(|put| put == 1)
        })
        .await
    }

    async fn saga(&self, tenant: TenantId, id: Uuid) -> Result<Option<Saga>, StoreError> {
        self.read(move |conn| {
            let key = params![tenant.0.as_bytes(), id.as_bytes()];
            first(
                conn,
                sagas!("WHERE tenant_id = ?1 AND saga_id = ?2"),
                key,
                read,
            )
        })
        .await
    }

    async fn under_way(&self, tenant: TenantId, kind: &str) -> Result<Vec<Saga>, StoreError> {
        let kind = kind.to_owned();
        self.read(move |conn| {
            all(
                conn,
                sagas!(
                    "WHERE tenant_id = ?1 AND kind = ?2 AND course IN ('doing', 'undoing')
                     ORDER BY saga_id"
                ),
                params![tenant.0.as_bytes(), kind],
                read,
            )
        })
        .await
    }

    async fn count(&self) -> Result<Vec<(String, SagaStatus, u64)>, StoreError> {
        self.read(|conn| {
            all(
                conn,
                "SELECT kind, course, count(*) FROM sagas WHERE course IN ('doing', 'undoing')
                 GROUP BY kind, course ORDER BY kind, course",
                [],
                |row| Ok((row.get(0)?, status(row, 1)?, number(row, 2)?)),
            )
        })
        .await
    }
}

/// Those that are due, the one due longest first.
fn due(conn: &Connection, now: Timestamp, limit: usize) -> rusqlite::Result<Vec<Saga>> {
    all(
        conn,
        sagas!("WHERE due_at <= ?1 AND course IN ('doing', 'undoing') ORDER BY due_at LIMIT ?2"),
        params![now.micros(), int(limit as u64)],
        read,
    )
}

fn status(row: &Row<'_>, column: usize) -> rusqlite::Result<SagaStatus> {
    let word: String = row.get(column)?;
    let unknown = || {
        let text = format!("there is no saga status {word}");
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, text.into())
    };
    SagaStatus::from_stored(&word).ok_or_else(unknown)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Saga> {
    Ok(Saga {
        tenant: TenantId(id(row, 0)?),
        id: id(row, 1)?,
        kind: row.get(2)?,
        status: status(row, 3)?,
        step: row.get(4)?,
        state: row.get(5)?,
        attempts: row.get(6)?,
        due_at: moment(row, 7)?,
        version: number(row, 8)?,
    })
}
