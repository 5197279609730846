//! Durable single-event writes over HTTP beside raw batched inserts of the same bytes.

use std::path::Path;
use std::time::{Duration, Instant};

use futures::future::join_all;
use rusqlite::{Connection as Sqlite, params};
use serde_json::json;

use crate::client::{Get, post};
use crate::load::{Asking, closed_loop};
use crate::server::Process;
use crate::table::Table;

pub(crate) const CLIENTS: usize = 64;
/// A workspace has at most 50,000 people: one alone must not be full before the time is over.
const ONE_TENANT: Duration = Duration::from_secs(3);

pub(crate) async fn measure(folder: &Path, duration: Duration, table: &mut Table) {
    let data = folder.join("writes");
    let _ = std::fs::remove_dir_all(&data);
    let raally = Process::raally(&data);
    let tenants = tenants(&raally).await;
    let before = raally.processor();
    let brief = duration.min(ONE_TENANT);
    let one = run(&tenants[..1], brief).await;
    let after_one = raally.processor();
    let many = run(&tenants, duration).await;
    let after_many = raally.processor();
    drop(raally);
    let each = |used: Duration, rate: f64, duration: Duration| {
        used.as_secs_f64() * 1e6 / (rate * duration.as_secs_f64())
    };
    let one_used = each(after_one - before, one, brief);
    let many_used = each(after_many - after_one, many, duration);
    let body = stored_body(&data);
    let raw = raw(&folder.join("raw.db"), &body, CLIENTS, duration);
    let large = self::raw(&folder.join("raw.db"), &body, 1000, duration);
    table.figure("writes: bytes of an event", body.len() as f64, "B", None);
    table.figure("writes: raw SQLite, 64 a commit", raw, "events/s", None);
    table.figure("writes: raw SQLite, 1000 a commit", large, "events/s", None);
    table.figure(
        "writes: 64 clients on one tenant, over HTTP",
        one,
        "events/s",
        None,
    );
    table.figure(
        "writes: processor, one tenant",
        one_used,
        "µs",
        Some("≤ 90"),
    );
    table.figure(
        "writes: 64 clients on 64 tenants, over HTTP",
        many,
        "events/s",
        None,
    );
    table.figure(
        "writes: processor, 64 tenants",
        many_used,
        "µs",
        Some("≤ 90"),
    );
    table.figure(
        "writes: one tenant ÷ raw, 64 a commit",
        one / raw,
        "",
        Some("≥ 0.5"),
    );
    table.figure(
        "writes: 64 tenants ÷ raw, 64 a commit",
        many / raw,
        "",
        Some("≥ 0.5"),
    );
    table.figure(
        "writes: one tenant ÷ raw, 1000 a commit",
        one / large,
        "",
        None,
    );
}

/// A workspace that takes on people: an event each.
pub(crate) struct Tenant {
    pub id: String,
    people: Get,
}

/// A workspace for each client.
pub(crate) async fn tenants(raally: &Process) -> Vec<Tenant> {
    let account = raally.sign_up("bench", None).await;
    let mut tenants = Vec::new();
    for n in 0..CLIENTS {
        tenants.push(Tenant::new(raally, &account.token, n).await);
    }
    tenants
}

impl Tenant {
    async fn new(raally: &Process, token: &str, n: usize) -> Tenant {
        let name = json!({ "name": format!("Bench {n}") });
        let tenant = raally.post("/api/v1/tenants", Some(token), &name).await;
        let id = tenant["id"].as_str().unwrap().to_owned();
        let people = Get {
            address: raally.address.clone(),
            path: format!("/api/v1/tenants/{id}/people"),
            token: Some(token.to_owned()),
        };
        Tenant { id, people }
    }
}

/// Writes a second by 64 clients spread over the tenants, each writing again at once.
pub(crate) async fn run(tenants: &[Tenant], duration: Duration) -> f64 {
    let person = json!({ "full_name": "Ana Souza" }).to_string();
    let clients = tenants.iter().cycle().take(CLIENTS);
    let clients = clients.map(|t| Asking::new(&t.people.address, post(&t.people, &person)));
    closed_loop(join_all(clients).await, duration).await
}

/// An event as it was stored.
fn stored_body(data: &Path) -> Vec<u8> {
    let db = Sqlite::open(data.join("raally.db")).unwrap();
    db.query_row(
        "SELECT body FROM bodies ORDER BY place DESC LIMIT 1",
        [],
        |row| row.get::<_, String>(0),
    )
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
        let mut insert = db
            .prepare_cached("INSERT INTO events (body) VALUES (?1)")
            .unwrap();
        for _ in 0..batch {
            insert.execute(params![body]).unwrap();
        }
        db.execute_batch("COMMIT").unwrap();
        count += batch;
    }
    count as f64 / begin.elapsed().as_secs_f64()
}
