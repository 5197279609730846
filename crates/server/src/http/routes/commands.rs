//! Several commands as one step.

use axum::http::StatusCode;
use axum::response::Response;
use raally_app::tenants::Write;
use raally_domain::access::{Access, Operation};
use raally_domain::date::Date;
use raally_domain::decide::Command;
use raally_domain::for_resource;
use raally_domain::kinds::{EntityRef, Resource};
use raally_domain::plan::Plan;
use raally_domain::problem::Message;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::TENANT;
use crate::http::access::InTenant;
use crate::http::body::{ParsedBody, RawBody};
use crate::http::endpoint::{Endpoints, post};
use crate::http::params;
use crate::http::problem::Problem;
use crate::http::refusals::Refusal;
use crate::http::write::{After, RowsParams, idempotency, rendered, submit};

/// Any of these may try: what each command needs is decided with the plan.
const WRITERS: [Operation; 2] = [Operation::PlanWork, Operation::RequestOwnTimeOff];
/// How many commands one request may bring.
const MAX_COMMANDS: usize = 10_000;

/// Commands that happen as one step, or not at all. A bare array of commands is taken as well.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Commands {
    pub commands: Vec<Command>,
}

/// What a batch left.
#[derive(Serialize, ToSchema)]
pub(crate) struct Batched {
    /// What each command was about, as it is now; `null` where it is gone or out of sight.
    #[schema(value_type = Vec<Option<Object>>)]
    pub results: Vec<Option<Value>>,
    #[serde(flatten)]
    pub after: After,
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        post(&format!("{TENANT}/commands"), "run_commands")
            .tag("planning")
            .summary("Several commands as one step: all of them, or none")
            .describe("Errors point at the command: `/commands/3/body/start`.")
            .writes()
            .query::<RowsParams>()
            .body::<Commands>()
            .refuses([Refusal::PreconditionFailed])
            .answers::<Batched>(200, "Done")
            .handled_by(run),
    ]
}

/// Refuses who may write nothing at all.
pub(crate) fn require_writer(t: &InTenant) -> Result<(), Problem> {
    if WRITERS.iter().any(|operation| t.access.may(*operation)) {
        Ok(())
    } else {
        Err(Problem::forbidden())
    }
}

/// The commands of a body.
pub(crate) fn commands(mut given: ParsedBody) -> Result<Vec<Command>, Problem> {
    if given.value.is_array() {
        given.value = json!({ "commands": given.value });
    }
    let Commands { commands } = given.read()?;
    match commands.len() {
        0 => Err(Problem::field("/commands", Message::NoCommand)),
        n if n > MAX_COMMANDS => Err(Problem::field(
            "/commands",
            Message::TooManyCommands { most: MAX_COMMANDS },
        )),
        _ => Ok(commands),
    }
}

async fn run(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    require_writer(&t)?;
    let rows = params::read::<RowsParams>(raw.query())?;
    let headers = raw.headers().clone();
    let (request_hash, commands) = raw
        .json_as(|given| Ok((given.request_hash, commands(given)?)))
        .await?;
    let key = idempotency(&t, &headers, request_hash)?;
    let (access, now) = (t.access, t.app.services.now());
    let write = Write::commands(t.caller.user, commands, move |outcome| {
        let entities = outcome.decision.entities.iter();
        let batched = Batched {
            results: entities
                .map(|entity| view(outcome.plan, *entity, &access, outcome.plan.day_of(now)))
                .collect(),
            after: After::of(outcome, rows, &access),
        };
        rendered(StatusCode::OK, &batched)
    });
    submit(&t, write.keyed(key).answering_much(rows.are_long())).await
}

/// An entity as that access sees it.
pub(crate) fn view(plan: &Plan, entity: EntityRef, access: &Access, on: Date) -> Option<Value> {
    fn of<E: Resource>(plan: &Plan, entity: EntityRef, access: &Access, on: Date) -> Option<Value> {
        let view = E::redact(E::view(plan, entity.id.into(), on)?, access)?;
        serde_json::to_value(view).ok()
    }
    for_resource!(entity.kind, E => of::<E>(plan, entity, access, on), else => None)
}
