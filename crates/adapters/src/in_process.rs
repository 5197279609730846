//! Everything in this process: what a server uses where no engine is configured, and all that
//! commands and tests need which talk to nobody but a database.

use std::sync::Arc;

use async_trait::async_trait;
use raally_app::ports::{Clock, Ids, WebhookClient, WebhookClientError};
use raally_app::services::Adapters;

use crate::bus::{MemoryBus, Options};
use crate::cache::MemoryCache;
use crate::limits::MemoryLimiter;
use crate::mail::LogMailer;

/// How much the cache may hold.
const CACHE_BYTES: u64 = 32 << 20;
/// Of how many keys rate limits are remembered.
pub const LIMITED_KEYS: u64 = 100_000;

/// Bus, cache and limits in memory, mail to the log, and webhooks to nobody.
#[must_use]
pub fn in_process(clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Adapters {
    Adapters {
        bus: Arc::new(MemoryBus::new(Options::default())),
        cache: Arc::new(MemoryCache::new(Arc::clone(&clock), CACHE_BYTES)),
        limits: Arc::new(MemoryLimiter::new(LIMITED_KEYS)),
        mailer: Arc::new(LogMailer),
        webhook_client: Arc::new(OfflineWebhookClient),
        clock,
        ids,
    }
}

/// Posts nowhere: for processes that send no webhooks.
struct OfflineWebhookClient;

#[async_trait]
impl WebhookClient for OfflineWebhookClient {
    fn check(&self, _: &str) -> Result<(), String> {
        Err("this process sends no webhooks".to_owned())
    }

    async fn post(
        &self,
        _: &str,
        _: &[(&'static str, String)],
        _: String,
    ) -> Result<u16, WebhookClientError> {
        Err(WebhookClientError(
            "this process sends no webhooks".to_owned(),
        ))
    }
}
