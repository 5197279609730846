//! The contract suite of RateLimiter inside one process, and what is done while Redis is away.

use std::sync::Arc;
use std::time::Duration;

use raally_adapters::cache::{RedisLink, RedisSettings};
use raally_adapters::limits::{CountedAhead, MemoryLimiter, OrLocal, RedisLimiter};
use raally_app::contract::limits::Subject;

mod memory {
    use super::*;

    async fn fresh() -> Subject {
        Subject {
            limiter: Arc::new(MemoryLimiter::new(10_000)),
        }
    }
    raally_app::limits_contract!(fresh);
}

mod counted_ahead {
    use super::*;

    async fn fresh() -> Subject {
        let far = Arc::new(MemoryLimiter::new(10_000));
        Subject {
            limiter: Arc::new(CountedAhead::new(far, 10_000)),
        }
    }
    raally_app::limits_contract!(fresh);
}

mod local_while_redis_is_away {
    use super::*;

    /// Nothing listens on port 1.
    async fn fresh() -> Subject {
        let settings = RedisSettings {
            pause: Duration::from_secs(60),
            ..RedisSettings::new("redis://127.0.0.1:1/0")
        };
        let shared = RedisLimiter::new(RedisLink::new(settings).unwrap());
        Subject {
            limiter: Arc::new(OrLocal::new(Arc::new(shared), MemoryLimiter::new(10_000))),
        }
    }
    raally_app::limits_contract!(fresh);
}
