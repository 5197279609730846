//! What every Webhooks promises.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]
#![expect(missing_docs, reason = "the cases' names are sentences")]

use raally_domain::ids::{TenantId, UserId};
use raally_domain::stream::StreamId;
use raally_domain::time::Timestamp;
use uuid::Uuid;

use crate::contract::moment;
use crate::ports::{
    LeaseBounds, OffsetCommit, Store, TEST_EVENT, WebhookAttempt, WebhookDelivery, WebhookEndpoint,
    WebhookSecret, WebhookStatus, Webhooks,
};

crate::contract::subject! {
    /// A store without anything in it.
    store: Store,
    webhooks: Webhooks,
}

#[macro_export]
macro_rules! webhooks_contract {
    ($subject:path) => {
        $crate::contract_tests! { $subject, webhooks:
            endpoints_are_put_replaced_and_dropped,
            of_two_writers_of_an_endpoint_the_second_reads_again,
            deliveries_are_kept_once_with_the_passage,
            what_is_due_is_leased_to_one,
            nobody_waits_for_anothers_deliveries,
            a_lease_that_ran_out_is_anothers,
            what_became_of_a_delivery_is_noted,
            failing_lasts_until_a_success,
            a_delivery_is_tried_again_when_asked,
            what_is_asked_again_during_a_try_is_tried_again,
            the_log_of_deliveries_has_pages,
            another_tenants_are_not_there,
            an_endpoint_is_left_alone_and_brought_forward,
            what_an_admin_tries_out_does_not_wait,
            what_waits_is_counted_by_endpoint,
            old_deliveries_are_dropped,
        }
    };
}
pub use webhooks_contract as tests;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const OTHER: TenantId = TenantId(Uuid::from_u128(2));

fn endpoint(n: u128) -> WebhookEndpoint {
    let ana = UserId(Uuid::from_u128(11));
    WebhookEndpoint {
        id: Uuid::from_u128(n),
        url: "https://example.com/hook".to_owned(),
        description: "Payroll".to_owned(),
        event_types: vec!["assignment.*".to_owned()],
        enabled: true,
        secret: WebhookSecret(vec![n as u8; 24]),
        old_secret: Some((WebhookSecret(vec![7; 24]), moment(99))),
        created_at: moment(i64::try_from(n).unwrap()),
        created_by: ana,
        changed_at: moment(5),
        changed_by: ana,
    }
}

fn delivery(n: u128, to: u128, due: i64) -> WebhookDelivery {
    WebhookDelivery {
        id: Uuid::from_u128(n),
        endpoint: Uuid::from_u128(to),
        event_type: "assignment.created".to_owned(),
        body: "{\"a\": \"\u{1F98A}\"}".into(),
        created_at: moment(due),
        status: WebhookStatus::Pending,
        next_at: Some(moment(due)),
        attempts: Vec::new(),
    }
}

fn commit(from: u64, to: u64) -> Option<OffsetCommit> {
    Some(OffsetCommit {
        consumer: "webhooks",
        stream: StreamId::Tenant(TENANT),
        from,
        to,
        event: None,
    })
}

/// Bounds that bound nothing but how many are leased now.
fn bounds(limit: usize) -> LeaseBounds {
    LeaseBounds {
        per_endpoint: 100,
        per_tenant: 100,
        limit,
    }
}

impl Subject {
    /// Queues deliveries to endpoints, which are made where they are not there.
    async fn add(&self, deliveries: impl IntoIterator<Item = WebhookDelivery>) {
        let deliveries: Vec<WebhookDelivery> = deliveries.into_iter().collect();
        for to in deliveries.iter().map(|d| d.endpoint.as_u128()) {
            let made = self.webhooks.put_endpoint(TENANT, endpoint(to), None).await;
            made.unwrap();
        }
        let deliveries = deliveries.into_iter().collect();
        assert!(
            self.webhooks
                .enqueue(TENANT, None, deliveries)
                .await
                .unwrap()
        );
    }

    async fn lease(&self, owner: &str, now: i64) -> Vec<WebhookDelivery> {
        let (now, until) = (moment(now), moment(now + 60));
        let leased = self
            .webhooks
            .lease_deliveries(owner, now, until, bounds(10));
        let mut leased: Vec<WebhookDelivery> = leased
            .await
            .unwrap()
            .into_iter()
            .map(|(tenant, delivery)| {
                assert_eq!(tenant, TENANT);
                delivery
            })
            .collect();
        leased.sort_by_key(|d| d.id);
        leased
    }

