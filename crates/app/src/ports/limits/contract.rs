//! What every RateLimiter promises.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]
#![expect(missing_docs, reason = "the cases' names are sentences")]

use std::sync::Arc;
use std::time::Duration;

use raally_domain::time::Timestamp;

use crate::ports::{Claim, Rate, RateLimiter, Verdict, gcra};

/// A limiter that nobody has asked yet.
pub struct Subject {
    pub limiter: Arc<dyn RateLimiter>,
}

#[macro_export]
macro_rules! limits_contract {
    ($subject:path) => {
        $crate::contract_tests! { $subject, limits:
            a_burst_is_allowed_and_then_no_more,
            what_is_refused_does_not_count,
            after_the_time_named_it_is_allowed,
            a_pause_fills_the_burst_and_not_more,
            keys_do_not_count_for_each_other,
            of_several_times_as_many_are_counted_as_fit,
            several_keys_are_asked_at_once_each_for_itself,
            a_clock_that_goes_back_gives_nothing,
            a_rate_of_none_allows_none,
            concurrent_requests_never_get_more,
            any_run_is_the_algorithms,
        }
    };
}
pub use limits_contract as tests;

/// 10 in a second, 3 at once.
const RATE: Rate = Rate {
    count: 10,
    period: Duration::from_secs(1),
    burst: 3,
};

/// A moment so many milliseconds after midnight of 2026-03-02.
fn at(ms: i64) -> Timestamp {
    Timestamp::from_micros(1_772_409_600_000_000 + ms * 1000)
}

fn allowed(remaining: u32) -> Verdict {
    counted(1, remaining)
}

fn counted(counted: u32, remaining: u32) -> Verdict {
    Verdict {
        counted,
        remaining,
        retry_after: Duration::ZERO,
    }
}

fn refused(ms: u64) -> Verdict {
    Verdict {
        counted: 0,
        remaining: 0,
        retry_after: Duration::from_millis(ms),
    }
}

fn claim(key: &str, rate: Rate, times: u32) -> Claim {
    Claim {
        key: key.to_owned(),
        rate,
        times,
    }
}

impl Subject {
    async fn check(&self, key: &str, ms: i64) -> Verdict {
        self.limiter.check(key, RATE, at(ms)).await.unwrap()
    }

    async fn claim(&self, key: &str, rate: Rate, times: u32, now: Timestamp) -> Verdict {
        let asked = [claim(key, rate, times)];
        self.limiter.check_all(&asked, now).await.unwrap()[0]
    }
}

pub async fn a_burst_is_allowed_and_then_no_more(s: Subject) {
    for remaining in [2, 1, 0] {
        assert_eq!(s.check("a", 0).await, allowed(remaining));
    }
    assert_eq!(s.check("a", 0).await, refused(100));
    assert_eq!(s.check("a", 40).await, refused(60));
}

pub async fn what_is_refused_does_not_count(s: Subject) {
    for _ in 0..3 {
        s.check("a", 0).await;
    }
    for _ in 0..50 {
        assert_eq!(s.check("a", 10).await, refused(90));
    }
    assert_eq!(s.check("a", 100).await, allowed(0));
}

pub async fn after_the_time_named_it_is_allowed(s: Subject) {
    for _ in 0..3 {
        s.check("a", 0).await;
    }
    assert_eq!(s.check("a", 99).await, refused(1));
    assert_eq!(s.check("a", 100).await, allowed(0));
    assert_eq!(s.check("a", 100).await, refused(100));
}

pub async fn a_pause_fills_the_burst_and_not_more(s: Subject) {
    for _ in 0..3 {
        s.check("a", 0).await;
    }
    assert_eq!(s.check("a", 200).await, allowed(1));
    for remaining in [2, 1, 0] {
        assert_eq!(s.check("a", 3_600_000).await, allowed(remaining));
    }
    assert_eq!(s.check("a", 3_600_000).await, refused(100));
}

pub async fn keys_do_not_count_for_each_other(s: Subject) {
    for key in ["a", "A", "a:b", "tenant/1 \u{1F98A}"] {
        assert_eq!(s.check(key, 0).await, allowed(2));
    }
}

pub async fn of_several_times_as_many_are_counted_as_fit(s: Subject) {
    assert_eq!(s.claim("a", RATE, 2, at(0)).await, counted(2, 1));
    assert_eq!(s.claim("a", RATE, 2, at(0)).await, counted(1, 0));
    assert_eq!(s.claim("a", RATE, 2, at(0)).await, refused(100));
    assert_eq!(s.claim("a", RATE, 9, at(250)).await, counted(2, 0));
    assert_eq!(s.check("a", 250).await, refused(50));
}

pub async fn several_keys_are_asked_at_once_each_for_itself(s: Subject) {
    let none = Rate { count: 0, ..RATE };
    let asked = [("a", RATE), ("none", none), ("b", RATE)];
    let asked = asked.map(|(key, rate)| claim(key, rate, 1));
    for _ in 0..2 {
        s.check("a", 0).await;
    }
    let all = async |ms| s.limiter.check_all(&asked, at(ms)).await.unwrap();
    assert_eq!(all(0).await, [allowed(0), refused(1000), allowed(2)]);
    assert_eq!(all(0).await, [refused(100), refused(1000), allowed(1)]);
    assert_eq!(s.limiter.check_all(&[], at(0)).await.unwrap(), []);
}

pub async fn a_clock_that_goes_back_gives_nothing(s: Subject) {
    for _ in 0..3 {
        s.check("a", 1000).await;
    }
    assert_eq!(s.check("a", 900).await, refused(200));
    assert_eq!(s.check("a", 1000).await, refused(100));
}

pub async fn a_rate_of_none_allows_none(s: Subject) {
    let none = Rate { count: 0, ..RATE };
    let verdict = s.limiter.check("a", none, at(0)).await.unwrap();
    assert_eq!(verdict, refused(1000));
    assert_eq!(s.check("a", 0).await, allowed(2));
}

pub async fn concurrent_requests_never_get_more(s: Subject) {
    let rate = Rate { burst: 25, ..RATE };
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let limiter = s.limiter.clone();
        running.spawn(async move {
            let mut allowed = 0;
            for _ in 0..10 {
                let verdict = limiter.check("a", rate, at(0)).await.unwrap();
                allowed += verdict.counted;
            }
            allowed
        });
    }
    assert_eq!(running.join_all().await.into_iter().sum::<u32>(), 25);
}

/// Rates and pauses of all sizes, by a fixed sequence, beside the algorithm itself.
pub async fn any_run_is_the_algorithms(s: Subject) {
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut draw = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    for run in 0..20 {
        let rate = Rate {
            count: u32::try_from(1 + draw(2000)).unwrap(),
            period: Duration::from_millis(1 + draw(60_000)),
            burst: u32::try_from(1 + draw(8)).unwrap(),
        };
        let key = format!("run-{run}");
        let (mut empty_at, mut micros) = (None, at(0).micros());
        for _ in 0..20 {
            let most = rate.interval_micros().unsigned_abs() * 3;
            micros += i64::try_from(draw(most)).unwrap();
            let now = Timestamp::from_micros(micros);
            let times = u32::try_from(1 + draw(3)).unwrap();
            let (expected, after) = gcra(empty_at, rate, times, now);
            empty_at = after;
            let verdict = s.claim(&key, rate, times, now).await;
            assert_eq!(verdict, expected, "{times} of {rate:?} at {micros}");
        }
    }
}
