//! Work on days on which its project does not run.

use std::collections::BTreeSet;

use super::bookings::last_to_look_at;
use super::written::Written;
use super::{MAX_WARNINGS, Meter, NAMED_DAYS, Warning, WarningCode};
use crate::date::{Date, Period};
use crate::decide::overbooking::years;
use crate::figures::{PersonFigures, PlaceholderFigures};
use crate::ids::AssignmentId;
use crate::kinds::{Assignment, Owner, Project};
use crate::plan::Plan;

/// A warning for each booking that has more work outside its project's days than it had.
pub(super) fn outside(
    before: &Plan,
    after: &Plan,
    written: &Written<'_>,
    meter: &mut Meter,
) -> Vec<Warning> {
    let entries = written.dated.iter();
    let entries = entries.filter_map(|id| after.projects().get(id));
    let of_dated = entries.flat_map(|entry| entry.assignments.iter().copied());
    let ids = written.bookings.keys().copied().chain(of_dated);
    let mut warnings = Vec::new();
    for id in BTreeSet::from_iter(ids) {
        if warnings.len() >= MAX_WARNINGS || meter.is_spent() {
            break;
        }
        // Where it cannot be told, nothing is said.
        let Some(now) = Outside::of(after, id, meter) else {
            continue;
        };
        let was = Outside::of(before, id, meter).unwrap_or_default();
        if !now.is_more_than(&was) {
            continue;
        }
        let work = after.booking(id).map(|booking| &booking.record.value);
        warnings.push(Warning {
            person_id: work.and_then(|work| work.owner.person()),
            project_id: work.map(|work| work.project_id),
            assignment_id: Some(id),
            dates: now.dates,
            count: (!now.endless).then_some(now.count),
            minutes: (!now.endless).then_some(now.minutes),
            ..Warning::new(WarningCode::OutsideProject)
        });
    }
    warnings
}

/// What a booking loads of days on which its project does not run.
#[derive(Default)]
struct Outside {
    dates: Vec<Date>,
    count: u32,
    minutes: u64,
    /// Neither the work nor its project's being over has an end.
    endless: bool,
}

impl Outside {
    /// `None` where there is no such booking, or where it would take too long to tell.
    fn of(plan: &Plan, id: AssignmentId, meter: &mut Meter) -> Option<Outside> {
        let work = &plan.booking(id)?.record.value;
        let project = &plan.projects().get(&work.project_id)?.project;
        let mut outside = Outside::default();
        // Nearly all have no dates, and their bookings are not looked at.
        if project.from.is_none() && project.to.is_none() {
            return Some(outside);
        }
        for run in runs_outside(project, work, last_to_look_at(plan, work)?) {
            for (from, to) in years(run) {
                let period = Period::new(from, to).ok()?;
                if !meter.spend(period.len()) {
                    return None;
                }
                outside.look(plan, work.owner, id, period)?;
            }
        }
        let over = project.to.is_some() && work.end.is_none();
        outside.endless = over && outside.count > 0;
        Some(outside)
    }

    fn look(&mut self, plan: &Plan, owner: Owner, id: AssignmentId, period: Period) -> Option<()> {
        match owner {
            Owner::Person(person) => {
                let entry = plan.people().get(&person)?;
                let figures = PersonFigures::of(plan, entry, period);
                for day in period.iter() {
                    let mut loads = figures.loads_on(day).into_iter();
                    let own = loads.find(|(booking, _)| booking.record.id == id);
                    self.add(day, own.map_or(0, |(_, minutes)| u64::from(minutes)));
                }
            }
            Owner::Placeholder(placeholder) => {
                let entry = plan.placeholders().get(&placeholder)?;
                let figures = PlaceholderFigures::of(plan, entry, period);
                for day in period.iter() {
                    let day_alone = Period::new(day, day).ok()?;
                    let sums = figures.demand_where(day_alone, |b| b.record.id == id);
                    self.add(day, sums.0 + sums.1);
                }
            }
        }
        Some(())
    }

    fn add(&mut self, day: Date, minutes: u64) {
        if minutes == 0 {
            return;
        }
        if self.dates.len() < NAMED_DAYS {
            self.dates.push(day);
        }
        self.count += 1;
        self.minutes += minutes;
    }

    fn is_more_than(&self, was: &Outside) -> bool {
        (self.endless && !was.endless) || self.count > was.count || self.minutes > was.minutes
    }
}

/// The days of a booking before its project begins, and those after it ends; of one without an end
/// to that day.
fn runs_outside(project: &Project, work: &Assignment, last: Date) -> Vec<(Date, Date)> {
    let end = work.end.unwrap_or(last.max(work.start));
    let before = project.from.filter(|from| work.start < *from);
    let before = before.map(|from| (work.start, end.min(from.plus(-1))));
    let after = project.to.filter(|to| *to < end);
    let after = after.map(|to| (work.start.max(to.plus(1)), end));
    before.into_iter().chain(after).collect()
}