    async fn all(&self, to: u128) -> Vec<WebhookDelivery> {
        let to = Uuid::from_u128(to);
        self.webhooks
            .deliveries(TENANT, to, None, 100)
            .await
            .unwrap()
    }
}

pub async fn endpoints_are_put_replaced_and_dropped(s: Subject) {
    let w = &s.webhooks;
    for n in [2, 1] {
        assert!(w.put_endpoint(TENANT, endpoint(n), None).await.unwrap());
        assert!(!w.put_endpoint(TENANT, endpoint(n), None).await.unwrap());
    }
    assert_eq!(
        w.endpoints(TENANT).await.unwrap(),
        [endpoint(1), endpoint(2)]
    );
    let changed = WebhookEndpoint {
        enabled: false,
        old_secret: None,
        event_types: Vec::new(),
        ..endpoint(1)
    };
    let read = Some(moment(5));
    assert!(w.put_endpoint(TENANT, changed.clone(), read).await.unwrap());
    assert_eq!(w.endpoints(TENANT).await.unwrap(), [changed, endpoint(2)]);
    s.add([delivery(9, 1, 1), delivery(9, 2, 1)]).await;
    let first = Uuid::from_u128(1);
    assert!(w.drop_endpoint(TENANT, first).await.unwrap());
    assert!(!w.drop_endpoint(TENANT, first).await.unwrap());
    assert!(s.all(1).await.is_empty());
    assert_eq!(s.all(2).await.len(), 1);
}

/// One gives it a new secret while the other changes its description: both see that somebody was
/// faster, and neither writes over the other.
pub async fn of_two_writers_of_an_endpoint_the_second_reads_again(s: Subject) {
    let w = &s.webhooks;
    assert!(w.put_endpoint(TENANT, endpoint(1), None).await.unwrap());
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..8_u8 {
        let webhooks = s.webhooks.clone();
        writers.spawn(async move {
            loop {
                let read = webhooks.endpoints(TENANT).await.unwrap().remove(0);
                let at = read.changed_at;
                let mut written = read;
                written.changed_at = Timestamp::from_micros(at.micros() + 1);
                match n % 2 {
                    0 => written.description.push_str(&n.to_string()),
                    _ => written.secret.0.push(n),
                }
                if webhooks
                    .put_endpoint(TENANT, written, Some(at))
                    .await
                    .unwrap()
                {
                    return;
                }
            }
        });
    }
    while writers.join_next().await.is_some() {}
    let end = w.endpoints(TENANT).await.unwrap().remove(0);
    assert_eq!(end.description.len(), "Payroll".len() + 4, "{end:?}");
    assert_eq!(end.secret.0.len(), 24 + 4);
    let gone = w.drop_endpoint(TENANT, end.id).await.unwrap();
    assert!(gone);
    let at = Some(end.changed_at);
    assert!(
        !w.put_endpoint(TENANT, end, at).await.unwrap(),
        "it is gone"
    );
}

pub async fn deliveries_are_kept_once_with_the_passage(s: Subject) {
    let w = &s.webhooks;
    let kept = async |commit, n| {
        w.enqueue(TENANT, commit, vec![delivery(n, 1, 1)])
            .await
            .unwrap()
    };
    assert!(kept(commit(0, 5), 1).await);
    assert!(!kept(commit(0, 5), 2).await);
    assert!(!kept(commit(4, 6), 3).await);
    assert!(kept(commit(5, 6), 1).await, "it is there already");
    assert_eq!(s.all(1).await, [delivery(1, 1, 1)]);
    assert_eq!(s.store.inbox("webhooks", TENANT.into()).await.unwrap(), 6);
}

pub async fn what_is_due_is_leased_to_one(s: Subject) {
    s.add((1..=8).map(|n| delivery(n, 1, 10))).await;
    s.add([delivery(9, 1, 11)]).await;
    assert!(s.lease("early", 9).await.is_empty());
    let mut leases = tokio::task::JoinSet::new();
    for n in 0..6 {
        let webhooks = s.webhooks.clone();
        leases.spawn(async move {
            let owner = format!("sender {n}");
            let leased = webhooks.lease_deliveries(&owner, moment(10), moment(70), bounds(3));
            let leased = leased.await.unwrap();
            assert!(leased.len() <= 3);
            leased
                .into_iter()
                .map(|(_, d)| d.id.as_u128())
                .collect::<Vec<_>>()
        });
    }
    let mut leased: Vec<u128> = leases.join_all().await.into_iter().flatten().collect();
    // Who comes at the same moment may leave some to the next.
    let late = s.lease("late", 10).await;
    leased.extend(late.into_iter().map(|d| d.id.as_u128()));
    leased.sort_unstable();
    assert_eq!(leased, [1, 2, 3, 4, 5, 6, 7, 8]);
}

