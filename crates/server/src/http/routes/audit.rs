//! Who changed what, when.

use axum::extract::Request;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use raally_app::audit::{self, AuditPage as Found, AuditQuery};
use raally_app::ports::AuditPosition;
use raally_domain::access::Operation;
use raally_domain::event::Action;
use raally_domain::ids::{EventId, StepId, UserId};
use raally_domain::kinds::Kind;
use raally_domain::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::TENANT;
use super::as_of::reading;
use crate::http::access::InTenant;
use crate::http::endpoint::{Endpoints, get};
use crate::http::params::{self, ReadParams, params};
use crate::http::problem::Problem;
use crate::http::response;

params! {
    #[derive(Clone, Debug)]
    pub(crate) struct AuditParams {
        /// How many at most: 1 to 200.
        limit: Default<u32> = 50,
        /// Where the page before ended: its `next_cursor`.
        cursor: Optional<String>,
        /// Done by this user.
        actor: Optional<Uuid>,
        /// About this kind of thing.
        entity: Optional<Kind>,
        /// About this very thing.
        entity_id: Optional<Uuid>,
        /// Created, changed or deleted.
        action: Optional<Action>,
        /// At or after this instant.
        from: Optional<Timestamp>,
        /// Before this instant.
        to: Optional<Timestamp>,
        /// Only where label, actor or a changed value holds this text.
        q: Optional<String>,
    }
}

/// A page of the audit list.
#[derive(Serialize, ToSchema)]
struct AuditPage {
    #[schema(value_type = Vec<AuditItem>)]
    items: Vec<audit::AuditItem>,
    /// Where the next page begins; `null` on the last. A page may hold fewer items than asked
    /// for and still have a next one.
    next_cursor: Option<String>,
    /// Not counted: `null`.
    total: Option<usize>,
}

/// Something that happened.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the use case answers with")]
struct AuditItem {
    id: EventId,
    seq: u64,
    recorded_at: Timestamp,
    occurred_at: Timestamp,
    /// `null`: Raally itself.
    actor: Option<AuditActor>,
    /// The request it was a part of.
    step: StepId,
    /// The kind of thing, as the API (or, where imported, the old system) names it.
    entity: String,
    entity_id: String,
    action: String,
    /// What it was about, in a few words.
    label: String,
    /// Without what the reader may not see.
    changes: Vec<FieldChange>,
    /// Brought by an import.
    imported: bool,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the use case answers with")]
struct AuditActor {
    user_id: Option<UserId>,
    name: String,
    email: Option<String>,
}

/// A field before and after.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the use case answers with")]
struct FieldChange {
    field: String,
    before: Value,
    after: Value,
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        get(&format!("{TENANT}/audit"), "list_audit")
            .tag("schedule")
            .summary("Who changed what, the latest first")
            .describe("Pay is shown to admins alone.")
            .reads()
            .query::<(AuditParams, ReadParams)>()
            .answers::<AuditPage>(200, "A page")
            .handled_by(list),
    ]
}

async fn list(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(Operation::ReadAudit)?;
    let (asked, read) = params::read::<(AuditParams, ReadParams)>(request.uri().query())?;
    if !(1..=200).contains(&asked.limit) {
        return Err(Problem::malformed("?limit", "must be between 1 and 200"));
    }
    let plan = reading(&t, read).await?;
    // Seen from a moment of the past, what came after has not happened.
    let until = read.as_of.map(|_| just_after(plan.recorded_at()));
    let query = AuditQuery {
        actor: asked.actor.map(UserId),
        kind: asked.entity,
        entity_id: asked.entity_id,
        action: asked.action,
        from: asked.from,
        until: asked.to.into_iter().chain(until).min(),
        text: asked.q,
        before: asked.cursor.as_deref().map(position).transpose()?,
        limit: asked.limit as usize,
    };
    let Found { items, next } = audit::list(&t.app.services, &plan, &t.access, &query).await?;
    let page = AuditPage {
        items,
        next_cursor: next.map(cursor),
        total: None,
    };
    Ok(response::at(plan.head(), &page))
}

fn just_after(moment: Timestamp) -> Timestamp {
    Timestamp::from_micros(moment.micros().saturating_add(1))
}

fn cursor(position: AuditPosition) -> String {
    let text = format!("{}/{}", position.occurred_at.micros(), position.seq);
    URL_SAFE_NO_PAD.encode(text)
}

fn position(cursor: &str) -> Result<AuditPosition, Problem> {
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (micros, seq) = text.split_once('/')?;
        Some(AuditPosition {
            occurred_at: Timestamp::from_micros(micros.parse().ok()?),
            seq: seq.parse().ok()?,
        })
    };
    read()
        .ok_or_else(|| Problem::malformed("?cursor", "must be the next_cursor of the page before"))
}
