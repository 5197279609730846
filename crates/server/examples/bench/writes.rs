//! Durable single-event writes over HTTP beside raw batched inserts of the same bytes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::{Connection as Sqlite, params};
use serde_json::json;

use crate::client::{Connection, Get, post};
use crate::server::Process;
use crate::table::Table;

const CLIENTS: usize = 64;

pub(crate) async fn measure(folder: &Path, duration: Duration, table: &mut Table) {
    let data = folder.join("writes");
    let _ = std::fs::remove_dir_all(&data);
    let raally = Process::raally(&data);
    let credentials = json!({
        "email": "bench@example.com", "password": "bench-password-1", "full_name": "Bench",
    });
    let answer = raally.post("/api/v1/auth/sign-up", None, &credentials).await;
    let token = answer["access_token"].as_str().unwrap().to_owned();
    let mut tenants = Vec::new();
    for n in 0..CLIENTS {
        tenants.push(Tenant::new(&raally, &token, n).await);
    }
    let one = run(&tenants[..1], duration).await;
    let many = run(&tenants, duration).await;
    drop(raally);
    let body = stored_body(&data);
    let raw = raw(&folder.join("raw.db"), &body, CLIENTS, duration);
    let large = self::raw(&folder.join("raw.db"), &body, 1000, duration);
    table.figure("writes: bytes of an event", body.len() as f64, "B", None);
    table.figure("writes: raw SQLite, 64 a commit", raw, "events/s", None);
    table.figure("writes: raw SQLite, 1000 a commit", large, "events/s", None);
    table.figure("writes: 64 clients on one tenant, over HTTP", one, "events/s", None);
    table.figure("writes: 64 clients on 64 tenants, over HTTP", many, "events/s", None);
    table.figure("writes: one tenant ÷ raw, 64 a commit", one / raw, "", Some("≥ 0.2"));
    table.figure("writes: 64 tenants ÷ raw, 64 a commit", many / raw, "", Some("≥ 0.2"));
    table.figure("writes: one tenant ÷ raw, 1000 a commit", one / large, "", None);
}

/// A workspace that takes on people: an event each.
struct Tenant {
    people: Get,
}

impl Tenant {
    async fn new(raally: &Process, token: &str, n: usize) -> Tenant {
        let name = json!({ "name": format!("Bench {n}") });
        let tenant = raally.post("/api/v1/tenants", Some(token), &name).await;
        let people = Get {
            address: raally.address.clone(),
            path: format!("/api/v1/tenants/{}/people", tenant["id"].as_str().unwrap()),
            token: Some(token.to_owned()),
        };
        Tenant { people }
    }
}

/// Writes a second by 64 clients spread over the tenants, each writing again at once.
async fn run(tenants: &[Tenant], duration: Duration) -> f64 {
    let person = json!({ "full_name": "Ana Souza" }).to_string();
    let count = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|n| {
            let tenant = &tenants[n % tenants.len()];
            let request = post(&tenant.people, &person);
            let (address, count) = (tenant.people.address.clone(), count.clone());
            tokio::spawn(async move {
                let mut connection = Connection::open(&address).await;
                while begin.elapsed() < duration {
                    connection.ask(&request).await;
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    count.load(Ordering::Relaxed) as f64 / begin.elapsed().as_secs_f64()
}

/// An event as it was stored.
fn stored_body(data: &Path) -> Vec<u8> {
    let db = Sqlite::open(data.join("raally.db")).unwrap();
    db.query_row("SELECT body FROM bodies ORDER BY place DESC LIMIT 1", [], |row| {
        row.get::<_, String>(0)
    })
    .unwrap()
    .into_bytes()
}

/// Inserts a second of those bytes, so many a commit, as durable as ours.
fn raw(file: &Path, body: &[u8], batch: usize, duration: Duration) -> f64 {
    let _ = std::fs::remove_file(file);
    let db = Sqlite::open(file).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE events (id INTEGER PRIMARY KEY, body TEXT NOT NULL);",
    )
    .unwrap();
    let body = std::str::from_utf8(body).unwrap();
    let begin = Instant::now();
    let mut count = 0;
    while begin.elapsed() < duration {
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut insert = db.prepare_cached("INSERT INTO events (body) VALUES (?1)").unwrap();
        for _ in 0..batch {
            insert.execute(params![body]).unwrap();
        }
        db.execute_batch("COMMIT").unwrap();
        count += batch;
    }
    count as f64 / begin.elapsed().as_secs_f64()
}
