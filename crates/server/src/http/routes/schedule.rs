//! The schedule and its index.

use axum::extract::Request;
use axum::response::Response;
use raally_app::error::Error;
use raally_domain::access::{Access, Operation};
use raally_domain::event::Head;
use raally_domain::figures::{
    Bucket, Filter, GroupBy, PlaceholderSchedule, ProjectSchedule, RowChoice, Schedule,
    ScheduleIndex, ScheduleQuery, SortBy, TooManyCells, placeholder_schedule, project_schedule,
    schedule, schedule_index,
};
use raally_domain::ids::PersonId;
use raally_domain::plan::Plan;
use raally_domain::redact::redacted;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::TENANT;
use super::as_of::reading;
use super::changes;
use crate::http::access::InTenant;
use crate::http::endpoint::{Endpoints, get};
use crate::http::params::{self, PeriodParams, ReadParams, params, words};
use crate::http::problem::Problem;
use crate::http::response::kept;

words! {
    /// Whose rows.
    pub(crate) enum By { Person = "person", Project = "project", Placeholder = "placeholder" }
}

params! {
    #[derive(Clone, Debug)]
    pub(crate) struct OrderParams {
        /// Consecutive rows under one heading.
        group: Default<GroupBy> = GroupBy::None,
        /// What rows are sorted by.
        sort: Default<SortBy> = SortBy::Name,
        /// Only names that hold this text, whatever its case and diacritics.
        q: Optional<String>,
        /// Of this team on one of the period's days.
        team_id: Optional<Uuid>,
        /// With this job title on one of the period's days.
        role: Optional<String>,
        /// With this skill.
        skill_id: Optional<Uuid>,
        /// Booked on this project within the period.
        project_id: Optional<Uuid>,
        /// Overbooked on some day of the period.
        overbooked: Default<bool> = false,
        /// Archived projects without work in the period too; with work in it they are shown
        /// anyway, as archived people are who are in the period.
        archived: Default<bool> = false,
    }
}

params! {
    #[derive(Clone, Debug)]
    pub(crate) struct RowParams {
        /// How days are put together.
        bucket: Default<Bucket> = Bucket::Week,
        /// Rows of people, of projects with their people, or of placeholders.
        by: Default<By> = By::Person,
        /// How many rows to skip.
        offset: Default<u32> = 0,
        /// How many rows at most: 1 to 200.
        limit: Default<u32> = 50,
        /// These people instead of a page: ids separated by commas, at most 200.
        people: Optional<Vec<Uuid>>,
        /// Only people whose rows may have changed after this head.
        since: Optional<Head>,
    }
}

type ScheduleParams = ((PeriodParams, OrderParams), RowParams, ReadParams);

/// Rows of people; of projects with `by=project`, of placeholders with `by=placeholder`.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(discriminator(property_name = "by", mapping(
    ("person" = "#/components/schemas/Schedule"),
    ("project" = "#/components/schemas/ProjectSchedule"),
    ("placeholder" = "#/components/schemas/PlaceholderSchedule"),
)))]
pub(crate) enum AnySchedule {
    People(Box<Schedule>),
    Projects(Box<ProjectSchedule>),
    Placeholders(Box<PlaceholderSchedule>),
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        get(&format!("{TENANT}/schedule"), "schedule")
            .tag("schedule")
            .summary("Rows of people, projects or placeholders over a period")
            .describe(
                "People are those in the period: employed on one of its days, or with load \
                 (tentative too) or displaced work in it. Rows hold arrays of minutes with one entry for each of `buckets`, at most 20,000 \
                 in all; a bar leaves out what it does not have. With `since`, rows of people that are the same as at \
                 that head are left out; `people` and `since` can be combined.",
            )
            .reads()
            .query::<ScheduleParams>()
            .answers::<AnySchedule>(200, "The rows")
            .handled_by(get_schedule),
        get(&format!("{TENANT}/schedule/index"), "schedule_index")
            .tag("schedule")
            .summary("Which rows there are, in their order")
            .reads()
            .query::<(PeriodParams, OrderParams, ReadParams)>()
            .answers::<ScheduleIndex>(200, "Ids and lanes of all rows")
            .handled_by(get_index),
    ]
}

