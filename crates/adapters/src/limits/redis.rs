use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::try_join_all;
use raally_app::ports::{LimitError, Rate, RateLimiter, Verdict};
use raally_domain::time::Timestamp;
use redis::Script;

use crate::cache::RedisLink;

/// `raally_app::ports::gcra` for each key, where all instances see it. Microseconds since 1970 are
/// whole numbers in Lua's floating point until the year 2255. A key lives until its bucket is empty.
static STEP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local now, verdicts = tonumber(ARGV[1]), {}
         for n, key in ipairs(KEYS) do
             local interval, tolerance = tonumber(ARGV[2 * n]), tonumber(ARGV[2 * n + 1])
             local before = math.max(tonumber(redis.call('GET', key) or now), now)
             local ahead = before + interval - now
             if ahead > tolerance then
                 verdicts[n] = {0, 0, ahead - tolerance}
             else
                 redis.call('SET', key, string.format('%.0f', before + interval), 'PX', math.ceil(ahead / 1000) + 1000)
                 verdicts[n] = {1, math.floor((tolerance - ahead) / interval), 0}
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
    async fn together(
        &self,
        asked: &[(String, Rate)],
        now: Timestamp,
    ) -> Result<Vec<Verdict>, LimitError> {
        let mut step = STEP.prepare_invoke();
        step.arg(now.micros());
        for (key, rate) in asked {
            step.key(self.link.key(&format!("limit:{key}")));
            step.arg(rate.interval_micros());
            // A rate of none lets nothing in, and leaves no key.
            let none = rate.count == 0;
            step.arg(if none { -1 } else { rate.tolerance_micros() });
        }
        let answers: Result<Vec<(u8, u32, u64)>, _> = self.link.script(&step, true).await;
        let answers = answers.map_err(|error| LimitError(error.to_string()))?;
        if answers.len() != asked.len() {
            return Err(LimitError("not everything was counted".to_owned()));
        }
        let verdict = |((allowed, remaining, wait), (_, rate)): ((u8, u32, u64), &(_, Rate))| {
            if rate.count == 0 {
                return raally_app::ports::gcra(None, *rate, now).0;
            }
            Verdict {
                allowed: allowed == 1,
                remaining,
                retry_after: Duration::from_micros(wait),
            }
        };
        Ok(answers.into_iter().zip(asked).map(verdict).collect())
    }
}

#[async_trait]
impl RateLimiter for RedisLimiter {
    async fn check_all(
        &self,
        asked: &[(String, Rate)],
        now: Timestamp,
    ) -> Result<Vec<Verdict>, LimitError> {
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
