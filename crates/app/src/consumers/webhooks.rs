//! Events for the endpoints that want them.

use std::sync::Arc;

use async_trait::async_trait;
use raally_domain::event::{Event, StepKind};

use super::{Consumer, Effect, Given, Refusal};
use crate::ports::Webhooks;
use crate::webhooks::{deliveries, wants};
use crate::world::World;

/// Puts each event on its way to the endpoints that want it.
pub struct WebhookDispatcher {
    world: World,
    webhooks: Arc<dyn Webhooks>,
}

impl WebhookDispatcher {
    #[must_use]
    pub fn new(world: World, webhooks: Arc<dyn Webhooks>) -> WebhookDispatcher {
        WebhookDispatcher { world, webhooks }
    }
}

#[async_trait]
impl Consumer for WebhookDispatcher {
    fn name(&self) -> &'static str {
        "webhooks"
    }

    fn wants(&self, _: &str) -> bool {
        true
    }

    fn keeps_its_place(&self) -> bool {
        true
    }

    async fn handle(&self, given: &Given<'_>) -> Result<Effect, Refusal> {
        let Some(tenant) = given.message.stream.tenant() else {
            return Ok(Effect::Repeatable);
        };
        let mut to = self.webhooks.endpoints(tenant).await?;
        if to.is_empty() {
            return Ok(Effect::Repeatable);
        }
        let unreadable = |e: &dyn std::fmt::Display| Refusal::Never(format!("unreadable: {e}"));
        let stored = &given.message.body;
        // Personal values stay closed.
        let event = Event::read_trusted(given.message.seq, stored).map_err(|e| unreadable(&e))?;
        let event_type = event.event_type();
        // An endpoint is told of what happens from its making on.
        to.retain(|e| e.enabled && e.created_at <= event.recorded_at && wants(e, &event_type));
        if to.is_empty() || event.step.kind == StepKind::Import {
            return Ok(Effect::Repeatable);
        }
        let now = self.world.now();
        let deliveries = deliveries(&event, stored, &to, now).map_err(|e| unreadable(&e))?;
        let kept = self
            .webhooks
            .enqueue(tenant, Some(given.passage), deliveries)
            .await?;
        if kept {
            Ok(Effect::Noted)
        } else {
            Err(Refusal::taken_over())
        }
    }
}
