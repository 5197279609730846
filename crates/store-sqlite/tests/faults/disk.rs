//! Disks that are full, and disks that fail.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use raally_app::contract::{Log, batch, team};
use raally_app::ports::{AppendError, Store, StoreError};
use raally_domain::event::Event;
use raally_store_sqlite::{Options, SqliteStore};

use super::child::{Running, say};
use super::sync::without;

/// What the store holds of a log must be whole.
async fn check(store: &SqliteStore, log: &Log) -> usize {
    let events = store.events(log.tenant, 0, usize::MAX).await.unwrap();
    let mut previous = [0; 32];
    for event in &events {
        Event::read(event.seq, &event.stored, &previous).unwrap();
        previous = event.stored.hash;
    }
    let head = store.head(log.tenant).await.unwrap();
    assert_eq!(head.map_or([0; 32], |head| head.hash), previous);
    events.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_database_refuses_what_does_not_fit_and_keeps_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        max_pages: Some(120),
        ..Options::default()
    };
    let store = SqliteStore::open(folder.path(), options).unwrap();
    let mut running = tokio::task::JoinSet::new();
    for tenant in 1..=8 {
        let store = store.clone();
        running.spawn(async move {
            let (mut log, mut refusals) = (Log::new(tenant), 0);
            for n in 0..25 {
                // Some never fit; they must not spoil those that share their commit.
                let size = if n % 5 == 4 { 1_000_000 } else { 100 };
                let mut next = log.clone();
                let append = next.append([team(n, &"x".repeat(size))]);
                match store.append(batch([append])).await {
                    Ok(()) => log = next,
                    Err(AppendError::Store(StoreError::Unavailable(text))) => {
                        assert!(text.contains("full"), "{text}");
                        refusals += 1;
                    }
                    Err(other) => panic!("{other:?}"),
                }
            }
            (log, refusals)
        });
    }
    for (log, refusals) in running.join_all().await {
        assert!(refusals >= 5, "{refusals}");
        assert!(!log.written.is_empty());
        assert_eq!(check(&store, &log).await, log.written.len());
    }
}

/// As a child, on a small disk: fills it, sees the sentence, makes room and goes on.
pub(crate) async fn fill(folder: &Path) {
    let ballast = folder.join("ballast");
    fs::write(&ballast, vec![1; 1 << 20]).unwrap();
    let data = folder.join("data");
    let store = SqliteStore::open(&data, Options::default()).unwrap();
    let mut log = Log::new(1);
    let error = loop {
        let mut next = log.clone();
        let append = next.append([team(1, &"x".repeat(10_000))]);
        match store.append(batch([append])).await {
            Ok(()) => log = next,
            Err(error) => break error,
        }
    };
    say(&format!("refused {error}"));
    assert_eq!(check(&store, &log).await, log.written.len());
    fs::remove_file(ballast).unwrap();
    let full_at = log.written.len();
    for _ in 0..10 {
        log.write(&store, [team(1, "room again")]).await;
    }
    assert_eq!(check(&store, &log).await, full_at + 10);
    drop(store);
    let store = SqliteStore::open(&data, Options::default()).unwrap();
    assert_eq!(check(&store, &log).await, full_at + 10);
    say(&format!("whole {full_at}"));
}

#[test]
fn a_full_disk_loses_nothing_and_is_lived_through() {
    if without("mount") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let script = format!("mount -t tmpfs -o size=4m tmpfs {path} && exec \"$@\"");
    let unshare = ["unshare", "--map-root-user", "--mount", "sh", "-ec"];
    let mut wrapper = unshare.to_vec();
    wrapper.extend([script.as_str(), "sh"]);
    let mut child = Running::start("fill", folder.path(), 0, &wrapper);
    let refused = child.line("refused ").expect(
        "a small file system cannot be mounted here (unshare --map-root-user --mount): \
         leave this test out with RAALLY_TEST_WITHOUT=mount",
    );
    assert!(
        refused.contains("is full: nothing was written"),
        "{refused}"
    );
    let whole: usize = child.line("whole ").unwrap().parse().unwrap();
    assert!(whole > 20, "{whole}");
    assert!(child.child.wait().unwrap().success());
}

/// As a child, whose disk begins to fail: an error, nothing acknowledged, until it works again.
pub(crate) async fn stumble(folder: &Path) {
    let store = SqliteStore::open(folder, Options::default()).unwrap();
    let mut log = Log::new(1);
    let (mut acked, mut failed) = (0, 0);
    for n in 0.. {
        let marker = format!("w-{n}");
        let mut next = log.clone();
        let append = next.append([team(1, &marker), team(2, &"x".repeat(10_000))]);
        match store.append(batch([append])).await {
            Ok(()) => {
                log = next;
                acked += 1;
                say(&format!("ack {marker}"));
                if failed > 0 && acked > 200 {
                    break;
                }
            }
            Err(AppendError::HeadMoved { actual, .. }) => {
                // What failed had got there after all.
                log.head = actual;
            }
            Err(AppendError::Store(error)) => {
                failed += 1;
                say(&format!("failed {error}"));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(other) => panic!("{other:?}"),
        }
        log.written.clear();
    }
    say("done");
}

#[tokio::test]
async fn a_failing_disk_is_not_trusted_until_it_works_again() {
    let folder = tempfile::tempdir().unwrap();
    // Beyond the limit a write is an error of the device, not a full disk.
    let script = "trap '' XFSZ; ulimit -S -f 600; exec \"$@\"";
    let mut child = Running::start("stumble", folder.path(), 0, &["sh", "-ec", script, "sh"]);
    let mut acked = Vec::new();
    let mut said = None;
    for line in child.lines.by_ref().map_while(Result::ok) {
        if let Some(marker) = line.strip_prefix("ack ") {
            acked.push(marker.to_owned());
        }
        if let Some(error) = line.strip_prefix("failed ") {
            said = Some(error.to_owned());
            break;
        }
    }
    let said = said.expect("a write was to fail");
    assert!(said.contains("I/O"), "{said}");
    let pid = child.child.id().to_string();
    let lifted = Command::new("prlimit")
        .args(["--pid", &pid, "--fsize=unlimited"])
        .status();
    assert!(lifted.unwrap().success());
    let mut done = false;
    for line in child.lines.by_ref().map_while(Result::ok) {
        if let Some(marker) = line.strip_prefix("ack ") {
            acked.push(marker.to_owned());
        }
        done |= line == "done";
    }
    assert!(done, "the child was to write again once the disk worked");
    let store = SqliteStore::open(folder.path(), Options::default()).unwrap();
    let log = Log::new(1);
    check(&store, &log).await;
    let events = store.events(log.tenant, 0, usize::MAX).await.unwrap();
    for marker in acked {
        let name = format!("\"name\":\"{marker}\"");
        let found = events.iter().filter(|e| e.stored.body.contains(&name));
        assert_eq!(found.count(), 1, "{marker}");
    }
}
