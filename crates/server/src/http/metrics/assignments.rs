//! How many of people's assignments are over. Nobody marks one as done, time does, so no event
//! says it: plans in memory are counted, each again only when it or the day is another.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use raally_domain::date::Date;
use raally_domain::event::Head;
use raally_domain::ids::TenantId;
use raally_domain::plan::Plan;
use raally_domain::time::Timestamp;

const DAY_MICROS: i64 = 86_400_000_000;

/// How far assignments are, seen from a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub planned: u64,
    pub running: u64,
    pub completed: u64,
}

#[derive(Default)]
pub(super) struct Assignments(Mutex<HashMap<TenantId, (Head, Date, Progress)>>);

impl Assignments {
    /// Of all the plans together; days begin at midnight UTC.
    pub(super) fn progress(&self, plans: &[Arc<Plan>], now: Timestamp) -> Progress {
        let days = now.micros().div_euclid(DAY_MICROS);
        let today = Date::MIN.plus(i32::try_from(days).unwrap_or(i32::MAX));
        let mut known = self.0.lock();
        let mut all = Progress::default();
        let mut counted = HashMap::with_capacity(plans.len());
        for plan in plans {
            let progress = match known.get(&plan.tenant()) {
                Some((head, day, progress)) if (*head, *day) == (plan.head(), today) => *progress,
                _ => progress(plan, today),
            };
            all.planned += progress.planned;
            all.running += progress.running;
            all.completed += progress.completed;
            counted.insert(plan.tenant(), (plan.head(), today, progress));
        }
        *known = counted;
        all
    }
}

fn progress(plan: &Plan, today: Date) -> Progress {
    let mut progress = Progress::default();
    let people = plan.people().values();
    for booking in people.flat_map(|person| &person.bookings) {
        let assignment = &booking.record.value;
        if assignment.start > today {
            progress.planned += 1;
        } else if assignment.end.is_some_and(|end| end < today) {
            progress.completed += 1;
        } else {
            progress.running += 1;
        }
    }
    progress
}
