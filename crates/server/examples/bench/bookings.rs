//! What a write costs by how many bookings its person has, and how fast bookings are imported.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{Connection, Get, post, request};
use crate::load::{Client, closed_loop};
use crate::server::Process;
use crate::table::Table;
use crate::writes::CLIENTS;

/// How many bookings the person has whose bookings are written.
const BOOKINGS: [usize; 5] = [1, 100, 1_000, 5_000, 20_000];
const IMPORTED: usize = 100_000;
/// Over how many people an import is spread.
const PEOPLE: usize = 1_000;
/// How many bookings one request brings; its body may have 1 MiB.
const CHUNK: usize = 2_500;
/// How many requests of an import are under way at once.
const IMPORTERS: usize = 4;

pub(crate) async fn measure(folder: &Path, duration: Duration, table: &mut Table) {
    let data = folder.join("bookings");
    let _ = std::fs::remove_dir_all(&data);
    let raally = Process::raally(&data);
    let account = raally.sign_up("bench", Some("Bookings")).await;
    let workspace = Workspace::new(&raally, &account.tenant, &account.token).await;
    let mut costs = Vec::new();
    for bookings in BOOKINGS {
        let (rate, cost) = workspace.cost(bookings, duration).await;
        let of = format!("a booking of a person who has {bookings}");
        table.figure(&format!("writes: {of}"), rate, "events/s", None);
        table.figure(&format!("writes: {of}, processor"), cost, "µs", None);
        costs.push(cost);
    }
    let times = costs[costs.len() - 1] / costs[0];
    let name = format!("writes: {} bookings ÷ 1, processor", BOOKINGS[4]);
    table.figure(&name, times, "", Some("≤ 1.5"));
    let (rate, cost) = workspace.import().await;
    let name = format!("import of {IMPORTED} bookings");
    table.figure(&name, rate, "events/s", Some("≥ 20000"));
    table.figure(&format!("{name}, processor"), cost, "µs each", None);
}

struct Workspace<'a> {
    raally: &'a Process,
    /// Where it is asked.
    at: Get,
    project: String,
}

/// One who changes a booking again and again.
struct Planner {
    connection: Connection,
    /// The same change of different lengths, which take turns.
    requests: [Vec<u8>; 2],
}

impl Client for Planner {
    async fn again(&mut self) {
        self.requests.swap(0, 1);
        self.connection.ask(&self.requests[0]).await;
    }
}

impl Workspace<'_> {
    async fn new<'a>(raally: &'a Process, tenant: &str, token: &str) -> Workspace<'a> {
        let mut workspace = Workspace {
            raally,
            at: Get {
                address: raally.address.clone(),
                path: format!("/api/v1/tenants/{tenant}"),
                token: Some(token.to_owned()),
            },
            project: String::new(),
        };
        workspace.project = workspace
            .new_one("projects", &json!({ "name": "Apollo" }))
            .await;
        workspace
    }

    fn to(&self, path: &str) -> Get {
        Get {
            path: format!("{}/{path}", self.at.path),
            ..self.at.clone()
        }
    }

    /// Makes one and returns its id.
    async fn new_one(&self, path: &str, body: &Value) -> String {
        let Get { path, token, .. } = self.to(path);
        let made = self.raally.post(&path, token.as_deref(), body).await;
        made["id"].as_str().unwrap().to_owned()
    }

    fn booking(&self, id: Uuid, person: &str, n: usize) -> Value {
        let day = format!("2026-{:02}-{:02}", n / 28 % 12 + 1, n % 28 + 1);
        json!({ "op": "create", "resource": "assignments", "id": id, "body": {
            "person_id": person, "project_id": self.project, "start": day, "end": day,
            "effort": { "per": "day", "minutes": 60 },
        } })
    }

    async fn run(&self, commands: &[Value]) {
        let to = self.to("commands");
        let body = json!({ "commands": commands }).to_string();
        let mut connection = Connection::open(&to.address).await;
        connection.ask(&post(&to, &body)).await;
    }

    /// Writes a second, and the microseconds of processor time of each, where a person has so
    /// many bookings.
    async fn cost(&self, bookings: usize, duration: Duration) -> (f64, f64) {
        let person = self
            .new_one("people", &json!({ "full_name": "Ana Souza" }))
            .await;
        let ids: Vec<Uuid> = (0..bookings).map(|_| fresh()).collect();
        for (n, ids) in ids.chunks(CHUNK).enumerate() {
            let numbered = ids.iter().zip(n * CHUNK..);
            let commands: Vec<Value> = numbered
                .map(|(id, n)| self.booking(*id, &person, n))
                .collect();
            self.run(&commands).await;
        }
        let mut planners = Vec::new();
        for n in 0..CLIENTS {
            let to = self.to(&format!("assignments/{}", ids[n * bookings / CLIENTS]));
            let request = |minutes: usize| {
                let effort = json!({ "effort": { "per": "day", "minutes": minutes } });
                request("PATCH", &to, &effort.to_string())
            };
            planners.push(Planner {
                connection: Connection::open(&to.address).await,
                // No two clients ask for the same: each write changes something.
                requests: [request(100 + 2 * n), request(101 + 2 * n)],
            });
        }
        let before = self.raally.processor();
        let rate = closed_loop(planners, duration).await;
        let used = self.raally.processor() - before;
        (
            rate,
            used.as_secs_f64() * 1e6 / (rate * duration.as_secs_f64()),
        )
    }

    /// As [`Self::cost`], of bookings of many people that come in large requests.
    async fn import(&self) -> (f64, f64) {
        let mut people = Vec::with_capacity(PEOPLE);
        let mut commands = Vec::with_capacity(PEOPLE);
        for _ in 0..PEOPLE {
            let id = fresh();
            people.push(id.to_string());
            commands.push(json!({ "op": "create", "resource": "people", "id": id,
                                  "body": { "full_name": "Ana Souza" } }));
        }
        self.run(&commands).await;
        let chunk = |n: usize| -> Vec<Value> {
            let all = n * CHUNK..(n + 1) * CHUNK;
            all.map(|n| self.booking(fresh(), &people[n % PEOPLE], n / PEOPLE))
                .collect()
        };
        let chunks: Vec<Vec<Value>> = (0..IMPORTED / CHUNK).map(chunk).collect();
        let before = self.raally.processor();
        let begin = Instant::now();
        let importers = (0..IMPORTERS).map(|importer| {
            let own = chunks.iter().skip(importer).step_by(IMPORTERS);
            async move {
                for chunk in own {
                    self.run(chunk).await;
                }
            }
        });
        futures::future::join_all(importers).await;
        let took = begin.elapsed().as_secs_f64();
        let used = self.raally.processor() - before;
        let count = IMPORTED as f64;
        (count / took, used.as_secs_f64() * 1e6 / count)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a measurement may take ids from where it likes"
)]
fn fresh() -> Uuid {
    Uuid::now_v7()
}
