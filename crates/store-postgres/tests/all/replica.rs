//! A streaming replica that lags, on purpose.

use std::time::Duration;

use crate::support::cluster::Cluster;
use crate::support::fill;
use raally_app::contract::{Log, moment, person};
use raally_app::ports::{AuditFilter, Store};
use raally_store_postgres::testing::{Database, raw};
use raally_store_postgres::{Config, PostgresStore};

async fn seqs(store: &PostgresStore, log: &Log) -> [u64; 3] {
    let events = store.events(log.tenant, 0, 100).await.unwrap();
    let last = events.last().unwrap().seq;
    let everything = AuditFilter::default();
    let audit = store.audit(log.tenant, &everything, None, 100);
    let at = store.seq_at(log.tenant, moment(1000)).await.unwrap();
    [last, audit.await.unwrap().len() as u64, at]
}

/// Waits until the replica answers again.
async fn caught_up(store: &PostgresStore, log: &Log) {
    let before = store.answered_by_replica();
    for _ in 0..500 {
        seqs(store, log).await;
        if store.answered_by_replica() > before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the replica answered nothing within 10 s");
}

#[tokio::test]
async fn a_replica_that_lags_never_answers_older_than_what_was_seen() {
    let cluster = Cluster::start();
    let replica = cluster.replica();
    let database = Database::empty_in(cluster.config()).await;
    raally_store_postgres::migrate(&database.owner())
        .await
        .unwrap();
    let mut config: Config = database.application();
    let mut server = replica.config().primary;
    server.dbname(&database.name);
    server.user(config.primary.get_user().unwrap());
    config.replica = Some(server.clone());
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    let mut log = fill(&store, 1).await;
    caught_up(&store, &log).await;
    assert_eq!(seqs(&store, &log).await, [3, 3, 3]);

    let mut administrator = replica.config();
    administrator.primary.dbname(&database.name);
    let standby = raw(&administrator).await;
    standby
        .batch_execute("SELECT pg_wal_replay_pause()")
        .await
        .unwrap();
    for n in 4..8 {
        log.write(&store, [person(u128::from(n) + 100, "Ben")])
            .await;
        let before = store.answered_by_replica();
        assert_eq!(seqs(&store, &log).await, [n, n, n]);
        assert_eq!(
            store.answered_by_replica(),
            before,
            "an older replica answered"
        );
    }
    // Another process has seen nothing yet, and then what it read from the primary.
    let other = PostgresStore::connect(config).await.unwrap();
    assert_eq!(seqs(&other, &log).await, [7, 7, 7]);
    assert_eq!(other.head(log.tenant).await.unwrap(), log.head);
    assert_eq!(seqs(&other, &log).await, [7, 7, 7]);
    assert_eq!(other.answered_by_replica(), 0);

    standby
        .batch_execute("SELECT pg_wal_replay_resume()")
        .await
        .unwrap();
    caught_up(&store, &log).await;
    assert_eq!(seqs(&store, &log).await, [7, 7, 7]);
    drop(standby);
    drop(replica);
    assert_eq!(seqs(&store, &log).await, [7, 7, 7]);
}
