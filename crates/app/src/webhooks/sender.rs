//! Sends deliveries, again and again where an endpoint fails.

use std::sync::Arc;
use std::time::{Duration, Instant};

use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::rests::{Rests, too_often};
use super::{find, signing, turn_off};
use crate::consumers::Plans;
use crate::error::Error;
use crate::poll_loop::pass_on_panic;
use crate::ports::{LeaseBounds, WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookStatus};
use crate::services::{Services, earlier, later};

/// The pauses before the second and further tries, as Standard Webhooks suggests.
const PAUSES: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// An endpoint that has failed that long, and does so once more, is turned off.
const TIMEOUT: Duration = Duration::from_secs(5 * 24 * 3600);
/// A delivery is one process's for that long; longer than a try takes.
const LEASE: Duration = Duration::from_secs(120);
/// How many are sent at once, in all, to one endpoint and of one workspace: a slow endpoint keeps
/// nobody else waiting.
const AT_ONCE: usize = 64;
const AT_ONCE_TO_ENDPOINT: usize = 2;
const AT_ONCE_OF_TENANT: usize = 4;
/// How long to wait for more to become due, and for more to end before room is given again.
const INTERVAL: Duration = Duration::from_secs(1);
const BATCH_WINDOW: Duration = Duration::from_millis(25);
/// So many times as long as leasing took it rests: however many wait, looking for what is next
/// takes a twentieth of a connection.
const RESTS: u32 = 19;
/// How long to wait after the store was away.
const BACK_OFF: Duration = Duration::from_secs(5);
/// How many tries a delivery remembers.
const REMEMBERED: usize = 50;

/// Any number of processes may send: each delivery is leased to one. The order in which an
/// endpoint gets events is not promised.
pub struct Sender {
    services: Services,
    plans: Plans,
    rests: Rests,
    /// This process among those that send.
    owner: String,
}

impl Sender {
    /// Sends under an owner of its own.
    #[must_use]
    pub fn new(services: Services) -> Sender {
        Sender {
            plans: Plans::new(services.clone()),
            rests: Rests::new(),
            owner: services.uuid().to_string(),
            services,
        }
    }

