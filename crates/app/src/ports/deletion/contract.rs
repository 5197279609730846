//! What every store promises of tenants that are suspended and closed.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]
#![expect(missing_docs, reason = "the cases' names are sentences")]

use std::sync::Arc;

use raally_domain::ids::TenantId;
use raally_domain::personal::PersonalValue;
use uuid::Uuid;

use crate::contract::{Log, batch, member, moment, person, settings, team, user};
use crate::ports::{
    AppendError, ExportPart, Identity, OffsetCommit, Saga, SagaStatus, Sagas, Snapshot, Store,
    TenantDeletion, TenantStatus,
};

crate::contract::subject! {
    /// An empty store behind the ports that a closing needs.
    store: Store,
    identity: Identity,
    sagas: Sagas,
    deletion: TenantDeletion,
}

#[macro_export]
macro_rules! deletion_contract {
    ($subject:path) => {
        $crate::contract_tests! { $subject, deletion:
            a_suspended_tenant_takes_no_events_until_it_is_resumed,
            a_suspension_belongs_to_one_saga,
            whoever_appends_while_it_is_suspended_is_before_it_or_refused,
            a_closed_tenant_is_gone_and_stays_gone,
            only_a_saga_under_way_closes_its_own_tenant,
            erasing_leaves_others_as_they_were,
            what_comes_late_is_not_kept,
            an_export_is_kept_in_parts_until_it_is_dropped,
        }
    };
}
pub use deletion_contract as tests;

const SAGA: Uuid = Uuid::from_u128(77);
const OTHER: Uuid = Uuid::from_u128(78);

async fn begin(s: &Subject, tenant: TenantId, id: Uuid) {
    let saga = Saga {
        tenant,
        id,
        kind: "close".to_owned(),
        status: SagaStatus::Running,
        step: 0,
        state: "{}".to_owned(),
        attempts: 0,
        due_at: moment(0),
        version: 1,
    };
    assert!(s.sagas.begin(saga).await.unwrap());
}

/// Tenant `n` with a name, a member, a person, a snapshot, a consumer, and two sagas.
async fn filled(s: &Subject, n: u128) -> Log {
    let mut log = Log::new(n);
    let (slug, admin) = (format!("tenant-{n}"), user(n, "").id);
    let admin = member(admin, None, Some(raally_domain::kinds::Role::Admin));
    let changes = [settings(&slug, &slug), admin, person(n, "Ana")];
    log.write(&*s.store, changes).await;
    let snapshot = Snapshot {
        head: raally_domain::event::Head { epoch: 1, seq: 3 },
        bytes: b"plan".to_vec(),
    };
    s.store.save_snapshot(log.tenant, snapshot).await.unwrap();
    assert!(s.store.advance_inbox(commit(&log, 0)).await.unwrap());
    begin(s, log.tenant, SAGA).await;
    begin(s, log.tenant, OTHER).await;
    log
}

fn commit(log: &Log, from: u64) -> OffsetCommit {
    OffsetCommit {
        consumer: "mail",
        stream: log.tenant.into(),
        from,
        to: from + 1,
        event: None,
    }
}

async fn suspend(s: &Subject, log: &Log, saga: Uuid) -> bool {
    s.deletion
        .suspend(log.tenant, saga, moment(1))
        .await
        .unwrap()
}

async fn close(s: &Subject, tenant: TenantId, saga: Uuid) -> bool {
    s.deletion.close(tenant, saga, moment(2)).await.unwrap()
}

/// All of it, in small pieces.
async fn erase(s: &Subject, tenant: TenantId) -> u64 {
    let mut gone = 0;
    loop {
        match s.deletion.erase(tenant, 2).await.unwrap() {
            0 => return gone,
            n => gone += n,
        }
    }
}

async fn tenant_status(s: &Subject, tenant: TenantId) -> TenantStatus {
    s.store.tenant_status(tenant).await.unwrap()
}

async fn refused(s: &Subject, log: &mut Log) {
    let append = log.append([team(50, "Late")]);
    let refused = s.store.append(batch([append])).await;
    let so = match &refused {
        Err(AppendError::Suspended(tenant)) => *tenant == log.tenant,
        // Nobody who knew the log need be told more.
        Err(AppendError::HeadMoved { actual, .. }) => actual.is_none(),
        _ => false,
    };
    assert!(so, "{refused:?}");
}

