//! Personal values, and tenants apart.

use raally_domain::event::Head;
use raally_domain::ids::{PersonalRef, UserId};
use raally_domain::personal::PersonalSlot;
use uuid::Uuid;

use super::answers::answer;
use super::audit::audit_seqs;
use super::{Subject, all};
use crate::contract::{Log, batch, moment, person, person_changed, person_named, team};
use crate::ports::{AuditFilter, Erased, Erasure, OffsetCommit, Snapshot, Store};

fn refs(numbers: &[u128]) -> Vec<PersonalRef> {
    let to_ref = |n: &u128| PersonalRef(Uuid::from_u128(*n));
    numbers.iter().map(to_ref).collect()
}

async fn names(store: &dyn Store, log: &Log, references: &[u128]) -> Vec<String> {
    let found = store.personal_values(log.tenant, &refs(references)).await;
    let mut names: Vec<String> = found.unwrap().into_iter().map(|v| v.value).collect();
    names.sort();
    names
}

pub async fn tenants_with_the_same_ids_do_not_see_each_other(s: Subject) {
    let (mut one, mut two) = (Log::new(1), Log::new(2));
    one.write(&*s.store, [person(5, "Ana")]).await;
    two.write(&*s.store, [person(5, "Ben"), team(6, "B")]).await;
    let snapshot = |seq, text: &str| Snapshot {
        head: Head { epoch: 1, seq },
        bytes: text.into(),
    };
    s.store
        .save_snapshot(one.tenant, snapshot(1, "one"))
        .await
        .unwrap();
    assert!(
        s.store
            .advance_inbox(OffsetCommit {
                consumer: "x",
                stream: one.tenant.into(),
                from: 0,
                to: 1,
                event: None,
            })
            .await
            .unwrap()
    );

    assert_eq!(all(&*s.store, &one).await, one.written);
    assert_eq!(all(&*s.store, &two).await, two.written);
    assert_eq!(names(&*s.store, &one, &[5]).await, ["\"Ana\""]);
    assert_eq!(names(&*s.store, &two, &[5]).await, ["\"Ben\""]);
    assert_eq!(s.store.snapshot(two.tenant, 9).await.unwrap(), None);
    assert_eq!(s.store.inbox("x", two.tenant.into()).await.unwrap(), 0);
    let everything = AuditFilter::default();
    assert_eq!(audit_seqs(&*s.store, &one, &everything).await, [1]);
    assert_eq!(audit_seqs(&*s.store, &two, &everything).await, [2, 1]);

    assert_eq!(erase(&*s.store, &two, erasure(5)).await.values, 1);
    assert_eq!(names(&*s.store, &one, &[5]).await, ["\"Ana\""]);
    let kept = s.store.snapshot(one.tenant, 9).await.unwrap();
    assert_eq!(kept, Some(snapshot(1, "one")));
}

pub async fn personal_values_are_kept_beside_the_log(s: Subject) {
    let mut log = Log::new(1);
    log.write(&*s.store, [person(5, "Ana \u{1F98A}")]).await;
    // The value of before travels again with the change, and is the same.
    let (before, after) = (person_named(5, "Ana \u{1F98A}"), person_named(6, "Anna"));
    log.write(&*s.store, [person_changed(5, before.clone(), after)])
        .await;
    let found = s.store.personal_values(log.tenant, &refs(&[5])).await;
    assert_eq!(found.unwrap(), [before.full_name.stored().unwrap()]);
    let found = names(&*s.store, &log, &[5, 6, 7]).await;
    assert_eq!(found, ["\"Ana \u{1F98A}\"", "\"Anna\""]);
    assert_eq!(names(&*s.store, &log, &[]).await, [""; 0]);
    for event in all(&*s.store, &log).await {
        assert!(!event.stored.body.contains("An"), "{}", event.stored.body);
    }
}

fn erasure(subject: u128) -> Erasure {
    Erasure {
        subject: Uuid::from_u128(subject),
        also: Vec::new(),
        keep: Vec::new(),
        epoch: 7,
    }
}

async fn erase(store: &dyn Store, log: &Log, erasure: Erasure) -> Erased {
    store.erase_personal(log.tenant, erasure).await.unwrap()
}

