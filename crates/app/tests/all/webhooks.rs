//! What waits for an endpoint is bounded: the rest stays in the log.

use std::time::Duration;

use crate::support::{TestProcess, add_team};
use raally_app::consumers::{
    Applied, EventBatch, Projection, ReceivedEvent, Registered, Runner, WebhookDispatcher,
};
use raally_app::ports::{
    Acknowledgement, LeaseBounds, Message, OffsetCommit, Store, WebhookDelivery, WebhookEndpoint,
    WebhookSecret, WebhookStatus,
};
use raally_app::tenants::TenantsConfig;
use raally_domain::event::{EventHeader, Hash, chain_hash};
use raally_domain::ids::{TenantId, UserId};
use raally_domain::time::Timestamp;
use uuid::Uuid;

const FULL: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

struct Scene {
    bench: TestProcess,
    tenant: TenantId,
    admin: UserId,
}

impl Scene {
    async fn without_endpoints() -> Scene {
        let bench = TestProcess::new(1);
        let (tenant, admin) = bench.workspace("Acme").await;
        Scene {
            bench,
            tenant,
            admin,
        }
    }

    /// A workspace with two endpoints, for one of which as much waits as may.
    async fn new() -> Scene {
        let scene = Scene::without_endpoints().await;
        let tenant = scene.tenant;
        for id in [FULL, OTHER] {
            let endpoint = scene.endpoint(id);
            let webhooks = &scene.bench.services.webhooks;
            assert!(webhooks.put_endpoint(tenant, endpoint, None).await.unwrap());
        }
        let waiting = (0..5_000).map(|n| scene.delivery(100 + n)).collect();
        let queued = scene.bench.services.webhooks.enqueue(tenant, None, waiting);
        assert!(queued.await.unwrap());
        scene
    }

    fn now(&self) -> Timestamp {
        self.bench.services.now()
    }

    fn endpoint(&self, id: Uuid) -> WebhookEndpoint {
        WebhookEndpoint {
            id,
            url: "https://example.com/hook".to_owned(),
            description: String::new(),
            event_types: vec!["team.*".to_owned()],
            enabled: true,
            secret: WebhookSecret(vec![1; 24]),
            old_secret: None,
            created_at: self.now(),
            created_by: self.admin,
            changed_at: self.now(),
            changed_by: self.admin,
        }
    }

    fn delivery(&self, n: u128) -> WebhookDelivery {
        WebhookDelivery {
            id: Uuid::from_u128(n),
            endpoint: FULL,
            event_type: "team.created".to_owned(),
            body: "{}".into(),
            created_at: self.now(),
            status: WebhookStatus::Pending,
            next_at: Some(self.now()),
            attempts: Vec::new(),
        }
    }

    /// Writes once more, and offers the log to the consumer from its beginning.
    async fn consume(&self, name: &str) -> Acknowledgement {
        self.bench.clock.advance(Duration::from_secs(1));
        let tenants = self.bench.tenants(TenantsConfig::default());
        let tenant = tenants.open(self.tenant).await.unwrap();
        tenant.submit(add_team(self.admin, name)).await.unwrap();
        tenants.close().await;
        let dispatcher = WebhookDispatcher::new(self.bench.services.clone());
        let runner = Runner::new(
            self.bench.services.clone(),
            Registered::projection(dispatcher),
        );
        runner
            .consume(&self.bench.messages(self.tenant).await.pop().unwrap())
            .await
    }

    async fn waiting(&self, id: Uuid) -> u64 {
        let waiting = self.bench.services.webhooks.waiting(self.tenant).await;
        let of = waiting.unwrap().into_iter().find(|(of, _)| *of == id);
        of.map_or(0, |(_, waiting)| waiting)
    }

    async fn is_enabled(&self, id: Uuid) -> bool {
        let endpoints = self.bench.services.webhooks.endpoints(self.tenant).await;
        endpoints
            .unwrap()
            .iter()
            .any(|endpoint| endpoint.id == id && endpoint.enabled)
    }
}

fn hash_of(message: &Message) -> Hash {
    let header = EventHeader::read(message.seq, &message.body).unwrap();
    chain_hash(&header.previous, &message.body)
}

