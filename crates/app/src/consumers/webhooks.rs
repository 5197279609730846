//! Events for the endpoints that want them.

use std::collections::HashMap;

use async_trait::async_trait;
use raally_domain::event::StepKind;
use raally_domain::ids::TenantId;
use uuid::Uuid;

use super::{Applied, ConsumeError, EventBatch, Plans, Projection};
use crate::ports::WebhookEndpoint;
use crate::services::Services;
use crate::webhooks::{deliveries, turn_off, wants};

/// How many deliveries may wait, to one endpoint and of one workspace: what follows is left in the
/// log until there is room.
const WAITING: u64 = 5_000;
const WAITING_OF_TENANT: u64 = 20_000;
/// They are counted again once so many have been added: until then what had room has.
const COUNT_AGAIN: u64 = 2_000;
/// Of how many workspaces it is remembered what they may still add.
const REMEMBERED: u64 = 10_000;

/// Queues a delivery of each event for every endpoint that wants it.
pub struct WebhookDispatcher {
    services: Services,
    plans: Plans,
    /// How many deliveries a workspace may add before they are counted.
    room: moka::sync::Cache<TenantId, u64>,
}

impl WebhookDispatcher {
    /// Queues deliveries in the database.
    #[must_use]
    pub fn new(services: Services) -> WebhookDispatcher {
        WebhookDispatcher {
            plans: Plans::new(services.clone()),
            services,
            room: moka::sync::Cache::new(REMEMBERED),
        }
    }

    /// Takes room for one delivery to each of the endpoints. One that fails and has no room left is
    /// turned off, so that it takes none from the others; where others are full, nothing is queued
    /// and the event is read from the log again.
    async fn take_room(
        &self,
        tenant: TenantId,
        endpoints: &mut Vec<WebhookEndpoint>,
    ) -> Result<(), ConsumeError> {
        let wanted = endpoints.len() as u64;
        if let Some(room) = self.room.get(&tenant).filter(|room| *room >= wanted) {
            self.room.insert(tenant, room - wanted);
            return Ok(());
        }
        let waiting = self.services.webhooks.waiting(tenant).await?;
        let waiting: HashMap<Uuid, u64> = waiting.into_iter().collect();
        let of = |endpoint: &WebhookEndpoint| waiting.get(&endpoint.id).copied().unwrap_or(0);
        let full: Vec<WebhookEndpoint> = endpoints
            .extract_if(.., |endpoint| of(endpoint) >= WAITING)
            .collect();
        for endpoint in full {
            let webhooks = &self.services.webhooks;
            if webhooks.failing_since(tenant, endpoint.id).await?.is_none() {
                return Err(no_room());
            }
            self.turn_off(tenant, endpoint).await?;
        }
        let all: u64 = waiting.values().sum();
        if all + endpoints.len() as u64 > WAITING_OF_TENANT {
            let mut each = self.services.webhooks.endpoints(tenant).await?;
            each.retain(|endpoint| endpoint.enabled && of(endpoint) > 0);
            each.sort_by_key(|endpoint| std::cmp::Reverse(of(endpoint)));
            for endpoint in each {
                let webhooks = &self.services.webhooks;
                if webhooks.failing_since(tenant, endpoint.id).await?.is_some() {
                    self.turn_off(tenant, endpoint).await?;
                    break;
                }
            }
            return Err(no_room());
        }
        let fullest = endpoints.iter().map(of).max().unwrap_or(0);
        let left = (WAITING - fullest).min(WAITING_OF_TENANT - all);
        let room = left.min(COUNT_AGAIN).saturating_sub(endpoints.len() as u64);
        self.room.insert(tenant, room);
        Ok(())
    }
}

impl WebhookDispatcher {
    async fn turn_off(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpoint,
    ) -> Result<(), ConsumeError> {
        tracing::info!(workspace = %tenant, endpoint = %endpoint.id, "a webhook that fails and has too much waiting is turned off");
        Ok(turn_off(&self.services, &self.plans, tenant, endpoint).await?)
    }
}

fn no_room() -> ConsumeError {
    ConsumeError::Away("the workspace has too many webhook deliveries waiting".to_owned())
}

#[async_trait]
impl Projection for WebhookDispatcher {
    fn name(&self) -> &'static str {
        "webhooks"
    }

    fn wants(&self, _: &str) -> bool {
        true
    }

    async fn apply(&self, batch: &EventBatch<'_>) -> Result<Applied, ConsumeError> {
        let Some(tenant) = batch.first.message.stream.tenant() else {
            return Ok(Applied::Skipped);
        };
        let mut endpoints = self.services.webhooks.endpoints(tenant).await?;
        if endpoints.is_empty() {
            return Ok(Applied::Skipped);
        }
        // Personal values stay closed.
        let event = batch.first.closed_event()?;
        let event_type = event.event_type();
        // An endpoint gets what happens from its making on.
        endpoints
            .retain(|e| e.enabled && e.created_at <= event.recorded_at && wants(e, &event_type));
        if endpoints.is_empty() || event.step.kind == StepKind::Import {
            return Ok(Applied::Skipped);
        }
        self.take_room(tenant, &mut endpoints).await?;
        if endpoints.is_empty() {
            return Ok(Applied::Skipped);
        }
        let now = self.services.now();
        let deliveries = deliveries(&event, &batch.first.message.body, &endpoints, now)
            .map_err(ConsumeError::unreadable)?;
        let queued = self
            .services
            .webhooks
            .enqueue(tenant, Some(batch.commit()), deliveries)
            .await?;
        if queued {
            Ok(Applied::Through(event.seq))
        } else {
            Err(ConsumeError::taken_over())
        }
    }
}
