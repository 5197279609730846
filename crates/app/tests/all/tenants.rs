//! Opening, catching up, following and putting away tenants.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::support::{TestProcess, add_person, add_team, create, ids, rename_person};
use raally_app::Error;
use raally_app::live::{Follower, Live};
use raally_app::ports::{Snapshot, Store};
use raally_app::tenants::{Tenants, TenantsConfig, Write};
use raally_domain::event::Head;
use raally_domain::ids::{PersonId, TenantId, UserId};
use raally_domain::kinds::Kind;
use raally_domain::plan::{Plan, PlanSnapshot};
use serde_json::json;
use uuid::Uuid;

fn small() -> TenantsConfig {
    TenantsConfig {
        snapshot_every: 20,
        ..TenantsConfig::default()
    }
}

async fn fill(tenants: &Tenants, id: TenantId, admin: UserId, teams: std::ops::Range<u32>) {
    let tenant = tenants.open(id).await.unwrap();
    for n in teams {
        let write = add_team(admin, &format!("Team {n}"));
        tenant.submit(write).await.unwrap();
    }
}

/// The plan folded from the first event, by hand.
async fn folded(bench: &TestProcess, id: TenantId) -> Plan {
    folded_until(bench, id, 100_000).await
}

async fn folded_until(bench: &TestProcess, id: TenantId, events: usize) -> Plan {
    let mut plan = Plan::empty(id, 1);
    let mut previous = [0; 32];
    for logged in bench.sqlite.events(id, 0, events).await.unwrap() {
        let mut event =
            raally_domain::event::Event::read(logged.seq, &logged.stored, &previous).unwrap();
        let mut references = Vec::new();
        event
            .change
            .personal(&mut |_, slot| references.push(slot.reference()));
        for value in bench.sqlite.personal_values(id, &references).await.unwrap() {
            event.change.personal_mut(&mut |slot| {
                if slot.reference() == value.reference {
                    slot.open(&value).unwrap();
                }
            });
        }
        previous = logged.stored.hash;
        plan.apply(&event, previous).unwrap();
    }
    plan
}

