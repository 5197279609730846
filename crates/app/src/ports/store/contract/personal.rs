//! Personal values, and tenants apart.

use raally_domain::event::Head;
use raally_domain::ids::{PersonalRef, UserId};
use raally_domain::personal::PersonalSlot;
use uuid::Uuid;

use super::answers::answer;
use super::audit::audit_seqs;
use super::{Subject, all};
use crate::contract::{Log, batch, moment, person, person_changed, person_named, team};
use crate::ports::{AuditFilter, OffsetCommit, Snapshot, Store};

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

    let erased = s.store.erase_personal(two.tenant, Uuid::from_u128(5)).await;
    assert_eq!(erased.unwrap(), 1);
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

pub async fn erasing_a_person_leaves_the_log_whole(s: Subject) {
    let mut log = Log::new(1);
    log.write(&*s.store, [person(5, "Ana"), person(6, "Ben")])
        .await;
    let change = person_changed(5, person_named(5, "Ana"), person_named(7, "Anna"));
    log.write(&*s.store, [change]).await;
    let erase = || s.store.erase_personal(log.tenant, Uuid::from_u128(5));
    assert_eq!(erase().await.unwrap(), 2);
    assert_eq!(names(&*s.store, &log, &[5, 6, 7]).await, ["\"Ben\""]);
    assert_eq!(all(&*s.store, &log).await, log.written);
    assert_eq!(erase().await.unwrap(), 0);
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
    s.store
        .erase_personal(one.tenant, Uuid::from_u128(5))
        .await
        .unwrap();
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
