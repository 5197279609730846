//! The cache on Redis 7 or later, a single server or a cluster. A call waits for a fraction of a
//! second at most; where Redis is away, calls fail at once and it is asked again after a pause.

mod announcements;
mod link;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use raally_app::ports::{Cache, CacheError};
use raally_domain::time::Timestamp;
use redis::{RedisError, RedisResult, Script, cmd};
use tokio::sync::broadcast;

use announcements::Announcements;
pub use link::{RedisLink, RedisSettings};

/// Adds to a counter whose life begins with its first increment.
static INCREMENT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local count = redis.call('INCRBY', KEYS[1], ARGV[1])
         if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
         return count",
    )
});

/// Tells everybody who listens on the channel. A script, since a cluster sends a script to the node
/// that owns its key: announcements on a channel all come from one node and keep their order.
static PUBLISH: LazyLock<Script> =
    LazyLock::new(|| Script::new("return redis.call('PUBLISH', KEYS[1], ARGV[1])"));

/// Larger values are put over a connection of their own, so that nothing small waits behind them.
const SMALL: usize = 8 * 1024;

pub struct RedisCache {
    link: Arc<RedisLink>,
    /// For values that are not small.
    bulk: Arc<RedisLink>,
    announcements: Announcements,
    /// Tells this process from others, and one word of its own from another.
    name: String,
    marks: AtomicU64,
}

#[expect(clippy::needless_pass_by_value, reason = "map_err gives it by value")]
fn unavailable(error: RedisError) -> CacheError {
    CacheError::Unavailable(error.to_string())
}

/// Redis knows no life of no length.
fn life_ms(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).map_or(i64::MAX.unsigned_abs(), |ms| ms.max(1))
}

impl RedisCache {
    /// `name` is this process's alone. Must be called inside a Tokio runtime: it starts the task
    /// that listens.
    #[must_use]
    pub fn new(link: Arc<RedisLink>, name: &str) -> RedisCache {
        let announcements = Announcements::new(Arc::clone(&link));
        RedisCache {
            bulk: link.beside(),
            link,
            announcements,
            name: name.to_owned(),
            marks: AtomicU64::new(0),
        }
    }

    async fn publish(&self, channel: &str, payload: &[u8]) -> RedisResult<()> {
        let mut script = PUBLISH.prepare_invoke();
        script.key(channel).arg(payload);
        let heard_by: RedisResult<u64> = self.link.script(&script, false).await;
        heard_by.map(|_| ())
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let mut command = cmd("GET");
        command.arg(self.link.key(key));
        let value: Option<Vec<u8>> = self
            .link
            .query(&command, false)
            .await
            .map_err(unavailable)?;
        Ok(value.map(Bytes::from))
    }

    async fn put(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), CacheError> {
        let mut command = cmd("SET");
        command.arg(self.link.key(key)).arg(&value[..]);
        command.arg("PX").arg(life_ms(ttl));
        let link = if value.len() > SMALL {
            &self.bulk
        } else {
            &self.link
        };
        link.query(&command, false).await.map_err(unavailable)
    }

    async fn put_if_absent(
        &self,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> Result<bool, CacheError> {
        let mut command = cmd("SET");
        command.arg(self.link.key(key)).arg(&value[..]);
        command.arg("NX").arg("PX").arg(life_ms(ttl));
        let kept: Option<String> = self.link.query(&command, true).await.map_err(unavailable)?;
        Ok(kept.is_some())
    }

    async fn remove(&self, key: &str) -> Result<(), CacheError> {
        let mut command = cmd("UNLINK");
        command.arg(self.link.key(key));
        self.link.query(&command, false).await.map_err(unavailable)
    }

    async fn increment(&self, key: &str, by: u64, ttl: Duration) -> Result<u64, CacheError> {
        let mut script = INCREMENT.prepare_invoke();
        script.key(self.link.key(key));
        script.arg(i64::try_from(by).unwrap_or(i64::MAX));
        script.arg(life_ms(ttl));
        self.link.script(&script, true).await.map_err(unavailable)
    }

    async fn server_time(&self) -> Result<Option<Timestamp>, CacheError> {
        let told: (i64, i64) = self
            .link
            .query(&cmd("TIME"), false)
            .await
            .map_err(unavailable)?;
        Ok(Some(Timestamp::from_micros(told.0 * 1_000_000 + told.1)))
    }

    async fn announce(&self, channel: &str, payload: Bytes) -> Result<(), CacheError> {
        let channel = self.link.key(channel);
        let published = self.publish(&channel, &payload).await;
        published.map_err(unavailable)
    }

    /// Where Redis is away, the answer comes all the same, and hears as soon as it is back.
    async fn listen(&self, channel: &str) -> Result<broadcast::Receiver<Bytes>, CacheError> {
        let timeout = self.link.settings.timeout;
        let channel = self.link.key(channel);
        let _open = self.announcements.begin(&channel, timeout).await;
        // What was announced before may still be on its way, in a cluster from another node. A
        // word of our own comes after it: by the braces its channel is the same node's.
        let number = self.marks.fetch_add(1, Ordering::Relaxed);
        let mark = format!("{{{channel}}}/{}/{number}", self.name);
        let mut marks = self.announcements.begin(&mark, timeout).await;
        if self.publish(&mark, b"").await.is_ok() {
            let _ = tokio::time::timeout(timeout, marks.recv()).await;
        }
        self.announcements.leave(mark);
        Ok(self.announcements.hear(&channel))
    }
}
