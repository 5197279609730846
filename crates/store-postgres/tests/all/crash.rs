//! What was acknowledged is there, whatever is killed under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::support::cluster::Cluster;
use crate::support::one;
use raally_app::contract::{Log, person};
use raally_app::ports::{AppendError, Store, StoreError};
use raally_domain::event::Event;
use raally_store_postgres::testing::{Database, raw};
use raally_store_postgres::{Config, PostgresStore};

const WRITERS: u128 = 8;

/// What a writer knows in the end.
struct Written {
    log: Log,
    /// Appends that were acknowledged.
    acknowledged: u64,
    /// Appends of which the store could not say what became of them.
    unknown: u64,
}

/// Appends one event after the other. Where the store cannot say what became of one, it looks, as
/// the sequencer does.
async fn write(
    store: PostgresStore,
    tenant: u128,
    end: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
) -> Written {
    let mut log = Log::new(tenant);
    let (mut acknowledged, mut unknown, mut n) = (0, 0, tenant << 64);
    while !end.load(Ordering::Relaxed) {
        n += 1;
        let before = log.clone();
        match store.append(one(log.append([person(n, "Ana")]))).await {
            Ok(()) => {
                acknowledged += 1;
                count.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            Err(AppendError::Store(StoreError::Unavailable(_))) => unknown += 1,
            Err(other) => panic!("{other:?}"),
        }
        let actual = loop {
            match store.head(log.tenant).await {
                Ok(head) => break head,
                Err(StoreError::Unavailable(_)) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(other) => panic!("{other:?}"),
            }
        };
        if actual != log.head {
            assert_eq!(actual, before.head, "the log stands where nobody left it");
            log = before;
        }
    }
    Written {
        log,
        acknowledged,
        unknown,
    }
}

/// Kills one of the store's backends, for which PostgreSQL throws all of them out and recovers.
async fn kill_a_backend(admin: &Config, database: &str) {
    let client = raw(admin).await;
    let sql = "SELECT pid FROM pg_stat_activity
               WHERE datname = $1 AND query LIKE '%raally.append%' AND pid <> pg_backend_pid()
               ORDER BY query_start DESC LIMIT 1";
    let row = client.query_opt(sql, &[&database]).await.unwrap();
    let pid: i32 = row.unwrap().get(0);
    let mut kill = std::process::Command::new("kill");
    let killed = kill.args(["-KILL", &pid.to_string()]).status().unwrap();
    assert!(killed.success());
}

/// Waits until so many more appends have been acknowledged.
async fn progress(count: &AtomicU64, more: u64) {
    let from = count.load(Ordering::Relaxed);
    let waiting = async {
        while count.load(Ordering::Relaxed) < from + more {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting)
        .await
        .expect("appends go on within 30 s");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_append_is_there_after_crashes_under_load() {
    let cluster = Cluster::start();
    let admin = cluster.config();
    let database = Database::empty_in(admin.clone()).await;
    raally_store_postgres::migrate(&database.owner())
        .await
        .unwrap();
    let store = database.store().await;
    let (end, count) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let mut writers = tokio::task::JoinSet::new();
    for tenant in 1..=WRITERS {
        writers.spawn(write(store.clone(), tenant, end.clone(), count.clone()));
    }
    for round in 0..6 {
        progress(&count, 100).await;
        if round % 2 == 0 {
            kill_a_backend(&admin, &database.name).await;
        } else {
            tokio::task::block_in_place(|| cluster.restart_immediately());
        }
    }
    progress(&count, 100).await;
    end.store(true, Ordering::Relaxed);
    let (mut acknowledged, mut unknown) = (0, 0);
    for written in writers.join_all().await {
        let log = &written.log;
        let known: Vec<_> = log.head.map(|h| h.head.seq).into_iter().collect();
        let events = store.events(log.tenant, 0, 1_000_000).await.unwrap();
        assert_eq!(events, log.written, "{} at {known:?}", log.tenant);
        assert_eq!(store.head(log.tenant).await.unwrap(), log.head);
        assert!(events.len() as u64 >= written.acknowledged);
        let mut previous = [0; 32];
        for event in &events {
            Event::read(event.seq, &event.stored, &previous).unwrap();
            previous = event.stored.hash;
        }
        acknowledged += written.acknowledged;
        unknown += written.unknown;
    }
    println!("{acknowledged} appends acknowledged, of {unknown} the store could not say");
    assert!(acknowledged >= 700);
}
