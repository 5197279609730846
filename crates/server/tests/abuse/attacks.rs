//! What accounts that mean harm do. Each attack is one that an audit made, or its sibling.

use std::collections::BTreeMap;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::{BoxFuture, join_all};
use parking_lot::Mutex;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::actor::Actor;
use crate::sockets;
use crate::support::Server;

type Attack = for<'a> fn(&'a mut Attacker) -> BoxFuture<'a, ()>;

/// Each with its name.
pub const ATTACKS: [(&str, Attack); 18] = [
    ("renames of a calendar of 2 MB", |a| Box::pin(a.renames())),
    ("previews of people with skills by name", |a| {
        Box::pin(a.previews())
    }),
    ("a project turned over and over", |a| Box::pin(a.flips())),
    ("bookings over two centuries under forbid", |a| {
        Box::pin(a.centuries())
    }),
    ("schedules of as many cells as there may be", |a| {
        Box::pin(a.schedules())
    }),
    ("keyed writes with rows of years", |a| Box::pin(a.keyed())),
    ("the past, head by head", |a| Box::pin(a.pasts())),
    ("steps taken back and done again", |a| Box::pin(a.undoes())),
    ("people erased", |a| Box::pin(a.erases())),
    ("half a header on many connections", |a| {
        Box::pin(a.half_headers())
    }),
    ("half a body on many connections", |a| {
        Box::pin(a.half_bodies())
    }),
    ("sign-ins that hang up", |a| Box::pin(a.hung_up())),
    ("knocks at the quiet workspace", |a| Box::pin(a.knocks())),
    ("tokens with made-up keys", |a| Box::pin(a.made_up_keys())),
    ("streams of live changes", |a| Box::pin(a.streams())),
    ("invitations to anybody", |a| Box::pin(a.invitations())),
    ("webhooks to whom nobody answers", |a| {
        Box::pin(a.webhooks())
    }),
    ("bodies that mean nothing", |a| Box::pin(a.nonsense())),
];

/// How often each attack was made.
#[derive(Default)]
pub struct Made(Mutex<BTreeMap<&'static str, u64>>);

impl Made {
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.0.lock().clone()
    }
}

pub struct Attacker {
    actor: Actor,
    victim: String,
    chance: ChaCha8Rng,
    n: u8,
    people: Vec<String>,
    project: String,
}

impl Attacker {
    pub async fn new(server: &Server, n: u8, victim: &str, chance: ChaCha8Rng) -> Attacker {
        let actor = Actor::new(server, n + 1, &format!("harm{n}")).await;
        let bodies = (0..100).map(|n| json!({ "full_name": format!("Person {n}") }));
        actor.add_many("people", bodies).await;
        let (_, listed) = actor.get("/people?limit=200").await.unwrap();
        let people = listed["items"].as_array().unwrap().iter();
        let people = people
            .map(|p| p["id"].as_str().unwrap().to_owned())
            .collect();
        let project = actor
            .add("/projects", &json!({ "name": "Harm" }))
            .await
            .unwrap();
        Attacker {
            actor,
            victim: victim.to_owned(),
            chance,
            n,
            people,
            project,
        }
    }

    /// Attacks until then: each attack once between all of them, then as the seed draws.
    pub async fn run(mut self, until: Instant, made: std::sync::Arc<Made>) {
        let mut own = ATTACKS
            .iter()
            .skip(self.n.into())
            .step_by(crate::ATTACKERS.into());
        let mut renewed = Instant::now();
        // On a slow machine, too, each attack is made.
        while Instant::now() < until || own.len() > 0 {
            // Whoever is kept out for a while, having tried wrong passwords, tries again.
            if renewed.elapsed().as_secs() > 120 && self.actor.renew().await {
                renewed = Instant::now();
            }
            let (name, attack) = match own.next() {
                Some(attack) => attack,
                None => &ATTACKS[self.draw(ATTACKS.len())],
            };
            attack(&mut self).await;
            *made.0.lock().entry(name).or_default() += 1;
        }
    }

    fn draw(&mut self, below: usize) -> usize {
        self.chance.next_u32() as usize % below
    }

    fn person(&mut self) -> String {
        let at = self.draw(self.people.len());
        self.people[at].clone()
    }

    async fn renames(&mut self) {
        let name = "\u{1f334}".repeat(200);
        let holiday = |n: usize| {
            let date = format!(
                "{}-{:02}-{:02}",
                2000 + n / 336,
                1 + n % 336 / 28,
                1 + n % 28
            );
            json!({ "date": date, "name": name })
        };
        let holidays: Vec<Value> = (0..600).map(holiday).collect();
        let calendar = json!({ "name": "Long", "holidays": holidays });
        let Some(id) = self.actor.add("/holiday-calendars", &calendar).await else {
            return;
        };
        let rename = |n: usize| {
            let body = json!({ "name": format!("n{n}") });
            json!({ "op": "update", "resource": "holiday-calendars", "id": id, "body": body })
        };
        let renames: Vec<Value> = (0..1_500).map(rename).collect();
        self.actor.post("/commands", &Value::Array(renames)).await;
        let gone = self
            .actor
            .to(Method::DELETE, &format!("/holiday-calendars/{id}"));
        self.actor.send(gone).await;
    }

