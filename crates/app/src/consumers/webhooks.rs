//! Events for the endpoints that want them.

use async_trait::async_trait;
use raally_domain::event::StepKind;

use super::{Applied, ConsumeError, EventBatch, Projection};
use crate::services::Services;
use crate::webhooks::{deliveries, wants};

/// Queues a delivery of each event for every endpoint that wants it.
pub struct WebhookDispatcher {
    services: Services,
}

impl WebhookDispatcher {
    /// Queues deliveries in the database.
    #[must_use]
    pub fn new(services: Services) -> WebhookDispatcher {
        WebhookDispatcher { services }
    }
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
