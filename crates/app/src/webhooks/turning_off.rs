//! Turning off an endpoint that nothing gets through to.

use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::Role;
use raally_domain::notifications::{NotificationDraft, NotificationKind};

use super::{find, replace};
use crate::consumers::Plans;
use crate::error::Error;
use crate::notifications::{Cause, announce, rows, zone};
use crate::ports::WebhookEndpoint;
use crate::services::Services;

/// Turns an endpoint off and tells the admins.
pub(crate) async fn turn_off(
    services: &Services,
    plans: &Plans,
    tenant: TenantId,
    endpoint: WebhookEndpoint,
) -> Result<(), Error> {
    let cause = endpoint.id;
    let off = |read: WebhookEndpoint| WebhookEndpoint {
        enabled: false,
        ..read
    };
    // What its makers changed during the attempt stays; another address has not failed.
    let mut read = endpoint.clone();
    let at = loop {
        if let Some(off) = replace(services, tenant, &read, off(read.clone())).await? {
            break off.changed_at;
        }
        match find(services, tenant, endpoint.id).await? {
            Some(again) if again.enabled && again.url == endpoint.url => read = again,
            _ => return Ok(()),
        }
    };
    // What waits for it ends soon, and takes no room from others.
    let webhooks = &services.webhooks;
    webhooks
        .rest_endpoint(tenant, endpoint.id, services.now())
        .await?;
    let plan = plans.latest(tenant).await?;
    let admins = plan.members().values();
    let admins = admins.filter(|m| m.value.role == Role::Admin);
    let admins: Vec<UserId> = admins.map(|m| m.id).collect();
    let tell = |user: &UserId| NotificationDraft {
        user: *user,
        kind: NotificationKind::WebhookDisabled,
        person: None,
        entity: None,
        project: None,
        from: None,
        to: None,
        count: 1,
    };
    let zone = zone(&plan.settings().time_zone);
    // It may be turned on and fail once more.
    let cause = Cause {
        id: uuid::Uuid::from_u128(cause.as_u128() ^ at.micros().unsigned_abs() as u128),
        actor: None,
        at,
        zone: &zone,
    };
    let preferences = services.notifications.preferences(tenant, &admins).await?;
    let rows = rows(&cause, admins.iter().map(tell).collect(), &preferences);
    services.notifications.add(tenant, None, rows).await?;
    announce(&*services.cache, tenant, admins).await;
    Ok(())
}
