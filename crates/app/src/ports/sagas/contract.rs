//! What every keeper of sagas promises.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]
#![expect(missing_docs, reason = "the cases' names are sentences")]

use raally_domain::ids::TenantId;
use uuid::Uuid;

use crate::contract::moment;
use crate::ports::{Saga, SagaStatus, Sagas};

crate::contract::subject! {
    /// An empty one.
    sagas: Sagas,
}

#[macro_export]
macro_rules! sagas_contract {
    ($subject:path) => {
        $crate::contract_tests! { $subject, sagas:
            a_saga_comes_back_as_it_was_begun_and_put,
            a_saga_is_begun_once,
            what_is_due_is_taken_until_a_moment,
            what_has_ended_is_taken_no_more,
            only_the_last_version_is_replaced,
            of_many_who_take_one_gets_it,
            those_under_way_are_listed_by_tenant_and_kind,
            those_under_way_are_counted_by_kind_and_course,
        }
    };
}
pub use sagas_contract as tests;

fn saga(tenant: u128, id: u128, due: i64) -> Saga {
    Saga {
        tenant: TenantId(Uuid::from_u128(tenant)),
        id: Uuid::from_u128(id),
        kind: "invite".to_owned(),
        status: SagaStatus::Running,
        step: 0,
        state: "{\"email\":\"ana@example.com\"}".to_owned(),
        attempts: 0,
        due_at: moment(due),
        version: 1,
    }
}

async fn begin(s: &Subject, saga: &Saga) {
    assert!(s.sagas.begin(saga.clone()).await.unwrap());
}

async fn found(s: &Subject, saga: &Saga) -> Saga {
    s.sagas.saga(saga.tenant, saga.id).await.unwrap().unwrap()
}

pub async fn a_saga_comes_back_as_it_was_begun_and_put(s: Subject) {
    let one = saga(1, 1, 0);
    assert_eq!(s.sagas.saga(one.tenant, one.id).await.unwrap(), None);
    begin(&s, &one).await;
    assert_eq!(found(&s, &one).await, one);
    for (version, status) in (1..).zip(SagaStatus::ALL) {
        let next = Saga {
            status,
            step: 3,
            state: "{}".to_owned(),
            attempts: 2,
            due_at: moment(9),
            version,
            ..one.clone()
        };
        assert!(s.sagas.put(&next).await.unwrap());
        let version = version + 1;
        assert_eq!(found(&s, &one).await, Saga { version, ..next });
    }
}

pub async fn a_saga_is_begun_once(s: Subject) {
    let one = saga(1, 1, 0);
    begin(&s, &one).await;
    let again = Saga {
        step: 5,
        ..one.clone()
    };
    assert!(!s.sagas.begin(again).await.unwrap());
    assert_eq!(found(&s, &one).await, one);
    // Another tenant may have one of the same id.
    begin(&s, &saga(2, 1, 0)).await;
}

pub async fn what_is_due_is_taken_until_a_moment(s: Subject) {
    for (id, due) in [(1, 10), (2, 5), (3, 20)] {
        begin(&s, &saga(id, id, due)).await;
    }
    let take = async |now: i64, limit: usize| {
        let taken = s.sagas.take(moment(now), moment(now + 30), limit);
        let mut ids: Vec<u128> = Vec::new();
        for taken in taken.await.unwrap() {
            assert_eq!(taken.due_at, moment(now + 30));
            assert_eq!(found(&s, &taken).await, taken);
            ids.push(taken.id.as_u128());
        }
        ids.sort_unstable();
        ids
    };
    assert_eq!(take(4, 9).await, [0; 0]);
    // The one that has been due longest first.
    assert_eq!(take(10, 1).await, [2]);
    assert_eq!(take(10, 9).await, [1]);
    assert_eq!(take(39, 9).await, [3]);
    assert_eq!(take(40, 9).await, [1, 2]);
}

pub async fn what_has_ended_is_taken_no_more(s: Subject) {
    for (id, status) in (1..).zip(SagaStatus::ALL) {
        begin(
            &s,
            &Saga {
                status,
                ..saga(1, id, 0)
            },
        )
        .await;
    }
    let taken = s.sagas.take(moment(1), moment(2), 9).await.unwrap();
    assert_eq!(taken.len(), 2);
    assert!(taken.iter().all(|saga| !saga.status.has_ended()));
}

pub async fn only_the_last_version_is_replaced(s: Subject) {
    let one = saga(1, 1, 0);
    begin(&s, &one).await;
    let taken = s.sagas.take(moment(0), moment(9), 9).await.unwrap();
    assert_eq!(taken[0].version, 2);
    let stale = Saga {
        step: 1,
        ..one.clone()
    };
    assert!(!s.sagas.put(&stale).await.unwrap());
    assert_eq!(found(&s, &one).await, taken[0]);
    let other = Saga {
        tenant: TenantId(Uuid::from_u128(2)),
        ..taken[0].clone()
    };
    assert!(!s.sagas.put(&other).await.unwrap());
    assert!(s.sagas.put(&taken[0]).await.unwrap());
}

pub async fn of_many_who_take_one_gets_it(s: Subject) {
    for id in 1..=20 {
        begin(&s, &saga(id, id, 0)).await;
    }
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let sagas = s.sagas.clone();
        running.spawn(async move { sagas.take(moment(1), moment(9), 20).await.unwrap() });
    }
    let taken = running.join_all().await.into_iter().flatten();
    let mut ids: Vec<_> = taken.map(|saga| saga.id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "one was taken twice");
}

pub async fn those_under_way_are_listed_by_tenant_and_kind(s: Subject) {
    let other = Saga {
        kind: "open".to_owned(),
        ..saga(1, 4, 0)
    };
    let ended = Saga {
        status: SagaStatus::Completed,
        ..saga(1, 5, 0)
    };
    for saga in [saga(1, 2, 0), saga(1, 1, 0), saga(2, 3, 0), other, ended] {
        begin(&s, &saga).await;
    }
    let tenant = TenantId(Uuid::from_u128(1));
    let listed = s.sagas.under_way(tenant, "invite").await.unwrap();
    assert_eq!(listed, [saga(1, 1, 0), saga(1, 2, 0)]);
}

pub async fn those_under_way_are_counted_by_kind_and_course(s: Subject) {
    assert_eq!(s.sagas.count().await.unwrap(), []);
    for (id, status) in (1..).zip(SagaStatus::ALL) {
        let of = |tenant: u128| Saga {
            status,
            ..saga(tenant, id, 0)
        };
        begin(&s, &of(1)).await;
        begin(&s, &of(2)).await;
    }
    let other = Saga {
        kind: "open".to_owned(),
        ..saga(1, 9, 0)
    };
    begin(&s, &other).await;
    let counted = [
        ("invite", SagaStatus::Running, 2),
        ("invite", SagaStatus::Compensating, 2),
        ("open", SagaStatus::Running, 1),
    ];
    let counted = counted.map(|(kind, status, n)| (kind.to_owned(), status, n));
    assert_eq!(s.sagas.count().await.unwrap(), counted);
}
