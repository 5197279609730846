//! Webhooks: where a workspace wants its events sent, and what became of them.

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use raally_app::error::Error;
use raally_app::ports::{WebhookAttempt, WebhookDelivery, WebhookEndpoint};
use raally_app::webhooks::{
    EndpointPatch, NewEndpoint, add, change, find, rotate, secret_text, send_test,
};
use raally_domain::access::Operation;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::problem::{Message, Thing};
use raally_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::TENANT;
use crate::http::access::InTenant;
use crate::http::body::RawBody;
use crate::http::endpoint::{Endpoints, delete, get, patch, post};
use crate::http::params::{self, params};
use crate::http::problem::{Problem, ProblemKind};
use crate::http::response;
use crate::http::write::{bare, expected, idempotency, once, rendered};

params! {
    #[derive(Clone, Debug)]
    pub(crate) struct DeliveryParams {
        /// How many at most: 1 to 200.
        limit: Default<u32> = 50,
        /// Where the page before ended: its `next_cursor`.
        cursor: Optional<String>,
    }
}

/// An endpoint, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
struct WebhookView {
    id: Uuid,
    /// What `If-Match` compares.
    version: u64,
    url: String,
    description: String,
    /// Such as `assignment.created` or `assignment.*`; empty: all events.
    event_types: Vec<String>,
    /// Turned off by an admin, or because it has failed for five days or answered 410.
    enabled: bool,
    /// Until when the secret before the last rotation signs too.
    old_secret_until: Option<Timestamp>,
    created_at: Timestamp,
    created_by: UserId,
    changed_at: Timestamp,
    changed_by: UserId,
}

impl WebhookView {
    fn of(endpoint: &WebhookEndpoint, now: Timestamp) -> WebhookView {
        let old = endpoint.old_secret.as_ref().map(|(_, until)| *until);
        WebhookView {
            id: endpoint.id,
            version: version_of(endpoint),
            url: endpoint.url.clone(),
            description: endpoint.description.clone(),
            event_types: endpoint.event_types.clone(),
            enabled: endpoint.enabled,
            old_secret_until: old.filter(|until| *until > now),
            created_at: endpoint.created_at,
            created_by: endpoint.created_by,
            changed_at: endpoint.changed_at,
            changed_by: endpoint.changed_by,
        }
    }
}

/// An endpoint with its secret, which is shown this once.
#[derive(Serialize, ToSchema)]
struct WebhookWithSecret {
    #[serde(flatten)]
    webhook: WebhookView,
    /// `whsec_…`; verify with any library of Standard Webhooks.
    secret: String,
}

#[derive(Serialize, ToSchema)]
struct WebhookList {
    items: Vec<WebhookView>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    /// `https://…`
    url: String,
    #[serde(default)]
    description: String,
    /// Such as `assignment.created` or `assignment.*`; none: all events.
    #[serde(default)]
    event_types: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookPatch {
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    event_types: Option<Vec<String>>,
    #[serde(default)]
    enabled: Option<bool>,
}

/// An event on its way to the endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
struct DeliveryView {
    id: Uuid,
    event_type: String,
    created_at: Timestamp,
    /// `pending`, `delivered` or `failed`.
    status: String,
    /// When it is tried next.
    next_at: Option<Timestamp>,
    attempts: Vec<AttemptView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = WebhookAttempt)]
struct AttemptView {
    at: Timestamp,
    /// The HTTP status answered, if there was an answer.
    status: Option<u16>,
    latency_ms: u64,
    /// Why there was none.
    error: Option<String>,
}

/// Deliveries of the last 30 days, the latest first.
#[derive(Serialize, ToSchema)]
struct DeliveryPage {
    items: Vec<DeliveryView>,
    next_cursor: Option<String>,
}

/// What is on its way.
#[derive(Serialize, ToSchema)]
struct Sending {
    delivery_id: Uuid,
}

