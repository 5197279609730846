//! The rule against overbooking, where a tenant has set it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Reason;
use super::bookable::confirms;
use super::budget::Budget;
use super::horizon::Horizon;
use crate::date::{Date, Period};
use crate::event::{Change, Recorded};
use crate::figures::excess_days;
use crate::ids::PersonId;
use crate::kinds::{Assignment, Overbooking};
use crate::plan::{PersonEntry, Plan};
use crate::problem::{Days, Message};

/// How many days a refusal names.
const NAMED_DAYS: usize = 10;

/// Refuses changes of assignments, or of projects whose work becomes sure, that raise some day's
/// excess over capacity and tolerance. An open end is looked at for ever.
pub(super) fn check(
    before: &Plan,
    after: &Plan,
    changes: &[Recorded],
    budget: &mut Budget,
) -> Result<(), Reason> {
    if after.settings().overbooking == Overbooking::Allow {
        return Ok(());
    }
    for (person, runs) in runs(after, changes, budget)? {
        let Some(entry) = after.people().get(&person) else {
            continue;
        };
        let was = before.people().get(&person);
        let last = last_day(before, was, after, entry);
        let runs = runs.into_iter();
        let runs = runs.map(|(start, end)| (start, end.unwrap_or(last.max(start))));
        let mut days = Vec::new();
        for (start, end) in joined(runs.collect()) {
            let looked_at = usize::try_from(end.days() - start.days()).unwrap_or(0);
            let running = entry.bookings.between(start, end).count();
            budget.visit(looked_at + running)?;
            let was = was.map(|entry| (before, &**entry));
            days.extend(raised(was, (after, entry), (start, end)));
        }
        if !days.is_empty() {
            return Err(refusal(entry, days));
        }
    }
    Ok(())
}

/// The last day after which nothing new comes, neither as it was nor as it is.
fn last_day(
    before: &Plan,
    was: Option<&Arc<PersonEntry>>,
    after: &Plan,
    entry: &PersonEntry,
) -> Date {
    let was = was.map(|entry| Horizon::of_person(before, entry).last());
    let now = Horizon::of_person(after, entry).last();
    was.into_iter().fold(now, Date::max)
}

type Run = (Date, Option<Date>);

/// The days of each person that changed assignments load as they are now: only there can the
/// changes have raised an excess.
fn runs(
    after: &Plan,
    changes: &[Recorded],
    budget: &mut Budget,
) -> Result<BTreeMap<PersonId, Vec<Run>>, Reason> {
    let mut runs: BTreeMap<PersonId, Vec<Run>> = BTreeMap::new();
    let mut add = |work: &Assignment| {
        if let Some(person) = work.owner.person() {
            runs.entry(person).or_default().push((work.start, work.end));
        }
    };
    for change in changes.iter().flat_map(Recorded::changes) {
        match change {
            Change::Assignment(diff) => diff.after.iter().for_each(&mut add),
            Change::Project(diff) => {
                let sides = (diff.before.as_ref(), diff.after.as_ref());
                let sure =
                    matches!(sides, (Some(was), Some(now)) if confirms(was.status, now.status));
                let entry = after.projects().get(&diff.id).filter(|_| sure);
                let ids = entry.iter().flat_map(|entry| &entry.assignments);
                for booking in ids.filter_map(|id| after.booking(*id)) {
                    budget.visit(1)?;
                    if !booking.tentative {
                        add(&booking.record.value);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(runs)
}

/// Puts runs that touch or overlap together, and cuts them into periods that figures are kept of.
fn joined(mut runs: Vec<(Date, Date)>) -> Vec<(Date, Date)> {
    runs.sort_unstable();
    let mut joined: Vec<(Date, Date)> = Vec::new();
    for (start, end) in runs {
        match joined.last_mut() {
            Some(last) if start.days() <= last.1.days() + 1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined.into_iter().flat_map(years).collect()
}

/// A run cut into periods that figures are kept of.
pub(super) fn years((start, end): (Date, Date)) -> impl Iterator<Item = (Date, Date)> {
    let firsts = (start.days()..=end.days()).step_by(366);
    firsts.map(move |first| {
        let from = start.plus(first - start.days());
        (from, end.min(from.plus(365)))
    })
}

/// The days on which somebody is more overbooked than they were.
fn raised(
    was: Option<(&Plan, &PersonEntry)>,
    (after, entry): (&Plan, &PersonEntry),
    (from, to): (Date, Date),
) -> Vec<Date> {
    let Ok(period) = Period::new(from, to) else {
        return Vec::new();
    };
    let old = was.map_or_else(Vec::new, |(before, e)| excess_days(before, e, period));
    let earlier = |day: Date| {
        let at = old.binary_search_by_key(&day, |(day, _)| *day);
        at.map_or(0, |at| old[at].1)
    };
    let now = excess_days(after, entry, period).into_iter();
    now.filter(|(day, excess)| *excess > earlier(*day))
        .map(|(day, _)| day)
        .collect()
}

fn refusal(entry: &PersonEntry, days: Vec<Date>) -> Reason {
    let message = Message::Overbooked {
        person: entry.person.name().to_owned(),
        days: Days::first(&days, NAMED_DAYS),
        count: days.len(),
    };
    Reason::Rule { message, days }
}
