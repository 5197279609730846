//! A chain of managers has no circle on any day.

use std::collections::BTreeSet;

use super::Reason;
use super::budget::Budget;
use crate::date::Date;
use crate::event::{Change, Recorded};
use crate::ids::PersonId;
use crate::plan::Plan;
use crate::problem::Message;

/// Refuses placements that close a circle of managers, whether they are made, changed, removed or
/// brought back. One that was there before on that day stays, so that it can be mended a step at a
/// time.
pub(super) fn check(
    before: &Plan,
    after: &Plan,
    changes: &[Recorded],
    budget: &mut Budget,
) -> Result<(), Reason> {
    let placed = changes.iter().flat_map(Recorded::changes);
    let placed = placed.filter_map(|change| match change {
        Change::Placement(d) => Some(d.before.iter().chain(&d.after)),
        _ => None,
    });
    let people: BTreeSet<PersonId> = placed.flatten().map(|p| p.person_id).collect();
    for person in people {
        if let Some(day) = closed(before, after, person, budget)? {
            let entry = after.people().get(&person);
            let person = entry.map_or("this person", |p| p.person.name()).to_owned();
            return Err(Reason::Conflict(Message::ManagerCircle {
                from: day,
                person,
            }));
        }
    }
    Ok(())
}

/// The first day on which somebody has become their own manager, directly or through others.
fn closed(
    before: &Plan,
    after: &Plan,
    person: PersonId,
    budget: &mut Budget,
) -> Result<Option<Date>, Reason> {
    let mut day = Date::MIN;
    loop {
        let (circle, next) = follow(after, person, day, budget)?;
        let (was, next_was) = match circle {
            true => follow(before, person, day, budget)?,
            false => (false, None),
        };
        if circle && !was {
            return Ok(Some(day));
        }
        match next.into_iter().chain(next_was).min() {
            Some(next) => day = next,
            None => return Ok(None),
        }
    }
}

/// Whether the chain of managers from a person leads back to them on a day, and the next day on
/// which a placement of anybody in the chain comes into force.
fn follow(
    plan: &Plan,
    person: PersonId,
    day: Date,
    budget: &mut Budget,
) -> Result<(bool, Option<Date>), Reason> {
    let mut next: Option<Date> = None;
    let mut at = person;
    // A circle that does not hold the person would never end.
    for _ in 0..=plan.people().len() {
        let Some(entry) = plan.people().get(&at) else {
            break;
        };
        budget.visit(1 + entry.placements.len())?;
        let later = entry.placements.iter().map(|r| r.value.effective_date);
        next = next
            .into_iter()
            .chain(later.filter(|d| *d > day).min())
            .min();
        match entry.placement_on(day).and_then(|p| p.manager_id) {
            None => break,
            Some(manager) if manager == person => return Ok((true, next)),
            Some(manager) => at = manager,
        }
    }
    Ok((false, next))
}