pub async fn nobody_waits_for_anothers_deliveries(s: Subject) {
    let w = &s.webhooks;
    // Somebody with many endpoints and much to deliver, and then somebody with one of each.
    let many = (1..=20).flat_map(|to| (1..=20).map(move |n| delivery(to * 100 + n, to, 1)));
    s.add(many).await;
    let alone = WebhookEndpoint {
        id: Uuid::from_u128(99),
        ..endpoint(99)
    };
    assert!(w.put_endpoint(OTHER, alone, None).await.unwrap());
    let last = delivery(9_901, 99, 9);
    assert!(w.enqueue(OTHER, None, vec![last.clone()]).await.unwrap());
    let lease = async |limit: usize, now: i64| {
        let bounds = LeaseBounds {
            per_endpoint: 2,
            per_tenant: 4,
            limit,
        };
        let leased = w.lease_deliveries("one", moment(now), moment(now + 60), bounds);
        leased.await.unwrap()
    };
    let leased = lease(2, 10).await;
    let whose: Vec<TenantId> = leased.iter().map(|(tenant, _)| *tenant).collect();
    assert!(
        whose.contains(&OTHER) && whose.contains(&TENANT),
        "{whose:?}"
    );
    assert_eq!(lease(100, 10).await.len(), 3, "four of a workspace at once");
    assert_eq!(lease(100, 10).await, []);
    // What has been settled makes room.
    let (_, mut done) = leased.into_iter().find(|(of, _)| *of == TENANT).unwrap();
    (done.status, done.next_at) = (WebhookStatus::Delivered, None);
    w.settle_delivery("one", TENANT, done, None).await.unwrap();
    assert_eq!(lease(100, 10).await.len(), 1);

    // An endpoint that fails is tried once at a time.
    let leased = lease(100, 80).await;
    let (_, mut failed) = leased.into_iter().find(|(of, _)| *of == TENANT).unwrap();
    let endpoint = failed.endpoint;
    failed.next_at = Some(moment(500));
    let at = Some(moment(80));
    w.settle_delivery("one", TENANT, failed, at).await.unwrap();
    let again = lease(100, 141).await;
    let of_it = again.iter().filter(|(_, d)| d.endpoint == endpoint).count();
    assert_eq!(of_it, 1);
}

pub async fn a_lease_that_ran_out_is_anothers(s: Subject) {
    s.add([delivery(1, 1, 10)]).await;
    let mut held = s.lease("one", 10).await;
    assert_eq!(held, [delivery(1, 1, 10)]);
    assert!(s.lease("two", 69).await.is_empty());
    assert_eq!(s.lease("two", 70).await.len(), 1);
    let mut late = held.remove(0);
    late.status = WebhookStatus::Delivered;
    let settled = s
        .webhooks
        .settle_delivery("one", TENANT, late, Some(moment(71)));
    assert_eq!(settled.await.unwrap(), None);
    assert_eq!(s.all(1).await, [delivery(1, 1, 10)]);
}

pub async fn what_became_of_a_delivery_is_noted(s: Subject) {
    s.webhooks
        .put_endpoint(TENANT, endpoint(1), None)
        .await
        .unwrap();
    s.add([delivery(1, 1, 10), delivery(2, 1, 10)]).await;
    let [mut first, mut second] = s.lease("one", 10).await.try_into().unwrap();
    first.status = WebhookStatus::Delivered;
    first.next_at = None;
    first.attempts.push(WebhookAttempt {
        at: moment(10),
        status: Some(204),
        latency_ms: 12,
        error: None,
    });
    second.next_at = Some(moment(15));
    second.attempts.push(WebhookAttempt {
        at: moment(10),
        status: None,
        latency_ms: 15_000,
        error: Some("it did not answer".to_owned()),
    });
    let w = &s.webhooks;
    let settled = w.settle_delivery("one", TENANT, first.clone(), None).await;
    assert_eq!(settled.unwrap(), None);
    let settled = w
        .settle_delivery("one", TENANT, second.clone(), Some(moment(10)))
        .await;
    assert_eq!(settled.unwrap(), Some(moment(10)));
    assert_eq!(s.all(1).await, [second.clone(), first]);
    assert!(s.lease("two", 14).await.is_empty());
    // The lease ended with what was noted, so the next try waits for nothing else.
    assert_eq!(s.lease("two", 15).await, [second]);
}

