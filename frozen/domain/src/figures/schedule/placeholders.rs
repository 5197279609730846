//! Rows of placeholders: what is to be staffed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bars::{self, AssignmentBar};
use super::order::Fits;
use super::{
    Bucket, ByPlaceholder, ProjectLabel, RowChoice, ScheduleQuery, Span, TooManyCells, as_text,
    labels, within_cells,
};
use crate::date::{Date, Period};
use crate::event::Head;
use crate::figures::demand::PlaceholderFigures;
use crate::figures::fold;
use crate::figures::presence::runs_in;
use crate::figures::profile::Lanes;
use crate::ids::{PlaceholderId, ProjectId, TeamId};
use crate::plan::{Booking, PlaceholderEntry, Plan, Version};

/// Rows of placeholders, by title and id: what is to be staffed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlaceholderSchedule {
    /// What the rows are.
    pub by: ByPlaceholder,
    /// The state of the log that this was worked out from.
    #[serde(serialize_with = "as_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub head: Head,
    /// The first day.
    pub from: Date,
    /// The last day, which belongs to it.
    pub to: Date,
    /// How the days are put together.
    pub bucket: Bucket,
    /// How many rows there are in all.
    pub total: usize,
    /// How many rows come before.
    pub offset: usize,
    /// What the entries of the rows' arrays are for.
    pub buckets: Vec<Span>,
    /// The rows of this page.
    pub rows: Vec<PlaceholderRow>,
    /// The projects that bars refer to.
    pub projects: BTreeMap<ProjectId, ProjectLabel>,
}

/// Demand that nobody is named for yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlaceholderRow {
    /// Which placeholder.
    pub placeholder_id: PlaceholderId,
    /// The version that a change is based on.
    pub version: Version,
    /// The job title that is wanted.
    pub title: String,
    /// The team that the demand belongs to.
    pub team_id: Option<TeamId>,
    /// How many lanes its bars take.
    pub lanes: u16,
    /// What is asked for, one entry for each of the buckets.
    pub demand_minutes: Vec<u64>,
    /// Tentative demand, on top.
    pub tentative_minutes: Vec<u64>,
    /// Its bars within the period.
    pub assignments: Vec<AssignmentBar>,
}

/// Works out a schedule of placeholders; none where it is asked for what only people have.
/// [`RowChoice::People`] has no meaning here and gives all rows.
///
/// # Errors
/// [`TooManyCells`] where its rows have more than [`super::MAX_CELLS`].
pub fn placeholder_schedule(
    plan: &Plan,
    query: &ScheduleQuery,
) -> Result<PlaceholderSchedule, TooManyCells> {
    let (period, bucket) = (query.period, query.bucket);
    let fits = Fits::new(plan, &query.filter, period);
    let entries = plan.placeholders().values();
    let mut entries: Vec<_> = entries.filter(|e| wanted(e, &fits, period)).collect();
    entries.sort_by_cached_key(|e| (fold(&e.placeholder.title), e.id));
    let (offset, limit) = match query.rows {
        RowChoice::Page { offset, limit } => (offset, limit),
        RowChoice::People(_) => (0, usize::MAX),
    };
    let buckets = bucket.cut(period, plan.settings().week_start);
    let page = entries.iter().skip(offset).take(limit);
    within_cells(page.len(), &buckets)?;
    let rows: Vec<PlaceholderRow> = page
        .map(|entry| row(plan, entry, None, period, &buckets))
        .collect();
    Ok(PlaceholderSchedule {
        by: ByPlaceholder::Placeholder,
        head: plan.head(),
        from: period.from(),
        to: period.to(),
        bucket,
        total: entries.len(),
        offset,
        projects: labels(plan, rows.iter().flat_map(|r| &r.assignments)),
        buckets: buckets.iter().map(Span::from).collect(),
        rows,
    })
}

fn wanted(entry: &PlaceholderEntry, fits: &Fits<'_>, period: Period) -> bool {
    let (filter, placeholder) = (fits.filter(), &entry.placeholder);
    let booked_on = |project| {
        let mut bookings = entry.bookings.iter();
        bookings.any(|b| b.record.value.project_id == project && runs_in(b, period))
    };
    let team = placeholder.team_id;
    !fits.asks_for_people()
        && fits.text([placeholder.title.as_str()])
        && filter.team_id.is_none_or(|id| team == Some(id))
        && filter.role.as_ref().is_none_or(|r| placeholder.title == *r)
        && filter.project_id.is_none_or(booked_on)
}

/// A placeholder's row, of one project only if one is named.
pub(super) fn row(
    plan: &Plan,
    entry: &PlaceholderEntry,
    project: Option<ProjectId>,
    period: Period,
    buckets: &[Period],
) -> PlaceholderRow {
    let counts = |b: &Booking| project.is_none_or(|id| b.record.value.project_id == id);
    let figures = PlaceholderFigures::of(plan, entry, period);
    let shown = || entry.bookings.iter().filter(|b| counts(b));
    let lanes = Lanes::pack(shown());
    let asked = buckets.iter().map(|b| figures.demand_where(*b, counts));
    let (demand_minutes, tentative_minutes) = asked.unzip();
    PlaceholderRow {
        placeholder_id: entry.id,
        version: entry.version,
        title: entry.placeholder.title.clone(),
        team_id: entry.placeholder.team_id,
        lanes: lanes.count(),
        demand_minutes,
        tentative_minutes,
        assignments: bars::assignments(shown(), &lanes, period),
    }
}
