//! How much of the processors each workspace has used of late.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use uuid::Uuid;

/// A workspace that has used no more than this beyond its rate is light.
pub(super) const LIGHT: Duration = Duration::from_millis(150);
/// So much of what it used is forgotten in a second: an eighth of a core is a rate that stays light.
const FORGOTTEN_EACH_SECOND: f64 = 0.125;
/// No more than this is held against anybody: after 16 s of quiet all are light again.
const MOST: Duration = Duration::from_secs(2);
/// From so many on, those of whom nothing is left are dropped.
const MAX_BUCKETS: usize = 4_096;

/// A leaky bucket of processor time for each workspace.
#[derive(Default)]
pub(super) struct Usage {
    buckets: Mutex<HashMap<Uuid, Bucket>>,
    /// How many works each has that have used much and are not done.
    long: Mutex<HashMap<Uuid, usize>>,
}

struct Bucket {
    used: Duration,
    at: Instant,
}

impl Bucket {
    /// What is left at that moment.
    fn left(&self, now: Instant) -> Duration {
        let since = now.saturating_duration_since(self.at);
        let forgotten = since.mul_f64(FORGOTTEN_EACH_SECOND);
        self.used.saturating_sub(forgotten)
    }
}

impl Usage {
    /// Whether it has used little of late.
    pub(super) fn is_light(&self, whose: Uuid) -> bool {
        if self.long.lock().contains_key(&whose) {
            return false;
        }
        let now = Instant::now();
        let buckets = self.buckets.lock();
        buckets.get(&whose).is_none_or(|b| b.left(now) <= LIGHT)
    }

    /// One of its works has used much, and is not done.
    pub(super) fn begin_long(&self, whose: Uuid) {
        *self.long.lock().entry(whose).or_default() += 1;
    }

    /// That one is done.
    pub(super) fn end_long(&self, whose: Uuid) {
        let mut long = self.long.lock();
        if let Some(works) = long.get_mut(&whose) {
            *works -= 1;
            if *works == 0 {
                long.remove(&whose);
            }
        }
    }

    /// Notes what a work of it used.
    pub(super) fn add(&self, whose: Uuid, used: Duration) {
        let now = Instant::now();
        let mut buckets = self.buckets.lock();
        if buckets.len() >= MAX_BUCKETS {
            buckets.retain(|_, bucket| !bucket.left(now).is_zero());
        }
        let bucket = buckets.entry(whose).or_insert(Bucket {
            used: Duration::ZERO,
            at: now,
        });
        *bucket = Bucket {
            used: (bucket.left(now) + used).min(MOST),
            at: now,
        };
    }
}

/// The processor time that this thread has had.
#[cfg(unix)]
pub(super) fn of_this_thread() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanos)
}

/// Elsewhere, how long it has been since the first call: what else ran meanwhile is counted too.
#[cfg(not(unix))]
pub(super) fn of_this_thread() -> Duration {
    use std::sync::OnceLock;
    static BEGAN: OnceLock<std::time::Instant> = OnceLock::new();
    BEGAN.get_or_init(std::time::Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_uses_much_is_light_again_after_a_while() {
        let (usage, greedy) = (Usage::default(), Uuid::from_u128(1));
        assert!(usage.is_light(greedy), "nothing is known of it");
        usage.add(greedy, LIGHT);
        assert!(usage.is_light(greedy));
        usage.add(greedy, Duration::from_millis(1));
        assert!(!usage.is_light(greedy));
        assert!(usage.is_light(Uuid::from_u128(2)), "others are not meant");
        // However much it was.
        usage.add(greedy, Duration::from_secs(1_000));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert!(!usage.is_light(greedy));
        tokio::time::advance(Duration::from_secs(6)).await;
        assert!(usage.is_light(greedy));
    }

    #[tokio::test(start_paused = true)]
    async fn what_works_steadily_at_a_low_rate_stays_light() {
        let (usage, steady) = (Usage::default(), Uuid::from_u128(1));
        for _ in 0..1_000 {
            usage.add(steady, Duration::from_millis(4));
            assert!(usage.is_light(steady));
            tokio::time::advance(Duration::from_millis(40)).await;
        }
    }

    #[test]
    fn work_is_counted_and_waiting_is_not() {
        let before = of_this_thread();
        std::thread::sleep(Duration::from_millis(50));
        let waited = of_this_thread() - before;
        let mut sum = 0_u64;
        while of_this_thread() - before < Duration::from_millis(20) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        #[cfg(unix)]
        assert!(waited < Duration::from_millis(20), "{waited:?}");
        let _ = waited;
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_a_work_that_takes_long_is_not_light_until_it_is_done() {
        let (usage, greedy) = (Usage::default(), Uuid::from_u128(1));
        usage.begin_long(greedy);
        usage.begin_long(greedy);
        usage.end_long(greedy);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(!usage.is_light(greedy) && usage.is_light(Uuid::from_u128(2)));
        usage.end_long(greedy);
        assert!(usage.is_light(greedy));
    }
}
