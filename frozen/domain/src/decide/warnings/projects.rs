//! Work on days on which its project does not run.

use std::collections::BTreeSet;

use super::written::Written;
use super::{MAX_WARNINGS, Meter, NAMED_DAYS, Warning, WarningCode};
use crate::date::{Date, Period};
use crate::decide::horizon::Horizon;
use crate::decide::overbooking::years;
use crate::figures::{PersonFigures, PlaceholderFigures};
use crate::ids::ProjectId;
use crate::kinds::{Assignment, Owner, Project};
use crate::plan::{Booking, Plan};

/// A warning for each person and placeholder whose work on a project lies outside its days, where
/// it did not or was less.
pub(super) fn outside(
    before: &Plan,
    after: &Plan,
    written: &Written<'_>,
    meter: &mut Meter,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (project, owner) in suspects(after, written, meter) {
        if warnings.len() >= MAX_WARNINGS || meter.is_spent() {
            break;
        }
        warnings.extend(Outside { owner, project }.warn(before, after, meter));
    }
    warnings
}

/// Whose work may have come to lie outside, and the project.
fn suspects(
    after: &Plan,
    written: &Written<'_>,
    meter: &mut Meter,
) -> BTreeSet<(ProjectId, Owner)> {
    let mut suspects = BTreeSet::new();
    let mut suspect = |work: &Assignment| {
        let entry = after.projects().get(&work.project_id);
        if entry.is_some_and(|entry| reaches_out(work, &entry.project)) {
            suspects.insert((work.project_id, work.owner));
        }
    };
    for (_, now) in written.bookings.values() {
        now.iter().for_each(|work| suspect(work));
    }
    let people = written.people.iter();
    for entry in people.filter_map(|id| after.people().get(id)) {
        if meter.spend(entry.bookings.len()) {
            let bookings = entry.bookings.iter();
            bookings.for_each(|booking| suspect(&booking.record.value));
        }
    }
    let dated = written.dated.iter();
    for entry in dated.filter_map(|id| after.projects().get(id)) {
        if meter.spend(entry.assignments.len()) {
            let bookings = entry.assignments.iter().filter_map(|id| after.booking(*id));
            bookings.for_each(|booking| suspect(&booking.record.value));
        }
    }
    suspects
}

fn reaches_out(work: &Assignment, project: &Project) -> bool {
    let late = |to: Date| work.end.is_none_or(|end| end > to);
    project.from.is_some_and(|from| work.start < from) || project.to.is_some_and(late)
}

/// The work of one of a project's people or placeholders.
struct Outside {
    owner: Owner,
    project: ProjectId,
}

impl Outside {
    fn warn(&self, before: &Plan, after: &Plan, meter: &mut Meter) -> Option<Warning> {
        let project = &after.projects().get(&self.project)?.project;
        let was = before.projects().get(&self.project).map(|e| &e.project);
        let out: Vec<&Booking> = self
            .bookings(after)
            .filter(|booking| reaches_out(&booking.record.value, project))
            .collect();
        let mut horizon = Horizon::of(after, self.owner)?;
        if let Some(known) = Horizon::of(before, self.owner) {
            horizon = horizon.and(known.settled);
        }
        for end in [project.to, was.and_then(|was| was.to)] {
            horizon = end.map_or(horizon, |end| horizon.and(end));
        }
        let mut warning = Warning {
            person_id: self.owner.person(),
            project_id: Some(self.project),
            assignment_id: match *out {
                [one] => Some(one.record.id),
                _ => None,
            },
            minutes: Some(0),
            ..Warning::new(WarningCode::OutsideProject)
        };
        let runs = runs(project, &out, horizon);
        for (from, to) in runs.into_iter().flat_map(years) {
            let period = Period::new(from, to).ok()?;
            if !meter.spend(2 * period.len()) {
                break;
            }
            let old = was.and_then(|_| self.minutes(before, period));
            for (n, (day, now)) in period.iter().zip(self.minutes(after, period)?).enumerate() {
                let was_out = was.is_some_and(|was| !was.runs_on(day));
                let old = old.as_ref().filter(|_| was_out).map_or(0, |old| old[n]);
                if now > old {
                    note(&mut warning, day, now, horizon.settled);
                }
            }
        }
        (!warning.dates.is_empty()).then_some(warning)
    }

    fn bookings<'p>(&self, plan: &'p Plan) -> impl Iterator<Item = &'p Booking> {
        let person = self.owner.person().and_then(|id| plan.people().get(&id));
        let placeholder = match self.owner {
            Owner::Person(_) => None,
            Owner::Placeholder(id) => plan.placeholders().get(&id),
        };
        let of_person = person.into_iter().flat_map(|entry| entry.bookings.iter());
        let asked = placeholder.into_iter().flat_map(|e| e.bookings.iter());
        let project = self.project;
        let all = of_person.chain(asked);
        all.filter(move |booking| booking.record.value.project_id == project)
    }

    /// The minutes of each day, tentative ones with them; `None` where there is nobody.
    fn minutes(&self, plan: &Plan, period: Period) -> Option<Vec<u64>> {
        let days = period.iter().filter_map(|day| Period::new(day, day).ok());
        let minutes: Vec<u64> = match self.owner {
            Owner::Person(id) => {
                let entry = plan.people().get(&id)?;
                let figures = PersonFigures::of(plan, entry, period);
                let of = |day| figures.project(self.project, day);
                days.map(of).map(|(sure, more)| sure + more).collect()
            }
            Owner::Placeholder(id) => {
                let entry = plan.placeholders().get(&id)?;
                let figures = PlaceholderFigures::of(plan, entry, period);
                let ours = |b: &Booking| b.record.value.project_id == self.project;
                let of = |day| figures.demand_where(day, ours);
                days.map(of).map(|(sure, more)| sure + more).collect()
            }
        };
        Some(minutes)
    }
}

/// The days before a project's first and after its last on which there may be work.
fn runs(project: &Project, out: &[&Booking], horizon: Horizon) -> Vec<(Date, Date)> {
    let work = out.iter().map(|booking| &booking.record.value);
    let (Some(start), Some(end)) = (
        work.clone().map(|work| work.start).min(),
        work.map(|work| work.end.unwrap_or(horizon.last())).max(),
    ) else {
        return Vec::new();
    };
    let early = project.from.filter(|from| start < *from);
    let early = early.map(|from| (start, end.min(from.plus(-1))));
    let late = project.to.filter(|to| *to < end);
    let late = late.map(|to| (start.max(to.plus(1)), end));
    early.into_iter().chain(late).collect()
}

fn note(warning: &mut Warning, day: Date, minutes: u64, settled: Date) {
    if warning.dates.len() < NAMED_DAYS {
        warning.dates.push(day);
    }
    if day > settled {
        (warning.count, warning.minutes) = (None, None);
    }
    warning.count = warning.count.map(|n| n + 1);
    warning.minutes = warning.minutes.map(|sum| sum + minutes);
}
