//! What every keeper of epochs promises.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]
#![expect(missing_docs, reason = "the cases' names are sentences")]

use crate::contract::{Log, batch, moment, team};
use crate::ports::{Epoch, Epochs, Store};

crate::contract::subject! {
    /// Epochs of the logs of an empty store.
    epochs: Epochs,
    store: Store,
}

#[macro_export]
macro_rules! epochs_contract {
    ($subject:path) => {
        $crate::contract_tests! { $subject, epochs:
            a_store_that_lost_nothing_has_begun_none,
            numbers_are_at_least_what_is_asked_and_above_all_there_are,
            heads_begin_it_in_pages_and_keep_seq_and_hash,
            a_log_made_later_begins_with_the_first,
        }
    };
}
pub use epochs_contract as tests;

impl Subject {
    async fn begin(&self, at_least: u32) -> u32 {
        let begun = self.epochs.begin_epoch(at_least, moment(5), "a test");
        begun.await.unwrap()
    }

    /// A log of two events.
    async fn log(&self, n: u128) -> Log {
        let mut log = Log::new(n);
        log.write(&*self.store, [team(1, "One"), team(2, "Two")])
            .await;
        log
    }
}

pub async fn a_store_that_lost_nothing_has_begun_none(s: Subject) {
    s.log(1).await;
    assert_eq!(s.epochs.epochs().await.unwrap(), []);
}

pub async fn numbers_are_at_least_what_is_asked_and_above_all_there_are(s: Subject) {
    s.log(1).await;
    assert_eq!(s.begin(0).await, 2);
    assert_eq!(s.begin(2).await, 3);
    assert_eq!(s.begin(700).await, 700);
    assert_eq!(s.begin(700).await, 701);
    let of = |number| Epoch {
        number,
        began_at: moment(5),
        reason: "a test".to_owned(),
    };
    assert_eq!(s.epochs.epochs().await.unwrap(), [2, 3, 700, 701].map(of));
}

pub async fn heads_begin_it_in_pages_and_keep_seq_and_hash(s: Subject) {
    let mut logs = Vec::new();
    for n in 1..=3 {
        logs.push(s.log(n).await);
    }
    logs.sort_by_key(|log| log.tenant);
    let epoch = s.begin(9).await;
    let page = s.epochs.renew_heads(epoch, None, 2).await.unwrap();
    let tenants: Vec<_> = page.iter().map(|(tenant, _)| *tenant).collect();
    assert_eq!(tenants, [logs[0].tenant, logs[1].tenant]);
    assert!(page.iter().all(|(_, h)| (h.epoch, h.seq) == (epoch, 2)));
    let rest = s
        .epochs
        .renew_heads(epoch, Some(tenants[1]), 2)
        .await
        .unwrap();
    assert_eq!(rest.len(), 1);
    let again = s.epochs.renew_heads(epoch, None, 9).await.unwrap();
    assert_eq!(again, [], "they have begun it already");
    for log in &mut logs {
        let mut expected = log.head.unwrap();
        let before = expected;
        expected.head.epoch = epoch;
        assert_eq!(s.store.head(log.tenant).await.unwrap(), Some(expected));
        // An append that expects the epoch of before finds the head elsewhere.
        log.head = Some(before);
        let late = log.append([team(3, "Three")]);
        assert!(s.store.append(batch([late])).await.is_err());
    }
}

pub async fn a_log_made_later_begins_with_the_first(s: Subject) {
    let epoch = s.begin(9).await;
    let log = s.log(1).await;
    let head = s.store.head(log.tenant).await.unwrap().unwrap();
    assert_eq!((head.head.epoch, head.head.seq), (1, 2));
    let renewed = s.epochs.renew_heads(epoch, None, 9).await.unwrap();
    assert_eq!(renewed.len(), 1);
}
