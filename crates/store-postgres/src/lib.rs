//! Store and Identity on PostgreSQL 15 and later.
//!
//! Tenants are kept apart by row-level security, and by the types here: [`pool`] has a tenant's
//! scope, and statements that are known when they are compiled to touch no tenant's table. There
//! is no third way to the server.
//!
//! What a database needs: an owner, who runs [`migrate`], and a login that is a member of
//! `raally_app`, with which [`PostgresStore::connect`] connects. [`provision`] makes both.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test may panic where it stands")
)]

mod accounts;
mod append;
mod audit;
mod audit_store;
mod config;
mod deletion;
mod epochs;
mod fault;
mod identity;
mod log;
mod migrate;
mod notifications;
mod open;
mod platform;
mod pool;
mod provision;
mod replica;
mod reporting;
mod rows;
mod sagas;
mod store;
mod store_metrics;
#[cfg(feature = "testing")]
pub mod testing;
mod tls;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use raally_app::ports::StoreError;
use raally_domain::event::Head;
use raally_domain::ids::TenantId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::Row;

pub use config::{Config, PasswordSource};
pub use migrate::{OpenError, migrate};
use platform::Platform;
use pool::{Params, Pool, Reply};
pub use provision::{Provision, provision};
use replica::Replica;

/// The store of one database. Clones share its connections.
#[derive(Clone)]
pub struct PostgresStore {
    primary: Pool,
    replica: Option<Arc<Replica>>,
    wait: Duration,
    background: Arc<Semaphore>,
}

impl PostgresStore {
    /// Connects to a database whose schema is this program's or one step newer, as a role that
    /// row-level security binds.
    pub async fn connect(config: Config) -> Result<PostgresStore, OpenError> {
        let primary = open::open(&config, config.primary_session()).await?;
        let replica = match &config.replica {
            Some(server) => Some(Arc::new(Replica::new(&config, server)?)),
            None => None,
        };
        Ok(PostgresStore {
            primary,
            replica,
            wait: config.wait,
            background: Arc::new(Semaphore::new(config.background.max(1))),
        })
    }

    /// A turn of what runs in the background. An event sets off each consumer at once, and a burst of
    /// events all of them in each workspace: without turns these would have every connection, and
    /// the server's processors, while people wait.
    async fn background_turn(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        Arc::clone(&self.background).acquire_owned().await.ok()
    }

    /// How many reads the replica has answered.
    #[must_use]
    pub fn answered_by_replica(&self) -> u64 {
        self.replica
            .as_ref()
            .map_or(0, |replica| replica.answered())
    }

    /// A read that may go to a replica which has reached what this process has seen of the log.
    async fn read_anywhere(
        &self,
        tenant: TenantId,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        if let Some(replica) = &self.replica
            && let Some(rows) = replica.read(tenant, sql, params).await
        {
            return Ok(rows);
        }
        self.primary.of(tenant).read(sql, params).await
    }

    fn saw(&self, tenant: TenantId, head: Head) {
        if let Some(replica) = &self.replica {
            replica.saw(tenant, head);
        }
    }

    async fn write(&self, sql: Platform, params: Params<'_>) -> Result<Reply, StoreError> {
        let reply = self.primary.write(sql, params).await;
        reply.map_err(|fault| self.primary.error(&fault))
    }
}