    async fn previews(&mut self) {
        let from = self.draw(1_000);
        let skill = |n: usize| json!({ "name": format!("Skill {n}"), "level": 3 });
        let person = |n: usize| {
            let skills: Vec<Value> = (0..50).map(|s| skill(from + n * 50 + s)).collect();
            let body = json!({ "full_name": format!("New {n}"), "skills": skills });
            json!({ "op": "create", "resource": "people", "body": body })
        };
        let people: Vec<Value> = (0..60).map(person).collect();
        let preview = "/preview?from=2026-11-23&to=2026-11-29";
        self.actor.post(preview, &Value::Array(people)).await;
    }

    async fn flips(&mut self) {
        let (person, project) = (self.person(), self.project.clone());
        let booking = |n: usize| {
            let start = format!(
                "20{}-{:02}-{:02}",
                26 + n / 336,
                1 + n % 336 / 28,
                1 + n % 28
            );
            json!({
                "person_id": person, "project_id": project, "start": start, "end": start,
                "effort": { "per": "day", "minutes": 1 },
            })
        };
        self.actor
            .add_many("assignments", (0..500).map(booking))
            .await;
        let flip = |n: usize| {
            let status = ["tentative", "active"][n % 2];
            let body = json!({ "status": status });
            json!({ "op": "update", "resource": "projects", "id": project, "body": body })
        };
        let flips: Vec<Value> = (0..2_000).map(flip).collect();
        self.actor.post("/commands", &Value::Array(flips)).await;
    }

    async fn centuries(&mut self) {
        let forbid = json!({ "overbooking": "forbid" });
        let settings = self.actor.to(Method::PATCH, "/settings").json(&forbid);
        self.actor.send(settings).await;
        let (person, project) = (self.person(), self.project.clone());
        let on = |day: &str| {
            json!({
                "person_id": person, "project_id": project, "start": day, "end": day,
                "effort": { "per": "day", "minutes": 480 },
            })
        };
        let days = ["1970-01-05", "2199-12-27"]
            .into_iter()
            .cycle()
            .take(50)
            .map(on);
        self.actor.add_many("assignments", days).await;
        let open = json!({
            "person_id": person, "project_id": project, "start": "1970-01-05",
            "effort": { "per": "day", "minutes": 1 },
        });
        self.actor.post("/assignments", &open).await;
    }

    async fn schedules(&mut self) {
        let year = 2020 + self.draw(8);
        let asked = (0..40).map(|n| {
            let to = year + 1 + n % 4;
            let path =
                format!("/schedule?from={year}-01-01&to={to}-12-30&bucket=day&limit=10&page={n}");
            let path = path.replace(&format!("&page={n}"), &format!("&q=Person {n}"));
            self.actor
                .to(Method::GET, &path)
                .header("accept-encoding", "gzip")
        });
        join_all(asked.map(|request| self.actor.send(request))).await;
        let all = format!(
            "/schedule?from={year}-01-01&to={}-12-30&bucket=day&limit=200",
            year + 4
        );
        self.actor.get(&all).await;
    }

    async fn keyed(&mut self) {
        let (person, key) = (self.person(), self.chance.next_u64().to_string());
        let body = json!({ "notes": "x".repeat(500 + self.draw(500)) });
        let path = format!("/people/{person}?from=2024-01-01&to=2028-12-30&bucket=day");
        for _ in 0..5 {
            let request = self.actor.to(Method::PATCH, &path).json(&body);
            self.actor
                .send(request.header("idempotency-key", &key))
                .await;
        }
    }

    async fn pasts(&mut self) {
        let person = self.person();
        let note = json!({ "notes": format!("{}", self.chance.next_u64()) });
        let request = self.actor.to(Method::PATCH, &format!("/people/{person}"));
        let Some((_, written)) = self.actor.send(request.json(&note)).await else {
            return;
        };
        let Some((epoch, seq)) = written["head"].as_str().and_then(|h| h.split_once('.')) else {
            return;
        };
        let seq: u64 = seq.parse().unwrap();
        let asked = (0..12).map(|_| {
            let at = 1 + u64::from(self.chance.next_u32()) % seq;
            let path = format!("/people?as_of={epoch}.{at}");
            self.actor.to(Method::GET, &path)
        });
        let asked: Vec<_> = asked.collect();
        join_all(asked.into_iter().map(|request| self.actor.send(request))).await;
    }