    /// Sends until `stop` holds true; what is being sent then is sent to its end.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        // Tasks of their own, which go on while this one waits for the store: what stands in a queue
        // for something and is not polled keeps everybody behind it waiting.
        let mut sending = JoinSet::new();
        let sender = Arc::new(self);
        loop {
            let mut pause = INTERVAL;
            let began = Instant::now();
            if sending.len() < AT_ONCE {
                match sender.lease(AT_ONCE - sending.len()).await {
                    Ok(leased) => {
                        for (tenant, delivery) in leased {
                            let sender = Arc::clone(&sender);
                            sending.spawn(async move { sender.try_one(tenant, delivery).await });
                        }
                    }
                    Err(error) => {
                        let error = error.causes();
                        tracing::warn!(
                            error,
                            "due webhook deliveries could not be read and are looked for again"
                        );
                        pause = BACK_OFF;
                    }
                }
            }
            let rest = (began.elapsed() * RESTS).clamp(BATCH_WINDOW, INTERVAL);
            let ended = tokio::select! {
                Some(sent) = sending.join_next() => {
                    pass_on_panic(sent);
                    true
                }
                () = tokio::time::sleep(pause) => false,
                _ = stop.changed() => false,
            };
            if ended {
                let _ = tokio::time::timeout(rest, stop.changed()).await;
            }
            if *stop.borrow() {
                break;
            }
        }
        while let Some(sent) = sending.join_next().await {
            pass_on_panic(sent);
        }
    }

    /// Leases what is due, at most so many.
    async fn lease(&self, limit: usize) -> Result<Vec<(TenantId, WebhookDelivery)>, Error> {
        let now = self.services.now();
        let bounds = LeaseBounds {
            per_endpoint: AT_ONCE_TO_ENDPOINT,
            per_tenant: AT_ONCE_OF_TENANT,
            limit,
        };
        let webhooks = &self.services.webhooks;
        let leased = webhooks.lease_deliveries(&self.owner, now, later(now, LEASE), bounds);
        Ok(leased.await?)
    }

    async fn try_one(&self, tenant: TenantId, delivery: WebhookDelivery) {
        if let Err(error) = self.send(tenant, delivery).await {
            tracing::warn!(%tenant, error = error.causes(), "a webhook delivery was not settled and is sent again when its lease has ended");
        }
    }

    async fn send(&self, tenant: TenantId, mut delivery: WebhookDelivery) -> Result<(), Error> {
        let endpoint = find(&self.services, tenant, delivery.endpoint).await?;
        let Some(endpoint) = endpoint else {
            return Ok(());
        };
        let now = self.services.now();
        if !endpoint.enabled {
            delivery.status = WebhookStatus::Failed;
            delivery.next_at = None;
            let settled =
                self.services
                    .webhooks
                    .settle_delivery(&self.owner, tenant, delivery, None);
            settled.await?;
            return Ok(());
        }
        if let Some(until) = self.rest(tenant, &endpoint, &delivery, now).await? {
            delivery.next_at = Some(until);
            let webhooks = &self.services.webhooks;
            // It has not failed, and not worked either.
            let since = webhooks.failing_since(tenant, endpoint.id).await?;
            let settled = webhooks.settle_delivery(&self.owner, tenant, delivery, since);
            settled.await?;
            return Ok(());
        }
        let attempt = self.attempt(&endpoint, &delivery, now).await;
        let (status, worked) = (attempt.status, is_success(attempt.status));
        self.note(&mut delivery, attempt, worked);
        let failed = (!worked).then_some(now);
        let settled = self
            .services
            .webhooks
            .settle_delivery(&self.owner, tenant, delivery, failed)
            .await?;
        let worn_out = settled.is_some_and(|since| since <= earlier(now, TIMEOUT));
        let of = (tenant, endpoint.id);
        match settled {
            // 410 Gone: it wants no more.
            Some(_) if worn_out || status == Some(410) => {
                turn_off(&self.services, &self.plans, tenant, endpoint).await
            }
            Some(since) => {
                let until = self.rests.begin(of, since, self.services.now());
                let webhooks = &self.services.webhooks;
                Ok(webhooks.rest_endpoint(tenant, endpoint.id, until).await?)
            }
            None if worked && self.rests.end(of) => {
                let (webhooks, now) = (&self.services.webhooks, self.services.now());
                Ok(webhooks.rest_endpoint(tenant, endpoint.id, now).await?)
            }
            None => Ok(()),
        }
    }

    /// Until when a delivery waits because its endpoint rests or is to rest.
    async fn rest(
        &self,
        tenant: TenantId,
        endpoint: &WebhookEndpoint,
        delivery: &WebhookDelivery,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Error> {
        if !delivery.waits_for_rest() {
            return Ok(None);
        }
        let resting = self.rests.until((tenant, endpoint.id), now);
        if resting.is_some() {
            return Ok(resting);
        }
        let Some(pause) = too_often(&self.services, tenant, endpoint).await else {
            return Ok(None);
        };
        let until = later(now, pause);
        let webhooks = &self.services.webhooks;
        webhooks.rest_endpoint(tenant, endpoint.id, until).await?;
        Ok(Some(until))
    }

    async fn attempt(
        &self,
        endpoint: &WebhookEndpoint,
        delivery: &WebhookDelivery,
        now: Timestamp,
    ) -> WebhookAttempt {
        let id = format!("msg_{}", delivery.id.simple());
        let headers = signing::headers(endpoint, &id, now, &delivery.body);
        let body = delivery.body.to_string();
        let answer = self
            .services
            .webhook_client
            .post(&endpoint.url, &headers, body)
            .await;
        let took = self.services.now().micros() - now.micros();
        WebhookAttempt {
            at: now,
            status: answer.as_ref().ok().copied(),
            latency_ms: u64::try_from(took / 1_000).unwrap_or(0),
            error: answer.err().map(|e| e.0),
        }
    }

    /// Notes an attempt, and when the next is due if it failed.
    fn note(&self, delivery: &mut WebhookDelivery, attempt: WebhookAttempt, worked: bool) {
        let now = attempt.at;
        delivery.attempts.push(attempt);
        let over = delivery.attempts.len().saturating_sub(REMEMBERED);
        delivery.attempts.drain(..over);
        let pause = PAUSES.get(delivery.attempts.len() - 1);
        (delivery.status, delivery.next_at) = match pause {
            _ if worked => (WebhookStatus::Delivered, None),
            Some(seconds) => {
                let pause = Duration::from_secs(*seconds);
                let pause = pause + self.services.jitter(pause / 5);
                (WebhookStatus::Pending, Some(later(now, pause)))
            }
            None => (WebhookStatus::Failed, None),
        };
    }
}

fn is_success(status: Option<u16>) -> bool {
    status.is_some_and(|status| (200..300).contains(&status))
}
