//! The process that writes and is killed, traced or starved: this test binary once more.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use raally_app::contract::{Log, batch, member, moment, person, settings, team, user};
use raally_app::ports::{Batch, IdempotentResponse, IdentityChange, OffsetCommit, Snapshot, Store};
use raally_domain::event::Change;
use raally_domain::ids::UserId;
use raally_domain::kinds::Role;
use raally_store_sqlite::{Options, SqliteStore, Synchronous};
use uuid::Uuid;

/// What a child is told by its environment.
const TASK: &str = "RAALLY_CHILD_TASK";
const FOLDER: &str = "RAALLY_CHILD_FOLDER";
const RUN: &str = "RAALLY_CHILD_RUN";

pub(crate) const CLIENTS: u128 = 6;

/// A child that is killed when this goes.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Running {
    /// Starts this binary as a child with a task, behind the words of `wrapper`. `run` keeps what
    /// it writes apart from what other children write.
    pub(crate) fn start(task: &str, folder: &Path, run: u64, wrapper: &[&str]) -> Running {
        let exe = std::env::current_exe().unwrap();
        let mut words = wrapper.to_vec();
        words.push(exe.to_str().unwrap());
        let mut child = Command::new(words[0])
            .args(&words[1..])
            .args(["child::child", "--exact", "--ignored", "--nocapture"])
            .env(TASK, task)
            .env(FOLDER, folder)
            .env(RUN, run.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{} cannot be started: {e}", words[0]));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Running { child, lines }
    }

    /// The next line that begins with `word`, without it; `None` when the child has ended.
    pub(crate) fn line(&mut self, word: &str) -> Option<String> {
        self.lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix(word).map(|rest| rest.trim().to_owned()))
    }

    /// Sends SIGKILL and returns what it had still said.
    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.lines.by_ref().map_while(Result::ok).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One write, so that each line is whole or absent.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the other tests run it as their child"]
async fn child() {
    let task = std::env::var(TASK).expect("the other tests run it as their child");
    let folder = std::env::var(FOLDER).unwrap();
    let folder = Path::new(&folder);
    let run: u64 = std::env::var(RUN).unwrap().parse().unwrap();
    let work = async {
        match task.split_once(' ').unwrap_or((&task, "")) {
            ("open", _) => match SqliteStore::open(folder, Options::default()) {
                Ok(_store) => {
                    say("open");
                    std::future::pending::<()>().await;
                }
                Err(error) => say(&format!("refused {error}")),
            },
            ("write", _) => write(open(folder, Synchronous::Full), run).await,
            ("sync", "full") => few(open(folder, Synchronous::Full)).await,
            ("sync", "normal") => few(open(folder, Synchronous::Normal)).await,
            ("sync", "off") => few(open(folder, Synchronous::Off)).await,
            ("fill", _) => super::disk::fill(folder).await,
            ("stumble", _) => super::disk::stumble(folder).await,
            (other, _) => panic!("there is no task {other}"),
        }
    };
    // An orphan must not write for ever.
    let _ = tokio::time::timeout(Duration::from_secs(60), work).await;
}

fn open(folder: &Path, synchronous: Synchronous) -> Arc<SqliteStore> {
    let options = Options {
        synchronous,
        ..Options::default()
    };
    Arc::new(SqliteStore::open(folder, options).unwrap())
}

/// Writes a few marked events from several clients at once, saying when each begins and is
/// acknowledged.
async fn few(store: Arc<SqliteStore>) {
    let mut running = tokio::task::JoinSet::new();
    for client in 1..=4 {
        let store = store.clone();
        running.spawn(async move {
            let mut log = Log::new(client);
            for n in 0..15 {
                let marker = format!("marker-{client}-{n}-");
                log.write(&*store, [team(n, &marker)]).await;
                say(&format!("ack {marker}"));
            }
        });
    }
    running.join_all().await;
}

