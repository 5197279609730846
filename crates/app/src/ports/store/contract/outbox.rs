//! What is to be relayed, and how far consumers are.

use std::collections::BTreeSet;

use raally_domain::event::Hash;
use raally_domain::ids::TenantId;
use uuid::Uuid;

use super::Subject;
use crate::contract::{Log, moment, team};
use crate::ports::{OffsetCommit, OutboxRow, Store};

fn row(log: &Log, head: u64, sent: u64) -> OutboxRow {
    OutboxRow {
        stream: log.tenant.into(),
        head,
        sent,
    }
}

/// Logs of tenants 1 to `count`, each with one event.
async fn logs(store: &dyn Store, count: u128) -> Vec<Log> {
    let mut logs = Vec::new();
    for n in 1..=count {
        let mut log = Log::new(n);
        log.write(store, [team(1, "Team")]).await;
        logs.push(log);
    }
    logs
}

async fn lease(store: &dyn Store, owner: &str, now: i64, until: i64) -> Vec<OutboxRow> {
    let mut rows = store
        .lease_outbox(owner, moment(now), moment(until), 100)
        .await
        .unwrap();
    rows.sort_by_key(|row| row.stream);
    rows
}

pub async fn the_outbox_shows_streams_with_events_to_relay(s: Subject) {
    let store = &*s.store;
    assert_eq!(lease(store, "a", 0, 10).await, []);
    let mut logs = logs(store, 2).await;
    let rows = [row(&logs[0], 1, 0), row(&logs[1], 1, 0)];
    assert_eq!(lease(store, "a", 0, 10).await, rows);
    for log in &logs {
        assert!(
            store
                .mark_sent("a", log.tenant.into(), 1, None)
                .await
                .unwrap()
        );
    }
    assert_eq!(lease(store, "a", 0, 10).await, []);
    logs[1].write(store, [team(2, "B"), team(3, "C")]).await;
    assert_eq!(lease(store, "a", 0, 10).await, [row(&logs[1], 3, 1)]);
}

pub async fn a_lease_is_its_owners_until_it_ends(s: Subject) {
    let store = &*s.store;
    let mut log = logs(store, 1).await.remove(0);
    assert_eq!(lease(store, "a", 0, 10).await.len(), 1);
    assert_eq!(lease(store, "b", 9, 20).await, []);
    log.write(store, [team(2, "Meanwhile")]).await;
    assert_eq!(lease(store, "b", 9, 20).await, []);
    assert_eq!(lease(store, "b", 10, 20).await, [row(&log, 2, 0)]);
    assert!(
        !store
            .mark_sent("a", log.tenant.into(), 2, None)
            .await
            .unwrap()
    );
    assert_eq!(lease(store, "c", 20, 30).await, [row(&log, 2, 0)]);
    assert!(
        store
            .mark_sent("c", log.tenant.into(), 1, None)
            .await
            .unwrap()
    );
    // Its lease has ended with that.
    assert!(
        !store
            .mark_sent("c", log.tenant.into(), 2, None)
            .await
            .unwrap()
    );
    assert_eq!(lease(store, "d", 21, 30).await, [row(&log, 2, 1)]);
    let nobody = TenantId(Uuid::from_u128(99));
    assert!(!store.mark_sent("d", nobody.into(), 1, None).await.unwrap());
}

pub async fn two_relays_never_lease_one_stream_together(s: Subject) {
    logs(&*s.store, 20).await;
    let mut running = tokio::task::JoinSet::new();
    for n in 0..8 {
        let store = s.store.clone();
        running.spawn(async move {
            let owner = format!("relay-{n}");
            store
                .lease_outbox(&owner, moment(0), moment(10), 5)
                .await
                .unwrap()
        });
    }
    let (mut leased, mut count) = (BTreeSet::new(), 0);
    while let Some(rows) = running.join_next().await {
        let rows = rows.unwrap();
        assert!(rows.len() <= 5);
        count += rows.len();
        leased.extend(rows.into_iter().map(|row| row.stream));
    }
    assert_eq!(leased.len(), count, "a stream was leased twice");
    assert!(count >= 5);
}

/// A stream that always has something new does not keep the others waiting.
pub async fn leases_go_round(s: Subject) {
    let mut logs = logs(&*s.store, 4).await;
    let mut seen = BTreeSet::new();
    for turn in 0..4 {
        let now = turn * 10;
        let rows = s
            .store
            .lease_outbox("a", moment(now), moment(now + 5), 1)
            .await
            .unwrap();
        let stream = rows[0].stream;
        seen.insert(stream);
        assert!(
            s.store
                .mark_sent("a", stream, rows[0].head, None)
                .await
                .unwrap()
        );
        let log = logs
            .iter_mut()
            .find(|log| stream == log.tenant.into())
            .unwrap();
        log.write(&*s.store, [team(2 + turn as u128, "More")]).await;
    }
    assert_eq!(seen.len(), 4);
}

