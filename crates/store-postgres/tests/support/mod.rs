//! A tenant with a row in every table.
#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod cluster;
pub(crate) mod proxy;

use raally_app::contract::{Log, moment, person, settings, user};
use raally_app::ports::{
    Batch, IdentityChange, Notification, Notifications, Passage, Preference, Snapshot, Store,
    StoredAnswer, WebhookDelivery, WebhookEndpoint, WebhookSecret, WebhookStatus, Webhooks,
};
use raally_domain::entities::{Member, Role};
use raally_domain::event::{Change, Diff, Head};
use raally_domain::ids::TenantId;
use raally_domain::news::NewsKind;
use raally_store_postgres::PostgresStore;

fn member(n: u128) -> Change {
    Diff {
        id: user(n, "").id,
        before: None,
        after: Some(Member { role: Role::Admin }),
    }
    .into()
}

/// Tenant `n` with a name, a member, a person, an answer, a snapshot, a lease and a consumer.
pub(crate) async fn fill(store: &PostgresStore, n: u128) -> Log {
    let mut log = Log::new(n);
    let slug = format!("tenant-{n}");
    let mut append = log.append([settings(&slug, &slug), member(n), person(n, "Ana")]);
    append.steps[0].answer = Some(StoredAnswer {
        user: user(n, "").id,
        key: "key".to_owned(),
        request_hash: [1; 32],
        status: 201,
        body: b"answer".to_vec(),
        at: moment(0),
    });
    let batch = Batch {
        appends: vec![append],
        identity: vec![IdentityChange::PutUser(user(n, &format!("{n}@b.example")))],
    };
    store.append(batch).await.unwrap();
    let snapshot = Snapshot {
        head: Head { epoch: 1, seq: 3 },
        bytes: b"plan".to_vec(),
    };
    store.save_snapshot(log.tenant, snapshot).await.unwrap();
    store
        .advance_inbox(Passage {
            consumer: "mail",
            tenant: log.tenant,
            from: 0,
            to: 1,
        })
        .await
        .unwrap();
    let leased = store.lease_outbox("relay", moment(0), moment(10), 10);
    assert!(leased.await.unwrap().iter().any(|r| r.tenant == log.tenant));
    tell(store, log.tenant, n).await;
    log
}

/// Tells user `n` something.
async fn tell(store: &PostgresStore, tenant: TenantId, n: u128) {
    let user = user(n, "").id;
    let kind = NewsKind::Assigned;
    let notification = Notification {
        id: uuid::Uuid::from_u128(n),
        user,
        at: moment(0),
        kind,
        actor: None,
        person: None,
        entity: None,
        project: None,
        from: None,
        to: None,
        count: 1,
        in_app: true,
        digest_at: None,
        read_at: None,
    };
    assert!(store.add(tenant, None, vec![notification]).await.unwrap());
    let preference = Preference {
        user,
        kind,
        in_app: true,
        email: false,
    };
    store.set_preference(tenant, preference).await.unwrap();
    let endpoint = WebhookEndpoint {
        id: uuid::Uuid::from_u128(n),
        url: "https://example.com/".to_owned(),
        description: String::new(),
        event_types: Vec::new(),
        enabled: true,
        secret: WebhookSecret(vec![1; 24]),
        old_secret: None,
        created_at: moment(0),
        created_by: user,
        changed_at: moment(0),
        changed_by: user,
    };
    let delivery = WebhookDelivery {
        id: uuid::Uuid::from_u128(n),
        endpoint: endpoint.id,
        event_type: "team.created".to_owned(),
        body: "{}".to_owned(),
        created_at: moment(0),
        status: WebhookStatus::Pending,
        next_at: Some(moment(0)),
        attempts: Vec::new(),
    };
    store.put_endpoint(tenant, endpoint).await.unwrap();
    assert!(store.enqueue(tenant, None, vec![delivery]).await.unwrap());
}

/// Where an engine's part is, as `scripts/engines env` says it.
pub(crate) fn engine(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run 'scripts/engines start postgres', then 'eval \"$(scripts/engines env)\"'.")
    })
}

pub(crate) fn one(append: raally_app::ports::Append) -> Batch {
    Batch {
        appends: vec![append],
        identity: Vec::new(),
    }
}
