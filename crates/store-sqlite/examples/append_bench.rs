//! Durable single-event appends by many clients, each on a tenant of its own, beside raw batched
//! SQLite inserts of the same bytes, in one run.
//!
//! `cargo run --release -p raally-store-sqlite --example append_bench [CLIENTS] [EVENTS]`
#![allow(clippy::unwrap_used, reason = "a measurement may panic")]

use std::path::Path;
use std::time::{Duration, Instant};

use raally_app::contract::{Log, person, team};
use raally_app::ports::{Batch, LoggedEvent, Store};
use raally_domain::event::Change;
use raally_store_sqlite::{Options, SqliteStore};

fn main() {
    let mut args = std::env::args().skip(1).map(|a| a.parse().unwrap());
    let clients = args.next().unwrap_or(64);
    let each = args.next().unwrap_or(1000);
    measure("people, a personal value with each", clients, each, |n| {
        person(n, "Ana Lima")
    });
    measure("teams, no personal value", clients, each, |n| {
        team(n, &"a name as long as what an assignment says ".repeat(10))
    });
}

fn measure(what: &str, clients: usize, each: usize, change: fn(u128) -> Change) {
    let (logs, batches) = prepare(clients, each, change);
    let count = clients * each;
    let size: usize = logs.iter().flatten().map(|e| e.stored.body.len()).sum();
    println!("{count} events of {} bytes: {what}", size / count);

    for batch in [clients, 1000] {
        let folder = tempfile::tempdir().unwrap();
        let took = raw(folder.path(), &logs, batch);
        report(&format!("raw inserts, {batch} a commit"), count, took, None);
    }
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut latencies = Vec::new();
    let took = runtime.block_on(append(folder.path(), batches, &mut latencies));
    latencies.sort_unstable();
    let p99 = latencies[latencies.len() * 99 / 100];
    report(
        &format!("{clients} clients appending"),
        count,
        took,
        Some(p99),
    );
}

fn report(what: &str, count: usize, took: Duration, p99: Option<Duration>) {
    let rate = count as f64 / took.as_secs_f64();
    let p99 = p99.map_or(String::new(), |p99| format!(", p99 {p99:.1?}"));
    println!("{what:>28}: {rate:>8.0} events/s{p99}");
}

/// Each client's log and the appends that write it, made before any clock runs.
fn prepare(
    clients: usize,
    each: usize,
    change: fn(u128) -> Change,
) -> (Vec<Vec<LoggedEvent>>, Vec<Vec<Batch>>) {
    (0..clients as u128)
        .map(|client| {
            let mut log = Log::new(client + 1);
            let batches = (0..each as u128)
                .map(|n| Batch {
                    appends: vec![log.append([change(client << 32 | n)])],
                    ..Batch::default()
                })
                .collect();
            (log.written, batches)
        })
        .unzip()
}

async fn append(folder: &Path, batches: Vec<Vec<Batch>>, all: &mut Vec<Duration>) -> Duration {
    let store = SqliteStore::open(folder, Options::default()).unwrap();
    let start = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for client in batches {
        let store = store.clone();
        running.spawn(async move {
            let mut latencies = Vec::with_capacity(client.len());
            for batch in client {
                let start = Instant::now();
                store.append(batch).await.unwrap();
                latencies.push(start.elapsed());
            }
            latencies
        });
    }
    all.extend(running.join_all().await.into_iter().flatten());
    start.elapsed()
}

/// The same bodies and hashes into one table with a key, the clients' events taking turns.
fn raw(folder: &Path, logs: &[Vec<LoggedEvent>], batch: usize) -> Duration {
    let conn = rusqlite::Connection::open(folder.join("raw.db")).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE events (id INTEGER PRIMARY KEY, body TEXT NOT NULL, hash BLOB NOT NULL)",
    )
    .unwrap();
    let start = Instant::now();
    let mut insert = conn
        .prepare("INSERT INTO events (body, hash) VALUES (?1, ?2)")
        .unwrap();
    let events = (0..logs[0].len()).flat_map(|n| logs.iter().map(move |log| &log[n].stored));
    for (n, event) in events.enumerate() {
        if n % batch == 0 {
            if n > 0 {
                conn.execute_batch("COMMIT").unwrap();
            }
            conn.execute_batch("BEGIN").unwrap();
        }
        insert
            .execute(rusqlite::params![event.body, event.hash])
            .unwrap();
    }
    conn.execute_batch("COMMIT").unwrap();
    start.elapsed()
}
