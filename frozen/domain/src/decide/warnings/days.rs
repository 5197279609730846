//! Days of a person that the step made worse.

use std::collections::BTreeSet;

use super::written::Written;
use super::{Meter, NAMED_DAYS, Warning, WarningCode};
use crate::date::{Date, Period};
use crate::decide::horizon::Horizon;
use crate::decide::overbooking::years;
use crate::figures::{DayFigures, InfeasibleWindow, PersonFigures, infeasible_windows};
use crate::ids::{PersonId, ProjectId};
use crate::kinds::{Owner, TimeOff, TimeOffStatus};
use crate::plan::{PersonEntry, Plan};

/// The warnings about the days of one person from one to another, both included.
pub(super) fn of(
    before: &Plan,
    after: &Plan,
    person: PersonId,
    touched: (Date, Date),
    written: &Written<'_>,
    meter: &mut Meter,
) -> Vec<Warning> {
    let Some(entry) = after.people().get(&person) else {
        return Vec::new();
    };
    let was = before.people().get(&person).map(|was| (before, &**was));
    let now = Horizon::of_person(after, entry);
    let old = was.map_or(now, |(before, was)| Horizon::of_person(before, was));
    let Some(run) = worked(entry, touched, now.last().max(old.last())) else {
        return Vec::new();
    };
    let mut found = Found::new(written, person, now.settled.max(old.settled));
    for (from, to) in years(run) {
        let Ok(period) = Period::new(from, to) else {
            break;
        };
        if !meter.spend(2 * period.len()) {
            break;
        }
        let looked_at = found.look(was, (after, entry), period);
        if !meter.spend_bookings(looked_at) {
            break;
        }
    }
    let touched = written.touched(Owner::Person(person)).unwrap_or(touched);
    found.infeasible(was, (after, entry), touched, meter);
    found.warnings
}

/// The days between those that have work: to the last day that has to be looked at where the work
/// has no end.
fn worked(entry: &PersonEntry, (from, to): (Date, Date), last: Date) -> Option<(Date, Date)> {
    // In the order of lanes the first begins first.
    let first = entry.bookings.iter().next()?.record.value.start;
    let until = match entry.bookings.any_open() {
        true => last,
        false => entry.bookings.last_date()?,
    };
    let (from, to) = (from.max(first), to.min(until));
    (from <= to).then_some((from, to))
}

/// What was found of one person, by what it is.
struct Found {
    about: Warning,
    /// From the day after this one on, everything repeats.
    settled: Date,
    warnings: Vec<Warning>,
}

impl Found {
    fn new(written: &Written<'_>, person: PersonId, settled: Date) -> Found {
        let one = written.only_one_of(person);
        Found {
            about: Warning {
                person_id: Some(person),
                assignment_id: one.map(|(id, _)| id),
                project_id: one.map(|(_, work)| work.project_id),
                ..Warning::new(WarningCode::Overbooked)
            },
            settled,
            warnings: Vec::new(),
        }
    }

    /// Looks at some days, and returns how many bookings that took.
    fn look(
        &mut self,
        was: Option<(&Plan, &PersonEntry)>,
        (after, entry): (&Plan, &PersonEntry),
        period: Period,
    ) -> usize {
        let old = was.map(|(before, entry)| PersonFigures::once(before, entry, period));
        let tolerance_before = was.map_or(0, |(before, _)| before.settings().tolerance_minutes);
        let tolerance = after.settings().tolerance_minutes;
        let requests = requested(entry, period);
        let figures = PersonFigures::once(after, entry, period);
        let looked_at = old.iter().chain([&figures]).map(PersonFigures::looked_at);
        let looked_at = looked_at.sum();
        for (day, now) in figures.days() {
            if now.displaced > 0 {
                self.displaced(old.as_ref(), &figures, day);
            }
            let load = now.load(true);
            if load == 0 {
                continue;
            }
            let old = old
                .as_ref()
                .map_or_else(DayFigures::default, |f| f.day(day));
            let more = load > old.load(true);
            let excess = now.excess(false, tolerance);
            if excess > old.excess(false, tolerance_before) {
                self.note(WarningCode::Overbooked, day, excess);
            }
            let employed = |entry: &PersonEntry| entry.person.employment.contains(day);
            if !employed(entry) && (more || was.is_some_and(|(_, was)| employed(was))) {
                self.note(WarningCode::OutsideEmployment, day, load);
            }
            if more && requests.iter().any(|r| r.from <= day && day <= r.to) {
                self.note(WarningCode::RequestedTimeOff, day, load);
            }
        }
        looked_at
    }

