//! What of an imported plan a planner should look at: people whose hours nobody knows, and
//! assignments that load no day.

use raally_domain::date::{Date, MAX_PERIOD_DAYS, Period};
use raally_domain::figures::PersonFigures;
use raally_domain::ids::PersonId;
use raally_domain::plan::{Booking, PersonEntry, Plan};

/// People without any working hours, and people who have none before some day.
pub(crate) struct WithoutHours {
    pub(crate) never: Vec<PersonId>,
    /// With the first day that they have hours from.
    pub(crate) at_first: Vec<(PersonId, Date)>,
}

/// Looks through all people of a plan.
pub(crate) fn without_hours(plan: &Plan) -> WithoutHours {
    let mut found = WithoutHours {
        never: Vec::new(),
        at_first: Vec::new(),
    };
    for entry in plan.people().values() {
        let Some(first) = entry.availabilities.first() else {
            continue;
        };
        let known = entry.availabilities.iter();
        let known = known
            .filter(|r| !r.value.pattern.is_zero())
            .map(|r| r.value.effective_date)
            .min();
        match known {
            None => found.never.push(entry.id),
            Some(day) if first.value.pattern.is_zero() && day > Date::MIN => {
                found.at_first.push((entry.id, day));
            }
            Some(_) => {}
        }
    }
    found
}

/// Bookings of people that load no day of their run (of an open one: of five years).
pub(crate) fn without_load(plan: &Plan) -> Vec<&Booking> {
    let people = plan.people().values();
    people
        .flat_map(|entry| entry.bookings.iter().map(move |b| (entry, b)))
        .filter(|(entry, booking)| !has_load(plan, entry, booking))
        .map(|(_, booking)| booking)
        .collect()
}

fn has_load(plan: &Plan, entry: &PersonEntry, booking: &Booking) -> bool {
    let a = &booking.record.value;
    let mut from = a.start;
    loop {
        let most = from.plus(MAX_PERIOD_DAYS - 1);
        let to = a.end.map_or(most, |end| end.min(most));
        // Where there is load at all, it is nearly always in the first days.
        let near = from.plus(13).min(to);
        for (from, to) in [(from, near), (near, to)] {
            let Ok(period) = Period::new(from, to) else {
                return false;
            };
            let figures = PersonFigures::of(plan, entry, period);
            let loads = |day| {
                let loads = figures.loads_on(day);
                loads.iter().any(|(b, _)| b.record.id == booking.record.id)
            };
            if period.iter().any(loads) {
                return true;
            }
        }
        match a.end {
            Some(end) if to < end => from = to.plus(1),
            _ => return false,
        }
    }
}
