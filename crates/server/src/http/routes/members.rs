//! Who belongs to a workspace, and as what.

use std::collections::HashMap;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use raally_app::error::Error;
use raally_app::ports::User;
use raally_app::tenants::{Outcome, Write};
use raally_domain::access::{Access, Operation};
use raally_domain::decide::{Command, Op};
use raally_domain::figures::{SearchTerm, fold};
use raally_domain::ids::{PersonId, UserId};
use raally_domain::kinds::{Kind, MemberBody, Role};
use raally_domain::plan::{Plan, Version};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::TENANT;
use super::as_of::reading;
use super::crud::Removed;
use super::list::{ListParams, Page, SortKey, in_order, page_of};
use crate::http::access::InTenant;
use crate::http::body::RawBody;
use crate::http::csv::{self, Columns};
use crate::http::endpoint::{Endpoints, delete, get, patch};
use crate::http::params::{self, ReadParams};
use crate::http::problem::Problem;
use crate::http::response;
use crate::http::schema::Patch;
use crate::http::write::{After, RowsParams, Written, expected, idempotency, rendered, submit};

/// A user's place in a workspace.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct MemberView {
    pub user_id: UserId,
    pub version: Version,
    pub email: String,
    pub full_name: String,
    pub role: Role,
    /// The person of the plan who this user is.
    pub person_id: Option<PersonId>,
}

pub(crate) fn endpoints() -> Endpoints {
    let path = format!("{TENANT}/members");
    let single = format!("{path}/{{user_id}}");
    vec![
        get(&path, "list_members")
            .tag("workspaces")
            .summary("List members")
            .describe("Sorted by name.")
            .reads()
            .query::<(ListParams, ReadParams)>()
            .lists::<Page<MemberView>>("A page, or as CSV all of them")
            .handled_by(list),
        get(&single, "get_member")
            .tag("workspaces")
            .summary("Get one member")
            .reads()
            .query::<ReadParams>()
            .answers::<MemberView>(200, "Found; its ETag is its version")
            .handled_by(one),
        patch(&single, "change_member")
            .tag("workspaces")
            .summary("Change a member's role")
            .writes()
            .if_match()
            .query::<RowsParams>()
            .body::<Patch<MemberBody>>()
            .answers::<Written<MemberView>>(200, "Changed")
            .handled_by(change),
        delete(&single, "remove_member")
            .tag("workspaces")
            .summary("Remove a member; the last admin stays")
            .writes()
            .if_match()
            .query::<RowsParams>()
            .answers::<Removed>(200, "Removed")
            .handled_by(remove),
    ]
}

fn view(plan: &Plan, id: UserId, user: Option<&User>) -> Option<MemberView> {
    let record = plan.members().get(&id)?;
    Some(MemberView {
        user_id: id,
        version: record.version,
        email: user.map_or_else(String::new, |u| u.email.clone()),
        full_name: user.map_or_else(String::new, |u| u.full_name.clone()),
        role: record.value.role,
        person_id: plan.person_of(id),
    })
}