pub(crate) fn endpoints() -> Endpoints {
    let path = format!("{TENANT}/webhooks");
    let one = format!("{path}/{{id}}");
    vec![
        get(&path, "list_webhooks")
            .tag("webhooks")
            .summary("Where events are sent")
            .answers::<WebhookList>(200, "The endpoints, the oldest first")
            .handled_by(list),
        post(&path, "add_webhook")
            .tag("webhooks")
            .summary("Send events somewhere")
            .describe(
                "Signed as Standard Webhooks has it. What is sent is a CloudEvent with \
                 references in place of personal values. An event may come twice and in any \
                 order: its `webhook-id` stays, its `sequence` tells the order.",
            )
            .writes()
            .body::<NewWebhook>()
            .answers::<WebhookWithSecret>(201, "Added")
            .handled_by(create),
        get(&one, "get_webhook")
            .tag("webhooks")
            .summary("One endpoint")
            .answers::<WebhookView>(200, "Found")
            .handled_by(read),
        patch(&one, "change_webhook")
            .tag("webhooks")
            .summary("Change an endpoint, or turn it on and off")
            .if_match()
            .body::<WebhookPatch>()
            .answers::<WebhookView>(200, "Changed")
            .handled_by(update),
        delete(&one, "remove_webhook")
            .tag("webhooks")
            .summary("Remove an endpoint and its deliveries")
            .if_match()
            .answers_nothing(204, "Removed")
            .handled_by(remove),
        post(&format!("{one}/rotate"), "rotate_webhook_secret")
            .tag("webhooks")
            .summary("Give an endpoint a new secret; the old one signs beside it for a day")
            .writes()
            .answers::<WebhookWithSecret>(200, "Rotated")
            .handled_by(new_secret),
        post(&format!("{one}/test"), "test_webhook")
            .tag("webhooks")
            .writes()
            .summary("Send an event `raally.webhook.test.v1`")
            .answers::<Sending>(202, "On its way")
            .handled_by(test),
        get(&format!("{one}/deliveries"), "list_webhook_deliveries")
            .tag("webhooks")
            .summary("What was sent, and what became of it")
            .query::<DeliveryParams>()
            .answers::<DeliveryPage>(200, "A page")
            .handled_by(deliveries),
        post(
            &format!("{one}/deliveries/{{delivery_id}}/redeliver"),
            "redeliver_webhook",
        )
        .tag("webhooks")
        .summary("Send it once more")
        .writes()
        .answers::<Sending>(202, "On its way")
        .handled_by(redeliver),
    ]
}

/// Whose endpoint it is, and who asks.
fn who(t: &InTenant) -> (TenantId, UserId) {
    (t.plan.tenant(), t.caller.user)
}

async fn endpoint(t: &InTenant) -> Result<WebhookEndpoint, Problem> {
    let id = t.id(0, Thing::Webhook)?;
    let found = find(&t.app.services, t.plan.tenant(), id).await?;
    found.ok_or_else(|| Problem::not_found(Thing::Webhook))
}

/// The endpoint, if it still is as the caller has seen it.
async fn expected_endpoint(t: &InTenant, headers: &HeaderMap) -> Result<WebhookEndpoint, Problem> {
    let endpoint = endpoint(t).await?;
    match expected(headers)? {
        Some(version) if version != version_of(&endpoint) => Err(Problem::new(
            ProblemKind::PreconditionFailed,
            Message::WebhookChanged,
        )),
        _ => Ok(endpoint),
    }
}

/// It changes with every change.
fn version_of(endpoint: &WebhookEndpoint) -> u64 {
    endpoint.changed_at.micros().unsigned_abs()
}

fn answered<T: Serialize>(t: &InTenant, status: StatusCode, value: &T) -> Response {
    let mut response = response::at(t.plan.head(), value);
    *response.status_mut() = status;
    response
}

fn shown(t: &InTenant, endpoint: &WebhookEndpoint) -> WebhookView {
    WebhookView::of(endpoint, t.app.services.now())
}

fn with_secret(t: &InTenant, endpoint: &WebhookEndpoint) -> WebhookWithSecret {
    WebhookWithSecret {
        webhook: shown(t, endpoint),
        secret: secret_text(&endpoint.secret),
    }
}

async fn list(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(Operation::ManageSettings)?;
    params::read::<()>(request.uri().query())?;
    let all = t.app.services.webhooks.endpoints(t.plan.tenant()).await;
    let all = all.map_err(Error::from)?;
    let items = all.iter().map(|e| shown(&t, e)).collect();
    Ok(answered(&t, StatusCode::OK, &WebhookList { items }))
}

async fn create(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ManageSettings)?;
    params::read::<()>(raw.query())?;
    let headers = raw.headers().clone();
    let given = raw.json().await?;
    let key = idempotency(&t, &headers, given.request_hash)?;
    let body: NewWebhook = given.read()?;
    let new = NewEndpoint {
        url: body.url,
        description: body.description,
        event_types: body.event_types,
    };
    let (t, app) = (&t, &t.app);
    once(t, key, |id| async move {
        let added = add(&app.services, who(t), (id, new));
        let endpoint = added.await?;
        tracing::info!(tenant = %t.plan.tenant(), webhook = %endpoint.id, by = %t.caller.user, "a webhook was added");
        Ok(rendered(StatusCode::CREATED, &with_secret(t, &endpoint)))
    })
    .await
}

async fn read(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(Operation::ManageSettings)?;
    params::read::<()>(request.uri().query())?;
    let endpoint = endpoint(&t).await?;
    Ok(answered(&t, StatusCode::OK, &shown(&t, &endpoint)))
}

