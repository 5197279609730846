//! Rows of projects, each open into its people with what they have left.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::bars::{self, AssignmentBar};
use super::order::Fits;
use super::placeholders::{self, PlaceholderRow};
use super::{
    Bucket, ByProject, RowChoice, ScheduleQuery, Span, TooManyCells, as_text, within_cells,
};
use crate::date::{Date, Period};
use crate::event::Head;
use crate::figures::fold;
use crate::figures::person::PersonFigures;
use crate::figures::presence::runs_in;
use crate::figures::profile::Lanes;
use crate::ids::{PersonId, PlaceholderId, ProjectId};
use crate::kinds::{Owner, ProjectColour, ProjectStatus};
use crate::plan::{Bookings, PersonEntry, PlaceholderEntry, Plan, ProjectEntry, Version};

/// Rows of projects, by name and id.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectSchedule {
    /// What the rows are.
    pub by: ByProject,
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
    pub rows: Vec<ProjectRow>,
}

/// A project with those who work on it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectRow {
    /// Which project.
    pub project_id: ProjectId,
    /// The version that a change is based on.
    pub version: Version,
    /// The name to show.
    pub name: String,
    /// The short name, if it has one.
    pub code: Option<String>,
    /// The client's name.
    pub client: Option<String>,
    /// What its bars are drawn in.
    pub colour: ProjectColour,
    /// Where the project stands.
    pub status: ProjectStatus,
    /// What people are booked for, one entry for each of the buckets, as in the three that
    /// follow.
    pub booked_minutes: Vec<u64>,
    /// Minutes of tentative bookings, which no other figure holds unless it says so.
    pub tentative_minutes: Vec<u64>,
    /// What approved time off took from confirmed bookings.
    pub displaced_minutes: Vec<u64>,
    /// What placeholders ask for.
    pub demand_minutes: Vec<u64>,
    /// Those booked on it within the period, by name and id.
    pub people: Vec<ProjectPerson>,
    /// Demand of the project.
    pub placeholders: Vec<PlaceholderRow>,
}

/// What one person does for the project.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectPerson {
    /// Whose it is.
    pub person_id: PersonId,
    /// The version that a change is based on.
    pub version: Version,
    /// The name to show.
    pub full_name: String,
    /// At the period's end.
    pub job_title: Option<String>,
    /// How many lanes its bars take.
    pub lanes: u16,
    /// Booked on this project, one entry for each of the buckets, as in the three that follow.
    pub booked_minutes: Vec<u64>,
    /// Minutes of tentative bookings, which no other figure holds unless it says so.
    pub tentative_minutes: Vec<u64>,
    /// What approved time off took from confirmed bookings on this project.
    pub displaced_minutes: Vec<u64>,
    /// What all their confirmed assignments leave idle.
    pub residual_minutes: Vec<u64>,
    /// On this project.
    pub assignments: Vec<AssignmentBar>,
}

/// Works out a schedule of projects. The text is searched for in name, code and client; what
/// is asked of people narrows the people shown, and leaves out projects without any of them.
/// [`RowChoice::People`] has no meaning here and gives all rows.
///
/// # Errors
/// [`TooManyCells`] where its rows and those within them have more than [`super::MAX_CELLS`].
pub fn project_schedule(
    plan: &Plan,
    query: &ScheduleQuery,
) -> Result<ProjectSchedule, TooManyCells> {
    let (period, filter) = (query.period, &query.filter);
    let fits = Fits::new(plan, filter, period);
    let buckets = query.bucket.cut(period, plan.settings().week_start);
    let narrowed = fits.asks_for_people() || filter.team_id.is_some() || filter.role.is_some();
    let mut entries: Vec<_> = plan
        .projects()
        .values()
        .filter(|e| filter.project_id.is_none_or(|id| e.id == id))
        .filter(|e| {
            let project = &e.project;
            let more = project.code.iter().chain(project.client_name(plan));
            fits.text(more.chain([&project.name]).map(String::as_str))
        })
        .map(|e| (e, staff(plan, e, &fits, period)))
        .filter(|(_, staff)| !narrowed || !staff.is_empty())
        .filter(|(e, staff)| {
            let archived = e.project.archived && !filter.archived;
            !archived || !staff.is_empty() || !asking(plan, e, period).is_empty()
        })
        .collect();
    entries.sort_by_cached_key(|(e, _)| (fold(&e.project.name), e.id));
    let (offset, limit) = match query.rows {
        RowChoice::Page { offset, limit } => (offset, limit),
        RowChoice::People(_) => (0, usize::MAX),
    };
    let page = entries.iter().skip(offset).take(limit);
    // A project's own row, and those of its people and placeholders.
    let rows = page
        .clone()
        .map(|(entry, staff)| 1 + staff.len() + asking(plan, entry, period).len())
        .sum();
    within_cells(rows, &buckets)?;
    Ok(ProjectSchedule {
        by: ByProject::Project,
        head: plan.head(),
        from: period.from(),
        to: period.to(),
        bucket: query.bucket,
        total: entries.len(),
        offset,
        rows: page
            .map(|(entry, staff)| row(plan, entry, staff, period, &buckets))
            .collect(),
        buckets: buckets.iter().map(Span::from).collect(),
    })
}

