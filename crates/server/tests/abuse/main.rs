//! Accounts that mean harm beside a workspace that minds its own business: every attack that an audit
//! found, and whatever a seed draws of them, against one server.
//!
//! The quick form runs with the other tests, and asserts memory and lost writes alone. With
//! `RAALLY_ABUSE_SECONDS` it runs that long, with `RAALLY_ABUSE_REACH=1` it asserts how long health and
//! the quiet workspace may take, too: `make abuse` does both, on an optimized server.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]
#![allow(unreachable_pub, reason = "nothing is outside of a test binary")]
#![allow(
    dead_code,
    reason = "the support of the API's tests holds more than is used here"
)]

#[path = "../api/engines.rs"]
mod engines;
#[path = "../api/support.rs"]
mod support;

mod actor;
mod attacks;
mod quiet;
mod report;
mod sockets;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use tokio::sync::watch;

use attacks::{ATTACKS, Attacker};
use quiet::Quiet;
use report::{Health, Memory, Report};
use support::Server;

/// How many accounts attack at once.
const ATTACKERS: u8 = 6;

fn asked() -> (Duration, u64, bool) {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let length = number("RAALLY_ABUSE_SECONDS").unwrap_or(20);
    let seed = number("RAALLY_ABUSE_SEED").unwrap_or(20_261_129);
    let reach = number("RAALLY_ABUSE_REACH") == Some(1);
    (Duration::from_secs(length), seed, reach)
}

/// Runs on a thread of its own, so that no wait is one for the attackers' own work.
fn on_a_thread<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> std::thread::JoinHandle<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    std::thread::spawn(move || {
        as_if_alone();
        runtime.block_on(work)
    })
}

async fn apart(quiet: Arc<Quiet>, length: Duration) -> quiet::Waits {
    let working = on_a_thread(async move { quiet.work(length).await });
    tokio::task::spawn_blocking(move || working.join().unwrap())
        .await
        .unwrap()
}

/// A lower priority for the calling thread: whoever attacks has machines of their own, and what these
/// work out is not to be taken from the server's.
fn as_if_elsewhere() {
    let thread = rustix::thread::gettid();
    rustix::process::setpriority_process(Some(thread), 10).unwrap();
}

/// A higher priority: whoever is made to wait has a machine of their own too, and its waiting for a
/// processor here is not the server's. That takes a privilege.
fn as_if_alone() {
    let thread = rustix::thread::gettid();
    if let Err(error) = rustix::process::setpriority_process(Some(thread), -15) {
        println!("what is waited for a processor here counts as the server's: {error}");
    }
}

#[test]
fn nobody_who_means_harm_harms_anybody_else() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(as_if_elsewhere)
        .build();
    runtime.unwrap().block_on(attack());
}

async fn attack() {
    let (length, seed, reach) = asked();
    let server = Server::start_with(&[
        ("RAALLY__LIMITS__AUTH_PER_ADDRESS", "100000"),
        ("RAALLY__LIMITS__WORKSPACES_PER_USER_AND_DAY", "100000"),
        ("RAALLY__WEBHOOKS_TO_LOOPBACK", "true"),
        // As by default; other tests are many beside one another.
        ("RAALLY__POSTGRES__CONNECTIONS", "20"),
    ]);
    let quiet = Quiet::new(&server).await;
    let mut attackers = Vec::new();
    for n in 0..ATTACKERS {
        let chance = ChaCha8Rng::seed_from_u64(seed ^ u64::from(n));
        attackers.push(Attacker::new(&server, n, quiet.slug(), chance).await);
    }
    let memory_before = Memory::of(server.pid());
    let quiet = Arc::new(quiet);
    let alone = apart(Arc::clone(&quiet), length / 4).await;

    let (stop, stopped) = watch::channel(false);
    let health = on_a_thread(Health::watch(server.base.clone(), stopped.clone()));
    let until = Instant::now() + length;
    let made: Arc<attacks::Made> = Arc::default();
    let running: Vec<_> = attackers
        .into_iter()
        .map(|attacker| tokio::spawn(attacker.run(until, Arc::clone(&made))))
        .collect();
    let beside = apart(Arc::clone(&quiet), length).await;
    let memory = Memory::of(server.pid());
    stop.send(true).unwrap();
    for attacker in running {
        attacker.await.unwrap();
    }
    let health = health.join().unwrap();
    let server = server.again();
    let lost = quiet.lost(&server).await;
    let report = Report {
        seed,
        length,
        alone,
        beside,
        health,
        memory_before,
        memory,
        lost,
        made: made.counts(),
    };
    println!("{report}");
    let left_out: Vec<&str> = ATTACKS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !report.made.contains_key(name))
        .collect();
    assert!(left_out.is_empty(), "not made: {left_out:?}");
    report.check(reach);
}
