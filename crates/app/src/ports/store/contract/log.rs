//! Appending to logs and reading them.

use raally_domain::event::{Event, Head};
use raally_domain::ids::{PersonalRef, TenantId};
use uuid::Uuid;

use super::{Subject, all, moved};
use crate::contract::{Log, batch, moment, person, skill, team};
use crate::ports::{AppendError, Batch, LogHead, MAX_PAGE_BYTES, StoreError};

fn log_head(epoch: u32, seq: u64, hash: [u8; 32]) -> LogHead {
    LogHead {
        head: Head { epoch, seq },
        hash,
    }
}

pub async fn a_log_begins_at_epoch_1_seq_1(s: Subject) {
    let mut log = Log::new(1);
    log.write(&*s.store, [team(1, "Design")]).await;
    let head = s.store.head(log.tenant).await.unwrap().unwrap();
    assert_eq!(head.head, Head { epoch: 1, seq: 1 });
    assert_eq!(head.hash, log.written[0].stored.hash);
}

pub async fn a_log_that_is_not_there_has_no_head_and_no_events(s: Subject) {
    let log = Log::new(1);
    assert_eq!(s.store.head(log.tenant).await.unwrap(), None);
    assert_eq!(all(&*s.store, &log).await, []);
    assert_eq!(s.store.seq_at(log.tenant, moment(9)).await.unwrap(), 0);
    assert_eq!(s.store.snapshot(log.tenant, 9).await.unwrap(), None);
    assert_eq!(s.store.inbox("audit", log.tenant.into()).await.unwrap(), 0);
    assert_eq!(s.store.tenants().await.unwrap(), []);
}

pub async fn events_come_back_byte_for_byte_and_chain(s: Subject) {
    let mut log = Log::new(1);
    let awkward = "Ünïcödé \u{1F98A} \\ \" ' \u{7f} \u{2028} %_ $1 ?";
    log.write(&*s.store, [team(1, awkward), skill(2, "")]).await;
    log.write(&*s.store, [team(3, &"long ".repeat(5_000))])
        .await;
    let events = all(&*s.store, &log).await;
    assert_eq!(events, log.written);
    let mut previous = [0; 32];
    for event in &events {
        Event::read(event.seq, &event.stored, &previous).unwrap();
        previous = event.stored.hash;
    }
    let head = s.store.head(log.tenant).await.unwrap();
    assert_eq!(head, Some(log_head(1, 3, previous)));
}

pub async fn events_come_in_order_from_a_seq_and_no_more_than_asked(s: Subject) {
    let mut log = Log::new(1);
    for n in 1..=12 {
        log.write(&*s.store, [team(n, "Team")]).await;
    }
    for (after, limit, wanted) in [
        (0, 5, 1..6),
        (5, 5, 6..11),
        (10, 5, 11..13),
        (12, 5, 13..13),
        (0, 0, 1..1),
        (u64::MAX, 5, 13..13),
    ] {
        let events = s.store.events(log.tenant, after, limit).await.unwrap();
        let seqs: Vec<u64> = events.iter().map(|e| e.seq).collect();
        assert_eq!(seqs, wanted.collect::<Vec<_>>(), "after {after}");
    }
}

pub async fn a_page_of_events_ends_where_its_bytes_do(s: Subject) {
    let mut log = Log::new(1);
    let name = "n".repeat(MAX_PAGE_BYTES / 4);
    for n in 1..=6 {
        log.write(&*s.store, [team(n, &name)]).await;
    }
    log.write(&*s.store, [team(7, &name.repeat(5)), team(8, "Small")])
        .await;
    let read = async |after| {
        let page = s.store.events(log.tenant, after, 100).await.unwrap();
        page.iter().map(|event| event.seq).collect::<Vec<_>>()
    };
    // An event is a little more than the name in it.
    assert_eq!(read(0).await, [1, 2, 3]);
    assert_eq!(read(3).await, [4, 5, 6]);
    assert_eq!(read(6).await, [7]);
    assert_eq!(read(7).await, [8]);
}

pub async fn an_append_of_several_steps_is_one_run_of_seqs(s: Subject) {
    let mut log = Log::new(1);
    let mut append = log.append([team(1, "One"), team(2, "Two")]);
    let second = log.append([team(3, "Three")]);
    append.steps.extend(second.steps);
    s.store.append(batch([append])).await.unwrap();
    assert_eq!(all(&*s.store, &log).await, log.written);
    assert_eq!(s.store.head(log.tenant).await.unwrap(), log.head);
}

pub async fn an_append_to_several_logs_is_all_or_nothing(s: Subject) {
    let (mut one, mut two, mut three) = (Log::new(1), Log::new(2), Log::new(3));
    let both = batch([one.append([team(1, "A")]), two.append([team(1, "B")])]);
    s.store.append(both).await.unwrap();
    let before = one.clone();

    three.head = Some(log_head(1, 7, [7; 32]));
    let refused = batch([
        one.append([person(1, "Ana")]),
        three.append([team(1, "C")]),
        two.append([team(2, "D")]),
    ]);
    assert_eq!(moved(&*s.store, refused).await, (three.tenant, None));
    assert_eq!(all(&*s.store, &one).await, before.written);
    assert_eq!(s.store.head(one.tenant).await.unwrap(), before.head);
    let name = PersonalRef(Uuid::from_u128(1));
    let kept = s.store.personal_values(one.tenant, &[name]).await.unwrap();
    assert_eq!(kept, []);
    assert_eq!(all(&*s.store, &two).await.len(), 1);
}

