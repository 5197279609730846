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

mod append;
mod audit;
mod config;
mod fault;
mod identity;
mod log;
mod migrate;
mod open;
mod pool;
mod provision;
mod rows;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod tls;

use std::time::Duration;

use raally_app::ports::StoreError;

pub use config::{Config, PasswordSource};
pub use migrate::{OpenError, migrate};
use pool::{Params, Platform, Pool, Reply};
pub use provision::{Provision, provision};

/// The store of one database. Clones share its connections.
#[derive(Clone)]
pub struct PostgresStore {
    primary: Pool,
    wait: Duration,
}

impl PostgresStore {
    /// Connects to a database whose schema is this program's or one step newer, as a role that
    /// row-level security binds.
    pub async fn connect(config: Config) -> Result<PostgresStore, OpenError> {
        let primary = open::open(&config, config.primary_session()).await?;
        Ok(PostgresStore {
            primary,
            wait: config.wait,
        })
    }

    async fn write(&self, sql: Platform, params: Params<'_>) -> Result<Reply, StoreError> {
        let reply = self.primary.write(sql, params).await;
        reply.map_err(|fault| self.primary.error(&fault))
    }
}
