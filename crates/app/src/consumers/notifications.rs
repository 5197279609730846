//! Notifications about steps that concern somebody.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use raally_domain::event::{Event, Step, StepKind};
use raally_domain::ids::{TenantId, UserId};
use raally_domain::news;
use serde::Deserialize;

use super::{Consumer, Effect, Given, Plans, Refusal};
use crate::error::Error;
use crate::notifications::{Cause, announce, date_in, rows, zone};
use crate::ports::{Cache, Notifications, Passage};
use crate::world::{World, earlier};

/// Older news are no news: a new installation does not tell of all that ever happened.
const NEWS: Duration = Duration::from_secs(3 * 24 * 3600);
/// How many events of a step are looked at at a time.
const PAGE: usize = 500;

/// Turns each step into notifications for those whom it concerns.
pub struct NotificationService {
    world: World,
    notifications: Arc<dyn Notifications>,
    cache: Arc<dyn Cache>,
    plans: Plans,
}

/// An event's step, without reading all of it.
#[derive(Deserialize)]
struct Peek {
    step: Step,
}

impl NotificationService {
    #[must_use]
    pub fn new(
        world: World,
        notifications: Arc<dyn Notifications>,
        cache: Arc<dyn Cache>,
    ) -> NotificationService {
        NotificationService {
            plans: Plans::new(world.clone()),
            world,
            notifications,
            cache,
        }
    }

    /// The passage to the last event of the step that an event begins. A step is appended as a
    /// whole.
    async fn of_step(
        &self,
        tenant: TenantId,
        event: &Event,
        mut passage: Passage,
    ) -> Result<Passage, Refusal> {
        loop {
            let store = &self.world.store;
            let page = store.events(tenant, passage.to, PAGE).await?;
            let whole = page.len() == PAGE;
            for logged in page {
                let peek: Peek = serde_json::from_str(&logged.stored.body)
                    .map_err(|e| Refusal::Never(format!("unreadable: {e}")))?;
                if peek.step.id != event.step.id {
                    return Ok(passage);
                }
                (passage.to, passage.event) = (logged.seq, Some(logged.stored.hash));
            }
            if !whole {
                return Ok(passage);
            }
        }
    }
}

#[async_trait]
impl Consumer for NotificationService {
    fn name(&self) -> &'static str {
        "notifications"
    }

    fn wants(&self, event_type: &str) -> bool {
        let (kind, action) = event_type.split_once('.').unwrap_or_default();
        match kind {
            "assignment" | "time_off" | "availability" => true,
            "person" | "project" | "holiday_calendar" => action == "changed",
            _ => false,
        }
    }

    fn keeps_its_place(&self) -> bool {
        true
    }

    async fn handle(&self, given: &Given<'_>) -> Result<Effect, Refusal> {
        let Some(tenant) = given.message.stream.tenant() else {
            return Ok(Effect::Repeatable);
        };
        let event = Event::read_trusted(given.message.seq, &given.message.body)
            .map_err(|e| Refusal::Never(format!("unreadable: {e}")))?;
        let old = event.recorded_at < earlier(self.world.now(), NEWS);
        if old || event.step.kind == StepKind::Import {
            return Ok(Effect::Repeatable);
        }
        // A step is taken as a whole at its first event, so that it is one notification each.
        let first = event.seq;
        let passage = self.of_step(tenant, &event, given.passage).await?;
        let last = passage.to;
        let around = self.plans.around(tenant, first, last).await;
        let (before, after, events) = around.map_err(later)?;
        let zone = zone(&after.settings().time_zone);
        let at = event.recorded_at;
        let news = news::of_step(&before, &after, &events, date_in(&zone, at));
        let users: BTreeSet<UserId> = news.iter().map(|n| n.user).collect();
        let asked: Vec<UserId> = users.iter().copied().collect();
        let preferences = if asked.is_empty() {
            Vec::new()
        } else {
            self.notifications.preferences(tenant, &asked).await?
        };
        let cause = Cause {
            id: event.step.id.0,
            actor: event.actor.user(),
            at,
            zone: &zone,
        };
        let rows = rows(&cause, news, &preferences);
        if !self.notifications.add(tenant, Some(passage), rows).await? {
            return Err(Refusal::taken_over());
        }
        announce(&*self.cache, tenant, users).await;
        Ok(Effect::NotedTo(last))
    }
}

fn later(error: Error) -> Refusal {
    Refusal::Later(error.causes())
}
