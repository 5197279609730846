//! The audit list.

use raally_domain::event::{Action, Event};
use raally_domain::ids::{PersonId, UserId};
use raally_domain::kinds::{EntityRef, Kind};
use uuid::Uuid;

use super::Subject;
use crate::contract::{Log, history, moment, skill, team, team_renamed};
use crate::ports::{AuditFilter, AuditPosition, Store};

/// Eight events, most recorded as they occurred, some imported later; the order of the audit
/// list is 8, 6, 5, 4, 2, 1, 7, 3.
async fn audited(store: &dyn Store) -> Log {
    let ana = UserId(Uuid::from_u128(11));
    let ben = UserId(Uuid::from_u128(12));
    let mut log = Log::new(1).by(ana);
    log.at(10, None).write(store, [team(1, "A")]).await;
    log.write(store, [team_renamed(1, "A", "B")]).await;
    log = log.by(ben);
    log.at(20, Some(-30)).write(store, [skill(1, "Rust")]).await;
    log.at(20, None).write(store, [skill(2, "Go")]).await;
    log.at(30, None).write(store, [team(2, "C")]).await;
    log.at(40, Some(35)).write(store, [skill(3, "C")]).await;
    let row = history(7, &Uuid::from_u128(1).to_string(), moment(-20));
    log.at(50, Some(-20)).write(store, [row]).await;
    let row = history(8, "unknown", moment(60));
    log.at(60, None).write(store, [row]).await;
    log
}

pub(super) async fn audit_seqs(store: &dyn Store, log: &Log, filter: &AuditFilter) -> Vec<u64> {
    let rows = store.audit(log.tenant, filter, None, 100).await.unwrap();
    rows.iter().map(|(position, _)| position.seq).collect()
}

pub async fn audit_runs_from_the_latest_occurrence_back(s: Subject) {
    let log = audited(&*s.store).await;
    let everything = AuditFilter::default();
    let rows = s.store.audit(log.tenant, &everything, None, 100).await;
    let rows = rows.unwrap();
    let seqs: Vec<u64> = rows.iter().map(|(position, _)| position.seq).collect();
    assert_eq!(seqs, [8, 6, 5, 4, 2, 1, 7, 3]);
    for (position, event) in &rows {
        assert_eq!(event, &log.written[position.seq as usize - 1]);
        let read = Event::read_trusted(event.seq, &event.stored.body).unwrap();
        assert_eq!(position.occurred_at, read.occurred_at);
    }
}

pub async fn audit_pages_by_position_without_gap_or_repeat(s: Subject) {
    let log = audited(&*s.store).await;
    let everything = AuditFilter::default();
    for size in 1..=4 {
        let (mut seqs, mut before) = (Vec::new(), None);
        loop {
            let page = s.store.audit(log.tenant, &everything, before, size).await;
            let page = page.unwrap();
            assert!(page.len() <= size);
            before = page.last().map(|(position, _)| *position);
            seqs.extend(page.iter().map(|(position, _)| position.seq));
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seqs, [8, 6, 5, 4, 2, 1, 7, 3], "by {size}");
    }
    let between = AuditPosition {
        occurred_at: moment(10),
        seq: 2,
    };
    let rows = s
        .store
        .audit(log.tenant, &everything, Some(between), 2)
        .await;
    let rows: Vec<u64> = rows.unwrap().iter().map(|(p, _)| p.seq).collect();
    assert_eq!(rows, [1, 7]);
}

pub async fn audit_filters_by_actor_kind_entity_action_and_time(s: Subject) {
    let log = audited(&*s.store).await;
    let entity = |kind, n| {
        Some(EntityRef {
            kind,
            id: Uuid::from_u128(n),
        })
    };
    let none = AuditFilter::default();
    let with = |change: fn(&mut AuditFilter)| {
        let mut filter = AuditFilter::default();
        change(&mut filter);
        filter
    };
    let cases: Vec<(AuditFilter, &[u64])> = vec![
        (
            with(|f| f.actor = Some(UserId(Uuid::from_u128(11)))),
            &[8, 2, 1, 7],
        ),
        (with(|f| f.kind = Some(Kind::Skill)), &[8, 6, 4, 7, 3]),
        (
            AuditFilter {
                entity: entity(Kind::Team, 1),
                ..none.clone()
            },
            &[8, 2, 1, 7],
        ),
        (
            AuditFilter {
                entity: entity(Kind::Skill, 1),
                ..none.clone()
            },
            &[8, 7, 3],
        ),
        (with(|f| f.action = Some(Action::Changed)), &[8, 2, 7]),
        (with(|f| f.from = Some(moment(20))), &[8, 6, 5, 4]),
        (with(|f| f.until = Some(moment(20))), &[2, 1, 7, 3]),
        (with(|f| f.until = Some(moment(35))), &[5, 4, 2, 1, 7, 3]),
        (
            AuditFilter {
                from: Some(moment(-20)),
                until: Some(moment(31)),
                kind: Some(Kind::Team),
                ..none.clone()
            },
            &[5, 2, 1, 7],
        ),
    ];
    for (filter, wanted) in cases {
        let found = audit_seqs(&*s.store, &log, &filter).await;
        assert_eq!(found, wanted, "{filter:?}");
    }
}

pub async fn imported_history_passes_all_filters_but_time(s: Subject) {
    let log = audited(&*s.store).await;
    let mut filter = AuditFilter {
        actor: Some(UserId(Uuid::from_u128(99))),
        kind: Some(Kind::Person),
        entity: Some(EntityRef {
            kind: Kind::Person,
            id: PersonId(Uuid::from_u128(99)).0,
        }),
        action: Some(Action::Deleted),
        ..AuditFilter::default()
    };
    assert_eq!(audit_seqs(&*s.store, &log, &filter).await, [8, 7]);
    filter.until = Some(moment(0));
    assert_eq!(audit_seqs(&*s.store, &log, &filter).await, [7]);
}
