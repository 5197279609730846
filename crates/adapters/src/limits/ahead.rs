use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Moka;
use raally_app::ports::{Claim, LimitError, RateLimiter, Verdict};
use raally_domain::time::Timestamp;

/// What was counted ahead is used within so many microseconds, or is lost.
const KEPT: i64 = 1_000_000;
/// At most so many times are counted ahead under a key.
const MOST: u32 = 32;
/// At most this part of what remains: near its bound a key is counted exactly, and what is lost of
/// what was counted ahead is little.
const PART: u32 = 16;
/// While somebody asks ahead, others ask for themselves alone; whoever gave up is waited for as long.
const ASKING: i64 = 250_000;

/// Asks a limiter that is far away for the next few times as well, where somebody asks often: half
/// as many again as were used up within a second. Never allows more than that limiter does; less by
/// what was counted ahead and not used.
pub struct CountedAhead {
    far: Arc<dyn RateLimiter>,
    hands: Moka<String, Arc<Mutex<Hand>>>,
}

/// What one key has in hand.
#[derive(Clone, Copy, Default)]
struct Hand {
    /// Counted ahead and not used.
    held: u32,
    /// How many were counted when it was filled, those wanted at once among them.
    counted: u32,
    /// Until when they may be used, in microseconds since 1970.
    until: i64,
    /// How many more there were then.
    remaining: u32,
    /// Since when somebody asks ahead.
    asking: Option<i64>,
}

impl Hand {
    /// Takes what is asked for out of the hand.
    fn take(&mut self, times: u32, now: i64) -> Option<Verdict> {
        if !self.fresh(now) || self.held < times {
            return None;
        }
        self.held -= times;
        Some(Verdict {
            counted: times,
            remaining: self.remaining.saturating_add(self.held),
            retry_after: Duration::ZERO,
        })
    }

    /// How many to ask for where so many are wanted now; `None` where somebody asks ahead already.
    fn fill(&mut self, times: u32, now: i64) -> Option<u32> {
        let asking = |since: i64| (since..since + ASKING).contains(&now);
        if self.asking.is_some_and(asking) {
            return None;
        }
        self.asking = Some(now);
        let used = self.counted.saturating_sub(self.held);
        let next = if self.fresh(now) {
            used.saturating_add(used / 2 + 1)
        } else {
            used
        };
        Some(next.min(MOST).min(self.remaining / PART).max(times))
    }

    /// Keeps what was counted beyond what was wanted now.
    fn filled(&mut self, times: u32, verdict: Verdict, now: i64) -> Verdict {
        let mine = verdict.counted.min(times);
        *self = Hand {
            held: verdict.counted - mine,
            counted: verdict.counted,
            until: now.saturating_add(KEPT),
            remaining: verdict.remaining,
            asking: None,
        };
        Verdict {
            counted: mine,
            remaining: verdict.remaining.saturating_add(self.held),
            ..verdict
        }
    }

    /// A clock that went back makes nothing last longer.
    fn fresh(&self, now: i64) -> bool {
        (self.until.saturating_sub(KEPT)..self.until).contains(&now)
    }
}

impl CountedAhead {
    /// Holds so many keys; what is counted ahead of those not used for longest is lost first.
    #[must_use]
    pub fn new(far: Arc<dyn RateLimiter>, keys: u64) -> CountedAhead {
        let hands = Moka::builder()
            .max_capacity(keys)
            .eviction_policy(EvictionPolicy::lru());
        CountedAhead {
            far,
            hands: hands.build(),
        }
    }

    fn hand<T>(&self, key: &str, then: impl FnOnce(&mut Hand) -> T) -> T {
        let hand = self.hands.entry_by_ref(key).or_default().into_value();
        let mut hand = hand.lock().unwrap_or_else(PoisonError::into_inner);
        then(&mut hand)
    }
}

