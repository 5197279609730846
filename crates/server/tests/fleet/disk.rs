//! PostgreSQL's disk is full for a while, under load.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::own::Own;
use super::process::{Fleet, PATIENCE};
use super::work::{Load, Workspace};

/// A disk of 64 MiB, in memory. Making it takes the right to mount, which root has in a container
/// that was given CAP_SYS_ADMIN, and everywhere else.
struct SmallDisk(tempfile::TempDir);

fn run(program: &str, args: &[&str]) {
    let done = Command::new(program).args(args).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{program} {args:?}: {said}");
}

impl SmallDisk {
    fn mount() -> SmallDisk {
        let prefix = "raally-disk-";
        let disk = SmallDisk(tempfile::Builder::new().prefix(prefix).tempdir().unwrap());
        let place = disk.path().to_str().unwrap();
        run("mount", &["-t", "tmpfs", "-o", "size=64m", "raally", place]);
        disk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// A folder that PostgreSQL may have.
    fn tablespace(&self) -> PathBuf {
        let folder = self.path().join("tablespace");
        fs::create_dir(&folder).unwrap();
        let place = folder.to_str().unwrap();
        run("chmod", &["0755", self.path().to_str().unwrap()]);
        run("chown", &["postgres:", place]);
        folder
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Takes all that is left, to the last page.
    fn fill(&self) {
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(self.ballast())
            .unwrap();
        while file.write_all(&[1; 4096]).is_ok() {}
    }

    fn empty(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// Writes until one is refused for want of space; returns the answer.
async fn refused(workspace: &Workspace, disk: &SmallDisk) -> Value {
    let deadline = Instant::now() + PATIENCE;
    for n in 0.. {
        // What vacuuming gave back.
        disk.fill();
        let body = json!({ "name": format!("{n} {}", "x".repeat(180)) });
        let asked = Instant::now();
        let request = workspace
            .admin
            .request(Method::POST, &workspace.path("/teams"));
        let answer = request.json(&body).send().await.unwrap();
        if answer.status() == 503 {
            let took = asked.elapsed();
            assert!(took < PATIENCE, "refused after {took:?}");
            assert!(answer.headers().contains_key("retry-after"));
            return answer.json().await.unwrap();
        }
        assert_eq!(answer.status(), 201);
        assert!(Instant::now() < deadline, "the disk is not full");
    }
    unreachable!("it goes on until the deadline");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "starts PostgreSQL, Kafka and Redis of its own: `make chaos` runs it"]
async fn a_full_disk_of_postgresql_is_lived_through() {
    let disk = SmallDisk::mount();
    let own = Own::start().await;
    // A standby on this machine would want the same folder.
    tokio::task::block_in_place(|| own.leave_standby_behind());
    let place = disk.tablespace();
    own.sql(&format!(
        "CREATE TABLESPACE small LOCATION '{}'",
        place.display()
    ));
    own.sql("ALTER DATABASE raally SET TABLESPACE small");
    let fleet = Fleet::start(own.settings.clone());
    let workspace = Workspace::open(&fleet.bases(), "disk").await;
    let load = Load::start(std::slice::from_ref(&workspace), 8, 3);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(load.ledger.len() > 0, "writes go on before");

    disk.fill();
    let problem = refused(&workspace, &disk).await;
    assert_eq!(problem["status"], 503, "{problem}");
    let said = problem["detail"].as_str().unwrap();
    assert!(said.contains("full"), "{problem}");
    let read = workspace
        .admin
        .request(Method::GET, &workspace.path("/teams"));
    assert_eq!(read.send().await.unwrap().status(), 200, "reads go on");
    tokio::time::sleep(Duration::from_secs(3)).await;

    disk.empty();
    let (before, deadline) = (load.ledger.len(), Instant::now() + PATIENCE);
    while load.ledger.len() <= before + 8 {
        assert!(Instant::now() < deadline, "writes go on by themselves");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let ledger = load.stop().await;
    let met = &workspace.admin.met;
    assert!(met.unavailable.load(Ordering::Relaxed) > 0, "{met:?}");
    println!("{} writes; clients met {met:?}; told: {said}", ledger.len());
    assert_eq!(ledger.differences(&own.settings), [""; 0]);
    let (sound, said) = tokio::task::block_in_place(|| own.verify());
    assert!(sound, "{said}");
}
