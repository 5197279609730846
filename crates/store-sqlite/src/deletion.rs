//! The port TenantDeletion.

use async_trait::async_trait;
use raally_app::ports::{ExportPart, StoreError, TenantDeletion, TenantStatus};
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::SqliteStore;
use crate::rows::{execute, first, int, number};

/// What is gone once a tenant is closed: whoever looks for it finds nothing.
const AT_ONCE: [&str; 4] = ["inbox", "streams", "tenants", "memberships"];
/// Written by appends alone, which look for themselves whether the tenant is closed.
const BY_APPENDS: [&str; 5] = [
    "streams",
    "tenants",
    "memberships",
    "events",
    "personal_values",
];
/// What stays of a tenant: that it was closed.
const CLOSINGS: &str = "closings";

/// The tables that hold something of a tenant's: those with a column `tenant_id`.
fn tenant_tables(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
               WHERE t.type = 'table' AND c.name = 'tenant_id' ORDER BY t.name";
    conn.prepare(sql)?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// Has every tenant's table ignore what is inserted for a tenant that is closed.
pub(crate) fn guard_tenant_tables(conn: &Connection) -> rusqlite::Result<()> {
    for table in tenant_tables(conn)? {
        if table == CLOSINGS || BY_APPENDS.contains(&&*table) {
            continue;
        }
        conn.execute_batch(&format!(
            "CREATE TRIGGER IF NOT EXISTS {table}_of_closed BEFORE INSERT ON {table}
                 WHEN EXISTS (SELECT 1 FROM closings
                              WHERE tenant_id = NEW.tenant_id AND closed_at IS NOT NULL)
             BEGIN SELECT RAISE (IGNORE); END",
        ))?;
    }
    Ok(())
}

pub(crate) fn tenant_status(conn: &Connection, tenant: TenantId) -> rusqlite::Result<TenantStatus> {
    let closed = first(
        conn,
        "SELECT closed_at IS NOT NULL FROM closings WHERE tenant_id = ?1",
        [tenant.0.as_bytes()],
        |row| row.get::<_, bool>(0),
    )?;
    Ok(match closed {
        None => TenantStatus::Open,
        Some(false) => TenantStatus::Suspended,
        Some(true) => TenantStatus::Closed,
    })
}

#[async_trait]
impl TenantDeletion for SqliteStore {
    async fn suspend(
        &self,
        tenant: TenantId,
        saga: Uuid,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |conn| {
            let key = params![tenant.0.as_bytes(), saga.as_bytes(), at.micros()];
            execute(
                conn,
                "INSERT OR IGNORE INTO closings (tenant_id, saga_id, since) VALUES (?1, ?2, ?3)",
                key,
            )?;
            let ours = first(
                conn,
                "SELECT 1 FROM closings WHERE tenant_id = ?1 AND saga_id = ?2 AND closed_at IS NULL",
                params![tenant.0.as_bytes(), saga.as_bytes()],
                |_| Ok(()),
            )?;
            Ok(ours.is_some())
        })
        .await
    }

    async fn resume(&self, tenant: TenantId, saga: Uuid) -> Result<(), StoreError> {
        self.write(move |conn| {
            execute(
                conn,
                "DELETE FROM closings WHERE tenant_id = ?1 AND saga_id = ?2 AND closed_at IS NULL",
                params![tenant.0.as_bytes(), saga.as_bytes()],
            )
            .map(drop)
        })
        .await
    }

    async fn close(&self, tenant: TenantId, saga: Uuid, at: Timestamp) -> Result<bool, StoreError> {
        self.write(move |conn| close(conn, tenant, saga, at)).await
    }

    async fn erase(&self, tenant: TenantId, limit: usize) -> Result<u64, StoreError> {
        let limit = limit as u64;
        let gone = self
            .write_long(move |conn| erase(conn, tenant, limit))
            .await?;
        if gone == 0 {
            // What was erased is still in the write-ahead log; the next checkpoint does it, too.
            if let Err(error) = self.inner.writer.checkpoint().await {
                tracing::warn!(%error, "the write-ahead log was not emptied after an erasure");
            }
        }
        Ok(gone)
    }

    async fn keep_part(
        &self,
        tenant: TenantId,
        saga: Uuid,
        part: ExportPart,
    ) -> Result<(), StoreError> {
        self.write(move |conn| {
            execute(
                conn,
                "INSERT OR IGNORE INTO exports (tenant_id, saga_id, part, last_seq, lines)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    tenant.0.as_bytes(),
                    saga.as_bytes(),
                    part.number,
                    int(part.last_seq),
                    part.lines
                ],
            )
            .map(drop)
        })
        .await
    }

    async fn last_part(
        &self,
        tenant: TenantId,
        saga: Uuid,
    ) -> Result<Option<(u32, u64)>, StoreError> {
        self.read(move |conn| {
            first(
                conn,
                "SELECT part, last_seq FROM exports WHERE tenant_id = ?1 AND saga_id = ?2
                 ORDER BY part DESC LIMIT 1",
                params![tenant.0.as_bytes(), saga.as_bytes()],
                |row| Ok((row.get(0)?, number(row, 1)?)),
            )
        })
        .await
    }

    async fn part(
        &self,
        tenant: TenantId,
        saga: Uuid,
        part: u32,
    ) -> Result<Option<String>, StoreError> {
        self.read(move |conn| {
            first(
                conn,
                "SELECT lines FROM exports WHERE tenant_id = ?1 AND saga_id = ?2 AND part = ?3",
                params![tenant.0.as_bytes(), saga.as_bytes(), part],
                |row| row.get(0),
            )
        })
        .await
    }

    async fn drop_export(&self, tenant: TenantId) -> Result<(), StoreError> {
        self.write(move |conn| {
            let sql = "DELETE FROM exports WHERE tenant_id = ?1";
            execute(conn, sql, [tenant.0.as_bytes()]).map(drop)
        })
        .await
    }
}

