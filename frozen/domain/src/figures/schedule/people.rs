//! Rows of people.

use std::sync::Arc;

use serde::Serialize;

use super::bars::{AssignmentBar, TimeOffBar};
use super::order::{Fits, order};
use super::{Bucket, RowChoice, Schedule, ScheduleQuery, Span, bars, labels, placeholders};
use crate::date::{Date, Period};
use crate::figures::person::PersonFigures;
use crate::ids::{PersonId, TeamId};
use crate::kinds::Holiday;
use crate::plan::{PersonEntry, Plan, Version};

/// A person over a period.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleRow {
    pub person_id: PersonId,
    /// Of the person; each bar has its own.
    pub version: Version,
    pub full_name: String,
    /// At the period's end.
    pub job_title: Option<String>,
    pub team_id: Option<TeamId>,
    /// Over the whole history.
    pub lanes: u16,
    /// Of the period.
    pub utilization: Option<f64>,
    pub capacity_minutes: u64,
    pub booked_minutes: u64,
    /// The assignments that run in the period.
    pub assignments: Vec<AssignmentBar>,
    pub time_off: Vec<TimeOffBar>,
    pub holidays: Vec<Holiday>,
    /// Parallel to the buckets.
    pub cells: Vec<Cell>,
}

/// The figures of a bucket, in minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cell {
    pub capacity_minutes: u64,
    pub booked_minutes: u64,
    pub tentative_minutes: u64,
    /// Some day of the bucket is overbooked.
    pub overbooked: bool,
}

/// Works out a schedule of people.
#[must_use]
pub fn schedule(plan: &Plan, query: &ScheduleQuery) -> Schedule {
    let (period, bucket) = (query.period, query.bucket);
    let buckets = bucket.cut(period);
    let (total, offset, entries): (usize, usize, Vec<&Arc<PersonEntry>>) = match &query.rows {
        RowChoice::People(ids) => {
            let found: Vec<_> = ids.iter().filter_map(|id| plan.people().get(id)).collect();
            (found.len(), 0, found)
        }
        RowChoice::Page { offset, limit } => {
            let places = order(plan, &query.filter, query.group, query.sort, period);
            let page = places.iter().skip(*offset).take(*limit);
            (places.len(), *offset, page.map(|p| p.entry).collect())
        }
    };
    let rows: Vec<ScheduleRow> = entries
        .into_iter()
        .map(|entry| row(plan, entry, period, &buckets))
        .collect();
    let placeholders = match &query.rows {
        RowChoice::Page { offset: 0, .. } => {
            let fits = Fits::new(plan, &query.filter, period);
            placeholders::rows(plan, &fits, period, &buckets)
        }
        _ => Vec::new(),
    };
    let bars = rows.iter().flat_map(|r| &r.assignments);
    let bars = bars.chain(placeholders.iter().flat_map(|r| &r.assignments));
    Schedule {
        head: plan.head(),
        from: period.from(),
        to: period.to(),
        bucket,
        total,
        offset,
        projects: labels(plan, bars),
        buckets: buckets.iter().map(Span::from).collect(),
        rows,
        placeholders,
    }
}

/// The rows of these people, in the order of `people`; those there are not are left out.
#[must_use]
pub fn schedule_rows(
    plan: &Plan,
    people: &[PersonId],
    period: Period,
    bucket: Bucket,
) -> Vec<ScheduleRow> {
    let buckets = bucket.cut(period);
    let entries = people.iter().filter_map(|id| plan.people().get(id));
    entries
        .map(|entry| row(plan, entry, period, &buckets))
        .collect()
}

fn row(plan: &Plan, entry: &PersonEntry, period: Period, buckets: &[Period]) -> ScheduleRow {
    let figures = PersonFigures::of(plan, entry, period);
    let totals = figures.totals(period);
    let lanes = &entry.profile().lanes;
    ScheduleRow {
        person_id: entry.id,
        version: entry.version,
        full_name: entry.person.name().to_owned(),
        job_title: entry.title_on(period.to()).map(str::to_owned),
        team_id: entry.placement_on(period.to()).and_then(|p| p.team_id),
        lanes: lanes.count(),
        utilization: totals.utilization(false),
        capacity_minutes: totals.capacity,
        booked_minutes: totals.booked,
        assignments: bars::assignments(entry.bookings.iter(), lanes, period),
        time_off: bars::time_off(&entry.time_off, period),
        holidays: holidays(plan, entry, period),
        cells: buckets.iter().map(|b| cell(&figures, *b)).collect(),
    }
}

/// The holidays of the calendars in force, each on its own days.
fn holidays(plan: &Plan, entry: &PersonEntry, period: Period) -> Vec<Holiday> {
    let calendars = &entry.profile().calendars;
    let mut holidays = Vec::new();
    for (n, (from, _)) in calendars.iter().enumerate() {
        let next = calendars.get(n + 1);
        let last = next.map_or(i32::MAX, |(from, _)| from - 1);
        let days = (*from).max(period.from().days())..=last.min(period.to().days());
        let Some(first) = Date::from_days(*days.start()).filter(|_| !days.is_empty()) else {
            continue;
        };
        if let Some(calendar) = plan.calendar_on(entry, first) {
            let in_force = calendar.holidays.iter();
            let in_force = in_force.filter(|h| days.contains(&h.date.days()));
            holidays.extend(in_force.cloned());
        }
    }
    holidays
}

fn cell(figures: &PersonFigures<'_>, bucket: Period) -> Cell {
    let totals = figures.totals(bucket);
    Cell {
        capacity_minutes: totals.capacity,
        booked_minutes: totals.booked,
        tentative_minutes: totals.tentative,
        overbooked: figures.overbooked(bucket, false).is_some(),
    }
}
