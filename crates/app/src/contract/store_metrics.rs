//! What every store promises to whoever watches over it.

use std::sync::Arc;

use raally_domain::account::{AccountChange, AccountEvent};
use raally_domain::event::{Actor, Event};
use raally_domain::ids::{EventId, SessionId, UserId};
use raally_domain::stream::StreamId;
use uuid::Uuid;

use super::fixtures::{Log, batch, moment, team};
use crate::ports::{
    AccountHead, AppendError, Batch, EventTrace, IdentityChange, OutboxBacklog, Store,
    StoreMetrics, Traces,
};
use crate::trace::TraceParent;

/// An empty store behind the ports that it is watched by.
pub struct Subject {
    pub store: Arc<dyn Store>,
    pub traces: Arc<dyn Traces>,
    pub store_metrics: Arc<dyn StoreMetrics>,
    /// Lives as long as the case: a temporary folder, say.
    pub keep: Box<dyn std::any::Any + Send + Sync>,
}

#[macro_export]
macro_rules! store_metrics_contract {
    ($subject:path) => {
        $crate::contract_tests! { $subject, store_metrics:
            a_trace_is_kept_with_its_event,
            the_trace_of_an_account_event_is_kept_too,
            a_refused_append_leaves_no_trace,
            old_traces_are_dropped,
            what_waits_is_counted_until_it_is_relayed,
        }
    };
}

fn parent(n: u64) -> TraceParent {
    TraceParent::read(&format!("00-{:032x}-{n:016x}-01", n + 7)).unwrap()
}

/// Appends events, the first of which belongs to the trace; its id.
async fn traced(store: &dyn Store, log: &mut Log, n: u64, at: i64) -> EventId {
    let append = log.append([team(n.into(), "Team"), team(u128::from(n) + 1000, "Other")]);
    let event = append.steps[0].events[0].0.id;
    let traces = vec![EventTrace {
        event,
        recorded_at: moment(at),
        trace: parent(n),
    }];
    let batch = Batch {
        traces,
        ..batch([append])
    };
    store.append(batch).await.unwrap();
    event
}

pub async fn a_trace_is_kept_with_its_event(s: Subject) {
    let mut log = Log::new(1);
    let first = traced(&*s.store, &mut log, 1, 0).await;
    let second = traced(&*s.store, &mut log, 2, 1).await;
    let stored = s.store.events(log.tenant, 0, 10).await.unwrap();
    assert_eq!(stored, log.written);
    let unknown = EventId(Uuid::from_u128(404));
    let mut found = s.traces.traces(&[second, unknown, first]).await.unwrap();
    found.sort_by_key(|(_, trace)| trace.as_str().to_owned());
    assert_eq!(found, [(first, parent(1)), (second, parent(2))]);
    assert_eq!(s.traces.traces(&[]).await.unwrap(), []);
}

/// The next event of a user's stream.
async fn signed_in(store: &dyn Store, user: UserId) -> (EventId, IdentityChange) {
    let head: AccountHead = store.account_head(user.into()).await.unwrap();
    let event = AccountEvent {
        stream: user.into(),
        seq: head.seq + 1,
        id: EventId(Uuid::from_u128(u128::from(head.seq) + 500)),
        recorded_at: moment(50),
        occurred_at: moment(50),
        actor: Actor::User(user),
        change: AccountChange::SignedOut {
            session: SessionId(Uuid::from_u128(9)),
        },
        previous: head.hash,
    };
    let stored = event.store();
    (event.id, IdentityChange::Record(Box::new(event), stored))
}

pub async fn the_trace_of_an_account_event_is_kept_too(s: Subject) {
    let user = UserId(Uuid::from_u128(3));
    let (event, change) = signed_in(&*s.store, user).await;
    let batch = Batch {
        identity: vec![change],
        traces: vec![EventTrace {
            event,
            recorded_at: moment(50),
            trace: parent(3),
        }],
        ..Batch::default()
    };
    s.store.append(batch).await.unwrap();
    let found = s.traces.traces(&[event]).await.unwrap();
    assert_eq!(found, [(event, parent(3))]);
}

pub async fn a_refused_append_leaves_no_trace(s: Subject) {
    let mut log = Log::new(1);
    log.write(&*s.store, [team(1, "Team")]).await;
    let mut elsewhere = Log::new(1);
    let append = elsewhere.append([team(2, "Never")]);
    let event = append.steps[0].events[0].0.id;
    let refused = Batch {
        traces: vec![EventTrace {
            event,
            recorded_at: moment(0),
            trace: parent(4),
        }],
        ..batch([append])
    };
    let answer = s.store.append(refused).await;
    assert!(matches!(answer, Err(AppendError::HeadMoved { .. })));
    assert_eq!(s.traces.traces(&[event]).await.unwrap(), []);
}

pub async fn old_traces_are_dropped(s: Subject) {
    let mut log = Log::new(1);
    let old = traced(&*s.store, &mut log, 1, 10).await;
    let young = traced(&*s.store, &mut log, 2, 20).await;
    assert_eq!(s.traces.drop_traces(moment(20)).await.unwrap(), 1);
    let found = s.traces.traces(&[old, young]).await.unwrap();
    assert_eq!(found, [(young, parent(2))]);
    assert_eq!(s.traces.drop_traces(moment(20)).await.unwrap(), 0);
}

pub async fn what_waits_is_counted_until_it_is_relayed(s: Subject) {
    let store = &*s.store;
    assert_eq!(
        s.store_metrics.outbox_backlog().await.unwrap(),
        OutboxBacklog::default()
    );
    let (mut one, mut two) = (Log::new(1), Log::new(2));
    one.write(store, [team(1, "A"), team(2, "B")]).await;
    two.write(store, [team(3, "C")]).await;
    let user = UserId(Uuid::from_u128(3));
    let (_, change) = signed_in(store, user).await;
    let of_account = Batch {
        identity: vec![change],
        ..Batch::default()
    };
    store.append(of_account).await.unwrap();
    let recorded = |log: &Log, n: usize| {
        let logged = &log.written[n];
        let event = Event::read_trusted(logged.seq, &logged.stored.body).unwrap();
        Some(event.recorded_at)
    };
    let expect = async |streams, events, since| {
        let waiting = OutboxBacklog {
            streams,
            events,
            since,
        };
        assert_eq!(s.store_metrics.outbox_backlog().await.unwrap(), waiting);
    };
    let first = recorded(&one, 0).min(recorded(&two, 0));
    expect(3, 4, first.min(Some(moment(50)))).await;
    let leased = store.lease_outbox("a", moment(0), moment(9), 9).await;
    assert_eq!(leased.unwrap().len(), 3);
    let sent = async |stream: StreamId, seq| {
        assert!(store.mark_sent("a", stream, seq, None).await.unwrap());
    };
    sent(two.tenant.into(), 1).await;
    sent(user.into(), 1).await;
    sent(one.tenant.into(), 1).await;
    expect(1, 1, recorded(&one, 1)).await;
    for connections in s.store_metrics.connections() {
        assert!(connections.idle <= connections.open);
        assert!(connections.open <= connections.most);
        assert!(!connections.server.is_empty());
    }
}