pub async fn a_log_expected_empty_that_is_not_is_refused(s: Subject) {
    let (mut log, mut late) = (Log::new(1), Log::new(1));
    log.write(&*s.store, [team(1, "First")]).await;
    let refused = batch([late.append([team(2, "Late")])]);
    assert_eq!(moved(&*s.store, refused).await, (log.tenant, log.head));
    assert_eq!(all(&*s.store, &log).await, log.written);
}

pub async fn a_log_expected_that_is_not_there_is_refused(s: Subject) {
    let mut log = Log::new(1);
    log.head = Some(log_head(1, 3, [1; 32]));
    let refused = batch([log.append([team(1, "Lost")])]);
    assert_eq!(moved(&*s.store, refused).await, (log.tenant, None));
    assert_eq!(s.store.tenants().await.unwrap(), []);
}

pub async fn another_epoch_seq_or_hash_is_refused(s: Subject) {
    let mut log = Log::new(1);
    log.write(&*s.store, [team(1, "A"), team(2, "B")]).await;
    let LogHead { hash, .. } = log.head.unwrap();
    for wrong in [
        log_head(2, 2, hash),
        log_head(1, 1, hash),
        log_head(1, 3, hash),
        log_head(1, 2, [9; 32]),
    ] {
        let mut stray = log.clone();
        stray.head = Some(wrong);
        let refused = batch([stray.append([team(3, "C")])]);
        assert_eq!(moved(&*s.store, refused).await, (log.tenant, log.head));
    }
    assert_eq!(all(&*s.store, &log).await, log.written);
    log.write(&*s.store, [team(3, "C")]).await;
    assert_eq!(all(&*s.store, &log).await.len(), 3);
}

pub async fn of_many_appends_at_one_head_one_wins(s: Subject) {
    let mut log = Log::new(1);
    log.write(&*s.store, [team(1, "A")]).await;
    let mut running = tokio::task::JoinSet::new();
    for n in 0..16 {
        let (store, mut log) = (s.store.clone(), log.clone());
        running.spawn(async move {
            let append = log.append([team(100 + n, "B")]);
            (store.append(batch([append])).await, log)
        });
    }
    let (mut won, mut lost) = (Vec::new(), 0);
    while let Some(ended) = running.join_next().await {
        match ended.unwrap() {
            (Ok(()), log) => won.push(log),
            (Err(AppendError::HeadMoved { .. }), _) => lost += 1,
            (Err(other), _) => panic!("{other:?}"),
        }
    }
    assert_eq!((won.len(), lost), (1, 15));
    assert_eq!(all(&*s.store, &log).await, won[0].written);
}

pub async fn many_logs_grow_side_by_side(s: Subject) {
    let mut running = tokio::task::JoinSet::new();
    for tenant in 1..=12 {
        let store = s.store.clone();
        running.spawn(async move {
            let mut log = Log::new(tenant);
            for n in 0..10 {
                log.write(&*store, [team(n, "Team")]).await;
            }
            log
        });
    }
    while let Some(ended) = running.join_next().await {
        let log = ended.unwrap();
        assert_eq!(all(&*s.store, &log).await, log.written);
        assert_eq!(s.store.head(log.tenant).await.unwrap(), log.head);
    }
}

pub async fn events_that_do_not_continue_the_log_are_refused(s: Subject) {
    let mut log = Log::new(1);
    log.write(&*s.store, [team(1, "A")]).await;
    let spoil: [fn(&mut Batch); 4] = [
        |b| b.appends[0].steps[0].events[0].1.body.push(' '),
        |b| b.appends[0].steps[0].events[0].1.hash = [1; 32],
        |b| b.appends[0].steps[0].events[0].0.seq = 9,
        |b| b.appends[0].tenant = TenantId(Uuid::from_u128(2)),
    ];
    for spoil in spoil {
        let mut spoilt = batch([log.clone().append([team(2, "B")])]);
        spoil(&mut spoilt);
        let refused = s.store.append(spoilt).await;
        assert!(
            matches!(refused, Err(AppendError::Store(StoreError::Corrupt(_)))),
            "{refused:?}"
        );
    }
    assert_eq!(all(&*s.store, &log).await, log.written);
}

pub async fn seq_at_finds_the_last_event_of_a_moment(s: Subject) {
    let mut log = Log::new(1);
    for (n, at) in [(1, 10), (2, 10), (3, 20), (4, 20), (5, 30)] {
        // When it is said to have occurred is no matter.
        let changes = [team(n, "Team")];
        log.at(at, Some(-500)).write(&*s.store, changes).await;
    }
    for (at, seq) in [(9, 0), (10, 2), (19, 2), (20, 4), (29, 4), (30, 5), (99, 5)] {
        let found = s.store.seq_at(log.tenant, moment(at)).await.unwrap();
        assert_eq!(found, seq, "at {at}");
    }
}
