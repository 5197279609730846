//! Rows of people.

use std::sync::Arc;

use serde::Serialize;

use super::bars::{AssignmentBar, TimeOffBar};
use super::order::order;
use super::{
    Bucket, ByPerson, RowChoice, Schedule, ScheduleQuery, Span, TooManyCells, bars, labels,
    within_cells,
};
use crate::date::{Date, Period};
use crate::figures::person::PersonFigures;
use crate::figures::totals::Totals;
use crate::ids::{PersonId, TeamId};
use crate::kinds::Holiday;
use crate::plan::{PersonEntry, Plan, Version};

/// A person over a period.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleRow {
    /// Whose it is.
    pub person_id: PersonId,
    /// Of the person; each bar has its own.
    pub version: Version,
    /// The name to show.
    pub full_name: String,
    /// At the period's end.
    pub job_title: Option<String>,
    /// The team at the period's end.
    pub team_id: Option<TeamId>,
    /// Over the whole history.
    pub lanes: u16,
    /// Of the period.
    pub utilization: Option<f64>,
    /// One entry for each of the buckets, as in all that follow to `overbooked`.
    pub capacity_minutes: Vec<u64>,
    /// Minutes of confirmed bookings.
    pub booked_minutes: Vec<u64>,
    /// Minutes of tentative bookings, which no other figure holds unless it says so.
    pub tentative_minutes: Vec<u64>,
    /// What approved time off took from confirmed bookings.
    pub displaced_minutes: Vec<u64>,
    /// Whether some day of the bucket is overbooked.
    pub overbooked: Vec<bool>,
    /// The assignments that run in the period.
    pub assignments: Vec<AssignmentBar>,
    /// Time off as it is drawn.
    pub time_off: Vec<TimeOffBar>,
    /// Holidays of the period.
    pub holidays: Vec<Holiday>,
}

/// Works out a schedule of people.
///
/// # Errors
/// [`TooManyCells`] where its rows have more than [`super::MAX_CELLS`].
pub fn schedule(plan: &Plan, query: &ScheduleQuery) -> Result<Schedule, TooManyCells> {
    let (period, bucket) = (query.period, query.bucket);
    let buckets = bucket.cut(period, plan.settings().week_start);
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
    within_cells(entries.len(), &buckets)?;
    let rows: Vec<ScheduleRow> = entries
        .into_iter()
        .map(|entry| row(plan, entry, period, &buckets))
        .collect();
    let bars = rows.iter().flat_map(|r| &r.assignments);
    Ok(Schedule {
        by: ByPerson::Person,
        head: plan.head(),
        from: period.from(),
        to: period.to(),
        bucket,
        total,
        offset,
        projects: labels(plan, bars),
        buckets: buckets.iter().map(Span::from).collect(),
        rows,
    })
}

/// The rows of these people, in the order of `people`; those there are not are left out.
#[must_use]
pub fn schedule_rows(
    plan: &Plan,
    people: &[PersonId],
    period: Period,
    bucket: Bucket,
) -> Vec<ScheduleRow> {
    let buckets = bucket.cut(period, plan.settings().week_start);
    let entries = people.iter().filter_map(|id| plan.people().get(id));
    entries
        .map(|entry| row(plan, entry, period, &buckets))
        .collect()
}

fn row(plan: &Plan, entry: &PersonEntry, period: Period, buckets: &[Period]) -> ScheduleRow {
    let figures = PersonFigures::of(plan, entry, period);
    let cells: Vec<Totals> = buckets.iter().map(|b| figures.totals(*b)).collect();
    let each = |minutes: fn(&Totals) -> u64| cells.iter().map(minutes).collect();
    let overbooked = |bucket: &Period| figures.overbooked(*bucket, false).is_some();
    let lanes = &entry.booked().lanes;
    ScheduleRow {
        person_id: entry.id,
        version: entry.version,
        full_name: entry.person.name().to_owned(),
        job_title: entry.title_on(period.to()).map(str::to_owned),
        team_id: entry.placement_on(period.to()).and_then(|p| p.team_id),
        lanes: lanes.count(),
        utilization: figures.totals(period).utilization(false),
        capacity_minutes: each(|c| c.capacity),
        booked_minutes: each(|c| c.booked),
        tentative_minutes: each(|c| c.tentative),
        displaced_minutes: each(|c| c.displaced),
        overbooked: buckets.iter().map(overbooked).collect(),
        assignments: bars::of_person(entry.bookings.iter(), lanes, &figures),
        time_off: bars::time_off(&entry.time_off, period),
        holidays: holidays(plan, entry, period),
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
