//! Two servers and two workers: one system.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::client::Client;
use super::engines::Engines;
use super::ledger::Ledger;
use super::process::{Fleet, PATIENCE, Process, free_port, settings};
use super::work::Workspace;

fn fleet() -> (Engines, Fleet) {
    let engines = Engines::new();
    let told = engines.settings().into_iter();
    let fleet = Fleet::start(settings(told.map(|(name, value)| (name.to_owned(), value))));
    (engines, fleet)
}

/// Where a log stands, as a client compares it.
fn head(answer: &reqwest::Response) -> (u64, u64) {
    let head = answer.headers()["raally-head"].to_str().unwrap();
    let (epoch, seq) = head.split_once('.').unwrap();
    (epoch.parse().unwrap(), seq.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs on PostgreSQL, Kafka and Redis: scripts/test runs it"]
async fn sixty_four_clients_write_one_workspace_through_both_and_never_read_the_past() {
    let (_engines, fleet) = fleet();
    let workspace = Workspace::open(&fleet.bases(), "both").await;
    let ledger = Arc::new(Ledger::default());
    let mut clients = JoinSet::new();
    for n in 0..64 {
        let (workspace, ledger) = (workspace.clone(), ledger.clone());
        let bases = fleet.bases();
        clients.spawn(async move {
            let mut seen = (0, 0);
            for time in 0..10 {
                workspace.write(&ledger, 0, format!("C{n} N{time}")).await;
                // Through the other one, saying what was seen.
                let reader = workspace.admin.at(&bases[(n + time) % 2]);
                let path = workspace.path("/teams");
                let said = format!("{}.{}", seen.0, seen.1);
                let mut request = reader.request(Method::GET, &path);
                if seen.1 > 0 {
                    request = request.header("raally-head", said);
                }
                let answer = request.send().await.unwrap();
                assert_eq!(answer.status(), 200);
                let now = head(&answer);
                assert!(now >= seen, "{now:?} after {seen:?}");
                seen = now;
            }
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    assert_eq!(ledger.len(), 640);
    assert_eq!(ledger.differences(&fleet.settings), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs on PostgreSQL, Kafka and Redis: scripts/test runs it"]
async fn a_change_is_heard_of_on_the_other_instance() {
    let (_engines, fleet) = fleet();
    let workspace = Workspace::open(&fleet.bases(), "live").await;
    let [here, there] = [0, 1].map(|n| workspace.admin.at(&fleet.bases()[n]));
    let mut stream = here
        .request(Method::GET, &workspace.path("/live"))
        .send()
        .await
        .unwrap();
    let mut slowest = Duration::ZERO;
    for n in 0..20 {
        let body = json!({ "name": format!("Team {n}") });
        let began = Instant::now();
        let made = there
            .ask(Method::POST, &workspace.path("/teams"), Some(&body))
            .await;
        let id = made.body["id"].as_str().unwrap().to_owned();
        let mut text = String::new();
        while !text.contains(&id) {
            let chunk = tokio::time::timeout(PATIENCE, stream.chunk()).await;
            text += &String::from_utf8_lossy(&chunk.unwrap().unwrap().unwrap());
        }
        slowest = slowest.max(began.elapsed());
    }
    println!("from a write to a browser on the other instance: {slowest:?} at most");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs on PostgreSQL, Kafka and Redis: scripts/test runs it"]
async fn requests_with_one_key_through_both_make_one_change() {
    let (_engines, fleet) = fleet();
    let workspace = Workspace::open(&fleet.bases(), "keys").await;
    let mut requests = JoinSet::new();
    for _ in 0..64 {
        let workspace = workspace.clone();
        requests.spawn(async move {
            let body = json!({ "name": "Once" });
            let path = workspace.path("/teams");
            let client = &workspace.admin;
            client
                .ask_under("one-key", Method::POST, &path, Some(&body))
                .await
                .body
        });
    }
    let answers: HashSet<String> = requests
        .join_all()
        .await
        .iter()
        .map(Value::to_string)
        .collect();
    assert_eq!(answers.len(), 1, "{answers:?}");
    let teams = workspace.admin.read(&workspace.path("/teams")).await;
    assert_eq!(teams["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs on PostgreSQL, Kafka and Redis: scripts/test runs it"]
async fn a_rolling_restart_fails_no_request() {
    let (_engines, mut fleet) = fleet();
    let bases = fleet.bases();
    let workspace = Workspace::open(&bases, "rolling").await;
    let balancer = Arc::new(Balancer::new(bases.clone()));
    let stop = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for n in 0..8 {
        let (workspace, stop) = (workspace.clone(), stop.clone());
        let (balancer, answered) = (balancer.clone(), answered.clone());
        clients.spawn(async move {
            let mut time = 0;
            while !stop.load(Ordering::Relaxed) {
                let body = json!({ "name": format!("C{n} N{time}") });
                let sent = balancer.create_team(&workspace, n % 2, &body).await;
                let (status, said) = (sent.status(), sent.text().await.unwrap());
                assert_eq!(status, 201, "{said}");
                answered.fetch_add(1, Ordering::Relaxed);
                time += 1;
            }
        });
    }
    let more = async |count: u64| {
        let (before, deadline) = (answered.load(Ordering::Relaxed), Instant::now() + PATIENCE);
        while answered.load(Ordering::Relaxed) < before + count {
            assert!(Instant::now() < deadline, "requests are answered");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    more(20).await;
    for n in 0..2 {
        let (status, took) = tokio::task::block_in_place(|| fleet.serve[n].terminate());
        assert!(status.success(), "{status}");
        assert!(took < PATIENCE, "{took:?}");
        // By the other one alone.
        more(20).await;
        tokio::task::block_in_place(|| fleet.serve[n].launch());
        balancer.until_ready(n).await;
        more(20).await;
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    println!(
        "{} requests were answered",
        answered.load(Ordering::Relaxed)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs on PostgreSQL, Kafka and Redis: scripts/test runs it"]
async fn a_server_waits_for_the_tables_that_it_needs() {
    let engines = Engines::unmigrated();
    let told = engines.settings().into_iter();
    let settings = settings(told.map(|(name, value)| (name.to_owned(), value)));
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let start = || {
        let mut command = Process::command(&settings, &["serve", "--listen", &listen]);
        command.stdout(std::process::Stdio::null());
        command.spawn().unwrap()
    };
    let http = crate::client::http().build().unwrap();
    let status = async |path: &str| {
        let answer = http.get(format!("http://127.0.0.1:{port}{path}")).send();
        answer.await.map_or(0, |answer| answer.status().as_u16())
    };
    let until = async |path: &str, wanted: u16| {
        let deadline = Instant::now() + PATIENCE;
        while status(path).await != wanted {
            assert!(Instant::now() < deadline, "{path} does not answer {wanted}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let mut stopped = start();
    until("/api/health/live", 200).await;
    assert_eq!(status("/api/health/ready").await, 503);
    assert_eq!(status("/api/v1/me").await, 503);
    // Told to stop, it stops.
    let mut kill = std::process::Command::new("kill");
    let sent = kill.args(["-TERM", &stopped.id().to_string()]);
    assert!(sent.status().unwrap().success());
    assert!(stopped.wait().unwrap().success());

    let mut waiting = start();
    until("/api/health/live", 200).await;
    assert_eq!(status("/api/health/ready").await, 503);
    engines.migrate();
    until("/api/health/ready", 200).await;
    assert_eq!(status("/api/v1/me").await, 401);
    waiting.kill().unwrap();
    waiting.wait().unwrap();
}

/// Does what balancers do: sends requests to who says that it is ready, and what found nobody
/// listening, so that nobody can have begun it, to the other. Nothing else is sent twice.
struct Balancer {
    bases: Vec<String>,
    http: reqwest::Client,
}

impl Balancer {
    fn new(bases: Vec<String>) -> Balancer {
        let http = crate::client::http().build().unwrap();
        Balancer { bases, http }
    }

    async fn ready(&self, which: usize) -> bool {
        let address = format!("{}/api/health/ready", self.bases[which]);
        let answer = self.http.get(address).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    }

    async fn until_ready(&self, which: usize) {
        let deadline = Instant::now() + PATIENCE;
        while !self.ready(which).await {
            assert!(Instant::now() < deadline, "{which} does not become ready");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn create_team(
        &self,
        workspace: &Workspace,
        first: usize,
        body: &Value,
    ) -> reqwest::Response {
        let deadline = Instant::now() + PATIENCE;
        let mut which = first;
        loop {
            if self.ready(which).await {
                let client = workspace.admin.at(&self.bases[which]);
                let request = client.request(Method::POST, &workspace.path("/teams"));
                match request.json(body).send().await {
                    Err(error) if error.is_connect() => {}
                    sent => return sent.expect("a request that was begun failed"),
                }
            }
            assert!(Instant::now() < deadline, "nobody is ready");
            which = 1 - which;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs on PostgreSQL, Kafka and Redis: scripts/test runs it"]
async fn a_session_that_ends_on_one_is_refused_at_the_other() {
    let (_engines, fleet) = fleet();
    let workspace = Workspace::open(&fleet.bases(), "sessions").await;
    let [here, there] = [0, 1].map(|n| workspace.admin.at(&fleet.bases()[n]));
    let other = here.sign_in_again().await;
    let me = |client: &Client| client.request(Method::GET, "/api/v1/me").send();
    assert_eq!(me(&other).await.unwrap().status(), 200);
    let body = json!({
        "current_password": super::client::PASSWORD, "new_password": "another long one",
    });
    let changed = there
        .request(Method::POST, "/api/v1/me/password")
        .json(&body);
    assert!(changed.send().await.unwrap().status().is_success());
    assert_eq!(
        me(&there).await.unwrap().status(),
        200,
        "the session that changed it goes on"
    );
    // The other instance asks the store about a session once a second.
    let deadline = Instant::now() + PATIENCE;
    while me(&other).await.unwrap().status() != 401 {
        assert!(Instant::now() < deadline, "the session goes on");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs on PostgreSQL, Kafka and Redis: scripts/test runs it"]
async fn an_answer_made_by_one_is_found_by_the_other() {
    let (engines, fleet) = fleet();
    let workspace = Workspace::open(&fleet.bases(), "answers").await;
    let [here, there] = [0, 1].map(|n| workspace.admin.at(&fleet.bases()[n]));
    let deadline = Instant::now() + PATIENCE;
    // A cache that is slow to answer is not waited for: of several years one is found there.
    for year in 2026.. {
        assert!(Instant::now() < deadline, "no answer is found");
        let week = format!("/dashboard?from={year}-11-23&to={year}-11-29");
        let path = workspace.path(&week);
        let first = here.read(&path).await;
        assert!(first.get("people").is_some(), "{first}");
        // What the first has shared is changed, so that it shows where the second has it from.
        // The first shares it once it has answered.
        while engines
            .replace_shared_answer("\"people\"", "\"peopel\"")
            .await
            == 0
        {
            assert!(Instant::now() < deadline, "the first shares no answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let second = there.read(&path).await;
        if second.get("peopel").is_some() {
            break;
        }
    }
}
