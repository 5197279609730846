//! What all resources of a tenant have in common: list, add, get, change, remove.

use std::borrow::Cow;
use std::cmp::Ordering;

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use raally_app::tenants::Write;
use raally_domain::date::Date;
use raally_domain::decide::{Command, Op};
use raally_domain::ids::PersonId;
use raally_domain::kinds::{Entity, Resource, Table};
use raally_domain::plan::{Plan, Version};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::TENANT;
use super::as_of::reading;
use crate::http::access::InTenant;
use crate::http::body::RawBody;
use crate::http::endpoint::{Endpoints, Schemas, add_schema, delete, get, patch, post};
use crate::http::params::{self, Params, ReadParams, params};
use crate::http::problem::Problem;
use crate::http::response;
use crate::http::schema::{New, Patch};
use crate::http::write::{
    After, RowsParams, Written, expected, idempotency, rendered, submit, submit_expecting,
};

/// Where a thing stands in a list: a number, then a text, then its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct SortKey(pub i64, pub String, pub Uuid);

/// A kind of which a tenant has many, at an address of its own: what the domain does not say of it.
pub(crate) trait Collection: Resource<View: ToSchema> + 'static {
    /// The schema of what POST takes.
    type Fields: ToSchema;
    /// What narrows its list.
    type Filter: Params;

    const TAG: &'static str;
    /// Whether it is a part of a person: `people/{id}/…`.
    const OF_PERSON: bool = false;
    /// What its list can be sorted by, the default first.
    const SORTS: &'static [&'static str] = &["name"];

    /// As operations name many of them; of one, the kind's own name stands.
    fn plural() -> String {
        path::<Self>().replace('-', "_")
    }

    /// The places of those that fit, in any order; `text` is folded.
    fn find(
        plan: &Plan,
        of: Option<Uuid>,
        filter: &Self::Filter,
        text: Option<&str>,
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
        on: May<Date>,
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

params! {
    /// What every list takes.
    #[derive(Clone, Debug)]
    pub(crate) struct ListParams {
        /// How many at most: 1 to 200.
        limit: Or<u32> = 50,
        /// Where the page before ended: its `next_cursor`.
        cursor: May<String>,
        /// What to sort by; a minus in front turns it around.
        sort: May<String>,
        /// Only what holds this text, whatever its case and diacritics.
        q: May<String>,
    }
}

/// A page of a list.
#[derive(Serialize)]
pub(crate) struct Page<V> {
    pub items: Vec<V>,
    /// Where the next page begins; `null` on the last.
    pub next_cursor: Option<String>,
    /// How many there are on all pages.
    pub total: usize,
}

impl<V: ToSchema> PartialSchema for Page<V> {
    fn schema() -> RefOr<Schema> {
        let total = "How many there are on all pages.";
        let cursor = "Where the next page begins; `null` on the last.";
        ObjectBuilder::new()
            .property(
                "items",
                ArrayBuilder::new().items(Ref::from_schema_name(V::name())),
            )
            .property(
                "next_cursor",
                ObjectBuilder::new()
                    .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
                    .description(Some(cursor)),
            )
            .property(
                "total",
                ObjectBuilder::new()
                    .schema_type(Type::Integer)
                    .description(Some(total)),
            )
            .into()
    }
}

impl<V: ToSchema> ToSchema for Page<V> {
    fn name() -> Cow<'static, str> {
        let name = V::name();
        let noun = name.strip_suffix("View").unwrap_or(&name);
        Cow::Owned(format!("{noun}Page"))
    }

    fn schemas(schemas: &mut Schemas) {
        add_schema::<V>(schemas);
    }
}

/// A removed resource.
#[derive(Serialize, ToSchema)]
pub(crate) struct Removed {
    #[serde(flatten)]
    pub after: After,
}

impl ListParams {
    /// The limit, where it is in its bounds.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        match self.limit {
            1..=200 => Ok(self.limit as usize),
            _ => Err(Problem::malformed("?limit", "must be between 1 and 200")),
        }
    }

    pub(crate) fn sort(
        &self,
        known: &'static [&'static str],
    ) -> Result<(&'static str, bool), Problem> {
        let Some(asked) = &self.sort else {
            return Ok((known[0], false));
        };
        let (name, descending) = match asked.strip_prefix('-') {
            Some(name) => (name, true),
            None => (asked.as_str(), false),
        };
        let found = known.iter().find(|k| **k == name);
        found.map(|name| (*name, descending)).ok_or_else(|| {
            let detail = format!("must be one of: {}", known.join(", "));
            Problem::malformed("?sort", detail)
        })
    }

    pub(crate) fn after(&self) -> Result<Option<SortKey>, Problem> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let place = URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        place.map(Some).ok_or_else(|| {
            Problem::malformed("?cursor", "must be the next_cursor of the page before")
        })
    }
}

