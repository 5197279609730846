//! What all resources of a tenant have in common: list, add, get, change, remove.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use raally_app::tenants::Write;
use raally_domain::access::Access;
use raally_domain::date::Date;
use raally_domain::decide::{Command, Op};
use raally_domain::figures::SearchTerm;
use raally_domain::ids::PersonId;
use raally_domain::kinds::{Entity, Kind, Resource, Table};
use raally_domain::plan::{Plan, Version};
use raally_domain::problem::Message;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::TENANT;
use super::as_of::reading;
use super::list::in_order;
pub(crate) use super::list::{ListParams, Page, SortKey, page_of};
use crate::http::access::InTenant;
use crate::http::body::RawBody;
use crate::http::csv::{self, Columns};
use crate::http::endpoint::{Endpoints, delete, get, patch, post};
use crate::http::params::{self, Params, ReadParams, params};
use crate::http::problem::Problem;
use crate::http::response::{self, ListWork};
use crate::http::schema::{New, Patch};
use crate::http::write::{After, RowsParams, Written, expected, idempotency, rendered, submit};

/// A kind of which a tenant has many, at an address of its own: what the domain does not say of it.
pub(crate) trait Collection: Resource<View: ToSchema> + 'static {
    /// The schema of what POST takes.
    type Fields: ToSchema;
    /// What narrows its list.
    type Filter: Params + Send + 'static;

    const TAG: &'static str;
    /// Whether it is a part of a person: `people/{id}/…`.
    const OF_PERSON: bool = false;
    /// What its list can be sorted by, the default first.
    const SORTS: &'static [&'static str] = &["name"];

    /// As operations name many of them; of one, the kind's own name stands.
    fn plural() -> String {
        path::<Self>().replace('-', "_")
    }

    /// The sort keys of those that fit, in any order; `text` is folded.
    fn find(
        plan: &Plan,
        of: Option<Uuid>,
        filter: &Self::Filter,
        text: Option<&SearchTerm>,
        sort: &str,
        on: Date,
    ) -> Vec<SortKey>;
}

/// Its part of the address, such as `people`.
fn path<E: Entity>() -> &'static str {
    E::KIND.path().unwrap_or(E::KIND.name())
}

fn version<E: Resource>(plan: &Plan, id: Uuid) -> Version {
    E::Table::version(plan, id.into()).unwrap_or_default()
}

fn view<E: Resource>(plan: &Plan, id: Uuid, on: Date) -> Option<E::View> {
    E::view(plan, id.into(), on)
}

params! {
    /// As of when dated things are shown.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct OnParams {
        /// What is dated, such as a person's team, as of this day; the workspace's current day
        /// where it is missing.
        on: Optional<Date>,
    }
}

impl OnParams {
    fn day(self, t: &InTenant, plan: &Plan) -> Date {
        self.on.unwrap_or_else(|| today(t, plan))
    }
}

/// The workspace's current day.
pub(crate) fn today(t: &InTenant, plan: &Plan) -> Date {
    plan.day_of(t.app.services.now())
}

/// A removed resource.
#[derive(Serialize, ToSchema)]
pub(crate) struct Removed {
    #[serde(flatten)]
    pub after: After,
}

/// The five endpoints of a collection.
pub(crate) fn endpoints<R: Collection>() -> Endpoints {
    let parent = if R::OF_PERSON {
        format!("{TENANT}/people/{{id}}/{}", path::<R>())
    } else {
        format!("{TENANT}/{}", path::<R>())
    };
    let one = if R::OF_PERSON { "record_id" } else { "id" };
    let single = format!("{parent}/{{{one}}}");
    let (id, ids, what) = (R::KIND.name(), R::plural(), R::NOUN);
    let sorted = format!("Sorts: {}.", R::SORTS.join(", "));
    vec![
        get(&parent, &format!("list_{ids}"))
            .tag(R::TAG)
            .summary(&format!("List: {what}"))
            .describe(&sorted)
            .reads()
            .query::<(ListParams, R::Filter, (ReadParams, OnParams))>()
            .lists::<Page<R::View>>("A page, or as CSV all of them")
            .handled_by(list::<R>),
        post(&parent, &format!("add_{id}"))
            .tag(R::TAG)
            .summary(&format!("Add: {what}"))
            .writes()
            .query::<RowsParams>()
            .body::<New<R::Fields>>()
            .answers::<Written<R::View>>(201, "Added")
            .handled_by(add::<R>),
        get(&single, &format!("get_{id}"))
            .tag(R::TAG)
            .summary(&format!("Get one: {what}"))
            .reads()
            .query::<ReadParams>()
            .answers::<R::View>(200, "Found; its ETag is its version")
            .handled_by(one_of::<R>),
        patch(&single, &format!("change_{id}"))
            .tag(R::TAG)
            .summary(&format!("Change: {what}"))
            .describe("A JSON merge patch (RFC 7396): what is not named stays as it is.")
            .writes()
            .if_match()
            .query::<RowsParams>()
            .body::<Patch<R::Fields>>()
            .answers::<Written<R::View>>(200, "Changed")
            .handled_by(change::<R>),
        delete(&single, &format!("remove_{id}"))
            .tag(R::TAG)
            .summary(&format!("Remove: {what}"))
            .writes()
            .if_match()
            .query::<RowsParams>()
            .answers::<Removed>(200, "Removed")
            .handled_by(remove::<R>),
    ]
}

