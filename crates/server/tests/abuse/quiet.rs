//! A workspace that minds its own business, and how long it waits.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::actor::{Actor, client};
use crate::support::Server;

/// Between two requests of somebody who works.
const PAUSE: Duration = Duration::from_millis(40);
const WEEKS: &str = "from=2026-11-23&to=2027-02-21";

pub struct Quiet {
    actor: Actor,
    person: String,
    project: String,
    /// Bookings that were acknowledged.
    written: Mutex<Vec<String>>,
}

/// How long each request of a while took, and how many were refused for a while.
pub struct Waits {
    sorted: Vec<Duration>,
    /// The same by what was asked for.
    pub by: BTreeMap<&'static str, Waits>,
    pub refused: usize,
}

impl Waits {
    fn of(waits: &[(&'static str, Duration)], refused: usize) -> Waits {
        let mut by: BTreeMap<&'static str, Vec<(&'static str, Duration)>> = BTreeMap::new();
        for wait in waits {
            by.entry(wait.0).or_default().push(*wait);
        }
        // One of a kind has no kinds.
        let by = by.iter().filter(|(_, of)| of.len() < waits.len());
        let by = by.map(|(name, of)| (*name, Waits::of(of, 0))).collect();
        let mut sorted: Vec<Duration> = waits.iter().map(|(_, wait)| *wait).collect();
        sorted.sort_unstable();
        Waits {
            sorted,
            by,
            refused,
        }
    }

    /// The time that so many per cent did not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        let at = (self.sorted.len() * percent / 100).min(self.sorted.len() - 1);
        self.sorted[at]
    }

    pub fn count(&self) -> usize {
        self.sorted.len()
    }
}

impl Quiet {
    pub async fn new(server: &Server) -> Quiet {
        let actor = Actor::new(server, 200, "quiet").await;
        let people = (0..60).map(|n| json!({ "full_name": format!("Person {n}") }));
        actor.add_many("people", people).await;
        let person = json!({ "full_name": "Ana Souza" });
        let person = actor.add("/people", &person).await.unwrap();
        let project = json!({ "name": "Apollo" });
        let project = actor.add("/projects", &project).await.unwrap();
        Quiet {
            actor,
            person,
            project,
            written: Mutex::default(),
        }
    }

    pub fn slug(&self) -> &str {
        &self.actor.slug
    }

    /// Reads and writes as a planner does, for a while.
    pub async fn work(&self, length: Duration) -> Waits {
        let mut actor = self.actor.clone();
        // Connections belong to the runtime that opened them.
        actor.http = client(actor.from);
        let (mut waits, mut refused) = (Vec::new(), 0);
        let (until, mut renewed) = (Instant::now() + length, Instant::now());
        for n in 0.. {
            if Instant::now() >= until {
                break;
            }
            if renewed.elapsed() > Duration::from_secs(120) {
                match actor.renew().await {
                    true => renewed = Instant::now(),
                    false => refused += 1,
                }
            }
            let began = Instant::now();
            let (what, answered) = match n % 4 {
                0 => ("dashboard", actor.get(&format!("/dashboard?{WEEKS}")).await),
                1 => {
                    let path = format!("/schedule?{WEEKS}&bucket=week");
                    ("schedule", actor.get(&path).await)
                }
                2 => ("list", actor.get("/people?limit=50").await),
                _ => ("write", self.book(&actor).await),
            };
            waits.push((what, began.elapsed()));
            let (status, told) = answered.expect("who means no harm is answered");
            match status {
                StatusCode::OK | StatusCode::CREATED => {}
                StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => refused += 1,
                _ => panic!("{status}: {told}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
        Waits::of(&waits, refused)
    }

    async fn book(&self, actor: &Actor) -> Option<(StatusCode, serde_json::Value)> {
        let booking = json!({
            "person_id": self.person, "project_id": self.project,
            "start": "2026-11-23", "end": "2026-11-27", "effort": { "per": "day", "minutes": 1 },
        });
        let answered = actor.post("/assignments", &booking).await;
        if let Some((StatusCode::CREATED, made)) = &answered {
            self.written
                .lock()
                .push(made["id"].as_str().unwrap().to_owned());
        }
        answered
    }

    /// How many bookings were acknowledged, and how many of them a restarted server does not have.
    pub async fn lost(&self, server: &Server) -> (usize, usize) {
        let mut actor = Actor {
            base: server.base.clone(),
            ..self.actor.clone()
        };
        assert!(actor.renew().await, "nobody attacks any more");
        let mut lost = 0;
        let written = self.written.lock().clone();
        for id in &written {
            let asked = actor.to(Method::GET, &format!("/assignments/{id}"));
            let (status, _) = actor.send(asked).await.unwrap();
            lost += usize::from(status != StatusCode::OK);
        }
        (written.len(), lost)
    }
}
