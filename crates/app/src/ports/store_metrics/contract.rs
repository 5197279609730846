//! What every store promises to whoever watches over it.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]
#![expect(missing_docs, reason = "the cases' names are sentences")]

use raally_domain::event::Event;
use raally_domain::ids::UserId;
use raally_domain::stream::StreamId;
use uuid::Uuid;

use crate::contract::{Log, moment, signed_in, team};
use crate::ports::{Batch, OutboxBacklog, Store, StoreMetrics};

crate::contract::subject! {
    /// An empty store behind the ports that it is watched by.
    store: Store,
    store_metrics: StoreMetrics,
}

#[macro_export]
macro_rules! store_metrics_contract {
    ($subject:path) => {
        $crate::contract_tests! { $subject, store_metrics:
            what_waits_is_counted_until_it_is_relayed,
            a_server_says_what_time_it_is,
        }
    };
}
pub use store_metrics_contract as tests;

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

pub async fn a_server_says_what_time_it_is(s: Subject) {
    /// 2026-01-01: before this was written.
    const SINCE: i64 = 1_767_225_600_000_000;
    let told = async || s.store_metrics.server_time().await.unwrap();
    let Some(first) = told().await else {
        return;
    };
    assert!(first.micros() > SINCE, "{first:?}");
    assert!(told().await >= Some(first));
}