/// The person in the address, who must be there.
fn person<R: Collection>(t: &InTenant, plan: &Plan) -> Result<Option<Uuid>, Problem> {
    if !R::OF_PERSON {
        return Ok(None);
    }
    let id = t.id(0, Kind::Person)?;
    if plan.people().contains_key(&PersonId(id)) {
        Ok(Some(id))
    } else {
        Err(Problem::not_found(Kind::Person))
    }
}

async fn list<R: Collection>(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(R::READ)?;
    let query = request.uri().query();
    let (list, filter, (read, on)) =
        params::read::<(ListParams, R::Filter, (ReadParams, OnParams))>(query)?;
    let limit = list.limit()?;
    let (sort, descending) = list.sort(R::SORTS)?;
    let after = list.after()?;
    let plan = reading(&t, read).await?;
    let of = person::<R>(&t, &plan)?;
    let on = on.day(&t, &plan);
    let (looked_at, access) = (Arc::clone(&plan), t.access);
    let text = list.q.as_deref().map(SearchTerm::new);
    let found = move || R::find(&looked_at, of, &filter, text.as_ref(), sort, on);
    let records = R::Table::count(&plan);
    let shown = Arc::clone(&plan);
    let headers = request.headers();
    if csv::is_wanted(headers) {
        let make = move || {
            let keys = in_order(found(), descending);
            let rows = rows::<R>(keys, shown, access, on);
            Columns::of::<R::View>().body(list.bom, rows)
        };
        let work = ListWork::new(records, make);
        return response::table(&t, &plan, headers, on, path::<R>(), work).await;
    }
    let make = move || {
        let found = found();
        let total = found.len();
        let (keys, next_cursor) = page_of(found, after.as_ref(), descending, limit);
        let items = keys
            .iter()
            .filter_map(|key| R::redact(view::<R>(&shown, key.2, on)?, &access))
            .collect();
        Page::<R::View> {
            items,
            next_cursor,
            total,
        }
    };
    let work = ListWork::new(records, make);
    response::collection(&t, &plan, headers, on, work).await
}

/// The views of a table's rows as far as the caller may see them, each made when it is asked for.
fn rows<R: Collection>(
    keys: Vec<SortKey>,
    plan: Arc<Plan>,
    access: Access,
    on: Date,
) -> impl Iterator<Item = Value> + Send + 'static {
    keys.into_iter().filter_map(move |key| {
        let view = R::redact(view::<R>(&plan, key.2, on)?, &access)?;
        serde_json::to_value(view).ok()
    })
}

/// The thing in the address, as far as the caller sees it.
fn found<R: Collection>(t: &InTenant, plan: &Plan, on: Date) -> Result<(Uuid, R::View), Problem> {
    let person = person::<R>(t, plan)?;
    let id = t.id(usize::from(R::OF_PERSON), R::KIND)?;
    view::<R>(plan, id, on)
        .filter(|view| !R::OF_PERSON || R::of_person(view) == person)
        .and_then(|view| R::redact(view, &t.access))
        .map(|view| (id, view))
        .ok_or_else(|| Problem::not_found(R::KIND))
}

async fn one_of<R: Collection>(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(R::READ)?;
    let (read, on) = params::read::<(ReadParams, OnParams)>(request.uri().query())?;
    let plan = reading(&t, read).await?;
    let (id, view) = found::<R>(&t, &plan, on.day(&t, &plan))?;
    Ok(response::resource(&plan, version::<R>(&plan, id), &view))
}

fn may_write<R: Collection>(t: &InTenant) -> Result<(), Problem> {
    if R::WRITERS.iter().any(|operation| t.access.may(*operation)) {
        Ok(())
    } else {
        Err(Problem::forbidden())
    }
}

