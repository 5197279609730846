//! How many users there are at the moment, and how long they stay.

use std::collections::HashMap;

use parking_lot::Mutex;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use raally_domain::ids::UserId;
use raally_domain::time::Timestamp;

/// Whoever asks for nothing for so many seconds has ended the visit.
const PAUSE: i64 = 30 * 60;
/// For so many seconds a user is remembered.
const REMEMBERED: i64 = 24 * 3600;
/// So many users are told apart; more are not counted.
const USERS: usize = 100_000;
/// How often room is made for more, in seconds.
const MAKE_ROOM: i64 = 60;
/// Upper bounds of the buckets of visits, in seconds.
const BUCKETS: [f64; 8] = [60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0];
/// In how many of the last seconds a user must have been here to be counted.
pub(super) const WINDOWS: [(&str, i64); 3] = [("5m", 300), ("1h", 3600), ("24h", REMEMBERED)];

/// Moments in seconds.
struct Visit {
    begun: i64,
    last: i64,
    /// Its duration has been counted.
    ended: bool,
}

#[derive(Default)]
struct Users {
    visits: HashMap<UserId, Visit>,
    evicted_at: i64,
}

pub(super) struct Visits {
    users: Mutex<Users>,
    durations: Histogram,
}

impl Visits {
    pub(super) fn new(registry: &mut Registry) -> Visits {
        let durations = Histogram::new(BUCKETS);
        registry.register_with_unit(
            "session_duration",
            "How long users stayed, until they asked for nothing for half an hour",
            Unit::Seconds,
            durations.clone(),
        );
        Visits {
            users: Mutex::default(),
            durations,
        }
    }

    pub(super) fn seen(&self, user: UserId, now: Timestamp) {
        let now = now.micros() / 1_000_000;
        let mut users = self.users.lock();
        let users = &mut *users;
        if users.visits.len() >= USERS && now - users.evicted_at > MAKE_ROOM {
            users.evicted_at = now;
            self.end(&mut users.visits, now);
        }
        let full = users.visits.len() >= USERS;
        if let Some(visit) = users.visits.get_mut(&user) {
            if now - visit.last > PAUSE {
                self.ended(visit);
                visit.begun = now;
                visit.ended = false;
            }
            visit.last = now;
        } else if !full {
            let visit = Visit {
                begun: now,
                last: now,
                ended: false,
            };
            users.visits.insert(user, visit);
        }
    }

    fn ended(&self, visit: &mut Visit) {
        if !visit.ended {
            visit.ended = true;
            #[expect(clippy::cast_precision_loss, reason = "no visit takes 2^52 seconds")]
            self.durations.observe((visit.last - visit.begun) as f64);
        }
    }

    fn end(&self, visits: &mut HashMap<UserId, Visit>, now: i64) {
        visits.retain(|_, visit| {
            if now - visit.last > PAUSE {
                self.ended(visit);
            }
            now - visit.last <= REMEMBERED
        });
    }

    /// How many users were here in each of the windows.
    pub(super) fn active(&self, now: Timestamp) -> [(&'static str, u64); 3] {
        let now = now.micros() / 1_000_000;
        let mut users = self.users.lock();
        self.end(&mut users.visits, now);
        WINDOWS.map(|(window, seconds)| {
            let here = |visit: &&Visit| now - visit.last <= seconds;
            (window, users.visits.values().filter(here).count() as u64)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn user(n: usize) -> UserId {
        UserId(Uuid::from_u128(n as u128))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn users_are_counted_once_in_each_window() {
        let visits = Visits::new(&mut Registry::default());
        for _ in 0..3 {
            visits.seen(user(1), at(0));
        }
        visits.seen(user(2), at(4000));
        let counts = |now| visits.active(at(now)).map(|(_, n)| n);
        assert_eq!(counts(4001), [1, 1, 2]);
        assert_eq!(counts(4000 + REMEMBERED), [0, 0, 1]);
        assert_eq!(counts(4001 + REMEMBERED), [0, 0, 0]);
    }

    #[test]
    fn a_visit_ends_with_a_pause_and_is_counted_once() {
        let mut registry = Registry::default();
        let visits = Visits::new(&mut registry);
        let counted = |wanted: &str| {
            let mut text = String::new();
            prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
            assert!(text.contains(wanted), "{wanted} is not in {text}");
        };
        for seconds in [0, 600, 1200] {
            visits.seen(user(1), at(seconds));
        }
        visits.active(at(1200 + PAUSE));
        counted("session_duration_seconds_count 0");
        visits.active(at(1201 + PAUSE));
        visits.active(at(1300 + PAUSE));
        counted("session_duration_seconds_count 1");
        counted("session_duration_seconds_sum 1200.0");
        visits.seen(user(1), at(5000));
        visits.seen(user(1), at(5100));
        visits.seen(user(1), at(9000));
        counted("session_duration_seconds_count 2");
        counted("session_duration_seconds_sum 1300.0");
    }

    #[test]
    fn more_users_than_there_is_room_for_are_left_out() {
        let visits = Visits::new(&mut Registry::default());
        for n in 0..USERS + 5 {
            visits.seen(user(n), at(0));
        }
        assert_eq!(visits.active(at(1))[0].1, USERS as u64);
        // Those of yesterday make room.
        visits.seen(user(USERS + 1), at(2 * REMEMBERED));
        assert_eq!(visits.active(at(2 * REMEMBERED))[0].1, 1);
    }
}