    /// Takes note of what approved time off takes from confirmed work on a day, by project, where
    /// it is more than it was.
    fn displaced(&mut self, old: Option<&PersonFigures<'_>>, now: &PersonFigures<'_>, day: Date) {
        let Ok(period) = Period::new(day, day) else {
            return;
        };
        let displaced = now.displaced(period).into_iter();
        let confirmed = displaced.filter(|work| !work.booking.tentative);
        let projects = confirmed.map(|work| work.booking.record.value.project_id);
        for project in BTreeSet::from_iter(projects) {
            let of = |figures: &PersonFigures<'_>| figures.displaced_of(project, period);
            let more = of(now).saturating_sub(old.map_or(0, of));
            if let Some(minutes) = u32::try_from(more).ok().filter(|more| *more > 0) {
                self.note_of(WarningCode::Displaced, Some(project), day, minutes);
            }
        }
    }

    /// Takes note of a day.
    fn note(&mut self, code: WarningCode, day: Date, minutes: u32) {
        self.note_of(code, None, day, minutes);
    }

    /// Takes note of a day, for one project where one is named.
    fn note_of(&mut self, code: WarningCode, project: Option<ProjectId>, day: Date, minutes: u32) {
        let is_it = |w: &Warning| w.code == code && (project.is_none() || w.project_id == project);
        let at = self.warnings.iter().position(is_it);
        let at = at.unwrap_or_else(|| {
            let known = about(&self.about, code);
            let own = project.is_none() || known.project_id == project;
            self.warnings.push(Warning {
                minutes: Some(0),
                project_id: project.or(known.project_id),
                assignment_id: known.assignment_id.filter(|_| own),
                ..known
            });
            self.warnings.len() - 1
        });
        let warning = &mut self.warnings[at];
        if warning.dates.len() < NAMED_DAYS {
            warning.dates.push(day);
        }
        if day > self.settled {
            (warning.count, warning.minutes) = (None, None);
        }
        warning.count = warning.count.map(|n| n + 1);
        warning.minutes = warning.minutes.map(|sum| sum + u64::from(minutes));
    }

    /// Takes note of work that no longer fits before its end, or that fits even less.
    fn infeasible(
        &mut self,
        was: Option<(&Plan, &PersonEntry)>,
        (after, entry): (&Plan, &PersonEntry),
        touched: (Date, Date),
        meter: &mut Meter,
    ) {
        let mut windows = |plan, entry| {
            infeasible_windows(plan, entry, touched, |looked_at| {
                meter.spend_bookings(looked_at)
            })
        };
        let Some(now) = windows(after, entry).filter(|now| !now.is_empty()) else {
            return;
        };
        // Where it cannot be told how it was before, nothing is said.
        let Some(old) = was.map_or(Some(Vec::new()), |(plan, entry)| windows(plan, entry)) else {
            return;
        };
        for window in now {
            let worse = |other: &InfeasibleWindow| {
                (other.from, other.to) == (window.from, window.to)
                    && other.missing_minutes >= window.missing_minutes
            };
            if old.iter().any(worse) {
                continue;
            }
            let days = window.from.days()..=window.to.days();
            let count = u32::try_from(days.count()).unwrap_or(u32::MAX);
            let named = i32::try_from(NAMED_DAYS).unwrap_or(i32::MAX);
            let dates = (0..named).map(|n| window.from.plus(n));
            self.warnings.push(Warning {
                assignment_id: match *window.assignment_ids {
                    [one] => Some(one),
                    _ => None,
                },
                project_id: None,
                dates: dates.take_while(|day| *day <= window.to).collect(),
                count: Some(count),
                minutes: Some(window.missing_minutes),
                ..about(&self.about, WarningCode::Infeasible)
            });
        }
    }
}

fn about(known: &Warning, code: WarningCode) -> Warning {
    Warning {
        person_id: known.person_id,
        assignment_id: known.assignment_id,
        project_id: known.project_id,
        ..Warning::new(code)
    }
}

/// Time off that is asked for and not answered yet.
fn requested(entry: &PersonEntry, period: Period) -> Vec<&TimeOff> {
    let records = entry.time_off.iter().map(|r| &*r.value);
    records
        .filter(|r| r.status == TimeOffStatus::Requested)
        .filter(|r| r.from <= period.to() && period.from() <= r.to)
        .collect()
}