    async fn undoes(&mut self) {
        let note = json!({ "notes": "y".repeat(900) });
        let update =
            |id: &String| json!({ "op": "update", "resource": "people", "id": id, "body": note });
        let updates: Vec<Value> = self.people.iter().cycle().take(1_000).map(update).collect();
        self.actor.post("/commands", &Value::Array(updates)).await;
        for path in ["/undo", "/redo"].into_iter().cycle().take(10) {
            self.actor.post(path, &json!({})).await;
        }
    }

    async fn erases(&mut self) {
        for _ in 0..5 {
            let person = self.person();
            let path = format!("/people/{person}/personal");
            self.actor.send(self.actor.to(Method::DELETE, &path)).await;
            let again = json!({ "full_name": "Once more", "notes": "z".repeat(900) });
            let request = self.actor.to(Method::PATCH, &format!("/people/{person}"));
            self.actor.send(request.json(&again)).await;
        }
    }

    async fn half_headers(&mut self) {
        let text = "GET /api/health HTTP/1.1\r\nhost: x\r\nx-more: ";
        sockets::hold(&self.actor.base, self.actor.from, 300, text).await;
    }

    async fn half_bodies(&mut self) {
        let text = format!(
            "POST /api/v1/tenants/{}/people HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 900000\r\n\r\n{{",
            self.actor.slug, self.actor.token
        );
        sockets::hold(&self.actor.base, self.actor.from, 200, &text).await;
    }

    async fn hung_up(&mut self) {
        let body = json!({ "email": self.actor.email, "password": "wrong, and long enough" });
        let (base, from) = (&self.actor.base, self.actor.from);
        sockets::hang_up(base, from, 60, "/api/v1/auth/sign-in", &body.to_string()).await;
    }

    async fn knocks(&mut self) {
        let stranger = Actor {
            slug: self.victim.clone(),
            ..self.actor.clone()
        };
        for path in [
            "/people",
            "/schedule?from=2026-11-23&to=2026-11-29",
            "/live",
        ] {
            let asked = (0..60).map(|_| stranger.get(path));
            for (status, _) in join_all(asked).await.into_iter().flatten() {
                // Whose token has run out, since they are kept out for a while, is nobody anywhere.
                let nobody = status == StatusCode::UNAUTHORIZED && self.is_nobody().await;
                assert!(
                    nobody || matches!(status.as_u16(), 404 | 429 | 503),
                    "{path}: {status}"
                );
            }
        }
    }

    /// Whether their own workspace does not know them either.
    async fn is_nobody(&self) -> bool {
        let own = self.actor.get("/people").await;
        own.is_none_or(|(status, _)| status == StatusCode::UNAUTHORIZED)
    }

    async fn made_up_keys(&mut self) {
        let asked = (0..60).map(|_| {
            let head = json!({ "alg": "EdDSA", "kid": format!("k{}", self.chance.next_u64()) });
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let body = json!({ "sub": "x", "exp": 4_000_000_000_u64 });
            let token = format!("{}.{}.{}", part(&head), part(&body), "A".repeat(86));
            let url = format!("{}/api/v1/me", self.actor.base);
            self.actor.http.get(url).bearer_auth(token)
        });
        let asked: Vec<_> = asked.collect();
        join_all(asked.into_iter().map(|request| self.actor.send(request))).await;
    }

    async fn streams(&mut self) {
        let asked = (0..80).map(|_| self.actor.to(Method::GET, "/live").send());
        let open = join_all(asked).await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        drop(open);
    }

    async fn invitations(&mut self) {
        for _ in 0..30 {
            let email = format!("v{}@example.com", self.chance.next_u64());
            let body = json!({ "email": email, "role": "viewer" });
            self.actor.post("/invitations", &body).await;
        }
    }

    async fn webhooks(&mut self) {
        // Somebody who takes connections and never answers.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        for _ in 0..20 {
            self.actor.post("/webhooks", &json!({ "url": url })).await;
        }
        for n in 0..20 {
            let team = json!({ "name": format!("Team {n} {}", self.chance.next_u64()) });
            self.actor.post("/teams", &team).await;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }

    async fn nonsense(&mut self) {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let wide = format!("{{\"full_name\":\"{}\"}}", "a".repeat(1_000_000));
        let many = format!("{{{}\"x\":1}}", "\"full_name\":\"a\",".repeat(20_000));
        let bodies = [
            deep,
            wide,
            many,
            "[\"harm@example.com\", \"password\"]".to_owned(),
            "{\"full_name\":1e400}".to_owned(),
            "{\"full_name\":\"\\u0000\"}".to_owned(),
        ];
        for body in bodies {
            for path in [
                "/people",
                "/commands",
                "/preview?from=2026-01-01&to=2026-01-07",
            ] {
                let request = self.actor.to(Method::POST, path);
                let request = request.header("content-type", "application/json");
                self.actor.send(request.body(body.clone())).await;
            }
        }
    }
}