async fn list(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(Operation::ReadMembers)?;
    let (list, read) = params::read::<(ListParams, ReadParams)>(request.uri().query())?;
    let limit = list.limit()?;
    let after = list.after()?;
    let (_, descending) = list.sort(&["name"])?;
    let plan = reading(&t, read).await?;
    let ids: Vec<UserId> = plan.members().keys().copied().collect();
    let users = t.app.services.identity.users(&ids).await;
    let users: HashMap<UserId, User> = users
        .map_err(Error::from)?
        .into_iter()
        .map(|user| (user.id, user))
        .collect();
    let text = list.q.as_deref().map(SearchTerm::new);
    let found = ids
        .iter()
        .filter_map(|id| {
            let (name, email) = users
                .get(id)
                .map_or(("", ""), |u| (&*u.full_name, &*u.email));
            let fits = text
                .as_ref()
                .is_none_or(|term| term.is_in(name) || term.is_in(email));
            fits.then_some(SortKey(0, fold(name), id.0))
        })
        .collect::<Vec<_>>();
    let total = found.len();
    let view = |key: &SortKey| view(&plan, UserId(key.2), users.get(&UserId(key.2)));
    // Names are not part of the log, so its head says nothing about them: no ETag.
    if csv::is_wanted(request.headers()) {
        let members: Vec<MemberView> = in_order(found, descending)
            .iter()
            .filter_map(view)
            .collect();
        let rows = members.into_iter();
        let rows = rows.filter_map(|member| serde_json::to_value(member).ok());
        let body = Columns::of::<MemberView>().body(list.bom, rows);
        return Ok(response::table_at(plan.head(), "members", body));
    }
    let (keys, next_cursor) = page_of(found, after.as_ref(), descending, limit);
    let items = keys.iter().filter_map(view).collect();
    let page = Page::<MemberView> {
        items,
        next_cursor,
        total,
    };
    Ok(response::in_a_form(response::at(plan.head(), &page)))
}

async fn one(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(Operation::ReadMembers)?;
    let read = params::read::<ReadParams>(request.uri().query())?;
    let plan = reading(&t, read).await?;
    let id = member(&t, &plan)?;
    let user = t
        .app
        .services
        .identity
        .user(id)
        .await
        .map_err(Error::from)?;
    let view = view(&plan, id, user.as_ref()).ok_or_else(|| Problem::not_found(Kind::Member))?;
    Ok(response::resource(&plan, view.version, &view))
}

/// The member in the address.
fn member(t: &InTenant, plan: &Plan) -> Result<UserId, Problem> {
    let id = UserId(t.id(0, Kind::Member)?);
    if plan.members().contains_key(&id) {
        Ok(id)
    } else {
        Err(Problem::not_found(Kind::Member))
    }
}

fn render(
    status: StatusCode,
    user: Option<User>,
    rows: RowsParams,
    access: Access,
) -> impl Fn(&Outcome<'_>) -> raally_app::tenants::RenderedResponse + Send + Sync + 'static {
    move |outcome| {
        let after = After::of(outcome, rows, &access);
        let entity = outcome.decision.entities.first();
        match entity.and_then(|e| view(outcome.plan, UserId(e.id), user.as_ref())) {
            Some(view) => rendered(status, &Written { view, after }),
            None => rendered(status, &Removed { after }),
        }
    }
}

async fn change(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ManageMembers)?;
    let id = member(&t, &t.plan)?;
    let rows = params::read::<RowsParams>(raw.query())?;
    let headers = raw.headers().clone();
    let expect = expected(&headers)?;
    let given = raw.json().await?;
    let key = idempotency(&t, &headers, given.request_hash)?;
    let user = t
        .app
        .services
        .identity
        .user(id)
        .await
        .map_err(Error::from)?;
    let command = Command {
        op: Op::Update,
        resource: Kind::Member,
        id: Some(id.0),
        expect,
        body: given.value,
    };
    let render = render(StatusCode::OK, user, rows, t.access);
    let write = Write::command(t.caller.user, command, render).keyed(key);
    submit(&t, write).await
}

async fn remove(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ManageMembers)?;
    let id = UserId(t.id(0, Kind::Member)?);
    let rows = params::read::<RowsParams>(raw.query())?;
    let headers = raw.headers().clone();
    let expect = expected(&headers)?;
    let given = raw.nothing().await?;
    let key = idempotency(&t, &headers, given.request_hash)?;
    let command = Command {
        op: Op::Delete,
        resource: Kind::Member,
        id: Some(id.0),
        expect,
        body: Value::Null,
    };
    let access = t.access;
    let write = Write::command(t.caller.user, command, move |outcome| {
        let after = After::of(outcome, rows, &access);
        rendered(StatusCode::OK, &Removed { after })
    });
    submit(&t, write.keyed(key)).await
}
