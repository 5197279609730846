//! What every AuditStore promises.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]
#![expect(missing_docs, reason = "the cases' names are sentences")]

use raally_domain::ids::TenantId;
use uuid::Uuid;

use crate::contract::{Log, moment, team};
use crate::ports::{AppendOutcome, AuditEntry, AuditStore, LoggedEvent, OffsetCommit, Store};

crate::contract::subject! {
    /// An empty audit store, and the store whose inbox moves with what it keeps.
    audit: AuditStore,
    store: Store,
}

#[macro_export]
macro_rules! audit_contract {
    ($subject:path) => {
        $crate::contract_tests! { $subject, audit:
            an_entry_is_kept_with_the_consumers_offset,
            entries_come_back_byte_for_byte_in_pages,
            an_entry_given_again_changes_nothing,
            an_offset_elsewhere_keeps_nothing,
            a_gap_is_refused,
            an_entry_that_does_not_follow_the_one_before_is_refused,
            another_entry_of_the_same_seq_is_refused,
            entries_that_follow_each_other_are_kept_together,
            of_concurrent_entries_one_is_kept,
            streams_are_listed_in_order_in_pages,
            recorded_until_finds_the_last_entry_of_a_moment,
        }
    };
}
pub use audit_contract as tests;

/// The entry of an event that a log has made, recorded so many seconds in.
fn entry(log: &Log, seq: u64, recorded: i64) -> AuditEntry {
    let at = usize::try_from(seq).unwrap();
    let previous = at.checked_sub(2).map(|n| log.written[n].stored.hash);
    AuditEntry {
        stream: format!("tenant/{}", log.tenant),
        seq,
        recorded_at: moment(recorded),
        previous: previous.unwrap_or_default(),
        body: log.written[at - 1].stored.body.as_str().into(),
    }
}

fn commit(log: &Log, from: u64) -> OffsetCommit {
    OffsetCommit {
        consumer: "audit",
        stream: log.tenant.into(),
        from,
        to: from + 1,
        event: None,
    }
}

/// A log of so many events; it lies in no store.
fn log(n: u128, events: u128) -> Log {
    let mut log = Log::new(n);
    log.append((1..=events).map(|n| team(n, &format!("Team {n}"))));
    log
}

impl Subject {
    async fn append(&self, log: &Log, seq: u64) -> AppendOutcome {
        let (commit, entry) = (commit(log, seq - 1), entry(log, seq, 0));
        self.audit
            .append_entries(commit, vec![entry])
            .await
            .unwrap()
    }

    async fn all(&self, log: &Log) -> Vec<LoggedEvent> {
        let stream = format!("tenant/{}", log.tenant);
        self.audit.entries(&stream, 0, 1_000).await.unwrap()
    }

    async fn offset(&self, log: &Log) -> u64 {
        self.store.inbox("audit", log.tenant.into()).await.unwrap()
    }
}

pub async fn an_entry_is_kept_with_the_consumers_offset(s: Subject) {
    let log = log(1, 2);
    assert_eq!(s.append(&log, 1).await, AppendOutcome::Appended);
    assert_eq!((s.all(&log).await.len(), s.offset(&log).await), (1, 1));
    assert_eq!(s.append(&log, 2).await, AppendOutcome::Appended);
    assert_eq!(s.offset(&log).await, 2);
    assert_eq!(s.all(&log).await, log.written);
}

pub async fn entries_come_back_byte_for_byte_in_pages(s: Subject) {
    let (log, other) = (log(1, 5), log(2, 1));
    assert_eq!(s.append(&other, 1).await, AppendOutcome::Appended);
    for seq in 1..=5 {
        assert_eq!(s.append(&log, seq).await, AppendOutcome::Appended);
    }
    let stream = format!("tenant/{}", log.tenant);
    let page = s.audit.entries(&stream, 1, 3).await.unwrap();
    assert_eq!(page, log.written[1..4]);
    let page = s.audit.entries(&stream, 4, 3).await.unwrap();
    assert_eq!(page, log.written[4..]);
    assert_eq!(s.audit.entries("tenant/none", 0, 3).await.unwrap(), []);
}

/// The offset was put back by hand: what is there is recognized.
pub async fn an_entry_given_again_changes_nothing(s: Subject) {
    let log = log(1, 2);
    for seq in 1..=2 {
        s.append(&log, seq).await;
    }
    let back = OffsetCommit {
        from: 2,
        to: 1,
        ..commit(&log, 0)
    };
    assert!(s.store.advance_inbox(back).await.unwrap());
    assert_eq!(s.append(&log, 2).await, AppendOutcome::Appended);
    assert_eq!(s.offset(&log).await, 2);
    assert_eq!(s.all(&log).await, log.written);
}

pub async fn an_offset_elsewhere_keeps_nothing(s: Subject) {
    let log = log(1, 3);
    s.append(&log, 1).await;
    assert_eq!(s.append(&log, 1).await, AppendOutcome::Conflict);
    s.append(&log, 2).await;
    let late = OffsetCommit {
        to: 3,
        ..commit(&log, 1)
    };
    let kept = s
        .audit
        .append_entries(late, vec![entry(&log, 3, 0)])
        .await
        .unwrap();
    assert_eq!(kept, AppendOutcome::Conflict);
    assert_eq!(s.all(&log).await, log.written[..2]);
    assert_eq!(s.offset(&log).await, 2);
}

