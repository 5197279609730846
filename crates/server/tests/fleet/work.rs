//! Load: clients that write to several workspaces, and clients that race for the last free hours.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::client::Client;
use super::ledger::{self, Ledger};
use super::process::Settings;

/// A workspace under load.
#[derive(Clone)]
pub struct Workspace {
    pub admin: Client,
    pub id: String,
    person: String,
    project: String,
}

impl Workspace {
    pub async fn open(bases: &[String], name: &str) -> Workspace {
        let (admin, id) = Client::sign_up(bases, name, Some(name)).await;
        let mut workspace = Workspace {
            admin,
            id,
            person: String::new(),
            project: String::new(),
        };
        workspace.person = workspace
            .make("/people", json!({ "full_name": "Bo" }))
            .await;
        workspace.project = workspace
            .make("/projects", json!({ "name": "Apollo" }))
            .await;
        workspace
    }

    pub fn path(&self, path: &str) -> String {
        format!("/api/v1/tenants/{}{path}", self.id)
    }

    async fn make(&self, path: &str, body: Value) -> String {
        let reply = self
            .admin
            .ask(Method::POST, &self.path(path), Some(&body))
            .await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.body["id"].as_str().unwrap().to_owned()
    }

    /// One write, noted once it is acknowledged.
    pub async fn write(&self, ledger: &Ledger, chance: u64, name: String) {
        let (path, event, body, shown) = match chance % 4 {
            0 | 1 => ("/teams", "team.created", json!({ "name": name }), true),
            2 => (
                "/projects",
                "project.created",
                json!({ "name": name }),
                true,
            ),
            _ => (
                "/assignments",
                "assignment.created",
                self.booking("2026-11-23", 15),
                false,
            ),
        };
        let reply = self
            .admin
            .ask(Method::POST, &self.path(path), Some(&body))
            .await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        ledger.acknowledged(&self.id, event, &reply.body, shown.then_some(name));
    }

    fn booking(&self, day: &str, minutes: u32) -> Value {
        json!({
            "person_id": self.person, "project_id": self.project, "start": day, "end": day,
            "effort": { "per": "total", "minutes": minutes },
        })
    }

    /// Forbids overbooking, and makes Bo work 40 hours a week.
    pub async fn forbid_overbooking(&self) {
        let forbid = json!({ "overbooking": "forbid" });
        let reply = self
            .admin
            .ask(Method::PATCH, &self.path("/settings"), Some(&forbid))
            .await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
}

/// Clients that write until they are told to stop.
pub struct Load {
    stop: Arc<AtomicBool>,
    tasks: JoinSet<()>,
    pub ledger: Arc<Ledger>,
}

impl Load {
    pub fn start(workspaces: &[Workspace], clients: u64, seed: u64) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let ledger = Arc::new(Ledger::default());
        let mut tasks = JoinSet::new();
        for client in 0..clients {
            let (stop, ledger) = (stop.clone(), ledger.clone());
            let workspaces = workspaces.to_vec();
            tasks.spawn(async move {
                let mut chance = ChaCha8Rng::seed_from_u64(seed ^ (client + 1));
                let mut n = 0;
                while !stop.load(Ordering::Relaxed) {
                    let which = usize::try_from(chance.next_u32()).unwrap() % workspaces.len();
                    let name = format!("S{seed} C{client} N{n}");
                    workspaces[which]
                        .write(&ledger, chance.next_u64(), name)
                        .await;
                    n += 1;
                }
            });
        }
        Load {
            stop,
            tasks,
            ledger,
        }
    }

    /// Waits for what is under way; every client must still be well.
    pub async fn stop(mut self) -> Arc<Ledger> {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
        self.ledger
    }
}

/// Clients that race for the same free hours, day after day, where overbooking is forbidden.
pub struct Races {
    workspace: Workspace,
    pub tried: AtomicU64,
    /// Bookings that were won and stand.
    held: Mutex<Vec<String>>,
}

/// A booking's length; eight of them fill a day.
const SLICE: u32 = 60;

impl Races {
    pub async fn prepare(bases: &[String], name: &str) -> Races {
        let workspace = Workspace::open(bases, name).await;
        workspace.forbid_overbooking().await;
        Races {
            workspace,
            tried: AtomicU64::new(0),
            held: Mutex::default(),
        }
    }

    /// So many clients at once try so many times each for one of two days' hours.
    pub async fn run(self: &Arc<Races>, clients: u64, times: u64) {
        let mut tasks = JoinSet::new();
        for client in 0..clients {
            let races = self.clone();
            tasks.spawn(async move {
                for time in 0..times {
                    races.race(client + time).await;
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
    }

    async fn race(&self, chance: u64) {
        let days = ["2026-11-23", "2026-11-24"];
        let day = days[usize::try_from(chance % 2).unwrap()];
        let w = &self.workspace;
        let body = w.booking(day, SLICE);
        let reply = w
            .admin
            .ask(Method::POST, &w.path("/assignments"), Some(&body))
            .await;
        self.tried.fetch_add(1, Ordering::Relaxed);
        match reply.status.as_u16() {
            201 => {
                let id = reply.body["id"].as_str().unwrap();
                self.held.lock().push(id.to_owned());
            }
            // Overbooked: refused. Who loses makes room now and then, so that all race for it.
            409 => {
                let one = chance.is_multiple_of(3).then(|| self.held.lock().pop());
                if let Some(id) = one.flatten() {
                    let path = w.path(&format!("/assignments/{id}"));
                    let gone = w.admin.ask(Method::DELETE, &path, None).await;
                    assert!(gone.status.is_success(), "{}", gone.body);
                }
            }
            other => panic!("{other}: {}", reply.body),
        }
    }

    /// Follows the log: on no day was there ever more than fits. Returns what was oversold.
    pub fn oversold(&self, settings: &Settings) -> Vec<String> {
        let mut booked: HashMap<String, i64> = HashMap::new();
        let (mut found, mut sold) = (Vec::new(), 0);
        for (seq, event) in ledger::log(settings, &self.workspace.id) {
            let data = &event["data"];
            let change = match event["type"].as_str() {
                Some("assignment.created") => 1,
                Some("assignment.deleted") => -1,
                _ => continue,
            };
            let value = if change > 0 {
                &data["after"]
            } else {
                &data["before"]
            };
            let day = value["start"].as_str().unwrap().to_owned();
            let now = booked.entry(day.clone()).or_default();
            *now += change;
            sold += i64::max(change, 0);
            if *now > i64::from(480 / SLICE) {
                found.push(format!("{day} is oversold by event {seq}"));
            }
        }
        println!(
            "of {} races, {sold} were won",
            self.tried.load(Ordering::Relaxed)
        );
        let left: i64 = booked.values().sum();
        let won = i64::try_from(self.held.lock().len()).unwrap();
        if left != won {
            found.push(format!(
                "{won} bookings were acknowledged and {left} are there"
            ));
        }
        found
    }
}
