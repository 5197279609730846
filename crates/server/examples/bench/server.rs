//! The processes that are measured, and the company they are measured on.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Connection, Get, post};

pub(crate) struct Company {
    pub data: PathBuf,
    pub tenant: String,
    pub email: String,
    pub password: String,
}

/// Requests are counted as ever, and never refused.
const LIMITS: [&str; 7] = [
    "CONNECTIONS_PER_ADDRESS",
    "STREAMS_PER_USER",
    "WORKSPACES_PER_USER_AND_DAY",
    "AUTH_PER_ADDRESS",
    "SIGN_IN_PER_ACCOUNT",
    "REQUESTS_PER_USER",
    "REQUESTS_PER_TENANT",
];
const PLENTY: &str = "60000000";

fn raally() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let built = here.parent().and_then(Path::parent).unwrap();
    built.join("raally")
}

/// A made-up company, kept for the next run. What is measured writes to it, so that each run gets a
/// copy of its own: every run measures the same company.
pub(crate) fn company(folder: &Path, people: u32, assignments: u32) -> Company {
    let made = folder.join(format!("company-{people}-{assignments}"));
    let card = folder.join(format!("company-{people}-{assignments}.json"));
    std::fs::create_dir_all(folder).unwrap();
    if !card.exists() {
        eprintln!("making a company of {people} people and {assignments} assignments …");
        let _ = std::fs::remove_dir_all(&made);
        let told = Command::new(raally())
            .args(["demo", "--seed", "1", "--today", "2026-11-23", "--json"])
            .args(["--people", &people.to_string()])
            .args(["--projects", &(people / 25).to_string()])
            .args(["--assignments", &assignments.to_string()])
            .arg("--data")
            .arg(&made)
            .output()
            .unwrap();
        assert!(
            told.status.success(),
            "{}",
            String::from_utf8_lossy(&told.stderr)
        );
        std::fs::write(&card, &told.stdout).unwrap();
    }
    let data = folder.join("company");
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir(&data).unwrap();
    for file in std::fs::read_dir(&made).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), data.join(file.file_name())).unwrap();
    }
    let card: Value = serde_json::from_slice(&std::fs::read(card).unwrap()).unwrap();
    let text = |pointer: &str| card.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    Company {
        data,
        tenant: text("/tenant/id"),
        email: text("/users/0/email"),
        password: text("/users/0/password"),
    }
}

/// Somebody who has signed up.
pub(crate) struct Account {
    pub user: String,
    pub token: String,
    /// Their workspace; empty if they made none.
    pub tenant: String,
}

/// A process that is ended with this value.
pub(crate) struct Process {
    child: Child,
    pub address: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Raally on a data folder, ready.
    pub(crate) fn raally(data: &Path) -> Process {
        let data = data.to_str().unwrap();
        Process::start("serve", Path::new("."), [("RAALLY__DATA", data)])
    }

    /// `serve` or `worker` under those settings, ready.
    pub(crate) fn start<'a>(
        kind: &str,
        folder: &Path,
        settings: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Process {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let address = format!("127.0.0.1:{port}");
        let child = Command::new(raally())
            .args([kind, "--listen", &address])
            .current_dir(folder)
            .env("RAALLY__LOG__FILTER", "warn")
            .envs(LIMITS.map(|limit| (format!("RAALLY__LIMITS__{limit}"), PLENTY)))
            .envs(settings)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let process = Process { child, address };
        let begin = Instant::now();
        while std::net::TcpStream::connect(&process.address).is_err() {
            let waited = begin.elapsed();
            assert!(
                waited < Duration::from_secs(30),
                "raally did not start within 30 s"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        process
    }

    /// The baseline, sending those bytes.
    pub(crate) fn baseline(folder: &Path, bytes: &[u8]) -> Process {
        std::fs::write(folder.join(crate::baseline::FILE), bytes).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("--baseline")
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        Process {
            child,
            address: line.trim().to_owned(),
        }
    }

    /// Makes an account, with a workspace if one is named.
    pub(crate) async fn sign_up(&self, name: &str, workspace: Option<&str>) -> Account {
        let email = format!("{name}@example.com");
        let body = json!({
            "email": email, "password": "bench-password-1", "full_name": name,
            "workspace": workspace,
        });
        let answer = self.post("/api/v1/auth/sign-up", None, &body).await;
        let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str);
        Account {
            user: text("/user/id").unwrap().to_owned(),
            token: text("/access_token").unwrap().to_owned(),
            tenant: text("/tenants/0/id").unwrap_or_default().to_owned(),
        }
    }

    /// An access token.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> String {
        let credentials = json!({ "email": email, "password": password });
        let answer = self.post("/api/v1/auth/sign-in", None, &credentials).await;
        answer["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Value {
        let to = Get {
            address: self.address.clone(),
            path: path.to_owned(),
            token: token.map(str::to_owned),
        };
        let mut connection = Connection::open(&self.address).await;
        let answer = connection.ask(&post(&to, &body.to_string())).await;
        serde_json::from_slice(answer).unwrap()
    }

    /// Processor time that the process has used.
    pub(crate) fn processor(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.unwrap_or_default();
        // After the name, which may hold anything: user and system time are the 14th and 15th,
        // in hundredths of a second.
        let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
        let ticks = after.split(' ').skip(11).take(2);
        let ticks = ticks.filter_map(|n| n.parse::<u64>().ok()).sum::<u64>();
        Duration::from_millis(ticks * 10)
    }

    /// Memory that the process holds.
    pub(crate) fn resident_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
        let kib = line.and_then(|l| l.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        kib.map_or(f64::NAN, |kib| kib / 1024.0)
    }
}

/// What a future gives, and the milliseconds it took.
pub(crate) async fn timed<T>(work: impl Future<Output = T>) -> (f64, T) {
    let begin = Instant::now();
    let done = work.await;
    (begin.elapsed().as_secs_f64() * 1000.0, done)
}
