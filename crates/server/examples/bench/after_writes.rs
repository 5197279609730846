//! Dashboards of a large company that is being written to: no answer is in a cache.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{self, Connection, Get, post};
use crate::load::{Paced, paced};
use crate::table::Table;

/// Periods of a quarter to five years, cut at any day.
const PERIODS: [(&str, &str); 4] = [
    ("2026-11-23", "2027-02-21"),
    ("2026-10-07", "2027-01-13"),
    ("2026-01-01", "2026-12-31"),
    ("2024-06-05", "2029-06-04"),
];
/// How many writes each of the periods is asked for after.
const WRITES: usize = 50;
const CONNECTIONS: usize = 32;

/// `tenant` is where the workspace is asked, with somebody's token.
pub(crate) async fn measure(tenant: &Get, duration: Duration, table: &mut Table) {
    let writer = Writer::new(tenant).await;
    let mut connection = Connection::open(&tenant.address).await;
    for (from, to) in PERIODS {
        let dashboard = at(tenant, &format!("/dashboard?from={from}&to={to}"));
        connection.ask(&dashboard.bytes()).await;
        let mut delays = Vec::new();
        for n in 0..WRITES {
            connection.ask(&writer.write(n)).await;
            let asked = Instant::now();
            connection.ask(&dashboard.bytes()).await;
            delays.push(asked.elapsed().as_secs_f64() * 1000.0);
        }
        delays.sort_by(f64::total_cmp);
        let name = format!("dashboard after a write, {from} to {to}");
        let median = delays[WRITES / 2];
        table.figure(&format!("{name}, median"), median, "ms", Some("< 5"));
        table.figure(&format!("{name}, most"), delays[WRITES - 1], "ms", None);
    }
    let dashboard = at(tenant, "/dashboard?from=2026-11-23&to=2027-02-21");
    let writing = tokio::spawn(write_on(tenant.clone(), writer, duration));
    let Paced { p50, p99, .. } = paced(&dashboard, CONNECTIONS, 500, duration).await;
    let written = writing.await.unwrap();
    let name = "dashboard at 500 req/s beside 50 writes/s";
    table.figure(&format!("{name}, median"), p50, "ms", None);
    table.figure(&format!("{name}, p99"), p99, "ms", Some("< 20"));
    let rate = written as f64 / duration.as_secs_f64();
    table.figure(&format!("{name}, written"), rate, "events/s", None);
}

/// Writes 50 times a second.
async fn write_on(tenant: Get, writer: Writer, duration: Duration) -> usize {
    let mut connection = Connection::open(&tenant.address).await;
    let between = Duration::from_millis(20);
    let begin = Instant::now();
    let mut due = begin;
    let mut written = 0;
    while due < begin + duration {
        tokio::time::sleep_until(due.into()).await;
        connection.ask(&writer.write(written)).await;
        written += 1;
        due += between;
    }
    written
}

/// Books people, each time another one.
struct Writer {
    assignments: Get,
    people: Vec<String>,
    project: String,
}

impl Writer {
    async fn new(tenant: &Get) -> Writer {
        let people = ids(&at(tenant, "/people?limit=200")).await;
        let projects = ids(&at(tenant, "/projects?limit=1")).await;
        Writer {
            assignments: at(tenant, "/assignments"),
            people,
            project: projects[0].clone(),
        }
    }

    fn write(&self, n: usize) -> Vec<u8> {
        let body = json!({
            "person_id": self.people[n % self.people.len()],
            "project_id": self.project,
            "start": "2026-11-23",
            "end": "2027-01-15",
            "effort": { "per": "week", "minutes": 60 + n % 60 },
        });
        post(&self.assignments, &body.to_string())
    }
}

fn at(tenant: &Get, path: &str) -> Get {
    Get {
        path: format!("{}{path}", tenant.path),
        ..tenant.clone()
    }
}

async fn ids(list: &Get) -> Vec<String> {
    let list: Value = serde_json::from_slice(&client::body(list).await).unwrap();
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}
