//! What commands would bring, committing nothing.

use std::sync::Arc;

use axum::response::Response;
use raally_app::error::Error;
use raally_domain::access::Access;
use raally_domain::date::{Date, Period};
use raally_domain::decide::{Command, Context, Warning, decide};
use raally_domain::figures::{Bucket, ScheduleRow, Touched, excess_days};
use raally_domain::ids::PersonId;
use raally_domain::kinds::IdSource;
use raally_domain::personal::Salt;
use raally_domain::plan::Plan;
use raally_domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::TENANT;
use super::commands::{Commands, commands, require_writer};
use crate::http::App;
use crate::http::access::InTenant;
use crate::http::body::RawBody;
use crate::http::endpoint::{Endpoints, post};
use crate::http::params::{self, PeriodParams, params};
use crate::http::problem::Problem;
use crate::http::refusals::Refusal;
use crate::http::response;
use crate::http::write::{RowsParams, refused, touched_rows};

/// The most conflicts that are told.
const MAX_CONFLICTS: usize = 200;

params! {
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct BucketParams {
        /// How days are put together.
        bucket: Default<Bucket> = Bucket::Day,
    }
}

/// The plan as it would be.
#[derive(Serialize, ToSchema)]
pub(crate) struct Preview {
    /// Of the plan it was worked out on.
    pub head: String,
    /// The rows of touched people; empty where everybody is touched.
    pub rows: Vec<ScheduleRow>,
    pub touched: Vec<Touched>,
    /// Days of touched people that would be overbooked, at most 200.
    pub conflicts: Vec<Conflict>,
    /// What the write would warn of.
    pub warnings: Vec<Warning>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Conflict {
    pub person_id: PersonId,
    pub day: Date,
    pub over_minutes: u32,
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        post(&format!("{TENANT}/preview"), "preview")
            .tag("schedule")
            .summary("What commands would bring, committing nothing")
            .query::<(PeriodParams, BucketParams)>()
            .body::<Commands>()
            .refuses([Refusal::PreconditionFailed])
            .answers::<Preview>(200, "The touched rows as they would be")
            .handled_by(preview),
    ]
}

/// Ids and salts for what is never kept.
pub(crate) struct FreshOf<'a>(pub(crate) &'a App);

impl IdSource for FreshOf<'_> {
    fn now(&self) -> Timestamp {
        self.0.services.now()
    }

    fn uuid(&mut self) -> Uuid {
        self.0.services.uuid()
    }

    fn salt(&mut self) -> Salt {
        self.0.services.random()
    }
}

async fn preview(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    require_writer(&t)?;
    let query = raw.query();
    let (PeriodParams(period), with) = params::read::<(PeriodParams, BucketParams)>(query)?;
    let commands = raw.json_as(commands).await?;
    let (app, plan, access) = (t.app.clone(), Arc::clone(&t.plan), t.access);
    let previewing = move || worked_out(&app, &plan, access, &commands, (period, with.bucket));
    let whose = t.plan.tenant().0;
    match t.app.services.cpu.run(whose, previewing).await? {
        Ok(preview) => Ok(response::at(t.plan.head(), &preview)),
        Err(error) => Err(refused(&t, error).await),
    }
}

fn worked_out(
    app: &App,
    plan: &Plan,
    access: Access,
    commands: &[Command],
    (period, bucket): (Period, Bucket),
) -> Result<Preview, Error> {
    let mut context = Context {
        access,
        fresh: &mut FreshOf(app),
    };
    let decided = decide(plan, &mut context, commands);
    let decision = decided.map_err(|r| Error::of_command(r, "/commands"))?;
    let mut after = plan.clone();
    for recorded in &decision.changes {
        after
            .apply_recorded(recorded)
            .map_err(|e| Error::internal("a decision does not fit its plan", e))?;
    }
    let (touched, warnings) = (decision.touched, decision.warnings);
    let asked = RowsParams(Some((period, bucket)));
    Ok(Preview {
        head: plan.head().to_string(),
        rows: touched_rows(&after, &touched, asked, &access).unwrap_or_default(),
        conflicts: conflicts(&after, &touched, period),
        touched,
        warnings,
    })
}

fn conflicts(plan: &Plan, touched: &[Touched], period: Period) -> Vec<Conflict> {
    let people = touched.iter().filter_map(|t| t.person_id);
    let entries = people.filter_map(|id| plan.people().get(&id));
    entries
        .flat_map(|entry| {
            let over = excess_days(plan, entry, period).into_iter();
            over.map(|(day, over_minutes)| Conflict {
                person_id: entry.id,
                day,
                over_minutes,
            })
        })
        .take(MAX_CONFLICTS)
        .collect()
}
