use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::try_join_all;
use raally_app::ports::{Claim, LimitError, RateLimiter, Verdict, gcra};
use raally_domain::time::Timestamp;
use redis::Script;

use crate::cache::RedisLink;

/// `raally_app::ports::gcra` for each key, where all instances see it. Microseconds since 1970 are
/// whole numbers in Lua's floating point until the year 2255. A key lives until its bucket is empty.
static STEP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local now, verdicts = tonumber(ARGV[1]), {}
         for n, key in ipairs(KEYS) do
             local interval, tolerance, times = tonumber(ARGV[3 * n - 1]), tonumber(ARGV[3 * n]), tonumber(ARGV[3 * n + 1])
             local before = math.max(tonumber(redis.call('GET', key) or now), now)
             local left = tolerance - (before - now)
             local fit = math.max(math.floor(left / interval), 0)
             local counted = math.min(times, fit)
             if counted == 0 then
                 verdicts[n] = {0, 0, interval - left}
             else
                 local after = before + counted * interval
                 redis.call('SET', key, string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1000)
                 verdicts[n] = {counted, fit - counted, 0}
             end
         end
         return verdicts",
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

    /// Counts under keys that lie on one server, in one call.
    async fn together(&self, asked: &[Claim], now: Timestamp) -> Result<Vec<Verdict>, LimitError> {
        let mut step = STEP.prepare_invoke();
        step.arg(now.micros());
        for Claim { key, rate, times } in asked {
            step.key(self.link.key(&format!("limit:{key}")));
            step.arg(rate.interval_micros());
            // A rate of none lets nothing in, and leaves no key.
            let none = rate.count == 0;
            step.arg(if none { -1 } else { rate.tolerance_micros() });
            step.arg((*times).max(1));
        }
        let answers: Result<Vec<(u32, u32, u64)>, _> = self.link.script(&step, true).await;
        let answers = answers.map_err(|error| LimitError(error.to_string()))?;
        if answers.len() != asked.len() {
            return Err(LimitError("not everything was counted".to_owned()));
        }
        let verdict = |((counted, remaining, wait), claim): ((u32, u32, u64), &Claim)| {
            if claim.rate.count == 0 {
                return gcra(None, claim.rate, 1, now).0;
            }
            Verdict {
                counted,
                remaining,
                retry_after: Duration::from_micros(wait),
            }
        };
        Ok(answers.into_iter().zip(asked).map(verdict).collect())
    }
}

#[async_trait]
impl RateLimiter for RedisLimiter {
    async fn check_all(&self, asked: &[Claim], now: Timestamp) -> Result<Vec<Verdict>, LimitError> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        if !self.link.is_cluster() {
            return self.together(asked, now).await;
        }
        // A script's keys lie on one node; these lie on any.
        let each = asked.chunks(1).map(|one| self.together(one, now));
        Ok(try_join_all(each).await?.concat())
    }
}
