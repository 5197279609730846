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

/// Whether it may be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it may be done.
    pub allowed: bool,
    /// How many more could be done at once now.
    pub remaining: u32,
    /// After how long it is allowed; zero where it is.
    pub retry_after: Duration,
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
    /// Asks under several keys to do it once, at `now`; gives a verdict for each, in their order.
    /// What is allowed is counted, what is not is not, each key for itself.
    async fn check_all(
        &self,
        asked: &[(String, Rate)],
        now: Timestamp,
    ) -> Result<Vec<Verdict>, LimitError>;

    /// Asks under one key.
    async fn check(&self, key: &str, rate: Rate, now: Timestamp) -> Result<Verdict, LimitError> {
        let verdicts = self.check_all(&[(key.to_owned(), rate)], now).await?;
        let verdict = verdicts.into_iter().next();
        verdict.ok_or_else(|| LimitError("nothing was counted".to_owned()))
    }
}

/// One step of the algorithm, in microseconds: from the moment at which the bucket would be empty
/// (`None` for one that nobody has used), the verdict and that moment thereafter.
#[must_use]
pub fn gcra(empty_at: Option<i64>, rate: Rate, now: Timestamp) -> (Verdict, Option<i64>) {
    let (interval, tolerance) = (rate.interval_micros(), rate.tolerance_micros());
    let now = now.micros();
    let before = empty_at.unwrap_or(now).max(now);
    let after = before.saturating_add(interval);
    let ahead = after - now;
    if rate.count == 0 || ahead > tolerance {
        let wait = if rate.count == 0 {
            rate.period
        } else {
            Duration::from_micros(u64::try_from(ahead - tolerance).unwrap_or(0))
        };
        let verdict = Verdict {
            allowed: false,
            remaining: 0,
            retry_after: wait,
        };
        return (verdict, empty_at);
    }
    let verdict = Verdict {
        allowed: true,
        remaining: u32::try_from((tolerance - ahead) / interval).unwrap_or(u32::MAX),
        retry_after: Duration::ZERO,
    };
    (verdict, Some(after))
}
