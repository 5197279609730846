//! Work is done once, aside and in turns: nobody waits for what another workspace asked for, and
//! nothing begun is begun anew because its caller has gone.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;

use crate::support::{TestProcess, add_team, ids};
use parking_lot::Mutex;
use raally_app::Error;
use raally_app::history::{At, History};
use raally_app::ports::Store;
use raally_app::tenants::{Tenants, TenantsConfig, Write};
use raally_domain::event::Head;
use raally_domain::ids::{TenantId, UserId};

const SOON: Duration = Duration::from_secs(20);

fn small() -> TenantsConfig {
    TenantsConfig {
        snapshot_every: 10,
        ..TenantsConfig::default()
    }
}

async fn fill(tenants: &Tenants, id: TenantId, admin: UserId, teams: usize) {
    let tenant = tenants.open(id).await.unwrap();
    for n in 0..teams {
        let write = add_team(admin, &format!("Team {n}"));
        tenant.submit(write).await.unwrap();
    }
}

/// A write whose deciding keeps its thread until the sender is dropped.
fn stuck(user: UserId) -> (Write, mpsc::Sender<()>) {
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let decide = move |_: &raally_domain::plan::Plan,
                       _: &mut raally_domain::decide::Context<'_>| {
        let _ = held.lock().recv();
        Err(Error::unavailable("it was stuck"))
    };
    (Write::by_user(user, decide, ids), release)
}

/// On one thread: whatever is decided on it would keep everything else waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn while_something_is_decided_everybody_else_goes_on_and_the_workspace_is_read() {
    let bench = TestProcess::new(1);
    let (id, admin) = bench.workspace("Acme").await;
    let (other, owner) = bench.workspace("Other").await;
    let tenants = bench.tenants(small());
    fill(&tenants, id, admin, 2).await;
    let tenant = tenants.open(id).await.unwrap();
    let (write, release) = stuck(admin);
    let deciding = {
        let tenant = Arc::clone(&tenant);
        tokio::spawn(async move { tenant.submit(write).await })
    };
    tokio::time::sleep(Duration::from_millis(50)).await;
    let meanwhile = async {
        fill(&tenants, other, owner, 3).await;
        // The last look at the store is too old for a read.
        bench.clock.advance(Duration::from_secs(5));
        assert_eq!(tenant.plan(None).await.unwrap().head().seq, 4);
        // What another process writes is read as well, though it cannot be taken over yet.
        let there = bench.tenants(small()).open(id).await.unwrap();
        let head = there.submit(add_team(admin, "B")).await.unwrap().head;
        assert_eq!(tenant.plan(Some(head)).await.unwrap().head(), head);
        bench.clock.advance(Duration::from_secs(5));
        assert_eq!(tenant.plan(None).await.unwrap().head(), head);
    };
    tokio::time::timeout(SOON, meanwhile).await.unwrap();
    assert!(!deciding.is_finished());
    drop(release);
    assert!(deciding.await.unwrap().is_err());
    tenant.submit(add_team(admin, "C")).await.unwrap();
}

#[tokio::test]
async fn a_workspace_that_takes_long_is_loaded_once_though_its_callers_go() {
    let bench = TestProcess::new(2);
    let (id, admin) = bench.workspace("Acme").await;
    fill(&bench.tenants(small()), id, admin, 5).await;
    let tenants = bench.tenants(TenantsConfig {
        timeout: Duration::from_millis(30),
        ..small()
    });
    bench.store.held_events.send_replace(Some(id));
    for _ in 0..5 {
        let Err(Error::Unavailable { detail, .. }) = tenants.open(id).await else {
            panic!("it was opened");
        };
        assert!(detail.contains("being loaded"), "{detail}");
    }
    let asked = bench.store.events.load(Ordering::SeqCst);
    bench.store.held_events.send_replace(None);
    let opened = async {
        while tenants.open(id).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, opened).await.unwrap();
    assert_eq!(tenants.openings().1, 1);
    // It was begun once, and went on where it was.
    assert!(asked <= 2, "{asked} reads of the log");
}

#[tokio::test]
async fn snapshots_are_kept_on_the_way_through_a_long_log() {
    let bench = TestProcess::new(3);
    let (id, admin) = bench.workspace("Acme").await;
    let before = bench.tenants(TenantsConfig::default());
    fill(&before, id, admin, 700).await;
    before.close().await;
    let kept = bench.store.snapshot_heads(id).await.unwrap();
    bench.store.drop_snapshots(id, &kept).await.unwrap();
    let tenants = bench.tenants(small());
    tenants.open(id).await.unwrap();
    // With a snapshot every 10 events at the end, one every 250 on the way.
    let kept = bench.store.snapshot_heads(id).await.unwrap();
    assert!(kept.iter().any(|head| head.seq == 500), "{kept:?}");
}

#[tokio::test]
async fn the_past_of_one_workspace_does_not_wait_for_that_of_another() {
    let bench = TestProcess::new(4);
    let (id, admin) = bench.workspace("Acme").await;
    let (other, owner) = bench.workspace("Other").await;
    let tenants = bench.tenants(TenantsConfig::default());
    fill(&tenants, id, admin, 10).await;
    fill(&tenants, other, owner, 10).await;
    let history = Arc::new(History::new(bench.services.clone()));
    bench.store.held_events.send_replace(Some(id));
    let now = tenants.open(id).await.unwrap().published();
    let at = |seq| At::Head(Head { epoch: 1, seq });
    let readers: Vec<_> = (3..9)
        .map(|seq| {
            let (history, now) = (Arc::clone(&history), Arc::clone(&now));
            tokio::spawn(async move { history.as_of(&now, at(seq)).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(30)).await;
    let there = tenants.open(other).await.unwrap().published();
    let past = tokio::time::timeout(SOON, history.as_of(&there, at(5)));
    assert_eq!(past.await.unwrap().unwrap().head().seq, 5);
    assert!(readers.iter().all(|reader| !reader.is_finished()));
    bench.store.held_events.send_replace(None);
    for (seq, reader) in (3..9).zip(readers) {
        assert_eq!(reader.await.unwrap().unwrap().head().seq, seq);
    }
}
