//! The contract suites of Cache and RateLimiter on Redis, a single server and a cluster.

use std::sync::Arc;
use std::time::Duration;

use raally_adapters::cache::{RedisCache, RedisLink, RedisSettings};
use raally_adapters::limits::RedisLimiter;
use raally_app::contract::{cache, limits};

/// Each case has keys and channels of its own. A busy machine is waited for longer than production would.
fn link(addresses: &str, cluster: bool) -> Arc<RedisLink> {
    let settings = RedisSettings {
        addresses: addresses.split(',').map(str::to_owned).collect(),
        cluster,
        prefix: format!("{}:", crate::support::fresh_name()),
        timeout: Duration::from_secs(5),
        ..RedisSettings::new("")
    };
    RedisLink::new(settings).unwrap()
}

fn cache_subject(link: Arc<RedisLink>) -> cache::Subject {
    cache::Subject {
        cache: Arc::new(RedisCache::new(link, &crate::support::fresh_name())),
        pass: Box::new(|time| Box::pin(tokio::time::sleep(time))),
        // Half of it is what a busy machine may take between two calls.
        unit: Duration::from_secs(3),
        keep: Box::new(()),
    }
}

fn limits_subject(link: Arc<RedisLink>) -> limits::Subject {
    limits::Subject {
        limiter: Arc::new(RedisLimiter::new(link)),
    }
}

mod single {
    use super::*;

    fn single() -> Arc<RedisLink> {
        link(&crate::support::engine("RAALLY_TEST_REDIS"), false)
    }

    mod cache {
        async fn fresh() -> raally_app::contract::cache::Subject {
            super::super::cache_subject(super::single())
        }
        raally_app::cache_contract!(fresh);
    }

    mod limits {
        async fn fresh() -> raally_app::contract::limits::Subject {
            super::super::limits_subject(super::single())
        }
        raally_app::limits_contract!(fresh);
    }
}

mod cluster {
    use super::*;

    fn cluster() -> Arc<RedisLink> {
        link(&crate::support::engine("RAALLY_TEST_REDIS_CLUSTER"), true)
    }

    mod cache {
        async fn fresh() -> raally_app::contract::cache::Subject {
            super::super::cache_subject(super::cluster())
        }
        raally_app::cache_contract!(fresh);
    }

    mod limits {
        async fn fresh() -> raally_app::contract::limits::Subject {
            super::super::limits_subject(super::cluster())
        }
        raally_app::limits_contract!(fresh);
    }
}
