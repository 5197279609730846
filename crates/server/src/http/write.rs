//! Writes: from REST to commands for the tenant's sequencer, and back to an answer.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use raally_app::tenants::{Answer, Idempotency, Outcome, RenderedResponse, Write};
use raally_domain::access::Access;
use raally_domain::date::{Date, Period};
use raally_domain::decide::Warning;
use raally_domain::figures::{Bucket, MAX_CELLS, ScheduleRow, Touched, schedule_rows};
use raally_domain::ids::PersonId;
use raally_domain::plan::{Plan, Version};
use raally_domain::problem::Message;
use raally_domain::redact::all_redacted;
use serde::{Deserialize, Serialize};
use utoipa::openapi::path::Parameter;
use utoipa::openapi::schema::{AllOfBuilder, Schema};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::access::InTenant;
use super::body::RawBody;
use super::endpoint::{Schemas, add_schema};
use super::params::{self, Param, Params, Query, parameter};
use super::problem::Problem;
use super::response;
pub(crate) use super::told::refused;

/// Rows of more people than that are not sent with an answer.
const MAX_ROWS: usize = 200;
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The part of the schedule whose touched rows are to come with the answer, if any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowsParams(pub Option<(Period, Bucket)>);

/// The rows of a few people with more days are worked out aside.
const MANY_DAYS: i32 = 100;

impl RowsParams {
    /// Whether its rows are long.
    pub(crate) fn are_long(self) -> bool {
        let days = |(period, _): (Period, Bucket)| period.to().days() - period.from().days();
        self.0.is_some_and(|asked| days(asked) > MANY_DAYS)
    }
}

impl Params for RowsParams {
    fn take(query: &mut Query) -> Option<Self> {
        let (from, to) = (query.take::<Date>("from"), query.take::<Date>("to"));
        let bucket = query.take::<Bucket>("bucket");
        let period = match (from, to) {
            (None, None) if bucket.is_none() => return Some(RowsParams(None)),
            (Some(from), Some(to)) => Period::new(from, to),
            _ => {
                query.wrong(
                    "from",
                    Message::MalformedPart {
                        reason: "from, to and bucket belong together".to_owned(),
                    },
                );
                return None;
            }
        };
        let bucket = bucket.unwrap_or(Bucket::Day);
        match period {
            Ok(period) => Some(RowsParams(Some((period, bucket)))),
            Err(error) => {
                query.wrong("to", error);
                None
            }
        }
    }

    fn describe() -> Vec<Parameter> {
        let day = <Date as Param>::schema;
        vec![
            parameter(
                "from",
                "With `to`: answer with the touched people's rows of this period as well.",
                false,
                day(),
            ),
            parameter("to", "The period's last day.", false, day()),
            parameter(
                "bucket",
                "How the rows' days are put together; `day` where it is missing.",
                false,
                <Bucket as Param>::schema(),
            ),
        ]
    }
}

/// A written resource.
#[derive(Serialize)]
pub(crate) struct Written<V> {
    #[serde(flatten)]
    pub view: V,
    #[serde(flatten)]
    pub after: After,
}

impl<V: ToSchema> PartialSchema for Written<V> {
    fn schema() -> RefOr<Schema> {
        AllOfBuilder::new()
            .item(Ref::from_schema_name(V::name()))
            .item(Ref::from_schema_name(After::name()))
            .into()
    }
}

impl<V: ToSchema> ToSchema for Written<V> {
    fn name() -> Cow<'static, str> {
        let name = V::name();
        let noun = name.strip_suffix("View").unwrap_or(&name);
        Cow::Owned(format!("Written{noun}"))
    }

    fn schemas(schemas: &mut Schemas) {
        add_schema::<V>(schemas);
        add_schema::<After>(schemas);
    }
}

/// What a write leaves behind.
#[derive(Serialize, ToSchema)]
pub(crate) struct After {
    /// Where the log stands with the change in it.
    pub head: String,
    /// Whose figures may differ now, and when.
    pub touched: Vec<Touched>,
    /// The rows of touched people where a period was given, at most 200, and of at most 20,000
    /// buckets together; missing where everybody is touched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<ScheduleRow>>,
    /// What a planner would be surprised by; only what this write brought or made worse.
    pub warnings: Vec<Warning>,
}

impl After {
    pub(crate) fn of(outcome: &Outcome<'_>, rows: RowsParams, access: &Access) -> After {
        let touched = outcome.decision.touched.clone();
        After {
            head: outcome.head().to_string(),
            rows: touched_rows(outcome.plan, &touched, rows, access),
            touched,
            warnings: outcome.decision.warnings.clone(),
        }
    }
}