#[tokio::test]
async fn what_has_no_room_stays_in_the_log_until_it_has() {
    let scene = Scene::new().await;
    assert_eq!(scene.consume("Core").await, Acknowledgement::Retry);
    assert_eq!(scene.consume("More").await, Acknowledgement::Retry);
    assert_eq!(scene.waiting(FULL).await, 5_000);
    assert_eq!(scene.waiting(OTHER).await, 0);
    // What has gone makes room, and nothing was lost.
    let webhooks = &scene.bench.services.webhooks;
    webhooks.drop_deliveries(scene.now()).await.unwrap();
    assert_eq!(scene.consume("Most").await, Acknowledgement::Ack);
    assert_eq!(scene.waiting(FULL).await, 3);
    assert_eq!(scene.waiting(OTHER).await, 3);
}

#[tokio::test]
async fn events_that_wait_are_queued_together() {
    let scene = Scene::without_endpoints().await;
    let (webhooks, store) = (&scene.bench.services.webhooks, &scene.bench.store);
    let tenants = scene.bench.tenants(TenantsConfig::default());
    let tenant = tenants.open(scene.tenant).await.unwrap();
    for n in 0..30 {
        let team = add_team(scene.admin, &format!("Team {n}"));
        tenant.submit(team).await.unwrap();
    }
    tenants.close().await;
    let log: Vec<Message> = scene.bench.messages(scene.tenant).await;
    let (first, last) = (log[0].seq, log[log.len() - 1].seq);
    let dispatcher = WebhookDispatcher::new(scene.bench.services.clone());
    let apply = async |first: &Message, behind: &[Message]| {
        let received = ReceivedEvent::new(&**store, first);
        let commit = OffsetCommit {
            consumer: "webhooks",
            stream: scene.tenant.into(),
            from: first.seq - 1,
            to: first.seq,
            event: Some(hash_of(first)),
        };
        let batch = EventBatch::new(received, behind, commit);
        dispatcher.apply(&batch).await
    };
    assert_eq!(apply(&log[0], &log[1..]).await, Ok(Applied::Skipped(last)));
    for id in [FULL, OTHER] {
        let endpoint = WebhookEndpoint {
            created_at: Timestamp::from_micros(0),
            ..scene.endpoint(id)
        };
        let put = webhooks.put_endpoint(scene.tenant, endpoint, None);
        assert!(put.await.unwrap());
    }
    let team = log.iter().position(|m| m.body.contains("\"team.created\""));
    let team = team.unwrap();
    // What follows from later ones may have no room: the first alone is asked how much there is.
    let (first, before) = (first - 1, log[team].seq - 1);
    let applied = apply(&log[0], &log[1..]).await;
    assert_eq!(applied, Ok(Applied::Skipped(before)));
    let skipped = OffsetCommit {
        consumer: "webhooks",
        stream: scene.tenant.into(),
        from: first,
        to: before,
        event: None,
    };
    assert!(store.advance_inbox(skipped).await.unwrap());
    // The log has lost the last one, and relayed another in its place: the first goes alone.
    let mut lost = log.clone();
    let body = lost[log.len() - 1].body.replace("Team 29", "Team 99");
    lost[log.len() - 1].body = body.into();
    let applied = apply(&log[team], &lost[team + 1..]).await;
    assert_eq!(applied, Ok(Applied::Through(log[team].seq)));
    assert_eq!(scene.waiting(OTHER).await, 1);
    // As many as make one transaction.
    let applied = apply(&log[team + 1], &log[team + 2..]).await;
    assert_eq!(applied, Ok(Applied::Through(last)));
    assert_eq!(scene.waiting(OTHER).await, 30);
    assert_eq!(scene.waiting(FULL).await, 30);
}

#[tokio::test]
async fn one_that_fails_and_is_full_takes_no_room_from_the_others() {
    let scene = Scene::new().await;
    let (webhooks, now) = (&scene.bench.services.webhooks, scene.now());
    let bounds = LeaseBounds {
        per_endpoint: 1,
        per_tenant: 1,
        limit: 1,
    };
    let until = Timestamp::from_micros(now.micros() + 1);
    let leased = webhooks.lease_deliveries("one", now, until, bounds).await;
    let (_, delivery) = leased.unwrap().remove(0);
    let settled = webhooks.settle_delivery("one", scene.tenant, delivery, Some(now));
    settled.await.unwrap();
    assert_eq!(scene.consume("Core").await, Acknowledgement::Ack);
    assert!(!scene.is_enabled(FULL).await);
    assert!(scene.is_enabled(OTHER).await);
    assert_eq!(scene.waiting(OTHER).await, 1);
}