pub async fn marking_as_sent_never_goes_back_nor_beyond_the_head(s: Subject) {
    let store = &*s.store;
    let mut log = logs(store, 1).await.remove(0);
    log.write(store, [team(2, "B")]).await;
    lease(store, "a", 0, 10).await;
    assert!(
        store
            .mark_sent("a", log.tenant.into(), 99, None)
            .await
            .unwrap()
    );
    log.write(store, [team(3, "C")]).await;
    assert_eq!(lease(store, "a", 0, 10).await, [row(&log, 3, 2)]);
    assert!(
        store
            .mark_sent("a", log.tenant.into(), 1, None)
            .await
            .unwrap()
    );
    assert_eq!(lease(store, "a", 0, 10).await, [row(&log, 3, 2)]);
}

/// The hash of another event than any.
const LOST: Hash = [7; 32];

/// As after the commit that brought it was lost.
pub async fn only_events_that_the_log_has_are_marked_as_sent(s: Subject) {
    let store = &*s.store;
    let mut log = logs(store, 1).await.remove(0);
    log.write(store, [team(2, "B")]).await;
    let stream = log.tenant.into();
    for (seq, event) in [(2, LOST), (3, LOST), (1, log.written[1].stored.hash)] {
        lease(store, "a", 0, 10).await;
        assert!(
            !store
                .mark_sent("a", stream, seq, Some(event))
                .await
                .unwrap()
        );
    }
    // The lease has ended each time.
    assert_eq!(lease(store, "b", 0, 10).await, [row(&log, 2, 0)]);
    let last = Some(log.written[1].stored.hash);
    assert!(store.mark_sent("b", stream, 2, last).await.unwrap());
    assert_eq!(lease(store, "b", 0, 10).await, []);
}

pub async fn an_offset_moves_only_onto_an_event_that_the_log_has(s: Subject) {
    let store = &*s.store;
    let mut log = logs(store, 1).await.remove(0);
    log.write(store, [team(2, "B")]).await;
    let hash = |seq: usize| log.written[seq - 1].stored.hash;
    let with = |from, to, event| OffsetCommit {
        event: Some(event),
        ..commit(log.tenant, from, to)
    };
    for lost in [with(0, 1, LOST), with(0, 1, hash(2)), with(0, 3, LOST)] {
        assert!(!store.can_advance(lost).await.unwrap());
        assert!(!store.advance_inbox(lost).await.unwrap());
    }
    for (commit, elsewhere) in [
        (with(0, 1, hash(1)), with(1, 2, hash(2))),
        (with(1, 2, hash(2)), with(0, 1, hash(1))),
    ] {
        assert!(!store.can_advance(elsewhere).await.unwrap());
        assert!(store.can_advance(commit).await.unwrap());
        assert!(store.advance_inbox(commit).await.unwrap());
    }
    assert!(!store.advance_inbox(with(2, 3, LOST)).await.unwrap());
    assert_eq!(store.inbox("mail", log.tenant.into()).await.unwrap(), 2);
}

fn commit(tenant: TenantId, from: u64, to: u64) -> OffsetCommit {
    OffsetCommit {
        consumer: "mail",
        stream: tenant.into(),
        from,
        to,
        event: None,
    }
}

pub async fn an_inbox_moves_only_from_where_it_stands(s: Subject) {
    let (store, tenant) = (&*s.store, TenantId(Uuid::from_u128(1)));
    for (from, to, moves) in [
        (1, 2, false),
        (0, 3, true),
        (0, 4, false),
        (2, 4, false),
        (3, 4, true),
        (3, 5, false),
    ] {
        let moved = store.advance_inbox(commit(tenant, from, to)).await.unwrap();
        assert_eq!(moved, moves, "{from} to {to}");
    }
    assert_eq!(store.inbox("mail", tenant.into()).await.unwrap(), 4);
    assert_eq!(store.inbox("other", tenant.into()).await.unwrap(), 0);
}

pub async fn of_concurrent_moves_of_an_inbox_one_wins(s: Subject) {
    let tenant = TenantId(Uuid::from_u128(1));
    for from in 0..5 {
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let store = s.store.clone();
            running.spawn(async move { store.advance_inbox(commit(tenant, from, from + 1)).await });
        }
        let moved = running.join_all().await;
        let moved = moved.into_iter().filter(|m| *m.as_ref().unwrap()).count();
        assert_eq!(moved, 1, "from {from}");
    }
}
