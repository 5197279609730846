//! The rule against overbooking, where a tenant has set it.

use super::{Reason, booked_people};
use crate::date::{Date, Period};
use crate::event::{Change, Recorded};
use crate::figures::excess_days;
use crate::kinds::Overbooking;
use crate::plan::{PersonEntry, Plan};
use crate::problem::{Days, Message};

/// How far an open end is looked at.
const AHEAD_DAYS: i32 = 2 * 365;
/// How many days a refusal names.
const NAMED_DAYS: usize = 10;

/// Refuses changes of assignments that raise some day's excess over capacity and tolerance.
pub(super) fn check(before: &Plan, after: &Plan, changes: &[Recorded]) -> Result<(), Reason> {
    if after.settings().overbooking == Overbooking::Allow {
        return Ok(());
    }
    let window = window(changes);
    let Some(window) = window else { return Ok(()) };
    for person in booked_people(changes) {
        let Some(entry) = after.people().get(&person) else {
            continue;
        };
        let was = before.people().get(&person);
        let days = raised(before, was.map(|e| &**e), after, entry, window);
        if !days.is_empty() {
            return Err(refusal(entry, days));
        }
    }
    Ok(())
}

/// The days that the changed assignments touch, from the first start to the last end.
fn window(changes: &[Recorded]) -> Option<(Date, Date)> {
    changes
        .iter()
        .filter_map(|recorded| match &recorded.change {
            Change::Assignment(d) => Some(d),
            _ => None,
        })
        .flat_map(|d| &d.after)
        .map(|a| {
            let open_end = a.start.plus(AHEAD_DAYS);
            (a.start, a.end.unwrap_or(open_end))
        })
        .reduce(|x, y| (x.0.min(y.0), x.1.max(y.1)))
}

fn raised(
    before: &Plan,
    was: Option<&PersonEntry>,
    after: &Plan,
    entry: &PersonEntry,
    (from, to): (Date, Date),
) -> Vec<Date> {
    let mut days = Vec::new();
    let mut start = from;
    while start <= to {
        let end = to.min(start.plus(365));
        let Ok(period) = Period::new(start, end) else {
            break;
        };
        let old = was.map_or_else(Vec::new, |e| excess_days(before, e, period));
        for (day, excess) in excess_days(after, entry, period) {
            let earlier = old.iter().find(|(d, _)| *d == day).map_or(0, |(_, e)| *e);
            if excess > earlier {
                days.push(day);
            }
        }
        if end == Date::MAX {
            break;
        }
        start = end.plus(1);
    }
    days
}

fn refusal(entry: &PersonEntry, days: Vec<Date>) -> Reason {
    let message = Message::Overbooked {
        person: entry.person.name().to_owned(),
        days: Days::first(&days, NAMED_DAYS),
        count: days.len(),
    };
    Reason::Rule { message, days }
}
