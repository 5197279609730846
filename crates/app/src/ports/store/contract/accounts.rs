//! The streams of users and of the platform.

use raally_domain::account::{AccountChange, AccountEvent};
use raally_domain::event::Actor;
use raally_domain::ids::{EventId, SessionId, UserId};
use raally_domain::stream::StreamId;
use uuid::Uuid;

use super::Subject;
use crate::contract::{Log, moment, team, user};
use crate::ports::{
    AccountHead, AppendError, Batch, IdentityChange, LoggedEvent, OffsetCommit, OutboxRow, Store,
};

fn stream(n: u128) -> StreamId {
    StreamId::User(UserId(Uuid::from_u128(n)))
}

/// The event that comes after `head`; `what` tells it from another there.
fn record(stream: StreamId, head: AccountHead, what: u128) -> IdentityChange {
    let at = moment(100 + head.seq.cast_signed());
    let event = AccountEvent {
        stream,
        seq: head.seq + 1,
        id: EventId(Uuid::from_u128(what)),
        recorded_at: at,
        occurred_at: at,
        actor: Actor::System("contract".to_owned()),
        change: AccountChange::SignedOut {
            session: SessionId(Uuid::from_u128(what)),
        },
        previous: head.hash,
    };
    let stored = event.store();
    IdentityChange::Record(Box::new(event), stored)
}

fn batch(identity: impl IntoIterator<Item = IdentityChange>) -> Batch {
    Batch {
        identity: identity.into_iter().collect(),
        ..Batch::default()
    }
}

/// Appends so many events to a stream; what it is to give back.
async fn write(store: &dyn Store, stream: StreamId, count: u64) -> Vec<LoggedEvent> {
    let mut written = Vec::new();
    for _ in 0..count {
        let head = store.account_head(stream).await.unwrap();
        let change = record(stream, head, u128::from(head.seq));
        if let IdentityChange::Record(event, stored) = &change {
            let stored = stored.clone();
            written.push(LoggedEvent {
                seq: event.seq,
                stored,
            });
        }
        store.append(batch([change])).await.unwrap();
    }
    written
}

pub async fn an_account_stream_grows_by_its_chain(s: Subject) {
    let store = &*s.store;
    let nothing = store.account_head(stream(1)).await.unwrap();
    assert_eq!(nothing, AccountHead::default());
    for stream in [stream(1), StreamId::Platform] {
        let written = write(store, stream, 3).await;
        let all = store.stream_events(stream, 0, 10).await.unwrap();
        assert_eq!(all, written);
        let some = store.account_events(stream, 1, 1).await.unwrap();
        assert_eq!(some, written[1..2]);
        let head = store.account_head(stream).await.unwrap();
        assert_eq!(head.seq, 3);
        assert_eq!(head.hash, written[2].stored.hash);
        assert_eq!(head.recorded_at, moment(102));
    }
    assert_eq!(store.account_events(stream(2), 0, 9).await.unwrap(), []);
    // A tenant's stream is read by the same name.
    let mut log = Log::new(1);
    log.write(store, [team(1, "Team")]).await;
    let tenants = store.stream_events(log.tenant.into(), 0, 9).await.unwrap();
    assert_eq!(tenants, log.written);
}

pub async fn an_account_stream_that_stands_elsewhere_refuses_all_of_an_append(s: Subject) {
    let store = &*s.store;
    write(store, stream(1), 2).await;
    let head = store.account_head(stream(1)).await.unwrap();
    let other = [9; 32];
    for wrong in [
        AccountHead::default(),
        AccountHead { seq: 1, ..head },
        AccountHead { seq: 3, ..head },
        AccountHead {
            hash: other,
            ..head
        },
    ] {
        let mut refused = batch([
            IdentityChange::AddUser(user(11, "ana@example.com")),
            record(stream(1), wrong, 7),
        ]);
        let mut log = Log::new(1);
        refused.appends.push(log.append([team(1, "Team")]));
        let result = store.append(refused).await;
        assert!(
            matches!(result, Err(AppendError::AccountMoved(moved)) if moved == stream(1)),
            "{wrong:?}: {result:?}"
        );
        let ana = s.identity.user_by_email("ana@example.com").await.unwrap();
        assert_eq!(ana, None);
        assert_eq!(store.head(log.tenant).await.unwrap(), None);
    }
    let nowhere = batch([record(stream(2), AccountHead { seq: 1, ..head }, 7)]);
    let result = store.append(nowhere).await;
    assert!(matches!(result, Err(AppendError::AccountMoved(_))));
    assert_eq!(store.account_head(stream(1)).await.unwrap(), head);
}

pub async fn an_account_and_its_first_event_come_together(s: Subject) {
    let both = |n, email| {
        batch([
            IdentityChange::AddUser(user(n, email)),
            record(stream(n), AccountHead::default(), 1),
        ])
    };
    s.store.append(both(1, "ana@example.com")).await.unwrap();
    assert_eq!(s.store.account_head(stream(1)).await.unwrap().seq, 1);
    let taken = s.store.append(both(2, "ANA@example.com")).await;
    assert!(matches!(taken, Err(AppendError::EmailTaken(_))));
    let head = s.store.account_head(stream(2)).await.unwrap();
    assert_eq!(head, AccountHead::default());
}