async fn names(s: &Subject, n: u128) -> Vec<PersonalValue> {
    let reference = raally_domain::ids::PersonalRef(Uuid::from_u128(n));
    let tenant = Log::new(n).tenant;
    s.store.personal_values(tenant, &[reference]).await.unwrap()
}

pub async fn a_suspended_tenant_takes_no_events_until_it_is_resumed(s: Subject) {
    let mut log = filled(&s, 1).await;
    assert_eq!(tenant_status(&s, log.tenant).await, TenantStatus::Open);
    assert!(suspend(&s, &log, SAGA).await);
    assert_eq!(tenant_status(&s, log.tenant).await, TenantStatus::Suspended);
    refused(&s, &mut log.clone()).await;
    assert_eq!(s.store.events(log.tenant, 0, 9).await.unwrap().len(), 3);
    s.deletion.resume(log.tenant, SAGA).await.unwrap();
    assert_eq!(tenant_status(&s, log.tenant).await, TenantStatus::Open);
    log.write(&*s.store, [team(1, "Team")]).await;
    assert_eq!(s.store.events(log.tenant, 0, 9).await.unwrap().len(), 4);
}

pub async fn a_suspension_belongs_to_one_saga(s: Subject) {
    let log = filled(&s, 1).await;
    assert!(suspend(&s, &log, SAGA).await);
    assert!(suspend(&s, &log, SAGA).await);
    assert!(!suspend(&s, &log, OTHER).await);
    s.deletion.resume(log.tenant, OTHER).await.unwrap();
    assert_eq!(tenant_status(&s, log.tenant).await, TenantStatus::Suspended);
    assert!(!close(&s, log.tenant, OTHER).await);
    assert!(close(&s, log.tenant, SAGA).await);
    assert!(!suspend(&s, &log, SAGA).await);
    s.deletion.resume(log.tenant, SAGA).await.unwrap();
    assert_eq!(tenant_status(&s, log.tenant).await, TenantStatus::Closed);
}

pub async fn whoever_appends_while_it_is_suspended_is_before_it_or_refused(s: Subject) {
    let s = Arc::new(s);
    for n in 1..=20 {
        let mut log = filled(&s, n).await;
        let append = log.append([team(1, "Team")]);
        let (writer, suspender) = (s.clone(), s.clone());
        let writing = tokio::spawn(async move { writer.store.append(batch([append])).await });
        let tenant = log.tenant;
        let suspending =
            tokio::spawn(async move { suspender.deletion.suspend(tenant, SAGA, moment(1)).await });
        assert!(suspending.await.unwrap().unwrap());
        // What is in the log now stays all that is.
        let seen = s.store.head(tenant).await.unwrap().unwrap().head.seq;
        let written = writing.await.unwrap();
        let after = s.store.head(tenant).await.unwrap().unwrap().head.seq;
        assert_eq!(seen, after);
        assert_eq!(written.is_ok(), after == 4, "{written:?}");
    }
}

pub async fn a_closed_tenant_is_gone_and_stays_gone(s: Subject) {
    let mut log = filled(&s, 1).await;
    assert!(suspend(&s, &log, SAGA).await);
    assert_eq!(erase(&s, log.tenant).await, 0);
    for _ in 0..2 {
        assert!(close(&s, log.tenant, SAGA).await);
        assert_eq!(tenant_status(&s, log.tenant).await, TenantStatus::Closed);
        assert_eq!(s.store.head(log.tenant).await.unwrap(), None);
        assert_eq!(s.store.tenants().await.unwrap(), []);
        assert_eq!(s.identity.tenant(log.tenant).await.unwrap(), None);
        let memberships = s.identity.memberships(user(1, "").id).await.unwrap();
        assert_eq!(memberships, []);
        erase(&s, log.tenant).await;
    }
    assert_eq!(s.store.events(log.tenant, 0, 9).await.unwrap(), []);
    assert_eq!(names(&s, 1).await, []);
    let heads = s.store.snapshot_heads(log.tenant).await.unwrap();
    assert_eq!(heads, []);
    // The saga that did it goes on; others are no more.
    let saga = s.sagas.saga(log.tenant, SAGA).await.unwrap();
    assert!(saga.is_some());
    assert_eq!(s.sagas.saga(log.tenant, OTHER).await.unwrap(), None);
    refused(&s, &mut log).await;
    refused(&s, &mut Log::new(1)).await;
    // Its address is free.
    let mut next = Log::new(2);
    next.write(&*s.store, [settings("Next", "tenant-1")]).await;
}

