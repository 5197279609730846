//! Durable single-event appends by many clients, each on a tenant of its own, beside plain
//! inserts of the same bytes by as many clients, in one run on one server.
//!
//! `RAALLY_TEST_POSTGRES=… cargo run --release -p raally-store-postgres --example append_bench [CLIENTS] [EVENTS]`
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement reads the clock, and may panic"
)]

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use raally_app::contract::{Log, person};
use raally_app::ports::{Batch, Store};
use raally_store_postgres::PostgresStore;
use raally_store_postgres::testing::{Database, raw};
use tokio_postgres::{Client, Statement};

/// Connections of either side; the store's pool has as many.
const CONNECTIONS: usize = 20;

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1).map(|a| a.parse().unwrap());
    let clients = args.next().unwrap_or(64);
    let each = args.next().unwrap_or(300);
    let database = Database::fresh().await;
    let mut config = database.application();
    config.connections = CONNECTIONS;
    config.wait = Duration::from_secs(30);
    let store = PostgresStore::connect(config).await.unwrap();
    let plain = plain(&database).await;

    for round in 1..=3 {
        let tenants = (0..clients as u128).map(|n| Log::new(n + 1 + (round << 32)));
        let mut logs: Vec<Log> = tenants.collect();
        let batches: Vec<Vec<Batch>> = logs.iter_mut().map(|log| batches(log, each)).collect();
        let bodies = logs.iter().map(|log| log.written.clone());
        let inserts = bodies.enumerate().map(|(n, events)| {
            let client = plain[n % CONNECTIONS].clone();
            async move {
                let mut latencies = Vec::new();
                for event in events {
                    let start = Instant::now();
                    let client = client.lock().await;
                    insert(&client, &event.stored.body, &event.stored.hash).await;
                    latencies.push(start.elapsed());
                }
                latencies
            }
        });
        report("plain inserts", all(inserts.collect()).await);
        let appends = batches.into_iter().map(|batches| {
            let store = store.clone();
            async move {
                let mut latencies = Vec::new();
                for batch in batches {
                    let start = Instant::now();
                    store.append(batch).await.unwrap();
                    latencies.push(start.elapsed());
                }
                latencies
            }
        });
        report("appends", all(appends.collect()).await);
        let reads = logs.iter().map(|log| {
            let (store, tenant) = (store.clone(), log.tenant);
            async move {
                let mut latencies = Vec::new();
                for _ in 0..each {
                    let start = Instant::now();
                    store.head(tenant).await.unwrap().unwrap();
                    latencies.push(start.elapsed());
                }
                latencies
            }
        });
        report("reads of a head", all(reads.collect()).await);
    }
}

fn batches(log: &mut Log, each: usize) -> Vec<Batch> {
    let base = log.tenant.0.as_u128() << 32;
    (0..each as u128)
        .map(|n| Batch {
            appends: vec![log.append([person(base + n, "Ana Lima")])],
            identity: Vec::new(),
        })
        .collect()
}

type Plain = Arc<tokio::sync::Mutex<(Client, Statement)>>;

/// Connections to a table of the same bytes, without policies.
async fn plain(database: &Database) -> Vec<Plain> {
    let admin = database.superuser();
    let make = "CREATE TABLE public.plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                body text NOT NULL, hash bytea NOT NULL)";
    raw(&admin).await.batch_execute(make).await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let client = raw(&admin).await;
        let insert = "INSERT INTO public.plain (body, hash) VALUES ($1, $2)";
        let statement = client.prepare(insert).await.unwrap();
        clients.push(Arc::new(tokio::sync::Mutex::new((client, statement))));
    }
    clients
}

async fn insert((client, statement): &(Client, Statement), body: &str, hash: &[u8]) {
    client.execute(statement, &[&body, &hash]).await.unwrap();
}

async fn all<F>(clients: Vec<F>) -> (Duration, Vec<Duration>)
where
    F: Future<Output = Vec<Duration>> + Send + 'static,
{
    let start = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for client in clients {
        running.spawn(client);
    }
    let latencies = running.join_all().await.into_iter().flatten().collect();
    (start.elapsed(), latencies)
}

fn report(what: &str, (took, mut latencies): (Duration, Vec<Duration>)) {
    latencies.sort_unstable();
    let rate = latencies.len() as f64 / took.as_secs_f64();
    let p = |percent: usize| latencies[(latencies.len() - 1) * percent / 100];
    println!(
        "{what:>16}: {rate:>7.0}/s, p50 {:.1?}, p99 {:.1?}",
        p(50),
        p(99)
    );
}
