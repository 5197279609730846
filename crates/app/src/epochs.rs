//! Beginning a new epoch, after a restore or after a standby was promoted that had lost commits.
//!
//! What was lost may live on: in the memory of processes and browsers, on the bus, in what is
//! cached. Heads of the new epoch tell all of them apart from those of before. Consumers and the
//! relay need no telling: their offsets move onto events that the log has, and onto no others.

use std::collections::HashMap;

use raally_domain::event::Head;
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use uuid::Uuid;

use crate::error::Error;
use crate::head_broadcast;
use crate::ports::CacheError;
use crate::services::Services;

/// How many logs begin it in one transaction.
const AT_ONCE: usize = 500;
/// 2026-01-01T00:00:00Z in seconds: numbers are counted from there.
const SINCE: i64 = 1_767_225_600;

/// What was done.
#[derive(Debug)]
pub struct Begun {
    /// The new epoch's number.
    pub number: u32,
    /// How many logs it began for.
    pub tenants: u64,
    /// Why running processes were not told; they find out within a second.
    pub untold: Option<CacheError>,
}

/// Begins a new epoch for the log of every tenant, in batches, and tells the processes that run.
/// Whoever holds a head of before is answered [`Error::Reset`] from then on. Where it ends halfway,
/// doing it again begins another for all.
pub async fn begin(services: &Services, reason: &str) -> Result<Begun, Error> {
    let (now, epochs) = (services.now(), &services.epochs);
    let number = epochs.begin_epoch(at_least(now), now, reason).await?;
    let mut begun = Begun {
        number,
        tenants: 0,
        untold: None,
    };
    let mut after = None;
    loop {
        let renewed = epochs.renew_heads(number, after, AT_ONCE).await?;
        let Some((last, _)) = renewed.last() else {
            return Ok(begun);
        };
        after = Some(*last);
        begun.tenants += renewed.len() as u64;
        let heads: HashMap<TenantId, Head> = renewed.into_iter().collect();
        if let Err(error) = head_broadcast::publish_all(&*services.cache, Uuid::nil(), &heads).await
        {
            begun.untold = Some(error);
        }
    }
}

/// A number that no epoch of before has, though its beginning may be among what was lost.
pub(crate) fn at_least(now: Timestamp) -> u32 {
    let seconds = now.micros().div_euclid(1_000_000) - SINCE;
    u32::try_from(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_seconds_since_2026_began() {
        let at = |text: &str| at_least(text.parse().unwrap());
        assert_eq!(at("2026-01-01T00:00:00Z"), 0);
        assert_eq!(at("2026-11-24T03:00:00.5Z"), 28_263_600);
        assert_eq!(at("1999-01-01T00:00:00Z"), 0);
    }
}