pub async fn failing_lasts_until_a_success(s: Subject) {
    s.webhooks
        .put_endpoint(TENANT, endpoint(1), None)
        .await
        .unwrap();
    let mut since = Vec::new();
    for (n, failed) in [(1, true), (2, true), (3, false), (4, true)] {
        let at = 10 + i64::try_from(n).unwrap();
        s.add([delivery(n, 1, at)]).await;
        let mut one = s.lease("one", at).await.remove(0);
        one.next_at = None;
        let failed = failed.then_some(moment(at));
        since.push(
            s.webhooks
                .settle_delivery("one", TENANT, one, failed)
                .await
                .unwrap(),
        );
    }
    assert_eq!(
        since,
        [Some(moment(11)), Some(moment(11)), None, Some(moment(14))]
    );
    // Turned on again, it has a fresh start.
    let read = Some(moment(5));
    let again = s.webhooks.put_endpoint(TENANT, endpoint(1), read);
    assert!(again.await.unwrap());
    s.add([delivery(5, 1, 20)]).await;
    let one = s.lease("one", 20).await.remove(0);
    let settled = s
        .webhooks
        .settle_delivery("one", TENANT, one, Some(moment(20)));
    assert_eq!(settled.await.unwrap(), Some(moment(20)));
}

pub async fn a_delivery_is_tried_again_when_asked(s: Subject) {
    s.webhooks
        .put_endpoint(TENANT, endpoint(1), None)
        .await
        .unwrap();
    s.add([delivery(1, 1, 10)]).await;
    let mut one = s.lease("one", 10).await.remove(0);
    one.status = WebhookStatus::Failed;
    one.next_at = None;
    s.webhooks
        .settle_delivery("one", TENANT, one, None)
        .await
        .unwrap();
    let (to, id) = (Uuid::from_u128(1), Uuid::from_u128(1));
    let again = async |to, id| {
        s.webhooks
            .redeliver(TENANT, to, id, moment(50))
            .await
            .unwrap()
    };
    assert!(!again(Uuid::from_u128(2), id).await);
    assert!(!again(to, Uuid::from_u128(2)).await);
    assert!(s.lease("one", 60).await.is_empty());
    assert!(again(to, id).await);
    let leased = s.lease("one", 60).await;
    assert_eq!(leased[0].status, WebhookStatus::Pending);
}

/// An endpoint's makers see what came before its sender has noted that it did.
pub async fn what_is_asked_again_during_a_try_is_tried_again(s: Subject) {
    let (w, id) = (&s.webhooks, Uuid::from_u128(1));
    w.put_endpoint(TENANT, endpoint(1), None).await.unwrap();
    s.add([delivery(1, 1, 10)]).await;
    for (now, asked) in [(10, true), (60, false)] {
        let mut one = s.lease("one", now).await.remove(0);
        if asked {
            assert!(w.redeliver(TENANT, id, id, moment(50)).await.unwrap());
            assert!(s.lease("two", 60).await.is_empty(), "it is still sent");
        }
        one.status = WebhookStatus::Delivered;
        one.next_at = None;
        one.attempts.push(WebhookAttempt {
            at: moment(now),
            status: Some(204),
            latency_ms: 1,
            error: None,
        });
        w.settle_delivery("one", TENANT, one, None).await.unwrap();
        let noted = s.all(1).await.remove(0);
        let (status, next_at) = match asked {
            true => (WebhookStatus::Pending, Some(moment(50))),
            false => (WebhookStatus::Delivered, None),
        };
        assert_eq!((noted.status, noted.next_at), (status, next_at));
        assert_eq!(noted.attempts.last().map(|a| a.at), Some(moment(now)));
    }
}

pub async fn the_log_of_deliveries_has_pages(s: Subject) {
    s.add([
        delivery(5, 1, 1),
        delivery(9, 1, 3),
        delivery(7, 1, 3),
        delivery(1, 1, 4),
        delivery(2, 2, 4),
    ])
    .await;
    let (mut before, mut met) = (None, Vec::new());
    loop {
        let page = s.webhooks.deliveries(TENANT, Uuid::from_u128(1), before, 3);
        let page = page.await.unwrap();
        met.extend(page.iter().map(|d| d.id.as_u128()));
        let Some(last) = page.last() else { break };
        before = Some((last.created_at, last.id));
    }
    assert_eq!(met, [1, 9, 7, 5]);
}