/// The people booked on a project within the period who fit, by name and id.
fn staff<'p>(
    plan: &'p Plan,
    entry: &ProjectEntry,
    fits: &Fits<'_>,
    period: Period,
) -> Vec<&'p PersonEntry> {
    let owners = entry.assignments.iter().filter_map(|id| plan.owner(*id));
    let ids: BTreeSet<PersonId> = owners.filter_map(Owner::person).collect();
    let people = ids.iter().filter_map(|id| plan.people().get(id));
    let mut staff: Vec<&PersonEntry> = people
        .map(|person| &**person)
        .filter(|person| works_on(entry.id, &person.bookings, period) && fits.person(person))
        .collect();
    staff.sort_by_key(|person| (&*person.profile().folded_name, person.id));
    staff
}

fn works_on(project: ProjectId, bookings: &Bookings, period: Period) -> bool {
    let mut on_project = bookings
        .iter()
        .filter(|b| b.record.value.project_id == project);
    on_project.any(|b| runs_in(b, period))
}

fn row(
    plan: &Plan,
    entry: &ProjectEntry,
    staff: &[&PersonEntry],
    period: Period,
    buckets: &[Period],
) -> ProjectRow {
    let people: Vec<ProjectPerson> = staff
        .iter()
        .map(|person| row_of_person(plan, entry.id, person, period, buckets))
        .collect();
    let placeholders = asked(plan, entry, period, buckets);
    let over_people =
        |minutes: fn(&ProjectPerson) -> &[u64]| added_up(buckets.len(), people.iter().map(minutes));
    let asked_for = placeholders.iter().map(|p| &p.demand_minutes[..]);
    let project = &entry.project;
    ProjectRow {
        project_id: entry.id,
        version: entry.version,
        name: project.name.clone(),
        code: project.code.clone(),
        client: project.client_name(plan).cloned(),
        colour: project.colour,
        status: project.status,
        booked_minutes: over_people(|p| &p.booked_minutes),
        tentative_minutes: over_people(|p| &p.tentative_minutes),
        displaced_minutes: over_people(|p| &p.displaced_minutes),
        demand_minutes: added_up(buckets.len(), asked_for),
        people,
        placeholders,
    }
}

/// The sums of rows, bucket by bucket.
fn added_up<'a>(buckets: usize, rows: impl Iterator<Item = &'a [u64]>) -> Vec<u64> {
    let mut sums = vec![0; buckets];
    for row in rows {
        for (sum, minutes) in sums.iter_mut().zip(row) {
            *sum += minutes;
        }
    }
    sums
}

fn row_of_person(
    plan: &Plan,
    project: ProjectId,
    entry: &PersonEntry,
    period: Period,
    buckets: &[Period],
) -> ProjectPerson {
    let figures = PersonFigures::of(plan, entry, period);
    let on_project = || {
        let bookings = entry.bookings.iter();
        bookings.filter(|b| b.record.value.project_id == project)
    };
    let lanes = Lanes::pack(on_project());
    let on_it = buckets.iter().map(|b| figures.project(project, *b));
    let (booked_minutes, tentative_minutes) = on_it.unzip();
    let displaced = |bucket: &Period| figures.displaced_of(project, *bucket);
    let residual = |bucket: &Period| figures.totals(*bucket).idle(false);
    ProjectPerson {
        person_id: entry.id,
        version: entry.version,
        full_name: entry.person.name().to_owned(),
        job_title: entry.title_on(period.to()).map(str::to_owned),
        lanes: lanes.count(),
        booked_minutes,
        tentative_minutes,
        displaced_minutes: buckets.iter().map(displaced).collect(),
        residual_minutes: buckets.iter().map(residual).collect(),
        assignments: bars::of_person(on_project(), &lanes, &figures),
    }
}

/// The placeholders that stand for work on the project within the period.
fn asking<'p>(
    plan: &'p Plan,
    entry: &ProjectEntry,
    period: Period,
) -> BTreeMap<PlaceholderId, &'p Arc<PlaceholderEntry>> {
    let owners = entry.assignments.iter().filter_map(|id| plan.owner(*id));
    owners
        .filter_map(|owner| match owner {
            Owner::Placeholder(id) => plan.placeholders().get(&id).map(|e| (id, e)),
            Owner::Person(_) => None,
        })
        .filter(|(_, e)| works_on(entry.id, &e.bookings, period))
        .collect()
}

fn asked(
    plan: &Plan,
    entry: &ProjectEntry,
    period: Period,
    buckets: &[Period],
) -> Vec<PlaceholderRow> {
    let mut rows: Vec<PlaceholderRow> = asking(plan, entry, period)
        .into_values()
        .map(|e| placeholders::row(plan, e, Some(entry.id), period, buckets))
        .collect();
    rows.sort_by_cached_key(|r| (fold(&r.title), r.placeholder_id));
    rows
}