pub async fn a_gap_is_refused(s: Subject) {
    let log = log(1, 3);
    s.append(&log, 1).await;
    let over = OffsetCommit {
        to: 3,
        ..commit(&log, 1)
    };
    let kept = s
        .audit
        .append_entries(over, vec![entry(&log, 3, 0)])
        .await
        .unwrap();
    assert_eq!(kept, AppendOutcome::ChainMismatch);
    assert_eq!((s.all(&log).await.len(), s.offset(&log).await), (1, 1));
}

pub async fn an_entry_that_does_not_follow_the_one_before_is_refused(s: Subject) {
    let log = log(1, 2);
    s.append(&log, 1).await;
    let stranger = AuditEntry {
        previous: [7; 32],
        ..entry(&log, 2, 0)
    };
    let kept = s
        .audit
        .append_entries(commit(&log, 1), vec![stranger])
        .await
        .unwrap();
    assert_eq!(kept, AppendOutcome::ChainMismatch);
    assert_eq!((s.all(&log).await.len(), s.offset(&log).await), (1, 1));
}

pub async fn another_entry_of_the_same_seq_is_refused(s: Subject) {
    let log = log(1, 2);
    for seq in 1..=2 {
        s.append(&log, seq).await;
    }
    let back = OffsetCommit {
        from: 2,
        to: 1,
        ..commit(&log, 0)
    };
    assert!(s.store.advance_inbox(back).await.unwrap());
    let other = AuditEntry {
        body: "{}".into(),
        ..entry(&log, 2, 0)
    };
    let kept = s
        .audit
        .append_entries(commit(&log, 1), vec![other])
        .await
        .unwrap();
    assert_eq!(
        (kept, s.offset(&log).await),
        (AppendOutcome::ChainMismatch, 1)
    );
    assert_eq!(s.all(&log).await, log.written);
}

pub async fn entries_that_follow_each_other_are_kept_together(s: Subject) {
    let log = log(1, 6);
    let run = |from: u64, to: u64| {
        let commit = OffsetCommit {
            to,
            ..commit(&log, from)
        };
        let entries: Vec<AuditEntry> = (from + 1..=to).map(|n| entry(&log, n, 0)).collect();
        (commit, entries)
    };
    let (first, entries) = run(0, 3);
    assert_eq!(
        s.audit.append_entries(first, entries).await.unwrap(),
        AppendOutcome::Appended
    );
    assert_eq!(s.offset(&log).await, 3);
    // One in the middle that does not follow: none of them is kept.
    let (next, mut torn) = run(3, 6);
    torn[1].previous = [7; 32];
    assert_eq!(
        s.audit.append_entries(next, torn).await.unwrap(),
        AppendOutcome::ChainMismatch
    );
    let (next, mut other) = run(3, 6);
    other.remove(1);
    assert_eq!(
        s.audit.append_entries(next, other).await.unwrap(),
        AppendOutcome::ChainMismatch
    );
    assert_eq!((s.all(&log).await.len(), s.offset(&log).await), (3, 3));
    // Some of them are there already, byte for byte.
    let back = OffsetCommit {
        from: 3,
        to: 1,
        ..commit(&log, 0)
    };
    assert!(s.store.advance_inbox(back).await.unwrap());
    let (again, entries) = run(1, 6);
    assert_eq!(
        s.audit.append_entries(again, entries).await.unwrap(),
        AppendOutcome::Appended
    );
    assert_eq!(s.offset(&log).await, 6);
    assert_eq!(s.all(&log).await, log.written);
}

pub async fn of_concurrent_entries_one_is_kept(s: Subject) {
    let log = log(1, 1);
    let tries = (0..8).map(|_| s.append(&log, 1));
    let mut outcomes = futures::future::join_all(tries).await;
    outcomes.retain(|kept| *kept != AppendOutcome::Conflict);
    assert_eq!(outcomes, [AppendOutcome::Appended]);
    assert_eq!(s.all(&log).await, log.written);
}

pub async fn streams_are_listed_in_order_in_pages(s: Subject) {
    let name = |n: u128| format!("tenant/{}", TenantId(Uuid::from_u128(n)));
    for n in [3, 1, 2] {
        let log = log(n, 2);
        s.append(&log, 1).await;
        s.append(&log, 2).await;
    }
    let page = s.audit.streams("", 2).await.unwrap();
    assert_eq!(page, [name(1), name(2)]);
    let page = s.audit.streams(&name(2), 2).await.unwrap();
    assert_eq!(page, [name(3)]);
    assert_eq!(s.audit.streams(&name(3), 2).await.unwrap(), [""; 0]);
}

pub async fn recorded_until_finds_the_last_entry_of_a_moment(s: Subject) {
    let log = log(1, 5);
    for (seq, at) in (1..).zip([0, 0, 10, 20, 20]) {
        let kept = s
            .audit
            .append_entries(commit(&log, seq - 1), vec![entry(&log, seq, at)]);
        assert_eq!(kept.await.unwrap(), AppendOutcome::Appended);
    }
    let stream = format!("tenant/{}", log.tenant);
    for (at, seq) in [(-1, 0), (0, 2), (9, 2), (10, 3), (19, 3), (20, 5), (99, 5)] {
        let found = s.audit.recorded_until(&stream, moment(at)).await.unwrap();
        assert_eq!(found, seq, "at {at}");
    }
    assert_eq!(
        s.audit
            .recorded_until("tenant/none", moment(9))
            .await
            .unwrap(),
        0
    );
}
