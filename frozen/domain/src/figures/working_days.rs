//! Days counted and measured before time off.

use super::day_rules::{DayRules, Worker};
use super::memo::FigureContext;
use crate::date::{Date, MAX_PERIOD_DAYS, Period};
use crate::plan::{PersonEntry, Plan};

/// The terms of a person's days if there were no time off.
fn rules(plan: &Plan, entry: &PersonEntry, period: Period) -> DayRules {
    let inputs = FigureContext::of(plan).inputs(entry).keep();
    let worker = Worker {
        time_off: &[],
        ..inputs.worker(entry)
    };
    DayRules::of(&worker, period.from().days(), period.len())
}

/// The day that makes `count` days with capacity before time off, counted from `from`; `None`
/// where there are not so many within the longest period.
pub(crate) fn last_working_day(
    plan: &Plan,
    entry: &PersonEntry,
    from: Date,
    count: u32,
) -> Option<Date> {
    let period = Period::new(from, from.plus(MAX_PERIOD_DAYS - 1)).ok()?;
    let rules = rules(plan, entry, period);
    let days = period.iter().zip(&rules.days);
    let working = days.filter(|(_, day)| day.capacity > 0);
    let before = usize::try_from(count.checked_sub(1)?).ok()?;
    working.map(|(date, _)| date).nth(before)
}

/// The minutes of the pattern in force on each day of a period (of the default week where that
/// is unknown): what halves of time off are halves of.
#[must_use]
pub fn pattern_days(plan: &Plan, entry: &PersonEntry, period: Period) -> Vec<u16> {
    let rules = rules(plan, entry, period);
    rules.days.iter().map(|day| day.pattern()).collect()
}