fn close(conn: &Connection, tenant: TenantId, saga: Uuid, at: Timestamp) -> rusqlite::Result<bool> {
    let (tenant, saga) = (tenant.0.as_bytes(), saga.as_bytes());
    let closed = execute(
        conn,
        "INSERT INTO closings (tenant_id, saga_id, since, closed_at)
         SELECT tenant_id, saga_id, ?3, ?3 FROM sagas
         WHERE tenant_id = ?1 AND saga_id = ?2 AND course IN ('doing', 'undoing')
         ON CONFLICT (tenant_id) DO UPDATE SET closed_at = coalesce(closed_at, excluded.closed_at)
         WHERE saga_id = excluded.saga_id",
        params![tenant, saga, at.micros()],
    )?;
    if closed == 0 {
        return Ok(false);
    }
    for table in AT_ONCE {
        execute(
            conn,
            &format!("DELETE FROM {table} WHERE tenant_id = ?1"),
            [tenant],
        )?;
    }
    Ok(true)
}

fn erase(conn: &Connection, tenant: TenantId, limit: u64) -> rusqlite::Result<u64> {
    if tenant_status(conn, tenant)? != TenantStatus::Closed {
        return Ok(0);
    }
    let key = tenant.0.as_bytes();
    let mut gone = execute(
        conn,
        "DELETE FROM bodies WHERE place IN (SELECT place FROM events WHERE tenant_id = ?1
         ORDER BY seq LIMIT ?2)",
        params![key, int(limit)],
    )?;
    gone += execute(
        conn,
        "DELETE FROM events WHERE tenant_id = ?1 AND seq IN (SELECT seq FROM events
         WHERE tenant_id = ?1 ORDER BY seq LIMIT ?2)",
        params![key, int(limit)],
    )?;
    gone += execute(
        conn,
        "DELETE FROM audit_entries WHERE stream = ?1 AND seq IN (SELECT seq FROM audit_entries
         WHERE stream = ?1 ORDER BY seq LIMIT ?2)",
        params![format!("tenant/{tenant}"), int(limit)],
    )?;
    if gone > 0 {
        return Ok(gone);
    }
    // Far fewer than events.
    for table in tenant_tables(conn)? {
        let but = match &*table {
            CLOSINGS => continue,
            // But for that of the closing.
            "sagas" => "AND saga_id NOT IN (SELECT saga_id FROM closings WHERE tenant_id = ?1)",
            _ => "",
        };
        let sql = format!("DELETE FROM {table} WHERE tenant_id = ?1 {but}");
        gone += execute(conn, &sql, [key])?;
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::migrate::migrate;

    fn opened() -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, std::path::Path::new("memory")).unwrap();
        conn
    }

    /// The tables that were a tenant's when the schema was asked for them for the first time.
    #[test]
    fn the_schema_knows_the_tables_that_a_list_named_once() {
        let tables: BTreeSet<String> = tenant_tables(&opened()).unwrap().into_iter().collect();
        for table in [
            "answers",
            "closings",
            "events",
            "exports",
            "inbox",
            "memberships",
            "notification_preferences",
            "notifications",
            "personal_values",
            "sagas",
            "snapshots",
            "streams",
            "tenants",
            "webhook_deliveries",
            "webhook_endpoints",
        ] {
            assert!(tables.contains(table), "{table} is no tenant's any more");
        }
    }

    #[test]
    fn a_table_that_is_new_is_guarded_and_erased_without_being_named() {
        let conn = opened();
        conn.execute_batch("CREATE TABLE badges (tenant_id BLOB NOT NULL, n INTEGER) STRICT")
            .unwrap();
        guard_tenant_tables(&conn).unwrap();
        let (ana, ben) = (TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        let insert = |tenant: TenantId| {
            conn.execute("INSERT INTO badges VALUES (?1, 1)", [tenant.0.as_bytes()])
                .unwrap()
        };
        assert_eq!((insert(ana), insert(ben)), (1, 1));
        conn.execute(
            "INSERT INTO closings VALUES (?1, ?1, 0, 0)",
            [ana.0.as_bytes()],
        )
        .unwrap();
        while erase(&conn, ana, 10).unwrap() > 0 {}
        assert_eq!(insert(ana), 0, "it is closed");
        let sql = "SELECT count(*), max(tenant_id) FROM badges";
        let left: (i64, Vec<u8>) = conn
            .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(left, (1, ben.0.as_bytes().to_vec()));
    }
}
