//! Durable single-event appends by many clients, each on a tenant of its own, beside plain
//! statements that write the same by as many clients, in one run on one server.
//!
//! `RAALLY_TEST_POSTGRES=… cargo run --release -p raally-store-postgres --example postgres_append_bench [CLIENTS] [EVENTS]`
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement reads the clock, and may panic"
)]

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use raally_app::contract::{Log, person};
use raally_app::ports::{Batch, LoggedEvent, Store};
use raally_store_postgres::PostgresStore;
use raally_store_postgres::testing::{Database, raw};
use tokio_postgres::types::ToSql;
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
        for (what, way) in [
            ("plain inserts", Way::Plain),
            ("same statements", Way::Same),
        ] {
            let inserts = logs.iter().enumerate().map(|(n, log)| {
                let client = plain[n % CONNECTIONS].clone();
                let (tenant, events) = (log.tenant.0, log.written.clone());
                async move {
                    let mut latencies = Vec::new();
                    for event in events {
                        let start = Instant::now();
                        client.lock().await.insert(way, tenant, event).await;
                        latencies.push(start.elapsed());
                    }
                    latencies
                }
            });
            report(what, all(inserts.collect()).await);
        }
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
            ..Batch::default()
        })
        .collect()
}

/// What is done for each event without the store.
#[derive(Clone, Copy)]
enum Way {
    /// Its bytes into a table with a key.
    Plain,
    /// What `append` writes, by plain statements that are sent together, without policies, checks
    /// of the head and names.
    Same,
}

struct Connection {
    client: Client,
    plain: Statement,
    stream: Statement,
    event: Statement,
    personal: Statement,
}

/// Connections to tables like the store's, without policies.
async fn plain(database: &Database) -> Vec<Arc<tokio::sync::Mutex<Connection>>> {
    let admin = database.superuser();
    let make = "CREATE TABLE public.plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                body text NOT NULL, hash bytea NOT NULL);
                CREATE TABLE public.streams (LIKE raally.streams INCLUDING ALL) WITH (fillfactor = 50);
                CREATE TABLE public.events (LIKE raally.events INCLUDING ALL);
                CREATE TABLE public.personal_values (LIKE raally.personal_values INCLUDING ALL)";
    raw(&admin).await.batch_execute(make).await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let client = raw(&admin).await;
        let prepare = async |sql| client.prepare(sql).await.unwrap();
        let connection = Connection {
            plain: prepare("INSERT INTO public.plain (body, hash) VALUES ($1, $2)").await,
            stream: prepare(
                "INSERT INTO public.streams (tenant_id, epoch, seq, hash) VALUES ($1, 1, $2, $3)
                 ON CONFLICT (tenant_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
            )
            .await,
            event: prepare(
                "INSERT INTO public.events (tenant_id, seq, recorded_at, occurred_at, entity_id,
                     kind, action, hash, body) VALUES ($1, $2, 1, 1, $1, 'person', 'created', $3, $4)",
            )
            .await,
            personal: prepare(
                "INSERT INTO public.personal_values VALUES ($1, gen_random_uuid(), $1, $2, $3)",
            )
            .await,
            client,
        };
        clients.push(Arc::new(tokio::sync::Mutex::new(connection)));
    }
    clients
}

impl Connection {
    async fn insert(&self, way: Way, tenant: uuid::Uuid, event: LoggedEvent) {
        let (client, seq) = (&self.client, event.seq as i64);
        let (body, hash) = (&event.stored.body, event.stored.hash.as_slice());
        let salt = &hash[..16];
        if let Way::Plain = way {
            client.execute(&self.plain, &[body, &hash]).await.unwrap();
            return;
        }
        type Params<'a> = [&'a (dyn ToSql + Sync); 3];
        let stream: Params = [&tenant, &seq, &hash];
        let written: [&(dyn ToSql + Sync); 4] = [&tenant, &seq, &hash, body];
        let personal: Params = [&tenant, &salt, &"\"Ana Lima\""];
        let done = tokio::join!(
            biased;
            client.batch_execute("BEGIN"),
            client.execute(&self.stream, &stream),
            client.execute(&self.event, &written),
            client.execute(&self.personal, &personal),
            client.batch_execute("COMMIT"),
        );
        done.1.unwrap();
        done.2.unwrap();
        done.3.unwrap();
        done.4.unwrap();
    }
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