/// Cuts a page out of what was found.
pub(crate) fn page_of(
    mut found: Vec<SortKey>,
    after: Option<&SortKey>,
    descending: bool,
    limit: usize,
) -> (Vec<SortKey>, Option<String>) {
    let compare = |a: &SortKey, b: &SortKey| match a.cmp(b) {
        order if descending => order.reverse(),
        order => order,
    };
    if let Some(after) = after {
        found.retain(|place| compare(place, after) == Ordering::Greater);
    }
    let more = found.len() > limit;
    if more {
        // Only the page itself has to be in order.
        found.select_nth_unstable_by(limit, compare);
        found.truncate(limit);
    }
    found.sort_unstable_by(compare);
    let next = found.last().filter(|_| more).and_then(|last| {
        let bytes = serde_json::to_vec(last).ok()?;
        Some(URL_SAFE_NO_PAD.encode(bytes))
    });
    (found, next)
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
            .answers::<Page<R::View>>(200, "A page")
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
    let id = t.id(0, "person")?;
    if plan.people().contains_key(&PersonId(id)) {
        Ok(Some(id))
    } else {
        Err(Problem::not_found("person"))
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
    response::collection(&t, &plan, request.headers(), on, || {
        let text = list.q.as_deref().map(raally_domain::figures::fold);
        let found = R::find(&plan, of, &filter, text.as_deref(), sort, on);
        let total = found.len();
        let (places, next_cursor) = page_of(found, after.as_ref(), descending, limit);
        let items = places
            .iter()
            .filter_map(|place| R::redact(view::<R>(&plan, place.2, on)?, &t.access))
            .collect();
        Ok(Page::<R::View> {
            items,
            next_cursor,
            total,
        })
    })
}

/// The thing in the address, as far as the caller sees it.
fn found<R: Collection>(t: &InTenant, plan: &Plan, on: Date) -> Result<(Uuid, R::View), Problem> {
    let person = person::<R>(t, plan)?;
    let id = t.id(usize::from(R::OF_PERSON), R::NOUN)?;
    view::<R>(plan, id, on)
        .filter(|view| !R::OF_PERSON || R::of_person(view) == person)
        .and_then(|view| R::redact(view, &t.access))
        .map(|view| (id, view))
        .ok_or_else(|| Problem::not_found(R::NOUN))
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
) -> impl Fn(&raally_app::tenants::Outcome<'_>) -> raally_app::tenants::Rendered + Send + Sync + 'static
{
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
    submit(
        &t,
        Write::command(t.caller.user, command, render).keyed(key),
    )
    .await
}

/// Puts the person of the address into a body, which must not name one itself.
fn of_address(body: &mut serde_json::Map<String, Value>, person: Uuid) -> Result<(), Problem> {
    if body.contains_key("person_id") {
        return Err(Problem::field("/person_id", "is given by the address"));
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
        return Err(Problem::field("/person_id", "is given by the address"));
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
    submit_expecting(&t, write, expect).await
}

async fn remove<R: Collection>(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    may_write::<R>(&t)?;
    let (rows, headers) = asked(&raw)?;
    let expect = expected(&headers)?;
    let given = raw.nothing().await?;
    let key = idempotency(&t, &headers, given.request_hash)?;
    let person = person::<R>(&t, &t.plan)?;
    let id = t.id(usize::from(R::OF_PERSON), R::NOUN)?;
    // A key may stand for a removal that has happened, so a thing that is gone is not refused
    // before the key has been looked at.
    let elsewhere = R::OF_PERSON
        && view::<R>(&t.plan, id, today(&t, &t.plan))
            .is_some_and(|view| R::of_person(&view) != person);
    if elsewhere {
        return Err(Problem::not_found(R::NOUN));
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
    submit_expecting(&t, write, expect).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(texts: &[&str]) -> Vec<SortKey> {
        texts
            .iter()
            .map(|t| SortKey(0, (*t).to_owned(), Uuid::nil()))
            .collect()
    }

    #[test]
    fn pages_follow_one_another_without_gap_or_double() {
        let all = places(&["d", "a", "c", "b", "e"]);
        for descending in [false, true] {
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let list = ListParams {
                    limit: 2,
                    cursor: cursor.clone(),
                    sort: None,
                    q: None,
                };
                let after = list.after().unwrap();
                let (page, next) = page_of(all.clone(), after.as_ref(), descending, 2);
                seen.extend(page.into_iter().map(|p| p.1));
                cursor = next;
                if cursor.is_none() {
                    break;
                }
            }
            let mut expected = vec!["a", "b", "c", "d", "e"];
            if descending {
                expected.reverse();
            }
            assert_eq!(seen, expected);
        }
    }
}
