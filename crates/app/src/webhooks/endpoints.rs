//! An admin's endpoints.

use std::time::Duration;

use raally_domain::event::Action;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::{FieldError, Kind};
use raally_domain::time::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::delivery;
use crate::error::Error;
use crate::ports::{TEST_EVENT, WebhookEndpoint, WebhookSecret};
use crate::services::{Services, later};
use crate::{Message, Thing};

/// How long the old secret signs beside the new one.
const ROTATION: Duration = Duration::from_secs(24 * 3600);
/// How many endpoints a tenant may have.
const MAX_ENDPOINTS: usize = 20;
/// How often an edit is made again because others write meanwhile.
const MAX_ATTEMPTS: usize = 20;
const MAX_URL: usize = 2_000;
const MAX_DESCRIPTION: usize = 200;

/// What adding an endpoint takes.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    /// Where events are posted.
    pub url: String,
    /// At most 200 characters.
    pub description: String,
    /// `assignment.created` or `assignment.*`; empty: all.
    pub event_types: Vec<String>,
}

/// What is to change; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct EndpointPatch {
    /// Where events are posted.
    pub url: Option<String>,
    /// At most 200 characters.
    pub description: Option<String>,
    /// All of them, not those to add.
    pub event_types: Option<Vec<String>>,
    /// Whether it gets anything.
    pub enabled: Option<bool>,
}

