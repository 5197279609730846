//! Busy pools, cut connections, standbys, changed passwords: what a running store makes of them.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use raally_app::contract::person;
use raally_app::ports::{AppendError, Store, StoreError};
use raally_store_postgres::testing::{Database, raw};
use raally_store_postgres::{Config, PostgresStore};
use support::{fill, one};
use tokio_postgres::Client;

async fn connect(config: Config) -> PostgresStore {
    PostgresStore::connect(config).await.unwrap()
}

fn unavailable<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::Unavailable(sentence)) => sentence,
        other => panic!("Unavailable was to come, not {other:?}"),
    }
}

/// Cuts the store's connections.
async fn cut(client: &Client, database: &Database) -> u64 {
    cut_those(client, database, "%").await
}

/// Cuts those whose last statement is like that.
async fn cut_those(client: &Client, database: &Database, statement: &str) -> u64 {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = $1 AND application_name = 'raally' AND query LIKE $2";
    client
        .execute(sql, &[&database.name, &statement])
        .await
        .unwrap()
}

async fn pids(client: &Client, database: &Database) -> Vec<i32> {
    let sql = "SELECT pid FROM pg_stat_activity
               WHERE datname = $1 AND application_name = 'raally' AND pid <> pg_backend_pid()";
    let rows = client.query(sql, &[&database.name]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// A superuser's connection that `cut` leaves alone.
async fn aside(database: &Database) -> Client {
    let mut config = database.superuser();
    config.primary.application_name("aside");
    raw(&config).await
}

#[tokio::test]
async fn a_busy_store_says_so_in_time_and_recovers() {
    let database = Database::fresh().await;
    let mut config = database.application();
    config.connections = 1;
    config.wait = Duration::from_millis(400);
    config.lock = Duration::from_millis(1500);
    let store = connect(config).await;
    let mut log = fill(&store, 1).await;
    let client = aside(&database).await;
    let lock = "BEGIN; SELECT FROM raally.streams FOR UPDATE";
    client.batch_execute(lock).await.unwrap();
    let before = log.clone();
    let append = one(log.append([person(7, "Ben")]));
    let waiting = tokio::spawn({
        let (store, append) = (store.clone(), append.clone());
        async move { store.append(append).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    let sentence = unavailable(store.head(log.tenant).await);
    assert!(sentence.contains("busy"), "{sentence}");
    let took = start.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    let refused = waiting.await.unwrap();
    assert!(
        matches!(&refused, Err(AppendError::Store(StoreError::Unavailable(s))) if s.contains("took too long")),
        "{refused:?}"
    );
    client.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(store.head(log.tenant).await.unwrap(), before.head);
    store.append(append).await.unwrap();
    assert_eq!(store.head(log.tenant).await.unwrap(), log.head);
}

#[tokio::test]
async fn cut_connections_are_replaced_unseen() {
    let database = Database::fresh().await;
    let store = connect(database.application()).await;
    let mut log = fill(&store, 1).await;
    let client = aside(&database).await;
    for n in 0..5 {
        assert!(cut(&client, &database).await >= 1);
        assert_eq!(store.head(log.tenant).await.unwrap(), log.head);
        cut(&client, &database).await;
        log.write(&store, [person(100 + n, "Cleo")]).await;
    }
    let events = store.events(log.tenant, 0, 100).await.unwrap();
    assert_eq!(events, log.written);
}

/// The connection is cut while the server works on the append, before or after its commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_loses_its_connection_finds_out_what_became_of_it() {
    let database = Database::fresh().await;
    let store = connect(database.application()).await;
    let mut log = fill(&store, 1).await;
    let client = aside(&database).await;
    let end = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let cutting = tokio::spawn({
        let end = end.clone();
        async move {
            let mut count = 0;
            while !end.load(std::sync::atomic::Ordering::Relaxed) {
                count += cut_those(&client, &database, "%raally.append%").await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            (count, database)
        }
    });
    let mut written = 0;
    for n in 0..150 {
        let append = one(log.append([person(1000 + n, "Dora")]));
        store.append(append).await.unwrap();
        written += 1;
    }
    end.store(true, std::sync::atomic::Ordering::Relaxed);
    let (cuts, _database) = cutting.await.unwrap();
    assert!(cuts > 10, "only {cuts} connections were cut");
    assert_eq!(written, 150);
    let events = store.events(log.tenant, 0, 1000).await.unwrap();
    assert_eq!(events, log.written);
}

#[tokio::test]
async fn a_server_that_accepts_no_writes_is_left_and_found_again() {
    let database = Database::fresh().await;
    let store = connect(database.application()).await;
    let mut log = fill(&store, 1).await;
    let client = aside(&database).await;
    let set = async |to: &str| {
        let sql = format!(
            "ALTER DATABASE {} SET default_transaction_read_only = {to}",
            database.name
        );
        client.batch_execute(&sql).await.unwrap();
    };
    set("on").await;
    cut(&client, &database).await;
    let mut late = log.clone();
    let append = one(log.append([person(7, "Ben")]));
    let refused = store.append(append.clone()).await;
    assert!(
        matches!(refused, Err(AppendError::Store(StoreError::Unavailable(_)))),
        "{refused:?}"
    );
    client
        .batch_execute("SET default_transaction_read_only = off")
        .await
        .unwrap();
    set("off").await;
    late.write(&store, [person(7, "Ben")]).await;
    assert_eq!(store.head(log.tenant).await.unwrap(), late.head);
}

#[tokio::test]
async fn connections_do_not_grow_old() {
    let database = Database::fresh().await;
    let mut config = database.application();
    config.connections = 1;
    config.max_lifetime = Duration::from_millis(300);
    let store = connect(config).await;
    let client = aside(&database).await;
    store.ping().await.unwrap();
    let first = pids(&client, &database).await;
    store.ping().await.unwrap();
    assert_eq!(pids(&client, &database).await, first);
    tokio::time::sleep(Duration::from_millis(350)).await;
    store.ping().await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let second = pids(&client, &database).await;
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_password_changed_meanwhile_is_taken_up() {
    let database = Database::fresh().await;
    let client = aside(&database).await;
    let role = format!("{}_rotating", database.name);
    let make = format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'first' IN ROLE raally_app;
         GRANT CONNECT ON DATABASE {} TO {role}",
        database.name
    );
    client.batch_execute(&make).await.unwrap();
    let password = Arc::new(Mutex::new("first".to_owned()));
    let mut config = database.application();
    config.primary.user(&role);
    config.password = Some(Arc::new({
        let password = password.clone();
        move || Ok(password.lock().clone())
    }));
    let store = connect(config).await;
    let log = fill(&store, 1).await;
    let change = format!("ALTER ROLE {role} PASSWORD 'second'");
    client.batch_execute(&change).await.unwrap();
    cut(&client, &database).await;
    let sentence = unavailable(store.head(log.tenant).await);
    assert!(sentence.contains("password"), "{sentence}");
    *password.lock() = "second".to_owned();
    assert_eq!(store.head(log.tenant).await.unwrap(), log.head);
    drop(store);
    cut(&client, &database).await;
    let end = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    client.batch_execute(&end).await.unwrap();
}
