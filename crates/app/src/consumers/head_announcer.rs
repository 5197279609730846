//! Announces to every process where logs stand, also after writes whose process ended before it
//! could announce them itself.

use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

use super::{ConsumeError, Reactor, ReceivedEvent};
use crate::head_broadcast;
use crate::ports::Cache;

/// Announces the heads of logs as their events are relayed. What is cached is kept under its head,
/// so a process that has received a newer head asks the cache for nothing older.
pub struct HeadAnnouncer {
    cache: Arc<dyn Cache>,
}

impl HeadAnnouncer {
    /// Announces over that cache.
    #[must_use]
    pub fn new(cache: Arc<dyn Cache>) -> HeadAnnouncer {
        HeadAnnouncer { cache }
    }
}

#[async_trait]
impl Reactor for HeadAnnouncer {
    /// What it was called when its first offsets were kept.
    fn name(&self) -> &'static str {
        "cache-invalidator"
    }

    fn wants(&self, _: &str) -> bool {
        true
    }

    fn is_idempotent(&self) -> bool {
        true
    }

    async fn react(&self, event: &ReceivedEvent<'_>) -> Result<(), ConsumeError> {
        let message = event.message;
        // Accounts are cached nowhere.
        let Some(tenant) = message.stream.tenant() else {
            return Ok(());
        };
        // Where the log stands is said with the last of those that wait.
        if event.is_followed {
            return Ok(());
        }
        let announced =
            head_broadcast::publish(&*self.cache, Uuid::nil(), tenant, message.seq).await;
        if let Err(error) = announced {
            // Other processes ask the store within a second; the stream must not wait.
            tracing::debug!(%tenant, seq = message.seq, %error, "a log's head could not be broadcast");
        }
        Ok(())
    }
}
