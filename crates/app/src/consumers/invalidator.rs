//! Tells every process where logs stand, also of writes whose writer ended before it could.

use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

use super::{Consumer, Effect, Given, Refusal};
use crate::heads;
use crate::ports::Cache;

/// Announces the heads of logs as their events are relayed. What is cached is kept under its head,
/// so that a process which has heard of a new one asks for nothing older.
pub struct CacheInvalidator {
    cache: Arc<dyn Cache>,
}

impl CacheInvalidator {
    #[must_use]
    pub fn new(cache: Arc<dyn Cache>) -> CacheInvalidator {
        CacheInvalidator { cache }
    }
}

#[async_trait]
impl Consumer for CacheInvalidator {
    fn name(&self) -> &'static str {
        "cache-invalidator"
    }

    fn wants(&self, _: &str) -> bool {
        true
    }

    /// A head that is told again does no harm.
    fn keeps_its_place(&self) -> bool {
        true
    }

    async fn handle(&self, given: &Given<'_>) -> Result<Effect, Refusal> {
        let message = given.message;
        // Accounts are cached nowhere.
        let Some(tenant) = message.stream.tenant() else {
            return Ok(Effect::Repeatable);
        };
        let told = heads::tell(&*self.cache, Uuid::nil(), tenant, message.seq).await;
        if let Err(error) = told {
            // Who hears nothing looks by itself within a second; the stream must not wait.
            tracing::debug!(%error, "a head was not announced");
        }
        Ok(Effect::Repeatable)
    }
}
