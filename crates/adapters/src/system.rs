//! The present and chance: the only place that asks the operating system for them.

use std::time::{SystemTime, UNIX_EPOCH};

use raally_app::ports::{Clock, Ids};
use raally_domain::time::Timestamp;
use rand::TryRngCore;
use rand::rngs::OsRng;
use uuid::Uuid;

/// The computer's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[expect(
    clippy::disallowed_methods,
    reason = "this is what the Clock port asks"
)]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = SystemTime::now();
        // A clock set to before 1970 counts down from there.
        let micros = match now.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros)
            }
        };
        Timestamp::from_micros(micros)
    }
}

/// Randomness of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

#[expect(clippy::disallowed_methods, reason = "this is what the Ids port asks")]
impl Ids for SystemIds {
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn fill(&self, bytes: &mut [u8]) {
        OsRng
            .try_fill_bytes(bytes)
            .expect("an operating system without randomness cannot keep a secret");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_of_version_7_and_grow() {
        let ids: Vec<Uuid> = (0..1000).map(|_| SystemIds.uuid()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn the_clock_agrees_with_the_ids() {
        let (seconds, _) = SystemIds.uuid().get_timestamp().unwrap().to_unix();
        let now = SystemClock.now().micros() / 1_000_000;
        assert!(now.abs_diff(seconds as i64) <= 1, "{now} and {seconds}");
    }

    #[test]
    fn random_bytes_differ() {
        let (mut a, mut b) = ([0; 32], [0; 32]);
        SystemIds.fill(&mut a);
        SystemIds.fill(&mut b);
        assert_ne!(a, b);
    }
}
