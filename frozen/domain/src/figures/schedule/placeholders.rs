//! Rows of placeholders: what is to be staffed.

use serde::Serialize;

use super::bars::{self, AssignmentBar, runs_in};
use super::order::Fits;
use crate::date::Period;
use crate::figures::demand::PlaceholderFigures;
use crate::figures::fold;
use crate::figures::profile::Lanes;
use crate::ids::{PlaceholderId, ProjectId, TeamId};
use crate::plan::{Booking, PlaceholderEntry, Plan, Version};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlaceholderRow {
    pub placeholder_id: PlaceholderId,
    pub version: Version,
    /// The job title that is wanted.
    pub title: String,
    pub team_id: Option<TeamId>,
    pub lanes: u16,
    pub demand_minutes: u64,
    pub assignments: Vec<AssignmentBar>,
    /// Parallel to the buckets.
    pub cells: Vec<DemandCell>,
}

/// What is asked for in a bucket, in minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DemandCell {
    pub demand_minutes: u64,
    /// Tentative demand, on top.
    pub tentative_minutes: u64,
}

/// All placeholders that fit, by title and id.
pub(super) fn rows(
    plan: &Plan,
    fits: &Fits<'_>,
    period: Period,
    buckets: &[Period],
) -> Vec<PlaceholderRow> {
    let filter = fits.filter();
    let wanted = |entry: &PlaceholderEntry| {
        let placeholder = &entry.placeholder;
        let booked_on = |project| {
            let mut bookings = entry.bookings.iter();
            bookings.any(|b| b.record.value.project_id == project && runs_in(b, period))
        };
        let team = placeholder.team_id;
        fits.text([placeholder.title.as_str()])
            && filter.team_id.is_none_or(|id| team == Some(id))
            && filter.role.as_ref().is_none_or(|r| placeholder.title == *r)
            && filter.project_id.is_none_or(booked_on)
    };
    if fits.asks_for_people() {
        return Vec::new();
    }
    let entries = plan.placeholders().values().filter(|e| wanted(e));
    let mut rows: Vec<PlaceholderRow> = entries
        .map(|entry| row(plan, entry, None, period, buckets))
        .collect();
    rows.sort_by_cached_key(|r| (fold(&r.title), r.placeholder_id));
    rows
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
    let cell = |bucket: &Period| {
        let (demand_minutes, tentative_minutes) = figures.demand_where(*bucket, counts);
        DemandCell {
            demand_minutes,
            tentative_minutes,
        }
    };
    PlaceholderRow {
        placeholder_id: entry.id,
        version: entry.version,
        title: entry.placeholder.title.clone(),
        team_id: entry.placeholder.team_id,
        lanes: lanes.count(),
        demand_minutes: figures.demand_where(period, counts).0,
        assignments: bars::assignments(shown(), &lanes, period),
        cells: buckets.iter().map(cell).collect(),
    }
}