#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn a_tenant_asked_for_by_many_at_once_is_opened_once() {
    let bench = TestProcess::new(1);
    let (id, _) = bench.workspace("Acme").await;
    // Many times, since somebody may look just before a load ends and ask just after.
    for _ in 0..100 {
        let tenants = bench.tenants(small());
        let before = bench.store.snapshots.load(Ordering::SeqCst);
        let opens = (0..32).map(|_| {
            let tenants = tenants.clone();
            tokio::spawn(async move { tenants.open(id).await.unwrap() })
        });
        let opens: Vec<_> = opens.collect();
        let first = tenants.open(id).await.unwrap();
        for open in opens {
            assert!(Arc::ptr_eq(&first, &open.await.unwrap()));
        }
        assert_eq!(bench.store.snapshots.load(Ordering::SeqCst) - before, 1);
    }
    let tenants = bench.tenants(small());
    let nobody = tenants.open(TenantId(Uuid::from_u128(4))).await;
    assert!(matches!(nobody, Err(Error::NotFound(_))));
    tenants.open(id).await.unwrap();
    assert_eq!(tenants.usage().0, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshot_and_tail_give_what_folding_everything_gives() {
    let bench = TestProcess::new(2);
    let (id, admin) = bench.workspace("Acme").await;
    let tenants = bench.tenants(small());
    let ana = Uuid::from_u128(1);
    let tenant = tenants.open(id).await.unwrap();
    tenant.submit(add_person(admin, ana, "Ana")).await.unwrap();
    fill(&tenants, id, admin, 0..50).await;
    tenant
        .submit(rename_person(admin, ana, "Ana M.", None))
        .await
        .unwrap();
    drop(tenant);
    tenants.close().await;
    let heads = bench.sqlite.snapshot_heads(id).await.unwrap();
    assert!(!heads.is_empty() && heads.len() < 5, "{heads:?}");

    // A tail after the last snapshot, shorter than what makes another.
    let again = bench.tenants(TenantsConfig::default());
    fill(&again, id, admin, 50..53).await;
    let events = bench.store.events.load(Ordering::SeqCst);
    let opened = bench
        .tenants(TenantsConfig::default())
        .open(id)
        .await
        .unwrap();
    let reads = bench.store.events.load(Ordering::SeqCst) - events;
    assert_eq!(reads, 2, "one to vouch for the snapshot, one for the tail");
    let whole = folded(&bench, id).await;
    assert_eq!(*opened.published(), whole);
    assert_eq!(opened.published().last_hash(), whole.last_hash());
    let person = whole.people().get(&PersonId(ana)).unwrap();
    assert_eq!(person.person.name(), "Ana M.");
}

#[tokio::test]
async fn a_snapshot_that_does_not_stand_on_the_log_is_left_aside() {
    let bench = TestProcess::new(3);
    let (id, admin) = bench.workspace("Acme").await;
    fill(&bench.tenants(TenantsConfig::default()), id, admin, 0..5).await;
    let (elsewhere, _) = bench.workspace("Other").await;
    let other = bench.tenants(small()).open(elsewhere).await.unwrap();
    // One of another tenant, one unreadable, one of this tenant with a false hash.
    let foreign = PlanSnapshot::of(&other.published()).to_bytes();
    let mut forged = folded_until(&bench, id, 6).await;
    let change = raally_domain::event::Change::from(raally_domain::event::Diff {
        id: raally_domain::ids::TeamId(Uuid::from_u128(1)),
        before: None,
        after: Some(raally_domain::kinds::Team {
            name: "Forged".to_owned(),
        }),
    });
    forged.apply_provisional(&change).unwrap();
    let seq = forged.head().seq;
    assert_eq!(seq, 7, "where the log ends");
    for (seq, bytes) in [
        (3, foreign),
        (4, vec![1, 2, 3]),
        (seq, PlanSnapshot::of(&forged).to_bytes()),
    ] {
        let head = Head { epoch: 1, seq };
        bench
            .sqlite
            .save_snapshot(id, Snapshot { head, bytes })
            .await
            .unwrap();
    }
    let opened = bench
        .tenants(TenantsConfig::default())
        .open(id)
        .await
        .unwrap();
    assert_eq!(*opened.published(), folded(&bench, id).await);
}

#[tokio::test]
async fn idle_tenants_make_room_and_come_back_as_they_were() {
    let bench = TestProcess::new(4);
    let config = TenantsConfig {
        idle_after: Duration::from_secs(1),
        ..small()
    };
    let tenants = bench.tenants(config);
    let mut known = Vec::new();
    for n in 0..5 {
        let (id, admin) = bench.workspace(&format!("W{n}")).await;
        fill(&tenants, id, admin, 0..3).await;
        known.push((id, tenants.open(id).await.unwrap().published()));
        bench.clock.advance(Duration::from_secs(2));
    }
    let memory = Arc::clone(&bench.services.memory);
    assert_eq!(memory.keep_within(Some(memory.budget())).await, 0);
    assert_eq!(tenants.usage().0, 5);
    // One that somebody holds stays, however long it is idle, and one that was just used.
    let held = tenants.open(known[0].0).await.unwrap();
    bench.clock.advance(Duration::from_secs(2));
    tenants.open(known[1].0).await.unwrap();
    let (_, bytes) = tenants.usage();
    let gone = memory.keep_within(Some(memory.budget() + bytes / 2)).await;
    assert!(gone >= bytes / 2, "{gone} of {bytes}");
    let open = |n: usize| tenants.published(known[n].0).is_some();
    assert_eq!([0, 1, 2, 3, 4].map(open), [true, true, false, false, false]);
    memory.keep_within(Some(u64::MAX)).await;
    assert_eq!([0, 1].map(open), [true, true]);
    for (id, before) in &known {
        assert_eq!(*tenants.open(*id).await.unwrap().published(), **before);
    }
    assert!(Arc::ptr_eq(&held, &tenants.open(known[0].0).await.unwrap()));
}

#[tokio::test]
async fn a_read_is_as_fresh_as_asked_and_never_older_than_a_second() {
    let bench = TestProcess::new(5);
    let (id, admin) = bench.workspace("Acme").await;
    let here = bench.tenants(small()).open(id).await.unwrap();
    let there = bench.tenants(small()).open(id).await.unwrap();
    let head = here.submit(add_team(admin, "A")).await.unwrap().head;
    assert_eq!(there.plan(None).await.unwrap().head().seq, 2);
    assert_eq!(there.plan(Some(head)).await.unwrap().head(), head);
    here.submit(add_team(admin, "B")).await.unwrap();
    bench.clock.advance(Duration::from_millis(1_001));
    assert_eq!(there.plan(None).await.unwrap().head().seq, 4);
    for (epoch, seq) in [(0, 1), (2, 4), (1, 99)] {
        let refused = there.plan(Some(Head { epoch, seq })).await;
        assert!(matches!(refused, Err(Error::Reset { .. })), "{epoch}.{seq}");
    }
}

#[tokio::test]
async fn a_broken_log_closes_its_own_tenant_and_no_other() {
    let bench = TestProcess::new(6);
    let (broken, admin) = bench.workspace("Broken").await;
    let (whole, other) = bench.workspace("Whole").await;
    fill(
        &bench.tenants(TenantsConfig::default()),
        broken,
        admin,
        0..3,
    )
    .await;
    let file = bench.folder.path().join("raally.db");
    let tampering = rusqlite::Connection::open(file).unwrap();
    let changed = tampering
        .execute(
            "UPDATE bodies SET body = replace(body, 'Team 1', 'Team X') WHERE body LIKE '%Team 1%'",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    drop(tampering);
    let tenants = bench.tenants(TenantsConfig::default());
    for _ in 0..2 {
        let refused = tenants.open(broken).await;
        assert!(matches!(refused, Err(Error::Internal { .. })));
    }
    fill(&tenants, whole, other, 0..3).await;
}

/// Takes steps until `until` is reached; the seqs that each covers.
async fn take(follower: &mut Follower, until: u64) -> Vec<(u64, u64)> {
    let mut steps = Vec::new();
    while steps.last().is_none_or(|(_, last)| *last < until) {
        match follower.next().await.unwrap().unwrap() {
            Live::Step(step) => steps.push((step.first, step.head.seq)),
            Live::Reset(head) => panic!("reset at {head}"),
        }
    }
    steps
}

fn whole(steps: &[(u64, u64)], from: u64, to: u64) {
    let mut next = from;
    for (first, last) in steps {
        assert_eq!(*first, next, "{steps:?}");
        next = last + 1;
    }
    assert_eq!(next, to + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_resumes_without_gap_or_duplicate_while_writes_go_on() {
    let bench = TestProcess::new(7);
    let (id, admin) = bench.workspace("Acme").await;
    // A buffer so short that followers lag and have to read the log.
    let config = TenantsConfig {
        live_buffer: 4,
        ..small()
    };
    let tenants = bench.tenants(config);
    let tenant = tenants.open(id).await.unwrap();
    let writer = {
        let tenant = tenant.clone();
        tokio::spawn(async move {
            for n in 0..200 {
                let pair = |side| create(Kind::Team, json!({ "name": format!("{side}{n}") }));
                let write = Write::commands(admin, vec![pair("a"), pair("b")], ids);
                tenant.submit(write).await.unwrap();
            }
        })
    };
    let mut follower = tenant
        .follow(Some(Head { epoch: 1, seq: 2 }))
        .await
        .unwrap();
    let mut all = Vec::new();
    for stop in [40, 120, 250] {
        all.extend(take(&mut follower, stop).await);
        // The connection breaks; the client comes back with the last id it saw.
        let last = Head {
            epoch: 1,
            seq: all.last().unwrap().1,
        };
        drop(follower);
        tokio::time::sleep(Duration::from_millis(5)).await;
        follower = tenant.follow(Some(last)).await.unwrap();
    }
    all.extend(take(&mut follower, 402).await);
    writer.await.unwrap();
    whole(&all, 3, 402);
}

#[tokio::test]
async fn a_follower_hears_what_another_process_writes_and_who_it_was() {
    let bench = TestProcess::new(8);
    let (id, admin) = bench.workspace("Acme").await;
    let config = TenantsConfig {
        max_staleness: Duration::from_millis(20),
        ..small()
    };
    let here = bench.tenants(config).open(id).await.unwrap();
    let there = bench.tenants(small()).open(id).await.unwrap();
    let mut follower = here.follow(None).await.unwrap();
    let ana = Uuid::from_u128(1);
    there.submit(add_person(admin, ana, "Ana")).await.unwrap();
    let Live::Step(step) = follower.next().await.unwrap().unwrap() else {
        panic!()
    };
    assert_eq!(step.changed, vec![ana]);
    assert_eq!(step.actor.user(), Some(admin));
    assert_eq!(step.touched[0].person_id, Some(ana.into()));
    assert_eq!(step.head, Head { epoch: 1, seq: 3 });
}

#[tokio::test]
async fn one_who_is_too_far_behind_or_of_another_epoch_starts_over() {
    let bench = TestProcess::new(9);
    let (id, admin) = bench.workspace("Acme").await;
    let config = TenantsConfig {
        live_backlog: 10,
        ..small()
    };
    let tenants = bench.tenants(config);
    fill(&tenants, id, admin, 0..20).await;
    let tenant = tenants.open(id).await.unwrap();
    for (n, (epoch, behind)) in [(1, 11), (0, 0), (2, 0), (1, -1)].into_iter().enumerate() {
        let here = tenant.published().head();
        let seq = here.seq.checked_add_signed(-behind).unwrap();
        let mut follower = tenant.follow(Some(Head { epoch, seq })).await.unwrap();
        let next = follower.next().await.unwrap().unwrap();
        assert_eq!(next, Live::Reset(here), "{epoch}.{seq}");
        let write = add_team(admin, &format!("Later {n}"));
        tenant.submit(write).await.unwrap();
        assert!(matches!(
            follower.next().await.unwrap().unwrap(),
            Live::Step(_)
        ));
    }
}

#[tokio::test]
async fn closing_ends_followers_and_refuses_late_writes() {
    let bench = TestProcess::new(10);
    let (id, admin) = bench.workspace("Acme").await;
    let tenants = bench.tenants(small());
    let tenant = tenants.open(id).await.unwrap();
    let mut follower = tenant.follow(None).await.unwrap();
    tenants.close().await;
    assert!(follower.next().await.is_none());
    let late = tenant.submit(add_team(admin, "Late")).await;
    assert!(matches!(late, Err(Error::Unavailable { .. })));
    fill(&tenants, id, admin, 0..1).await;
}
