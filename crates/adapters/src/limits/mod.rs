//! Rate limits.

mod ahead;
mod memory;
#[cfg(feature = "redis")]
mod redis;

use std::sync::Arc;

use async_trait::async_trait;
use raally_app::ports::{Claim, LimitError, RateLimiter, Verdict};
use raally_domain::time::Timestamp;

pub use ahead::CountedAhead;
pub use memory::MemoryLimiter;
#[cfg(feature = "redis")]
pub use redis::RedisLimiter;

/// Counts with others as long as they can be reached, and by itself while they cannot.
pub struct OrLocal {
    shared: Arc<dyn RateLimiter>,
    local: MemoryLimiter,
}

impl OrLocal {
    #[must_use]
    pub fn new(shared: Arc<dyn RateLimiter>, local: MemoryLimiter) -> OrLocal {
        OrLocal { shared, local }
    }
}

#[async_trait]
impl RateLimiter for OrLocal {
    async fn check_all(&self, asked: &[Claim], now: Timestamp) -> Result<Vec<Verdict>, LimitError> {
        match self.shared.check_all(asked, now).await {
            Ok(verdicts) => Ok(verdicts),
            Err(error) => {
                tracing::debug!(%error, "Redis is away: rate limits are counted in this process alone");
                self.local.check_all(asked, now).await
            }
        }
    }
}