pub async fn another_tenants_are_not_there(s: Subject) {
    let (w, one) = (&s.webhooks, Uuid::from_u128(1));
    w.put_endpoint(TENANT, endpoint(1), None).await.unwrap();
    s.add([delivery(1, 1, 10)]).await;
    assert!(w.endpoints(OTHER).await.unwrap().is_empty());
    assert!(w.deliveries(OTHER, one, None, 9).await.unwrap().is_empty());
    assert!(!w.redeliver(OTHER, one, one, moment(1)).await.unwrap());
    assert!(!w.drop_endpoint(OTHER, one).await.unwrap());
    assert_eq!(s.all(1).await.len(), 1);
}

pub async fn an_endpoint_is_left_alone_and_brought_forward(s: Subject) {
    let (w, to) = (&s.webhooks, Uuid::from_u128(1));
    s.add((1..=3).map(|n| delivery(n, 1, 10))).await;
    s.add([delivery(4, 2, 10)]).await;
    let mut tried = s.lease("one", 10).await.remove(0);
    assert_eq!(tried.id, Uuid::from_u128(1));
    tried.next_at = Some(moment(90));
    tried.attempts.push(WebhookAttempt {
        at: moment(10),
        status: Some(500),
        latency_ms: 1,
        error: None,
    });
    let at = Some(moment(10));
    assert_eq!(w.failing_since(TENANT, to).await.unwrap(), None);
    w.settle_delivery("one", TENANT, tried, at).await.unwrap();
    assert_eq!(w.failing_since(TENANT, to).await.unwrap(), at);
    assert_eq!(w.failing_since(OTHER, to).await.unwrap(), None);
    w.rest_endpoint(TENANT, to, moment(200)).await.unwrap();
    w.rest_endpoint(OTHER, Uuid::from_u128(2), moment(200))
        .await
        .unwrap();
    let ids = |leased: Vec<WebhookDelivery>| -> Vec<u128> {
        leased.iter().map(|d| d.id.as_u128()).collect()
    };
    assert_eq!(ids(s.lease("two", 100).await), [1, 4]);
    w.rest_endpoint(TENANT, to, moment(161)).await.unwrap();
    // It fails, and has one at a time.
    assert_eq!(s.lease("two", 161).await.len(), 2);
    assert_eq!(s.all(1).await[0].next_at, Some(moment(161)));
}

pub async fn what_an_admin_tries_out_does_not_wait(s: Subject) {
    let (w, to) = (&s.webhooks, Uuid::from_u128(1));
    s.add([delivery(1, 1, 10)]).await;
    w.rest_endpoint(TENANT, to, moment(200)).await.unwrap();
    assert_eq!(s.lease("one", 50).await, []);
    let tried_out = WebhookDelivery {
        event_type: TEST_EVENT.to_owned(),
        ..delivery(2, 1, 20)
    };
    s.add([tried_out.clone()]).await;
    assert_eq!(s.lease("one", 50).await, [tried_out]);
    // Who turns it on again wants what waits at once.
    let on = WebhookEndpoint {
        changed_at: moment(6),
        ..endpoint(1)
    };
    let read = Some(moment(5));
    assert!(w.put_endpoint(TENANT, on, read).await.unwrap());
    assert_eq!(s.lease("one", 51).await, [delivery(1, 1, 10)]);
}

pub async fn what_waits_is_counted_by_endpoint(s: Subject) {
    s.add((1..=3).map(|n| delivery(n, 1, 10))).await;
    s.add([delivery(4, 2, 10)]).await;
    let mut done = s.lease("one", 10).await.remove(0);
    (done.status, done.next_at) = (WebhookStatus::Delivered, None);
    s.webhooks
        .settle_delivery("one", TENANT, done, None)
        .await
        .unwrap();
    let mut waiting = s.webhooks.waiting(TENANT).await.unwrap();
    waiting.sort_unstable();
    assert_eq!(waiting, [(Uuid::from_u128(1), 2), (Uuid::from_u128(2), 1)]);
    assert_eq!(s.webhooks.waiting(OTHER).await.unwrap(), []);
}

pub async fn old_deliveries_are_dropped(s: Subject) {
    s.add([delivery(1, 1, 1), delivery(2, 1, 2), delivery(3, 1, 3)])
        .await;
    assert_eq!(s.webhooks.drop_deliveries(moment(3)).await.unwrap(), 2);
    assert_eq!(s.all(1).await, [delivery(3, 1, 3)]);
}
