//! Who changed what, when.

use axum::extract::Request;
use axum::response::Response;
use raally_domain::access::Operation;
use raally_domain::entities::Kind;
use raally_domain::event::Action;
use raally_domain::ids::{EventId, StepId, UserId};
use raally_domain::time::Moment;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::TENANT;
use super::crud::Page;
use crate::http::access::InTenant;
use crate::http::answer;
use crate::http::endpoint::{Endpoints, get};
use crate::http::params::{self, ReadParams, params};
use crate::http::problem::Problem;

params! {
    #[derive(Clone, Debug)]
    pub(crate) struct AuditParams {
        /// How many at most: 1 to 200.
        limit: Or<u32> = 50,
        /// Where the page before ended: its `next_cursor`.
        cursor: May<String>,
        /// Done by this user.
        actor: May<Uuid>,
        /// About this kind of thing.
        entity: May<Kind>,
        /// About this very thing.
        entity_id: May<Uuid>,
        /// Created, changed or deleted.
        action: May<Action>,
        /// At or after this instant.
        from: May<Moment>,
        /// Before this instant.
        to: May<Moment>,
        /// Only where label or changes hold this text.
        q: May<String>,
    }
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditItem {
    pub id: EventId,
    pub seq: u64,
    pub recorded_at: Moment,
    pub occurred_at: Moment,
    /// `null`: not by a user.
    pub actor: Option<AuditActor>,
    /// The request it was a part of.
    pub step: StepId,
    /// The kind of thing, as the API (or, where imported, the old system) names it.
    pub entity: String,
    pub entity_id: String,
    pub action: String,
    /// What it was about, in a line.
    pub label: String,
    pub changes: Vec<FieldChange>,
    /// Brought by an import.
    pub imported: bool,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct AuditActor {
    pub user_id: Option<UserId>,
    pub name: String,
    pub email: Option<String>,
}

/// A field before and after.
#[derive(Serialize, ToSchema)]
pub(crate) struct FieldChange {
    pub field: String,
    #[schema(value_type = Value)]
    pub before: Value,
    #[schema(value_type = Value)]
    pub after: Value,
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        get(&format!("{TENANT}/audit"), "list_audit")
            .tag("schedule")
            .summary("Who changed what, the latest first")
            .describe("Pay is shown to admins alone.")
            .reads()
            .query::<(AuditParams, ReadParams)>()
            .answers::<Page<AuditItem>>(200, "A page; `total` counts what is on it and after it")
            .handled_by(list),
    ]
}

async fn list(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(Operation::ReadAudit)?;
    let _ = params::read::<(AuditParams, ReadParams)>(request.uri().query())?;
    Ok(answer::at(t.plan.head(), &Vec::<AuditItem>::new()))
}
