use async_trait::async_trait;
use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Moka;
use raally_app::ports::{Claim, LimitError, RateLimiter, Verdict, gcra};
use raally_domain::time::Timestamp;

/// Limits inside one process. Holds so many keys; those not used for longest go first, and begin anew.
pub struct MemoryLimiter {
    empty_at: Moka<String, i64>,
}

impl MemoryLimiter {
    #[must_use]
    pub fn new(keys: u64) -> MemoryLimiter {
        MemoryLimiter {
            empty_at: Moka::builder()
                .max_capacity(keys)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
        }
    }
}

impl MemoryLimiter {
    fn count(&self, claim: &Claim, now: Timestamp) -> Result<Verdict, LimitError> {
        let mut verdict = None;
        let Claim { key, rate, times } = claim;
        self.empty_at.entry_by_ref(key).and_compute_with(|there| {
            let before = there.map(moka::Entry::into_value);
            let (said, after) = gcra(before, *rate, *times, now);
            verdict = Some(said);
            match after {
                Some(after) if said.allowed() => Op::Put(after),
                _ => Op::Nop,
            }
        });
        verdict.ok_or_else(|| LimitError("nothing was counted".to_owned()))
    }
}

#[async_trait]
impl RateLimiter for MemoryLimiter {
    async fn check_all(&self, asked: &[Claim], now: Timestamp) -> Result<Vec<Verdict>, LimitError> {
        asked.iter().map(|claim| self.count(claim, now)).collect()
    }
}
