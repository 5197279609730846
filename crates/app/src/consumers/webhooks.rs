//! Events for the endpoints that want them.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use raally_domain::event::{Event, Hash, StepKind, chain_hash};
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use uuid::Uuid;

use super::{Applied, ConsumeError, EventBatch, Plans, Projection};
use crate::error::Error;
use crate::ports::{Message, WebhookDelivery, WebhookEndpoint};
use crate::services::Services;
use crate::tenants::tail::aside;
use crate::webhooks::{body_of, deliveries, turn_off, wants};

/// How many deliveries may wait, to one endpoint and of one workspace: what follows is left in the
/// log until there is room.
const WAITING: u64 = 5_000;
const WAITING_OF_TENANT: u64 = 20_000;
/// They are counted again once so many have been added: until then what had room has.
const COUNT_AGAIN: u64 = 2_000;
/// How many deliveries are queued at a time, and of how many bytes of events, but for a first event
/// of more.
const ROWS: usize = 200;
const BYTES: usize = 1 << 20;
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

    /// Takes room for that many deliveries, if there is some that was counted.
    fn take_counted(&self, tenant: TenantId, wanted: usize) -> bool {
        let wanted = wanted as u64;
        let Some(room) = self.room.get(&tenant).filter(|room| *room >= wanted) else {
            return false;
        };
        self.room.insert(tenant, room - wanted);
        true
    }

    /// Takes room for one delivery to each of the endpoints. One that fails and has no room left is
    /// turned off, so that it takes none from the others; where others are full, nothing is queued
    /// and the event is read from the log again.
    async fn take_room(
        &self,
        tenant: TenantId,
        endpoints: &mut Vec<WebhookEndpoint>,
    ) -> Result<(), ConsumeError> {
        if self.take_counted(tenant, endpoints.len()) {
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

/// An event and the endpoints that are told of it.
struct Told {
    event: Event,
    hash: Hash,
    to: Vec<WebhookEndpoint>,
    /// What is sent; empty where nobody is told.
    body: Arc<str>,
}

impl Told {
    /// Reads an event. Personal values stay closed.
    fn read(message: &Message, endpoints: &[WebhookEndpoint]) -> Result<Told, ConsumeError> {
        let event = Event::read_trusted(message.seq, &message.body);
        let event = event.map_err(ConsumeError::unreadable)?;
        let event_type = event.event_type();
        // An endpoint gets what happens from its making on.
        let wants = |e: &&WebhookEndpoint| {
            e.enabled && e.created_at <= event.recorded_at && wants(e, &event_type)
        };
        let to: Vec<WebhookEndpoint> = match event.step.kind {
            StepKind::Import => Vec::new(),
            _ => endpoints.iter().filter(wants).cloned().collect(),
        };
        let body = match to.is_empty() {
            true => "".into(),
            false => body_of(&event, &message.body).map_err(ConsumeError::unreadable)?,
        };
        Ok(Told {
            hash: chain_hash(&event.previous, &message.body),
            event,
            to,
            body,
        })
    }

    /// The first of these events, and those after it that make one transaction with it.
    fn read_some(
        messages: &[Message],
        endpoints: &[WebhookEndpoint],
    ) -> Result<Vec<Told>, ConsumeError> {
        let (mut some, mut rows, mut bytes) = (Vec::new(), 0, 0);
        for message in messages {
            let told = match Told::read(message, endpoints) {
                Err(error) if some.is_empty() => return Err(error),
                // It is refused when it is the first of its batch.
                Err(_) => break,
                Ok(told) => told,
            };
            rows += told.to.len();
            bytes += told.body.len();
            if !some.is_empty() && (rows > ROWS || bytes > BYTES) {
                break;
            }
            some.push(told);
        }
        Ok(some)
    }

    fn deliveries(&self, now: Timestamp) -> Vec<WebhookDelivery> {
        deliveries(&self.event, &self.body, &self.to, now)
    }
}

/// What follows from some events of a batch.
struct Queued {
    deliveries: Vec<WebhookDelivery>,
    /// The last of them, with its hash.
    through: (u64, Hash),
}

impl WebhookDispatcher {
    /// What follows from the first of these events, and from those after it for which there is room
    /// that was counted.
    async fn queue(
        &self,
        tenant: TenantId,
        messages: Vec<Message>,
        endpoints: &Arc<[WebhookEndpoint]>,
    ) -> Result<Queued, ConsumeError> {
        let bytes = messages.iter().map(|message| message.body.len()).sum();
        let (size, of) = ((messages.len(), bytes), Arc::clone(endpoints));
        let reading = move || Told::read_some(&messages, &of);
        let told = aside(&self.services, tenant, size, reading).await;
        let mut told = told.map_err(Error::from)??.into_iter();
        let Some(mut first) = told.next() else {
            return Err(ConsumeError::Fatal("the batch has no event".to_owned()));
        };
        let wanted = first.to.len();
        if wanted > 0 {
            self.take_room(tenant, &mut first.to).await?;
        }
        let all_on = first.to.len() == wanted;
        let now = self.services.now();
        let mut queued = Queued {
            deliveries: first.deliveries(now),
            through: (first.event.seq, first.hash),
        };
        for next in told.filter(|_| all_on) {
            if !next.to.is_empty() && !self.take_counted(tenant, next.to.len()) {
                break;
            }
            queued.deliveries.extend(next.deliveries(now));
            queued.through = (next.event.seq, next.hash);
        }
        Ok(queued)
    }

    /// Writes what follows from the events through that one; false where the log has another.
    async fn enqueue(
        &self,
        tenant: TenantId,
        batch: &EventBatch<'_>,
        queued: Queued,
    ) -> Result<bool, ConsumeError> {
        let (seq, hash) = queued.through;
        let commit = batch.commit_through(seq, hash);
        let webhooks = &self.services.webhooks;
        let written = webhooks.enqueue(tenant, Some(commit), queued.deliveries);
        Ok(written.await?)
    }

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
            return Ok(Applied::Skipped(batch.last_seq()));
        };
        let endpoints = self.services.webhooks.endpoints(tenant).await?;
        if endpoints.is_empty() {
            return Ok(Applied::Skipped(batch.last_seq()));
        }
        let endpoints: Arc<[WebhookEndpoint]> = endpoints.into();
        let queued = self.queue(tenant, batch.messages(), &endpoints).await?;
        let (through, first) = (queued.through.0, batch.first.message.seq);
        if queued.deliveries.is_empty() {
            return Ok(Applied::Skipped(through));
        }
        if self.enqueue(tenant, batch, queued).await? {
            return Ok(Applied::Through(through));
        }
        // One of the later events may have been lost with its commit: the first goes alone.
        if through > first {
            let alone = vec![batch.first.message.clone()];
            let alone = self.queue(tenant, alone, &endpoints).await?;
            if self.enqueue(tenant, batch, alone).await? {
                return Ok(Applied::Through(first));
            }
        }
        Err(ConsumeError::taken_over())
    }
}
