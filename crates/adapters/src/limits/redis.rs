use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use raally_app::ports::{LimitError, Rate, RateLimiter, Verdict};
use raally_domain::time::Moment;
use redis::Script;

use crate::cache::RedisLink;

/// `raally_app::ports::gcra`, where all instances see it. Microseconds since 1970 are whole numbers
/// in Lua's floating point until the year 2255. A key lives until its bucket is empty.
static STEP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local now, interval, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
         local before = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
         local ahead = before + interval - now
         if ahead > tolerance then return {0, 0, ahead - tolerance} end
         redis.call('SET', KEYS[1], string.format('%.0f', before + interval), 'PX', math.ceil(ahead / 1000) + 1000)
         return {1, math.floor((tolerance - ahead) / interval), 0}",
    )
});

/// Limits that all instances count together.
pub struct RedisLimiter {
    link: Arc<RedisLink>,
}

impl RedisLimiter {
    #[must_use]
    pub fn new(link: Arc<RedisLink>) -> RedisLimiter {
        RedisLimiter { link }
    }
}

#[async_trait]
impl RateLimiter for RedisLimiter {
    async fn check(&self, key: &str, rate: Rate, now: Moment) -> Result<Verdict, LimitError> {
        if rate.count == 0 {
            return Ok(raally_app::ports::gcra(None, rate, now).0);
        }
        let mut step = STEP.prepare_invoke();
        step.key(self.link.key(&format!("limit:{key}")));
        step.arg(now.micros());
        step.arg(rate.interval_micros());
        step.arg(rate.tolerance_micros());
        let answer: Result<(u8, u32, u64), _> = self.link.script(&step, true).await;
        let (allowed, remaining, wait_micros) =
            answer.map_err(|error| LimitError(error.to_string()))?;
        Ok(Verdict {
            allowed: allowed == 1,
            remaining,
            retry_after: Duration::from_micros(wait_micros),
        })
    }
}