pub async fn of_many_appends_to_an_account_stream_one_wins(s: Subject) {
    for seq in 0..5 {
        let head = s.store.account_head(StreamId::Platform).await.unwrap();
        assert_eq!(head.seq, seq);
        let mut running = tokio::task::JoinSet::new();
        for n in 0..8 {
            let store = s.store.clone();
            let change = record(StreamId::Platform, head, n);
            running.spawn(async move { store.append(batch([change])).await });
        }
        let won = running.join_all().await;
        let won = won.iter().filter(|w| w.is_ok()).count();
        assert_eq!(won, 1, "after {seq}");
    }
}

pub async fn account_streams_are_listed_in_pages(s: Subject) {
    let store = &*s.store;
    for stream in [stream(2), StreamId::Platform, stream(1)] {
        write(store, stream, 1).await;
    }
    let first = store.account_streams(None, 2).await.unwrap();
    assert_eq!(first, [StreamId::Platform, stream(1)]);
    let rest = store.account_streams(Some(stream(1)), 2).await.unwrap();
    assert_eq!(rest, [stream(2)]);
}

pub async fn account_streams_are_leased_and_marked_as_sent(s: Subject) {
    let store = &*s.store;
    write(store, stream(1), 2).await;
    let mut log = Log::new(1);
    log.write(store, [team(1, "Team")]).await;
    let lease = async |owner: &str, now: i64| {
        let (now, until) = (moment(now), moment(now + 10));
        let mut rows = store.lease_outbox(owner, now, until, 100).await.unwrap();
        rows.sort_by_key(|row| row.stream);
        rows
    };
    let row = |sent| OutboxRow {
        stream: stream(1),
        head: 2,
        sent,
    };
    let both = lease("a", 0).await;
    assert_eq!(both[0].stream, log.tenant.into());
    assert_eq!(both[1..], [row(0)]);
    assert_eq!(lease("b", 9).await, []);
    // The lease runs out; whoever had it says nothing more.
    assert_eq!(lease("b", 10).await[1..], [row(0)]);
    assert!(!store.mark_sent("a", stream(1), 2, None).await.unwrap());
    assert!(store.mark_sent("b", stream(1), 1, None).await.unwrap());
    assert!(!store.mark_sent("b", stream(1), 2, None).await.unwrap());
    assert_eq!(lease("c", 11).await, [row(1)]);
    assert!(store.mark_sent("c", stream(1), 99, None).await.unwrap());
    assert_eq!(lease("d", 11).await, []);
    write(store, stream(1), 1).await;
    let again = lease("d", 11).await;
    assert_eq!((again[0].head, again[0].sent), (3, 2));
}

pub async fn many_account_streams_do_not_keep_tenants_waiting(s: Subject) {
    let store = &*s.store;
    for n in 1..=12 {
        write(store, stream(n), 1).await;
        Log::new(n).write(store, [team(1, "Team")]).await;
    }
    let rows = store.lease_outbox("a", moment(0), moment(10), 8).await;
    let rows = rows.unwrap();
    assert!(rows.len() <= 8);
    for tenants in [true, false] {
        let of = |row: &&OutboxRow| row.stream.tenant().is_some() == tenants;
        assert!(rows.iter().filter(of).count() >= 2, "{rows:?}");
    }
}

pub async fn an_inbox_of_an_account_stream_is_apart_from_a_tenants(s: Subject) {
    let store = &*s.store;
    let id = Uuid::from_u128(1);
    let tenant = StreamId::Tenant(id.into());
    for (stream, to) in [(stream(1), 3), (tenant, 4), (StreamId::Platform, 5)] {
        let commit = |from, to| OffsetCommit {
            consumer: "mail",
            stream,
            from,
            to,
            event: None,
        };
        assert_eq!(store.inbox("mail", stream).await.unwrap(), 0);
        assert!(!store.advance_inbox(commit(1, 2)).await.unwrap());
        assert!(store.advance_inbox(commit(0, 2)).await.unwrap());
        assert!(!store.advance_inbox(commit(0, 2)).await.unwrap());
        assert!(store.advance_inbox(commit(2, to)).await.unwrap());
        assert_eq!(store.inbox("mail", stream).await.unwrap(), to);
        assert_eq!(store.inbox("other", stream).await.unwrap(), 0);
    }
}

pub async fn a_secret_is_made_once(s: Subject) {
    let store = &*s.store;
    assert_eq!(store.secret("a", [1; 32]).await.unwrap(), [1; 32]);
    assert_eq!(store.secret("a", [2; 32]).await.unwrap(), [1; 32]);
    assert_eq!(store.secret("b", [3; 32]).await.unwrap(), [3; 32]);
}
