//! A workspace's settings, of which there is one set.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use raally_app::tenants::Write;
use raally_domain::access::Operation;
use raally_domain::decide::{Command, Op};
use raally_domain::kinds::{Kind, SettingsBody, SettingsView};

use super::TENANT;
use super::as_of::reading;
use crate::http::access::InTenant;
use crate::http::body::RawBody;
use crate::http::endpoint::{Endpoints, get, patch};
use crate::http::params::{self, ReadParams};
use crate::http::problem::Problem;
use crate::http::response;
use crate::http::schema::Patch;
use crate::http::write::{After, RowsParams, Written, expected, idempotency, rendered, submit};

pub(crate) fn endpoints() -> Endpoints {
    let path = format!("{TENANT}/settings");
    vec![
        get(&path, "get_settings")
            .tag("workspaces")
            .summary("The workspace's settings")
            .reads()
            .query::<ReadParams>()
            .answers::<SettingsView>(200, "The settings")
            .handled_by(settings),
        patch(&path, "change_settings")
            .tag("workspaces")
            .summary("Change the workspace's settings")
            .describe("A JSON merge patch (RFC 7396): what is not named stays as it is.")
            .writes()
            .if_match()
            .query::<RowsParams>()
            .body::<Patch<SettingsBody>>()
            .answers::<Written<SettingsView>>(200, "Changed")
            .handled_by(change),
    ]
}

async fn settings(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(Operation::ReadPlan)?;
    let read = params::read::<ReadParams>(request.uri().query())?;
    let plan = reading(&t, read).await?;
    let view = SettingsView::of(&plan);
    Ok(response::resource(&plan, view.version, &view))
}

async fn change(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ManageSettings)?;
    let rows = params::read::<RowsParams>(raw.query())?;
    let headers = raw.headers().clone();
    let expect = expected(&headers)?;
    let given = raw.json().await?;
    let command = Command {
        op: Op::Update,
        resource: Kind::Settings,
        id: None,
        expect,
        body: given.value,
    };
    let key = idempotency(&t, &headers, given.request_hash)?;
    let access = t.access;
    let write = Write::command(t.caller.user, command, move |outcome| {
        let written = Written {
            view: SettingsView::of(outcome.plan),
            after: After::of(outcome, rows, &access),
        };
        rendered(StatusCode::OK, &written)
    });
    submit(&t, write.keyed(key)).await
}