/// Writes without end, each client to two logs of its own, and says what was acknowledged before
/// it goes on.
async fn write(store: Arc<SqliteStore>, run: u64) {
    let mut running = tokio::task::JoinSet::new();
    for client in 1..=CLIENTS {
        let store = store.clone();
        running.spawn(async move {
            let mut logs = [
                resume(&store, client).await,
                resume(&store, client + 100).await,
            ];
            for n in 0.. {
                let marker = format!("w-{run}-{client}-{n}");
                let unique = u128::from(run) << 64 | client << 48 | n;
                store
                    .append(something(&mut logs, n, unique, &marker))
                    .await
                    .unwrap();
                say(&format!("ack {marker}"));
                for log in &mut logs {
                    log.written.clear();
                }
                beside(&store, &logs[0], n).await;
            }
        });
    }
    running.join_all().await;
}

async fn resume(store: &SqliteStore, tenant: u128) -> Log {
    let mut log = Log::new(tenant);
    log.head = store.head(log.tenant).await.unwrap();
    log
}

/// A batch of one of several kinds, with a team named after the marker in every log it writes.
fn something(logs: &mut [Log; 2], n: u128, unique: u128, marker: &str) -> Batch {
    let ana = UserId(Uuid::from_u128(11));
    let [one, two] = logs;
    let first = team(unique, marker);
    match n % 6 {
        0 => batch([one.append([first, settings(marker, &format!("{marker}-a"))])]),
        1 => batch([one.append([first, person(unique, marker)])]),
        2 => {
            let role = if n.is_multiple_of(4) {
                Role::Admin
            } else {
                Role::Viewer
            };
            let joins: Change = member(ana, None, Some(role));
            let leaves = member(ana, Some(role), None);
            let change = if n.is_multiple_of(3) { leaves } else { joins };
            batch([one.append([first, change])])
        }
        3 => {
            let mut append = one.append([first]);
            append.steps[0].response = Some(IdempotentResponse {
                user: ana,
                key: marker.to_owned(),
                request_hash: [3; 32],
                status: 201,
                body: vec![b'x'; 2000],
                at: moment(0),
            });
            batch([append])
        }
        4 => {
            let mut both = batch([one.append([first.clone()]), two.append([first])]);
            both.identity.push(IdentityChange::AddUser(user(
                unique,
                &format!("{marker}@example.com"),
            )));
            both
        }
        _ => batch([one.append([first, team(unique + 1, &"long ".repeat(2000))])]),
    }
}

/// Writes beside the log, each said when it was acknowledged.
async fn beside(store: &SqliteStore, log: &Log, n: u128) {
    let (tenant, seq) = (log.tenant, log.head.unwrap().head.seq);
    match n % 5 {
        0 => {
            let at = store.inbox("audit", tenant.into()).await.unwrap();
            assert!(
                store
                    .advance_inbox(OffsetCommit {
                        consumer: "audit",
                        stream: tenant.into(),
                        from: at,
                        to: seq,
                        event: None,
                    })
                    .await
                    .unwrap()
            );
            say(&format!("inbox {tenant} {seq}"));
        }
        1 => {
            let leased = store.lease_outbox("relay", moment(0), moment(0), 100).await;
            let leased = leased
                .unwrap()
                .iter()
                .any(|row| row.stream == tenant.into());
            if leased
                && store
                    .mark_sent("relay", tenant.into(), seq, None)
                    .await
                    .unwrap()
            {
                say(&format!("sent {tenant} {seq}"));
            }
        }
        2 => {
            let snapshot = Snapshot {
                head: log.head.unwrap().head,
                bytes: vec![n as u8; 20_000],
            };
            let heads = store.snapshot_heads(tenant).await.unwrap();
            store.save_snapshot(tenant, snapshot).await.unwrap();
            store.drop_snapshots(tenant, &heads).await.unwrap();
            say(&format!("snapshot {tenant} {seq}"));
        }
        _ => {}
    }
}
