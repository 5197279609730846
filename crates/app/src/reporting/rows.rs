//! Rows as the plan gives them. The figures are `domain`'s; here they are only put into rows.

use std::collections::BTreeMap;

use raally_domain::date::Period;
use raally_domain::figures::{PersonFigures, pattern_days};
use raally_domain::kinds::Portion;
use raally_domain::plan::{PersonEntry, Plan, ProjectEntry};

use crate::ports::{BookedDay, CapacityDay, PersonDays, PersonRow, ProjectRow, TimeOffDay};

/// A person's row of `people`.
#[must_use]
pub fn person_row(plan: &Plan, entry: &PersonEntry) -> PersonRow {
    let person = &entry.person;
    let team = entry.placements.last().and_then(|p| p.value.team_id);
    let team = team.and_then(|id| plan.teams().get(&id));
    PersonRow {
        id: entry.id,
        name: person.full_name.get().cloned(),
        job_title: entry.last_title().map(str::to_owned),
        team: team.map(|team| team.value.name.clone()),
        employment: person.employment.bounds(),
        archived: person.archived,
    }
}

/// A project's row of `projects`.
#[must_use]
pub fn project_row(plan: &Plan, entry: &ProjectEntry) -> ProjectRow {
    let project = &entry.project;
    ProjectRow {
        id: entry.id,
        name: project.name.clone(),
        code: project.code.clone(),
        client: project.client_name(plan).cloned(),
        status: project.status,
        billable: project.billable,
        archived: project.archived,
    }
}

/// A person's rows for the days of a period.
#[must_use]
pub fn person_days(plan: &Plan, entry: &PersonEntry, period: Period) -> PersonDays {
    let figures = PersonFigures::of(plan, entry, period);
    let mut days = PersonDays {
        person: entry.id,
        capacity: Vec::new(),
        booked: Vec::new(),
        time_off: time_off(plan, entry, period),
    };
    for (day, of_day) in figures.days() {
        if of_day.capacity + of_day.booked + of_day.tentative == 0 {
            continue;
        }
        days.capacity.push(CapacityDay {
            day,
            capacity: of_day.capacity,
            booked: of_day.booked,
            tentative: of_day.tentative,
        });
        let mut projects = BTreeMap::new();
        for (booking, minutes) in figures.loads_on(day) {
            let project = booking.record.value.project_id;
            let booked = projects.entry(project).or_insert(BookedDay {
                day,
                project,
                booked: 0,
                tentative: 0,
                billable: 0,
            });
            match (booking.tentative, booking.billable) {
                (true, _) => booked.tentative += minutes,
                (false, billable) => {
                    booked.booked += minutes;
                    booked.billable += if billable { minutes } else { 0 };
                }
            }
        }
        days.booked.extend(projects.into_values());
    }
    days
}

/// What is noted of time off, day by day.
fn time_off(plan: &Plan, entry: &PersonEntry, period: Period) -> Vec<TimeOffDay> {
    let mut days = Vec::new();
    for record in &entry.time_off {
        let off = &record.value;
        let Some(within) = super::cut((off.from, off.to), period) else {
            continue;
        };
        let patterns = match off.portion {
            // A half follows the day's pattern; nothing else asks for it.
            Portion::FirstHalf | Portion::SecondHalf => pattern_days(plan, entry, within),
            Portion::Day | Portion::Minutes(_) => vec![0; within.len()],
        };
        let days_of = within.iter().zip(patterns);
        days.extend(days_of.map(|(day, pattern)| TimeOffDay {
            day,
            time_off: record.id,
            kind: off.kind,
            status: off.status,
            minutes: off.portion.minutes_of(pattern),
        }));
    }
    days.sort_unstable_by_key(|t| (t.day, t.time_off));
    days
}
