//! Bookings that load none of their days.

use super::written::Written;
use super::{Meter, Warning, WarningCode};
use crate::date::Period;
use crate::decide::horizon::Horizon;
use crate::decide::overbooking::years;
use crate::figures::{PersonFigures, PlaceholderFigures};
use crate::ids::AssignmentId;
use crate::kinds::{Assignment, Owner};
use crate::plan::Plan;

/// A warning for each booking that was written and counts nothing, and did count or is new.
pub(super) fn without_load(
    before: &Plan,
    after: &Plan,
    written: &Written<'_>,
    meter: &mut Meter,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (id, (was, now)) in &written.bookings {
        let Some(now) = now.filter(|now| was.is_none_or(|was| counts_otherwise(was, now))) else {
            continue;
        };
        // Where it cannot be told, nothing is said.
        if loads(after, *id, meter) != Some(false) {
            continue;
        }
        if was.is_some() && loads(before, *id, meter) != Some(true) {
            continue;
        }
        warnings.push(Warning {
            person_id: now.owner.person(),
            project_id: Some(now.project_id),
            assignment_id: Some(*id),
            minutes: Some(0),
            ..Warning::new(WarningCode::NoLoad)
        });
    }
    warnings
}

fn counts_otherwise(was: &Assignment, now: &Assignment) -> bool {
    (was.owner, was.start, was.end, was.effort) != (now.owner, now.start, now.end, now.effort)
}

/// Whether a booking loads any of its days; `None` where that would take too long to tell.
fn loads(plan: &Plan, id: AssignmentId, meter: &mut Meter) -> Option<bool> {
    let work = &plan.booking(id)?.record.value;
    let last = Horizon::of(plan, work.owner)?.last();
    let run = (work.start, work.end.unwrap_or(last.max(work.start)));
    for (from, to) in years(run) {
        let period = Period::new(from, to).ok()?;
        if !meter.spend(period.len()) {
            return None;
        }
        if loads_in(plan, work.owner, id, period, meter)? {
            return Some(true);
        }
    }
    Some(false)
}

fn loads_in(
    plan: &Plan,
    owner: Owner,
    id: AssignmentId,
    period: Period,
    meter: &mut Meter,
) -> Option<bool> {
    match owner {
        Owner::Person(person) => {
            let entry = plan.people().get(&person)?;
            let figures = PersonFigures::once(plan, entry, period);
            let told = meter.spend_bookings(figures.looked_at());
            told.then(|| figures.is_loaded_by(id))
        }
        Owner::Placeholder(placeholder) => {
            let entry = plan.placeholders().get(&placeholder)?;
            let figures = PlaceholderFigures::of(plan, entry, period);
            if !meter.spend_bookings(figures.loads().len()) {
                return None;
            }
            let sums = figures.demand_where(period, |booking| booking.record.id == id);
            Some(sums.0 + sums.1 > 0)
        }
    }
}
