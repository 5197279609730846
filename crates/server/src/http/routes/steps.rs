//! Undo and redo.

use axum::http::StatusCode;
use axum::response::Response;
use raally_app::tenants::{Outcome, RenderedResponse, Write};
use raally_domain::access::{Access, Operation};
use raally_domain::decide::TakeBack;
use raally_domain::ids::StepId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::TENANT;
use super::changes::label_of;
use crate::http::access::InTenant;
use crate::http::body::RawBody;
use crate::http::endpoint::{Endpoints, post};
use crate::http::params::{self, params};
use crate::http::problem::Problem;
use crate::http::write::{After, RowsParams, idempotency, rendered, submit};

params! {
    #[derive(Clone, Debug)]
    pub(crate) struct UndoParams {
        /// Which step; the caller's last one where it is missing. The activity names them.
        step: Optional<Uuid>,
    }
}

/// A step that was taken back or done again.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stepped {
    /// The step that this request made.
    pub step: StepId,
    /// What it was about, as a line such as `Ana Maia`.
    pub label: String,
    #[serde(flatten)]
    pub after: After,
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        post(&format!("{TENANT}/undo"), "undo")
            .tag("schedule")
            .summary("Take back the own last step, or the one that is named")
            .describe("Admins may name a step of somebody else's, who then may do it again.")
            .writes()
            .query::<(RowsParams, UndoParams)>()
            .answers::<Stepped>(200, "Taken back")
            .handled_by(undo),
        post(&format!("{TENANT}/redo"), "redo")
            .tag("schedule")
            .summary("Do again what was taken back last")
            .writes()
            .query::<RowsParams>()
            .answers::<Stepped>(200, "Done again")
            .handled_by(redo),
    ]
}

fn render(
    rows: RowsParams,
    access: Access,
) -> impl Fn(&Outcome<'_>) -> RenderedResponse + Send + Sync + 'static {
    move |outcome| {
        let stepped = Stepped {
            step: outcome.step,
            label: label_of(outcome.plan, &outcome.decision.changes),
            after: After::of(outcome, rows, &access),
        };
        rendered(StatusCode::OK, &stepped)
    }
}

async fn undo(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::Undo)?;
    let (rows, undo) = params::read::<(RowsParams, UndoParams)>(raw.query())?;
    let headers = raw.headers().clone();
    let given = raw.nothing().await?;
    let key = idempotency(&t, &headers, given.request_hash)?;
    let (user, render) = (t.caller.user, render(rows, t.access));
    let which = undo
        .step
        .map_or(TakeBack::Last, |step| TakeBack::Of(StepId(step)));
    let write = Write::take_back(user, which, render);
    submit(&t, write.keyed(key).answering_much(rows.are_long())).await
}

async fn redo(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::Undo)?;
    let rows = params::read::<RowsParams>(raw.query())?;
    let headers = raw.headers().clone();
    let given = raw.nothing().await?;
    let key = idempotency(&t, &headers, given.request_hash)?;
    let write = Write::take_back(t.caller.user, TakeBack::Again, render(rows, t.access));
    submit(&t, write.keyed(key).answering_much(rows.are_long())).await
}