/// An endpoint of a tenant's, if there is one of that id.
pub async fn find(
    services: &Services,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<WebhookEndpoint>, Error> {
    let all = services.webhooks.endpoints(tenant).await?;
    Ok(all.into_iter().find(|e| e.id == id))
}

/// Adds an endpoint with a secret of its own. From now on it is told of what happens.
pub async fn add(
    services: &Services,
    (tenant, by): (TenantId, UserId),
    (id, new): (Uuid, NewEndpoint),
) -> Result<WebhookEndpoint, Error> {
    let now = services.now();
    let endpoint = WebhookEndpoint {
        id,
        url: new.url,
        description: new.description,
        event_types: new.event_types,
        enabled: true,
        secret: fresh_secret(services),
        old_secret: None,
        created_at: now,
        created_by: by,
        changed_at: now,
        changed_by: by,
    };
    check(services, &endpoint)?;
    if services.webhooks.endpoints(tenant).await?.len() >= MAX_ENDPOINTS {
        return Err(Error::Conflict(Message::WebhooksFull {
            most: MAX_ENDPOINTS,
        }));
    }
    if !services
        .webhooks
        .put_endpoint(tenant, endpoint.clone(), None)
        .await?
    {
        return Err(written_by_others());
    }
    Ok(endpoint)
}

/// Changes an endpoint as it was read; [`None`] where somebody else has changed it since, or it is
/// gone: it is to be read again.
pub(crate) async fn replace(
    services: &Services,
    tenant: TenantId,
    read: &WebhookEndpoint,
    mut changed: WebhookEndpoint,
) -> Result<Option<WebhookEndpoint>, Error> {
    // The clock may not have moved since, and what was read is told by this.
    let after = Timestamp::from_micros(read.changed_at.micros() + 1);
    changed.changed_at = services.now().max(after);
    let webhooks = &services.webhooks;
    let put = webhooks.put_endpoint(tenant, changed.clone(), Some(read.changed_at));
    Ok(put.await?.then_some(changed))
}

/// Edits an endpoint, again on what others have made of it meanwhile unless it is to be exactly as
/// it was read.
async fn edit(
    services: &Services,
    tenant: TenantId,
    (mut read, exactly): (WebhookEndpoint, bool),
    edit: impl Fn(WebhookEndpoint) -> WebhookEndpoint,
) -> Result<WebhookEndpoint, Error> {
    for _ in 0..MAX_ATTEMPTS {
        let changed = edit(read.clone());
        check(services, &changed)?;
        if let Some(written) = replace(services, tenant, &read, changed).await? {
            return Ok(written);
        }
        if exactly {
            return Err(Error::Conflict(Message::WebhookChanged));
        }
        let again = find(services, tenant, read.id).await?;
        read = again.ok_or_else(|| Error::NotFound(Thing::Webhook.into()))?;
    }
    Err(written_by_others())
}

fn written_by_others() -> Error {
    Error::unavailable("others are writing to this webhook: try again")
}

/// Changes an endpoint; one that is turned on has not failed. `exactly`: only as it was read, else
/// [`Error::Conflict`].
pub async fn change(
    services: &Services,
    (tenant, by): (TenantId, UserId),
    (endpoint, exactly): (WebhookEndpoint, bool),
    patch: EndpointPatch,
) -> Result<WebhookEndpoint, Error> {
    let change = |endpoint: WebhookEndpoint| {
        let patch = patch.clone();
        WebhookEndpoint {
            url: patch.url.unwrap_or(endpoint.url),
            description: patch.description.unwrap_or(endpoint.description),
            event_types: patch.event_types.unwrap_or(endpoint.event_types),
            enabled: patch.enabled.unwrap_or(endpoint.enabled),
            changed_by: by,
            ..endpoint
        }
    };
    edit(services, tenant, (endpoint, exactly), change).await
}

/// Gives an endpoint a new secret; the old one signs beside it for a day.
pub async fn rotate(
    services: &Services,
    (tenant, by): (TenantId, UserId),
    endpoint: WebhookEndpoint,
) -> Result<WebhookEndpoint, Error> {
    let secret = fresh_secret(services);
    let until = later(services.now(), ROTATION);
    let change = |endpoint: WebhookEndpoint| WebhookEndpoint {
        old_secret: Some((endpoint.secret, until)),
        secret: secret.clone(),
        changed_by: by,
        ..endpoint
    };
    edit(services, tenant, (endpoint, false), change).await
}

/// Sends an endpoint something to see whether it works, under an id that is new.
pub async fn send_test(
    services: &Services,
    tenant: TenantId,
    endpoint: &WebhookEndpoint,
    id: Uuid,
) -> Result<(), Error> {
    let now = services.now();
    let body = json!({
        "specversion": "1.0",
        "id": id,
        "source": format!("/tenants/{tenant}"),
        "type": "raally.webhook.test.v1",
        "time": now,
        "datacontenttype": "application/json",
        "data": {},
    });
    let test = delivery(id, endpoint.id, TEST_EVENT, body.to_string().into(), now);
    services.webhooks.enqueue(tenant, None, vec![test]).await?;
    Ok(())
}

fn fresh_secret(services: &Services) -> WebhookSecret {
    WebhookSecret(services.random::<24>().to_vec())
}

fn check(services: &Services, endpoint: &WebhookEndpoint) -> Result<(), Error> {
    let mut errors = Vec::new();
    if endpoint.url.chars().count() > MAX_URL {
        errors.push(FieldError::new("/url", Message::TooLong { most: 2000 }));
    } else if let Err(why) = services.webhook_client.check(&endpoint.url) {
        errors.push(FieldError::new(
            "/url",
            Message::WebhookAddress {
                reason: why.to_string(),
            },
        ));
    }
    if endpoint.description.chars().count() > MAX_DESCRIPTION {
        let most = MAX_DESCRIPTION;
        errors.push(FieldError::new("/description", Message::TooLong { most }));
    }
    for (n, event_type) in endpoint.event_types.iter().enumerate() {
        if !is_type(event_type) {
            let pointer = format!("/event_types/{n}");
            errors.push(FieldError::new(pointer, Message::WebhookEventType));
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid { errors })
    }
}

fn is_type(text: &str) -> bool {
    let actions = [Action::Created, Action::Changed, Action::Deleted];
    text.split_once('.').is_some_and(|(kind, action)| {
        Kind::from_name(kind).is_some()
            && (action == "*" || actions.iter().any(|a| a.name() == action))
    })
}