/// What answers a write: the resource as it is now, with what the write leaves behind.
fn render<R: Collection>(
    t: &InTenant,
    status: StatusCode,
    rows: RowsParams,
) -> impl Fn(&raally_app::tenants::Outcome<'_>) -> raally_app::tenants::RenderedResponse
+ Send
+ Sync
+ 'static {
    let (access, now) = (t.access, t.app.services.now());
    move |outcome| {
        let on = outcome.plan.day_of(now);
        let after = After::of(outcome, rows, &access);
        let view = outcome
            .decision
            .entities
            .first()
            .and_then(|entity| view::<R>(outcome.plan, entity.id, on))
            .and_then(|view| R::redact(view, &access));
        match view {
            Some(view) => rendered(status, &Written { view, after }),
            None => rendered(status, &Removed { after }),
        }
    }
}

async fn add<R: Collection>(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    may_write::<R>(&t)?;
    let person = person::<R>(&t, &t.plan)?;
    let (rows, headers) = asked(&raw)?;
    let mut given = raw.json().await?;
    if let (Some(person), Value::Object(body)) = (person, &mut given.value) {
        of_address(body, person)?;
    }
    let command = Command {
        op: Op::Create,
        resource: R::KIND,
        id: None,
        expect: None,
        body: given.value,
    };
    let key = idempotency(&t, &headers, given.request_hash)?;
    let render = render::<R>(&t, StatusCode::CREATED, rows);
    let write = Write::command(t.caller.user, command, render).keyed(key);
    submit(&t, write.answering_much(rows.are_long())).await
}

/// Puts the person of the address into a body, which must not name one itself.
fn of_address(body: &mut serde_json::Map<String, Value>, person: Uuid) -> Result<(), Problem> {
    if body.contains_key("person_id") {
        return Err(Problem::field("/person_id", Message::GivenByAddress));
    }
    body.insert("person_id".to_owned(), serde_json::json!(person));
    Ok(())
}

fn asked(raw: &RawBody) -> Result<(RowsParams, HeaderMap), Problem> {
    let rows = params::read::<RowsParams>(raw.query())?;
    Ok((rows, raw.headers().clone()))
}

async fn change<R: Collection>(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    may_write::<R>(&t)?;
    let (id, _) = found::<R>(&t, &t.plan, today(&t, &t.plan))?;
    let (rows, headers) = asked(&raw)?;
    let expect = expected(&headers)?;
    let given = raw.json().await?;
    if R::OF_PERSON && given.value.get("person_id").is_some() {
        return Err(Problem::field("/person_id", Message::GivenByAddress));
    }
    let command = Command {
        op: Op::Update,
        resource: R::KIND,
        id: Some(id),
        expect,
        body: given.value,
    };
    let key = idempotency(&t, &headers, given.request_hash)?;
    let render = render::<R>(&t, StatusCode::OK, rows);
    let write = Write::command(t.caller.user, command, render).keyed(key);
    submit(&t, write.answering_much(rows.are_long())).await
}

async fn remove<R: Collection>(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    may_write::<R>(&t)?;
    let (rows, headers) = asked(&raw)?;
    let expect = expected(&headers)?;
    let given = raw.nothing().await?;
    let key = idempotency(&t, &headers, given.request_hash)?;
    let person = person::<R>(&t, &t.plan)?;
    let id = t.id(usize::from(R::OF_PERSON), R::KIND)?;
    // Of a kind that is not written yet, nothing has been removed that could be asked for again.
    if R::WRITES == 0 {
        found::<R>(&t, &t.plan, today(&t, &t.plan))?;
    }
    // A key may stand for a removal that has happened, so a thing that is gone is not refused
    // before the key has been looked at.
    let elsewhere = R::OF_PERSON
        && view::<R>(&t.plan, id, today(&t, &t.plan))
            .is_some_and(|view| R::of_person(&view) != person);
    if elsewhere {
        return Err(Problem::not_found(R::KIND));
    }
    let command = Command {
        op: Op::Delete,
        resource: R::KIND,
        id: Some(id),
        expect,
        body: Value::Null,
    };
    let access = t.access;
    let render = move |outcome: &raally_app::tenants::Outcome<'_>| {
        let after = After::of(outcome, rows, &access);
        rendered(StatusCode::OK, &Removed { after })
    };
    let write = Write::command(t.caller.user, command, render).keyed(key);
    submit(&t, write.answering_much(rows.are_long())).await
}
