//! Notifications about steps that concern somebody.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use raally_domain::event::{Hash, Step, StepKind};
use raally_domain::ids::{StepId, TenantId, UserId};
use raally_domain::notifications;
use serde::Deserialize;

use super::{Applied, ConsumeError, EventBatch, Plans, Projection, head_of};
use crate::notifications::{Cause, announce, date_in, rows, zone};
use crate::services::{Services, earlier};

/// Nobody is notified of anything older: a consumer group that is new in an installation does not
/// notify of all that ever happened.
const MAX_AGE: Duration = Duration::from_secs(3 * 24 * 3600);
/// How many events of a step are read from the log at a time, at first and at most: most steps are
/// of one event, and what follows is others'.
const FIRST_PAGE: usize = 8;
const PAGE: usize = 500;

/// Turns each step into notifications for those whom it concerns.
pub struct NotificationService {
    services: Services,
    plans: Plans,
}

/// An event's step, without reading all of it.
#[derive(Deserialize)]
struct StepOfEvent {
    step: Step,
}

impl NotificationService {
    /// Without any plan in memory yet.
    #[must_use]
    pub fn new(services: Services) -> NotificationService {
        NotificationService {
            plans: Plans::new(services.clone()),
            services,
        }
    }

    /// The seq and the hash of the last event of the step that the batch's first event begins;
    /// `None` where it is the only one. A step is appended as a whole; what of it has not come with
    /// the batch is read from the log.
    async fn end_of_step(
        &self,
        tenant: TenantId,
        batch: &EventBatch<'_>,
        step: StepId,
    ) -> Result<Option<(u64, Hash)>, ConsumeError> {
        let mut last = None;
        for message in batch.lookahead {
            if !is_of(step, &message.body)? {
                return last.map(head_of).transpose();
            }
            last = Some(message);
        }
        let mut last = last.map(head_of).transpose()?;
        let mut most = FIRST_PAGE;
        loop {
            let after = last.map_or(batch.first.message.seq, |(seq, _)| seq);
            let page = self.services.store.events(tenant, after, most).await?;
            if page.is_empty() {
                return Ok(last);
            }
            for logged in page {
                if !is_of(step, &logged.stored.body)? {
                    return Ok(last);
                }
                last = Some((logged.seq, logged.stored.hash));
            }
            most = (most * 4).min(PAGE);
        }
    }
}

/// Whether a stored event is of that step.
fn is_of(step: StepId, stored: &str) -> Result<bool, ConsumeError> {
    let of: StepOfEvent = serde_json::from_str(stored).map_err(ConsumeError::unreadable)?;
    Ok(of.step.id == step)
}

#[async_trait]
impl Projection for NotificationService {
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

    async fn apply(&self, batch: &EventBatch<'_>) -> Result<Applied, ConsumeError> {
        let Some(tenant) = batch.first.message.stream.tenant() else {
            return Ok(Applied::Skipped(batch.first.message.seq));
        };
        let event = batch.first.closed_event()?;
        let old = event.recorded_at < earlier(self.services.now(), MAX_AGE);
        if old || event.step.kind == StepKind::Import {
            return Ok(Applied::Skipped(batch.first.message.seq));
        }
        // A step is taken as a whole at its first event, so that it is one notification each.
        let end = self.end_of_step(tenant, batch, event.step.id).await?;
        let commit = end.map_or(batch.commit(), |(seq, hash)| {
            batch.commit_through(seq, hash)
        });
        let around = self.plans.around(tenant, event.seq, commit.to).await;
        let (before, after, events) = around?;
        let zone = zone(&after.settings().time_zone);
        let at = event.recorded_at;
        let today = date_in(&zone, at);
        let telling = move || notifications::of_step(&before, &after, &events, today);
        let news = self.services.cpu.run_patiently(tenant.0, telling).await?;
        let users: BTreeSet<UserId> = news.iter().map(|n| n.user).collect();
        let asked: Vec<UserId> = users.iter().copied().collect();
        let notifications = &self.services.notifications;
        let preferences = if asked.is_empty() {
            Vec::new()
        } else {
            notifications.preferences(tenant, &asked).await?
        };
        let cause = Cause {
            id: event.step.id.0,
            actor: event.actor.user(),
            at,
            zone: &zone,
        };
        let rows = rows(&cause, news, &preferences);
        if !notifications.add(tenant, Some(commit), rows).await? {
            return Err(ConsumeError::taken_over());
        }
        announce(&*self.services.cache, tenant, users).await;
        Ok(Applied::Through(commit.to))
    }
}
