//! The port Epochs.

use async_trait::async_trait;
use raally_app::ports::{Epoch, Epochs, StoreError};
use raally_domain::event::Head;
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use rusqlite::params;

use crate::SqliteStore;
use crate::rows::{all, execute, first, id, int, moment, number};

#[async_trait]
impl Epochs for SqliteStore {
    async fn begin_epoch(
        &self,
        at_least: u32,
        at: Timestamp,
        reason: &str,
    ) -> Result<u32, StoreError> {
        let reason = reason.to_owned();
        self.write(move |conn| {
            let last = first(
                conn,
                "SELECT max((SELECT coalesce(max(epoch), 0) FROM streams),
                            (SELECT coalesce(max(epoch), 0) FROM epochs))",
                [],
                |row| row.get::<_, u32>(0),
            )?;
            let epoch = at_least.max(last.unwrap_or_default().saturating_add(1));
            execute(
                conn,
                "INSERT INTO epochs (epoch, began_at, reason) VALUES (?1, ?2, ?3)",
                params![epoch, at.micros(), reason],
            )?;
            Ok(epoch)
        })
        .await
    }

    async fn renew_heads(
        &self,
        epoch: u32,
        after: Option<TenantId>,
        limit: usize,
    ) -> Result<Vec<(TenantId, Head)>, StoreError> {
        // No id is before the empty one.
        let after = after.map_or_else(Vec::new, |t| t.0.as_bytes().to_vec());
        self.write(move |conn| {
            let renewed = all(
                conn,
                "SELECT tenant_id, seq FROM streams WHERE tenant_id > ?1 AND epoch < ?2
                 ORDER BY tenant_id LIMIT ?3",
                params![after, epoch, int(limit as u64)],
                |row| {
                    let seq = number(row, 1)?;
                    Ok((TenantId(id(row, 0)?), Head { epoch, seq }))
                },
            )?;
            for (tenant, _) in &renewed {
                execute(
                    conn,
                    "UPDATE streams SET epoch = ?2 WHERE tenant_id = ?1",
                    params![tenant.0.as_bytes(), epoch],
                )?;
            }
            Ok(renewed)
        })
        .await
    }

    async fn epochs(&self) -> Result<Vec<Epoch>, StoreError> {
        self.read(|conn| {
            all(
                conn,
                "SELECT epoch, began_at, reason FROM epochs ORDER BY epoch",
                [],
                |row| {
                    Ok(Epoch {
                        number: row.get(0)?,
                        began_at: moment(row, 1)?,
                        reason: row.get(2)?,
                    })
                },
            )
        })
        .await
    }
}
