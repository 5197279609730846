//! What an operator may set about open tenants.

use std::time::Duration;

/// Limits and times of open tenants.
#[derive(Clone, Debug)]
pub struct TenantsConfig {
    /// A tenant used within this time is not evicted, however short memory is: who works in it would
    /// wait for it again and again.
    pub idle_after: Duration,
    /// A read asks the store whether another process wrote when the last look is older.
    pub max_staleness: Duration,
    /// How many requests may wait for a tenant's sequencer; more are told to come back.
    pub queue: usize,
    /// How many requests one commit takes at most.
    pub batch: usize,
    /// How long a caller waits for its write or its plan.
    pub timeout: Duration,
    /// How often a batch is decided again because another process wrote first.
    pub retries: u32,
    /// A snapshot is kept after that many events, of a large plan after more.
    pub snapshot_every: u64,
    /// How many announcements a live follower may lag before it reads them from the log.
    pub live_buffer: usize,
    /// A follower further behind (in events) is told to start over.
    pub live_backlog: u64,
}

impl Default for TenantsConfig {
    fn default() -> Self {
        TenantsConfig {
            idle_after: Duration::from_secs(2),
            max_staleness: Duration::from_secs(1),
            queue: 1024,
            batch: 256,
            timeout: Duration::from_secs(10),
            retries: 200,
            snapshot_every: 2_000,
            live_buffer: 1_024,
            live_backlog: 1_000,
        }
    }
}
