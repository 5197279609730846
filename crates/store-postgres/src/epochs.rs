//! The port Epochs.

use async_trait::async_trait;
use raally_app::ports::{Epoch, Epochs, StoreError};
use raally_domain::event::Head;
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;

use crate::PostgresStore;
use crate::log::Params;
use crate::platform::Platform;
use crate::rows::{all, epoch, get, head, id, limit, moment, only};

/// Two that begin one at once do not get the same number: it is the key.
const BEGIN: Platform = Platform::new(
    "INSERT INTO raally.epochs (epoch, began_at, reason)
     VALUES (greatest($1, raally.last_epoch() + 1), $2, $3) RETURNING epoch",
);
const RENEW: Platform =
    Platform::new("SELECT epoch, seq, tenant_id FROM raally.renew_heads($1, $2, $3)");
const EPOCHS: Platform =
    Platform::new("SELECT epoch, began_at, reason FROM raally.epochs ORDER BY epoch");

#[async_trait]
impl Epochs for PostgresStore {
    async fn begin_epoch(
        &self,
        at_least: u32,
        at: Timestamp,
        reason: &str,
    ) -> Result<u32, StoreError> {
        let params: Params<3> = [&i64::from(at_least), &at.micros(), &reason];
        let reply = self.write(BEGIN, &params).await?;
        epoch(only(&reply.rows)?, 0)
    }

    async fn renew_heads(
        &self,
        epoch: u32,
        after: Option<TenantId>,
        at_most: usize,
    ) -> Result<Vec<(TenantId, Head)>, StoreError> {
        let after = after.map(|tenant| tenant.0);
        let params: Params<3> = [&i64::from(epoch), &after, &limit(at_most)];
        let reply = self.write(RENEW, &params).await?;
        all(&reply.rows, |row| Ok((id(row, 2)?, head(row, 0)?)))
    }

    async fn epochs(&self) -> Result<Vec<Epoch>, StoreError> {
        all(&self.primary.read(EPOCHS, &[]).await?, |row| {
            Ok(Epoch {
                number: epoch(row, 0)?,
                began_at: moment(row, 1)?,
                reason: get(row, 2)?,
            })
        })
    }
}
