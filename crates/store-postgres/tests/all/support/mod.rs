//! A tenant with a row in every table.

pub(crate) mod cluster;
pub(crate) mod proxy;

use raally_app::contract::{Log, moment, person, settings, user};
use raally_app::ports::{
    AppendOutcome, AuditEntry, AuditStore, Batch, BookedDay, CapacityDay, DirtyRange, DirtySubject,
    ExportPart, IdempotentResponse, IdentityChange, Notification, Notifications, OffsetCommit,
    PersonDays, PersonRow, Preference, PreferencePatch, ProjectRow, RefreshBatch, Reporting, Saga,
    SagaStatus, Sagas, Snapshot, Store, TenantDeletion, TimeOffDay, WebhookDelivery,
    WebhookEndpoint, WebhookSecret, WebhookStatus, Webhooks,
};
use raally_domain::date::{Date, Period};
use raally_domain::employment::Span;
use raally_domain::event::{Change, Diff, Head};
use raally_domain::ids::{PersonId, PersonalRef, ProjectId, TenantId, TimeOffId};
use raally_domain::kinds::{Member, ProjectStatus, Role, TimeOffKind, TimeOffStatus};
use raally_domain::notifications::NotificationKind;
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
    append.steps[0].response = Some(IdempotentResponse {
        user: user(n, "").id,
        key: "key".to_owned(),
        request_hash: [1; 32],
        status: 201,
        body: b"answer".to_vec(),
        at: moment(0),
    });
    let batch = Batch {
        appends: vec![append],
        identity: vec![IdentityChange::AddUser(user(n, &format!("{n}@b.example")))],
        ..Batch::default()
    };
    store.append(batch).await.unwrap();
    let snapshot = Snapshot {
        head: Head { epoch: 1, seq: 3 },
        bytes: b"plan".to_vec(),
    };
    store.save_snapshot(log.tenant, snapshot).await.unwrap();
    store
        .advance_inbox(OffsetCommit {
            consumer: "mail",
            stream: log.tenant.into(),
            from: 0,
            to: 1,
            event: None,
        })
        .await
        .unwrap();
    let commit = OffsetCommit {
        consumer: "audit-logger",
        stream: log.tenant.into(),
        from: 0,
        to: 1,
        event: None,
    };
    let entry = AuditEntry {
        stream: format!("tenant/{}", log.tenant),
        seq: 1,
        recorded_at: moment(0),
        previous: [0; 32],
        body: log.written[0].stored.body.as_str().into(),
    };
    assert_eq!(
        store.append_entries(commit, vec![entry]).await.unwrap(),
        AppendOutcome::Appended
    );
    report(store, &log).await;
    let saga = Saga {
        tenant: log.tenant,
        id: log.tenant.0,
        kind: "invite".to_owned(),
        status: SagaStatus::Running,
        step: 0,
        state: "{}".to_owned(),
        attempts: 0,
        due_at: moment(0),
        version: 1,
    };
    assert!(store.begin(saga).await.unwrap());
    let leased = store.lease_outbox("relay", moment(0), moment(10), 10);
    assert!(
        leased
            .await
            .unwrap()
            .iter()
            .any(|r| r.stream == log.tenant.into())
    );
    tell(store, log.tenant, n).await;
    let part = ExportPart {
        number: 1,
        last_seq: 3,
        lines: "{}\n".to_owned(),
    };
    let kept = store.keep_part(log.tenant, log.tenant.0, part).await;
    kept.unwrap();
    log
}

/// A filled tenant that is suspended by its saga: then there is no table without a row.
pub(crate) async fn fill_and_suspend(store: &PostgresStore, n: u128) -> Log {
    let log = fill(store, n).await;
    let suspended = store.suspend(log.tenant, log.tenant.0, moment(0)).await;
    assert!(suspended.unwrap());
    log
}

fn dirt(seq: u64) -> DirtyRange {
    DirtyRange {
        subject: DirtySubject::Everyone,
        days: None,
        seq,
    }
}

/// A row in each reporting table, and something left to work out.
async fn report(store: &PostgresStore, log: &Log) {
    let at = |from| OffsetCommit {
        consumer: "reporting",
        stream: log.tenant.into(),
        from,
        to: from + 1,
        event: None,
    };
    assert!(store.mark_dirty(at(0), &[dirt(1)]).await.unwrap());
    let day = Date::from_ymd(2026, 3, 2).unwrap();
    let leased = store.lease("refresher", moment(0), moment(10), day, 10);
    assert!(leased.await.unwrap().contains(&log.tenant));
    let period = Period::new(day, day).unwrap();
    let (person, project) = (PersonId(log.tenant.0), ProjectId(log.tenant.0));
    let refreshed = RefreshBatch {
        people: vec![(
            PersonRow {
                id: person,
                name: Some("Ana".to_owned()),
                job_title: None,
                team: None,
                employment: Span::default(),
                archived: false,
            },
            PersonalRef(log.tenant.0),
        )],
        projects: vec![ProjectRow {
            id: project,
            name: "Apollo".to_owned(),
            code: None,
            client: None,
            status: ProjectStatus::Active,
            billable: true,
            archived: false,
        }],
        days: vec![(
            period,
            PersonDays {
                person,
                capacity: vec![CapacityDay {
                    day,
                    capacity: 480,
                    booked: 60,
                    tentative: 0,
                }],
                booked: vec![BookedDay {
                    day,
                    project,
                    booked: 60,
                    tentative: 0,
                    billable: 60,
                }],
                time_off: vec![TimeOffDay {
                    day,
                    time_off: TimeOffId(log.tenant.0),
                    kind: TimeOffKind::Vacation,
                    status: TimeOffStatus::Requested,
                    minutes: None,
                }],
            },
        )],
        covers: vec![dirt(1)],
        ..RefreshBatch::default()
    };
    let replaced = store.replace("refresher", log.tenant, &refreshed).await;
    assert!(replaced.unwrap());
    let settled = store.settle("refresher", log.tenant, period, moment(1));
    assert!(settled.await.unwrap());
    assert!(store.mark_dirty(at(1), &[dirt(2)]).await.unwrap());
}

/// Tells user `n` something.
async fn tell(store: &PostgresStore, tenant: TenantId, n: u128) {
    let user = user(n, "").id;
    let kind = NotificationKind::Assigned;
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
    store
        .set_preference(tenant, preference, PreferencePatch::default())
        .await
        .unwrap();
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
        body: "{}".into(),
        created_at: moment(0),
        status: WebhookStatus::Pending,
        next_at: Some(moment(0)),
        attempts: Vec::new(),
    };
    store.put_endpoint(tenant, endpoint, None).await.unwrap();
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
        ..Batch::default()
    }
}