fn filter(order: &OrderParams) -> Filter {
    Filter {
        q: order.q.clone(),
        team_id: order.team_id.map(Into::into),
        role: order.role.clone(),
        skill_id: order.skill_id.map(Into::into),
        project_id: order.project_id.map(Into::into),
        overbooked: order.overbooked,
        archived: order.archived,
    }
}

/// The rows that are asked for.
async fn choice(t: &InTenant, plan: &Plan, rows: &RowParams) -> Result<RowChoice, Problem> {
    if !(1..=200).contains(&rows.limit) {
        return Err(Problem::malformed("?limit", "must be between 1 and 200"));
    }
    let named = rows.people.as_ref().map(|ids| {
        let mut seen = std::collections::HashSet::new();
        let ids = ids.iter().map(|id| PersonId(*id));
        ids.filter(|id| seen.insert(*id)).collect::<Vec<_>>()
    });
    if named.as_ref().is_some_and(|ids| ids.len() > 200) {
        return Err(Problem::malformed("?people", "must be at most 200 ids"));
    }
    let page = RowChoice::Page {
        offset: rows.offset as usize,
        limit: rows.limit as usize,
    };
    let changed = match rows.since {
        Some(since) => changes::people_since(t, plan, since).await?,
        None => None,
    };
    Ok(match (named, changed) {
        (Some(named), Some(changed)) => RowChoice::People(
            named
                .into_iter()
                .filter(|id| changed.contains(id))
                .collect(),
        ),
        (Some(named), None) => RowChoice::People(named),
        (None, Some(changed)) => RowChoice::People(changed.into_iter().take(200).collect()),
        (None, None) => page,
    })
}

async fn get_schedule(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(Operation::ReadPlan)?;
    let ((PeriodParams(period), order), rows, read) =
        params::read::<ScheduleParams>(request.uri().query())?;
    let plan = reading(&t, read).await?;
    let query = ScheduleQuery {
        period,
        bucket: rows.bucket,
        filter: filter(&order),
        group: order.group,
        sort: order.sort,
        rows: choice(&t, &plan, &rows).await?,
    };
    let access = t.access;
    kept(&t, &plan, request.uri(), request.headers(), move |plan| {
        work_out(plan, &query, rows.by, &access)
    })
    .await
}

fn work_out(
    plan: &Plan,
    query: &ScheduleQuery,
    by: By,
    access: &Access,
) -> Result<Option<AnySchedule>, Error> {
    let bounded = |error: TooManyCells| Error::QuotaExceeded(error.into());
    Ok(match by {
        By::Person => {
            let found = schedule(plan, query).map_err(bounded)?;
            redacted(found, access).map(|found| AnySchedule::People(Box::new(found)))
        }
        By::Project => {
            let found = project_schedule(plan, query).map_err(bounded)?;
            redacted(found, access).map(|found| AnySchedule::Projects(Box::new(found)))
        }
        By::Placeholder => {
            let found = placeholder_schedule(plan, query).map_err(bounded)?;
            redacted(found, access).map(|found| AnySchedule::Placeholders(Box::new(found)))
        }
    })
}

async fn get_index(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(Operation::ReadPlan)?;
    let query = request.uri().query();
    let (PeriodParams(period), order, read) =
        params::read::<(PeriodParams, OrderParams, ReadParams)>(query)?;
    let plan = reading(&t, read).await?;
    kept(&t, &plan, request.uri(), request.headers(), move |plan| {
        let (group, sort) = (order.group, order.sort);
        Ok(schedule_index(plan, &filter(&order), group, sort, period))
    })
    .await
}