pub async fn erasing_a_person_leaves_the_log_whole(s: Subject) {
    let mut log = Log::new(1);
    log.write(&*s.store, [person(5, "Ana"), person(6, "Ben")])
        .await;
    let change = person_changed(5, person_named(5, "Ana"), person_named(7, "Anna"));
    log.write(&*s.store, [change]).await;
    assert_eq!(erase(&*s.store, &log, erasure(5)).await.values, 2);
    assert_eq!(names(&*s.store, &log, &[5, 6, 7]).await, ["\"Ben\""]);
    assert_eq!(all(&*s.store, &log).await, log.written);
    assert_eq!(erase(&*s.store, &log, erasure(5)).await.values, 0);
}

pub async fn erasing_spares_what_is_named_and_takes_what_is_told_elsewhere(s: Subject) {
    let mut log = Log::new(1);
    log.write(
        &*s.store,
        [person(5, "Ana"), person(6, "Ben"), person(8, "Cy")],
    )
    .await;
    let change = person_changed(5, person_named(5, "Ana"), person_named(7, "Anna"));
    log.write(&*s.store, [change]).await;
    let both = Erasure {
        also: refs(&[6, 7]),
        keep: refs(&[7]),
        ..erasure(5)
    };
    assert_eq!(erase(&*s.store, &log, both).await.values, 2);
    assert_eq!(
        names(&*s.store, &log, &[5, 6, 7, 8]).await,
        ["\"Anna\"", "\"Cy\""]
    );
}

pub async fn where_a_value_is_erased_the_log_begins_a_new_epoch(s: Subject) {
    let (mut log, mut other) = (Log::new(1), Log::new(2));
    for log in [&mut log, &mut other] {
        log.write(&*s.store, [person(5, "Ana"), person(6, "Ben")])
            .await;
    }
    let at = |epoch| Some(Head { epoch, seq: 2 });
    let erased = erase(&*s.store, &log, erasure(9)).await;
    assert_eq!(
        (erased.values, erased.head),
        (0, at(1)),
        "nothing was there"
    );
    assert_eq!(erase(&*s.store, &log, erasure(5)).await.head, at(7));
    assert_eq!(erase(&*s.store, &log, erasure(6)).await.head, at(8));
    for (log, epoch) in [(&log, 8), (&other, 1)] {
        let head = s.store.head(log.tenant).await.unwrap();
        assert_eq!(head.map(|log| log.head), at(epoch));
    }
    let nobody = erase(&*s.store, &Log::new(3), erasure(5)).await;
    assert_eq!((nobody.values, nobody.head), (0, None));
}

/// Somebody who has not heard of the erasure yet still has the plan of before.
pub async fn a_snapshot_of_an_epoch_that_has_ended_is_not_kept(s: Subject) {
    let mut log = Log::new(1);
    log.write(&*s.store, [person(5, "Ana"), person(6, "Ben")])
        .await;
    erase(&*s.store, &log, erasure(5)).await;
    for (epoch, kept) in [(1, false), (6, false), (7, true)] {
        let snapshot = Snapshot {
            head: Head { epoch, seq: 2 },
            bytes: b"Ana".to_vec(),
        };
        let saved = s.store.save_snapshot(log.tenant, snapshot.clone());
        saved.await.unwrap();
        let found = s.store.snapshot(log.tenant, 9).await.unwrap();
        assert_eq!(found, kept.then_some(snapshot), "{epoch}");
    }
}

pub async fn erasing_takes_snapshots_and_answers_of_that_tenant(s: Subject) {
    let (mut one, mut two) = (Log::new(1), Log::new(2));
    let (ana, key) = (UserId(Uuid::from_u128(11)), "k");
    for log in [&mut one, &mut two] {
        let mut append = log.append([person(5, "Ana")]);
        append.steps[0].response = Some(answer(11, key, 10));
        s.store.append(batch([append])).await.unwrap();
        let snapshot = Snapshot {
            head: Head { epoch: 1, seq: 1 },
            bytes: b"Ana".to_vec(),
        };
        s.store.save_snapshot(log.tenant, snapshot).await.unwrap();
    }
    erase(&*s.store, &one, erasure(5)).await;
    for (log, there) in [(&one, false), (&two, true)] {
        let found = s
            .store
            .idempotent_response(log.tenant, ana, key, moment(20))
            .await;
        assert_eq!(found.unwrap().is_some(), there);
        let found = s.store.snapshot(log.tenant, 9).await.unwrap();
        assert_eq!(found.is_some(), there);
    }
}