pub async fn only_a_saga_under_way_closes_its_own_tenant(s: Subject) {
    let (one, two) = (filled(&s, 1).await, filled(&s, 2).await);
    let unknown = Uuid::from_u128(404);
    assert!(!close(&s, one.tenant, unknown).await);
    let ended = Saga {
        status: SagaStatus::Completed,
        ..s.sagas.saga(one.tenant, SAGA).await.unwrap().unwrap()
    };
    assert!(s.sagas.put(&ended).await.unwrap());
    assert!(!close(&s, one.tenant, SAGA).await);
    assert!(close(&s, two.tenant, SAGA).await);
    assert_eq!(tenant_status(&s, one.tenant).await, TenantStatus::Open);
    // One that was never there can be closed, too, and does not come after that.
    let mut never = Log::new(3);
    begin(&s, never.tenant, SAGA).await;
    assert!(close(&s, never.tenant, SAGA).await);
    refused(&s, &mut never).await;
}

pub async fn erasing_leaves_others_as_they_were(s: Subject) {
    let (one, two) = (filled(&s, 1).await, filled(&s, 2).await);
    assert_eq!(erase(&s, one.tenant).await, 0);
    assert!(close(&s, one.tenant, SAGA).await);
    assert!(erase(&s, one.tenant).await >= 5);
    assert_eq!(s.store.events(two.tenant, 0, 9).await.unwrap(), two.written);
    assert_eq!(names(&s, 2).await.len(), 1);
    assert_eq!(s.store.snapshot_heads(two.tenant).await.unwrap().len(), 1);
    assert_eq!(s.store.inbox("mail", two.tenant.into()).await.unwrap(), 1);
    assert!(s.sagas.saga(two.tenant, OTHER).await.unwrap().is_some());
}

pub async fn what_comes_late_is_not_kept(s: Subject) {
    let log = filled(&s, 1).await;
    assert!(close(&s, log.tenant, SAGA).await);
    erase(&s, log.tenant).await;
    let head = raally_domain::event::Head { epoch: 1, seq: 3 };
    let bytes = b"plan".to_vec();
    // Whether they are told is the store's affair.
    let _ = s
        .store
        .save_snapshot(log.tenant, Snapshot { head, bytes })
        .await;
    let advanced = s.store.advance_inbox(commit(&log, 0)).await;
    assert!(!advanced.unwrap_or(false));
    let advanced = s.store.advance_inbox(commit(&log, 1)).await;
    assert!(!advanced.unwrap_or(false));
    let late = Saga {
        id: Uuid::from_u128(79),
        ..s.sagas.saga(log.tenant, SAGA).await.unwrap().unwrap()
    };
    let _ = s.sagas.begin(late).await;
    let listed = s.sagas.under_way(log.tenant, "close").await.unwrap();
    assert_eq!(listed.len(), 1);
    let heads = s.store.snapshot_heads(log.tenant).await.unwrap();
    assert_eq!(heads, []);
    assert_eq!(s.store.inbox("mail", log.tenant.into()).await.unwrap(), 0);
}

pub async fn an_export_is_kept_in_parts_until_it_is_dropped(s: Subject) {
    let tenant = filled(&s, 1).await.tenant;
    let part = |number: u32, lines: &str| ExportPart {
        number,
        last_seq: u64::from(number) * 10,
        lines: lines.to_owned(),
    };
    let last = async |saga| s.deletion.last_part(tenant, saga).await.unwrap();
    let lines = async |saga, n| s.deletion.part(tenant, saga, n).await.unwrap();
    assert_eq!(last(SAGA).await, None);
    for (number, text) in [(1, "a\n"), (2, "b\n"), (2, "again\n")] {
        let kept = s.deletion.keep_part(tenant, SAGA, part(number, text)).await;
        kept.unwrap();
    }
    assert_eq!(last(SAGA).await, Some((2, 20)));
    assert_eq!(lines(SAGA, 2).await.as_deref(), Some("b\n"));
    assert_eq!((lines(SAGA, 3).await, lines(OTHER, 1).await), (None, None));
    assert_eq!(last(OTHER).await, None);
    s.deletion.drop_export(tenant).await.unwrap();
    assert_eq!((last(SAGA).await, lines(SAGA, 1).await), (None, None));
}
