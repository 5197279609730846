//! How busy everybody is.

use axum::extract::Request;
use axum::response::Response;
use raally_domain::access::Operation;
use raally_domain::figures::{Dashboard, dashboard};

use super::TENANT;
use super::as_of::reading;
use crate::http::access::InTenant;
use crate::http::endpoint::{Endpoints, get};
use crate::http::params::{self, PeriodParams, ReadParams, params};
use crate::http::problem::Problem;
use crate::http::response::kept;

params! {
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct TentativeParams {
        /// Whether tentative work counts.
        with_tentative: Default<bool> = false,
    }
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        get(&format!("{TENANT}/dashboard"), "dashboard")
            .tag("schedule")
            .summary("The figures of a period")
            .reads()
            .query::<(PeriodParams, TentativeParams, ReadParams)>()
            .answers::<Dashboard>(200, "The figures")
            .handled_by(get_dashboard),
    ]
}

async fn get_dashboard(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(Operation::ReadPlan)?;
    let query = request.uri().query();
    let (PeriodParams(period), with, read) =
        params::read::<(PeriodParams, TentativeParams, ReadParams)>(query)?;
    let plan = reading(&t, read).await?;
    kept(&t, &plan, request.uri(), request.headers(), move |plan| {
        Ok(dashboard(plan, period, with.with_tentative))
    })
    .await
}
