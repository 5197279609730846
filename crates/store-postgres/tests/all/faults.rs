//! Busy pools, cut connections, standbys, changed passwords: what a running store makes of them.

use std::sync::Arc;
use std::time::Duration;

use crate::support::proxy::Proxy;
use crate::support::{fill, one};
use parking_lot::Mutex;
use raally_app::contract::person;
use raally_app::ports::{AppendError, Store, StoreError};
use raally_store_postgres::testing::{Database, raw};
use raally_store_postgres::{Config, PostgresStore};
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
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = $1 AND application_name = 'raally'";
    client.execute(sql, &[&database.name]).await.unwrap()
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
    config.lock = Duration::from_secs(5);
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
    let locked = "SELECT FROM pg_stat_activity
                  WHERE datname = $1 AND application_name = 'raally' AND wait_event_type = 'Lock'";
    // What a transaction has seen of others' activity stays as it saw it.
    let looking = aside(&database).await;
    while looking
        .query(locked, &[&database.name])
        .await
        .unwrap()
        .is_empty()
    {
        assert!(!waiting.is_finished());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let sentence = unavailable(store.head(log.tenant).await);
    assert!(sentence.contains("busy"), "{sentence}");
    // It was told so while the one connection was still waiting for the lock.
    assert!(!waiting.is_finished());
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
async fn what_runs_in_the_background_leaves_connections_for_requests() {
    let database = Database::fresh().await;
    let mut config = database.application();
    (config.connections, config.background) = (3, 2);
    config.lock = Duration::from_secs(60);
    config.statement = Duration::from_secs(60);
    let store = connect(config).await;
    let log = fill(&store, 1).await;
    let client = aside(&database).await;
    let lock = "BEGIN; LOCK TABLE raally.inbox";
    client.batch_execute(lock).await.unwrap();
    let consumers = (0..10).map(|_| {
        let (store, stream) = (store.clone(), log.tenant.into());
        tokio::spawn(async move { store.inbox("mailer", stream).await })
    });
    let consumers: Vec<_> = consumers.collect();
    let locked = "SELECT FROM pg_stat_activity
                  WHERE datname = $1 AND application_name = 'raally' AND wait_event_type = 'Lock'";
    let looking = aside(&database).await;
    let waiting = async || {
        let found = looking.query(locked, &[&database.name]).await;
        found.unwrap().len()
    };
    while waiting().await < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Eight more of them wait, and nobody else does.
    for _ in 0..20 {
        assert_eq!(store.head(log.tenant).await.unwrap(), log.head);
    }
    assert_eq!(waiting().await, 2);
    client.batch_execute("ROLLBACK").await.unwrap();
    for consumer in consumers {
        assert_eq!(consumer.await.unwrap().unwrap(), 0);
    }
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

/// The server has committed, and nobody hears of it.
#[tokio::test]
async fn an_append_whose_answer_is_lost_finds_out_what_became_of_it() {
    let database = Database::fresh().await;
    let mut config = database.application();
    let proxy = Proxy::start(config.primary.get_ports()[0]).await;
    let mut near = tokio_postgres::Config::new();
    near.host("127.0.0.1").port(proxy.port);
    near.user(config.primary.get_user().unwrap());
    near.password(config.primary.get_password().unwrap());
    near.dbname(&database.name);
    config.primary = near;
    let store = connect(config).await;
    let mut log = fill(&store, 1).await;
    for lost in [1, 1, 2] {
        // The first of them is the append's, a second that of the next attempt to sign in.
        proxy.lose_answers(lost);
        let append = one(log.append([person(log.written.len() as u128 + 100, "Dora")]));
        let appended = store.append(append).await;
        assert!(appended.is_ok(), "{appended:?}");
        assert_eq!(proxy.left(), 0);
        assert_eq!(store.head(log.tenant).await.unwrap(), log.head);
    }
    let events = store.events(log.tenant, 0, 100).await.unwrap();
    assert_eq!(events, log.written);
    // A read is simply asked again.
    proxy.lose_answers(1);
    assert_eq!(store.head(log.tenant).await.unwrap(), log.head);
    assert_eq!(proxy.left(), 0);
    // Of one that another writer overtook it is not said that it was written.
    let mut other = log.clone();
    other.write(&store, [person(500, "Eva")]).await;
    proxy.lose_answers(1);
    let refused = store.append(one(log.append([person(501, "Dora")]))).await;
    assert!(
        matches!(refused, Err(AppendError::HeadMoved { actual, .. }) if actual == other.head),
        "{refused:?}"
    );
    assert_eq!(proxy.left(), 0);
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
    let client = aside(&database).await;
    let mut config = database.application();
    config.connections = 1;
    let mut short = config.clone();
    short.max_lifetime = Duration::from_millis(300);
    // One whose life is long is kept, however long the machine takes over it.
    let store = connect(config).await;
    store.ping().await.unwrap();
    let kept = pids(&client, &database).await;
    tokio::time::sleep(Duration::from_millis(350)).await;
    store.ping().await.unwrap();
    assert_eq!(pids(&client, &database).await, kept);
    drop(store);
    cut(&client, &database).await;

    let store = connect(short).await;
    store.ping().await.unwrap();
    let first = pids(&client, &database).await;
    let replaced = async {
        loop {
            store.ping().await.unwrap();
            let now = pids(&client, &database).await;
            // The old one says goodbye before the server has taken it away.
            if now.len() == 1 && now != first {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let replaced = tokio::time::timeout(Duration::from_secs(30), replaced).await;
    replaced.expect("the connection was to be replaced");
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
    assert!(sentence.contains("refuses us"), "{sentence}");
    *password.lock() = "second".to_owned();
    assert_eq!(store.head(log.tenant).await.unwrap(), log.head);
    drop(store);
    cut(&client, &database).await;
    let end = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    client.batch_execute(&end).await.unwrap();
}
