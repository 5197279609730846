//! How often something may be done.

#[cfg(feature = "contract")]
pub mod contract;

use std::time::Duration;

use async_trait::async_trait;
use raally_domain::time::Timestamp;

/// So many in a period, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many in a period, in the long run; 0 allows none.
    pub count: u32,
    /// Over which `count` is spread.
    pub period: Duration,
    /// How many at once after a pause; at least 1.
    pub burst: u32,
}

impl Rate {
    /// The time between two at the steady rate, in microseconds.
    #[must_use]
    pub fn interval_micros(&self) -> i64 {
        let period = i64::try_from(self.period.as_micros()).unwrap_or(i64::MAX);
        (period / i64::from(self.count.max(1))).max(1)
    }

    /// How far ahead of the steady rate one may be, in microseconds.
    #[must_use]
    pub fn tolerance_micros(&self) -> i64 {
        let burst = i64::from(self.burst.max(1));
        self.interval_micros().saturating_mul(burst)
    }
}

/// What somebody asks to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Under what it is counted.
    pub key: String,
    /// How often it may be done.
    pub rate: Rate,
    /// How many times at once; at least 1.
    pub times: u32,
}

/// Whether it may be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many times of those asked for it may be done; so many were counted.
    pub counted: u32,
    /// How many more could be done at once now.
    pub remaining: u32,
    /// After how long it is allowed once; zero where it was now.
    pub retry_after: Duration,
}

impl Verdict {
    /// Whether it may be done, once at least.
    #[must_use]
    pub fn allowed(&self) -> bool {
        self.counted > 0
    }
}

/// The limiter is away, with what it said.
#[derive(Debug, thiserror::Error)]
#[error("the rate limits are away: {0}")]
pub struct LimitError(pub String);

/// Counts what is done by the generic cell rate algorithm: a bucket that leaks steadily, kept as
/// the one moment at which it will be empty.
///
/// # Errors
/// Every call may fail with [`LimitError`] while the limiter is away: nothing was counted then.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Asks under several keys at `now`; gives a verdict for each, in their order. What is allowed
    /// is counted, what is not is not, each key for itself.
    async fn check_all(&self, asked: &[Claim], now: Timestamp) -> Result<Vec<Verdict>, LimitError>;

    /// Asks under one key to do it once.
    async fn check(&self, key: &str, rate: Rate, now: Timestamp) -> Result<Verdict, LimitError> {
        let claim = Claim {
            key: key.to_owned(),
            rate,
            times: 1,
        };
        let verdicts = self.check_all(&[claim], now).await?;
        let verdict = verdicts.into_iter().next();
        verdict.ok_or_else(|| LimitError("nothing was counted".to_owned()))
    }
}

/// The algorithm, in microseconds: from the moment at which the bucket would be empty (`None` for
/// one that nobody has used), the verdict on so many `times` and that moment thereafter.
#[must_use]
pub fn gcra(
    empty_at: Option<i64>,
    rate: Rate,
    times: u32,
    now: Timestamp,
) -> (Verdict, Option<i64>) {
    let (interval, tolerance) = (rate.interval_micros(), rate.tolerance_micros());
    let now = now.micros();
    let before = empty_at.unwrap_or(now).max(now);
    let left = tolerance.saturating_sub(before - now);
    let fit = if rate.count == 0 { 0 } else { left / interval };
    let fit = u32::try_from(fit.max(0)).unwrap_or(u32::MAX);
    let counted = times.max(1).min(fit);
    let wait = match counted {
        0 if rate.count == 0 => rate.period,
        0 => Duration::from_micros(u64::try_from(interval - left).unwrap_or(0)),
        _ => Duration::ZERO,
    };
    let verdict = Verdict {
        counted,
        remaining: fit - counted,
        retry_after: wait,
    };
    if counted == 0 {
        return (verdict, empty_at);
    }
    let taken = interval.saturating_mul(i64::from(counted));
    (verdict, Some(before.saturating_add(taken)))
}
