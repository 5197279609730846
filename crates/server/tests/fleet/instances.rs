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
use super::process::{Fleet, settings};
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
            let chunk = tokio::time::timeout(Duration::from_secs(10), stream.chunk()).await;
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
    // What a balancer does: asks who is ready, and sends requests there.
    let ready = Arc::new([AtomicBool::new(true), AtomicBool::new(true)]);
    let stop = Arc::new(AtomicBool::new(false));
    let (asked, served) = (ready.clone(), stop.clone());
    let probes = bases.clone();
    let balancer = tokio::spawn(async move {
        let http = reqwest::Client::new();
        while !served.load(Ordering::Relaxed) {
            for (base, ready) in probes.iter().zip(asked.iter()) {
                let answer = http.get(format!("{base}/api/health/ready")).send().await;
                ready.store(answer.is_ok_and(|a| a.status() == 200), Ordering::Relaxed);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let answered = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for n in 0..8 {
        let (workspace, stop, ready) = (workspace.clone(), stop.clone(), ready.clone());
        let (bases, answered) = (bases.clone(), answered.clone());
        clients.spawn(async move {
            let mut time = 0;
            while !stop.load(Ordering::Relaxed) {
                let which = [n % 2, 1 - n % 2]
                    .into_iter()
                    .find(|w| ready[*w].load(Ordering::Relaxed));
                let client: Client = workspace.admin.at(&bases[which.expect("one is ready")]);
                let body = json!({ "name": format!("C{n} N{time}") });
                let sent = client
                    .request(Method::POST, &workspace.path("/teams"))
                    .json(&body)
                    .send()
                    .await;
                let sent = sent.expect("a request failed");
                let (status, said) = (sent.status(), sent.text().await.unwrap());
                assert_eq!(status, 201, "{said}");
                answered.fetch_add(1, Ordering::Relaxed);
                time += 1;
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    for n in 0..2 {
        let (status, took) = tokio::task::block_in_place(|| fleet.serve[n].terminate());
        assert!(status.success(), "{status}");
        assert!(took < Duration::from_secs(25), "{took:?}");
        tokio::task::block_in_place(|| fleet.serve[n].launch());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    balancer.await.unwrap();
    println!(
        "{} requests were answered",
        answered.load(Ordering::Relaxed)
    );
    assert!(answered.load(Ordering::Relaxed) > 20);
}
