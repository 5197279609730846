//! The rule against overbooking, where a tenant has set it.

use std::collections::BTreeMap;

use super::Reason;
use super::budget::Budget;
use crate::date::{Date, Period};
use crate::event::{Change, Recorded};
use crate::figures::excess_days;
use crate::ids::PersonId;
use crate::kinds::Overbooking;
use crate::plan::{PersonEntry, Plan};
use crate::problem::{Days, Message};

/// How far an open end is looked at.
const AHEAD_DAYS: i32 = 2 * 365;
/// How many days a refusal names.
const NAMED_DAYS: usize = 10;

/// Refuses changes of assignments that raise some day's excess over capacity and tolerance.
pub(super) fn check(
    before: &Plan,
    after: &Plan,
    changes: &[Recorded],
    budget: &mut Budget,
) -> Result<(), Reason> {
    if after.settings().overbooking == Overbooking::Allow {
        return Ok(());
    }
    for (person, runs) in runs(changes) {
        let Some(entry) = after.people().get(&person) else {
            continue;
        };
        let was = before.people().get(&person);
        let mut days = Vec::new();
        for (start, end) in joined(runs) {
            let looked_at = usize::try_from(end.days() - start.days()).unwrap_or(0);
            budget.visit(looked_at + entry.bookings.len())?;
            days.extend(raised(
                before,
                was.map(|e| &**e),
                after,
                entry,
                (start, end),
            ));
        }
        if !days.is_empty() {
            return Err(refusal(entry, days));
        }
    }
    Ok(())
}

/// The days of each person that changed assignments load as they are now: only there can the
/// changes have raised an excess.
fn runs(changes: &[Recorded]) -> BTreeMap<PersonId, Vec<(Date, Date)>> {
    let mut runs: BTreeMap<PersonId, Vec<(Date, Date)>> = BTreeMap::new();
    for recorded in changes {
        let Change::Assignment(diff) = &recorded.change else {
            continue;
        };
        let Some(now) = &diff.after else { continue };
        let Some(person) = now.owner.person() else {
            continue;
        };
        let open_end = now.start.plus(AHEAD_DAYS);
        let run = (now.start, now.end.unwrap_or(open_end));
        runs.entry(person).or_default().push(run);
    }
    runs
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

fn years((start, end): (Date, Date)) -> impl Iterator<Item = (Date, Date)> {
    let firsts = (start.days()..=end.days()).step_by(366);
    firsts.map(move |first| {
        let from = start.plus(first - start.days());
        (from, end.min(from.plus(365)))
    })
}

fn raised(
    before: &Plan,
    was: Option<&PersonEntry>,
    after: &Plan,
    entry: &PersonEntry,
    (from, to): (Date, Date),
) -> Vec<Date> {
    let Ok(period) = Period::new(from, to) else {
        return Vec::new();
    };
    let old = was.map_or_else(Vec::new, |e| excess_days(before, e, period));
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
