//! One part away for a while, under load: what goes on, what is refused, and that it comes back.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::own::{Own, health};
use super::process::{Fleet, PATIENCE};
use super::work::{Load, Workspace};

fn away() -> Duration {
    let seconds = std::env::var("RAALLY_OUTAGE_SECONDS").ok();
    Duration::from_secs(seconds.and_then(|s| s.parse().ok()).unwrap_or(6))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "starts PostgreSQL, Kafka and Redis of its own: scripts/test and `make chaos` run it"]
async fn each_engine_may_be_away_for_a_while() {
    let own = Own::start().await;
    let fleet = Fleet::start(own.settings.clone());
    let bases = fleet.bases();
    let workspace = Workspace::open(&bases, "outages").await;
    let mut seed = 1;
    for (engine, part) in [("kafka", "bus"), ("redis", "cache")] {
        let load = Load::start(std::slice::from_ref(&workspace), 8, seed);
        tokio::task::block_in_place(|| own.crash(engine));
        tokio::time::sleep(away()).await;
        let before = load.ledger.len();
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(load.ledger.len() > before, "writes go on without {engine}");
        let report = workspace.admin.read("/api/health").await;
        assert_eq!(
            (report["status"].as_str(), health(&report, part).as_str()),
            (Some("degraded"), "down")
        );
        tokio::task::block_in_place(|| own.start_again(engine));
        recovered(&workspace).await;
        let ledger = load.stop().await;
        assert_eq!(ledger.differences(&own.settings), [""; 0]);
        assert_eq!(
            workspace.admin.met.unavailable.load(Ordering::Relaxed),
            0,
            "{engine}"
        );
        seed += 100;
    }

    let load = Load::start(std::slice::from_ref(&workspace), 8, seed);
    tokio::task::block_in_place(|| own.crash("postgres"));
    tokio::time::sleep(away()).await;
    tokio::task::block_in_place(|| own.start_again("postgres"));
    recovered(&workspace).await;
    writes_go_on(&load).await;
    let ledger = load.stop().await;
    let met = &workspace.admin.met;
    assert!(met.unavailable.load(Ordering::Relaxed) > 0, "{met:?}");
    println!("without PostgreSQL, clients met {met:?}");
    assert_eq!(ledger.differences(&own.settings), [""; 0]);
    let (sound, said) = own.verify();
    assert!(sound, "{said}");
}

/// Waits for a write that is acknowledged from now on.
async fn writes_go_on(load: &Load) {
    let (before, deadline) = (load.ledger.len(), Instant::now() + PATIENCE);
    while load.ledger.len() == before {
        assert!(Instant::now() < deadline, "no write is acknowledged");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Waits until every part is well again, without a restart of anything.
async fn recovered(workspace: &Workspace) {
    let deadline = Instant::now() + PATIENCE;
    let mut last = serde_json::Value::Null;
    loop {
        let reply = workspace
            .admin
            .request(reqwest::Method::GET, "/api/health")
            .send()
            .await;
        if let Ok(reply) = reply
            && let Ok(report) = reply.json::<serde_json::Value>().await
        {
            if report["status"] == "ok" {
                return;
            }
            last = report;
        }
        assert!(Instant::now() < deadline, "not well again: {last}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "starts PostgreSQL, Kafka and Redis of its own: scripts/test and `make chaos` run it"]
async fn passwords_change_under_load_without_a_restart() {
    let mut own = Own::start().await;
    own.with_secret_files();
    let fleet = Fleet::start(own.settings.clone());
    let workspace = Workspace::open(&fleet.bases(), "secrets").await;
    let load = Load::start(std::slice::from_ref(&workspace), 8, 7);
    tokio::time::sleep(Duration::from_secs(1)).await;
    for password in ["second", "third"] {
        for change in [Own::change_postgres, Own::change_redis, Own::change_kafka] {
            tokio::task::block_in_place(|| change(&own, password));
            writes_go_on(&load).await;
        }
    }
    recovered(&workspace).await;
    let ledger = load.stop().await;
    assert_eq!(ledger.differences(&own.settings), [""; 0]);
    let (sound, said) = own.verify();
    assert!(sound, "{said}");
    println!(
        "{} writes, clients met {:?}",
        ledger.len(),
        workspace.admin.met
    );
}
