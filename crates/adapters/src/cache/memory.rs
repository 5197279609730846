use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use moka::ops::compute::{CompResult, Op};
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Moka;
use parking_lot::Mutex;
use raally_app::ports::{Cache, CacheError, Clock};
use raally_domain::time::Timestamp;
use tokio::sync::broadcast;

/// How many announcements a slow subscriber may be behind.
const ANNOUNCEMENTS: usize = 1024;

/// A cache inside one process, of bounded size; what was used longest ago goes first.
pub struct MemoryCache {
    clock: Arc<dyn Clock>,
    entries: Moka<String, Entry>,
    channels: Mutex<HashMap<String, broadcast::Sender<Bytes>>>,
}

#[derive(Clone)]
struct Entry {
    value: Value,
    ttl: Duration,
    /// Not there any more from then on.
    expires: Timestamp,
}

#[derive(Clone)]
enum Value {
    Bytes(Bytes),
    Counter(u64),
}

/// Frees the memory of entries that nobody asks for; what is expired is decided by our clock.
struct Free;

impl moka::Expiry<String, Entry> for Free {
    fn expire_after_create(&self, _: &String, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.ttl)
    }
    fn expire_after_update(
        &self,
        _: &String,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.ttl)
    }
}

impl MemoryCache {
    /// Holds at most about `max_bytes` of keys and values.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, max_bytes: u64) -> MemoryCache {
        let entries = Moka::builder()
            .max_capacity(max_bytes)
            .weigher(|key: &String, entry: &Entry| {
                let value = match &entry.value {
                    Value::Bytes(bytes) => bytes.len(),
                    Value::Counter(_) => 8,
                };
                // What an entry costs beside its bytes, roughly.
                u32::try_from(key.len() + value + 160).unwrap_or(u32::MAX)
            })
            .eviction_policy(EvictionPolicy::lru())
            .expire_after(Free)
            .build();
        MemoryCache {
            clock,
            entries,
            channels: Mutex::default(),
        }
    }

    fn entry(&self, value: Value, ttl: Duration) -> Entry {
        let ttl_micros = i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX);
        Entry {
            value,
            ttl,
            expires: Timestamp::from_micros(self.clock.now().micros().saturating_add(ttl_micros)),
        }
    }

    fn lives(&self, entry: &Entry) -> bool {
        self.clock.now() < entry.expires
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let entry = self.entries.get(key).filter(|entry| self.lives(entry));
        Ok(entry.map(|entry| match entry.value {
            Value::Bytes(bytes) => bytes,
            Value::Counter(n) => Bytes::from(n.to_string()),
        }))
    }

    async fn put(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), CacheError> {
        self.entries
            .insert(key.to_owned(), self.entry(Value::Bytes(value), ttl));
        Ok(())
    }

    async fn put_if_absent(
        &self,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> Result<bool, CacheError> {
        let result = self
            .entries
            .entry(key.to_owned())
            .and_compute_with(|there| match there {
                Some(there) if self.lives(there.value()) => Op::Nop,
                _ => Op::Put(self.entry(Value::Bytes(value), ttl)),
            });
        Ok(!matches!(
            result,
            CompResult::Unchanged(_) | CompResult::StillNone(_)
        ))
    }

    async fn remove(&self, key: &str) -> Result<(), CacheError> {
        self.entries.invalidate(key);
        Ok(())
    }

    async fn increment(&self, key: &str, by: u64, ttl: Duration) -> Result<u64, CacheError> {
        let mut count = by;
        self.entries
            .entry(key.to_owned())
            .and_compute_with(|there| {
                let living = there.map(moka::Entry::into_value);
                match living.filter(|entry| self.lives(entry)) {
                    Some(Entry {
                        value: Value::Counter(n),
                        ttl,
                        expires,
                    }) => {
                        count = n.saturating_add(by);
                        Op::Put(Entry {
                            value: Value::Counter(count),
                            ttl,
                            expires,
                        })
                    }
                    _ => Op::Put(self.entry(Value::Counter(by), ttl)),
                }
            });
        Ok(count)
    }

    async fn announce(&self, channel: &str, payload: Bytes) -> Result<(), CacheError> {
        let mut channels = self.channels.lock();
        if let Some(listeners) = channels.get(channel)
            && listeners.send(payload).is_err()
        {
            channels.remove(channel);
        }
        Ok(())
    }

    async fn listen(&self, channel: &str) -> Result<broadcast::Receiver<Bytes>, CacheError> {
        let mut channels = self.channels.lock();
        channels.retain(|_, listeners| listeners.receiver_count() > 0);
        Ok(channels
            .entry(channel.to_owned())
            .or_insert_with(|| broadcast::channel(ANNOUNCEMENTS).0)
            .subscribe())
    }
}
