//! A standby is promoted that was behind: commits are lost that clients, Kafka and every process
//! have seen.

use std::time::{Duration, Instant};

use raally_domain::event::Head;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::ledger;
use super::own::Own;
use super::process::{Fleet, PATIENCE, Process};
use super::work::Workspace;

/// Commits that only the lost primary had.
const LOST: u64 = 12;

/// A team of that name; returns the head after it.
async fn write(workspace: &Workspace, name: &str) -> Head {
    let path = workspace.path("/teams");
    let body = json!({ "name": name });
    let reply = workspace.admin.ask(Method::POST, &path, Some(&body)).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    workspace.admin.seen()
}

/// Waits until every consumer has taken the workspace's log to that seq.
async fn taken(own: &Own, workspace: &Workspace, seq: u64) {
    let sql = format!(
        "SELECT count(*) FROM raally.inbox
         WHERE tenant_id = '{}' AND consumer IN ('audit-logger', 'reporting') AND seq >= {seq}",
        workspace.id
    );
    wait_for("consumers", || own.sql_in("raally", &sql) == "2").await;
}

async fn wait_for(what: &str, is: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !tokio::task::block_in_place(&is) {
        assert!(Instant::now() < deadline, "{what} do not come");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What a stream of live events says until that is among it.
async fn hear(stream: &mut reqwest::Response, what: &str) -> String {
    let mut text = String::new();
    while !text.contains(what) {
        let chunk = tokio::time::timeout(PATIENCE, stream.chunk()).await;
        let chunk = chunk.unwrap_or_else(|_| panic!("no {what} in {text}"));
        text += &String::from_utf8_lossy(&chunk.unwrap().expect("the stream goes on"));
    }
    text
}

/// Asks for the teams as one who has seen that head; returns the status and the answer.
async fn as_seen(client: &Client, workspace: &Workspace, head: Head) -> (u16, Value) {
    let request = client.request_as(Method::GET, &workspace.path("/teams"), head);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Waits until a head of an epoch that has ended is refused: a process that was not told yet finds
/// out within a second.
async fn reset(workspace: &Workspace, old: Head) {
    let deadline = Instant::now() + PATIENCE;
    while as_seen(&workspace.admin, workspace, old).await.0 != 409 {
        assert!(Instant::now() < deadline, "{old} is of an epoch that ended");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "starts PostgreSQL, Kafka and Redis of its own: `make chaos` runs it"]
async fn a_promotion_that_lost_commits_begins_a_new_epoch() {
    let mut own = Own::start().await;
    let fleet = Fleet::start(own.settings.clone());
    let bases = fleet.bases();
    let workspace = Workspace::open(&bases, "epochs").await;
    let kept = write(&workspace, "Kept").await;
    assert_eq!(kept.epoch, 1);
    taken(&own, &workspace, kept.seq).await;

    // From here on the standby hears nothing more, and nobody waits for it.
    tokio::task::block_in_place(|| own.leave_standby_behind());
    let mut stream = (workspace.admin.at(&bases[1]))
        .request(Method::GET, &workspace.path("/live"))
        .send()
        .await
        .unwrap();
    let mut lost = kept;
    for n in 1..=LOST {
        lost = write(&workspace, &format!("Lost {n}")).await;
    }
    assert_eq!(lost.seq, kept.seq + LOST);
    let elsewhere = workspace.admin.sign_in_again().await;
    taken(&own, &workspace, lost.seq).await;
    hear(&mut stream, &format!("1.{}", lost.seq)).await;

    tokio::task::block_in_place(|| own.fail_over());
    // Before anybody has said that commits were lost: a head beyond the log is refused, and the
    // seqs of what was lost are used again.
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (status, answer) = as_seen(&workspace.admin, &workspace, lost).await;
        if status == 409 {
            assert!(
                answer["type"].as_str().unwrap().ends_with("reset"),
                "{answer}"
            );
            break;
        }
        // From the plan in memory while nobody can be asked, for a second at most.
        assert!(status == 503 || status == 200, "{status}: {answer}");
        assert!(Instant::now() < deadline, "still {status}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    workspace.admin.forget();
    let early = write(&workspace, "Early").await;
    assert_eq!(
        early,
        Head {
            epoch: 1,
            seq: kept.seq + 1
        }
    );

    let args = ["epoch", "begin", "--reason", "the standby was behind"];
    let begun = Process::command(&own.settings, &args).output().unwrap();
    let said = String::from_utf8_lossy(&begun.stdout).into_owned();
    assert!(begun.status.success(), "{begun:?}");
    assert!(said.contains("for 1 workspaces"), "{said}");
    let heard = hear(&mut stream, "event: reset").await;
    assert!(!heard.contains("Lost"), "{heard}");

    workspace.admin.forget();
    reset(&workspace, early).await;
    // Well beyond the seqs of what was lost.
    let mut last = early;
    for n in 1..=LOST + 3 {
        last = write(&workspace, &format!("New {n}")).await;
    }
    assert!(last.epoch > 1_000, "{last}");
    assert_eq!(last.seq, early.seq + LOST + 3);
    for old in [kept, lost, Head { epoch: 1, ..last }] {
        reset(&workspace, old).await;
    }
    hear(&mut stream, &last.to_string()).await;
    elsewhere.forget();
    let _ = workspace.admin.sign_in_again().await;

    taken(&own, &workspace, last.seq).await;
    let log = ledger::log(&own.settings, &workspace.id);
    assert_eq!(log.len() as u64, last.seq);
    assert!(!log.values().any(|event| event.to_string().contains("Lost")));
    let (sound, said) = tokio::task::block_in_place(|| own.verify());
    assert!(sound, "{said}");
    let told = said.lines().find(|line| line.contains("were lost"));
    println!(
        "{}",
        told.unwrap_or_else(|| panic!("nothing of what was lost in {said}"))
    );
    let list = Process::command(&own.settings, &["epoch", "list"]).output();
    let list = String::from_utf8(list.unwrap().stdout).unwrap();
    assert!(list.contains("the standby was behind"), "{list}");
}
