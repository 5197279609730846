//! Work on days on which its project does not run.

use std::collections::BTreeSet;

use super::written::Written;
use super::{MAX_WARNINGS, Meter, NAMED_DAYS, Warning, WarningCode};
use crate::date::{Date, Period};
use crate::decide::horizon::Horizon;
use crate::decide::overbooking::years;
use crate::figures::{PersonFigures, PlaceholderFigures};
use crate::ids::{AssignmentId, ProjectId};
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
        let outside = Outside {
            owner,
            project,
            days: days(written, project, owner),
        };
        warnings.extend(outside.warn(before, after, meter));
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
        let touched = written.touched(Owner::Person(entry.id));
        let touched = touched.into_iter();
        let bookings = touched.flat_map(|(from, to)| entry.bookings.between(from, to));
        let bookings = bookings.take_while(|_| meter.spend_bookings(1));
        bookings.for_each(|booking| suspect(&booking.record.value));
    }
    let dated = written.dated.iter();
    for entry in dated.filter_map(|id| after.projects().get(id)) {
        if meter.spend_bookings(entry.assignments.len()) {
            let bookings = entry.assignments.iter().filter_map(|id| after.booking(*id));
            bookings.for_each(|booking| suspect(&booking.record.value));
        }
    }
    suspects
}

/// The days on which work of that project may have come to lie outside.
fn days(written: &Written<'_>, project: ProjectId, owner: Owner) -> (Date, Date) {
    let touched = written.touched(owner);
    let own = touched.filter(|_| !written.dated.contains(&project));
    own.unwrap_or((Date::MIN, Date::MAX))
}

fn reaches_out(work: &Assignment, project: &Project) -> bool {
    let late = |to: Date| work.end.is_none_or(|end| end > to);
    project.from.is_some_and(|from| work.start < from) || project.to.is_some_and(late)
}

/// The work of one of a project's people or placeholders.
struct Outside {
    owner: Owner,
    project: ProjectId,
    /// Those that are looked at.
    days: (Date, Date),
}

impl Outside {
    fn warn(&self, before: &Plan, after: &Plan, meter: &mut Meter) -> Option<Warning> {
        let project = &after.projects().get(&self.project)?.project;
        let was = before.projects().get(&self.project).map(|e| &e.project);
        let out = self.bookings(after, self.days);
        let out: Vec<&Booking> = out
            .take_while(|_| meter.spend_bookings(1))
            .filter(|booking| self.is_out(booking, project))
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
            minutes: Some(0),
            ..Warning::new(WarningCode::OutsideProject)
        };
        let runs = runs(project, &out, horizon).into_iter();
        let (first, last) = self.days;
        let runs = runs.map(|(from, to)| (from.max(first), to.min(last)));
        for (from, to) in runs.flat_map(years) {
            let period = Period::new(from, to).ok()?;
            if !meter.spend(2 * period.len()) {
                break;
            }
            let old = was.and_then(|_| self.minutes(before, period, meter));
            let Some(now) = self.minutes(after, period, meter) else {
                break;
            };
            for (n, (day, now)) in period.iter().zip(now).enumerate() {
                let was_out = was.is_some_and(|was| !was.runs_on(day));
                let old = old.as_ref().filter(|_| was_out).map_or(0, |old| old[n]);
                if now > old {
                    note(&mut warning, day, now, horizon.settled);
                }
            }
        }
        if warning.dates.is_empty() {
            return None;
        }
        warning.assignment_id = self.only_one(after, project, &out, meter);
        Some(warning)
    }

    /// The booking that lies outside the project's days, if it is one, on whatever days.
    fn only_one(
        &self,
        plan: &Plan,
        project: &Project,
        out: &[&Booking],
        meter: &mut Meter,
    ) -> Option<AssignmentId> {
        let [one] = *out else {
            return None;
        };
        let before = project.from.map(|from| (Date::MIN, from.plus(-1)));
        let after = project.to.map(|to| (to.plus(1), Date::MAX));
        let sides = before.into_iter().chain(after);
        let mut others = sides
            .flat_map(|days| self.bookings(plan, days))
            .filter(|booking| booking.record.id != one.record.id);
        // Where it would take too long to tell, none is named.
        let is_other = |other: &Booking| !meter.spend_bookings(1) || self.is_out(other, project);
        (!others.any(is_other)).then_some(one.record.id)
    }

    fn is_out(&self, booking: &Booking, project: &Project) -> bool {
        let work = &booking.record.value;
        work.project_id == self.project && reaches_out(work, project)
    }

    /// The owner's bookings that run on some days, on whatever project.
    fn bookings<'p>(
        &self,
        plan: &'p Plan,
        (from, to): (Date, Date),
    ) -> impl Iterator<Item = &'p Booking> + use<'p> {
        let bookings = match self.owner {
            Owner::Person(id) => plan.people().get(&id).map(|entry| &entry.bookings),
            Owner::Placeholder(id) => plan.placeholders().get(&id).map(|entry| &entry.bookings),
        };
        let bookings = bookings.into_iter();
        bookings.flat_map(move |bookings| bookings.between(from, to))
    }

    /// The minutes of each day, tentative ones with them; `None` where there is nobody, or where
    /// it would take too long to tell.
    fn minutes(&self, plan: &Plan, period: Period, meter: &mut Meter) -> Option<Vec<u64>> {
        match self.owner {
            Owner::Person(id) => {
                let entry = plan.people().get(&id)?;
                let figures = PersonFigures::once(plan, entry, period);
                let told = meter.spend_bookings(figures.looked_at());
                told.then(|| figures.project_by_day(self.project))
            }
            Owner::Placeholder(id) => {
                let entry = plan.placeholders().get(&id)?;
                let figures = PlaceholderFigures::of(plan, entry, period);
                let told = meter.spend_bookings(figures.loads().len());
                told.then(|| figures.project_by_day(self.project))
            }
        }
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
