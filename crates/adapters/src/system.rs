//! The present and chance: the only place that asks the operating system for them.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
///
/// A UUID's random part comes from a generator of the thread's own that the operating system
/// seeds, again and again; its first part is the time. Short bytes, such as the salts of personal
/// values, are drawn from a [`Buffer`]. Longer ones are keys, tokens and passwords: the operating
/// system is asked for each of them.
///
/// A copy of a running process (a virtual machine that was saved and is started twice) holds the
/// same generator and the same buffer. Its UUIDs still differ by their time, its secrets are its
/// own, and what is left in its buffer is too old to be used once [`BUFFERED_FOR`] has passed.
/// The process itself never forks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

/// Up to so many bytes at once come from the buffer.
const SHORT: usize = 16;
/// How much is asked of the operating system at once.
const BUFFER: usize = 1024;
/// How long randomness is kept before it is used.
const BUFFERED_FOR: Duration = Duration::from_secs(1);

/// Randomness of the operating system, asked for in advance; each byte is used once and wiped.
struct Buffer {
    bytes: [u8; BUFFER],
    /// What comes before it is used up.
    next: usize,
    /// By the clock that a saved and started machine sets anew.
    filled_at: Option<SystemTime>,
}

impl Buffer {
    const fn new() -> Buffer {
        Buffer {
            bytes: [0; BUFFER],
            next: BUFFER,
            filled_at: None,
        }
    }

    fn take(&mut self, bytes: &mut [u8], now: SystemTime) {
        let is_old = |at| {
            now.duration_since(at)
                .map_or(true, |age| age >= BUFFERED_FOR)
        };
        if self.next + bytes.len() > BUFFER || self.filled_at.is_none_or(is_old) {
            ask(&mut self.bytes);
            self.next = 0;
            self.filled_at = Some(now);
        }
        let taken = &mut self.bytes[self.next..self.next + bytes.len()];
        bytes.copy_from_slice(taken);
        taken.fill(0);
        self.next += bytes.len();
    }
}

thread_local! {
    static SHORTS: RefCell<Buffer> = const { RefCell::new(Buffer::new()) };
}

fn ask(bytes: &mut [u8]) {
    OsRng
        .try_fill_bytes(bytes)
        .expect("an operating system without randomness cannot keep a secret");
}

#[expect(clippy::disallowed_methods, reason = "this is what the Ids port asks")]
impl Ids for SystemIds {
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn fill(&self, bytes: &mut [u8]) {
        if bytes.len() > SHORT {
            ask(bytes);
        } else {
            SHORTS.with_borrow_mut(|buffer| buffer.take(bytes, SystemTime::now()));
        }
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

    #[test]
    fn short_bytes_differ_across_refills_and_threads() {
        let draw = || -> Vec<[u8; SHORT]> {
            let draws = (0..500).map(|_| {
                let mut bytes = [0; SHORT];
                SystemIds.fill(&mut bytes);
                bytes
            });
            draws.collect()
        };
        let other = std::thread::spawn(draw);
        let mut all = draw();
        all.extend(other.join().unwrap());
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 1000);
    }

    #[test]
    fn what_was_taken_is_wiped_and_what_is_old_is_not_used() {
        let mut buffer = Buffer::new();
        let now = UNIX_EPOCH;
        let mut bytes = [0; 8];
        buffer.take(&mut bytes, now);
        assert_eq!(buffer.bytes[..8], [0; 8]);
        let left = buffer.bytes;
        buffer.take(&mut bytes, now + BUFFERED_FOR);
        assert_ne!(bytes, left[8..16]);
        assert_eq!(buffer.next, 8);
    }
}
