//! What every keeper of traces promises.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]
#![expect(missing_docs, reason = "the cases' names are sentences")]

use raally_domain::ids::{EventId, UserId};
use uuid::Uuid;

use crate::contract::{Log, batch, moment, signed_in, team};
use crate::ports::{AppendError, Batch, EventTrace, Store, Traces};
use crate::trace::TraceParent;

crate::contract::subject! {
    /// An empty store, whose appends bring traces.
    store: Store,
    traces: Traces,
}

#[macro_export]
macro_rules! traces_contract {
    ($subject:path) => {
        $crate::contract_tests! { $subject, traces:
            a_trace_is_kept_with_its_event,
            the_trace_of_an_account_event_is_kept_too,
            a_refused_append_leaves_no_trace,
            old_traces_are_dropped,
        }
    };
}
pub use traces_contract as tests;

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
