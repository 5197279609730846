//! Reads from a streaming replica, which may lag but must not show it.
//!
//! What this process has seen of a log (a head it read from the primary, an append of its own) is
//! what its reads need at least. The replica says in the same transaction how far it is; if that
//! is not far enough, or nothing has been seen, the primary is asked. Personal values, snapshots
//! and answers are never read here: an erasure leaves the head where it is, so a replica that
//! still has them could not be told from one that may.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use raally_app::ports::Connections;
use raally_domain::event::Head;
use raally_domain::ids::TenantId;
use tokio::time::Instant;
use tokio_postgres::Row;

use crate::config::{Config, place};
use crate::migrate::OpenError;
use crate::pool::{Params, Pool};

/// How long a replica that failed is left alone.
const BACKOFF: Duration = Duration::from_secs(2);

/// So many tenants are remembered; the reads of others go to the primary until they are seen again.
const TENANTS: usize = 100_000;

pub(crate) struct Replica {
    pool: Pool,
    seen: Mutex<HashMap<TenantId, Head>>,
    rests_until: Mutex<Option<Instant>>,
    answered: AtomicU64,
}

impl Replica {
    /// Connections are made when they are needed: a replica that is away keeps nobody waiting.
    pub(crate) fn new(
        config: &Config,
        server: &tokio_postgres::Config,
    ) -> Result<Replica, OpenError> {
        let session = config.session(server);
        let pool = Pool::new(config, session).map_err(|reason| OpenError::Failed {
            place: place(server),
            reason,
        })?;
        Ok(Replica {
            pool,
            seen: Mutex::default(),
            rests_until: Mutex::default(),
            answered: AtomicU64::new(0),
        })
    }

    pub(crate) fn connections(&self) -> Connections {
        self.pool.use_of("replica")
    }

    pub(crate) fn saw(&self, tenant: TenantId, head: Head) {
        let mut seen = self.seen.lock();
        if seen.len() >= TENANTS && !seen.contains_key(&tenant) {
            seen.clear();
        }
        let known = seen.entry(tenant).or_insert(head);
        *known = head.max(*known);
    }

    pub(crate) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// `None`: the primary is to be asked.
    pub(crate) async fn read(
        &self,
        tenant: TenantId,
        sql: &str,
        params: Params<'_>,
    ) -> Option<Vec<Row>> {
        let head = self.seen.lock().get(&tenant).copied()?;
        if self
            .rests_until
            .lock()
            .is_some_and(|until| Instant::now() < until)
        {
            return None;
        }
        match self.pool.of(tenant).read_since(head, sql, params).await {
            Ok(rows) => {
                let answered = u64::from(rows.is_some());
                self.answered.fetch_add(answered, Ordering::Relaxed);
                rows
            }
            Err(fault) => {
                let error = self.pool.error(&fault);
                tracing::warn!(%error, "the replica did not answer; the primary is asked instead");
                *self.rests_until.lock() = Some(Instant::now() + BACKOFF);
                None
            }
        }
    }
}