async fn update(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ManageSettings)?;
    let endpoint = expected_endpoint(&t, raw.headers()).await?;
    let exactly = expected(raw.headers())?.is_some();
    params::read::<()>(raw.query())?;
    let body: WebhookPatch = raw.json().await?.read()?;
    let patch = EndpointPatch {
        url: body.url,
        description: body.description,
        event_types: body.event_types,
        enabled: body.enabled,
    };
    let app = &t.app;
    let changed = change(&app.services, who(&t), (endpoint, exactly), patch);
    let endpoint = match changed.await {
        Err(Error::Conflict(changed)) => {
            return Err(Problem::new(ProblemKind::PreconditionFailed, changed));
        }
        other => other?,
    };
    tracing::info!(tenant = %t.plan.tenant(), webhook = %endpoint.id, by = %t.caller.user, "a webhook was changed");
    Ok(answered(&t, StatusCode::OK, &shown(&t, &endpoint)))
}

async fn remove(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ManageSettings)?;
    let endpoint = expected_endpoint(&t, raw.headers()).await?;
    params::read::<()>(raw.query())?;
    raw.nothing().await?;
    let (tenant, id) = (t.plan.tenant(), endpoint.id);
    let dropped = t.app.services.webhooks.drop_endpoint(tenant, id).await;
    dropped.map_err(Error::from)?;
    tracing::info!(%tenant, webhook = %id, by = %t.caller.user, "a webhook was removed");
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn new_secret(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ManageSettings)?;
    let endpoint = endpoint(&t).await?;
    let key = bare(&t, raw).await?;
    let (t, app) = (&t, &t.app);
    once(t, key, |_| async move {
        let endpoint = rotate(&app.services, who(t), endpoint).await?;
        tracing::info!(tenant = %t.plan.tenant(), webhook = %endpoint.id, by = %t.caller.user, "a webhook has a new secret");
        Ok(rendered(StatusCode::OK, &with_secret(t, &endpoint)))
    })
    .await
}

async fn test(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ManageSettings)?;
    let endpoint = endpoint(&t).await?;
    let key = bare(&t, raw).await?;
    let (tenant, app) = (t.plan.tenant(), &t.app);
    once(&t, key, |delivery_id| async move {
        send_test(&app.services, tenant, &endpoint, delivery_id).await?;
        Ok(rendered(StatusCode::ACCEPTED, &Sending { delivery_id }))
    })
    .await
}

async fn deliveries(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(Operation::ManageSettings)?;
    let asked = params::read::<DeliveryParams>(request.uri().query())?;
    if !(1..=200).contains(&asked.limit) {
        return Err(Problem::malformed("?limit", "must be between 1 and 200"));
    }
    let before = asked.cursor.as_deref().map(position).transpose()?;
    let endpoint = endpoint(&t).await?;
    let limit = asked.limit as usize;
    let store = &t.app.services.webhooks;
    let found = store.deliveries(t.plan.tenant(), endpoint.id, before, limit + 1);
    let mut found = found.await.map_err(Error::from)?;
    let more = found.len() > limit;
    found.truncate(limit);
    let page = DeliveryPage {
        next_cursor: found.last().filter(|_| more).map(cursor),
        items: found.into_iter().map(delivery).collect(),
    };
    Ok(answered(&t, StatusCode::OK, &page))
}

async fn redeliver(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ManageSettings)?;
    let endpoint = endpoint(&t).await?;
    let delivery_id = t.id(1, Thing::Delivery)?;
    let key = bare(&t, raw).await?;
    let (tenant, app) = (t.plan.tenant(), &t.app);
    once(&t, key, |_| async move {
        let (store, now) = (&app.services.webhooks, app.services.now());
        let again = store.redeliver(tenant, endpoint.id, delivery_id, now).await;
        if !again.map_err(Error::from)? {
            return Err(Problem::not_found(Thing::Delivery));
        }
        Ok(rendered(StatusCode::ACCEPTED, &Sending { delivery_id }))
    })
    .await
}

fn delivery(delivery: WebhookDelivery) -> DeliveryView {
    let attempt = |a: WebhookAttempt| AttemptView {
        at: a.at,
        status: a.status,
        latency_ms: a.latency_ms,
        error: a.error,
    };
    DeliveryView {
        id: delivery.id,
        event_type: delivery.event_type,
        created_at: delivery.created_at,
        status: delivery.status.name().to_owned(),
        next_at: delivery.next_at,
        attempts: delivery.attempts.into_iter().map(attempt).collect(),
    }
}

fn cursor(last: &WebhookDelivery) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}/{}", last.created_at.micros(), last.id))
}

fn position(cursor: &str) -> Result<(Timestamp, Uuid), Problem> {
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (micros, id) = text.split_once('/')?;
        Some((
            Timestamp::from_micros(micros.parse().ok()?),
            id.parse().ok()?,
        ))
    };
    read()
        .ok_or_else(|| Problem::malformed("?cursor", "must be the next_cursor of the page before"))
}