#[async_trait]
impl RateLimiter for CountedAhead {
    async fn check_all(&self, asked: &[Claim], now: Timestamp) -> Result<Vec<Verdict>, LimitError> {
        let micros = now.micros();
        let mut verdicts = Vec::with_capacity(asked.len());
        // What is not in hand, with its place among all and whether the hand is filled with it.
        let (mut far, mut places) = (Vec::new(), Vec::new());
        for (place, claim) in asked.iter().enumerate() {
            let times = claim.times.max(1);
            let (taken, fill) = self.hand(&claim.key, |hand| match hand.take(times, micros) {
                Some(taken) => (Some(taken), None),
                None => (None, hand.fill(times, micros)),
            });
            if taken.is_none() {
                far.push(Claim {
                    times: fill.unwrap_or(times),
                    ..claim.clone()
                });
                places.push((place, fill.is_some()));
            }
            verdicts.push(taken);
        }
        if !far.is_empty() {
            let counted = self.far.check_all(&far, now).await?;
            for ((place, fills), verdict) in places.into_iter().zip(counted) {
                let Claim { key, times, .. } = &asked[place];
                verdicts[place] = Some(if fills {
                    self.hand(key, |hand| hand.filled((*times).max(1), verdict, micros))
                } else {
                    verdict
                });
            }
        }
        let all: Option<Vec<Verdict>> = verdicts.into_iter().collect();
        all.ok_or_else(|| LimitError("not everything was counted".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use raally_app::ports::Rate;

    use super::*;
    use crate::limits::MemoryLimiter;

    const RATE: Rate = Rate {
        count: 600,
        period: Duration::from_secs(60),
        burst: 600,
    };

    /// A far limiter, with how often it was asked.
    struct Far {
        limiter: MemoryLimiter,
        calls: AtomicU32,
    }

    #[async_trait]
    impl RateLimiter for Far {
        async fn check_all(
            &self,
            asked: &[Claim],
            now: Timestamp,
        ) -> Result<Vec<Verdict>, LimitError> {
            self.calls.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            self.limiter.check_all(asked, now).await
        }
    }

    fn subject() -> (Arc<Far>, CountedAhead) {
        let far = Arc::new(Far {
            limiter: MemoryLimiter::new(100),
            calls: AtomicU32::new(0),
        });
        let ahead = CountedAhead::new(Arc::clone(&far) as Arc<dyn RateLimiter>, 100);
        (far, ahead)
    }

    /// So many milliseconds after a Monday's midnight.
    fn at(ms: i64) -> Timestamp {
        Timestamp::from_micros(1_772_409_600_000_000 + ms * 1000)
    }

    async fn allowed(ahead: &CountedAhead, ms: i64) -> bool {
        ahead.check("a", RATE, at(ms)).await.unwrap().allowed()
    }

    #[tokio::test]
    async fn whoever_asks_often_asks_the_far_limiter_seldom() {
        let (far, ahead) = subject();
        for n in 0..200 {
            assert!(allowed(&ahead, n * 10).await);
        }
        let calls = far.calls.load(Ordering::SeqCst);
        assert!(calls <= 20, "{calls} calls for 200 requests");
    }

    #[tokio::test]
    async fn whoever_asks_seldom_is_counted_as_often_as_they_ask() {
        let (_, ahead) = subject();
        let mut remaining = 0;
        for n in 0..20 {
            let verdict = ahead.check("a", RATE, at(n * 1_000)).await.unwrap();
            assert!(verdict.allowed());
            remaining = verdict.remaining;
        }
        // Ten a second leak: one a second leaves no trace.
        assert_eq!(remaining, 599);
    }

    #[tokio::test]
    async fn a_flood_gets_as_many_as_without_it() {
        let (far, ahead) = subject();
        let mut got = 0;
        for _ in 0..2_000 {
            got += u32::from(allowed(&ahead, 0).await);
        }
        assert_eq!(got, 600, "within {:?} calls", far.calls);
    }

    #[tokio::test]
    async fn many_at_once_get_as_many_as_without_it() {
        let (_, ahead) = subject();
        let ahead = Arc::new(ahead);
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let ahead = Arc::clone(&ahead);
            running.spawn(async move {
                let mut got = 0;
                for _ in 0..40 {
                    got += u32::from(allowed(&ahead, 0).await);
                    tokio::task::yield_now().await;
                }
                got
            });
        }
        assert_eq!(running.join_all().await.into_iter().sum::<u32>(), 600);
    }

    #[tokio::test]
    async fn what_was_counted_ahead_does_not_outlast_a_second() {
        let (far, ahead) = subject();
        for _ in 0..100 {
            assert!(allowed(&ahead, 0).await);
        }
        let before = far.calls.load(Ordering::SeqCst);
        assert!(allowed(&ahead, 1_000).await);
        assert_eq!(far.calls.load(Ordering::SeqCst), before + 1);
    }

    #[tokio::test]
    async fn who_gives_up_while_asking_ahead_stops_nobody_for_long() {
        let (far, ahead) = subject();
        {
            let first = ahead.check("a", RATE, at(0));
            tokio::pin!(first);
            let gave_up = futures::poll!(first.as_mut());
            assert!(gave_up.is_pending());
        }
        for n in 0..100 {
            assert!(allowed(&ahead, 300 + n).await);
        }
        let calls = far.calls.load(Ordering::SeqCst);
        assert!(calls < 20, "{calls} calls");
    }
}