/// The rows of touched people; `None` where nobody asked, or where everybody is touched.
pub(crate) fn touched_rows(
    plan: &Plan,
    touched: &[Touched],
    RowsParams(asked): RowsParams,
    access: &Access,
) -> Option<Vec<ScheduleRow>> {
    let (period, bucket) = asked?;
    let mut people: Vec<PersonId> = Vec::new();
    for t in touched {
        match (t.person_id, t.placeholder_id) {
            (None, None) => return None,
            (Some(person), _) if t.from <= period.to() && period.from() <= t.to => {
                people.push(person);
            }
            _ => {}
        }
    }
    let buckets = bucket.cut(period, plan.settings().week_start).len();
    people.truncate(MAX_ROWS.min(MAX_CELLS / buckets.max(1)));
    Some(all_redacted(
        schedule_rows(plan, &people, period, bucket),
        access,
    ))
}

/// The version that `If-Match` asks for.
pub(crate) fn expected(headers: &HeaderMap) -> Result<Option<Version>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or("").trim();
    if text == "*" {
        return Ok(None);
    }
    let version = text
        .strip_prefix("W/")
        .unwrap_or(text)
        .strip_prefix('"')
        .and_then(|t| t.strip_suffix('"'))
        .and_then(|t| t.parse().ok());
    version
        .map(Some)
        .ok_or_else(|| Problem::malformed("", "If-Match must be a version such as \"42\""))
}

/// The idempotency key of a request that takes no body and no parameters, if it has one.
pub(crate) async fn bare(t: &InTenant, raw: RawBody) -> Result<Option<Idempotency>, Problem> {
    params::read::<()>(raw.query())?;
    let headers = raw.headers().clone();
    idempotency(t, &headers, raw.nothing().await?.request_hash)
}

/// The idempotency key of a request, if it has one.
pub(crate) fn idempotency(
    t: &InTenant,
    headers: &HeaderMap,
    request_hash: [u8; 32],
) -> Result<Option<Idempotency>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or("").trim();
    if key.is_empty() || key.len() > 200 {
        let detail = "Idempotency-Key must have 1 to 200 visible characters";
        return Err(Problem::malformed("", detail));
    }
    Ok(Some(Idempotency {
        user: t.caller.user,
        key: key.to_owned(),
        request_hash,
    }))
}

/// An answer's JSON.
pub(crate) fn rendered<T: Serialize>(status: StatusCode, value: &T) -> RenderedResponse {
    let body = serde_json::to_vec(value).unwrap_or_else(|error| {
        tracing::error!(%error, "a response could not be serialized");
        b"{}".to_vec()
    });
    RenderedResponse {
        status: status.as_u16(),
        body: body.into(),
    }
}

/// Has a write decided and committed, and answers.
pub(crate) async fn submit(t: &InTenant, write: Write) -> Result<Response, Problem> {
    match t.tenant.submit(write).await {
        Ok(answer) => Ok(respond(answer)),
        Err(error) => Err(refused(t, error).await),
    }
}

/// Does what no log knows of, once under the request's idempotency key, and answers. `act` is given
/// the id of whatever it makes.
pub(crate) async fn once<Acting>(
    t: &InTenant,
    key: Option<Idempotency>,
    act: impl FnOnce(Uuid) -> Acting,
) -> Result<Response, Problem>
where
    Acting: Future<Output = Result<RenderedResponse, Problem>>,
{
    let done = raally_app::idempotency::once(&t.app.services, t.plan.tenant(), key, act);
    let (rendered, replayed) = done.await?;
    Ok(respond(Answer {
        rendered,
        head: t.plan.head(),
        replayed,
    }))
}

#[derive(Deserialize)]
struct Versioned {
    version: Option<Version>,
}

fn respond(answer: Answer) -> Response {
    let version = serde_json::from_slice::<Versioned>(&answer.rendered.body)
        .ok()
        .and_then(|v| v.version);
    let mut response = Response::new(Body::from(answer.rendered.body));
    *response.status_mut() = StatusCode::from_u16(answer.rendered.status).unwrap_or(StatusCode::OK);
    let out = response.headers_mut();
    out.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    out.insert(response::HEAD, response::head_value(answer.head));
    if let Some(version) = version {
        out.insert(header::ETAG, response::version_etag(version));
    }
    if answer.replayed {
        out.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
